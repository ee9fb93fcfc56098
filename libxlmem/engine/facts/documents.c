/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/facts/documents.h"

#include <stdlib.h>

/*
 * /proc/version is the running kernel's; `xl info` of a capture may have been
 * saved at another time.
 *
 * meminfo is the last that is parsed, and info/current_kb the first number
 * after it: of a dom0 that balloons they are to be of one moment (draft.c).
 */
const xlmem__document xlmem__documents[] = {
    {"proc/version", xlmem__parse_version, XLMEM__DOC_FLOOR},
    {"proc/meminfo", xlmem__parse_meminfo, XLMEM__DOC_BOOKS},
};
const size_t xlmem__nr_documents =
    sizeof(xlmem__documents) / sizeof(xlmem__documents[0]);

const xlmem__number_file xlmem__number_files[] = {
    {XLMEM__BALLOON_FILE("info/current_kb"),
     offsetof(xlmem_dom0, balloon_current_kb)},
    {XLMEM__BALLOON_FILE("target_kb"),
     offsetof(xlmem_dom0, balloon_target_kb)},
};
const size_t xlmem__nr_number_files =
    sizeof(xlmem__number_files) / sizeof(xlmem__number_files[0]);

int xlmem__say_unread(xlmem_ctx *ctx, const char *path, uint64_t max_bytes,
                      int rc)
{
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        rc = XLMEM_ERROR_NOTFOUND;
    if (rc == XLMEM_ERROR_RANGE)
        xlmem__log(ctx, XLMEM__ERR, "%s: larger than %u MiB", path,
                   (unsigned)(max_bytes >> 20));
    else if (rc && rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(ctx, XLMEM__ERR, "%s: cannot be read: %s", path,
                   xlmem_strerror(rc));
    return rc;
}

int xlmem__read_document(xlmem_ctx *ctx, const char *path, char **buf_r,
                         size_t *len_r)
{
    int rc;

    if (!ctx->backend->read_file)
        return XLMEM_ERROR_NOTFOUND;
    rc = ctx->backend->read_file(ctx->backend_user, path, buf_r, len_r);
    return xlmem__say_unread(ctx, path, XLMEM_DOCUMENT_MAX_BYTES, rc);
}

int xlmem__list_documents(xlmem_ctx *ctx, const char *path, char ***names_r,
                          size_t *nr_r)
{
    int rc;

    if (!ctx->backend->list_dir)
        return XLMEM_ERROR_NOTFOUND;
    rc = ctx->backend->list_dir(ctx->backend_user, path, names_r, nr_r);
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        rc = XLMEM_ERROR_NOTFOUND;
    if (rc && rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(ctx, XLMEM__ERR, "%s: cannot be listed: %s", path,
                   xlmem_strerror(rc));
    return rc;
}

void xlmem__free_list(char **names, size_t nr)
{
    while (nr)
        free(names[--nr]);
    free(names);
}

static void say_of(xlmem_ctx *ctx, int level, const char *path,
                   const xlmem__where *where)
{
    char line[XLMEM__WHERE_MAX];

    xlmem__log(ctx, level, "%s: %s", path,
               xlmem__where_line(where, line, sizeof(line)));
}

void xlmem__complain_of(xlmem_ctx *ctx, const char *path,
                        const xlmem__where *where)
{
    say_of(ctx, XLMEM__ERR, path, where);
}

void xlmem__warn_of(xlmem_ctx *ctx, const char *path,
                    const xlmem__where *where)
{
    say_of(ctx, XLMEM__WARN, path, where);
}

int xlmem__go_without(int rc)
{
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}
