/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/mapview.h"

#include <stdlib.h>

const char *const map_class_names[NR_MAP_CLASSES] = {
    "RAM", "hole", "reserved", "ACPI", "other",
};

static map_class class_of(uint32_t type)
{
    switch (type) {
    case XLMEM_RANGE_RAM:
        return MAP_RAM;
    case XLMEM_RANGE_RESERVED:
        return MAP_RESERVED;
    case XLMEM_RANGE_ACPI:
    case XLMEM_RANGE_NVS:
        return MAP_ACPI;
    default:
        return MAP_OTHER;
    }
}

static void put_class(map_view *view, map_class class, uint64_t from,
                      uint64_t to)
{
    if (from < to)
        view->segments[view->nr++] = (out_segment){class, to - from};
}

int map_view_make(const xlmem_map *map, uint64_t top, map_view *view_r)
{
    map_view view = {.top = top};
    uint64_t at = 0;
    size_t i;

    view.segments = calloc(2 * map->nr + 1, sizeof(*view.segments));
    if (!view.segments)
        return XLMEM_ERROR_NOMEM;
    for (i = 0; i < map->nr && map->ranges[i].start < top; i++) {
        const xlmem_range *range = &map->ranges[i];
        uint64_t end = range->end < top ? range->end : top;

        put_class(&view, MAP_HOLE, at, range->start);
        put_class(&view, class_of(range->type), range->start, end);
        at = end;
    }
    put_class(&view, MAP_HOLE, at, top);
    *view_r = view;
    return 0;
}

void map_view_dispose(map_view *view)
{
    free(view->segments);
    *view = (map_view){.top = 0};
}

bool map_needs_zoom(uint64_t top)
{
    return top > 2 * MAP_4_GIB;
}

const char *map_address(char *buf, size_t len, uint64_t bytes)
{
    if (!bytes)
        snprintf(buf, len, "0");
    else
        xlmem_format_size_kb(buf, len, bytes / 1024);
    return buf;
}
