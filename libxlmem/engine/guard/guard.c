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
 *
 * Between two turns of the loop all of it is in the op, and what others must
 * see in the ledger: whoever has a loop or a deadline of his own polls it.
 */
#include "engine/guard/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/guard/say.h"
#include "engine/guard/targets.h"
#include "model/checked.h"
#include "model/plan.h"

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

/* Its need is computed at most 128 kB too large (docs/design/truth.md), and
 * what a domain has and what it will ask for are told in MiB. */
#define HELD_SLACK_KB XLMEM__MIB_KB

/* How what is short gets less. */
typedef struct pace {
    uint64_t unit_kb; /* what counts as progress; 0: nothing was short yet */
    uint64_t next_kb; /* it is made when no more than this is short */
} pace;

/* Of a domain's name in messages, with its NUL. */
#define NAME_ROOM 128

/* One guarded create while it is being decided. */
typedef struct xlmem_guard_op op;
struct xlmem_guard_op {
    xlmem_ctx *ctx;
    xlmem_policy policy;
    xlmem_guard_request request; /* its texts are these: */
    char uuid[37], name[NAME_ROOM];
    xlmem_verdict verdict;
    int rc;              /* PENDING until it is decided, or has failed */
    bool given;          /* and the caller has the hold */
    xlmem_hold *hold;    /* NULL: nothing is reserved yet */
    bool borrowed;       /* the hold is the caller's, whatever happens */
    bool exempt;         /* what it needs is held for it: it is not refused */
    xlmem__entry former; /* of a borrowed hold, as it came */
    xlmem__tracker tracker;
    uint64_t nr_judged; /* of it, when the wait began */
    unsigned refusals;  /* in a row */
    int64_t start, wait, deadline;
    bool patient; /* waits even for memory that nobody has promised */
    pace xen, dom0;
    uint64_t unbuilt_kb; /* what builders have not filled yet */
    xlmem__looks turns;
    xlmem__lock_wait lock_wait;
};

static bool is_late(const op *o)
{
    return xlmem__clock_ms(o->ctx) >= o->deadline;
}

/* Whether what is short is less than it was, or short for the first time. */
static bool moves_on(pace *p, uint64_t short_kb)
{
    if (!short_kb)
        return false;
    if (!p->unit_kb)
        p->unit_kb = xlmem__max(short_kb / PROGRESS_SHARE, XLMEM__MIB_KB);
    else if (short_kb > p->next_kb)
        return false;
    p->next_kb = xlmem__sub0(short_kb, p->unit_kb);
    return true;
}

/* What those who are being built have still to be given. */
static uint64_t builders_lack_kb(const xlmem_host *host)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];
        const xlmem_dom *dom = XLMEM_KNOWS(res, domid)
                                   ? xlmem_host_find_dom(host, res->domid)
                                   : NULL;

        sum = xlmem__add_sat(sum,
                             xlmem__sub0(res->need_kb, dom ? dom->tot_kb : 0));
    }
    return sum;
}

/* Whether somebody whom dom0 builds has come further, or to an end. */
static bool is_building(op *o, const xlmem_host *host)
{
    const uint64_t kb = builders_lack_kb(host);
    const bool less = kb < o->unbuilt_kb;

    o->unbuilt_kb = kb;
    return less;
}

/*
 * The wait begins when somebody is asked: for the lock many may have queued.
 * It begins again when something has come, and when others are asked because
 * somebody has been judged.  An administrator's own wait is as long as he
 * said.
 */
static void prolong_by_progress(op *o, const xlmem_host *host,
                                const xlmem_verdict *verdict)
{
    bool progress;

    if (o->tracker.nr_judged != o->nr_judged)
        o->xen = (pace){0, 0};
    o->nr_judged = o->tracker.nr_judged;
    progress = moves_on(&o->xen, verdict->short_kb);
    if (verdict->dom0_wait_kb) {
        progress = moves_on(&o->dom0, verdict->dom0_wait_kb) || progress;
        progress = is_building(o, host) || progress;
    }
    if (progress && !o->patient)
        o->deadline = xlmem__clock_ms(o->ctx) + o->wait;
}

