/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of the guard share. */
#ifndef XLMEM_ENGINE_GUARD_H
#define XLMEM_ENGINE_GUARD_H

#include "engine/clock.h"
#include "engine/slips.h"
#include "xlmem_guard.h"

/*
 * For so long one who decides may not move.  A decision takes a few
 * milliseconds; under emulation on a busy machine seconds.  Who waits while
 * others are served waits on, ten minutes at most: one that goes ahead
 * unguarded takes what was promised to others.
 */
#define XLMEM__LOCK_TIMEOUT_MS 60000

struct xlmem_hold {
    void *slot; /* the backend's */
    xlmem__entry entry;
    xlmem_policy policy;
};

/* What a decision is made from: the ledger, read first, and the host. */
typedef struct xlmem__books {
    xlmem__slips slips;
    xlmem_host host; /* its reservations are those that count */
} xlmem__books;

/* Whether a request says what it must.  Logged. */
int xlmem__guard_check(xlmem_ctx *ctx, const xlmem_guard_request *request);

/* The decision lock.  Logged. */
int xlmem__guard_lock(xlmem_ctx *ctx);
void xlmem__guard_unlock(xlmem_ctx *ctx);

/* Whether an entry is that of a hold of ours. */
bool xlmem__slip_is(const xlmem__slip *slip, const xlmem_hold *hold);

/*
 * Read the books, under the lock.
 * @mine: left out, and with it, as long as it waits for its memory, everybody
 *   who waits and asked later; may be NULL.
 * @uuid: of the domain that is decided on: what was reserved for it by hand
 *   is left out, and yields; may be NULL.
 * @books_r: initialised by this; dispose of it also after a failure.
 */
int xlmem__books_read(xlmem_ctx *ctx, const xlmem_hold *mine, const char *uuid,
                      xlmem__books *books_r);
void xlmem__books_dispose(xlmem__books *books);

/* Add what read_books left out: what guests could give.  Logged. */
int xlmem__books_ask_guests(xlmem_ctx *ctx, xlmem__books *books);

/*
 * Make a hold for a request, or write down what became of one, under the
 * lock.  @books: as read for it.
 */
int xlmem__hold_make(xlmem_ctx *ctx, const xlmem_guard_request *request,
                     const xlmem__books *books, xlmem_hold **hold_r);
int xlmem__hold_write(xlmem_ctx *ctx, xlmem_hold *hold,
                      const xlmem__entry *entry);

/* Reservations by hand that yielded to this hold are over: it has what they
 * reserved, and their steps. */
void xlmem__keeps_take_over(xlmem_ctx *ctx, xlmem_hold *hold,
                            const xlmem__slips *slips);

/* An entry that reserves nothing, for nobody. */
void xlmem__entry_of_nobody(xlmem__entry *entry);

/* Set one domain's target, and say so.  Logged. */
int xlmem__set_target(xlmem_ctx *ctx, uint64_t domid, uint64_t from_kb,
                      uint64_t to_kb);

/* Write a plan into the hold, and then set its targets, under the lock. */
int xlmem__plan_take(xlmem_ctx *ctx, xlmem_hold *hold,
                     const xlmem_verdict *verdict);

bool xlmem__has_debts(const xlmem__slips *slips);

/*
 * Give back what plans took whose holds have ended, as far as memory is
 * usable, under the lock.  Logged.
 */
int xlmem__debts_pay(xlmem_ctx *ctx, const xlmem_policy *policy);

/* Which domains were asked for memory and do not give it. */
#define XLMEM__STALLS_MAX 128

typedef struct xlmem__stall {
    uint64_t domid;
    uint64_t tot_kb; /* the least seen */
    int64_t since;   /* when that was */
    bool stalled;
} xlmem__stall;

typedef struct xlmem__stalls {
    size_t nr;
    xlmem__stall list[XLMEM__STALLS_MAX];
} xlmem__stalls;

/* Look at the balloons; those that have stalled are taken out of @host's
 * books: nothing comes from them, and nothing is asked of them. */
void xlmem__stalls_update(xlmem__stalls *stalls, int64_t now_ms,
                          xlmem_host *host);

/* "0, 3, 17": who has stalled; "" nobody. */
void xlmem__stalls_name(const xlmem__stalls *stalls, char *buf, size_t len);

/*
 * One decision, under the lock: guests are asked only when the quick answer
 * leaves something short.
 * @verdict: need_kb and dom0_need_kb are set; filled.
 * Returns as xlmem_admit; what reading the guests' nodes returned.
 */
int xlmem__decide(xlmem_ctx *ctx, const xlmem_policy *policy,
                  xlmem__stalls *stalls, xlmem__books *books,
                  xlmem_verdict *verdict);

#endif /* XLMEM_ENGINE_GUARD_H */
