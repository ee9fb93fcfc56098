/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domains have a reservation, for whoever asks it of all of them. */
#ifndef XLMEM_PROMISED_H
#define XLMEM_PROMISED_H

#include "model/host.h"

/* Domains by a bit each, of which two share one whose ids are so far apart:
 * half of Xen's ids, since this lies on stacks.  A recorded host can have
 * others. */
#define XLMEM__PROMISED_BITS 16384

/* 2 KiB, which are not touched where nothing is reserved. */
typedef struct xlmem__promised {
    const xlmem_host *host;
    bool any;    /* bits[] is set */
    bool shared; /* an id is larger: who has a bit is looked for */
    uint64_t bits[XLMEM__PROMISED_BITS / 64];
} xlmem__promised;

void xlmem__promised_of(const xlmem_host *host, xlmem__promised *set_r);

/* The same as xlmem__is_promised. */
static inline bool xlmem__promised_has(const xlmem__promised *set,
                                       const xlmem_dom *dom)
{
    const uint64_t bit = dom->domid % XLMEM__PROMISED_BITS;

    if (!set->any || !(set->bits[bit / 64] >> bit % 64 & 1))
        return false;
    return (dom->domid == bit && !set->shared) ||
           xlmem__is_promised(set->host, dom);
}

#endif /* XLMEM_PROMISED_H */
