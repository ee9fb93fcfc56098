/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Room for a create: from the largest giver first, or from all by the rule.
 *
 * On random hosts guests that opted in have to give a part of what they have
 * above their floors.  Balloons move beside each other, RATE_KB a second each
 * (tests/contest/world.h); one that sticks gives nothing, is set aside after
 * PATIENCE_MS (model/tracker.h), and what it lacks is asked of the others by
 * the same order.  A guest's use lies anywhere between its floor and its
 * target: what is taken below it, it swaps.
 *
 *     room | column -t
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/givers.h"
#include "model/share.h"

#define RATE_KB (UINT64_C(512) << 10)
#define PATIENCE_MS 5000
#define GUESTS_MOST 64
#define HOSTS 2000
#define MIB UINT64_C(1024)
#define LEAST_MOVE_KB 1024

typedef struct guest {
    uint64_t floor_kb, use_kb, target_kb, give_kb;
    bool stuck;
} guest;

typedef struct host {
    size_t nr;
    guest guests[GUESTS_MOST];
} host;

/* What is made of @host: each one's give_kb.  @need_kb is there. */
typedef void rule_fn(host *h, uint64_t need_kb);

static uint64_t seed = 4711;

static uint64_t random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

static uint64_t may_give_kb(const guest *g)
{
    return g->target_kb - g->floor_kb;
}

static void make_room_host(host *h, size_t nr)
{
    size_t i;

    h->nr = nr;
    for (i = 0; i < nr; i++) {
        guest *g = &h->guests[i];

        *g = (guest){.target_kb = (512 + random_below(7680)) * MIB};
        g->floor_kb = g->target_kb / 4 + random_below(g->target_kb / 2);
        g->use_kb = g->floor_kb + random_below(may_give_kb(g));
    }
}

/* As model/admit.c. */
static void largest_first(host *h, uint64_t need_kb)
{
    static xlmem__givers givers;
    static xlmem_dom doms[GUESTS_MOST];
    size_t i;

    xlmem__givers_init(&givers);
    for (i = 0; i < h->nr; i++) {
        h->guests[i].give_kb = 0;
        if (!h->guests[i].stuck)
            xlmem__givers_add(&givers, &doms[i], may_give_kb(&h->guests[i]));
    }
    xlmem__givers_sort(&givers);
    for (i = 0; i < givers.nr && need_kb; i++) {
        guest *g = &h->guests[givers.list[i].dom - doms];

        g->give_kb = may_give_kb(g) < need_kb ? may_give_kb(g) : need_kb;
        need_kb -= g->give_kb;
    }
}

/* Demands are what is used (@known), or not known: then they are the floors.
 * Nobody grows. */
static void by_share(host *h, uint64_t need_kb, bool known)
{
    static xlmem__cup cups[GUESTS_MOST];
    static uint64_t followers[GUESTS_MOST];
    xlmem__share_room room = {.cups = cups, .followers = followers};
    xlmem__share list[GUESTS_MOST];
    uint64_t pool_kb = 0;
    size_t i;

    for (i = 0; i < h->nr; i++) {
        const guest *g = &h->guests[i];
        const uint64_t least_kb = g->stuck ? g->target_kb : g->floor_kb;

        list[i] = (xlmem__share){.floor_kb = least_kb,
                                 .demand_kb =
                                     known && !g->stuck ? g->use_kb : least_kb,
                                 .ceiling_kb = g->target_kb,
                                 .weight = XLMEM__WEIGHT_USUAL};
        pool_kb += g->target_kb;
    }
    xlmem__share_out(list, h->nr, pool_kb - need_kb, &room);
    for (i = 0; i < h->nr; i++)
        h->guests[i].give_kb = h->guests[i].target_kb - list[i].target_kb;
}

static void share_blind(host *h, uint64_t need_kb)
{
    by_share(h, need_kb, false);
}

static void share_known(host *h, uint64_t need_kb)
{
    by_share(h, need_kb, true);
}

typedef struct figures {
    uint64_t moved, unfair, swapped_kb, ms, ms_stuck, lost_kb;
    double held; /* parts of what all had above their floors, summed up */
} figures;

