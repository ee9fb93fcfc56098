/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A request of the kernel goes to the highest zone it can use, and down from
 * there: into a lower one only while that has more free than its low mark and
 * what it keeps for those who can use nothing else (lowmem_reserve, Linux
 * mm/page_alloc.c, zone_watermark_ok).  What a zone keeps stands in zoneinfo
 * and in the kernel's dumps; else it is estimated as the kernel computes it
 * by default: 1/256 of the pages above it.
 *
 * Movable and HighMem are no zones for the kernel's own requests, and DMA of
 * x86 (16 MiB) is for old devices.  On arm64 DMA is what the least able device
 * can reach: the first GiB, or all below 4 GiB and there is no DMA32 (Linux
 * arch/arm64/mm/init.c, zone_sizes_init).
 */
#include "model/doctor/zones.h"

#include <string.h>

#include "model/checked.h"
#include "model/units.h"

/* A zone of fewer pages, or of less than 1 % of its node, is an accident: a
 * PV dom0 with room to grow has one of 26 (measured). */
#define TINY_PAGES 1024

/*
 * On x86-64 what is below 4 GiB is DMA and DMA32, so that a zone above them
 * that is less than 1 % of its node has less than 4 GiB / 99 = 10 591 pages.
 * One that has more of them free counts, whatever is not known.
 */
#define PROVEN_PAGES 16384

#define PAGES_4G (UINT64_C(1) << 20)

/* What DMA has on x86 (Linux arch/x86/include/asm/dma.h, MAX_DMA_PFN). */
#define OLD_DMA_PAGES 4096

/* lowmem_reserve_ratio, the default of DMA and DMA32. */
#define RESERVE_RATIO 256

xlmem__buddy xlmem__zone_buddy(const xlmem_vitals_zone *zone)
{
    return (xlmem__buddy){zone->nr_orders, zone->free_blocks};
}

xlmem__buddy xlmem__node_buddy(const xlmem__node *node)
{
    return (xlmem__buddy){node->nr_orders, node->blocks};
}

xlmem__buddy xlmem__node_buddy_perhaps(const xlmem__node *node)
{
    return (xlmem__buddy){node->nr_orders, node->perhaps_blocks};
}

static bool zone_size(const xlmem_vitals_zone *zone, uint64_t *pages_r)
{
    *pages_r = XLMEM_KNOWS(zone, managed_pages) ? zone->managed_pages
                                                : zone->present_pages;
    return XLMEM_KNOWS(zone, managed_pages) ||
           XLMEM_KNOWS(zone, present_pages);
}

static uint64_t node_size(const xlmem_vitals *vitals, uint64_t node)
{
    uint64_t sum = 0, pages;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        if (vitals->zones[i].node == node &&
            zone_size(&vitals->zones[i], &pages))
            sum = xlmem__add_sat(sum, pages);
    return sum;
}

/* Without its size, what is free of it proves that it is so large. */
static bool is_more_than(const xlmem_vitals_zone *zone, uint64_t pages)
{
    uint64_t size;

    return zone_size(zone, &size)
               ? size > pages
               : xlmem__buddy_free(xlmem__zone_buddy(zone)) > pages;
}

unsigned xlmem__zone_rank(const xlmem_vitals_zone *zone)
{
    if (!strcmp(zone->name, "Normal"))
        return 3;
    if (!strcmp(zone->name, "DMA32"))
        return 2;
    return !strcmp(zone->name, "DMA") && is_more_than(zone, OLD_DMA_PAGES);
}

/* Its size says that nobody lives on it; unknown: nothing of it is free. */
static bool is_negligible(const xlmem_vitals *vitals,
                          const xlmem_vitals_zone *zone)
{
    uint64_t pages;

    if (!zone_size(zone, &pages))
        return !xlmem__buddy_free(xlmem__zone_buddy(zone));
    return pages < TINY_PAGES || pages < node_size(vitals, zone->node) / 100;
}

/* -------------------------------------------------------- what is kept --- */

/* The number of a zone's class: how many kinds are below it. */
static size_t zone_class(const xlmem_vitals *vitals, const char *name)
{
    bool dma = false, dma32 = false;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++) {
        dma |= !strcmp(vitals->zones[i].name, "DMA");
        dma32 |= !strcmp(vitals->zones[i].name, "DMA32");
    }
    return (size_t)dma + (!strcmp(name, "Normal") && dma32);
}

static bool listed_reserve(const xlmem_vitals_zone *zone, size_t class,
                           uint64_t *pages_r)
{
    if (!XLMEM_KNOWS(zone, nr_protection) || class >= zone->nr_protection ||
        class >= XLMEM_PROTECTION_MAX)
        return false;
    *pages_r = zone->protection[class];
    return true;
}

/* The same zone as the kernel's last dump has it. */
static const xlmem_vitals_zone *dumped(const xlmem_vitals *vitals,
                                       const xlmem_vitals_zone *zone)
{
    size_t i;

    for (i = 0; vitals->dump && i < vitals->dump->nr_zones; i++)
        if (vitals->dump->zones[i].node == zone->node &&
            !strcmp(vitals->dump->zones[i].name, zone->name))
            return &vitals->dump->zones[i];
    return NULL;
}

static bool is_first_of_node(const xlmem_vitals *vitals, size_t i)
{
    size_t j;

    for (j = 0; j < i; j++)
        if (vitals->zones[j].node == vitals->zones[i].node)
            return false;
    return true;
}

static uint64_t nr_nodes(const xlmem_vitals *vitals)
{
    uint64_t nr = 0;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        nr += is_first_of_node(vitals, i);
    return nr;
}

