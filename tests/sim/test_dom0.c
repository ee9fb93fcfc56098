/* SPDX-License-Identifier: LGPL-2.1-only */
/* dom0 moved by hand on a simulated host: balloons of every temper, creates
 * beside it, death and failure at every step. */
#include "sim.h"

#include "private/dom0.h"

#define FLOOR_KB GIB
#define HEADROOM_KB (72 * MIB)
#define NR_CREATES 3

/* One move, and what became of it. */
typedef struct job {
    xlmem_policy policy;
    uint64_t size_kb;
    int rc;
    xlmem_dom0_move move;
} job;

static sim host;

/* 2 GiB of dom0 whose kernel knows of no more, and 4 GiB for all. */
static void host_init(uint64_t seed)
{
    sim_reseed(seed);
    sim_init(&host, 64 * MIB + 4 * GIB + HEADROOM_KB, 2 * GIB);
    host.dom0_reach_kb = host.dom0_maximum_kb = 2 * GIB;
    host.hotplug = true;
}

static void job_init(job *j, uint64_t size_kb)
{
    *j = (job){.size_kb = size_kb, .rc = 4711};
    xlmem_policy_init(&j->policy);
    j->policy.mode = XLMEM_MODE_ENFORCE;
    j->policy.dom0_floor_kb = FLOOR_KB;
}

static void move_dom0(sim_proc *p)
{
    job *j = p->arg;
    xlmem_dom0_request request = {.known = 0};

    XLMEM_SET(&request, size_kb, j->size_kb);
    j->rc = xlmem_dom0_set(p->ctx, &j->policy, &request, &j->move);
}

/* One move by itself. */
static int moved(uint64_t size_kb, job *j)
{
    job_init(j, size_kb);
    sim_add_proc(&host, move_dom0, j, -1);
    sim_run(&host);
    assert_int_equal(sim_nr_entries(&host), 0);
    return j->rc;
}

static void dom0_gets_its_size(void **state)
{
    job j;

    (void)state;
    host_init(1);
    assert_int_equal(moved(1200 * MIB, &j), 0);
    assert_int_equal(host.doms[0].tot_kb, 1200 * MIB);
    assert_int_equal(j.move.reached_kb, 1200 * MIB);
    assert_true(XLMEM_KNOWS(&j.move, took_ms));
    assert_int_equal(moved(2 * GIB, &j), 0);
    assert_int_equal(host.doms[0].tot_kb, 2 * GIB);
    assert_int_equal(host.dom0_reach_kb, 2 * GIB);
    assert_int_equal(moved(2 * GIB, &j), 0);
    assert_int_equal(j.move.plan.nr_steps, 0);
    assert_int_equal(j.move.reached_kb, 2 * GIB);
    sim_dispose(&host);
}

static void it_grows_by_hotplug(void **state)
{
    job j;

    (void)state;
    host_init(1);
    assert_int_equal(moved(3 * GIB + MIB, &j), 0);
    assert_int_equal(host.doms[0].tot_kb, 3 * GIB + MIB);
    assert_true(host.online);
    assert_int_equal(host.dom0_maximum_kb, 3 * GIB + MIB);
    assert_int_equal(host.dom0_reach_kb, 3 * GIB + 128 * MIB);
    sim_dispose(&host);
}

static void a_refusal_touches_nothing(void **state)
{
    job j;

    (void)state;
    host_init(1);
    assert_int_equal(moved(512 * MIB, &j), XLMEM_ERROR_NO_HEADROOM);
    assert_string_equal(j.move.reasons[0].id, "floor");
    assert_int_equal(moved(16 * GIB, &j), XLMEM_ERROR_INFEASIBLE);
    host.hotplug = false;
    assert_int_equal(moved(3 * GIB, &j), XLMEM_ERROR_INFEASIBLE);
    assert_string_equal(j.move.reasons[0].id, "no-hotplug");
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(host.dom0_maximum_kb, 2 * GIB);
    assert_false(host.online);
    sim_dispose(&host);
}

