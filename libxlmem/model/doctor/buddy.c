/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Free lists in figures.  Counts come from outside and may be anything: a
 * zone has at most 2^40 pages (52 bits of address less 12), so that more
 * blocks of an order than make these are taken for as many.  All sums then
 * stay below 2^45, a thousand times that below 2^55.
 */
#include "model/doctor/buddy.h"

#include "model/checked.h"

#define ZONE_PAGES_MAX (UINT64_C(1) << 40)

static uint64_t blocks_of(xlmem__buddy buddy, unsigned order)
{
    return xlmem__min(buddy.blocks[order], ZONE_PAGES_MAX >> order);
}

static unsigned nr_orders(xlmem__buddy buddy)
{
    return (unsigned)xlmem__min(buddy.nr_orders, XLMEM_NR_ORDERS);
}

uint64_t xlmem__buddy_suitable(xlmem__buddy buddy, unsigned order)
{
    uint64_t sum = 0;
    unsigned o;

    for (o = order; o < nr_orders(buddy); o++)
        sum += blocks_of(buddy, o) << (o - order);
    return sum;
}

uint64_t xlmem__buddy_free(xlmem__buddy buddy)
{
    return xlmem__buddy_suitable(buddy, 0);
}

static uint64_t block_sum(xlmem__buddy buddy)
{
    uint64_t sum = 0;
    unsigned o;

    for (o = 0; o < nr_orders(buddy); o++)
        sum += blocks_of(buddy, o);
    return sum;
}

uint64_t xlmem__buddy_unusable(xlmem__buddy buddy, unsigned order)
{
    const uint64_t free = xlmem__buddy_free(buddy);

    if (!free)
        return 1000;
    return (free - (xlmem__buddy_suitable(buddy, order) << order)) * 1000 /
           free;
}

int64_t xlmem__buddy_index(xlmem__buddy buddy, unsigned order)
{
    const uint64_t free = xlmem__buddy_free(buddy);
    const uint64_t nr = block_sum(buddy);

    if (!nr)
        return 0;
    if (xlmem__buddy_suitable(buddy, order))
        return -1000;
    return 1000 - (int64_t)((1000 + (free * 1000 >> order)) / nr);
}
