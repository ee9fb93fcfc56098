/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two authors: the guard, whose plans take memory and give it back, and
 * somebody who balances and moves targets, within the same rule and under the
 * same lock, between any two steps of a guard.
 */
#include "one.h"

#include "engine/guard/targets.h"
#include "model/plan.h"

#define OTHER_UUID "aaaaaaaa-0000-4000-8000-000000000002"

static int guard_as(const char *uuid, uint64_t kb, xlmem_hold **hold)
{
    const xlmem_policy policy = enforce();
    xlmem_guard_request request = need(kb);
    xlmem_verdict verdict;

    request.uuid = uuid;
    return xlmem_guard(me->ctx, &policy, &request, &verdict, hold);
}

static int guard(uint64_t kb, xlmem_hold **hold)
{
    return guard_as(UUID, kb, hold);
}

/* dom0 owed @kb, and all of it usable. */
static void owe(uint64_t kb)
{
    xlmem_hold *hold = NULL;
    sim_dom *dom;

    assert_int_equal(guard(2 * GIB - 72 * MIB + kb, &hold), 0);
    dom = sim_build(me, UUID, 2 * GIB - 72 * MIB + kb);
    assert_non_null(dom);
    xlmem_hold_release(me->ctx, hold, true);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB - kb);
    sim_destroy(&host, dom);
    sim_pass(&host, 5000);
}

static xlmem_step step_of(uint64_t domid, uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {from_kb,
                             to_kb,
                             (uint32_t)domid,
                             XLMEM_STEP_TARGET,
                             XLMEM_AUTHOR_DAEMON,
                             XLMEM_WHY_DEMAND};

    return step;
}

/* Under the lock, by the books that are read under it. */
static int carry_out(xlmem_ctx *ctx, xlmem_hold **intent,
                     const xlmem_plan *plan)
{
    xlmem__entries entries;
    int rcs[XLMEM_STEPS_MAX];
    int rc = xlmem__guard_lock(ctx);

    if (rc)
        return rc;
    rc = xlmem__entries_read(ctx, &entries);
    if (!rc)
        rc = xlmem__plan_move(ctx, &entries, intent, plan, rcs);
    xlmem__entries_dispose(&entries);
    xlmem__guard_unlock(ctx);
    return rc;
}

static void move(xlmem_hold **intent, const sim_dom *dom, uint64_t to_kb)
{
    const xlmem_step step = step_of(dom->domid, dom->target_kb, to_kb);
    xlmem_plan plan = {.nr_steps = 0};

    assert_true(xlmem__plan_add(&plan, &step));
    assert_int_equal(carry_out(me->ctx, intent, &plan), 0);
    assert_int_equal(dom->target_kb, to_kb);
}

static void raise(void)
{
    const xlmem_policy policy = enforce();

    sim_pass(&host, 5000);
    assert_int_equal(xlmem_guard_repay(me->ctx, &policy), 0);
}

/* Killed: the kernel lets his entry go. */
static void die(xlmem_hold *intent)
{
    ((sim_entry *)intent->in_ledger)->owner = -1;
    free(intent);
}

