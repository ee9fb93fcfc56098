/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reservations by hand on a simulated host: until they are released, until
 * their time is over, until their domain comes; and killed at each step. */
#include "one.h"

#define OTHER "bbbbbbbb-0000-4000-8000-000000000002"
#define SECONDS 1000

/* Reserve, for 300 s, as the command does. */
static int reserve(sim_proc *p, const char *uuid, uint64_t kb,
                   char id_r[XLMEM_ID_MAX])
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = uuid};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    int rc;

    XLMEM_SET(&request, need_kb, kb);
    rc = xlmem_guard(p->ctx, &policy, &request, &verdict, &hold);
    if (rc)
        return rc;
    rc = xlmem_hold_keep(p->ctx, hold, 300 * SECONDS, id_r);
    if (rc)
        xlmem_release(p->ctx, hold, false);
    return rc;
}

/* What a create is told; its domain does not come about. */
static int ask(const char *uuid, uint64_t kb)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = uuid};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    int rc;

    XLMEM_SET(&request, need_kb, kb);
    rc = xlmem_guard(me->ctx, &policy, &request, &verdict, &hold);
    if (!rc)
        xlmem_release(me->ctx, hold, false);
    return rc;
}

/* dom0 gets back what it gave, and nobody has reserved anything. */
static void assert_given_back(void)
{
    const xlmem_policy policy = enforce();

    assert_int_equal(xlmem_guard_raise_dom0(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void what_is_reserved_is_nobody_elses(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_reservation *list;
    char id[XLMEM_ID_MAX];
    size_t nr;

    (void)state;
    assert_int_equal(reserve(me, UUID, GIB + 512 * MIB, id), 0);
    assert_int_equal(ask(OTHER, 2 * GIB), XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_string_equal(list[0].id, id);
    assert_string_equal(list[0].uuid, UUID);
    assert_int_equal(list[0].need_kb, GIB + 512 * MIB);
    assert_in_range(list[0].left_ms, 280 * SECONDS, 300 * SECONDS);
    free(list);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, id), 0);
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(ask(OTHER, 2 * GIB), 0);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, id),
                     XLMEM_ERROR_NOTFOUND);
}

static void its_time_ends_it(void **state)
{
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(reserve(me, UUID, GIB + 512 * MIB, id), 0);
    sim_pass(&host, 290 * SECONDS);
    assert_int_equal(ask(OTHER, 2 * GIB), XLMEM_ERROR_NO_HEADROOM);
    sim_pass(&host, 15 * SECONDS);
    assert_int_equal(ask(OTHER, 2 * GIB), 0);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* dom0 gives for it, and has it back when it ends, in whatever way. */
static void what_a_plan_took_is_given_back(void **state)
{
    const xlmem_policy policy = enforce();
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(reserve(me, UUID, 2 * GIB + 512 * MIB, id), 0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(xlmem_guard_raise_dom0(me->ctx, &policy), 0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, id), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);

    sim_pass(&host, 30 * SECONDS);
    assert_int_equal(reserve(me, UUID, 2 * GIB + 512 * MIB, id), 0);
    sim_pass(&host, 301 * SECONDS);
    assert_given_back();
}

/* Another's plan comes in between, and knows dom0's target as one of ours. */
static void two_plans_are_given_back_one_after_the_other(void **state)
{
    const xlmem_policy policy = enforce();
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(reserve(me, UUID, 2 * GIB + 256 * MIB, id), 0);
    assert_int_equal(ask(OTHER, 256 * MIB), 0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, id), 0);
    sim_pass(&host, 30 * SECONDS);
    assert_given_back();
}

static void who_is_not_to_be_asked_is_not(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID, .no_plan = true};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    XLMEM_SET(&request, need_kb, 2 * GIB + 512 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_int_equal(verdict.nr_steps, 0);
    assert_string_equal(verdict.reasons[verdict.nr_reasons - 1].code,
                        "no-plan");
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    XLMEM_SET(&request, need_kb, GIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    xlmem_release(me->ctx, hold, false);
}

/* The create of that uuid has it, and what was planned for it. */
static void its_domain_takes_it_over(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    char id[XLMEM_ID_MAX];
    sim_dom *dom;

    (void)state;
    assert_int_equal(reserve(me, UUID, 2 * GIB + 512 * MIB, id), 0);
    XLMEM_SET(&request, need_kb, 2 * GIB + 512 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, id),
                     XLMEM_ERROR_NOTFOUND);
    dom = sim_build(me, UUID, 2 * GIB + 512 * MIB);
    assert_non_null(dom);
    xlmem_release(me->ctx, hold, true);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    sim_destroy(&host, dom);
    sim_pass(&host, 5 * SECONDS);
    assert_given_back();
}

static void a_create_that_is_refused_leaves_it(void **state)
{
    const xlmem_policy policy = enforce();
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(reserve(me, UUID, GIB, id), 0);
    assert_int_equal(ask(UUID, 8 * GIB), XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, id), 0);
}

