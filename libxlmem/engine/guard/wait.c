/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waiting for others: for the decision lock, and what a host must have for
 * that; and for what they do. */
#include "engine/guard/guard.h"

/* ------------------------------------------------------------ the lock --- */

bool xlmem__can_guard(const xlmem_backend *backend)
{
    return backend && backend->ledger_lock && backend->ledger_unlock &&
           backend->ledger_each && backend->ledger_add &&
           backend->ledger_update && backend->ledger_drop &&
           backend->ledger_leave && backend->ledger_sweep && backend->now_ms &&
           backend->sleep_ms;
}

int xlmem__guard_supported(xlmem_ctx *ctx)
{
    if (xlmem__can_guard(ctx->backend))
        return 0;
    xlmem__log(ctx, XLMEM__ERR, "this host cannot be guarded: %s",
               ctx->backend ? ctx->backend->name : "none was opened");
    return XLMEM_ERROR_UNSUPPORTED;
}

/* Whether the lock has not been had for so long that it is given up. */
static bool waits_too_long(xlmem_ctx *ctx, xlmem__lock_wait *wait)
{
    const int64_t now = xlmem__clock_ms(ctx);

    if (!wait->waits)
        wait->since_ms = now;
    wait->waits = true;
    return now - wait->since_ms >= XLMEM__LOCK_TOTAL_MS;
}

/* @wait: NULL: one that is not to be had is a failure. */
static int take_lock(xlmem_ctx *ctx, int64_t still_ms, int64_t total_ms,
                     xlmem__lock_wait *wait)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = xlmem__guard_supported(ctx);

    if (rc)
        return rc;
    rc = ctx->backend->ledger_lock(ctx->backend_user, still_ms, total_ms, err,
                                   sizeof(err));
    if (rc == XLMEM_ERROR_BUSY && wait && !waits_too_long(ctx, wait))
        return XLMEM_ERROR_PENDING;
    if (wait)
        wait->waits = false;
    if (rc)
        xlmem__log(ctx, XLMEM__ERR, "the ledger cannot be locked: %s",
                   xlmem__why(err, rc));
    return rc;
}

/* XLMEM_ERROR_BUSY is not logged. */
static int take_within(xlmem_ctx *ctx, int64_t ms)
{
    /* Time is no matter: who comes again does so at its own times. */
    xlmem__lock_wait wait = {.waits = false};
    const int rc = take_lock(ctx, ms, ms, &wait);

    return rc == XLMEM_ERROR_PENDING ? XLMEM_ERROR_BUSY : rc;
}

int xlmem__guard_lock_briefly(xlmem_ctx *ctx)
{
    return take_within(ctx, XLMEM__BRIEFLY_MS);
}

int xlmem__guard_lock(xlmem_ctx *ctx)
{
    return take_lock(ctx, XLMEM__LOCK_STILL_MS, XLMEM__LOCK_TOTAL_MS, NULL);
}

int xlmem__guard_lock_to_bind(xlmem_ctx *ctx)
{
    return take_within(ctx, XLMEM__BIND_TOTAL_MS);
}

int xlmem__guard_lock_for(xlmem_ctx *ctx, int64_t left_ms,
                          xlmem__lock_wait *wait)
{
    const int64_t still_ms =
        left_ms < XLMEM__LOCK_STILL_MS ? left_ms : XLMEM__LOCK_STILL_MS;
    const int64_t total_ms =
        left_ms < XLMEM__LOCK_TOTAL_MS ? left_ms : XLMEM__LOCK_TOTAL_MS;

    return left_ms < 0 ? xlmem__guard_lock(ctx)
                       : take_lock(ctx, still_ms, total_ms, wait);
}

/* ------------------------------------------------------------ the loop --- */

#define SLEEP_MOST_MS 800

/* Sleep until the next look is due or @end_ms.  Returns whether it is, or may
 * be taken early. */
static bool sleep_until_due(xlmem_ctx *ctx, const xlmem__looks *looks,
                            int64_t end_ms)
{
    const int64_t now = xlmem__clock_ms(ctx);
    const int64_t until = looks->due_ms < end_ms ? looks->due_ms : end_ms;

    if (looks->due_ms <= now)
        return true;
    if (until > now)
        ctx->backend->sleep_ms(ctx->backend_user, until - now);
    return looks->due_ms <= end_ms || xlmem__clock_ms(ctx) < end_ms;
}

/* The next look is after a longer pause, but not beyond the deadline. */
static void plan_look(xlmem__looks *looks, int64_t now, int64_t deadline_ms)
{
    const int64_t left_ms = deadline_ms - now;
    int64_t ms =
        looks->pause_ms ? looks->pause_ms * 3 / 2 : XLMEM__SLEEP_LEAST_MS;

    if (ms > SLEEP_MOST_MS)
        ms = SLEEP_MOST_MS;
    looks->pause_ms = ms;
    looks->due_ms = now + (left_ms > 0 && left_ms < ms ? left_ms : ms);
}

int xlmem__wait_until(xlmem_ctx *ctx, xlmem__looks *looks, int64_t end_ms,
                      xlmem__look_fn *look, void *arg)
{
    int64_t now, deadline_ms = INT64_MAX;
    int rc;

    do {
        if (!sleep_until_due(ctx, looks, end_ms))
            return XLMEM__LOOK_AGAIN;
        rc = look(arg, &deadline_ms);
        if (rc != XLMEM__LOOK_AGAIN)
            return rc;
        now = xlmem__clock_ms(ctx);
        plan_look(looks, now, deadline_ms);
    } while (now < end_ms);
    return XLMEM__LOOK_AGAIN;
}

int xlmem__wait(xlmem_ctx *ctx, xlmem__look_fn *look, void *arg)
{
    xlmem__looks looks = {.due_ms = 0};

    return xlmem__wait_until(ctx, &looks, XLMEM__NO_END, look, arg);
}
