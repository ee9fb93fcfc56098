/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a zone's free lists are good for: integers, rounded as the kernel
 * rounds them (Linux 6.x, mm/vmstat.c: fill_contig_page_info,
 * unusable_free_index, __fragmentation_index; debugfs shows the last two below
 * extfrag/).
 */
#ifndef XLMEM_MODEL_DOCTOR_BUDDY_H
#define XLMEM_MODEL_DOCTOR_BUDDY_H

#include "private/all.h"

/* Free blocks by order: n[o] blocks of 2^o pages each. */
typedef struct xlmem__buddy {
    uint64_t nr_orders; /* at most XLMEM_NR_ORDERS */
    const uint64_t *blocks;
} xlmem__buddy;

/* F: free pages, the sum of n[o] << o. */
uint64_t xlmem__buddy_free(xlmem__buddy buddy);

/* S(k): how many requests of 2^@order pages the free blocks could serve. */
uint64_t xlmem__buddy_suitable(xlmem__buddy buddy, unsigned order);

/* U(k): of 1000 free pages, those in blocks too small for 2^@order; 1000
 * where none is free. */
uint64_t xlmem__buddy_unusable(xlmem__buddy buddy, unsigned order);

/*
 * X(k): why a request of 2^@order pages fails: towards 0 for lack of memory,
 * towards 1000 for fragmentation (vm.extfrag_threshold: 500); -1000 where it
 * would not fail, 0 where nothing is free.
 */
int64_t xlmem__buddy_index(xlmem__buddy buddy, unsigned order);

#endif /* XLMEM_MODEL_DOCTOR_BUDDY_H */
