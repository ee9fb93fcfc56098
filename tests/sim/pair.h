/* SPDX-License-Identifier: LGPL-2.1-only */
/* A simulated host on which one guest has memory to spare and another one
 * lacks some, and who balances. */
#ifndef XLMEM_SIM_PAIR_H
#define XLMEM_SIM_PAIR_H

#include "balance.h"

#define SECONDS(n) (INT64_C(1000) * (n))
#define MINUTES(n) (INT64_C(60000) * (n))

static sim host;
static reign first;
static sim_dom *rich, *poor;

/* A daemon, for so long. */
static inline void add_reign(reign *r, int64_t in_ms, int64_t for_ms,
                             int64_t kill_in)
{
    *r = (reign){.from_ms = host.now_ms + in_ms,
                 .to_ms = host.now_ms + in_ms + for_ms};
    sim_add_proc(&host, balance_daemon, r, kill_in);
}

static inline void run_for(int64_t ms)
{
    add_reign(&first, 0, ms, -1);
    sim_run(&host);
}

/* One guest has memory to spare, the other lacks some. */
static inline void set_up(void)
{
    sim_reseed(1);
    balance_init(&host, 64 * MIB + GIB + HEADROOM_KB + 4 * GIB + 2 * MIB, GIB);
    rich = sim_add_party(&host, SIM_IDEAL, GIB, 3 * GIB, 4 * GIB);
    poor = sim_add_party(&host, SIM_IDEAL, GIB / 2, GIB, 4 * GIB);
    rich->used_kb = GIB / 2;
    poor->used_kb = GIB + 512 * MIB;
}

static inline bool is_served(const sim_dom *dom)
{
    return dom->tot_kb >= dom->used_kb + 24 * MIB;
}

static inline void check_end(void)
{
    SIM_CHECK(host.least_free_kb >= HEADROOM_KB);
    sim_dispose(&host);
}

static inline void act_at(sim_proc *p, int64_t ms)
{
    p->wake = first.from_ms + ms;
    sim_step(p);
    p->wake = 0;
}

#endif /* XLMEM_SIM_PAIR_H */
