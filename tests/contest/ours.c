/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Ours: the library's own demand, rule and moves (model/demand, model/share,
 * model/balance) and memguard-guest's own pace (hotplug/guest/pace), called as
 * it calls them itself and as a pass of the monitor does
 * (engine/balance/pass.c), with the limits that memguard.conf has installed.
 *
 * Each guest's agent looks when its pace says, and when somebody in it begins
 * to stall; dom0 is looked at once a second.  A pass follows 100 ms after the
 * first thing that changed, and not within 200 ms of the last pass, or twice
 * as long after one that moved nothing, up to 1.6 s.
 *
 * What Xen has to spare is what the guard's books say: its free memory less
 * the headroom, less what balloons may still take, and 1 MiB for each domU,
 * which libxl lets it take beyond its target.
 */
#include "guest/pace.h"
#include "model/balance.h"
#include "model/checked.h"
#include "model/demand.h"
#include "model/units.h"
#include "world.h"

#define DOM0_LOOK_MS 1000
#define TRIGGER_MS 1000 /* of PSI: one event in so long */
#define TOGETHER_MS 100
#define GAP_MS 200
#define GAP_MOST_MS 1600
#define ABOVE_TARGET_KB XLMEM__MIB_KB
/* memguard.conf(5): dom0_reserve. */
#define DOM0_RESERVE_KB (64 * XLMEM__MIB_KB)

typedef struct ours_dom {
    struct guest_pace pace;
    struct guest_facts looked;
    int64_t looked_ms, look_ms; /* when it looked, 0: not yet; looks again */
    xlmem__demand demand;
    xlmem__tracker tracker; /* while its balloon has something to do */
} ours_dom;

typedef struct ours {
    ours_dom dom[TRACE_DOMS_MAX];
    xlmem__party party[TRACE_DOMS_MAX];
    xlmem__share share[TRACE_DOMS_MAX];
    xlmem__cup cup[TRACE_DOMS_MAX];
    uint64_t followers[TRACE_DOMS_MAX];
    xlmem__share_room room;
    xlmem__lack lack;
    xlmem__gentle gentle;
    xlmem_plan plan;
    int64_t wanted_ms; /* since when a pass is wanted; -1: it is not */
    int64_t pass_ms, gap_ms, again_ms;
} ours;

/* What memguard-guest reads in the guest. */
static void look(ours_dom *dom, const world *w, size_t i)
{
    const meminfo *m = &w->dom[i].seen;
    const int64_t now_ms = (int64_t)w->now_ms;
    struct guest_facts facts = {
        .is =
            {
                [GUEST_TOTAL_KB] = m->total_kb,
                [GUEST_FREE_KB] = m->free_kb,
                [GUEST_AVAILABLE_KB] = m->available_kb,
                [GUEST_SWAP_USED_KB] = m->swap_used_kb,
                [GUEST_BALLOON_KB] = m->total_kb + w->t->dom[i].own_kb,
                [GUEST_BALLOON_TARGET_KB] = w->dom[i].target_kb,
                [GUEST_PSI_SOME10_BP] = 0,
                [GUEST_PSI_FULL10_BP] = 0,
            },
        .some_us = m->some_us,
        .full_us = m->full_us,
    };
    bool whole = true;

    if (dom->looked_ms)
        whole = guest_pressure_since(&facts, &dom->looked,
                                     now_ms - dom->looked_ms);
    dom->looked = facts;
    if (whole)
        dom->looked_ms = now_ms;
}

