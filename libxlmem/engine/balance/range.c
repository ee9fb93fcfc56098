/* SPDX-License-Identifier: LGPL-2.1-only */
#include <inttypes.h>
#include <stdio.h>

#include "codec/opt_in.h"
#include "engine/ctx.h"
#include "engine/guard/whose.h"
#include "private/backend.h"
#include "private/daemon.h"
#include "private/guard.h"

/* One node of a domain that is being changed. */
typedef struct change {
    const xlmem__opt_in_node *node;
    bool was_known;
    uint64_t was, is;
} change;

static int write_range_node(xlmem_ctx *ctx, uint64_t domid, const char *node,
                            bool known, uint64_t value)
{
    char path[XLMEM__DOM_PATH_MAX], text[24];

    xlmem__dom_path(domid, node, path);
    if (!known)
        return ctx->backend->node_remove(ctx->backend_user, path);
    snprintf(text, sizeof(text), "%" PRIu64, value);
    return ctx->backend->node_write(ctx->backend_user, path, text);
}

/* What a range changes of a domain, in the order of the table: min, max,
 * weight. */
static size_t find_changes(const xlmem_dom *dom, const xlmem_opt_in *range,
                           change list[XLMEM__OPT_IN_NODES])
{
    xlmem_opt_in now = {.known = 0}, wanted = *range;
    size_t i, nr = 0;

    if (XLMEM_KNOWS(dom, dynamic_min_kb))
        XLMEM_SET(&now, dynamic_min_kb, dom->dynamic_min_kb);
    if (XLMEM_KNOWS(dom, dynamic_max_kb))
        XLMEM_SET(&now, dynamic_max_kb, dom->dynamic_max_kb);
    if (XLMEM_KNOWS(dom, weight))
        XLMEM_SET(&now, weight, dom->weight);
    for (i = 0; i < XLMEM__OPT_IN_NODES; i++) {
        const xlmem__opt_in_node *node = &xlmem__opt_in_nodes[i];
        const uint64_t bit = XLMEM_FACT_BIT_AT(node->offset);

        if (range->known & bit)
            list[nr++] = (change){
                node,
                (now.known & bit) != 0,
                *xlmem__opt_in_at(&now, node->offset),
                *xlmem__opt_in_at(&wanted, node->offset),
            };
    }
    return nr;
}

/* A least size above the largest of before is written after that. */
static void order_changes(const xlmem_dom *dom, const xlmem_opt_in *range,
                          change list[XLMEM__OPT_IN_NODES])
{
    const bool both = XLMEM_KNOWS(range, dynamic_min_kb) &&
                      XLMEM_KNOWS(range, dynamic_max_kb);

    if (both && XLMEM_KNOWS(dom, dynamic_max_kb) &&
        range->dynamic_min_kb > dom->dynamic_max_kb) {
        const change min = list[0];

        list[0] = list[1];
        list[1] = min;
    }
}

static void take_back(xlmem_ctx *ctx, uint64_t domid, const change *list,
                      size_t nr)
{
    while (nr--)
        if (write_range_node(ctx, domid, list[nr].node->path,
                             list[nr].was_known, list[nr].was))
            xlmem__log(ctx, XLMEM__ERR,
                       "domain %" PRIu64 ": %s cannot be put back", domid,
                       list[nr].node->path);
}

int xlmem_range_set(xlmem_ctx *ctx, const xlmem_dom *dom,
                    const xlmem_opt_in *range)
{
    change list[XLMEM__OPT_IN_NODES];
    const size_t nr = find_changes(dom, range, list);
    size_t i;

    if (!ctx->backend || !ctx->backend->node_write ||
        !ctx->backend->node_remove)
        return XLMEM_ERROR_UNSUPPORTED;
    order_changes(dom, range, list);
    for (i = 0; i < nr; i++) {
        const change *c = &list[i];
        int rc = write_range_node(ctx, dom->domid, c->node->path, true, c->is);

        if (!rc)
            continue;
        xlmem__log(ctx, XLMEM__ERR,
                   "domain %" PRIu64 ": %s cannot be written: %s", dom->domid,
                   c->node->path, xlmem_strerror(rc));
        take_back(ctx, dom->domid, list, i);
        return rc;
    }
    return 0;
}

int xlmem_daemon_publish_dom(xlmem_ctx *ctx, uint64_t domid, const char *name,
                             const uint64_t *value)
{
    if (!ctx->backend || !ctx->backend->node_write ||
        !ctx->backend->node_remove)
        return XLMEM_ERROR_UNSUPPORTED;
    return write_range_node(ctx, domid, name, value != NULL,
                            value ? *value : 0);
}
