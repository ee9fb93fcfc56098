/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What would make a refused domain start.
 *
 *     try     carry something out on a copy of the host, and decide again;
 *             what is admitted is a cure, whatever the figures seem to say
 *
 * Four kinds are looked for, each as a whole and by itself:
 *
 *     targets    nobody makes others give, and they could
 *     leftovers  what no running domain misses: reservations by hand, what
 *                creates that died have left, ceilings far above what is held
 *     domUs      the fewest that have to be shut down
 *     dom0       more memory for dom0's own side, by itself or with the above
 * Of one or two the exact answer is found by trying; of more the largest are
 * taken until it is enough, and the last one is then exchanged for the least
 * that does.
 */
#include <string.h>

#include "model/account.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/plan.h"
#include "model/units.h"
#include "private/advice.h"
#include "private/dom0.h"

/* libxl sets a ceiling so much above the target (LIBXL_MAXMEM_CONSTANT, 4.14
 * to 4.20). */
#define ABOVE_TARGET_KB XLMEM__MIB_KB
/* Nobody is told to take less than this away from what a domU may take. */
#define CAP_LEAST_KB (16 * XLMEM__MIB_KB)

/* What dom0 has back of a domU that is shut down, at the least that was
 * measured: private memory of its monitor, and of its QEMU
 * (tests/fixtures/truth/dom0-costs.tsv: 554 kB, 12.1 MiB). */
#define MONITOR_KB 554
#define QEMU_KB (12 * XLMEM__MIB_KB)

/* Pairs are tried where there are not more. */
#define PAIRS_MAX 64

/* More sections of added memory may be dearer than what is missing. */
#define GROW_ROUNDS 4

typedef enum set {
    SET_LEFTOVERS,
    SET_DOMUS,
} set;

/* One trial: the host, with what has been carried out on it. */
typedef struct trial {
    const xlmem_host *was;
    xlmem_host host; /* its lists of domains and reservations are its own */
    xlmem_policy policy;
    const xlmem_question *question;
    uint64_t need_kb, dom0_need_kb;
    set set;
    size_t nr; /* who could be asked: domains, then reservations */
    xlmem_verdict verdict;
} trial;

/* --------------------------------------------------------------- doing --- */

/* A domU's ceiling when its maximum is set to @kb. */
static uint64_t ceiling_for(const xlmem_dom *dom, uint64_t kb)
{
    return xlmem__add_sat(xlmem__max(dom->tot_kb, kb), ABOVE_TARGET_KB);
}

/* A create that goes on is not disturbed. */
static bool can_end(const trial *t, const xlmem_dom *dom)
{
    return dom->domid && !dom->dying && XLMEM_KNOWS(dom, tot_kb) &&
           !xlmem__is_being_built(t->was, dom);
}

/* What could be done with the @i-th. */
static bool action_of_dom(const trial *t, const xlmem_dom *dom,
                          xlmem_action *a)
{
    const uint64_t growth_kb = xlmem_dom_growth_kb(dom);

    a->domid = dom->domid;
    a->gives_kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);
    if (!can_end(t, dom))
        return false;
    a->gives_kb = xlmem__add_sat(a->gives_kb, growth_kb);
    a->kind = XLMEM_ACTION_DESTROY;
    if (xlmem_dom_is_unbuilt(t->was, dom))
        return true;
    a->kind = XLMEM_ACTION_SHUTDOWN;
    if (t->set == SET_DOMUS)
        return true;
    a->kind = XLMEM_ACTION_CAP;
    if (dom->shutdown || !XLMEM_KNOWS(dom, target_kb))
        return false;
    a->to_kb = xlmem__least_maximum_kb(dom);
    a->gives_kb = xlmem__sub0(dom->maxmem_kb, ceiling_for(dom, a->to_kb));
    return growth_kb > CAP_LEAST_KB && a->gives_kb > CAP_LEAST_KB;
}

static bool action_of(const trial *t, size_t i, xlmem_action *a)
{
    const xlmem_reservation *res;

    *a = (xlmem_action){.kind = XLMEM_ACTION_RELEASE};
    if (i < t->was->nr_doms)
        return action_of_dom(t, &t->was->doms[i], a);
    res = &t->was->reservations[i - t->was->nr_doms];
    a->gives_kb = res->need_kb;
    memcpy(a->id, res->id, sizeof(a->id));
    return t->set == SET_LEFTOVERS && XLMEM_KNOWS(res, left_ms) && *res->id &&
           res->need_kb && !XLMEM_KNOWS(res, domid);
}

