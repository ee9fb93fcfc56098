/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whose a target is, beside somebody who balances: what is tried and taken
 * back, set back by hand, and taken for a while from who is pinned. */
#include "pair.h"

#include "private/dom0.h"

#define UUID "aaaaaaaa-0000-4000-8000-000000000001"
#define DOM0_KB GIB
#define TRIED_KB (900 * MIB)
#define BY_HAND_KB (2 * GIB + 512 * MIB)

static sim_dom *dom0;

/* Nobody lacks anything, and dom0's balloon does not move. */
static void set_up_at_rest(void)
{
    set_up();
    poor->used_kb = GIB / 2;
    dom0 = &host.doms[0];
    dom0->temper = SIM_STUCK;
}

static const char *pin_of(const sim_dom *dom)
{
    return dom->nodes[SIM_NODE_PIN];
}

static void check_pin(const sim_dom *dom, uint64_t kb)
{
    char value[24];

    snprintf(value, sizeof(value), "%llu", (unsigned long long)kb);
    SIM_CHECK(!strcmp(pin_of(dom), value));
}

static xlmem_part part_of(const sim_dom *dom)
{
    uint64_t part = 0;

    SIM_CHECK(xlmem_monitor_dom_get(first.monitor, dom->domid,
                                    XLMEM_MONITOR_DOM_PART, &part));
    return (xlmem_part)part;
}

/* ---------------------------------------------------------------- dom0 --- */

static void fail_to_move_dom0(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_dom0_request request = {.force = true};
    xlmem_dom0_move move;

    XLMEM_SET(&request, size_kb, TRIED_KB);
    SIM_CHECK(xlmem_dom0_set(p->ctx, &policy, &request, &move) ==
              XLMEM_ERROR_TIMEDOUT);
    SIM_CHECK(dom0->target_kb == DOM0_KB);
}

static void see_tried(sim_proc *p)
{
    act_at(p, SECONDS(65));
    check_pin(dom0, TRIED_KB);
}

static void try_dom0(sim_proc *p)
{
    act_at(p, SECONDS(60));
    fail_to_move_dom0(p);
    SIM_CHECK(!pin_of(dom0)[0]);
    act_at(p, SECONDS(120));
    SIM_CHECK(!pin_of(dom0)[0] && part_of(dom0) != XLMEM_PART_PINNED);
}

static void a_size_that_failed_pins_nobody(void **state)
{
    (void)state;
    set_up_at_rest();
    sim_add_proc(&host, try_dom0, NULL, -1);
    sim_add_proc(&host, see_tried, NULL, -1);
    run_for(SECONDS(400));
    check_end();
}

static void try_pinned_dom0(sim_proc *p)
{
    act_at(p, SECONDS(30));
    sim_admin_sets(&host, dom0, DOM0_KB - MIB);
    act_at(p, SECONDS(100));
    sim_admin_sets(&host, dom0, DOM0_KB);
    act_at(p, SECONDS(200));
    check_pin(dom0, DOM0_KB);
    dom0->temper = SIM_STUCK;
    fail_to_move_dom0(p);
    act_at(p, SECONDS(350));
    check_pin(dom0, DOM0_KB);
}

static void and_who_was_pinned_before_is_so_again(void **state)
{
    (void)state;
    set_up_at_rest();
    dom0->temper = SIM_IDEAL;
    sim_add_proc(&host, try_pinned_dom0, NULL, -1);
    run_for(SECONDS(400));
    check_end();
}

/* Nobody balances: there is nothing to sign. */
static void try_dom0_alone(sim_proc *p)
{
    fail_to_move_dom0(p);
    SIM_CHECK(!dom0->nodes[SIM_NODE_SIGNED][0] && !pin_of(dom0)[0]);
}

static void where_nobody_balances_nothing_is_signed(void **state)
{
    (void)state;
    set_up_at_rest();
    sim_add_proc(&host, try_dom0_alone, NULL, -1);
    sim_run(&host);
    check_end();
}

/* --------------------------------------------------------------- domUs --- */

/* The first target is the one that was signed. */
static void set_and_set_back(sim_proc *p)
{
    uint64_t signed_kb;

    act_at(p, SECONDS(60));
    signed_kb = rich->target_kb;
    sim_admin_sets(&host, rich, BY_HAND_KB);
    act_at(p, SECONDS(90));
    check_pin(rich, BY_HAND_KB);
    sim_admin_sets(&host, rich, signed_kb);
    act_at(p, SECONDS(120));
    check_pin(rich, signed_kb);
    SIM_CHECK(part_of(rich) == XLMEM_PART_PINNED);
}

static void a_pin_follows_what_is_set_by_hand(void **state)
{
    (void)state;
    set_up_at_rest();
    sim_add_proc(&host, set_and_set_back, NULL, -1);
    run_for(SECONDS(400));
    sim_dispose(&host); /* his growth asks nobody for headroom */
}

