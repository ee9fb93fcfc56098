/* SPDX-License-Identifier: LGPL-2.1-only */
#include <inttypes.h>
#include <stdio.h>

#include "codec/domu.h"
#include "engine/ctx.h"
#include "private/guard.h"

int xlmem_guard_opt_in(xlmem_ctx *ctx, const xlmem_opt_in *opt_in,
                       void *config, const void *dispose)
{
    int rc = XLMEM_ERROR_UNSUPPORTED;
    char kb[24];

    if (!XLMEM_KNOWS(opt_in, dynamic_min_kb))
        return 0;
    snprintf(kb, sizeof(kb), "%" PRIu64, opt_in->dynamic_min_kb);
    if (ctx->backend && ctx->backend->keep_node)
        rc = ctx->backend->keep_node(ctx->backend_user, config, dispose,
                                     XLMEM__NODE_DYNAMIC_MIN, kb);
    if (rc)
        xlmem__log(ctx, XLMEM__ERR,
                   XLMEM__NODE_DYNAMIC_MIN
                   " cannot be given to the toolstack: %s",
                   rc == XLMEM_ERROR_UNSUPPORTED
                       ? "its libxl is not of this Xen's release"
                       : xlmem_strerror(rc));
    return rc;
}
