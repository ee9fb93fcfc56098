/* SPDX-License-Identifier: LGPL-2.1-only */
/* How fragmented a kernel's memory is, in the two figures that the kernel
 * itself has for that (buddy.h). */
#include "model/doctor/view.h"
#include "model/doctor/zones.h"

static void add_worst(const xlmem__node *node, unsigned order,
                      xlmem_fragmentation *worst)
{
    const xlmem__buddy buddy = xlmem__node_buddy(node);
    uint64_t unusable;
    int64_t index;

    if (order >= buddy.nr_orders)
        return;
    unusable = xlmem__buddy_unusable(buddy, order);
    index = xlmem__buddy_index(buddy, order);
    if (!worst->known || unusable > worst->unusable_pm)
        worst->unusable_pm = unusable;
    if (index >= 0 &&
        (!worst->fails || (uint64_t)index > worst->external_pm)) {
        worst->external_pm = (uint64_t)index;
        worst->fails = true;
    }
    worst->known = true;
}

void xlmem__fragmentation(const xlmem_vitals *vitals, unsigned order,
                          xlmem_fragmentation *worst_r)
{
    xlmem_fragmentation worst = {.known = false};
    xlmem__node node;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        if (xlmem__node_of(vitals, i, &node))
            add_worst(&node, order, &worst);
    *worst_r = worst;
}
