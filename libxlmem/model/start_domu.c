/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * DomUs that start one after another: each is decided on as the guard would
 * decide, on the host that those before it have left.
 *
 *     host --admit--> refused: as before
 *                     fits:    what a plan took has gone from its givers,
 *                              the need has gone from free memory,
 *                              dom0 has back what building took,
 *                              the domU is in the list, with its growth
 *
 * The domains are looked at once, and again after a plan, which changes some
 * of them; one that starts at once is added to what was seen.
 */
#include <stdio.h>
#include <string.h>

#include "model/admit.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/plan.h"
#include "model/starts.h"
#include "private/xen.h"
#include "private/advice.h"

static void give_back_to_xen(xlmem_host *host, xlmem_dom *dom, uint64_t kb)
{
    dom->tot_kb = xlmem__sub0(dom->tot_kb, kb);
    host->free_kb = xlmem__add_sat(host->free_kb, kb);
}

/* dom0's kernel has that much less. */
static void shrink_dom0(xlmem_dom0 *dom0, uint64_t kb)
{
    dom0->mem_available_kb = xlmem__sub0(dom0->mem_available_kb, kb);
    dom0->mem_total_kb = xlmem__sub0(dom0->mem_total_kb, kb);
}

/* What others have been asked for or leave behind has come. */
static void settle(xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        xlmem_dom *dom = &host->doms[i];
        const uint64_t kb = xlmem__coming_kb(host, dom);

        give_back_to_xen(host, dom, kb);
        if (!dom->domid)
            shrink_dom0(&host->dom0, kb);
        if (!dom->dying)
            continue;
        dom->tot_kb = 0;
        dom->paging_kb = 0;
        dom->maxmem_kb = 0;
    }
}

static xlmem_dom *find_dom(xlmem_host *host, uint64_t domid)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, domid);

    return dom ? &host->doms[dom - host->doms] : NULL;
}

/* A plan's targets have been set and followed. */
static void follow_targets(xlmem_host *host, const xlmem_outcome *outcome)
{
    size_t i;

    for (i = 0; i < outcome->plan.nr_steps; i++) {
        const xlmem_step *step = &outcome->plan.steps[i];
        const uint64_t kb = xlmem__step_gives_kb(step);
        xlmem_dom *dom = find_dom(host, step->domid);

        if (dom) {
            give_back_to_xen(host, dom, kb);
            dom->target_kb = step->to_kb;
            if (dom->domid)
                dom->maxmem_kb = xlmem__sub0(dom->maxmem_kb, kb);
        }
        if (step->domid)
            continue;
        host->dom0.balloon_target_kb = step->to_kb;
        shrink_dom0(&host->dom0, kb);
    }
}

/* It runs, and holds what it was built with; there is room for it. */
static void enter_started(xlmem_host *host, const xlmem_start *start,
                          uint64_t dom0_stays_kb)
{
    const xlmem_need_request *request = &start->request;
    xlmem_dom dom = {.known = 0};
    size_t last = host->nr_doms;

    dom.type = request->type;
    XLMEM_SET(&dom, domid, last ? host->doms[last - 1].domid + 1 : 1);
    XLMEM_SET(&dom, vcpus, request->vcpus ? request->vcpus : 1);
    XLMEM_SET(&dom, tot_kb, request->memory_kb);
    XLMEM_SET(&dom, maxmem_kb,
              xlmem__add_sat(request->memory_kb, start->growth_kb));
    if (XLMEM_KNOWS(start, dynamic_min_kb)) {
        XLMEM_SET(&dom, target_kb,
                  xlmem__sub0(request->memory_kb, request->video_kb));
        XLMEM_SET(&dom, dynamic_min_kb, start->dynamic_min_kb);
    }
    host->free_kb = xlmem__sub0(host->free_kb, start->need_kb);
    host->dom0.mem_available_kb =
        xlmem__sub0(host->dom0.mem_available_kb, dom0_stays_kb);
    host->doms[host->nr_doms++] = dom;
}

