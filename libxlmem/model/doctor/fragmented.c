/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Free memory in pieces too small.  Judged are need and share: whether the
 * blocks of order 3 suffice for one block device with a full ring (512
 * requests of kmalloc-32k, Linux drivers/block/xen-blkback/common.h: a
 * struct pending_req is above 16 KiB), and how much of what is free is of no
 * use for them.  Orders 9 and 10 are empty on most hosts that run for long,
 * and nobody misses them.
 */
#include "model/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "model/doctor/zones.h"
#include "model/units.h"

#define UNUSABLE 950 /* of 1000 */

/* Orders that a kernel needs in one piece and cannot do without. */
enum { HARD_ORDER = 2, RING_ORDER = 3 };

/* The log has a failure or a kill of an order that fragmentation explains. */
static bool has_failed(const xlmem_scene *scene)
{
    const xlmem_vitals *v = scene->vitals;
    size_t i;

    for (i = 0; i < v->nr_events; i++) {
        const xlmem_log_event *e = &v->events[i];

        if ((e->kind == XLMEM_LOG_ALLOC_FAILED || e->kind == XLMEM_LOG_OOM) &&
            XLMEM_KNOWS(e, order) && e->order >= HARD_ORDER &&
            e->order <= RING_ORDER && !xlmem__is_old(e))
            return true;
    }
    return false;
}

static uint64_t suitable(const xlmem_vitals_zone *zone, unsigned order)
{
    return xlmem__buddy_suitable(xlmem__zone_buddy(zone), order);
}

/* NOTE: a request of order 2 finds a block. */
static xlmem_severity judge_hard(const xlmem__node *node)
{
    if (suitable(node->top, HARD_ORDER))
        return XLMEM_SEV_NOTE;
    if (node->helper &&
        suitable(node->helper, RING_ORDER) >= XLMEM__ENOUGH_BLOCKS)
        return XLMEM_SEV_NOTE;
    if ((node->helper && suitable(node->helper, HARD_ORDER)) ||
        (node->perhaps && suitable(node->perhaps, HARD_ORDER)))
        return XLMEM_SEV_WARNING;
    return XLMEM_SEV_CRITICAL;
}

static bool is_short(xlmem__buddy buddy)
{
    return xlmem__buddy_suitable(buddy, RING_ORDER) < XLMEM__ENOUGH_BLOCKS &&
           xlmem__buddy_unusable(buddy, RING_ORDER) >= UNUSABLE;
}

/* A zone that helps perhaps makes it less severe, and no more. */
static xlmem_severity judge_ring(const xlmem_scene *scene,
                                 const xlmem__node *node)
{
    if (!is_short(xlmem__node_buddy(node)))
        return XLMEM_SEV_NOTE;
    return has_failed(scene) && is_short(xlmem__node_buddy_perhaps(node))
               ? XLMEM_SEV_CRITICAL
               : XLMEM_SEV_WARNING;
}

typedef struct verdict {
    xlmem_severity severity;
    unsigned order;
} verdict;

static verdict judge_lists(const xlmem_scene *scene, const xlmem__node *node)
{
    const xlmem_severity hard = judge_hard(node);
    const xlmem_severity ring = judge_ring(scene, node);

    if (hard > ring || (hard == ring && !suitable(node->top, HARD_ORDER)))
        return (verdict){hard, HARD_ORDER};
    return (verdict){ring, RING_ORDER};
}

static xlmem_severity milder(const xlmem_scene *scene, xlmem__node part,
                             xlmem_severity severity)
{
    const verdict v = judge_lists(scene, &part);

    return v.severity < severity ? v.severity : severity;
}

/* Where one of two zones may not matter, it is no worse than without it. */
static verdict judge_node(const xlmem_scene *scene, const xlmem__node *node)
{
    verdict v = judge_lists(scene, node);

    if (node->unsure)
        v.severity = milder(scene, xlmem__node_below(node), v.severity);
    if (node->unsure_below)
        v.severity = milder(scene, xlmem__node_top(node), v.severity);
    return v;
}

