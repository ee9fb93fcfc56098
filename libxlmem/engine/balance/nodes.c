/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/balance/nodes.h"

#include <string.h>

#include "engine/balance/cache.h"

typedef struct own_node {
    const char *name;
    size_t offset; /* in xlmem__kept; 0: memory/memguard-target */
} own_node;

static const own_node own_nodes[] = {
    {"memory/target", offsetof(xlmem__kept, target_kb)},
    {"memory/static-max", offsetof(xlmem__kept, static_max_kb)},
    {"memory/dynamic-min", offsetof(xlmem__kept, dynamic_min_kb)},
    {"memory/dynamic-max", offsetof(xlmem__kept, dynamic_max_kb)},
    {"memory/weight", offsetof(xlmem__kept, weight)},
    {"memory/uncooperative", offsetof(xlmem__kept, uncooperative)},
    {XLMEM__NODE_PIN, offsetof(xlmem__kept, pin_kb)},
    {XLMEM__NODE_TARGET_SET, 0},
};
#define NR_OWN (sizeof(own_nodes) / sizeof(own_nodes[0]))

/* Those of a domain's own word come behind ours. */
const char *xlmem__node_name(size_t place)
{
    return place < NR_OWN ? own_nodes[place].name
                          : xlmem__report_path(place - NR_OWN);
}

uint32_t xlmem__node_bit(size_t place)
{
    return UINT32_C(1) << place;
}

static bool is_below(const char *path, const char *folder)
{
    const size_t len = strlen(folder);

    return !strncmp(path, folder, len) && (!path[len] || path[len] == '/');
}

bool xlmem__node_is_data(const char *name)
{
    return is_below(name, "data");
}

/* As data/meminfo_free and data/meminfo_total, which are one report. */
static bool is_same_report(const char *a, const char *b)
{
    const char *end = strrchr(a, '_');
    const size_t len = end ? (size_t)(end + 1 - a) : 0;

    return len && !strncmp(a, b, len);
}

/* What may be another when @name has changed. */
uint32_t xlmem__nodes_touched(const char *name)
{
    const char *other;
    uint32_t marks = 0;
    size_t i, j;

    for (i = 0; xlmem__node_name(i); i++)
        if (is_below(xlmem__node_name(i), name))
            marks |= xlmem__node_bit(i);
    for (i = NR_OWN; xlmem__node_name(i); i++)
        for (j = NR_OWN;
             marks & xlmem__node_bit(i) && (other = xlmem__node_name(j)); j++)
            if (is_same_report(xlmem__node_name(i), other))
                marks |= xlmem__node_bit(j);
    return marks;
}

uint32_t xlmem__all_nodes(bool data)
{
    uint32_t marks = 0;
    size_t i;

    for (i = 0; xlmem__node_name(i); i++)
        if (data || i < NR_OWN)
            marks |= xlmem__node_bit(i);
    return marks;
}

size_t xlmem__node_offset(size_t place)
{
    return place < NR_OWN ? own_nodes[place].offset : XLMEM__NODE_IS_REPORT;
}
