/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The monitor: memory moves between dom0 and the domUs that allow it, as
 * their demand changes.
 *
 *     rc = xlmem_monitor_open(ctx, policy, &monitor);
 *     for (;;) {
 *         wait until xlmem_monitor_fd(monitor) is readable, or
 *             xlmem_monitor_deadline_ms(monitor) has come
 *         xlmem_monitor_dispatch(monitor);
 *     }
 *     xlmem_monitor_close(monitor);
 *
 * docs/examples/monitor.c has it whole.  The monitor has no loop, no thread
 * and no signal handler: it is a descriptor and a time for the loop of the
 * caller.  Whoever else may move memory meanwhile (guards in other processes,
 * an administrator) may do so at any instant; a second monitor as well, though
 * it is of no use.
 *
 * Events only say where to look.  What is decided by is read, under the
 * decision lock, and each decision is made from all of it: an event that is
 * lost, late or told twice costs time and nothing else, and a monitor that was
 * killed is carried on by the next one from what it finds.
 *
 * A domU takes part when all of this holds:
 *
 *     it opted in         memory/dynamic-min is known, and below the maximum
 *     it runs             not paused, being built, shutting down, dying
 *     it has a balloon    that has followed a target, if only by a little
 *     nobody pinned it    a target that is none of ours is the
 *                         administrator's word: the domain stays there until
 *                         memory/memguard-pin is removed
 *     no create has asked it for memory just now
 */
#ifndef XLMEM_API_MONITOR_H
#define XLMEM_API_MONITOR_H

#include <xlmem/policy.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct xlmem_monitor xlmem_monitor;

/*
 * xlmem_monitor_open: begin to watch a host.  Moves nothing yet: the first
 * dispatch does, and is due at once.
 * @ctx: with a live host; borrowed until the monitor is closed.
 * @policy: copied.  The caller looks whether XLMEM_POLICY_BALANCE is set; here
 *   memory moves whatever it says, but none with XLMEM_MODE_OFF.
 * @monitor_r: xlmem_monitor_close it.
 * Returns 0, also where xenstore does not answer now (it is tried again at
 * growing intervals); XLMEM_ERROR_UNSUPPORTED (a recorded host),
 * XLMEM_ERROR_NOMEM.  Logged.  Since: 0.1
 */
int xlmem_monitor_open(xlmem_ctx *ctx, const xlmem_policy *policy,
                       xlmem_monitor **monitor_r);

/*
 * xlmem_monitor_close: end it; NULL is fine.  Domains keep what they have.
 * Since: 0.1
 */
void xlmem_monitor_close(xlmem_monitor *monitor);

/*
 * xlmem_monitor_fd: what to wait for: readable when there is something to
 * dispatch.  It may be another after a dispatch, or -1 (only the deadline is
 * to be waited for, until xenstore answers again): ask before each wait.
 * Since: 0.1
 */
int xlmem_monitor_fd(const xlmem_monitor *monitor);

/*
 * xlmem_monitor_deadline_ms: when to dispatch even without an event, in
 * milliseconds of CLOCK_BOOTTIME; -1: not before there is one, which is the
 * answer as long as nothing moves.  Ask before each wait.  Since: 0.1
 */
int64_t xlmem_monitor_deadline_ms(const xlmem_monitor *monitor);

/*
 * xlmem_monitor_dispatch: take the events there are, and make a pass when one
 * is due.  Early, late and needless calls are fine.
 * Waits at most 200 ms for the decision lock and for no balloon: a pass over
 * 1000 domains takes some milliseconds, the first one a second.
 * Returns 0; what the last thing that failed returned: it is tried again by
 * itself, so the caller only goes on.  Logged, each failure once.  Since: 0.1
 */
int xlmem_monitor_dispatch(xlmem_monitor *monitor);

/*
 * xlmem_monitor_set_policy: another policy from the next pass on, for which
 * xlmem_monitor_deadline_ms has the time, as after an event.  Since: 0.1
 */
void xlmem_monitor_set_policy(xlmem_monitor *monitor,
                              const xlmem_policy *policy);

