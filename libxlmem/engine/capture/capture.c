/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A capture: the documents of the tables as they stand, less what is secret,
 * and beside them the snapshot itself.  Texts round to MiB and say nothing of
 * claims or pools; the snapshot keeps what they lose, so that a capture gives
 * the decisions that the host would have given.
 *
 *     backend with documents only   documents, scrubbed
 *     backend with read_xen         the same, and xl/... xen/... rendered
 *     backend with read_host        all that can be rendered
 */
#include "engine/capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/capture/render.h"
#include "codec/capture/scrub.h"
#include "engine/capture/boot_files.h"
#include "engine/capture/text_files.h"
#include "engine/capture/vitals.h"
#include "private/guard.h"

struct capture {
    xlmem_ctx *ctx;
    const xlmem__sink *sink;
    xlmem_capture_fn *fn;
    void *fn_user;
};

static void tell_path(const struct capture *capture, const char *path, int rc)
{
    if (capture->fn)
        capture->fn(capture->fn_user, path, rc);
}

static int put_captured(const struct capture *capture, const char *path,
                        const char *buf, size_t len)
{
    int rc = capture->sink->put(capture->sink->user, path, buf, len);

    tell_path(capture, path, rc);
    if (rc)
        xlmem__log(capture->ctx, XLMEM__ERR, "%s: cannot be written: %s", path,
                   xlmem_strerror(rc));
    return rc;
}

static int put_scrubbed(const struct capture *capture, const char *path,
                        const char *buf, size_t len)
{
    bool store = !strcmp(path, "xenstore/ls");
    char *copy;
    size_t copy_len;
    int rc = store ? xlmem__scrub_xenstore(buf, len, &copy, &copy_len)
                   : xlmem__scrub(buf, len, &copy, &copy_len);

    if (rc) {
        xlmem__log(capture->ctx, XLMEM__ERR, "%s: %s", path,
                   xlmem_strerror(rc));
        return rc;
    }
    rc = put_captured(capture, path, copy, copy_len);
    free(copy);
    return rc;
}

/* What cannot be read is told and left out; what there is no memory for ends
 * the capture. */
static int copy_document(const struct capture *capture, const char *path)
{
    const xlmem_backend *backend = capture->ctx->backend;
    char *buf;
    size_t len;
    int rc;

    if (!backend->read_file)
        return 0;
    rc = backend->read_file(capture->ctx->backend_user, path, &buf, &len);
    if (rc) {
        if (rc != XLMEM_ERROR_NOTFOUND && rc != XLMEM_ERROR_UNSUPPORTED)
            tell_path(capture, path, rc);
        return xlmem__go_without(rc);
    }
    rc = put_scrubbed(capture, path, buf, len);
    free(buf);
    return rc;
}

static int copy_numbers(const struct capture *capture,
                        const xlmem__number_file *files, size_t nr)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < nr && !rc; i++)
        rc = copy_document(capture, files[i].path);
    return rc;
}

static int copy_documents(const struct capture *capture)
{
    bool rendered = capture->ctx->backend->read_xen != NULL;
    size_t i;
    int rc = 0;

    for (i = 0; i < xlmem__nr_text_files && !rc; i++)
        if (!rendered || !(xlmem__text_files[i].flags & XLMEM__TEXT_XEN))
            rc = copy_document(capture, xlmem__text_files[i].path);
    for (i = 0; i < xlmem__nr_documents && !rc; i++)
        rc = copy_document(capture, xlmem__documents[i].path);
    if (!rc)
        rc =
            copy_numbers(capture, xlmem__number_files, xlmem__nr_number_files);
    return rc ? rc
              : copy_numbers(capture, xlmem__more_numbers,
                             xlmem__nr_more_numbers);
}

/* Each name of a folder that @wanted takes; @more behind it, or "". */
static int copy_folder(const struct capture *capture, const char *dir,
                       bool (*wanted)(const char *), const char *const *more)
{
    const xlmem_backend *backend = capture->ctx->backend;
    char **names, path[512];
    size_t nr, i, k;
    int rc;

    if (!backend->list_dir)
        return 0;
    rc = backend->list_dir(capture->ctx->backend_user, dir, &names, &nr);
    if (rc)
        return xlmem__go_without(rc);
    for (i = 0; i < nr && !rc; i++)
        for (k = 0; more[k] && wanted(names[i]) && !rc; k++) {
            snprintf(path, sizeof(path), "%s/%s%s", dir, names[i], more[k]);
            rc = copy_document(capture, path);
        }
    xlmem__free_list(names, nr);
    return rc;
}

