/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backend that serves a directory of recorded files. */
#include "sys/capture/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static int capture_stream_file(void *user, const char *path,
                               xlmem_piece_fn *fn, void *arg)
{
    const int *root = user;

    return xlmem__root_stream(*root, path, fn, arg);
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
    .stream_file = capture_stream_file,
};

int xlmem__open_capture(const char *path, const xlmem_backend **backend_r,
                        void **user_r, xlmem__msg *msg)
{
    struct stat st;
    int *root;
    int rc, err;

    if (!stat(path, &st) && !S_ISDIR(st.st_mode))
        return xlmem__open_archive(path, backend_r, user_r, msg);
    root = malloc(sizeof(*root));
    if (!root)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    rc = xlmem__root_open(path, root);
    if (rc) {
        err = errno;
        free(root);
        return xlmem__fail(msg, rc, "%s", strerror(err));
    }
    *backend_r = &backend;
    *user_r = root;
    return 0;
}
