/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Guards, whose plans take memory and give it back, and two who balance, at
 * random side by side, who die between any two of their calls: all that plans
 * took comes back, and nothing else.
 */
#include "sim.h"

#include "engine/guard/targets.h"
#include "model/plan.h"

#define FLOOR_KB GIB
#define HEADROOM_KB (72 * MIB)
#define NR_JOBS 6
#define NR_GUESTS 3

static sim host;

typedef struct job {
    char uuid[37];
    uint64_t need_kb;
    bool runs;
} job;

static job jobs[NR_JOBS];

static xlmem_policy enforce(void)
{
    return sim_policy(FLOOR_KB);
}

static xlmem_step step_from(uint64_t domid, uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {from_kb,
                             to_kb,
                             (uint32_t)domid,
                             XLMEM_STEP_TARGET,
                             XLMEM_AUTHOR_DAEMON,
                             XLMEM_WHY_DEMAND};

    return step;
}

/*
 * What each has when all is over and paid: what he says last, or, where a plan
 * has taken something that is not paid yet, what that found, if it is more.
 * Two figures: he may have been killed before or after he set a target.
 */
typedef struct due {
    uint64_t low_kb, high_kb;
} due;

static due dues[NR_GUESTS + 1];

static void create(sim_proc *p)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.no_plan = false};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;
    job *j = p->arg;

    policy.wait_ms = 10000;
    request.uuid = j->uuid;
    XLMEM_SET(&request, need_kb, j->need_kb);
    if (xlmem_guard(p->ctx, &policy, &request, &verdict, &hold))
        return;
    j->runs = sim_build(p, j->uuid, j->need_kb) != NULL;
    if (!p->dead)
        SIM_CHECK(j->runs);
    xlmem_hold_release(p->ctx, hold, j->runs);
}

static uint64_t now_kb(const xlmem_host *seen, size_t domid)
{
    const xlmem_dom *dom = xlmem_host_find_dom(seen, domid);

    if (!domid)
        return seen->dom0.balloon_target_kb;
    return dom ? dom->target_kb : 0;
}

/* One of them gives a part of what it may, another gets a part of what is
 * usable before that. */
static void plan_moves(const xlmem_host *seen, const xlmem_account *account,
                       xlmem_plan *plan)
{
    const size_t gives = sim_between(0, NR_GUESTS);
    const size_t takes = sim_between(0, NR_GUESTS);
    const uint64_t low_kb = gives ? host.doms[gives].dynamic_min_kb : FLOOR_KB;
    const uint64_t from_kb = now_kb(seen, gives), to_kb = now_kb(seen, takes);
    const uint64_t room_kb = host.doms[takes].original_kb - to_kb;
    const uint64_t most_kb =
        account->usable_kb < room_kb ? account->usable_kb : room_kb;
    xlmem_step step;

    if (from_kb > low_kb) {
        step = step_from(gives, from_kb,
                         from_kb - (sim_between(0, from_kb - low_kb) & ~3UL));
        xlmem__plan_add(plan, &step);
    }
    if (takes != gives && host.doms[takes].original_kb > to_kb) {
        step =
            step_from(takes, to_kb, to_kb + (sim_between(0, most_kb) & ~3UL));
        xlmem__plan_add(plan, &step);
    }
}

/* The highest target that a plan found of it and that is written down. */
static uint64_t written_kb(const xlmem__entries *entries, uint64_t domid)
{
    uint64_t kb = 0;
    size_t i, j;

    for (i = 0; i < entries->nr; i++)
        for (j = 0; j < entries->list[i].entry.plan.nr_steps; j++) {
            const xlmem_step *step = &entries->list[i].entry.plan.steps[j];

            if (step->domid == domid && xlmem__step_is_owed(step) &&
                step->from_kb > kb)
                kb = step->from_kb;
        }
    return kb;
}

/* Between the least and the most that may be due: what has been paid, and was
 * taken again by him, may still be written down, and then is paid again. */
static void note_dues(const xlmem__entries *entries, const xlmem_plan *plan,
                      bool dead)
{
    size_t i;

    for (i = 0; i < plan->nr_steps; i++) {
        const xlmem_step *step = &plan->steps[i];
        const uint64_t owed = host.doms[step->domid].owed_kb;
        const uint64_t written = written_kb(entries, step->domid);
        const uint64_t low = owed > step->to_kb ? owed : step->to_kb;
        const uint64_t high = written > step->to_kb ? written : step->to_kb;
        due *d = &dues[step->domid];

        if (!dead)
            *d = (due){low, high};
        if (d->low_kb > low)
            d->low_kb = low;
        if (d->high_kb < high)
            d->high_kb = high;
    }
}