/* The state of each memory block, where they are not more than are read. */
static int copy_blocks(const struct capture *capture)
{
    static const char *const state[] = {"/state", NULL};
    const xlmem_backend *backend = capture->ctx->backend;
    char **names;
    size_t nr;
    int rc = copy_document(capture, XLMEM__BLOCKS_DIR "/block_size_bytes");

    if (!rc)
        rc = copy_document(capture, XLMEM__BLOCKS_DIR "/auto_online_blocks");
    if (rc || !backend->list_dir)
        return rc;
    rc = backend->list_dir(capture->ctx->backend_user, XLMEM__BLOCKS_DIR,
                           &names, &nr);
    if (rc)
        return xlmem__go_without(rc);
    xlmem__free_list(names, nr);
    return nr <= XLMEM__BLOCKS_MAX ? copy_folder(capture, XLMEM__BLOCKS_DIR,
                                                 xlmem__is_block, state)
                                   : 0;
}

static bool is_domid_name(const char *name)
{
    return name[0] && strspn(name, "0123456789") == strlen(name);
}

/* What an editor leaves behind has other names, and says nothing. */
static bool is_range_file(const char *name)
{
    const size_t len = strlen(name);

    return len > 5 && name[0] != '.' && !strcmp(name + len - 5, ".conf");
}

static int copy_folders(const struct capture *capture)
{
    static const char *const entry[] = {"/start", "/end", "/type", NULL};
    static const char *const itself[] = {"", NULL};
    char efi[XLMEM__BOOT_PATH_MAX];
    int rc = copy_folder(capture, XLMEM__FIRMWARE_DIR, is_domid_name, entry);

    if (!rc)
        rc = copy_document(capture, XLMEM__GRUB_FILE);
    if (!rc)
        rc =
            copy_folder(capture, XLMEM__GRUB_DIR, xlmem__is_grub_part, itself);
    if (!rc && xlmem__find_efi_cfg(capture->ctx, efi))
        rc = copy_document(capture, efi);
    if (!rc)
        rc = copy_blocks(capture);
    if (!rc)
        rc = copy_folder(capture, XLMEM_DOM_CONF_DIR, is_range_file, itself);
    if (!rc)
        rc = copy_folder(capture, XLMEM__XEN_LOGS_DIR, xlmem__is_xen_log,
                         itself);
    return rc;
}

/* ----------------------------------------------------------- rendered --- */

static const struct {
    const char *path;
    xlmem__renderer *render;
} rendered[] = {
    {"xl/info", xlmem__render_xl_info},
    {"xl/list", xlmem__render_xl_list},
    {"xl/list-l.json", xlmem__render_xl_list_long},
    {"xen/e820", xlmem__render_e820},
    {"xenstore/ls", xlmem__render_xenstore_ls},
};

static int put_rendered(const struct capture *capture, const char *path,
                        xlmem__renderer *render, const xlmem_host *host)
{
    char *text = NULL;
    int rc = render(host, &text);

    if (rc)
        xlmem__log(capture->ctx, XLMEM__ERR, "%s: %s", path,
                   xlmem_strerror(rc));
    else if (text)
        rc = put_captured(capture, path, text, strlen(text));
    free(text);
    return rc;
}

static int scrub_host(xlmem_host *host)
{
    int rc = xlmem__scrub_text(&host->xen_cmdline);

    if (!rc)
        rc = xlmem__scrub_text(&host->xen_config_line);
    if (!rc)
        rc = xlmem__scrub_text(&host->xen_other_line);
    if (!rc)
        rc = xlmem__scrub_text(&host->dom0.kernel_cmdline);
    return rc;
}

static int put_host_document(const struct capture *capture, xlmem_host *host)
{
    const xlmem_backend *backend = capture->ctx->backend;
    size_t i;
    int rc = scrub_host(host);

    if (!rc)
        rc = put_rendered(capture, XLMEM__HOST_FILE, xlmem_host_to_json, host);
    if (!backend->read_xen && !backend->read_host)
        return rc;
    for (i = 0; i < sizeof(rendered) / sizeof(rendered[0]) && !rc; i++)
        rc = put_rendered(capture, rendered[i].path, rendered[i].render, host);
    return rc;
}

int xlmem__capture_to(xlmem_ctx *ctx, const xlmem__sink *sink,
                      xlmem_capture_fn *fn, void *user)
{
    const struct capture capture = {ctx, sink, fn, user};
    xlmem_host host;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem_snapshot(ctx, &host);
    /* A host that cannot be understood is what a capture is wanted of. */
    if (rc)
        tell_path(&capture, XLMEM__HOST_FILE, rc);
    rc = rc ? 0 : put_host_document(&capture, &host);
    xlmem_host_dispose(&host);
    if (!rc)
        rc = copy_documents(&capture);
    if (!rc)
        rc = copy_folders(&capture);
    return rc;
}
