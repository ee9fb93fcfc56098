/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * States of a host that are nobody's fault here: domains that do not die,
 * pools, a dom0 that pays for its domUs, children that keep descriptors,
 * garbage in xenstore, builders that were killed, and others who set targets.
 * Whoever is told to go ahead finds the memory in each of them, Xen's and
 * dom0's.
 */
#include "sim.h"

#define FLOOR_KB GIB
#define HEADROOM_KB (72 * MIB)
#define RESERVE_KB (64 * MIB)
#define NR_JOBS 8

typedef struct job {
    char uuid[37];
    uint64_t need_kb, dom0_need_kb;
    bool runs;
    int rc;
    xlmem_verdict verdict;
} job;

static sim host;
static job jobs[NR_JOBS];

static xlmem_policy enforce(void)
{
    xlmem_policy policy = sim_policy(FLOOR_KB);

    policy.dom0_reserve_kb = RESERVE_KB;
    policy.wait_ms = 10000;
    return policy;
}

static void create(sim_proc *p)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = {.no_plan = false};
    xlmem_hold *hold = NULL;
    job *j = p->arg;

    request.uuid = j->uuid;
    XLMEM_SET(&request, need_kb, j->need_kb);
    XLMEM_SET(&request, dom0_need_kb, j->dom0_need_kb);
    j->rc = xlmem_guard(p->ctx, &policy, &request, &j->verdict, &hold);
    if (j->rc)
        return;
    j->runs = sim_build(p, j->uuid, j->need_kb) != NULL;
    if (!p->dead)
        SIM_CHECK(j->runs);
    xlmem_hold_release(p->ctx, hold, j->runs);
}

static sim_proc *add_job(size_t n, uint64_t need_kb, uint64_t dom0_need_kb)
{
    job *j = &jobs[n];

    *j = (job){.need_kb = need_kb, .dom0_need_kb = dom0_need_kb, .rc = 4711};
    snprintf(j->uuid, sizeof(j->uuid), "aaaaaaaa-0000-4000-8000-%012zu", n);
    return sim_add_proc(&host, create, j, -1);
}

static int create_one(uint64_t need_kb)
{
    add_job(0, need_kb, MIB);
    sim_run(&host);
    return jobs[0].rc;
}

static size_t nr_running(void)
{
    size_t i, nr = 0;

    for (i = 0; i < NR_JOBS; i++)
        nr += jobs[i].runs;
    return nr;
}

/* @kb are usable, dom0 has 2 GiB and gives what lies above @floor. */
static void host_init(uint64_t seed, uint64_t kb)
{
    sim_reseed(seed);
    memset(jobs, 0, sizeof(jobs));
    sim_init(&host, 64 * MIB + 2 * GIB + HEADROOM_KB + kb, 2 * GIB);
}

/* A domU of what is usable; dom0 gives nothing. */
static sim_dom *full_host_init(uint64_t kb)
{
    sim_dom *dom;

    sim_reseed(1);
    memset(jobs, 0, sizeof(jobs));
    sim_init(&host, 64 * MIB + FLOOR_KB + HEADROOM_KB + kb, FLOOR_KB);
    dom = sim_add_dom(&host, SIM_IDEAL, kb - MIB);
    dom->dynamic_min_kb = dom->tot_kb;
    return dom;
}

static void raise(sim_proc *p)
{
    const xlmem_policy policy = enforce();

    SIM_CHECK(!xlmem_guard_repay(p->ctx, &policy));
}

static void check_promises(void)
{
    SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
    SIM_CHECK(host.least_dom0_target_kb >= FLOOR_KB);
    SIM_CHECK(host.least_available_kb >= RESERVE_KB);
}

/* When all that was created has left nothing is reserved or owed. */
static void check_end(void)
{
    sim_leave(&host, raise);
    check_promises();
    SIM_CHECK(host.doms[0].target_kb == host.doms[0].original_kb);
}

static uint64_t first_seed(void)
{
    test_seed();
    return test_state;
}

/* ----------------------------------------------------------- zombies --- */

