/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domU takes out of dom0's memory: the xl that waits for its end, the
 * device model of an HVM guest, and the back ends of its devices; and, until
 * it is built, what building takes.
 */
#include "model/checked.h"
#include "model/costs.h"
#include "model/need.h"

/* pv_p2m, 8 bytes for 4096 (xg_dom_x86.c, meminit_pv, 4.14 to 4.20); PVH and
 * HVM guests have none.  Measured on 4.17: 9068 kB for 4 GiB, of which 1900
 * stayed. */
#define PV_FRAMES_SHARE (4096 / 8)

static int add_dom0_cost(xlmem_need *need, const char *name,
                         xlmem__cost_item what, uint64_t n)
{
    const xlmem__cost *cost = &xlmem__costs[what];
    xlmem_term term = {name, 0, cost->source};

    if (!xlmem__mul(n, cost->kb, &term.kb))
        return XLMEM_ERROR_RANGE;
    return xlmem__need_term(need->dom0_terms, &need->nr_dom0_terms,
                            &need->dom0_need_kb, &term);
}

static int add_kb(xlmem_need *need, const char *name, uint64_t kb,
                  const char *source)
{
    xlmem_term term = {name, kb, source};

    return xlmem__need_term(need->dom0_terms, &need->nr_dom0_terms,
                            &need->dom0_need_kb, &term);
}

/* For as long as it lives. */
static int add_life(const xlmem_need_request *request, xlmem_need *need)
{
    bool qemu = request->type == XLMEM_DOM_HVM && !request->stubdom_kb;
    uint64_t queues =
        XLMEM_KNOWS(request, vif_queues) ? request->vif_queues : 1;
    int rc;

    if (!xlmem__mul(queues, request->vifs, &queues))
        return XLMEM_ERROR_RANGE;
    rc = add_dom0_cost(need, "domain", XLMEM__COST_DOMU, 1);
    if (rc)
        return rc;
    rc = add_dom0_cost(need, "xl monitor", XLMEM__COST_MONITOR, 1);
    if (rc)
        return rc;
    rc = add_dom0_cost(need, "device model", XLMEM__COST_QEMU, qemu);
    if (rc)
        return rc;
    rc = add_dom0_cost(need, "vifs", XLMEM__COST_VIF_QUEUE, queues);
    if (rc)
        return rc;
    return add_dom0_cost(need, "vbds", XLMEM__COST_VBD_RING, request->vbds);
}

/* An HVM guest's own is its firmware's business, unless its configuration
 * names one. */
static int add_kernel(const xlmem_need_request *request, xlmem_need *need)
{
    uint64_t kb;

    if (XLMEM_KNOWS(request, kernel_kb)) {
        if (!xlmem__add(request->kernel_kb, request->ramdisk_kb, &kb))
            return XLMEM_ERROR_RANGE;
        return add_kb(need, "kernel, while it is built", kb,
                      "its kernel's file: as libxc unpacks it");
    }
    return add_dom0_cost(need, "kernel, while it is built",
                         XLMEM__COST_BUILD_KERNEL,
                         request->type != XLMEM_DOM_HVM);
}

static int add_building(const xlmem_need_request *request, xlmem_need *need)
{
    int rc = add_dom0_cost(need, "its builder", XLMEM__COST_BUILDER, 1);

    if (rc)
        return rc;
    rc = add_kernel(request, need);
    if (rc)
        return rc;
    rc = add_dom0_cost(need, "stubdomain's kernel", XLMEM__COST_BUILD_KERNEL,
                       request->stubdom_kb != 0);
    if (rc || request->type != XLMEM_DOM_PV)
        return rc;
    return add_kb(need, "its frames, while it is built",
                  xlmem__div_up(request->memory_kb, PV_FRAMES_SHARE),
                  "libxc: 8 bytes for each page of a PV guest");
}

int xlmem__need_dom0(const xlmem_need_request *request, xlmem_need *need)
{
    uint64_t life_kb;
    int rc = add_life(request, need);

    if (rc)
        return rc;
    life_kb = need->dom0_need_kb;
    rc = add_building(request, need);
    need->dom0_build_kb = need->dom0_need_kb - life_kb;
    return rc;
}
