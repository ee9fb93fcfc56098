/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The domUs that run on one host, as they would be asked for on another: built
 * with what they hold, with their maximum and growth; the pool is the other
 * libxl's default, unless theirs was asked for by size, which shows in that it
 * is not the default here.  Their devices are not known from a snapshot.
 */
#include <stdlib.h>

#include "model/checked.h"
#include "model/starts.h"
#include "model/need.h"

static bool has_pool(const xlmem_host *host, const xlmem_need_request *request,
                     uint64_t kb)
{
    uint64_t pool_kb;

    return !xlmem__need_pool_kb(host, request, &pool_kb) && pool_kb == kb;
}

static void keep_pool(const xlmem_host *host, const xlmem_dom *dom,
                      xlmem_need_request *request)
{
    xlmem_need_request without = *request;

    if (!XLMEM_KNOWS(dom, paging_kb) || request->type == XLMEM_DOM_PV ||
        has_pool(host, request, dom->paging_kb))
        return;
    without.known &= ~XLMEM_FACT_BIT(&without, vcpus);
    if (request->vcpus == 1 && has_pool(host, &without, dom->paging_kb))
        *request = without;
    else
        XLMEM_SET(request, shadow_memory_kb, dom->paging_kb);
}

void xlmem__request_of_dom(const xlmem_host *host, const xlmem_dom *dom,
                           xlmem_need_request *request_r)
{
    xlmem_need_request request = {.type = dom->type};

    /* Xen's side of a PVH domU is the dearest. */
    if (request.type == XLMEM_DOM_UNKNOWN)
        request.type = XLMEM_DOM_PVH;
    if (XLMEM_KNOWS(dom, tot_kb))
        XLMEM_SET(&request, memory_kb, dom->tot_kb);
    if (dom->vcpus)
        XLMEM_SET(&request, vcpus, dom->vcpus);
    if (XLMEM_KNOWS(dom, static_max_kb))
        XLMEM_SET(&request, maxmem_kb, dom->static_max_kb);
    if (xlmem_dom_has_pci(dom))
        XLMEM_SET(&request, passthrough, 1);
    keep_pool(host, dom, &request);
    *request_r = request;
}

bool xlmem__dom_stays(const xlmem_dom *dom)
{
    return !dom->domid || dom->dying || dom->shutdown;
}

static void start_of(const xlmem_host *from, const xlmem_host *to,
                     const xlmem_dom *dom, xlmem_start *start)
{
    xlmem_need need;

    *start = (xlmem_start){.kind = XLMEM_REFUSE};
    xlmem__request_of_dom(from, dom, &start->request);
    XLMEM_SET(start, domid, dom->domid);
    if (XLMEM_KNOWS(dom, maxmem_kb) && XLMEM_KNOWS(dom, tot_kb))
        XLMEM_SET(start, growth_kb, xlmem__sub0(dom->maxmem_kb, dom->tot_kb));
    if (!xlmem_need_of(to, &start->request, &need))
        XLMEM_SET(start, need_kb, need.need_kb);
}

/* The largest first; of the same size the lower id. */
static int larger_first(const void *a, const void *b)
{
    const xlmem_start *one = a, *other = b;

    if (one->need_kb != other->need_kb)
        return one->need_kb < other->need_kb ? 1 : -1;
    return (one->domid > other->domid) - (one->domid < other->domid);
}

size_t xlmem_starts_of(const xlmem_host *from, const xlmem_host *to,
                       xlmem_start *starts_r)
{
    size_t i, nr = 0;

    for (i = 0; i < from->nr_doms; i++)
        if (!xlmem__dom_stays(&from->doms[i]))
            start_of(from, to, &from->doms[i], &starts_r[nr++]);
    if (nr)
        qsort(starts_r, nr, sizeof(*starts_r), larger_first);
    return nr;
}
