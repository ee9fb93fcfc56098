/* SPDX-License-Identifier: LGPL-2.1-only */
/* The guard on a simulated host: many creates at once, balloons of every
 * temper, owners killed between any two steps, calls that fail. */
#include "sim.h"

#define FLOOR_KB GIB
#define HEADROOM_KB (72 * MIB)
#define NR_JOBS 12

/* One create, and what became of it. */
typedef struct job {
    xlmem_policy policy;
    uint64_t need_kb;
    uint64_t wait_ms; /* 0: the policy's */
    bool reboot, runs;
    int rc;
    xlmem_verdict verdict;
    sim_dom *dom;
    char uuid[37];
} job;

static sim host;
static job jobs[NR_JOBS];

static void job_init(job *j, size_t n, uint64_t need_kb)
{
    *j = (job){.need_kb = need_kb, .rc = 4711};
    xlmem_policy_init(&j->policy);
    j->policy.mode = XLMEM_MODE_ENFORCE;
    j->policy.dom0_floor_kb = FLOOR_KB;
    snprintf(j->uuid, sizeof(j->uuid), "aaaaaaaa-0000-4000-8000-%012zu", n);
}

static xlmem_guard_request request_of(const job *j)
{
    xlmem_guard_request request = {.reboot = j->reboot, .uuid = j->uuid};

    XLMEM_SET(&request, need_kb, j->need_kb);
    XLMEM_SET(&request, dom0_need_kb, MIB);
    if (j->wait_ms)
        XLMEM_SET(&request, wait_ms, j->wait_ms);
    return request;
}

/* What a toolstack does.  Whoever was told to go ahead finds the memory. */
static void create(sim_proc *p)
{
    job *j = p->arg;
    xlmem_guard_request request = request_of(j);
    xlmem_hold *hold = NULL;

    j->rc = xlmem_guard(p->ctx, &j->policy, &request, &j->verdict, &hold);
    if (j->rc)
        return;
    j->dom = sim_build(p, j->uuid, j->need_kb);
    j->runs = j->dom != NULL;
    if (!p->dead && j->policy.mode == XLMEM_MODE_ENFORCE && !j->reboot)
        SIM_CHECK(j->runs);
    xlmem_hold_release(p->ctx, hold, j->runs);
}

static void raise(sim_proc *p)
{
    job *j = p->arg;

    j->rc = xlmem_guard_repay(p->ctx, &j->policy);
}

static size_t nr_running(void)
{
    size_t i, nr = 0;

    for (i = 0; i < NR_JOBS; i++)
        nr += jobs[i].runs;
    return nr;
}

/* What holds at every instant, whatever is killed or fails. */
static void check_always(void)
{
    SIM_CHECK(host.least_dom0_target_kb >= FLOOR_KB);
    SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
}

/* All that was created leaves again; then nothing is owed and nothing is
 * reserved any more. */
static void check_afterwards(void)
{
    job j;
    size_t i, n;

    host.fail_bp = 0;
    for (i = 1; i < SIM_DOMS; i++)
        if (host.doms[i].used && host.doms[i].uuid[0] == 'a')
            sim_destroy(&host, &host.doms[i]);
    job_init(&j, 99, 0);
    for (n = 0; n < 4; n++) {
        sim_pass(&host, 20000);
        sim_add_proc(&host, raise, &j, -1);
        sim_run(&host);
        SIM_CHECK(!j.rc);
    }
    check_always();
    SIM_CHECK(!sim_nr_entries(&host));
    for (i = 0; i < SIM_DOMS; i++)
        if (host.doms[i].used && !host.doms[i].dies_at)
            SIM_CHECK(host.doms[i].target_kb == host.doms[i].original_kb);
    SIM_CHECK(host.doms[0].maxmem_kb == XLMEM_NO_MAXMEM_KB);
}

static uint64_t first_seed(void)
{
    test_seed();
    return test_state;
}

/* ------------------------------------------------------------- tests --- */

static void await(sim_proc *p)
{
    job *j = p->arg;
    xlmem_guard_request request = request_of(j);

    j->rc = xlmem_guard_await(p->ctx, &j->policy, &request, &j->verdict);
}

static void leave_later(sim_proc *p)
{
    int i;

    for (i = 0; i < 40; i++)
        sim_step(p);
    sim_pass(p->sim, 3000);
    sim_destroy(p->sim, p->arg);
}

/* Somebody leaves after a while; who awaits that takes nothing. */
static void awaiting_ends_when_it_fits(void **state)
{
    sim_dom *dom;
    int64_t start;

    (void)state;
    sim_reseed(first_seed());
    sim_init(&host, 8 * GIB, FLOOR_KB);
    dom = sim_add_dom(&host, SIM_IDEAL, 5 * GIB);
    dom->dynamic_min_kb = dom->tot_kb;
    job_init(&jobs[0], 0, 4 * GIB);
    sim_add_proc(&host, await, &jobs[0], -1);
    sim_run(&host);
    SIM_CHECK(jobs[0].rc == XLMEM_ERROR_NO_HEADROOM);
    SIM_CHECK(jobs[0].verdict.kind == XLMEM_REFUSE);
    jobs[0].wait_ms = 2000;
    start = host.now_ms;
    sim_add_proc(&host, await, &jobs[0], -1);
    sim_run(&host);
    SIM_CHECK(jobs[0].rc == XLMEM_ERROR_TIMEDOUT);
    SIM_CHECK(host.now_ms - start >= 2000 && host.now_ms - start < 3000);
    jobs[0].wait_ms = 60000;
    sim_add_proc(&host, await, &jobs[0], -1);
    sim_add_proc(&host, leave_later, dom, -1);
    sim_run(&host);
    SIM_CHECK(!jobs[0].rc && jobs[0].verdict.kind != XLMEM_REFUSE);
    SIM_CHECK(!sim_nr_entries(&host));
    SIM_CHECK(host.doms[0].target_kb == host.doms[0].original_kb);
    sim_dispose(&host);
}