/* A third less than what equal nodes would have: they may not be equal. */
static bool estimated_reserve(const xlmem_vitals *vitals, uint64_t *pages_r)
{
    uint64_t pages;

    if (!XLMEM_KNOWS(&vitals->mem, mem_total_kb))
        return false;
    pages = vitals->mem.mem_total_kb / XLMEM__PAGE_KB / nr_nodes(vitals);
    *pages_r = xlmem__sub0(pages, PAGES_4G) / RESERVE_RATIO / 3 * 2;
    return true;
}

/* What @zone keeps from requests meant for @top; false: nobody knows. */
static bool kept_from(const xlmem_vitals *vitals,
                      const xlmem_vitals_zone *zone,
                      const xlmem_vitals_zone *top, xlmem__node *node)
{
    const xlmem_vitals_zone *dump = dumped(vitals, zone);
    const size_t class = zone_class(vitals, top->name);
    uint64_t min = 0, reserve;

    if (XLMEM_KNOWS(zone, min_pages))
        min = zone->min_pages;
    node->estimated = !listed_reserve(zone, class, &reserve) &&
                      !(dump && listed_reserve(dump, class, &reserve));
    if (node->estimated && !estimated_reserve(vitals, &reserve))
        return false;
    node->kept_pages = xlmem__add_sat(min, reserve);
    return true;
}

/* ------------------------------------------------------------- a node --- */

static void add_blocks(uint64_t *to, xlmem__node *node,
                       const xlmem_vitals_zone *zone)
{
    size_t o;

    for (o = 0; o < zone->nr_orders && o < XLMEM_NR_ORDERS; o++)
        to[o] = xlmem__add_sat(to[o], zone->free_blocks[o]);
    node->nr_orders = xlmem__max(node->nr_orders, zone->nr_orders);
}

static void add_lower(const xlmem_vitals *vitals, xlmem__node *node,
                      const xlmem_vitals_zone *zone)
{
    const uint64_t free = xlmem__buddy_free(xlmem__zone_buddy(zone));

    if (!kept_from(vitals, zone, node->top, node)) {
        node->perhaps = zone;
        add_blocks(node->perhaps_blocks, node, zone);
    } else if (free <= node->kept_pages) {
        node->shut = zone;
    } else {
        node->helper = zone;
        add_blocks(node->blocks, node, zone);
    }
}

/* Without its size, a top zone with little free may be next to nothing. */
static bool is_unsure(const xlmem_vitals_zone *top)
{
    uint64_t pages;

    return !zone_size(top, &pages) &&
           xlmem__buddy_free(xlmem__zone_buddy(top)) < PROVEN_PAGES;
}

static void add_up_perhaps(xlmem__node *node)
{
    unsigned o;

    for (o = 0; o < XLMEM_NR_ORDERS; o++)
        node->perhaps_blocks[o] =
            xlmem__add_sat(node->perhaps_blocks[o], node->blocks[o]);
}

xlmem__node xlmem__node_below(const xlmem__node *node)
{
    xlmem__node below = {.node = node->node, .top = node->helper};

    if (!below.top)
        below.top = node->shut ? node->shut : node->perhaps;
    add_blocks(below.blocks, &below, below.top);
    add_up_perhaps(&below);
    return below;
}

xlmem__node xlmem__node_top(const xlmem__node *node)
{
    xlmem__node top = {.node = node->node, .top = node->top};

    add_blocks(top.blocks, &top, top.top);
    add_up_perhaps(&top);
    return top;
}

/* One that counts. */
static const xlmem_vitals_zone *zone_of(const xlmem_vitals *vitals,
                                        uint64_t node, const char *name)
{
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++) {
        const xlmem_vitals_zone *zone = &vitals->zones[i];

        if (zone->node == node && XLMEM_KNOWS(zone, nr_orders) &&
            !strcmp(zone->name, name))
            return is_negligible(vitals, zone) ? NULL : zone;
    }
    return NULL;
}

bool xlmem__is_cut_off(const xlmem_vitals_zone *zone)
{
    uint64_t pages;

    return !XLMEM_KNOWS(zone, nr_orders) && !strcmp(zone->name, "Normal") &&
           (!zone_size(zone, &pages) || pages >= TINY_PAGES);
}

static bool is_node_cut(const xlmem_vitals *vitals, uint64_t node)
{
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        if (vitals->zones[i].node == node &&
            xlmem__is_cut_off(&vitals->zones[i]))
            return true;
    return false;
}

/* Of three zones the lowest is not followed to what it keeps. */
static void add_third(xlmem__node *node, const xlmem_vitals_zone *zone)
{
    if (!node->perhaps)
        node->perhaps = zone;
    add_blocks(node->perhaps_blocks, node, zone);
}

bool xlmem__node_of(const xlmem_vitals *vitals, size_t i, xlmem__node *node_r)
{
    const uint64_t id = vitals->zones[i].node;
    const xlmem_vitals_zone *zones[] = {zone_of(vitals, id, "Normal"),
                                        zone_of(vitals, id, "DMA32"),
                                        zone_of(vitals, id, "DMA")};
    const xlmem_vitals_zone *have[3] = {NULL, NULL, NULL};
    uint64_t pages;
    size_t j, nr = 0;

    for (j = 0; j < 3; j++)
        if (zones[j] && xlmem__zone_rank(zones[j]))
            have[nr++] = zones[j];
    *node_r = (xlmem__node){.node = id, .top = have[0]};
    if (!nr || !is_first_of_node(vitals, i) || is_node_cut(vitals, id))
        return false;
    add_blocks(node_r->blocks, node_r, have[0]);
    if (have[1])
        add_lower(vitals, node_r, have[1]);
    if (have[2])
        add_third(node_r, have[2]);
    node_r->unsure = have[1] && is_unsure(have[0]);
    node_r->unsure_below = have[1] && !zone_size(have[1], &pages);
    add_up_perhaps(node_r);
    return true;
}
