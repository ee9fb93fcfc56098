/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The host as a drawing to look at: the address space up to the highest RAM,
 * the part below 4 GiB where that would be too small to see, and who has the
 * memory, domain by domain.  No script, no font, no file from outside.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "output/mapview.h"
#include "output/page.h"
#include "output/parts.h"
#include "private/advice.h"

/* A file of its own; a part of a page, which is read on telephones, too. */
#define WIDTH 960U
#define MARGIN 32U
#define PART_WIDTH 420U
#define PART_MARGIN 1U
#define PART_HEIGHT 182U /* three lines of legend: all classes of a map */

#define BAR_HEIGHT 56U
#define LEGEND_STEP 172U
#define LEGEND_LINE 22U
#define DOMS_DRAWN_MAX 200
#define GIB_KB (UINT64_C(1) << 20)

typedef struct svg {
    FILE *file;
    unsigned y; /* where the next thing goes */
    unsigned width, margin;
} svg;

static unsigned bar_width(const svg *s)
{
    return s->width - 2 * s->margin;
}

static const char *const map_fill[NR_MAP_CLASSES] = {
    "#2f6f9f", "url(#hole)", "#c9873a", "#8a6fb0", "#a33c3c",
};

static void put_svg_text(svg *s, unsigned x, const char *class,
                         const char *text)
{
    fprintf(s->file, "<text x=\"%u\" y=\"%u\" class=\"%s\">", x, s->y, class);
    page_text(s->file, text);
    fputs("</text>\n", s->file);
}

static void format_svg_size(char *buf, size_t len, const char *what,
                            uint64_t kb)
{
    char size[32];
    uint64_t tenths = (kb % GIB_KB * 10 + GIB_KB / 2) / GIB_KB;

    if (kb >= GIB_KB)
        snprintf(size, sizeof(size), "%" PRIu64 ".%" PRIu64 " GiB",
                 kb / GIB_KB + tenths / 10, tenths % 10);
    else
        xlmem_format_mib(size, sizeof(size), kb);
    snprintf(buf, len, "%s %s", what, size);
}

/* @amount of @total in hundredths of the bar's width. */
static uint64_t scaled(const svg *s, uint64_t amount, uint64_t total)
{
    const uint64_t width = UINT64_C(100) * bar_width(s);
    uint64_t unit = total / width + 1;

    return amount / unit * width / (total / unit ? total / unit : 1);
}

/* @name: what a reader sees who points at it; NULL for nothing. */
static void put_box(svg *s, uint64_t from, uint64_t to, const char *fill,
                    const char *name)
{
    fprintf(s->file,
            "<rect x=\"%" PRIu64 ".%02" PRIu64 "\" y=\"%u\" width=\"%" PRIu64
            ".%02" PRIu64 "\" height=\"%u\" fill=\"%s\"",
            s->margin + from / 100, from % 100, s->y, (to - from) / 100,
            (to - from) % 100, BAR_HEIGHT, fill);
    if (name) {
        fputs("><title>", s->file);
        page_text(s->file, name);
        fputs("</title></rect>\n", s->file);
    } else {
        fputs("/>\n", s->file);
    }
}

static void put_frame(svg *s)
{
    fprintf(s->file,
            "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" "
            "class=\"frame\"/>\n",
            s->margin, s->y, bar_width(s), BAR_HEIGHT);
}

static void put_swatch(svg *s, unsigned n, const char *fill, const char *text)
{
    const unsigned in_line = bar_width(s) / LEGEND_STEP;
    const unsigned x = s->margin + n % in_line * LEGEND_STEP;
    const unsigned base = s->y;

    s->y += n / in_line * LEGEND_LINE;
    fprintf(s->file,
            "<rect x=\"%u\" y=\"%u\" width=\"12\" height=\"12\" "
            "fill=\"%s\" class=\"swatch\"/>\n",
            x, s->y - 11, fill);
    put_svg_text(s, x + 20, "legend", text);
    s->y = base;
}

