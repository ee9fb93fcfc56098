/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Somebody who balances, in histories that are written down: who gets what,
 * and when, and what is left alone.  At each step that grows it is looked
 * whether what grows could be taken if all others stopped (sim_check_step).
 */
#include "pair.h"

#include "engine/balance/monitor.h"

int watch_memory(xlmem_ctx *ctx, const xlmem_policy *policy);
int wait_for(int fd, int64_t until_ms);

static reign second;

/* -------------------------------------------------------------- demand --- */

/* Within 5 s, and what a balloon takes for half a GiB twice over. */
static void memory_goes_where_it_is_needed(void **state)
{
    (void)state;
    set_up();
    run_for(SECONDS(15));
    SIM_CHECK(is_served(poor) && is_served(rich));
    SIM_CHECK(!first.nr_failures);
    check_end();
}

static void and_then_nobody_moves_or_looks(void **state)
{
    (void)state;
    set_up();
    run_for(MINUTES(60));
    SIM_CHECK(is_served(poor) && is_served(rich));
    SIM_CHECK(host.moved_ms < first.from_ms + MINUTES(10));
    SIM_CHECK(first.passed_ms < first.from_ms + MINUTES(20));
    check_end();
}

static void who_is_silent_keeps_his_target(void **state)
{
    (void)state;
    set_up();
    rich->word = poor->word = SIM_SILENT;
    run_for(MINUTES(5));
    SIM_CHECK(rich->target_kb == 3 * GIB && poor->target_kb == GIB);
    check_end();
}

static void who_has_not_opted_in_is_left_alone(void **state)
{
    (void)state;
    set_up();
    rich->dynamic_min_kb = 0;
    run_for(MINUTES(5));
    SIM_CHECK(rich->target_kb == 3 * GIB);
    SIM_CHECK(!rich->nodes[SIM_NODE_SIGNED][0] && !rich->watched_data);
    check_end();
}

static void nobody_is_taken_below_his_floor(void **state)
{
    (void)state;
    set_up();
    rich->dynamic_min_kb = 3 * GIB - 64 * MIB;
    poor->used_kb = 4 * GIB;
    run_for(MINUTES(5));
    SIM_CHECK(rich->target_kb >= rich->dynamic_min_kb);
    SIM_CHECK(rich->target_kb < rich->dynamic_min_kb + 32 * MIB);
    check_end();
}

static void a_liar_gets_what_he_could_by_the_truth(void **state)
{
    (void)state;
    set_up();
    rich->word = SIM_LYING;
    run_for(MINUTES(20));
    SIM_CHECK(rich->target_kb >= rich->dynamic_min_kb);
    SIM_CHECK(rich->target_kb <= rich->static_max_kb);
    SIM_CHECK(poor->target_kb >= poor->dynamic_min_kb);
    check_end();
}

static void dom0_gets_more_when_it_runs_short(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 4;
    host.dom0_used_kb = GIB - 80 * MIB;
    run_for(SECONDS(30));
    SIM_CHECK(sim_available_kb(&host) >= RESERVE_KB + 48 * MIB);
    check_end();
}

static void dom0_gives_before_anybody_has_set_its_target(void **state)
{
    (void)state;
    set_up();
    host.dom0_bare = true;
    host.dom0_used_kb = GIB / 4;
    rich->used_kb = rich->target_kb - 64 * MIB;
    poor->used_kb = 4 * GIB;
    run_for(SECONDS(30));
    SIM_CHECK(host.doms[0].target_kb < GIB - 128 * MIB);
    SIM_CHECK(!host.dom0_bare && !first.nr_failures);
    check_end();
}

/* 16 MiB at a time, with longer between than from one look to the next; what
 * somebody else says when it has begun is the last that is said. */
static void fill_dom0(sim_proc *p)
{
    int i;

    for (i = 0; i < 30; i++) {
        act_at(p, SECONDS(60) + i * INT64_C(1700));
        host.dom0_used_kb += 16 * MIB;
        if (i == 1)
            sim_use(&host, poor, poor->used_kb + 64 * MIB);
    }
}

