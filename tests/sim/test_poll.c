/* SPDX-License-Identifier: LGPL-2.1-only */
/* A create whose caller has a loop and a deadline of his own. */
#include "one.h"

#include "engine/guard/guard.h"
#include "xlmem.h"

#define OTHER_UUID "bbbbbbbb-0000-4000-8000-000000000002"
/* One look at the host, a call of the backend table a millisecond. */
#define LOOK_MS 40
/* What dom0 has to give some of: 2 GiB are free, 72 MiB stay so. */
#define PLANNED_KB (2 * GIB + 512 * MIB)

static xlmem_answer *answer;

static int set_up_answer(void **state)
{
    return set_up(state) || xlmem_answer_alloc(&answer);
}

static int tear_down_answer(void **state)
{
    xlmem_answer_free(answer);
    return tear_down(state);
}

/* A create of so much; known @wait_ms: 0 not. */
static xlmem_guard_op *begin(const char *uuid, uint64_t kb, uint64_t wait_ms)
{
    const xlmem_policy policy = enforce();
    xlmem_request *request = NULL;
    xlmem_guard_op *op = NULL;

    assert_int_equal(xlmem_request_alloc(&request), 0);
    assert_int_equal(xlmem_request_set_text(request, XLMEM_REQUEST_UUID, uuid),
                     0);
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_NEED_KB, kb), 0);
    if (wait_ms)
        assert_int_equal(
            xlmem_request_set(request, XLMEM_REQUEST_WAIT_MS, wait_ms), 0);
    assert_int_equal(xlmem_guard_begin(me->ctx, &policy, request, &op), 0);
    xlmem_request_free(request); /* it is copied */
    return op;
}

static uint64_t figure(xlmem_figure number)
{
    uint64_t value = 4711;

    assert_true(xlmem_answer_get(answer, number, &value));
    return value;
}

/* Nothing of it is in the ledger, and dom0 gets back what it gave. */
static void check_nothing_is_left(void)
{
    const xlmem_policy policy = enforce();

    assert_int_equal(host.lock_owner, -1);
    sim_pass(&host, 20000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
}

/* ------------------------------------------------------------ polling --- */

static void what_fits_is_admitted_at_once(void **state)
{
    xlmem_guard_op *op = begin(UUID, GIB, 0);
    xlmem_hold *hold = NULL, *again = NULL;

    (void)state;
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(xlmem_guard_due_ms(op), 0);
    assert_int_equal(xlmem_guard_poll(op, 0, answer, &hold), 0);
    assert_non_null(hold);
    assert_int_equal(figure(XLMEM_FIGURE_VERDICT), XLMEM_ADMIT);
    assert_int_equal(figure(XLMEM_FIGURE_NEED_KB), GIB);
    /* The answer stays, and the hold is given out once. */
    assert_int_equal(xlmem_guard_poll(op, 0, answer, &again), 0);
    assert_null(again);
    assert_int_equal(xlmem_guard_due_ms(op), 0);
    xlmem_guard_cancel(op);
    assert_int_equal(sim_nr_entries(&host), 1);
    xlmem_hold_release(me->ctx, hold, false);
    check_nothing_is_left();
}

static int looks; /* how often the lock was had */

static int count_look(void *user, int64_t still_ms, int64_t total_ms,
                      char *err, size_t err_len)
{
    looks++;
    return sim_backend.ledger_lock(user, still_ms, total_ms, err, err_len);
}

/* Each poll looks once at most, and none sleeps: the caller's timer does. */
static void a_plan_is_polled_to_its_end(void **state)
{
    xlmem_guard_op *op = begin(UUID, PLANNED_KB, 0);
    xlmem_backend backend = sim_backend;
    xlmem_hold *hold = NULL;
    uint64_t domid, from_kb, to_kb;
    int64_t now;
    int rc, polls = 0;

    (void)state;
    looks = 0;
    backend.ledger_lock = count_look;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    do {
        now = host.now_ms;
        rc = xlmem_guard_poll(op, 0, answer, &hold);
        assert_true(host.now_ms - now <= LOOK_MS);
        polls++;
        if (rc == XLMEM_ERROR_PENDING)
            assert_true(xlmem_guard_due_ms(op) > 0 &&
                        xlmem_guard_due_ms(op) <= 800);
        /* Too early is no look at all. */
        if (rc == XLMEM_ERROR_PENDING)
            assert_int_equal(xlmem_guard_poll(op, 0, answer, &hold), rc);
        assert_int_equal(looks, polls);
        sim_pass(&host, xlmem_guard_due_ms(op));
    } while (rc == XLMEM_ERROR_PENDING && polls < 100);
    assert_int_equal(rc, 0);
    assert_true(polls > 2);
    assert_true(xlmem_answer_step(answer, 0, &domid, &from_kb, &to_kb));
    assert_int_equal(domid, 0);
    assert_int_equal(from_kb, 2 * GIB);
    assert_int_equal(to_kb, host.doms[0].target_kb);
    xlmem_guard_cancel(op);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, 7), 0);
    xlmem_hold_release(me->ctx, hold, false);
    check_nothing_is_left();
}

