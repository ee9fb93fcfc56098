/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdlib.h>
#include <string.h>

#include "xlmem.h"

void xlmem_map_init(xlmem_map *map)
{
    memset(map, 0, sizeof(*map));
}

void xlmem_map_dispose(xlmem_map *map)
{
    free(map->ranges);
    xlmem_map_init(map);
}

/* Grown by doubling: firmware hands out some dozens of ranges. */
static int map_reserve(xlmem_map *map)
{
    xlmem_range *ranges;
    size_t room;

    if (map->nr & (map->nr - 1))
        return 0;
    room = map->nr ? map->nr * 2 : 1;
    if (room > SIZE_MAX / sizeof(*ranges))
        return XLMEM_ERROR_NOMEM;
    ranges = realloc(map->ranges, room * sizeof(*ranges));
    if (!ranges)
        return XLMEM_ERROR_NOMEM;
    map->ranges = ranges;
    return 0;
}

int xlmem_map_add(xlmem_map *map, uint64_t start, uint64_t end, uint32_t type)
{
    int rc;

    if (end <= start)
        return XLMEM_ERROR_RANGE;
    rc = map_reserve(map);
    if (rc)
        return rc;
    map->ranges[map->nr++] = (xlmem_range){start, end, type};
    return 0;
}

const char *xlmem_range_type_name(uint32_t type)
{
    switch (type) {
    case XLMEM_RANGE_RAM:
        return "RAM";
    case XLMEM_RANGE_RESERVED:
        return "reserved";
    case XLMEM_RANGE_ACPI:
        return "ACPI data";
    case XLMEM_RANGE_NVS:
        return "ACPI NVS";
    case XLMEM_RANGE_UNUSABLE:
        return "unusable";
    case XLMEM_RANGE_DISABLED:
        return "disabled";
    case XLMEM_RANGE_PMEM:
        return "persistent memory";
    default:
        return "other";
    }
}

const char *xlmem_map_source_name(xlmem_map_source source)
{
    switch (source) {
    case XLMEM_MAP_NONE:
        return "none";
    case XLMEM_MAP_XEN:
        return "Xen's memory map";
    case XLMEM_MAP_RING:
        return "Xen's console ring";
    case XLMEM_MAP_DMESG:
        return "dom0's kernel log";
    case XLMEM_MAP_FIRMWARE:
        return "dom0's firmware map";
    }
    return "none";
}
