/* SPDX-License-Identifier: LGPL-2.1-only */
/* Holds, from the making to the release. */
#include <stdlib.h>
#include <string.h>

#include "engine/guard/guard.h"
#include "engine/facts/snapshot.h"
#include "model/checked.h"

/* A need is computed at most 128 kB too large: what is open below this will
 * not be taken. */
#define OPEN_SLACK_KB XLMEM__MIB_KB

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

int xlmem_hold_bind(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t domid)
{
    xlmem__entry entry;
    int rc;

    hold->to_bind = true;
    hold->domid = domid;
    rc = xlmem__guard_lock_within(ctx, XLMEM__BIND_TOTAL_MS,
                                  XLMEM__BIND_TOTAL_MS);
    if (rc)
        return rc;
    entry = hold->entry;
    XLMEM_SET(&entry.res, domid, domid);
    rc = xlmem__hold_write(ctx, hold, &entry);
    hold->to_bind = rc != 0;
    xlmem__guard_unlock(ctx);
    return rc;
}

/* The hold's domain: the one it is to be bound to, or the one that is found.
 * *dom_r: NULL: none. */
static int find_its(xlmem_ctx *ctx, const xlmem_hold *hold,
                    const xlmem_host *host, const xlmem_dom **dom_r)
{
    xlmem__entry entry = hold->entry;
    xlmem__entries entries;
    int rc;

    if (hold->to_bind)
        XLMEM_SET(&entry.res, domid, hold->domid);
    if (hold->to_bind || XLMEM_KNOWS(&entry, binds)) {
        *dom_r = xlmem__entry_dom(&entry, NULL, host);
        return 0;
    }
    rc = xlmem__entries_look(ctx, &entries);
    if (!rc)
        *dom_r = xlmem__entry_dom(&entry, &entries, host);
    xlmem__entries_dispose(&entries);
    return rc;
}

/* Whether the domain holds, or has a claim on, what was reserved for it. */
static bool has_its_reservation(const xlmem_dom *dom,
                                const xlmem_reservation *res)
{
    uint64_t has_kb = xlmem__add_sat(
        dom->tot_kb, xlmem__add_sat(dom->outstanding_kb, dom->paging_kb));

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
    rc = find_its(ctx, hold, &host, &dom);
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
    if (!hold)
        return;
    if (!hold->entry.plan.nr_steps) {
        ctx->backend->ledger_drop(ctx->backend_user, hold->in_ledger);
    } else {
        ctx->backend->ledger_leave(ctx->backend_user, hold->in_ledger);
        if (!created)
            pay_now(ctx, &hold->policy);
    }
    free(hold);
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

int xlmem_reservations(xlmem_ctx *ctx, xlmem_reservation **list_r,
                       size_t *nr_r)
{
    xlmem__books books;
    int rc;

    xlmem_host_init(&books.host);
    rc = xlmem__entries_look(ctx, &books.entries);
    if (!rc && books.entries.nr)
        rc = xlmem__snapshot_books(ctx, &books.entries, &books.host);
    if (!rc)
        rc = xlmem__entries_enter(&books.entries, &books.host);
    if (!rc) {
        *list_r = books.host.reservations;
        *nr_r = books.host.nr_reservations;
        books.host.reservations = NULL;
        books.host.nr_reservations = 0;
    }
    xlmem__books_dispose(&books);
    return rc;
}
