/* SPDX-License-Identifier: LGPL-2.1-only */
/* Where in its page frame space a Linux dom0 puts the memory it has and the
 * memory it might get. */
#ifndef XLMEM_KERNEL_LAYOUT_H
#define XLMEM_KERNEL_LAYOUT_H

#include "model/checked.h"
#include "model/kernel.h"

/* No quantity of pages here is above 2^52: 2^64 bytes. */
#define XLMEM__PAGES_MAX (UINT64_C(1) << 52)

/* Units of the frame space that the kernel pays for as a whole. */
enum {
    XLMEM__UNIT_PTE,     /* 2 MiB: one page of PTEs, one page of P2M */
    XLMEM__UNIT_SECTION, /* 128 MiB: the struct pages of a section */
    XLMEM__UNIT_PMD,     /* 1 GiB: one page of PMDs */
    XLMEM__UNIT_NR
};

typedef struct xlmem__layout {
    uint64_t ram_pages;     /* RAM in the kernel's map, frame 0 included */
    uint64_t initial_pages; /* of which backed by memory at boot */
    uint64_t end_pfn;       /* first frame above it all */
    uint64_t units[XLMEM__UNIT_NR];
} xlmem__layout;

/* Ranges of memory, ascending. */
typedef struct xlmem__ranges {
    const xlmem_range *p;
    size_t nr;
} xlmem__ranges;

/* What a host without a map is taken for: a PC. */
#define XLMEM__PC_RANGES 3

/*
 * The host's map; where it has none, a PC's with as much RAM as the host's
 * total says, or without end, made in @pc.
 */
xlmem__ranges xlmem__host_ranges(const xlmem_host *host,
                                 xlmem_range pc[XLMEM__PC_RANGES]);

/* Linux arch/x86/xen/setup.c, 5.10 to 6.12. */
#define XLMEM__EXTRA_MEM_RATIO 10

/*
 * In any unit: the most that a kernel which has so much describes beside it,
 * that and what it has, and what it has to have so that it describes so much.
 */
static inline uint64_t xlmem__extra_most(uint64_t has)
{
    return xlmem__mul_sat(has, XLMEM__EXTRA_MEM_RATIO);
}

static inline uint64_t xlmem__extra_reach(uint64_t has)
{
    return xlmem__add_sat(has, xlmem__extra_most(has));
}

static inline uint64_t xlmem__extra_needs(uint64_t extra)
{
    return extra / XLMEM__EXTRA_MEM_RATIO;
}

/*
 * @boot: nr_pages, max_pages and pvh are used.
 * @seen_pages: 0, or the RAM that the kernel was seen to have: the map of
 *   another machine is then cut or stretched to it.
 */
void xlmem__layout_of(xlmem__ranges ranges, const xlmem__boot *boot,
                      uint64_t seen_pages, xlmem__layout *layout_r);

#endif /* XLMEM_KERNEL_LAYOUT_H */
