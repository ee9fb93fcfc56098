/* SPDX-License-Identifier: LGPL-2.1-only */
/* One call of the guard at a time, on a simulated host: what each promises. */
#include "one.h"

#include "engine/ctx.h"

static void the_mode_off_asks_nobody(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(100 * GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    policy.mode = XLMEM_MODE_OFF;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_null(hold);
    assert_int_equal(host.calls, 0);
}

/* Whatever the verdict, nothing is set and nothing waited for. */
static void the_mode_warn_changes_nothing(void **state)
{
    const uint64_t needs[] = {GIB, 2 * GIB + 512 * MIB, 100 * GIB};
    const xlmem_verdict_kind kinds[] = {XLMEM_ADMIT, XLMEM_ADMIT_AFTER_PLAN,
                                        XLMEM_REFUSE};
    xlmem_policy policy = enforce();
    size_t i;

    (void)state;
    policy.mode = XLMEM_MODE_WARN;
    for (i = 0; i < ARRAY_SIZE(needs); i++) {
        xlmem_guard_request request = need(needs[i]);
        int64_t before = host.now_ms;
        xlmem_verdict verdict;
        xlmem_hold *hold = NULL;

        assert_int_equal(
            xlmem_guard(me->ctx, &policy, &request, &verdict, &hold), 0);
        assert_int_equal(verdict.kind, kinds[i]);
        assert_non_null(hold);
        assert_true(host.now_ms - before < 100);
        assert_int_equal(host.doms[0].target_kb, 2 * GIB);
        xlmem_hold_release(me->ctx, hold, false);
        assert_int_equal(sim_nr_entries(&host), 0);
    }
}

static void a_failed_create_gives_back_what_was_taken(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(verdict.plan.steps[0].from_kb, 2 * GIB);
    assert_int_equal(host.doms[0].target_kb, verdict.plan.steps[0].to_kb);
    assert_true(sim_free_kb(&host) >= 2 * GIB + 512 * MIB + 72 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* What dom0 gives while the books are read is not counted twice. */
static void no_more_is_given_back_than_there_is(void **state)
{
    static const char other[] = "aaaaaaaa-0000-4000-8000-000000000002";
    xlmem_policy policy = enforce();
    xlmem_guard_request first = need(2 * GIB + 256 * MIB);
    xlmem_guard_request second = need(256 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL, *none = NULL;
    sim_dom *dom;

    (void)state;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &first, &verdict, &hold),
                     0);
    dom = sim_build(me, UUID, 2 * GIB + 256 * MIB);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    second.uuid = other;
    XLMEM_SET(&second, wait_ms, 100);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &second, &verdict, &none),
                     XLMEM_ERROR_TIMEDOUT);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    sim_pass(&host, 20000);
    assert_int_equal(host.doms[0].tot_kb, host.doms[0].target_kb);
    assert_true(sim_free_kb(&host) >= 72 * MIB + dom->maxmem_kb - dom->tot_kb);
}

/* Somebody set dom0's target since: he is the one who decides. */
static void what_an_administrator_sets_is_left_alone(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 512 * MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    host.doms[0].target_kb = 1400 * MIB;
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 1400 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Two domains of one uuid: the reservation is the new one's, bound or not. */
static void the_old_domain_of_a_migration_does_not_count(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(512 * MIB);
    xlmem_hold *hold = NULL;
    xlmem_reservation *list;
    xlmem_verdict verdict;
    sim_dom *dom;
    size_t nr;
    bool done, created;

    (void)state;
    dom = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
    strcpy(dom->uuid, UUID);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_int_equal(list[0].need_kb, 512 * MIB);
    assert_string_equal(list[0].uuid, UUID);
    assert_false(XLMEM_KNOWS(&list[0], domid));
    free(list);
    dom = sim_build(me, UUID, 512 * MIB);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(list[0].domid, dom->domid);
    free(list);
    sim_destroy(&host, dom);
    /* Its own has gone: nothing is needed any more, and the old one is not
     * what it was for. */
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 0);
    free(list);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done);
    assert_false(created);
    xlmem_hold_release(me->ctx, hold, false);
}

