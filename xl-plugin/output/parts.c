/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/parts.h"

bool parts_known(const xlmem_host_parts *parts)
{
    return XLMEM_KNOWS(parts, xen_kb) && XLMEM_KNOWS(parts, dom0_kb) &&
           XLMEM_KNOWS(parts, domus_kb) && XLMEM_KNOWS(parts, free_kb);
}

void parts_draw(out *o, const xlmem_host_parts *parts)
{
    const out_segment segments[] = {
        {2, parts->xen_kb},
        {0, parts->dom0_kb},
        {3, parts->domus_kb},
        {1, parts->free_kb},
    };
    const out_bar bar = {
        .title = "Where the memory goes",
        .start = "",
        .end = "",
        .classes = {"dom0", "free", "Xen", "domUs"},
        .nr = sizeof(segments) / sizeof(segments[0]),
        .segments = segments,
        .in_kb = true,
    };

    if (parts_known(parts))
        out_draw(o, &bar);
}
