/* SPDX-License-Identifier: LGPL-2.1-only */
/* A memory map cut into the pieces that are drawn. */
#ifndef XL_MEMGUARD_MAPVIEW_H
#define XL_MEMGUARD_MAPVIEW_H

#include "output/out.h"
#include "private/all.h"

typedef enum map_class {
    MAP_RAM,
    MAP_HOLE,
    MAP_RESERVED,
    MAP_ACPI,
    MAP_OTHER,
    NR_MAP_CLASSES
} map_class;

extern const char *const map_class_names[NR_MAP_CLASSES];

#define MAP_4_GIB (UINT64_C(1) << 32)

/* The pieces of addresses from 0 to @top, holes included, in bytes. */
typedef struct map_view {
    uint64_t top;
    size_t nr;
    out_segment *segments; /* owned */
} map_view;

/*
 * map_view_make: cut @map at @top.
 * Returns 0 or XLMEM_ERROR_NOMEM.
 */
int map_view_make(const xlmem_map *map, uint64_t top, map_view *view_r);
void map_view_dispose(map_view *view);

/* Whether what is below 4 GiB would be too small to see beside the rest. */
bool map_needs_zoom(uint64_t top);

/* "4 GiB", "17 GiB", "16.5 GiB", in the shortest form. */
const char *map_address(char *buf, size_t len, uint64_t bytes);

/*
 * map_svg: a drawing of the host as a self-contained SVG file.
 * Returns 0, XLMEM_ERROR_NOMEM; errors of @file are the caller's to find.
 */
int map_svg(const xlmem_host *host, FILE *file);

/*
 * map_svg_parts: the same drawings one by one, for a page (page.h): of the map
 * and of who has the memory, what is known.  Returns as map_svg.
 */
int map_svg_parts(const xlmem_host *host, FILE *file);

#endif /* XL_MEMGUARD_MAPVIEW_H */
