/* SPDX-License-Identifier: LGPL-2.1-only */
#include "private/daemon.h"

#include <stdio.h>

#include "engine/ctx.h"

int xlmem_daemon_publish(xlmem_ctx *ctx, const char *name, const char *value)
{
    const xlmem_backend *backend = ctx->backend;
    char path[96];

    if (!backend || !backend->node_write || !backend->node_remove)
        return XLMEM_ERROR_UNSUPPORTED;
    if (!name)
        return backend->node_remove(ctx->backend_user, XLMEM_DAEMON_NODE);
    snprintf(path, sizeof(path), XLMEM_DAEMON_NODE "/%s", name);
    return backend->node_write(ctx->backend_user, path, value);
}
