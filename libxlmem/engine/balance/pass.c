/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A pass.
 *
 *     lock    read the ledger, then the host; pay what plans of guards owe
 *             facts from the cache -> parties -> the rule -> a plan
 *             read anew what xenstore says of those that the plan moves;
 *             where that is not what the plan goes by: once more
 *             write the moves down, set the targets
 *     unlock
 *
 * Nothing is carried from one pass to the next but what limits and patience go
 * by: a monitor that was killed in a pass leaves targets, and in the ledger
 * what they were set for, and the next one goes on from there.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "engine/balance/monitor.h"
#include "engine/facts/documents.h"
#include "engine/facts/snapshot.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/promised.h"
#include "model/units.h"

/* For so long the decision lock is waited for. */
#define LOCK_MS 200

/* libxl's ceiling above a target (LIBXL_MAXMEM_CONSTANT, Xen 4.14 to 4.20). */
#define ABOVE_TARGET_KB XLMEM__MIB_KB

/* More than any video RAM is, which a domain holds beyond its target (128 MiB
 * is libxl's largest default, qxl's), and what libxl and rounding add. */
#define BEYOND_TARGET_KB (258 * XLMEM__MIB_KB)

/* A balloon that is so near has done what it was asked for: Linux's counts from
 * what it found at its boot, a few MiB off (drivers/xen/balloon.c). */
#define NEAR_KB (8 * XLMEM__MIB_KB)

/* What shows that a domain has a balloon: nothing else moves so much. */
#define PROOF_KB (XLMEM__MIB_KB / 4)

/* Signatures of who is new that are written in one pass: 100 us each. */
#define SIGN_MOST 64

/* A plan is made anew so often because a node is not what the cache says. */
#define PLANS_MOST 4

/* dom0 is to have so much beyond its reserve: what it takes until it is helped.
 * While what it has falls, and is near that, it is looked at so often. */
#define DOM0_SPARE_KB (64 * XLMEM__MIB_KB)
#define DOM0_NEAR_KB (256 * XLMEM__MIB_KB)
#define DOM0_FALLS_KB (8 * XLMEM__MIB_KB)
#define DOM0_LOOK_MS 500

/* Somebody lacks memory, and what is reserved may be set free without an
 * event. */
#define RESERVED_LOOK_MS 5000

/* One pass in the making. */
typedef struct pass {
    xlmem_monitor *m;
    int64_t now_ms;
    bool dry;
    xlmem__books books;
    xlmem_host later; /* who gives, read behind free memory */
    bool observed;    /* all have been looked at in this pass */
    /* By domid: a create that is being decided has asked it for memory; a plan
     * of a guard owes it some. */
    uint64_t asked[XLMEM__DOMIDS / 64], owed[XLMEM__DOMIDS / 64];
    xlmem__promised promised;
    size_t nr_signed;
    uint64_t coming_kb; /* of those that do not take part */
    xlmem__purse purse;
    xlmem__plenty plenty;
    xlmem_plan plan;
    int64_t again_ms; /* INT64_MAX: not before something happens */
} pass;

static void at_latest(pass *p, int64_t ms)
{
    if (ms < p->again_ms)
        p->again_ms = ms;
}

/* ----------------------------------------------------------- the books --- */

static bool has_bit(const uint64_t *bits, uint64_t domid)
{
    return domid < XLMEM__DOMIDS && bits[domid / 64] >> domid % 64 & 1;
}

static void set_bit(uint64_t *bits, uint64_t domid)
{
    if (domid < XLMEM__DOMIDS)
        bits[domid / 64] |= UINT64_C(1) << domid % 64;
}

/* What is owed is given back before anything is moved: dom0's first. */
static int read_books(pass *p)
{
    xlmem_ctx *ctx = p->m->ctx;
    int rc = xlmem__books_read(ctx, NULL, NULL, &p->books);

    if (rc || p->dry || !xlmem__has_debts(&p->books.entries))
        return rc;
    rc = xlmem__debts_pay(ctx, &p->m->policy);
    if (rc)
        return rc;
    xlmem__books_dispose(&p->books);
    return xlmem__books_read(ctx, NULL, NULL, &p->books);
}

