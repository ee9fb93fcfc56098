/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The moves that bring all domains nearer to what they should have.
 *
 *      floor        target now                  share
 *     |------------------|........................|---->  grows
 *     |--------|.........................|------------->  shrinks
 *            share                    target now
 *
 * Why it ends.  A move brings a target nearer to the domain's share, and never
 * beyond.  As long as nobody's demand changes the shares do not either, so
 * that the sum of all distances only falls, by 1 MiB a move or more: nothing
 * swings, and all that is moved is not more than what the distances were.
 *
 * Why it is safe.  What grows, grows out of what is free and spoken for by
 * nobody (the books' usable_kb), which is counted down with each step.  What
 * shrinks adds nothing to that before it is there: the next pass finds it in
 * the books.  So all balloons of a plan may stop, wherever they are, and the
 * headroom, all reservations and all floors still hold.  No step leaves a
 * domain's range; none brings a balloon further than step_kb from where it is.
 *
 * Who is moved.  squeezed, and qmemman where there is enough, set all targets
 * anew when they act, so that a domain that starts or ends moves all others,
 * for nobody's good.  Here memory is taken only where somebody needs it: below
 * his demand, a create that waits, headroom that is missing.  First from those
 * who have more than they need, the largest first; then from those who have
 * more than their share of what is scarce.  Who has enough grows only out of
 * what is free once all needs are met, and only if it is worth it.
 *
 * What is scarce.  The cups of model/share.c are set once, by how far the
 * memory goes:
 *
 *     all demands    first cup: the demand    second cup: up to the ceiling
 *     all kept       what is kept             the demand
 *     less           the need                 what is kept
 *
 * so that nobody's margin is made of what another may still use, nor what that
 * may be of what another needs.
 */
#include "model/balance.h"

#include "model/best.h"
#include "model/checked.h"
#include "model/lack.h"
#include "model/party.h"
#include "model/units.h"

/* The largest size that the rule takes. */
#define SIZE_MAX_KB ((UINT64_C(1) << 53) - 1)
/* Of a plan so many steps may give if others are to take, and the reverse. */
#define HALF (XLMEM_STEPS_MAX / 2)

/* ------------------------------------------------------------ the pass --- */

typedef struct pass {
    xlmem__party *parties;
    xlmem__share *shares; /* of those that take part, in their order */
    const xlmem__gentle *gentle;
    xlmem__lack *lack;
    int64_t now_ms, again_ms;
    xlmem_plan *plan;
    xlmem__plenty plenty;
    uint64_t usable_kb; /* what may still be handed out */
    uint64_t coming_kb; /* what parties were asked for and will give */
    uint64_t needs_kb;  /* what all lack of their needs, promised to nobody */
    bool lacking;       /* somebody has less than he uses */
    bool urgent;        /* headroom, a create or dom0 lacks something */
    size_t nr_shares;
} pass;

static void look_at(pass *p, int64_t ms)
{
    if (p->again_ms < 0 || ms < p->again_ms)
        p->again_ms = ms;
}

/* What it has, or has been promised. */
static uint64_t reach_kb(const xlmem__party *party)
{
    return xlmem__max(party->has_kb, party->target_kb);
}

static bool takes_part(const xlmem__party *party)
{
    return party->apart == XLMEM__TAKES_PART && party->demand_known;
}

static bool is_left_out(const pass *p, const xlmem__party *party)
{
    return xlmem__party_is_left_out(party, p->gentle, p->now_ms);
}

/* Who does not give keeps what he has; who does not take gets no more.  When
 * they are tried it is with a little. */
static void bound_untrusted(const pass *p, const xlmem__party *party,
                            xlmem__share *share)
{
    const uint64_t has_kb = xlmem__min(party->has_kb, SIZE_MAX_KB);
    const uint64_t little_kb =
        is_left_out(p, party) ? 0 : xlmem__little_kb(p->gentle);

    if (party->stuck_giving)
        share->floor_kb =
            xlmem__max(share->floor_kb, xlmem__sub0(has_kb, little_kb));
    else
        share->ceiling_kb = xlmem__min(share->ceiling_kb, has_kb + little_kb);
    share->ceiling_kb = xlmem__max(share->ceiling_kb, share->floor_kb);
}

static xlmem__share share_of(const pass *p, const xlmem__party *party)
{
    xlmem__share share = {
        .floor_kb = xlmem__min(party->floor_kb, SIZE_MAX_KB),
        .demand_kb = xlmem__min(party->demand_kb, SIZE_MAX_KB),
        .ceiling_kb = xlmem__min(party->ceiling_kb, SIZE_MAX_KB),
        .weight = party->weight,
        .first = party->domid == 0};

    share.ceiling_kb = xlmem__max(share.ceiling_kb, share.floor_kb);
    if (party->nr_stuck)
        bound_untrusted(p, party, &share);
    return share;
}

/* What its first cup holds. */
static uint64_t first_kb(const xlmem__share *share)
{
    return xlmem__min(xlmem__max(share->demand_kb, share->floor_kb),
                      share->ceiling_kb);
}

static void add_coming(pass *p, const xlmem__party *party)
{
    if (party->apart != XLMEM__TAKES_PART)
        return;
    if (is_left_out(p, party) || !xlmem__party_is_moving(party))
        return;
    if (party->has_kb > party->target_kb)
        p->coming_kb =
            xlmem__add_sat(p->coming_kb, party->has_kb - party->target_kb);
    look_at(p, p->now_ms + p->gentle->look_ms);
}

/* In place of the cups that are there: a first one up to what is needed, or
 * kept, and a second one up to where the first one ended.  Returns what the
 * first ones hold. */
static uint64_t split_cups(pass *p, size_t nr, bool kept)
{
    xlmem__share *share = p->shares;
    uint64_t sum_kb = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        const xlmem__party *party = &p->parties[i];
        uint64_t kb = party->need_kb;

        if (!takes_part(party))
            continue;
        if (kept)
            kb = xlmem__max(kb, party->kept_kb);
        share->ceiling_kb = first_kb(share);
        if (party->need_kb)
            share->demand_kb = kb;
        sum_kb = xlmem__add_sat(sum_kb, first_kb(share++));
    }
    return sum_kb;
}

