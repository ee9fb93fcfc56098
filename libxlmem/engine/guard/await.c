/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waiting without reserving: for whoever only wants to know. */
#include <stdlib.h>

#include "engine/guard/targets.h"
#include "model/checked.h"

/* More than the machine has is not worth waiting for. */
static bool is_hopeless(const xlmem_host *host, uint64_t need_kb)
{
    return XLMEM_KNOWS(host, total_kb) && need_kb > host->total_kb;
}

typedef struct awaited {
    xlmem_ctx *ctx;
    const xlmem_policy *policy;
    const char *uuid;
    int64_t deadline_ms;
    xlmem__tracker tracker;
    xlmem_verdict verdict;
    bool hopeless;
} awaited;

/* One decision, as it is now. */
static int decide_now(awaited *a)
{
    xlmem__books books;
    int rc = xlmem__guard_lock(a->ctx);

    if (rc)
        return rc;
    rc = xlmem__books_read(a->ctx, NULL, a->uuid, &books);
    if (!rc)
        rc =
            xlmem__decide(a->ctx, a->policy, &a->tracker, &books, &a->verdict);
    a->hopeless = is_hopeless(&books.host, a->verdict.need_kb);
    xlmem__books_dispose(&books);
    xlmem__guard_unlock(a->ctx);
    return rc;
}

/* What is coming has come, or is known not to: until then a yes may be a
 * promise that is not kept. */
static bool is_settled(int rc, const xlmem_verdict *verdict)
{
    return !rc && !verdict->wait_kb && !verdict->dom0_wait_kb;
}

static int look_whether_settled(void *arg, int64_t *deadline_ms)
{
    awaited *a = arg;
    int rc = decide_now(a);

    *deadline_ms = a->deadline_ms;
    if (is_settled(rc, &a->verdict) || (rc && !xlmem_is_refusal(rc)) ||
        a->hopeless || xlmem__clock_ms(a->ctx) >= a->deadline_ms)
        return rc;
    return XLMEM__LOOK_AGAIN;
}

static int await_settled(awaited *a, const xlmem_guard_request *request,
                         uint64_t wait_ms)
{
    int rc;

    a->uuid = request->uuid;
    a->verdict.need_kb = request->need_kb;
    a->verdict.dom0_need_kb = request->dom0_need_kb;
    xlmem__tracker_init(&a->tracker, (int64_t)wait_ms);
    a->deadline_ms = xlmem__clock_ms(a->ctx) + (int64_t)wait_ms;
    rc = xlmem__wait(a->ctx, look_whether_settled, a);
    xlmem__tracker_dispose(&a->tracker);
    return xlmem_is_refusal(rc) && wait_ms && !a->hopeless
               ? XLMEM_ERROR_TIMEDOUT
               : rc;
}

int xlmem_guard_await(xlmem_ctx *ctx, const xlmem_policy *policy,
                      const xlmem_guard_request *request,
                      xlmem_verdict *verdict_r)
{
    const uint64_t wait_ms = xlmem__min(request->wait_ms, INT32_MAX);
    int rc = xlmem__guard_supported(ctx);
    awaited *a;

    if (rc)
        return rc;
    /* 9 kB, most of it the verdict: not on the stack of who calls. */
    a = calloc(1, sizeof(*a));
    if (!a)
        return XLMEM_ERROR_NOMEM;
    a->ctx = ctx;
    a->policy = policy;
    rc = await_settled(a, request, wait_ms);
    if (!rc || xlmem_is_refusal(rc))
        *verdict_r = a->verdict;
    free(a);
    return rc;
}