static void dom0_is_helped_while(void (*filled)(sim_proc *), int64_t ms)
{
    set_up();
    host.dom0_used_kb = GIB - 300 * MIB;
    rich->used_kb = poor->used_kb = GIB / 2;
    sim_add_proc(&host, filled, NULL, -1);
    run_for(ms);
    SIM_CHECK(host.dom0_used_kb > GIB);
    SIM_CHECK(host.least_available_kb >= RESERVE_KB);
}

static void dom0_that_fills_bit_by_bit_is_helped_in_time(void **state)
{
    (void)state;
    dom0_is_helped_while(fill_dom0, MINUTES(4));
    SIM_CHECK(first.passed_ms < first.from_ms + SECONDS(150));
    check_end();
}

static void fill_dom0_slowly(sim_proc *p)
{
    int i;

    for (i = 0; i < 25; i++) {
        act_at(p, MINUTES(3 * i + 3));
        host.dom0_used_kb += 16 * MIB;
    }
}

/* Guests at rest say each 5 minutes that they are there, which is no news. */
static void dom0_is_looked_at_when_somebody_speaks(void **state)
{
    (void)state;
    dom0_is_helped_while(fill_dom0_slowly, MINUTES(85));
    check_end();
}

/* avg10 lingers, and nobody has waited since: that is no demand. */
static void dom0s_pressure_of_before_is_no_demand(void **state)
{
    (void)state;
    set_up();
    host.dom0_used_kb = GIB / 4;
    host.dom0_stalls = "some avg10=90.00 avg60=0.00 avg300=0.00 total=4711\n"
                       "full avg10=90.00 avg60=0.00 avg300=0.00 total=42\n";
    run_for(SECONDS(30));
    /* The first look knows nothing else, and what it finds fades. */
    SIM_CHECK(host.doms[0].target_kb < 2 * GIB);
    check_end();
}

/* ------------------------------------------------------ administrators --- */

static void set_rich(sim_proc *p)
{
    act_at(p, SECONDS(60));
    sim_admin_sets(&host, rich, 2 * GIB + 512 * MIB);
    act_at(p, SECONDS(61));
    sim_use(&host, poor, 4 * GIB);
}

static void set_and_free_rich(sim_proc *p)
{
    set_rich(p);
    act_at(p, SECONDS(300));
    sim_admin_frees(&host, rich);
}

static void a_target_set_by_hand_stays(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, set_rich, NULL, -1);
    run_for(MINUTES(10));
    SIM_CHECK(rich->target_kb == 2 * GIB + 512 * MIB);
    SIM_CHECK(!strcmp(rich->nodes[SIM_NODE_PIN], "2621440"));
    check_end();
}

/* The one before had signed it; the next one sees that it is another. */
static void and_is_known_for_one_by_the_next_daemon(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, set_rich, NULL, -1);
    add_reign(&first, 0, SECONDS(30), -1);
    add_reign(&second, SECONDS(90), MINUTES(5), -1);
    sim_run(&host);
    SIM_CHECK(rich->target_kb == 2 * GIB + 512 * MIB);
    check_end();
}

static void until_the_domain_is_given_back(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, set_and_free_rich, NULL, -1);
    run_for(MINUTES(10));
    SIM_CHECK(rich->target_kb < 2 * GIB + 512 * MIB);
    check_end();
}

static void unpin(sim_proc *p)
{
    set_rich(p);
    act_at(p, SECONDS(300));
    SIM_CHECK(!xlmem_unpin(p->ctx, rich->domid));
    rich->pinned_at = 0;
}

static void by_a_call(void **state)
{
    (void)state;
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, unpin, NULL, -1);
    run_for(MINUTES(10));
    SIM_CHECK(!rich->nodes[SIM_NODE_PIN][0]);
    SIM_CHECK(rich->target_kb < 2 * GIB + 512 * MIB);
    check_end();
}

/* ------------------------------------------------------------ balloons --- */

static xlmem_part part_of_rich(const reign *r)
{
    uint64_t part = 0;

    SIM_CHECK(xlmem_monitor_dom_get(r->monitor, rich->domid,
                                    XLMEM_MONITOR_DOM_PART, &part));
    return (xlmem_part)part;
}

