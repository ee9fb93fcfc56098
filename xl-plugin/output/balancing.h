/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who moves memory, and within what: ranges, demands, pins. */
#ifndef XL_MEMGUARD_BALANCING_H
#define XL_MEMGUARD_BALANCING_H

#include "output/out.h"
#include "private/all.h"

typedef struct balancing_view {
    const xlmem_host *host;
    const xlmem_account *account; /* NULL: not known */
    bool on_known, on;            /* the configuration has balance on */
    bool daemon_known;            /* is told: */
    uint64_t daemon_pid;          /* 0: it does not run */
    bool recorded;                /* then, not now */
} balancing_view;

/*
 * balancing_put: an object "balancing", with all domains that have a range or
 * are kept out of it.  People see it where there is something to see.
 * @people: whether they are shown it.
 */
void balancing_put(out *o, const balancing_view *view, bool people);

#endif /* XL_MEMGUARD_BALANCING_H */
