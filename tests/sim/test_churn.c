/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Nobody is moved to and fro: what one needs more and more of is taken from
 * who has it to spare, and is not given back to him in between.
 */
#include "pair.h"

#define NR_SEEDS 40
#define IDLE_KB (100 * MIB)
#define CLIMBS_MOST 12

static sim_dom *idle;
static uint64_t taken_kb;
static size_t nr_returned;

/* Three of a size, who together have what they have said that they need and a
 * little beyond, and whose balloons are slow: what was asked for comes when
 * the demand that asked for it has passed. */
static void set_up_three(uint64_t seed)
{
    sim_dom **const all[] = {&rich, &poor, &idle};
    size_t i;

    sim_reseed(seed);
    balance_init(&host, 64 * MIB + GIB + HEADROOM_KB + 903 * MIB, GIB);
    host.dom0_used_kb = GIB - 160 * MIB; /* it gives nothing */
    for (i = 0; i < ARRAY_SIZE(all); i++) {
        *all[i] =
            sim_add_party(&host, SIM_SLOW, 160 * MIB, 300 * MIB, 900 * MIB);
        (*all[i])->used_kb = IDLE_KB;
    }
}

static void pause_some(sim_proc *p, int64_t least_ms, int64_t most_ms)
{
    p->wake = host.now_ms +
              (int64_t)sim_between((uint64_t)least_ms, (uint64_t)most_ms);
    sim_step(p);
}

/* By steps, the next of which nobody knows of. */
static void climb(sim_proc *p, sim_dom *dom, uint64_t top_kb)
{
    uint64_t kb;

    for (kb = IDLE_KB; kb < top_kb; kb += sim_between(20, 90) * MIB) {
        sim_use(&host, dom, kb);
        pause_some(p, 500, 3000);
    }
}

static void climb_again_and_again(sim_proc *p)
{
    int i;

    act_at(p, SECONDS(60));
    for (i = 0; i < CLIMBS_MOST; i++) {
        climb(p, rich, sim_between(300, 500) * MIB);
        pause_some(p, 1000, 20000);
        sim_use(&host, rich, IDLE_KB);
        pause_some(p, 1000, 20000);
    }
    taken_kb += idle->taken_kb;
    nr_returned += idle->nr_returned;
}

static void who_gives_is_not_given_it_back_while_another_climbs(void **state)
{
    uint64_t seed;

    (void)state;
    taken_kb = nr_returned = 0;
    for (seed = 1; seed <= NR_SEEDS; seed++) {
        set_up_three(seed);
        sim_add_proc(&host, climb_again_and_again, NULL, -1);
        run_for(MINUTES(20));
        check_end();
    }
    SIM_CHECK(taken_kb > NR_SEEDS * 64 * MIB);
    SIM_CHECK(!nr_returned);
}

TEST_GROUP(churn)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_gives_is_not_given_it_back_while_another_climbs),
    };

    return test_run(tests, NULL, NULL);
}
