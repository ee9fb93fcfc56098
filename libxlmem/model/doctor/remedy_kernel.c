/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the kernel is asked for: to gather its free memory, to give up what it
 * holds of files, to use memory that was added.
 *
 * Compaction drains the lists of every CPU and scans zones under their locks:
 * 0.2 s on a small machine, seconds with hundreds of GB.  Dropped caches are
 * read again from the medium.  Neither is for a machine whose tasks hang, nor
 * again and again.
 */
#include "model/doctor/remedy.h"

#include <string.h>

#include "model/doctor/zones.h"
#include "model/units.h"

/* Tasks wait for the medium for a fifth of the time. */
#define IO_SHORT_BP 2000

/* -------------------------------------------------------------- blocks --- */

static bool node_at(const xlmem_scene *scene, uint64_t at, xlmem__node *node_r)
{
    size_t i;

    for (i = 0; i < scene->vitals->nr_zones; i++)
        if (xlmem__node_of(scene->vitals, i, node_r) && node_r->node == at)
            return true;
    return false;
}

bool xlmem__measure_blocks(const xlmem_scene *scene,
                           const xlmem_remedy *remedy, uint64_t *value_r)
{
    xlmem__node node;

    if (!node_at(scene, remedy->at, &node))
        return false;
    *value_r = xlmem__buddy_suitable(xlmem__zone_buddy(node.top), 3);
    return true;
}

static bool tasks_hang(const xlmem__case *c)
{
    size_t i;

    for (i = 0; i < c->findings->nr; i++)
        if (c->findings->list[i].severity == XLMEM_SEV_CRITICAL &&
            !strcmp(c->findings->list[i].id, "hung-task"))
            return true;
    return false;
}

/* @then_ms: on the clock of the vitals; one of a clock that was behind is of
 * no boot that lasts. */
static bool was_within(const xlmem_scene *scene, uint64_t then_ms,
                       uint64_t limit_ms)
{
    const uint64_t now_ms =
        scene->vitals->now_ms > 0 ? (uint64_t)scene->vitals->now_ms : 0;

    return now_ms >= then_ms && now_ms - then_ms < limit_ms;
}

static void refuse_to_gather(const xlmem__case *c, xlmem_remedy *remedy)
{
    xlmem__node node;

    if (!node_at(c->scene, remedy->at, &node))
        return;
    if (tasks_hang(c))
        xlmem__refuse(remedy, "tasks hang in the kernel (hung-task): it could "
                              "hang behind the same locks");
    if (xlmem__is_pinned(node.top))
        xlmem__refuse(remedy, "half of the zone cannot be moved: there is "
                              "little that it could gather");
}

void xlmem__decide_compact(const xlmem__case *c, xlmem_remedy *remedy)
{
    xlmem__node node;

    xlmem__does(remedy, "echo 1 > /proc/sys/vm/compact_memory");
    refuse_to_gather(c, remedy);
    if (node_at(c->scene, remedy->at, &node) &&
        xlmem__is_short_of_high(node.top))
        xlmem__refuse(
            remedy,
            "next to nothing is free there (%s): nothing "
            "can be gathered",
            xlmem__mib_of(xlmem__buddy_free(xlmem__zone_buddy(node.top)) *
                          XLMEM__PAGE_KB)
                .text);
    if (XLMEM_KNOWS(&c->past, compacted_ms) &&
        was_within(c->scene, c->past.compacted_ms, XLMEM__COMPACT_AGAIN_MS))
        xlmem__refuse(remedy, "it was done within the last 10 minutes");
}

void xlmem__decide_drop(const xlmem__case *c, xlmem_remedy *remedy)
{
    const xlmem_vitals_load *load = &c->scene->vitals->load;

    remedy->then = true;
    xlmem__does(remedy, "sync; echo 3 > /proc/sys/vm/drop_caches; echo 1 > "
                        "/proc/sys/vm/compact_memory");
    refuse_to_gather(c, remedy);
    if (XLMEM_KNOWS(load, io_some10_bp) && load->io_some10_bp >= IO_SHORT_BP)
        xlmem__refuse(remedy,
                      "tasks wait for I/O already (some avg10 %llu %%)",
                      (unsigned long long)(load->io_some10_bp / 100));
    if (XLMEM_KNOWS(&c->past, dropped_ms) &&
        was_within(c->scene, c->past.dropped_ms, XLMEM__DROP_AGAIN_MS))
        xlmem__refuse(remedy, "it was done within the last hour");
}

/* ---------------------------------------------------------- added memory */

bool xlmem__measure_offline(const xlmem_scene *scene,
                            const xlmem_remedy *remedy, uint64_t *value_r)
{
    const xlmem_vitals_state *state = &scene->vitals->state;

    (void)remedy;
    *value_r = xlmem__mul_sat(state->nr_offline, state->block_kb);
    return XLMEM_KNOWS(state, nr_offline) && XLMEM_KNOWS(state, block_kb);
}

/*
 * A block that was added looks like one that somebody took offline.  Nothing
 * adds any where no balloon is, and where auto_online_blocks is set what is
 * added does not stay offline (drivers/base/memory.c, Linux 4.7 and later).
 */
static bool looks_taken(const xlmem_scene *scene)
{
    const xlmem_vitals_state *state = &scene->vitals->state;

    return !xlmem__has_xen(scene) ||
           (XLMEM_KNOWS(state, auto_online) && state->auto_online);
}

void xlmem__decide_online(const xlmem__case *c, xlmem_remedy *remedy)
{
    const uint64_t nr = c->scene->vitals->state.nr_offline;

    xlmem__does(remedy,
                "echo online > /sys/devices/system/memory/memoryN/state, of "
                "each of %llu block%s",
                (unsigned long long)nr, nr == 1 ? "" : "s");
    if (!c->asked && looks_taken(c->scene))
        xlmem__refuse(remedy, "somebody may have taken them offline on "
                              "purpose; if not: --fix hotplug-offline");
}
