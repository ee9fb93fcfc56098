/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domains have a reservation, for whoever asks it of all of them. */
#ifndef XLMEM_PROMISED_H
#define XLMEM_PROMISED_H

#include "model/host.h"
#include "private/xen.h"

/* XLMEM_DOMID_END in whole words of bits.  A recorded host can have others. */
#define XLMEM__DOMIDS ((XLMEM_DOMID_END + 63) / 64 * 64)

/* A bit for each: 4 KiB, which are not touched where nothing is reserved. */
typedef struct xlmem__promised {
    const xlmem_host *host;
    bool any;    /* of Xen's ids: bits[] is set */
    bool beyond; /* of others */
    uint64_t bits[XLMEM__DOMIDS / 64];
} xlmem__promised;

void xlmem__promised_of(const xlmem_host *host, xlmem__promised *set_r);

/* The same as xlmem__is_promised. */
static inline bool xlmem__promised_has(const xlmem__promised *set,
                                       const xlmem_dom *dom)
{
    const uint64_t domid = dom->domid;

    if (domid < XLMEM__DOMIDS)
        return set->any && set->bits[domid / 64] >> domid % 64 & 1;
    return set->beyond && xlmem__is_promised(set->host, dom);
}

#endif /* XLMEM_PROMISED_H */
