/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domain that goes down to come back: what is held for it meanwhile, and
 * what becomes of what it asks for beyond that. */
#include "one.h"

/* Full host, and what it had does not come back: it goes ahead with what is
 * held for it, after its wait, with a warning. */
static void what_a_reboot_held_it_is_not_refused(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(4 * GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    int64_t start = host.now_ms;

    (void)state;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    request.need_kb += MIB;
    request.reboot = true;
    policy.reboot_wait_ms = 7000;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_in_range(host.now_ms - start, 7000, 8000);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A kilobyte beyond what was held, and the MiB that people round to. */
static void what_a_reboot_never_had_it_may_be_refused(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(4 * GIB);
    xlmem_reservation *list;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL, *held;
    int64_t start = host.now_ms;
    size_t nr;

    (void)state;
    request.reboot = true;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_INFEASIBLE);
    assert_null(hold);
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    held = hold;
    request.need_kb += MIB + 1;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_INFEASIBLE);
    assert_true(host.now_ms - start < 1000);
    assert_ptr_equal(hold, held);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_int_equal(list[0].need_kb, 4 * GIB);
    free(list);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* xl gives a new uuid to a domain whose text has none: the hold follows, and
 * is what it was after a refusal. */
static void what_a_reboot_held_follows_its_uuid(void **state)
{
    static const char other[] = "aaaaaaaa-0000-4000-8000-000000000002";
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    request = need(5 * GIB);
    request.uuid = other;
    request.reboot = true;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_INFEASIBLE);
    assert_non_null(strstr(host.ledger[0].text, UUID));
    request.need_kb = GIB + 512 * MIB;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_non_null(strstr(host.ledger[0].text, other));
    assert_null(strstr(host.ledger[0].text, UUID));
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* What it held is free to it, and the plan is for the rest. */
static void a_reboot_that_grew_gets_the_rest_by_a_plan(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    request = need(2 * GIB + 256 * MIB);
    request.reboot = true;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB - (256 + 72) * MIB);
    assert_true(sim_free_kb(&host) >= 2 * GIB + (256 + 72) * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Refused after a plan: the hold is what it was, and dom0 is given back what
 * it gave when that ends. */
static void a_reboot_that_grew_in_vain_keeps_what_it_held(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_reservation *list;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    size_t nr;

    (void)state;
    host.doms[0].temper = SIM_STUCK;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    request = need(2 * GIB + 256 * MIB);
    request.reboot = true;
    assert_true(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold) < 0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_int_equal(list[0].need_kb, GIB);
    free(list);
    assert_non_null(strstr(host.ledger[0].text, "granted 1"));
    assert_null(strstr(host.ledger[0].text, "held_kb"));
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* The configuration says more than it had: one hold, of the larger. */
static void a_hold_ahead_is_made_larger(void **state)
{
    xlmem_guard_request request = need(GIB);
    xlmem_reservation *list;
    xlmem_hold *hold = NULL;
    size_t nr;

    (void)state;
    XLMEM_SET(&request, dom0_need_kb, 9 * MIB);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    request = need(2 * GIB);
    XLMEM_SET(&request, dom0_need_kb, MIB);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    request = need(512 * MIB);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_int_equal(list[0].need_kb, 2 * GIB);
    assert_int_equal(list[0].dom0_need_kb, 9 * MIB);
    free(list);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* The memory of a domain that is being destroyed is its own. */
static void nobody_takes_the_memory_of_a_reboot(void **state)
{
    static const char other[] = "aaaaaaaa-0000-4000-8000-000000000002";
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB + 512 * MIB), stranger;
    xlmem_hold *hold = NULL, *none = NULL;
    xlmem_verdict verdict;
    sim_dom *dom;
    bool done, created;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    dom = sim_add_dom(&host, SIM_IDEAL, GIB + 512 * MIB);
    strcpy(dom->uuid, UUID);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
    stranger = need(GIB);
    stranger.uuid = other;
    XLMEM_SET(&stranger, wait_ms, 4000);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &stranger, &verdict, &none),
                     XLMEM_ERROR_NO_HEADROOM);
    request.reboot = true;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_false(done);
    dom = sim_build(me, UUID, GIB + 512 * MIB);
    assert_non_null(dom);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* --------------------------------------- beside somebody who was first --- */

#define FIRST "aaaaaaaa-0000-4000-8000-000000000002"
#define THIRD "aaaaaaaa-0000-4000-8000-000000000003"

static xlmem_hold *first;   /* asked before the reboot */
static uint64_t first_kb;   /* and asks for so much while that waits */
static uint64_t arrived_kb; /* when dom0 has given this */
static int first_rc;

static int hold_of(const char *uuid, uint64_t kb, xlmem_hold **hold_r)
{
    xlmem_guard_request request = need(kb);

    request.uuid = uuid;
    *hold_r = NULL;
    return xlmem_hold_ahead(me->ctx, &request, hold_r);
}

/* Once, though it sleeps itself; it asks nobody for anything. */
static void sleep_while_the_first_asks(void *user, int64_t ms)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(first_kb);
    xlmem_verdict verdict;

    sim_backend.sleep_ms(user, ms);
    if (first_rc != 4711)
        return;
    first_rc = 0;
    host.doms[0].tot_kb -= arrived_kb;
    request.uuid = FIRST;
    request.no_plan = true;
    first_rc = xlmem_guard(me->ctx, &policy, &request, &verdict, &first);
}

/* The reboot, with what it holds; the first asks at its first sleep. */
static int reboot_beside_the_first(uint64_t kb, xlmem_hold **hold)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(kb);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    int rc;

    first_rc = 4711;
    backend.sleep_ms = sleep_while_the_first_asks;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    request.reboot = true;
    rc = xlmem_guard(me->ctx, &policy, &request, &verdict, hold);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    return rc;
}

