/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Giving dom0 a size.
 *
 *     lock: read the ledger and the host; plan; set maximum and target
 *     unlock; look at the balloon until it is there
 *         it stood still          lock; the former target is set again
 *         another target is set   somebody else's decision stays
 *
 * The target reaches the balloon through xenstore and a thread of the kernel:
 * for a moment after it was set sysfs still shows the former one.
 */
#include "engine/guard/guard.h"
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
    uint64_t maximum_kb; /* before; 0: none beyond its size */
    bool set;            /* the target was */
} op;

static int take_step(xlmem_ctx *ctx, const xlmem_step *step)
{
    const xlmem_backend *backend = ctx->backend;
    char err[256] = "";
    int rc = XLMEM_ERROR_UNSUPPORTED;

    if (step->action == XLMEM_STEP_TARGET)
        return xlmem__set_target(ctx, 0, step->from_kb, step->to_kb);
    if (step->action == XLMEM_STEP_ONLINE && backend->online_added)
        rc = backend->online_added(ctx->backend_user, err, sizeof(err));
    if (step->action == XLMEM_STEP_MAXIMUM && backend->set_maximum_kb)
        rc = backend->set_maximum_kb(ctx->backend_user, 0, step->to_kb, err,
                                     sizeof(err));
    if (rc)
        xlmem__log(ctx, XLMEM__ERR, "domain 0: %s: %s",
                   step->action == XLMEM_STEP_ONLINE
                       ? "added memory would not come online"
                       : "its maximum cannot be raised",
                   xlmem__why(err, rc));
    return rc;
}

/* A step that fails leaves what the ones before it only allow. */
static int take_steps(op *o)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < o->move.plan.nr_steps && !rc; i++) {
        rc = take_step(o->ctx, &o->move.plan.steps[i]);
        o->set = !rc && o->move.plan.steps[i].action == XLMEM_STEP_TARGET;
    }
    return rc;
}

static void note_maximum(op *o, const xlmem_host *host)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);

    if (dom0)
        o->maximum_kb = xlmem__maximum_of(dom0, o->move.room.target_kb);
}

static int begin(op *o)
{
    xlmem__slips slips = {.nr = 0};
    xlmem_host host;
    int rc = xlmem__guard_lock(o->ctx);

    if (rc)
        return rc;
    xlmem_host_init(&host);
    rc = xlmem__slips_read(o->ctx, &slips);
    if (!rc)
        rc = xlmem__snapshot_whole(o->ctx, &host);
    if (!rc)
        rc = xlmem__slips_enter(&slips, &host);
    if (!rc)
        rc = xlmem_dom0_plan(&host, o->policy, o->request, &o->move);
    if (rc == XLMEM_ERROR_UNKNOWN)
        xlmem__log(o->ctx, XLMEM__ERR,
                   "dom0's balloon or what is free in Xen is not known");
    if (!rc) {
        note_maximum(o, &host);
        rc = take_steps(o);
    }
    xlmem_host_dispose(&host);
    xlmem__slips_dispose(&slips);
    xlmem__guard_unlock(o->ctx);
    return rc;
}

/* What the balloon says of itself. */
typedef struct balloon {
    uint64_t current_kb, target_kb;
} balloon;

