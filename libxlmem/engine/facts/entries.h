/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The ledger as a value.
 *
 *     owned                              counts
 *     no owner, a time in the future     counts: reserved by hand
 *     no owner, steps                    a debt: targets to be given back; or
 *                                        moves that explain some, until those
 *                                        have been written anew
 *     no owner, neither                  nothing; swept
 */
#ifndef XLMEM_ENTRIES_H
#define XLMEM_ENTRIES_H

#include "codec/ledger_text.h"
#include "engine/ctx.h"

#define XLMEM__LEDGER_DIR "run/xlmem/ledger"

/* One entry. */
typedef struct xlmem__listed {
    char name[XLMEM_ID_MAX];
    bool counts;
    bool owned;
    bool yields; /* by hand, to the create of its domain that decides now */
    xlmem__entry entry;
} xlmem__listed;

typedef struct xlmem__entries {
    size_t nr, room;
    xlmem__listed *list;
} xlmem__entries;

/* Whether an entry is a reservation by hand that is in force. */
bool xlmem__listed_by_hand(const xlmem__listed *listed);

/* Whether it is a debt, or explains one; whether any is. */
bool xlmem__listed_is_debt(const xlmem__listed *listed);
bool xlmem__has_debts(const xlmem__entries *entries);

void xlmem__entries_dispose(xlmem__entries *entries);

/*
 * Read the ledger under its lock, sweeping what is nothing any more.  An owned
 * entry that cannot be read is an error: nobody knows what it promises.
 * @entries_r: initialised by this, also on failure.  Logged.
 */
int xlmem__entries_read(xlmem_ctx *ctx, xlmem__entries *entries_r);

/* The ledger for somebody who only looks: of a capture, or of a host, whose
 * lock is taken if it can be had.  As above, but nothing is removed. */
int xlmem__entries_look(xlmem_ctx *ctx, xlmem__entries *entries_r);

/*
 * Write an entry, under the lock: a new one, which is *in_ledger_r from then
 * on, or in place of what is in @in_ledger.
 * Returns 0, XLMEM_ERROR_RANGE, or what the backend returned and said in @err.
 */
int xlmem__entry_add(xlmem_ctx *ctx, const xlmem__entry *entry,
                     void **in_ledger_r, char *err, size_t err_len);
int xlmem__entry_update(xlmem_ctx *ctx, const xlmem__entry *entry,
                        void *in_ledger, char *err, size_t err_len);

/*
 * Enter what counts into the host's books, and say which domain each entry
 * became.  Returns 0, XLMEM_ERROR_NOMEM.
 */
int xlmem__entries_enter(const xlmem__entries *entries, xlmem_host *host);

/*
 * The domain that an entry is for: the one it was bound to; else, unless its
 * owner says which it is, the first that has its uuid, was not there before,
 * and is not said to be another's in @entries (may be NULL).  Not a dying one.
 * NULL: none yet.
 */
const xlmem_dom *xlmem__entry_dom(const xlmem__entry *entry,
                                  const xlmem__entries *entries,
                                  const xlmem_host *host);

#endif /* XLMEM_ENTRIES_H */
