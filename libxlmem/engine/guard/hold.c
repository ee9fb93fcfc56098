/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A hold: what its owner has of a reservation.  It is made, written when the
 * reservation changes, bound to the domain that it becomes, and released.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/guard/guard.h"
#include "engine/facts/snapshot.h"
#include "model/checked.h"
#include "model/host.h"

/* A need is computed at most 128 kB too large: what is open below this will
 * not be taken. */
#define OPEN_SLACK_KB XLMEM__MIB_KB

/* --------------------------------------------- making, writing, ending --- */

static uint64_t next_order(const xlmem__entries *entries)
{
    uint64_t order = 0;
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (entries->list[i].entry.order > order)
            order = entries->list[i].entry.order;
    return order + 1;
}

/* @uuid has 36 characters, of which the last tell most that differ. */
static bool dom_has_uuid(const xlmem_dom *dom, const char uuid[37])
{
    return dom->uuid[35] == uuid[35] && dom->uuid[34] == uuid[34] &&
           !strcmp(dom->uuid, uuid);
}

/* Domains that have the uuid already are not the one that the hold becomes: it
 * is bound to the next one that comes.  Of more than XLMEM__BEFORE_MAX of them
 * the new one cannot be told; the entry is then bound by its owner only. */
static void note_before(const xlmem_host *host, xlmem__entry *entry)
{
    size_t i;

    for (i = 0; i < host->nr_doms && !XLMEM_KNOWS(entry, binds); i++) {
        if (!dom_has_uuid(&host->doms[i], entry->res.uuid))
            continue;
        if (entry->nr_before < XLMEM__BEFORE_MAX) {
            entry->before[entry->nr_before++] = host->doms[i].domid;
        } else {
            XLMEM_SET(entry, binds, 1);
            entry->nr_before = 0;
        }
    }
}

static void fill_entry(const xlmem_guard_request *request,
                       const xlmem__books *books, xlmem__entry *entry)
{
    entry->version = XLMEM__ENTRY_VERSION;
    xlmem__copy_uuid(entry->res.uuid, request->uuid);
    XLMEM_SET(&entry->res, need_kb, request->need_kb);
    XLMEM_SET(&entry->res, dom0_need_kb, request->dom0_need_kb);
    if (XLMEM_KNOWS(request, dom0_build_kb))
        XLMEM_SET(&entry->res, dom0_build_kb, request->dom0_build_kb);
    if (request->binds)
        XLMEM_SET(entry, binds, 1);
    XLMEM_SET(entry, order, next_order(&books->entries));
    XLMEM_SET(entry, granted, 1);
    note_before(&books->host, entry);
}

static int report_write(xlmem_ctx *ctx, const xlmem__entry *entry,
                        const char *err, int rc)
{
    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   "the reservation of %s cannot be written: %s",
                   entry->res.uuid, xlmem__why(err, rc));
    return rc;
}

int xlmem__hold_make(xlmem_ctx *ctx, const xlmem_guard_request *request,
                     const xlmem__books *books, xlmem_hold **hold_r)
{
    char err[XLMEM__ERR_MAX] = "";
    xlmem_hold *hold = calloc(1, sizeof(*hold));
    int rc;

    if (!hold)
        return XLMEM_ERROR_NOMEM;
    fill_entry(request, books, &hold->entry);
    rc = xlmem__entry_add(ctx, &hold->entry, &hold->in_ledger, err,
                          sizeof(err));
    if (rc) {
        report_write(ctx, &hold->entry, err, rc);
        free(hold);
        return rc;
    }
    *hold_r = hold;
    return 0;
}

int xlmem__hold_write(xlmem_ctx *ctx, xlmem_hold *hold,
                      const xlmem__entry *entry)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc =
        xlmem__entry_update(ctx, entry, hold->in_ledger, err, sizeof(err));

    if (!rc)
        hold->entry = *entry;
    return report_write(ctx, entry, err, rc);
}

bool xlmem__hold_end(xlmem_ctx *ctx, xlmem_hold *hold)
{
    const bool took = hold->entry.plan.nr_steps != 0;

    if (took)
        ctx->backend->ledger_leave(ctx->backend_user, hold->in_ledger);
    else
        ctx->backend->ledger_drop(ctx->backend_user, hold->in_ledger);
    free(hold);
    return took;
}

/* ------------------------------------------------- for its owner --- */

/* The larger of what it has and what is asked for. */
static int enlarge(xlmem_ctx *ctx, xlmem_hold *hold,
                   const xlmem_guard_request *request)
{
    xlmem__entry entry = hold->entry;
    xlmem_reservation *res = &entry.res;

    XLMEM_SET(res, need_kb, xlmem__max(res->need_kb, request->need_kb));
    XLMEM_SET(res, dom0_need_kb,
              xlmem__max(res->dom0_need_kb, request->dom0_need_kb));
    if (XLMEM_KNOWS(request, dom0_build_kb))
        XLMEM_SET(res, dom0_build_kb,
                  xlmem__max(res->dom0_build_kb, request->dom0_build_kb));
    return xlmem__hold_write(ctx, hold, &entry);
}

