/* SPDX-License-Identifier: LGPL-2.1-only */
/* What differs between kernel versions, as far as dom0's memory goes. */
#ifndef XLMEM_KERNEL_TABLE_H
#define XLMEM_KERNEL_TABLE_H

#include "model/kernel.h"
#include "model/release.h"

typedef struct xlmem__kernel_row {
    xlmem__release since;
    uint64_t pv_kb, pvh_kb; /* the fixed part with two vCPUs */
    uint64_t per_cpu_kb;    /* each further vCPU */
    const char *source;     /* of these, for who reads them */
} xlmem__kernel_row;

/*
 * The newest row that is not after the version; the oldest when the kernel is
 * older than the table; the newest when the version is not known (major 0).
 */
const xlmem__kernel_row *xlmem__kernel_row_of(const xlmem__boot *boot);

/* The fixed part of such a dom0 with two vCPUs, without bounce buffers. */
uint64_t xlmem__kernel_fixed_kb(const xlmem__boot *boot);

/* Linux's bounce buffers (kernel/dma/swiotlb.c), unless its command line says
 * otherwise: a PV dom0 always has them. */
#define XLMEM__SWIOTLB_KB (64 * XLMEM__MIB_KB)

/* Whether the version is that one or a later; not known counts as new. */
static inline bool xlmem__kernel_reaches(const xlmem__boot *boot,
                                         xlmem__release first)
{
    return !boot->linux_major ||
           xlmem__release_reaches(
               (xlmem__release){boot->linux_major, boot->linux_minor}, first);
}

#endif /* XLMEM_KERNEL_TABLE_H */