static uint64_t slowest_ms(const host *h)
{
    uint64_t most_kb = 0;
    size_t i;

    for (i = 0; i < h->nr; i++)
        if (h->guests[i].give_kb > most_kb)
            most_kb = h->guests[i].give_kb;
    return most_kb * 1000 / RATE_KB;
}

/* Who is at his floor while another keeps half of what he could give. */
static bool is_unfair(const host *h)
{
    bool floored = false, keeps = false;
    size_t i;

    for (i = 0; i < h->nr; i++) {
        const guest *g = &h->guests[i];

        floored |= g->give_kb == may_give_kb(g);
        keeps |= g->give_kb < may_give_kb(g) / 2;
    }
    return floored && keeps;
}

/* What those have above their floors who were asked, of what all have: who is
 * owed something gives nothing to others until it is paid. */
static double held_part(const host *h)
{
    uint64_t held_kb = 0, all_kb = 0;
    size_t i;

    for (i = 0; i < h->nr; i++) {
        const guest *g = &h->guests[i];

        all_kb += may_give_kb(g);
        held_kb += g->give_kb >= LEAST_MOVE_KB ? may_give_kb(g) : 0;
    }
    return (double)held_kb / (double)all_kb;
}

static void count_plan(const host *h, figures *f)
{
    size_t i;

    for (i = 0; i < h->nr; i++) {
        const guest *g = &h->guests[i];
        const uint64_t left_kb = g->target_kb - g->give_kb;

        f->moved += g->give_kb >= LEAST_MOVE_KB;
        f->swapped_kb += left_kb < g->use_kb ? g->use_kb - left_kb : 0;
    }
    f->held += held_part(h);
    f->unfair += is_unfair(h);
    f->ms += slowest_ms(h);
}

/* The one that was asked for most sticks: the worst that can happen. */
static void count_stuck(const host *h, rule_fn *rule, figures *f)
{
    host again = *h;
    size_t i, worst = 0;
    uint64_t lost_kb;

    for (i = 1; i < h->nr; i++)
        if (h->guests[i].give_kb > h->guests[worst].give_kb)
            worst = i;
    lost_kb = h->guests[worst].give_kb;
    again.guests[worst].stuck = true;
    for (i = 0; i < h->nr; i++)
        if (i != worst)
            again.guests[i].target_kb -= h->guests[i].give_kb;
    f->lost_kb += lost_kb;
    rule(&again, lost_kb);
    f->ms_stuck += PATIENCE_MS + slowest_ms(&again);
}

static double mean(uint64_t sum)
{
    return (double)sum / HOSTS;
}

static void play_room(size_t nr, unsigned percent, const char *name,
                      rule_fn *rule)
{
    figures f = {.moved = 0};
    host h;
    size_t n, i;

    seed = 4711;
    for (n = 0; n < HOSTS; n++) {
        uint64_t sum_kb = 0;

        make_room_host(&h, nr);
        for (i = 0; i < nr; i++)
            sum_kb += may_give_kb(&h.guests[i]);
        rule(&h, sum_kb / 100 * percent);
        count_plan(&h, &f);
        count_stuck(&h, rule, &f);
    }
    printf("| %zu | %u | %s | %.1f | %.0f | %.1f | %.0f | %.1f | %.1f | %.0f "
           "|\n",
           nr, percent, name, mean(f.moved), 100 * f.held / HOSTS,
           100 * mean(f.unfair), mean(f.swapped_kb) / MIB, mean(f.ms) / 1000,
           mean(f.ms_stuck) / 1000, mean(f.lost_kb) / MIB);
}

int main(void)
{
    static const size_t sizes[] = {3, 10, 60};
    static const unsigned percents[] = {5, 20, 45};
    size_t i, j;

    puts(
        "| guests | % asked | order | balloons | held, % | unfair, % of hosts "
        "| swapped, MiB | s to the room | s, one sticks | it withholds, MiB "
        "|");
    puts("|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|");
    for (i = 0; i < 3; i++)
        for (j = 0; j < 3; j++) {
            play_room(sizes[i], percents[j], "largest first", largest_first);
            play_room(sizes[i], percents[j], "rule, no demands", share_blind);
            play_room(sizes[i], percents[j], "rule, demands", share_known);
        }
    return 0;
}
