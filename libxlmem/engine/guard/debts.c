/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What plans take, and giving it back.
 *
 * However a hold ends - its domain runs, its create failed, its process was
 * killed between any two instructions - what remains of its plan is an entry
 * without an owner that has steps: a debt.  Whoever holds the decision lock
 * next pays debts out of what is usable:
 *
 *     domain 0:   2000 ----> 1500 ----> 1200      two plans took it down
 *                                        |
 *     target now is one of {1500, 1200}: ours, and 2000 is owed
 *     target now is one that a daemon wrote down: it balances; 2000 is owed
 *     target now is 2000: paid; its maximum may be missing
 *     target now is anything else: somebody else has decided since; void,
 *     and stays so when a plan takes of that target (guard/whose.h)
 *
 * An administrator's target voids them whatever it is (guard/whose.h).
 * A payment in part makes a new target, which is written down first as well.
 *
 * libxl brings Xen's ceiling of a domain down to each target that is set, plus
 * XLMEM_ABOVE_TARGET_KB: of a dom0 that was booted without max: it takes the
 * right to grow at all.  What the ceiling was is written beside the steps, and
 * given back with the last of what is owed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/guard/whose.h"
#include "engine/guard/targets.h"
#include "engine/facts/snapshot.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/plan.h"
#include "private/xen.h"

/* Less is not worth a round through the balloon, unless it is all.  Chosen,
 * not measured. */
#define PAY_LEAST_KB (4 * XLMEM__MIB_KB)

/* ------------------------------------------------------------- owing --- */

typedef struct debt {
    uint64_t domid;
    uint64_t owed_kb; /* the target it had before anybody took */
    uint64_t now_kb;  /* its present one */
    uint64_t lag_kb;  /* so far that can be raised for nothing: it has it */
    uint64_t pay_kb;
    uint64_t maximum_kb; /* what a plan took with it; 0: none */
    uint64_t busy_kb;  /* what a plan that lives has taken it from; 0: none */
    bool ours;         /* now_kb is what one of the plans set */
    bool open_maximum; /* it could not be given back: for another time */
} debt;

/* As many as one entry has steps for, so that any entry fits; the others are
 * left for another time, and stay as they are.  A payment in part takes a
 * second step. */
#define DEBTS_MAX XLMEM_STEPS_MAX

typedef struct debts {
    size_t nr;
    debt list[DEBTS_MAX];
} debts;

/* One look at all that is owed: 8 kB, on the heap. */
typedef struct owing {
    xlmem__books books;
    xlmem_account account;
    uint64_t may_return_kb; /* of what is usable by it */
    debts all;
    xlmem__entry carrier;
} owing;

static debt *find_debt(debts *all, uint64_t domid)
{
    size_t i;

    for (i = 0; i < all->nr; i++)
        if (all->list[i].domid == domid)
            return &all->list[i];
    return NULL;
}

/* What a domain's target is now; false when it has none or is going. */
static bool target_now(const xlmem_host *host, uint64_t domid, uint64_t *kb_r)
{
    const xlmem_dom *dom = xlmem_host_find_dom(host, domid);

    if (!domid) {
        *kb_r = host->dom0.balloon_target_kb;
        return XLMEM_KNOWS(&host->dom0, balloon_target_kb);
    }
    if (!dom || dom->dying || !XLMEM_KNOWS(dom, target_kb))
        return false;
    *kb_r = dom->target_kb;
    return true;
}

/* Whether an entry owes nothing beyond what is listed: a step of a domain that
 * has gone is void. */
static bool is_covered(debts *all, const xlmem_host *host,
                       const xlmem__entry *entry)
{
    uint64_t now_kb;
    size_t i;

    for (i = 0; i < entry->plan.nr_steps; i++)
        if (!find_debt(all, entry->plan.steps[i].domid) &&
            target_now(host, entry->plan.steps[i].domid, &now_kb))
            return false;
    return true;
}

