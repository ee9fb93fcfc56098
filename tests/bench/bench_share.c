/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_share KIND DOMS REPEATS: sharing out memory among DOMS domains.
 *
 *     scarce     weights, floors, demands and ceilings as they come; memory
 *                for half of what is asked for
 *     surplus    the same with more than that
 *     again      scarce, from the last level: one domain needs 1 MiB more
 *     cold       scarce, nothing of it in any cache (x86)
 *
 *   and what could take longest:
 *     equal      all changes are at the same level
 *     octaves    changes at 40 scales, as many at each
 *     nested     at each of 40 scales one, all others at the smallest
 *     alone      one has most of the weight, and nearly all that is asked for
 *     fine       all changes within 1 kB of each other, no two alike
 */
#include "bench.h"

#include "model/share.h"

#define DOMS_MAX 1000000

static uint64_t state = 1;

static uint64_t at_random(uint64_t nr)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (state >> 33) % nr;
}

static void make_usual(xlmem__share *share)
{
    share->weight = (uint32_t)(UINT64_C(64) << at_random(6));
    share->floor_kb = (1 + at_random(2048)) * MIB / 2;
    share->demand_kb = share->floor_kb + at_random(8 * GIB);
    share->ceiling_kb = share->demand_kb + at_random(8 * GIB);
}

static void make(xlmem__share *share, const char *kind, size_t i, size_t nr)
{
    const size_t nested = i < 40 ? i : 0;
    const size_t scale = !strcmp(kind, "octaves") ? i % 40 : nested;
    uint64_t kb;

    share->weight = XLMEM__WEIGHT_USUAL;
    if (!strcmp(kind, "equal")) {
        share->floor_kb = GIB;
        share->demand_kb = 4 * GIB;
    } else if (!strcmp(kind, "octaves") || !strcmp(kind, "nested")) {
        kb = (UINT64_C(1) << scale) + at_random(UINT64_C(1) << scale);
        share->weight = 1;
        share->floor_kb = kb;
        share->demand_kb = kb + at_random(kb) / 2;
    } else if (!strcmp(kind, "alone")) {
        share->weight = i == nr / 2 ? XLMEM__WEIGHT_MAX : 1;
        share->floor_kb = at_random(GIB);
        share->demand_kb = share->floor_kb + at_random(GIB);
        if (i == nr / 2)
            share->demand_kb = GIB * nr * 8;
    } else if (!strcmp(kind, "fine")) {
        share->weight = (uint32_t)(1 + at_random(XLMEM__WEIGHT_MAX));
        share->floor_kb = share->weight * UINT64_C(100);
        share->demand_kb = share->floor_kb + at_random(share->weight);
    } else {
        make_usual(share);
        return;
    }
    share->ceiling_kb = share->demand_kb + GIB;
}

/* Half-way between the floors and what is asked for, or as far beyond. */
static uint64_t pool_of(const xlmem__share *list, size_t nr, bool surplus)
{
    uint64_t floor = 0, demand = 0, ceiling = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        floor += list[i].floor_kb;
        demand += list[i].demand_kb;
        ceiling += list[i].ceiling_kb;
    }
    return surplus ? demand + (ceiling - demand) / 2
                   : floor + (demand - floor) / 2;
}

static void flush(const void *from, size_t len)
{
#ifdef __SSE2__
    const char *at = from;
    size_t i;

    for (i = 0; i < len; i += 64)
        __builtin_ia32_clflush(at + i);
    __builtin_ia32_mfence();
#else
    (void)from;
    (void)len;
#endif
}

BENCH_PHASE static xlmem__plenty phase_share(xlmem__share *list, size_t nr,
                                             uint64_t pool_kb,
                                             xlmem__share_room *room)
{
    return xlmem__share_out(list, nr, pool_kb, room);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const char *kind = argc > 1 ? argv[1] : "scarce";
    const size_t nr = bench_size(argc, argv, 2, 10000, DOMS_MAX);
    const size_t repeats = bench_size(argc, argv, 3, 201, BENCH_REPEATS_MAX);
    const bool again = !strcmp(kind, "again"), cold = !strcmp(kind, "cold");
    xlmem__share *list = bench_alloc(nr, sizeof(*list));
    xlmem__share_room room = {.cups = bench_alloc(nr, sizeof(*room.cups)),
                              .followers =
                                  bench_alloc(nr, sizeof(*room.followers))};
    xlmem__plenty plenty = XLMEM__BELOW_FLOORS;
    uint64_t pool_kb;
    char name[64], result[64];
    size_t i;

    for (i = 0; i < nr; i++)
        make(&list[i], kind, i, nr);
    pool_kb = pool_of(list, nr, !strcmp(kind, "surplus"));
    if (again)
        xlmem__share_out(list, nr, pool_kb, &room);
    for (i = 0; i < repeats; i++) {
        int64_t start;

        if (again)
            list[at_random(nr)].demand_kb += MIB;
        else
            room.level = 0;
        if (cold) {
            flush(list, nr * sizeof(*list));
            flush(room.cups, nr * sizeof(*room.cups));
            flush(room.followers, nr * sizeof(*room.followers));
        }
        start = bench_now_ns();
        plenty = phase_share(list, nr, pool_kb, &room);
        took_ns[i] = bench_now_ns() - start;
    }
    snprintf(name, sizeof(name), "share %s doms=%zu", kind, nr);
    snprintf(result, sizeof(result), "%d/%" PRIx64, (int)plenty, room.level);
    bench_print(name, took_ns, repeats, result);
    free(room.followers);
    free(room.cups);
    free(list);
    return 0;
}