static void see_stuck(sim_proc *p)
{
    act_at(p, SECONDS(30));
    SIM_CHECK(part_of_rich(&first) == XLMEM_PART_STUCK ||
              part_of_rich(&first) == XLMEM_PART_GAVE_UP);
    rich->temper = SIM_IDEAL;
}

static void who_does_not_follow_is_left_out_and_trusted_again(void **state)
{
    (void)state;
    set_up();
    rich->temper = SIM_STUCK;
    sim_add_proc(&host, see_stuck, NULL, -1);
    run_for(MINUTES(10));
    SIM_CHECK(is_served(poor));
    check_end();
}

/* ------------------------------------------------------------- creates --- */

#define UUID "aaaaaaaa-0000-4000-8000-000000000001"

static void create(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *dom;

    act_at(p, SECONDS(60));
    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    act_at(p, SECONDS(80));
    dom = sim_build(p, UUID, GIB - MIB);
    SIM_CHECK(dom);
    xlmem_hold_release(p->ctx, hold, true);
}

/* The guard's plan, its wait, and what is reserved and not taken yet. */
static void what_is_promised_to_a_create_is_not_moved(void **state)
{
    (void)state;
    set_up();
    sim_add_proc(&host, create, NULL, -1);
    run_for(MINUTES(5));
    check_end();
}

/* Killed behind its plan: what it took is owed. */
static void create_and_die(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    SIM_CHECK(rich->target_kb < 3 * GIB);
    /* At the first call of this it is no more. */
    p->kill_in = 0;
    xlmem_hold_release(p->ctx, hold, false);
}

/* Its payment is the first that a daemon does, before it has heard of it. */
static void what_is_given_back_was_set_by_nobodys_hand(void **state)
{
    (void)state;
    set_up();
    sim_add_proc(&host, create_and_die, NULL, -1);
    add_reign(&first, MINUTES(1), MINUTES(5), -1);
    sim_run(&host);
    SIM_CHECK(balance_pins(&host));
    SIM_CHECK(is_served(poor));
    check_end();
}

/* By hand, of memory that nobody lacks; then there is nobody to hear of its
 * end. */
static void reserve_for_a_while(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID};
    char id[XLMEM_ID_MAX];
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    act_at(p, MINUTES(2));
    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    SIM_CHECK(rich->target_kb < 3 * GIB);
    SIM_CHECK(!xlmem_hold_keep(p->ctx, hold, MINUTES(2), id));
}

static void what_a_reservation_took_is_given_back_at_its_end(void **state)
{
    (void)state;
    set_up();
    sim_add_proc(&host, reserve_for_a_while, NULL, -1);
    add_reign(&first, 0, MINUTES(5), -1);
    sim_run(&host);
    SIM_CHECK(!sim_nr_entries(&host));
    check_end();
}

/* -------------------------------------------------------------- deaths --- */

/* How many calls it makes until all is served. */
static int64_t nr_calls(void)
{
    size_t calls;

    set_up();
    run_for(SECONDS(20));
    calls = host.calls;
    check_end();
    return (int64_t)calls;
}

static void a_daemon_may_die_at_any_call(void **state)
{
    const int64_t nr = nr_calls();
    int64_t n;

    (void)state;
    SIM_CHECK(nr > 100);
    for (n = 1; n < nr; n++) {
        set_up();
        sim_add_proc(&host, create, NULL, -1);
        add_reign(&first, 0, MINUTES(2), n);
        add_reign(&second, SECONDS(30), MINUTES(4), -1);
        sim_run(&host);
        SIM_CHECK(is_served(poor) && is_served(rich));
        SIM_CHECK(!strlen(rich->nodes[SIM_NODE_PIN]));
        SIM_CHECK(!strlen(poor->nodes[SIM_NODE_PIN]));
        check_end();
    }
}

