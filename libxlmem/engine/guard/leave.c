/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domain that is being saved or migrated.  What it may have where it is
 * built again is written down before its memory is, so from then on it must
 * not get more: a step of a guard that shrinks nothing says so to who
 * balances.
 */
#include <stdlib.h>

#include "engine/guard/targets.h"
#include "model/checked.h"

static xlmem_ask_answer is_it(void *arg, const xlmem_dom *dom)
{
    const uint64_t *domid = arg;

    return dom->domid == *domid ? XLMEM_ASK_ALL : XLMEM_ASK_NOTHING;
}

/* Its nodes are no part of the books. */
static int ask_it(xlmem_ctx *ctx, uint64_t domid, xlmem_host *host)
{
    const xlmem_ask ask = {is_it, &domid};

    if (ctx->backend->read_nodes_for)
        return xlmem__take_asked(ctx, ctx->backend->read_nodes_for, &ask,
                                 host);
    return ctx->backend->read_nodes
               ? xlmem__take_from(ctx, ctx->backend->read_nodes, host)
               : 0;
}

/* false: its target is not known, or it has gone. */
static bool leaving_step(const xlmem_host *host, uint64_t domid,
                         uint64_t raise_kb, xlmem_step *step_r)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, domid);

    if (!dom || dom->dying || !XLMEM_KNOWS(dom, target_kb))
        return false;
    *step_r = (xlmem_step){.from_kb = dom->target_kb,
                           .to_kb = xlmem__add_sat(dom->target_kb, raise_kb),
                           .domid = (uint32_t)domid,
                           .action = XLMEM_STEP_TARGET,
                           .author = XLMEM_AUTHOR_GUARD,
                           .why = XLMEM_WHY_ASKED};
    return true;
}

static int leave_by(xlmem_ctx *ctx, const xlmem_step *step,
                    xlmem_hold **hold_r)
{
    xlmem_plan plan = {.nr_steps = 1, .steps = {*step}};
    xlmem_hold *hold = NULL;
    int rc = xlmem__intent_make(ctx, &plan, &hold);

    if (!rc && step->to_kb != step->from_kb)
        rc = xlmem__steps_take(ctx, &plan, 0);
    if (!rc)
        *hold_r = hold;
    else if (hold)
        xlmem__hold_end(ctx, hold);
    return rc;
}

int xlmem_hold_leaving(xlmem_ctx *ctx, uint64_t domid, uint64_t raise_kb,
                       xlmem_hold **hold_r)
{
    xlmem__books books;
    xlmem_step step;
    int rc = xlmem__guard_supported(ctx);

    if (!rc)
        rc = xlmem__guard_lock_to_bind(ctx);
    if (rc)
        return rc;
    rc = xlmem__books_read(ctx, NULL, NULL, &books);
    if (!rc)
        rc = ask_it(ctx, domid, &books.host);
    if (!rc && !leaving_step(&books.host, domid, raise_kb, &step))
        rc = XLMEM_ERROR_NOTFOUND;
    xlmem__books_dispose(&books);
    if (!rc)
        rc = leave_by(ctx, &step, hold_r);
    xlmem__guard_unlock(ctx);
    return rc;
}