static void a_zombie_is_nothing_to_who_fits(void **state)
{
    sim_dom *dom;
    int64_t start;

    (void)state;
    host_init(1, GIB);
    dom = sim_add_dom(&host, SIM_IDEAL, 100 * MIB);
    dom->held_kb = 8;
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
    SIM_CHECK(dom->used && dom->tot_kb == 8);
    start = host.now_ms;
    SIM_CHECK(!create_one(900 * MIB));
    SIM_CHECK(host.now_ms - start < 1000);
    SIM_CHECK(host.doms[0].target_kb == 2 * GIB);
    check_promises();
    sim_dispose(&host);
}

/* Whoever maps its pages lets them go after three seconds. */
static void a_zombie_for_a_time_is_waited_for(void **state)
{
    sim_dom *dom;
    int64_t start;

    (void)state;
    dom = full_host_init(GIB);
    dom->held_kb = 512 * MIB;
    dom->held_until = host.now_ms + 3000;
    sim_destroy(&host, dom);
    start = host.now_ms;
    SIM_CHECK(!create_one(GIB - MIB));
    SIM_CHECK(host.now_ms - start >= 3000 && host.now_ms - start < 5000);
    SIM_CHECK(!dom->used || dom->uuid[0] == 'a');
    check_promises();
    sim_dispose(&host);
}

/* ------------------------------------------------------------- pools --- */

/* All of it: what the guest had and its pool. */
static void the_pool_of_a_dying_domain_is_waited_for(void **state)
{
    sim_dom *dom;

    (void)state;
    dom = full_host_init(GIB + 16 * MIB);
    dom->tot_kb -= 16 * MIB;
    sim_mem_set(dom, dom->tot_kb);
    dom->pool_kb = 16 * MIB;
    sim_destroy(&host, dom);
    SIM_CHECK(!create_one(GIB + 16 * MIB));
    check_promises();
    sim_dispose(&host);
}

/* Room for 3 of 8, whose pools are part of what they need. */
static void as_many_run_with_pools_as_fit(void **state)
{
    const uint64_t kb = 256 * MIB, seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 60; i++) {
        sim_reseed(seed + i);
        memset(jobs, 0, sizeof(jobs));
        sim_init(&host, 64 * MIB + FLOOR_KB + HEADROOM_KB + 3 * (kb + MIB),
                 FLOOR_KB);
        host.build_pool_kb = sim_between(1, 32) * MIB;
        for (n = 0; n < NR_JOBS; n++)
            add_job(n, kb, 0);
        sim_run(&host);
        SIM_CHECK(nr_running() == 3);
        check_promises();
        sim_dispose(&host);
    }
}

/* ------------------------------------------------------ dom0's memory --- */

/* Each costs dom0 what it said, from the moment it is being built. */
static void dom0_keeps_its_reserve(void **state)
{
    const uint64_t seed = first_seed();
    size_t most = 0, n;
    uint64_t i;

    (void)state;
    for (i = 0; i < 100; i++) {
        host_init(seed + i, 4 * GIB);
        host.dom0_used_kb = 2 * GIB - RESERVE_KB - 200 * MIB;
        host.domu_dom0_kb = 60 * MIB;
        host.build_ms = (int64_t)sim_between(0, 4000);
        for (n = 0; n < NR_JOBS; n++)
            add_job(n, sim_between(16, 256) * MIB, 60 * MIB);
        sim_run(&host);
        SIM_CHECK(nr_running() <= 3);
        most = nr_running() > most ? nr_running() : most;
        check_promises();
        check_end();
        sim_dispose(&host);
    }
    SIM_CHECK(most == 3);
}

/* -------------------------------------------------- forked children --- */

/* Whoever is killed leaves a child that has all its descriptors. */
static void a_child_of_the_dead_keeps_nothing_for_long(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 100; i++) {
        host_init(seed + i, GIB);
        for (n = 0; n < NR_JOBS; n++) {
            sim_proc *p = add_job(n, sim_between(64, 640) * MIB, MIB);

            p->child_ms = 5000;
            p->kill_in = sim_between(0, 1) ? (int64_t)sim_between(0, 80) : -1;
        }
        sim_run(&host);
        check_promises();
        check_end();
        sim_dispose(&host);
    }
}

