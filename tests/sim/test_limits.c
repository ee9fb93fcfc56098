/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How much is taken of one domain: by steps, and not more than balance_rate in
 * a minute, while nothing is urgent.
 */
#include "pair.h"

#define RATE_KB (256 * MIB)
#define LASTS_MIN 10
#define TURNS 20
/* stdvga's: libxl_create.c */
#define VIDEO_KB (16 * MIB)
/* As many minutes of a domain's own as can begin in that, and one more. */
#define MINUTES_MOST (LASTS_MIN + 2)

static sim_dom *third;

/* There is not enough for the three at once, so that none has any to spare,
 * and what one needs another has to give that uses it. */
static void set_up_scarce(void)
{
    sim_dom **const all[] = {&rich, &poor, &third};
    size_t i;

    sim_reseed(1);
    balance_init(&host, 64 * MIB + GIB + HEADROOM_KB + 3 * GIB + 3 * MIB, GIB);
    host.dom0_used_kb = GIB - 160 * MIB; /* it gives nothing, and has enough */
    for (i = 0; i < ARRAY_SIZE(all); i++) {
        *all[i] = sim_add_party(&host, SIM_IDEAL, 256 * MIB, GIB, 3 * GIB);
        (*all[i])->used_kb = 2 * GIB;
    }
}

static void need_by_turns(sim_proc *p)
{
    int i;

    for (i = 0; i < TURNS; i++) {
        act_at(p, MINUTES(1) + SECONDS(i * LASTS_MIN * 60 / TURNS));
        sim_use(&host, rich, i % 2 ? 2 * GIB : 128 * MIB);
        sim_use(&host, poor, i % 2 ? 128 * MIB : 2 * GIB);
    }
}

static uint64_t taken_at(uint64_t rate_kb)
{
    uint64_t kb = 0;
    size_t i;

    set_up_scarce();
    host.rate_kb = rate_kb;
    sim_add_proc(&host, need_by_turns, NULL, -1);
    run_for(MINUTES(LASTS_MIN + 1));
    for (i = 1; i < host.nr_doms; i++)
        kb = host.doms[i].taken_kb > kb ? host.doms[i].taken_kb : kb;
    check_end();
    return kb;
}

static void who_was_moved_enough_within_a_minute_gives_no_more(void **state)
{
    (void)state;
    SIM_CHECK(taken_at(0) > 2 * MINUTES_MOST * RATE_KB);
    SIM_CHECK(taken_at(RATE_KB) <= MINUTES_MOST * RATE_KB);
}

/* Poor has followed its target; rich has never been asked. */
static void rich_speaks(sim_proc *p)
{
    act_at(p, SECONDS(60));
    SIM_CHECK(poor->tot_kb > GIB);
    SIM_CHECK(rich->target_kb == 3 * GIB);
    rich->word = SIM_HONEST;
    sim_use(&host, poor, 3 * GIB);
}

/* Whether it has a balloon is seen when the first of it is there. */
static void who_shows_no_balloon_is_asked_for_a_little(void **state)
{
    (void)state;
    set_up();
    host.total_kb += 64 * MIB;
    host.dom0_used_kb = GIB - 160 * MIB; /* it gives nothing, and has enough */
    rich->temper = SIM_STUCK;
    rich->word = SIM_SILENT;
    sim_add_proc(&host, rich_speaks, NULL, -1);
    run_for(SECONDS(64));
    SIM_CHECK(rich->target_kb < 3 * GIB);
    SIM_CHECK(rich->target_kb + 3 * GIB / 10 + MIB >= 3 * GIB);
    check_end();
}

/* Of an HVM guest libxl keeps a target without its video RAM, and a ceiling
 * with it.  At static-max it has all that it may, whichever way its kernel
 * counts, and on its way there it is not one that does not follow. */
static void takes_all_it_may(bool holds_beside)
{
    set_up();
    host.total_kb += VIDEO_KB;
    rich->used_kb = 256 * MIB;
    poor->video_kb = VIDEO_KB;
    poor->maxmem_kb += VIDEO_KB;
    poor->holds_beside = holds_beside;
    poor->tot_kb += holds_beside ? VIDEO_KB : 0;
    poor->static_max_kb = 2 * GIB;
    poor->used_kb = 3 * GIB;
    run_for(MINUTES(2));
    SIM_CHECK(poor->tot_kb == poor->static_max_kb);
    SIM_CHECK(poor->target_kb == poor->static_max_kb);
    SIM_CHECK(!poor->taken_kb);
    check_end();
}

static void video_ram_is_neither_lacking_nor_too_much(void **state)
{
    (void)state;
    takes_all_it_may(false);
    takes_all_it_may(true);
}

/* Nobody could set that target, and all others would give for it in vain. */
static void for_a_floor_beyond_dom0_nobody_gives(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = rich->used_kb = GIB / 2;
    host.dom0_reach_kb = host.dom0_maximum_kb = GIB;
    host.doms[0].static_max_kb = GIB;
    host.doms[0].dynamic_min_kb = 4 * GIB;
    run_for(MINUTES(5));
    SIM_CHECK(host.doms[0].target_kb == GIB && !first.nr_failures);
    SIM_CHECK(rich->target_kb >= 3 * GIB && poor->target_kb >= GIB);
    check_end();
}

TEST_GROUP(limits)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_a_floor_beyond_dom0_nobody_gives),
        cmocka_unit_test(video_ram_is_neither_lacking_nor_too_much),
        cmocka_unit_test(who_shows_no_balloon_is_asked_for_a_little),
        cmocka_unit_test(who_was_moved_enough_within_a_minute_gives_no_more),
    };

    return test_run(tests, NULL, NULL);
}
