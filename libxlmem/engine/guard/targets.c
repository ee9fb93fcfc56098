/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/guard/targets.h"

#include <stdlib.h>

#include "engine/facts/snapshot.h"
#include "engine/guard/whose.h"
#include "model/checked.h"
#include "model/plan.h"
#include "private/pace.h"
#include "private/xen.h"

#define KB(n) ((unsigned long long)(n))

/* ------------------------------------------------------------- steps --- */

static int set_target(xlmem_ctx *ctx, const xlmem_step *step)
{
    char err[XLMEM__ERR_MAX] = "";
    bool is_signed = false;
    int rc = XLMEM_ERROR_UNSUPPORTED;

    if (ctx->backend->set_target_kb) {
        /* An administrator's is his own word. */
        rc = xlmem__step_is_witness(step)
                 ? xlmem__target_sign(ctx, step, &is_signed)
                 : 0;
        if (!rc)
            rc = ctx->backend->set_target_kb(ctx->backend_user, step->domid,
                                             step->to_kb, err, sizeof(err));
        if (!rc && ctx->backend->count_move)
            ctx->backend->count_move(ctx->backend_user, step);
        if (!rc && is_signed)
            xlmem__target_confirm(ctx, step);
    }
    if (rc)
        xlmem__log(ctx, XLMEM__WARN,
                   "domain %llu: target %llu kB cannot be set: %s",
                   KB(step->domid), KB(step->to_kb), xlmem__why(err, rc));
    else
        xlmem__log(ctx, XLMEM__INFO, "domain %llu: target %llu kB, was %llu",
                   KB(step->domid), KB(step->to_kb), KB(step->from_kb));
    return rc;
}

static int set_maximum(xlmem_ctx *ctx, const xlmem_step *step, char *err,
                       size_t err_len)
{
    return ctx->backend->set_maximum_kb
               ? ctx->backend->set_maximum_kb(ctx->backend_user, step->domid,
                                              step->to_kb, err, err_len)
               : XLMEM_ERROR_UNSUPPORTED;
}

/* Where nobody can ever it is not worth trying again. */
static int restore_maximum(xlmem_ctx *ctx, const xlmem_step *step)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = set_maximum(ctx, step, err, sizeof(err));

    if (rc)
        xlmem__log(ctx, XLMEM__WARN,
                   "domain %llu: its maximum was %llu kB before a plan, and "
                   "cannot be given back: %s",
                   KB(step->domid), KB(step->to_kb), xlmem__why(err, rc));
    else
        xlmem__log(ctx, XLMEM__INFO, "domain %llu: maximum %llu kB again",
                   KB(step->domid), KB(step->to_kb));
    return rc == XLMEM_ERROR_UNSUPPORTED ? 0 : rc;
}

static int raise_maximum(xlmem_ctx *ctx, const xlmem_step *step)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = set_maximum(ctx, step, err, sizeof(err));

    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   "domain %llu: its maximum cannot be raised: %s",
                   KB(step->domid), xlmem__why(err, rc));
    return rc;
}

static int bring_online(xlmem_ctx *ctx, const xlmem_step *step)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc =
        ctx->backend->online_added
            ? ctx->backend->online_added(ctx->backend_user, err, sizeof(err))
            : XLMEM_ERROR_UNSUPPORTED;

    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   "domain %llu: added memory would not come online: %s",
                   KB(step->domid), xlmem__why(err, rc));
    return rc;
}

static int take_step(xlmem_ctx *ctx, const xlmem_step *step)
{
    switch (step->action) {
    case XLMEM_STEP_TARGET:
        return set_target(ctx, step);
    case XLMEM_STEP_MAXIMUM:
        return step->why == XLMEM_WHY_OWED ? restore_maximum(ctx, step)
                                           : raise_maximum(ctx, step);
    case XLMEM_STEP_ONLINE:
        return bring_online(ctx, step);
    }
    return XLMEM_ERROR_INVAL;
}

/* It is no failure of a plan; who asked for that domain is told. */
static bool has_gone(const xlmem_step *step, int rc)
{
    return rc == XLMEM_ERROR_NOTFOUND && step->author != XLMEM_AUTHOR_ADMIN;
}

/* Why none is taken of a domain any more: its step before has failed. */
static int why_not(const xlmem_plan *plan, size_t first, size_t at,
                   const int rcs[XLMEM_STEPS_MAX])
{
    size_t i;

    for (i = first; i < at; i++)
        if (rcs[i] && plan->steps[i].domid == plan->steps[at].domid)
            return rcs[i];
    return 0;
}

