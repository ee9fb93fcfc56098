/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backend that serves one recorded snapshot, a JSON file. */
#include "config.h"

#include "sys/capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/root.h"

struct recorded {
    char *json;
    size_t len;
};

static void recorded_close(void *user)
{
    struct recorded *recorded = user;

    free(recorded->json);
    free(recorded);
}

static int recorded_read_host(void *user, xlmem_host *host, char *err,
                              size_t err_len)
{
    const struct recorded *recorded = user;

    return xlmem_host_from_json(recorded->json, recorded->len, host, err,
                                err_len);
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "snapshot",
    .close = recorded_close,
    .read_host = recorded_read_host,
    .now_ms = xlmem__now_ms,
};

static int read_path(const char *path, struct recorded *recorded,
                     xlmem__msg *msg)
{
    int fd, rc = xlmem_file_open(path, &fd);

    if (rc == XLMEM_ERROR_DIRECTORY || rc == XLMEM_ERROR_SPECIAL)
        return xlmem__fail(msg, rc, "%s", xlmem_strerror(rc));
    if (rc)
        return xlmem__fail(msg, rc, "%s", strerror(errno));
    rc = xlmem__read_fd(fd, &recorded->json, &recorded->len);
    if (rc == XLMEM_ERROR_RANGE)
        xlmem__fail(msg, rc, "larger than %u MiB",
                    (unsigned)(XLMEM_DOCUMENT_MAX_BYTES >> 20));
    else if (rc)
        xlmem__fail(msg, rc, "%s", xlmem_strerror(rc));
    close(fd);
    return rc;
}

int xlmem__open_json(const char *path, const xlmem_backend **backend_r,
                     void **user_r, xlmem__msg *msg)
{
    struct recorded *recorded = calloc(1, sizeof(*recorded));
    xlmem_host host;
    int rc;

    if (!recorded)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    rc = read_path(path, recorded, msg);
    if (rc) {
        free(recorded);
        return rc;
    }
    xlmem_host_init(&host);
    rc = recorded_read_host(recorded, &host, msg->text, msg->len);
    xlmem_host_dispose(&host);
    if (rc) {
        recorded_close(recorded);
        return rc;
    }
    *backend_r = &backend;
    *user_r = recorded;
    return 0;
}
