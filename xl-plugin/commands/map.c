/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard map: the machine's memory map, and who has the memory. */
#include "commands/picture.h"
#include "output/mapview.h"
#include "output/parts.h"
#include "input/session.h"

static void draw(out *o, const xlmem_map *map, uint64_t top, const char *title)
{
    char end[32];
    out_bar bar = {.title = title, .start = "0"};
    map_view view;
    unsigned i;
    int rc = map_view_make(map, top, &view);

    if (rc) {
        out_fail(o, rc);
        return;
    }
    for (i = 0; i < NR_MAP_CLASSES; i++)
        bar.classes[i] = map_class_names[i];
    bar.end = map_address(end, sizeof(end), top);
    bar.nr = view.nr;
    bar.segments = view.segments;
    out_draw(o, &bar);
    map_view_dispose(&view);
}

static void draw_map(out *o, const xlmem_map *map)
{
    uint64_t top = xlmem_map_top_kb(map) * 1024;

    draw(o, map, top, "Addresses up to the highest RAM");
    if (map_needs_zoom(top))
        draw(o, map, MAP_4_GIB, "Addresses below 4 GiB");
}

static void put_ranges(out *o, const xlmem_map *map)
{
    size_t i;

    out_list(o, "ranges", "Ranges");
    for (i = 0; i < map->nr; i++) {
        const xlmem_range *range = &map->ranges[i];

        out_row(o);
        OUT_NUM(o, "start", "start", OUT_ADDR, range->start);
        OUT_NUM(o, "end", "end", OUT_ADDR, range->end);
        OUT_NUM(o, "size_kb", "kB", OUT_KB,
                (range->end - range->start) / 1024);
        out_text(o, "type", "type", xlmem_range_type_name(range->type));
        out_row_end(o);
    }
    out_end(o);
}

static void put_map_facts(out *o, const xlmem_host *host,
                          const xlmem_host_parts *parts)
{
    const xlmem_map *map = &host->map;

    OUT_FACT(o, "total_kb", host->no_xen ? NULL : "Xen's total", OUT_KB, host,
             total_kb);
    OUT_NUM(o, "usable_kb", "RAM in the map", OUT_KB,
            xlmem_map_usable_kb(map));
    OUT_NUM(o, "below_4g_kb", "of it below 4 GiB", OUT_KB,
            xlmem_map_usable_below_kb(map, MAP_4_GIB));
    OUT_NUM(o, "top_kb", "highest RAM ends at", OUT_KB, xlmem_map_top_kb(map));
    out_text(o, "source", "source",
             host->no_xen && map->source == XLMEM_MAP_DMESG
                 ? "the kernel's log"
                 : xlmem_map_source_name(map->source));
    out_bool(o, "partial", NULL, map->partial);
    out_bool(o, "no_xen", NULL, host->no_xen);
    if (host->no_xen)
        out_say(o, "No Xen runs on this machine: this is its firmware's map, "
                   "as the kernel has it.");
    else if (map->partial)
        out_say(o, "This map is one that dom0 sees: its holes are the "
                   "machine's, its RAM is completed from the total.");
    OUT_FACT(o, "xen_kb", NULL, OUT_KB, parts, xen_kb);
    OUT_FACT(o, "dom0_kb", NULL, OUT_KB, parts, dom0_kb);
    OUT_FACT(o, "domus_kb", NULL, OUT_KB, parts, domus_kb);
    OUT_FACT(o, "free_kb", NULL, OUT_KB, parts, free_kb);
}

static int report_map(const cmd_run *run, const xlmem_host *host)
{
    xlmem_host_parts parts;
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    xlmem_host_parts_of(host, &parts);
    put_map_facts(o, host, &parts);
    draw_map(o, &host->map);
    parts_draw(o, &parts);
    put_ranges(o, &host->map);
    return session_close_out(o, EXIT_DONE);
}

static int write_drawing(FILE *file, const void *host)
{
    return map_svg(host, file);
}

static int show(const cmd_run *run, const xlmem_host *host)
{
    const char *svg = run->value[MAP_SVG];
    int status = EXIT_DONE;

    if (host->map.source == XLMEM_MAP_NONE || !host->map.nr) {
        cmd_message("the memory map of this host is not known%s",
                    session_is_live(run)
                        ? ": Xen did not give it, and its log (xl dmesg) has "
                          "no \"RAM map:\" any more"
                        : "; record the output of xl dmesg soon after the "
                          "boot, as xl/dmesg, or dom0's own dmesg, or let "
                          "'xl memguard capture' ask Xen for it");
        return EXIT_FAILED;
    }
    if (svg)
        status = picture_write(run, svg, write_drawing, host);
    return status || picture_is_report(svg) ? status : report_map(run, host);
}

int cmd_map(const cmd_run *run)
{
    const char *svg = run->value[MAP_SVG];
    xlmem_host host;
    int status = picture_check(run, "--svg", svg), rc;

    if (status)
        return status;
    xlmem_host_init(&host);
    rc = session_snapshot_any(run, 0, &host);
    status = rc ? cmd_failed(rc) : show(run, &host);
    xlmem_host_dispose(&host);
    return status;
}