/* What a create holds while it is going on is not to be taken from it. */
static void only_what_is_by_hand_is_released_by_hand(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_hold *hold = NULL;
    xlmem_reservation *list;
    xlmem_verdict verdict;
    char id[XLMEM_ID_MAX];
    size_t nr;

    (void)state;
    XLMEM_SET(&request, need_kb, GIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_false(XLMEM_KNOWS(&list[0], left_ms));
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, list[0].id),
                     XLMEM_ERROR_BUSY);
    free(list);
    assert_int_equal(xlmem_hold_keep(me->ctx, hold, 0, id), XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_hold_keep(me->ctx, hold, XLMEM_KEEP_MAX_MS + 1, id),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_hold_keep(me->ctx, NULL, 1, id), XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_unreserve(me->ctx, &policy, "../lock"),
                     XLMEM_ERROR_NOTFOUND);
    xlmem_release(me->ctx, hold, false);
}

/* ------------------------------------------------------ at each step --- */

static int result;

static void reserve_and_release(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    char id[XLMEM_ID_MAX];

    result = reserve(p, UUID, 2 * GIB + 512 * MIB, id);
    if (!result)
        result = xlmem_unreserve(p->ctx, &policy, id);
}

static void raise_dom0(sim_proc *p)
{
    const xlmem_policy policy = enforce();

    SIM_CHECK(!xlmem_guard_raise_dom0(p->ctx, &policy));
}

/* Killed anywhere: when its time is over nothing is reserved or owed. */
static void killed_at_each_step_it_ends_with_its_time(void **state)
{
    int64_t at;
    int n;

    (void)state;
    for (at = 0;; at++) {
        sim_reseed(42);
        sim_init(&host, 64 * MIB + 4 * GIB, 2 * GIB);
        result = 4711;
        sim_add_proc(&host, reserve_and_release, NULL, at);
        sim_run(&host);
        if (!result && !sim_nr_entries(&host))
            break;
        for (n = 0; n < 3; n++) {
            sim_pass(&host, 301 * SECONDS);
            sim_add_proc(&host, raise_dom0, NULL, -1);
            sim_run(&host);
        }
        SIM_CHECK(!sim_nr_entries(&host));
        SIM_CHECK(host.doms[0].target_kb == 2 * GIB);
        SIM_CHECK(host.least_dom0_target_kb >= FLOOR_KB);
        sim_dispose(&host);
    }
    sim_dispose(&host);
    print_message("%lld deaths\n", (long long)at);
}

/* ------------------------------------------------------- among others --- */

#define OTHERS 6

/* A create, and whether its domain runs. */
typedef struct job {
    char uuid[37];
    uint64_t kb;
    bool runs;
} job;

static void create(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.no_plan = false};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    job *j = p->arg;

    request.uuid = j->uuid;
    XLMEM_SET(&request, need_kb, j->kb);
    if (xlmem_guard(p->ctx, &policy, &request, &verdict, &hold))
        return;
    j->runs = sim_build(p, j->uuid, j->kb) != NULL;
    SIM_CHECK(j->runs);
    xlmem_release(p->ctx, hold, j->runs);
}

static void reserve_first(sim_proc *p)
{
    const job *j = p->arg;
    char id[XLMEM_ID_MAX];

    SIM_CHECK(!reserve(p, j->uuid, j->kb, id));
}

/* Whoever asks beside it and waits for dom0's memory: it starts. */
static void what_is_reserved_starts_among_others(void **state)
{
    job jobs[OTHERS + 1];
    uint64_t i, seed;
    size_t n;

    (void)state;
    test_seed();
    seed = test_state;
    for (i = 0; i < 200; i++) {
        sim_reseed(seed + i);
        sim_init(&host, 64 * MIB + 4 * GIB, 2 * GIB);
        for (n = 0; n <= OTHERS; n++) {
            jobs[n] = (job){.kb = sim_between(64, 1024) * MIB};
            snprintf(jobs[n].uuid, sizeof(jobs[n].uuid),
                     "bbbbbbbb-0000-4000-8000-%012zu", n);
        }
        jobs[0].kb = sim_between(1024, 2560) * MIB;
        sim_add_proc(&host, reserve_first, &jobs[0], -1);
        sim_run(&host);
        for (n = 0; n <= OTHERS; n++)
            sim_add_proc(&host, create, &jobs[n], -1);
        sim_run(&host);
        SIM_CHECK(jobs[0].runs);
        SIM_CHECK(host.least_free_kb >= 72 * MIB);
        SIM_CHECK(host.least_dom0_target_kb >= FLOOR_KB);
        sim_dispose(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_reserved_is_nobody_elses),
        TEST(its_time_ends_it),
        TEST(what_a_plan_took_is_given_back),
        TEST(two_plans_are_given_back_one_after_the_other),
        TEST(who_is_not_to_be_asked_is_not),
        TEST(its_domain_takes_it_over),
        TEST(a_create_that_is_refused_leaves_it),
        TEST(only_what_is_by_hand_is_released_by_hand),
        cmocka_unit_test(killed_at_each_step_it_ends_with_its_time),
        cmocka_unit_test(what_is_reserved_starts_among_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