/* @rcs_r: what became of each. */
static int take_each(xlmem_ctx *ctx, const xlmem_plan *plan, size_t first,
                     int rcs_r[XLMEM_STEPS_MAX])
{
    size_t i;
    int rc = 0;

    for (i = first; i < plan->nr_steps; i++) {
        rcs_r[i] = why_not(plan, first, i, rcs_r);
        if (!rcs_r[i])
            rcs_r[i] = take_step(ctx, &plan->steps[i]);
        if (rcs_r[i] && !has_gone(&plan->steps[i], rcs_r[i]))
            rc = rcs_r[i];
    }
    return rc;
}

int xlmem__steps_take(xlmem_ctx *ctx, const xlmem_plan *plan, size_t first)
{
    int rcs[XLMEM_STEPS_MAX];

    return take_each(ctx, plan, first, rcs);
}

/* ------------------------------------------------------------ taking --- */

/* libxl's own ceiling of an HVM domU has its video RAM beside, whether or not
 * the domain has.  Which of those that are not PV is HVM the books do not say;
 * but one that somebody has raised is that of static-max, which since Xen 4.17
 * is written with it (libxl_domain_setmaxmem).  To set another one would bring
 * static-max down, or the ceiling. */
static bool has_room_for_video(const xlmem_dom *dom, uint64_t target_kb)
{
    return dom->type != XLMEM_DOM_PV && XLMEM_KNOWS(dom, static_max_kb) &&
           dom->maxmem_kb !=
               xlmem__add_sat(dom->static_max_kb, XLMEM_ABOVE_TARGET_KB) &&
           dom->maxmem_kb <= xlmem__add_sat(target_kb, XLMEM_BEYOND_TARGET_KB);
}

uint64_t xlmem__maximum_of(const xlmem_dom *dom, uint64_t target_kb)
{
    const uint64_t used_kb = xlmem__add_sat(xlmem__max(dom->tot_kb, target_kb),
                                            XLMEM_CEILING_SLACK_KB);
    uint64_t kb = dom->maxmem_kb;

    if (!XLMEM_KNOWS(dom, maxmem_kb) || has_room_for_video(dom, target_kb))
        return 0;
    /* Setting a maximum raises the ceiling 1 MiB beyond it, each time. */
    if (XLMEM_KNOWS(dom, static_max_kb))
        kb = xlmem__min(kb, dom->static_max_kb);
    return kb > used_kb ? kb : 0;
}

static void add_intended_step(xlmem__entry *entry, const xlmem_host *host,
                              const xlmem_step *step)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, step->domid);
    const uint64_t kb = dom ? xlmem__maximum_of(dom, step->from_kb) : 0;

    if (xlmem__plan_add(&entry->plan, step) && kb)
        xlmem__entry_add_maximum(entry, step->domid, kb);
}

/* Its steps stay written for as long as the hold lasts, behind those of its
 * plans before. */
int xlmem__plan_take(xlmem_ctx *ctx, xlmem_hold *hold, const xlmem_host *host,
                     const xlmem_verdict *verdict)
{
    const size_t first = hold->entry.plan.nr_steps;
    xlmem__entry entry = hold->entry;
    size_t i;
    int rc;

    for (i = 0; i < verdict->plan.nr_steps; i++)
        add_intended_step(&entry, host, &verdict->plan.steps[i]);
    if (entry.plan.nr_steps == first)
        return 0;
    rc = xlmem__hold_write(ctx, hold, &entry);
    if (rc)
        return rc;
    xlmem__steps_take(ctx, &entry.plan, first);
    return 0;
}

/* ----------------------------------------------------------- moving --- */

static bool has_shrunk(const xlmem_plan *plan, uint64_t domid)
{
    size_t i;

    for (i = 0; i < plan->nr_steps; i++)
        if (plan->steps[i].domid == domid &&
            xlmem__step_is_owed(&plan->steps[i]))
            return true;
    return false;
}

/* Whether somebody is owed what a guard took of it, or will be. */
static bool is_watched(const xlmem__entries *entries, uint64_t domid)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (has_shrunk(&entries->list[i].entry.plan, domid))
            return true;
    return false;
}

/* A move of his before that led to where the next one begins. */
static const xlmem_step *find_led(const xlmem_plan *had,
                                  const xlmem_step *next)
{
    size_t i;

    for (i = 0; i < had->nr_steps; i++)
        if (had->steps[i].domid == next->domid &&
            had->steps[i].to_kb == next->from_kb)
            return &had->steps[i];
    return NULL;
}

static bool is_same_way(const xlmem_step *a, const xlmem_step *b)
{
    return a->domid == b->domid && a->from_kb == b->from_kb &&
           a->to_kb == b->to_kb;
}