/* Quantities of a monitor. */
typedef enum xlmem_monitor_fact {
    XLMEM_MONITOR_NR_DOMAINS = 1, /* dom0 and all domUs */
    XLMEM_MONITOR_NR_PARTIES = 2, /* of which take part */
    XLMEM_MONITOR_NR_PINNED = 3,
    XLMEM_MONITOR_USABLE_KB = 4,  /* of Xen's free memory, at the last pass */
    XLMEM_MONITOR_DEFICIT_KB = 5, /* how far that was below 0 */
    XLMEM_MONITOR_CONNECTED = 6,  /* 0 or 1: events come */
    /* since it was opened: */
    XLMEM_MONITOR_NR_EVENTS = 7,
    XLMEM_MONITOR_NR_PASSES = 8,
    XLMEM_MONITOR_NR_MOVES = 9, /* targets that were set */
    XLMEM_MONITOR_MOVED_KB = 10,
    XLMEM_MONITOR_NR_FAILURES = 11, /* dispatches that returned one */
} xlmem_monitor_fact;

/*
 * xlmem_monitor_get: what a monitor knows of all.
 * @value_r: untouched where it is not known.
 * Returns whether it is known, and means something to this library.
 * Since: 0.1
 */
bool xlmem_monitor_get(const xlmem_monitor *monitor, xlmem_monitor_fact fact,
                       uint64_t *value_r);

/* How a domain takes part, or why not. */
typedef enum xlmem_part {
    XLMEM_PART_TAKEN = 1,      /* it takes part */
    XLMEM_PART_UNPROVEN = 2,   /* it is being moved a little, to see whether it
                                  has a balloon */
    XLMEM_PART_NO_RANGE = 3,   /* it has not opted in */
    XLMEM_PART_UNKNOWN = 4,    /* what has to be known of it is not */
    XLMEM_PART_BUILDING = 5,   /* under construction */
    XLMEM_PART_PAUSED = 6,     /* or suspended */
    XLMEM_PART_ENDING = 7,     /* saved, migrated, shutting down or dying */
    XLMEM_PART_PINNED = 8,     /* by the administrator */
    XLMEM_PART_ASKED = 9,      /* a create has asked it for memory */
    XLMEM_PART_STUCK = 10,     /* its balloon does not move */
    XLMEM_PART_GAVE_UP = 11,   /* nor will before its target changes */
    XLMEM_PART_UNWILLING = 12, /* memory/uncooperative says so */
    XLMEM_PART_REFUSED = 13,   /* its target or nodes could not be set; it is
                                  tried again, ever later */
} xlmem_part;

/* Quantities of a domain, as of the last pass. */
typedef enum xlmem_monitor_dom_fact {
    XLMEM_MONITOR_DOM_PART = 1, /* xlmem_part */
    XLMEM_MONITOR_DOM_FLOOR_KB = 2,
    XLMEM_MONITOR_DOM_DEMAND_KB = 3, /* not known: it does not report */
    XLMEM_MONITOR_DOM_TARGET_KB = 4,
    XLMEM_MONITOR_DOM_HAS_KB = 5, /* in terms of its target */
    XLMEM_MONITOR_DOM_CEILING_KB = 6,
    XLMEM_MONITOR_DOM_WEIGHT = 7,
    XLMEM_MONITOR_DOM_PIN_KB = 8,    /* known: pinned there */
    XLMEM_MONITOR_DOM_MOVED_MS = 9,  /* when its target was last set here,
                                        by CLOCK_BOOTTIME */
    XLMEM_MONITOR_DOM_SHARE_KB = 11, /* what it should have */
    XLMEM_MONITOR_DOM_FLOODS = 10,   /* 1: it writes so much that it is not
                                        listened to for a time */
} xlmem_monitor_dom_fact;

/*
 * xlmem_monitor_dom: the domains that it knows, dom0 first.
 * @n: 0 is the first.
 * Returns whether there is one.  Since: 0.1
 */
bool xlmem_monitor_dom(const xlmem_monitor *monitor, size_t n,
                       uint64_t *domid_r);

/*
 * xlmem_monitor_dom_get: what it knows of a domain.
 * Returns as xlmem_monitor_get; false also where there is no such domain.
 * Since: 0.1
 */
bool xlmem_monitor_dom_get(const xlmem_monitor *monitor, uint64_t domid,
                           xlmem_monitor_dom_fact fact, uint64_t *value_r);

/*
 * xlmem_monitor_dom_why: why a domain is not moved to what it should have now,
 * as half a sentence: "it needs more, and waits for others to give" for
 * example.
 * Returns a static string; NULL: there is no such domain.  Since: 0.1
 */
const char *xlmem_monitor_dom_why(const xlmem_monitor *monitor,
                                  uint64_t domid);

/*
 * xlmem_part_text: how a domain takes part as half a sentence, "its balloon
 * does not move" for example.
 * Returns a static string, never NULL.  Since: 0.1
 */
const char *xlmem_part_text(xlmem_part part);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_MONITOR_H */