/* It was killed while it decided; the child lives for half a minute. */
static void the_lock_of_the_dead_is_waited_for(void **state)
{
    int64_t start;

    (void)state;
    host_init(1, GIB);
    host.lock_until = host.now_ms + 30000;
    start = host.now_ms;
    SIM_CHECK(!create_one(512 * MIB));
    SIM_CHECK(host.now_ms - start >= 30000 && host.now_ms - start < 31000);
    sim_dispose(&host);
}

/* ------------------------------------------------------ what is known --- */

/* It is not asked; its neighbour is. */
static void garbage_in_one_domains_nodes_is_its_own(void **state)
{
    sim_dom *bad, *good;

    (void)state;
    full_host_init(GIB);
    host.total_kb += 2 * GIB;
    bad = sim_add_dom(&host, SIM_IDEAL, GIB - MIB);
    good = sim_add_dom(&host, SIM_IDEAL, GIB - MIB);
    bad->bad_nodes = true;
    bad->dynamic_min_kb = 0;
    SIM_CHECK(!create_one(200 * MIB));
    SIM_CHECK(bad->target_kb == GIB - MIB);
    SIM_CHECK(good->target_kb < GIB - MIB);
    check_promises();
    sim_dispose(&host);
}

/* ---------------------------------------------------------- others --- */

/* Somebody lets a domU take more, without asking: what it may take is not
 * promised to anybody, and it takes it. */
static void what_a_maximum_allows_is_not_promised(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 60; i++) {
        sim_dom *dom;

        host_init(seed + i, GIB);
        dom = sim_add_dom(&host, SIM_GREEDY, 128 * MIB);
        sim_mem_max(dom, 640 * MIB);
        for (n = 0; n < NR_JOBS; n++)
            add_job(n, 150 * MIB, 0);
        sim_run(&host);
        check_promises();
        SIM_CHECK(dom->tot_kb == 640 * MIB);
        sim_dispose(&host);
    }
}

static void lower_guests(sim_proc *p)
{
    int n;

    for (n = 0; n < 12; n++) {
        sim_dom *dom = &host.doms[sim_between(1, 3)];

        if (!sim_step(p))
            return;
        if (dom->target_kb > 64 * MIB && !dom->dies_at)
            sim_mem_set(dom, dom->target_kb - sim_between(1, 32) * MIB);
        sim_pass(&host, (int64_t)sim_between(0, 300));
    }
}

/* Another program takes guests down for reasons of its own. */
static void a_second_author_takes_nothing_from_anybody(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 100; i++) {
        host_init(seed + i, 2 * GIB);
        for (n = 0; n < 3; n++)
            sim_add_dom(&host, SIM_IDEAL, 500 * MIB);
        sim_add_proc(&host, lower_guests, NULL, -1);
        for (n = 0; n < NR_JOBS; n++)
            add_job(n, sim_between(64, 512) * MIB, MIB);
        sim_run(&host);
        check_promises();
        check_end();
        for (n = 1; n <= 3; n++)
            SIM_CHECK(host.doms[n].target_kb <= 500 * MIB);
        sim_dispose(&host);
    }
}

TEST_GROUP(world)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zombie_is_nothing_to_who_fits),
        cmocka_unit_test(a_zombie_for_a_time_is_waited_for),
        cmocka_unit_test(the_pool_of_a_dying_domain_is_waited_for),
        cmocka_unit_test(as_many_run_with_pools_as_fit),
        cmocka_unit_test(dom0_keeps_its_reserve),
        cmocka_unit_test(a_child_of_the_dead_keeps_nothing_for_long),
        cmocka_unit_test(the_lock_of_the_dead_is_waited_for),
        cmocka_unit_test(garbage_in_one_domains_nodes_is_its_own),
        cmocka_unit_test(what_a_maximum_allows_is_not_promised),
        cmocka_unit_test(a_second_author_takes_nothing_from_anybody),
    };

    return test_run(tests, NULL, NULL);
}