static void and_so_may_any_call_fail(void **state)
{
    static const int errors[] = {XLMEM_ERROR_IO, XLMEM_ERROR_XENSTORE,
                                 XLMEM_ERROR_NOMEM, XLMEM_ERROR_BUSY};
    const int64_t nr = nr_calls();
    int64_t n;

    (void)state;
    for (n = 1; n < nr; n++) {
        set_up();
        host.fail_at = (uint64_t)n;
        host.fail_with = errors[n % (int64_t)ARRAY_SIZE(errors)];
        run_for(MINUTES(3));
        SIM_CHECK(is_served(poor) && is_served(rich));
        check_end();
    }
}

/* ----------------------------------------------- what a caller is told --- */

static void look(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_policy off = policy;
    xlmem_monitor *monitor = NULL;
    xlmem_plan plan = {.nr_steps = 0};
    uint64_t value, domid;

    p->balances = true;
    SIM_CHECK(!xlmem_monitor_open(p->ctx, &policy, &monitor));
    SIM_CHECK(xlmem_monitor_fd(monitor) == -1);
    SIM_CHECK(!xlmem_monitor_now(monitor, true, &plan));
    SIM_CHECK(plan.nr_steps && !host.nr_moves);
    SIM_CHECK(!rich->nodes[SIM_NODE_SIGNED][0]);
    SIM_CHECK(xlmem_monitor_fd(monitor) == -1 && host.listener < 0);
    SIM_CHECK(!xlmem_monitor_now(monitor, false, &plan));
    SIM_CHECK(plan.nr_steps && host.nr_moves == plan.nr_steps);
    SIM_CHECK(xlmem_monitor_get(monitor, XLMEM_MONITOR_NR_PARTIES, &value));
    SIM_CHECK(value == 3);
    SIM_CHECK(xlmem_monitor_dom(monitor, 0, &domid) && domid == 0);
    SIM_CHECK(!xlmem_monitor_dom(monitor, 3, &domid));
    SIM_CHECK(xlmem_monitor_dom_get(monitor, poor->domid,
                                    XLMEM_MONITOR_DOM_DEMAND_KB, &value));
    SIM_CHECK(value > poor->used_kb);
    SIM_CHECK(!xlmem_monitor_dom_get(monitor, 99, XLMEM_MONITOR_DOM_FLOOR_KB,
                                     &value));
    SIM_CHECK(xlmem_monitor_dom_why(monitor, poor->domid));
    SIM_CHECK(!xlmem_monitor_dom_why(monitor, 99));
    off.mode = XLMEM_MODE_OFF;
    xlmem_monitor_set_policy(monitor, &off);
    p->wake = host.now_ms + 2000;
    sim_step(p);
    p->wake = 0;
    host.nr_moves = 0;
    SIM_CHECK(!xlmem_monitor_dispatch(monitor));
    SIM_CHECK(!host.nr_moves && xlmem_monitor_fd(monitor) == 4711);
    SIM_CHECK(rich->watched_memory && rich->watched_data);
    xlmem_monitor_close(monitor);
}

/* The daemon that listens goes on, and knows both. */
static void pass_beside(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_monitor *monitor = NULL;
    xlmem_plan plan;

    p->balances = true;
    act_at(p, SECONDS(60));
    SIM_CHECK(host.listener >= 0 && host.listener != p->id);
    SIM_CHECK(!xlmem_monitor_open(p->ctx, &policy, &monitor));
    poor->used_kb += 128 * MIB;
    sim_use(&host, poor, poor->used_kb);
    SIM_CHECK(!xlmem_monitor_now(monitor, false, &plan));
    SIM_CHECK(plan.nr_steps);
    SIM_CHECK(!xlmem_monitor_now(monitor, false, &plan));
    xlmem_monitor_close(monitor);
    SIM_CHECK(host.listener >= 0 && host.listener != p->id);
}

static void a_pass_by_hand_leaves_events_to_the_daemon(void **state)
{
    (void)state;
    set_up();
    sim_add_proc(&host, pass_beside, NULL, -1);
    run_for(MINUTES(5));
    SIM_CHECK(is_served(poor) && is_served(rich));
    SIM_CHECK(!rich->nodes[SIM_NODE_PIN][0]);
    check_end();
}