static void a_poll_returns_within_its_time(void **state)
{
    static const int64_t times[] = {1, 10, 49, 50, 51, 200, 1000};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(times); i++) {
        xlmem_guard_op *op = begin(UUID, PLANNED_KB, 0);
        xlmem_hold *hold = NULL;
        int rc, polls = 0;

        do {
            const int64_t start = host.now_ms;

            rc = xlmem_guard_poll(op, times[i], answer, &hold);
            assert_true(host.now_ms - start <= times[i] + LOOK_MS);
            polls++;
        } while (rc == XLMEM_ERROR_PENDING && polls < 100000);
        assert_int_equal(rc, 0);
        xlmem_guard_cancel(op);
        xlmem_hold_release(me->ctx, hold, false);
        check_nothing_is_left();
    }
}

/* Polled or not, the decision is one: of the same host the same. */
static void a_refusal_is_as_that_of_a_call_that_blocks(void **state)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = need(8 * GIB);
    xlmem_guard_op *op = begin(UUID, 8 * GIB, 0);
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    const xlmem_finding *finding;
    int rc;

    (void)state;
    rc = xlmem_guard(me->ctx, &policy, &request, &verdict, &hold);
    assert_int_equal(xlmem_guard_poll(op, XLMEM_FOREVER, answer, &hold), rc);
    assert_int_equal(rc, XLMEM_ERROR_INFEASIBLE);
    assert_null(hold);
    assert_int_equal(figure(XLMEM_FIGURE_USABLE_KB), verdict.usable_kb);
    assert_int_equal(figure(XLMEM_FIGURE_VERDICT), XLMEM_REFUSE);
    finding = xlmem_answer_finding(answer, 0);
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_SENTENCE),
                        verdict.reasons[0].text);
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_ID),
                        verdict.reasons[0].id);
    assert_int_equal(xlmem_finding_severity(finding), XLMEM_SEV_ERROR);
    assert_null(xlmem_answer_finding(answer, verdict.nr_reasons));
    xlmem_guard_cancel(op);
    check_nothing_is_left();
}

/* -------------------------------------------------------- its end --- */

/* After each number of polls, and of each length. */
static void cancelled_at_each_step_nothing_of_it_stays(void **state)
{
    int polls, i, rc = XLMEM_ERROR_PENDING;

    (void)state;
    for (polls = 0; rc == XLMEM_ERROR_PENDING && polls < 100; polls++) {
        xlmem_guard_op *op = begin(UUID, PLANNED_KB, 0);
        xlmem_hold *hold = NULL;

        for (i = 0; i < polls && rc == XLMEM_ERROR_PENDING; i++) {
            rc = xlmem_guard_poll(op, 0, answer, &hold);
            sim_pass(&host, xlmem_guard_due_ms(op));
        }
        if (polls == 1)
            assert_int_equal(sim_nr_entries(&host), 1);
        xlmem_guard_cancel(op);
        if (polls < 2) /* dom0 has given nothing yet: it gets it at once */
            assert_int_equal(host.doms[0].target_kb, 2 * GIB);
        xlmem_hold_release(me->ctx, hold, false);
        check_nothing_is_left();
    }
    assert_int_equal(rc, 0);
    assert_true(polls > 3);
}

