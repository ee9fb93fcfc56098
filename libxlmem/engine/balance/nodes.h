/* SPDX-License-Identifier: LGPL-2.1-only */
/* The nodes of a domain that are kept, each with a place and a mark. */
#ifndef XLMEM_ENGINE_NODES_H
#define XLMEM_ENGINE_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Its name below the domain's folder; NULL behind the last. */
const char *xlmem__node_name(size_t place);

/* Where its number is in an xlmem__kept; 0: it is no number but
 * memory/memguard-target. */
#define XLMEM__NODE_IS_REPORT SIZE_MAX
size_t xlmem__node_offset(size_t place);

/* The mark of one, and those of all: of reports, too, with @data. */
uint32_t xlmem__node_bit(size_t place);
uint32_t xlmem__all_nodes(bool data);

/* Which may be another when something of this name has changed. */
uint32_t xlmem__nodes_touched(const char *name);

/* Whether it is below what a domain may write. */
bool xlmem__node_is_data(const char *name);

#endif /* XLMEM_ENGINE_NODES_H */
