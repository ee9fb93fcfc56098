/* SPDX-License-Identifier: LGPL-2.1-only */
/* capture.so: puts recorded hosts behind a context, and writes one. */
#include "captures.h"

#include "engine/capture/capture.h"
#include "engine/capture/guarded.h"
#include "engine/capture/vitals.h"
#include "engine/facts/snapshot.h"
#include "model/doctor/view.h"
#include "sys/capture/capture.h"
#include "sys/capture/writer.h"

/* Put behind the context what one of the openers of sys/capture opens. */
static int attach(xlmem_ctx *ctx, const char *path,
                  int (*opener)(const char *, const xlmem_backend **, void **,
                                xlmem__msg *))
{
    const xlmem_backend *backend = NULL;
    char text[256] = "";
    xlmem__msg msg = {text, sizeof(text)};
    void *user = NULL;
    int rc = opener(path, &backend, &user, &msg);

    if (rc) {
        xlmem__log(ctx, XLMEM__ERR, "%s: %s", path, text);
        return rc;
    }
    rc = xlmem_ctx_set_backend(ctx, backend, user);
    if (rc && backend->close)
        backend->close(user);
    return rc;
}

static int open_capture(xlmem_ctx *ctx, const char *path)
{
    return attach(ctx, path, xlmem__open_capture);
}

static int open_json(xlmem_ctx *ctx, const char *path)
{
    return attach(ctx, path, xlmem__open_json);
}

static int open_plain_root(const char *path, const xlmem_backend **backend_r,
                           void **user_r, xlmem__msg *msg)
{
    (void)path;
    return xlmem__open_plain(backend_r, user_r, msg);
}

static int open_plain(xlmem_ctx *ctx)
{
    return attach(ctx, "this machine", open_plain_root);
}

static int open_machine(const xlmem_backend **backend_r, void **user_r,
                        char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    return xlmem__open_machine(backend_r, user_r, &msg);
}

static int read_vitals(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r)
{
    if (ctx->backend)
        return xlmem__vitals_needed(ctx, docs, xlmem__needs_types, vitals_r);
    xlmem__log(ctx, XLMEM__ERR, "no host was opened");
    return XLMEM_ERROR_INVAL;
}

static int write_capture(xlmem_ctx *ctx, const char *path,
                         xlmem_capture_fn *fn, void *user)
{
    char text[320] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem__sink sink = {xlmem__writer_put, NULL};
    xlmem__writer *writer;
    int rc;

    if (!ctx->backend)
        rc = xlmem__fail(&msg, XLMEM_ERROR_INVAL, "no host was opened");
    else
        rc = xlmem__writer_open(path, &writer, &msg);
    if (!rc) {
        sink.user = writer;
        rc = xlmem__capture_to(ctx, &sink, fn, user);
        rc = xlmem__writer_close(writer, rc, &msg);
    }
    if (rc && text[0])
        xlmem__log(ctx, XLMEM__ERR, "%s", text);
    return rc;
}

extern const xlmem__captures xlmem_captures;

__attribute__((visibility("default"))) const xlmem__captures xlmem_captures = {
    .layout = XLMEM__CAPTURES_LAYOUT,
    .build = XLMEM_VERSION,
    .open_capture = open_capture,
    .open_json = open_json,
    .write = write_capture,
    .snapshot = xlmem__snapshot_whole,
    .to_json = xlmem_host_to_json,
    .from_json = xlmem_host_from_json,
    .vitals = read_vitals,
    .open_plain = open_plain,
    .diagnose = xlmem__doctor,
    .diagnosis_id = xlmem__doctor_id_at,
    .guarded = xlmem__guarded_find,
    .remedies = xlmem__remedies_plan,
    .measure = xlmem__remedy_measure,
    .attend_look = xlmem__attend_look,
    .attend_done = xlmem__attend_done,
    .fragmentation = xlmem__fragmentation,
    .open_machine = open_machine,
};
