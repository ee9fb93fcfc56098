/* SPDX-License-Identifier: LGPL-2.1-only */
/* Metrics of dom0: its sizes, its kernel's free lists, its pressure. */
#include <inttypes.h>

#include "metrics/metrics.h"

#define US UINT64_C(1000000)

/* What reservations may yet cost dom0.  False: of one that is not known. */
static bool sum_promised_kb(const xlmem_host *host, uint64_t *kb_r)
{
    size_t i;

    *kb_r = 0;
    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];

        if (!XLMEM_KNOWS(res, dom0_need_kb) ||
            __builtin_add_overflow(*kb_r, res->dom0_need_kb, kb_r))
            return false;
    }
    return true;
}

void metric_dom0_memory(const metrics_scene *scene, exposition *e)
{
    const xlmem_dom0 *dom0 = &scene->host->dom0;
    const xlmem_dom *dom = xlmem_host_find_dom(scene->host, 0);
    uint64_t kb;

    PUT_FACT_KB(e, dom0, mem_total_kb, "total");
    PUT_FACT_KB(e, dom0, mem_available_kb, "available");
    PUT_FACT_KB(e, dom0, balloon_target_kb, "target");
    if (dom && xlmem__is_limit(dom->maxmem_kb))
        PUT_FACT_KB(e, dom, maxmem_kb, "maximum");
    if (scene->account)
        PUT_FACT_KB(e, scene->account, dom0_floor_kb, "floor");
    if (scene->mode_known)
        put_kb(e, scene->policy->dom0_reserve_kb, LABELS("reserve"));
    PUT_FACT_KB(e, dom0, committed_as_kb, "committed");
    if ((scene->live || scene->host->nr_reservations) &&
        sum_promised_kb(scene->host, &kb))
        put_kb(e, kb, LABELS("promised"));
}

void metric_dom0_blocks(const metrics_scene *scene, exposition *e)
{
    char node[24], order[24];
    size_t i, o;

    for (i = 0; i < scene->vitals->nr_zones; i++) {
        const xlmem_vitals_zone *zone = &scene->vitals->zones[i];

        if (!XLMEM_KNOWS(zone, nr_orders))
            continue;
        snprintf(node, sizeof(node), "%" PRIu64, zone->node);
        for (o = 0; o < zone->nr_orders && o < XLMEM_NR_ORDERS; o++) {
            snprintf(order, sizeof(order), "%zu", o);
            put_count(e, zone->free_blocks[o],
                      LABELS(node, zone->name, order));
        }
    }
}

static void put_thousandths(exposition *e, uint64_t pm,
                            const char *const *labels)
{
    exposition_put(e,
                   (metric_value){.whole = pm / 1000,
                                  .millionths = (uint32_t)(pm % 1000) * 1000},
                   labels);
}

void metric_dom0_fragmentation(const metrics_scene *scene, exposition *e)
{
    char order[24];
    size_t o;

    /* Of order 0 all that is free is of use. */
    for (o = 1; o < XLMEM_NR_ORDERS; o++) {
        const xlmem_fragmentation *f = &scene->fragmentation[o];

        snprintf(order, sizeof(order), "%zu", o);
        if (f->known)
            put_thousandths(e, f->unusable_pm, LABELS(order, "unusable"));
        if (f->known && f->fails)
            put_thousandths(e, f->external_pm, LABELS(order, "external"));
    }
}

static void put_us(exposition *e, uint64_t us, const char *const *labels)
{
    exposition_put(
        e, (metric_value){.whole = us / US, .millionths = (uint32_t)(us % US)},
        labels);
}

void metric_dom0_stalled(const metrics_scene *scene, exposition *e)
{
    const xlmem_vitals_load *load = &scene->vitals->load;

    if (XLMEM_KNOWS(load, mem_some_us))
        put_us(e, load->mem_some_us, LABELS("some"));
    if (XLMEM_KNOWS(load, mem_full_us))
        put_us(e, load->mem_full_us, LABELS("full"));
}
