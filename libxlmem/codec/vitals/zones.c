/* SPDX-License-Identifier: LGPL-2.1-only */
/* The zones of a kernel: buddyinfo, zoneinfo, pagetypeinfo. */
#include <stdlib.h>
#include <string.h>

#include "codec/vitals/parse.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------ their list --- */

static bool is_that(const xlmem_vitals_zone *zone, uint64_t node,
                    xlmem__str name)
{
    return zone->node == node && xlmem__str_is(name, zone->name);
}

/* Files list them in one order: the one that is asked for mostly follows the
 * one that was asked for last. */
static xlmem_vitals_zone *find_zone(xlmem_vitals *vitals, uint64_t node,
                                    xlmem__str name)
{
    size_t i;

    for (i = vitals->nr_zones; i > 0; i--)
        if (is_that(&vitals->zones[i - 1], node, name))
            return &vitals->zones[i - 1];
    return NULL;
}

xlmem_vitals_zone *xlmem__vitals_zone(xlmem_vitals *vitals, uint64_t node,
                                      xlmem__str name, xlmem__where *where)
{
    xlmem_vitals_zone *zone = find_zone(vitals, node, name), *grown;

    if (zone)
        return zone;
    if (vitals->nr_zones == XLMEM__VITALS_ZONES_MAX || !name.len ||
        name.len >= sizeof(zone->name))
        return NULL;
    grown = realloc(vitals->zones, (vitals->nr_zones + 1) * sizeof(*grown));
    if (!grown) {
        xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "out of memory", name);
        return NULL;
    }
    vitals->zones = grown;
    zone = &grown[vitals->nr_zones++];
    *zone = (xlmem_vitals_zone){.known = 0};
    xlmem__copy_safe(zone->name, name);
    XLMEM_SET(zone, node, node);
    return zone;
}

/* include/linux/mmzone.h: enum zone_type. */
static size_t rank_of(const char *name)
{
    static const char *const names[] = {"DMA",     "DMA32",   "Normal",
                                        "HighMem", "Movable", "Device"};
    size_t i;

    for (i = 0; i < NR(names); i++)
        if (!strcmp(name, names[i]))
            break;
    return i;
}

static int by_node_and_rank(const void *a, const void *b)
{
    const xlmem_vitals_zone *one = a, *other = b;
    const size_t r1 = rank_of(one->name), r2 = rank_of(other->name);

    if (one->node != other->node)
        return one->node < other->node ? -1 : 1;
    if (r1 != r2)
        return r1 < r2 ? -1 : 1;
    return strcmp(one->name, other->name);
}

void xlmem__vitals_sort_zones(xlmem_vitals_zone *zones, size_t nr)
{
    if (nr)
        qsort(zones, nr, sizeof(*zones), by_node_and_rank);
}

static uint32_t line_nr(size_t nr)
{
    return nr < UINT32_MAX ? (uint32_t)nr : 0;
}

/* ------------------------------------------------------- buddyinfo --- */

/* The free blocks of each order; trailing blanks are the kernel's. */
static bool take_orders(xlmem__str s, xlmem_vitals_zone *zone)
{
    uint64_t blocks[XLMEM_NR_ORDERS] = {0}, nr = 0;
    xlmem__str word;

    while ((word = xlmem__word(&s)).len) {
        if (nr == XLMEM_NR_ORDERS || xlmem__number_all(word, 10, &blocks[nr]))
            return false;
        nr++;
    }
    if (!nr)
        return false;
    memcpy(zone->free_blocks, blocks, sizeof(blocks));
    XLMEM_SET(zone, nr_orders, nr);
    return true;
}

static void drop_orders(xlmem_vitals_zone *zone)
{
    zone->known &= ~XLMEM_FACT_BIT(zone, nr_orders);
    zone->nr_orders = 0;
}

/* The kernel lists all of a zone's orders, and for each zone as many: a line
 * with fewer is cut.  false: @vitals has zones that are not of one moment. */
