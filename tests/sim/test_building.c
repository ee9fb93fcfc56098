/* SPDX-License-Identifier: LGPL-2.1-only */
/* Building takes memory of dom0 that comes back: creates that dom0 is short
 * for only because others are being built stand in line for it. */
#include "sim.h"

#define FLOOR_KB GIB
#define RESERVE_KB (64 * MIB)
#define NR_JOBS 8
#define BUILD_KB (66 * MIB)
#define STAYS_KB MIB

typedef struct job {
    char uuid[37];
    int64_t later_ms; /* than the others */
    int64_t hangs_ms; /* between the decision and the build */
    uint64_t wait_ms; /* the policy's */
    bool runs;
    int64_t ran_at;
    int rc;
    xlmem_verdict verdict;
} job;

static sim host;
static job jobs[NR_JOBS];

static void create(sim_proc *p)
{
    xlmem_guard_request request = {.no_plan = false};
    xlmem_hold *hold = NULL;
    xlmem_policy policy;
    job *j = p->arg;

    xlmem_policy_init(&policy);
    policy.mode = XLMEM_MODE_ENFORCE;
    policy.dom0_floor_kb = FLOOR_KB;
    policy.dom0_reserve_kb = RESERVE_KB;
    policy.wait_ms = j->wait_ms;
    if (j->later_ms)
        sim_backend.sleep_ms(p, j->later_ms);
    request.uuid = j->uuid;
    XLMEM_SET(&request, need_kb, 96 * MIB);
    XLMEM_SET(&request, dom0_need_kb, BUILD_KB + STAYS_KB);
    XLMEM_SET(&request, dom0_build_kb, BUILD_KB);
    j->rc = xlmem_guard(p->ctx, &policy, &request, &j->verdict, &hold);
    if (j->rc)
        return;
    if (j->hangs_ms)
        sim_backend.sleep_ms(p, j->hangs_ms);
    j->runs = sim_build(p, j->uuid, 96 * MIB) != NULL;
    j->ran_at = p->sim->now_ms;
    if (!p->dead)
        SIM_CHECK(j->runs);
    xlmem_hold_release(p->ctx, hold, true);
}

/* Room in Xen for all, and in dom0 for two that are being built. */
static void host_init(uint64_t seed)
{
    size_t n;

    sim_reseed(seed);
    sim_init(&host, 64 * MIB + 4 * GIB, FLOOR_KB);
    host.dom0_used_kb = FLOOR_KB - RESERVE_KB - 150 * MIB;
    host.build_dom0_kb = BUILD_KB;
    host.domu_dom0_kb = STAYS_KB;
    host.build_ms = 3000;
    for (n = 0; n < NR_JOBS; n++) {
        jobs[n] = (job){.rc = 4711, .wait_ms = 10000};
        snprintf(jobs[n].uuid, sizeof(jobs[n].uuid),
                 "aaaaaaaa-0000-4000-8000-%012zu", n);
    }
}

static uint64_t first_seed(void)
{
    test_seed();
    return test_state;
}

/* Each is served within its wait after the one before it, though the last of
 * them is served after more than that. */
static void all_are_built_one_after_the_other(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 40; i++) {
        host_init(seed + i);
        for (n = 0; n < NR_JOBS; n++)
            sim_add_proc(&host, create, &jobs[n], -1);
        sim_run(&host);
        SIM_CHECK(host.least_available_kb >= RESERVE_KB);
        for (n = 0; n < NR_JOBS; n++)
            SIM_CHECK(jobs[n].runs);
        SIM_CHECK(!sim_nr_entries(&host));
        sim_dispose(&host);
    }
}

/* They asked one after the other, and are served so. */
static void they_are_served_in_order(void **state)
{
    size_t n;

    (void)state;
    host_init(1);
    for (n = 0; n < NR_JOBS; n++) {
        jobs[n].later_ms = 1 + 100 * (int64_t)n;
        sim_add_proc(&host, create, &jobs[n], -1);
    }
    sim_run(&host);
    for (n = 0; n < NR_JOBS; n++)
        SIM_CHECK(jobs[n].runs);
    for (n = 2; n < NR_JOBS; n++)
        SIM_CHECK(jobs[n - 2].ran_at < jobs[n].ran_at);
    sim_dispose(&host);
}

/* Both builders hang: who waits is refused when his wait is over, and told
 * which side it was, and dom0 is not asked for anything. */
static void who_waits_for_builders_that_hang_is_told_so(void **state)
{
    const xlmem_finding *last;
    size_t n;

    (void)state;
    host_init(1);
    for (n = 0; n < 3; n++) {
        jobs[n].later_ms = 1 + 100 * (int64_t)n;
        jobs[n].hangs_ms = 60000;
        sim_add_proc(&host, create, &jobs[n], -1);
    }
    sim_run(&host);
    SIM_CHECK(jobs[0].runs && jobs[1].runs && !jobs[2].runs);
    SIM_CHECK(jobs[2].rc == XLMEM_ERROR_TIMEDOUT);
    SIM_CHECK(jobs[2].verdict.kind == XLMEM_REFUSE);
    last = &jobs[2].verdict.reasons[jobs[2].verdict.nr_reasons - 1];
    SIM_CHECK(!strcmp(last->id, "late") && strstr(last->text, "dom0"));
    SIM_CHECK(host.doms[0].target_kb == host.doms[0].original_kb);
    SIM_CHECK(!sim_nr_entries(&host));
    sim_dispose(&host);
}

static void killed_builders_leave_room(void **state)
{
    const uint64_t seed = first_seed();
    uint64_t i;
    size_t n;

    (void)state;
    for (i = 0; i < 60; i++) {
        host_init(seed + i);
        for (n = 0; n < NR_JOBS; n++) {
            jobs[n].wait_ms = 30000;
            sim_add_proc(&host, create, &jobs[n],
                         n % 2 ? (int64_t)sim_between(0, 60) : -1);
        }
        sim_run(&host);
        SIM_CHECK(host.least_available_kb >= RESERVE_KB);
        sim_dispose(&host);
    }
}

/* It builds for three times as long as a wait, and comes further within each:
 * what dom0 is short of stays the same until it is done. */
static void who_waits_for_a_builder_that_works_waits_on(void **state)
{
    size_t n;

    (void)state;
    host_init(1);
    host.build_ms = 12000;
    for (n = 0; n < 3; n++) {
        jobs[n].later_ms = 1 + 100 * (int64_t)n;
        jobs[n].wait_ms = 4000;
        sim_add_proc(&host, create, &jobs[n], -1);
    }
    sim_run(&host);
    SIM_CHECK(host.least_available_kb >= RESERVE_KB);
    for (n = 0; n < 3; n++)
        SIM_CHECK(jobs[n].runs);
    SIM_CHECK(!sim_nr_entries(&host));
    sim_dispose(&host);
}

TEST_GROUP(building)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_built_one_after_the_other),
        cmocka_unit_test(they_are_served_in_order),
        cmocka_unit_test(who_waits_for_builders_that_hang_is_told_so),
        cmocka_unit_test(who_waits_for_a_builder_that_works_waits_on),
        cmocka_unit_test(killed_builders_leave_room),
    };

    return test_run(tests, NULL, NULL);
}