/* Whether somebody else has led there as well: he must find it on the way. */
static bool has_other_led(const xlmem__entries *entries, const xlmem_step *led)
{
    size_t i, j;

    for (i = 0; i < entries->nr; i++)
        for (j = 0; j < entries->list[i].entry.plan.nr_steps; j++) {
            const xlmem_step *step = &entries->list[i].entry.plan.steps[j];

            if (step->domid == led->domid && step->to_kb == led->to_kb &&
                xlmem__step_is_witness(step) && !is_same_way(step, led))
                return true;
        }
    return false;
}

static bool state_once(const xlmem_step *step, xlmem_plan *plan_r)
{
    size_t i;

    for (i = 0; i < plan_r->nr_steps; i++)
        if (is_same_way(&plan_r->steps[i], step))
            return true;
    return step->from_kb == step->to_kb || xlmem__plan_add(plan_r, step);
}

/* Two in a row begin where the first one did: however many there are they lead
 * from what a guard took to the target that there is. */
static bool state_move(const xlmem__entries *entries, const xlmem_plan *had,
                       const xlmem_step *next, xlmem_plan *plan_r)
{
    const xlmem_step *led = find_led(had, next);
    xlmem_step step = *next;

    if (led && !has_other_led(entries, led))
        step.from_kb = led->from_kb;
    return state_once(&step, plan_r);
}

static bool has_led(const xlmem__entries *entries, const xlmem_step *step,
                    const xlmem_step *next)
{
    xlmem__chain chain;

    xlmem__chain_of(entries, next->domid, next->from_kb, &chain);
    return xlmem__chain_has(&chain, step);
}

/* What explains the targets there are, and those about to be set.  false: it
 * has no room. */
static bool restate(const xlmem__entries *entries, const xlmem_plan *had,
                    const xlmem_plan *plan, xlmem_plan *plan_r)
{
    bool fits = true;
    size_t i;

    *plan_r = (xlmem_plan){.nr_steps = 0};
    for (i = 0; i < had->nr_steps; i++) {
        const xlmem_step *step = &had->steps[i];
        const xlmem_step *next = xlmem_plan_move_of(plan, step->domid);

        if (is_watched(entries, step->domid) &&
            (!next || has_led(entries, step, next)))
            fits = state_once(step, plan_r) && fits;
    }
    for (i = 0; i < plan->nr_steps; i++)
        if (plan->steps[i].action == XLMEM_STEP_TARGET &&
            is_watched(entries, plan->steps[i].domid))
            fits = state_move(entries, had, &plan->steps[i], plan_r) && fits;
    return fits;
}

/* It reserves nothing, and no domain is taken for its own. */
static void begin_intent(xlmem__entry *entry)
{
    xlmem__entry_of_nobody(entry);
    XLMEM_SET(entry, binds, 1);
}

static int add_intent(xlmem_ctx *ctx, const xlmem__entry *entry,
                      xlmem_hold **intent_r)
{
    char err[XLMEM__ERR_MAX] = "";
    xlmem_hold *intent = calloc(1, sizeof(*intent));
    int rc;

    if (!intent)
        return XLMEM_ERROR_NOMEM;
    intent->entry = *entry;
    rc = xlmem__entry_add(ctx, entry, &intent->in_ledger, err, sizeof(err));
    if (!rc) {
        *intent_r = intent;
        return 0;
    }
    xlmem__log(ctx, XLMEM__ERR, "the ledger cannot be written: %s",
               xlmem__why(err, rc));
    free(intent);
    return rc;
}

int xlmem__intent_make(xlmem_ctx *ctx, const xlmem_plan *plan,
                       xlmem_hold **intent_r)
{
    xlmem__entry entry;

    begin_intent(&entry);
    entry.plan = *plan;
    return add_intent(ctx, &entry, intent_r);
}

static int write_intent(xlmem_ctx *ctx, xlmem_hold **intent,
                        const xlmem__entry *entry)
{
    if (*intent)
        return xlmem__hold_write(ctx, *intent, entry);
    return entry->plan.nr_steps ? add_intent(ctx, entry, intent) : 0;
}

static int state_intent(xlmem_ctx *ctx, const xlmem__entries *entries,
                        xlmem_hold **intent, const xlmem_plan *plan)
{
    static const xlmem_plan none = {.nr_steps = 0};
    xlmem__entry entry;

    if (*intent)
        entry = (*intent)->entry;
    else
        begin_intent(&entry);
    if (restate(entries, *intent ? &(*intent)->entry.plan : &none, plan,
                &entry.plan))
        return write_intent(ctx, intent, &entry);
    xlmem__log(ctx, XLMEM__ERR,
               "nothing is moved: more than %d moves would have to be written "
               "down of domains that are owed memory",
               XLMEM_STEPS_MAX);
    return XLMEM_ERROR_RANGE;
}

