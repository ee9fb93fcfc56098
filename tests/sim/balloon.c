/* SPDX-License-Identifier: LGPL-2.1-only */
/* What balloons do, and Xen for a domain whose balloon does not run yet. */
#include "sim.h"

#define SECTION (128 * MIB)

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* An older Linux counts its own memory against its target; later ones (commit
 * 5266b8e4445c, in 4.14.117) take off what static-max was more than that when
 * they booted, which is video RAM (drivers/xen/xen-balloon.c,
 * watch_target). */
uint64_t sim_aim_kb(const sim_dom *dom, uint64_t target_kb)
{
    return dom->holds_beside
               ? least(target_kb + dom->video_kb, dom->static_max_kb)
               : target_kb;
}

static uint64_t aim_kb(const sim_dom *dom)
{
    return sim_aim_kb(dom, dom->target_kb);
}

static void shrink(sim_dom *dom, uint64_t kb)
{
    uint64_t to = aim_kb(dom);

    if (dom->temper == SIM_STUCK)
        return;
    if (dom->temper == SIM_FLOOR && to < dom->floor_kb)
        to = dom->floor_kb;
    if (dom->temper == SIM_SLOW)
        kb = kb / 10 & ~UINT64_C(3);
    if (dom->tot_kb > to)
        dom->tot_kb -= least(kb, dom->tot_kb - to);
}

/* What dom0's kernel knows of; it adds to it by sections. */
static uint64_t dom0_reach(sim *s, uint64_t to)
{
    while (s->hotplug && s->online && s->dom0_reach_kb < to)
        s->dom0_reach_kb += SECTION;
    return s->dom0_reach_kb;
}

static void grow(sim *s, sim_dom *dom, uint64_t kb)
{
    uint64_t to = dom->temper == SIM_GREEDY ? dom->maxmem_kb : aim_kb(dom);

    if (dom->temper == SIM_STUCK)
        return;
    if (dom->temper == SIM_CEILED)
        to = least(to, dom->ceiled_kb);
    to = least(to, dom->maxmem_kb);
    if (!dom->domid)
        to = least(to, dom0_reach(s, to));
    if (dom->tot_kb < to)
        dom->tot_kb +=
            least(least(kb, to - dom->tot_kb), sim_unclaimed_kb(s)) &
            ~UINT64_C(3);
}

/* Until its balloon runs what it has stays as it is, but for pages that are
 * populated on demand: Xen keeps as many for it as it is to have, 1 MiB more
 * than its target, and takes none back (xc_domain_set_pod_target in
 * libxl_mem.c of 4.14 to 4.20, p2m_pod_set_mem_target in Xen). */
static void boot(sim *s, sim_dom *dom)
{
    const uint64_t to = least(dom->target_kb + MIB, dom->maxmem_kb);

    if (dom->boots_at && s->now_ms >= dom->boots_at)
        dom->boots_at = 0;
    if (dom->boots_at && dom->on_demand && dom->tot_kb < to)
        dom->tot_kb += least(to - dom->tot_kb, sim_unclaimed_kb(s));
}

void sim_balloon(sim *s, sim_dom *dom, int64_t ms)
{
    const uint64_t kb = (uint64_t)ms * SIM_KB_PER_MS;

    boot(s, dom);
    if (!sim_runs(dom))
        return;
    if (dom->temper == SIM_INTERMITTENT && s->now_ms / 30000 % 2)
        return;
    if (dom->temper == SIM_VANISHING && dom->tot_kb > aim_kb(dom) + MIB)
        sim_destroy(s, dom);
    else if (dom->tot_kb > aim_kb(dom) && dom->temper != SIM_GREEDY)
        shrink(dom, kb);
    else
        grow(s, dom, kb);
}