/* Somebody else decides just now: the debt is written, and paid later. */
static void cancelled_without_the_lock_the_debt_stays(void **state)
{
    xlmem_guard_op *op = begin(UUID, PLANNED_KB, 0);
    xlmem_hold *hold = NULL;

    (void)state;
    assert_int_equal(xlmem_guard_poll(op, 0, answer, &hold),
                     XLMEM_ERROR_PENDING);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    host.lock_until = host.now_ms + 5000;
    xlmem_guard_cancel(op);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(host.ledger[0].owner, -1);
    check_nothing_is_left();
}

/* dom0's kernel has not heard yet of what it was asked for, and shows what it
 * had: that is no payment. */
static void what_dom0_has_not_heard_of_is_owed(void **state)
{
    xlmem_guard_op *op = begin(UUID, PLANNED_KB, 0);
    xlmem_hold *hold = NULL;

    (void)state;
    host.doms[0].temper = SIM_STUCK;
    host.dom0_shows_kb = 2 * GIB;
    assert_int_equal(xlmem_guard_poll(op, 0, answer, &hold),
                     XLMEM_ERROR_PENDING);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    xlmem_guard_cancel(op);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    host.dom0_shows_kb = 0;
    check_nothing_is_left();
}

/* Its own deadline is the caller's, WAIT_MS is the guard's. */
static void a_deadline_ends_it(void **state)
{
    xlmem_guard_op *op = begin(UUID, 3 * GIB + 512 * MIB, 3000);
    const int64_t start = host.now_ms;
    xlmem_hold *hold = NULL;
    int rc;

    (void)state;
    sim_add_dom(&host, SIM_STUCK, 600 * MIB);
    do
        rc = xlmem_guard_poll(op, 100, answer, &hold);
    while (rc == XLMEM_ERROR_PENDING && host.now_ms - start < 60000);
    assert_true(xlmem_is_refusal(rc));
    assert_true(host.now_ms - start >= 3000 && host.now_ms - start < 5000);
    assert_null(hold);
    xlmem_guard_cancel(op);
    check_nothing_is_left();
}

/* A hold that was there before is the caller's as it was. */
static void cancelled_it_leaves_what_was_held_before(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_hold *hold = NULL, *got = NULL;
    xlmem_guard_op *op = NULL;
    const xlmem_verdict *verdict;
    char before[4096];

    (void)state;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    memcpy(before, host.ledger[0].text, sizeof(before));
    request = need(PLANNED_KB);
    assert_int_equal(xlmem__guard_begin(me->ctx, &policy, &request, hold, &op),
                     0);
    assert_int_equal(xlmem__guard_poll(op, 0, &verdict, &got),
                     XLMEM_ERROR_PENDING);
    assert_null(got);
    assert_string_not_equal(host.ledger[0].text, before);
    xlmem_guard_cancel(op);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(hold->entry.res.need_kb, GIB);
    xlmem_hold_release(me->ctx, hold, false);
    check_nothing_is_left();
}

/* ----------------------------------------------------------- together --- */

