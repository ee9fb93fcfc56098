/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domain's own file beside the host's configuration: for domains that have
 * none with a list in it, as libvirt's.
 *
 *     the list `memguard` in its file       counts first, as a whole
 *     what libxl has kept of it (xsdata)    of a restore, a reboot
 *     /etc/xen/memguard.d/NAME.conf         where neither says anything
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/opt_in.h"
#include "engine/ctx.h"
#include "private/backend.h"
#include "private/guard.h"

#define SUFFIX ".conf"

/* NAME_MAX of Linux, with the suffix. */
#define NAME_MOST (255 - (sizeof(SUFFIX) - 1))

/*
 * Whoever makes a domain chooses its name: of one that would lead out of the
 * folder, is hidden or spoils a message, there is no file.  A '?' may stand
 * for a byte that was made safe to print, and the name be another domain's.
 */
static bool is_file_name(const char *name)
{
    const size_t len = strlen(name);
    size_t i;

    for (i = 0; i < len; i++)
        if ((unsigned char)name[i] < ' ' || strchr("/?\x7f", name[i]))
            return false;
    return len && len <= NAME_MOST && name[0] != '.';
}

static int judge_conf(const char *buf, size_t len, xlmem_domu *domu,
                      xlmem__where *where)
{
    xlmem_opt_in list;
    int rc = xlmem__opt_in_conf(buf, len, &list, where);

    return rc ? rc
              : xlmem__opt_in_finish(&list, &domu->request, &domu->opt_in,
                                     where);
}

static void say_what(const xlmem__where *where, int rc, char *err,
                     size_t err_len)
{
    if (where->text[0])
        xlmem__where_line(where, err, err_len);
    else if (err_len)
        snprintf(err, err_len, "%s", xlmem_strerror(rc));
}

/* Nothing is logged: who asks says it, once. */
static int read_dom_conf(xlmem_ctx *ctx, const char *path, char **buf_r,
                         size_t *len_r, xlmem__where *where)
{
    const xlmem_backend *backend = ctx->backend;
    int rc = XLMEM_ERROR_UNSUPPORTED;

    if (backend->read_file)
        rc = backend->read_file(ctx->backend_user, path, buf_r, len_r);
    if (rc == XLMEM_ERROR_RANGE)
        snprintf(where->text, sizeof(where->text), "larger than %u MiB",
                 (unsigned)(XLMEM_DOCUMENT_MAX_BYTES >> 20));
    return rc == XLMEM_ERROR_UNSUPPORTED ? XLMEM_ERROR_NOTFOUND : rc;
}

int xlmem_domu_opt_in_file(xlmem_ctx *ctx, const char *name, xlmem_domu *domu,
                           char *err, size_t err_len)
{
    char path[XLMEM_DOM_CONF_ROOM];
    xlmem__where where = {.line = 0};
    char *buf;
    size_t len;
    int rc;

    if (!is_file_name(name) || !ctx->backend)
        return XLMEM_ERROR_NOTFOUND;
    snprintf(path, sizeof(path), XLMEM_DOM_CONF_DIR "/%s" SUFFIX, name);
    rc = read_dom_conf(ctx, path, &buf, &len, &where);
    if (rc == XLMEM_ERROR_NOTFOUND)
        return rc;
    if (!rc) {
        rc = judge_conf(buf, len, domu, &where);
        free(buf);
    }
    if (rc)
        say_what(&where, rc, err, err_len);
    return rc;
}