/* A hold from before is its own while more is asked for. */
static void enter_need(const op *o, bool granted, xlmem__entry *entry)
{
    const xlmem_guard_request *request = &o->request;

    /* A domain may come back under another one. */
    memcpy(entry->res.uuid, request->uuid, 36);
    XLMEM_SET(&entry->res, need_kb, request->need_kb);
    XLMEM_SET(&entry->res, dom0_need_kb, request->dom0_need_kb);
    if (XLMEM_KNOWS(request, dom0_build_kb))
        XLMEM_SET(&entry->res, dom0_build_kb, request->dom0_build_kb);
    XLMEM_SET(entry, granted, granted);
    entry->known &= ~XLMEM_FACT_BIT(entry, held_kb);
    entry->held_kb = 0;
    if (o->borrowed && !granted)
        XLMEM_SET(entry, held_kb,
                  xlmem__min(o->former.res.need_kb, request->need_kb));
}

/* Whether both say the same of what is reserved: the rest of an entry is not
 * changed here.  By members: bytes of a struct that belong to none are
 * whatever a copy has left in them, and would have it written for nothing. */
static bool is_same_claim(const xlmem__entry *a, const xlmem__entry *b)
{
    const xlmem_reservation *x = &a->res, *y = &b->res;

    return a->known == b->known && a->granted == b->granted &&
           a->held_kb == b->held_kb && x->known == y->known &&
           x->need_kb == y->need_kb && x->dom0_need_kb == y->dom0_need_kb &&
           x->dom0_build_kb == y->dom0_build_kb && x->domid == y->domid &&
           x->left_ms == y->left_ms && !strcmp(x->uuid, y->uuid) &&
           !strcmp(x->id, y->id);
}

/* Enter in the ledger what was decided. */
static int reserve_decided(op *o, const xlmem__books *books, bool granted)
{
    xlmem__entry entry;
    int rc;

    if (!o->hold) {
        rc = xlmem__hold_make(o->ctx, &o->request, books, &o->hold);
        if (rc)
            return rc;
        o->hold->policy = o->policy;
    }
    entry = o->hold->entry;
    enter_need(o, granted, &entry);
    if (is_same_claim(&entry, &o->hold->entry))
        return 0;
    return xlmem__hold_write(o->ctx, o->hold, &entry);
}

/* The caller's hold is what it was; what was taken for it is given back when
 * he releases it. */
static void restore_borrowed(op *o, bool locked)
{
    xlmem__entry entry = o->hold->entry;

    entry.res = o->former.res;
    entry.known = o->former.known;
    entry.granted = o->former.granted;
    entry.held_kb = o->former.held_kb;
    if (locked && !is_same_claim(&entry, &o->hold->entry))
        xlmem__hold_write(o->ctx, o->hold, &entry);
}

/* What was taken is a debt from here on; under the lock it is paid. */
static void give_back(op *o, bool locked)
{
    xlmem_hold *hold = o->hold;

    if (!hold)
        return;
    if (o->borrowed) {
        restore_borrowed(o, locked);
        return;
    }
    o->hold = NULL;
    if (xlmem__hold_end(o->ctx, hold) && locked)
        xlmem__debts_pay(o->ctx, &o->policy);
}

/* What is to be done next, beside 0 and errors. */
#define WAIT 1

static int admitted(op *o, const xlmem__books *books)
{
    int rc = reserve_decided(o, books, true);

    if (!rc && o->policy.mode == XLMEM_MODE_ENFORCE &&
        !o->hold->entry.plan.nr_steps && xlmem__has_debts(&books->entries))
        xlmem__debts_pay(o->ctx, &o->policy);
    return rc;
}

/* Somebody looks half-built: he is watched before others are asked for what is
 * kept for him.  At most until he has been judged, however short the wait.  Or
 * somebody is on his way and may be asked when he has arrived, who is waited
 * for no longer than for what was asked of him. */
static int unsettled(op *o, const xlmem__books *books)
{
    int rc = reserve_decided(o, books, o->exempt);

    return rc ? rc : WAIT;
}