static void note_step(pass *p, const xlmem__listed *listed,
                      const xlmem_step *step)
{
    if (!xlmem__step_is_owed(step))
        return;
    if (!listed->counts)
        set_bit(p->owed, step->domid);
    else if (!listed->entry.granted)
        set_bit(p->asked, step->domid);
}

static void note_plans(pass *p)
{
    const xlmem__entries *entries = &p->books.entries;
    size_t i, j;

    memset(p->asked, 0, sizeof(p->asked));
    memset(p->owed, 0, sizeof(p->owed));
    for (i = 0; i < entries->nr; i++)
        for (j = 0; j < entries->list[i].entry.plan.nr_steps; j++)
            note_step(p, &entries->list[i],
                      &entries->list[i].entry.plan.steps[j]);
}

/* A target that is told by somebody's plan, by a guard from before signatures
 * for example. */
static bool is_told(const pass *p, uint64_t domid, uint64_t kb)
{
    const xlmem__entries *entries = &p->books.entries;
    size_t i, j;

    for (i = 0; i < entries->nr; i++) {
        const xlmem_plan *plan = &entries->list[i].entry.plan;

        for (j = 0; j < plan->nr_steps; j++)
            if (plan->steps[j].domid == domid &&
                xlmem__step_is_witness(&plan->steps[j]) &&
                (plan->steps[j].to_kb == kb || plan->steps[j].from_kb == kb))
                return true;
    }
    return false;
}

/* dom0's pressure is no part of the books of a guard. */
static void read_pressure(pass *p)
{
    xlmem__where where = {.line = 0};
    char *buf;
    size_t len;

    if (xlmem__read_document(p->m->ctx, "proc/pressure/memory", &buf, &len))
        return;
    if (xlmem__parse_psi(buf, len, &p->books.host, &where))
        xlmem__warn_of(p->m->ctx, "proc/pressure/memory", &where);
    free(buf);
}

static bool read_balloon(pass *p, const char *path, uint64_t *kb_r)
{
    xlmem__str text;
    char *buf;
    size_t len;
    bool ok;

    if (xlmem__read_document(p->m->ctx, path, &buf, &len))
        return false;
    text = xlmem__trim((xlmem__str){buf, len});
    if (text.len && text.p[text.len - 1] == '\n')
        text.len--;
    ok = !xlmem__number_all(text, 10, kb_r);
    free(buf);
    return ok;
}

/* Nor is what lies in its balloon: how far it can grow. */
static void read_reach(pass *p)
{
    xlmem_dom0 *dom0 = &p->books.host.dom0;
    uint64_t low_kb, high_kb;

    if (!read_balloon(p, XLMEM__BALLOON_FILE("info/low_kb"), &low_kb) ||
        !read_balloon(p, XLMEM__BALLOON_FILE("info/high_kb"), &high_kb))
        return;
    XLMEM_SET(dom0, balloon_low_kb, low_kb);
    XLMEM_SET(dom0, balloon_high_kb, high_kb);
}

/* ---------------------------------------------------------- signatures --- */

