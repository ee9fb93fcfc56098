/* SPDX-License-Identifier: LGPL-2.1-only */
/* What Xen keeps of the machine's memory for itself. */
#ifndef XLMEM_XENOWN_H
#define XLMEM_XENOWN_H

#include "model/release.h"
#include "model/xen_line.h"

typedef struct xlmem__xenown {
    xlmem__xen_setup setup; /* what the line's options come to */
    uint64_t total_pages;   /* what Xen counts as the machine's memory */
    uint64_t frametable_kb; /* 32 B per page */
    uint64_t m2p_kb;        /* 8 B per page up to the top of RAM */
    uint64_t iommu_kb;      /* dom0's IOMMU tables, where Xen makes them */
    uint64_t crashkernel_kb;
    uint64_t pool_kb;     /* dom0's paging pool (PVH) */
    uint64_t heap_kb;     /* image, stacks, per-CPU areas, console, ... */
    uint64_t avail_pages; /* what dom0_mem is relative to */
    uint64_t nr_pages;    /* what dom0 gets of it */
    uint64_t max_pages;   /* its ceiling; UINT64_MAX: none */
    bool measured;        /* from one boot of this host, not from tables */
} xlmem__xenown;

/* The sum of all but dom0's pool. */
uint64_t xlmem__xenown_kb(const xlmem__xenown *own);

/*
 * @host: map or total known; where it is running, its own accounting
 *   calibrates the sum.
 * @booted: the line it was booted with; empty where that is not known.
 * @line: the line to assume.
 * @own_r: setup and total_pages are filled always, the rest with 0.
 * Returns 0, XLMEM_ERROR_UNKNOWN, XLMEM_ERROR_INFEASIBLE.
 */
int xlmem__xenown_of(const xlmem_host *host, const xlmem__xen_line *booted,
                     const xlmem__xen_line *line, xlmem__xenown *own_r);

/* The last release that there is a figure for. */
xlmem__release xlmem__xenown_newest(void);

#endif /* XLMEM_XENOWN_H */
