/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who balances, and events: storms of them, lost ones, and none at all. */
#include "pair.h"

static void flood_events(sim_proc *p)
{
    int i;

    for (i = 0; i < 10000; i++) {
        sim_fire(&host, i % 2 ? rich : poor, "memory/target");
        if (i % 1000 == 0)
            sim_fire_kind(&host, XLMEM_EVENT_LOW_MEMORY);
        if (i % 3 == 0)
            act_at(p, SECONDS(120) + i);
    }
}

static uint64_t passes_before;

static void note_passes(sim_proc *p)
{
    act_at(p, SECONDS(119));
    passes_before = first.nr_passes;
    flood_events(p);
    passes_before = first.nr_passes - passes_before;
}

static void ten_thousand_events_are_few_passes(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, note_passes, NULL, -1);
    run_for(MINUTES(10));
    SIM_CHECK(first.nr_events >= 10000);
    SIM_CHECK(passes_before <= 10);
    check_end();
}

/* And not 100 ms later, as after an event: a daemon is ready then. */
static void the_first_dispatch_makes_a_pass(void **state)
{
    (void)state;
    set_up();
    run_for(50);
    SIM_CHECK(first.nr_passes == 1);
    check_end();
}

static uint64_t floods_seen;

static void look_at_flood(sim_proc *p)
{
    uint64_t on = 0;

    act_at(p, SECONDS(5));
    SIM_CHECK(xlmem_monitor_dom_get(first.monitor, rich->domid,
                                    XLMEM_MONITOR_DOM_FLOODS, &on));
    floods_seen = on;
    SIM_CHECK(!rich->watched_data);
}

static void who_floods_is_not_listened_to(void **state)
{
    (void)state;
    set_up();
    rich->word = SIM_FLOODS;
    sim_add_proc(&host, look_at_flood, NULL, -1);
    run_for(SECONDS(30));
    SIM_CHECK(floods_seen == 1);
    SIM_CHECK(first.nr_passes < 100);
    check_end();
}

static void restart_store(sim_proc *p)
{
    act_at(p, SECONDS(1));
    sim_restart_store(&host, SECONDS(3));
    act_at(p, SECONDS(60));
    sim_use(&host, poor, 2 * GIB);
}

static void xenstored_may_be_restarted(void **state)
{
    (void)state;
    set_up();
    sim_add_proc(&host, restart_store, NULL, -1);
    run_for(SECONDS(120));
    SIM_CHECK(is_served(poor));
    check_end();
}

/* What it says goes on its way and does not arrive. */
static void lose_a_word(sim_proc *p)
{
    act_at(p, SECONDS(200));
    host.lose_bp = 10000;
    sim_use(&host, poor, 2 * GIB);
    act_at(p, SECONDS(300));
    host.lose_bp = 0;
}

static void a_word_that_was_lost_is_asked_for(void **state)
{
    (void)state;
    set_up();
    poor->word = SIM_XE;
    sim_add_proc(&host, lose_a_word, NULL, -1);
    run_for(MINUTES(30));
    SIM_CHECK(is_served(poor));
    check_end();
}

/* Nothing moves when it says a while later that it uses more: no time passes
 * over that. */
static void say_and_look(sim_proc *p)
{
    uint64_t had_kb;

    act_at(p, SECONDS(400));
    had_kb = poor->target_kb;
    sim_use(&host, poor, 2 * GIB);
    poor->says_at = host.now_ms + SECONDS(5);
    act_at(p, SECONDS(420));
    SIM_CHECK(poor->target_kb > had_kb);
}

static void a_word_wakes_who_waits_for_it(void **state)
{
    (void)state;
    set_up();
    poor->word = SIM_XE;
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, say_and_look, NULL, -1);
    run_for(SECONDS(420));
    check_end();
}

/* It says once what it uses; who starts it writes its target after that. */
static void tell_late(sim_proc *p)
{
    uint64_t demand_kb = 0;

    act_at(p, SECONDS(90));
    poor->untold = false;
    poor->touched = true;
    act_at(p, SECONDS(100));
    SIM_CHECK(xlmem_monitor_dom_get(first.monitor, poor->domid,
                                    XLMEM_MONITOR_DOM_DEMAND_KB, &demand_kb));
    SIM_CHECK(demand_kb > poor->used_kb);
}

/* A guest so small that all it has could be video RAM beyond a target of
 * nothing. */
static void what_is_said_before_there_is_a_target_counts(void **state)
{
    (void)state;
    set_up();
    host.total_kb += 300 * MIB;
    poor = sim_add_party(&host, SIM_IDEAL, 128 * MIB, 256 * MIB, 256 * MIB);
    poor->used_kb = 150 * MIB;
    poor->word = SIM_XE;
    poor->untold = true;
    sim_add_proc(&host, tell_late, NULL, -1);
    run_for(SECONDS(110));
    check_end();
}

static size_t wakes_before;

static void note_wakes(sim_proc *p)
{
    act_at(p, MINUTES(30));
    wakes_before = first.nr_wakes;
}

/* They opt in one after the other, and each was heard once. */
static void many_fall_silent(sim_proc *p)
{
    size_t i;

    for (i = 0; i < 30; i++) {
        sim_dom *dom =
            sim_add_party(&host, SIM_IDEAL, 8 * MIB, 16 * MIB, 16 * MIB);

        dom->word = i % 2 ? SIM_SILENT : SIM_XE;
        act_at(p, SECONDS(50) * (int64_t)i);
    }
    note_wakes(p);
}

static void and_who_is_silent_wakes_nobody_for_it(void **state)
{
    (void)state;
    set_up();
    rich->word = poor->word = SIM_SILENT;
    sim_add_proc(&host, many_fall_silent, NULL, -1);
    run_for(MINUTES(90));
    SIM_CHECK(first.nr_wakes - wakes_before <= 12);
    check_end();
}

/* xenstored lives and says no. */
static void refuse(sim_proc *p)
{
    act_at(p, SECONDS(60));
    host.refuse_nodes = true;
    sim_use(&host, poor, 2 * GIB);
    act_at(p, SECONDS(180));
    wakes_before = first.nr_wakes - wakes_before;
    host.refuse_nodes = false;
}

static void who_cannot_read_tries_now_and_then(void **state)
{
    (void)state;
    set_up();
    wakes_before = 0;
    sim_add_proc(&host, refuse, NULL, -1);
    run_for(SECONDS(300));
    SIM_CHECK(wakes_before <= 150);
    SIM_CHECK(is_served(poor));
    check_end();
}

TEST_GROUP(events)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_events_are_few_passes),
        cmocka_unit_test(the_first_dispatch_makes_a_pass),
        cmocka_unit_test(who_floods_is_not_listened_to),
        cmocka_unit_test(xenstored_may_be_restarted),
        cmocka_unit_test(a_word_that_was_lost_is_asked_for),
        cmocka_unit_test(a_word_wakes_who_waits_for_it),
        cmocka_unit_test(what_is_said_before_there_is_a_target_counts),
        cmocka_unit_test(and_who_is_silent_wakes_nobody_for_it),
        cmocka_unit_test(who_cannot_read_tries_now_and_then),
    };

    return test_run(tests, NULL, NULL);
}
