/* SPDX-License-Identifier: LGPL-2.1-only */
#include "balance.h"

/* What a guest of the simulator keeps for its kernel, and the most that its
 * demand is beyond what it uses: model/demand.c. */
#define OWN_KB (24 * MIB)
#define MARGIN_MIN_KB (32 * MIB)
#define MARGIN_PARTS 2

/* Less is not worth a move: model/balance.c. */
#define LEAST_KB (16 * MIB)
#define LEAST_PARTS 50

xlmem_policy balance_policy(void)
{
    xlmem_policy policy = sim_policy(FLOOR_KB);

    policy.dom0_reserve_kb = RESERVE_KB;
    policy.wait_ms = 10000;
    policy.balance = true;
    return policy;
}

void balance_init(sim *s, uint64_t total_kb, uint64_t dom0_kb)
{
    sim_init(s, total_kb, dom0_kb);
    s->headroom_kb = HEADROOM_KB;
    s->dom0_floor_kb = FLOOR_KB;
    s->dom0_maximum_kb = s->dom0_reach_kb = total_kb / 2;
}

static void note(reign *r)
{
    const uint64_t had = r->nr_passes;

    xlmem_monitor_get(r->monitor, XLMEM_MONITOR_NR_PASSES, &r->nr_passes);
    xlmem_monitor_get(r->monitor, XLMEM_MONITOR_NR_EVENTS, &r->nr_events);
    xlmem_monitor_get(r->monitor, XLMEM_MONITOR_NR_FAILURES, &r->nr_failures);
    if (r->nr_passes != had)
        r->passed_ms = r->woken_ms;
}

/* One round of a caller's loop.  false: dead, or its time is over. */
static bool turn(sim_proc *p, reign *r)
{
    int64_t due_ms = xlmem_monitor_deadline_ms(r->monitor);

    if (due_ms < 0 || due_ms > r->to_ms)
        due_ms = r->to_ms;
    if (due_ms > p->sim->now_ms && !sim_wait(p, due_ms))
        return false;
    if (p->sim->now_ms >= r->to_ms)
        return false;
    r->nr_wakes++;
    r->woken_ms = p->sim->now_ms;
    xlmem_monitor_dispatch(r->monitor);
    note(r);
    return !p->dead;
}

/* What it thinks of each, when it ends. */
static void show_view(const sim *s, const xlmem_monitor *m)
{
    uint64_t domid, part, demand, share;
    size_t i;

    for (i = 0; xlmem_monitor_dom(m, i, &domid); i++) {
        part = demand = share = 0;
        xlmem_monitor_dom_get(m, domid, XLMEM_MONITOR_DOM_PART, &part);
        xlmem_monitor_dom_get(m, domid, XLMEM_MONITOR_DOM_DEMAND_KB, &demand);
        xlmem_monitor_dom_get(m, domid, XLMEM_MONITOR_DOM_SHARE_KB, &share);
        printf(
            "%8lld    domain %llu: %s, %s: demand %llu, share %llu\n",
            (long long)s->now_ms, (unsigned long long)domid,
            xlmem_part_text((xlmem_part)part), xlmem_monitor_dom_why(m, domid),
            (unsigned long long)demand / MIB, (unsigned long long)share / MIB);
    }
}

static xlmem_policy policy_of(const sim *s)
{
    xlmem_policy policy = balance_policy();

    if (s->step_kb)
        policy.balance_step_kb = s->step_kb;
    if (s->rate_kb)
        policy.balance_rate_kb = s->rate_kb;
    return policy;
}

void balance_daemon(sim_proc *p)
{
    const xlmem_policy policy = policy_of(p->sim);
    reign *r = p->arg;

    p->balances = true;
    p->wake = r->from_ms;
    do {
        if (!sim_step(p))
            return;
        p->wake = p->sim->now_ms + 100;
    } while (p->sim->daemon >= 0); /* the one before has not gone yet */
    p->sim->daemon = p->id;
    p->wake = 0;
    sim_changes(p->sim);
    if (xlmem_monitor_open(p->ctx, &policy, &r->monitor))
        return;
    while (turn(p, r))
        ;
    if (p->sim->verbose && !p->dead)
        show_view(p->sim, r->monitor);
    xlmem_monitor_close(r->monitor);
    r->monitor = NULL;
}

/* ------------------------------------------------------------- serving --- */

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t ceiling_kb(const sim_dom *dom)
{
    const uint64_t kb = dom->dynamic_max_kb
                            ? least(dom->dynamic_max_kb, dom->static_max_kb)
                            : dom->static_max_kb;

    return dom->temper == SIM_CEILED ? least(kb, dom->ceiled_kb) : kb;
}

