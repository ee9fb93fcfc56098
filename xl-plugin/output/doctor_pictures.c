/* SPDX-License-Identifier: LGPL-2.1-only */
/* The pictures of the doctor's page; the styles that they use are in
 * page_style.c. */
#include "output/doctor_page.h"

#include <inttypes.h>

#include "output/mapview.h"
#include "output/page.h"
#include "output/parts.h"
#include "private/advice.h"

static const char *mib_of(char buf[32], uint64_t kb)
{
    return xlmem_format_mib(buf, 32, kb);
}

int doctor_page_map(const xlmem_host *host, FILE *file)
{
    xlmem_host_parts parts;
    int rc;

    xlmem_host_parts_of(host, &parts);
    if (!host->map.nr && !parts_known(&parts))
        return 0;
    page_section(file, "map", "The machine's memory");
    fputs("<div class=\"card side\">\n", file);
    rc = map_svg_parts(host, file);
    fputs("</div>\n", file);
    page_section_end(file);
    return rc;
}

/* ----------------------------------------------------------- domains --- */

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What the longest track stands for: the most that any domain has or may. */
static uint64_t track_kb(const xlmem_host *host)
{
    uint64_t most = 1;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        most = larger(most, larger(dom->tot_kb, dom->target_kb));
        most = larger(most, xlmem_dom_ceiling_kb(dom));
    }
    if (XLMEM_KNOWS(host, total_kb) && host->total_kb && most > host->total_kb)
        most = host->total_kb;
    return most;
}

/* In hundredths of a percent of the track; what is beyond it ends with it. */
static unsigned track_share(uint64_t kb, uint64_t of_kb)
{
    const uint64_t unit = of_kb / 10000 + 1;

    if (kb >= of_kb)
        return 10000;
    return (unsigned)(of_kb > 10000 ? kb / unit * 10000 / (of_kb / unit)
                                    : kb * 10000 / of_kb);
}

static void put_stretch(FILE *file, const char *class, unsigned share)
{
    fprintf(file, "<i class=\"%s\" style=\"width:%u.%02u%%\"></i>", class,
            share / 100, share % 100);
}

static void put_mark(FILE *file, const char *class, unsigned share)
{
    fprintf(file, "<i class=\"%s\" style=\"left:%u.%02u%%\"></i>", class,
            share / 100, share % 100);
}

static void put_track(const xlmem_dom *dom, uint64_t of_kb, FILE *file)
{
    fputs("<div class=\"track\">", file);
    if (xlmem_dom_ceiling_kb(dom))
        put_stretch(file, "may",
                    track_share(xlmem_dom_ceiling_kb(dom), of_kb));
    if (XLMEM_KNOWS(dom, tot_kb))
        put_stretch(file, "has", track_share(dom->tot_kb, of_kb));
    if (XLMEM_KNOWS(dom, dynamic_min_kb))
        put_mark(file, "floor", track_share(dom->dynamic_min_kb, of_kb));
    if (XLMEM_KNOWS(dom, target_kb))
        put_mark(file, "target", track_share(dom->target_kb, of_kb));
    fputs("</div>\n", file);
}

static void put_size(FILE *file, const char **comma, const char *what,
                     uint64_t kb, bool known)
{
    char size[32];

    if (!known)
        return;
    fprintf(file, "%s%s %s", *comma, what, mib_of(size, kb));
    *comma = ", ";
}

static void put_domain(const xlmem_dom *dom, uint64_t of_kb, FILE *file)
{
    const char *comma = "";

    fputs("<div class=\"dom\">\n<p>", file);
    page_text(file, dom->name ? dom->name : "a domain");
    fprintf(file, " <span class=\"of\">%" PRIu64 "%s</span></p>\n", dom->domid,
            dom->dying ? ", dying" : "");
    put_track(dom, of_kb, file);
    fputs("<p class=\"soft sizes\">", file);
    put_size(file, &comma, "has", dom->tot_kb, XLMEM_KNOWS(dom, tot_kb));
    put_size(file, &comma, "target", dom->target_kb,
             XLMEM_KNOWS(dom, target_kb));
    put_size(file, &comma, "floor", dom->dynamic_min_kb,
             XLMEM_KNOWS(dom, dynamic_min_kb));
    put_size(file, &comma,
             XLMEM_KNOWS(dom, static_max_kb) ? "static-max" : "maxmem",
             xlmem_dom_ceiling_kb(dom), xlmem_dom_ceiling_kb(dom) != 0);
    fputs("</p>\n</div>\n", file);
}