static void share_all(pass *p, size_t nr, const xlmem__purse *purse,
                      xlmem__share_room *room)
{
    uint64_t pool_kb = purse->usable_kb, demands_kb = 0;
    bool enough;
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem__party *party = &p->parties[i];

        party->share_kb = party->target_kb;
        party->still = party->apart != XLMEM__TAKES_PART ? XLMEM__IS_APART
                       : takes_part(party)               ? XLMEM__THERE
                                                         : XLMEM__SILENT;
        add_coming(p, party);
        if (!takes_part(party))
            continue;
        p->shares[p->nr_shares] = share_of(p, party);
        demands_kb =
            xlmem__add_sat(demands_kb, first_kb(&p->shares[p->nr_shares++]));
        pool_kb = xlmem__add_sat(pool_kb, reach_kb(party));
    }
    pool_kb = xlmem__sub0(pool_kb, purse->deficit_kb);
    pool_kb = xlmem__sub0(pool_kb, purse->wanted_kb);
    enough = demands_kb <= pool_kb;
    if (!enough && split_cups(p, nr, true) > pool_kb)
        split_cups(p, nr, false);
    p->plenty = xlmem__share_out(p->shares, p->nr_shares, pool_kb, room);
    if (!enough && p->plenty > XLMEM__OTHERS_SCARCE)
        p->plenty = XLMEM__OTHERS_SCARCE;
}

/* --------------------------------------------------------------- steps --- */

/* Of dom0 the target is what its balloon says that it is, which counts pages
 * (Linux: drivers/xen/balloon.c): part of one would not be there, and what is
 * there be a stranger's.  Whole ones, and not further than asked for. */
static uint64_t settable_kb(const xlmem__party *party, uint64_t to_kb)
{
    const uint64_t page = XLMEM__PAGE_KB, from_kb = party->target_kb;

    if (party->domid)
        return to_kb;
    return to_kb < from_kb ? xlmem__min(xlmem__round_up(to_kb, page), from_kb)
                           : xlmem__max(to_kb / page * page, from_kb);
}

static bool move(pass *p, xlmem__party *party, uint64_t to_kb)
{
    const xlmem_step step = {.from_kb = party->target_kb,
                             .to_kb = settable_kb(party, to_kb),
                             .domid = party->domid,
                             .action = XLMEM_STEP_TARGET,
                             .author = XLMEM_AUTHOR_DAEMON,
                             .why = XLMEM_WHY_DEMAND};

    if (step.to_kb == step.from_kb)
        return false;
    if (!xlmem__plan_add(p->plan, &step)) {
        party->still = XLMEM__CROWDED;
        look_at(p, p->now_ms + p->gentle->look_ms);
        return false;
    }
    party->still = XLMEM__MOVES;
    look_at(p, p->now_ms + p->gentle->look_ms);
    return true;
}

