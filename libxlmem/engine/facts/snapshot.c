/* SPDX-License-Identifier: LGPL-2.1-only */
/* Snapshots: what the guard asks of a host, and the whole of it with the
 * ledger. */
#include "engine/facts/snapshot.h"

#include "engine/facts/draft.h"
#include "engine/facts/uuids.h"
#include "model/floor.h"
#include "model/host.h"

/* Xen's facts and the toolstack's, and what the guard's documents say. */
static int snapshot_short(xlmem_ctx *ctx, xlmem_host *host_r)
{
    xlmem__draft draft;
    int rc;

    if (!ctx->backend->read_xen)
        return xlmem__snapshot_whole(ctx, XLMEM_WANT_ALL, host_r);
    xlmem__draft_init(ctx, false, &draft);
    rc = xlmem__take_from(ctx, ctx->backend->read_xen, &draft.host);
    if (!rc)
        rc = xlmem__draft_documents(ctx, &draft, XLMEM__DOC_ALL);
    if (!rc)
        rc = xlmem__draft_balloon(ctx, &draft);
    return xlmem__draft_finish(ctx, &draft, rc, host_r);
}

/* @whole: all documents, of which only what @wants names. */
static int snapshot_with_ledger(xlmem_ctx *ctx, bool whole, uint32_t wants,
                                xlmem_host *host_r)
{
    xlmem__entries entries;
    int rc;

    if (!ctx->backend) {
        xlmem__log(ctx, XLMEM__ERR, "no host was opened");
        return XLMEM_ERROR_INVAL;
    }
    rc = xlmem__entries_look(ctx, &entries);
    if (!rc)
        rc = whole ? xlmem__snapshot_whole(ctx, wants, host_r)
                   : snapshot_short(ctx, host_r);
    if (!rc && entries.nr)
        rc = xlmem__entries_enter(&entries, host_r);
    xlmem__entries_dispose(&entries);
    return rc;
}

int xlmem_snapshot_short(xlmem_ctx *ctx, xlmem_host *host_r)
{
    return snapshot_with_ledger(ctx, false, 0, host_r);
}

int xlmem_snapshot(xlmem_ctx *ctx, xlmem_host *host_r)
{
    return xlmem_snapshot_of(ctx, XLMEM_WANT_ALL, host_r);
}

int xlmem_snapshot_of(xlmem_ctx *ctx, uint32_t wants, xlmem_host *host_r)
{
    return snapshot_with_ledger(ctx, true, wants, host_r);
}

/* Whose paging pool the books need: of who was built for an entry, or may have
 * been; of who is going, which comes back; of who never ran. */
static xlmem_ask_answer books_want_pool(void *arg, const xlmem_dom *dom)
{
    const xlmem__uuids *uuids = arg;

    /* Its uuid is that of entries for nobody. */
    if (!dom->domid)
        return XLMEM_ASK_NOTHING;
    return dom->dying || xlmem__never_ran(dom) ||
                   xlmem__uuids_find(uuids, dom->uuid)
               ? XLMEM_ASK_ALL
               : XLMEM_ASK_NOTHING;
}

static int take_books(xlmem_ctx *ctx, const xlmem__entries *entries,
                      xlmem_host *host)
{
    xlmem__uuids uuids;
    const xlmem_ask ask = {books_want_pool, &uuids};
    size_t i;
    int rc;

    if (!ctx->backend->read_books_for)
        return xlmem__take_from(ctx, ctx->backend->read_books, host);
    rc = xlmem__uuids_init(&uuids, entries ? entries->nr : 0);
    for (i = 0; entries && i < entries->nr && !rc; i++)
        xlmem__uuids_add(&uuids, entries->list[i].entry.res.uuid);
    if (!rc)
        rc = xlmem__take_asked(ctx, ctx->backend->read_books_for, &ask, host);
    xlmem__uuids_dispose(&uuids);
    return rc;
}

int xlmem__snapshot_books(xlmem_ctx *ctx, const xlmem__entries *entries,
                          xlmem_host *host_r)
{
    xlmem__draft draft;
    int rc;

    if (!ctx->backend->read_books)
        return xlmem__snapshot_whole(ctx, XLMEM_WANT_ALL, host_r);
    xlmem__draft_init(ctx, true, &draft);
    rc = take_books(ctx, entries, &draft.host);
    if (!rc)
        rc = xlmem__draft_documents(ctx, &draft, XLMEM__DOC_BOOKS);
    if (!rc)
        rc = xlmem__draft_balloon(ctx, &draft);
    if (!rc && xlmem__dom0_floor_is_guessed(&draft.host))
        rc = xlmem__draft_documents(ctx, &draft, XLMEM__DOC_FLOOR);
    return xlmem__draft_finish(ctx, &draft, rc, host_r);
}
