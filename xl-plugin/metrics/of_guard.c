/* SPDX-License-Identifier: LGPL-2.1-only */
/* Metrics of the guard, and of what is wrong. */
#include <string.h>

#include "metrics/metrics.h"

void metric_admissions(const metrics_scene *scene, exposition *e)
{
    const xlmem_admissions *a = scene->admissions;
    size_t v, p;

    if (!a)
        return;
    for (v = 0; v < XLMEM_NR_COUNTED; v++)
        for (p = 0; p < XLMEM_NR_PATHS; p++)
            put_count(e, a->nr[v][p],
                      LABELS(xlmem_counted_name((xlmem_counted)v),
                             xlmem_path_name((xlmem_path)p)));
}

/* Each sum that is kept of moves, by what @put does with it. */
static void put_moves(const metrics_scene *scene, exposition *e,
                      void (*put)(exposition *e, const xlmem_moved *moved,
                                  const char *const *labels))
{
    size_t a, w;

    if (!scene->moves)
        return;
    for (a = 0; a < XLMEM_NR_AUTHORS; a++)
        for (w = 0; w < XLMEM_NR_MOVE_WAYS; w++)
            put(e, &scene->moves->of[a][w],
                LABELS(xlmem_author_name((xlmem_author)a),
                       xlmem_move_way_name((xlmem_move_way)w)));
}

static void put_moves_nr(exposition *e, const xlmem_moved *moved,
                         const char *const *labels)
{
    put_count(e, moved->nr, labels);
}

static void put_moves_size(exposition *e, const xlmem_moved *moved,
                           const char *const *labels)
{
    put_kb(e, moved->kb, labels);
}

void metric_moves(const metrics_scene *scene, exposition *e)
{
    put_moves(scene, e, put_moves_nr);
}

void metric_moved(const metrics_scene *scene, exposition *e)
{
    put_moves(scene, e, put_moves_size);
}

void metric_admission_mode(const metrics_scene *scene, exposition *e)
{
    static const xlmem_mode modes[] = {XLMEM_MODE_OFF, XLMEM_MODE_WARN,
                                       XLMEM_MODE_ENFORCE};
    size_t i;

    if (!scene->mode_known)
        return;
    for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        put_count(e, scene->policy->mode == modes[i],
                  LABELS(xlmem_mode_name(modes[i])));
}

/* Which way to start a domain this is. */
static const char *start_path_of(const xlmem_guarded *it)
{
    if (it->kind == XLMEM_GUARDED_XL)
        return "xl";
    if (it->kind == XLMEM_GUARDED_MONITOR)
        return NULL;
    return strcmp(it->name, "xendomains") ? "libvirt" : "xendomains";
}

/* 1 where the guard is in front of all that take the path; no sample where
 * nobody does. */
static void put_guarded_path(const metrics_scene *scene, const char *path,
                             exposition *e)
{
    bool any = false, all = true;
    size_t i;

    for (i = 0; i < scene->nr_guarded; i++) {
        const xlmem_guarded *it = &scene->guarded[i];
        const char *of = start_path_of(it);

        if (!of || strcmp(of, path))
            continue;
        any = true;
        all = all && it->guarded && !it->restart;
    }
    if (any)
        put_count(e, all, LABELS(path));
}

void metric_guarded(const metrics_scene *scene, exposition *e)
{
    put_guarded_path(scene, "xl", e);
    put_guarded_path(scene, "xendomains", e);
    put_guarded_path(scene, "libvirt", e);
}

void metric_monitors(const metrics_scene *scene, exposition *e)
{
    uint64_t nr = 0;
    size_t i;

    if (!scene->live)
        return;
    for (i = 0; i < scene->nr_guarded; i++)
        nr += scene->guarded[i].kind == XLMEM_GUARDED_MONITOR &&
              !scene->guarded[i].guarded;
    put_count(e, nr, NULL);
}

static bool is_counted(const xlmem_finding *a, const xlmem_finding *b)
{
    return !a->swallowed_by && a->severity == b->severity &&
           !strcmp(a->id, b->id);
}

/* The list is short, and has those of an id together only by chance. */
void metric_findings(const metrics_scene *scene, exposition *e)
{
    const xlmem_findings *found = scene->found;
    size_t i, k;

    for (i = 0; i < found->nr; i++) {
        const xlmem_finding *it = &found->list[i];
        uint64_t nr = 0;

        for (k = 0; k < i && !is_counted(&found->list[k], it); k++)
            ;
        if (it->swallowed_by || k < i)
            continue;
        for (; k < found->nr; k++)
            nr += is_counted(&found->list[k], it);
        put_count(e, nr, LABELS(it->id, xlmem_severity_name(it->severity)));
    }
}

void metric_boot(const metrics_scene *scene, exposition *e)
{
    if (scene->boot_known)
        put_count(e, scene->boot_matches, NULL);
}
