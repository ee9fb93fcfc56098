/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_SNAPSHOT_H
#define XLMEM_SNAPSHOT_H

#include "codec/text.h"
#include "engine/ctx.h"
#include "engine/facts/entries.h"

/*
 * The facts that a decision of the guard needs, and no round trip for each
 * domain.  As xlmem_snapshot.
 * @entries: the ledger, which the caller has read before: paging pools may be
 *   known only of the domains that its entries are for, of those that are
 *   dying and of those that never ran.  NULL: nothing of it matters.
 */
int xlmem__snapshot_books(xlmem_ctx *ctx, const xlmem__entries *entries,
                          xlmem_host *host_r);

/* All of it, without the ledger. */
int xlmem__snapshot_whole(xlmem_ctx *ctx, xlmem_host *host_r);

/* The firmware's map as dom0 sees it, where no better one is known: a hundred
 * files for a weak answer. */
int xlmem__take_firmware_map(xlmem_ctx *ctx, xlmem_host *host);

/* What the next boot's Xen command line is, from GRUB's defaults. */
int xlmem__take_grub(xlmem_ctx *ctx, xlmem_host *host);

/* Whether grub-mkconfig reads a file of this name in XLMEM__GRUB_DIR. */
bool xlmem__is_grub_part(const char *name);

/* Which document each quantity came from: bit n of `known` is entry n. */
typedef struct xlmem__origin {
    const char *of_host[64], *of_dom0[64];
    const char *doms; /* the list of domains */
} xlmem__origin;

/*
 * Put the map in order, complete it where it is known in part, and see that
 * the facts fit together.  Returns 0; XLMEM_ERROR_PARSE for facts that
 * contradict each other, XLMEM_ERROR_RANGE; logged.
 */
int xlmem__settle(xlmem_ctx *ctx, xlmem_host *host,
                  const xlmem__origin *origin);

#endif /* XLMEM_SNAPSHOT_H */
