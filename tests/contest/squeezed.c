/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * squeezed's rule, after its published formulas: xapi-project/xen-api, commit
 * e2ee48d6883e, ocaml/squeezed/lib/squeeze.ml and src/squeeze_xen.ml (read for
 * the formulas; nothing of it is copied).
 *
 *   freeable(i) = max(0, actual - dynamic_min - 2 * inaccuracy), inaccuracy
 *                 4 kB
 *   surplus     = max(0, free + sum of freeable - required free)
 *   gamma       = surplus / sum of (dynamic_max - dynamic_min), within 0..1
 *   target(i)   = dynamic_min + gamma * (dynamic_max - dynamic_min)
 *
 * Required free: 64 + 8 MiB; 512 kB more than that is balanced.  Only those
 * that free memory are set first, all others when nobody is left to free any.
 * A domain that has not come nearer to its target for 5 s is left out, and its
 * target clipped to what it has.  It looks every 10 s whether a target would
 * change, and then goes on in rounds of 1 s until targets are reached.
 *
 * It has no input that tells of demand: what it is fed are the dynamic ranges,
 * and they are the same floors and ceilings that everybody has.  As it comes
 * it leaves dom0 alone; with manage-domain-zero dom0 is one of them.  Both
 * play.
 */
#include "model/checked.h"
#include "world.h"

#define LOOK_MS 10000
#define ROUND_MS 1000
#define STUCK_MS 5000
#define INACCURACY_KB UINT64_C(4)
#define FREE_KB (UINT64_C(72) * 1024)
#define TOLERANCE_KB UINT64_C(512)

typedef struct squeezed_dom {
    bool in;
    uint64_t last_kb;
    uint64_t progress_ms;
    bool stuck;
} squeezed_dom;

typedef struct squeezed {
    size_t first;     /* the first domain that it manages */
    bool running;     /* in rounds */
    uint64_t next_ms; /* when it looks, or the next round is */
    squeezed_dom dom[TRACE_DOMS_MAX];
} squeezed;

static bool is_at(uint64_t a_kb, uint64_t b_kb)
{
    return a_kb > b_kb ? a_kb - b_kb <= INACCURACY_KB
                       : b_kb - a_kb <= INACCURACY_KB;
}

static void watch_progress(squeezed *s, const world *w)
{
    const world_dom *dom;
    squeezed_dom *mine;
    size_t i;

    for (i = s->first; i < w->t->nr_doms; i++) {
        dom = &w->dom[i];
        mine = &s->dom[i];
        if (!mine->in)
            *mine = (squeezed_dom){true, dom->has_kb, w->now_ms, false};
        if ((dom->has_kb > mine->last_kb && dom->target_kb > dom->has_kb) ||
            (dom->has_kb < mine->last_kb && dom->target_kb < dom->has_kb)) {
            mine->progress_ms = w->now_ms;
            mine->stuck = false;
        }
        mine->last_kb = dom->has_kb;
        if (!is_at(dom->has_kb, dom->target_kb) &&
            w->now_ms - mine->progress_ms > STUCK_MS)
            mine->stuck = true;
    }
}

static double gamma_of(const squeezed *s, const world *w)
{
    uint64_t free_kb = w->free_kb, range_kb = 0;
    double gamma;
    size_t i;

    for (i = s->first; i < w->t->nr_doms; i++) {
        if (s->dom[i].stuck)
            continue;
        free_kb += xlmem__sub0(w->dom[i].has_kb,
                               w->t->dom[i].floor_kb + 2 * INACCURACY_KB);
        range_kb += w->t->dom[i].ceiling_kb - w->t->dom[i].floor_kb;
    }
    if (!range_kb)
        return 0;
    gamma = (double)xlmem__sub0(free_kb, FREE_KB) / (double)range_kb;
    return gamma > 1 ? 1 : gamma;
}

/* One round.  Returns whether there is anything left to do; @set: do it. */
static bool iterate(squeezed *s, world *w, bool set)
{
    uint64_t target[TRACE_DOMS_MAX], has;
    bool freeing = false, reached = true, same = true;
    double gamma;
    size_t i;

    watch_progress(s, w);
    gamma = gamma_of(s, w);
    for (i = s->first; i < w->t->nr_doms; i++) {
        const trace_dom *dom = &w->t->dom[i];

        has = w->dom[i].has_kb;
        if (s->dom[i].stuck) {
            target[i] =
                xlmem__min(dom->ceiling_kb,
                           xlmem__max(dom->floor_kb,
                                      xlmem__min(w->dom[i].target_kb, has)));
            continue;
        }
        target[i] =
            dom->floor_kb +
            (uint64_t)(gamma * (double)(dom->ceiling_kb - dom->floor_kb));
        freeing = freeing || (target[i] < has && !is_at(target[i], has));
        reached = reached && is_at(has, w->dom[i].target_kb);
    }
    for (i = s->first; i < w->t->nr_doms; i++) {
        bool frees = target[i] < w->dom[i].has_kb &&
                     !is_at(target[i], w->dom[i].has_kb);

        if (!s->dom[i].stuck && frees != freeing)
            continue;
        same = same && w->dom[i].target_kb == target[i];
        if (set)
            world_set_target(w, i, target[i]);
    }
    return set ? !reached || !same : !same;
}

static void tick(void *state, world *w)
{
    squeezed *s = state;

    if (w->now_ms < s->next_ms)
        return;
    if (!s->running) {
        /* It forgets between its runs who was stuck. */
        for (size_t i = 0; i < TRACE_DOMS_MAX; i++)
            s->dom[i].in = false;
        s->running = iterate(s, w, false);
    }
    if (s->running)
        s->running = iterate(s, w, true);
    s->next_ms = w->now_ms + (s->running ? ROUND_MS : LOOK_MS);
}

static void start_domus(void *state, const world *w)
{
    squeezed *s = state;

    s->first = w->t->dom[0].first ? 1 : 0;
}

const player player_squeezed = {
    .name = "squeezed",
    .state_size = sizeof(squeezed),
    .tick = tick,
};

const player player_squeezed_domus = {
    .name = "squeezed-domus",
    .state_size = sizeof(squeezed),
    .start = start_domus,
    .tick = tick,
};
