/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Waiting for what others do: the guard's only loop.  For a context whose
 * backend has a clock and can sleep.
 */
#ifndef XLMEM_ENGINE_GUARD_WAIT_H
#define XLMEM_ENGINE_GUARD_WAIT_H

#include <stdint.h>

#include "engine/ctx.h"

static inline int64_t xlmem__clock_ms(xlmem_ctx *ctx)
{
    return ctx->backend->now_ms(ctx->backend_user);
}

/* The pause before the second look at something; each one after it is
 * longer. */
#define XLMEM__SLEEP_LEAST_MS 50

/* When something is to be looked at next.  {0}: at once, and from the shortest
 * pause on. */
typedef struct xlmem__looks {
    int64_t due_ms;
    int64_t pause_ms; /* the last one's length */
} xlmem__looks;

/* One look at what is waited for: XLMEM__LOOK_AGAIN, or what it has come to.
 * @deadline_ms: no pause ends after it; the look may move it. */
#define XLMEM__LOOK_AGAIN 1
typedef int xlmem__look_fn(void *arg, int64_t *deadline_ms);

/* Look until it has come to something; returns that. */
int xlmem__wait(xlmem_ctx *ctx, xlmem__look_fn *look, void *arg);

/*
 * The same, and no longer than until @end_ms: XLMEM__LOOK_AGAIN then, and who
 * calls again goes on where this ended.  What is due is looked at once even if
 * that is over.
 */
int xlmem__wait_until(xlmem_ctx *ctx, xlmem__looks *looks, int64_t end_ms,
                      xlmem__look_fn *look, void *arg);

#define XLMEM__NO_END INT64_MAX

#endif /* XLMEM_ENGINE_GUARD_WAIT_H */
