/* SPDX-License-Identifier: LGPL-2.1-only */
/* The one file that knows both the engine and sys: picks what stands behind a
 * context. */
#include <stdlib.h>
#include <unistd.h>

#include "captures.h"
#include "codec/conf.h"
#include "engine/ctx.h"
#include "engine/policy_file.h"
#include "sys/last_policy.h"
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

/* The backend keeps its sink for good, a context's may be set anew. */
static void forward(void *ctx, int level, const char *text)
{
    xlmem__log(ctx, level, "%s", text);
}

/* A logger that was given to xlmem_ctx_alloc gets libxl's messages as they
 * are; any other sink gets them as lines. */
static xlmem_live_params params_of(xlmem_ctx *ctx)
{
    xlmem_live_params params = {
        .struct_size = sizeof(params),
        .log = forward,
        .log_user = ctx,
        .open_machine = xlmem__open_captures_machine,
    };

    if (ctx->log == xlmem__log_xtl)
        params.lg = ctx->log_user;
    return params;
}

int xlmem_ctx_open_live(xlmem_ctx *ctx)
{
    const xlmem__live_place place = {"", XLMEM_MODULE_DIR};
    const xlmem_live_params params = params_of(ctx);
    const xlmem_backend *backend;
    char text[320] = "";
    xlmem__msg msg = {text, sizeof(text)};
    void *user;
    int rc;

    rc = xlmem__live_open(&place, &params, &backend, &user, &msg);
    if (rc) {
        xlmem__log(ctx, XLMEM__ERR, "%s", text);
        return rc;
    }
    rc = xlmem_ctx_set_backend(ctx, backend, user);
    if (rc) {
        backend->close(user);
        xlmem__log(ctx, XLMEM__ERR, "the live module's backend is too old");
    }
    return rc;
}

/* Where a policy is read. */
typedef struct policy_root {
    const char *path;
    int fd; /* -1: it cannot be opened */
} policy_root;

static int read_below(void *user, const char *path, char **buf_r,
                      size_t *len_r)
{
    const policy_root *root = user;

    return root->fd < 0 ? XLMEM_ERROR_IO
                        : xlmem__policy_document(root->fd, path, buf_r, len_r);
}

static bool exists_below(void *user, const char *path)
{
    const policy_root *root = user;

    return xlmem__root_has(root->path, path);
}

int xlmem_policy_find(const char *root, xlmem_policy *policy_r,
                      xlmem_policy_report *report_r)
{
    char last[XLMEM__POLICY_TEXT_MAX];
    policy_root at = {root ? root : "/", -1};
    const xlmem__policy_files files = {
        .read = read_below, .exists = exists_below, .user = &at};
    int rc;

    if (xlmem__root_open(at.path, &at.fd))
        at.fd = -1;
    rc = xlmem__policy_of(&files, policy_r, report_r, last, sizeof(last));
    if (at.fd >= 0 && last[0])
        xlmem__last_policy_keep(at.fd, last);
    if (at.fd >= 0)
        close(at.fd);
    return rc;
}