static void end_dom(trial *t, xlmem_dom *dom)
{
    xlmem_host *host = &t->host;
    const uint64_t kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);

    host->free_kb = xlmem__add_sat(host->free_kb, kb);
    host->dom0.mem_available_kb = xlmem__add_sat(
        host->dom0.mem_available_kb,
        MONITOR_KB + (dom->type == XLMEM_DOM_HVM ? QEMU_KB : 0));
    /* It keeps its place in the list, with nothing. */
    *dom = (xlmem_dom){.known = 0, .domid = dom->domid};
    XLMEM_SET(dom, domid, dom->domid);
    XLMEM_SET(dom, dying, 1);
}

/* Whether carry_out() has been there.  By what it sets: bytes of a struct
 * that belong to no member are whatever a copy has left in them. */
static bool is_done(const trial *t, size_t i)
{
    const xlmem_dom *now = &t->host.doms[i], *was = &t->was->doms[i];

    if (i < t->was->nr_doms)
        return now->dying != was->dying || now->maxmem_kb != was->maxmem_kb;
    i -= t->was->nr_doms;
    return t->host.reservations[i].need_kb != t->was->reservations[i].need_kb;
}

static void carry_out(trial *t, size_t i, const xlmem_action *a)
{
    if (i >= t->was->nr_doms) {
        i -= t->was->nr_doms;
        t->host.reservations[i].need_kb = 0;
        t->host.reservations[i].dom0_need_kb = 0;
    } else if (a->kind == XLMEM_ACTION_CAP) {
        t->host.doms[i].maxmem_kb = ceiling_for(&t->host.doms[i], a->to_kb);
    } else {
        end_dom(t, &t->host.doms[i]);
    }
}

static void undo_all(trial *t)
{
    const xlmem_host *was = t->was;

    t->host.free_kb = was->free_kb;
    t->host.dom0 = was->dom0;
    if (was->nr_doms)
        memcpy(t->host.doms, was->doms, was->nr_doms * sizeof(*was->doms));
    if (was->nr_reservations)
        memcpy(t->host.reservations, was->reservations,
               was->nr_reservations * sizeof(*was->reservations));
}

static void undo(trial *t, size_t i, const xlmem_host *before)
{
    t->host.free_kb = before->free_kb;
    t->host.dom0 = before->dom0;
    if (i < t->was->nr_doms)
        t->host.doms[i] = t->was->doms[i];
    else
        t->host.reservations[i - t->was->nr_doms] =
            t->was->reservations[i - t->was->nr_doms];
}

/* ------------------------------------------------------------- deciding --- */

/* Would it start, with what others can be made to give?  @room: how many
 * targets could be named where nobody makes them. */
static bool fits(trial *t, size_t room)
{
    return !xlmem_admit(&t->host, &t->policy, t->need_kb, t->dom0_need_kb,
                        &t->verdict) &&
           (!t->question->no_plan || t->verdict.plan.nr_steps <= room);
}

static void add_action(xlmem_cure *cure, const xlmem_action *a)
{
    cure->actions[cure->nr++] = *a;
}

/* What the last decision wants of others, where nobody has them give it. */
static void add_targets(const trial *t, xlmem_cure *cure)
{
    size_t i;

    for (i = 0; t->question->no_plan && i < t->verdict.plan.nr_steps; i++) {
        const xlmem_step *step = &t->verdict.plan.steps[i];
        const xlmem_action a = {.kind = XLMEM_ACTION_TARGET,
                                .domid = step->domid,
                                .gives_kb = xlmem__step_gives_kb(step),
                                .to_kb = step->to_kb};

        add_action(cure, &a);
    }
}

/* Carry out the @i-th beside what has been: a cure? */
static bool try_one(trial *t, size_t i, size_t nr_before, xlmem_action *a)
{
    const xlmem_host before = t->host;
    bool yes;

    if (!action_of(t, i, a) || is_done(t, i))
        return false;
    carry_out(t, i, a);
    yes = fits(t, XLMEM_ACTIONS_MAX - nr_before - 1);
    undo(t, i, &before);
    return yes;
}