int xlmem__plan_move(xlmem_ctx *ctx, const xlmem__entries *entries,
                     xlmem_hold **intent, const xlmem_plan *plan,
                     int rcs_r[XLMEM_STEPS_MAX])
{
    size_t i;
    int rc = state_intent(ctx, entries, intent, plan);

    if (!rc)
        return take_each(ctx, plan, 0, rcs_r);
    for (i = 0; i < plan->nr_steps; i++)
        rcs_r[i] = rc;
    return rc;
}

void xlmem__moves_end(xlmem_ctx *ctx, xlmem_hold *intent)
{
    if (intent)
        xlmem__hold_end(ctx, intent);
}

/* ------------------------------------------------------------- dom0's --- */

/* What dom0's balloon says of itself. */
typedef struct balloon {
    uint64_t current_kb, target_kb;
} balloon;

static int see_dom0_balloon(xlmem_ctx *ctx, balloon *seen)
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

/* A moment after it was set the former target still shows, and one that it has
 * already is sent one page off first. */
static bool is_our_target(const xlmem_step *target, uint64_t kb)
{
    return kb == target->from_kb ||
           xlmem_apart_kb(kb, target->to_kb) <= XLMEM__PAGE_KB;
}

typedef struct following {
    xlmem_ctx *ctx;
    const xlmem_step *target;
    xlmem_dom0_move *move;
    int64_t patience_ms;
    xlmem__tracker tracker;
} following;

/* How long it has stood still; < 0: there is no memory to know. */
static int64_t still_ms(following *f, const balloon *seen)
{
    const int64_t now_ms = xlmem__clock_ms(f->ctx);
    const xlmem__sight sight = {
        .kind = f->target->to_kb < f->move->room.current_kb ? XLMEM__GIVES
                                                            : XLMEM__TAKES,
        .has_kb = seen->current_kb,
        .asked_kb = seen->target_kb};
    const xlmem__track *track =
        xlmem__tracker_see(&f->tracker, now_ms, &sight);

    return track ? now_ms - track->moved : -1;
}

static int look_on(void *arg, int64_t *deadline_ms)
{
    following *f = arg;
    balloon seen;
    int64_t ms;
    int rc = see_dom0_balloon(f->ctx, &seen);

    (void)deadline_ms;
    if (rc)
        return rc;
    XLMEM_SET(f->move, reached_kb, seen.current_kb);
    if (seen.current_kb == f->target->to_kb)
        return 0;
    if (!is_our_target(f->target, seen.target_kb))
        return XLMEM_ERROR_STALE;
    ms = still_ms(f, &seen);
    if (ms < 0)
        return XLMEM_ERROR_NOMEM;
    return ms < f->patience_ms ? XLMEM__LOOK_AGAIN : XLMEM_ERROR_TIMEDOUT;
}

int xlmem__dom0_follow(xlmem_ctx *ctx, const xlmem_step *target,
                       int64_t patience_ms, xlmem_dom0_move *move)
{
    following f = {ctx, target, move, patience_ms, {.nr = 0}};
    int rc;

    xlmem__tracker_init(&f.tracker, patience_ms);
    rc = xlmem__wait(ctx, look_on, &f);
    xlmem__tracker_dispose(&f.tracker);
    return rc;
}

/* Whose target it was before, it is again. */
static void set_back(xlmem_ctx *ctx, const xlmem_plan *plan,
                     const xlmem__whose *whose)
{
    xlmem__whose_sign(ctx, whose, &plan->steps[0]);
    xlmem__steps_take(ctx, plan, 0);
    xlmem__whose_restore(ctx, whose, plan->steps[0].domid);
}

void xlmem__dom0_put_back(xlmem_ctx *ctx, const xlmem_step *target,
                          const xlmem__dom0_former *former)
{
    xlmem_step back = *target;
    xlmem_plan plan = {.nr_steps = 0};
    balloon seen;

    back.from_kb = target->to_kb;
    back.to_kb = target->from_kb;
    back.why = XLMEM_WHY_OWED;
    xlmem__plan_add(&plan, &back);
    back.action = XLMEM_STEP_MAXIMUM;
    back.to_kb = former->maximum_kb;
    if (former->maximum_kb)
        xlmem__plan_add(&plan, &back);
    if (xlmem__guard_lock(ctx))
        return;
    if (!see_dom0_balloon(ctx, &seen) && is_our_target(target, seen.target_kb))
        set_back(ctx, &plan, &former->whose);
    xlmem__guard_unlock(ctx);
}
