/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * usage: contest [-l] DIRECTORY [TRACE-FILE...]
 *
 * Plays every trace that is made, and those of the files, with every player.
 * The table goes to stdout, and what was short at each time to
 * DIRECTORY/TRACE.tsv, for plot.awk.  With -l, the optimum of each as a linear
 * program to DIRECTORY/TRACE.lp.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "optimum.h"
#include "replay.h"

#define POINTS 300
#define GIB_S (1000.0 * (double)GIB_KB)

static const player *const players[] = {
    &player_nobody,  &player_squeezed, &player_squeezed_domus,
    &player_qmemman, &player_xlmem,
};
#define NR_PLAYERS (sizeof(players) / sizeof(players[0]))

/* What is short, summed over the domains, averaged over a point of the plot. */
typedef struct series {
    size_t nr;
    uint64_t short_kb_ms[POINTS];
    uint64_t ms[POINTS];
} series;

typedef struct result {
    score by[NR_PLAYERS];
    uint64_t bound_kb_ms, bound_moved_kb;
} result;

static void look(void *user, const world *w)
{
    uint64_t end_ms = (uint64_t)w->t->nr_steps * w->t->step_ms;
    size_t point = w->now_ms * POINTS / end_ms, i;
    series *s = user;

    for (i = 0; i < w->t->nr_doms; i++)
        s->short_kb_ms[point] += world_short_kb(w, i) * TICK_MS;
    s->ms[point] += TICK_MS;
}

static void show(const char *on, const char *who, const score *s,
                 uint64_t bound)
{
    printf("| %s | %s | %.1f | %.2f | %.1f | %.1f | %" PRIu64
           " | %.1f | %.0f | %.0f |\n",
           on, who, (double)s->unmet_kb_ms / GIB_S,
           bound ? (double)s->unmet_kb_ms / (double)bound : 0,
           (double)s->moved_kb / (double)GIB_KB,
           (double)s->below_kb_ms / GIB_S, s->reliefs,
           s->reliefs ? (double)s->relief_ms / 1000 / (double)s->reliefs : 0,
           (double)s->longest_ms / 1000,
           (double)s->lowest_free_kb / (double)MIB_KB);
}

static FILE *create(const char *directory, const char *name, const char *end)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.%s", directory, name, end);
    file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static void write_series(const trace *t, const series *s, const char *dir)
{
    FILE *file = create(dir, t->name, "tsv");
    size_t point, i;

    fprintf(file, "seconds");
    for (i = 0; i < NR_PLAYERS; i++)
        fprintf(file, "\t%s", players[i]->name);
    fprintf(file, "\toptimum\n");
    for (point = 0; point < POINTS; point++) {
        if (!s->ms[point])
            continue;
        fprintf(file, "%.1f",
                (double)point * (double)t->nr_steps * t->step_ms / POINTS /
                    1000);
        for (i = 0; i <= NR_PLAYERS; i++)
            fprintf(file, "\t%.3f",
                    (double)s[i].short_kb_ms[point] / (double)s[i].ms[point] /
                        (double)GIB_KB);
        fprintf(file, "\n");
    }
    fclose(file);
}

static void play(const trace *t, const char *dir, result *r)
{
    series *s = calloc(NR_PLAYERS + 1, sizeof(*s));
    optimum best;
    score replayed;
    player clairvoyant;
    size_t i;

    if (!s)
        abort();
    optimum_find(&best, t);
    if (!best.proven) {
        fprintf(stderr, "%s: the optimum is not proven\n", t->name);
        exit(1);
    }
    for (i = 0; i < NR_PLAYERS; i++) {
        r->by[i] = world_play(t, players[i], look, &s[i]);
        show(t->name, players[i]->name, &r->by[i], best.unmet_kb_ms);
    }
    clairvoyant = replay_of(&best);
    replayed = world_play(t, &clairvoyant, look, &s[NR_PLAYERS]);
    show(t->name, clairvoyant.name, &replayed, best.unmet_kb_ms);
    printf("| %s | the bound | %.1f | 1.00 | %.1f | | | | | |\n", t->name,
           (double)best.unmet_kb_ms / GIB_S,
           (double)best.moved_kb / (double)GIB_KB);
    r->bound_kb_ms = best.unmet_kb_ms;
    r->bound_moved_kb = best.moved_kb;
    write_series(t, s, dir);
    optimum_dispose(&best);
    free(s);
}

static void add(result *sum, const result *r)
{
    size_t i;

    for (i = 0; i < NR_PLAYERS; i++) {
        score *s = &sum->by[i];

        s->unmet_kb_ms += r->by[i].unmet_kb_ms;
        s->moved_kb += r->by[i].moved_kb;
        s->below_kb_ms += r->by[i].below_kb_ms;
        s->reliefs += r->by[i].reliefs;
        s->relief_ms += r->by[i].relief_ms;
        if (s->longest_ms < r->by[i].longest_ms)
            s->longest_ms = r->by[i].longest_ms;
        if (!s->lowest_free_kb || s->lowest_free_kb > r->by[i].lowest_free_kb)
            s->lowest_free_kb = r->by[i].lowest_free_kb;
    }
    sum->bound_kb_ms += r->bound_kb_ms;
    sum->bound_moved_kb += r->bound_moved_kb;
}

static void show_sum(const char *name, const result *sum)
{
    size_t i;

    for (i = 0; i < NR_PLAYERS; i++)
        show(name, players[i]->name, &sum->by[i], sum->bound_kb_ms);
    printf("| %s | the bound | %.1f | 1.00 | %.1f | | | | | |\n", name,
           (double)sum->bound_kb_ms / GIB_S,
           (double)sum->bound_moved_kb / (double)GIB_KB);
}

static void one(trace *t, const char *dir, bool lp, result sums[2])
{
    result r;
    FILE *file;

    if (lp) {
        file = create(dir, t->name, "lp");
        optimum_write(t, file);
        fclose(file);
    }
    play(t, dir, &r);
    add(&sums[0], &r);
    if (t->step_ms == 1000)
        add(&sums[1], &r);
    trace_dispose(t);
}

int main(int argc, char **argv)
{
    result sums[2] = {0};
    bool lp = argc > 1 && !strcmp(argv[1], "-l");
    FILE *file;
    trace t;
    size_t i;
    int arg = lp ? 2 : 1;

    if (argc <= arg) {
        fprintf(stderr, "usage: contest [-l] DIRECTORY [TRACE-FILE...]\n");
        return 2;
    }
    printf("| trace | player | unmet GiB s | of the bound | moved GiB "
           "| below floors GiB s | times short | relief s | longest s "
           "| least free MiB |\n"
           "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (i = 0; i < nr_trace_kinds; i++) {
        trace_init(&t, trace_kinds[i].name);
        trace_kinds[i].make(&t);
        one(&t, argv[arg], lp, sums);
    }
    for (i = (size_t)arg + 1; i < (size_t)argc; i++) {
        file = fopen(argv[i], "r");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        if (!trace_read(&t, file, argv[i]))
            return 1;
        fclose(file);
        one(&t, argv[arg], lp, sums);
    }
    show_sum("all", &sums[0]);
    show_sum("all but days", &sums[1]);
    return 0;
}