/* Of what Xen counts, as all here. */
static uint64_t uses_kb(const sim_dom *dom)
{
    return dom->used_kb + OWN_KB + dom->video_kb;
}

static uint64_t most_kb(const sim_dom *dom)
{
    return sim_aim_kb(dom, ceiling_kb(dom));
}

static uint64_t need_kb(const sim_dom *dom)
{
    return least(
        most(uses_kb(dom) + most(MARGIN_MIN_KB, dom->used_kb / MARGIN_PARTS),
             sim_aim_kb(dom, dom->dynamic_min_kb)),
        most_kb(dom));
}

/* Whoever cannot be relied on has what he has. */
static bool is_reliable(const sim_dom *dom)
{
    return dom->used && dom->domid && !dom->dies_at && !dom->building &&
           dom->dynamic_min_kb && !dom->bad_nodes && !dom->pinned_at &&
           !dom->unwilling_at && sim_runs(dom) &&
           (dom->temper == SIM_IDEAL || dom->temper == SIM_SLOW) &&
           dom->word == SIM_HONEST;
}

bool balance_can_serve(const sim *s)
{
    uint64_t has_kb = 0, needs_kb = 0;
    uint64_t taken_kb = HEADROOM_KB + sim_claims_kb(s);
    size_t i;

    for (i = 1; i < SIM_DOMS; i++) {
        const sim_dom *dom = &s->doms[i];

        taken_kb += sim_growth_kb(dom) + (dom->used ? MIB : 0);
        if (!is_reliable(dom))
            continue;
        has_kb += dom->tot_kb;
        needs_kb += need_kb(dom);
    }
    has_kb += sim_free_kb(s);
    return has_kb >= taken_kb + needs_kb;
}

bool balance_serves_one(const sim_dom *dom)
{
    return dom->tot_kb + most(LEAST_KB, dom->tot_kb / LEAST_PARTS) >=
           least(uses_kb(dom), most_kb(dom));
}

bool balance_serves(const sim *s)
{
    size_t i;

    for (i = 1; i < SIM_DOMS; i++)
        if (is_reliable(&s->doms[i]) && !balance_serves_one(&s->doms[i]))
            return false;
    return true;
}

static bool is_written(const sim *s, uint64_t domid)
{
    char line[32];
    size_t i;

    snprintf(line, sizeof(line), "\nstep %llu ", (unsigned long long)domid);
    for (i = 0; i < SIM_ENTRIES; i++)
        if (s->ledger[i].used && strstr(s->ledger[i].text, line))
            return true;
    return false;
}

bool balance_owes(const sim *s)
{
    size_t i;

    for (i = 0; i < s->nr_doms; i++)
        if (s->doms[i].used && !s->doms[i].dies_at && s->doms[i].owed_kb &&
            !is_written(s, s->doms[i].domid))
            return false;
    return true;
}

bool balance_pins(const sim *s)
{
    size_t i;

    for (i = 1; i < s->nr_doms; i++)
        if (s->doms[i].used && s->doms[i].nodes[SIM_NODE_PIN][0] &&
            !s->doms[i].by_hand)
            return false;
    return true;
}

/* ------------------------------------------------------------- showing --- */

static void show_one(const sim_dom *dom)
{
    printf("  %3llu temper %d word %d: has %llu, target %llu, of %llu to "
           "%llu, uses %llu%s%s%s\n",
           (unsigned long long)dom->domid, (int)dom->temper, (int)dom->word,
           (unsigned long long)dom->tot_kb / MIB,
           (unsigned long long)dom->target_kb / MIB,
           (unsigned long long)dom->dynamic_min_kb / MIB,
           (unsigned long long)ceiling_kb(dom) / MIB,
           (unsigned long long)dom->used_kb / MIB,
           dom->pinned_at ? ", pinned" : "", dom->dies_at ? ", dying" : "",
           dom->building ? ", half-built" : "");
}

void balance_show(const sim *s)
{
    size_t i;

    printf("%lld ms: %llu MiB free, dom0 has %llu available; the last move "
           "at %lld\n",
           (long long)s->now_ms, (unsigned long long)sim_free_kb(s) / MIB,
           (unsigned long long)sim_available_kb(s) / MIB,
           (long long)s->moved_ms);
    for (i = 0; i < SIM_DOMS; i++)
        if (s->doms[i].used)
            show_one(&s->doms[i]);
    for (i = 0; i < SIM_ENTRIES; i++)
        if (s->ledger[i].used)
            printf("  owned by %d: %s", s->ledger[i].owner, s->ledger[i].text);
}
