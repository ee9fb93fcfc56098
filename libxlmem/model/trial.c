/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A host on which something is carried out to see whether a domain fits then.
 *
 * To try one is a look at every domain, so not everybody is tried: from what
 * the present state lacks, and what one could make of it at the most, follows
 * for most that it cannot be enough.
 *
 *     lack    need + spoken for - free - what comes
 *             - what dom0 and as many guests as may be asked can give
 *     gain    what it gives, and what headroom, and dom0 by its MemAvailable,
 *             give more then; less what is counted on from it already
 *
 * lack is too small and gain too large, where they are not exact.
 */
#include "model/trial.h"

#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"
#include "private/xen.h"

/* Nobody is told to take less than this away from what a domU may take: it is
 * less than any domU's memory.  Chosen, not measured. */
#define CAP_LEAST_KB (16 * XLMEM__MIB_KB)

/* What dom0 has back of a domU that is shut down, at the least that was
 * measured: private memory of its monitor, and of its QEMU
 * (tests/fixtures/truth/dom0-costs.tsv: 554 kB, 12.1 MiB). */
#define MONITOR_KB 554
#define QEMU_KB (12 * XLMEM__MIB_KB)

xlmem__trial *xlmem__trial_of(const xlmem_host *host,
                              const xlmem_policy *policy,
                              const xlmem_question *question)
{
    xlmem__trial *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->was = host;
    t->policy = *policy;
    t->question = question;
    t->need_kb = question->need_kb;
    t->dom0_need_kb = question->dom0_need_kb;
    t->nr = host->nr_doms + host->nr_reservations;
    xlmem__promised_of(host, &t->promised);
    if (!xlmem__host_borrow(host, &t->host))
        return t;
    xlmem__trial_free(t);
    return NULL;
}

void xlmem__trial_free(xlmem__trial *t)
{
    if (!t)
        return;
    xlmem__host_return(&t->host);
    free(t);
}

/* A domU's ceiling when its maximum is set to @kb. */
static uint64_t ceiling_for(const xlmem_dom *dom, uint64_t kb)
{
    return xlmem__add_sat(xlmem__max(dom->tot_kb, kb), XLMEM_ABOVE_TARGET_KB);
}

/* A create that goes on is not disturbed. */
static bool can_end(const xlmem__trial *t, const xlmem_dom *dom)
{
    return dom->domid && !dom->dying && XLMEM_KNOWS(dom, tot_kb) &&
           !dom->outstanding_kb && !xlmem__promised_has(&t->promised, dom);
}

/* What could be done with the @i-th. */
static bool action_of_dom(const xlmem__trial *t, const xlmem_dom *dom,
                          xlmem_action *a)
{
    const uint64_t growth_kb = xlmem_dom_growth_kb(dom);

    a->domid = dom->domid;
    a->gives_kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);
    if (!can_end(t, dom))
        return false;
    a->gives_kb = xlmem__add_sat(a->gives_kb, growth_kb);
    a->kind = XLMEM_ACTION_DESTROY;
    if (xlmem__is_unbuilt(dom))
        return true;
    a->kind = XLMEM_ACTION_SHUTDOWN;
    if (t->set == XLMEM__TRY_DOMUS)
        return true;
    a->kind = XLMEM_ACTION_CAP;
    if (dom->shutdown || !XLMEM_KNOWS(dom, target_kb))
        return false;
    a->to_kb = xlmem__least_maximum_kb(dom);
    a->gives_kb = xlmem__sub0(dom->maxmem_kb, ceiling_for(dom, a->to_kb));
    return growth_kb > CAP_LEAST_KB && a->gives_kb > CAP_LEAST_KB;
}

bool xlmem__trial_action(const xlmem__trial *t, size_t i, xlmem_action *a)
{
    const xlmem_reservation *res;

    *a = (xlmem_action){.kind = XLMEM_ACTION_RELEASE};
    if (i < t->was->nr_doms)
        return action_of_dom(t, &t->was->doms[i], a);
    res = &t->was->reservations[i - t->was->nr_doms];
    a->gives_kb = xlmem__add_sat(res->need_kb, XLMEM_ABOVE_TARGET_KB);
    memcpy(a->id, res->id, sizeof(a->id));
    return t->set == XLMEM__TRY_LEFTOVERS && XLMEM_KNOWS(res, left_ms) &&
           *res->id && res->need_kb && !XLMEM_KNOWS(res, domid);
}

/* What dom0 has back of it. */
static uint64_t dom0_gets_kb(const xlmem_dom *dom)
{
    return MONITOR_KB + (dom->type == XLMEM_DOM_HVM ? QEMU_KB : 0);
}

static void end_dom(xlmem__trial *t, xlmem_dom *dom)
{
    xlmem_host *host = &t->host;
    const uint64_t kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);

    host->free_kb = xlmem__add_sat(host->free_kb, kb);
    host->dom0.mem_available_kb =
        xlmem__add_sat(host->dom0.mem_available_kb, dom0_gets_kb(dom));
    /* It keeps its place in the list, with nothing. */
    *dom = (xlmem_dom){.known = 0, .domid = dom->domid};
    XLMEM_SET(dom, domid, dom->domid);
    XLMEM_SET(dom, dying, 1);
}

/* By what is set: bytes of a struct that belong to no member are whatever a
 * copy has left in them. */
bool xlmem__trial_did(const xlmem__trial *t, size_t i)
{
    if (i < t->was->nr_doms)
        return t->host.doms[i].dying != t->was->doms[i].dying ||
               t->host.doms[i].maxmem_kb != t->was->doms[i].maxmem_kb;
    i -= t->was->nr_doms;
    return t->host.reservations[i].need_kb != t->was->reservations[i].need_kb;
}

