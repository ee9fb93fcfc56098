/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Giving dom0 a size.
 *
 *     read the host: round trips for each domain, while others may create
 *     lock: read the ledger and the books; plan; set maximum and target
 *     unlock; look at the balloon until it is there
 *         it stood still          lock; the former target is set again, and
 *                                 is whose it was (engine/guard/whose.h)
 *         another target is set   somebody else's decision stays
 *
 * The target reaches the balloon through xenstore and a thread of the kernel:
 * for a moment after it was set sysfs still shows the former one.
 */
#include <stdlib.h>

#include "engine/guard/targets.h"
#include "engine/facts/draft.h"
#include "engine/facts/snapshot.h"
#include "model/checked.h"
#include "model/dom0_plan.h"
#include "model/units.h"

/* Linux's balloon begins within a second, and sleeps 1, 2, 4, 8 ... s after
 * each failure to get memory (drivers/xen/balloon.c, update_schedule). */
#define STILL_MS 10000

typedef struct op {
    xlmem_ctx *ctx;
    const xlmem_policy *policy;
    const xlmem_dom0_request *request;
    xlmem_dom0_move move;
    int64_t start;
    xlmem__dom0_former former;
} op;

static void note_former(op *o, const xlmem_host *host)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);
    const uint64_t target_kb = o->move.room.target_kb;

    if (dom0)
        o->former.maximum_kb = xlmem__maximum_of(dom0, target_kb);
    o->former.whose = xlmem__whose_is(o->ctx, 0, target_kb);
}

/* What dom0 has and what lies in its balloon are one sum, which is no part of
 * the books: what it has given or taken since it was read lies there now. */
static void keep_reach(xlmem_dom0 *dom0, uint64_t now_kb)
{
    if (XLMEM_KNOWS(dom0, balloon_low_kb) &&
        XLMEM_KNOWS(dom0, balloon_current_kb))
        dom0->balloon_low_kb = xlmem__sub0(
            xlmem__add_sat(dom0->balloon_low_kb, dom0->balloon_current_kb),
            now_kb);
}

/* @host: as it was read before.  How Xen and dom0's kernel were booted, and
 * what that one can, stays; who has what memory is read once more. */
static int read_under_lock(xlmem_ctx *ctx, xlmem_host *host)
{
    xlmem__books books = {.uuid = NULL};
    int rc = xlmem__books_read(ctx, NULL, NULL, &books);

    if (!rc)
        rc = xlmem__books_ask_guests(ctx, &books);
    if (!rc) {
        keep_reach(&host->dom0, books.host.dom0.balloon_current_kb);
        xlmem__draft_renew(host, &books.host);
    }
    xlmem__books_dispose(&books);
    return rc;
}

static int move_locked(op *o, xlmem_host *host)
{
    int rc = read_under_lock(o->ctx, host);

    if (!rc)
        rc = xlmem_dom0_plan(host, o->policy, o->request, &o->move);
    if (rc == XLMEM_ERROR_UNKNOWN)
        xlmem__log(o->ctx, XLMEM__ERR,
                   "dom0's balloon or what is free in Xen is not known");
    if (rc)
        return rc;
    note_former(o, host);
    /* A step that fails leaves what the ones before it only allow. */
    return xlmem__steps_take(o->ctx, &o->move.plan, 0);
}

static int begin_move(op *o)
{
    xlmem_host host;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem__snapshot_whole(o->ctx, XLMEM_WANT_ALL, &host);
    if (!rc)
        rc = xlmem__guard_lock(o->ctx);
    if (!rc) {
        rc = move_locked(o, &host);
        xlmem__guard_unlock(o->ctx);
    }
    xlmem_host_dispose(&host);
    return rc;
}

static int follow_move(op *o, const xlmem_step *target)
{
    const int64_t patience_ms =
        XLMEM_KNOWS(o->request, wait_ms)
            ? (int64_t)xlmem__min(o->request->wait_ms, INT32_MAX)
            : STILL_MS;

    return xlmem__dom0_follow(o->ctx, target, patience_ms, &o->move);
}

static int end_move(op *o, const xlmem_step *target, int rc)
{
    XLMEM_SET(&o->move, took_ms,
              (uint64_t)(xlmem__clock_ms(o->ctx) - o->start));
    if (rc == XLMEM_ERROR_TIMEDOUT)
        xlmem__dom0_stood_still(&o->move);
    if (rc == XLMEM_ERROR_STALE)
        xlmem__log(o->ctx, XLMEM__WARN,
                   "somebody else has set another target of dom0 meanwhile");
    else if (rc)
        xlmem__dom0_put_back(o->ctx, target, &o->former);
    return rc;
}

static bool is_answer(int rc)
{
    return !rc || rc == XLMEM_ERROR_NO_HEADROOM ||
           rc == XLMEM_ERROR_INFEASIBLE || rc == XLMEM_ERROR_TIMEDOUT ||
           rc == XLMEM_ERROR_STALE;
}

static int move_dom0_now(op *o)
{
    const xlmem_step *target;
    int rc;

    if (o->ctx->backend && o->ctx->backend->now_ms)
        o->start = xlmem__clock_ms(o->ctx);
    rc = begin_move(o);
    /* NULL: dom0 has that size. */
    target = xlmem_plan_move_of(&o->move.plan, 0);
    if (!rc && target)
        rc = end_move(o, target, follow_move(o, target));
    else if (!rc)
        XLMEM_SET(&o->move, reached_kb, o->move.room.current_kb);
    return rc;
}

int xlmem_dom0_set(xlmem_ctx *ctx, const xlmem_policy *policy,
                   const xlmem_dom0_request *request, xlmem_dom0_move *move_r)
{
    op *o = calloc(1, sizeof(*o));
    int rc;

    if (!o)
        return XLMEM_ERROR_NOMEM;
    o->ctx = ctx;
    o->policy = policy;
    o->request = request;
    rc = move_dom0_now(o);
    if (is_answer(rc))
        *move_r = o->move;
    free(o);
    return rc;
}
