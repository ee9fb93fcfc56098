/* SPDX-License-Identifier: LGPL-2.1-only */
#include "daemon/parts.h"

bool parts_are_new(const xlmem_monitor *monitor, uint64_t *passes)
{
    const uint64_t before = *passes;

    *passes = 0;
    xlmem_monitor_get(monitor, XLMEM_MONITOR_NR_PASSES, passes);
    return *passes != before;
}

bool parts_find(const xlmem_monitor *monitor, uint64_t domid,
                xlmem_part *part_r)
{
    uint64_t part;

    if (!xlmem_monitor_dom_get(monitor, domid, XLMEM_MONITOR_DOM_PART, &part))
        return false;
    *part_r = (xlmem_part)part;
    return true;
}

bool parts_next(const xlmem_monitor *monitor, size_t *n, uint64_t *domid_r,
                xlmem_part *part_r)
{
    while (xlmem_monitor_dom(monitor, (*n)++, domid_r))
        if (parts_find(monitor, *domid_r, part_r))
            return true;
    return false;
}