static void a_caller_is_told(void **state)
{
    xlmem_monitor *monitor = NULL;
    const xlmem_policy policy = balance_policy();
    xlmem_ctx *ctx;

    (void)state;
    set_up();
    sim_add_proc(&host, look, NULL, -1);
    sim_run(&host);
    SIM_CHECK(strlen(xlmem_part_text(XLMEM_PART_STUCK)));
    check_end();
    ctx = calloc(1, sizeof(*ctx));
    SIM_CHECK(xlmem_monitor_open(ctx, &policy, &monitor) ==
              XLMEM_ERROR_UNSUPPORTED);
    xlmem_ctx_free(ctx);
}

/* The example of docs/examples, whose loop this is. */
static sim_proc *waiter;

int wait_for(int fd, int64_t until_ms)
{
    (void)fd;
    return sim_wait(waiter, until_ms < 0 ? INT64_MAX / 2 : until_ms) &&
           host.now_ms < first.to_ms;
}

static void example(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();

    waiter = p;
    SIM_CHECK(!watch_memory(p->ctx, &policy));
}

static void end_it(sim_proc *p)
{
    act_at(p, SECONDS(60));
    sim_fire_kind(&host, XLMEM_EVENT_PRESSURE);
}

static void the_example_does_it(void **state)
{
    (void)state;
    set_up();
    first = (reign){.from_ms = host.now_ms, .to_ms = host.now_ms + 50000};
    sim_add_proc(&host, example, NULL, -1);
    sim_add_proc(&host, end_it, NULL, -1);
    sim_run(&host);
    SIM_CHECK(is_served(poor));
    check_end();
}

/* Of what is kept of a domain no part is without a bound: its nodes are cut,
 * and a party, its share and two tracks come to this beside. */
static void of_a_domain_little_is_kept(void **state)
{
    (void)state;
    SIM_CHECK(sizeof(xlmem__kept) + 2 * sizeof(xlmem__track) +
                  sizeof(xlmem__party) + sizeof(xlmem__share) +
                  sizeof(xlmem__cup) + sizeof(xlmem_dom) <=
              2048);
}

TEST_GROUP(balance)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_goes_where_it_is_needed),
        cmocka_unit_test(and_then_nobody_moves_or_looks),
        cmocka_unit_test(who_is_silent_keeps_his_target),
        cmocka_unit_test(who_has_not_opted_in_is_left_alone),
        cmocka_unit_test(nobody_is_taken_below_his_floor),
        cmocka_unit_test(a_liar_gets_what_he_could_by_the_truth),
        cmocka_unit_test(dom0_gets_more_when_it_runs_short),
        cmocka_unit_test(dom0_gives_before_anybody_has_set_its_target),
        cmocka_unit_test(dom0_that_fills_bit_by_bit_is_helped_in_time),
        cmocka_unit_test(dom0_is_looked_at_when_somebody_speaks),
        cmocka_unit_test(dom0s_pressure_of_before_is_no_demand),
        cmocka_unit_test(a_target_set_by_hand_stays),
        cmocka_unit_test(and_is_known_for_one_by_the_next_daemon),
        cmocka_unit_test(until_the_domain_is_given_back),
        cmocka_unit_test(by_a_call),
        cmocka_unit_test(who_does_not_follow_is_left_out_and_trusted_again),
        cmocka_unit_test(what_is_promised_to_a_create_is_not_moved),
        cmocka_unit_test(what_is_given_back_was_set_by_nobodys_hand),
        cmocka_unit_test(what_a_reservation_took_is_given_back_at_its_end),
        cmocka_unit_test(a_daemon_may_die_at_any_call),
        cmocka_unit_test(and_so_may_any_call_fail),
        cmocka_unit_test(a_caller_is_told),
        cmocka_unit_test(a_pass_by_hand_leaves_events_to_the_daemon),
        cmocka_unit_test(the_example_does_it),
        cmocka_unit_test(of_a_domain_little_is_kept),
    };

    return test_run(tests, NULL, NULL);
}