/* Room for 3 of 8 beside headroom, and dom0 at its floor. */
static void exactly_as_many_run_as_fit(void **state)
{
    const uint64_t kb = 256 * MIB, seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 150; i++) {
        sim_reseed(seed + i);
        sim_init(&host, 64 * MIB + FLOOR_KB + HEADROOM_KB + 3 * (kb + MIB),
                 FLOOR_KB);
        memset(jobs, 0, sizeof(jobs));
        for (n = 0; n < 8; n++) {
            job_init(&jobs[n], n, kb);
            sim_add_proc(&host, create, &jobs[n], -1);
        }
        sim_run(&host);
        SIM_CHECK(nr_running() == 3);
        for (n = 0; n < 8; n++)
            SIM_CHECK(!jobs[n].rc || jobs[n].rc == XLMEM_ERROR_NO_HEADROOM);
        SIM_CHECK(!sim_nr_entries(&host));
        check_afterwards();
        sim_dispose(&host);
    }
}

/* dom0 has 1 GiB above its floor: room for 3 of 6 by plans. */
static void plans_of_many_add_up(void **state)
{
    const uint64_t kb = 330 * MIB, seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 150; i++) {
        sim_reseed(seed + i);
        sim_init(&host, 64 * MIB + 2 * GIB + HEADROOM_KB, 2 * GIB);
        memset(jobs, 0, sizeof(jobs));
        for (n = 0; n < 6; n++) {
            job_init(&jobs[n], n, kb);
            sim_add_proc(&host, create, &jobs[n], -1);
        }
        sim_run(&host);
        SIM_CHECK(nr_running() == 3);
        check_always();
        check_afterwards();
        sim_dispose(&host);
    }
}

/* Hosts, guests and creates of any kind. */
static void random_world(void)
{
    size_t n;

    sim_init(&host, 64 * MIB + 6 * GIB, 2 * GIB);
    for (n = 0; n < 6; n++)
        sim_add_dom(&host, (enum sim_temper)sim_between(0, SIM_NR_TEMPERS - 1),
                    sim_between(64, 512) * MIB);
    memset(jobs, 0, sizeof(jobs));
    for (n = 0; n < NR_JOBS; n++) {
        job_init(&jobs[n], n, sim_between(16, 1024) * MIB);
        if (!sim_between(0, 3))
            jobs[n].wait_ms = sim_between(1, 30000);
        jobs[n].policy.wait_ms = sim_between(0, 20000);
    }
}

static void killed_anywhere_nothing_is_lost(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 400; i++) {
        sim_reseed(seed + i);
        random_world();
        for (n = 0; n < NR_JOBS; n++)
            sim_add_proc(&host, create, &jobs[n],
                         sim_between(0, 2) ? (int64_t)sim_between(0, 120)
                                           : -1);
        sim_run(&host);
        check_always();
        check_afterwards();
        sim_dispose(&host);
    }
}

/* One create that needs a plan, killed at each of its calls in turn. */
static void killed_at_each_step(void **state)
{
    int64_t at;

    (void)state;
    for (at = 0;; at++) {
        bool finished;

        sim_reseed(42);
        sim_init(&host, 64 * MIB + 3 * GIB, 2 * GIB);
        sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
        job_init(&jobs[0], 0, GIB + 256 * MIB);
        sim_add_proc(&host, create, &jobs[0], at);
        sim_run(&host);
        finished = !jobs[0].rc && jobs[0].runs;
        check_always();
        check_afterwards();
        sim_dispose(&host);
        if (finished && at > 200)
            break;
    }
    print_message("%lld deaths\n", (long long)at);
}

static void failing_calls_do_no_harm(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 400; i++) {
        sim_reseed(seed + i);
        random_world();
        host.fail_bp = (unsigned)sim_between(10, 1000);
        for (n = 0; n < NR_JOBS; n++)
            sim_add_proc(&host, create, &jobs[n], -1);
        sim_run(&host);
        check_always();
        check_afterwards();
        sim_dispose(&host);
    }
}

TEST_GROUP(guard)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(awaiting_ends_when_it_fits),
        cmocka_unit_test(exactly_as_many_run_as_fit),
        cmocka_unit_test(plans_of_many_add_up),
        cmocka_unit_test(killed_at_each_step),
        cmocka_unit_test(killed_anywhere_nothing_is_lost),
        cmocka_unit_test(failing_calls_do_no_harm),
    };

    return test_run(tests, NULL, NULL);
}
