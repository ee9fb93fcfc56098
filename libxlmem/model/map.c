/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A memory map as the hypervisor leaves it (Xen arch/x86/e820.c,
 * sanitize_e820_map, unchanged from 4.14 to 4.20): where ranges overlap the
 * highest type number wins, type 0 is a hole, neighbours of one type are one
 * range.
 *
 *     in   111111111111     out  1111 22 444 1
 *              22222
 *                444
 *
 * The ranges are sorted by start.  A heap holds those that are open at the
 * current address, highest type on top; one that ended is only taken out once
 * it gets there.  Every step opens a range or takes one out: O(n log n).
 */
#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "model/units.h"

#define PAGE_BYTES UINT64_C(4096)

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

/* The sweep: sorted input, open ranges, output.  One allocation. */
struct sweep {
    const xlmem_range *in;
    size_t nr_in, next;
    xlmem_range *heap; /* by type, the highest at [0] */
    size_t nr_heap;
    xlmem_range *out;
    size_t nr_out;
};

static int by_start(const void *a, const void *b)
{
    const xlmem_range *ra = a, *rb = b;

    return (ra->start > rb->start) - (ra->start < rb->start);
}

static void swap_ranges(xlmem_range *a, xlmem_range *b)
{
    xlmem_range c = *a;

    *a = *b;
    *b = c;
}

static void heap_push(struct sweep *s, const xlmem_range *range)
{
    size_t i = s->nr_heap++;

    s->heap[i] = *range;
    while (i && s->heap[(i - 1) / 2].type < s->heap[i].type) {
        swap_ranges(&s->heap[(i - 1) / 2], &s->heap[i]);
        i = (i - 1) / 2;
    }
}

static void heap_pop(struct sweep *s)
{
    size_t i = 0, child;

    s->heap[0] = s->heap[--s->nr_heap];
    while ((child = 2 * i + 1) < s->nr_heap) {
        if (child + 1 < s->nr_heap &&
            s->heap[child + 1].type > s->heap[child].type)
            child++;
        if (s->heap[child].type <= s->heap[i].type)
            return;
        swap_ranges(&s->heap[child], &s->heap[i]);
        i = child;
    }
}

static void emit(struct sweep *s, uint64_t start, uint64_t end, uint32_t type)
{
    xlmem_range *last = s->nr_out ? &s->out[s->nr_out - 1] : NULL;

    if (!type)
        return;
    if (last && last->type == type && last->end == start)
        last->end = end;
    else
        s->out[s->nr_out++] = (xlmem_range){start, end, type};
}

static void sweep_map(struct sweep *s)
{
    uint64_t at = 0;

    while (s->next < s->nr_in || s->nr_heap) {
        uint64_t end;

        if (!s->nr_heap && at < s->in[s->next].start)
            at = s->in[s->next].start;
        while (s->next < s->nr_in && s->in[s->next].start <= at)
            heap_push(s, &s->in[s->next++]);
        while (s->nr_heap && s->heap[0].end <= at)
            heap_pop(s);
        if (!s->nr_heap)
            continue;
        end = s->heap[0].end;
        if (s->next < s->nr_in)
            end = xlmem__min(end, s->in[s->next].start);
        emit(s, at, end, s->heap[0].type);
        at = end;
    }
}

/* The capacity xlmem_map_add expects of an array with this many ranges. */
static size_t capacity_for(size_t nr)
{
    size_t room = 1;

    while (room < nr)
        room *= 2;
    return room;
}

int xlmem_map_normalise(xlmem_map *map)
{
    struct sweep s = {.in = map->ranges, .nr_in = map->nr};
    xlmem_map result = *map;
    xlmem_range *sorted;

    if (!map->nr)
        return XLMEM_ERROR_INFEASIBLE;
    if (map->nr > SIZE_MAX / sizeof(*sorted) / 8)
        return XLMEM_ERROR_NOMEM;
    /* A range ends or begins at each edge of the output: below 2 nr. */
    s.out = malloc(capacity_for(2 * map->nr) * sizeof(*s.out));
    sorted = malloc(2 * map->nr * sizeof(*sorted));
    if (!s.out || !sorted) {
        free(s.out);
        free(sorted);
        return XLMEM_ERROR_NOMEM;
    }
    memcpy(sorted, map->ranges, map->nr * sizeof(*sorted));
    qsort(sorted, map->nr, sizeof(*sorted), by_start);
    s.in = sorted;
    s.heap = sorted + map->nr;
    sweep_map(&s);
    free(sorted);

    result.ranges = s.out;
    result.nr = s.nr_out;
    if (!xlmem_map_usable_kb(&result)) {
        free(s.out);
        return XLMEM_ERROR_INFEASIBLE;
    }
    free(map->ranges);
    *map = result;
    return 0;
}

/* The whole pages of RAM in a range below a limit, as [first, end). */
static bool ram_pages(const xlmem_range *range, uint64_t limit,
                      uint64_t *first_r, uint64_t *end_r)
{
    uint64_t first = xlmem__div_up(range->start, PAGE_BYTES);
    uint64_t end = xlmem__min(range->end, limit) / PAGE_BYTES;

    if (range->type != XLMEM_RANGE_RAM || first >= end)
        return false;
    *first_r = first;
    *end_r = end;
    return true;
}

uint64_t xlmem_map_usable_below_kb(const xlmem_map *map, uint64_t limit)
{
    uint64_t pages = 0, first, end;
    size_t i;

    for (i = 0; i < map->nr; i++)
        if (ram_pages(&map->ranges[i], limit, &first, &end))
            pages = xlmem__add_sat(pages, end - first);
    return xlmem__mul_sat(pages, XLMEM__PAGE_KB);
}

uint64_t xlmem_map_usable_kb(const xlmem_map *map)
{
    return xlmem_map_usable_below_kb(map, UINT64_MAX);
}

uint64_t xlmem_map_top_kb(const xlmem_map *map)
{
    uint64_t top = 0, first, end;
    size_t i;

    for (i = 0; i < map->nr; i++)
        if (ram_pages(&map->ranges[i], UINT64_MAX, &first, &end))
            top = xlmem__max(top, end);
    return top * XLMEM__PAGE_KB;
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
    case XLMEM_MAP_ASSUMED:
        return "assumed: that of a PC";
    }
    return "none";
}
