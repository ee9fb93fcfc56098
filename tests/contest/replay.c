/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain has on average in a step it has in its middle: the targets of
 * a step are set half a step before it begins.
 */
#include "replay.h"

static void tick(void *state, world *w)
{
    const optimum *o = w->player->setup;
    size_t step = (w->now_ms + o->grid_ms / 2) / o->grid_ms, i;

    (void)state;
    if (step >= o->nr_steps)
        step = o->nr_steps - 1;
    for (i = 0; i < w->t->nr_doms; i++)
        world_set_target(w, i, o->has_kb[step * TRACE_DOMS_MAX + i]);
}

player replay_of(const optimum *o)
{
    return (player){.name = "clairvoyant", .setup = o, .tick = tick};
}
