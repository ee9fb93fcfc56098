/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/guard/clock.h"

#define SLEEP_MOST_MS 800

int64_t xlmem__clock_ms(xlmem_ctx *ctx)
{
    return ctx->backend->now_ms(ctx->backend_user);
}

int64_t xlmem__pause(int64_t now_ms, int64_t deadline_ms, int64_t *pause_ms)
{
    const int64_t left_ms = deadline_ms - now_ms;
    const int64_t ms =
        left_ms > 0 && left_ms < *pause_ms ? left_ms : *pause_ms;

    *pause_ms = *pause_ms * 3 / 2;
    if (*pause_ms > SLEEP_MOST_MS)
        *pause_ms = SLEEP_MOST_MS;
    return ms;
}

void xlmem__rest(xlmem_ctx *ctx, int64_t deadline_ms, int64_t *pause_ms)
{
    ctx->backend->sleep_ms(
        ctx->backend_user,
        xlmem__pause(xlmem__clock_ms(ctx), deadline_ms, pause_ms));
}
