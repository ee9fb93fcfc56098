/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Deciding and waiting, shared by the create that is guarded and by whoever
 * only wants to know.
 */
#include "engine/guard.h"
#include "model/checked.h"

int xlmem__decide(xlmem_ctx *ctx, const xlmem_policy *policy,
                  xlmem__stalls *stalls, xlmem__books *books,
                  xlmem_verdict *verdict)
{
    const uint64_t need_kb = verdict->need_kb;
    const uint64_t dom0_need_kb = verdict->dom0_need_kb;
    int rc = xlmem_admit(&books->host, policy, need_kb, dom0_need_kb, verdict);

    if (rc == XLMEM_ERROR_UNKNOWN || !verdict->short_kb)
        return rc;
    rc = xlmem__books_ask_guests(ctx, books);
    if (rc)
        return rc;
    xlmem__stalls_update(stalls, xlmem__clock_ms(ctx), &books->host);
    return xlmem_admit(&books->host, policy, need_kb, dom0_need_kb, verdict);
}

/* More than the machine has is not worth waiting for. */
static bool is_hopeless(const xlmem_host *host, uint64_t need_kb)
{
    return XLMEM_KNOWS(host, total_kb) && need_kb > host->total_kb;
}

/* One look, as it is now. */
static int look(xlmem_ctx *ctx, const xlmem_policy *policy, const char *uuid,
                xlmem_verdict *verdict, bool *hopeless_r)
{
    xlmem__stalls stalls = {.nr = 0};
    xlmem__books books;
    int rc = xlmem__guard_lock(ctx);

    if (rc)
        return rc;
    rc = xlmem__books_read(ctx, NULL, uuid, &books);
    if (!rc)
        rc = xlmem__decide(ctx, policy, &stalls, &books, verdict);
    *hopeless_r = is_hopeless(&books.host, verdict->need_kb);
    xlmem__books_dispose(&books);
    xlmem__guard_unlock(ctx);
    return rc;
}

static bool is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE;
}

int xlmem_guard_await(xlmem_ctx *ctx, const xlmem_policy *policy,
                      const xlmem_guard_request *request,
                      xlmem_verdict *verdict_r)
{
    const uint64_t wait_ms = xlmem__min(request->wait_ms, INT32_MAX);
    xlmem_verdict verdict = {.need_kb = request->need_kb,
                             .dom0_need_kb = request->dom0_need_kb};
    int64_t pause_ms = XLMEM__SLEEP_LEAST_MS, deadline_ms;
    bool hopeless;
    int rc;

    if (!ctx->backend || !ctx->backend->now_ms || !ctx->backend->sleep_ms)
        return xlmem__guard_lock(ctx); /* which says why it cannot */
    deadline_ms = xlmem__clock_ms(ctx) + (int64_t)wait_ms;
    while (is_refusal(
               rc = look(ctx, policy, request->uuid, &verdict, &hopeless)) &&
           !hopeless && xlmem__clock_ms(ctx) < deadline_ms)
        xlmem__rest(ctx, deadline_ms, &pause_ms);
    if (!rc || is_refusal(rc))
        *verdict_r = verdict;
    return is_refusal(rc) && wait_ms && !hopeless ? XLMEM_ERROR_TIMEDOUT : rc;
}
