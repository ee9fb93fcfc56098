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
#include "model/kernel_table.h"
#include "model/size_need.h"

#define ORDER_LEAST_KB (64 * XLMEM__MIB_KB)
#define FLOOR_STEP_KB (16 * XLMEM__MIB_KB)
/* Linux's bounce buffers (kernel/dma/swiotlb.c), unless it is told otherwise.
 */
#define SWIOTLB_KB (64 * XLMEM__MIB_KB)
/* 64 bytes of struct page, 8 of page table, 8 of P2M a page of 4096. */
#define METADATA_BYTES (64 + 8 + 8)
#define PAGE_BYTES 4096

uint64_t xlmem__floor_kb(uint64_t kernel_kb, uint64_t least_kb)
{
    return xlmem__round_up(
        xlmem__add_sat(kernel_kb, xlmem__add_sat(least_kb, ORDER_LEAST_KB)),
        FLOOR_STEP_KB);
}

/* What dom0 has; 0: not known. */
static uint64_t size_kb(const xlmem_host *host)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);

    if (XLMEM_KNOWS(&host->dom0, balloon_current_kb))
        return host->dom0.balloon_current_kb;
    return dom0 && XLMEM_KNOWS(dom0, tot_kb) ? dom0->tot_kb : 0;
}

bool xlmem__dom0_floor_is_guessed(const xlmem_host *host)
{
    return !XLMEM_KNOWS(&host->dom0, mem_total_kb) ||
           size_kb(host) <= host->dom0.mem_total_kb;
}

/* MemTotal moves with the size page by page: the difference is the kernel's,
 * for the room it was booted with, too.  Else what its version is known for.
 */
static uint64_t kernel_kb(const xlmem_host *host)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    const uint64_t size = size_kb(host);
    const xlmem__kernel_row *row;
    xlmem__boot boot = {.pvh = dom0->type == XLMEM_DOM_PVH};

    if (!xlmem__dom0_floor_is_guessed(host))
        return size - dom0->mem_total_kb;
    if (XLMEM_KNOWS(dom0, linux_major)) {
        boot.linux_major = dom0->linux_major;
        boot.linux_minor = dom0->linux_minor;
    }
    row = xlmem__kernel_row_of(&boot);
    return xlmem__add_sat((boot.pvh ? row->pvh_kb : row->pv_kb) + SWIOTLB_KB,
                          size / PAGE_BYTES * METADATA_BYTES);
}

uint64_t xlmem__dom0_floor_kb(const xlmem_host *host)
{
    return xlmem__floor_kb(kernel_kb(host), xlmem__size_least_kb(&host->dom0));
}
