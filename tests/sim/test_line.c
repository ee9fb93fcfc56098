/* SPDX-License-Identifier: LGPL-2.1-only */
/* Those who wait beside each other, and what one may do to the other. */
#include "one.h"

#define OTHER "aaaaaaaa-0000-4000-8000-000000000002"
#define NR_CREATES 2

typedef struct job {
    const char *uuid;
    uint64_t need_kb;
    int64_t later_ms; /* than the other */
    bool reboot, runs;
    int rc;
} job;

static void create(sim_proc *p)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = {.no_plan = false};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    job *j = p->arg;

    policy.wait_ms = 12000;
    if (j->later_ms)
        sim_backend.sleep_ms(p, j->later_ms);
    request.uuid = j->uuid;
    request.reboot = j->reboot;
    XLMEM_SET(&request, need_kb, j->need_kb);
    if (j->reboot)
        SIM_CHECK(!xlmem_hold_ahead(p->ctx, &request, &hold));
    j->rc = xlmem_guard(p->ctx, &policy, &request, &verdict, &hold);
    if (j->rc)
        return;
    j->runs = sim_build(p, j->uuid, j->need_kb) != NULL;
    SIM_CHECK(j->runs);
    xlmem_hold_release(p->ctx, hold, true);
}

/* The first waits for dom0, which is slow; the second for a guest that does
 * not give.  Would the first wait for the second's memory, too, neither
 * ran. */
static void who_asked_first_does_not_wait_for_the_second(void **state)
{
    job jobs[NR_CREATES] = {{.uuid = UUID, .need_kb = 900 * MIB},
                            {.uuid = OTHER, .need_kb = 300 * MIB}};
    sim world;
    sim_dom *stuck;
    size_t n;

    (void)state;
    sim_reseed(1);
    sim_init(&world, 64 * MIB + 2 * GIB + 72 * MIB + 601 * MIB, 2 * GIB);
    world.doms[0].temper = SIM_SLOW;
    stuck = sim_add_dom(&world, SIM_STUCK, 600 * MIB);
    stuck->dynamic_min_kb = 200 * MIB;
    jobs[1].later_ms = 1000;
    for (n = 0; n < NR_CREATES; n++)
        sim_add_proc(&world, create, &jobs[n], -1);
    sim_run(&world);
    assert_true(jobs[0].runs);
    assert_false(jobs[1].runs);
    assert_true(jobs[1].rc < 0);
    assert_true(world.least_free_kb >= 72 * MIB);
    sim_dispose(&world);
}

/* It ran here a moment ago, and its 500 MiB are there.  Who has waited for
 * dom0 for longer does not get them, though dom0 stops when it has given what
 * those would make enough. */
static void who_reboots_is_not_behind_who_waits(void **state)
{
    job jobs[NR_CREATES] = {{.uuid = UUID, .need_kb = 800 * MIB},
                            {.uuid = OTHER, .need_kb = 500 * MIB}};
    sim world;
    size_t n;

    (void)state;
    sim_reseed(1);
    sim_init(&world, 64 * MIB + 2 * GIB + 72 * MIB + 500 * MIB, 2 * GIB);
    world.doms[0].temper = SIM_FLOOR;
    world.doms[0].floor_kb = 2 * GIB - 320 * MIB;
    jobs[1].later_ms = 50;
    jobs[1].reboot = true;
    for (n = 0; n < NR_CREATES; n++)
        sim_add_proc(&world, create, &jobs[n], -1);
    sim_run(&world);
    assert_false(jobs[0].runs);
    assert_true(jobs[1].runs);
    assert_true(world.least_free_kb >= 72 * MIB);
    sim_dispose(&world);
}

static void hold_ahead(sim_proc *p)
{
    xlmem_guard_request request = {.uuid = OTHER};
    xlmem_hold *hold = NULL;
    job *j = p->arg;

    sim_backend.sleep_ms(p, j->later_ms);
    XLMEM_SET(&request, need_kb, j->need_kb);
    SIM_CHECK(!xlmem_hold_ahead(p->ctx, &request, &hold));
    sim_backend.sleep_ms(p, 60000);
    j->runs = sim_build(p, OTHER, j->need_kb) != NULL;
    xlmem_hold_release(p->ctx, hold, j->runs);
}

