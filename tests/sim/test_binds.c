/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domain a reservation is for, where the uuid does not tell: copies of
 * one configuration, holds that are bound, and domains that grow. */
#include "one.h"

#define NR_COPIES 12
#define COPY_KB (256 * MIB)

static xlmem_guard_request binding(uint64_t kb)
{
    xlmem_guard_request request = need(kb);

    request.binds = true;
    return request;
}

static xlmem_hold *hold_of(uint64_t kb, bool binds)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = need(kb);
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    request.binds = binds;
    if (xlmem_guard(me->ctx, &policy, &request, &verdict, &hold))
        return NULL;
    return hold;
}

static uint64_t reserved_kb(void)
{
    xlmem_policy policy = enforce();
    xlmem_account account;
    xlmem_host seen;

    xlmem_host_init(&seen);
    assert_int_equal(xlmem_snapshot(me->ctx, &seen), 0);
    assert_int_equal(xlmem_account_of(&seen, &policy, &account), 0);
    xlmem_host_dispose(&seen);
    return account.ledger_kb;
}

/* ------------------------------------------------------------ copies --- */

static sim world;
static size_t nr_run, nr_refused;

/* The domain is made, bound, and built. */
static void create_copy(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = binding(COPY_KB);
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    sim_dom *dom;

    if (xlmem_guard(p->ctx, &policy, &request, &verdict, &hold)) {
        nr_refused++;
        return;
    }
    dom = sim_build(p, UUID, COPY_KB);
    SIM_CHECK(dom);
    SIM_CHECK(!xlmem_hold_bind(p->ctx, hold, dom->domid));
    xlmem_hold_release(p->ctx, hold, true);
    nr_run++;
}

/* Nobody who binds has the lock in time. */
static int busy_to_bind(void *user, int64_t still_ms, int64_t total_ms,
                        char *err, size_t err_len)
{
    if (total_ms == 2000)
        return sim_step(user) ? XLMEM_ERROR_BUSY : XLMEM_ERROR_ABORTED;
    return sim_backend.ledger_lock(user, still_ms, total_ms, err, err_len);
}

/* The create goes on for long after the domain has its memory. */
static void create_slowly(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    const xlmem_guard_request request = binding(COPY_KB);
    xlmem_backend backend = sim_backend;
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    sim_dom *dom;

    backend.ledger_lock = busy_to_bind;
    SIM_CHECK(!xlmem_ctx_set_backend(p->ctx, &backend, p));
    if (xlmem_guard(p->ctx, &policy, &request, &verdict, &hold)) {
        nr_refused++;
        return;
    }
    dom = sim_build(p, UUID, COPY_KB);
    SIM_CHECK(dom);
    xlmem_hold_bind(p->ctx, hold, dom->domid);
    p->wake = p->sim->now_ms + 60000;
    SIM_CHECK(sim_step(p));
    p->wake = 0;
    xlmem_hold_release(p->ctx, hold, true);
    nr_run++;
}

/* Twelve at once, room for four; the second dozen finds four there. */
static void run_dozens(void (*script)(sim_proc *))
{
    uint64_t seed, i;
    size_t n;

    test_seed();
    seed = test_state;
    for (i = 0; i < 60; i++) {
        sim_reseed(seed + i);
        sim_init(&world, 64 * MIB + GIB + 72 * MIB + 4 * (COPY_KB + MIB), GIB);
        nr_run = nr_refused = 0;
        for (n = 0; n < NR_COPIES; n++)
            sim_add_proc(&world, script, NULL, -1);
        sim_run(&world);
        SIM_CHECK(nr_run == 4 && nr_refused == 8);
        for (n = 0; n < NR_COPIES; n++)
            sim_add_proc(&world, script, NULL, -1);
        sim_run(&world);
        SIM_CHECK(nr_run == 4 && nr_refused == 20);
        SIM_CHECK(world.least_free_kb >= 72 * MIB);
        SIM_CHECK(!sim_nr_entries(&world));
        sim_dispose(&world);
    }
}

