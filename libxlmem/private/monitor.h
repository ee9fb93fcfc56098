/* SPDX-License-Identifier: LGPL-2.1-only */
/* The monitor for our own programs: one pass, and one without effects. */
#ifndef XLMEM_PRIVATE_MONITOR_H
#define XLMEM_PRIVATE_MONITOR_H

#include "private/guard.h"
#include "xlmem/monitor.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/*
 * xlmem_monitor_now: make a pass at once, whether or not one is due.  Before
 * the first dispatch it reads all that it goes by and listens to nothing.
 * @dry: decide, and do nothing: no target is set, no node is written, nothing
 *   that is owed is paid.
 * @plan_r: the steps that were taken, or would be.
 * Returns 0; XLMEM_ERROR_BUSY when the decision lock could not be had; what
 * failed.  Logged.
 */
int xlmem_monitor_now(xlmem_monitor *monitor, bool dry, xlmem_plan *plan_r);

/*
 * xlmem_unpin: take a domain that the administrator has set a target of back
 * among those whose memory moves with demand, at the target it has now.
 * Waits for the decision lock, as a guard does.
 * Returns 0, also of a domain that was not pinned; XLMEM_ERROR_BUSY: the lock
 * could not be had; XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM,
 * XLMEM_ERROR_UNSUPPORTED (a recorded host).  Logged.
 */
int xlmem_unpin(xlmem_ctx *ctx, uint64_t domid);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_PRIVATE_MONITOR_H */
