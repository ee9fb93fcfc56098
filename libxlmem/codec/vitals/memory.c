/* SPDX-License-Identifier: LGPL-2.1-only */
/* Files of one name and one number a line: meminfo, vmstat, arcstats; swaps;
 * and the settings that are one word. */
#include "codec/vitals/parse.h"
#include "model/checked.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------ meminfo: "Name:   number kB" ... --- */

/* fs/proc/meminfo.c, Linux 2.6.18 to 6.14; mm/hugetlb.c. */
#define KB(name, field)                                                       \
    {                                                                         \
        name, offsetof(xlmem_vitals_mem, field)                               \
    }
static const xlmem__key meminfo_kb[] = {
    KB("MemTotal", mem_total_kb),
    KB("MemFree", mem_free_kb),
    KB("MemAvailable", mem_available_kb),
    KB("Buffers", buffers_kb),
    KB("Cached", cached_kb),
    KB("SwapCached", swap_cached_kb),
    KB("Active(anon)", active_anon_kb),
    KB("Inactive(anon)", inactive_anon_kb),
    KB("Active(file)", active_file_kb),
    KB("Inactive(file)", inactive_file_kb),
    KB("Unevictable", unevictable_kb),
    KB("HighTotal", high_total_kb),
    KB("HighFree", high_free_kb),
    KB("LowTotal", low_total_kb),
    KB("LowFree", low_free_kb),
    KB("SwapTotal", swap_total_kb),
    KB("SwapFree", swap_free_kb),
    KB("Dirty", dirty_kb),
    KB("Writeback", writeback_kb),
    KB("AnonPages", anon_pages_kb),
    KB("Mapped", mapped_kb),
    KB("Shmem", shmem_kb),
    KB("Slab", slab_kb),
    KB("SReclaimable", sreclaimable_kb),
    KB("SUnreclaim", sunreclaim_kb),
    KB("KernelStack", kernel_stack_kb),
    KB("PageTables", page_tables_kb),
    KB("SecPageTables", sec_page_tables_kb),
    KB("Percpu", percpu_kb),
    KB("VmallocUsed", vmalloc_used_kb),
    KB("CommitLimit", commit_limit_kb),
    KB("Committed_AS", committed_as_kb),
    KB("AnonHugePages", anon_huge_kb),
    KB("HardwareCorrupted", hardware_corrupted_kb),
    KB("Hugepagesize", hugepage_size_kb),
    KB("Hugetlb", hugetlb_kb),
    KB("Balloon", balloon_kb),
    KB("DirectMap4k", direct_map_4k_kb),
    KB("DirectMap2M", direct_map_2m_kb),
    KB("DirectMap4M", direct_map_2m_kb), /* 32-bit without PAE */
    KB("DirectMap1G", direct_map_1g_kb),
};
static const xlmem__key meminfo_numbers[] = {
    KB("HugePages_Total", hugepages_total),
    KB("HugePages_Free", hugepages_free),
    KB("HugePages_Rsvd", hugepages_reserved),
    KB("HugePages_Surp", hugepages_surplus),
};
#undef KB

static void take_meminfo_line(xlmem__group *group, xlmem__str line, size_t nr,
                              xlmem__where *where)
{
    xlmem__str rest = line, name = xlmem__trim(xlmem__cut(&rest, ':'));
    const xlmem__key *key = xlmem__find_key(meminfo_kb, NR(meminfo_kb), name);
    const bool in_kb = key != NULL;
    uint64_t value;
    int rc;

    if (!key)
        key = xlmem__find_key(meminfo_numbers, NR(meminfo_numbers), name);
    if (!key)
        return;
    rc = in_kb ? xlmem__meminfo_kb(rest, &value)
               : xlmem__number_all(xlmem__trim(rest), 10, &value);
    if (!rc && !xlmem__is_below_zero(value)) {
        xlmem__group_take(group, key->offset, value, nr);
        return;
    }
    xlmem__group_break(group, key->offset);
    if (rc)
        xlmem__complain_once(where, nr, "expected a number of kB", line);
}

int xlmem__vitals_meminfo(xlmem__str text, xlmem_vitals *vitals,
                          xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem_vitals_mem mem = {.known = 0};
    xlmem__group group =
        XLMEM__GROUP(&mem, xlmem_vitals_file(XLMEM_DOC_MEMINFO));
    xlmem__str line;

    while (xlmem__next_line(&lines, &line))
        take_meminfo_line(&group, line, lines.nr, where);
    if (xlmem__group_end(&group))
        return xlmem__not_understood(
            where, "expected /proc/meminfo, \"MemTotal: N kB\"");
    vitals->mem = mem;
    return 0;
}

/* --------------------------------------------- vmstat: "name number" --- */

/* mm/vmstat.c, Linux 2.6.18 to 6.12. */
#define COUNT(name, field)                                                    \
    {                                                                         \
        name, offsetof(xlmem_vitals_counts, field)                            \
    }
