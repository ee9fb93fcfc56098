/* SPDX-License-Identifier: LGPL-2.1-only */
/* Metrics of the host: who read it, where its memory is, what is promised. */
#include <inttypes.h>

#include "metrics/metrics.h"
#include "metrics/places.h"

void metric_build(const metrics_scene *scene, exposition *e)
{
    const xlmem_host *host = scene->host;
    char module[64] = "";

    /* The one of Xen's release is loaded: docs/design/live.md. */
    if (scene->live && XLMEM_KNOWS(host, xen_major) &&
        XLMEM_KNOWS(host, xen_minor))
        snprintf(module, sizeof(module), "xen-%" PRIu64 ".%" PRIu64,
                 host->xen_major, host->xen_minor);
    put_count(e, 1,
              LABELS(xlmem_version(),
                     host->xen_version ? host->xen_version : "", module));
}

void metric_timestamp(const metrics_scene *scene, exposition *e)
{
    if (scene->timed)
        put_count(e, scene->timestamp_s, NULL);
}

void metric_host_total(const metrics_scene *scene, exposition *e)
{
    if (XLMEM_KNOWS(scene->host, total_kb))
        put_kb(e, scene->host->total_kb, NULL);
}

void metric_host_places(const metrics_scene *scene, exposition *e)
{
    metrics_places places;
    size_t i;

    if (!metrics_places_of(scene->host, scene->account, &places))
        return;
    for (i = 0; i < NR_PLACES; i++)
        if (i != PLACE_PAGING || places.has_paging)
            put_signed_kb(e, places.kb[i], LABELS(metrics_place_names[i]));
}

void metric_host_usable(const metrics_scene *scene, exposition *e)
{
    int64_t kb;

    if (metrics_usable_kb(scene->account, &kb))
        put_signed_kb(e, kb, NULL);
}

void metric_largest(const metrics_scene *scene, exposition *e)
{
    static const struct {
        const char *name;
        xlmem_dom_type type;
    } types[] = {
        {"pv", XLMEM_DOM_PV},
        {"pvh", XLMEM_DOM_PVH},
        {"hvm", XLMEM_DOM_HVM},
    };
    xlmem_largest_domu found;
    int64_t usable_kb;
    size_t i;

    if (!metrics_usable_kb(scene->account, &usable_kb))
        return;
    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        xlmem_need_request like = {.type = types[i].type};

        XLMEM_SET(&like, vcpus, 1);
        if (!xlmem_largest(scene->host, scene->policy, &like, &found))
            put_kb(e, found.now_kb, LABELS(types[i].name));
    }
}

/* A recorded host without a ledger may have had one. */
static bool knows_ledger(const metrics_scene *scene)
{
    return scene->live || scene->host->nr_reservations;
}

void metric_ledger_count(const metrics_scene *scene, exposition *e)
{
    if (knows_ledger(scene))
        put_count(e, scene->host->nr_reservations, NULL);
}

void metric_ledger_size(const metrics_scene *scene, exposition *e)
{
    if (knows_ledger(scene) && scene->account &&
        XLMEM_KNOWS(scene->account, ledger_kb))
        put_kb(e, scene->account->ledger_kb, NULL);
}
