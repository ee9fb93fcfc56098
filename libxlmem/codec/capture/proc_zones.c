/* SPDX-License-Identifier: LGPL-2.1-only */
/* /proc/buddyinfo and /proc/zoneinfo: dom0's zones. */
#include <stdlib.h>

#include "codec/capture/texts.h"
#include "codec/facts.h"
#include "model/checked.h"

/* ---------------------------------------------------------- buddyinfo --- */

/* The free blocks of each order; trailing blanks are the kernel's. */
static int parse_orders(xlmem__str s, xlmem_zone *zone)
{
    uint64_t nr = 0;

    for (;;) {
        xlmem__str word = xlmem__word(&s);
        int rc;

        if (!word.len)
            break;
        if (nr == XLMEM_NR_ORDERS)
            return XLMEM_ERROR_RANGE;
        rc = xlmem__number_all(word, 10, &zone->free_blocks[nr]);
        if (rc)
            return rc;
        nr++;
    }
    if (!nr)
        return XLMEM_ERROR_PARSE;
    XLMEM_SET(zone, nr_orders, nr);
    return 0;
}

/* Zones in @found become the host's, each with what it says. */
static int merge_zones(xlmem_dom0 *to, const xlmem_dom0 *found)
{
    size_t i, k;
    int rc;

    for (i = 0; i < found->nr_zones; i++) {
        const xlmem_zone *from = &found->zones[i];
        xlmem__str name = {from->name, 0};
        xlmem_zone *zone;

        while (from->name[name.len])
            name.len++;
        zone = xlmem__zone(to, from->node, name, &rc);
        if (!zone)
            return rc;
        xlmem__merge_facts(zone, from);
        for (k = 0; k < from->nr_orders; k++)
            zone->free_blocks[k] = from->free_blocks[k];
    }
    return 0;
}

int xlmem__parse_buddyinfo(const char *buf, size_t len, xlmem_host *host,
                           xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    xlmem__str line;
    int rc;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name;
        xlmem_zone *zone;
        uint64_t node;

        if (!xlmem__zone_head(&rest, &node, &name))
            continue;
        zone = xlmem__zone(&found, node, name, &rc);
        if (!zone) {
            rc = xlmem__complain(where, lines.nr, rc, "cannot be kept", line);
            goto out;
        }
        if (XLMEM_KNOWS(zone, nr_orders)) {
            rc = xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE,
                                 "the zone is listed twice", line);
            goto out;
        }
        rc = parse_orders(rest, zone);
        if (rc) {
            rc = xlmem__complain(where, lines.nr, rc,
                                 "expected the zone's free blocks", line);
            goto out;
        }
    }
    rc = merge_zones(&host->dom0, &found);
out:
    free(found.zones);
    return rc;
}

/* ----------------------------------------------------------- zoneinfo --- */

/* Linux 2.6.32 to 6.12, mm/vmstat.c: zoneinfo_show_print. */
static const xlmem__key zone_keys[] = {
    {"min", offsetof(xlmem_zone, min_pages)},
    {"low", offsetof(xlmem_zone, low_pages)},
    {"high", offsetof(xlmem_zone, high_pages)},
    {"spanned", offsetof(xlmem_zone, spanned_pages)},
    {"present", offsetof(xlmem_zone, present_pages)},
    {"managed", offsetof(xlmem_zone, managed_pages)},
};

/*
 * A line below a zone's head.  "pages free N" opens the figures of the zone
 * proper; the pagesets further down have a colon in each of their names.
 */
static int parse_zone_line(xlmem__str line, xlmem_zone *zone)
{
    xlmem__str rest = line, name = xlmem__word(&rest);
    size_t offset;
    uint64_t pages;
    int rc;

    if (xlmem__str_is(name, "pages")) {
        if (!xlmem__str_is(xlmem__word(&rest), "free"))
            return 0;
        offset = offsetof(xlmem_zone, free_pages);
    } else {
        const xlmem__key *key = xlmem__find_key(
            zone_keys, sizeof(zone_keys) / sizeof(zone_keys[0]), name);

        if (!key)
            return 0;
        offset = key->offset;
    }
    rc = xlmem__number_all(xlmem__trim(rest), 10, &pages);
    if (rc)
        return rc;
    return xlmem__set_fact(zone, offset, pages) ? 0 : XLMEM_ERROR_PARSE;
}

/* Sum one quantity over all zones into dom0, if every zone has it. */
static int sum_zones(const xlmem_dom0 *found, size_t from, xlmem_dom0 *dom0,
                     size_t to)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < found->nr_zones; i++) {
        const xlmem_zone *zone = &found->zones[i];
        const uint64_t *words = &zone->known;
        size_t at = from / sizeof(*words);

        if (!(*words >> (at - 1) & 1))
            return 0;
        if (!xlmem__add(sum, words[at], &sum))
            return XLMEM_ERROR_RANGE;
    }
    xlmem__set_fact(dom0, to, sum);
    return 0;
}

/* What the document as a whole says. */
static int finish_zoneinfo(const xlmem_dom0 *found, xlmem_host *host)
{
    static const size_t sums[][2] = {
        {offsetof(xlmem_zone, spanned_pages),
         offsetof(xlmem_dom0, spanned_pages)},
        {offsetof(xlmem_zone, present_pages),
         offsetof(xlmem_dom0, present_pages)},
        {offsetof(xlmem_zone, managed_pages),
         offsetof(xlmem_dom0, managed_pages)},
    };
    xlmem_dom0 totals = {0};
    size_t i;
    int rc;

    for (i = 0; found->nr_zones && i < 3; i++) {
        rc = sum_zones(found, sums[i][0], &totals, sums[i][1]);
        if (rc)
            return rc;
    }
    rc = merge_zones(&host->dom0, found);
    if (!rc)
        xlmem__merge_facts(&host->dom0, &totals);
    return rc;
}

/* A zone's head line: it becomes *zone_r. */
static int open_zone(xlmem_dom0 *found, uint64_t node, xlmem__str name,
                     xlmem_zone **zone_r)
{
    size_t before = found->nr_zones;
    int rc;

    *zone_r = xlmem__zone(found, node, name, &rc);
    if (!*zone_r)
        return rc;
    return found->nr_zones == before ? XLMEM_ERROR_PARSE : 0;
}

int xlmem__parse_zoneinfo(const char *buf, size_t len, xlmem_host *host,
                          xlmem__where *where)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem_dom0 found = {0};
    xlmem_zone *zone = NULL;
    xlmem__str line;
    int rc;

    while (xlmem__next_line(&lines, &line)) {
        xlmem__str rest = line, name;
        uint64_t node;

        if (xlmem__zone_head(&rest, &node, &name)) {
            rc = open_zone(&found, node, name, &zone);
            if (rc) {
                rc = xlmem__complain(where, lines.nr, rc,
                                     "a zone twice, or one too many", line);
                goto out;
            }
            continue;
        }
        if (!zone)
            continue;
        rc = parse_zone_line(line, zone);
        if (rc) {
            rc = xlmem__complain(where, lines.nr, rc,
                                 "expected a number of pages, the same as "
                                 "before",
                                 line);
            goto out;
        }
    }
    rc = finish_zoneinfo(&found, host);
    if (rc)
        rc = xlmem__complain(where, 0, rc, "the zones do not add up",
                             (xlmem__str){"", 0});
out:
    free(found.zones);
    return rc;
}
