/* SPDX-License-Identifier: LGPL-2.1-only */
/* A guarded create, of the public header's request. */
#include "api/answer_parts.h"
#include "api/request_parts.h"
#include "engine/guard/guard.h"

int xlmem_guard_begin(xlmem_ctx *ctx, const xlmem_policy *policy,
                      const xlmem_request *request, xlmem_guard_op **op_r)
{
    const xlmem_guard_request guard = xlmem__guard_request_of(request);

    return xlmem__guard_begin(ctx, policy, &guard, NULL, op_r);
}

int xlmem_guard_poll(xlmem_guard_op *op, int64_t timeout_ms,
                     xlmem_answer *answer, xlmem_hold **hold_r)
{
    const xlmem_verdict *verdict;
    int rc = xlmem__guard_poll(op, timeout_ms, &verdict, hold_r);

    if (rc && !xlmem_is_refusal(rc))
        return rc;
    answer->is.verdict = *verdict;
    xlmem__answer_verdict(answer, xlmem__guard_name(op));
    return rc;
}
