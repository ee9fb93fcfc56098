/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_balance KIND DOMS REPEATS: a pass over DOMS parties.
 *
 *     rest       nobody is to be moved
 *     scarce     half of them need memory, half have it, and there is less
 *                than all need
 *     rising     who has to give gives the more the higher its id is: each is
 *                a new one of the best
 */
#include "bench.h"

#include "model/balance.h"

#define DOMS_MAX 1000000

static void make(xlmem__party *party, const char *kind, size_t i)
{
    const bool gives = strcmp(kind, "rest") && i % 2;

    *party = (xlmem__party){.domid = (uint32_t)i,
                            .weight = XLMEM__WEIGHT_USUAL,
                            .floor_kb = GIB / 2,
                            .demand_kb = GIB,
                            .demand_known = true,
                            .ceiling_kb = 4 * GIB,
                            .target_kb = GIB,
                            .has_kb = GIB};
    if (gives)
        party->target_kb = party->has_kb = 2 * GIB;
    else if (strcmp(kind, "rest"))
        party->demand_kb = 3 * GIB;
    if (gives && !strcmp(kind, "rising"))
        party->target_kb = party->has_kb = 2 * GIB + 4 * i;
}

BENCH_PHASE static void phase_balance(xlmem__party *parties, size_t nr,
                                      xlmem__round *round)
{
    xlmem__balance(parties, nr, round);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const char *kind = argc > 1 ? argv[1] : "scarce";
    const size_t nr = bench_size(argc, argv, 2, 10000, DOMS_MAX);
    const size_t repeats = bench_size(argc, argv, 3, 201, BENCH_REPEATS_MAX);
    xlmem__party *parties = bench_alloc(nr, sizeof(*parties));
    xlmem__share *shares = bench_alloc(nr, sizeof(*shares));
    xlmem__share_room room = {.cups = bench_alloc(nr, sizeof(*room.cups)),
                              .followers =
                                  bench_alloc(nr, sizeof(*room.followers))};
    const xlmem__purse purse = {0, 0, 0};
    xlmem__lack lack = {.kb = 0};
    xlmem__gentle gentle;
    xlmem_plan plan;
    char name[64], result[32];
    xlmem__round round = {.purse = &purse,
                          .gentle = &gentle,
                          .now_ms = 1000000,
                          .shares = shares,
                          .room = &room,
                          .lack = &lack,
                          .plan_r = &plan};
    size_t i;

    xlmem__gentle_init(&gentle);
    for (i = 0; i < nr; i++)
        make(&parties[i], kind, i);
    for (i = 0; i < repeats; i++) {
        const int64_t start = bench_now_ns();

        room.level = 0;
        phase_balance(parties, nr, &round);
        took_ns[i] = bench_now_ns() - start;
    }
    snprintf(name, sizeof(name), "balance %s doms=%zu", kind, nr);
    snprintf(result, sizeof(result), "%zu", plan.nr_steps);
    bench_print(name, took_ns, repeats, result);
    free(room.followers);
    free(room.cups);
    free(shares);
    free(parties);
    return 0;
}
