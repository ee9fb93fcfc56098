/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_SNAPSHOT_H
#define XLMEM_SNAPSHOT_H

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

/* All of it, without the ledger: engine/capture/whole.c, which libxlmem.so has
 * in a module (captures.h).  @wants: XLMEM_WANT_*. */
int xlmem__snapshot_whole(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r);

/* The same of vitals: see xlmem_vitals_read. */
int xlmem__vitals_whole(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r);

#endif /* XLMEM_SNAPSHOT_H */
