/* SPDX-License-Identifier: LGPL-2.1-only */
#include <inttypes.h>
#include <stdio.h>

#include "codec/opt_in.h"
#include "engine/ctx.h"
#include "private/guard.h"

/* Where the domain's configuration is to be kept, and what frees it. */
typedef struct keeping {
    xlmem_ctx *ctx;
    void *config;
    const void *dispose;
} keeping;

static int keep_one(const keeping *k, const char *path, uint64_t value)
{
    int rc = XLMEM_ERROR_UNSUPPORTED;
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    if (k->ctx->backend && k->ctx->backend->keep_node)
        rc = k->ctx->backend->keep_node(k->ctx->backend_user, k->config,
                                        k->dispose, path, text);
    if (rc)
        xlmem__log(k->ctx, XLMEM__ERR,
                   "%s cannot be given to the toolstack: %s", path,
                   rc == XLMEM_ERROR_UNSUPPORTED
                       ? "its libxl is not of this Xen's release"
                       : xlmem_strerror(rc));
    return rc;
}

int xlmem_guard_opt_in(xlmem_ctx *ctx, const xlmem_opt_in *opt_in,
                       void *config, const void *dispose)
{
    const keeping k = {ctx, config, dispose};
    xlmem_opt_in values = *opt_in;
    size_t i;
    int rc = 0;

    for (i = 0; i < XLMEM__OPT_IN_NODES && !rc; i++) {
        const xlmem__opt_in_node *node = &xlmem__opt_in_nodes[i];

        if (opt_in->known & XLMEM_FACT_BIT_AT(node->offset))
            rc = keep_one(&k, node->path,
                          *xlmem__opt_in_at(&values, node->offset));
    }
    return rc;
}
