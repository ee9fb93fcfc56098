/* SPDX-License-Identifier: LGPL-2.1-only */
/* Memory ranges as Xen and Linux print them, in all their wordings. */
#ifndef XLMEM_RANGES_H
#define XLMEM_RANGES_H

#include "codec/facts.h"

/* "usable", "System RAM", "ACPI data", "type 12"...: false for no type. */
bool xlmem__range_type(xlmem__str name, uint32_t *type_r);

/*
 * Append the range a piece of text holds, in any of these shapes:
 *   [0000000000000000, 000000000009fbff] (usable)     Xen from 4.13
 *   0000000000000000 - 000000000009fc00 (usable)      Xen before, old Linux
 *   [mem 0x00000000-0x0009fbff] usable                Linux from 3.5
 *   0 9fbff 1                                         plain
 * The end is the last byte, in the second shape the first byte behind.
 * A range of no bytes, which firmware does produce, is left out.
 * Returns 0, XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM.
 */
int xlmem__add_range(xlmem__str s, xlmem_map *map);

/* Add [first, last] with last included. */
int xlmem__add_inclusive(xlmem_map *map, uint64_t first, uint64_t last,
                         uint32_t type);

/* Make @map the host's unless the host has one from a better source; @map
 * is empty afterwards. */
void xlmem__offer_map(xlmem_host *host, xlmem_map *map);

#endif /* XLMEM_RANGES_H */
