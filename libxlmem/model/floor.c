/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's floor:
 *
 *   kernel         what it keeps for itself: its size less MemTotal
 *   least          what runs in it and cannot be reclaimed
 *   order reserve  so that the kernel finds blocks of higher order
 *
 * rounded up.  It is what dom0 holds now, whatever would be right for it: a
 * dom0 that starves has a floor above its size, and then gives nothing.
 */
#include "model/floor.h"

#include "model/checked.h"
#include "model/host.h"
#include "model/kernel_table.h"
#include "model/size_need.h"

#define FLOOR_STEP_KB (16 * XLMEM__MIB_KB)

uint64_t xlmem__floor_kb(uint64_t kernel_kb, uint64_t least_kb)
{
    return xlmem__round_up(
        xlmem__add_sat(kernel_kb,
                       xlmem__add_sat(least_kb, XLMEM__ORDER_LEAST_KB)),
        FLOOR_STEP_KB);
}

/* What dom0 has; 0: not known. */
static uint64_t dom0_has_kb(const xlmem_host *host)
{
    uint64_t kb;

    return xlmem__dom0_size_of(host, &kb) ? kb : 0;
}

bool xlmem__dom0_floor_is_guessed(const xlmem_host *host)
{
    return !XLMEM_KNOWS(&host->dom0, mem_total_kb) ||
           dom0_has_kb(host) <= host->dom0.mem_total_kb;
}

/* MemTotal moves with the size page by page: the difference is the kernel's,
 * for the room it was booted with, too.  Else what its version is known for.
 */
static uint64_t kernel_kb(const xlmem_host *host)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    const uint64_t size = dom0_has_kb(host);
    xlmem__boot boot = {.pvh = dom0->type == XLMEM_DOM_PVH};

    if (!xlmem__dom0_floor_is_guessed(host))
        return size - dom0->mem_total_kb;
    if (XLMEM_KNOWS(dom0, linux_major)) {
        boot.linux_major = dom0->linux_major;
        boot.linux_minor = dom0->linux_minor;
    }
    return xlmem__add_sat(xlmem__kernel_fixed_kb(&boot) + XLMEM__SWIOTLB_KB,
                          XLMEM__METADATA_OF_KB(size));
}

uint64_t xlmem__dom0_floor_kb(const xlmem_host *host)
{
    return xlmem__floor_kb(kernel_kb(host), xlmem__size_least_kb(&host->dom0));
}
