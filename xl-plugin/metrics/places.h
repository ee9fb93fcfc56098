/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Where all of a host's memory is:
 *
 *   total = xen + dom0 + domu + paging
 *         + reserved + growth + claimed + headroom + usable_or_short
 *
 * The second line is what is free in Xen, by the accounting equation; its last
 * part is below 0 where what has been promised, or headroom, is eaten.
 */
#ifndef XL_MEMGUARD_METRICS_PLACES_H
#define XL_MEMGUARD_METRICS_PLACES_H

#include "private/all.h"

typedef enum metrics_place {
    PLACE_XEN, /* its own; paging pools as well where nobody tells them */
    PLACE_DOM0,
    PLACE_DOMU,
    PLACE_PAGING,
    PLACE_RESERVED,
    PLACE_GROWTH,
    PLACE_CLAIMED,
    PLACE_HEADROOM,
    PLACE_USABLE_OR_SHORT,
    NR_PLACES
} metrics_place;

extern const char *const metrics_place_names[NR_PLACES];

typedef struct metrics_places {
    bool has_paging;
    int64_t kb[NR_PLACES];
} metrics_places;

/*
 * metrics_places_of: all of them.
 * @account: NULL: not known.
 * Returns false where one of them is not known, or they contradict each other:
 * parts that do not add up are none.
 */
bool metrics_places_of(const xlmem_host *host, const xlmem_account *account,
                       metrics_places *places_r);

/* What a new domain may take; below 0 where headroom is eaten.  False: it is
 * not known, or only what it is at most. */
bool metrics_usable_kb(const xlmem_account *account, int64_t *kb_r);

#endif /* XL_MEMGUARD_METRICS_PLACES_H */