static void answer(const xlmem_outcome *outcome, xlmem_start *start)
{
    XLMEM_SET(start, need_kb, outcome->need_kb);
    XLMEM_SET(start, dom0_need_kb, outcome->dom0_need_kb);
    XLMEM_SET(start, usable_kb, outcome->usable_kb);
    XLMEM_SET(start, short_kb, outcome->short_kb);
    if (outcome->dom0_known)
        XLMEM_SET(start, dom0_spare_kb, outcome->dom0_spare_kb);
    start->kind = outcome->kind;
}

/* A host on which one starts after another. */
typedef struct queue {
    xlmem_host *host; /* with room for all */
    const xlmem_policy *policy;
    bool looked; /* survey is of the host as it is */
    xlmem__survey survey;
} queue;

static void index_queue(queue *q)
{
    xlmem_host *host = q->host;

    settle(host);
    xlmem__survey_of(host, &q->survey);
    q->looked = true;
}

static int decide_start(queue *q, const xlmem_need *need,
                        xlmem_outcome *outcome)
{
    xlmem_account account;
    int rc;

    if (!q->looked)
        index_queue(q);
    rc = xlmem__account_by(q->host, q->policy, &q->survey, &account);
    if (rc)
        return rc;
    xlmem__outcome_start(outcome, need->need_kb, need->dom0_need_kb);
    return xlmem__admit_by(q->host, &account, &q->survey, outcome);
}

static int start_next(queue *q, xlmem_start *start)
{
    xlmem_host *host = q->host;
    xlmem_outcome outcome;
    xlmem_need need;
    int rc = xlmem_need_of(host, &start->request, &need);

    start->kind = XLMEM_REFUSE;
    if (rc)
        return rc;
    if (!XLMEM_KNOWS(start, growth_kb))
        XLMEM_SET(start, growth_kb, XLMEM_ABOVE_TARGET_KB);
    rc = decide_start(q, &need, &outcome);
    if (rc == XLMEM_ERROR_UNKNOWN)
        return rc;
    answer(&outcome, start);
    if (rc)
        return rc;
    follow_targets(host, &outcome);
    enter_started(host, start, need.dom0_need_kb - need.dom0_build_kb);
    if (outcome.plan.nr_steps)
        q->looked = false;
    else
        xlmem__survey_add(host, &host->doms[host->nr_doms - 1], &q->survey);
    return 0;
}

int xlmem__start_domu(xlmem_host *host, const xlmem_policy *policy,
                      xlmem_start *start)
{
    queue q = {.host = host, .policy = policy, .looked = false};
    int rc = xlmem__host_make_room(host, 1);

    return rc ? rc : start_next(&q, start);
}

/* ------------------------------------------------------------ a list --- */

/*
 * A name is started once.  What has it runs already, or its image could not be
 * restored, which takes an administrator: none of that name behind is started
 * (xendomains, Xen 4.14 to 4.20 and Debian's).  Who says so, the first of a
 * name, is found by a table of chains that stands in the list itself: head is
 * the chain of a hash, next who comes behind in it; places from 1, 0: none.
 */
static bool has_started_name(const xlmem_startup *one)
{
    return one->name && one->name[0];
}

