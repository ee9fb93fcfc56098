/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Metrics of each domain: at most 9 series, 8 sizes and a state.  Of 1000
 * domUs with uuids and all of these that is 1 MB of text.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/metrics.h"
#include "private/advice.h"

#define NAME_ROOM 32

/* A domain's name; "(id 7)" where it is not known.  Any bytes. */
static const char *name_of(const xlmem_dom *dom, char buf[NAME_ROOM])
{
    if (dom->name)
        return dom->name;
    snprintf(buf, NAME_ROOM, "(id %" PRIu64 ")", dom->domid);
    return buf;
}

/* ----------------------------------------------- who is told by a name --- */

typedef struct candidate {
    const xlmem_dom *dom;
    char *label; /* owned; as it is written */
} candidate;

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    int by = strcmp(a->dom->uuid, b->dom->uuid);

    if (!by)
        by = strcmp(a->label, b->label);
    if (!by) /* the youngest first */
        by = a->dom->domid < b->dom->domid ? 1 : -1;
    return by;
}

static bool are_alike(const candidate *a, const candidate *b)
{
    return !strcmp(a->dom->uuid, b->dom->uuid) && !strcmp(a->label, b->label);
}

static int list_candidates(const xlmem_host *host, candidate *list,
                           size_t *nr_r)
{
    char buf[NAME_ROOM];
    size_t i;

    for (i = *nr_r = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (dom->dying)
            continue;
        list[*nr_r].dom = dom;
        list[*nr_r].label = exposition_label(name_of(dom, buf));
        if (!list[(*nr_r)++].label)
            return XLMEM_ERROR_NOMEM;
    }
    return 0;
}

int metrics_named(const xlmem_host *host, bool **named_r)
{
    candidate *list = calloc(host->nr_doms + 1, sizeof(*list));
    bool *named = calloc(host->nr_doms + 1, sizeof(*named));
    size_t i, nr = 0;
    int rc =
        list && named ? list_candidates(host, list, &nr) : XLMEM_ERROR_NOMEM;

    if (!rc && nr)
        qsort(list, nr, sizeof(*list), compare_candidates);
    for (i = 0; !rc && i < nr; i++)
        if (!i || !are_alike(&list[i - 1], &list[i]))
            named[list[i].dom - host->doms] = true;
    for (i = 0; i < nr; i++)
        free(list[i].label);
    free(list);
    if (rc)
        free(named);
    else
        *named_r = named;
    return rc;
}

/* ------------------------------------------------------------- sizes --- */

/* What would be taken of Xen to have it here: see xlmem_takes_of. */
static bool need_of_running(const xlmem_host *host, const xlmem_dom *dom,
                            uint64_t *kb_r)
{
    uint64_t dom0_kb;

    if (!dom->domid || dom->type == XLMEM_DOM_UNKNOWN ||
        !XLMEM_KNOWS(dom, tot_kb))
        return false;
    xlmem_takes_of(host, dom, kb_r, &dom0_kb);
    return true;
}

static void put_dom_sizes(const metrics_scene *scene, const xlmem_dom *dom,
                          exposition *e)
{
    const char *uuid = dom->uuid, *name;
    char buf[NAME_ROOM];
    uint64_t kb;

    name = name_of(dom, buf);
    PUT_FACT_KB(e, dom, tot_kb, name, uuid, "current");
    PUT_FACT_KB(e, dom, target_kb, name, uuid, "target");
    if (xlmem__is_limit(dom->maxmem_kb))
        PUT_FACT_KB(e, dom, maxmem_kb, name, uuid, "maximum");
    if (xlmem__is_limit(dom->static_max_kb))
        PUT_FACT_KB(e, dom, static_max_kb, name, uuid, "static_max");
    PUT_FACT_KB(e, dom, dynamic_min_kb, name, uuid, "dynamic_min");
    PUT_FACT_KB(e, dom, paging_kb, name, uuid, "paging");
    if (need_of_running(scene->host, dom, &kb))
        put_kb(e, kb, LABELS(name, uuid, "need"));
    PUT_FACT_KB(e, dom, demand_kb, name, uuid, "demand");
}

void metric_domain_memory(const metrics_scene *scene, exposition *e)
{
    size_t i;

    for (i = 0; scene->domains && i < scene->host->nr_doms; i++)
        if (scene->named[i])
            put_dom_sizes(scene, &scene->host->doms[i], e);
}

/* ------------------------------------------------------------ states --- */

/* The one that it is in: four more would say nothing else, and are a third of
 * all that a host has. */
void metric_domain_balloon(const metrics_scene *scene, exposition *e)
{
    char buf[NAME_ROOM];
    size_t i;

    for (i = 0; scene->domains && i < scene->host->nr_doms; i++) {
        const xlmem_dom *dom = &scene->host->doms[i];
        const char *state = balloon_state_name(scene->balloons[i]);

        if (scene->named[i] && state)
            put_count(e, 1, LABELS(name_of(dom, buf), dom->uuid, state));
    }
}