/* The daemon hears it. */
static void hear(ours_dom *dom, const world *w, size_t i)
{
    const uint64_t *is = dom->looked.is;
    xlmem_report report;

    xlmem__report_init(&report);
    report.source =
        w->t->dom[i].first ? XLMEM__REPORT_DOM0 : XLMEM__REPORT_MEMGUARD;
    XLMEM_SET(&report, total_kb, is[GUEST_TOTAL_KB]);
    XLMEM_SET(&report, free_kb, is[GUEST_FREE_KB]);
    XLMEM_SET(&report, available_kb, is[GUEST_AVAILABLE_KB]);
    XLMEM_SET(&report, swap_used_kb, is[GUEST_SWAP_USED_KB]);
    XLMEM_SET(&report, balloon_kb, is[GUEST_BALLOON_KB]);
    XLMEM_SET(&report, balloon_target_kb, is[GUEST_BALLOON_TARGET_KB]);
    XLMEM_SET(&report, psi_some10_bp, is[GUEST_PSI_SOME10_BP]);
    XLMEM_SET(&report, psi_full10_bp, is[GUEST_PSI_FULL10_BP]);
    xlmem__report_bound(&report, w->dom[i].has_kb);
    xlmem__demand_see(&dom->demand, (int64_t)w->now_ms, &report);
}

/* Returns whether there was a report. */
static bool listen(ours_dom *dom, const world *w, size_t i)
{
    const int64_t now_ms = (int64_t)w->now_ms;
    bool due = true;

    if (now_ms < dom->look_ms &&
        (w->dom[i].seen.some_us == dom->looked.some_us ||
         now_ms < dom->looked_ms + TRIGGER_MS))
        return false;
    look(dom, w, i);
    if (w->t->dom[i].first) {
        dom->look_ms = now_ms + DOM0_LOOK_MS;
    } else {
        due = guest_pace_due(&dom->pace, now_ms, &dom->looked);
        if (due)
            guest_pace_wrote(&dom->pace, now_ms, &dom->looked);
        dom->look_ms = now_ms + guest_pace_wait_ms(&dom->pace);
    }
    if (due)
        hear(dom, w, i);
    return due;
}

static void see_balloon(ours *o, const world *w, size_t i)
{
    xlmem__party *party = &o->party[i];
    const xlmem__sight sight = {
        .domid = i,
        .kind = party->has_kb > party->target_kb ? XLMEM__GIVES : XLMEM__TAKES,
        .has_kb = party->has_kb,
        .asked_kb = party->target_kb,
    };
    const xlmem__track *track = NULL;

    if (party->has_kb != party->target_kb) {
        track =
            xlmem__tracker_see(&o->dom[i].tracker, (int64_t)w->now_ms, &sight);
    } else {
        xlmem__tracker_dispose(&o->dom[i].tracker);
        xlmem__tracker_init(&o->dom[i].tracker, 0);
    }
    xlmem__party_see(party, (int64_t)w->now_ms, track, &o->gentle);
}

static void fill_party(ours *o, const world *w, size_t i)
{
    const trace_dom *dom = &w->t->dom[i];
    xlmem__party *party = &o->party[i];
    uint64_t least_kb;

    party->domid = (uint32_t)i;
    party->weight = dom->weight;
    party->floor_kb = dom->floor_kb;
    party->ceiling_kb = dom->ceiling_kb;
    party->target_kb = w->dom[i].target_kb;
    party->has_kb = w->dom[i].has_kb;
    party->apart = XLMEM__TAKES_PART;
    party->demand_kb =
        xlmem__demand_kb(&o->dom[i].demand, (int64_t)w->now_ms,
                         party->target_kb, &party->demand_known);
    party->need_kb = xlmem__demand_need_kb(
        &o->dom[i].demand, (int64_t)w->now_ms, party->target_kb);
    party->kept_kb = xlmem__demand_kept_kb(
        &o->dom[i].demand, (int64_t)w->now_ms, party->target_kb);
    least_kb = xlmem__sub0(party->has_kb, w->dom[i].seen.available_kb) +
               DOM0_RESERVE_KB;
    if (dom->first) {
        party->demand_kb = xlmem__max(party->demand_kb, least_kb);
        party->need_kb = xlmem__max(party->need_kb, least_kb);
    }
    see_balloon(o, w, i);
}

