/* SPDX-License-Identifier: LGPL-2.1-only */
/* Somebody who balances, on a simulated host. */
#ifndef XLMEM_SIM_BALANCE_H
#define XLMEM_SIM_BALANCE_H

#include "sim.h"

#include "private/monitor.h"

#define FLOOR_KB (512 * MIB)
#define HEADROOM_KB (72 * MIB)
#define RESERVE_KB (64 * MIB)

/* One daemon: from when to when, and what it came to. */
typedef struct reign {
    int64_t from_ms, to_ms;
    size_t nr_wakes; /* dispatches */
    uint64_t nr_passes, nr_events, nr_failures;
    int64_t woken_ms;       /* the last dispatch */
    int64_t passed_ms;      /* and the last with a pass */
    xlmem_monitor *monitor; /* while it lives */
} reign;

xlmem_policy balance_policy(void);

/* A host on which each step is looked at. */
void balance_init(sim *s, uint64_t total_kb, uint64_t dom0_kb);

/* A process of it: @arg is its reign. */
void balance_daemon(sim_proc *p);

/* The last one whose target it was has been served: no guest that follows and
 * speaks lacks anything, if all that they need is there. */
bool balance_can_serve(const sim *s);
bool balance_serves(const sim *s);
bool balance_serves_one(const sim_dom *dom);

/* Who is owed something has it written down. */
bool balance_owes(const sim *s);

/* Nobody is held to be set by hand who never was. */
bool balance_pins(const sim *s);

/* What all have, for who looks for what went wrong. */
void balance_show(const sim *s);

#endif /* XLMEM_SIM_BALANCE_H */
