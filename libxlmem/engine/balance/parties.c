/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who takes part in a pass, and whose its target is. */
#include "engine/balance/pass.h"

#include <inttypes.h>

#include "codec/text.h"
#include "engine/balance/nodes.h"
#include "engine/facts/draft.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"
#include "private/xen.h"

/* A balloon that is so near has done what it was asked for: Linux's counts
 * from what it found at its boot, a few MiB off (drivers/xen/balloon.c). */
#define NEAR_KB (8 * XLMEM__MIB_KB)

/* What shows that a domain has a balloon: nothing else moves so much. */
#define PROOF_KB (XLMEM__MIB_KB / 4)

/* Signatures of who is new that are written in one pass: 100 us each. */
#define SIGN_MOST 64

/* dom0 is to have so much beyond its reserve: what it takes until it is
 * helped.  While what it has falls, and is near that, it is looked at so
 * often; and no more when it has not fallen for so long. */
#define DOM0_SPARE_KB (64 * XLMEM__MIB_KB)
#define DOM0_NEAR_KB (256 * XLMEM__MIB_KB)
#define DOM0_FALLS_KB (8 * XLMEM__MIB_KB)
#define DOM0_LOOK_MS 500
#define DOM0_CALM_MS 30000

/* ---------------------------------------------------------- signatures --- */