/* A toolstack may write a uuid in capitals; Xen's are in small letters. */
static void a_uuid_in_capitals_is_the_same(void **state)
{
    static const char capitals[] = "AAAAAAAA-0000-4000-8000-000000000001";
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(512 * MIB), all = need(GIB + 600 * MIB);
    xlmem_hold *hold = NULL, *ahead = NULL, *none = NULL;
    xlmem_reservation *list;
    xlmem_verdict verdict;
    bool done, created;
    sim_dom *dom;
    size_t nr;

    (void)state;
    request.uuid = capitals;
    all.uuid = "bbbbbbbb-0000-4000-8000-000000000001";
    all.no_plan = true;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    dom = sim_build(me, UUID, 256 * MIB);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 1);
    assert_int_equal(list[0].domid, dom->domid);
    free(list);
    /* What it has not taken yet is nobody else's. */
    assert_int_equal(xlmem_guard(me->ctx, &policy, &all, &verdict, &none),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &ahead), 0);
    assert_non_null(sim_build(me, UUID, 128 * MIB));
    assert_int_equal(xlmem_hold_done(me->ctx, ahead, &done, &created), 0);
    assert_true(created);
    xlmem_hold_release(me->ctx, ahead, true);
    xlmem_hold_release(me->ctx, hold, true);
}

static void a_create_in_capitals_takes_what_was_reserved_for_it(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(512 * MIB);
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    char id[XLMEM_ID_MAX];

    (void)state;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(xlmem_hold_keep(me->ctx, hold, 60000, id), 0);
    hold = NULL;
    request.uuid = "AAAAAAAA-0000-4000-8000-000000000001";
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(sim_nr_entries(&host), 1);
    xlmem_hold_release(me->ctx, hold, true);
}

/* A toolstack that gives its domains no uuid: each is counted once. */
static void two_of_one_uuid_are_two(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(512 * MIB);
    xlmem_hold *holds[2] = {NULL, NULL};
    xlmem_reservation *list;
    xlmem_verdict verdict;
    sim_dom *dom;
    size_t i, nr;

    (void)state;
    for (i = 0; i < 2; i++)
        assert_int_equal(
            xlmem_guard(me->ctx, &policy, &request, &verdict, &holds[i]), 0);
    for (i = 0; i < 2; i++) {
        dom = sim_build(me, UUID, 512 * MIB);
        assert_non_null(dom);
        assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
        assert_int_equal(nr, 2);
        assert_true(XLMEM_KNOWS(&list[i], domid));
        assert_int_equal(list[i].domid, dom->domid);
        assert_int_equal(XLMEM_KNOWS(&list[1], domid), i);
        free(list);
    }
    for (i = 0; i < 2; i++)
        xlmem_hold_release(me->ctx, holds[i], true);
}

static void put_entry(int owner, const char *text)
{
    sim_entry *entry = &host.ledger[0];

    *entry = (sim_entry){.used = true, .owner = owner, .nr = 7};
    snprintf(entry->text, sizeof(entry->text), "%s", text);
}

static void what_a_newer_guard_reserved_counts(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    put_entry(99, "xlmem-reservation 9\ncolor red\nuuid "
                  "bbbbbbbb-0000-4000-8000-000000000001\nneed_kb 3000000\n"
                  "end\n");
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_NO_HEADROOM);
    /* Without its owner it is nothing, and not ours to remove. */
    host.ledger[0].owner = -1;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 1);
}

static void what_an_older_guard_reserved_counts_and_is_swept(void **state)
{
    static const char *const texts[] = {
        "xlmem-reservation 1\nuuid bbbbbbbb-0000-4000-8000-000000000001\n"
        "need_kb 3000000\nend\n",
        "xlmem-reservation 2\nuuid bbbbbbbb-0000-4000-8000-000000000001\n"
        "need_kb 3000000\nend\n",
    };
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_verdict verdict;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        xlmem_hold *hold = NULL;

        put_entry(99, texts[i]);
        assert_int_equal(
            xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
            XLMEM_ERROR_NO_HEADROOM);
        host.ledger[0].owner = -1;
        assert_int_equal(
            xlmem_guard(me->ctx, &policy, &request, &verdict, &hold), 0);
        xlmem_hold_release(me->ctx, hold, false);
        assert_int_equal(sim_nr_entries(&host), 0);
    }
}

static char heard[512];

static void hear_warning(void *user, int level, const char *text)
{
    (void)user;
    if (level == XLMEM__WARN)
        snprintf(heard, sizeof(heard), "%s", text);
}

static void a_promise_that_cannot_be_read_is_an_error(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(MIB);
    xlmem_verdict verdict = {.need_kb = 4711};
    xlmem_hold *hold = NULL;

    (void)state;
    put_entry(99, "xlmem-reservation 1\nneed_kb lots\nend\n");
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(verdict.need_kb, 4711);
    /* It may have been one by hand, which nobody owns either. */
    host.ledger[0].owner = -1;
    xlmem_ctx_set_log(me->ctx, hear_warning, NULL);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_non_null(strstr(heard, "/7-0: line 2: "));
    assert_non_null(strstr(heard, "; memory that was reserved by hand there "
                                  "is not held any more"));
    xlmem_hold_release(me->ctx, hold, true);
}