static int planned(op *o, const xlmem__books *books, xlmem_verdict *verdict)
{
    int rc;

    o->refusals = 0;
    prolong_by_progress(o, &books->host, verdict);
    if (o->tracker.undecided)
        return unsettled(o, books);
    if (is_late(o)) {
        xlmem__say_late((uint64_t)(xlmem__clock_ms(o->ctx) - o->start),
                        verdict);
        if (!o->exempt)
            verdict->kind = XLMEM_REFUSE;
        return XLMEM_ERROR_TIMEDOUT;
    }
    /* Who goes ahead in any case has his memory: the others wait. */
    rc = reserve_decided(o, books, o->exempt);
    if (!rc)
        rc = xlmem__plan_take(o->ctx, o->hold, &books->host, verdict);
    return rc ? rc : WAIT;
}

static int refused(op *o, const xlmem__books *books, int rc)
{
    int r;

    if (books->host.nr_reservations && ++o->refusals < REFUSALS)
        return WAIT;
    if (o->tracker.undecided)
        return unsettled(o, books);
    if (is_late(o))
        return rc;
    if (o->exempt) {
        r = reserve_decided(o, books, true);
        return r ? r : WAIT;
    }
    if (o->tracker.arriving && !o->request.no_plan)
        return unsettled(o, books);
    if (!o->patient)
        return rc;
    give_back(o, true);
    return WAIT;
}

/* Where the decision does not bind, the domain starts anyway. */
static bool goes_ahead(const op *o, int rc)
{
    return xlmem_is_refusal(rc) &&
           (o->exempt || o->policy.mode != XLMEM_MODE_ENFORCE);
}

static int act(op *o, const xlmem__books *books, xlmem_verdict *verdict,
               int rc)
{
    if (o->policy.mode != XLMEM_MODE_ENFORCE && (!rc || xlmem_is_refusal(rc)))
        return reserve_decided(o, books, true);
    if (rc && !xlmem_is_refusal(rc))
        return rc;
    if (!rc && o->request.no_plan)
        rc = xlmem_refuse_plan(verdict);
    if (rc)
        rc = refused(o, books, rc);
    else if (verdict->kind == XLMEM_ADMIT)
        rc = admitted(o, books);
    else
        rc = planned(o, books, verdict);
    return goes_ahead(o, rc) ? reserve_decided(o, books, true) : rc;
}

/* The steps of what was reserved by hand go into the hold first; those that
 * have no room there are given back when its time is over. */
static bool join_steps(xlmem_ctx *ctx, xlmem_hold *hold,
                       const xlmem__entry *from)
{
    xlmem__entry entry = hold->entry;
    size_t i;

    if (!from->plan.nr_steps)
        return true;
    if (from->plan.nr_steps > XLMEM_STEPS_MAX - entry.plan.nr_steps)
        return false;
    for (i = 0; i < from->plan.nr_steps; i++)
        xlmem__plan_add(&entry.plan, &from->plan.steps[i]);
    for (i = 0; i < from->nr_maxima; i++)
        xlmem__entry_add_maximum(&entry, from->maxima[i].domid,
                                 from->maxima[i].kb);
    return !xlmem__hold_write(ctx, hold, &entry);
}

/* What was reserved by hand and has yielded to this hold is over: it has what
 * was reserved, and the steps. */
static void take_over_keeps(xlmem_ctx *ctx, xlmem_hold *hold,
                            const xlmem__entries *entries)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (entries->list[i].yields &&
            join_steps(ctx, hold, &entries->list[i].entry))
            ctx->backend->ledger_sweep(ctx->backend_user,
                                       entries->list[i].name, NULL, 0);
}

