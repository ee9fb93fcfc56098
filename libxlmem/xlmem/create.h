/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard: what a toolstack calls around every domain that it starts.
 *
 *     rc = xlmem_guard_begin(ctx, policy, request, &op);
 *     do
 *         rc = xlmem_guard_poll(op, 200, answer, &hold);
 *     while (rc == XLMEM_ERROR_PENDING && the caller still wants it);
 *     xlmem_guard_cancel(op);
 *     if (rc)
 *         do not create: answer has the numbers   (but see xlmem_guard_poll)
 *     make the domain
 *     xlmem_hold_bind(ctx, hold, domid);
 *     build it
 *     xlmem_hold_release(ctx, hold, built);
 *
 * docs/examples/guarded.c has it whole.  The life of a reservation:
 *
 *     state      it counts                 and ends by, or becomes
 *     ---------  ------------------------  --------------------------------
 *     deciding   when it waits: in full,   poll 0: held
 *     (op)       for those who asked       poll with a refusal: nothing
 *                later                     cancel: nothing
 *     held       in full                   bind: bound
 *     (hold)                               keep: by hand
 *                                          release: nothing
 *     bound      what its domain has not   release, the domain's end: nothing
 *     (hold)     taken yet
 *     by hand    in full                   xlmem_reservation_end, its time is
 *     (an id)                              over: nothing
 *                                          a create of its uuid: held by that
 *
 * Where the process ends, each but the last becomes nothing.  What a plan took
 * from other domains for it is given back unless a release says that the
 * domain was built.
 *
 * These functions have effects: they make files below /run/xlmem/ledger and
 * set memory targets.  They neither fork nor start threads, and keep no
 * descriptor but that of a hold.
 */
#ifndef XLMEM_API_CREATE_H
#define XLMEM_API_CREATE_H

#include <xlmem/answer.h>
#include <xlmem/policy.h>
#include <xlmem/request.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* One create while it is being decided. */
typedef struct xlmem_guard_op xlmem_guard_op;

/* Memory reserved for one domain, for as long as this process lives. */
typedef struct xlmem_hold xlmem_hold;

/*
 * xlmem_guard_begin: ask whether a domain may start.  Does nothing yet but
 * check the request: no call to Xen, no lock, no file.
 * @ctx: borrowed until the end of @op_r; it may have more than one, and is
 *   used by one thread at a time.
 * @policy, @request: copied.  The request has a uuid and a need.
 * @op_r: xlmem_guard_cancel it, whatever comes of it.
 * Returns 0; XLMEM_ERROR_INVAL (no uuid or need), XLMEM_ERROR_UNSUPPORTED (a
 * recorded host), XLMEM_ERROR_NOMEM.  Logged.  Since: 0.1
 */
int xlmem_guard_begin(xlmem_ctx *ctx, const xlmem_policy *policy,
                      const xlmem_request *request, xlmem_guard_op **op_r);

/* For as long as it takes. */
#define XLMEM_FOREVER (-1)

/*
 * xlmem_guard_poll: go on with it: decide, make room where a plan may, and
 * hold the memory against everybody else who asks.
 *
 * @timeout_ms: return after so long at most, and what one look at the host
 *   takes (a few hypercalls); 0: look once, if that is due; XLMEM_FOREVER:
 *   until it is decided.  The decision lock is waited for meanwhile, and one's
 *   place in its line is lost at each return: short times on a busy host wait
 *   longer.
 * @answer: filled with the verdict on 0 and on a refusal; the steps are those
 *   that were taken.
 * @hold_r: on 0 what holds the memory (NULL with mode off); pass it to
 *   xlmem_hold_release.  Otherwise untouched.
 *
 * Returns XLMEM_ERROR_PENDING: not decided yet, call it again; nothing is
 * lost between two calls, and others are not held up.
 * 0: go ahead.  In mode warn that is the result whatever the verdict says; no
 * target is set then and nothing is waited for.
 * XLMEM_ERROR_NO_HEADROOM, XLMEM_ERROR_INFEASIBLE, XLMEM_ERROR_TIMEDOUT (it
 * could have been, and the memory did not come in time): refused; what was
 * taken from others is given back.
 * Anything else is the guard's own failure: a caller goes ahead unless the
 * policy says XLMEM_POLICY_REFUSE_ON_ERROR.  It is the answer, too: it does
 * not change when it is asked for again.
 *
 * Logs one line with the verdict and its numbers (info; a refusal is a
 * warning), and one for each failure.  With XLMEM_FOREVER it may block for the
 * decision lock until nobody has had it for a minute, ten minutes while others
 * are being served, and for as long as a plan moves.  Do not hold a lock that
 * others need who start or end domains.  Since: 0.1
 */
