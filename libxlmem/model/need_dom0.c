/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domU takes out of dom0's memory: the xl that waits for its end, the
 * device model of an HVM guest, and the back ends of its devices.
 */
#include "model/checked.h"
#include "model/costs.h"
#include "model/need.h"

static int add(xlmem_need *need, const char *name, xlmem__cost_item what,
               uint64_t n)
{
    const xlmem__cost *cost = xlmem__cost_get(what);
    xlmem_term term = {name, 0, cost->source};

    if (!xlmem__mul(n, cost->kb, &term.kb))
        return XLMEM_ERROR_RANGE;
    return xlmem__need_term(need->dom0_terms, &need->nr_dom0_terms,
                            &need->dom0_need_kb, &term);
}

int xlmem__need_dom0(const xlmem_need_request *request, xlmem_need *need)
{
    bool qemu = request->type == XLMEM_DOM_HVM && !request->stubdom_kb;
    uint64_t queues =
        XLMEM_KNOWS(request, vif_queues) ? request->vif_queues : 1;
    int rc;

    if (!xlmem__mul(queues, request->vifs, &queues))
        return XLMEM_ERROR_RANGE;
    rc = add(need, "domain", XLMEM__COST_DOMU, 1);
    if (rc)
        return rc;
    rc = add(need, "xl monitor", XLMEM__COST_MONITOR, 1);
    if (rc)
        return rc;
    rc = add(need, "device model", XLMEM__COST_QEMU, qemu);
    if (rc)
        return rc;
    rc = add(need, "vifs", XLMEM__COST_VIF_QUEUE, queues);
    if (rc)
        return rc;
    return add(need, "vbds", XLMEM__COST_VBD_RING, request->vbds);
}