void doctor_page_domains(const xlmem_host *host, FILE *file)
{
    const uint64_t of_kb = track_kb(host);
    size_t i;

    if (!host->nr_doms)
        return;
    page_section(file, "domains", "Domains");
    fputs("<div class=\"card\">\n<div class=\"key\">"
          "<span class=\"has\">has</span>"
          "<span class=\"may\">may have (static-max)</span>"
          "<span class=\"target\">target</span>"
          "<span class=\"floor\">floor</span></div>\n",
          file);
    for (i = 0; i < host->nr_doms; i++)
        put_domain(&host->doms[i], of_kb, file);
    fputs("</div>\n", file);
    page_section_end(file);
}

/* -------------------------------------------------------- free lists --- */

/* "999", "12k", "3M": a cell is narrow. */
static const char *short_count(char *buf, size_t len, uint64_t nr)
{
    static const char units[] = "kMGTPE";
    const char *unit = units;

    if (nr < 1000) {
        snprintf(buf, len, "%" PRIu64, nr);
        return buf;
    }
    for (nr /= 1000; nr >= 1000 && unit[1]; unit++)
        nr /= 1000;
    snprintf(buf, len, "%" PRIu64 "%c", nr, *unit);
    return buf;
}

static uint64_t zone_free_pages(const xlmem_vitals_zone *zone)
{
    uint64_t o, sum = 0;

    for (o = 0; o < zone->nr_orders && o < XLMEM_NR_ORDERS; o++)
        sum += zone->free_blocks[o] << o;
    return sum;
}

/* How dark: 12 to 90 of 100 by the share of what is free. */
static void put_heat(FILE *file, uint64_t blocks, unsigned order,
                     uint64_t free_pages)
{
    const uint64_t unit = free_pages / 1000 + 1;
    const uint64_t share =
        (blocks << order) / unit * 78 / (free_pages / unit + 1);
    char text[24];

    if (!blocks) {
        fputs("<td class=\"none\">0</td>", file);
        return;
    }
    fprintf(file,
            "<td style=\"--share:.%02u\" title=\"%" PRIu64
            " blocks of order %u\">%s</td>",
            (unsigned)(12 + (share > 78 ? 78 : share)), blocks, order,
            short_count(text, sizeof(text), blocks));
}

static unsigned most_orders(const xlmem_vitals *vitals)
{
    uint64_t most = 1;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        if (XLMEM_KNOWS(&vitals->zones[i], nr_orders))
            most = larger(most, vitals->zones[i].nr_orders);
    return most < XLMEM_NR_ORDERS ? (unsigned)most : XLMEM_NR_ORDERS;
}

static void put_zone_lists(const xlmem_vitals_zone *zone, unsigned nr,
                           FILE *file)
{
    const uint64_t free_pages = zone_free_pages(zone);
    char size[32];
    unsigned o;

    fprintf(file, "<tr><th class=\"zone\" colspan=\"%u\">Node %" PRIu64 ", ",
            nr, zone->node);
    page_text(file, zone->name);
    fprintf(file, " <span class=\"of\">%s free</span></th></tr>\n<tr>",
            mib_of(size,
                   free_pages > UINT64_MAX / 4 ? UINT64_MAX : free_pages * 4));
    for (o = 0; o < nr; o++)
        if (o < zone->nr_orders)
            put_heat(file, zone->free_blocks[o], o, free_pages);
        else
            fputs("<td class=\"none\"></td>", file);
    fputs("</tr>\n", file);
}