static void drop_short_lists(xlmem_vitals *vitals, xlmem__where *where)
{
    uint64_t most = 0;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        if (vitals->zones[i].nr_orders > most)
            most = vitals->zones[i].nr_orders;
    for (i = 0; i < vitals->nr_zones; i++) {
        xlmem_vitals_zone *zone = &vitals->zones[i];

        if (!XLMEM_KNOWS(zone, nr_orders) || zone->nr_orders == most)
            continue;
        drop_orders(zone);
        xlmem__complain_once(where, zone->buddy_line,
                             "fewer orders than other zones have",
                             (xlmem__str){"", 0});
    }
}

/* Orders 0 to 10 (MAX_ORDER, include/linux/mmzone.h, 2.6.18 to 6.12). */
#define X86_ORDERS 11

/* A record that ends within a line: orders that are not there are not
 * empty. */
static bool ends_within_line(xlmem__str text, xlmem__str line,
                             xlmem_vitals_zone *zone)
{
    if (line.p + line.len != text.p + text.len ||
        zone->nr_orders >= X86_ORDERS)
        return false;
    drop_orders(zone);
    return true;
}

int xlmem__vitals_buddyinfo(xlmem__str text, xlmem_vitals *vitals,
                            xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    size_t understood = 0;
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name;
        xlmem_vitals_zone *zone;
        uint64_t node;

        if (!xlmem__zone_head(&rest, &node, &name))
            continue;
        zone = xlmem__vitals_zone(vitals, node, name, where);
        if (zone && XLMEM_KNOWS(zone, nr_orders))
            continue;
        if (!zone || !take_orders(rest, zone) ||
            ends_within_line(text, line, zone)) {
            xlmem__complain_once(where, lines.nr,
                                 "expected the zone's free blocks", line);
            continue;
        }
        zone->buddy_line = line_nr(lines.nr);
        understood++;
    }
    drop_short_lists(vitals, where);
    xlmem__vitals_sort_zones(vitals->zones, vitals->nr_zones);
    return understood ? 0
                      : xlmem__not_understood(
                            where, "expected \"Node 0, zone Normal ...\"");
}

/* -------------------------------------------------------- zoneinfo --- */

bool xlmem__parse_protection(xlmem__str text, xlmem_vitals_zone *zone)
{
    uint64_t nr = 0, list[XLMEM_PROTECTION_MAX] = {0};

    text = xlmem__trim(text);
    if (xlmem__skip(&text, "(")) {
        if (!text.len || text.p[text.len - 1] != ')')
            return false;
        text.len--;
    }
    while (nr < XLMEM_PROTECTION_MAX) {
        xlmem__str word = xlmem__word(&text);

        if (!word.len)
            break;
        if (word.p[word.len - 1] == ',')
            word.len--;
        if (xlmem__number_all(word, 10, &list[nr]))
            return false;
        nr++;
    }
    if (!nr)
        return false;
    memcpy(zone->protection, list, sizeof(list));
    XLMEM_SET(zone, nr_protection, nr);
    return true;
}

/* mm/vmstat.c, zoneinfo_show_print, Linux 2.6.18 to 6.12. */
static const xlmem__key zone_keys[] = {
    {"min", offsetof(xlmem_vitals_zone, min_pages)},
    {"low", offsetof(xlmem_vitals_zone, low_pages)},
    {"high", offsetof(xlmem_vitals_zone, high_pages)},
    {"spanned", offsetof(xlmem_vitals_zone, spanned_pages)},
    {"present", offsetof(xlmem_vitals_zone, present_pages)},
    {"managed", offsetof(xlmem_vitals_zone, managed_pages)},
    {"nr_slab_unreclaimable",
     offsetof(xlmem_vitals_zone, slab_unreclaimable_pages)},
};

/* A zone that is being read. */
typedef struct open_zone {
    xlmem_vitals_zone *zone; /* NULL: none, or one that is passed over */
    bool own; /* its own figures have begun: above "pages free" stand the
                 node's, from Linux 4.8 on */
} open_zone;

