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

TEST_GROUP(pins)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_that_failed_pins_nobody),
        cmocka_unit_test(and_who_was_pinned_before_is_so_again),
        cmocka_unit_test(where_nobody_balances_nothing_is_signed),
        cmocka_unit_test(a_pin_follows_what_is_set_by_hand),
        cmocka_unit_test(what_a_create_takes_for_a_while_moves_no_pin),
    };

    return test_run(tests, NULL, NULL);
}
