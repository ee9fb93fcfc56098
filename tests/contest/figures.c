/* SPDX-License-Identifier: LGPL-2.1-only */
#include "figures.h"

#include <inttypes.h>

#include "model/checked.h"

#define GIB_S (1000.0 * (double)GIB_KB)

void figures_add(figures *sum, const figures *f)
{
    size_t i;

    for (i = 0; i < NR_CONTESTANTS; i++) {
        score *s = &sum->by[i];
        const score *more = &f->by[i];

        s->unmet_kb_ms += more->unmet_kb_ms;
        s->moved_kb += more->moved_kb;
        s->below_kb_ms += more->below_kb_ms;
        s->reliefs += more->reliefs;
        s->relief_ms += more->relief_ms;
        s->longest_ms = xlmem__max(s->longest_ms, more->longest_ms);
        if (!s->lowest_free_kb || s->lowest_free_kb > more->lowest_free_kb)
            s->lowest_free_kb = more->lowest_free_kb;
    }
    sum->bound_kb_ms += f->bound_kb_ms;
    sum->bound_moved_kb += f->bound_moved_kb;
}

static double ratio(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static void write_unmet(FILE *file, const figures *f)
{
    size_t i;

    fprintf(file, "| %s |", f->name);
    for (i = 0; i < NR_CONTESTANTS; i++)
        fprintf(file, " %.1f |", (double)f->by[i].unmet_kb_ms / GIB_S);
    fprintf(file, " %.1f | %.2f |\n", (double)f->bound_kb_ms / GIB_S,
            ratio(f->by[XLMEM].unmet_kb_ms, f->bound_kb_ms));
}

static double relief_s(const score *s)
{
    return ratio(s->relief_ms, s->reliefs) / 1000;
}

static void write_rest(FILE *file, const figures *f)
{
    const score *peer = &f->by[QMEMMAN], *ours = &f->by[XLMEM];

    fprintf(file,
            "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.0f "
            "| %.0f | %" PRIu64 " | %" PRIu64 " |\n",
            f->name, (double)peer->moved_kb / (double)GIB_KB,
            (double)ours->moved_kb / (double)GIB_KB,
            (double)f->bound_moved_kb / (double)GIB_KB,
            (double)peer->below_kb_ms / GIB_S,
            (double)ours->below_kb_ms / GIB_S, relief_s(peer), relief_s(ours),
            (double)peer->longest_ms / 1000, (double)ours->longest_ms / 1000,
            peer->lowest_free_kb / MIB_KB, ours->lowest_free_kb / MIB_KB);
}

void figures_write(FILE *file, const figures *list, size_t nr)
{
    size_t i;

    fprintf(file, "Unmet demand, GiB seconds:\n\n"
                  "| trace | nobody | squeezed | squeezed-domus | qmemman "
                  "| **xlmem** | clairvoyant | bound | xlmem / bound |\n"
                  "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (i = 0; i < nr; i++)
        write_unmet(file, &list[i]);
    fprintf(file,
            "\nMoved by balloons in both directions, GiB; and what else was "
            "measured:\n\n"
            "| trace | moved: qmemman | moved: **xlmem** | moved: bound "
            "| below floors, GiB s: qmemman | xlmem | short for, s: qmemman "
            "| xlmem | longest, s: qmemman | xlmem "
            "| least free in Xen, MiB: qmemman | xlmem |\n"
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (i = 0; i < nr; i++)
        write_rest(file, &list[i]);
}

/* Of those that are published the one with less unmet demand. */
static const score *better_peer(const figures *f)
{
    const score *peer = &f->by[SQUEEZED];
    size_t i;

    for (i = SQUEEZED_DOMUS; i <= QMEMMAN; i++)
        if (f->by[i].unmet_kb_ms < peer->unmet_kb_ms)
            peer = &f->by[i];
    return peer;
}

/* Of what was asked for: what ours has in parts of what @of has. */
typedef struct claim {
    const char *text;
    double most;
    double (*ours)(const figures *f);
} claim;

static double unmet_to_peer(const figures *f)
{
    return ratio(f->by[XLMEM].unmet_kb_ms, better_peer(f)->unmet_kb_ms);
}

static double unmet_to_bound(const figures *f)
{
    return ratio(f->by[XLMEM].unmet_kb_ms, f->bound_kb_ms);
}

static double moved_to_peer(const figures *f)
{
    return ratio(f->by[XLMEM].moved_kb, better_peer(f)->moved_kb);
}

static const claim claims[] = {
    {"unmet demand, of the better peer's", 0.5, unmet_to_peer},
    {"unmet demand, of the bound", 1.25, unmet_to_bound},
    {"moved, of what the better peer moves", 1, moved_to_peer},
};

bool figures_judge(FILE *file, const figures *all, const figures *some)
{
    const claim *c;
    bool so = true;

    fprintf(file,
            "| xlmem has | asked for: at most | %s | %s |\n"
            "|---|--:|--:|--:|\n",
            all->name, some->name);
    for (c = claims; c < claims + sizeof(claims) / sizeof(claims[0]); c++) {
        fprintf(file, "| %s | %.2f | %.3f | %.3f |\n", c->text, c->most,
                c->ours(all), c->ours(some));
        so = so && c->ours(all) <= c->most;
    }
    return so;
}

bool figures_are_sound(const figures *f)
{
    bool sound = true;
    size_t i;

    for (i = 0; i < NR_CONTESTANTS; i++)
        sound = sound && f->by[i].unmet_kb_ms >= f->bound_kb_ms;
    if (!sound)
        fprintf(stderr, "%s: somebody beats the optimum\n", f->name);
    if (!f->by[XLMEM].below_kb_ms && !f->by[CLAIRVOYANT].below_kb_ms &&
        f->by[XLMEM].lowest_free_kb >= HEADROOM_KB)
        return sound;
    fprintf(stderr, "%s: a floor or headroom is not kept\n", f->name);
    return false;
}