bool xlmem__is_fragmented(const xlmem_scene *scene)
{
    xlmem__node node;
    size_t i;

    if (!xlmem_vitals_has(scene->vitals, XLMEM_DOC_BUDDYINFO))
        return false;
    for (i = 0; i < scene->vitals->nr_zones; i++)
        if (xlmem__node_of(scene->vitals, i, &node) &&
            judge_node(scene, &node).severity > XLMEM_SEV_NOTE)
            return true;
    return false;
}

bool xlmem__needs_types(const xlmem_vitals *numbers)
{
    const xlmem_scene scene = {.vitals = numbers};

    return xlmem__is_fragmented(&scene);
}

/* ------------------------------------------------------------ in words --- */

/* There is little, too: at the low mark, or 1 % of the zone. */
static bool is_low(const xlmem_vitals_zone *zone, uint64_t free)
{
    const uint64_t size = XLMEM_KNOWS(zone, managed_pages)
                              ? zone->managed_pages
                              : zone->present_pages;

    return (XLMEM_KNOWS(zone, low_pages) && free <= zone->low_pages) ||
           free < size / 100;
}

/* Of all of the machine, where its zones' sizes are not known: what the
 * kernel's dump says that there was. */
static bool is_low_by_dump(const xlmem_vitals *v, uint64_t *ram_kb_r)
{
    const xlmem_log_dump *dump = v->dump;
    uint64_t free = 0;
    size_t i;

    if (!dump || !XLMEM_KNOWS(dump, ram_pages) ||
        !XLMEM_KNOWS(dump, reserved_pages))
        return false;
    for (i = 0; i < v->nr_zones; i++)
        free += xlmem__buddy_free(xlmem__zone_buddy(&v->zones[i]));
    *ram_kb_r = xlmem__mul_sat(
        xlmem__sub0(dump->ram_pages, dump->reserved_pages), XLMEM__PAGE_KB);
    return free * XLMEM__PAGE_KB < *ram_kb_r / 100 * 3;
}

static bool is_dma32(const xlmem_vitals_zone *zone)
{
    return !strcmp(zone->name, "DMA32");
}

/* Names of evidence are static. */
static void prove_shut(xlmem_finding *finding, const xlmem__node *node)
{
    const xlmem_vitals_zone *shut = node->shut;
    const char *kept = is_dma32(shut) ? "pages that DMA32 keeps for others"
                                      : "pages that DMA keeps for others";
    const char *least = is_dma32(shut)
                            ? "pages that DMA32 keeps for others, at least"
                            : "pages that DMA keeps for others, at least";

    xlmem__prove(finding,
                 is_dma32(shut) ? "pages free in zone DMA32"
                                : "pages free in zone DMA",
                 xlmem__buddy_free(xlmem__zone_buddy(shut)), XLMEM_UNIT_COUNT,
                 (xlmem_source){"proc/buddyinfo", shut->buddy_line});
    xlmem__prove_count(finding, node->estimated ? least : kept,
                       node->kept_pages);
}

static void prove_lists(xlmem_finding *finding, const xlmem__node *node,
                        unsigned order)
{
    static const char *const blocks[] = {"blocks of order 2 or more",
                                         "blocks of order 3 or more"};
    const xlmem_source top = {"proc/buddyinfo", node->top->buddy_line};
    const xlmem__buddy buddy = xlmem__node_buddy(node);
    const xlmem_vitals_zone *other =
        node->helper ? node->helper : node->perhaps;

    xlmem__prove(finding, blocks[order - HARD_ORDER],
                 suitable(node->top, order), XLMEM_UNIT_COUNT, top);
    xlmem__prove(finding, "free",
                 xlmem__buddy_free(xlmem__zone_buddy(node->top)) *
                     XLMEM__PAGE_KB,
                 XLMEM_UNIT_KB, top);
    xlmem__prove(finding, "free pages in smaller ones",
                 xlmem__buddy_unusable(buddy, order) * 10, XLMEM_UNIT_SHARE,
                 (xlmem_source){NULL, 0});
    if (other)
        xlmem__prove(finding,
                     is_dma32(other) ? "such blocks in zone DMA32"
                                     : "such blocks in zone DMA",
                     suitable(other, order), XLMEM_UNIT_COUNT,
                     (xlmem_source){"proc/buddyinfo", other->buddy_line});
    if (node->shut)
        prove_shut(finding, node);
}