/* Its balloon has still half of a step before it: it is not asked again before
 * that is done. */
static bool is_busy(const pass *p, uint64_t ahead_kb)
{
    return p->gentle->step_kb && ahead_kb > p->gentle->step_kb / 2;
}

/* Whoever was crowded out, in the next pass. */
static void say_crowded(pass *p, const xlmem__best *b)
{
    if (b->more)
        look_at(p, p->now_ms + p->gentle->look_ms);
}

/* ------------------------------------------------------------- growing --- */

/* What is given to it, out of what there is, and no further than a step. */
static void grow_party(pass *p, xlmem__party *party, uint64_t to_kb)
{
    const uint64_t reach = reach_kb(party);

    if (is_busy(p, xlmem__sub0(party->target_kb, party->has_kb))) {
        party->still = XLMEM__ON_ITS_WAY;
        return;
    }
    if (p->gentle->step_kb)
        to_kb = xlmem__min(to_kb,
                           xlmem__add_sat(party->has_kb, p->gentle->step_kb));
    to_kb = xlmem__min(to_kb, xlmem__add_sat(reach, p->usable_kb));
    if (to_kb < xlmem__add_sat(party->target_kb, p->gentle->least_kb)) {
        party->still = XLMEM__WAITS;
        return;
    }
    if (move(p, party, to_kb))
        p->usable_kb -= xlmem__sub0(to_kb, reach);
}

/* How far it should be brought for that. */
static uint64_t needed_kb(const xlmem__party *party)
{
    return xlmem__min(party->share_kb, xlmem__party_demand_kb(party));
}

static void find_needs(pass *p, size_t nr, xlmem__best *b)
{
    const xlmem__share *share = p->shares;
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem__party *party = &p->parties[i];
        uint64_t to_kb;

        if (!takes_part(party))
            continue;
        party->share_kb = (share++)->target_kb;
        to_kb = needed_kb(party);
        if (to_kb < xlmem__add_sat(party->target_kb, p->gentle->least_kb))
            continue;
        p->needs_kb =
            xlmem__add_sat(p->needs_kb, xlmem__sub0(to_kb, reach_kb(party)));
        p->lacking =
            p->lacking ||
            party->target_kb < xlmem__min(xlmem__party_used_kb(party), to_kb);
        p->urgent = p->urgent || !party->domid;
        party->still = XLMEM__CROWDED;
        /* dom0 before all others. */
        xlmem__best_add(
            b, party->domid ? to_kb - party->target_kb : UINT64_MAX, i);
    }
}

static void grow_needy(pass *p, const xlmem__best *b)
{
    size_t i;

    for (i = 0; i < b->nr; i++) {
        xlmem__party *party = &p->parties[b->list[i].at];

        grow_party(p, party, needed_kb(party));
    }
    say_crowded(p, b);
}

static uint64_t worth_kb(const pass *p, const xlmem__party *party)
{
    return xlmem__max(p->gentle->least_kb,
                      xlmem__mul_sat(party->target_kb, p->gentle->least_bp) /
                          10000);
}

/* Who has been moved enough has the rest of the way when its minute is
 * over. */
static void find_others(pass *p, size_t nr, xlmem__best *b)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem__party *party = &p->parties[i];
        const uint64_t kb = xlmem__sub0(party->share_kb, party->target_kb);
        const uint64_t may_kb =
            xlmem__party_allowance_kb(party, p->gentle, p->now_ms);

        if (party->still != XLMEM__THERE || is_left_out(p, party) ||
            kb < worth_kb(p, party))
            continue;
        party->still = XLMEM__UNASKED;
        if (may_kb >= p->gentle->least_kb) {
            xlmem__best_add(b, xlmem__min(kb, may_kb), i);
            continue;
        }
        party->still = XLMEM__PACED;
        look_at(p, xlmem__party_minute_ms(party, p->now_ms));
    }
}

/* Up to their share, if it is worth it, of what nobody needs, nor needed a
 * moment ago. */