/* As above, and what comes back is a minute away: its memory is its own. */
static void what_is_held_ahead_is_not_behind_who_waits(void **state)
{
    job jobs[NR_CREATES] = {{.uuid = UUID, .need_kb = 800 * MIB},
                            {.need_kb = 500 * MIB, .later_ms = 50}};
    sim world;

    (void)state;
    sim_reseed(1);
    sim_init(&world, 64 * MIB + 2 * GIB + 72 * MIB + 500 * MIB, 2 * GIB);
    world.doms[0].temper = SIM_FLOOR;
    world.doms[0].floor_kb = 2 * GIB - 320 * MIB;
    sim_add_proc(&world, create, &jobs[0], -1);
    sim_add_proc(&world, hold_ahead, &jobs[1], -1);
    sim_run(&world);
    assert_false(jobs[0].runs);
    assert_true(jobs[1].runs);
    assert_true(world.least_free_kb >= 72 * MIB);
    sim_dispose(&world);
}

static int guard(const char *uuid, uint64_t kb, uint64_t wait_ms,
                 xlmem_hold **hold)
{
    xlmem_policy policy = enforce();
    xlmem_guard_request request = need(kb);
    xlmem_verdict verdict;

    request.uuid = uuid;
    if (wait_ms)
        XLMEM_SET(&request, wait_ms, wait_ms);
    return xlmem_guard(me->ctx, &policy, &request, &verdict, hold);
}

/* Two plans took dom0 down.  While the second lives dom0 stays where that
 * wants it, however much the end of the first leaves; then it has all back. */
