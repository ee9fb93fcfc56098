/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A host on which a trace is played: balloons with a speed, guests' kernels as
 * far as they tell of their memory, and a player who sets targets.
 *
 * Time goes in ticks of 100 ms.  In each, in this order: the needs are those
 * of the trace's step; every balloon moves towards its target at its speed,
 * upwards only into what Xen had free; what is short is counted; the kernels'
 * figures are taken; the player sees those of the tick before (a report is
 * 100 ms on its way) and sets targets.
 *
 * The same for every player: pages that a domain lacks are swapped out or
 * dropped, the working set in the page cache first, and come back as soon as
 * there is room.  Idle memory fills with cache at 100 MiB a second.
 */
#ifndef XLMEM_CONTEST_WORLD_H
#define XLMEM_CONTEST_WORLD_H

#include "trace.h"

#define TICK_MS 100

/* What Xen has beyond the pool: the 72 MiB that squeezed keeps and our guard
 * (64 MiB at which Xen raises its low-memory interrupt, and 8). */
#define HEADROOM_KB (72 * MIB_KB)

/* What a guest's kernel says of itself. */
typedef struct meminfo {
    uint64_t total_kb, free_kb, available_kb, cached_kb;
    uint64_t swap_total_kb, swap_used_kb;
    uint64_t some_us, full_us; /* of pressure/memory, total */
} meminfo;

typedef struct world_dom {
    uint64_t has_kb, target_kb;
    uint64_t cold_kb;    /* cache that nobody needs */
    meminfo now, seen;   /* of this tick, of the last */
    uint64_t stalled_us; /* all of its time so far */
    uint64_t short_ms;   /* of the present time of being short */
} world_dom;

/* What is measured.  GiB seconds are kept as kB ms. */
typedef struct score {
    uint64_t unmet_kb_ms;
    uint64_t moved_kb;       /* by balloons, either way */
    uint64_t below_kb_ms;    /* below the domain's floor */
    uint64_t lowest_free_kb; /* of Xen */
    uint64_t reliefs;        /* times that a domain was 16 MiB short */
    uint64_t relief_ms;      /* and how long until it was not, in sum */
    uint64_t longest_ms;
} score;

typedef struct world {
    const trace *t;
    const struct player *player;
    uint64_t now_ms;
    uint64_t free_kb;
    world_dom dom[TRACE_DOMS_MAX];
    score score;
} world;

typedef struct player {
    const char *name;
    const void *setup;
    size_t state_size; /* of what it is given, zeroed */
    void (*start)(void *state, const world *w);
    void (*tick)(void *state, world *w);
    void (*stop)(void *state);
} player;

extern const player player_nobody, player_squeezed, player_squeezed_domus,
    player_qmemman, player_xlmem;

void world_set_target(world *w, size_t dom, uint64_t kb);

/* What is looked at while a trace is played; may be NULL. */
typedef void world_look(void *user, const world *w);

/* Play it to its end. */
score world_play(const trace *t, const player *p, world_look *look,
                 void *user);

/* What the domain lacks now. */
uint64_t world_short_kb(const world *w, size_t dom);

#endif /* XLMEM_CONTEST_WORLD_H */
