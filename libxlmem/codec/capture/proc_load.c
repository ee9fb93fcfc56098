/* SPDX-License-Identifier: LGPL-2.1-only */
/* The short files of /proc that the guard does not read: the kernel's command
 * line, the boot id, loadavg, vmstat.  proc_zones.c has zoneinfo. */
#include "codec/capture/texts.h"
#include "codec/facts.h"
#include "model/checked.h"

static xlmem__str only_line(const char *buf, size_t len)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line = {"", 0};

    xlmem__next_line(&lines, &line);
    return line;
}

static int keep_line(char **text, xlmem__str line, xlmem__where *where)
{
    int rc = xlmem__keep_text(text, line);

    return rc ? xlmem__complain(where, 1, rc, "cannot be kept", line) : 0;
}

int xlmem__parse_kernel_cmdline(const char *buf, size_t len, xlmem_host *host,
                                xlmem__where *where)
{
    return keep_line(&host->dom0.kernel_cmdline, only_line(buf, len), where);
}

/* As it is printed: a UUID in small letters (drivers/char/random.c, "%pU"). */
static bool is_boot_id(xlmem__str id)
{
    size_t i;

    for (i = 0; i < id.len; i++)
        if (id.p[i] >= 'A' && id.p[i] <= 'F')
            return false;
    return xlmem__is_uuid(id);
}

int xlmem__parse_boot_id(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    const xlmem__str line = only_line(buf, len);

    if (!is_boot_id(line))
        return xlmem__complain(where, 1, XLMEM_ERROR_PARSE,
                               "expected a boot id", line);
    return keep_line(&host->dom0.boot_id, line, where);
}

/* "28.10 25.35 26.06 11/483 27209" */
int xlmem__parse_loadavg(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line = {"", 0}, rest;
    uint64_t load_bp;
    int rc;

    xlmem__next_line(&lines, &line);
    rest = line;
    rc = xlmem__decimal(xlmem__word(&rest), 4, &load_bp);
    if (rc)
        return xlmem__complain(where, 1, rc, "expected load averages", line);
    XLMEM_SET(&host->dom0, load1_bp, load_bp);
    return 0;
}

/* Linux 2.6.32 to 6.12; allocstall is one counter a zone since 4.8. */
static const xlmem__key counters[] = {
    {"compact_fail", offsetof(xlmem_dom0, compact_fail)},
    {"compact_success", offsetof(xlmem_dom0, compact_success)},
};

/* "name number" */
static int parse_counter(xlmem__str line, xlmem_dom0 *found, uint64_t *stalls)
{
    xlmem__str name = xlmem__word(&line);
    const xlmem__key *key = xlmem__find_key(counters, 2, name);
    bool stall = xlmem__str_starts(name, "allocstall");
    uint64_t count;
    int rc;

    if (!key && !stall)
        return 0;
    rc = xlmem__number_all(xlmem__trim(line), 10, &count);
    if (rc)
        return rc;
    if (key)
        return xlmem__set_fact(found, key->offset, count) ? 0
                                                          : XLMEM_ERROR_PARSE;
    if (!xlmem__add(*stalls, count, stalls))
        return XLMEM_ERROR_RANGE;
    XLMEM_SET(found, allocstall, *stalls);
    return 0;
}

int xlmem__parse_vmstat(const char *buf, size_t len, xlmem_host *host,
                        xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    uint64_t stalls = 0;
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        int rc = parse_counter(line, &found, &stalls);

        if (rc)
            return xlmem__complain(where, lines.nr, rc, "expected a count",
                                   line);
    }
    xlmem__merge_facts(&host->dom0, &found);
    return 0;
}
