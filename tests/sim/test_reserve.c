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
        xlmem_hold_release(p->ctx, hold, false);
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
        xlmem_hold_release(me->ctx, hold, false);
    return rc;
}

/* dom0 gets back what it gave, and nobody has reserved anything. */
static void assert_given_back(void)
{
    const xlmem_policy policy = enforce();

    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
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
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id), 0);
    assert_int_equal(sim_nr_entries(&host), 0);
    assert_int_equal(ask(OTHER, 2 * GIB), 0);
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id),
                     XLMEM_ERROR_NOTFOUND);
}

/* `xl mem-set` of the domain that something is reserved for: that is for its
 * next start, and is not free to it now. */
static void who_grows_leaves_what_is_reserved(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID, .binds = true, .grows = true};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(reserve(me, UUID, GIB + 512 * MIB, id), 0);
    XLMEM_SET(&request, need_kb, 2 * GIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_NO_HEADROOM);
    XLMEM_SET(&request, need_kb, 64 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(sim_nr_entries(&host), 2);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(ask(OTHER, 2 * GIB), XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id), 0);
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
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id), 0);
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
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id), 0);
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
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_string_equal(verdict.reasons[verdict.nr_reasons - 1].id, "no-plan");
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    XLMEM_SET(&request, need_kb, GIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    xlmem_hold_release(me->ctx, hold, false);
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
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id),
                     XLMEM_ERROR_NOTFOUND);
    dom = sim_build(me, UUID, 2 * GIB + 512 * MIB);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    sim_destroy(&host, dom);
    sim_pass(&host, 5 * SECONDS);
    assert_given_back();
}

static void wait_for_dom0(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = OTHER};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    XLMEM_SET(&request, need_kb, GIB + 256 * MIB);
    XLMEM_SET(&request, wait_ms, 20 * SECONDS);
    if (!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold))
        xlmem_hold_release(p->ctx, hold, false);
}

static void create_reserved(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    int64_t start;

    sim_backend.sleep_ms(p, 2 * SECONDS);
    start = p->sim->now_ms;
    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    SIM_CHECK(verdict.kind == XLMEM_ADMIT && !verdict.plan.nr_steps);
    SIM_CHECK(p->sim->now_ms - start < SECONDS);
    xlmem_hold_release(p->ctx, hold, false);
}

static void reserve_a_gib(sim_proc *p)
{
    char id[XLMEM_ID_MAX];

    SIM_CHECK(!reserve(p, UUID, GIB, id));
}

/* Reserved first, asked for last: who asked in between, and waits for a dom0
 * that does not move, is behind it. */
static void its_domain_is_as_early_as_it(void **state)
{
    (void)state;
    sim_reseed(1);
    sim_init(&host, 64 * MIB + 4 * GIB, 2 * GIB);
    host.doms[0].temper = SIM_STUCK;
    sim_add_proc(&host, reserve_a_gib, NULL, -1);
    sim_run(&host);
    sim_add_proc(&host, wait_for_dom0, NULL, -1);
    sim_add_proc(&host, create_reserved, NULL, -1);
    sim_run(&host);
    sim_dispose(&host);
}

static void put_debt(uint64_t domid, uint64_t from_kb, uint64_t to_kb)
{
    sim_entry *entry = &host.ledger[SIM_ENTRIES - 1];

    *entry = (sim_entry){.used = true, .owner = -1, .nr = 1000};
    snprintf(entry->text, sizeof(entry->text),
             "xlmem-reservation 1\n"
             "uuid 00000000-0000-0000-0000-000000000000\nneed_kb 0\n"
             "step %llu %llu %llu\nend\n",
             (unsigned long long)domid, (unsigned long long)from_kb,
             (unsigned long long)to_kb);
}

/* Somebody else is paid what he is owed; what dom0 gave for a reservation is
 * not a debt yet, and the reservation stays. */
static void a_payment_to_others_leaves_it(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_reservation *list;
    char id[XLMEM_ID_MAX];
    uint64_t target_kb;
    sim_dom *guest;
    size_t nr;

    (void)state;
    assert_int_equal(reserve(me, UUID, 2 * GIB + 256 * MIB, id), 0);
    target_kb = host.doms[0].target_kb;
    assert_true(target_kb < 2 * GIB);
    host.total_kb += 256 * MIB;
    guest = sim_add_dom(&host, SIM_IDEAL, 64 * MIB);
    put_debt(guest->domid, 80 * MIB, 64 * MIB);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(guest->target_kb, 80 * MIB);
    assert_int_equal(host.doms[0].target_kb, target_kb);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_string_equal(list[0].id, id);
    assert_int_equal(list[0].need_kb, 2 * GIB + 256 * MIB);
    free(list);
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id), 0);
    assert_given_back();
}

#define EACH 40

/* 40 more domUs, beside which as much is free as before. */
static void add_each(void)
{
    size_t i;

    host.total_kb += EACH * 64 * MIB; /* 1 MiB each may take */
    for (i = 0; i < EACH; i++)
        sim_add_dom(&host, SIM_IDEAL, 63 * MIB);
}

/* It was planned for with the steps of 40 domUs, and its create takes those
 * of 40 more: more than one entry holds, and all is given back. */
