/* SPDX-License-Identifier: LGPL-2.1-only */
/* Start a domain only when there is memory for it, and hold that memory
 * against everybody else until the domain has it. */
#include <stdio.h>
#include <xlmem_guard.h>

int start_domain(xlmem_ctx *ctx, const xlmem_policy *policy, const char *uuid,
                 uint64_t need_kb);
/* The toolstack's own: make the domain, and give it its memory. */
int make_domain(const char *uuid, uint64_t *domid_r);
int build_domain(uint64_t domid);

int start_domain(xlmem_ctx *ctx, const xlmem_policy *policy, const char *uuid,
                 uint64_t need_kb)
{
    xlmem_guard_request request = {.uuid = uuid};
    xlmem_hold *hold = NULL;
    xlmem_verdict verdict;
    uint64_t domid;
    size_t i;
    int rc;

    XLMEM_SET(&request, need_kb, need_kb);
    rc = xlmem_guard(ctx, policy, &request, &verdict, &hold);
    if (rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE ||
        rc == XLMEM_ERROR_TIMEDOUT)
        for (i = 0; i < verdict.nr_reasons; i++)
            fprintf(stderr, "%s: %s\n", uuid, verdict.reasons[i].text);
    if (rc)
        return rc; /* or go ahead, where the guard itself has failed */
    rc = make_domain(uuid, &domid);
    if (!rc && hold) /* NULL: the mode is off */
        xlmem_hold_bind(ctx, hold, domid);
    if (!rc)
        rc = build_domain(domid);
    xlmem_hold_release(ctx, hold, !rc);
    return rc;
}