/* The least that is enough beside what has been done. */
static bool find_last(trial *t, size_t nr_before, size_t from, size_t *i_r,
                      xlmem_action *a_r)
{
    xlmem_action a;
    bool found = false;
    size_t i;

    for (i = from; i < t->nr; i++) {
        if ((found && action_of(t, i, &a) && a.gives_kb >= a_r->gives_kb) ||
            !try_one(t, i, nr_before, &a))
            continue;
        *a_r = a;
        *i_r = i;
        found = true;
    }
    return found;
}

static bool find_pair(trial *t, size_t *i_r, xlmem_cure *cure)
{
    uint64_t least_kb = UINT64_MAX;
    xlmem_action first, last;
    size_t i, j;

    for (i = 0; i < t->nr && t->nr <= PAIRS_MAX; i++) {
        const xlmem_host before = t->host;

        if (!action_of(t, i, &first))
            continue;
        carry_out(t, i, &first);
        if (find_last(t, 1, i + 1, &j, &last) &&
            xlmem__add_sat(first.gives_kb, last.gives_kb) < least_kb) {
            least_kb = xlmem__add_sat(first.gives_kb, last.gives_kb);
            cure->nr = 2;
            cure->actions[0] = first;
            cure->actions[1] = last;
            i_r[0] = i;
            i_r[1] = j;
        }
        undo(t, i, &before);
    }
    return least_kb != UINT64_MAX;
}

/* What dom0 would have of it counts where dom0 is what is short. */
static uint64_t worth(const trial *t, size_t i, const xlmem_action *a)
{
    const bool dom0 = t->verdict.dom0_known &&
                      t->verdict.dom0_need_kb > t->verdict.dom0_spare_kb;

    if (dom0 && a->kind == XLMEM_ACTION_SHUTDOWN &&
        t->was->doms[i].type == XLMEM_DOM_HVM)
        return UINT64_MAX;
    return a->gives_kb;
}

static bool find_most(const trial *t, size_t *i_r, xlmem_action *a_r)
{
    uint64_t most = 0;
    bool found = false;
    xlmem_action a;
    size_t i;

    for (i = 0; i < t->nr; i++) {
        if (!action_of(t, i, &a) || is_done(t, i) ||
            (found && worth(t, i, &a) <= most))
            continue;
        most = worth(t, i, &a);
        *a_r = a;
        *i_r = i;
        found = true;
    }
    return found;
}

/* The largest, until one more is enough; of that the least. */
static bool find_many(trial *t, size_t *i_r, xlmem_cure *cure)
{
    xlmem_action a;
    size_t i;

    for (cure->nr = 0; cure->nr < XLMEM_ACTIONS_MAX;) {
        if (find_last(t, cure->nr, 0, &i, &a)) {
            i_r[cure->nr] = i;
            add_action(cure, &a);
            return true;
        }
        if (!find_most(t, &i, &a))
            return false;
        carry_out(t, i, &a);
        i_r[cure->nr] = i;
        add_action(cure, &a);
    }
    return false;
}

/* The cure stays carried out, and decided on, when there is one. */
static bool search(trial *t, set where, xlmem_cure *cure)
{
    size_t chosen[XLMEM_ACTIONS_MAX], i;
    bool found;

    t->set = where;
    undo_all(t);
    found = find_last(t, 0, 0, &chosen[0], &cure->actions[0]);
    cure->nr = 1;
    if (!found)
        found = find_pair(t, chosen, cure) || find_many(t, chosen, cure);
    undo_all(t);
    if (!found)
        return false;
    for (i = 0; i < cure->nr; i++)
        carry_out(t, chosen[i], &cure->actions[i]);
    return fits(t, XLMEM_ACTIONS_MAX - cure->nr);
}

/* ----------------------------------------------------------------- dom0 --- */

static uint64_t dom0_short_kb(const xlmem_verdict *verdict)
{
    if (!verdict->dom0_known)
        return 0;
    return xlmem__sub0(verdict->dom0_need_kb, verdict->dom0_spare_kb);
}

static uint64_t dom0_size_kb(const xlmem_host *host)
{
    return xlmem__max(host->dom0.balloon_target_kb,
                      host->dom0.balloon_current_kb);
}

