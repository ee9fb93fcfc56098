/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backend that serves a directory of recorded files. */
#include "sys/capture.h"

#include <stdlib.h>
#include <unistd.h>

#include "sys/root.h"

static void capture_close(void *user)
{
    int *root = user;

    close(*root);
    free(root);
}

static int capture_read_file(void *user, const char *path, char **buf_r,
                             size_t *len_r)
{
    const int *root = user;

    return xlmem__root_read(*root, path, buf_r, len_r);
}

static int capture_list_dir(void *user, const char *path, char ***names_r,
                            size_t *nr_r)
{
    const int *root = user;

    return xlmem__root_list(*root, path, names_r, nr_r);
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "capture",
    .close = capture_close,
    .read_file = capture_read_file,
    .list_dir = capture_list_dir,
    .now_ms = xlmem__now_ms,
};

int xlmem__open_directory(const char *path, const xlmem_backend **backend_r,
                          void **user_r)
{
    int *root = malloc(sizeof(*root));
    int rc;

    if (!root)
        return XLMEM_ERROR_NOMEM;
    rc = xlmem__root_open(path, root);
    if (rc) {
        free(root);
        return rc;
    }
    *backend_r = &backend;
    *user_r = root;
    return 0;
}