/* Ten seconds, and everything is as it was. */
static void a_balloon_that_stands_still_is_given_up(void **state)
{
    const uint64_t sizes[] = {1200 * MIB, 3 * GIB};
    size_t i;
    job j;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(sizes); i++) {
        host_init(1);
        host.doms[0].temper = SIM_STUCK;
        assert_int_equal(moved(sizes[i], &j), XLMEM_ERROR_TIMEDOUT);
        assert_int_equal(host.doms[0].target_kb, 2 * GIB);
        assert_int_equal(host.doms[0].tot_kb, 2 * GIB);
        assert_int_equal(j.move.reached_kb, 2 * GIB);
        assert_in_range(j.move.took_ms, 10000, 12000);
        assert_string_equal(j.move.reasons[j.move.nr_reasons - 1].id, "late");
        sim_dispose(&host);
    }
}

/* What it gave on the way it gets back. */
static void a_balloon_that_stops_early_goes_back(void **state)
{
    job j;

    (void)state;
    host_init(1);
    host.doms[0].temper = SIM_FLOOR;
    host.doms[0].floor_kb = 1500 * MIB;
    assert_int_equal(moved(1200 * MIB, &j), XLMEM_ERROR_TIMEDOUT);
    assert_int_equal(j.move.reached_kb, 1500 * MIB);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    sim_pass(&host, 20000);
    assert_int_equal(host.doms[0].tot_kb, 2 * GIB);
    sim_dispose(&host);
}

/* As long as it moves it is waited for. */
static void a_slow_balloon_is_waited_for(void **state)
{
    job j;

    (void)state;
    host_init(1);
    host.doms[0].temper = SIM_SLOW;
    assert_int_equal(moved(1200 * MIB, &j), 0);
    assert_int_equal(host.doms[0].tot_kb, 1200 * MIB);
    assert_true(j.move.took_ms > 15000);
    sim_dispose(&host);
}

static void set_otherwise(sim_proc *p)
{
    sim_backend.sleep_ms(p, 3000);
    host.doms[0].target_kb = *(uint64_t *)p->arg;
}

static void what_somebody_else_sets_stays(void **state)
{
    uint64_t other_kb = 1700 * MIB;
    job j;

    (void)state;
    host_init(1);
    host.doms[0].temper = SIM_SLOW;
    job_init(&j, 1200 * MIB);
    sim_add_proc(&host, move_dom0, &j, -1);
    sim_add_proc(&host, set_otherwise, &other_kb, -1);
    sim_run(&host);
    assert_int_equal(j.rc, XLMEM_ERROR_STALE);
    assert_int_equal(host.doms[0].target_kb, other_kb);
    assert_true(j.move.reached_kb > 1200 * MIB);
    sim_dispose(&host);
}

static void set_and_set_back(sim_proc *p)
{
    const uint64_t size_kb = host.doms[0].target_kb;

    sim_backend.sleep_ms(p, 3000);
    host.doms[0].target_kb = size_kb + *(uint64_t *)p->arg;
    sim_backend.sleep_ms(p, 3000);
    host.doms[0].target_kb = size_kb;
}

/* A target that is set again is set one page off first, so that xenstore's
 * watch sees it: that is no stranger's.  Two pages off is. */
static void a_page_off_is_the_same_target(void **state)
{
    uint64_t off_kb;
    job j;

    (void)state;
    for (off_kb = 4; off_kb <= 8; off_kb += 4) {
        host_init(1);
        host.doms[0].temper = SIM_SLOW;
        sim_mem_set(&host.doms[0], 1200 * MIB);
        job_init(&j, 1200 * MIB);
        sim_add_proc(&host, set_and_set_back, &off_kb, -1);
        sim_add_proc(&host, move_dom0, &j, -1);
        sim_run(&host);
        assert_int_equal(j.rc, off_kb == 4 ? 0 : XLMEM_ERROR_STALE);
        sim_dispose(&host);
    }
}

/* Somebody who has the decision lock when its time is over sets another. */
static void set_under_the_lock(sim_proc *p)
{
    sim_backend.sleep_ms(p, 5000);
    SIM_CHECK(!sim_backend.ledger_lock(p, 1000, 1000, NULL, 0));
    sim_backend.sleep_ms(p, 30000);
    host.doms[0].target_kb = *(uint64_t *)p->arg;
    sim_backend.ledger_unlock(p);
}