static void fail_node(xlmem__pass *p, xlmem__kept *kept, int rc)
{
    if (rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(p->m->ctx, XLMEM__WARN,
                   "domain %" PRIu64 ": its nodes are out of reach: %s",
                   kept->domid, xlmem_strerror(rc));
    xlmem__pass_refuse(p, kept);
    kept->part = XLMEM_PART_REFUSED;
}

/* Somebody new is taken as it is. */
static bool adopt_target(xlmem__pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    const xlmem__signed_target as_is = {true, target_kb, target_kb};
    int rc;

    if (p->dry)
        return true;
    p->nr_signed++;
    rc = xlmem__signed_write(p->m->ctx, kept->domid, &as_is);
    /* dom0 has no such folder before its target is first set; what cannot be
     * read again must not be kept, or each plan that moves it is made anew. */
    if (rc == XLMEM_ERROR_NOTFOUND && !kept->domid)
        return true;
    if (rc) {
        fail_node(p, kept, rc);
        return false;
    }
    kept->signed_target = as_is;
    kept->refused_after = 0;
    return true;
}

/* Enough that are new have been signed in this pass: this one is next. */
static bool is_for_next_pass(xlmem__pass *p, const xlmem__kept *kept)
{
    if (XLMEM_KNOWS(kept, pin_kb) || kept->signed_target.known ||
        p->nr_signed < SIGN_MOST)
        return false;
    xlmem__at_latest(p, p->now_ms);
    return true;
}

static void pin_target(xlmem__pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    int rc = p->dry ? 0 : xlmem__pin_write(p->m->ctx, kept->domid, target_kb);

    if (rc) {
        fail_node(p, kept, rc);
        return;
    }
    if (!p->dry)
        xlmem__log(
            p->m->ctx, XLMEM__INFO,
            "domain %" PRIu64 ": somebody has set its target to %" PRIu64
            " kB: it stays there until \"xl memguard set %" PRIu64 " auto\"",
            kept->domid, target_kb, kept->domid);
    XLMEM_SET(kept, pin_kb, target_kb);
    kept->part = XLMEM_PART_PINNED;
}

/* It has the target that was signed: from now on no other one is. */
static bool is_to_confirm(const xlmem__kept *kept, uint64_t target_kb)
{
    return kept->signed_target.known &&
           kept->signed_target.to_kb == target_kb &&
           kept->signed_target.from_kb != target_kb;
}

static void confirm_target(xlmem__pass *p, xlmem__kept *kept,
                           uint64_t target_kb)
{
    const xlmem__signed_target there = {true, target_kb, target_kb};

    if (!p->dry && !xlmem__signed_write(p->m->ctx, kept->domid, &there))
        kept->signed_target = there;
}

/* A plan of a guard has taken of it down to there since it was pinned, and
 * gives that back. */
static bool is_taken(const xlmem__pass *p, const xlmem__kept *kept,
                     uint64_t kb)
{
    const xlmem__entries *entries = &p->books.entries;
    size_t i, j;

    for (i = 0; i < entries->nr; i++) {
        const xlmem_plan *plan = &entries->list[i].entry.plan;

        for (j = 0; j < plan->nr_steps; j++)
            if (plan->steps[j].domid == kept->domid &&
                plan->steps[j].to_kb == kb &&
                plan->steps[j].from_kb <= kept->pin_kb &&
                xlmem__step_is_owed(&plan->steps[j]))
                return true;
    }
    return false;
}

/* Its target is the one that it is pinned at, or will be that again: dom0's
 * balloon shows the former one a moment longer. */
static bool is_at_pin(const xlmem__pass *p, const xlmem__kept *kept,
                      uint64_t target_kb)
{
    const xlmem__signed_target *last = &kept->signed_target;

    return kept->pin_kb == target_kb || is_taken(p, kept, target_kb) ||
           (last->known && last->to_kb == kept->pin_kb &&
            last->from_kb == target_kb);
}

/* Nothing is to be written of whose its target is. */
static bool is_written_down(const xlmem__pass *p, const xlmem__kept *kept,
                            uint64_t target_kb)
{
    if (XLMEM_KNOWS(kept, pin_kb))
        return is_at_pin(p, kept, target_kb) &&
               !is_to_confirm(kept, target_kb);
    return kept->signed_target.known &&
           xlmem__is_signed(&kept->signed_target, target_kb) &&
           !is_to_confirm(kept, target_kb);
}

/* Guards move targets, too, and sign them, and debts are paid before a pass:
 * it may be that no event of that has come yet, and what is written by a
 * target of before would make a stranger's of theirs.  Under the lock only an
 * administrator moves it still. */
static bool is_so_after_all(xlmem__pass *p, xlmem__kept *kept,
                            uint64_t target_kb)
{
    int rc = xlmem__cache_make_sure(&p->m->cache, p->m->ctx, kept, &p->stale);

    if (rc) {
        fail_node(p, kept, rc);
        return false;
    }
    if (kept->domid && kept->target_kb != target_kb) {
        kept->part = XLMEM_PART_UNKNOWN;
        return false;
    }
    return true;
}

/* Whether its target is one that may be changed. */
static bool is_free_to_move(xlmem__pass *p, xlmem__kept *kept,
                            uint64_t target_kb)
{
    if (is_for_next_pass(p, kept) || (!is_written_down(p, kept, target_kb) &&
                                      !is_so_after_all(p, kept, target_kb)))
        return false;
    if (XLMEM_KNOWS(kept, pin_kb)) {
        kept->part = XLMEM_PART_PINNED;
        if (is_to_confirm(kept, target_kb))
            confirm_target(p, kept, target_kb);
        if (!is_at_pin(p, kept, target_kb))
            pin_target(p, kept, target_kb);
        return false;
    }
    if (!kept->signed_target.known)
        return adopt_target(p, kept, target_kb);
    if (is_to_confirm(kept, target_kb))
        confirm_target(p, kept, target_kb);
    if (xlmem__is_signed(&kept->signed_target, target_kb))
        return true;
    pin_target(p, kept, target_kb);
    return false;
}

/* ------------------------------------------------------------- parties --- */

/* What it holds beyond its target when it is at rest.  Without a target, as
 * while its nodes are being written, nothing is known to be beyond it. */
static uint64_t beyond_kb(const xlmem_dom *dom)
{
    uint64_t kb;

    if (!XLMEM_KNOWS(dom, maxmem_kb) || !XLMEM_KNOWS(dom, target_kb))
        return 0;
    kb = xlmem__sub0(dom->maxmem_kb,
                     xlmem__add_sat(dom->target_kb, XLMEM_ABOVE_TARGET_KB));
    return kb <= XLMEM_BEYOND_TARGET_KB ? kb : 0;
}

static uint64_t tot_kb_of(const xlmem__pass *p, const xlmem_dom *dom)
{
    const xlmem_dom *later = xlmem_host_find_dom(&p->later, dom->domid);

    return later ? xlmem__min(dom->tot_kb, later->tot_kb) : dom->tot_kb;
}

/* What it has in terms of its target: it may keep so much beside, and a target
 * that is set to all it has lets it keep no more than that.  Linux with commit
 * 5266b8e4445c (in 4.14.117) keeps no video RAM beside it (watch_target). */
static uint64_t has_kb_of(const xlmem_dom *dom, uint64_t tot_kb,
                          uint64_t target_kb)
{
    const uint64_t kb = xlmem__sub0(tot_kb, beyond_kb(dom));

    if (!dom->domid)
        return tot_kb;
    return kb > target_kb
               ? xlmem__max(target_kb, xlmem__sub0(kb, XLMEM_ABOVE_TARGET_KB))
               : xlmem__min(tot_kb, target_kb);
}

static bool is_unfinished(const xlmem__pass *p, const xlmem_dom *dom)
{
    return dom->outstanding_kb || xlmem__never_ran(dom) ||
           (xlmem__promised_has(&p->promised, dom) && dom->paused);
}

static int64_t refused_until_ms(const xlmem__kept *kept)
{
    return kept->refused_ms + kept->refused_after;
}

/* What it is by the books and its range alone. */
static xlmem_part part_by_facts(const xlmem__pass *p, const xlmem__kept *kept,
                                const xlmem_dom *dom)
{
    if (!dom || dom->dying || dom->shutdown)
        return XLMEM_PART_ENDING;
    if (xlmem_domids_has(&p->leaving, dom->domid))
        return XLMEM_PART_ENDING;
    if (dom->domid && is_unfinished(p, dom))
        return XLMEM_PART_BUILDING;
    if (dom->paused)
        return XLMEM_PART_PAUSED;
    if (dom->domid && !XLMEM_KNOWS(kept, dynamic_min_kb))
        return XLMEM_PART_NO_RANGE;
    if (kept->marked & xlmem__all_nodes(false) || !XLMEM_KNOWS(dom, tot_kb) ||
        (dom->domid &&
         (!XLMEM_KNOWS(kept, target_kb) || !XLMEM_KNOWS(kept, static_max_kb))))
        return XLMEM_PART_UNKNOWN;
    if (!dom->domid && !XLMEM_KNOWS(&p->books.host.dom0, balloon_target_kb))
        return XLMEM_PART_UNKNOWN;
    if (kept->uncooperative)
        return XLMEM_PART_UNWILLING;
    if (xlmem_domids_has(&p->asked, dom->domid))
        return XLMEM_PART_ASKED;
    if (p->now_ms < refused_until_ms(kept))
        return XLMEM_PART_REFUSED;
    return XLMEM_PART_TAKEN;
}

/* A floor above static-max takes nothing of it, and gives it nothing: libxl
 * would not set that target, and others would give for it in vain. */
static void bound_domu(const xlmem__kept *kept, xlmem__party *party)
{
    party->floor_kb =
        xlmem__min(kept->dynamic_min_kb,
                   xlmem__max(kept->static_max_kb, party->target_kb));
    party->ceiling_kb = kept->static_max_kb;
    if (XLMEM_KNOWS(kept, dynamic_max_kb))
        party->ceiling_kb =
            xlmem__min(party->ceiling_kb, kept->dynamic_max_kb);
}

/* Not below its floor, which is none above what it can have, nor below what it
 * needs and has promised; up to what its kernel knows of without hotplug. */
static void bound_dom0(const xlmem__pass *p, const xlmem__kept *kept,
                       xlmem__party *party)
{
    const xlmem_dom0 *dom0 = &p->books.host.dom0;
    uint64_t reach = xlmem__max(party->has_kb, party->target_kb);
    uint64_t floor_kb = p->m->account.dom0_floor_kb;

    if (XLMEM_KNOWS(dom0, balloon_low_kb) &&
        XLMEM_KNOWS(dom0, balloon_high_kb))
        reach = xlmem__add_sat(
            party->has_kb,
            xlmem__add_sat(dom0->balloon_low_kb, dom0->balloon_high_kb));
    if (XLMEM_KNOWS(kept, static_max_kb))
        reach = xlmem__min(reach, kept->static_max_kb);
    if (XLMEM_KNOWS(kept, dynamic_min_kb))
        floor_kb = xlmem__max(floor_kb, kept->dynamic_min_kb);
    party->floor_kb =
        xlmem__max(xlmem__min(floor_kb, xlmem__max(reach, party->target_kb)),
                   xlmem__sub0(party->target_kb, p->m->account.dom0_give_kb));
    party->ceiling_kb = reach;
    if (XLMEM_KNOWS(kept, dynamic_max_kb))
        party->ceiling_kb = xlmem__min(reach, kept->dynamic_max_kb);
}

/* Who has not followed yet is moved a little from what it has, to see whether
 * it does: once, and not by each pass again. */
static void bound_unproven(const xlmem__pass *p, xlmem__party *party)
{
    const xlmem__gentle *gentle = &p->m->gentle;
    const uint64_t has_kb = party->has_kb;
    const uint64_t little =
        2 * xlmem__max(gentle->least_kb, has_kb / 10000 * gentle->least_bp);
    const uint64_t least_kb =
        xlmem__min(party->target_kb, xlmem__sub0(has_kb, little));
    const uint64_t most_kb =
        xlmem__max(party->target_kb, xlmem__add_sat(has_kb, little));

    party->floor_kb = xlmem__max(party->floor_kb, least_kb);
    party->ceiling_kb = xlmem__min(party->ceiling_kb, most_kb);
}

static void set_range(const xlmem__pass *p, const xlmem__kept *kept,
                      xlmem__party *party)
{
    if (party->domid)
        bound_domu(kept, party);
    else
        bound_dom0(p, kept, party);
    if (xlmem_domids_has(&p->owed, party->domid))
        party->floor_kb = xlmem__max(party->floor_kb, party->target_kb);
    if (kept->part == XLMEM_PART_UNPROVEN)
        bound_unproven(p, party);
    party->ceiling_kb = xlmem__max(party->ceiling_kb, party->floor_kb);
}

static bool dom0_falls(const xlmem_monitor *m, uint64_t available_kb)
{
    return available_kb + DOM0_FALLS_KB <= m->dom0_slope.from_kb;
}

static bool dom0_is_near(const xlmem_monitor *m, uint64_t available_kb)
{
    return available_kb <
           xlmem__add_sat(m->policy.dom0_reserve_kb, DOM0_NEAR_KB);
}

static void see_dom0(xlmem_monitor *m, int64_t now_ms, uint64_t available_kb)
{
    if (dom0_falls(m, available_kb))
        m->dom0_slope.fell_ms = now_ms;
    m->dom0_slope.from_kb = available_kb;
    m->dom0_slope.looked_ms = now_ms;
}

bool xlmem__dom0_runs_low(xlmem_monitor *m, int64_t now_ms)
{
    xlmem__parser *const parse = xlmem__parse_meminfo;
    xlmem__where where = {.line = 0};
    xlmem_host host;
    bool low;

    if (!m->pass_ms || now_ms - m->dom0_slope.looked_ms < DOM0_LOOK_MS)
        return false;
    m->dom0_slope.looked_ms = now_ms;
    xlmem_host_init(&host);
    low = !xlmem__read_whole(m->ctx, "proc/meminfo", &parse, &host, &where) &&
          XLMEM_KNOWS(&host.dom0, mem_available_kb) &&
          dom0_falls(m, host.dom0.mem_available_kb) &&
          dom0_is_near(m, host.dom0.mem_available_kb);
    xlmem_host_dispose(&host);
    return low;
}

/* Nothing tells that dom0's memory runs out before somebody waits for it.  So
 * while it does it is looked at, and then after as long again as it has not
 * fallen, since what fills it may do that bit by bit. */
static void watch_dom0(xlmem__pass *p, uint64_t available_kb)
{
    const xlmem__slope *slope = &p->m->dom0_slope;
    int64_t after_ms;

    if (!p->observed)
        see_dom0(p->m, p->now_ms, available_kb);
    after_ms = p->now_ms - slope->fell_ms;
    if (!slope->fell_ms || after_ms >= DOM0_CALM_MS ||
        !dom0_is_near(p->m, available_kb))
        return;
    if (after_ms < DOM0_LOOK_MS)
        after_ms = DOM0_LOOK_MS;
    xlmem__at_latest(p, p->now_ms + after_ms);
}

static void take_demand(const xlmem__pass *p, const xlmem__kept *kept,
                        xlmem__party *party)
{
    party->demand_kb = xlmem__demand_kb(
        &kept->demand, p->now_ms, party->target_kb, &party->demand_known);
    party->need_kb =
        party->demand_known
            ? xlmem__demand_need_kb(&kept->demand, p->now_ms, party->target_kb)
            : 0;
    party->kept_kb =
        xlmem__demand_kept_kb(&kept->demand, p->now_ms, party->target_kb);
}

/* It lacks memory before its demand says so, when it has little more available
 * than its reserve. */
static void demand_of_dom0(xlmem__pass *p, xlmem__kept *kept,
                           xlmem__party *party)
{
    const xlmem_dom0 *dom0 = &p->books.host.dom0;
    uint64_t least_kb;

    if (!p->observed) {
        xlmem__report_init(&kept->report);
        xlmem__report_dom0(&kept->report, dom0);
        if (p->stall.at_ms)
            xlmem__report_stall(&kept->report, &p->m->stall, &p->stall);
        kept->heard = true;
    }
    xlmem__kept_hear(kept, p->now_ms, party->has_kb);
    take_demand(p, kept, party);
    if (!XLMEM_KNOWS(dom0, mem_available_kb))
        return;
    least_kb = xlmem__add_sat(
        xlmem__sub0(party->has_kb, dom0->mem_available_kb),
        xlmem__add_sat(p->m->policy.dom0_reserve_kb, DOM0_SPARE_KB));
    if (party->demand_known) {
        party->demand_kb = xlmem__max(party->demand_kb, least_kb);
        party->need_kb = xlmem__max(party->need_kb, least_kb);
    }
    watch_dom0(p, dom0->mem_available_kb);
}

/* What it said while it took no part was bounded by what it had at an earlier
 * pass, and counts for as long as it would have anyway. */
static void hear_anew(xlmem__kept *kept, int64_t now_ms,
                      const xlmem__party *party)
{
    bool known;

    (void)xlmem__demand_kb(&kept->demand, now_ms, party->target_kb, &known);
    kept->heard = kept->heard || known;
}

static void demand_of_dom(xlmem__pass *p, xlmem__kept *kept,
                          xlmem__party *party)
{
    int64_t next_ms;

    if (!party->domid) {
        demand_of_dom0(p, kept, party);
    } else {
        if (kept->party.apart != XLMEM__TAKES_PART)
            hear_anew(kept, p->now_ms, party);
        xlmem__kept_hear(kept, p->now_ms, party->has_kb);
        take_demand(p, kept, party);
    }
    next_ms = xlmem__demand_next_ms(&kept->demand, p->now_ms);
    if (next_ms >= 0)
        xlmem__at_latest(p, next_ms);
}

/* Whether it has moved towards its target since it was seen last: by what Xen
 * counts, since what it has in terms of its target is less by
 * XLMEM_ABOVE_TARGET_KB as soon as that is lowered. */
static bool has_followed(const xlmem__kept *kept, uint64_t tot_kb)
{
    const xlmem__party *party = &kept->party;

    if (party->has_kb > party->target_kb)
        return tot_kb + PROOF_KB <= kept->tot_kb;
    return party->has_kb < party->target_kb &&
           tot_kb >= kept->tot_kb + PROOF_KB;
}

static bool has_arrived(const xlmem__party *party)
{
    return xlmem__sub0(party->has_kb, party->target_kb) <= NEAR_KB &&
           xlmem__sub0(party->target_kb, party->has_kb) <= NEAR_KB;
}

/* While it took no part nobody asked it for anything, and it may not have run:
 * that is no time in which it did not follow. */
static void follow_balloon(xlmem__pass *p, xlmem__kept *kept,
                           xlmem__party *party)
{
    const xlmem__sight sight = {
        .domid = party->domid,
        .kind = party->has_kb > party->target_kb ? XLMEM__GIVES : XLMEM__TAKES,
        .has_kb = party->has_kb,
        .asked_kb = party->target_kb};
    const bool was_apart = kept->party.apart != XLMEM__TAKES_PART;
    const xlmem__track *seen = NULL;

    kept->rests = has_arrived(party);
    if (kept->rests || !kept->seen || was_apart)
        xlmem__tracker_forget(&p->m->balloons, party->domid);
    if (was_apart)
        party->mark_ms = 0;
    if (!kept->rests)
        seen = xlmem__tracker_see(&p->m->balloons, p->now_ms, &sight);
    xlmem__party_see(party, p->now_ms, seen, &p->m->gentle);
}

static xlmem__apart apart_of(xlmem_part part)
{
    switch (part) {
    case XLMEM_PART_TAKEN:
    case XLMEM_PART_UNPROVEN:
    case XLMEM_PART_STUCK:
    case XLMEM_PART_GAVE_UP:
        break;
    case XLMEM_PART_NO_RANGE:
    case XLMEM_PART_UNWILLING:
        return XLMEM__NOT_OPTED_IN;
    case XLMEM_PART_UNKNOWN:
    case XLMEM_PART_REFUSED:
        return XLMEM__NOT_UNDERSTOOD;
    case XLMEM_PART_BUILDING:
    case XLMEM_PART_ASKED:
        return XLMEM__STARTING;
    case XLMEM_PART_PAUSED:
        return XLMEM__PAUSED;
    case XLMEM_PART_ENDING:
        return XLMEM__LEAVING;
    case XLMEM_PART_PINNED:
        return XLMEM__PINNED;
    }
    return XLMEM__TAKES_PART;
}

static void join_in(xlmem__pass *p, xlmem__kept *kept, uint64_t tot_kb,
                    xlmem__party *party)
{
    if (kept->part != XLMEM_PART_TAKEN ||
        !is_free_to_move(p, kept, party->target_kb)) {
        if (kept->part == XLMEM_PART_TAKEN)
            kept->part = XLMEM_PART_UNKNOWN;
        return;
    }
    if (kept->seen && has_followed(kept, tot_kb))
        kept->proven = true;
    if (party->domid && !kept->proven)
        kept->part = XLMEM_PART_UNPROVEN;
    if (!p->observed)
        follow_balloon(p, kept, party);
    demand_of_dom(p, kept, party);
    set_range(p, kept, party);
}

/* What a domain is, for the rule. */
void xlmem__party_of(xlmem__pass *p, xlmem__kept *kept, const xlmem_dom *dom)
{
    xlmem__party party = kept->party;
    uint64_t tot_kb = 0;

    kept->part = part_by_facts(p, kept, dom);
    if (kept->part == XLMEM_PART_REFUSED)
        xlmem__at_latest(p, refused_until_ms(kept));
    party.domid = (uint32_t)kept->domid;
    party.weight = XLMEM_KNOWS(kept, weight) && kept->weight &&
                           kept->weight <= XLMEM__WEIGHT_MAX
                       ? (uint32_t)kept->weight
                       : XLMEM__WEIGHT_USUAL;
    party.demand_known = false;
    if (dom) {
        party.target_kb =
            dom->domid ? dom->target_kb : p->books.host.dom0.balloon_target_kb;
        tot_kb = tot_kb_of(p, dom);
        party.has_kb = has_kb_of(dom, tot_kb, party.target_kb);
        party.floor_kb = party.ceiling_kb = party.demand_kb = party.target_kb;
        join_in(p, kept, tot_kb, &party);
    }
    party.apart = apart_of(kept->part);
    if (dom && party.apart != XLMEM__TAKES_PART) {
        xlmem__kept_hear(kept, p->now_ms, party.has_kb);
        p->coming_kb = xlmem__add_sat(p->coming_kb,
                                      xlmem__coming_kb(&p->books.host, dom));
    }
    kept->party = party;
    kept->tot_kb = tot_kb;
    kept->seen = dom != NULL;
}
