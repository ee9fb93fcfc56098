/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/why.h"

/* By a page a balloon is only woken (model/balance.c). */
#define PAGE_KB 4

const char *why_moved(const xlmem_step *step, xlmem_part part,
                      uint64_t demand_kb, uint64_t ceiling_kb)
{
    const bool shrinks = step->to_kb < step->from_kb;

    if ((shrinks ? step->from_kb - step->to_kb
                 : step->to_kb - step->from_kb) <= PAGE_KB)
        return "its balloon has given up: another target wakes it";
    if (part == XLMEM_PART_UNPROVEN)
        return "only a little, to see whether its balloon follows";
    if (shrinks && step->from_kb > ceiling_kb)
        return "its target is more than it may have";
    if (shrinks && step->to_kb >= demand_kb)
        return "it has more than it needs, and others need it";
    if (shrinks)
        return "there is not enough for all, and it has more than its share";
    if (step->from_kb < demand_kb)
        return "it needs more than it has";
    return "all have what they need: this is its share of the rest";
}
