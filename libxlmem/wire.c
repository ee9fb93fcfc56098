/* SPDX-License-Identifier: LGPL-2.1-only */
/* The one file that knows both the engine and sys: picks what stands behind a
 * context. */
#include <stdlib.h>

#include "engine/ctx.h"
#include "sys/sys.h"

int xlmem_ctx_alloc(xlmem_ctx **ctx_r, unsigned api_version,
                    struct xentoollog_logger *lg)
{
    xlmem_ctx *ctx;

    if (api_version != XLMEM_API_VERSION)
        return XLMEM_ERROR_INVAL;
    ctx = calloc(1, sizeof(*ctx));
    if (!ctx)
        return XLMEM_ERROR_NOMEM;
    if (lg)
        xlmem_ctx_set_log(ctx, xlmem__log_xtl, lg);
    *ctx_r = ctx;
    return 0;
}
