/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * alloc_large_system_hash() of Linux (mm/page_alloc.c, since 6.4
 * mm/mm_init.c), as it works for a table that is given no size:
 *
 *   pages    rounded up to 1 MiB
 *   scale    one bucket for 2^scale bytes of memory; above 64 GiB one more for
 *            each factor of 4 (ADAPT_SCALE_BASE, ADAPT_SCALE_SHIFT)
 *   buckets  pages * 4096 / 2^scale, up to a power of two, at most 2^31 and no
 *            fewer than fill a page
 *
 * Only the dentry cache (scale 13) and the inode cache (scale 14, fs/dcache.c
 * and fs/inode.c) take theirs from the boot allocator, so that it is missing
 * from MemTotal.  TCP, UDP, mounts and the rest come later and show as used.
 */
#include "model/kernel_hash.h"

#include "model/checked.h"

#define PAGE_SHIFT 12
#define BUCKET_BYTES 8
#define DENTRY_SCALE 13
#define INODE_SCALE 14
#define BUCKETS_MAX (UINT64_C(1) << 31)
#define ADAPT_PAGES ((UINT64_C(64) << 30) >> PAGE_SHIFT)
#define ADAPT_SHIFT 2

static uint64_t power_of_two_at_least(uint64_t n)
{
    uint64_t power = 1;

    while (power < n && power < BUCKETS_MAX)
        power <<= 1;
    return power;
}

static uint64_t table_kb(uint64_t pages, unsigned scale)
{
    uint64_t buckets = xlmem__round_up(pages, (1 << 20) >> PAGE_SHIFT);
    uint64_t adapt;

    for (adapt = ADAPT_PAGES; adapt < buckets && adapt < UINT64_MAX >> 2;
         adapt <<= ADAPT_SHIFT)
        scale++;
    buckets >>= scale - PAGE_SHIFT;
    buckets = xlmem__max(buckets, (1 << PAGE_SHIFT) / BUCKET_BYTES);
    return power_of_two_at_least(buckets) * BUCKET_BYTES / 1024;
}

uint64_t xlmem__hash_kb(uint64_t pages)
{
    return table_kb(pages, DENTRY_SCALE) + table_kb(pages, INODE_SCALE);
}
