/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a Linux dom0 makes of the pages that Xen gives it. */
#ifndef XLMEM_KERNEL_H
#define XLMEM_KERNEL_H

#include "model/booted.h"

/* One dom0 as it would boot. */
typedef struct xlmem__boot {
    uint64_t nr_pages;                 /* what Xen gives */
    uint64_t max_pages;                /* ceiling; UINT64_MAX = none */
    uint64_t linux_major, linux_minor; /* 0: not known */
    bool pvh;
    uint64_t nr_cpus; /* of dom0; 0: not known */
} xlmem__boot;

typedef struct xlmem__kernel_cost {
    uint64_t present_pages; /* what the kernel keeps a struct page for */
    uint64_t struct_page_kb, p2m_kb, page_table_kb, hash_kb;
    uint64_t fixed_kb;    /* image, initramfs, swiotlb, per-CPU, ... */
    uint64_t memtotal_kb; /* nr_pages less all of the above */
    xlmem_basis basis;
} xlmem__kernel_cost;

/* All that a kernel keeps for the pages it describes. */
uint64_t xlmem__metadata_kb(const xlmem__kernel_cost *cost);

/* Of that without hash tables, for so much memory of a PV dom0: 64 bytes of
 * struct page, 8 of page table and 8 of P2M for a page of 4096. */
#define XLMEM__METADATA_OF_KB(kb) ((kb) / 4096 * (64 + 8 + 8))

/* Linux's large hash tables of the early boot, dentries and inodes.  @pages:
 * what the kernel sizes them by (nr_kernel_pages). */
uint64_t xlmem__hash_kb(uint64_t pages);

/*
 * @host: its map shapes the kernel's; where it shows one boot of the same
 *   kernel (MemTotal and what dom0 has now, or what its log says it had;
 *   present pages, dom0_mem), that calibrates.
 * Returns 0; XLMEM_ERROR_INFEASIBLE when nothing would be left.
 */
int xlmem__kernel_cost_of(const xlmem_host *host, const xlmem__booted *booted,
                          const xlmem__boot *boot, xlmem__kernel_cost *cost_r);

#endif /* XLMEM_KERNEL_H */
