/* SPDX-License-Identifier: LGPL-2.1-only */
/* Parties, what is not theirs, and what their balloons did: for tests of the
 * moves. */
#ifndef XLMEM_PARTIES_H
#define XLMEM_PARTIES_H

#include "test.h"

#include "model/balance.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)
#define MOST 80

/* Parties, and what is not theirs. */
static xlmem__party party[MOST];
static xlmem__share shares[MOST];
static xlmem__cup cups[MOST];
static uint64_t followers[MOST];
static xlmem__share_room room;
static xlmem__lack lack;
static xlmem__purse purse;
static xlmem__gentle gentle;
static xlmem_plan plan;
static int64_t now_ms, again_ms;

static inline int begin(void **state)
{
    (void)state;
    memset(party, 0, sizeof(party));
    room = (xlmem__share_room){.cups = cups, .followers = followers};
    lack = (xlmem__lack){.kb = 0};
    purse = (xlmem__purse){0, 0, 0};
    xlmem__gentle_init(&gentle);
    now_ms = 1000000;
    return 0;
}

/* One that has what it was asked to have. */
static inline void set(size_t i, uint64_t floor, uint64_t demand,
                       uint64_t ceiling, uint64_t target)
{
    party[i] = (xlmem__party){.domid = (uint32_t)i,
                              .weight = XLMEM__WEIGHT_USUAL,
                              .floor_kb = floor,
                              .demand_kb = demand,
                              .ceiling_kb = ceiling,
                              .demand_known = true,
                              .target_kb = target,
                              .has_kb = target};
}

static inline xlmem__plenty pass(size_t nr)
{
    xlmem__round round = {.purse = &purse,
                          .gentle = &gentle,
                          .now_ms = now_ms,
                          .shares = shares,
                          .room = &room,
                          .lack = &lack,
                          .plan_r = &plan};
    const xlmem__plenty plenty = xlmem__balance(party, nr, &round);

    again_ms = round.again_ms_r;
    return plenty;
}

static inline const xlmem_step *step_of(size_t i)
{
    return xlmem_plan_move_of(&plan, party[i].domid);
}

static inline void takes(size_t i, uint64_t to_kb)
{
    const xlmem_step *step = step_of(i);

    assert_non_null(step);
    assert_true(step->from_kb == party[i].target_kb);
    assert_true(step->to_kb == to_kb);
    assert_int_equal(party[i].still, XLMEM__MOVES);
}

static inline void stays(size_t i, xlmem__still why)
{
    assert_null(step_of(i));
    assert_int_equal(party[i].still, why);
}

/* The plan's steps are taken; no balloon has moved yet. */
static inline void carry_out(void)
{
    size_t i;

    for (i = 0; i < plan.nr_steps; i++) {
        xlmem__party *p = &party[plan.steps[i].domid];
        const uint64_t before =
            p->has_kb > p->target_kb ? p->has_kb : p->target_kb;
        uint64_t after;

        p->target_kb = plan.steps[i].to_kb;
        xlmem__balance_done(p, now_ms, &plan.steps[i]);
        after = p->has_kb > p->target_kb ? p->has_kb : p->target_kb;
        purse.usable_kb = purse.usable_kb + before - after;
    }
}

/* A balloon comes to have so much. */
static inline void balloon(size_t i, uint64_t has_kb)
{
    xlmem__party *p = &party[i];

    if (p->has_kb > has_kb)
        purse.usable_kb +=
            p->has_kb - (has_kb > p->target_kb ? has_kb : p->target_kb);
    p->has_kb = has_kb;
}

static xlmem__tracker tracker;

/* A look at a balloon, after some time. */
static inline void see(size_t i, int64_t ms)
{
    const xlmem__party *p = &party[i];
    const xlmem__sight sight = {
        p->domid, p->has_kb > p->target_kb ? XLMEM__GIVES : XLMEM__TAKES,
        p->has_kb, p->target_kb};
    const xlmem__track *track = NULL;

    now_ms += ms;
    /* Within 8 MiB it has arrived: engine/balance/parties.c, has_arrived. */
    if (p->has_kb <= p->target_kb + 8 * MIB &&
        p->target_kb <= p->has_kb + 8 * MIB)
        xlmem__tracker_forget(&tracker, p->domid);
    else
        track = xlmem__tracker_see(&tracker, now_ms, &sight);
    xlmem__party_see(&party[i], now_ms, track, &gentle);
}

#endif /* XLMEM_PARTIES_H */