void xlmem__trial_do(xlmem__trial *t, size_t i, const xlmem_action *a)
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

void xlmem__trial_undo_all(xlmem__trial *t)
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

void xlmem__trial_undo(xlmem__trial *t, size_t i, const xlmem_host *before)
{
    t->host.free_kb = before->free_kb;
    t->host.dom0 = before->dom0;
    if (i < t->was->nr_doms)
        t->host.doms[i] = t->was->doms[i];
    else
        t->host.reservations[i - t->was->nr_doms] =
            t->was->reservations[i - t->was->nr_doms];
}

/* ------------------------------------------------------------ deciding --- */

bool xlmem__trial_fits(xlmem__trial *t, size_t room)
{
    if (xlmem__account_with(&t->host, &t->policy, &t->account, &t->survey))
        return false;
    xlmem__outcome_start(&t->outcome, t->need_kb, t->dom0_need_kb);
    return !xlmem__admit_by(&t->host, &t->account, &t->survey, &t->outcome) &&
           (!t->question->no_plan || t->outcome.plan.nr_steps <= room);
}

/* What dom0 bears at the most when all have been built, if it has @more_kb
 * more than now. */
static uint64_t dom0_bears_kb(const xlmem__limits *limits, uint64_t more_kb)
{
    const xlmem_account *account = &limits->account;

    return xlmem__add_sat(
        xlmem__add_sat(account->dom0_absorb_kb, account->dom0_building_kb),
        more_kb);
}

static uint64_t dom0_gives_kb(const xlmem__trial *t,
                              const xlmem__limits *limits, uint64_t more_kb)
{
    const xlmem_account *account = &limits->account;

    if (!XLMEM_KNOWS(account, dom0_give_kb))
        return 0;
    return xlmem__min(
        xlmem__sub0(t->host.dom0.balloon_target_kb, account->dom0_floor_kb),
        xlmem__sub0(dom0_bears_kb(limits, more_kb), t->dom0_need_kb));
}

/* The headroom that is kept for whom a migration costs most, and would be
 * without him. */
static void find_headroom(const xlmem__trial *t, xlmem__limits *limits)
{
    uint64_t most = XLMEM__HEADROOM_LEAST_KB, second = most;
    size_t i;

    for (i = 0; i < t->host.nr_doms; i++) {
        const uint64_t kb = xlmem__log_dirty_kb(&t->host.doms[i]);

        second = xlmem__max(second, xlmem__min(kb, most));
        most = xlmem__max(most, kb);
    }
    limits->log_dirty_kb = most;
    limits->headroom_gain_kb = t->policy.xen_headroom_kb ? 0 : most - second;
}

void xlmem__trial_limits(const xlmem__trial *t, size_t room,
                         xlmem__limits *limits)
{
    const xlmem__givers *givers = &t->survey.givers;
    size_t steps = XLMEM_STEPS_MAX, i;
    uint64_t can_kb;

    limits->account = t->account;
    can_kb = dom0_gives_kb(t, limits, 0);
    if (t->question->no_plan)
        steps = xlmem__min(steps, room);
    limits->nr_asked = xlmem__min(steps, givers->nr);
    for (i = 0; i < limits->nr_asked; i++)
        can_kb = xlmem__add_sat(can_kb, givers->list[i].give_kb);
    /* Of a full list the next is not known: no more than the last. */
    limits->next_give_kb = 0;
    if (limits->nr_asked < givers->nr)
        limits->next_give_kb = givers->list[limits->nr_asked].give_kb;
    else if (givers->nr == XLMEM_STEPS_MAX)
        limits->next_give_kb = givers->list[givers->nr - 1].give_kb;
    limits->lack_kb =
        xlmem__sub0(xlmem__add_sat(t->need_kb, t->account.deficit_kb),
                    xlmem__add_sat(xlmem__add_sat(t->account.usable_kb,
                                                  t->account.coming_kb),
                                   can_kb));
    find_headroom(t, limits);
}

/* What is counted on from it already, and would not come then. */
static uint64_t counted_on_kb(const xlmem__trial *t,
                              const xlmem__limits *limits,
                              const xlmem_dom *dom)
{
    uint64_t kb = xlmem__coming_kb(&t->host, dom);
    const uint64_t give = xlmem_dom_give_kb(dom);

    return give > limits->next_give_kb
               ? xlmem__add_sat(kb, give - limits->next_give_kb)
               : kb;
}

bool xlmem__trial_may_help(const xlmem__trial *t, const xlmem__limits *limits,
                           size_t i, const xlmem_action *a)
{
    const xlmem_dom *dom = NULL;
    uint64_t gain = a->gives_kb, dom0_kb = 0;

    if (a->kind == XLMEM_ACTION_RELEASE) {
        dom0_kb = t->was->reservations[i - t->was->nr_doms].dom0_need_kb;
    } else if (a->kind != XLMEM_ACTION_CAP) {
        dom = &t->host.doms[i];
        dom0_kb = dom0_gets_kb(dom);
        if (xlmem__log_dirty_kb(dom) == limits->log_dirty_kb)
            gain = xlmem__add_sat(gain, limits->headroom_gain_kb);
    }
    if (XLMEM_KNOWS(&limits->account, dom0_absorb_kb) &&
        t->dom0_need_kb > dom0_bears_kb(limits, dom0_kb))
        return false;
    gain = xlmem__add_sat(gain, dom0_gives_kb(t, limits, dom0_kb) -
                                    dom0_gives_kb(t, limits, 0));
    return gain >= xlmem__add_sat(limits->lack_kb,
                                  dom ? counted_on_kb(t, limits, dom) : 0);
}