/* dom0 has @kb more, of which describing them takes @price_kb. */
static void grow(xlmem_host *host, uint64_t kb, uint64_t price_kb)
{
    xlmem_dom0 *dom0 = &host->dom0;
    size_t i;

    host->free_kb = xlmem__sub0(host->free_kb, kb);
    dom0->balloon_target_kb = dom0_size_kb(host) + kb;
    dom0->balloon_current_kb = dom0->balloon_target_kb;
    dom0->mem_available_kb =
        xlmem__sub0(xlmem__add_sat(dom0->mem_available_kb, kb), price_kb);
    for (i = 0; i < host->nr_doms; i++)
        if (!host->doms[i].domid && XLMEM_KNOWS(&host->doms[i], tot_kb))
            host->doms[i].tot_kb = dom0->balloon_target_kb;
}

static void ungrow(trial *t, const xlmem_host *before)
{
    size_t i;

    t->host.free_kb = before->free_kb;
    t->host.dom0 = before->dom0;
    for (i = 0; i < t->host.nr_doms; i++)
        if (!t->host.doms[i].domid)
            t->host.doms[i] = t->was->doms[i];
}

/* dom0 with @kb more, on the host as it is after what has been carried out.
 * @short_r: what it is short of even then. */
static bool try_size(trial *t, uint64_t kb, xlmem_action *a_r,
                     uint64_t *short_r)
{
    const xlmem_host before = t->host;
    xlmem_dom0_request request = {.force = false};
    xlmem_dom0_move move;
    bool yes;

    *short_r = 0;
    if (!xlmem__add(dom0_size_kb(&before), kb, &kb))
        return false;
    kb = xlmem__round_up(kb, XLMEM__MIB_KB);
    XLMEM_SET(&request, size_kb, kb);
    if (xlmem_dom0_plan(&t->host, &t->policy, &request, &move))
        return false;
    *a_r = (xlmem_action){.kind = XLMEM_ACTION_GROW,
                          .gives_kb = kb - dom0_size_kb(&before),
                          .to_kb = kb};
    grow(&t->host, a_r->gives_kb, move.price_kb);
    yes = fits(t, 0);
    *short_r = dom0_short_kb(&t->verdict);
    if (!yes)
        ungrow(t, &before);
    return yes;
}

/* As much as dom0 is short of, and what that costs itself. */
static bool try_grow(trial *t, uint64_t short_kb, xlmem_action *a_r)
{
    uint64_t more_kb = short_kb;
    unsigned round;

    for (round = 0; round < GROW_ROUNDS && short_kb; round++) {
        if (try_size(t, more_kb, a_r, &short_kb))
            return true;
        more_kb = xlmem__add_sat(more_kb, short_kb);
    }
    return false;
}

/* dom0 is short: give it more, out of what domUs leave if need be. */
static bool cure_dom0(trial *t, xlmem_cure *cure)
{
    uint64_t short_kb;
    xlmem_action a;

    undo_all(t);
    cure->nr = 0;
    if (fits(t, 0) || !(short_kb = dom0_short_kb(&t->verdict)))
        return false;
    if (!t->verdict.missing_kb && try_grow(t, short_kb, &a)) {
        add_action(cure, &a);
        return true;
    }
    t->need_kb = xlmem__add_sat(
        t->need_kb, xlmem__round_up(short_kb, XLMEM__MIB_KB) + XLMEM__MIB_KB);
    t->dom0_need_kb = 0;
    if (!search(t, SET_DOMUS, cure))
        cure->nr = 0;
    t->need_kb = t->question->need_kb;
    t->dom0_need_kb = t->question->dom0_need_kb;
    if (!cure->nr || cure->nr == XLMEM_ACTIONS_MAX || fits(t, 0) ||
        !try_grow(t, dom0_short_kb(&t->verdict), &a))
        return false;
    add_action(cure, &a);
    return true;
}

/* -------------------------------------------------------------- answers --- */

static bool is_same(const xlmem_cure *a, const xlmem_cure *b)
{
    size_t i;

    for (i = 0; i < a->nr && i < b->nr; i++)
        if (a->actions[i].kind != b->actions[i].kind ||
            a->actions[i].domid != b->actions[i].domid ||
            strcmp(a->actions[i].id, b->actions[i].id))
            return false;
    return a->nr == b->nr;
}