static void more_than_it_can_take_over_is_still_owed(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.uuid = UUID};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    char id[XLMEM_ID_MAX];
    uint64_t free_kb;
    size_t i;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    add_each();
    free_kb = sim_free_kb(&host) - (72 + EACH) * MIB;
    XLMEM_SET(&request, need_kb, free_kb + EACH * 31 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_in_range(verdict.plan.nr_steps, EACH - 5, EACH);
    assert_int_equal(xlmem_hold_keep(me->ctx, hold, 300 * SECONDS, id), 0);
    add_each();
    XLMEM_SET(&request, need_kb, request.need_kb + (EACH - 2) * 31 * MIB);
    hold = NULL;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_true(verdict.plan.nr_steps > XLMEM_STEPS_MAX - (EACH - 5));
    xlmem_hold_release(me->ctx, hold, false);
    for (i = 0; i < 4; i++) {
        sim_pass(&host, 301 * SECONDS);
        assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    }
    for (i = 1; i <= 2 * EACH; i++)
        assert_int_equal(host.doms[i].target_kb, 63 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void a_create_that_is_refused_leaves_it(void **state)
{
    const xlmem_policy policy = enforce();
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(reserve(me, UUID, GIB, id), 0);
    assert_int_equal(ask(UUID, 8 * GIB), XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, id), 0);
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
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, list[0].id),
                     XLMEM_ERROR_BUSY);
    free(list);
    assert_int_equal(xlmem_hold_keep(me->ctx, hold, 0, id), XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_hold_keep(me->ctx, hold, XLMEM_KEEP_MAX_MS + 1, id),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_hold_keep(me->ctx, NULL, 1, id), XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_reservation_end(me->ctx, &policy, "../lock"),
                     XLMEM_ERROR_NOTFOUND);
    xlmem_hold_release(me->ctx, hold, false);
}

/* ------------------------------------------------------ at each step --- */

static int result;

static void reserve_and_release(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    char id[XLMEM_ID_MAX];

    result = reserve(p, UUID, 2 * GIB + 512 * MIB, id);
    if (!result)
        result = xlmem_reservation_end(p->ctx, &policy, id);
}

static void raise_dom0(sim_proc *p)
{
    const xlmem_policy policy = enforce();

    SIM_CHECK(!xlmem_guard_repay(p->ctx, &policy));
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
    xlmem_hold_release(p->ctx, hold, j->runs);
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

static void assert_debts(size_t nr, uint64_t domid, uint64_t owed_kb,
                         uint64_t target_kb)
{
    const size_t entries = sim_nr_entries(&host);
    xlmem_debt *list;
    size_t found;

    assert_int_equal(xlmem_debts(me->ctx, &list, &found), 0);
    assert_int_equal(found, nr);
    if (nr) {
        assert_int_equal(list[0].domid, domid);
        assert_int_equal(list[0].owed_kb, owed_kb);
        assert_int_equal(list[0].target_kb, target_kb);
    }
    free(list);
    assert_int_equal(sim_nr_entries(&host), entries);
}

/* Not while the hold lasts; then until it is paid; looking pays nothing. */
static void who_is_owed_is_told(void **state)
{
    const xlmem_guard_request request = need(2 * GIB + 256 * MIB);
    const xlmem_policy policy = enforce();
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    uint64_t target_kb;

    (void)state;
    assert_debts(0, 0, 0, 0);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    target_kb = host.doms[0].target_kb;
    assert_true(target_kb < 2 * GIB);
    assert_debts(0, 0, 0, 0);
    /* As when its owner is killed: what he took stays taken. */
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_debts(1, 0, 2 * GIB, target_kb);
    assert_int_equal(host.doms[0].target_kb, target_kb);
    assert_given_back();
    assert_debts(0, 0, 0, 0);
}

/* A target that somebody else has set since is not to be given back. */
static void who_was_set_by_others_is_owed_nothing(void **state)
{
    sim_dom *guest = sim_add_dom(&host, SIM_IDEAL, 64 * MIB);

    (void)state;
    put_debt(guest->domid, 80 * MIB, 64 * MIB);
    assert_debts(1, guest->domid, 80 * MIB, 64 * MIB);
    put_debt(guest->domid, 80 * MIB, 60 * MIB);
    assert_debts(0, 0, 0, 0);
}

TEST_GROUP(reserve)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_reserved_is_nobody_elses),
        TEST(who_grows_leaves_what_is_reserved),
        TEST(its_time_ends_it),
        TEST(what_a_plan_took_is_given_back),
        TEST(two_plans_are_given_back_one_after_the_other),
        TEST(who_is_not_to_be_asked_is_not),
        TEST(its_domain_takes_it_over),
        cmocka_unit_test(its_domain_is_as_early_as_it),
        TEST(a_payment_to_others_leaves_it),
        TEST(who_is_owed_is_told),
        TEST(who_was_set_by_others_is_owed_nothing),
        TEST(more_than_it_can_take_over_is_still_owed),
        TEST(a_create_that_is_refused_leaves_it),
        TEST(only_what_is_by_hand_is_released_by_hand),
        cmocka_unit_test(killed_at_each_step_it_ends_with_its_time),
        cmocka_unit_test(what_is_reserved_starts_among_others),
    };

    return test_run(tests, NULL, NULL);
}