/* One decision.  Returns WAIT, PENDING (the lock), 0, or why not. */
static int turn(op *o, int64_t left_ms)
{
    xlmem__books books;
    int rc = xlmem__guard_lock_for(o->ctx, left_ms, &o->lock_wait);

    if (rc == XLMEM_ERROR_PENDING)
        return rc;
    if (rc) {
        give_back(o, false);
        return rc;
    }
    rc = xlmem__books_read(o->ctx, o->hold,
                           o->request.grows ? NULL : o->request.uuid, &books);
    books.uuid = o->request.uuid; /* nor does it give when it grows */
    if (!rc)
        rc = act(o, &books, &o->verdict,
                 xlmem__decide(o->ctx, &o->policy, &o->tracker, &books,
                               &o->verdict));
    if (!rc)
        take_over_keeps(o->ctx, o->hold, &books.entries);
    xlmem__books_dispose(&books);
    if (rc && rc != WAIT)
        give_back(o, true);
    xlmem__guard_unlock(o->ctx);
    return rc;
}

/* The steps that were taken, in all turns. */
static void show_steps(op *o)
{
    xlmem_verdict *verdict = &o->verdict;

    if (!o->hold)
        return;
    verdict->plan = o->hold->entry.plan;
}

static void conclude_op(op *o, int rc)
{
    o->rc = rc;
    xlmem__tracker_dispose(&o->tracker);
    if (!rc)
        show_steps(o);
    if (!rc || xlmem_is_refusal(rc))
        xlmem__say_verdict(o->ctx, &o->request, &o->verdict, !rc);
}

/* Turns, for a caller who has no more time than that. */
typedef struct poll {
    op *o;
    int64_t end_ms;
} poll;

static int take_turn(void *arg, int64_t *deadline_ms)
{
    const poll *p = arg;
    op *o = p->o;
    int64_t now, left_ms = -1;
    int rc;

    if (p->end_ms != XLMEM__NO_END) {
        now = xlmem__clock_ms(o->ctx);
        left_ms = p->end_ms > now ? p->end_ms - now : 0;
    }
    rc = turn(o, left_ms);
    *deadline_ms = o->tracker.undecided ? INT64_MAX : o->deadline;
    return rc == WAIT ? XLMEM__LOOK_AGAIN : rc;
}

int xlmem__guard_poll(op *o, int64_t timeout_ms,
                      const xlmem_verdict **verdict_r, xlmem_hold **hold_r)
{
    poll p = {o, XLMEM__NO_END};
    int rc;

    if (o->rc == XLMEM_ERROR_PENDING) {
        if (timeout_ms >= 0)
            p.end_ms = xlmem__clock_ms(o->ctx) +
                       (timeout_ms < INT32_MAX ? timeout_ms : INT32_MAX);
        rc = xlmem__wait_until(o->ctx, &o->turns, p.end_ms, take_turn, &p);
        if (rc != XLMEM__LOOK_AGAIN && rc != XLMEM_ERROR_PENDING)
            conclude_op(o, rc);
    }
    *verdict_r = &o->verdict;
    if (!o->rc && !o->given)
        *hold_r = o->hold;
    o->given = !o->rc;
    return o->rc;
}

const char *xlmem__guard_name(const op *o)
{
    return o->request.name;
}

int64_t xlmem_guard_due_ms(const op *o)
{
    int64_t now;

    if (o->rc != XLMEM_ERROR_PENDING)
        return 0;
    if (o->lock_wait.waits) /* a caller's loop is not to spin */
        return XLMEM__SLEEP_LEAST_MS;
    now = xlmem__clock_ms(o->ctx);
    return o->turns.due_ms > now ? o->turns.due_ms - now : 0;
}

/* Only what others have given, or lent, needs the lock to be given back. */
static void abandon(op *o)
{
    const bool locked = o->hold &&
                        (o->borrowed || o->hold->entry.plan.nr_steps) &&
                        !xlmem__guard_lock_to_bind(o->ctx);

    xlmem__tracker_dispose(&o->tracker);
    give_back(o, locked);
    if (locked)
        xlmem__guard_unlock(o->ctx);
}

void xlmem_guard_cancel(op *o)
{
    if (!o)
        return;
    if (o->rc == XLMEM_ERROR_PENDING)
        abandon(o);
    free(o);
}

