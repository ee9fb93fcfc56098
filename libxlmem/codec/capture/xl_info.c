/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `xl info`: "name   : value", one a line.  The tables that `xl info -n` adds
 * below have names of their own and are passed over.
 */
#include "codec/facts.h"

#include "codec/capture/texts.h"
#include "model/checked.h"
#include "model/release.h"

/* What the lines say, before it is put together. */
struct info {
    xlmem_host host; /* facts and texts in place */
    bool seen;       /* at least one line is ours */
    bool has_caps, hap, pt_share;
};

static const xlmem__key number_keys[] = {
    {"nr_cpus", offsetof(xlmem_host, nr_cpus)},
    {"nr_nodes", offsetof(xlmem_host, nr_nodes)},
    {"xen_major", offsetof(xlmem_host, xen_major)},
    {"xen_minor", offsetof(xlmem_host, xen_minor)},
    /* These in MiB, rounded down (tools/xl/xl_info.c, 4.8 to 4.20). */
    {"total_memory", offsetof(xlmem_host, total_kb)},
    {"free_memory", offsetof(xlmem_host, free_kb)},
    {"outstanding_claims", offsetof(xlmem_host, outstanding_kb)},
};

static int parse_number(struct info *info, const xlmem__key *key,
                        xlmem__str value)
{
    bool memory = key->offset <= offsetof(xlmem_host, outstanding_kb);
    uint64_t number;
    int rc = xlmem__number_all(value, 10, &number);

    if (rc)
        return rc;
    if (memory && !xlmem__mul(number, XLMEM__MIB_KB, &number))
        return XLMEM_ERROR_RANGE;
    return xlmem__set_fact(&info->host, key->offset, number)
               ? 0
               : XLMEM_ERROR_PARSE;
}

/* "pv hvm hvm_directio pv_directio hap shadow ..." */
static void parse_caps(struct info *info, xlmem__str caps)
{
    uint64_t iommu = 0;
    xlmem__str word;

    info->has_caps = true;
    while ((word = xlmem__word(&caps)).len) {
        if (xlmem__str_is(word, "hap"))
            info->hap = true;
        if (xlmem__str_is(word, "iommu_hap_pt_share"))
            info->pt_share = true;
        if (xlmem__str_is(word, "hvm_directio") ||
            xlmem__str_is(word, "pv_directio"))
            iommu = 1;
    }
    XLMEM_SET(&info->host, iommu, iommu);
}

/* "x86_64", "aarch64", "armv7l": uname's word, for dom0's kernel; "xen-3.0-
 * x86_64 hvm-3.0-x86_32 ...", "xen-3.0-aarch64 ...": Xen's. */
static void parse_machine(struct info *info, xlmem__str text)
{
    xlmem__str word = xlmem__word(&text);

    xlmem__skip(&word, "xen-3.0-");
    if (xlmem__str_starts(word, "aarch64") || xlmem__str_starts(word, "arm"))
        XLMEM_SET(&info->host, arm, 1);
    else if (xlmem__str_starts(word, "x86") || xlmem__str_is(word, "i686"))
        XLMEM_SET(&info->host, arm, 0);
}

static int parse_info(struct info *info, xlmem__str name, xlmem__str value)
{
    const xlmem__key *key = xlmem__find_key(
        number_keys, sizeof(number_keys) / sizeof(number_keys[0]), name);
    bool seen = info->seen;

    info->seen = true;
    if (key)
        return parse_number(info, key, value);
    if (xlmem__str_is(name, "xen_version"))
        return xlmem__keep_text(&info->host.xen_version, value);
    if (xlmem__str_is(name, "xen_commandline"))
        return xlmem__keep_text(&info->host.xen_cmdline, value);
    if (xlmem__str_is(name, "release"))
        return xlmem__set_release(&info->host.dom0, value);
    if (xlmem__str_is(name, "virt_caps"))
        parse_caps(info, value);
    else if (xlmem__str_is(name, "machine") || xlmem__str_is(name, "xen_caps"))
        parse_machine(info, value);
    else
        info->seen = seen;
    return 0;
}

static void note_number(xlmem__where *where, xlmem__str name, size_t nr)
{
    const xlmem__key *key = xlmem__find_key(
        number_keys, sizeof(number_keys) / sizeof(number_keys[0]), name);

    if (key)
        xlmem__note_host(where, key->offset, nr);
}

/*
 * Xen says since 4.13 (sysctl's XEN_SYSCTL_PHYSCAP_hap and
 * _iommu_hap_pt_share) whether it can use HAP and shares its tables with the
 * IOMMU; before, the words' absence means nothing.
 */
static bool says_hap(const xlmem_host *host)
{
    return xlmem__knows_xen(host) &&
           xlmem__xen_reaches(host, (xlmem__release){4, 13});
}

/*
 * free_memory has the claims deducted.  total_memory is rounded to MiB: what
 * is known to the kB from elsewhere, and agrees, is better.
 */
static int finish_info(struct info *info, const xlmem_host *host)
{
    xlmem_host *found = &info->host;
    uint64_t free_kb;

    if (!xlmem__add(found->free_kb, found->outstanding_kb, &free_kb))
        return XLMEM_ERROR_RANGE;
    if (XLMEM_KNOWS(found, free_kb))
        XLMEM_SET(found, free_kb, free_kb);
    if (XLMEM_KNOWS(found, total_kb) && XLMEM_KNOWS(host, total_kb) &&
        host->total_kb / XLMEM__MIB_KB == found->total_kb / XLMEM__MIB_KB)
        found->total_kb = host->total_kb;
    if (info->has_caps && (info->hap || says_hap(found)))
        XLMEM_SET(found, hap, (uint64_t)info->hap);
    if (info->has_caps && (info->pt_share || says_hap(found)))
        XLMEM_SET(found, iommu_pt_share, (uint64_t)info->pt_share);
    return 0;
}

int xlmem__parse_xl_info(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    struct info info = {0};
    xlmem__str line;
    int rc;

    xlmem_host_init(&info.host);
    while (xlmem__next_line(&lines, &line)) {
        xlmem__str value = line;
        xlmem__str name = xlmem__trim(xlmem__cut(&value, ':'));

        note_number(where, name, lines.nr);
        rc = parse_info(&info, name, xlmem__trim(value));
        if (rc) {
            rc =
                xlmem__complain(where, lines.nr, rc,
                                "expected a number, the same as before", line);
            goto out;
        }
    }
    rc = info.seen ? finish_info(&info, host) : XLMEM_ERROR_PARSE;
    if (rc) {
        lines = xlmem__lines_of(buf, len);
        line = (xlmem__str){"", 0};
        xlmem__next_line(&lines, &line);
        rc = xlmem__complain(where, lines.nr, rc,
                             "expected the output of xl info, \"name : "
                             "value\"",
                             line);
        goto out;
    }
    xlmem__merge_facts(host, &info.host);
    xlmem__move_text(&host->xen_version, &info.host.xen_version);
    xlmem__move_text(&host->xen_cmdline, &info.host.xen_cmdline);
    xlmem__merge_dom0(&host->dom0, &info.host.dom0);
out:
    xlmem_host_dispose(&info.host);
    return rc;
}