static void grow_others(pass *p, size_t nr, uint64_t usable_kb,
                        uint64_t wants_kb)
{
    xlmem__best b = {.room = XLMEM_STEPS_MAX - p->plan->nr_steps};
    int64_t until_ms;
    const uint64_t kb =
        xlmem__lack_kept_kb(p->lack, p->gentle->rest_ms, &until_ms);
    size_t i;

    if (xlmem__sub0(usable_kb, wants_kb) < p->gentle->least_kb)
        return;
    find_others(p, nr, &b);
    if (b.nr && kb)
        look_at(p, until_ms);
    p->usable_kb = xlmem__sub0(usable_kb, kb);
    for (i = 0; i < b.nr; i++) {
        xlmem__party *party = &p->parties[b.list[i].at];

        grow_party(p, party, party->target_kb + b.list[i].kb);
    }
    say_crowded(p, &b);
}

/* ----------------------------------------------------------- shrinking --- */

/* How much of it may be taken now, down to @to_kb; 0: not now, and why. */
static uint64_t gives_kb(pass *p, xlmem__party *party, uint64_t to_kb,
                         bool idle)
{
    uint64_t kb = xlmem__sub0(party->target_kb, to_kb);
    const uint64_t ahead = xlmem__sub0(party->has_kb, party->target_kb);

    if (!kb)
        return 0;
    party->still = XLMEM__UNASKED;
    if (is_left_out(p, party)) {
        party->still = XLMEM__LEFT_OUT;
        return 0;
    }
    if (is_busy(p, ahead)) {
        party->still = XLMEM__ON_ITS_WAY;
        return 0;
    }
    if (p->gentle->step_kb)
        kb = xlmem__min(kb, p->gentle->step_kb - ahead);
    if (p->urgent)
        return kb;
    if (!idle && !(p->lacking && to_kb >= xlmem__party_used_kb(party)) &&
        party->grown_ms && p->now_ms - party->grown_ms < p->gentle->rest_ms) {
        party->still = XLMEM__RESTS;
        look_at(p, party->grown_ms + p->gentle->rest_ms);
        return 0;
    }
    if (xlmem__party_allowance_kb(party, p->gentle, p->now_ms) < kb) {
        kb = xlmem__party_allowance_kb(party, p->gentle, p->now_ms);
        party->still = XLMEM__PACED;
        look_at(p, xlmem__party_minute_ms(party, p->now_ms));
    }
    return kb;
}

/* Take from those who have more than they need (@idle), or than their share,
 * at least @least_kb of each.  Returns what could be taken of all. */
static uint64_t find_givers(pass *p, size_t nr, bool idle, uint64_t least_kb,
                            xlmem__best *b)
{
    uint64_t sum_kb = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem__party *party = &p->parties[i];
        uint64_t kb;

        if (!takes_part(party) || party->still == XLMEM__MOVES)
            continue;
        kb = gives_kb(
            p, party,
            idle ? xlmem__max(party->share_kb, xlmem__party_demand_kb(party))
                 : party->share_kb,
            idle);
        if (kb < least_kb || !kb)
            continue;
        sum_kb = xlmem__add_sat(sum_kb, kb);
        xlmem__best_add(b, kb, i);
    }
    return sum_kb;
}

/* Returns what is still wanted. */
static uint64_t take(pass *p, size_t nr, bool idle, uint64_t wanted_kb)
{
    xlmem__best b = {.room = XLMEM_STEPS_MAX - p->plan->nr_steps};
    size_t i;

    /* What would be too little of each may be enough of all. */
    if (find_givers(p, nr, idle, p->gentle->least_kb, &b) < wanted_kb) {
        b = (xlmem__best){.room = b.room};
        find_givers(p, nr, idle, XLMEM__NEAR_KB, &b);
    }
    for (i = 0; i < b.nr && wanted_kb; i++) {
        xlmem__party *party = &p->parties[b.list[i].at];
        const uint64_t most = b.list[i].kb;
        const uint64_t kb =
            xlmem__min(most, xlmem__max(wanted_kb, p->gentle->least_kb));

        if (move(p, party, party->target_kb - kb))
            wanted_kb = xlmem__sub0(wanted_kb, kb);
    }
    if (wanted_kb)
        say_crowded(p, &b);
    return wanted_kb;
}

/* A target above what the domain may have is of no use to anybody: its balloon
 * tries for ever to get there (Linux: 15 to 30 % of a CPU).  Returns what that
 * gives. */
