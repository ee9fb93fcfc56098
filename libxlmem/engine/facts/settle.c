/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * From facts to a value that can be relied on.
 *
 * A dom0 does not see the machine's memory but what Xen gives it: its own map
 * has the machine's holes and reserved ranges, and its RAM ends where dom0's
 * does.  The host's total says how much is missing; it is put behind all that
 * is known, where most of it is on any machine, and the map marked partial:
 *
 *     dom0's map   |RAM|res|RAM....|hole|res|
 *     completed    |RAM|res|RAM....|hole|res|RAM..............|
 *                                           4 GiB at least
 */
#include "engine/facts/draft.h"

#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"

#define FOUR_GIB (UINT64_C(4) << 30)
/*
 * More than a machine's map can have: Xen keeps 1024 ranges (E820MAX,
 * xen/arch/x86/include/asm/e820.h, 4.14 to 4.20), Linux 128 and 3 for each of
 * at most 1024 nodes (E820_MAX_ENTRIES, arch/x86/include/asm/e820/types.h).
 * Sizing walks a map once for every size it tries.
 */
#define RANGES_MAX 4096

static uint64_t end_of_map(const xlmem_map *map)
{
    return map->nr ? map->ranges[map->nr - 1].end : 0;
}

static int complete_map(xlmem_map *map, uint64_t total_kb)
{
    uint64_t missing_kb = xlmem__sub0(total_kb, xlmem_map_usable_kb(map)) /
                          XLMEM__PAGE_KB * XLMEM__PAGE_KB;
    uint64_t start = xlmem__round_up(end_of_map(map), 4096), size, end;
    int rc;

    if (!missing_kb)
        return 0;
    start = xlmem__max(start, FOUR_GIB);
    if (!xlmem__mul(missing_kb, 1024, &size) || !xlmem__add(start, size, &end))
        return XLMEM_ERROR_RANGE;
    rc = xlmem_map_add(map, start, end, XLMEM_RANGE_RAM);
    return rc ? rc : xlmem_map_normalise(map);
}

/* A map that cannot be used is none: what needs it says so. */
static int settle_map(xlmem_ctx *ctx, xlmem_host *host)
{
    xlmem_map *map = &host->map;
    int rc;

    if (!map->nr)
        return 0;
    if (map->nr > RANGES_MAX) {
        xlmem__log(ctx, XLMEM__WARN,
                   "%s: %zu ranges, more than any machine's map has (%u)",
                   xlmem_map_source_name(map->source), map->nr, RANGES_MAX);
        xlmem_map_dispose(map);
        return 0;
    }
    rc = xlmem_map_normalise(map);
    if (rc) {
        xlmem__log(ctx, XLMEM__WARN, "%s: %s",
                   xlmem_map_source_name(map->source),
                   rc == XLMEM_ERROR_INFEASIBLE ? "there is no RAM in it"
                                                : xlmem_strerror(rc));
        xlmem_map_dispose(map);
        return xlmem__go_without(rc);
    }
    if (map->source <= XLMEM_MAP_RING || map->source == XLMEM_MAP_ASSUMED ||
        (host->no_xen && !map->partial))
        return 0;
    map->partial = true;
    if (!XLMEM_KNOWS(host, total_kb))
        return 0;
    rc = complete_map(map, host->total_kb);
    if (rc) {
        xlmem__log(ctx, XLMEM__WARN, "%s cannot be completed: %s",
                   xlmem_map_source_name(map->source), xlmem_strerror(rc));
        xlmem_map_dispose(map);
    }
    return xlmem__go_without(rc);
}

/* ------------------------------------------------------ consistency --- */

/* A quantity that cannot be larger than another of the same struct. */
typedef struct limit {
    const char *less, *more;
    size_t less_at, more_at; /* offsets */
} limit;

#define LIMIT(type, a, b)                                                     \
    {                                                                         \
#a, #b, offsetof(type, a), offsetof(type, b)                          \
    }
static const limit host_limits[] = {
    LIMIT(xlmem_host, free_kb, total_kb),
    LIMIT(xlmem_host, outstanding_kb, total_kb),
    LIMIT(xlmem_host, xen_kb, total_kb),
};
static const limit dom0_limits[] = {
    LIMIT(xlmem_dom0, mem_free_kb, mem_total_kb),
    LIMIT(xlmem_dom0, mem_available_kb, mem_total_kb),
    LIMIT(xlmem_dom0, swap_free_kb, swap_total_kb),
};

