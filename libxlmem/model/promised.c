/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/promised.h"

#include <string.h>

static void promise_to(xlmem__promised *set, uint64_t domid)
{
    const uint64_t bit = domid % XLMEM__PROMISED_BITS;

    if (!set->any)
        memset(set->bits, 0, sizeof(set->bits));
    set->any = true;
    set->shared = set->shared || bit != domid;
    set->bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

void xlmem__promised_of(const xlmem_host *host, xlmem__promised *set_r)
{
    size_t i;

    set_r->host = host;
    set_r->any = set_r->shared = false;
    for (i = 0; i < host->nr_reservations; i++)
        if (XLMEM_KNOWS(&host->reservations[i], domid))
            promise_to(set_r, host->reservations[i].domid);
}
