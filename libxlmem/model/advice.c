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

#include "model/checked.h"
#include "model/host.h"
#include "model/plan.h"
#include "model/trial.h"
#include "model/units.h"
#include "private/advice.h"
#include "private/dom0.h"

/* Pairs are tried where there are not more. */
#define PAIRS_MAX 64

/* More sections of added memory may be dearer than what is missing. */
#define GROW_ROUNDS 4

static void add_action(xlmem_cure *cure, const xlmem_action *a)
{
    cure->actions[cure->nr++] = *a;
}

/* What the last decision wants of others, where nobody has them give it. */
static void add_targets(const xlmem__trial *t, xlmem_cure *cure)
{
    size_t i;

    for (i = 0; t->question->no_plan && i < t->outcome.plan.nr_steps; i++) {
        const xlmem_step *step = &t->outcome.plan.steps[i];
        const xlmem_action a = {.kind = XLMEM_ACTION_TARGET,
                                .domid = step->domid,
                                .gives_kb = xlmem__step_gives_kb(step),
                                .to_kb = step->to_kb};

        add_action(cure, &a);
    }
}

static uint64_t dom0_short_kb(const xlmem_outcome *outcome)
{
    if (!outcome->dom0_known)
        return 0;
    return xlmem__sub0(outcome->dom0_need_kb, outcome->dom0_spare_kb);
}

/* Carry out the @i-th beside what has been: a cure? */
static bool try_one(xlmem__trial *t, size_t i, size_t room,
                    const xlmem_action *a)
{
    const xlmem_host before = t->host;
    bool yes;

    xlmem__trial_do(t, i, a);
    yes = xlmem__trial_fits(t, room);
    xlmem__trial_undo(t, i, &before);
    return yes;
}

/* Who gives least of those that may be enough and give more than the @i_r-th,
 * which was not.  *i_r: t->nr for the first. */
static bool find_next(const xlmem__trial *t, const xlmem__limits *limits,
                      size_t from, size_t *i_r, xlmem_action *a_r)
{
    const xlmem_action last = *a_r;
    const size_t last_i = *i_r;
    bool found = false;
    xlmem_action a;
    size_t i;

    for (i = from; i < t->nr; i++) {
        if (!xlmem__trial_action(t, i, &a) ||
            (found && a.gives_kb >= a_r->gives_kb) ||
            (last_i < t->nr &&
             (a.gives_kb < last.gives_kb ||
              (a.gives_kb == last.gives_kb && i <= last_i))) ||
            xlmem__trial_did(t, i) || !xlmem__trial_may_help(t, limits, i, &a))
            continue;
        *a_r = a;
        *i_r = i;
        found = true;
    }
    return found;
}

/* The least that is enough beside what has been done. */
static bool find_last(xlmem__trial *t, size_t nr_before, size_t from,
                      size_t *i_r, xlmem_action *a_r)
{
    const size_t room = XLMEM_ACTIONS_MAX - nr_before - 1;
    xlmem__limits limits;

    xlmem__trial_fits(t, room);
    xlmem__trial_limits(t, room, &limits);
    t->dom0_short = dom0_short_kb(&t->outcome) > 0;
    *a_r = (xlmem_action){.gives_kb = 0};
    *i_r = t->nr;
    while (find_next(t, &limits, from, i_r, a_r))
        if (try_one(t, *i_r, room, a_r))
            return true;
    return false;
}

static bool find_pair(xlmem__trial *t, size_t *i_r, xlmem_cure *cure)
{
    uint64_t least_kb = UINT64_MAX;
    xlmem_action first, last;
    size_t i, j;

    for (i = 0; i < t->nr && t->nr <= PAIRS_MAX; i++) {
        const xlmem_host before = t->host;

        if (!xlmem__trial_action(t, i, &first))
            continue;
        xlmem__trial_do(t, i, &first);
        if (find_last(t, 1, i + 1, &j, &last) &&
            xlmem__add_sat(first.gives_kb, last.gives_kb) < least_kb) {
            least_kb = xlmem__add_sat(first.gives_kb, last.gives_kb);
            cure->nr = 2;
            cure->actions[0] = first;
            cure->actions[1] = last;
            i_r[0] = i;
            i_r[1] = j;
        }
        xlmem__trial_undo(t, i, &before);
    }
    return least_kb != UINT64_MAX;
}