static void put_map_legend(svg *s, const map_view *view)
{
    uint64_t sum[NR_MAP_CLASSES] = {0};
    unsigned c, n = 0;
    size_t i;

    for (i = 0; i < view->nr; i++)
        sum[view->segments[i].class] += view->segments[i].amount;
    for (c = 0; c < NR_MAP_CLASSES; c++) {
        char text[64];

        if (!sum[c])
            continue;
        format_svg_size(text, sizeof(text), map_class_names[c], sum[c] / 1024);
        put_swatch(s, n++, map_fill[c], text);
    }
}

static int put_svg_map(svg *s, const xlmem_map *map, uint64_t top,
                       const char *title)
{
    uint64_t at = 0;
    char end[32];
    map_view view;
    size_t i;
    int rc = map_view_make(map, top, &view);

    if (rc)
        return rc;
    put_svg_text(s, s->margin, "title", title);
    s->y += 14;
    for (i = 0; i < view.nr; i++) {
        put_box(s, scaled(s, at, top),
                scaled(s, at + view.segments[i].amount, top),
                map_fill[view.segments[i].class], NULL);
        at += view.segments[i].amount;
    }
    put_frame(s);
    s->y += BAR_HEIGHT + 18;
    put_svg_text(s, s->margin, "tick", "0");
    put_svg_text(s, s->width - s->margin, "tick end",
                 map_address(end, sizeof(end), top));
    s->y += 26;
    put_map_legend(s, &view);
    s->y += 48;
    map_view_dispose(&view);
    return 0;
}

/* The domUs one beside the other, so that large ones stand out. */
static void put_domus(svg *s, const xlmem_host *host, uint64_t at,
                      uint64_t total)
{
    size_t i, drawn = 0;

    for (i = 0; i < host->nr_doms && drawn < DOMS_DRAWN_MAX; i++) {
        const xlmem_dom *dom = &host->doms[i];
        char text[160];

        if (!dom->domid)
            continue;
        format_svg_size(text, sizeof(text), dom->name ? dom->name : "a domU",
                        dom->tot_kb);
        put_box(s, scaled(s, at, total), scaled(s, at + dom->tot_kb, total),
                drawn++ % 2 ? "#6fae75" : "#4d9155", text);
        at += dom->tot_kb;
    }
}

static void put_parts(svg *s, const xlmem_host *host,
                      const xlmem_host_parts *p)
{
    const struct {
        const char *name, *fill;
        uint64_t kb;
    } list[] = {
        {"Xen", "#7a4b8c", p->xen_kb},
        {"dom0", "#2f6f9f", p->dom0_kb},
        {"domUs", "#4d9155", p->domus_kb},
        {"free", "#e4e8ec", p->free_kb},
    };
    uint64_t total = p->xen_kb + p->dom0_kb + p->domus_kb + p->free_kb;
    uint64_t at = 0;
    unsigned i, box = s->y + 14;

    put_svg_text(s, s->margin, "title", "Who has the memory");
    s->y = box;
    for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        char text[64];

        s->y = box;
        put_box(s, scaled(s, at, total), scaled(s, at + list[i].kb, total),
                list[i].fill, NULL);
        if (i == 2)
            put_domus(s, host, at, total);
        at += list[i].kb;
        s->y = box + BAR_HEIGHT + 30;
        format_svg_size(text, sizeof(text), list[i].name, list[i].kb);
        put_swatch(s, i, list[i].fill, text);
    }
    s->y = box;
    put_frame(s);
    s->y = box + BAR_HEIGHT + 62;
}

/* What holes are filled with; once in each document. */
#define HOLE                                                                  \
    "<defs><pattern id=\"hole\" width=\"8\" height=\"8\" "                    \
    "patternUnits=\"userSpaceOnUse\" "                                        \
    "patternTransform=\"rotate(45)\">"                                        \
    "<rect width=\"8\" height=\"8\" fill=\"#f4f5f6\"/>"                       \
    "<rect width=\"2\" height=\"8\" fill=\"#cdd3d8\"/>"                       \
    "</pattern></defs>\n"

