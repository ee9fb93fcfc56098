/* SPDX-License-Identifier: LGPL-2.1-only */
/* States in which a host stays for ever, or starves, and what is right then:
 * who can be helped is helped, and whoever stands in the way is named. */
#include "one.h"

#define OTHER "aaaaaaaa-0000-4000-8000-000000000002"
#define RESERVE_KB (64 * MIB)
/* An id that is no other number in a message. */
#define ODD_ID 7741

static int guard(uint64_t kb, uint64_t dom0_kb, xlmem_verdict *verdict,
                 xlmem_hold **hold)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(kb);

    policy.dom0_reserve_kb = RESERVE_KB;
    XLMEM_SET(&request, dom0_need_kb, dom0_kb);
    return xlmem_guard(me->ctx, &policy, &request, verdict, hold);
}

static bool names(const xlmem_verdict *verdict, const char *id)
{
    size_t i;

    for (i = 0; i < verdict->nr_reasons; i++)
        if (strstr(verdict->reasons[i].text, id))
            return true;
    return false;
}

/* ----------------------------------------------------------- zombies --- */

static sim_dom *add_zombie(uint64_t kb, uint64_t held_kb)
{
    sim_dom *dom;

    host.next_domid = ODD_ID;
    dom = sim_add_dom(&host, SIM_IDEAL, kb);
    dom->held_kb = held_kb;
    sim_destroy(&host, dom);
    return dom;
}

