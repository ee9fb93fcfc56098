/* SPDX-License-Identifier: LGPL-2.1-only */
/* Taking memory by a plan. */
#include "engine/guard.h"

int xlmem__set_target(xlmem_ctx *ctx, uint64_t domid, uint64_t from_kb,
                      uint64_t to_kb)
{
    char err[256] = "";
    int rc = ctx->backend->set_target_kb
                 ? ctx->backend->set_target_kb(ctx->backend_user, domid, to_kb,
                                               err, sizeof(err))
                 : XLMEM_ERROR_UNSUPPORTED;

    if (rc)
        xlmem__log(ctx, XLMEM__WARN,
                   "domain %llu: target %llu kB cannot be set: %s",
                   (unsigned long long)domid, (unsigned long long)to_kb,
                   xlmem__why(err, rc));
    else
        xlmem__log(ctx, XLMEM__INFO, "domain %llu: target %llu kB, was %llu",
                   (unsigned long long)domid, (unsigned long long)to_kb,
                   (unsigned long long)from_kb);
    return rc;
}

/*
 * Written into its hold before the first target is set, and its steps stay
 * written for as long as the hold lasts: what becomes of them is in
 * guard_debts.c.  A domain that cannot be asked shows in the next decision.
 */
int xlmem__plan_take(xlmem_ctx *ctx, xlmem_hold *hold,
                     const xlmem_verdict *verdict)
{
    const size_t first = hold->entry.nr_steps;
    xlmem__entry entry = hold->entry;
    size_t i;
    int rc;

    for (i = 0; i < verdict->nr_steps; i++) {
        if (entry.nr_steps == XLMEM_STEPS_MAX)
            break;
        entry.steps[entry.nr_steps++] = verdict->steps[i];
    }
    if (entry.nr_steps == first)
        return 0;
    rc = xlmem__hold_write(ctx, hold, &entry);
    if (rc)
        return rc;
    for (i = first; i < entry.nr_steps; i++)
        xlmem__set_target(ctx, entry.steps[i].domid, entry.steps[i].from_kb,
                          entry.steps[i].to_kb);
    return 0;
}