static void put_head(svg *s, unsigned height)
{
    fprintf(s->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
            "height=\"%u\" viewBox=\"0 0 %u %u\">\n"
            "<title>Memory of a Xen host</title>\n<style>\n"
            "text { font-family: sans-serif; fill: #20262c; }\n"
            ".head { font-size: 22px; font-weight: bold; }\n"
            ".sub { font-size: 14px; fill: #5b6670; }\n"
            ".title { font-size: 15px; font-weight: bold; }\n"
            ".tick, .legend { font-size: 13px; }\n"
            ".tick { fill: #5b6670; } .end { text-anchor: end; }\n"
            ".frame { fill: none; stroke: #20262c; }\n"
            ".swatch { stroke: #20262c; stroke-width: 0.5; }\n</style>\n" HOLE
            "<rect width=\"%u\" height=\"%u\" fill=\"#ffffff\"/>\n",
            WIDTH, height, WIDTH, height, WIDTH, height);
}

int map_svg(const xlmem_host *host, FILE *file)
{
    const xlmem_map *map = &host->map;
    uint64_t top = xlmem_map_top_kb(map) * 1024;
    unsigned panels = 1 + map_needs_zoom(top);
    svg s = {file, 44, WIDTH, MARGIN};
    char text[160];
    xlmem_host_parts parts;
    int rc;

    xlmem_host_parts_of(host, &parts);
    put_head(&s, 96 + 162 * (panels + parts_known(&parts)));
    put_svg_text(&s, MARGIN, "head", "Memory of a Xen host");
    s.y += 24;
    format_svg_size(text, sizeof(text), "RAM:", xlmem_map_usable_kb(map));
    put_svg_text(&s, MARGIN, "sub", text);
    put_svg_text(&s, WIDTH - MARGIN, "sub end",
                 xlmem_map_source_name(map->source));
    s.y += 46;
    rc = put_svg_map(&s, map, top, "Addresses up to the highest RAM");
    if (!rc && panels > 1)
        rc = put_svg_map(&s, map, MAP_4_GIB, "Addresses below 4 GiB");
    if (rc) /* without an end nobody takes it for whole */
        return rc;
    if (parts_known(&parts))
        put_parts(&s, host, &parts);
    fputs("</svg>\n", file);
    return 0;
}

/* A drawing in a page, whose style it has. */
static void begin_part(svg *s, const char *name, bool first)
{
    s->y = 18;
    fprintf(s->file,
            "<svg class=\"drawing\" viewBox=\"0 0 %u %u\" role=\"img\" "
            "aria-label=\"%s\">\n%s",
            PART_WIDTH, PART_HEIGHT, name, first ? HOLE : "");
}

static int put_map_part(svg *s, const xlmem_map *map, uint64_t top, bool first)
{
    const char *title =
        first ? "Addresses up to the highest RAM" : "Addresses below 4 GiB";
    int rc;

    begin_part(s, title, first);
    rc = put_svg_map(s, map, top, title);
    if (!rc)
        fputs("</svg>\n", s->file);
    return rc;
}

int map_svg_parts(const xlmem_host *host, FILE *file)
{
    const xlmem_map *map = &host->map;
    const uint64_t top = xlmem_map_top_kb(map) * 1024;
    svg s = {file, 0, PART_WIDTH, PART_MARGIN};
    xlmem_host_parts parts;
    int rc = 0;

    if (map->nr)
        rc = put_map_part(&s, map, top, true);
    if (!rc && map->nr && map_needs_zoom(top))
        rc = put_map_part(&s, map, MAP_4_GIB, false);
    xlmem_host_parts_of(host, &parts);
    if (rc || !parts_known(&parts))
        return rc;
    begin_part(&s, "Who has the memory", false);
    put_parts(&s, host, &parts);
    fputs("</svg>\n", file);
    return 0;
}
