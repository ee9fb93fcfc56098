/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The actuator: whoever moves memory, the guard for a create, the guard that
 * pays what it owes, or an administrator who moves dom0, has a plan, and this
 * carries it out.
 *
 *     decide -> xlmem__plan_take   the intent is in the ledger, the targets
 *                                  are set
 *            -> xlmem__wait        until the balloons are there
 *            -> xlmem__debts_pay   what was taken is given back
 *
 * Nothing else sets a target or a maximum.
 */
#ifndef XLMEM_ENGINE_TARGETS_H
#define XLMEM_ENGINE_TARGETS_H

#include "engine/guard/guard.h"
#include "engine/guard/whose.h"
#include "private/dom0.h"

/*
 * Take a plan's steps from the @first on, in their order, under the lock.  Of
 * a domain whose step fails no further one is taken; the others go on.
 * Returns 0, also of domains that have gone, unless that is what an
 * administrator asked for, and of a maximum that is owed where nobody can ever
 * set one; else what the last that failed returned.
 * Logged.
 */
int xlmem__steps_take(xlmem_ctx *ctx, const xlmem_plan *plan, size_t first);

/* Write a create's plan into its hold, and then set its targets, under the
 * lock.  A domain that cannot be asked shows in the next decision. */
int xlmem__plan_take(xlmem_ctx *ctx, xlmem_hold *hold, const xlmem_host *host,
                     const xlmem_verdict *verdict);

/* Write a plan down in an entry that reserves nothing, under the lock.
 * Returns 0; XLMEM_ERROR_NOMEM, or why it cannot be written.  Logged. */
int xlmem__intent_make(xlmem_ctx *ctx, const xlmem_plan *plan,
                       xlmem_hold **intent_r);

/*
 * Carry out a plan of somebody who balances, under the lock.  What he moves of
 * a domain that a plan of a guard has shrunk is written down before: so he is
 * no stranger to those who pay that back.
 * @entries: the ledger, read under this lock.
 * @intent: *intent is NULL, or his entry from before; made when it is needed.
 * @rcs_r: of each step 0, or why its target is not set.
 * Returns as xlmem__steps_take; why the ledger cannot be written, or
 * XLMEM_ERROR_RANGE where it would not fit one entry: no target is set then.
 * Logged.
 */
int xlmem__plan_move(xlmem_ctx *ctx, const xlmem__entries *entries,
                     xlmem_hold **intent, const xlmem_plan *plan,
                     int rcs_r[XLMEM_STEPS_MAX]);

/* He balances no more: his moves stay for as long as something is owed of
 * their domains.  NULL is fine. */
void xlmem__moves_end(xlmem_ctx *ctx, xlmem_hold *intent);

/* The maximum that setting a target of a domain would take from it, for a step
 * that gives it back; 0: none beyond what it holds, or @target_kb. */
uint64_t xlmem__maximum_of(const xlmem_dom *dom, uint64_t target_kb);

/*
 * Follow dom0's balloon to a target that was set, without the lock.
 * @patience_ms: how long it may stand still.
 * @move: its reached_kb is set.
 * Returns 0; XLMEM_ERROR_TIMEDOUT; XLMEM_ERROR_STALE: somebody has set another
 * target; XLMEM_ERROR_UNKNOWN, XLMEM_ERROR_NOMEM, or why it cannot be seen.
 */
int xlmem__dom0_follow(xlmem_ctx *ctx, const xlmem_step *target,
                       int64_t patience_ms, xlmem_dom0_move *move);

/* What dom0 was before its target was set. */
typedef struct xlmem__dom0_former {
    uint64_t maximum_kb; /* 0: none beyond its size */
    xlmem__whose whose;
} xlmem__dom0_former;

/* Set dom0's former target again if the one there is is still ours, with what
 * it had.  Takes the lock. */
void xlmem__dom0_put_back(xlmem_ctx *ctx, const xlmem_step *target,
                          const xlmem__dom0_former *former);

#endif /* XLMEM_ENGINE_TARGETS_H */
