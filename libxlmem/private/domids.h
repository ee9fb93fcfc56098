/* SPDX-License-Identifier: LGPL-2.1-only */
/* A set of domains, by a bit for each of Xen's ids: 4 KiB, so that a thousand
 * domains cost whoever asks no more than a look at each bit. */
#ifndef XLMEM_PRIVATE_DOMIDS_H
#define XLMEM_PRIVATE_DOMIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "private/xen.h"

#define XLMEM_DOMIDS_WORDS ((XLMEM_DOMID_END + 63) / 64)

typedef struct xlmem_domids {
    uint64_t bits[XLMEM_DOMIDS_WORDS];
} xlmem_domids;

/* xlmem_domids_has: whether a domain is one of them; one whose id is none of
 * Xen's never is. */
static inline bool xlmem_domids_has(const xlmem_domids *set, uint64_t domid)
{
    return domid < XLMEM_DOMID_END && set->bits[domid / 64] >> domid % 64 & 1;
}

/* xlmem_domids_add: make it one of them. */
static inline void xlmem_domids_add(xlmem_domids *set, uint64_t domid)
{
    if (domid < XLMEM_DOMID_END)
        set->bits[domid / 64] |= UINT64_C(1) << domid % 64;
}

/* xlmem_domids_keep: who is not in @others is taken out of @set. */
static inline void xlmem_domids_keep(xlmem_domids *set,
                                     const xlmem_domids *others)
{
    size_t i;

    for (i = 0; i < XLMEM_DOMIDS_WORDS; i++)
        set->bits[i] &= others->bits[i];
}

#endif /* XLMEM_PRIVATE_DOMIDS_H */
