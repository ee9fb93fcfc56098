/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waiting without reserving: for whoever only wants to know. */
#include "engine/guard/guard.h"
#include "model/checked.h"

/* More than the machine has is not worth waiting for. */
static bool is_hopeless(const xlmem_host *host, uint64_t need_kb)
{
    return XLMEM_KNOWS(host, total_kb) && need_kb > host->total_kb;
}

typedef struct awaited {
    const char *uuid;
    xlmem__tracker tracker;
    bool hopeless;
} awaited;

/* One look, as it is now. */
static int look(xlmem_ctx *ctx, const xlmem_policy *policy, awaited *a,
                xlmem_verdict *verdict)
{
    xlmem__books books;
    int rc = xlmem__guard_lock(ctx);

    if (rc)
        return rc;
    rc = xlmem__books_read(ctx, NULL, a->uuid, &books);
    if (!rc)
        rc = xlmem__decide(ctx, policy, &a->tracker, &books, verdict);
    a->hopeless = is_hopeless(&books.host, verdict->need_kb);
    xlmem__books_dispose(&books);
    xlmem__guard_unlock(ctx);
    return rc;
}

/* What is coming has come, or is known not to: until then a yes may be a
 * promise that is not kept. */
static bool is_settled(int rc, const xlmem_verdict *verdict)
{
    return !rc && !verdict->wait_kb && !verdict->dom0_wait_kb;
}

int xlmem_guard_await(xlmem_ctx *ctx, const xlmem_policy *policy,
                      const xlmem_guard_request *request,
                      xlmem_verdict *verdict_r)
{
    const uint64_t wait_ms = xlmem__min(request->wait_ms, INT32_MAX);
    xlmem_verdict verdict = {.need_kb = request->need_kb,
                             .dom0_need_kb = request->dom0_need_kb};
    int64_t pause_ms = XLMEM__SLEEP_LEAST_MS, deadline_ms;
    awaited a = {.uuid = request->uuid};
    int rc;

    if (!ctx->backend || !ctx->backend->now_ms || !ctx->backend->sleep_ms)
        return xlmem__guard_lock(ctx); /* which says why it cannot */
    xlmem__tracker_init(&a.tracker, (int64_t)wait_ms);
    deadline_ms = xlmem__clock_ms(ctx) + (int64_t)wait_ms;
    while (!is_settled(rc = look(ctx, policy, &a, &verdict), &verdict) &&
           (!rc || xlmem_is_refusal(rc)) && !a.hopeless &&
           xlmem__clock_ms(ctx) < deadline_ms)
        xlmem__rest(ctx, deadline_ms, &pause_ms);
    xlmem__tracker_dispose(&a.tracker);
    if (!rc || xlmem_is_refusal(rc))
        *verdict_r = verdict;
    return xlmem_is_refusal(rc) && wait_ms && !a.hopeless
               ? XLMEM_ERROR_TIMEDOUT
               : rc;
}