void doctor_page_zones(const xlmem_vitals *vitals, FILE *file)
{
    const unsigned nr = most_orders(vitals);
    size_t i;
    unsigned o;

    if (!xlmem_vitals_has(vitals, XLMEM_DOC_BUDDYINFO))
        return;
    page_section(file, "zones", "Free memory by the size of its pieces");
    fputs("<p class=\"soft lead\">Free blocks of each order, 2<sup>n</sup> "
          "pages; the darker, the more of what is free lies there. Back ends "
          "of disks ask for order 3.</p>\n"
          "<div class=\"card\">\n<table class=\"heat\">\n<thead><tr>",
          file);
    for (o = 0; o < nr; o++)
        fprintf(file, "<th>%u</th>", o);
    fputs("</tr></thead>\n<tbody>\n", file);
    for (i = 0; i < vitals->nr_zones; i++)
        if (XLMEM_KNOWS(&vitals->zones[i], nr_orders))
            put_zone_lists(&vitals->zones[i], nr, file);
    fputs("</tbody></table>\n</div>\n", file);
    page_section_end(file);
}

/* ------------------------------------------------------ dom0's memory --- */

static void put_mem_kb(FILE *file, const char *what, uint64_t kb, bool known)
{
    char size[32];

    if (known)
        page_fact(file, what, mib_of(size, kb));
}

#define PUT_MEM(what, f)                                                      \
    put_mem_kb(file, what, vitals->mem.f, XLMEM_KNOWS(&vitals->mem, f))

static void put_hundredths(FILE *file, const char *what, uint64_t value,
                           bool percent)
{
    char text[40];

    snprintf(text, sizeof(text), "%" PRIu64 ".%02" PRIu64 "%s", value / 100,
             value % 100, percent ? " %" : "");
    page_fact(file, what, text);
}

static void put_load(const xlmem_vitals_load *load, FILE *file)
{
    fputs("<table class=\"facts\">\n", file);
    if (XLMEM_KNOWS(load, load1_bp))
        put_hundredths(file, "load of a minute", load->load1_bp / 100, false);
    if (XLMEM_KNOWS(load, tasks_running)) {
        char text[24];

        snprintf(text, sizeof(text), "%" PRIu64, load->tasks_running);
        page_fact(file, "tasks that run", text);
    }
    if (XLMEM_KNOWS(load, mem_some60_bp))
        put_hundredths(file, "waits for memory, avg60", load->mem_some60_bp,
                       true);
    if (XLMEM_KNOWS(load, io_some60_bp))
        put_hundredths(file, "waits for I/O, avg60", load->io_some60_bp, true);
    fputs("</table>\n", file);
}

static void put_largest(const xlmem_vitals_procs *procs, FILE *file)
{
    char size[32];
    size_t i;

    if (!procs->nr_largest)
        return;
    fputs(
        "<table class=\"facts\">\n"
        "<thead><tr><th colspan=\"2\">The largest processes</th></tr></thead>"
        "\n",
        file);
    for (i = 0; i < procs->nr_largest && i < XLMEM_LARGEST_MAX; i++)
        page_fact(file, procs->largest[i].comm,
                  mib_of(size, procs->largest[i].rss_kb));
    fputs("</table>\n", file);
}

void doctor_page_memory(const xlmem_vitals *vitals, FILE *file)
{
    if (!XLMEM_KNOWS(&vitals->mem, mem_total_kb))
        return;
    page_section(file, "memory", "What its kernel says");
    fputs("<div class=\"card side\">\n<table class=\"facts\">\n", file);
    PUT_MEM("MemTotal", mem_total_kb);
    PUT_MEM("MemAvailable", mem_available_kb);
    PUT_MEM("MemFree", mem_free_kb);
    PUT_MEM("page cache", cached_kb);
    PUT_MEM("anonymous", anon_pages_kb);
    fputs("</table>\n<table class=\"facts\">\n", file);
    PUT_MEM("slab, reclaimable", sreclaimable_kb);
    PUT_MEM("slab, not reclaimable", sunreclaim_kb);
    PUT_MEM("swap", swap_total_kb);
    PUT_MEM("swap, free", swap_free_kb);
    PUT_MEM("promised to processes", committed_as_kb);
    fputs("</table>\n", file);
    put_load(&vitals->load, file);
    put_largest(&vitals->procs, file);
    fputs("</div>\n", file);
    page_section_end(file);
}
