/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The closed loop around a create.
 *
 *      +-- lock: read the ledger, then the host; decide -------------+
 *      |     fits      reserve it, done                              |
 *      |     plan      reserve it, write the plan, set the targets   |
 *      |     refused   give back, or wait for whoever frees memory   |
 *      +-- unlock; sleep; again until it fits or time is up ---------+
 *
 * Everything that another guard must see is done under the lock, targets
 * included: setting one takes milliseconds and waits for no balloon.  Sleeping
 * is done without it.  Nothing in xenstore changes when a balloon returns
 * pages to Xen, so free memory is looked at, at growing intervals.  Time is up
 * when too little has come for too long: dom0 of a large host gives back for
 * minutes, and a refusal in the middle of that would be a wrong one.
 */
#include "engine/guard.h"

#include <stdlib.h>
#include <string.h>

#include "engine/guard_say.h"
#include "engine/snapshot.h"
#include "model/checked.h"

/*
 * While others build, what they take between our two readings counts twice:
 * a refusal then has to be the answer this many times in a row.
 */
#define REFUSALS 4

/*
 * Of what was short at first so much, or more, has to come in each wait.  So
 * all of it may take no more than this many waits.
 */
#define PROGRESS_SHARE 32

/* One guarded create while it is being decided. */
typedef struct op {
    xlmem_ctx *ctx;
    const xlmem_policy *policy;
    const xlmem_guard_request *request;
    xlmem_hold *hold; /* NULL: nothing is reserved yet */
    bool borrowed;    /* the hold is the caller's, whatever happens */
    xlmem__stalls stalls;
    unsigned refusals; /* in a row */
    int64_t start, wait, deadline;
    bool patient;         /* waits even for memory that nobody has promised */
    uint64_t progress_kb; /* what counts as such; 0: nothing was short yet */
    uint64_t next_short_kb; /* progress is when no more than this is short */
} op;

static bool is_late(const op *o)
{
    return xlmem__clock_ms(o->ctx) >= o->deadline;
}

/* The wait begins when somebody is asked: for the lock many may have queued.
 * An administrator's own wait is as long as he said. */
static void see_progress(op *o, uint64_t short_kb)
{
    if (!o->progress_kb)
        o->progress_kb = xlmem__max(short_kb / PROGRESS_SHARE, XLMEM__MIB_KB);
    else if (short_kb > o->next_short_kb)
        return;
    if (!o->patient)
        o->deadline = xlmem__clock_ms(o->ctx) + o->wait;
    o->next_short_kb = xlmem__sub0(short_kb, o->progress_kb);
}

/* Enter in the ledger what was decided. */
static int reserve(op *o, const xlmem__books *books, bool granted)
{
    xlmem__entry entry;
    int rc;

    if (!o->hold) {
        rc = xlmem__hold_make(o->ctx, o->request, books, &o->hold);
        if (rc)
            return rc;
        o->hold->policy = *o->policy;
    }
    entry = o->hold->entry;
    XLMEM_SET(&entry.res, need_kb, o->request->need_kb);
    XLMEM_SET(&entry.res, dom0_need_kb, o->request->dom0_need_kb);
    XLMEM_SET(&entry, granted, granted);
    if (!memcmp(&entry, &o->hold->entry, sizeof(entry)))
        return 0;
    return xlmem__hold_write(o->ctx, o->hold, &entry);
}

/* What was taken is a debt from here on; under the lock it is paid. */
static void give_back(op *o, bool locked)
{
    xlmem_ctx *ctx = o->ctx;
    xlmem_hold *hold = o->hold;

    if (!hold || o->borrowed)
        return;
    o->hold = NULL;
    if (hold->entry.nr_steps) {
        ctx->backend->ledger_leave(ctx->backend_user, hold->slot);
        if (locked)
            xlmem__debts_pay(ctx, o->policy);
    } else {
        ctx->backend->ledger_drop(ctx->backend_user, hold->slot);
    }
    free(hold);
}

/* What is to be done next, beside 0 and errors. */
#define WAIT 1

static int admitted(op *o, const xlmem__books *books)
{
    int rc = reserve(o, books, true);

    if (!rc && o->policy->mode == XLMEM_MODE_ENFORCE &&
        !o->hold->entry.nr_steps && xlmem__has_debts(&books->slips))
        xlmem__debts_pay(o->ctx, o->policy);
    return rc;
}

static int planned(op *o, const xlmem__books *books, xlmem_verdict *verdict)
{
    int rc;

    o->refusals = 0;
    see_progress(o, verdict->short_kb);
    if (is_late(o)) {
        xlmem__say_late(&o->stalls,
                        (uint64_t)(xlmem__clock_ms(o->ctx) - o->start),
                        verdict);
        if (!o->request->reboot)
            verdict->kind = XLMEM_REFUSE;
        return XLMEM_ERROR_TIMEDOUT;
    }
    /* A domain that reboots has its memory: the others wait for theirs. */
    rc = reserve(o, books, o->request->reboot);
    if (!rc)
        rc = xlmem__plan_take(o->ctx, o->hold, verdict);
    return rc ? rc : WAIT;
}