/* In one process, and of one context: who asked first is served first. */
static void two_in_one_process_are_served_in_order(void **state)
{
    xlmem_guard_op *first = begin(UUID, PLANNED_KB, 0);
    xlmem_guard_op *second = begin(OTHER_UUID, 768 * MIB, 0);
    xlmem_hold *holds[2] = {NULL, NULL};
    int rcs[2] = {XLMEM_ERROR_PENDING, XLMEM_ERROR_PENDING};
    int n;

    (void)state;
    for (n = 0; n < 1000 && (rcs[0] == XLMEM_ERROR_PENDING ||
                             rcs[1] == XLMEM_ERROR_PENDING);
         n++) {
        if (rcs[0] == XLMEM_ERROR_PENDING)
            rcs[0] = xlmem_guard_poll(first, 20, answer, &holds[0]);
        if (rcs[1] == XLMEM_ERROR_PENDING)
            rcs[1] = xlmem_guard_poll(second, 20, answer, &holds[1]);
    }
    assert_int_equal(rcs[0], 0);
    assert_non_null(holds[0]);
    /* dom0 has a GiB above its floor: 584 MiB for the first. */
    assert_true(xlmem_is_refusal(rcs[1]));
    assert_null(holds[1]);
    xlmem_guard_cancel(first);
    xlmem_guard_cancel(second);
    xlmem_hold_release(me->ctx, holds[0], false);
    check_nothing_is_left();
}

static void two_that_fit_are_both_admitted(void **state)
{
    xlmem_guard_op *first = begin(UUID, PLANNED_KB, 0);
    xlmem_guard_op *second = begin(OTHER_UUID, 256 * MIB, 0);
    xlmem_hold *one = NULL, *two = NULL;
    int n, rc = XLMEM_ERROR_PENDING, r = XLMEM_ERROR_PENDING;

    (void)state;
    for (n = 0; n < 1000 && (rc || r); n++) {
        rc = xlmem_guard_poll(first, 20, answer, &one);
        r = xlmem_guard_poll(second, 20, answer, &two);
    }
    assert_int_equal(rc, 0);
    assert_int_equal(r, 0);
    xlmem_guard_cancel(second);
    xlmem_guard_cancel(first);
    assert_int_equal(sim_nr_entries(&host), 2);
    assert_true(one != two);
    assert_true(host.least_dom0_target_kb >= FLOOR_KB);
    xlmem_hold_release(me->ctx, two, false);
    xlmem_hold_release(me->ctx, one, false);
    check_nothing_is_left();
}

static int messages;

static void count_message(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
    messages++;
}

/* The lock of somebody who decides: that is not a failure to tell of. */
static void a_lock_that_is_had_is_waited_for(void **state)
{
    xlmem_guard_op *op = begin(UUID, GIB, 0);
    const int64_t start = host.now_ms;
    xlmem_hold *hold = NULL;
    int n, rc = XLMEM_ERROR_PENDING;

    (void)state;
    host.lock_until = start + (INT64_C(1) << 40);
    messages = 0;
    xlmem_ctx_set_log(me->ctx, count_message, NULL);
    for (n = 0; n < 5; n++)
        assert_int_equal(xlmem_guard_poll(op, 0, answer, &hold), rc);
    assert_true(xlmem_guard_due_ms(op) > 0);
    assert_int_equal(xlmem_guard_poll(op, 300, answer, &hold), rc);
    assert_true(host.now_ms - start >= 300);
    assert_true(host.now_ms - start <= 300 + 6 * LOOK_MS);
    assert_int_equal(messages, 0);
    /* Nobody waits for ever: as long as a call that blocks. */
    while (rc == XLMEM_ERROR_PENDING) {
        rc = xlmem_guard_poll(op, 0, answer, &hold);
        sim_pass(&host, 1000);
    }
    assert_int_equal(rc, XLMEM_ERROR_BUSY);
    assert_true(host.now_ms - start >= XLMEM__LOCK_TOTAL_MS);
    assert_int_equal(messages, 1);
    xlmem_guard_cancel(op);
    host.lock_until = 0;
    check_nothing_is_left();
}

/* ------------------------------------------------------- what is asked --- */