static const xlmem__key counters[] = {
    COUNT("pswpin", pswpin),
    COUNT("pswpout", pswpout),
    COUNT("pgmajfault", pgmajfault),
    COUNT("compact_stall", compact_stall),
    COUNT("compact_fail", compact_fail),
    COUNT("compact_success", compact_success),
    COUNT("oom_kill", oom_kill),
    COUNT("drop_pagecache", drop_pagecache),
    COUNT("drop_slab", drop_slab),
    COUNT("thp_fault_alloc", thp_fault_alloc),
    COUNT("thp_fault_fallback", thp_fault_fallback),
    COUNT("pageoutrun", pageoutrun),
    COUNT("kswapd_low_wmark_hit_quickly", kswapd_low_wmark_hit_quickly),
    COUNT("numa_miss", numa_miss),
    COUNT("numa_foreign", numa_foreign),
    COUNT("workingset_refault", workingset_refault),
    COUNT("workingset_refault_file", workingset_refault), /* since 5.9 */
    COUNT("nr_dirty", nr_dirty_pages),
    COUNT("nr_writeback", nr_writeback_pages),
    COUNT("nr_free_pages", nr_free_pages),
};
/* One a kind of zone: allocstall since 4.8, the others before it. */
static const xlmem__key zone_counters[] = {
    COUNT("allocstall", allocstall),
    COUNT("pgscan_kswapd", pgscan_kswapd),
    COUNT("pgscan_direct", pgscan_direct),
    COUNT("pgsteal_kswapd", pgsteal_kswapd),
    COUNT("pgsteal_direct", pgsteal_direct),
};
#undef COUNT

static bool is_zone_suffix(xlmem__str s)
{
    static const char *const suffixes[] = {
        "", "_dma", "_dma32", "_normal", "_high", "_movable", "_device"};
    size_t i;

    for (i = 0; i < NR(suffixes); i++)
        if (xlmem__str_is(s, suffixes[i]))
            return true;
    return false;
}

/* "allocstall_normal" is a part of "allocstall". */
static const xlmem__key *find_counter(xlmem__str name, bool *part_r)
{
    const xlmem__key *key = xlmem__find_key(counters, NR(counters), name);
    size_t i;

    *part_r = !key;
    for (i = 0; !key && i < NR(zone_counters); i++) {
        xlmem__str rest = name;

        if (xlmem__skip(&rest, zone_counters[i].name) && is_zone_suffix(rest))
            key = &zone_counters[i];
    }
    return key;
}

int xlmem__vitals_vmstat(xlmem__str text, xlmem_vitals *vitals,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem_vitals_counts counts = {.known = 0};
    xlmem__group group =
        XLMEM__GROUP(&counts, xlmem_vitals_file(XLMEM_DOC_VMSTAT));
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__word(&rest);
        const xlmem__key *key;
        uint64_t value;
        bool part;

        key = find_counter(name, &part);
        if (!key)
            continue;
        if (xlmem__number_all(xlmem__trim(rest), 10, &value)) {
            xlmem__group_break(&group, key->offset);
            xlmem__complain_once(where, lines.nr, "expected a count", line);
        } else if (part) {
            xlmem__group_add(&group, key->offset, value, lines.nr);
        } else {
            xlmem__group_take(&group, key->offset, value, lines.nr);
        }
    }
    if (xlmem__group_end(&group))
        return xlmem__not_understood(where,
                                     "expected /proc/vmstat, \"pswpin N\"");
    vitals->counts = counts;
    return 0;
}

/* ------------------------------- arcstats: "name type number", bytes --- */

int xlmem__vitals_arcstats(xlmem__str text, xlmem_vitals *vitals,
                           xlmem__where *where)
{
    /* OpenZFS 0.6 to 2.2, module/zfs/arc.c: arc_stats. */
    static const xlmem__key keys[] = {
        {"size", offsetof(xlmem_vitals_state, arc_kb)},
        {"c_min", offsetof(xlmem_vitals_state, arc_min_kb)},
        {"c_max", offsetof(xlmem_vitals_state, arc_max_kb)},
    };
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__group group =
        XLMEM__GROUP(&vitals->state, xlmem_vitals_file(XLMEM_DOC_ARCSTATS));
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__word(&rest);
        const xlmem__key *key = xlmem__find_key(keys, NR(keys), name);
        uint64_t bytes;

        if (!key)
            continue;
        xlmem__word(&rest); /* the type, a number */
        if (!xlmem__number_all(xlmem__trim(rest), 10, &bytes)) {
            xlmem__group_take(&group, key->offset, bytes / 1024, lines.nr);
            continue;
        }
        xlmem__group_break(&group, key->offset);
        xlmem__complain_once(where, lines.nr, "expected a number of bytes",
                             line);
    }
    if (xlmem__group_end(&group))
        return xlmem__not_understood(where,
                                     "expected ZFS's arcstats, \"size 4 N\"");
    return 0;
}