static void of_twelve_copies_those_run_that_fit(void **state)
{
    (void)state;
    run_dozens(create_copy);
}

static void those_run_that_fit_where_nobody_has_the_lock_to_bind(void **state)
{
    (void)state;
    run_dozens(create_slowly);
}

static void add_copies(size_t nr, uint64_t kb)
{
    while (nr--)
        strcpy(sim_add_dom(&host, SIM_IDEAL, kb)->uuid, UUID);
}

/* Seventeen were there before: nobody guesses which one is new. */
static void more_copies_than_are_noted_count_in_full(void **state)
{
    xlmem_hold *hold;
    sim_dom *dom;

    (void)state;
    add_copies(17, 16 * MIB);
    hold = hold_of(512 * MIB, false);
    assert_non_null(hold);
    dom = sim_build(me, UUID, 512 * MIB);
    assert_non_null(dom);
    assert_int_equal(reserved_kb(), 512 * MIB);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(reserved_kb(), 0);
    xlmem_hold_release(me->ctx, hold, true);
}

static void sixteen_copies_are_told_from_the_new_one(void **state)
{
    xlmem_hold *hold;

    (void)state;
    add_copies(16, 16 * MIB);
    hold = hold_of(512 * MIB, false);
    assert_non_null(hold);
    assert_int_equal(reserved_kb(), 512 * MIB);
    assert_non_null(sim_build(me, UUID, 512 * MIB));
    assert_int_equal(reserved_kb(), 0);
    xlmem_hold_release(me->ctx, hold, true);
}

/* ----------------------------------------------------------- binding --- */

static void who_binds_is_not_guessed_for(void **state)
{
    xlmem_hold *hold = hold_of(512 * MIB, true);
    bool done, created;
    sim_dom *dom;

    (void)state;
    dom = sim_build(me, UUID, 512 * MIB);
    assert_non_null(dom);
    assert_int_equal(reserved_kb(), 512 * MIB);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_false(done);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(reserved_kb(), 0);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    xlmem_hold_release(me->ctx, hold, true);
}

/* One guesses, the other has said: there is one domain yet. */
static void what_is_bound_is_nobody_elses(void **state)
{
    xlmem_hold *guesses = hold_of(512 * MIB, false);
    xlmem_hold *binds = hold_of(256 * MIB, true);
    bool done, created;
    sim_dom *dom;

    (void)state;
    dom = sim_build(me, UUID, 256 * MIB);
    assert_int_equal(xlmem_hold_bind(me->ctx, binds, dom->domid), 0);
    assert_int_equal(reserved_kb(), 512 * MIB);
    assert_int_equal(xlmem_hold_done(me->ctx, guesses, &done, &created), 0);
    assert_false(done || created);
    dom = sim_build(me, UUID, 512 * MIB);
    assert_int_equal(reserved_kb(), 0);
    xlmem_hold_release(me->ctx, guesses, true);
    xlmem_hold_release(me->ctx, binds, true);
}

/* By mistake: what one domain has is taken off once. */
static void two_bound_to_one_count_once(void **state)
{
    xlmem_hold *large = hold_of(512 * MIB, true);
    xlmem_hold *small = hold_of(256 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 512 * MIB);

    (void)state;
    assert_int_equal(xlmem_hold_bind(me->ctx, large, dom->domid), 0);
    assert_int_equal(xlmem_hold_bind(me->ctx, small, dom->domid), 0);
    assert_true(reserved_kb() >= 256 * MIB);
    xlmem_hold_release(me->ctx, large, true);
    xlmem_hold_release(me->ctx, small, true);
}

static void a_smaller_domain_leaves_the_rest_reserved(void **state)
{
    xlmem_hold *hold = hold_of(512 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 256 * MIB);

    (void)state;
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(reserved_kb(), 256 * MIB);
    xlmem_hold_release(me->ctx, hold, true);
}

/* A need has Xen's structures in it, which are in no list: whoever has been
 * let run has them. */