static void say_others(char *buf, size_t len, const xlmem__node *node)
{
    buf[0] = '\0';
    if (node->shut)
        snprintf(buf, len, "; zone %s keeps what it has for others",
                 node->shut->name);
    else if (node->perhaps)
        snprintf(buf, len, "; whether zone %s helps is not known",
                 node->perhaps->name);
    else if (node->helper)
        snprintf(buf, len, ", zone %s included", node->helper->name);
}

static void say_pieces(xlmem_finding *finding, const xlmem_scene *scene,
                       const xlmem__node *node, unsigned order)
{
    const xlmem__buddy buddy = xlmem__node_buddy(node);
    const uint64_t nr = xlmem__buddy_suitable(buddy, order);
    const uint64_t free = xlmem__buddy_free(xlmem__zone_buddy(node->top));
    uint64_t ram_kb;
    char low[96] = "", others[64];

    say_others(others, sizeof(others), node);
    if (is_low(node->top, free))
        snprintf(low, sizeof(low), "  It is low besides.");
    else if (is_low_by_dump(scene->vitals, &ram_kb))
        snprintf(low, sizeof(low), "  It is low besides, of %s in all.",
                 xlmem__mib_of(ram_kb).text);
    xlmem__say(finding,
               "Free memory of %s (%s) is in pieces too small: %llu%s of %u "
               "pages (order %u) or more%s.%s",
               finding->subject, xlmem__mib_of(free * XLMEM__PAGE_KB).text,
               (unsigned long long)nr, nr == 1 ? " is" : " are", 1U << order,
               order, others, low);
}

bool xlmem__is_pinned(const xlmem_vitals_zone *zone)
{
    return XLMEM_KNOWS(zone, unmovable_blocks) &&
           XLMEM_KNOWS(zone, all_blocks) && zone->all_blocks &&
           zone->unmovable_blocks >= zone->all_blocks / 2;
}

bool xlmem__is_short_of_high(const xlmem_vitals_zone *zone)
{
    return XLMEM_KNOWS(zone, high_pages) &&
           xlmem__buddy_free(xlmem__zone_buddy(zone)) < zone->high_pages;
}

/* Where nothing is free that could be gathered caches come first, the second
 * of the commands. */
static void cure(xlmem_finding *finding, const xlmem_scene *scene,
                 const xlmem__node *node)
{
    const char *commands =
        xlmem__doctor_rules[XLMEM__DOCTOR_FRAGMENTED].remedies;

    if (!xlmem__is_pinned(node->top)) {
        if (xlmem__is_short_of_high(node->top))
            xlmem__remedy(finding, "%s", strchr(commands, '\n') + 1);
        else
            xlmem__doctor_cure(finding, XLMEM__DOCTOR_FRAGMENTED);
    }
    xlmem__say_growth(finding, scene, xlmem__lacks_kb(scene));
}

/* Returns whether it could be judged. */
static bool find_in_node(const xlmem_scene *scene, xlmem__sink sink,
                         const xlmem__node *node)
{
    const verdict v = judge_node(scene, node);
    xlmem_finding *finding;

    if (node->unsure && v.severity <= XLMEM_SEV_NOTE)
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_FRAGMENTED,
                                 "proc/zoneinfo");
    if (v.severity <= XLMEM_SEV_NOTE)
        return !node->unsure;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_FRAGMENTED, v.severity);
    if (!finding)
        return true;
    xlmem__about(finding, node->node, "node %llu, zone %s",
                 (unsigned long long)node->node, node->top->name);
    prove_lists(finding, node, v.order);
    say_pieces(finding, scene, node, v.order);
    cure(finding, scene, node);
    return true;
}

void xlmem__doctor_fragmented(const xlmem_scene *scene, xlmem__sink sink)
{
    xlmem__node node;
    bool some = false;
    size_t i;

    for (i = 0; i < scene->vitals->nr_zones; i++) {
        if (xlmem__is_cut_off(&scene->vitals->zones[i]))
            xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_FRAGMENTED,
                                     "proc/buddyinfo");
        if (xlmem__node_of(scene->vitals, i, &node))
            some |= find_in_node(scene, sink, &node);
    }
    if (some)
        xlmem__doctor_judged_some(sink, XLMEM__DOCTOR_FRAGMENTED);
}