/* What is put back is ours only as long as nobody has decided otherwise. */
static void what_is_set_before_it_is_put_back_stays(void **state)
{
    uint64_t other_kb = 1700 * MIB;
    job j;

    (void)state;
    host_init(1);
    host.doms[0].temper = SIM_STUCK;
    job_init(&j, 1200 * MIB);
    sim_add_proc(&host, move_dom0, &j, -1);
    sim_add_proc(&host, set_under_the_lock, &other_kb, -1);
    sim_run(&host);
    assert_int_equal(j.rc, XLMEM_ERROR_TIMEDOUT);
    assert_int_equal(host.doms[0].target_kb, other_kb);
    sim_dispose(&host);
}

static void reserve_a_gib(sim_proc *p)
{
    xlmem_guard_request request = {.uuid =
                                       "aaaaaaaa-0000-4000-8000-000000000001"};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    xlmem_policy policy;
    char id[XLMEM_ID_MAX];

    xlmem_policy_init(&policy);
    policy.mode = XLMEM_MODE_ENFORCE;
    policy.dom0_floor_kb = FLOOR_KB;
    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    SIM_CHECK(!xlmem_hold_keep(p->ctx, hold, 3600 * 1000, id));
}

/* 2 GiB are usable, of which one is reserved, and a MiB above it. */
static void what_is_reserved_dom0_is_not_given(void **state)
{
    job j;

    (void)state;
    host_init(1);
    sim_add_proc(&host, reserve_a_gib, NULL, -1);
    sim_run(&host);
    job_init(&j, 3 * GIB - MIB + 4);
    sim_add_proc(&host, move_dom0, &j, -1);
    sim_run(&host);
    assert_int_equal(j.rc, XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    job_init(&j, 3 * GIB - MIB);
    sim_add_proc(&host, move_dom0, &j, -1);
    sim_run(&host);
    assert_int_equal(j.rc, 0);
    assert_int_equal(host.doms[0].tot_kb, 3 * GIB - MIB);
    assert_int_equal(sim_nr_entries(&host), 1);
    sim_dispose(&host);
}

static void a_recorded_host_is_not_moved(void **state)
{
    xlmem_backend backend = sim_backend;
    sim_proc *p;
    job j;

    (void)state;
    host_init(1);
    backend.ledger_lock = NULL;
    p = sim_add_proc(&host, NULL, &j, -1);
    host.running = p->id;
    job_init(&j, 1200 * MIB);
    assert_int_equal(xlmem_ctx_set_backend(p->ctx, &backend, p), 0);
    move_dom0(p);
    assert_int_equal(j.rc, XLMEM_ERROR_UNSUPPORTED);
    backend.ledger_lock = sim_backend.ledger_lock;
    backend.online_added = NULL;
    job_init(&j, 3 * GIB);
    move_dom0(p);
    assert_int_equal(j.rc, XLMEM_ERROR_UNSUPPORTED);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem_ctx_free(p->ctx);
    pthread_cond_destroy(&p->turn);
    sim_dispose(&host);
}

/* What takes round trips for each domain. */
static int whole_unlocked(void *user, xlmem_host *host_r, char *err,
                          size_t err_len)
{
    const sim_proc *p = user;

    SIM_CHECK(host.lock_owner != p->id);
    return sim_backend.read_xen(user, host_r, err, err_len);
}

static int nodes_unlocked(void *user, xlmem_host *host_r, char *err,
                          size_t err_len)
{
    const sim_proc *p = user;

    SIM_CHECK(host.lock_owner != p->id);
    return sim_backend.read_nodes(user, host_r, err, err_len);
}

/* What others have taken while it was read is seen nevertheless. */
static int whole_and_then_a_create(void *user, xlmem_host *host_r, char *err,
                                   size_t err_len)
{
    int rc = whole_unlocked(user, host_r, err, err_len);

    sim_add_dom(&host, SIM_IDEAL, 2 * GIB);
    return rc;
}

static void nobody_waits_while_each_domain_is_read(void **state)
{
    xlmem_backend backend = sim_backend;
    sim_proc *p;
    job j;

    (void)state;
    host_init(1);
    backend.read_nodes = nodes_unlocked;
    backend.read_xen = whole_and_then_a_create;
    p = sim_add_proc(&host, NULL, &j, -1);
    host.running = p->id;
    assert_int_equal(xlmem_ctx_set_backend(p->ctx, &backend, p), 0);
    job_init(&j, 3 * GIB);
    move_dom0(p);
    assert_int_equal(j.rc, XLMEM_ERROR_INFEASIBLE);
    assert_string_equal(j.move.reasons[0].id, "xen-short");
    backend.read_xen = whole_unlocked;
    assert_int_equal(xlmem_ctx_set_backend(p->ctx, &backend, p), 0);
    job_init(&j, 1200 * MIB);
    move_dom0(p);
    assert_int_equal(j.rc, 0);
    xlmem_ctx_free(p->ctx);
    pthread_cond_destroy(&p->turn);
    sim_dispose(&host);
}

/* ----------------------------------------------------- with others --- */

static void create(sim_proc *p)
{
    const char *uuid = p->arg;
    xlmem_guard_request request = {.uuid = uuid};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    xlmem_policy policy;
    bool runs;

    xlmem_policy_init(&policy);
    policy.mode = XLMEM_MODE_ENFORCE;
    policy.dom0_floor_kb = FLOOR_KB;
    XLMEM_SET(&request, need_kb, 700 * MIB);
    if (xlmem_guard(p->ctx, &policy, &request, &verdict, &hold))
        return;
    runs = sim_build(p, uuid, 700 * MIB) != NULL;
    if (!p->dead)
        SIM_CHECK(runs);
    xlmem_hold_release(p->ctx, hold, runs);
}

/* dom0 moves while domUs are created: who was told to go ahead finds its
 * memory, headroom and floor are kept. */
static void nobody_is_promised_what_dom0_takes(void **state)
{
    static const char uuids[NR_CREATES][37] = {
        "aaaaaaaa-0000-4000-8000-000000000001",
        "aaaaaaaa-0000-4000-8000-000000000002",
        "aaaaaaaa-0000-4000-8000-000000000003",
    };
    uint64_t i, seed;
    size_t n;
    job j;

    (void)state;
    test_seed();
    seed = test_state;
    for (i = 0; i < 200; i++) {
        host_init(seed + i);
        if (i % 2)
            host.fail_bp = (unsigned)sim_between(0, 500);
        job_init(&j, sim_between(FLOOR_KB, 4 * GIB) & ~UINT64_C(3));
        sim_add_proc(&host, move_dom0, &j, -1);
        for (n = 0; n < NR_CREATES; n++)
            sim_add_proc(&host, create, (void *)(uintptr_t)uuids[n],
                         i % 3 ? -1 : (int64_t)sim_between(0, 80));
        sim_run(&host);
        SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
        SIM_CHECK(host.least_dom0_target_kb >= FLOOR_KB);
        sim_dispose(&host);
    }
}

/* The target is the former one or the new one, and nobody is locked out. */
static void killed_at_any_step_it_leaves_a_whole_host(void **state)
{
    int64_t step;

    (void)state;
    for (step = 0; step < 120; step++) {
        job j, next;

        host_init(1);
        job_init(&j, 3 * GIB);
        sim_add_proc(&host, move_dom0, &j, step);
        sim_run(&host);
        assert_true(host.doms[0].target_kb == 2 * GIB ||
                    host.doms[0].target_kb == 3 * GIB);
        sim_pass(&host, 20000);
        assert_int_equal(host.doms[0].tot_kb, host.doms[0].target_kb);
        assert_int_equal(moved(1500 * MIB, &next), 0);
        sim_dispose(&host);
    }
}

TEST_GROUP(dom0)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dom0_gets_its_size),
        cmocka_unit_test(it_grows_by_hotplug),
        cmocka_unit_test(a_refusal_touches_nothing),
        cmocka_unit_test(a_balloon_that_stands_still_is_given_up),
        cmocka_unit_test(a_balloon_that_stops_early_goes_back),
        cmocka_unit_test(a_slow_balloon_is_waited_for),
        cmocka_unit_test(what_somebody_else_sets_stays),
        cmocka_unit_test(a_page_off_is_the_same_target),
        cmocka_unit_test(what_is_set_before_it_is_put_back_stays),
        cmocka_unit_test(what_is_reserved_dom0_is_not_given),
        cmocka_unit_test(a_recorded_host_is_not_moved),
        cmocka_unit_test(nobody_waits_while_each_domain_is_read),
        cmocka_unit_test(nobody_is_promised_what_dom0_takes),
        cmocka_unit_test(killed_at_any_step_it_leaves_a_whole_host),
    };

    return test_run(tests, NULL, NULL);
}