static void who_runs_has_its_reservation(void **state)
{
    xlmem_hold *hold = hold_of(512 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 505 * MIB);
    bool done, created;

    (void)state;
    sim_pause(&host, dom, true);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(!done && created);
    sim_pause(&host, dom, false);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    xlmem_hold_release(me->ctx, hold, true);
}

/* `xl create -p`: by what it has, its claim and its pool. */
static void who_stays_paused_has_it_when_it_has_all(void **state)
{
    xlmem_hold *hold = hold_of(512 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 300 * MIB);
    bool done, created;

    (void)state;
    sim_pause(&host, dom, true);
    dom->claim_kb = 100 * MIB;
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(!done && created);
    dom->pool_kb = 111 * MIB;
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    dom->claim_kb = 0;
    xlmem_hold_release(me->ctx, hold, true);
}

static void never_for_long(void)
{
    host.lock_until = host.now_ms + 30000;
}

static int cannot_note(void *user, void *entry, uint64_t domid, char *err,
                       size_t err_len)
{
    (void)user;
    (void)entry;
    (void)domid;
    snprintf(err, err_len, "no room");
    return XLMEM_ERROR_IO;
}

/* Inside of libxl's call nobody waits: what cannot be noted either counts too
 * much meanwhile, and is bound by whoever looks next. */
static void what_cannot_be_noted_counts_in_full(void **state)
{
    xlmem_backend backend = sim_backend;
    xlmem_hold *hold = hold_of(512 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 512 * MIB);
    int64_t start = host.now_ms;
    bool done, created;

    (void)state;
    backend.ledger_note = cannot_note;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    never_for_long();
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid),
                     XLMEM_ERROR_IO);
    backend.ledger_note = NULL;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid),
                     XLMEM_ERROR_BUSY);
    assert_true(host.now_ms - start < 5000);
    host.lock_until = 0;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    assert_int_equal(reserved_kb(), 512 * MIB);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    assert_int_equal(reserved_kb(), 0);
    xlmem_hold_release(me->ctx, hold, true);
}

/* Others are being served all the time: the domain is known all the same, and
 * what it holds counts once. */
static void without_the_lock_it_is_noted(void **state)
{
    xlmem_hold *hold = hold_of(900 * MIB, true), *next;
    const int64_t start = host.now_ms;
    sim_dom *dom = sim_build(me, UUID, 300 * MIB);
    bool done, created;

    (void)state;
    never_for_long();
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_true(host.now_ms - start < 3000);
    host.lock_until = 0;
    assert_int_equal(reserved_kb(), 600 * MIB);
    dom->maxmem_kb = dom->target_kb = dom->tot_kb = 900 * MIB;
    assert_int_equal(reserved_kb(), 0);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    /* Of 2 GiB there are 1148 MiB left: dom0 has nothing to give for it. */
    next = hold_of(900 * MIB, true);
    assert_non_null(next);
    assert_int_equal(reserved_kb(), 900 * MIB);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem_hold_release(me->ctx, next, false);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A copy of the same uuid that waits, or is made by somebody who cannot note
 * it, keeps its own promise in full. */
static void a_note_frees_nobody_elses_promise(void **state)
{
    xlmem_hold *waits = hold_of(256 * MIB, true);
    xlmem_hold *noted = hold_of(512 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 512 * MIB);

    (void)state;
    never_for_long();
    assert_int_equal(xlmem_hold_bind(me->ctx, noted, dom->domid), 0);
    host.lock_until = 0;
    assert_int_equal(reserved_kb(), 256 * MIB);
    xlmem_hold_release(me->ctx, noted, true);
    assert_int_equal(reserved_kb(), 256 * MIB);
    assert_non_null(sim_build(me, UUID, 256 * MIB));
    assert_int_equal(reserved_kb(), 256 * MIB);
    xlmem_hold_release(me->ctx, waits, true);
}

/* libxl takes back what it made where the number was in use, and makes
 * another: what was said last counts, noted or written. */
static void the_last_word_counts(void **state)
{
    xlmem_hold *hold = hold_of(512 * MIB, true);
    sim_dom *dom = sim_build(me, UUID, 16 * MIB);

    (void)state;
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(reserved_kb(), 496 * MIB);
    sim_destroy(&host, dom);
    dom = sim_build(me, UUID, 32 * MIB);
    never_for_long();
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    host.lock_until = 0;
    assert_int_equal(reserved_kb(), 480 * MIB);
    sim_destroy(&host, dom);
    dom = sim_build(me, UUID, 64 * MIB);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, dom->domid), 0);
    assert_int_equal(reserved_kb(), 448 * MIB);
    xlmem_hold_release(me->ctx, hold, true);
}