/* FNV-1a, 32 bits. */
static size_t name_hash(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static const xlmem_startup *find_started(const xlmem_startup *list, size_t nr,
                                         const char *name)
{
    size_t at = list[name_hash(name) % nr].head;

    while (at && strcmp(list[at - 1].name, name))
        at = list[at - 1].next;
    return at ? &list[at - 1] : NULL;
}

/* It decides on all of its name that come behind. */
static void enter_name(xlmem_startup *list, size_t nr, size_t at)
{
    size_t *head = &list[name_hash(list[at].name) % nr].head;

    list[at].next = *head;
    *head = at + 1;
}

static xlmem_startup_state state_by(const xlmem_startup *first)
{
    if (first->state != XLMEM_STARTUP_UP)
        return XLMEM_STARTUP_NOT_RESTORED;
    return first->saved ? XLMEM_STARTUP_RESTORED : XLMEM_STARTUP_RUNS;
}

/* An error is the host's, or its own. */
static int judge_start(queue *q, xlmem_startup *one)
{
    int rc = start_next(q, &one->start);

    switch (rc) {
    case 0:
        one->state = XLMEM_STARTUP_UP;
        return 0;
    case XLMEM_ERROR_NO_HEADROOM:
    case XLMEM_ERROR_INFEASIBLE:
        one->state = XLMEM_STARTUP_DOWN;
        return 0;
    case XLMEM_ERROR_UNKNOWN:
    case XLMEM_ERROR_INVAL:
    case XLMEM_ERROR_RANGE:
        one->state = XLMEM_STARTUP_UNKNOWN;
        one->rc = rc;
        return 0;
    default:
        return rc;
    }
}

static int start_one(queue *q, xlmem_startup *list, size_t nr, size_t at)
{
    xlmem_startup *one = &list[at];
    const xlmem_startup *first =
        has_started_name(one) ? find_started(list, nr, one->name) : NULL;
    int rc = 0;

    if (one->rc)
        one->state = XLMEM_STARTUP_UNKNOWN;
    else if (first)
        one->state = state_by(first);
    else
        rc = judge_start(q, one);
    if (!rc && has_started_name(one) && !first &&
        (one->saved || one->state == XLMEM_STARTUP_UP))
        enter_name(list, nr, at);
    return rc;
}

/* Its own side is more than dom0 can spare. */
static bool lacks_dom0(const xlmem_start *start)
{
    return XLMEM_KNOWS(start, dom0_spare_kb) &&
           start->dom0_need_kb > start->dom0_spare_kb;
}

static void count_starts(const xlmem_startup *list, size_t nr,
                         xlmem_startup_sum *sum)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        const bool down = list[i].state == XLMEM_STARTUP_DOWN ||
                          list[i].state == XLMEM_STARTUP_UNKNOWN;

        if (down && !sum->nr_down)
            sum->first_down = i;
        sum->nr_down += down;
        sum->nr_dom0_short += list[i].state == XLMEM_STARTUP_DOWN &&
                              !list[i].start.short_kb &&
                              lacks_dom0(&list[i].start);
        sum->nr_up += list[i].state == XLMEM_STARTUP_UP;
        if (list[i].state == XLMEM_STARTUP_UP &&
            list[i].start.kind == XLMEM_ADMIT_AFTER_PLAN)
            sum->nr_plans++;
    }
}

int xlmem_start_all(xlmem_host *host, const xlmem_policy *policy,
                    xlmem_startup *list, size_t nr, xlmem_startup_sum *sum_r)
{
    queue q = {.host = host, .policy = policy, .looked = false};
    xlmem_startup_sum sum = {.nr_up = 0};
    size_t i;
    int rc = xlmem_account_of(host, policy, &sum.before);

    if (!rc)
        rc = xlmem__host_make_room(host, nr);
    for (i = 0; i < nr; i++)
        list[i].head = list[i].next = 0;
    for (i = 0; i < nr && !rc; i++)
        rc = start_one(&q, list, nr, i);
    if (!rc)
        rc = xlmem_account_of(host, policy, &sum.left);
    if (rc)
        return rc;
    count_starts(list, nr, &sum);
    *sum_r = sum;
    return 0;
}

xlmem_verdict_kind xlmem_startups_verdict(const xlmem_startup_sum *sum)
{
    if (sum->nr_down)
        return XLMEM_REFUSE;
    return sum->nr_plans ? XLMEM_ADMIT_AFTER_PLAN : XLMEM_ADMIT;
}

const char *xlmem_startup_why(const xlmem_startup *one, char *buf, size_t len)
{
    char spare[32];

    buf[0] = '\0';
    switch (one->state) {
    case XLMEM_STARTUP_UP:
        break;
    case XLMEM_STARTUP_DOWN:
        if (lacks_dom0(&one->start))
            snprintf(buf, len, "dom0 can spare %s",
                     xlmem_format_mib(spare, sizeof(spare),
                                      one->start.dom0_spare_kb));
        else
            snprintf(buf, len, "Xen has too little");
        break;
    case XLMEM_STARTUP_UNKNOWN:
        snprintf(buf, len, "what it needs is not known: %s",
                 xlmem_strerror(one->rc));
        break;
    case XLMEM_STARTUP_RUNS:
        snprintf(buf, len, "it runs already");
        break;
    case XLMEM_STARTUP_RESTORED:
        snprintf(buf, len, "it has been restored");
        break;
    case XLMEM_STARTUP_NOT_RESTORED:
        snprintf(buf, len, "its image is not restored");
        break;
    }
    return buf;
}
