/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who has a host's memory:
 *
 *   total = Xen's own, pools included + dom0 + domUs + free
 *
 * Nothing says what Xen has for itself: it is what the others leave.
 */
#include "model/checked.h"
#include "private/all.h"

/* One pass; what one of them does not say is left out of its sum. */
static void add_parts(const xlmem_host *host, xlmem_host_parts *parts)
{
    bool all = XLMEM_KNOWS(host, domains_listed), pools = all;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!dom->domid) {
            if (XLMEM_KNOWS(dom, tot_kb))
                XLMEM_SET(parts, dom0_kb, dom->tot_kb);
            if (XLMEM_KNOWS(dom, paging_kb))
                XLMEM_SET(parts, dom0_pool_kb, dom->paging_kb);
            continue;
        }
        if (!XLMEM_KNOWS(dom, tot_kb) ||
            !xlmem__add(parts->domus_kb, dom->tot_kb, &parts->domus_kb))
            all = false;
        if (!XLMEM_KNOWS(dom, paging_kb) && dom->type != XLMEM_DOM_PV)
            pools = false;
        parts->pools_kb = xlmem__add_sat(parts->pools_kb, dom->paging_kb);
        parts->nr_domus++;
    }
    if (all) {
        XLMEM_SET(parts, domus_kb, parts->domus_kb);
        XLMEM_SET(parts, nr_domus, parts->nr_domus);
    }
    if (pools)
        XLMEM_SET(parts, pools_kb, parts->pools_kb);
}

void xlmem_host_parts_of(const xlmem_host *host, xlmem_host_parts *parts_r)
{
    xlmem_host_parts parts = {.known = 0};
    uint64_t others;

    if (XLMEM_KNOWS(host, total_kb))
        XLMEM_SET(&parts, total_kb, host->total_kb);
    if (XLMEM_KNOWS(host, free_kb))
        XLMEM_SET(&parts, free_kb, host->free_kb);
    add_parts(host, &parts);
    if (!XLMEM_KNOWS(&parts, dom0_kb) &&
        XLMEM_KNOWS(&host->dom0, balloon_current_kb))
        XLMEM_SET(&parts, dom0_kb, host->dom0.balloon_current_kb);
    others = xlmem__add_sat(parts.free_kb,
                            xlmem__add_sat(parts.dom0_kb, parts.domus_kb));
    if (XLMEM_KNOWS(&parts, total_kb) && XLMEM_KNOWS(&parts, free_kb) &&
        XLMEM_KNOWS(&parts, dom0_kb) && XLMEM_KNOWS(&parts, domus_kb) &&
        others <= parts.total_kb)
        XLMEM_SET(&parts, xen_kb, parts.total_kb - others);
    else if (XLMEM_KNOWS(host, xen_kb))
        XLMEM_SET(&parts, xen_kb, host->xen_kb);
    *parts_r = parts;
}
