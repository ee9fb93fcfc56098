/* SPDX-License-Identifier: LGPL-2.1-only */
/* Start a domain only when there is memory for it, and hold that memory
 * against everybody else until the domain has it.  The caller's own loop goes
 * on meanwhile, and may give it up. */
#include <stdio.h>
#include <xlmem.h>

int start_domain(xlmem_ctx *ctx, const xlmem_policy *policy,
                 const xlmem_request *request);
/* The toolstack's own: make the domain, and give it its memory. */
int make_domain(uint64_t *domid_r);
int build_domain(uint64_t domid);
/* And whether somebody still wants it; does what else there is to do. */
int is_wanted(void);

/* Whether it may start, in steps of at most 200 ms. */
static int decide(xlmem_guard_op *op, xlmem_answer *answer, xlmem_hold **hold)
{
    const xlmem_finding *why;
    size_t n;
    int rc;

    do
        rc = xlmem_guard_poll(op, 200, answer, hold);
    while (rc == XLMEM_ERROR_PENDING && is_wanted());
    if (xlmem_is_refusal(rc))
        for (n = 0; (why = xlmem_answer_finding(answer, n)); n++)
            fprintf(stderr, "refused: %s\n",
                    xlmem_finding_text(why, XLMEM_FINDING_SENTENCE));
    return rc;
}

int start_domain(xlmem_ctx *ctx, const xlmem_policy *policy,
                 const xlmem_request *request)
{
    xlmem_guard_op *op = NULL;
    xlmem_answer *answer = NULL;
    xlmem_hold *hold = NULL;
    uint64_t domid;
    int rc = xlmem_answer_alloc(&answer);

    if (!rc)
        rc = xlmem_guard_begin(ctx, policy, request, &op);
    if (!rc)
        rc = decide(op, answer, &hold);
    xlmem_guard_cancel(op);
    xlmem_answer_free(answer);
    if (rc)
        return rc; /* or go ahead, where the guard itself has failed */
    rc = make_domain(&domid);
    if (!rc && hold) /* NULL: the mode is off */
        xlmem_hold_bind(ctx, hold, domid);
    if (!rc)
        rc = build_domain(domid);
    xlmem_hold_release(ctx, hold, !rc);
    return rc;
}
