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
 */
#include "model/account.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/plan.h"
#include "model/units.h"

/* libxl sets maxmem so much above the target (LIBXL_MAXMEM_CONSTANT, 4.14 to
 * 4.20). */
#define GROWTH_KB XLMEM__MIB_KB

static void give(xlmem_host *host, xlmem_dom *dom, uint64_t kb)
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

        give(host, dom, kb);
        if (!dom->domid)
            shrink_dom0(&host->dom0, kb);
        if (!dom->dying)
            continue;
        dom->tot_kb = 0;
        dom->paging_kb = 0;
        dom->maxmem_kb = 0;
    }
}

/* A plan's targets have been set and followed. */
static void follow(xlmem_host *host, const xlmem_verdict *verdict)
{
    size_t i, j;

    for (i = 0; i < verdict->plan.nr_steps; i++) {
        const xlmem_step *step = &verdict->plan.steps[i];
        const uint64_t kb = xlmem__step_gives_kb(step);

        for (j = 0; j < host->nr_doms; j++) {
            xlmem_dom *dom = &host->doms[j];

            if (dom->domid != step->domid)
                continue;
            give(host, dom, kb);
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

/* It runs, and holds what it was built with. */
static int enter(xlmem_host *host, const xlmem_start *start,
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
    return xlmem__host_add_dom(host, &dom);
}

static void answer(const xlmem_verdict *verdict, xlmem_start *start)
{
    XLMEM_SET(start, need_kb, verdict->need_kb);
    XLMEM_SET(start, dom0_need_kb, verdict->dom0_need_kb);
    XLMEM_SET(start, usable_kb, verdict->usable_kb);
    XLMEM_SET(start, short_kb, verdict->short_kb);
    if (verdict->dom0_known)
        XLMEM_SET(start, dom0_spare_kb, verdict->dom0_spare_kb);
    start->kind = verdict->kind;
}

int xlmem_start_domu(xlmem_host *host, const xlmem_policy *policy,
                     xlmem_start *start)
{
    xlmem_verdict verdict;
    xlmem_need need;
    int rc = xlmem_need_of(host, &start->request, &need);

    start->kind = XLMEM_REFUSE;
    if (rc)
        return rc;
    if (!XLMEM_KNOWS(start, growth_kb))
        XLMEM_SET(start, growth_kb, GROWTH_KB);
    settle(host);
    rc = xlmem_admit(host, policy, need.need_kb, need.dom0_need_kb, &verdict);
    if (rc == XLMEM_ERROR_UNKNOWN)
        return rc;
    answer(&verdict, start);
    if (rc)
        return rc;
    follow(host, &verdict);
    return enter(host, start, need.dom0_need_kb - need.dom0_build_kb);
}