/* Two pages that somebody maps: dom0 gives what is short, within 10 s. */
static void two_pages_of_a_zombie_stop_nobody(void **state)
{
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    int64_t start = host.now_ms;

    (void)state;
    add_zombie(100 * MIB, 8);
    assert_int_equal(guard(2 * GIB + 512 * MIB, MIB, &verdict, &hold), 0);
    assert_true(host.now_ms - start < 10000);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    assert_true(sim_free_kb(&host) >= 2 * GIB + 512 * MIB + 72 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
}

/* 512 MiB that do not come: dom0 gives those, too. */
static void what_a_zombie_keeps_comes_from_elsewhere(void **state)
{
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    add_zombie(600 * MIB, 512 * MIB);
    sim_pass(&host, 1000);
    assert_int_equal(guard(2 * GIB, MIB, &verdict, &hold), 0);
    assert_true(host.doms[0].target_kb <= 2 * GIB - 512 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
}

/* Nobody else can give it: the refusal says which domain does not die. */
static void a_refusal_names_the_zombie(void **state)
{
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    add_zombie(600 * MIB, 512 * MIB);
    sim_pass(&host, 1000);
    assert_true(guard(2 * GIB + 900 * MIB, MIB, &verdict, &hold) < 0);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_true(names(&verdict, "7741"));
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* --------------------------------------------- ceilings without a use --- */

/* Nobody builds it any more: it takes nothing of the 2.4 GB that it may. */
static void a_half_built_domain_does_not_grow(void **state)
{
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    sim_add_half_built(&host, 60 * MIB, 2400 * MIB);
    assert_int_equal(guard(512 * MIB, MIB, &verdict, &hold), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem_hold_release(me->ctx, hold, false);
}

static void a_refusal_names_what_was_half_built(void **state)
{
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    (void)state;
    host.next_domid = ODD_ID;
    sim_add_half_built(&host, 1500 * MIB, 3 * GIB);
    assert_true(guard(2 * GIB, MIB, &verdict, &hold) < 0);
    assert_true(names(&verdict, "7741"));
}

/* `xl mem-max`: what one domain may take is kept from all others. */
static void a_refusal_names_whose_maximum_was_raised(void **state)
{
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    sim_dom *dom;

    (void)state;
    host.next_domid = ODD_ID;
    dom = sim_add_dom(&host, SIM_IDEAL, 128 * MIB);
    dom->dynamic_min_kb = dom->tot_kb;
    sim_mem_max(dom, 3 * GIB);
    assert_true(guard(512 * MIB, MIB, &verdict, &hold) < 0);
    assert_true(names(&verdict, "7741"));
}

/* ------------------------------------------------------ dom0's memory --- */

typedef struct job {
    char uuid[37];
    uint64_t need_kb, dom0_need_kb, dom0_build_kb;
    int64_t later_ms; /* than the others */
    bool runs;
    int rc;
} job;

#define NR_JOBS 8
#define BUILD_KB (66 * MIB)

static sim world;

static void create(sim_proc *p)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.no_plan = false};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    job *j = p->arg;

    policy.dom0_reserve_kb = RESERVE_KB;
    policy.wait_ms = 30000;
    if (j->later_ms)
        sim_backend.sleep_ms(p, j->later_ms);
    request.uuid = j->uuid;
    XLMEM_SET(&request, need_kb, j->need_kb);
    XLMEM_SET(&request, dom0_need_kb, j->dom0_need_kb);
    XLMEM_SET(&request, dom0_build_kb, j->dom0_build_kb);
    j->rc = xlmem_guard(p->ctx, &policy, &request, &verdict, &hold);
    if (j->rc)
        return;
    j->runs = sim_build(p, j->uuid, j->need_kb) != NULL;
    SIM_CHECK(j->runs);
    xlmem_hold_release(p->ctx, hold, true);
}

static void add_job(job *j, size_t n, uint64_t need_kb, uint64_t dom0_need_kb)
{
    *j = (job){.need_kb = need_kb, .dom0_need_kb = dom0_need_kb, .rc = 4711};
    snprintf(j->uuid, sizeof(j->uuid), "aaaaaaaa-0000-4000-8000-%012zu", n);
    sim_add_proc(&world, create, j, -1);
}

/* All but a MiB of what it takes of dom0 comes back when it is built. */
static void add_build(job *j, size_t n)
{
    add_job(j, n, 96 * MIB, BUILD_KB + MIB);
    j->dom0_build_kb = BUILD_KB;
}

/* 948 MiB are available, 884 beside the reserve, and 1 GiB lies above the
 * floor.  What dom0 was asked for and has not given yet shows in neither: the
 * second plan may not have it once more. */
static void what_dom0_owes_it_cannot_give_again(void **state)
{
    job jobs[2];

    (void)state;
    sim_reseed(1);
    sim_init(&world, 64 * MIB + 2 * GIB + 72 * MIB, 2 * GIB);
    world.doms[0].temper = SIM_SLOW;
    world.dom0_used_kb = 1100 * MIB;
    add_job(&jobs[0], 0, 700 * MIB, 0);
    add_job(&jobs[1], 1, 300 * MIB, 0);
    jobs[1].later_ms = 1000;
    sim_run(&world);
    sim_pass(&world, 30000);
    assert_true(jobs[0].runs);
    assert_true(world.least_available_kb >= RESERVE_KB);
    sim_dispose(&world);
}

/* Eight at once, and room in dom0 for two that are being built: those who do
 * not fit wait in line until somebody is done. */
static void who_builds_waits_in_line_for_dom0(void **state)
{
    job jobs[NR_JOBS];
    uint64_t seed, i;
    size_t n;

    (void)state;
    test_seed();
    seed = test_state;
    for (i = 0; i < 20; i++) {
        sim_reseed(seed + i);
        sim_init(&world, 64 * MIB + 4 * GIB, FLOOR_KB);
        world.dom0_used_kb = FLOOR_KB - RESERVE_KB - 150 * MIB;
        world.build_dom0_kb = BUILD_KB;
        world.build_ms = 3000;
        world.domu_dom0_kb = MIB;
        for (n = 0; n < NR_JOBS; n++)
            add_build(&jobs[n], n);
        sim_run(&world);
        SIM_CHECK(world.least_available_kb >= RESERVE_KB);
        for (n = 0; n < NR_JOBS; n++)
            assert_true(jobs[n].runs);
        sim_dispose(&world);
    }
}

static void wait_for_what_does_not_come(sim_proc *p)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(2 * GIB + 330 * MIB);
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;

    XLMEM_SET(&request, wait_ms, 20000);
    SIM_CHECK(xlmem_guard(p->ctx, &policy, &request, &verdict, &hold) < 0);
}

static size_t nr_asked;

static void look_at_dom0(sim_proc *p)
{
    int n;

    sim_backend.sleep_ms(p, 8000);
    for (n = 0; n < 100; n++) {
        sim_backend.sleep_ms(p, 100);
        nr_asked += p->sim->doms[0].target_kb != 2 * GIB;
    }
}

/* dom0 has not given in 5 s and nobody else can: whoever was told to wait for
 * whatever comes waits on, and does not ask dom0 again and again. */
static void a_stuck_dom0_is_asked_once(void **state)
{
    (void)state;
    sim_reseed(1);
    sim_init(&world, 64 * MIB + 4 * GIB, 2 * GIB);
    world.doms[0].temper = SIM_STUCK;
    nr_asked = 0;
    sim_add_proc(&world, wait_for_what_does_not_come, NULL, -1);
    sim_add_proc(&world, look_at_dom0, NULL, -1);
    sim_run(&world);
    assert_true(world.now_ms >= 1000000 + 20000);
    assert_int_equal(nr_asked, 0);
    sim_dispose(&world);
}

/* ---------------------------------------------------------- the ledger --- */

/* It had 1 GiB and comes back with 100: that is no reason to refuse others. */
static void a_reboot_that_grows_starves_nobody(void **state)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(GIB);
    xlmem_hold *ahead = NULL, *hold = NULL;
    xlmem_verdict verdict;
    int rc;

    (void)state;
    policy.mode = XLMEM_MODE_ENFORCE;
    policy.reboot_wait_ms = 5000;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &ahead), 0);
    request = need(100 * GIB);
    request.reboot = true;
    rc = xlmem_guard(me->ctx, &policy, &request, &verdict, &ahead);
    request = need(512 * MIB);
    request.uuid = OTHER;
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    xlmem_hold_release(me->ctx, hold, false);
    assert_true(rc < 0);
    xlmem_hold_release(me->ctx, ahead, false);
}

TEST_GROUP(states)
{
    const struct CMUnitTest tests[] = {
        TEST(two_pages_of_a_zombie_stop_nobody),
        TEST(what_a_zombie_keeps_comes_from_elsewhere),
        TEST(a_refusal_names_the_zombie),
        TEST(a_half_built_domain_does_not_grow),
        TEST(a_refusal_names_what_was_half_built),
        TEST(a_refusal_names_whose_maximum_was_raised),
        cmocka_unit_test(what_dom0_owes_it_cannot_give_again),
        cmocka_unit_test(who_builds_waits_in_line_for_dom0),
        cmocka_unit_test(a_stuck_dom0_is_asked_once),
        TEST(a_reboot_that_grows_starves_nobody),
    };

    return test_run(tests, NULL, NULL);
}