static bool balance_once(sim_proc *p, xlmem_hold **intent)
{
    const xlmem_policy policy = enforce();
    xlmem_plan plan = {.nr_steps = 0};
    xlmem_account account;
    xlmem__books books;
    int rcs[XLMEM_STEPS_MAX];
    int rc = xlmem__guard_lock(p->ctx);

    if (rc)
        return !p->dead;
    rc = xlmem__books_read(p->ctx, NULL, NULL, &books);
    if (!rc)
        rc = xlmem__books_ask_guests(p->ctx, &books);
    if (!rc)
        rc = xlmem_account_of(&books.host, &policy, &account);
    if (!rc) {
        plan_moves(&books.host, &account, &plan);
        xlmem__plan_move(p->ctx, &books.entries, intent, &plan, rcs);
        note_dues(&books.entries, &plan, p->dead);
    }
    xlmem__books_dispose(&books);
    xlmem__guard_unlock(p->ctx);
    return !p->dead;
}

static void balance(sim_proc *p)
{
    const size_t nr = sim_between(1, 25);
    xlmem_hold *intent = NULL;
    size_t i;

    p->balances = true;
    for (i = 0; i < nr && balance_once(p, &intent); i++)
        p->ctx->backend->sleep_ms(p, (int64_t)sim_between(0, 400));
    xlmem__moves_end(p->ctx, intent);
}

static void pay(sim_proc *p)
{
    const xlmem_policy policy = enforce();

    SIM_CHECK(!xlmem_guard_repay(p->ctx, &policy));
}

static void check_promises(void)
{
    SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
    SIM_CHECK(host.least_dom0_target_kb >= FLOOR_KB);
}

/* All that plans took has come back, and nothing else. */
static void check_end(void)
{
    size_t i;

    sim_leave(&host, pay);
    check_promises();
    for (i = 0; i <= NR_GUESTS; i++) {
        SIM_CHECK(host.doms[i].target_kb >= dues[i].low_kb);
        SIM_CHECK(host.doms[i].target_kb <= dues[i].high_kb);
    }
}

static void run_beside(uint64_t seed, bool deaths)
{
    size_t n;

    sim_reseed(seed);
    memset(jobs, 0, sizeof(jobs));
    sim_init(&host, 64 * MIB + 2 * GIB + HEADROOM_KB + 2 * GIB, 2 * GIB);
    for (n = 0; n < NR_GUESTS; n++)
        sim_add_dom(&host, SIM_IDEAL, 500 * MIB);
    for (n = 0; n <= NR_GUESTS; n++)
        dues[n] = (due){host.doms[n].target_kb, host.doms[n].target_kb};
    for (n = 0; n < 2; n++)
        sim_add_proc(&host, balance, NULL,
                     deaths && sim_between(0, 1) ? (int64_t)sim_between(0, 120)
                                                 : -1);
    for (n = 0; n < NR_JOBS; n++) {
        jobs[n].need_kb = sim_between(64, 700) * MIB;
        snprintf(jobs[n].uuid, sizeof(jobs[n].uuid),
                 "aaaaaaaa-0000-4000-8000-%012zu", n);
        sim_add_proc(&host, create, &jobs[n],
                     deaths && sim_between(0, 1) ? (int64_t)sim_between(0, 80)
                                                 : -1);
    }
    sim_run(&host);
    check_promises();
}

static void two_authors_take_nothing_from_anybody(void **state)
{
    uint64_t i, seed;

    (void)state;
    test_seed();
    seed = test_state;
    for (i = 0; i < 150; i++) {
        run_beside(seed + i, false);
        check_end();
        sim_dispose(&host);
    }
}

/* Each dies between any two of its calls. */
static void nor_do_they_when_they_die(void **state)
{
    uint64_t i, seed;

    (void)state;
    test_seed();
    seed = test_state;
    for (i = 0; i < 250; i++) {
        run_beside(seed + i, true);
        check_end();
        sim_dispose(&host);
    }
}

TEST_GROUP(authors_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_authors_take_nothing_from_anybody),
        cmocka_unit_test(nor_do_they_when_they_die),
    };

    return test_run(tests, NULL, NULL);
}
