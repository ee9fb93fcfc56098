/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waiting for what a plan asked for, on a simulated host. */
#include "one.h"

/* A donor that does not move is found out, and another one asked. */
static void a_stuck_balloon_is_asked_in_vain_only_once(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *stuck, *good;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    policy.wait_ms = 20000;
    stuck = sim_add_dom(&host, SIM_STUCK, 600 * MIB);
    good = sim_add_dom(&host, SIM_IDEAL, 580 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(stuck->tot_kb, 600 * MIB);
    assert_true(good->tot_kb < 580 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(stuck->target_kb, 600 * MIB);
    assert_int_equal(good->target_kb, 580 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void memory_that_does_not_come_is_a_refusal(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB + 384 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *stuck;
    int64_t start = host.now_ms;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    policy.wait_ms = 3000;
    stuck = sim_add_dom(&host, SIM_STUCK, 600 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_TIMEDOUT);
    assert_null(hold);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_string_equal(verdict.reasons[verdict.nr_reasons - 1].id, "late");
    assert_true(host.now_ms - start >= 3000 && host.now_ms - start < 5000);
    assert_int_equal(stuck->target_kb, 600 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Asked for 600 MiB, it gives 50 MiB in a second: the wait is for less. */
static void a_slow_balloon_is_waited_for_while_it_moves(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    int64_t start = host.now_ms;

    (void)state;
    host.doms[0].temper = SIM_SLOW;
    policy.wait_ms = 2000;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(host.now_ms - start > 8000);
    xlmem_hold_release(me->ctx, hold, true);
}

static int lock_after_others(void *user, int64_t still_ms, int64_t total_ms,
                             char *err, size_t err_len)
{
    sim_pass(&host, 4000);
    return sim_backend.ledger_lock(user, still_ms, total_ms, err, err_len);
}

/* Twenty creates at once on a busy host: to stand in line is not to wait for
 * memory. */
static void a_wait_begins_when_somebody_is_asked(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 512 * MIB);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    backend.ledger_lock = lock_after_others;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    policy.wait_ms = 2000;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    xlmem_hold_release(me->ctx, hold, true);
}

static sim_dom *leaving;

static void sleep_until_somebody_leaves(void *user, int64_t ms)
{
    sim_backend.sleep_ms(user, ms);
    if (leaving && host.now_ms > 1000000 + 5000)
        sim_destroy(&host, leaving);
}

/* Nobody has promised anything, and after five seconds somebody leaves. */
static void an_administrators_wait_is_for_anybodys_memory(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB - 72 * MIB);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    leaving = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
    leaving->dynamic_min_kb = leaving->tot_kb;
    backend.sleep_ms = sleep_until_somebody_leaves;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    XLMEM_SET(&request, wait_ms, 20000);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_in_range(host.now_ms - 1000000, 5000, 8000);
    leaving = NULL;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    xlmem_hold_release(me->ctx, hold, false);
}

static size_t nr_given_back;

static void sleep_and_look(void *user, int64_t ms)
{
    if (host.now_ms > 1000000 + 7000)
        nr_given_back +=
            host.doms[0].target_kb == 2 * GIB && !sim_nr_entries(&host);
    sim_backend.sleep_ms(user, ms);
}

/* dom0 does not give and nobody else can: he waits on, and has given back. */
static void who_waits_for_anybody_holds_nothing(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 330 * MIB);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    nr_given_back = 0;
    host.doms[0].temper = SIM_STUCK;
    backend.sleep_ms = sleep_and_look;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    XLMEM_SET(&request, wait_ms, 20000);
    assert_true(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold) < 0);
    assert_true(nr_given_back > 0);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
}

/* 200 kB in a second. */
static void sleep_while_it_trickles(void *user, int64_t ms)
{
    sim_backend.sleep_ms(user, ms);
    host.doms[0].tot_kb -= (uint64_t)ms / 20 * 4;
}

/* 8 MiB are short and would take 40 s: less than a MiB in a wait is none. */
static void a_trickle_is_not_waited_for(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB - 72 * MIB + 8 * MIB);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    int64_t start = host.now_ms;

    (void)state;
    backend.sleep_ms = sleep_while_it_trickles;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    host.doms[0].temper = SIM_STUCK;
    policy.wait_ms = 2000;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_TIMEDOUT);
    assert_in_range(host.now_ms - start, 2000, 4000);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
}