/* The domains of an entry, all of them or, without room for all, none. */
static void add_entry_domains(debts *all, const xlmem_host *host,
                              const xlmem__entry *entry)
{
    const size_t had = all->nr;
    uint64_t now_kb;
    size_t i;

    for (i = 0; i < entry->plan.nr_steps && all->nr < DEBTS_MAX; i++)
        if (!find_debt(all, entry->plan.steps[i].domid) &&
            target_now(host, entry->plan.steps[i].domid, &now_kb))
            all->list[all->nr++] =
                (debt){.domid = entry->plan.steps[i].domid, .now_kb = now_kb};
    if (!is_covered(all, host, entry))
        all->nr = had;
}

/* A target that is none of these is a stranger's, and voids what is owed. */
static void hear_witness(debt *d, const xlmem_step *step)
{
    if (d->now_kb == step->to_kb)
        d->ours = true;
}

/* Whether a step is of what happened since a stranger set its target: it led
 * to the present one, or away from it and was not taken, or is paid; and not
 * from more than he set. */
static bool concerns(const debt *d, const xlmem__chain *chain,
                     const xlmem_step *step)
{
    return step->domid == d->domid && xlmem__step_is_witness(step) &&
           step->from_kb <= chain->most_kb &&
           (step->from_kb == d->now_kb || xlmem__chain_has(chain, step));
}

/* Also of an entry that is left for another time: what it says of a domain
 * that is listed explains the target that has now. */
static void add_entry_steps(debt *d, const xlmem__chain *chain,
                            const xlmem__entry *entry)
{
    bool any = false;
    size_t i;

    for (i = 0; i < entry->plan.nr_steps; i++) {
        const xlmem_step *step = &entry->plan.steps[i];

        any = any || xlmem__chain_has_paid(chain, step);
        if (!concerns(d, chain, step))
            continue;
        any = true;
        if (xlmem__step_is_owed(step))
            d->owed_kb = xlmem__max(d->owed_kb, step->from_kb);
        hear_witness(d, step);
    }
    for (i = 0; i < entry->nr_maxima; i++)
        if (any && entry->maxima[i].domid == d->domid)
            d->maximum_kb = xlmem__max(d->maximum_kb, entry->maxima[i].kb);
}

/* What a guard's plan took that is in force is paid when that one ends; until
 * then its steps tell that the target is no stranger's.  Those of somebody who
 * balances only tell that: he lives for as long as the host. */
static void add_living(debt *d, const xlmem__chain *chain,
                       const xlmem__entry *entry)
{
    size_t i;

    for (i = 0; i < entry->plan.nr_steps; i++) {
        const xlmem_step *step = &entry->plan.steps[i];

        if (!concerns(d, chain, step))
            continue;
        if (xlmem__step_is_owed(step))
            d->busy_kb = xlmem__max(d->busy_kb, step->from_kb);
        hear_witness(d, step);
    }
}

static int add_steps_of(xlmem_ctx *ctx, debt *d, const xlmem__books *books)
{
    const xlmem__entries *entries = &books->entries;
    xlmem__chain chain;
    size_t i;
    int rc;

    if (!d->domid)
        d->now_kb = xlmem__dom0_told_kb(entries, &books->host, d->now_kb);
    rc = xlmem__chain_bound(ctx, entries, d->domid, d->now_kb, &chain);
    if (rc)
        return rc;
    for (i = 0; i < entries->nr; i++)
        if (xlmem__listed_is_debt(&entries->list[i]))
            add_entry_steps(d, &chain, &entries->list[i].entry);
        else if (entries->list[i].counts)
            add_living(d, &chain, &entries->list[i].entry);
    return 0;
}

static bool is_of_dom0(const xlmem__entry *entry)
{
    size_t i;

    for (i = 0; i < entry->plan.nr_steps; i++)
        if (!entry->plan.steps[i].domid)
            return true;
    return false;
}

/* dom0's are not left for another time. */
static int collect_debts(xlmem_ctx *ctx, const xlmem__books *books, debts *all)
{
    const xlmem__entries *entries = &books->entries;
    size_t i, pass;
    int rc = 0;

    *all = (debts){.nr = 0};
    for (pass = 0; pass < 2; pass++)
        for (i = 0; i < entries->nr; i++)
            if (xlmem__listed_is_debt(&entries->list[i]) &&
                is_of_dom0(&entries->list[i].entry) == (pass == 0))
                add_entry_domains(all, &books->host, &entries->list[i].entry);
    for (i = 0; i < all->nr && !rc; i++)
        rc = add_steps_of(ctx, &all->list[i], books);
    return rc;
}