/* Its maker was killed before he wrote; who still writes has the lock. */
static void an_empty_entry_of_the_dead_is_swept(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    put_entry(-1, "");
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(sim_nr_entries(&host), 1);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A status command counts what there is, and leaves it to who decides. */
static void who_only_looks_removes_nothing(void **state)
{
    xlmem_reservation *list;
    xlmem_host seen;
    size_t nr = 4711;

    (void)state;
    put_entry(-1, "");
    xlmem_host_init(&seen);
    assert_int_equal(xlmem_snapshot(me->ctx, &seen), 0);
    assert_int_equal(seen.nr_reservations, 0);
    xlmem_host_dispose(&seen);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 0);
    free(list);
    assert_int_equal(sim_nr_entries(&host), 1);
}

#define NR_OWED 70
#define OWED_FROM_KB (25 * MIB)
#define OWED_NOW_KB (20 * MIB)

/* The debts of @nr domains from @first on. */
static void put_debt(size_t at, uint64_t first, uint64_t nr)
{
    sim_entry *entry = &host.ledger[at];
    size_t len;
    uint64_t i;

    *entry = (sim_entry){.used = true, .owner = -1, .nr = 1000 + (unsigned)at};
    len = (size_t)snprintf(entry->text, sizeof(entry->text),
                           "xlmem-reservation 1\n"
                           "uuid 00000000-0000-0000-0000-000000000000\n"
                           "need_kb 0\n");
    for (i = first; i < first + nr; i++)
        len += (size_t)snprintf(entry->text + len, sizeof(entry->text) - len,
                                "step %llu %llu %llu\n", (unsigned long long)i,
                                (unsigned long long)OWED_FROM_KB,
                                (unsigned long long)OWED_NOW_KB);
    snprintf(entry->text + len, sizeof(entry->text) - len, "end\n");
}

static unsigned nr_paid(void)
{
    unsigned i, nr = 0;

    for (i = 0; i < SIM_DOMS; i++)
        nr += host.doms[i].used && host.doms[i].target_kb == OWED_FROM_KB;
    return nr;
}

/* More domains than one entry has room for, and little to pay with. */
static void many_debts_take_no_more_entries(void **state)
{
    xlmem_policy policy = enforce();
    sim_dom *filler, *first = NULL;
    unsigned i;

    (void)state;
    for (i = 0; i < NR_OWED; i++) {
        sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, OWED_NOW_KB);

        dom->maxmem_kb = dom->tot_kb;
        first = first ? first : dom;
    }
    filler = sim_add_dom(&host, SIM_IDEAL, sim_free_kb(&host) - 73 * MIB);
    filler->maxmem_kb = filler->tot_kb;
    put_debt(0, first->domid, 30);
    put_debt(1, first->domid + 30, 30);
    put_debt(2, first->domid + 60, NR_OWED - 60);
    for (i = 0; i < 20; i++) {
        assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
        assert_in_range(sim_nr_entries(&host), nr_paid() < NR_OWED, 3);
        filler->tot_kb -= 25 * MIB;
        filler->target_kb = filler->maxmem_kb = filler->tot_kb;
        sim_pass(&host, 1000);
    }
    assert_int_equal(nr_paid(), NR_OWED);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void broken_requests_are_refused(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(MIB);
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    request.uuid = "not a uuid\n\033[31m";
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold),
                     XLMEM_ERROR_INVAL);
    request = need(UINT64_MAX);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_INVAL);
    request = (xlmem_guard_request){.uuid = UUID};
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     XLMEM_ERROR_INVAL);
}

TEST_GROUP(hold)
{
    const struct CMUnitTest tests[] = {
        TEST(the_mode_off_asks_nobody),
        TEST(the_mode_warn_changes_nothing),
        TEST(a_failed_create_gives_back_what_was_taken),
        TEST(no_more_is_given_back_than_there_is),
        TEST(what_an_administrator_sets_is_left_alone),
        TEST(the_old_domain_of_a_migration_does_not_count),
        TEST(a_uuid_in_capitals_is_the_same),
        TEST(a_create_in_capitals_takes_what_was_reserved_for_it),
        TEST(two_of_one_uuid_are_two),
        TEST(what_a_newer_guard_reserved_counts),
        TEST(what_an_older_guard_reserved_counts_and_is_swept),
        TEST(a_promise_that_cannot_be_read_is_an_error),
        TEST(an_empty_entry_of_the_dead_is_swept),
        TEST(who_only_looks_removes_nothing),
        TEST(many_debts_take_no_more_entries),
        TEST(broken_requests_are_refused),
    };

    return test_run(tests, NULL, NULL);
}