static int look(xlmem_ctx *ctx, balloon *seen)
{
    xlmem_host host;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem__snapshot_books(ctx, NULL, &host);
    if (!rc && (!XLMEM_KNOWS(&host.dom0, balloon_current_kb) ||
                !XLMEM_KNOWS(&host.dom0, balloon_target_kb)))
        rc = XLMEM_ERROR_UNKNOWN;
    *seen =
        (balloon){host.dom0.balloon_current_kb, host.dom0.balloon_target_kb};
    xlmem_host_dispose(&host);
    return rc;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* A target it has already is sent one page off first. */
static bool is_ours(const op *o, uint64_t target_kb)
{
    return target_kb == o->move.room.target_kb ||
           distance(target_kb, o->move.size_kb) <= XLMEM__PAGE_KB;
}

/* How long it has stood still; < 0: there is no memory to know. */
static int64_t still_ms(const op *o, xlmem__tracker *tracker,
                        const balloon *seen)
{
    const int64_t now_ms = xlmem__clock_ms(o->ctx);
    const xlmem__sight sight = {
        .kind = o->move.size_kb < o->move.room.current_kb ? XLMEM__GIVES
                                                          : XLMEM__TAKES,
        .has_kb = seen->current_kb,
        .asked_kb = seen->target_kb};
    const xlmem__track *track = xlmem__tracker_see(tracker, now_ms, &sight);

    return track ? now_ms - track->moved : -1;
}

/* One look.  Returns WAIT, 0, or why it is not there. */
#define WAIT 1

static int look_on(op *o, xlmem__tracker *tracker, int64_t patience_ms)
{
    balloon seen;
    int64_t ms;
    int rc = look(o->ctx, &seen);

    if (rc)
        return rc;
    XLMEM_SET(&o->move, reached_kb, seen.current_kb);
    if (seen.current_kb == o->move.size_kb)
        return 0;
    if (!is_ours(o, seen.target_kb))
        return XLMEM_ERROR_STALE;
    ms = still_ms(o, tracker, &seen);
    if (ms < 0)
        return XLMEM_ERROR_NOMEM;
    return ms < patience_ms ? WAIT : XLMEM_ERROR_TIMEDOUT;
}

static int follow(op *o)
{
    const int64_t patience_ms =
        XLMEM_KNOWS(o->request, wait_ms)
            ? (int64_t)xlmem__min(o->request->wait_ms, INT32_MAX)
            : STILL_MS;
    int64_t pause_ms = XLMEM__SLEEP_LEAST_MS;
    xlmem__tracker tracker;
    int rc;

    xlmem__tracker_init(&tracker, patience_ms);
    while ((rc = look_on(o, &tracker, patience_ms)) == WAIT)
        xlmem__rest(o->ctx, INT64_MAX, &pause_ms);
    xlmem__tracker_dispose(&tracker);
    return rc;
}

/* Under the lock, and only what is still ours. */
static void put_back(op *o)
{
    balloon seen;

    if (xlmem__guard_lock(o->ctx))
        return;
    if (!look(o->ctx, &seen) && is_ours(o, seen.target_kb) &&
        !xlmem__set_target(o->ctx, 0, o->move.size_kb,
                           o->move.room.target_kb) &&
        o->maximum_kb)
        xlmem__restore_maximum(o->ctx, 0, o->maximum_kb);
    xlmem__guard_unlock(o->ctx);
}

static int end(op *o, int rc)
{
    XLMEM_SET(&o->move, took_ms,
              (uint64_t)(xlmem__clock_ms(o->ctx) - o->start));
    if (rc == XLMEM_ERROR_TIMEDOUT)
        xlmem__dom0_stood_still(&o->move);
    if (rc == XLMEM_ERROR_STALE)
        xlmem__log(o->ctx, XLMEM__WARN,
                   "somebody else has set another target of dom0 meanwhile");
    else if (rc)
        put_back(o);
    return rc;
}

static bool is_answer(int rc)
{
    return !rc || rc == XLMEM_ERROR_NO_HEADROOM ||
           rc == XLMEM_ERROR_INFEASIBLE || rc == XLMEM_ERROR_TIMEDOUT ||
           rc == XLMEM_ERROR_STALE;
}

int xlmem_dom0_set(xlmem_ctx *ctx, const xlmem_policy *policy,
                   const xlmem_dom0_request *request, xlmem_dom0_move *move_r)
{
    op o = {.ctx = ctx, .policy = policy, .request = request};
    int rc;

    if (ctx->backend && ctx->backend->now_ms)
        o.start = xlmem__clock_ms(ctx);
    rc = begin(&o);
    if (!rc && o.set)
        rc = end(&o, follow(&o));
    else if (!rc)
        XLMEM_SET(&o.move, reached_kb, o.move.room.current_kb);
    if (is_answer(rc))
        *move_r = o.move;
    return rc;
}