static uint64_t cut_ceilings(pass *p, size_t nr)
{
    uint64_t sum_kb = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem__party *party = &p->parties[i];
        uint64_t to_kb = xlmem__max(
            xlmem__max(party->ceiling_kb, party->floor_kb), party->share_kb);

        if (p->gentle->step_kb)
            to_kb = xlmem__max(to_kb,
                               xlmem__sub0(party->has_kb, p->gentle->step_kb));
        if (!takes_part(party) || party->target_kb <= to_kb ||
            is_left_out(p, party))
            continue;
        if (move(p, party, to_kb))
            sum_kb = xlmem__add_sat(sum_kb, party->target_kb - to_kb);
    }
    return sum_kb;
}

/* ----------------------------------------------------- who is left out --- */

/* A target that differs by a page has it try at once: up and down by turns,
 * within its range, since above its ceiling it could not be set. */
static void wake(pass *p, xlmem__party *party)
{
    const uint64_t page = XLMEM__PAGE_KB, kb = party->target_kb;
    const bool may_fall = kb >= xlmem__add_sat(party->floor_kb, page);
    const bool may_rise = xlmem__add_sat(kb, page) <= party->ceiling_kb;
    const int64_t again_ms = xlmem__party_again_ms(party, p->gentle);

    if (!xlmem__party_is_moving(party) || (!may_fall && !may_rise))
        return;
    if (p->now_ms < again_ms)
        look_at(p, again_ms);
    else if (may_fall && (party->nr_stuck % 2 == 0 || !may_rise))
        move(p, party, kb - page);
    else
        move(p, party, kb + page);
}

/* What is kept for one who does not take it is free again.  Returns how much
 * that is. */
static uint64_t release_surplus(pass *p, xlmem__party *party)
{
    const uint64_t to_kb = xlmem__max(party->has_kb, party->floor_kb);

    if (xlmem__party_is_moving(party) && to_kb < party->target_kb)
        return move(p, party, to_kb) ? party->target_kb - to_kb : 0;
    if (party->demand_kb > party->target_kb)
        look_at(p, xlmem__party_again_ms(party, p->gentle));
    return 0;
}

static uint64_t see_to_left_out(pass *p, size_t nr)
{
    uint64_t sum_kb = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem__party *party = &p->parties[i];

        if (!takes_part(party) || !is_left_out(p, party) ||
            party->still == XLMEM__MOVES)
            continue;
        if (party->stuck_giving)
            wake(p, party);
        else
            sum_kb = xlmem__add_sat(sum_kb, release_surplus(p, party));
        party->still = XLMEM__LEFT_OUT;
    }
    return sum_kb;
}

/* ------------------------------------------------------------ in a row --- */

/* For people. */
static void say_rest(pass *p, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (p->parties[i].still == XLMEM__THERE)
            p->parties[i].still = xlmem__party_rest(
                &p->parties[i], p->gentle, p->plenty < XLMEM__SURPLUS);
}

static void plan_moves(pass *p, size_t nr, const xlmem__purse *purse)
{
    xlmem__best needy = {.room = HALF};
    uint64_t wants_kb, lacks_kb;

    find_needs(p, nr, &needy);
    wants_kb = xlmem__add_sat(
        p->needs_kb, xlmem__add_sat(purse->deficit_kb, purse->wanted_kb));
    p->usable_kb = xlmem__sub0(purse->usable_kb, purse->wanted_kb);
    grow_needy(p, &needy);
    p->coming_kb = xlmem__add_sat(p->coming_kb, cut_ceilings(p, nr));
    p->coming_kb = xlmem__add_sat(p->coming_kb, see_to_left_out(p, nr));
    lacks_kb =
        xlmem__sub0(wants_kb, xlmem__add_sat(purse->usable_kb, p->coming_kb));
    if (lacks_kb)
        lacks_kb = take(p, nr, true, lacks_kb);
    if (lacks_kb)
        take(p, nr, false, lacks_kb);
    xlmem__lack_note(p->lack, wants_kb, p->now_ms, p->gentle->rest_ms);
    grow_others(p, nr, purse->usable_kb, wants_kb);
    say_rest(p, nr);
}

xlmem__plenty xlmem__balance(xlmem__party *parties, size_t nr,
                             xlmem__round *round)
{
    const xlmem__purse *purse = round->purse;
    pass p = {.parties = parties,
              .shares = round->shares,
              .gentle = round->gentle,
              .lack = round->lack,
              .now_ms = round->now_ms,
              .again_ms = -1,
              .plan = round->plan_r,
              .urgent = purse->deficit_kb || purse->wanted_kb};

    p.plan->nr_steps = 0;
    share_all(&p, nr, purse, round->room);
    plan_moves(&p, nr, purse);
    round->again_ms_r = p.again_ms;
    return p.plenty;
}
