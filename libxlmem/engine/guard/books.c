/* SPDX-License-Identifier: LGPL-2.1-only */
/* The guard's books, and the holds that are entered in them. */
#include <stdlib.h>
#include <string.h>

#include "engine/guard/guard.h"
#include "engine/facts/snapshot.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/promised.h"

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

bool xlmem__can_guard(const xlmem_backend *backend)
{
    return backend && backend->ledger_lock && backend->ledger_unlock &&
           backend->ledger_each && backend->ledger_add &&
           backend->ledger_update && backend->ledger_drop &&
           backend->ledger_leave && backend->ledger_sweep && backend->now_ms &&
           backend->sleep_ms;
}

int xlmem__guard_lock_within(xlmem_ctx *ctx, int64_t still_ms,
                             int64_t total_ms)
{
    const xlmem_backend *backend = ctx->backend;
    char err[XLMEM__ERR_MAX] = "";
    int rc;

    if (!xlmem__can_guard(backend)) {
        xlmem__log(ctx, XLMEM__ERR, "this host cannot be guarded: %s",
                   backend ? backend->name : "none was opened");
        return XLMEM_ERROR_UNSUPPORTED;
    }
    rc = backend->ledger_lock(ctx->backend_user, still_ms, total_ms, err,
                              sizeof(err));
    if (rc)
        xlmem__log(ctx, XLMEM__ERR, "the ledger cannot be locked: %s",
                   xlmem__why(err, rc));
    return rc;
}

int xlmem__guard_lock(xlmem_ctx *ctx)
{
    return xlmem__guard_lock_within(ctx, XLMEM__LOCK_STILL_MS,
                                    XLMEM__LOCK_TOTAL_MS);
}

void xlmem__guard_unlock(xlmem_ctx *ctx)
{
    ctx->backend->ledger_unlock(ctx->backend_user);
}

/* The order of an entry is its name among those that live. */
bool xlmem__listed_is(const xlmem__listed *listed, const xlmem_hold *hold)
{
    return listed->owned && XLMEM_KNOWS(&listed->entry, order) &&
           listed->entry.order == hold->entry.order;
}

/* Those who wait for their memory and asked after @order; not what they held
 * before they asked for more. */
static void leave_out_later(xlmem__entries *entries, uint64_t order)
{
    size_t i;

    for (i = 0; i < entries->nr; i++) {
        xlmem__listed *listed = &entries->list[i];

        if (!XLMEM_KNOWS(&listed->entry, granted) || listed->entry.granted ||
            listed->entry.order <= order)
            continue;
        if (XLMEM_KNOWS(&listed->entry, held_kb))
            listed->entry.res.need_kb = listed->entry.held_kb;
        else
            listed->counts = false;
    }
}

static void leave_out_mine(xlmem__entries *entries, const xlmem_hold *mine)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (xlmem__listed_is(&entries->list[i], mine))
            entries->list[i].counts = false;
    leave_out_later(entries, mine->entry.order);
}

static bool is_for(const xlmem__listed *listed, const char *uuid)
{
    return xlmem__listed_by_hand(listed) &&
           !strcmp(listed->entry.res.uuid, uuid);
}

/* Returns the order of the first; UINT64_MAX when there is none. */
static uint64_t let_keeps_yield(xlmem__entries *entries, const char *uuid)
{
    uint64_t order = UINT64_MAX;
    size_t i;

    for (i = 0; i < entries->nr; i++) {
        xlmem__listed *listed = &entries->list[i];

        if (!is_for(listed, uuid))
            continue;
        listed->counts = false;
        listed->yields = true;
        order = xlmem__min(order, listed->entry.order);
    }
    return order;
}

/* What is left out is not a debt either. */
int xlmem__books_read(xlmem_ctx *ctx, const xlmem_hold *mine, const char *uuid,
                      xlmem__books *books_r)
{
    int rc;

    books_r->uuid = uuid;
    xlmem_host_init(&books_r->host);
    rc = xlmem__entries_read(ctx, &books_r->entries);
    if (!rc)
        rc = xlmem__snapshot_books(ctx, &books_r->entries, &books_r->host);
    if (rc)
        return rc;
    if (mine)
        leave_out_mine(&books_r->entries, mine);
    /* What was reserved for it by hand was granted when that was made. */
    if (uuid)
        leave_out_later(&books_r->entries,
                        let_keeps_yield(&books_r->entries, uuid));
    return xlmem__entries_enter(&books_r->entries, &books_r->host);
}

void xlmem__books_dispose(xlmem__books *books)
{
    xlmem__entries_dispose(&books->entries);
    xlmem_host_dispose(&books->host);
}

/* A domain that is to grow does not give for that. */
static void spare_own(xlmem__books *books)
{
    size_t i;

    for (i = 0; books->uuid && i < books->host.nr_doms; i++) {
        xlmem_dom *dom = &books->host.doms[i];

        if (!strcmp(dom->uuid, books->uuid))
            dom->known &= ~XLMEM_FACT_BIT(dom, dynamic_min_kb);
    }
}