/* Who was asked, and then refused the domain, is asked for nothing any more:
 * not even for what is still on its way. */
static void a_refusal_gives_all_back_at_once(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(700 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *full = sim_add_dom(&host, SIM_IDEAL, 1900 * MIB);

    (void)state;
    full->dynamic_min_kb = full->target_kb;
    host.doms[0].temper = SIM_FLOOR;
    host.doms[0].floor_kb = 1800 * MIB;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static sim_dom *sleeper;

/* Eight seconds on its administrator sets it a little lower: it follows. */
static void sleep_until_it_moves(void *user, int64_t ms)
{
    sim_backend.sleep_ms(user, ms);
    if (sleeper->temper != SIM_STUCK || host.now_ms < 1000000 + 8000)
        return;
    sleeper->temper = SIM_IDEAL;
    sim_mem_set(sleeper, sleeper->tot_kb - 8 * MIB);
}

/* Asked in vain, given up, and its target put back: then it moves, and is
 * asked again. */
static void a_balloon_that_moves_again_is_asked_again(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB - 600 * MIB);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    sleeper = sim_add_dom(&host, SIM_STUCK, 600 * MIB);
    backend.sleep_ms = sleep_until_it_moves;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    XLMEM_SET(&request, wait_ms, 20000);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_in_range(host.now_ms - 1000000, 8000, 12000);
    assert_true(sleeper->tot_kb < (600 - 60) * MIB);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sleeper->target_kb, (600 - 8) * MIB);
}

static size_t nr_warned;

static void count_bad_nodes(void *user, int level, const char *text)
{
    (void)user;
    nr_warned += level == 2 && strstr(text, "bad nodes") != NULL;
}

/* It is looked at dozens of times while dom0 gives. */
static void a_bad_node_is_said_once(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 256 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    sim_add_dom(&host, SIM_IDEAL, 64 * MIB)->bad_nodes = true;
    xlmem_ctx_set_log(me->ctx, count_bad_nodes, NULL);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(nr_warned, 1);
    xlmem_hold_release(me->ctx, hold, true);
}

/* The administrator waits for less than it takes to judge a zombie: it is
 * judged when that is over, and dom0 asked then. */
static void a_short_wait_is_not_spent_on_a_zombie(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *zombie = sim_add_dom(&host, SIM_IDEAL, 300 * MIB);
    int64_t start = host.now_ms;

    (void)state;
    zombie->held_kb = 300 * MIB;
    sim_destroy(&host, zombie);
    policy.wait_ms = 2000;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_in_range(host.now_ms - start, 2000, 5000);
    xlmem_hold_release(me->ctx, hold, true);
}

/* It is a builder without a guard, at work: what it has yet to take is kept,
 * and dom0 gives for it. */
