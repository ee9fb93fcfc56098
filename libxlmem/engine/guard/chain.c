/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/guard/chain.h"

#include "model/checked.h"
#include "model/plan.h"

/* A balloon's target may be seen a page off (engine/guard/targets.c). */
static bool lies_near(uint64_t a, uint64_t b)
{
    return xlmem__sub0(a, b) <= XLMEM__PAGE_KB &&
           xlmem__sub0(b, a) <= XLMEM__PAGE_KB;
}

static void add_steps(const xlmem_plan *plan, xlmem__chain *chain)
{
    size_t i;

    for (i = 0; i < plan->nr_steps; i++) {
        const xlmem_step *step = &plan->steps[i];

        if (step->domid != chain->domid || !xlmem__step_is_witness(step))
            continue;
        chain->is_full = chain->is_full || chain->nr == XLMEM__CHAIN_MAX;
        if (!chain->is_full)
            chain->steps[chain->nr++] = step;
    }
}

static void link_step(xlmem__chain *chain, size_t at)
{
    const xlmem_step *step = chain->steps[at];

    chain->steps[at] = chain->steps[chain->nr_linked];
    chain->steps[chain->nr_linked++] = step;
}

/* Those that end at @kb. */
static void link_to(xlmem__chain *chain, uint64_t kb)
{
    size_t i;

    for (i = chain->nr_linked; i < chain->nr; i++)
        if (lies_near(chain->steps[i]->to_kb, kb))
            link_step(chain, i);
}

void xlmem__chain_of(const xlmem__entries *entries, uint64_t domid,
                     uint64_t now_kb, xlmem__chain *chain_r)
{
    size_t i;

    *chain_r = (xlmem__chain){.domid = domid};
    for (i = 0; i < entries->nr; i++)
        add_steps(&entries->list[i].entry.plan, chain_r);
    link_to(chain_r, now_kb);
    for (i = 0; i < chain_r->nr_linked; i++)
        link_to(chain_r, chain_r->steps[i]->from_kb);
}

bool xlmem__chain_has(const xlmem__chain *chain, const xlmem_step *step)
{
    size_t i;

    if (chain->is_full)
        return true;
    for (i = 0; i < chain->nr_linked; i++)
        if (chain->steps[i]->from_kb == step->from_kb &&
            chain->steps[i]->to_kb == step->to_kb)
            return true;
    return false;
}

bool xlmem__chain_has_paid(const xlmem__chain *chain, const xlmem_step *step)
{
    size_t i;

    if (step->domid != chain->domid || !xlmem__step_is_owed(step))
        return false;
    for (i = 0; i < chain->nr_linked; i++)
        if (lies_near(chain->steps[i]->from_kb, step->from_kb))
            return true;
    return chain->is_full;
}
