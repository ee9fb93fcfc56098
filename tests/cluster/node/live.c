/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A live module for a host that is made up: what Xen would say of it is a
 * snapshot that tests/cluster/xl writes, and the ledger is a real one.  So
 * whoever loads libxlmem there, the guard in xl or xl-memguard, decides by its
 * own books, under its own lock.  Nobody gives memory there: no target is set.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "private/ctx.h"
#include "sys/folder.h"
#include "sys/ledger.h"
#include "sys/machine.h"
#include "sys/root.h"
#include "sys/sys.h"

#define SNAPSHOT "/run/host/host.json"
/* As the module of a real Xen has it (sys/live_effects.c). */
#define RUN_DIR "/run/xlmem"

extern const xlmem_live_module_v2 xlmem_live_module;

typedef struct made_up {
    int root;
    xlmem__ledger *ledger;
} made_up;

static xlmem__msg line_to(char *err, size_t err_len)
{
    if (err_len)
        err[0] = '\0';
    return (xlmem__msg){err, err_len};
}

static int read_host(void *user, xlmem_host *host, char *err, size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    int fd = open(SNAPSHOT, O_RDONLY | O_CLOEXEC), rc;
    char *json = NULL;
    size_t len;

    (void)user;
    if (fd < 0)
        return xlmem__fail(&msg, XLMEM_ERROR_XEN, SNAPSHOT ": %s",
                           strerror(errno));
    rc = xlmem__read_fd(fd, &json, &len);
    close(fd);
    if (!rc)
        rc = xlmem_host_from_json(json, len, host, err, err_len);
    free(json);
    return rc;
}

static int read_file(void *user, const char *path, char **buf_r, size_t *len_r)
{
    return xlmem__machine_read(((made_up *)user)->root, path, buf_r, len_r);
}

static int list_dir(void *user, const char *path, char ***names_r,
                    size_t *nr_r)
{
    return xlmem__root_list(((made_up *)user)->root, path, names_r, nr_r);
}

static int set_target_kb(void *user, uint64_t domid, uint64_t target_kb,
                         char *err, size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    (void)user;
    (void)domid;
    (void)target_kb;
    return xlmem__fail(&msg, XLMEM_ERROR_XEN, "nobody gives memory here");
}

static void sleep_ms(void *user, int64_t ms)
{
    const struct timespec span = {ms / 1000, ms % 1000 * 1000000};

    (void)user;
    nanosleep(&span, NULL);
}

/* ------------------------------------------------------------- ledger --- */

static int ledger_lock(void *user, int64_t still_ms, int64_t total_ms,
                       char *err, size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    return xlmem__ledger_lock(((made_up *)user)->ledger, still_ms, total_ms,
                              &msg);
}

static void ledger_unlock(void *user)
{
    xlmem__ledger_unlock(((made_up *)user)->ledger);
}

static int ledger_each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                       size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    size_t foreign;

    return xlmem__ledger_each(((made_up *)user)->ledger, fn, arg, &foreign,
                              &msg);
}

static int ledger_add(void *user, const char *text, void **entry_r, char *err,
                      size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    xlmem__ledger_entry *entry = NULL;
    int rc = xlmem__ledger_add(((made_up *)user)->ledger, text, &entry, &msg);

    *entry_r = entry;
    return rc;
}

static int ledger_update(void *user, void *entry, const char *text, char *err,
                         size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    (void)user;
    return xlmem__ledger_update(entry, text, &msg);
}

static int ledger_note(void *user, void *entry, uint64_t domid, char *err,
                       size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    (void)user;
    return xlmem__ledger_note(entry, domid, &msg);
}

static void ledger_drop(void *user, void *entry)
{
    (void)user;
    xlmem__ledger_drop(entry);
}

static void ledger_leave(void *user, void *entry)
{
    (void)user;
    xlmem__ledger_leave(entry);
}

static int ledger_sweep(void *user, const char *name, char *err,
                        size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);

    return xlmem__ledger_sweep(((made_up *)user)->ledger, name, &msg);
}

/* ------------------------------------------------------------- module --- */

static void close_host(void *user)
{
    made_up *host = user;

    if (host->root >= 0)
        close(host->root);
    xlmem__ledger_close(host->ledger);
    free(host);
}

static const xlmem_backend backend = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "made up",
    .close = close_host,
    .read_file = read_file,
    .list_dir = list_dir,
    .read_host = read_host,
    .now_ms = xlmem__now_ms,
    .set_target_kb = set_target_kb,
    .sleep_ms = sleep_ms,
    .ledger_lock = ledger_lock,
    .ledger_unlock = ledger_unlock,
    .ledger_each = ledger_each,
    .ledger_add = ledger_add,
    .ledger_update = ledger_update,
    .ledger_note = ledger_note,
    .ledger_drop = ledger_drop,
    .ledger_leave = ledger_leave,
    .ledger_sweep = ledger_sweep,
};

static int open_ledger(xlmem__ledger **ledger_r, xlmem__msg *msg)
{
    xlmem__folder run;
    int rc = xlmem__folder_open(RUN_DIR, 0755, &run, msg);

    if (rc)
        return rc;
    xlmem__folder_close(&run);
    return xlmem__ledger_open(RUN_DIR "/ledger", ledger_r, msg);
}

static int open_host(const xlmem_live_params *params,
                     const xlmem_backend **backend_r, void **user_r, char *err,
                     size_t err_len)
{
    xlmem__msg msg = line_to(err, err_len);
    made_up *host = calloc(1, sizeof(*host));
    int rc;

    (void)params;
    if (!host)
        return xlmem__fail(&msg, XLMEM_ERROR_NOMEM, "out of memory");
    host->root = -1;
    rc = xlmem__root_open("/", &host->root);
    if (!rc)
        rc = open_ledger(&host->ledger, &msg);
    if (rc) {
        close_host(host);
        return rc;
    }
    *backend_r = &backend;
    *user_r = host;
    return 0;
}

__attribute__((visibility("default")))
const xlmem_live_module_v2 xlmem_live_module = {
    .module_version = XLMEM_MODULE_VERSION,
    .host_size = sizeof(xlmem_host),
    .dom_size = sizeof(xlmem_dom),
    .open = open_host,
    .dom0_size = sizeof(xlmem_dom0),
    .params_size = sizeof(xlmem_live_params),
};
