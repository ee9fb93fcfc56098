/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who is left alone by who balances, whatever others lack: one test for each
 * state.  That none of them is moved by who balances is held at each step, too
 * (sim_check_alone).
 */
#include "pair.h"

#define UUID "11111111-0000-4000-8000-000000000001"

/* Rich has 3 GiB to give, and poor lacks 2. */
static void poor_lacks_memory(void)
{
    host.dom0_used_kb = GIB - 160 * MIB; /* it gives nothing */
    sim_use(&host, poor, 3 * GIB);
}

static void begin(void (*script)(sim_proc *))
{
    set_up();
    poor->used_kb = GIB / 2;
    sim_add_proc(&host, script, NULL, -1);
}

/* It has followed targets, and says what it uses, until then. */
static void run_and_leave(void (*script)(sim_proc *))
{
    begin(script);
    run_for(MINUTES(30));
    SIM_CHECK(rich->target_kb == 3 * GIB);
    check_end();
}

static void pause_rich(sim_proc *p)
{
    act_at(p, SECONDS(60));
    sim_pause(&host, rich, true);
    act_at(p, SECONDS(61));
    poor_lacks_memory();
}

static void who_is_paused_is_left_alone(void **state)
{
    (void)state;
    run_and_leave(pause_rich);
}

/* Xen tells nobody that it goes on, and all others have said what they need
 * and are silent: it is its own word that tells. */
static void pause_for_a_while(sim_proc *p)
{
    pause_rich(p);
    act_at(p, SECONDS(300));
    SIM_CHECK(rich->target_kb == 3 * GIB);
    sim_pause(&host, rich, false);
    sim_use(&host, rich, 128 * MIB);
    act_at(p, SECONDS(330));
    SIM_CHECK(rich->target_kb < 3 * GIB);
}

static void who_goes_on_says_so_himself(void **state)
{
    (void)state;
    begin(pause_for_a_while);
    poor->word = SIM_XE;
    run_for(SECONDS(360));
    check_end();
}

static void shut_rich_down(sim_proc *p)
{
    act_at(p, SECONDS(60));
    sim_shut_down(&host, rich);
    act_at(p, SECONDS(61));
    poor_lacks_memory();
}

static void who_has_shut_down_is_left_alone(void **state)
{
    (void)state;
    run_and_leave(shut_rich_down);
}

static void rich_refuses(sim_proc *p)
{
    act_at(p, SECONDS(60));
    sim_refuse(&host, rich, true);
    act_at(p, SECONDS(61));
    poor_lacks_memory();
}

static void who_is_uncooperative_is_left_alone(void **state)
{
    (void)state;
    run_and_leave(rich_refuses);
}

/* What it said last is not true for ever: 15 minutes. */
static void rich_falls_silent(sim_proc *p)
{
    act_at(p, SECONDS(60));
    rich->word = SIM_SILENT;
    act_at(p, MINUTES(20));
    poor_lacks_memory();
}

static void who_has_fallen_silent_is_left_alone(void **state)
{
    (void)state;
    run_and_leave(rich_falls_silent);
}

/* Not even signed: its target is its builder's. */
static void build_beside(bool unpaused)
{
    sim_dom *dom;

    set_up();
    host.total_kb += 128 * MIB;
    dom = sim_add_half_built(&host, 64 * MIB, 65 * MIB);
    dom->unpaused = unpaused;
    dom->claim_kb = MIB;
    run_for(MINUTES(5));
    SIM_CHECK(is_served(poor));
    SIM_CHECK(dom->target_kb == 64 * MIB);
    SIM_CHECK(!dom->nodes[SIM_NODE_SIGNED][0]);
    check_end();
}

static void who_is_being_built_is_left_alone(void **state)
{
    (void)state;
    build_beside(false);
}

static void nor_while_it_has_a_claim(void **state)
{
    (void)state;
    build_beside(true);
}

static int guard_one(sim_proc *p, uint64_t kb, xlmem_hold **hold_r)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};
    xlmem_verdict verdict;

    XLMEM_SET(&request, need_kb, kb);
    return xlmem_guard(p->ctx, &policy, &request, &verdict, hold_r);
}