static void take_from_pinned(sim_proc *p)
{
    const xlmem_policy policy = balance_policy();
    xlmem_guard_request request = {.uuid = UUID, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    act_at(p, SECONDS(60));
    sim_admin_sets(&host, rich, BY_HAND_KB);
    act_at(p, SECONDS(90));
    host.dom0_used_kb = FLOOR_KB; /* it gives nothing */
    XLMEM_SET(&request, need_kb, GIB);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    SIM_CHECK(rich->target_kb < BY_HAND_KB);
    act_at(p, SECONDS(120));
    SIM_CHECK(rich->target_kb < BY_HAND_KB);
    check_pin(rich, BY_HAND_KB);
    xlmem_hold_release(p->ctx, hold, false);
    act_at(p, SECONDS(180));
    SIM_CHECK(rich->target_kb == BY_HAND_KB);
    check_pin(rich, BY_HAND_KB);
}

static void what_a_create_takes_for_a_while_moves_no_pin(void **state)
{
    (void)state;
    set_up_at_rest();
    sim_add_proc(&host, take_from_pinned, NULL, -1);
    run_for(SECONDS(200));
    check_end();
}

/* ---------------------------------------------------------- and debts --- */

#define UUID2 "aaaaaaaa-0000-4000-8000-000000000002"

/* A create takes of the first. */
static xlmem_hold *take_some(sim_proc *p, const char *uuid, uint64_t need_kb)
{
    const xlmem_policy policy = balance_policy();
    const uint64_t had_kb = rich->target_kb;
    xlmem_guard_request request = {.uuid = uuid, .name = "guest"};
    xlmem_verdict verdict;
    xlmem_hold *hold = NULL;

    host.dom0_used_kb = FLOOR_KB; /* it gives nothing */
    XLMEM_SET(&request, need_kb, need_kb);
    SIM_CHECK(!xlmem_guard(p->ctx, &policy, &request, &verdict, &hold));
    SIM_CHECK(rich->target_kb < had_kb);
    return hold;
}

static void check_stays(const sim_dom *dom, uint64_t kb)
{
    SIM_CHECK(dom->target_kb == kb);
    check_pin(dom, kb);
    SIM_CHECK(part_of(dom) == XLMEM_PART_PINNED);
}

/* To where the plan had moved it, after he was somewhere else. */
static void set_to_witness(sim_proc *p)
{
    xlmem_hold *hold;
    uint64_t taken_kb;

    act_at(p, SECONDS(60));
    hold = take_some(p, UUID, GIB);
    taken_kb = rich->target_kb;
    act_at(p, SECONDS(90));
    sim_admin_sets(&host, rich, taken_kb - 64 * MIB);
    act_at(p, SECONDS(120));
    check_stays(rich, taken_kb - 64 * MIB);
    sim_admin_sets(&host, rich, taken_kb);
    act_at(p, SECONDS(150));
    check_stays(rich, taken_kb);
    xlmem_hold_release(p->ctx, hold, false);
    act_at(p, SECONDS(240));
    check_stays(rich, taken_kb);
}

static void a_debt_is_not_paid_on_what_is_set_by_hand(void **state)
{
    (void)state;
    set_up_at_rest();
    sim_add_proc(&host, set_to_witness, NULL, -1);
    run_for(SECONDS(300));
    sim_dispose(&host); /* his growth asks nobody for headroom */
}

/* To where the first of two plans had moved it: no daemon has seen that when
 * both are owed. */
static void set_to_former_witness(sim_proc *p)
{
    xlmem_hold *one, *two;
    uint64_t taken_kb;

    act_at(p, SECONDS(60));
    one = take_some(p, UUID, GIB);
    taken_kb = rich->target_kb;
    two = take_some(p, UUID2, GIB / 4);
    sim_admin_sets(&host, rich, taken_kb);
    xlmem_hold_release(p->ctx, two, false);
    xlmem_hold_release(p->ctx, one, false);
    act_at(p, SECONDS(240));
    check_stays(rich, taken_kb);
}

static void nor_is_that_of_a_plan_before_the_last(void **state)
{
    (void)state;
    set_up_at_rest();
    sim_add_proc(&host, set_to_former_witness, NULL, -1);
    run_for(SECONDS(300));
    sim_dispose(&host);
}

/* What was signed before is set again while nobody balances: what is taken
 * from there is owed, whatever was pinned. */
static void take_when_it_was_set_back(sim_proc *p)
{
    xlmem_hold *hold;
    uint64_t signed_kb;

    act_at(p, SECONDS(60));
    signed_kb = rich->target_kb;
    sim_admin_sets(&host, rich, signed_kb - 32 * MIB);
    act_at(p, SECONDS(120));
    check_pin(rich, signed_kb - 32 * MIB);
    sim_admin_sets(&host, rich, signed_kb);
    p->wake = host.now_ms + SECONDS(20);
    sim_step(p);
    hold = take_some(p, UUID, GIB);
    check_pin(rich, signed_kb);
    xlmem_hold_release(p->ctx, hold, false);
    SIM_CHECK(rich->target_kb == signed_kb);
}

static void what_is_taken_above_a_former_pin_is_given_back(void **state)
{
    (void)state;
    set_up_at_rest();
    poor->dynamic_max_kb = GIB; /* it takes none of what is set free */
    sim_add_proc(&host, take_when_it_was_set_back, NULL, -1);
    run_for(SECONDS(110));
    sim_dispose(&host);
}

TEST_GROUP(pins)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_that_failed_pins_nobody),
        cmocka_unit_test(and_who_was_pinned_before_is_so_again),
        cmocka_unit_test(where_nobody_balances_nothing_is_signed),
        cmocka_unit_test(a_pin_follows_what_is_set_by_hand),
        cmocka_unit_test(what_a_create_takes_for_a_while_moves_no_pin),
        cmocka_unit_test(a_debt_is_not_paid_on_what_is_set_by_hand),
        cmocka_unit_test(nor_is_that_of_a_plan_before_the_last),
        cmocka_unit_test(what_is_taken_above_a_former_pin_is_given_back),
    };

    return test_run(tests, NULL, NULL);
}