/* ---------------------------------------------------------- swaps --- */

/* "/dev/zd0", "/dev/zd16p1": what ZFS volumes are called, whichever link led
 * to them (OpenZFS, include/sys/fs/zfs.h, ZVOL_DEV_NAME). */
static bool is_zfs_volume(xlmem__str name)
{
    uint64_t minor;

    return xlmem__skip(&name, "/dev/zd") &&
           !xlmem__take_number(&name, 10, &minor) &&
           (!name.len || name.p[0] == 'p');
}

/* "/dev/zd0  partition  8388604  123456  -2": kB, below a line of headings
 * (Linux, mm/swapfile.c, swap_show). */
int xlmem__vitals_swaps(xlmem__str text, xlmem_vitals *vitals,
                        xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__group group =
        XLMEM__GROUP(&vitals->state, xlmem_vitals_file(XLMEM_DOC_SWAPS));
    uint64_t kb, sum_kb = 0;
    xlmem__str line;
    size_t nr = 1;

    if (!xlmem__next_line(&lines, &line) ||
        !xlmem__str_starts(line, "Filename"))
        return xlmem__not_understood(where,
                                     "expected swaps, \"Filename Type ...\"");
    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name = xlmem__word(&rest);

        xlmem__word(&rest); /* the type */
        if (!is_zfs_volume(name) ||
            xlmem__number_all(xlmem__word(&rest), 10, &kb))
            continue;
        sum_kb = xlmem__add_sat(sum_kb, kb);
        nr = lines.nr;
    }
    xlmem__group_take(&group, offsetof(xlmem_vitals_state, swap_zfs_kb),
                      sum_kb, nr);
    return 0;
}

/* ------------------------------------------------------- one word --- */

static xlmem__str first_word(xlmem__str text)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__str line = {"", 0};

    xlmem__next_line(&lines, &line);
    return xlmem__trim(line);
}

static int take_one_number(xlmem__group *group, size_t offset, xlmem__str text,
                           unsigned base, xlmem__where *where)
{
    uint64_t value;

    if (xlmem__number_all(first_word(text), base, &value))
        return xlmem__not_understood(where, "expected a number");
    xlmem__group_take(group, offset, value, 1);
    return 0;
}

int xlmem__vitals_overcommit(xlmem__str text, xlmem_vitals *vitals,
                             xlmem__where *where)
{
    xlmem__group group =
        XLMEM__GROUP(&vitals->state, xlmem_vitals_file(XLMEM_DOC_OVERCOMMIT));

    return take_one_number(&group,
                           offsetof(xlmem_vitals_state, overcommit_memory),
                           text, 10, where);
}

/* drivers/base/memory.c: block_size_bytes is in base 16, without "0x". */
int xlmem__vitals_block_bytes(xlmem__str text, xlmem_vitals *vitals,
                              xlmem__where *where)
{
    xlmem__group group = XLMEM__GROUP(
        &vitals->state, "sys/devices/system/memory/block_size_bytes");
    int rc = take_one_number(&group, offsetof(xlmem_vitals_state, block_kb),
                             text, 16, where);

    if (!rc)
        vitals->state.block_kb /= 1024;
    return rc;
}

int xlmem__vitals_auto_online(xlmem__str text, xlmem_vitals *vitals,
                              xlmem__where *where)
{
    /* online_type_to_str, drivers/base/memory.c, Linux 5.8; two words
     * before. */
    static const char *const words[] = {"offline", "online", "online_kernel",
                                        "online_movable"};
    const xlmem__str word = first_word(text);
    xlmem__group group = XLMEM__GROUP(
        &vitals->state, "sys/devices/system/memory/auto_online_blocks");
    size_t i;

    for (i = 0; i < NR(words); i++)
        if (xlmem__str_is(word, words[i])) {
            xlmem__group_take(&group,
                              offsetof(xlmem_vitals_state, auto_online), i, 1);
            return 0;
        }
    return xlmem__not_understood(where, "expected \"online\" or \"offline\"");
}

int xlmem__vitals_blocks(xlmem__str text, xlmem_vitals *vitals,
                         xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__group group =
        XLMEM__GROUP(&vitals->state, xlmem_vitals_file(XLMEM_DOC_BLOCKS));
    uint64_t nr = 0, nr_offline = 0;
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        const bool offline = xlmem__str_is(line, "offline");

        nr += offline || xlmem__str_is(line, "online") ||
              xlmem__str_is(line, "going-offline");
        nr_offline += offline;
    }
    if (!nr)
        return xlmem__not_understood(where,
                                     "expected \"online\" or \"offline\"");
    xlmem__group_take(&group, offsetof(xlmem_vitals_state, nr_blocks), nr, 0);
    xlmem__group_take(&group, offsetof(xlmem_vitals_state, nr_offline),
                      nr_offline, 0);
    return 0;
}