/* It asks rich, whose balloon is slow, while poor lacks memory. */
static void create_slowly(sim_proc *p)
{
    xlmem_hold *hold = NULL;

    act_at(p, SECONDS(60));
    poor_lacks_memory();
    guard_one(p, 512 * MIB, &hold);
    xlmem_hold_release(p->ctx, hold, false);
}

static void who_is_asked_by_a_create_is_left_alone(void **state)
{
    (void)state;
    begin(create_slowly);
    rich->temper = SIM_SLOW;
    run_for(MINUTES(5));
    SIM_CHECK(host.nr_moves);
    check_end();
}

static uint64_t owed_to_rich_kb;

/* What rich gave is in use, and who would give it back is dead. */
static void create_and_be_gone(sim_proc *p)
{
    xlmem_hold *hold = NULL;
    size_t i;

    act_at(p, SECONDS(60));
    host.dom0_used_kb = GIB - 160 * MIB;
    SIM_CHECK(!guard_one(p, GIB, &hold));
    SIM_CHECK(sim_build(p, UUID, GIB - MIB));
    for (i = 0; i < SIM_ENTRIES; i++)
        if (host.ledger[i].used && host.ledger[i].owner == p->id)
            sim_orphan(&host, &host.ledger[i]);
    act_at(p, SECONDS(90));
    owed_to_rich_kb = rich->target_kb;
    SIM_CHECK(owed_to_rich_kb < 3 * GIB);
    poor_lacks_memory();
    /* At the first call of this it is no more. */
    p->kill_in = 0;
    xlmem_hold_release(p->ctx, hold, false);
}

static void who_is_owed_something_gives_nothing(void **state)
{
    (void)state;
    begin(create_and_be_gone);
    run_for(MINUTES(5));
    SIM_CHECK(rich->target_kb >= owed_to_rich_kb);
    check_end();
}

/* It is migrated for nine minutes, and that fails. */
static void rich_migrates(sim_proc *p)
{
    xlmem_hold *hold = NULL;
    uint64_t kb;

    act_at(p, SECONDS(60));
    SIM_CHECK(rich->target_kb == 3 * GIB);
    SIM_CHECK(xlmem_hold_leaving(p->ctx, 999, 0, &hold) ==
              XLMEM_ERROR_NOTFOUND);
    SIM_CHECK(!hold);
    SIM_CHECK(!xlmem_hold_leaving(p->ctx, rich->domid, 0, &hold));
    poor_lacks_memory();
    act_at(p, MINUTES(10));
    SIM_CHECK(rich->target_kb == 3 * GIB);
    xlmem_hold_release(p->ctx, hold, true);
    /* It is saved before it has given, and he dies over that. */
    rich->temper = SIM_SLOW;
    act_at(p, MINUTES(10) + SECONDS(5));
    kb = rich->tot_kb;
    SIM_CHECK(rich->target_kb < kb);
    SIM_CHECK(
        !xlmem_hold_leaving(p->ctx, rich->domid, kb - rich->target_kb, &hold));
    SIM_CHECK(rich->target_kb == kb);
    act_at(p, MINUTES(25));
    SIM_CHECK(rich->target_kb == kb);
    p->kill_in = 0;
    xlmem_hold_release(p->ctx, hold, true);
}

static void who_is_saved_or_migrated_is_left_alone(void **state)
{
    (void)state;
    begin(rich_migrates);
    run_for(MINUTES(40));
    SIM_CHECK(!rich->nodes[SIM_NODE_PIN][0]);
    SIM_CHECK(is_served(poor));
    check_end();
}

TEST_GROUP(alone)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_paused_is_left_alone),
        cmocka_unit_test(who_goes_on_says_so_himself),
        cmocka_unit_test(who_has_shut_down_is_left_alone),
        cmocka_unit_test(who_is_uncooperative_is_left_alone),
        cmocka_unit_test(who_has_fallen_silent_is_left_alone),
        cmocka_unit_test(who_is_being_built_is_left_alone),
        cmocka_unit_test(nor_while_it_has_a_claim),
        cmocka_unit_test(who_is_asked_by_a_create_is_left_alone),
        cmocka_unit_test(who_is_owed_something_gives_nothing),
        cmocka_unit_test(who_is_saved_or_migrated_is_left_alone),
    };

    return test_run(tests, NULL, NULL);
}