static void fill_purse(const world *w, xlmem__purse *purse)
{
    uint64_t owed_kb = HEADROOM_KB;
    size_t i;

    for (i = 0; i < w->t->nr_doms; i++)
        owed_kb += xlmem__sub0(w->dom[i].target_kb, w->dom[i].has_kb) +
                   (w->t->dom[i].first ? 0 : ABOVE_TARGET_KB);
    *purse = (xlmem__purse){xlmem__sub0(w->free_kb, owed_kb),
                            xlmem__sub0(owed_kb, w->free_kb), 0};
}

static void carry_out(ours *o, world *w)
{
    const xlmem_step *step;

    for (step = o->plan.steps; step < o->plan.steps + o->plan.nr_steps;
         step++) {
        world_set_target(w, step->domid, step->to_kb);
        o->party[step->domid].target_kb = step->to_kb;
        xlmem__balance_done(&o->party[step->domid], (int64_t)w->now_ms, step);
    }
}

static void pass(ours *o, world *w)
{
    const int64_t now_ms = (int64_t)w->now_ms;
    xlmem__purse purse;
    xlmem__round round = {.purse = &purse,
                          .gentle = &o->gentle,
                          .now_ms = now_ms,
                          .shares = o->share,
                          .room = &o->room,
                          .lack = &o->lack,
                          .plan_r = &o->plan};
    int64_t next_ms;
    size_t i;

    for (i = 0; i < w->t->nr_doms; i++)
        fill_party(o, w, i);
    fill_purse(w, &purse);
    xlmem__balance(o->party, w->t->nr_doms, &round);
    o->again_ms = round.again_ms_r;
    if (o->again_ms < 0)
        o->again_ms = INT64_MAX;
    for (i = 0; i < w->t->nr_doms; i++) {
        next_ms = xlmem__demand_next_ms(&o->dom[i].demand, now_ms);
        if (next_ms >= 0 && next_ms < o->again_ms)
            o->again_ms = next_ms;
    }
    carry_out(o, w);
    if (o->plan.nr_steps)
        o->gap_ms = GAP_MS;
    else if (o->gap_ms < GAP_MOST_MS)
        o->gap_ms *= 2;
    o->pass_ms = now_ms;
    o->wanted_ms = -1;
}

static void tick(void *state, world *w)
{
    const int64_t now_ms = (int64_t)w->now_ms;
    ours *o = state;
    size_t i;

    for (i = 0; i < w->t->nr_doms; i++)
        if (listen(&o->dom[i], w, i) && o->wanted_ms < 0)
            o->wanted_ms = now_ms;
    if (now_ms < o->pass_ms + GAP_MS)
        return;
    if (now_ms >= o->again_ms ||
        (o->wanted_ms >= 0 && now_ms >= o->wanted_ms + TOGETHER_MS &&
         now_ms >= o->pass_ms + o->gap_ms))
        pass(o, w);
}

static void start(void *state, const world *w)
{
    ours *o = state;
    size_t i;

    for (i = 0; i < w->t->nr_doms; i++) {
        xlmem__tracker_init(&o->dom[i].tracker, 0);
        xlmem__demand_init(&o->dom[i].demand, XLMEM__DEMAND_EXPIRES_MS);
        guest_pace_init(&o->dom[i].pace, 0, GUEST_SLOW_MS);
        /* Not all look at the same moment. */
        o->dom[i].look_ms = (int64_t)(i * TRIGGER_MS / w->t->nr_doms);
    }
    o->room.cups = o->cup;
    o->room.followers = o->followers;
    xlmem__gentle_init(&o->gentle);
    o->wanted_ms = -1;
    o->pass_ms = -GAP_MS;
    o->gap_ms = GAP_MS;
    o->again_ms = INT64_MAX;
}

static void stop(void *state)
{
    ours *o = state;
    size_t i;

    for (i = 0; i < TRACE_DOMS_MAX; i++)
        xlmem__tracker_dispose(&o->dom[i].tracker);
}

const player player_xlmem = {
    .name = "xlmem",
    .state_size = sizeof(ours),
    .start = start,
    .tick = tick,
    .stop = stop,
};