static const xlmem__key *key_of_line(open_zone *open, xlmem__str *rest)
{
    static const xlmem__key free_key = {
        "free", offsetof(xlmem_vitals_zone, free_pages)};
    const xlmem__str name = xlmem__word(rest);

    if (xlmem__str_is(name, "pages")) {
        open->own = xlmem__str_is(xlmem__word(rest), "free");
        return open->own ? &free_key : NULL;
    }
    return open->own ? xlmem__find_key(zone_keys, NR(zone_keys), name) : NULL;
}

/* The pagesets further down have a colon in each of their names. */
static bool take_zone_line(open_zone *open, xlmem__str line)
{
    xlmem__str rest = xlmem__trim(line);
    const xlmem__key *key;
    uint64_t pages;

    if (xlmem__skip(&rest, "protection:"))
        return XLMEM_KNOWS(open->zone, nr_protection) ||
               xlmem__parse_protection(rest, open->zone);
    key = key_of_line(open, &rest);
    if (!key)
        return true;
    if (xlmem__number_all(xlmem__trim(rest), 10, &pages))
        return false;
    xlmem__set_fact(open->zone, key->offset, pages);
    return true;
}

int xlmem__vitals_zoneinfo(xlmem__str text, xlmem_vitals *vitals,
                           xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    open_zone open = {.zone = NULL};
    size_t understood = 0;
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name;
        uint64_t node;

        if (xlmem__zone_head(&rest, &node, &name)) {
            open = (open_zone){xlmem__vitals_zone(vitals, node, name, where),
                               false};
            if (open.zone && open.zone->zone_line)
                open.zone = NULL; /* it is there twice */
            if (open.zone)
                open.zone->zone_line = line_nr(lines.nr);
            understood += open.zone != NULL;
        } else if (open.zone && !take_zone_line(&open, line)) {
            xlmem__complain_once(where, lines.nr, "expected a number of pages",
                                 line);
        }
    }
    xlmem__vitals_sort_zones(vitals->zones, vitals->nr_zones);
    return understood
               ? 0
               : xlmem__not_understood(where, "expected \"Node 0, zone ...\"");
}

/* ---------------------------------------------------- pagetypeinfo --- */

/* "Number of blocks type     Unmovable      Movable ...": which column. */
static bool find_unmovable(xlmem__str line, size_t *column_r)
{
    xlmem__str word;
    size_t i;

    if (!xlmem__skip(&line, "Number of blocks type"))
        return false;
    for (i = 0; (word = xlmem__word(&line)).len; i++)
        if (xlmem__str_is(word, "Unmovable")) {
            *column_r = i;
            return true;
        }
    return false;
}

static bool take_blocks(xlmem__str rest, size_t column,
                        xlmem_vitals_zone *zone)
{
    uint64_t all = 0, unmovable = 0, nr;
    xlmem__str word;
    size_t i;

    for (i = 0; (word = xlmem__word(&rest)).len; i++) {
        if (xlmem__number_all(word, 10, &nr) || nr > UINT32_MAX)
            return false;
        all += nr; /* of so many words no sum overflows */
        if (i == column)
            unmovable = nr;
    }
    if (i <= column)
        return false;
    XLMEM_SET(zone, unmovable_blocks, unmovable);
    XLMEM_SET(zone, all_blocks, all);
    return true;
}

int xlmem__vitals_pagetypeinfo(xlmem__str text, xlmem_vitals *vitals,
                               xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    size_t column = 0, understood = 0;
    bool counts = false;
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name;
        xlmem_vitals_zone *zone;
        uint64_t node;

        if (find_unmovable(line, &column)) {
            counts = true;
            continue;
        }
        if (!counts || !xlmem__zone_head(&rest, &node, &name))
            continue;
        zone = xlmem__vitals_zone(vitals, node, name, where);
        if (!zone || XLMEM_KNOWS(zone, all_blocks))
            continue;
        if (!take_blocks(rest, column, zone)) {
            xlmem__complain_once(where, lines.nr, "expected numbers of blocks",
                                 line);
            continue;
        }
        zone->blocks_line = line_nr(lines.nr);
        understood++;
    }
    xlmem__vitals_sort_zones(vitals->zones, vitals->nr_zones);
    return understood ? 0
                      : xlmem__not_understood(
                            where, "expected \"Number of blocks type\"");
}
