/* SPDX-License-Identifier: LGPL-2.1-only */
/* What Xen keeps of the machine's memory for itself. */
#ifndef XLMEM_XENOWN_H
#define XLMEM_XENOWN_H

#include "model/units.h"

typedef struct xlmem__xenown {
    uint64_t total_pages;   /* what Xen counts as the machine's memory */
    uint64_t frametable_kb; /* 32 B per page */
    uint64_t m2p_kb;        /* 8 B per page up to the top of RAM */
    uint64_t iommu_kb;      /* dom0's IOMMU tables, where Xen makes them */
    uint64_t crashkernel_kb;
    uint64_t pool_kb;     /* dom0's paging pool (PVH) */
    uint64_t heap_kb;     /* image, stacks, per-CPU areas, console, ... */
    uint64_t avail_pages; /* what dom0_mem is relative to */
    bool measured;        /* from one boot of this host, not from tables */
} xlmem__xenown;

/*
 * @host: map or total known; where it is running, its own accounting
 *   calibrates the sum.
 * @xen_args: the command line to assume.
 * Returns 0, XLMEM_ERROR_UNKNOWN, XLMEM_ERROR_INFEASIBLE.
 */
int xlmem__xenown_of(const xlmem_host *host, const char *xen_args,
                     xlmem__xenown *own_r);

#endif /* XLMEM_XENOWN_H */
