/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What each balloon was asked and what it did; and who else may not move.
 *
 *     kind      a domain that                               moves when
 *     GIVES     was asked for less than it has              it has less
 *     TAKES     was asked for more than it has              it has more
 *     DYING     is going                                    it has less
 *     UNBUILT   looks half-built: paused, never ran,        it has more
 *               no claim
 *
 * A value, fed with observations and the time they were made at: a create has
 * one for as long as it waits, a move of dom0 for as long as it follows, a
 * daemon for as long as it runs.
 */
#ifndef XLMEM_MODEL_TRACKER_H
#define XLMEM_MODEL_TRACKER_H

#include <stdbool.h>

#include "private/all.h"

typedef enum xlmem__track_kind {
    XLMEM__GIVES,
    XLMEM__TAKES,
    XLMEM__DYING,
    XLMEM__UNBUILT,
} xlmem__track_kind;

typedef enum xlmem__pace {
    XLMEM__FOLLOWS, /* it moves, or has only just been asked */
    XLMEM__SLOW,    /* it pauses: memory is hard to get, or to give */
    XLMEM__STUCK,   /* it does not move */
    XLMEM__GAVE_UP, /* and will not before its target changes */
} xlmem__pace;

/* What is seen of one domain. */
typedef struct xlmem__sight {
    uint64_t domid;
    xlmem__track_kind kind;
    uint64_t has_kb;
    uint64_t asked_kb; /* its target, of those that have one */
} xlmem__sight;

typedef struct xlmem__track {
    xlmem__sight last;
    uint64_t best_kb; /* the least it had, or the most: as far as it came */
    int64_t moved;    /* when it came so far; at first: when it was seen */
    int64_t asked;    /* when its target was last seen to change */
    bool judged;      /* it does not move */
} xlmem__track;

typedef struct xlmem__tracker {
    size_t nr, room;
    xlmem__track *list; /* by domain, by kind */
    int64_t dying_ms;   /* how long a dying domain is trusted */
    uint64_t nr_judged; /* how often somebody has been, so far */
    bool forgives;      /* a judged balloon counts again once its target has
                           been put back: for whoever outlives a create */
    bool undecided;     /* others need not be asked, or it is not refused, if
                           those do not move that look half-built: whoever
                           decides says so, also of this: */
    bool arriving; /* it is refused, and guests that are on their way to their
                      targets could give what is missing behind that */
} xlmem__tracker;

/* @wait_ms: how long may be waited at all for what does not come. */
void xlmem__tracker_init(xlmem__tracker *tracker, int64_t wait_ms);
void xlmem__tracker_dispose(xlmem__tracker *tracker);

/* One domain, now; of one domain and kind in the order of time.  NULL: there
 * was no memory to remember it, so what it promises is waited for. */
const xlmem__track *xlmem__tracker_see(xlmem__tracker *tracker, int64_t now_ms,
                                       const xlmem__sight *sight);

/* A domain is where it was asked to be, or gone: what it did is past. */
void xlmem__tracker_forget(xlmem__tracker *tracker, uint64_t domid);

/* Those that are not on the host any more are gone. */
void xlmem__tracker_keep(xlmem__tracker *tracker, const xlmem_host *host);

/* What one did whose last sight was @now_ms. */
xlmem__pace xlmem__track_pace(const xlmem__track *track, int64_t now_ms);

/* Look at all domains of a host that may not move; those that have been judged
 * are set aside in its books. */
void xlmem__tracker_see_host(xlmem__tracker *tracker, int64_t now_ms,
                             xlmem_host *host);

/* Set aside those that look half-built and have not been judged yet, too.
 * Returns whether there are any. */
bool xlmem__tracker_suspect(const xlmem__tracker *tracker, xlmem_host *host);

#endif /* XLMEM_MODEL_TRACKER_H */
