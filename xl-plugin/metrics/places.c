/* SPDX-License-Identifier: LGPL-2.1-only */
#include "metrics/places.h"

const char *const metrics_place_names[NR_PLACES] = {
    [PLACE_XEN] = "xen",
    [PLACE_DOM0] = "dom0",
    [PLACE_DOMU] = "domu",
    [PLACE_PAGING] = "paging",
    [PLACE_RESERVED] = "reserved",
    [PLACE_GROWTH] = "growth",
    [PLACE_CLAIMED] = "claimed",
    [PLACE_HEADROOM] = "headroom",
    [PLACE_USABLE_OR_SHORT] = "usable_or_short",
};

/* No machine has as much, and sums of all places stay far from 2^63. */
#define NO_SUCH_KB (INT64_C(1) << 52)

static bool set_place(metrics_places *places, metrics_place place, bool known,
                      uint64_t kb)
{
    if (!known || kb >= NO_SUCH_KB)
        return false;
    places->kb[place] = (int64_t)kb;
    return true;
}

/* What somebody has.  Xen's own is what the others leave. */
static bool set_taken(metrics_places *places, const xlmem_host_parts *parts)
{
    const bool pools = XLMEM_KNOWS(parts, pools_kb);

    places->has_paging = pools;
    return set_place(places, PLACE_DOM0, XLMEM_KNOWS(parts, dom0_kb),
                     parts->dom0_kb) &&
           set_place(places, PLACE_DOMU, XLMEM_KNOWS(parts, domus_kb),
                     parts->domus_kb) &&
           set_place(places, PLACE_PAGING, true,
                     pools ? parts->pools_kb : 0) &&
           set_place(places, PLACE_XEN,
                     XLMEM_KNOWS(parts, xen_kb) &&
                         parts->xen_kb >= (uint64_t)places->kb[PLACE_PAGING],
                     parts->xen_kb - (uint64_t)places->kb[PLACE_PAGING]);
}

static bool set_free(metrics_places *places, const xlmem_account *a)
{
    return set_place(places, PLACE_RESERVED, XLMEM_KNOWS(a, ledger_kb),
                     a->ledger_kb) &&
           set_place(places, PLACE_GROWTH, XLMEM_KNOWS(a, growth_kb),
                     a->growth_kb) &&
           set_place(places, PLACE_CLAIMED, XLMEM_KNOWS(a, outstanding_kb),
                     a->outstanding_kb) &&
           set_place(places, PLACE_HEADROOM, XLMEM_KNOWS(a, headroom_kb),
                     a->headroom_kb) &&
           metrics_usable_kb(a, &places->kb[PLACE_USABLE_OR_SHORT]);
}

static bool adds_up(const metrics_places *places, uint64_t total_kb)
{
    int64_t sum_kb = 0;
    size_t i;

    for (i = 0; i < NR_PLACES; i++)
        sum_kb += places->kb[i];
    return sum_kb >= 0 && (uint64_t)sum_kb == total_kb;
}

bool metrics_places_of(const xlmem_host *host, const xlmem_account *account,
                       metrics_places *places_r)
{
    metrics_places places = {.has_paging = false};
    xlmem_host_parts parts;

    xlmem_host_parts_of(host, &parts);
    if (!account || !XLMEM_KNOWS(&parts, total_kb) ||
        !set_taken(&places, &parts) || !set_free(&places, account) ||
        !adds_up(&places, parts.total_kb))
        return false;
    *places_r = places;
    return true;
}

bool metrics_usable_kb(const xlmem_account *account, int64_t *kb_r)
{
    if (!account || !XLMEM_KNOWS(account, usable_kb) ||
        !XLMEM_KNOWS(account, growth_kb) ||
        !XLMEM_KNOWS(account, outstanding_kb) ||
        account->usable_kb >= NO_SUCH_KB || account->deficit_kb >= NO_SUCH_KB)
        return false;
    *kb_r = (int64_t)account->usable_kb - (int64_t)account->deficit_kb;
    return true;
}
