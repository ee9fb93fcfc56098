/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The backend of this machine: where no Xen is below it, by itself; else the
 * live module, which no guarded create may make larger, passes on to it what
 * it does not know.
 */
#include "config.h"

#include "sys/capture/capture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/capture/xen_files.h"
#include "sys/capture/holders.h"
#include "sys/capture/logs.h"
#include "sys/capture/machine_write.h"
#include "sys/capture/processes.h"
#include "sys/machine.h"
#include "sys/root.h"

static void plain_close(void *user)
{
    int *root = user;

    close(*root);
    free(root);
}

static int plain_read_file(void *user, const char *path, char **buf_r,
                           size_t *len_r)
{
    const int *root = user;

    return xlmem__machine_is_log(path)
               ? xlmem__machine_log(*root, path, buf_r, len_r)
               : xlmem__machine_read(*root, path, buf_r, len_r);
}

static int plain_list_dir(void *user, const char *path, char ***names_r,
                          size_t *nr_r)
{
    const int *root = user;

    return xlmem__root_list(*root, path, names_r, nr_r);
}

static int plain_processes(void *user, xlmem_vitals_procs *procs_r)
{
    (void)user;
    return xlmem__processes_read("/proc", NULL, procs_r);
}

static int plain_holders(void *user, xlmem_vitals_procs *procs)
{
    (void)user;
    return xlmem__holders_read("/proc", NULL, procs);
}

/* Nothing of what Xen knows, and that; of the Xen to come its release. */
static int plain_xen(void *user, xlmem_host *host, char *err, size_t err_len)
{
    const int *root = user;
    xlmem__release xen;
    char **names;
    size_t nr;

    if (err_len)
        err[0] = '\0';
    XLMEM_SET(host, no_xen, 1);
    if (xlmem__root_list(*root, "boot", &names, &nr))
        return 0;
    if (xlmem__xen_files_newest(names, nr, &xen)) {
        XLMEM_SET(host, xen_major, xen.major);
        XLMEM_SET(host, xen_minor, xen.minor);
    }
    xlmem__free_names(names, nr);
    return 0;
}

static int plain_write_setting(void *user, const char *path, const char *value,
                               char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};
    const int *root = user;

    return xlmem__machine_write_setting(*root, path, value, &msg);
}

static int plain_replace_file(void *user, const char *path, const char *text,
                              size_t len, char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};
    const int *root = user;

    return xlmem__machine_replace(*root, path, text, len, &msg);
}

static int plain_sync_files(void *user, char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    (void)user;
    return xlmem__machine_sync(&msg);
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "machine",
    .close = plain_close,
    .read_file = plain_read_file,
    .list_dir = plain_list_dir,
    .read_xen = plain_xen,
    .now_ms = xlmem__now_ms,
    .read_processes = plain_processes,
    .read_holders = plain_holders,
    .write_setting = plain_write_setting,
    .replace_file = plain_replace_file,
    .sync_files = plain_sync_files,
};

/* As the live module is looked for: module.c, check_xen. */
static bool runs_under_xen(int root)
{
    char *type;
    size_t len;
    bool xen;

    if (xlmem__root_read_kernels(root, "sys/hypervisor/type", &type, &len))
        return false;
    xen = len >= 3 && !memcmp(type, "xen", 3);
    free(type);
    return xen;
}

int xlmem__open_machine(const xlmem_backend **backend_r, void **user_r,
                        xlmem__msg *msg)
{
    int *root = malloc(sizeof(*root));
    int rc;

    if (!root)
        return xlmem__fail(msg, XLMEM_ERROR_NOMEM, "out of memory");
    rc = xlmem__root_open("/", root);
    if (rc) {
        free(root);
        return xlmem__fail(msg, rc, "cannot open /");
    }
    *backend_r = &backend;
    *user_r = root;
    return 0;
}

int xlmem__open_plain(const xlmem_backend **backend_r, void **user_r,
                      xlmem__msg *msg)
{
    int rc = xlmem__open_machine(backend_r, user_r, msg);

    if (rc || !runs_under_xen(*(int *)*user_r))
        return rc;
    plain_close(*user_r);
    return xlmem__fail(msg, XLMEM_ERROR_UNSUPPORTED, "it runs under Xen");
}