/* What a domain was asked for and still holds it may keep: that is paid out of
 * nobody's memory.  Everything else is paid out of what is usable. */
static void pay_one(debt *d, int64_t *usable_kb, size_t *steps_left)
{
    const uint64_t missing_kb = xlmem__sub0(d->owed_kb, d->now_kb);
    const int64_t has_kb = *usable_kb + (int64_t)d->lag_kb;
    uint64_t pay_kb = has_kb > 0 ? (uint64_t)has_kb : 0;

    pay_kb = xlmem__min(missing_kb, pay_kb / XLMEM__PAGE_KB * XLMEM__PAGE_KB);
    if (!d->ours || d->busy_kb)
        return;
    if (pay_kb < missing_kb) {
        if (pay_kb < PAY_LEAST_KB || !*steps_left)
            return;
        --*steps_left;
    }
    d->pay_kb = pay_kb;
    if (pay_kb > d->lag_kb)
        *usable_kb -= (int64_t)(pay_kb - d->lag_kb);
}

/* dom0 has no ceiling that follows: what it holds above what it was told. */
static uint64_t lag_of(const xlmem_dom *dom)
{
    return dom->domid ? xlmem__beyond_ceiling_kb(dom)
                      : xlmem__sub0(dom->tot_kb, dom->target_kb);
}

/* Free memory was read after the domains: what a balloon gave in between is
 * usable, and is not what it still holds. */
static int look_again(xlmem_ctx *ctx, owing *o)
{
    xlmem_host host;
    size_t i;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem__snapshot_books(ctx, NULL, &host);
    for (i = 0; i < o->all.nr; i++) {
        debt *d = &o->all.list[i];
        const xlmem_dom *found = xlmem_host_find_dom(&host, d->domid);
        xlmem_dom dom = found ? *found : (xlmem_dom){.dying = true};

        XLMEM_SET(&dom, target_kb, d->now_kb);
        d->lag_kb = dom.dying ? 0 : lag_of(&dom);
    }
    o->may_return_kb = xlmem__may_return_kb(&o->books.host, &host);
    xlmem_host_dispose(&host);
    return rc;
}

/* dom0 is paid first, out of all that is usable: every domU's devices are
 * served by it.  The domUs share what is left in the order of the ledger. */
static void share_out(owing *o)
{
    int64_t usable_kb = (int64_t)o->account.usable_kb -
                        (int64_t)o->account.deficit_kb -
                        (int64_t)o->may_return_kb;
    size_t i, pass, steps_left = XLMEM_STEPS_MAX - o->all.nr;

    for (pass = 0; pass < 2; pass++)
        for (i = 0; i < o->all.nr; i++)
            if ((o->all.list[i].domid == 0) == (pass == 0))
                pay_one(&o->all.list[i], &usable_kb, &steps_left);
}

static bool is_debt_open(const debt *d)
{
    return d->ours && d->owed_kb > d->now_kb + d->pay_kb;
}

static void add_step(xlmem_plan *plan, const debt *d, xlmem_step_action action,
                     uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {
        from_kb,       to_kb, (uint32_t)d->domid, action, XLMEM_AUTHOR_GUARD,
        XLMEM_WHY_OWED};

    xlmem__plan_add(plan, &step);
}

/* What is owed of a domain whose target is @now_kb. */
static void owe(xlmem__entry *entry, const debt *d, uint64_t now_kb)
{
    add_step(&entry->plan, d, XLMEM_STEP_TARGET, d->owed_kb, now_kb);
}

/* One entry for all that is owed, with the targets there are and the ones
 * about to be set. */