static int refused(op *o, const xlmem__books *books, int rc)
{
    int r;

    if (books->host.nr_reservations && ++o->refusals < REFUSALS)
        return WAIT;
    if (is_late(o))
        return rc;
    if (o->request->reboot) {
        r = reserve(o, books, true);
        return r ? r : WAIT;
    }
    if (!o->patient)
        return rc;
    give_back(o, true);
    return WAIT;
}

static bool is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE ||
           rc == XLMEM_ERROR_TIMEDOUT;
}

/* Where the decision does not bind, the domain starts anyway. */
static bool goes_ahead(const op *o, int rc)
{
    return is_refusal(rc) &&
           (o->request->reboot || o->policy->mode != XLMEM_MODE_ENFORCE);
}

static int act(op *o, const xlmem__books *books, xlmem_verdict *verdict,
               int rc)
{
    if (o->policy->mode != XLMEM_MODE_ENFORCE && (!rc || is_refusal(rc)))
        return reserve(o, books, true);
    if (rc && !is_refusal(rc))
        return rc;
    if (!rc && o->request->no_plan && verdict->nr_steps)
        rc = xlmem__say_undisturbed(verdict);
    if (rc)
        rc = refused(o, books, rc);
    else if (verdict->kind == XLMEM_ADMIT)
        rc = admitted(o, books);
    else
        rc = planned(o, books, verdict);
    return goes_ahead(o, rc) ? reserve(o, books, true) : rc;
}

/* One decision.  Returns WAIT, 0, or why not. */
static int turn(op *o, xlmem_verdict *verdict)
{
    xlmem__books books;
    int rc = xlmem__guard_lock(o->ctx);

    if (rc) {
        give_back(o, false);
        return rc;
    }
    rc = xlmem__books_read(o->ctx, o->hold, o->request->uuid, &books);
    if (!rc)
        rc =
            act(o, &books, verdict,
                xlmem__decide(o->ctx, o->policy, &o->stalls, &books, verdict));
    if (!rc)
        xlmem__keeps_take_over(o->ctx, o->hold, &books.slips);
    xlmem__books_dispose(&books);
    if (rc && rc != WAIT)
        give_back(o, true);
    xlmem__guard_unlock(o->ctx);
    return rc;
}

/* The steps that were taken, in all turns. */
static void show_steps(const op *o, xlmem_verdict *verdict)
{
    if (!o->hold)
        return;
    verdict->nr_steps = o->hold->entry.nr_steps;
    memcpy(verdict->steps, o->hold->entry.steps, sizeof(verdict->steps));
}

static int run(op *o, xlmem_verdict *verdict)
{
    int64_t pause_ms = XLMEM__SLEEP_LEAST_MS;
    int rc;

    while ((rc = turn(o, verdict)) == WAIT)
        xlmem__rest(o->ctx, o->deadline, &pause_ms);
    if (!rc)
        show_steps(o, verdict);
    return rc;
}

static uint64_t wait_of(const xlmem_policy *policy,
                        const xlmem_guard_request *request)
{
    if (XLMEM_KNOWS(request, wait_ms))
        return xlmem__min(request->wait_ms, INT32_MAX);
    return request->reboot ? policy->reboot_wait_ms : policy->wait_ms;
}

int xlmem_guard(xlmem_ctx *ctx, const xlmem_policy *policy,
                const xlmem_guard_request *request, xlmem_verdict *verdict_r,
                xlmem_hold **hold_r)
{
    op o = {.ctx = ctx,
            .policy = policy,
            .request = request,
            .hold = *hold_r,
            .borrowed = *hold_r != NULL};
    xlmem_verdict verdict = {.kind = XLMEM_ADMIT,
                             .need_kb = request->need_kb,
                             .dom0_need_kb = request->dom0_need_kb};
    int rc = xlmem__guard_check(ctx, request);

    if (rc)
        return rc;
    if (policy->mode == XLMEM_MODE_OFF) {
        *verdict_r = verdict;
        return 0;
    }
    if (!ctx->backend || !ctx->backend->now_ms || !ctx->backend->sleep_ms)
        return xlmem__guard_lock(ctx); /* which says why it cannot */
    o.start = xlmem__clock_ms(ctx);
    o.wait = (int64_t)wait_of(policy, request);
    o.deadline = o.start + o.wait;
    o.patient = XLMEM_KNOWS(request, wait_ms);
    rc = run(&o, &verdict);
    if (!rc || is_refusal(rc)) {
        xlmem__say_verdict(ctx, request, &verdict, !rc);
        *verdict_r = verdict;
    }
    if (!rc)
        *hold_r = o.hold;
    return rc;
}
