/* SPDX-License-Identifier: LGPL-2.1-only */
/* The host on which traces are played. */
#include <stdlib.h>

#include "model/checked.h"
#include "world.h"

/* How fast idle memory fills with cache that is read once. */
#define COLD_KB_TICK (100 * MIB_KB * TICK_MS / 1000)

/* A relief begins and ends here: below it nobody notices. */
#define SHORT_KB (16 * MIB_KB)

/*
 * How long a guest stalls that lacks a part of what it needs: ten times that
 * part of the time, and always from a tenth on.  A page of a working set that
 * is missing is read from a disk, in 100 us at best, where memory takes 100
 * ns; a guest that misses a hundredth of its pages stalls far more than a
 * hundredth of its time.  Half of that stalls all of its tasks.
 */
#define STALL_FACTOR 10

static size_t step_of(const world *w)
{
    return w->now_ms / w->t->step_ms;
}

uint64_t world_short_kb(const world *w, size_t dom)
{
    return xlmem__sub0(trace_need_kb(w->t, step_of(w), dom),
                       w->dom[dom].has_kb);
}

void world_set_target(world *w, size_t dom, uint64_t kb)
{
    w->dom[dom].target_kb = kb;
}

static void move_balloons(world *w)
{
    uint64_t reach, room = w->free_kb, delta;
    world_dom *dom;
    size_t i;

    for (i = 0; i < w->t->nr_doms; i++) {
        dom = &w->dom[i];
        reach = w->t->dom[i].speed_kb_s * TICK_MS / 1000;
        if (dom->target_kb > dom->has_kb) {
            delta = xlmem__min(dom->target_kb - dom->has_kb, reach);
            delta = xlmem__min(delta, room);
            dom->has_kb += delta;
            w->free_kb -= delta;
            room -= delta;
        } else {
            delta = xlmem__min(dom->has_kb - dom->target_kb, reach);
            dom->has_kb -= delta;
            w->free_kb += delta;
        }
        w->score.moved_kb += delta;
    }
    w->score.lowest_free_kb = xlmem__min(w->score.lowest_free_kb, w->free_kb);
}

static void end_shortage(score *s, world_dom *dom)
{
    if (!dom->short_ms)
        return;
    s->reliefs++;
    s->relief_ms += dom->short_ms;
    s->longest_ms = xlmem__max(s->longest_ms, dom->short_ms);
    dom->short_ms = 0;
}

static void count(world *w, size_t i)
{
    uint64_t lacks = world_short_kb(w, i);
    world_dom *dom = &w->dom[i];

    w->score.unmet_kb_ms += lacks * TICK_MS;
    w->score.below_kb_ms +=
        xlmem__sub0(w->t->dom[i].floor_kb, dom->has_kb) * TICK_MS;
    if (lacks > SHORT_KB)
        dom->short_ms += TICK_MS;
    else
        end_shortage(&w->score, dom);
}

static void stall(world *w, size_t i)
{
    uint64_t need = trace_need_kb(w->t, step_of(w), i);
    uint64_t part_ms = world_short_kb(w, i) * STALL_FACTOR * TICK_MS;

    if (need)
        w->dom[i].stalled_us +=
            xlmem__min(part_ms * 1000 / need, TICK_MS * 1000);
}

static uint64_t root(uint64_t square)
{
    uint64_t low = 0, high = UINT32_MAX, middle;

    while (low < high) {
        middle = (low + high + 1) / 2;
        if (middle * middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

/* As Linux 6.1 counts: mm/page_alloc.c, si_mem_available; the low watermark is
 * 5/4 of the root of 16 times the memory. */
static uint64_t available_kb(const meminfo *m)
{
    uint64_t low_kb = root(16 * m->total_kb) * 5 / 4;

    return xlmem__sub0(m->free_kb + m->cached_kb,
                       low_kb + xlmem__min(m->cached_kb / 2, low_kb));
}

static void take_figures(world *w, size_t i)
{
    const trace_need *need = &w->t->need[step_of(w) * TRACE_DOMS_MAX + i];
    world_dom *dom = &w->dom[i];
    meminfo *m = &dom->now;
    uint64_t used, hot;

    dom->seen = *m;
    m->total_kb = xlmem__sub0(dom->has_kb, w->t->dom[i].own_kb);
    used = xlmem__min(need->used_kb, m->total_kb);
    hot = xlmem__min(need->hot_kb, m->total_kb - used);
    dom->cold_kb =
        xlmem__min(dom->cold_kb + COLD_KB_TICK, m->total_kb - used - hot);
    m->cached_kb = hot + dom->cold_kb;
    m->free_kb = m->total_kb - used - m->cached_kb;
    m->available_kb = available_kb(m);
    m->swap_total_kb = w->t->dom[i].ceiling_kb;
    m->swap_used_kb = need->used_kb - used;
    m->some_us = dom->stalled_us;
    m->full_us = dom->stalled_us / 2;
}

static void world_init(world *w, const trace *t)
{
    uint64_t sum = 0;
    size_t i;

    *w = (world){.t = t, .score.lowest_free_kb = UINT64_MAX};
    for (i = 0; i < t->nr_doms; i++) {
        w->dom[i].has_kb = w->dom[i].target_kb = t->dom[i].start_kb;
        sum += t->dom[i].start_kb;
        take_figures(w, i);
        take_figures(w, i);
    }
    w->free_kb = xlmem__sub0(t->pool_kb, sum) + HEADROOM_KB;
}

static void tick(world *w)
{
    size_t i;

    move_balloons(w);
    for (i = 0; i < w->t->nr_doms; i++) {
        count(w, i);
        stall(w, i);
        take_figures(w, i);
    }
}

score world_play(const trace *t, const player *p, world_look *look, void *user)
{
    uint64_t end_ms = (uint64_t)t->nr_steps * t->step_ms;
    void *state = calloc(1, p->state_size + 1);
    world w;
    size_t i;

    if (!state)
        abort();
    world_init(&w, t);
    w.player = p;
    if (p->start)
        p->start(state, &w);
    for (; w.now_ms < end_ms; w.now_ms += TICK_MS) {
        tick(&w);
        if (p->tick)
            p->tick(state, &w);
        if (look)
            look(user, &w);
    }
    for (i = 0; i < t->nr_doms; i++)
        end_shortage(&w.score, &w.dom[i]);
    if (p->stop)
        p->stop(state);
    free(state);
    return w.score;
}

const player player_nobody = {.name = "nobody"};
