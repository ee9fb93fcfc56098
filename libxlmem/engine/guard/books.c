/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The books that a decision is made from: the ledger, without what does not
 * count for who asks, the host, and what guests could give.
 */
#include <string.h>

#include "engine/guard/guard.h"
#include "engine/facts/snapshot.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/promised.h"

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

/* From whom a plan has taken something, and perhaps somebody whose id is far
 * from his: he is read as well. */
typedef struct debtors {
    uint64_t bits[XLMEM__PROMISED_BITS / 64];
} debtors;

static void add_debtor(debtors *all, uint64_t domid)
{
    const uint64_t bit = domid % XLMEM__PROMISED_BITS;

    all->bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool is_debtor(const debtors *all, uint64_t domid)
{
    const uint64_t bit = domid % XLMEM__PROMISED_BITS;

    return all->bits[bit / 64] >> bit % 64 & 1;
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

/* What is reserved, for somebody who only looks. */
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