static int check_limits(xlmem_ctx *ctx, const uint64_t *known,
                        const xlmem_source *from, const limit *limits,
                        size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        size_t a = limits[i].less_at / sizeof(*known);
        size_t b = limits[i].more_at / sizeof(*known);

        if (!(*known >> (a - 1) & 1) || !(*known >> (b - 1) & 1) ||
            known[a] <= known[b])
            continue;
        xlmem__log(ctx, XLMEM__ERR, "%s: %s %llu is more than %s %llu of %s",
                   from[a - 1].file, limits[i].less,
                   (unsigned long long)known[a], limits[i].more,
                   (unsigned long long)known[b], from[b - 1].file);
        return XLMEM_ERROR_PARSE;
    }
    return 0;
}

/* Bytes must fit 64 bits, or no sum over them could be trusted. */
static bool too_large(uint64_t kb)
{
    return kb >> 54 != 0;
}

/* All pages of all domains are some of the host's; `xl info` and `xl list`
 * round to MiB. */
static int check_domains(xlmem_ctx *ctx, const xlmem_host *host,
                         const xlmem_sources *origin)
{
    uint64_t sum_kb = 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (too_large(dom->tot_kb) || too_large(dom->target_kb) ||
            too_large(dom->paging_kb) || too_large(dom->outstanding_kb)) {
            xlmem__log(ctx, XLMEM__ERR,
                       "%s: domain %llu is larger than any machine",
                       origin->doms, (unsigned long long)dom->domid);
            return XLMEM_ERROR_RANGE;
        }
        sum_kb = xlmem__add_sat(sum_kb, dom->tot_kb);
    }
    if (!XLMEM_KNOWS(host, total_kb) ||
        sum_kb <= xlmem__add_sat(host->total_kb, XLMEM__MIB_KB))
        return 0;
    xlmem__log(ctx, XLMEM__ERR,
               "%s: the domains hold %llu kB, more than total_kb %llu of %s",
               origin->doms, (unsigned long long)sum_kb,
               (unsigned long long)host->total_kb, origin->of_host[0].file);
    return XLMEM_ERROR_PARSE;
}

/* dom0's kernel manages less than Xen gave it, and never nothing. */
static int check_dom0_facts(xlmem_ctx *ctx, const xlmem_host *host,
                            const xlmem_sources *origin)
{
    size_t at = offsetof(xlmem_dom0, mem_total_kb) / sizeof(uint64_t) - 1;
    uint64_t kb = host->dom0.mem_total_kb;

    if (!XLMEM_KNOWS(&host->dom0, mem_total_kb))
        return 0;
    if (kb && (!XLMEM_KNOWS(host, total_kb) || kb <= host->total_kb))
        return 0;
    if (!kb)
        xlmem__log(ctx, XLMEM__ERR, "%s: MemTotal is 0",
                   origin->of_dom0[at].file);
    else
        xlmem__log(ctx, XLMEM__ERR,
                   "%s: MemTotal of dom0, %llu kB, is more than total_kb %llu "
                   "of %s",
                   origin->of_dom0[at].file, (unsigned long long)kb,
                   (unsigned long long)host->total_kb,
                   origin->of_host[0].file);
    return XLMEM_ERROR_PARSE;
}

static const uint64_t *facts_to_settle(const void *facts)
{
    return facts;
}

int xlmem__settle(xlmem_ctx *ctx, xlmem_host *host,
                  const xlmem_sources *origin)
{
    int rc = settle_map(ctx, host);

    /* A JSON file that somebody edited may have them in any order. */
    xlmem__host_sort(host);
    if (!rc)
        rc = check_limits(ctx, facts_to_settle(host), origin->of_host,
                          host_limits,
                          sizeof(host_limits) / sizeof(host_limits[0]));
    if (!rc)
        rc = check_limits(ctx, facts_to_settle(&host->dom0), origin->of_dom0,
                          dom0_limits,
                          sizeof(dom0_limits) / sizeof(dom0_limits[0]));
    if (!rc)
        rc = check_dom0_facts(ctx, host, origin);
    if (!rc)
        rc = check_domains(ctx, host, origin);
    return rc;
}
