/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/guard/wait.h"

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