/* It asks for more than it had and waits for dom0: what it held is nobody
 * else's meanwhile, not even of one who was first. */
static void what_was_held_stays_its_own_while_more_is_waited_for(void **state)
{
    xlmem_hold *hold = NULL;

    (void)state;
    host.doms[0].temper = SIM_SLOW;
    arrived_kb = 0;
    assert_int_equal(hold_of(FIRST, 64 * MIB, &first), 0);
    assert_int_equal(hold_of(UUID, GIB, &hold), 0);
    first_kb = GIB + 512 * MIB;
    assert_int_equal(reboot_beside_the_first(2 * GIB, &hold), 0);
    assert_int_equal(first_rc, XLMEM_ERROR_NO_HEADROOM);
    xlmem_hold_release(me->ctx, hold, false);
    xlmem_hold_release(me->ctx, first, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* It asks for the MiB that people round to beyond what it held, which nobody
 * has: of the MiB and a half that come one is its own, whoever was first. */
static void a_reboot_does_not_stand_in_line(void **state)
{
    xlmem_hold *hold = NULL, *third = NULL;

    (void)state;
    host.doms[0].temper = SIM_STUCK;
    arrived_kb = MIB + 512;
    assert_int_equal(hold_of(FIRST, 64 * MIB, &first), 0);
    assert_int_equal(hold_of(UUID, GIB, &hold), 0);
    assert_int_equal(
        hold_of(THIRD, sim_free_kb(&host) - (72 + 64) * MIB - GIB, &third), 0);
    first_kb = (64 + 1) * MIB;
    assert_int_equal(reboot_beside_the_first(GIB + MIB, &hold), 0);
    assert_int_equal(first_rc, XLMEM_ERROR_NO_HEADROOM);
    xlmem_hold_release(me->ctx, hold, false);
    xlmem_hold_release(me->ctx, third, false);
    xlmem_hold_release(me->ctx, first, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

TEST_GROUP(reboot)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_reboot_held_it_is_not_refused),
        TEST(what_a_reboot_never_had_it_may_be_refused),
        TEST(what_a_reboot_held_follows_its_uuid),
        TEST(a_reboot_that_grew_gets_the_rest_by_a_plan),
        TEST(a_reboot_that_grew_in_vain_keeps_what_it_held),
        TEST(a_hold_ahead_is_made_larger),
        TEST(nobody_takes_the_memory_of_a_reboot),
        TEST(what_was_held_stays_its_own_while_more_is_waited_for),
        TEST(a_reboot_does_not_stand_in_line),
    };

    return test_run(tests, NULL, NULL);
}
