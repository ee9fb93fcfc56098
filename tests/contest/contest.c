/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * usage: contest [-l] DIRECTORY [TRACE-FILE...]
 *
 * Plays every trace that is made, and those of the files, with every player.
 * The tables go to stdout, and what was short at each time to
 * DIRECTORY/TRACE.tsv, for plot.awk.  With -l, the optimum of each as a linear
 * program to DIRECTORY/TRACE.lp.  Exit status 1: what was asked for is not so,
 * or a rule of the game is broken.
 */
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "optimum.h"
#include "replay.h"

#define POINTS 300
#define TRACES_MAX 16

static const player *const players[CLAIRVOYANT] = {
    [NOBODY] = &player_nobody,
    [SQUEEZED] = &player_squeezed,
    [SQUEEZED_DOMUS] = &player_squeezed_domus,
    [QMEMMAN] = &player_qmemman,
    [XLMEM] = &player_xlmem,
};

/* What is short, summed over the domains, averaged over a point of the
 * plot. */
typedef struct series {
    uint64_t short_kb_ms[POINTS];
    uint64_t ms[POINTS];
} series;

static void look(void *user, const world *w)
{
    uint64_t end_ms = (uint64_t)w->t->nr_steps * w->t->step_ms;
    size_t point = w->now_ms * POINTS / end_ms, i;
    series *s = user;

    for (i = 0; i < w->t->nr_doms; i++)
        s->short_kb_ms[point] += world_short_kb(w, i) * TICK_MS;
    s->ms[point] += TICK_MS;
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
    for (i = 0; i < CLAIRVOYANT; i++)
        fprintf(file, "\t%s", players[i]->name);
    fprintf(file, "\toptimum\n");
    for (point = 0; point < POINTS; point++) {
        if (!s->ms[point])
            continue;
        fprintf(file, "%.1f",
                (double)point * (double)t->nr_steps * t->step_ms / POINTS /
                    1000);
        for (i = 0; i < NR_CONTESTANTS; i++)
            fprintf(file, "\t%.3f",
                    (double)s[i].short_kb_ms[point] / (double)s[i].ms[point] /
                        (double)GIB_KB);
        fprintf(file, "\n");
    }
    fclose(file);
}

static void find_optimum(optimum *best, const trace *t)
{
    optimum_find(best, t);
    if (best->proven)
        return;
    fprintf(stderr, "%s: the optimum is not proven\n", t->name);
    exit(1);
}

static figures play(const trace *t, const char *dir)
{
    series *s = calloc(NR_CONTESTANTS, sizeof(*s));
    optimum best;
    player clairvoyant;
    figures f;
    size_t i;

    if (!s)
        abort();
    find_optimum(&best, t);
    clairvoyant = replay_of(&best);
    f = (figures){.bound_kb_ms = best.unmet_kb_ms,
                  .bound_moved_kb = best.moved_kb};
    for (i = 0; i < NR_CONTESTANTS; i++)
        f.by[i] = world_play(t, i < CLAIRVOYANT ? players[i] : &clairvoyant,
                             look, &s[i]);
    write_series(t, s, dir);
    optimum_dispose(&best);
    free(s);
    return f;
}

/* The figures of all traces, the last two rows their sums. */
typedef struct contest {
    const char *dir;
    bool lp;
    size_t nr;
    char names[TRACES_MAX][sizeof(((trace *)NULL)->name)];
    figures rows[TRACES_MAX + 2];
    figures all, quick; /* quick: without the day, which outweighs the rest */
} contest;

static void play_one(contest *c, trace *t)
{
    figures *row = &c->rows[c->nr];
    FILE *file;

    if (c->nr == TRACES_MAX) {
        fprintf(stderr, "more than %d traces\n", TRACES_MAX);
        exit(1);
    }
    if (c->lp) {
        file = create(c->dir, t->name, "lp");
        optimum_write(t, file);
        fclose(file);
    }
    memcpy(c->names[c->nr], t->name, sizeof(t->name));
    *row = play(t, c->dir);
    row->name = c->names[c->nr++];
    if (!figures_are_sound(row))
        exit(1);
    figures_add(&c->all, row);
    if (t->step_ms == 1000)
        figures_add(&c->quick, row);
    trace_dispose(t);
}

static void play_made(contest *c)
{
    size_t i;
    trace t;

    for (i = 0; i < nr_trace_kinds; i++) {
        trace_init(&t, trace_kinds[i].name);
        trace_kinds[i].make(&t);
        play_one(c, &t);
    }
}

static bool play_file(contest *c, const char *path)
{
    FILE *file = fopen(path, "r");
    trace t;
    bool ok;

    if (!file) {
        perror(path);
        return false;
    }
    ok = trace_read(&t, file, path);
    fclose(file);
    if (ok)
        play_one(c, &t);
    return ok;
}

int main(int argc, char **argv)
{
    static contest c = {.all.name = "all", .quick.name = "all but days"};
    int arg = 1;

    c.lp = argc > 1 && !strcmp(argv[1], "-l");
    arg += c.lp;
    if (argc <= arg) {
        fprintf(stderr, "usage: contest [-l] DIRECTORY [TRACE-FILE...]\n");
        return 2;
    }
    c.dir = argv[arg++];
    play_made(&c);
    for (; arg < argc; arg++)
        if (!play_file(&c, argv[arg]))
            return 1;
    c.rows[c.nr] = c.all;
    c.rows[c.nr + 1] = c.quick;
    figures_write(stdout, c.rows, c.nr + 2);
    printf("\nWhat was asked for:\n\n");
    return !figures_judge(stdout, &c.all, &c.quick);
}