static void offer(const trial *t, xlmem_advice *advice, xlmem_cure *cure)
{
    size_t i;

    add_targets(t, cure);
    for (i = 0; i < advice->nr_cures; i++)
        if (is_same(cure, &advice->cures[i]))
            return;
    if (cure->nr && advice->nr_cures < XLMEM_CURES_MAX)
        advice->cures[advice->nr_cures++] = *cure;
}

/* Where it fits already, others have to give or to come back first. */
static bool is_there(trial *t, xlmem_advice *advice)
{
    xlmem_cure cure = {.nr = 0};

    undo_all(t);
    if (!fits(t, XLMEM_ACTIONS_MAX)) {
        if (!t->verdict.missing_kb && dom0_short_kb(&t->verdict) &&
            dom0_short_kb(&t->verdict) <= t->verdict.dom0_wait_kb)
            XLMEM_SET(advice, wait_kb, dom0_short_kb(&t->verdict));
        return false;
    }
    if (t->verdict.short_kb && !t->verdict.plan.nr_steps)
        XLMEM_SET(advice, wait_kb, t->verdict.short_kb);
    offer(t, advice, &cure);
    return true;
}

static void find_cures(trial *t, xlmem_advice *advice)
{
    xlmem_cure cure;

    if (search(t, SET_LEFTOVERS, &cure))
        offer(t, advice, &cure);
    if (search(t, SET_DOMUS, &cure))
        offer(t, advice, &cure);
    if (cure_dom0(t, &cure))
        offer(t, advice, &cure);
}

static uint64_t largest_of(const xlmem_host *host, const trial *t, bool plan)
{
    xlmem_largest_domu found = {.now_kb = 0};

    xlmem_largest(host, &t->policy, t->question->like, &found);
    return plan ? found.after_plan_kb : found.now_kb;
}

static void find_largest(const trial *t, xlmem_advice *advice)
{
    xlmem_verdict verdict;
    xlmem_host alone;

    if (!t->question->like || !xlmem__host_alone(t->was, &alone))
        return;
    XLMEM_SET(advice, largest_kb,
              largest_of(t->was, t, !t->question->no_plan));
    if (xlmem_admit(&alone, &t->policy, t->need_kb, 0, &verdict) &&
        verdict.missing_kb)
        XLMEM_SET(advice, largest_ever_kb, largest_of(&alone, t, true));
}

/* What is free, and claimed by nobody, is all that Xen gives to anybody. */
static void find_override(const trial *t, const xlmem_account *account,
                          xlmem_advice *advice)
{
    const xlmem_host *host = t->was;
    const uint64_t has_kb = xlmem__sub0(host->free_kb, host->outstanding_kb);

    if (has_kb < t->need_kb || (XLMEM_KNOWS(&host->dom0, mem_available_kb) &&
                                host->dom0.mem_available_kb < t->dom0_need_kb))
        return;
    XLMEM_SET(advice, override_kb, has_kb - t->need_kb);
    XLMEM_SET(advice, headroom_kb, account->headroom_kb);
}

static int look_for_cures(trial *t, const xlmem_policy *policy,
                          xlmem_advice *advice)
{
    xlmem_account account;
    int rc = xlmem_account_of(t->was, policy, &account);

    if (rc)
        return rc;
    /* Found once; it would be computed at each trial. */
    if (XLMEM_KNOWS(&account, dom0_floor_kb))
        t->policy.dom0_floor_kb = account.dom0_floor_kb;
    if (!is_there(t, advice)) {
        find_cures(t, advice);
        find_largest(t, advice);
    }
    undo_all(t);
    if (!fits(t, 0) || t->verdict.kind != XLMEM_ADMIT)
        find_override(t, &account, advice);
    return 0;
}

int xlmem_advise(const xlmem_host *host, const xlmem_policy *policy,
                 const xlmem_question *question, xlmem_advice *advice_r)
{
    xlmem_advice advice = {.known = 0};
    trial t = {.was = host,
               .policy = *policy,
               .question = question,
               .need_kb = question->need_kb,
               .dom0_need_kb = question->dom0_need_kb,
               .nr = host->nr_doms + host->nr_reservations};
    int rc = xlmem__host_borrow(host, &t.host);

    if (!rc)
        rc = look_for_cures(&t, policy, &advice);
    xlmem__host_return(&t.host);
    if (!rc)
        *advice_r = advice;
    return rc;
}
