/* SPDX-License-Identifier: LGPL-2.1-only */
/* The monitor: what its files share. */
#ifndef XLMEM_ENGINE_MONITOR_H
#define XLMEM_ENGINE_MONITOR_H

#include "engine/balance/cache.h"
#include "engine/guard/targets.h"
#include "model/balance.h"
#include "private/monitor.h"

/* How what dom0 has available falls. */
typedef struct xlmem__slope {
    uint64_t from_kb;  /* at the last pass */
    int64_t looked_ms; /* when it was looked at last, by a pass or between */
    int64_t fell_ms;   /* when it had fallen since the look before; 0: never */
} xlmem__slope;

struct xlmem_monitor {
    xlmem_ctx *ctx;
    xlmem_policy policy;
    xlmem__gentle gentle;

    /* events */
    bool connected;
    int fd;
    int64_t retry_ms;    /* when to connect again, if it is not */
    int64_t retry_after; /* and how long after that */
    bool look;           /* domains may have come or gone */
    bool events_left;    /* there were too many for one dispatch */
    int64_t refresh_ms;  /* what is marked could not be read: not before */

    xlmem__cache cache;

    /* passes */
    bool wanted;        /* something has changed that a pass goes by */
    int64_t wanted_ms;  /* since when */
    int64_t pass_ms;    /* when the last one was; 0: none yet */
    int64_t gap_ms;     /* after it none is made for an event alone */
    int64_t again_ms;   /* when the next one is due anyhow; INT64_MAX: not */
    int64_t fail_after; /* how long after one that failed */
    xlmem__slope dom0_slope;
    xlmem__stall stall; /* dom0's, when it was looked at last */

    xlmem__tracker promises; /* who owes memory, of all domains */
    xlmem__tracker balloons; /* who follows, of those that take part */
    xlmem_hold *intent;      /* what was moved, in the ledger */
    xlmem__share_room room;
    xlmem__lack lack;
    xlmem__party *parties; /* of a pass: one for each in the cache */
    xlmem__share *shares;
    size_t party_room;

    /* what was found and done */
    xlmem_account account;
    bool has_account;
    uint64_t nr_events, nr_passes, nr_moves, moved_kb, nr_failures;
    int said; /* the failure that was told last: it is told once */
};

/*
 * Between passes, where somebody is awake anyway: whether dom0 has so much
 * less than at the last one that another is to be made.  Looks twice a second
 * at most.
 */
bool xlmem__dom0_runs_low(xlmem_monitor *monitor, int64_t now_ms);

/*
 * A pass, whose facts in the cache are fresh: under the decision lock read the
 * books, decide, and set targets.
 * @dry: as of xlmem_monitor_now; @plan_r: the same, may be NULL.
 * Sets again_ms.  Returns 0; XLMEM_ERROR_BUSY: the lock is not to be had now;
 * or what failed.
 */
int xlmem__monitor_pass(xlmem_monitor *monitor, int64_t now_ms, bool dry,
                        xlmem_plan *plan_r);

#endif /* XLMEM_ENGINE_MONITOR_H */
