/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of the guard share. */
#ifndef XLMEM_ENGINE_GUARD_H
#define XLMEM_ENGINE_GUARD_H

#include "engine/facts/entries.h"
#include "engine/guard/wait.h"
#include "model/tracker.h"
#include "private/guard.h"

/*
 * For so long one who decides may not move.  A decision takes a few
 * milliseconds; under emulation on a busy machine seconds.  Who waits while
 * others are served waits on: one that goes ahead unguarded takes what was
 * promised to others.
 */
#define XLMEM__LOCK_STILL_MS 60000
#define XLMEM__LOCK_TOTAL_MS (10 * XLMEM__LOCK_STILL_MS)

/* Inside of a toolstack's call, with its locks held, nobody waits for longer
 * to write which domain a reservation has become, whoever else is served.
 * Then it is noted beside the entry; unbound it counts too much, never too
 * little. */
#define XLMEM__BIND_TOTAL_MS 2000

/* For so long it is waited for by one who balances, and comes again. */
#define XLMEM__BRIEFLY_MS 200

struct xlmem_hold {
    void *in_ledger; /* the backend's entry */
    xlmem__entry entry;
    xlmem_policy policy;
    bool to_bind; /* to domid, which is not written yet */
    uint64_t domid;
};

/* What a decision is made from: the ledger, read first, and the host. */
typedef struct xlmem__books {
    xlmem__entries entries;
    xlmem_host host;  /* its reservations are those that count */
    const char *uuid; /* of the domain that is decided on: what has it is not
                         asked to give for itself; NULL: none */
} xlmem__books;

/* ---- guard.c: a create, decided in a loop ---- */

/*
 * A guarded create, of a private request: see xlmem_guard_begin and
 * xlmem_guard_poll.
 * @hold: NULL, or what is continued; see xlmem_guard.
 * @verdict_r: the create's, until it is cancelled: on 0 and on a refusal what
 *   was decided.
 */
int xlmem__guard_begin(xlmem_ctx *ctx, const xlmem_policy *policy,
                       const xlmem_guard_request *request, xlmem_hold *hold,
                       xlmem_guard_op **op_r);
int xlmem__guard_poll(xlmem_guard_op *op, int64_t timeout_ms,
                      const xlmem_verdict **verdict_r, xlmem_hold **hold_r);

/* Whether a request says what it must.  Logged. */
int xlmem__guard_check(xlmem_ctx *ctx, const xlmem_guard_request *request);

/* What a create is called in messages; NULL: it has only a uuid. */
const char *xlmem__guard_name(const xlmem_guard_op *op);

/* ---- wait.c: the decision lock ---- */

/* Whether a backend has all that the guard needs. */
bool xlmem__can_guard(const xlmem_backend *backend);

/* 0, or XLMEM_ERROR_UNSUPPORTED: a context's has not.  Logged. */
int xlmem__guard_supported(xlmem_ctx *ctx);

/* How long somebody who comes again has come for the lock; {0} before the
 * first time. */
typedef struct xlmem__lock_wait {
    bool waits;
    int64_t since_ms;
} xlmem__lock_wait;

/*
 * Take it, as ledger_lock does: within XLMEM__LOCK_STILL_MS and
 * XLMEM__LOCK_TOTAL_MS; to bind a hold within XLMEM__BIND_TOTAL_MS; or within
 * @left_ms as well, of somebody who comes again (< 0: he waits as anybody).
 * Returns 0; XLMEM_ERROR_PENDING: come again; why not.  Logged.
 */
int xlmem__guard_lock(xlmem_ctx *ctx);
/* XLMEM_ERROR_BUSY is not logged of these two; within XLMEM__BRIEFLY_MS. */
int xlmem__guard_lock_to_bind(xlmem_ctx *ctx);
int xlmem__guard_lock_briefly(xlmem_ctx *ctx);
int xlmem__guard_lock_for(xlmem_ctx *ctx, int64_t left_ms,
                          xlmem__lock_wait *wait);

static inline void xlmem__guard_unlock(xlmem_ctx *ctx)
{
    ctx->backend->ledger_unlock(ctx->backend_user);
}

/* ---- books.c: what a decision is made from ---- */

/* Whether an entry is that of a hold of ours. */
bool xlmem__listed_is(const xlmem__listed *listed, const xlmem_hold *hold);

/*
 * Read the books, under the lock.
 * @mine: left out, and with it, as long as it waits for its memory, everybody
 *   who waits and asked later, but for what they held before; may be NULL.
 * @uuid: of the domain that is decided on: what was reserved for it by hand
 *   is left out, and yields; may be NULL.
 * @books_r: initialised by this; dispose of it also after a failure.
 */
int xlmem__books_read(xlmem_ctx *ctx, const xlmem_hold *mine, const char *uuid,
                      xlmem__books *books_r);
static inline void xlmem__books_dispose(xlmem__books *books)
{
    xlmem__entries_dispose(&books->entries);
    xlmem_host_dispose(&books->host);
}

/* Add what read_books left out: what guests could give.  Logged. */
int xlmem__books_ask_guests(xlmem_ctx *ctx, xlmem__books *books);

/* ---- decide.c ---- */

/*
 * One decision, under the lock: guests are asked, and who may not move is
 * watched, only when the quick answer leaves something short.
 * @tracker: its undecided is set.
 * @verdict: need_kb and dom0_need_kb are set; filled.
 * Returns as xlmem_admit; what reading the guests' nodes returned.
 */
int xlmem__decide(xlmem_ctx *ctx, const xlmem_policy *policy,
                  xlmem__tracker *tracker, xlmem__books *books,
                  xlmem_verdict *verdict);

/* ---- hold.c: what an owner has of a reservation ---- */

/*
 * Make a hold for a request, or write down what became of one, under the
 * lock.  @books: as read for it.
 */
int xlmem__hold_make(xlmem_ctx *ctx, const xlmem_guard_request *request,
                     const xlmem__books *books, xlmem_hold **hold_r);
int xlmem__hold_write(xlmem_ctx *ctx, xlmem_hold *hold,
                      const xlmem__entry *entry);

/* Let go of a hold: what was taken for it is a debt from here on.  Returns
 * whether anything was.  The lock is not needed. */
bool xlmem__hold_end(xlmem_ctx *ctx, xlmem_hold *hold);

/* ---- debts.c: what plans took ---- */

/*
 * Give back what plans took whose holds have ended, as far as memory is
 * usable, under the lock.  Logged.
 */
int xlmem__debts_pay(xlmem_ctx *ctx, const xlmem_policy *policy);

#endif /* XLMEM_ENGINE_GUARD_H */