/* From whom a plan has taken something; an entry's ids are Xen's. */
typedef struct debtors {
    uint64_t bits[XLMEM__DOMIDS / 64];
} debtors;

static void add_debtor(debtors *all, uint64_t domid)
{
    all->bits[domid % XLMEM__DOMIDS / 64] |= UINT64_C(1) << domid % 64;
}

static bool is_debtor(const debtors *all, uint64_t domid)
{
    return domid < XLMEM__DOMIDS && all->bits[domid / 64] >> domid % 64 & 1;
}

static void find_debtors(const xlmem__entries *entries, debtors *all)
{
    size_t i, j;

    memset(all, 0, sizeof(*all));
    for (i = 0; i < entries->nr; i++) {
        const xlmem__entry *entry = &entries->list[i].entry;

        for (j = 0; j < entry->plan.nr_steps; j++)
            add_debtor(all, entry->plan.steps[j].domid);
        for (j = 0; j < entry->nr_maxima; j++)
            add_debtor(all, entry->maxima[j].domid);
    }
}

/* dom0's maximum is written down with a plan. */
static xlmem_ask_answer wants_nodes(void *arg, const xlmem_dom *dom)
{
    const debtors *all = arg;

    if (!dom->domid || is_debtor(all, dom->domid) || xlmem__needs_target(dom))
        return XLMEM_ASK_ALL;
    return xlmem__may_be_asked(dom) ? XLMEM_ASK_IF_OPTED_IN
                                    : XLMEM_ASK_NOTHING;
}

static int read_nodes(xlmem_ctx *ctx, xlmem__books *books)
{
    debtors all;
    const xlmem_ask ask = {wants_nodes, &all};

    if (!ctx->backend->read_nodes_for)
        return xlmem__take_from(ctx, ctx->backend->read_nodes, &books->host);
    find_debtors(&books->entries, &all);
    return xlmem__take_asked(ctx, ctx->backend->read_nodes_for, &ask,
                             &books->host);
}

int xlmem__books_ask_guests(xlmem_ctx *ctx, xlmem__books *books)
{
    int rc = 0;

    if (ctx->backend->read_books && ctx->backend->read_nodes)
        rc = read_nodes(ctx, books);
    if (!rc)
        spare_own(books);
    return rc;
}

/* Whether it would do without what is refused or asked of others now, if those
 * were set aside that look half-built and have not been judged yet. */
static bool is_undecided(const xlmem_policy *policy,
                         const xlmem__tracker *tracker, xlmem__books *books,
                         const xlmem_verdict *verdict)
{
    xlmem_verdict other;

    if (verdict->kind != XLMEM_REFUSE && !verdict->plan.nr_steps)
        return false;
    if (!xlmem__tracker_suspect(tracker, &books->host))
        return false;
    if (xlmem_admit(&books->host, policy, verdict->need_kb,
                    verdict->dom0_need_kb, &other))
        return false;
    return verdict->kind == XLMEM_REFUSE || other.short_kb < verdict->short_kb;
}

int xlmem__decide(xlmem_ctx *ctx, const xlmem_policy *policy,
                  xlmem__tracker *tracker, xlmem__books *books,
                  xlmem_verdict *verdict)
{
    const uint64_t need_kb = verdict->need_kb;
    const uint64_t dom0_need_kb = verdict->dom0_need_kb;
    int rc = xlmem_admit(&books->host, policy, need_kb, dom0_need_kb, verdict);

    tracker->undecided = false;
    if (rc == XLMEM_ERROR_UNKNOWN || !verdict->short_kb)
        return rc;
    rc = xlmem__books_ask_guests(ctx, books);
    if (rc)
        return rc;
    xlmem__tracker_see_host(tracker, xlmem__clock_ms(ctx), &books->host);
    rc = xlmem_admit(&books->host, policy, need_kb, dom0_need_kb, verdict);
    tracker->undecided = is_undecided(policy, tracker, books, verdict);
    return rc;
}

/* ------------------------------------------------------------- holds --- */

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
    memcpy(entry->res.uuid, request->uuid, 36);
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
    char text[XLMEM__ENTRY_TEXT_MAX], err[XLMEM__ERR_MAX] = "";
    xlmem_hold *hold = calloc(1, sizeof(*hold));
    int rc;

    if (!hold)
        return XLMEM_ERROR_NOMEM;
    fill_entry(request, books, &hold->entry);
    rc = xlmem__render_entry(&hold->entry, text);
    if (!rc)
        rc = ctx->backend->ledger_add(ctx->backend_user, text,
                                      &hold->in_ledger, err, sizeof(err));
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
    char text[XLMEM__ENTRY_TEXT_MAX], err[XLMEM__ERR_MAX] = "";
    int rc = xlmem__render_entry(entry, text);

    if (!rc)
        rc = ctx->backend->ledger_update(ctx->backend_user, hold->in_ledger,
                                         text, err, sizeof(err));
    if (!rc)
        hold->entry = *entry;
    return report_write(ctx, entry, err, rc);
}
