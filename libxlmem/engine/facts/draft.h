/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A snapshot in the making: facts, and where each of them came from.
 *
 * A document that cannot be read is told, and leaves its facts unknown as one
 * that is missing does: the others still answer.  Not so for the books of a
 * decision, where the guard has a policy for what it cannot read (on_error).
 */
#ifndef XLMEM_DRAFT_H
#define XLMEM_DRAFT_H

#include "engine/facts/documents.h"

typedef struct xlmem__draft {
    xlmem_host host;      /* owned until xlmem__draft_finish */
    xlmem_sources origin; /* every file static, or the backend's name */
    bool strict;          /* for a decision: what cannot be read fails it */
} xlmem__draft;

/* Nothing is known yet; what will be comes from the backend. */
void xlmem__draft_init(const xlmem_ctx *ctx, bool strict,
                       xlmem__draft *draft_r);

/*
 * Read and parse one document into the host.  @where says what the parser
 * found wrong; where it says nothing, that is logged already.
 */
typedef int xlmem__read_fn(xlmem_ctx *ctx, const char *path, const void *how,
                           xlmem_host *host, xlmem__where *where);

/*
 * The facts of one document.  One that is not there leaves them unknown.
 * Returns 0; XLMEM_ERROR_NOMEM, and of a strict draft whatever is wrong;
 * logged.
 */
int xlmem__draft_take(xlmem_ctx *ctx, xlmem__draft *draft, const char *path,
                      xlmem__read_fn *read, const void *how);

/* An xlmem__read_fn for a document in one piece.  @how: points to an
 * xlmem__parser *. */
xlmem__read_fn xlmem__read_whole;

/* A number in a file of its own.  As xlmem__draft_take. */
int xlmem__draft_number(xlmem_ctx *ctx, xlmem__draft *draft,
                        const xlmem__number_file *file);

/* What the guard's documents (@flags: XLMEM__DOC_*) and numbers say of dom0,
 * of a balloon that moves at one moment.  As xlmem__draft_take. */
int xlmem__draft_documents(xlmem_ctx *ctx, xlmem__draft *draft,
                           unsigned flags);
int xlmem__draft_balloon(xlmem_ctx *ctx, xlmem__draft *draft);

/* What @now knows takes the place of what @host knows, and so do its lists of
 * domains and of reservations: @host gets those, and @now the former ones, to
 * be given back; domains have names. */
void xlmem__draft_renew(xlmem_host *host, xlmem_host *now);

/* The facts fit together and become the caller's, or are dropped.  @rc: how
 * far it came.  Returns @rc, or as xlmem__settle. */
int xlmem__draft_finish(xlmem_ctx *ctx, xlmem__draft *draft, int rc,
                        xlmem_host *host_r);

/*
 * Put the map in order, complete it where it is known in part, and see that
 * the facts fit together.  Returns 0; XLMEM_ERROR_PARSE for facts that
 * contradict each other, XLMEM_ERROR_RANGE; logged.
 * @origin: which document each quantity came from, or the backend.
 */
int xlmem__settle(xlmem_ctx *ctx, xlmem_host *host,
                  const xlmem_sources *origin);

#endif /* XLMEM_DRAFT_H */
