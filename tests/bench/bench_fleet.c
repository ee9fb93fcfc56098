/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whether the domUs of the largest fleet fit into the gaps of 64 hosts.
 *
 *     bench_fleet fits|short|tight DOMUS REPEATS
 *
 * fits: first-fit finds room; short: a bound proves that there is none;
 * tight: nothing but a search could tell, which the limit ends.
 */
#include <string.h>

#include "bench.h"
#include "model/fleet/fleet.h"

#define GAPS XLMEM_FLEET_HOSTS_MAX

static xlmem_fleet_gap gaps[GAPS];
static xlmem_fleet_price prices[XLMEM_FLEET_DOMUS_MAX * GAPS];
static size_t where[XLMEM_FLEET_DOMUS_MAX], set[XLMEM_FLEET_DOMUS_MAX];

/* Odd sizes of 512 MiB to 4 GiB, the same every time. */
static uint64_t make_prices(size_t nr)
{
    uint64_t sum = 0, state = 1;
    size_t d, g;

    for (d = 0; d < nr; d++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        for (g = 0; g < GAPS; g++) {
            xlmem_fleet_price *price = &prices[d * GAPS + g];

            price->stays_kb[XLMEM_FLEET_XEN] =
                524288 + (state >> 33) % 3670016;
            price->stays_kb[XLMEM_FLEET_DOM0] = 1100 + (state >> 40) % 900;
            price->peak_kb[XLMEM_FLEET_DOM0] = 40000;
        }
        sum += prices[d * GAPS].stays_kb[XLMEM_FLEET_XEN];
    }
    return sum;
}

static void make_gaps(uint64_t each_kb)
{
    size_t g;

    for (g = 0; g < GAPS; g++) {
        gaps[g].room_kb[XLMEM_FLEET_XEN] = each_kb + 73728;
        gaps[g].peak_kb[XLMEM_FLEET_XEN] = 73728;
        gaps[g].room_kb[XLMEM_FLEET_DOM0] = 600000;
    }
}

BENCH_PHASE static void phase_pack(const xlmem_pack *pack, void *arena,
                                   xlmem_pack_answer *answer)
{
    xlmem_pack_find(pack, arena, answer);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const char *what = argc > 1 ? argv[1] : "fits";
    const size_t nr = bench_size(argc, argv, 2, 1000, XLMEM_FLEET_DOMUS_MAX);
    const size_t repeats = bench_size(argc, argv, 3, 1, BENCH_REPEATS_MAX);
    const uint64_t share_kb = make_prices(nr) / GAPS;
    void *arena = bench_alloc(1, xlmem_pack_room(GAPS, nr));
    xlmem_pack_answer answer = {.where = where, .set = set};
    const xlmem_pack pack = {.nr_gaps = GAPS,
                             .nr_domus = nr,
                             .gaps = gaps,
                             .prices = prices,
                             .limit = 1000000};
    char name[96], said[64];
    size_t i;

    make_gaps(!strcmp(what, "fits")    ? share_kb + share_kb / 10
              : !strcmp(what, "short") ? share_kb - share_kb / 100
                                       : share_kb + 1);
    for (i = 0; i < repeats; i++) {
        const int64_t start = bench_now_ns();

        phase_pack(&pack, arena, &answer);
        took_ns[i] = bench_now_ns() - start;
    }
    snprintf(name, sizeof(name), "fleet case=%s domus=%zu", what, nr);
    snprintf(said, sizeof(said), "verdict=%d_places=%llu", (int)answer.verdict,
             (unsigned long long)answer.places);
    bench_print(name, took_ns, repeats, said);
    free(arena);
    return 0;
}