static void who_gives_to_a_living_plan_is_left_alone(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_hold *first = NULL, *second = NULL;
    uint64_t target_kb;

    (void)state;
    assert_int_equal(guard(UUID, 2 * GIB + 256 * MIB, 0, &first), 0);
    assert_int_equal(guard(OTHER, 256 * MIB, 0, &second), 0);
    target_kb = host.doms[0].target_kb;
    assert_true(target_kb < 2 * GIB - 500 * MIB);
    xlmem_hold_release(me->ctx, first, false);
    assert_int_equal(host.doms[0].target_kb, target_kb);
    sim_pass(&host, 10000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, target_kb);
    xlmem_hold_release(me->ctx, second, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A create that fits pays what is owed, out of what it leaves. */
static void who_fits_pays_what_is_owed(void **state)
{
    xlmem_hold *hold = NULL;
    sim_dom *dom;

    (void)state;
    assert_int_equal(guard(UUID, 2 * GIB + 256 * MIB, 0, &hold), 0);
    dom = sim_build(me, UUID, 2 * GIB + 256 * MIB);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
    hold = NULL;
    assert_int_equal(guard(OTHER, 256 * MIB, 0, &hold), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A debt is paid to the page, and dom0 before guests. */
static void dom0_has_its_own_back_first(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_hold *hold = NULL;
    sim_dom *guest, *dom;
    uint64_t took;

    (void)state;
    guest = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
    assert_int_equal(guard(UUID, 2 * GIB + 600 * MIB, 0, &hold), 0);
    assert_int_equal(host.doms[0].target_kb, FLOOR_KB);
    assert_true(guest->target_kb < 512 * MIB);
    took = 512 * MIB - guest->target_kb;
    dom = sim_build(me, UUID, 2 * GIB + 600 * MIB);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    /* The domU gives 100 MiB and 1 kB of what it has. */
    sim_mem_set(dom, dom->tot_kb - 100 * MIB - 1);
    sim_pass(&host, 5000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_in_range(host.doms[0].target_kb, FLOOR_KB + 98 * MIB,
                    FLOOR_KB + 100 * MIB);
    assert_int_equal(host.doms[0].target_kb % 4, 0);
    assert_int_equal(guest->target_kb, 512 * MIB - took);
    assert_true(sim_free_kb(&host) >= 72 * MIB);
    sim_destroy(&host, dom);
    sim_pass(&host, 20000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(guest->target_kb, 512 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Less than 4 MiB is not worth a round through the balloon, but all is. */
static void small_payments_are_made_when_they_are_all(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_hold *hold = NULL;
    uint64_t target_kb;
    sim_dom *dom;

    (void)state;
    assert_int_equal(guard(UUID, 2 * GIB + 256 * MIB, 0, &hold), 0);
    dom = sim_build(me, UUID, 2 * GIB + 256 * MIB);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    target_kb = host.doms[0].target_kb;
    sim_mem_set(dom, dom->tot_kb - 3 * MIB);
    sim_pass(&host, 5000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, target_kb);
    sim_mem_set(dom, dom->tot_kb - 400 * MIB);
    sim_pass(&host, 5000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);

    /* 2 MiB are all that was taken. */
    sim_pass(&host, 20000);
    hold = NULL;
    assert_int_equal(
        guard(OTHER, sim_free_kb(&host) - 72 * MIB - MIB + 2 * MIB, 0, &hold),
        0);
    assert_in_range(host.doms[0].target_kb, 2 * GIB - 2 * MIB - 3,
                    2 * GIB - 4);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* What a domain has claimed nobody else can take: its hold is done. */
static void a_claim_is_as_good_as_memory(void **state)
{
    xlmem_hold *hold = NULL;
    bool done, created;
    sim_dom *dom;

    (void)state;
    assert_int_equal(guard(UUID, 512 * MIB, 0, &hold), 0);
    dom = sim_add_dom(&host, SIM_IDEAL, 100 * MIB);
    dom->building = true;
    strcpy(dom->uuid, UUID);
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(created && !done);
    dom->pool_kb = 12 * MIB;
    dom->claim_kb = 400 * MIB - MIB - 4;
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_false(done);
    dom->claim_kb += 4;
    assert_int_equal(xlmem_hold_done(me->ctx, hold, &done, &created), 0);
    assert_true(done && created);
    xlmem_hold_release(me->ctx, hold, true);
}

/* More than the machine has is not waited for. */
static void what_no_machine_has_is_not_awaited(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = need(host.total_kb + 1);
    xlmem_verdict verdict;
    int64_t start = host.now_ms;

    (void)state;
    XLMEM_SET(&request, wait_ms, 60000);
    assert_int_equal(xlmem_guard_await(me->ctx, &policy, &request, &verdict),
                     XLMEM_ERROR_INFEASIBLE);
    assert_true(host.now_ms - start < 1000);
    XLMEM_SET(&request, need_kb, host.total_kb);
    assert_int_equal(xlmem_guard_await(me->ctx, &policy, &request, &verdict),
                     XLMEM_ERROR_TIMEDOUT);
    assert_true(host.now_ms - start >= 60000);
}

/* dom0 gives 150 MiB in three seconds, and would go on for five more. */
static void an_administrators_wait_is_as_long_as_he_said(void **state)
{
    xlmem_hold *hold = NULL;
    int64_t start = host.now_ms;

    (void)state;
    host.doms[0].temper = SIM_SLOW;
    assert_int_equal(guard(UUID, 2 * GIB + 330 * MIB, 3000, &hold),
                     XLMEM_ERROR_TIMEDOUT);
    assert_in_range(host.now_ms - start, 3000, 4000);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
}

/* A hold that was made ahead is its owner's, whatever is decided on it. */
static void what_is_held_ahead_outlives_a_refusal(void **state)
{
    xlmem_guard_request request = need(GIB);
    xlmem_hold *hold = NULL, *same;

    (void)state;
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    same = hold;
    assert_int_equal(guard(UUID, 8 * GIB, 0, &hold), XLMEM_ERROR_INFEASIBLE);
    assert_ptr_equal(hold, same);
    assert_int_equal(sim_nr_entries(&host), 1);
    assert_int_equal(guard(UUID, GIB, 0, &hold), 0);
    assert_ptr_equal(hold, same);
    assert_int_equal(sim_nr_entries(&host), 1);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* dom0 owed @kb, and all of it usable. */
static void owe(uint64_t kb)
{
    xlmem_hold *hold = NULL;
    sim_dom *dom;

    assert_int_equal(guard(UUID, 2 * GIB - 72 * MIB + kb, 0, &hold), 0);
    dom = sim_build(me, UUID, 2 * GIB - 72 * MIB + kb);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    assert_true(host.doms[0].target_kb < 2 * GIB);
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
}

static void only_the_mode_enforce_gives_back(void **state)
{
    xlmem_policy policy = enforce();
    uint64_t target_kb;

    (void)state;
    owe(300 * MIB);
    target_kb = host.doms[0].target_kb;
    policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, target_kb);
    policy.mode = XLMEM_MODE_ENFORCE;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
}

static int set_error;

static int set_with_error(void *user, uint64_t domid, uint64_t target_kb,
                          char *err, size_t err_len)
{
    return set_error ? set_error
                     : sim_backend.set_target_kb(user, domid, target_kb, err,
                                                 err_len);
}

/* Who has gone is owed nothing; who could not be set is owed as before. */
static void what_cannot_be_paid_stays_owed(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_backend backend = sim_backend;

    (void)state;
    owe(300 * MIB);
    backend.set_target_kb = set_with_error;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    set_error = XLMEM_ERROR_XEN;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), XLMEM_ERROR_XEN);
    assert_int_equal(sim_nr_entries(&host), 1);
    set_error = 0;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);

    owe(300 * MIB);
    set_error = XLMEM_ERROR_NOTFOUND;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(sim_nr_entries(&host), 0);
    set_error = 0;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
}

/* An entry of nobody: @kb of each of @nr domains from @first on are owed,
 * whose targets are what they have now. */
static void put_debt(uint64_t first, uint64_t nr, uint64_t kb)
{
    sim_entry *entry = &host.ledger[SIM_ENTRIES - 1];
    uint64_t i;
    size_t len;

    *entry = (sim_entry){.used = true, .owner = -1, .nr = 1000};
    len = (size_t)snprintf(entry->text, sizeof(entry->text),
                           "xlmem-reservation 1\n"
                           "uuid 00000000-0000-0000-0000-000000000000\n"
                           "need_kb 0\n");
    for (i = first; i < first + nr; i++)
        len +=
            (size_t)snprintf(entry->text + len, sizeof(entry->text) - len,
                             "step %llu %llu %llu\n", (unsigned long long)i,
                             (unsigned long long)(host.doms[i].target_kb + kb),
                             (unsigned long long)host.doms[i].target_kb);
    snprintf(entry->text + len, sizeof(entry->text) - len, "end\n");
}

/* dom0 was asked for 512 MiB, which it is owed, and has them still. */
static void owe_what_it_holds(void)
{
    host.doms[0].temper = SIM_STUCK;
    sim_mem_set(&host.doms[0], 2 * GIB - 512 * MIB);
    put_debt(0, 1, 512 * MIB);
}

/* 200 MiB more are promised than there are, one of them to what the create
 * will have above its target: of what dom0 holds those are to come, and the
 * rest it may keep. */
static void a_deficit_comes_before_debts(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request =
        need(sim_free_kb(&host) - 72 * MIB + 199 * MIB);
    xlmem_hold *hold = NULL;

    (void)state;
    owe_what_it_holds();
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB - 200 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Of the 96 MiB that dom0 is owed it has 64: 32 of what is free are for it,
 * and the other 96 for the guest. */
static void what_is_kept_is_not_paid_out_of_what_is_free(void **state)
{
    const xlmem_policy policy = enforce();
    sim_dom *guest = sim_add_dom(&host, SIM_IDEAL, 256 * MIB);
    xlmem_guard_request request;
    xlmem_hold *hold = NULL;

    (void)state;
    assert_int_equal(guest->domid, 1);
    guest->maxmem_kb = guest->tot_kb;
    put_debt(0, 2, 96 * MIB);
    host.doms[0].temper = SIM_STUCK;
    host.doms[0].tot_kb += 64 * MIB;
    request = need(sim_free_kb(&host) - (72 + 32 + 96 + 1) * MIB);
    assert_int_equal(xlmem_hold_ahead(me->ctx, &request, &hold), 0);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB + 96 * MIB);
    assert_int_equal(guest->target_kb, (256 + 96) * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A payment in part takes a second step of the entry that carries the debts:
 * one that is full has none, and what is not written down is not set. */
static void what_cannot_be_written_down_is_not_paid(void **state)
{
    const xlmem_policy policy = enforce();
    sim_dom *filler;
    unsigned i;

    (void)state;
    for (i = 0; i < XLMEM_STEPS_MAX; i++) {
        sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 20 * MIB);

        dom->maxmem_kb = dom->tot_kb;
    }
    put_debt(1, XLMEM_STEPS_MAX, 5 * MIB);
    filler =
        sim_add_dom(&host, SIM_IDEAL, sim_free_kb(&host) - (72 + 5) * MIB + 4);
    filler->maxmem_kb = filler->tot_kb;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    for (i = 1; i <= XLMEM_STEPS_MAX; i++)
        assert_int_equal(host.doms[i].target_kb, 20 * MIB);
    assert_int_equal(sim_nr_entries(&host), 1);
    /* A page more, and one is paid whole. */
    filler->tot_kb -= 4;
    filler->target_kb = filler->maxmem_kb = filler->tot_kb;
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    assert_int_equal(host.doms[1].target_kb, 25 * MIB);
    for (i = 2; i <= XLMEM_STEPS_MAX; i++)
        assert_int_equal(host.doms[i].target_kb, 20 * MIB);
    assert_int_equal(sim_nr_entries(&host), 1);
}

static unsigned nr_asked[2];

static int count_targets(void *user, uint64_t domid, uint64_t target_kb,
                         char *err, size_t err_len)
{
    nr_asked[domid != 0]++;
    return sim_backend.set_target_kb(user, domid, target_kb, err, err_len);
}

/* dom0 does not move: then the guest is asked, and dom0 is not again, which
 * may have been given another target since. */
static void who_has_been_asked_is_not_asked_again(void **state)
{
    xlmem_backend backend = sim_backend;
    xlmem_hold *hold = NULL;

    (void)state;
    nr_asked[0] = nr_asked[1] = 0;
    backend.set_target_kb = count_targets;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    sim_add_dom(&host, SIM_IDEAL, GIB);
    host.doms[0].temper = SIM_STUCK;
    assert_int_equal(guard(UUID, GIB + 128 * MIB, 0, &hold), 0);
    assert_int_equal(nr_asked[0], 1);
    assert_int_equal(nr_asked[1], 1);
    xlmem_hold_release(me->ctx, hold, false);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
}

#define NR_GIVERS 40

/* More domains in debt than one entry can carry, paid bit by bit. */
static void many_debts_do_not_fill_the_ledger(void **state)
{
    xlmem_guard_request request =
        need(2 * GIB - 72 * MIB + (NR_GIVERS - 1) * 31 * MIB);
    xlmem_policy policy = enforce();
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    sim_dom *dom;
    size_t i;

    (void)state;
    policy.dom0_floor_kb = 2 * GIB;
    host.total_kb += NR_GIVERS * 64 * MIB;
    for (i = 0; i < NR_GIVERS; i++)
        sim_add_dom(&host, SIM_IDEAL, 63 * MIB);
    assert_int_equal(xlmem_guard(me->ctx, &policy, &request, &verdict, &hold),
                     0);
    dom = sim_build(me, UUID, request.need_kb);
    assert_true(verdict.plan.nr_steps > 36);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    for (i = 0; i < 12; i++) {
        sim_mem_set(dom, dom->target_kb - 20 * MIB);
        sim_pass(&host, 5000);
        assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
        assert_in_range(sim_nr_entries(&host), 1, 3);
    }
    sim_destroy(&host, dom);
    for (i = 0; i < 12; i++) {
        sim_pass(&host, 20000);
        assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
    }
    assert_int_equal(sim_nr_entries(&host), 0);
    for (i = 1; i <= NR_GIVERS; i++)
        assert_int_equal(host.doms[i].target_kb, 63 * MIB);
}

TEST_GROUP(line)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asked_first_does_not_wait_for_the_second),
        cmocka_unit_test(who_reboots_is_not_behind_who_waits),
        cmocka_unit_test(what_is_held_ahead_is_not_behind_who_waits),
        TEST(who_gives_to_a_living_plan_is_left_alone),
        TEST(who_fits_pays_what_is_owed),
        TEST(dom0_has_its_own_back_first),
        TEST(small_payments_are_made_when_they_are_all),
        TEST(a_claim_is_as_good_as_memory),
        TEST(what_no_machine_has_is_not_awaited),
        TEST(an_administrators_wait_is_as_long_as_he_said),
        TEST(what_is_held_ahead_outlives_a_refusal),
        TEST(only_the_mode_enforce_gives_back),
        TEST(what_cannot_be_paid_stays_owed),
        TEST(a_deficit_comes_before_debts),
        TEST(what_is_kept_is_not_paid_out_of_what_is_free),
        TEST(what_cannot_be_written_down_is_not_paid),
        TEST(who_has_been_asked_is_not_asked_again),
        TEST(many_debts_do_not_fill_the_ledger),
    };

    return test_run(tests, NULL, NULL);
}