/* What dom0 would have of it counts where dom0 is what is short. */
static uint64_t worth(const xlmem__trial *t, size_t i, const xlmem_action *a)
{
    if (t->dom0_short && a->kind == XLMEM_ACTION_SHUTDOWN &&
        t->was->doms[i].type == XLMEM_DOM_HVM)
        return UINT64_MAX;
    return a->gives_kb;
}

static bool find_most(const xlmem__trial *t, size_t *i_r, xlmem_action *a_r)
{
    uint64_t most = 0;
    bool found = false;
    xlmem_action a;
    size_t i;

    for (i = 0; i < t->nr; i++) {
        if (!xlmem__trial_action(t, i, &a) || xlmem__trial_did(t, i) ||
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
static bool find_many(xlmem__trial *t, size_t *i_r, xlmem_cure *cure)
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
        xlmem__trial_do(t, i, &a);
        i_r[cure->nr] = i;
        add_action(cure, &a);
    }
    return false;
}

/* The cure stays carried out, and decided on, when there is one. */
static bool search(xlmem__trial *t, xlmem__try where, xlmem_cure *cure)
{
    size_t chosen[XLMEM_ACTIONS_MAX], i;
    bool found;

    t->set = where;
    xlmem__trial_undo_all(t);
    found = find_last(t, 0, 0, &chosen[0], &cure->actions[0]);
    cure->nr = 1;
    if (!found)
        found = find_pair(t, chosen, cure) || find_many(t, chosen, cure);
    xlmem__trial_undo_all(t);
    if (!found)
        return false;
    for (i = 0; i < cure->nr; i++)
        xlmem__trial_do(t, chosen[i], &cure->actions[i]);
    return xlmem__trial_fits(t, XLMEM_ACTIONS_MAX - cure->nr);
}

/* ---------------------------------------------------------------- dom0 --- */

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

static void ungrow(xlmem__trial *t, const xlmem_host *before)
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
static bool try_size(xlmem__trial *t, uint64_t kb, xlmem_action *a_r,
                     uint64_t *short_r)
{
    const xlmem_host before = t->host;
    xlmem_dom0_request request = {.force = false};
    bool yes;

    *short_r = 0;
    if (!xlmem__add(dom0_size_kb(&before), kb, &kb))
        return false;
    kb = xlmem__round_up(kb, XLMEM__MIB_KB);
    XLMEM_SET(&request, size_kb, kb);
    if (xlmem_dom0_plan(&t->host, &t->policy, &request, &t->move))
        return false;
    *a_r = (xlmem_action){.kind = XLMEM_ACTION_GROW,
                          .gives_kb = kb - dom0_size_kb(&before),
                          .to_kb = kb};
    grow(&t->host, a_r->gives_kb, t->move.price_kb);
    yes = xlmem__trial_fits(t, 0);
    *short_r = dom0_short_kb(&t->outcome);
    if (!yes)
        ungrow(t, &before);
    return yes;
}

/* As much as dom0 is short of, and what that costs itself. */
static bool try_grow(xlmem__trial *t, uint64_t short_kb, xlmem_action *a_r)
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
static bool cure_dom0(xlmem__trial *t, xlmem_cure *cure)
{
    uint64_t short_kb;
    xlmem_action a;

    xlmem__trial_undo_all(t);
    cure->nr = 0;
    if (xlmem__trial_fits(t, 0) || !(short_kb = dom0_short_kb(&t->outcome)))
        return false;
    if (!t->outcome.missing_kb && try_grow(t, short_kb, &a)) {
        add_action(cure, &a);
        return true;
    }
    t->need_kb = xlmem__add_sat(
        t->need_kb, xlmem__round_up(short_kb, XLMEM__MIB_KB) + XLMEM__MIB_KB);
    t->dom0_need_kb = 0;
    if (!search(t, XLMEM__TRY_DOMUS, cure))
        cure->nr = 0;
    t->need_kb = t->question->need_kb;
    t->dom0_need_kb = t->question->dom0_need_kb;
    if (!cure->nr || cure->nr == XLMEM_ACTIONS_MAX ||
        xlmem__trial_fits(t, 0) ||
        !try_grow(t, dom0_short_kb(&t->outcome), &a))
        return false;
    add_action(cure, &a);
    return true;
}

/* ------------------------------------------------------------- answers --- */

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

static void offer(const xlmem__trial *t, xlmem_advice *advice,
                  xlmem_cure *cure)
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
static bool is_there(xlmem__trial *t, xlmem_advice *advice)
{
    xlmem_cure cure = {.nr = 0};

    xlmem__trial_undo_all(t);
    if (!xlmem__trial_fits(t, XLMEM_ACTIONS_MAX)) {
        if (!t->outcome.missing_kb && dom0_short_kb(&t->outcome) &&
            dom0_short_kb(&t->outcome) <= t->outcome.dom0_wait_kb)
            XLMEM_SET(advice, wait_kb, dom0_short_kb(&t->outcome));
        return false;
    }
    if (t->outcome.short_kb && !t->outcome.plan.nr_steps)
        XLMEM_SET(advice, wait_kb, t->outcome.short_kb);
    offer(t, advice, &cure);
    return true;
}

static void find_cures(xlmem__trial *t, xlmem_advice *advice)
{
    xlmem_cure cure;

    if (search(t, XLMEM__TRY_LEFTOVERS, &cure))
        offer(t, advice, &cure);
    if (search(t, XLMEM__TRY_DOMUS, &cure))
        offer(t, advice, &cure);
    if (cure_dom0(t, &cure))
        offer(t, advice, &cure);
}

static uint64_t largest_of(const xlmem_host *host, const xlmem__trial *t,
                           bool plan)
{
    xlmem_largest_domu found = {.now_kb = 0};

    xlmem_largest(host, &t->policy, t->question->like, &found);
    return plan ? found.after_plan_kb : found.now_kb;
}

static void find_largest(const xlmem__trial *t, xlmem_advice *advice)
{
    xlmem_outcome outcome;
    xlmem_host alone;

    if (!t->question->like || !xlmem__host_alone(t->was, &alone))
        return;
    XLMEM_SET(advice, largest_kb,
              largest_of(t->was, t, !t->question->no_plan));
    if (xlmem__outcome_of(&alone, &t->policy, t->need_kb, 0, &outcome) &&
        outcome.missing_kb)
        XLMEM_SET(advice, largest_ever_kb, largest_of(&alone, t, true));
}

/* What is free, and claimed by nobody, is all that Xen gives to anybody. */
static void find_override(const xlmem__trial *t, const xlmem_account *account,
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

static int look_for_cures(xlmem__trial *t, const xlmem_policy *policy,
                          xlmem_advice *advice)
{
    xlmem_account account;
    int rc = xlmem_account_of(t->was, policy, &account);

    if (rc)
        return rc;
    memset(advice, 0, sizeof(*advice));
    /* Found once; it would be computed at each trial. */
    if (XLMEM_KNOWS(&account, dom0_floor_kb))
        t->policy.dom0_floor_kb = account.dom0_floor_kb;
    if (!is_there(t, advice)) {
        find_cures(t, advice);
        find_largest(t, advice);
    }
    xlmem__trial_undo_all(t);
    if (!xlmem__trial_fits(t, 0) || t->outcome.kind != XLMEM_ADMIT)
        find_override(t, &account, advice);
    return 0;
}

int xlmem_advise(const xlmem_host *host, const xlmem_policy *policy,
                 const xlmem_question *question, xlmem_advice *advice_r)
{
    xlmem__trial *t = xlmem__trial_of(host, policy, question);
    int rc;

    if (!t)
        return XLMEM_ERROR_NOMEM;
    rc = look_for_cures(t, policy, advice_r);
    xlmem__trial_free(t);
    return rc;
}
