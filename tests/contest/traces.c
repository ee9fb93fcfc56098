/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The traces that are made, each from a seed of its own, so that they are the
 * same everywhere and for ever.
 *
 * Every host has dom0 and seven domUs and is sized for nine seconds of ten: in
 * the tenth there is not enough for all, whoever shares it out.  Memory is
 * touched at the rates of programs that do something with it, 64 to 256 MiB a
 * second, and let go at once, as a process does that ends.
 *
 * A balloon moves 512 MiB a second, what libxl's authors saw when they chose
 * its waiting times (Xen commit 0c8d70336b).
 */
#include <string.h>

#include "trace.h"

#define NR_DOMUS 7
#define SPEED_KB_S (512 * MIB_KB)
#define PERCENT 90

/* splitmix64 (public domain algorithm by S. Vigna). */
static uint64_t any(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t between(uint64_t *seed, uint64_t low, uint64_t high)
{
    return low + any(seed) % (high - low + 1);
}

static uint64_t mib(uint64_t *seed, uint64_t low, uint64_t high)
{
    return between(seed, low * MIB_KB, high * MIB_KB);
}

/* What moves towards a level at a rate, and is never quite still: from step to
 * step by a hundredth at most, which makes a standard deviation of 1.2 %. */
typedef struct walk {
    uint64_t now_kb, level_kb, up_kb;
    uint64_t until; /* step at which the next level is chosen */
    int64_t shake_kb;
} walk;

#define DOWN_KB (1024 * MIB_KB)

static uint64_t walk_on(walk *w, uint64_t *seed)
{
    int64_t shake_kb = (int64_t)(w->now_kb / 100);

    if (w->now_kb < w->level_kb)
        w->now_kb = w->level_kb - w->now_kb > w->up_kb ? w->now_kb + w->up_kb
                                                       : w->level_kb;
    else
        w->now_kb = w->now_kb - w->level_kb > DOWN_KB ? w->now_kb - DOWN_KB
                                                      : w->level_kb;
    w->shake_kb = w->shake_kb * 7 / 8 - shake_kb +
                  (int64_t)between(seed, 0, 2 * (uint64_t)shake_kb);
    return (uint64_t)((int64_t)w->now_kb + w->shake_kb);
}

/* dom0 and seven domUs of 4 to 8 GiB.  Own: 64 MiB of kernel and 1/64 of what
 * it was built for: 64 bytes of struct page a page. */
static void add_doms(trace *t)
{
    trace_dom *dom;
    unsigned i;

    for (i = 0; i <= NR_DOMUS; i++) {
        dom = &t->dom[t->nr_doms++];
        snprintf(dom->name, sizeof(dom->name), i ? "domu%u" : "dom0", i);
        dom->first = !i;
        dom->floor_kb = (i ? 512 : 1024) * MIB_KB;
        dom->ceiling_kb = (i % 2 ? 8 : 4) * GIB_KB;
        dom->own_kb = 64 * MIB_KB + dom->ceiling_kb / 64;
        dom->weight = 1;
        dom->speed_kb_s = SPEED_KB_S;
    }
}

/* dom0 at its daily work: a level a minute or two. */
static uint64_t dom0_on(walk *w, size_t step, uint64_t *seed)
{
    if (step >= w->until) {
        w->until = step + between(seed, 60, 120);
        w->level_kb = mib(seed, 900, 1300);
        w->up_kb = 64 * MIB_KB;
    }
    return walk_on(w, seed);
}

/* Services that are busy or not: a new level every two to six minutes. */
static void make_steps(trace *t)
{
    walk w[NR_DOMUS + 1] = {0};
    uint64_t seed = 1;
    trace_need *row;
    size_t step, i;

    add_doms(t);
    for (step = 0; step < 1800; step++) {
        row = trace_add_step(t);
        row[0].used_kb = dom0_on(&w[0], step, &seed);
        for (i = 1; i <= NR_DOMUS; i++) {
            if (step >= w[i].until) {
                w[i].until = step + between(&seed, 120, 360);
                w[i].level_kb = mib(&seed, 300, 3200);
                w[i].up_kb = mib(&seed, 64, 256);
            }
            row[i].used_kb = walk_on(&w[i], &seed);
        }
    }
    trace_size_host(t, PERCENT);
}

/* Up in the hours from and to (of 24, may go round midnight), slopes of one
 * hour, in 1/3600. */
static uint64_t hours(uint64_t second, uint64_t from, uint64_t to)
{
    uint64_t since = (second + 86400 - from * 3600) % 86400;
    uint64_t length = (to + 24 - from) % 24 * 3600;

    if (since < 3600)
        return since;
    if (since < length)
        return 3600;
    return since < length + 3600 ? length + 3600 - since : 0;
}

/* A day, a step every ten seconds: offices by day, reports by night, a shop
 * in the evening; every ten minutes somebody does something by the way. */
static void make_days(trace *t)
{
    static const uint64_t open[] = {0, 8, 7, 9, 8, 22, 1, 15};
    static const uint64_t shut[] = {0, 17, 18, 18, 16, 4, 5, 23};
    walk w[NR_DOMUS + 1] = {0};
    uint64_t seed = 2, base;
    trace_need *row;
    size_t step, i;

    add_doms(t);
    t->step_ms = 10000;
    for (step = 0; step < 8640; step++) {
        row = trace_add_step(t);
        row[0].used_kb = dom0_on(&w[0], step, &seed);
        for (i = 1; i <= NR_DOMUS; i++) {
            if (step >= w[i].until) {
                w[i].until = step + between(&seed, 30, 90);
                w[i].level_kb = mib(&seed, 0, 500);
                w[i].up_kb = 64 * MIB_KB * 10;
            }
            base = 400 * MIB_KB +
                   2200 * MIB_KB * hours(step * 10, open[i], shut[i]) / 3600;
            row[i].used_kb = base + walk_on(&w[i], &seed);
        }
    }
    t->grid = 3;
    trace_size_host(t, PERCENT);
}

/* Heaps that are collected: from what lives up to a limit, and down at once.
 * The limit changes with the load, every three to eight minutes. */
static void make_sawtooth(trace *t)
{
    uint64_t live[NR_DOMUS + 1], now[NR_DOMUS + 1] = {0};
    uint64_t until[NR_DOMUS + 1] = {0}, limit[NR_DOMUS + 1];
    uint64_t rate[NR_DOMUS + 1], seed = 3;
    walk w = {0};
    trace_need *row;
    size_t step, i;

    add_doms(t);
    for (step = 0; step < 1800; step++) {
        row = trace_add_step(t);
        row[0].used_kb = dom0_on(&w, step, &seed);
        for (i = 1; i <= NR_DOMUS; i++) {
            if (step >= until[i]) {
                until[i] = step + between(&seed, 180, 480);
                live[i] = mib(&seed, 300, 1000);
                limit[i] = live[i] + mib(&seed, 300, 2000);
                rate[i] = mib(&seed, 16, 100);
            }
            now[i] += rate[i];
            if (now[i] > limit[i])
                now[i] = live[i];
            row[i].used_kb = now[i];
        }
    }
    trace_size_host(t, PERCENT);
}

/* Three databases whose working set is in the page cache, two guests that
 * read through files once (the world fills their cache, need none of it), two
 * that do both a little. */
static void make_cache(trace *t)
{
    walk used[NR_DOMUS + 1] = {0}, hot[NR_DOMUS + 1] = {0};
    uint64_t seed = 4;
    trace_need *row;
    size_t step, i;

    add_doms(t);
    for (step = 0; step < 1800; step++) {
        row = trace_add_step(t);
        row[0].used_kb = dom0_on(&used[0], step, &seed);
        row[0].hot_kb = 100 * MIB_KB;
        for (i = 1; i <= NR_DOMUS; i++) {
            if (step >= used[i].until) {
                used[i].until = hot[i].until = step + between(&seed, 180, 420);
                used[i].level_kb = mib(&seed, 300, i > 5 ? 2000 : 700);
                hot[i].level_kb = i < 4 ? mib(&seed, 300, 2600)
                                        : mib(&seed, 10, i < 6 ? 50 : 600);
                used[i].up_kb = 128 * MIB_KB;
                hot[i].up_kb = 64 * MIB_KB;
            }
            row[i].used_kb = walk_on(&used[i], &seed);
            row[i].hot_kb = walk_on(&hot[i], &seed);
        }
    }
    trace_size_host(t, PERCENT);
}

/* Idle for minutes, then one to four GiB for half a minute to two. */
static void make_batch(trace *t)
{
    walk w[NR_DOMUS + 1] = {0};
    bool busy[NR_DOMUS + 1] = {false};
    uint64_t seed = 5;
    trace_need *row;
    size_t step, i;

    add_doms(t);
    for (step = 0; step < 1800; step++) {
        row = trace_add_step(t);
        row[0].used_kb = dom0_on(&w[0], step, &seed);
        for (i = 1; i <= NR_DOMUS; i++) {
            if (step >= w[i].until) {
                busy[i] = w[i].until && !busy[i];
                w[i].until = step + (busy[i] ? between(&seed, 30, 120)
                                             : between(&seed, 60, 400));
                w[i].level_kb =
                    busy[i] ? mib(&seed, 1000, 4000) : mib(&seed, 200, 400);
                w[i].up_kb = mib(&seed, 100, 256);
            }
            row[i].used_kb = walk_on(&w[i], &seed);
        }
    }
    trace_size_host(t, PERCENT);
}

/* A host comes up: its guests start within a minute, each takes two to three
 * times for its start what it settles at; dom0 is busy with them. */
static void make_stampede(trace *t)
{
    uint64_t seed = 6, start[NR_DOMUS + 1], calm[NR_DOMUS + 1];
    walk w[NR_DOMUS + 1] = {0};
    trace_need *row;
    size_t step, i;

    add_doms(t);
    for (i = 1; i <= NR_DOMUS; i++) {
        start[i] = between(&seed, 10, 70);
        calm[i] = start[i] + between(&seed, 60, 150);
        w[i].up_kb = mib(&seed, 100, 200);
    }
    w[0].up_kb = 64 * MIB_KB;
    for (step = 0; step < 900; step++) {
        row = trace_add_step(t);
        w[0].level_kb = (step < 150 ? 2000 : 1000) * MIB_KB;
        row[0].used_kb = walk_on(&w[0], &seed);
        for (i = 1; i <= NR_DOMUS; i++) {
            if (step == start[i])
                w[i].level_kb = mib(&seed, 1500, 3000);
            if (step >= calm[i]) {
                calm[i] = step + between(&seed, 100, 300);
                w[i].level_kb = mib(&seed, 500, 1300);
            }
            row[i].used_kb = walk_on(&w[i], &seed);
        }
    }
    trace_size_host(t, PERCENT);
}

const trace_kind trace_kinds[] = {
    {"steps", "services, busy or not", make_steps},
    {"days", "offices, night jobs, a shop: 24 hours", make_days},
    {"sawtooth", "garbage-collected heaps", make_sawtooth},
    {"cache", "working sets in the page cache", make_cache},
    {"batch", "bursts of half a minute to two", make_batch},
    {"stampede", "all guests after a reboot of the host", make_stampede},
};

const size_t nr_trace_kinds = sizeof(trace_kinds) / sizeof(trace_kinds[0]);