static void fail_node(pass *p, xlmem__kept *kept, int rc)
{
    if (rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(p->m->ctx, XLMEM__WARN,
                   "domain %" PRIu64 ": its nodes cannot be written: %s",
                   kept->domid, xlmem_strerror(rc));
    kept->part = XLMEM_PART_UNKNOWN;
    at_latest(p, p->now_ms + RESERVED_LOOK_MS);
}

/* Somebody new is taken as it is. */
static bool adopt_target(pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    const xlmem__signed_target as_is = {true, target_kb, target_kb};
    int rc;

    if (p->dry)
        return true;
    if (p->nr_signed == SIGN_MOST) {
        at_latest(p, p->now_ms);
        return false;
    }
    p->nr_signed++;
    rc = xlmem__signed_write(p->m->ctx, kept->domid, &as_is);
    if (rc && !(rc == XLMEM_ERROR_NOTFOUND && !kept->domid)) {
        fail_node(p, kept, rc);
        return false;
    }
    kept->signed_target = as_is;
    return true;
}

static void pin_target(pass *p, xlmem__kept *kept, uint64_t target_kb)
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
static void confirm_target(pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    const xlmem__signed_target there = {true, target_kb, target_kb};

    if (p->dry || kept->signed_target.to_kb != target_kb ||
        kept->signed_target.from_kb == target_kb)
        return;
    if (!xlmem__signed_write(p->m->ctx, kept->domid, &there))
        kept->signed_target = there;
}

static bool is_signed_or_told(pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    confirm_target(p, kept, target_kb);
    return xlmem__is_signed(&kept->signed_target, target_kb) ||
           is_told(p, kept->domid, target_kb);
}

/* Guards move targets, too, and sign them: it may be that no event of that has
 * come yet. */
static bool is_so_after_all(pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    int rc = xlmem__cache_make_sure(&p->m->cache, p->m->ctx, kept);

    if (rc) {
        fail_node(p, kept, rc);
        return false;
    }
    if (kept->domid && kept->target_kb != target_kb) {
        kept->part = XLMEM_PART_UNKNOWN;
        at_latest(p, p->now_ms);
        return false;
    }
    return is_signed_or_told(p, kept, target_kb);
}

/* Whether its target is one that may be changed. */
static bool is_free_to_move(pass *p, xlmem__kept *kept, uint64_t target_kb)
{
    if (XLMEM_KNOWS(kept, pin_kb)) {
        kept->part = XLMEM_PART_PINNED;
        if (kept->pin_kb != target_kb &&
            !xlmem__is_signed(&kept->signed_target, target_kb))
            pin_target(p, kept, target_kb);
        return false;
    }
    if (!kept->signed_target.known)
        return adopt_target(p, kept, target_kb);
    if (is_signed_or_told(p, kept, target_kb) ||
        is_so_after_all(p, kept, target_kb))
        return true;
    if (kept->part == XLMEM_PART_TAKEN && !XLMEM_KNOWS(kept, pin_kb))
        pin_target(p, kept, target_kb);
    return false;
}

/* ------------------------------------------------------------- parties --- */

/* What it holds beyond its target when it is at rest. */
static uint64_t beyond_kb(const xlmem_dom *dom)
{
    uint64_t kb;

    if (!XLMEM_KNOWS(dom, maxmem_kb))
        return 0;
    kb = xlmem__sub0(dom->maxmem_kb,
                     xlmem__add_sat(dom->target_kb, ABOVE_TARGET_KB));
    return kb <= BEYOND_TARGET_KB ? kb : 0;
}

/* What it has in terms of its target: it may keep so much beside, and a target
 * that is set to all it has lets it keep no more than that. */
static uint64_t has_kb_of(const pass *p, const xlmem_dom *dom,
                          uint64_t target_kb)
{
    const xlmem_dom *later = xlmem_host_find_dom(&p->later, dom->domid);
    uint64_t kb = dom->tot_kb;

    if (later)
        kb = xlmem__min(kb, later->tot_kb);
    if (!dom->domid)
        return kb;
    kb = xlmem__sub0(kb, beyond_kb(dom));
    return kb > target_kb
               ? xlmem__max(target_kb, xlmem__sub0(kb, ABOVE_TARGET_KB))
               : kb;
}

static bool is_unfinished(const pass *p, const xlmem_dom *dom)
{
    return dom->outstanding_kb || xlmem__never_ran(dom) ||
           (xlmem__promised_has(&p->promised, dom) && dom->paused);
}

/* What it is by the books and its range alone. */
static xlmem_part part_by_facts(const pass *p, const xlmem__kept *kept,
                                const xlmem_dom *dom)
{
    if (!dom || dom->dying || dom->shutdown)
        return XLMEM_PART_ENDING;
    if (dom->domid && is_unfinished(p, dom))
        return XLMEM_PART_BUILDING;
    if (dom->paused)
        return XLMEM_PART_PAUSED;
    if (dom->domid && !XLMEM_KNOWS(kept, dynamic_min_kb))
        return XLMEM_PART_NO_RANGE;
    if (kept->marked || !XLMEM_KNOWS(dom, tot_kb) ||
        (dom->domid &&
         (!XLMEM_KNOWS(kept, target_kb) || !XLMEM_KNOWS(kept, static_max_kb))))
        return XLMEM_PART_UNKNOWN;
    if (!dom->domid && !XLMEM_KNOWS(&p->books.host.dom0, balloon_target_kb))
        return XLMEM_PART_UNKNOWN;
    if (kept->uncooperative)
        return XLMEM_PART_UNWILLING;
    if (has_bit(p->asked, dom->domid))
        return XLMEM_PART_ASKED;
    return XLMEM_PART_TAKEN;
}

static void bound_domu(const xlmem__kept *kept, xlmem__party *party)
{
    party->floor_kb = kept->dynamic_min_kb;
    party->ceiling_kb = kept->static_max_kb;
    if (XLMEM_KNOWS(kept, dynamic_max_kb))
        party->ceiling_kb =
            xlmem__min(party->ceiling_kb, kept->dynamic_max_kb);
}

/* Not below its floor, nor so far that what it needs and has promised would
 * not be left; up to what its kernel knows of without hotplug. */
static void bound_dom0(const pass *p, const xlmem__kept *kept,
                       xlmem__party *party)
{
    const xlmem_dom0 *dom0 = &p->books.host.dom0;
    const xlmem_account *account = &p->m->account;
    uint64_t reach = xlmem__max(party->has_kb, party->target_kb);

    if (XLMEM_KNOWS(dom0, balloon_low_kb) &&
        XLMEM_KNOWS(dom0, balloon_high_kb))
        reach = xlmem__add_sat(
            party->has_kb,
            xlmem__add_sat(dom0->balloon_low_kb, dom0->balloon_high_kb));
    if (XLMEM_KNOWS(kept, static_max_kb))
        reach = xlmem__min(reach, kept->static_max_kb);
    if (XLMEM_KNOWS(kept, dynamic_max_kb))
        reach = xlmem__min(reach, kept->dynamic_max_kb);
    party->ceiling_kb = reach;
    party->floor_kb = account->dom0_floor_kb;
    if (XLMEM_KNOWS(kept, dynamic_min_kb))
        party->floor_kb = xlmem__max(party->floor_kb, kept->dynamic_min_kb);
    party->floor_kb = xlmem__max(
        party->floor_kb, xlmem__sub0(party->target_kb, account->dom0_give_kb));
}

/* Who has not followed yet is moved a little, to see whether it does. */
static void bound_unproven(const pass *p, xlmem__party *party)
{
    const xlmem__gentle *gentle = &p->m->gentle;
    const uint64_t little =
        2 * xlmem__max(gentle->least_kb,
                       party->target_kb / 10000 * gentle->least_bp);

    party->floor_kb =
        xlmem__max(party->floor_kb, xlmem__sub0(party->target_kb, little));
    party->ceiling_kb = xlmem__min(party->ceiling_kb,
                                   xlmem__add_sat(party->target_kb, little));
}

static void set_range(const pass *p, const xlmem__kept *kept,
                      xlmem__party *party)
{
    if (party->domid)
        bound_domu(kept, party);
    else
        bound_dom0(p, kept, party);
    if (has_bit(p->owed, party->domid))
        party->floor_kb = xlmem__max(party->floor_kb, party->target_kb);
    if (kept->part == XLMEM_PART_UNPROVEN)
        bound_unproven(p, party);
    party->ceiling_kb = xlmem__max(party->ceiling_kb, party->floor_kb);
}

/* Nothing tells that dom0's memory runs out before somebody waits for it: while
 * it does, it is looked at. */
static void watch_dom0(pass *p, uint64_t available_kb)
{
    const uint64_t had_kb = p->m->dom0_available_kb;

    if (available_kb + DOM0_FALLS_KB <= had_kb &&
        available_kb <
            xlmem__add_sat(p->m->policy.dom0_reserve_kb, DOM0_NEAR_KB))
        at_latest(p, p->now_ms + DOM0_LOOK_MS);
    if (p->observed)
        return;
    p->m->dom0_available_kb = available_kb;
}

/* It lacks memory before its demand says so, when it has little more available
 * than its reserve. */
static void demand_of_dom0(pass *p, xlmem__kept *kept, xlmem__party *party)
{
    const xlmem_dom0 *dom0 = &p->books.host.dom0;
    uint64_t least_kb;

    if (!p->observed) {
        xlmem__report_init(&kept->report);
        xlmem__report_dom0(&kept->report, dom0);
        kept->heard = true;
    }
    xlmem__kept_hear(kept, p->now_ms, party->has_kb);
    party->demand_kb = xlmem__demand_kb(
        &kept->demand, p->now_ms, party->target_kb, &party->demand_known);
    if (!XLMEM_KNOWS(dom0, mem_available_kb))
        return;
    least_kb = xlmem__add_sat(
        xlmem__sub0(party->has_kb, dom0->mem_available_kb),
        xlmem__add_sat(p->m->policy.dom0_reserve_kb, DOM0_SPARE_KB));
    if (party->demand_known)
        party->demand_kb = xlmem__max(party->demand_kb, least_kb);
    watch_dom0(p, dom0->mem_available_kb);
}

static void demand_of_dom(pass *p, xlmem__kept *kept, xlmem__party *party)
{
    int64_t next_ms;

    if (!party->domid) {
        demand_of_dom0(p, kept, party);
    } else {
        xlmem__kept_hear(kept, p->now_ms, party->has_kb);
        party->demand_kb = xlmem__demand_kb(
            &kept->demand, p->now_ms, party->target_kb, &party->demand_known);
    }
    party->need_kb = party->demand_known ? kept->demand.used_kb : 0;
    next_ms = xlmem__demand_next_ms(&kept->demand, p->now_ms);
    if (next_ms >= 0)
        at_latest(p, next_ms);
}

/* Whether it has moved towards its target since it was seen last. */
static bool has_followed(const xlmem__kept *kept, uint64_t has_kb)
{
    const uint64_t had_kb = kept->party.has_kb;

    if (had_kb > kept->party.target_kb)
        return has_kb + PROOF_KB <= had_kb;
    return had_kb < kept->party.target_kb && has_kb >= had_kb + PROOF_KB;
}

static bool has_arrived(const xlmem__party *party)
{
    return xlmem__sub0(party->has_kb, party->target_kb) <= NEAR_KB &&
           xlmem__sub0(party->target_kb, party->has_kb) <= NEAR_KB;
}

static void follow_balloon(pass *p, xlmem__kept *kept, xlmem__party *party)
{
    const xlmem__sight sight = {
        .domid = party->domid,
        .kind = party->has_kb > party->target_kb ? XLMEM__GIVES : XLMEM__TAKES,
        .has_kb = party->has_kb,
        .asked_kb = party->target_kb};
    const xlmem__track *seen = NULL;

    kept->rests = has_arrived(party);
    if (kept->rests)
        xlmem__tracker_forget(&p->m->balloons, party->domid);
    else
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

static void join_in(pass *p, xlmem__kept *kept, xlmem__party *party)
{
    if (kept->part != XLMEM_PART_TAKEN ||
        !is_free_to_move(p, kept, party->target_kb)) {
        if (kept->part == XLMEM_PART_TAKEN)
            kept->part = XLMEM_PART_UNKNOWN;
        return;
    }
    if (kept->seen && has_followed(kept, party->has_kb))
        kept->proven = true;
    if (party->domid && !kept->proven)
        kept->part = XLMEM_PART_UNPROVEN;
    if (!p->observed)
        follow_balloon(p, kept, party);
    demand_of_dom(p, kept, party);
    set_range(p, kept, party);
}

/* What a domain is, for the rule. */
static void party_of(pass *p, xlmem__kept *kept, const xlmem_dom *dom)
{
    xlmem__party party = kept->party;

    kept->part = part_by_facts(p, kept, dom);
    party.domid = (uint32_t)kept->domid;
    party.weight = XLMEM_KNOWS(kept, weight) && kept->weight &&
                           kept->weight <= XLMEM__WEIGHT_MAX
                       ? (uint32_t)kept->weight
                       : XLMEM__WEIGHT_USUAL;
    party.demand_known = false;
    if (dom) {
        party.target_kb =
            dom->domid ? dom->target_kb : p->books.host.dom0.balloon_target_kb;
        party.has_kb = has_kb_of(p, dom, party.target_kb);
        party.floor_kb = party.ceiling_kb = party.demand_kb = party.target_kb;
        join_in(p, kept, &party);
    }
    party.apart = apart_of(kept->part);
    if (dom && party.apart != XLMEM__TAKES_PART)
        p->coming_kb = xlmem__add_sat(p->coming_kb,
                                      xlmem__coming_kb(&p->books.host, dom));
    kept->party = party;
    kept->seen = dom != NULL;
}

/* ------------------------------------------------------------ deciding --- */

static int make_party_room(xlmem_monitor *m)
{
    const size_t nr = m->cache.nr + 1;
    xlmem__party *parties;
    xlmem__share *shares;
    xlmem__cup *cups;
    uint64_t *followers;

    if (nr <= m->party_room)
        return 0;
    parties = realloc(m->parties, nr * sizeof(*parties));
    m->parties = parties ? parties : m->parties;
    shares = realloc(m->shares, nr * sizeof(*shares));
    m->shares = shares ? shares : m->shares;
    cups = realloc(m->room.cups, nr * sizeof(*cups));
    m->room.cups = cups ? cups : m->room.cups;
    followers = realloc(m->room.followers, nr * sizeof(*followers));
    m->room.followers = followers ? followers : m->room.followers;
    if (!parties || !shares || !cups || !followers)
        return XLMEM_ERROR_NOMEM;
    m->party_room = nr;
    return 0;
}

/* Somebody came or went since the cache was put in step. */
static bool is_in_step(const pass *p)
{
    const xlmem_host *host = &p->books.host;
    const xlmem__cache *cache = &p->m->cache;
    size_t i;

    if (host->nr_doms != cache->nr)
        return false;
    for (i = 0; i < cache->nr; i++)
        if (host->doms[i].domid != cache->list[i].domid)
            return false;
    return true;
}

static int do_books(pass *p)
{
    xlmem_monitor *m = p->m;
    int rc;

    xlmem__cache_enter(&m->cache, &p->books.host);
    xlmem__tracker_see_host(&m->promises, p->now_ms, &p->books.host);
    rc = xlmem_account_of(&p->books.host, &m->policy, &m->account);
    m->has_account = !rc;
    return rc;
}

/* What others have been asked for and will give is not missing. */
static void fill_purse(pass *p)
{
    const xlmem_account *account = &p->m->account;

    p->purse = (xlmem__purse){
        .usable_kb = xlmem__sub0(account->usable_kb,
                                 xlmem__may_return_kb(&p->books.host)),
        .deficit_kb = xlmem__sub0(account->deficit_kb, p->coming_kb)};
}

/* The parties as the rule left them, back to their domains. */
static void keep_parties(pass *p)
{
    size_t i;

    for (i = 0; i < p->m->cache.nr; i++) {
        xlmem__kept *kept = &p->m->cache.list[i];

        kept->party = p->m->parties[i];
        if (kept->party.still == XLMEM__LEFT_OUT)
            kept->part = kept->party.pace == XLMEM__GAVE_UP
                             ? XLMEM_PART_GAVE_UP
                             : XLMEM_PART_STUCK;
    }
}

/* Free memory is read behind the domains: what a balloon has given in between
 * is free, and is not what it still holds. */
static int look_again_at_givers(pass *p)
{
    if (!p->m->account.coming_kb || p->later.nr_doms)
        return 0;
    return xlmem__snapshot_books(p->m->ctx, NULL, &p->later);
}

static int decide_once(pass *p)
{
    xlmem_monitor *m = p->m;
    int64_t again_ms = -1;
    size_t i;
    int rc = do_books(p);

    if (!rc)
        rc = look_again_at_givers(p);
    if (rc)
        return rc;
    p->coming_kb = 0;
    xlmem__promised_of(&p->books.host, &p->promised);
    for (i = 0; i < m->cache.nr; i++) {
        xlmem__kept *kept = &m->cache.list[i];

        party_of(p, kept, xlmem_host_find_dom(&p->books.host, kept->domid));
        m->parties[i] = kept->party;
    }
    fill_purse(p);
    p->plenty =
        xlmem__balance(m->parties, m->cache.nr, &p->purse, &m->gentle,
                       p->now_ms, m->shares, &m->room, &p->plan, &again_ms);
    keep_parties(p);
    if (again_ms >= 0)
        at_latest(p, again_ms);
    return 0;
}

/* ----------------------------------------------------------- carrying out --- */

/* What is read anew of those that are about to be moved: an administrator may
 * have set their targets while no event of that has come yet. */
/* A plan by facts that are still true: what it goes by is read anew of those
 * that it moves, since an administrator may have set their targets while no
 * event of that has come yet. */
static int decide_for_sure(pass *p)
{
    int i, rc = 0;

    for (i = 0; i < PLANS_MOST && !rc; i++) {
        bool changed = false;

        rc = decide_once(p);
        if (rc || !p->plan.nr_steps)
            return rc;
        p->observed = true;
        rc = xlmem__cache_reread(&p->m->cache, p->m->ctx, &p->plan, &changed);
        if (!rc && !changed)
            return 0;
    }
    p->plan.nr_steps = 0;
    at_latest(p, p->now_ms);
    return rc;
}

static void note_move(pass *p, const xlmem_step *step, int rc)
{
    xlmem_monitor *m = p->m;
    xlmem__kept *kept = xlmem__cache_find(&m->cache, step->domid);

    if (!kept || step->action != XLMEM_STEP_TARGET)
        return;
    if (rc)
        xlmem__cache_doubt(&m->cache, step->domid);
    else if (kept->domid)
        XLMEM_SET(kept, target_kb, step->to_kb);
    kept->signed_target = (xlmem__signed_target){
        true, step->to_kb, kept->domid ? step->to_kb : step->from_kb};
    kept->party.target_kb = step->to_kb;
    kept->moved_ms = p->now_ms;
    xlmem__balance_done(&kept->party, p->now_ms, step);
    m->nr_moves++;
    m->moved_kb += xlmem__max(step->from_kb, step->to_kb) -
                   xlmem__min(step->from_kb, step->to_kb);
}

static int move_targets(pass *p)
{
    xlmem_monitor *m = p->m;
    size_t i;
    int rc;

    if (!p->plan.nr_steps || p->dry)
        return 0;
    rc = xlmem__plan_move(m->ctx, &p->books.entries, &m->intent, &p->plan);
    for (i = 0; i < p->plan.nr_steps; i++)
        note_move(p, &p->plan.steps[i], rc);
    at_latest(p, p->now_ms + m->gentle.look_ms);
    return rc;
}

/* Others may give, or take what they were promised, without an event. */
static void look_at_others(pass *p)
{
    const xlmem_account *account = &p->m->account;

    if (account->coming_kb)
        at_latest(p, p->now_ms + p->m->gentle.look_ms);
    if (p->books.host.nr_reservations && (p->plenty == XLMEM__FIRST_SCARCE ||
                                          p->plenty == XLMEM__OTHERS_SCARCE ||
                                          p->plenty == XLMEM__BELOW_FLOORS))
        at_latest(p, p->now_ms + RESERVED_LOOK_MS);
}

static int pass_locked(pass *p)
{
    int rc = read_books(p);

    if (rc)
        return rc;
    if (!is_in_step(p)) {
        p->m->look = true;
        at_latest(p, p->now_ms);
    }
    note_plans(p);
    read_pressure(p);
    read_reach(p);
    rc = make_party_room(p->m);
    if (!rc)
        rc = decide_for_sure(p);
    if (!rc)
        rc = move_targets(p);
    if (!rc)
        look_at_others(p);
    return rc;
}

static int lock_briefly(xlmem_ctx *ctx)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = ctx->backend->ledger_lock(ctx->backend_user, LOCK_MS, LOCK_MS,
                                       err, sizeof(err));

    if (rc && rc != XLMEM_ERROR_BUSY)
        xlmem__log(ctx, XLMEM__ERR, "the ledger cannot be locked: %s",
                   xlmem__why(err, rc));
    return rc;
}

int xlmem__monitor_pass(xlmem_monitor *m, int64_t now_ms, bool dry,
                        xlmem_plan *plan_r)
{
    pass *p;
    int rc = lock_briefly(m->ctx);

    if (rc)
        return rc;
    p = calloc(1, sizeof(*p));
    if (p) {
        *p = (pass){.m = m, .now_ms = now_ms, .dry = dry};
        p->again_ms = INT64_MAX;
        xlmem_host_init(&p->later);
        rc = pass_locked(p);
        xlmem__books_dispose(&p->books);
        xlmem_host_dispose(&p->later);
        m->again_ms = p->again_ms;
        if (!rc && plan_r)
            *plan_r = p->plan;
    }
    xlmem__guard_unlock(m->ctx);
    rc = p ? rc : XLMEM_ERROR_NOMEM;
    free(p);
    m->nr_passes += !rc;
    return rc;
}