static void carry(const debts *all, xlmem__entry *entry)
{
    size_t i;

    xlmem__entry_of_nobody(entry);
    for (i = 0; i < all->nr; i++) {
        const debt *d = &all->list[i];
        uint64_t then_kb = d->now_kb + d->pay_kb;

        if (!d->ours || d->now_kb >= d->owed_kb)
            continue;
        owe(entry, d, d->now_kb);
        if (d->pay_kb && then_kb < d->owed_kb)
            owe(entry, d, then_kb);
        if (d->maximum_kb)
            xlmem__entry_add_maximum(entry, d->domid, d->maximum_kb);
    }
}

/* *carrier_r: NULL when nothing is owed any more. */
static int write_carrier(xlmem_ctx *ctx, owing *o, void **carrier_r)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc;

    *carrier_r = NULL;
    carry(&o->all, &o->carrier);
    if (!o->carrier.plan.nr_steps)
        return 0;
    rc = xlmem__entry_add(ctx, &o->carrier, carrier_r, err, sizeof(err));
    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   "what plans took cannot be given back: the ledger cannot "
                   "be written: %s",
                   xlmem__why(err, rc));
    return rc;
}

/* Whether an entry has a maximum that is still to be given back. */
static bool has_open_maximum(debts *all, const xlmem__entry *entry)
{
    size_t i;

    for (i = 0; i < entry->nr_maxima; i++) {
        const debt *d = find_debt(all, entry->maxima[i].domid);

        if (d && d->open_maximum)
            return true;
    }
    return false;
}

/* A plan that lives has found more than is owed by now: that will be owed, and
 * the moves of somebody who balanced may be what leads there. */
static bool needs_witness(const debt *d)
{
    return d->ours && d->busy_kb > d->owed_kb;
}

static bool is_witness(debts *all, const xlmem__entry *entry)
{
    size_t i;

    for (i = 0; i < entry->plan.nr_steps; i++) {
        const xlmem_step *step = &entry->plan.steps[i];
        const debt *d = find_debt(all, step->domid);

        if (d && needs_witness(d) && !xlmem__step_is_owed(step))
            return true;
    }
    return false;
}

/* What the carrier carries, or nobody owes any more. */
static void sweep_paid(xlmem_ctx *ctx, const xlmem__books *books, debts *all)
{
    const xlmem__entries *entries = &books->entries;
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (xlmem__listed_is_debt(&entries->list[i]) &&
            is_covered(all, &books->host, &entries->list[i].entry) &&
            !has_open_maximum(all, &entries->list[i].entry) &&
            !is_witness(all, &entries->list[i].entry))
            ctx->backend->ledger_sweep(ctx->backend_user,
                                       entries->list[i].name, NULL, 0);
}

static bool changes_something(const debts *all)
{
    size_t i;

    for (i = 0; i < all->nr; i++)
        if (all->list[i].pay_kb ||
            !(is_debt_open(&all->list[i]) || needs_witness(&all->list[i])))
            return true;
    return !all->nr;
}

/* More than it had only somebody who balances has given it. */
static bool has_been_paid(const debt *d)
{
    const uint64_t then_kb = d->now_kb + d->pay_kb;

    return !d->busy_kb &&
           (then_kb == d->owed_kb || (d->ours && then_kb > d->owed_kb));
}

static void add_payment(const debt *d, xlmem_plan *plan)
{
    if (d->pay_kb)
        add_step(plan, d, XLMEM_STEP_TARGET, d->now_kb, d->now_kb + d->pay_kb);
}

static void add_maximum(const debt *d, xlmem_plan *plan)
{
    if (d->maximum_kb)
        add_step(plan, d, XLMEM_STEP_MAXIMUM, 0, d->maximum_kb);
}

/* Whoever paid the last of it was killed before he gave the maximum back. */
static void restore_maxima(xlmem_ctx *ctx, debts *all, const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < all->nr; i++) {
        debt *d = &all->list[i];
        const xlmem_dom *dom = xlmem_host_find_dom(host, d->domid);
        xlmem_plan plan = {.nr_steps = 0};

        if (!dom || d->pay_kb || !has_been_paid(d) ||
            dom->maxmem_kb >= d->maximum_kb)
            continue;
        add_maximum(d, &plan);
        d->open_maximum = xlmem__steps_take(ctx, &plan, 0) != 0;
    }
}