static uint64_t wait_of(const xlmem_policy *policy,
                        const xlmem_guard_request *request)
{
    if (XLMEM_KNOWS(request, wait_ms))
        return xlmem__min(request->wait_ms, INT32_MAX);
    return request->reboot ? policy->reboot_wait_ms : policy->wait_ms;
}

/*
 * What a domain held when it went down is its own: it is never refused, and
 * never waited for longer than reboot_wait.  What it asks for beyond that is
 * decided as any create, and so is one for which nothing is held.
 */
static void continue_hold(op *o, xlmem_hold *hold)
{
    if (!hold)
        return;
    hold->policy = o->policy;
    o->hold = hold;
    o->borrowed = true;
    o->former = hold->entry;
    o->exempt = o->request.reboot &&
                o->request.need_kb <=
                    xlmem__add_sat(hold->entry.res.need_kb, HELD_SLACK_KB);
}

static bool is_request(const xlmem_guard_request *request)
{
    return XLMEM_KNOWS(request, need_kb) &&
           request->need_kb <= XLMEM__ENTRY_KB_MAX &&
           request->dom0_need_kb <= XLMEM__ENTRY_KB_MAX &&
           request->dom0_build_kb <= request->dom0_need_kb && request->uuid &&
           xlmem__is_uuid((xlmem__str){request->uuid, strlen(request->uuid)});
}

int xlmem__guard_check(xlmem_ctx *ctx, const xlmem_guard_request *request)
{
    if (is_request(request))
        return 0;
    xlmem__log(ctx, XLMEM__ERR, "a create without a uuid or a need");
    return XLMEM_ERROR_INVAL;
}

/* The request's texts become the op's own. */
static void copy_request(op *o, const xlmem_guard_request *request)
{
    o->request = *request;
    xlmem__copy_uuid(o->uuid, request->uuid);
    o->request.uuid = o->uuid;
    if (!request->name)
        return;
    snprintf(o->name, sizeof(o->name), "%s", request->name);
    o->request.name = o->name;
}

static void start_op(op *o, xlmem_hold *hold)
{
    o->rc = XLMEM_ERROR_PENDING;
    o->start = xlmem__clock_ms(o->ctx);
    o->wait = (int64_t)wait_of(&o->policy, &o->request);
    o->deadline = o->start + o->wait;
    o->patient = XLMEM_KNOWS(&o->request, wait_ms);
    xlmem__tracker_init(&o->tracker, o->patient ? INT64_MAX : o->wait);
    continue_hold(o, hold);
}

int xlmem__guard_begin(xlmem_ctx *ctx, const xlmem_policy *policy,
                       const xlmem_guard_request *request, xlmem_hold *hold,
                       op **op_r)
{
    op *o;
    int rc = xlmem__guard_check(ctx, request);

    if (!rc && policy->mode != XLMEM_MODE_OFF)
        rc = xlmem__guard_supported(ctx);
    if (rc)
        return rc;
    o = calloc(1, sizeof(*o));
    if (!o)
        return XLMEM_ERROR_NOMEM;
    o->ctx = ctx;
    o->policy = *policy;
    copy_request(o, request);
    o->verdict = (xlmem_verdict){.kind = XLMEM_ADMIT,
                                 .need_kb = request->need_kb,
                                 .dom0_need_kb = request->dom0_need_kb};
    if (policy->mode == XLMEM_MODE_OFF)
        o->hold = hold;
    else
        start_op(o, hold);
    *op_r = o;
    return 0;
}

int xlmem_guard(xlmem_ctx *ctx, const xlmem_policy *policy,
                const xlmem_guard_request *request, xlmem_verdict *verdict_r,
                xlmem_hold **hold_r)
{
    op *o = NULL;
    const xlmem_verdict *verdict;
    int rc = xlmem__guard_begin(ctx, policy, request, *hold_r, &o);

    if (!rc) {
        rc = xlmem__guard_poll(o, XLMEM_FOREVER, &verdict, hold_r);
        if (!rc || xlmem_is_refusal(rc))
            *verdict_r = *verdict;
    }
    xlmem_guard_cancel(o);
    return rc;
}