static void a_daemons_move_leaves_a_debt_owed(void **state)
{
    xlmem_hold *intent = NULL;

    (void)state;
    owe(300 * MIB);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem__moves_end(me->ctx, intent);
    raise();
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void and_any_number_of_them_do(void **state)
{
    xlmem_hold *intent = NULL;
    int i;

    (void)state;
    owe(300 * MIB);
    for (i = 0; i < 200; i++)
        move(&intent, &host.doms[0],
             2 * GIB - 300 * MIB - (uint64_t)(i % 7 + 1) * MIB);
    assert_in_range(intent->entry.plan.nr_steps, 1, 2);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem__moves_end(me->ctx, intent);
}

static void what_a_dead_daemon_moved_is_known(void **state)
{
    xlmem_hold *intent = NULL;

    (void)state;
    owe(300 * MIB);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    die(intent);
    assert_int_equal(sim_nr_entries(&host), 2);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Only half of it is usable: what is owed then is written anew, and needs his
 * moves no more. */
static void a_dead_daemons_moves_go_with_the_next_payment(void **state)
{
    xlmem_hold *intent = NULL;
    sim_dom *dom;

    (void)state;
    owe(300 * MIB);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    die(intent);
    dom = sim_add_dom(&host, SIM_IDEAL, 2 * GIB - 72 * MIB);
    raise();
    assert_in_range(host.doms[0].target_kb, 2 * GIB - 380 * MIB,
                    2 * GIB - MIB);
    assert_int_equal(sim_nr_entries(&host), 1);
    sim_destroy(&host, dom);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* As before there was anybody else: he has decided since. */
static void a_strangers_move_voids_it(void **state)
{
    xlmem_hold *intent = NULL;

    (void)state;
    owe(300 * MIB);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    sim_mem_set(&host.doms[0], GIB + 500 * MIB);
    raise();
    assert_int_equal(host.doms[0].target_kb, GIB + 500 * MIB);
    xlmem__moves_end(me->ctx, intent);
    raise();
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* A later plan takes of the target that he has set, and the one before is no
 * debt yet: what that took is void all the same. */
static void and_it_stays_void_when_a_plan_takes_again(void **state)
{
    xlmem_hold *first = NULL, *second = NULL;
    xlmem_guard_request request = need(200 * MIB);
    const xlmem_policy policy = enforce();
    xlmem_verdict verdict;

    (void)state;
    assert_int_equal(guard(2 * GIB + 100 * MIB, &first), 0);
    sim_mem_set(&host.doms[0], host.doms[0].target_kb - 32 * MIB);
    sim_pass(&host, 5000);
    request.uuid = "aaaaaaaa-0000-4000-8000-000000000002";
    assert_int_equal(
        xlmem_guard(me->ctx, &policy, &request, &verdict, &second), 0);
    assert_in_range(host.doms[0].target_kb, FLOOR_KB,
                    2 * GIB - 172 * MIB - 33 * MIB);
    xlmem_hold_release(me->ctx, first, false);
    raise();
    xlmem_hold_release(me->ctx, second, false);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB - 172 * MIB - 32 * MIB);
    raise();
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* And so has an administrator by our own command. */
static void so_does_an_administrators(void **state)
{
    const xlmem_policy policy = enforce();
    xlmem_dom0_request request = {.force = false};
    xlmem_dom0_move moved;

    (void)state;
    owe(300 * MIB);
    XLMEM_SET(&request, size_kb, GIB + 500 * MIB);
    assert_int_equal(xlmem_dom0_set(me->ctx, &policy, &request, &moved), 0);
    raise();
    assert_int_equal(host.doms[0].target_kb, GIB + 500 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* He has given it more than it had; its maximum is still the plan's. */
static void more_than_it_had_is_paid(void **state)
{
    xlmem_hold *intent = NULL;

    (void)state;
    owe(300 * MIB);
    assert_true(host.doms[0].maxmem_kb < XLMEM_NO_MAXMEM_KB);
    move(&intent, &host.doms[0], 2 * GIB + 100 * MIB);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB + 100 * MIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    xlmem__moves_end(me->ctx, intent);
    raise();
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Nobody is owed anything of them: he writes nothing. */
static void other_moves_need_no_entry(void **state)
{
    xlmem_hold *intent = NULL;
    sim_dom *guest;

    (void)state;
    owe(300 * MIB);
    guest = sim_add_dom(&host, SIM_IDEAL, 256 * MIB);
    move(&intent, guest, 200 * MIB);
    assert_null(intent);
    raise();
    move(&intent, &host.doms[0], 2 * GIB - 50 * MIB);
    assert_null(intent);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* What he has written reserves nothing, and is nobody's domain. */
static void his_entry_is_no_reservation(void **state)
{
    xlmem_reservation *list;
    xlmem_hold *intent = NULL, *hold = NULL;
    size_t nr;

    (void)state;
    owe(300 * MIB);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    assert_int_equal(xlmem_reservations(me->ctx, &list, &nr), 0);
    assert_int_equal(nr, 0);
    free(list);
    assert_int_equal(guard(GIB, &hold), 0);
    xlmem_hold_release(me->ctx, hold, false);
    xlmem__moves_end(me->ctx, intent);
}

/* A living plan's steps hold payment back, his moves do not; between the two
 * the target is nobody else's. */
static void he_moves_beside_a_plan_that_lives(void **state)
{
    xlmem_hold *intent = NULL, *hold = NULL;
    const uint64_t kb = 2 * GIB + 100 * MIB;

    (void)state;
    assert_int_equal(guard(kb, &hold), 0);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    raise();
    assert_int_equal(host.doms[0].target_kb,
                     2 * GIB - (kb - (2 * GIB - 72 * MIB)) - 100 * MIB);
    xlmem_hold_release(me->ctx, hold, false);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    xlmem__moves_end(me->ctx, intent);
}

/* He ends, and others pay what they owe, before the plan does: that is owed
 * then, and only he knows the target. */
static void his_moves_outlive_him_for_a_plan_that_lives(void **state)
{
    xlmem_hold *intent = NULL, *hold = NULL;

    (void)state;
    assert_int_equal(guard(2 * GIB + 100 * MIB, &hold), 0);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    die(intent);
    raise();
    raise();
    assert_int_equal(sim_nr_entries(&host), 2);
    xlmem_hold_release(me->ctx, hold, false);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* Behind him another plan takes, and is killed as well: what that found is
 * owed at once, and what the first one found when it ends. */
static void and_for_one_that_others_took_behind(void **state)
{
    xlmem_hold *intent = NULL, *hold = NULL, *second = NULL;
    const uint64_t kb = 2 * GIB - 72 * MIB + 100 * MIB;

    (void)state;
    assert_int_equal(guard(kb, &hold), 0);
    move(&intent, &host.doms[0], host.doms[0].target_kb - 100 * MIB);
    die(intent);
    assert_int_equal(guard_as(OTHER_UUID, 200 * MIB, &second), 0);
    die(second);
    raise();
    xlmem_hold_release(me->ctx, hold, false);
    raise();
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* The ledger cannot be written: nothing is moved. */
static int no_entry(void *user, const char *text, void **entry_r, char *err,
                    size_t err_len)
{
    (void)user;
    (void)text;
    (void)entry_r;
    (void)err;
    (void)err_len;
    return XLMEM_ERROR_IO;
}

static void what_cannot_be_written_is_not_done(void **state)
{
    xlmem_backend backend = sim_backend;
    xlmem_plan plan = {.nr_steps = 0};
    xlmem_hold *intent = NULL;
    xlmem_step step;

    (void)state;
    owe(300 * MIB);
    backend.ledger_add = no_entry;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    step = step_of(0, host.doms[0].target_kb, GIB + 500 * MIB);
    xlmem__plan_add(&plan, &step);
    assert_int_equal(carry_out(me->ctx, &intent, &plan), XLMEM_ERROR_IO);
    assert_null(intent);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB - 300 * MIB);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
}

/* What could not be raised is not filled; another domain's step is taken. */
static void a_step_that_fails_ends_its_domains(void **state)
{
    const sim_dom *guest = sim_add_dom(&host, SIM_IDEAL, 256 * MIB);
    xlmem_step maximum = step_of(0, 2 * GIB, 3 * GIB), target = maximum;
    const xlmem_step other = step_of(guest->domid, 256 * MIB, 260 * MIB);
    xlmem_backend backend = sim_backend;
    xlmem_plan plan = {.nr_steps = 0};

    (void)state;
    maximum.action = XLMEM_STEP_MAXIMUM;
    xlmem__plan_add(&plan, &maximum);
    xlmem__plan_add(&plan, &target);
    xlmem__plan_add(&plan, &other);
    backend.set_maximum_kb = NULL;
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &backend, me), 0);
    assert_int_equal(xlmem__guard_lock(me->ctx), 0);
    assert_int_equal(xlmem__steps_take(me->ctx, &plan, 0),
                     XLMEM_ERROR_UNSUPPORTED);
    xlmem__guard_unlock(me->ctx);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
    assert_int_equal(guest->target_kb, 260 * MIB);
    assert_int_equal(xlmem_ctx_set_backend(me->ctx, &sim_backend, me), 0);
}

TEST_GROUP(authors)
{
    const struct CMUnitTest tests[] = {
        TEST(a_daemons_move_leaves_a_debt_owed),
        TEST(and_any_number_of_them_do),
        TEST(what_a_dead_daemon_moved_is_known),
        TEST(a_dead_daemons_moves_go_with_the_next_payment),
        TEST(a_strangers_move_voids_it),
        TEST(and_it_stays_void_when_a_plan_takes_again),
        TEST(so_does_an_administrators),
        TEST(more_than_it_had_is_paid),
        TEST(other_moves_need_no_entry),
        TEST(his_entry_is_no_reservation),
        TEST(he_moves_beside_a_plan_that_lives),
        TEST(his_moves_outlive_him_for_a_plan_that_lives),
        TEST(and_for_one_that_others_took_behind),
        TEST(what_cannot_be_written_is_not_done),
        TEST(a_step_that_fails_ends_its_domains),
    };

    return test_run(tests, NULL, NULL);
}
