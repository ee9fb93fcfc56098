/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of /proc what the guard reads: the kernel's version, meminfo.  The others
 * are in codec/capture. */
#include "codec/facts.h"

/* ---------------------------------------------------------- its kernel --- */

int xlmem__parse_version(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line = {"", 0}, rest;
    int rc;

    xlmem__next_line(&lines, &line);
    rest = line;
    if (!xlmem__skip(&rest, "Linux version "))
        return xlmem__complain(where, 1, XLMEM_ERROR_PARSE,
                               "expected \"Linux version ...\"", line);
    rc = xlmem__set_release(&host->dom0, xlmem__word(&rest));
    if (rc)
        return xlmem__complain(where, 1, rc, "cannot be kept", line);
    /* "(builder@host) (aarch64-linux-gnu-gcc-12 ...": the compiler's name. */
    while (rest.len) {
        xlmem__str word = xlmem__word(&rest);

        xlmem__skip(&word, "(");
        if (xlmem__str_starts(word, "aarch64-") ||
            xlmem__str_starts(word, "arm-"))
            XLMEM_SET(host, arm, 1);
    }
    return 0;
}

/* ------------------------------------ meminfo: "Name:   number kB" ... --- */

#define FIELDS(X)                                                             \
    X("MemTotal", mem_total_kb)                                               \
    X("MemFree", mem_free_kb)                                                 \
    X("MemAvailable", mem_available_kb)                                       \
    X("Buffers", buffers_kb)                                                  \
    X("Cached", cached_kb)                                                    \
    X("Shmem", shmem_kb)                                                      \
    X("AnonPages", anon_pages_kb)                                             \
    X("Mapped", mapped_kb)                                                    \
    X("SwapTotal", swap_total_kb)                                             \
    X("SwapFree", swap_free_kb)                                               \
    X("Slab", slab_kb)                                                        \
    X("SReclaimable", sreclaimable_kb)                                        \
    X("SUnreclaim", sunreclaim_kb)                                            \
    X("KernelStack", kernel_stack_kb)                                         \
    X("PageTables", page_tables_kb)                                           \
    X("Percpu", percpu_kb)                                                    \
    X("Hugetlb", hugetlb_kb)                                                  \
    X("CommitLimit", commit_limit_kb)                                         \
    X("Committed_AS", committed_as_kb)                                        \
    X("DirectMap4k", direct_map_4k_kb)                                        \
    X("DirectMap2M", direct_map_2m_kb)                                        \
    X("DirectMap1G", direct_map_1g_kb)

static const xlmem__key meminfo_keys[] = {
#define FIELD(name, field) {name, offsetof(xlmem_dom0, field)},
    FIELDS(FIELD)
#undef FIELD
};

int xlmem__parse_meminfo(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__cut(&rest, ':');
        const xlmem__key *key = xlmem__find_key(
            meminfo_keys, sizeof(meminfo_keys) / sizeof(meminfo_keys[0]),
            name);
        uint64_t kb;
        int rc;

        if (!key)
            continue;
        rc = xlmem__meminfo_kb(rest, &kb);
        if (rc)
            return xlmem__complain(where, lines.nr, rc,
                                   "expected a number of kB", line);
        if (xlmem__is_below_zero(kb))
            continue;
        if (!xlmem__set_fact(&found, key->offset, kb))
            return xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE,
                                   "contradicts an earlier line", line);
        xlmem__note_dom0(where, key->offset, lines.nr);
    }
    if (!found.known)
        return xlmem__complain(where, 0, XLMEM_ERROR_PARSE,
                               "expected /proc/meminfo, \"MemTotal: N kB\"",
                               (xlmem__str){"", 0});
    xlmem__merge_facts(&host->dom0, &found);
    return 0;
}