static void a_request_must_say_what_it_needs(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_request *request = NULL;
    xlmem_guard_op *op = NULL;

    (void)state;
    assert_int_equal(xlmem_request_alloc(&request), 0);
    assert_int_equal(xlmem_guard_begin(me->ctx, &policy, request, &op),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_request_set_text(request, XLMEM_REQUEST_UUID, UUID),
                     0);
    assert_int_equal(xlmem_guard_begin(me->ctx, &policy, request, &op),
                     XLMEM_ERROR_INVAL);
    assert_null(op);
    xlmem_guard_cancel(op);
    xlmem_request_free(request);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void switched_off_it_lets_all_through(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(8 * GIB);
    xlmem_guard_op *op = NULL;
    xlmem_hold *hold = NULL;
    const xlmem_verdict *verdict;

    (void)state;
    policy.mode = XLMEM_MODE_OFF;
    assert_int_equal(xlmem__guard_begin(me->ctx, &policy, &request, NULL, &op),
                     0);
    assert_int_equal(xlmem__guard_poll(op, 0, &verdict, &hold), 0);
    assert_null(hold);
    assert_int_equal(verdict->kind, XLMEM_ADMIT);
    xlmem_guard_cancel(op);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* ------------------------------------------------------------- death --- */

/* Polls in a process that dies at some call of it. */
static void poll_and_build(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = need(PLANNED_KB);
    xlmem_guard_op *op = NULL;
    xlmem_hold *hold = NULL;
    const xlmem_verdict *verdict;
    int rc = xlmem__guard_begin(p->ctx, &policy, &request, NULL, &op);

    while (!rc && (rc = xlmem__guard_poll(op, 30, &verdict, &hold)) ==
                      XLMEM_ERROR_PENDING)
        rc = 0;
    xlmem_guard_cancel(op);
    xlmem_hold_release(p->ctx, hold, false);
}

static void repay(sim_proc *p)
{
    const xlmem_policy policy = enforce();

    SIM_CHECK(xlmem_guard_repay(p->ctx, &policy) == 0);
}

static void a_process_may_die_between_any_two_calls(void **state)
{
    int64_t at;
    int n;

    (void)state;
    for (at = 0; at < 200; at++) {
        sim world;

        sim_reseed((uint64_t)at + 1);
        sim_init(&world, 64 * MIB + 4 * GIB, 2 * GIB);
        sim_add_proc(&world, poll_and_build, NULL, at);
        sim_run(&world);
        for (n = 0; n < 3; n++) {
            sim_pass(&world, 20000);
            sim_add_proc(&world, repay, NULL, -1);
            sim_run(&world);
        }
        assert_int_equal(sim_nr_entries(&world), 0);
        assert_int_equal(world.doms[0].target_kb, 2 * GIB);
        assert_true(world.least_dom0_target_kb >= FLOOR_KB);
        sim_dispose(&world);
    }
}

#undef TEST
#define TEST(f)                                                               \
    cmocka_unit_test_setup_teardown(f, set_up_answer, tear_down_answer)

TEST_GROUP(poll)
{
    const struct CMUnitTest tests[] = {
        TEST(what_fits_is_admitted_at_once),
        TEST(a_plan_is_polled_to_its_end),
        TEST(a_poll_returns_within_its_time),
        TEST(a_refusal_is_as_that_of_a_call_that_blocks),
        TEST(cancelled_at_each_step_nothing_of_it_stays),
        TEST(cancelled_without_the_lock_the_debt_stays),
        TEST(what_dom0_has_not_heard_of_is_owed),
        TEST(a_deadline_ends_it),
        TEST(cancelled_it_leaves_what_was_held_before),
        TEST(two_in_one_process_are_served_in_order),
        TEST(two_that_fit_are_both_admitted),
        TEST(a_lock_that_is_had_is_waited_for),
        TEST(a_request_must_say_what_it_needs),
        TEST(switched_off_it_lets_all_through),
        cmocka_unit_test(a_process_may_die_between_any_two_calls),
    };

    return test_run(tests, NULL, NULL);
}
