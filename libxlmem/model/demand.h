/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How much memory a domain wants: what it would cost it to be without.  The
 * theory is in demand.c.
 *
 * A value of a few words for each domain; no clock, no memory of its own.
 * Times are of any clock that does not go back.
 *
 *     a report has come      xlmem__demand_see(demand, now, report)
 *     at each pass           xlmem__demand_kb(demand, now, target, &known)
 *     and until the next     xlmem__demand_next_ms(demand, now)
 */
#ifndef XLMEM_MODEL_DEMAND_H
#define XLMEM_MODEL_DEMAND_H

#include <stdbool.h>

#include "model/report.h"
#include "model/units.h"

/* How long a report is believed unless the policy says otherwise:
 * memguard-guest writes every five minutes at least, xe-guest-utilities every
 * two (its -i 60, memory in every second round) if MemAvailable has
 * changed. */
#define XLMEM__DEMAND_EXPIRES_MS INT64_C(900000)

/* The smallest useful change of a target: party.c says why. */
#define XLMEM__LEAST_MOVE_KB (8 * XLMEM__MIB_KB)

/* Whether its MemTotal follows the balloon (xlmem__demand_total). */
typedef struct xlmem__total {
    uint64_t said_kb;    /* MemTotal */
    uint64_t first_kb;   /* what it had when it first said that */
    uint64_t free_kb;    /* what it said last of what is free, */
    uint64_t counted_kb; /* and what it had then */
    unsigned elsewhere;  /* so often was that counted with another size */
} xlmem__total;

typedef struct xlmem__demand {
    int64_t expires_ms;
    bool seen;        /* there was a report with something to go by */
    bool blind;       /* it says nothing of pressure */
    int64_t seen_ms;  /* that report; it is in force since */
    uint64_t used_kb; /* what it uses by it, in terms of its target */
    uint64_t own_kb;  /* its kernel's own: what it has and MemTotal is not */
    uint64_t has_kb;  /* what it had then */
    xlmem__total total;
    /* The largest use that is held to, the largest since, and until when each
     * was in force. */
    uint64_t peak_kb, later_kb;
    int64_t peak_ms, later_ms;
    bool fell;          /* it was well below the peak since */
    int64_t hold_ms;    /* how long a peak is held to */
    uint64_t before_kb; /* the peak that was given up last, */
    int64_t before_ms;  /* and until when it was in force */
    uint64_t swap_kb;   /* what it had in swap */
    uint64_t rate_kb;   /* how much more it used or swapped in a second */
    uint64_t climb_kb;  /* so much in each of two, one after the other */
    uint64_t ahead_kb;  /* how much more it will use before it is helped */
    uint64_t found_kb;  /* what it uses, or pressure showed that it needs, */
    int64_t found_ms;   /* and when there last was pressure */
    int64_t rest_ms;    /* for so long after that it needs all of it */
} xlmem__demand;

void xlmem__demand_init(xlmem__demand *demand, int64_t expires_ms);

/*
 * A report has come, and is not bounded yet.  Where its total does not follow
 * the balloon, what the domain had when it counted what is free is put in its
 * place.  Called for each report that is seen, before xlmem__report_bound.
 */
void xlmem__demand_total(xlmem__demand *demand, xlmem_report *report,
                         uint64_t has_kb);

/*
 * A report has come, in the order of time: at each change of one of its nodes,
 * and not again for the same one (a report that is seen again is younger, and
 * what the domain has is held against an old MemTotal).  It is bounded
 * (xlmem__report_bound).  One that says nothing of use is not seen.
 */
void xlmem__demand_see(xlmem__demand *demand, int64_t now_ms,
                       const xlmem_report *report);

/*
 * What it wants now, in terms of its target.
 * @target_kb: its present target: the answer where nothing is known, or what
 * was is older than expires_ms.
 * @known_r: whether it is its own word.
 * Never more than eight times the most it had when it reported (and a margin
 * of 32 MiB): the caller bounds it by floor and ceiling.
 */
uint64_t xlmem__demand_kb(const xlmem__demand *demand, int64_t now_ms,
                          uint64_t target_kb, bool *known_r);

/*
 * What of that it needs: what it uses and misses, without the margin and
 * without what is only held for it to come back.  Where there is not enough
 * for all demands, needs come first.  As above.
 */
uint64_t xlmem__demand_need_kb(const xlmem__demand *demand, int64_t now_ms,
                               uint64_t target_kb);

/*
 * The same with all that it has missed and has: nobody can say whether it
 * would miss it again, and nobody's margin is made of it.  No less than its
 * need.  As above.
 */
uint64_t xlmem__demand_kept_kb(const xlmem__demand *demand, int64_t now_ms,
                               uint64_t target_kb);

/* When one of them may become less without another report, as what was held
 * is let go, or pressure is forgotten; not its expiry.  -1: none does. */
int64_t xlmem__demand_next_ms(const xlmem__demand *demand, int64_t now_ms);

#endif /* XLMEM_MODEL_DEMAND_H */