int xlmem_hold_ahead(xlmem_ctx *ctx, const xlmem_guard_request *request,
                     xlmem_hold **hold_r)
{
    xlmem__books books;
    int rc = xlmem__guard_check(ctx, request);

    if (!rc)
        rc = xlmem__guard_lock(ctx);
    if (rc)
        return rc;
    if (*hold_r) {
        rc = enlarge(ctx, *hold_r, request);
    } else {
        rc = xlmem__books_read(ctx, NULL, NULL, &books);
        if (!rc)
            rc = xlmem__hold_make(ctx, request, &books, hold_r);
        xlmem__books_dispose(&books);
    }
    xlmem__guard_unlock(ctx);
    return rc;
}

/* While others are being served: beside the entry, where they find it. */
static int note_domid(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t domid)
{
    char err[XLMEM__ERR_MAX] = "the ledger is locked";
    int rc = XLMEM_ERROR_BUSY;

    if (ctx->backend->ledger_note)
        rc = ctx->backend->ledger_note(ctx->backend_user, hold->in_ledger,
                                       domid, err, sizeof(err));
    if (!rc)
        XLMEM_SET(&hold->entry.res, domid, domid);
    return report_write(ctx, &hold->entry, err, rc);
}

int xlmem_hold_bind(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t domid)
{
    xlmem__entry entry = hold->entry;
    int rc;

    hold->to_bind = true;
    hold->domid = domid;
    rc = xlmem__guard_lock_to_bind(ctx);
    if (!rc) {
        XLMEM_SET(&entry.res, domid, domid);
        rc = xlmem__hold_write(ctx, hold, &entry);
        xlmem__guard_unlock(ctx);
    } else if (rc == XLMEM_ERROR_BUSY) {
        rc = note_domid(ctx, hold, domid);
    }
    hold->to_bind = rc != 0;
    return rc;
}

/* The hold's domain: the one it is to be bound to, or the one that is found.
 * @entry: the hold's, to be changed.  *dom_r: NULL: none. */
static int find_its(xlmem_ctx *ctx, const xlmem_hold *hold,
                    xlmem__entry *entry, const xlmem_host *host,
                    const xlmem_dom **dom_r)
{
    xlmem__entries entries;
    int rc;

    if (hold->to_bind)
        XLMEM_SET(&entry->res, domid, hold->domid);
    if (hold->to_bind || XLMEM_KNOWS(entry, binds)) {
        *dom_r = xlmem__entry_dom(entry, NULL, host);
        return 0;
    }
    rc = xlmem__entries_look(ctx, &entries);
    if (!rc)
        *dom_r = xlmem__entry_dom(entry, &entries, host);
    xlmem__entries_dispose(&entries);
    return rc;
}

/* Whether the domain holds, or has a claim on, what was reserved for it; one
 * that runs takes no more of that, whatever a need contains beside pages. */
static bool has_its_reservation(const xlmem_dom *dom,
                                const xlmem_reservation *res)
{
    uint64_t has_kb = xlmem__add_sat(
        dom->tot_kb, xlmem__add_sat(dom->outstanding_kb, dom->paging_kb));

    if (xlmem__was_let_run(dom))
        return true;
    return xlmem__add_sat(has_kb, OPEN_SLACK_KB) >= res->need_kb;
}

int xlmem_hold_done(xlmem_ctx *ctx, xlmem_hold *hold, bool *done_r,
                    bool *created_r)
{
    xlmem__listed own = {.owned = true, .entry = hold->entry};
    const xlmem__entries only = {1, 1, &own};
    const xlmem_dom *dom = NULL;
    xlmem_host host;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem__snapshot_books(ctx, &only, &host);
    if (rc)
        return rc;
    rc = find_its(ctx, hold, &own.entry, &host, &dom);
    if (!rc && dom && !XLMEM_KNOWS(&hold->entry.res, domid))
        rc = xlmem_hold_bind(ctx, hold, dom->domid);
    if (!rc) {
        *done_r = dom ? has_its_reservation(dom, &hold->entry.res)
                      : XLMEM_KNOWS(&hold->entry.res, domid) || hold->to_bind;
        *created_r = dom != NULL;
    }
    xlmem_host_dispose(&host);
    return rc;
}

/* Who cannot have the lock leaves the debt to the next one. */
static void pay_now(xlmem_ctx *ctx, const xlmem_policy *policy)
{
    if (policy->mode != XLMEM_MODE_ENFORCE || xlmem__guard_lock(ctx))
        return;
    xlmem__debts_pay(ctx, policy);
    xlmem__guard_unlock(ctx);
}

void xlmem_hold_release(xlmem_ctx *ctx, xlmem_hold *hold, bool created)
{
    xlmem_policy policy;

    if (!hold)
        return;
    policy = hold->policy;
    if (xlmem__hold_end(ctx, hold) && !created)
        pay_now(ctx, &policy);
}

int xlmem_guard_repay(xlmem_ctx *ctx, const xlmem_policy *policy)
{
    xlmem__entries entries;
    int rc;

    if (policy->mode != XLMEM_MODE_ENFORCE)
        return 0;
    rc = xlmem__guard_lock(ctx);
    if (rc)
        return rc;
    rc = xlmem__entries_read(ctx, &entries);
    if (!rc && xlmem__has_debts(&entries))
        rc = xlmem__debts_pay(ctx, policy);
    xlmem__entries_dispose(&entries);
    xlmem__guard_unlock(ctx);
    return rc;
}