static int set_one(xlmem_ctx *ctx, const debt *d)
{
    xlmem_plan plan = {.nr_steps = 0};

    add_payment(d, &plan);
    if (plan.nr_steps && has_been_paid(d))
        add_maximum(d, &plan);
    return xlmem__steps_take(ctx, &plan, 0);
}

static int set_all(xlmem_ctx *ctx, const debts *all)
{
    int rc = 0;
    size_t i;

    for (i = 0; i < all->nr; i++) {
        int r = set_one(ctx, &all->list[i]);

        if (r)
            rc = r;
    }
    return rc;
}

static bool is_any_open(const debts *all)
{
    size_t i;

    for (i = 0; i < all->nr; i++)
        if (is_debt_open(&all->list[i]))
            return true;
    return false;
}

/* The entry that carries all debts is there before the others go, and goes
 * itself when nothing is owed. */
static int pay(xlmem_ctx *ctx, owing *o)
{
    debts *all = &o->all;
    void *carrier;
    int rc;

    restore_maxima(ctx, all, &o->books.host);
    rc = write_carrier(ctx, o, &carrier);
    if (rc)
        return rc;
    sweep_paid(ctx, &o->books, all);
    rc = set_all(ctx, all);
    if (carrier && (rc || is_any_open(all)))
        ctx->backend->ledger_leave(ctx->backend_user, carrier);
    else if (carrier)
        ctx->backend->ledger_drop(ctx->backend_user, carrier);
    return rc;
}

static int pay_what_is_owed(xlmem_ctx *ctx, const xlmem_policy *policy,
                            owing *o)
{
    int rc = xlmem__books_ask_guests(ctx, &o->books);

    if (!rc)
        rc = xlmem_account_of(&o->books.host, policy, &o->account);
    if (!rc)
        rc = collect_debts(ctx, &o->books, &o->all);
    if (!rc)
        rc = look_again(ctx, o);
    if (rc)
        return rc;
    share_out(o);
    return changes_something(&o->all) ? pay(ctx, o) : 0;
}

int xlmem__debts_pay(xlmem_ctx *ctx, const xlmem_policy *policy)
{
    owing *o = malloc(sizeof(*o));
    int rc;

    if (!o)
        return XLMEM_ERROR_NOMEM;
    rc = xlmem__books_read(ctx, NULL, NULL, &o->books);
    if (!rc && xlmem__has_debts(&o->books.entries))
        rc = pay_what_is_owed(ctx, policy, o);
    xlmem__books_dispose(&o->books);
    free(o);
    return rc;
}

/* ----------------------------------------------------------- looking --- */

static int list_open(const debts *all, xlmem_debt **list_r, size_t *nr_r)
{
    xlmem_debt *list = calloc(all->nr + 1, sizeof(*list));
    size_t i, nr = 0;

    if (!list)
        return XLMEM_ERROR_NOMEM;
    for (i = 0; i < all->nr; i++)
        if (is_debt_open(&all->list[i]))
            list[nr++] = (xlmem_debt){all->list[i].domid, all->list[i].owed_kb,
                                      all->list[i].now_kb};
    *list_r = list;
    *nr_r = nr;
    return 0;
}

static int look_at_debts(xlmem_ctx *ctx, owing *o)
{
    xlmem__books *books = &o->books;
    int rc = xlmem__entries_look(ctx, &books->entries);

    if (rc || !xlmem__has_debts(&books->entries))
        return rc;
    rc = xlmem__snapshot_books(ctx, &books->entries, &books->host);
    if (!rc)
        rc = xlmem__books_ask_guests(ctx, books);
    return rc ? rc : collect_debts(ctx, books, &o->all);
}

int xlmem_debts(xlmem_ctx *ctx, xlmem_debt **list_r, size_t *nr_r)
{
    owing *o = calloc(1, sizeof(*o));
    int rc;

    if (!o)
        return XLMEM_ERROR_NOMEM;
    xlmem_host_init(&o->books.host);
    rc = look_at_debts(ctx, o);
    if (!rc)
        rc = list_open(&o->all, list_r, nr_r);
    xlmem__books_dispose(&o->books);
    free(o);
    return rc;
}
