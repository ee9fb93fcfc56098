/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/ctx.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "private/guard.h"
#include "private/layout.h"
#include "private/printable.h"

const char *xlmem_version(void)
{
    return XLMEM_VERSION;
}

bool xlmem_layout_is(const uint32_t *sizes, size_t nr)
{
    static const uint32_t ours[] = XLMEM_LAYOUT;

    return nr == sizeof(ours) / sizeof(ours[0]) &&
           !memcmp(sizes, ours, sizeof(ours));
}

void xlmem__keep_log(xlmem_ctx *ctx, char *log, size_t len)
{
    free(ctx->kept_log);
    ctx->kept_log = log;
    ctx->kept_log_len = len;
}

/* What was read of a host goes with it. */
static void close_backend(xlmem_ctx *ctx)
{
    xlmem__keep_log(ctx, NULL, 0);
    if (ctx->backend && ctx->backend->close)
        ctx->backend->close(ctx->backend_user);
    ctx->backend = NULL;
    ctx->backend_user = NULL;
}

void xlmem_ctx_free(xlmem_ctx *ctx)
{
    if (!ctx)
        return;
    close_backend(ctx);
    free(ctx);
}

void xlmem_ctx_set_log(xlmem_ctx *ctx, xlmem_log_fn *fn, void *user)
{
    ctx->log = fn;
    ctx->log_user = user;
}

int xlmem_ctx_set_backend(xlmem_ctx *ctx, const xlmem_backend *backend,
                          void *user)
{
    /* A table without its name is none; members are only added behind it. */
    if (!backend || backend->api_version != XLMEM_BACKEND_VERSION ||
        backend->struct_size < offsetof(xlmem_backend, close))
        return XLMEM_ERROR_INVAL;
    close_backend(ctx);
    memset(&ctx->table, 0, sizeof(ctx->table));
    memcpy(&ctx->table, backend,
           xlmem__min(backend->struct_size, sizeof(ctx->table)));
    ctx->backend = &ctx->table;
    ctx->backend_user = user;
    return 0;
}

const char *xlmem__why(const char *err, int rc)
{
    return err[0] ? err : xlmem_strerror(rc);
}

void xlmem__log(xlmem_ctx *ctx, int level, const char *fmt, ...)
{
    char text[512], safe[2 * sizeof(text)];
    va_list ap;

    if (!ctx->log)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    xlmem_escape(safe, sizeof(safe), text, XLMEM_ESCAPE_UNPRINTABLE);
    ctx->log(ctx->log_user, level, safe);
}

/* What a backend said beside its result. */
static int heard(xlmem_ctx *ctx, const char err[XLMEM__ERR_MAX], int rc)
{
    if (rc) {
        xlmem__log(ctx, XLMEM__ERR, "%s: %s", ctx->backend->name,
                   xlmem__why(err, rc));
    } else if (err[0] && strcmp(err, ctx->warned)) {
        xlmem__log(ctx, XLMEM__WARN, "%s: %s", ctx->backend->name, err);
        memcpy(ctx->warned, err, sizeof(ctx->warned));
    }
    return rc;
}

int xlmem__take_from(xlmem_ctx *ctx,
                     int (*read)(void *, xlmem_host *, char *, size_t),
                     xlmem_host *host)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = read(ctx->backend_user, host, err, sizeof(err));

    return heard(ctx, err, rc);
}

int xlmem__take_asked(xlmem_ctx *ctx, xlmem__asked_fn *read,
                      const xlmem_ask *ask, xlmem_host *host)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc = read(ctx->backend_user, host, ask, err, sizeof(err));

    return heard(ctx, err, rc);
}
