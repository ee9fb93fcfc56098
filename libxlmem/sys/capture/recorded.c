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

/* A pipe is fine: it is named by the caller, <(ssh HOST ...) for example. */
static int read_path(const char *path, struct recorded *recorded,
                     xlmem__msg *msg)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc;
    struct stat st;

    if (fd < 0) {
        rc = xlmem__rc_of_errno(errno);
        return xlmem__fail(msg, rc, "%s", strerror(errno));
    }
    if (fstat(fd, &st) || (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))) {
        rc = xlmem__fail(msg, XLMEM_ERROR_IO, "neither a file nor a pipe");
        goto out;
    }
    rc = xlmem__read_fd(fd, &recorded->json, &recorded->len);
    if (rc == XLMEM_ERROR_RANGE)
        xlmem__fail(msg, rc, "larger than %u MiB",
                    (unsigned)(XLMEM_DOCUMENT_MAX_BYTES >> 20));
    else if (rc)
        xlmem__fail(msg, rc, "%s", xlmem_strerror(rc));
out:
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
