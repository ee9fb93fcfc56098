/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reservations by hand: without a process that owns them, for a time.
 *
 *     xlmem_guard --hold--> xlmem_hold_keep:  "until T" is written, then the
 *                                             owner's lock is let go
 *
 * From then on the entry counts until T, or until somebody takes it away:
 *
 *     xlmem_reservation_end    by its id, which is its name in the ledger
 *     the create of its uuid   when that is granted; it counts as this one's
 *                              own before that (engine/guard/guard.c)
 *     whoever decides after T
 *
 * Targets that a plan took down for it are a debt then, as after any create.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/guard/guard.h"
#include "model/checked.h"

static const xlmem__listed *find_entry_name(const xlmem__entries *entries,
                                            const char *id)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (!strcmp(entries->list[i].name, id))
            return &entries->list[i];
    return NULL;
}

/* ------------------------------------------------------------- keeping --- */

/* The name of an entry of ours. */
static int entry_name(xlmem_ctx *ctx, const xlmem_hold *hold,
                      char id_r[XLMEM_ID_MAX])
{
    xlmem__entries entries;
    size_t i;
    int rc = xlmem__entries_read(ctx, &entries);

    if (!rc)
        rc = XLMEM_ERROR_NOTFOUND;
    for (i = 0; i < entries.nr && rc == XLMEM_ERROR_NOTFOUND; i++)
        if (xlmem__listed_is(&entries.list[i], hold)) {
            memcpy(id_r, entries.list[i].name, XLMEM_ID_MAX);
            rc = 0;
        }
    if (rc == XLMEM_ERROR_NOTFOUND)
        xlmem__log(ctx, XLMEM__ERR, "the reservation of %s has gone",
                   hold->entry.res.uuid);
    xlmem__entries_dispose(&entries);
    return rc;
}

static int keep_for(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t for_ms,
                    char id_r[XLMEM_ID_MAX])
{
    xlmem__entry entry = hold->entry;
    int rc = entry_name(ctx, hold, id_r);

    if (rc)
        return rc;
    XLMEM_SET(&entry, until_ms, (uint64_t)xlmem__clock_ms(ctx) + for_ms);
    rc = xlmem__hold_write(ctx, hold, &entry);
    if (!rc)
        ctx->backend->ledger_leave(ctx->backend_user, hold->in_ledger);
    return rc;
}

int xlmem_hold_keep(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t for_ms,
                    char id_r[XLMEM_ID_MAX])
{
    char id[XLMEM_ID_MAX];
    int rc;

    if (!hold || !for_ms || for_ms > XLMEM_KEEP_MAX_MS)
        return XLMEM_ERROR_INVAL;
    rc = xlmem__guard_lock(ctx);
    if (rc)
        return rc;
    rc = keep_for(ctx, hold, for_ms, id);
    xlmem__guard_unlock(ctx);
    if (rc)
        return rc;
    free(hold);
    memcpy(id_r, id, sizeof(id));
    return 0;
}

/* --------------------------------------------------------- taking away --- */

/* Write its steps down as a debt before the entry goes. */
static int leave_debt(xlmem_ctx *ctx, const xlmem__entry *from, char *err,
                      size_t err_len)
{
    xlmem__entry entry;
    void *added;
    int rc;

    if (!from->plan.nr_steps)
        return 0;
    xlmem__entry_of_nobody(&entry);
    entry.plan = from->plan;
    entry.nr_maxima = from->nr_maxima;
    memcpy(entry.maxima, from->maxima, sizeof(entry.maxima));
    rc = xlmem__entry_add(ctx, &entry, &added, err, err_len);
    if (!rc)
        ctx->backend->ledger_leave(ctx->backend_user, added);
    return rc;
}

static int take_away(xlmem_ctx *ctx, const xlmem_policy *policy,
                     const xlmem__listed *listed)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = leave_debt(ctx, &listed->entry, err, sizeof(err));

    if (!rc)
        rc = ctx->backend->ledger_sweep(ctx->backend_user, listed->name, err,
                                        sizeof(err));
    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   "reservation %s cannot be taken out of the ledger: %s",
                   listed->name, xlmem__why(err, rc));
    else if (listed->entry.plan.nr_steps && policy->mode == XLMEM_MODE_ENFORCE)
        xlmem__debts_pay(ctx, policy);
    return rc;
}

static int unreserve(xlmem_ctx *ctx, const xlmem_policy *policy,
                     const xlmem__entries *entries, const char *id)
{
    const xlmem__listed *listed = find_entry_name(entries, id);

    if (listed && listed->owned) {
        xlmem__log(ctx, XLMEM__ERR,
                   "reservation %s is that of a create that is going on", id);
        return XLMEM_ERROR_BUSY;
    }
    if (!listed || !xlmem__listed_by_hand(listed)) {
        xlmem__log(ctx, XLMEM__ERR, "there is no reservation %s", id);
        return XLMEM_ERROR_NOTFOUND;
    }
    return take_away(ctx, policy, listed);
}

int xlmem_reservation_end(xlmem_ctx *ctx, const xlmem_policy *policy,
                          const char *id)
{
    xlmem__entries entries;
    int rc = xlmem__guard_lock(ctx);

    if (rc)
        return rc;
    rc = xlmem__entries_read(ctx, &entries);
    if (!rc)
        rc = unreserve(ctx, policy, &entries, id);
    xlmem__entries_dispose(&entries);
    xlmem__guard_unlock(ctx);
    return rc;
}
