/* SPDX-License-Identifier: LGPL-2.1-only */
/* What xenstore is told of each domain: its demand, and whether it floods. */
#ifndef XL_MEMGUARD_TOLD_H
#define XL_MEMGUARD_TOLD_H

#include "private/daemon.h"
#include "xlmem/monitor.h"

typedef struct told {
    struct told_dom *list; /* owned, ascending domid */
    size_t nr, room;
    size_t next;     /* who is looked at first the next time */
    size_t left;     /* who have not been since the last pass */
    uint64_t passes; /* that had been made when it was looked last */
} told;

/*
 * told_look: after a dispatch: write what has changed enough, of a few
 * domains; while some are left it is to be called again soon.
 */
void told_look(told *t, xlmem_ctx *ctx, const xlmem_monitor *monitor);

/* told_forget: xenstore has lost it all, or has what another daemon wrote. */
void told_forget(told *t);

/* told_end: nothing of it stays behind. */
void told_end(told *t, xlmem_ctx *ctx);

#endif /* XL_MEMGUARD_TOLD_H */