int xlmem_guard_poll(xlmem_guard_op *op, int64_t timeout_ms,
                     xlmem_answer *answer, xlmem_hold **hold_r);

/*
 * xlmem_guard_due_ms: after how long the next poll is of use, for a caller's
 * own timer.  There is no descriptor to wait for: memory that comes back to
 * Xen is no event anywhere, it is looked for at growing intervals, at most
 * 0.8 s apart.
 * Returns 0 where it is due, or decided.  Since: 0.1
 */
int64_t xlmem_guard_due_ms(const xlmem_guard_op *op);

/*
 * xlmem_guard_cancel: end it; NULL is fine.  Where it was not decided yet
 * nothing of it stays: its place is given up, and what a plan took is given
 * back, now if the decision lock can be had within 2 s, else by the next call
 * of the guard, by any process.  After a decision it only frees @op; a hold
 * that was given out stays.  Since: 0.1
 */
void xlmem_guard_cancel(xlmem_guard_op *op);

/*
 * xlmem_hold_bind: say which domain the hold is for, once it is there.  From
 * then on the hold counts for as long as that domain lives.  Without it that
 * is the first one with the hold's uuid that was not there when the hold was
 * made and that nobody else's hold is bound to, and until there is one the
 * hold counts in full; where the request says that it binds, or where more
 * than 16 domains had the uuid, none is looked for.
 * Takes the decision lock, for which it waits 2 s at most, also while others
 * are being served: who decides must not read half of what is written.  Where
 * it is not to be had the domain is noted beside the reservation, which needs
 * no lock.  When that fails as well the hold counts in full beside its domain
 * until its release.
 * Returns 0; XLMEM_ERROR_BUSY (the lock, and nothing can be noted),
 * XLMEM_ERROR_IO.  Logged.  Since: 0.1
 */
int xlmem_hold_bind(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t domid);

/* The longest id of a reservation, with its NUL; it does not change. */
#define XLMEM_ID_MAX 32

/* No reservation by hand is longer: a year. */
#define XLMEM_KEEP_MAX_MS (UINT64_C(365) * 86400 * 1000)

/*
 * xlmem_hold_keep: let a hold go on without this process, as a reservation by
 * hand.  It counts until its time is over (CLOCK_BOOTTIME), until
 * xlmem_reservation_end, or until a guarded create of its uuid is let go
 * ahead, which does not count it beside that domain.
 * @hold: freed on success.
 * @for_ms: how long; at least 1, at most XLMEM_KEEP_MAX_MS.
 * @id_r: its id.
 * Returns 0; XLMEM_ERROR_INVAL (not logged); XLMEM_ERROR_BUSY,
 * XLMEM_ERROR_IO, XLMEM_ERROR_PERM, XLMEM_ERROR_NOTFOUND (somebody has removed
 * it from the ledger): logged, and the hold is as it was.  Since: 0.1
 */
int xlmem_hold_keep(xlmem_ctx *ctx, xlmem_hold *hold, uint64_t for_ms,
                    char id_r[XLMEM_ID_MAX]);

/*
 * xlmem_hold_release: end a hold; NULL is fine.
 * @created: the domain runs and has its memory.  Otherwise what the plan took
 *   from others is given back.
 * Never fails: what cannot be given back now is left for the next call of
 * the guard, by any process.  Where a plan took something it waits for the
 * decision lock as xlmem_guard_poll does.  Since: 0.1
 */
void xlmem_hold_release(xlmem_ctx *ctx, xlmem_hold *hold, bool created);

/*
 * xlmem_reservation_end: end a reservation by hand.  In mode enforce what a
 * plan took from others for it is given back.
 * @id: as xlmem_hold_keep told it, or XLMEM_RESERVATION_ID of a host.
 * Returns 0; XLMEM_ERROR_NOTFOUND; XLMEM_ERROR_BUSY (it is that of a create
 * that is going on, or the decision lock); XLMEM_ERROR_IO, XLMEM_ERROR_PERM,
 * XLMEM_ERROR_UNSUPPORTED.  Logged.  Since: 0.1
 */
int xlmem_reservation_end(xlmem_ctx *ctx, const xlmem_policy *policy,
                          const char *id);

/*
 * xlmem_guard_repay: give dom0, and guests, back what plans took from them, as
 * far as memory is usable now.  For whoever sees a domain leave.
 * Does nothing, and costs one look into the ledger, when nothing is owed.
 * Returns 0; XLMEM_ERROR_BUSY, XLMEM_ERROR_IO, XLMEM_ERROR_XEN.  Logged.
 * Since: 0.1
 */
int xlmem_guard_repay(xlmem_ctx *ctx, const xlmem_policy *policy);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_CREATE_H */