/* ------------------------------------------------------------ growth --- */

/* A domain that is there is to be given more: that counts beside it until its
 * maximum does, and it is not asked to give for itself. */
static void a_domain_that_grows_is_admitted_like_a_create(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request;
    xlmem_hold *hold = NULL, *none = NULL;
    xlmem_verdict verdict;
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, GIB);
    uint64_t missing_kb;

    (void)state;
    strcpy(dom->uuid, UUID);
    request = binding(900 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_int_equal(reserved_kb(), 900 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &none),
                     0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(verdict.plan.steps[0].domid, 0);
    assert_int_equal(dom->target_kb, GIB);
    xlmem_hold_release(me->ctx, none, false);
    sim_mem_set(dom, GIB + 900 * MIB);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(reserved_kb(), 0);
    assert_int_equal(sim_nr_entries(&host), 0);
    none = NULL;
    request = binding(4 * GIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &none),
                     XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(dom->target_kb, GIB + 900 * MIB);
    /* All others may count on what it can give, but not it itself. */
    missing_kb = verdict.missing_kb;
    request.uuid = "11111111-2222-3333-4444-555555555555";
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &none),
                     XLMEM_ERROR_INFEASIBLE);
    assert_true(dom->target_kb > dom->dynamic_min_kb);
    assert_true(missing_kb >=
                verdict.missing_kb + dom->target_kb - dom->dynamic_min_kb);
}

static int64_t longest_ms;

static int lock_and_tell(void *user, int64_t still_ms, int64_t total_ms,
                         char *err, size_t err_len)
{
    longest_ms = total_ms;
    return sim_backend.ledger_lock(user, still_ms, total_ms, err, err_len);
}

/* The toolstack holds locks of its own while it binds: others who are served
 * meanwhile do not make it wait for longer. */
static void binding_has_an_end_of_its_own(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(MIB);
    xlmem_backend backend = sim_backend;
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    (void)state;
    backend.ledger_lock = lock_and_tell;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    assert_int_equal(longest_ms, 600000);
    assert_int_equal(xlmem_hold_bind(me->ctx, hold, 1), 0);
    assert_int_equal(longest_ms, 2000);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
    xlmem_hold_release(me->ctx, hold, true);
}

TEST_GROUP(binds)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_twelve_copies_those_run_that_fit),
        cmocka_unit_test(those_run_that_fit_where_nobody_has_the_lock_to_bind),
        TEST(more_copies_than_are_noted_count_in_full),
        TEST(sixteen_copies_are_told_from_the_new_one),
        TEST(who_binds_is_not_guessed_for),
        TEST(what_is_bound_is_nobody_elses),
        TEST(two_bound_to_one_count_once),
        TEST(a_smaller_domain_leaves_the_rest_reserved),
        TEST(who_runs_has_its_reservation),
        TEST(who_stays_paused_has_it_when_it_has_all),
        TEST(what_cannot_be_noted_counts_in_full),
        TEST(without_the_lock_it_is_noted),
        TEST(a_note_frees_nobody_elses_promise),
        TEST(the_last_word_counts),
        TEST(a_domain_that_grows_is_admitted_like_a_create),
        TEST(binding_has_an_end_of_its_own),
    };

    return test_run(tests, NULL, NULL);
}