static void a_builder_that_works_keeps_what_it_builds_with(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *dom = sim_add_half_built(&host, 64 * MIB, GIB);
    int i;

    (void)state;
    XLMEM_SET(&request, wait_ms, 1);
    for (i = 0; i < 12; i++) {
        dom->tot_kb += 4 * MIB;
        sim_pass(&host, 1000);
        assert_int_equal(
            xlmem_guard_await(me->ctx, &policy, &request, &verdict), 0);
        assert_true(verdict.plan.nr_steps > 0);
    }
    dom->tot_kb = GIB - MIB;
    request = need(GIB + 512 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    xlmem_hold_release(me->ctx, hold, true);
}

/* It was asked for a little by somebody else, and could give the rest: it is
 * asked for that when it has followed. */
static void who_is_on_his_way_is_asked_when_he_has_arrived(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB - 400 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *slow = sim_add_dom(&host, SIM_SLOW, 600 * MIB);
    int64_t start = host.now_ms;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    sim_mem_set(slow, slow->tot_kb - 8 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(slow->target_kb < (600 - 8) * MIB);
    assert_true(host.now_ms > start);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(slow->target_kb, (600 - 8) * MIB);
}

/* It does not follow: the refusal comes when it has been judged. */
static void who_stands_still_on_his_way_is_not_waited_for(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB - 400 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *stuck = sim_add_dom(&host, SIM_STUCK, 600 * MIB);
    int64_t start = host.now_ms;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    sim_mem_set(stuck, stuck->tot_kb - 8 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_in_range(host.now_ms - start, 4000, 7000);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* On his way, too, and with memory to spare; but what is reserved for him is
 * his, and he would not be asked when he has arrived: the refusal does not
 * wait for it to be judged whether he will. */
static void who_has_a_reservation_is_not_waited_for(void **state)
{
    static const char other[] = "bbbbbbbb-0000-4000-8000-000000000002";
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(600 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL, *none = NULL;
    int64_t start;
    sim_dom *kept;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    kept = sim_build(me, UUID, 600 * MIB);
    kept->temper = SIM_STUCK;
    kept->dynamic_min_kb = 64 * MIB;
    sim_mem_set(kept, kept->tot_kb - 8 * MIB);
    request = need(2 * GIB - 400 * MIB);
    request.uuid = other;
    start = host.now_ms;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &none),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_true(host.now_ms - start < 1000);
    xlmem_hold_release(me->ctx, hold, true);
}

/* Nobody has the patience to see it judged, and it is judged all the same. */
static void half_built_is_told_within_five_seconds(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    int64_t start = host.now_ms;

    (void)state;
    policy.wait_ms = 100;
    sim_add_half_built(&host, 64 * MIB, 64 * GIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_in_range(host.now_ms - start, 5000, 6000);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem_hold_release(me->ctx, hold, true);
}

/* More zombies than there ever was room for, of a page each. */
static void many_zombies_are_all_watched(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    size_t i;

    (void)state;
    for (i = 0; i < 80; i++) {
        sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 4);

        dom->held_kb = 4;
        sim_destroy(&host, dom);
    }
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    xlmem_hold_release(me->ctx, hold, true);
}

/* ---------------------------------------------------------- maxima --- */

/* dom0 was booted without max:, and a domU was given room to grow. */
static void a_plan_leaves_maxima_as_they_were(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 256 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 64 * MIB);

    (void)state;
    dom->dynamic_min_kb = 32 * MIB;
    policy.dom0_floor_kb = 2 * GIB - 400 * MIB;
    dom->static_max_kb = 80 * MIB;
    dom->maxmem_kb = 81 * MIB;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(host.doms[0].maxmem_kb, host.doms[0].target_kb + MIB);
    assert_non_null(strstr(host.ledger[0].text, "maximum 0 17179869180\n"));
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    assert_int_equal(dom->target_kb, 64 * MIB);
    assert_int_equal(dom->maxmem_kb, 81 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Paid in parts, by whoever comes: with the last of it. */
static void a_maximum_comes_back_with_the_last_of_it(void **state)
{
    static const char other[] = "bbbbbbbb-0000-4000-8000-000000000002";
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    sim_dom *dom;

    (void)state;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    dom = sim_build(me, UUID, 2 * GIB + 512 * MIB);
    xlmem_hold_release(me->ctx, hold, true);
    sim_mem_set(dom, dom->target_kb - 100 * MIB);
    sim_pass(&host, 5000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(host.doms[0].maxmem_kb, host.doms[0].target_kb + MIB);
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
    request = need(64 * MIB);
    request.uuid = other;
    hold = NULL;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    xlmem_hold_release(me->ctx, hold, false);
}

TEST_GROUP(wait)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stuck_balloon_is_asked_in_vain_only_once),
        TEST(memory_that_does_not_come_is_a_refusal),
        TEST(a_slow_balloon_is_waited_for_while_it_moves),
        TEST(an_administrators_wait_is_for_anybodys_memory),
        TEST(who_waits_for_anybody_holds_nothing),
        TEST(a_trickle_is_not_waited_for),
        TEST(a_wait_begins_when_somebody_is_asked),
        TEST(a_refusal_gives_all_back_at_once),
        TEST(a_balloon_that_moves_again_is_asked_again),
        TEST(a_bad_node_is_said_once),
        TEST(a_short_wait_is_not_spent_on_a_zombie),
        TEST(a_builder_that_works_keeps_what_it_builds_with),
        TEST(who_is_on_his_way_is_asked_when_he_has_arrived),
        TEST(who_stands_still_on_his_way_is_not_waited_for),
        TEST(who_has_a_reservation_is_not_waited_for),
        TEST(half_built_is_told_within_five_seconds),
        TEST(many_zombies_are_all_watched),
        TEST(a_plan_leaves_maxima_as_they_were),
        TEST(a_maximum_comes_back_with_the_last_of_it),
    };

    return test_run(tests, NULL, NULL);
}
