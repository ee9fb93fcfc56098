/* SPDX-License-Identifier: LGPL-2.1-only */
/* The live module: one Xen release's libxl behind the backend table. */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/ledger.h"
#include "sys/live.h"
#include "sys/machine.h"
#include "sys/root.h"

extern const xlmem_live_module_v2 xlmem_live_module;

void live_rest(live_ctx *live)
{
    if (live->xl)
        live->fn.libxl_ctx_free(live->xl);
    if (live->xs)
        xs_close(live->xs);
    if (live->xc)
        xc_interface_close(live->xc);
    live->xl = NULL;
    live->xs = NULL;
    live->xc = NULL;
}

static void live_close(void *user)
{
    live_ctx *live = user;

    live_events_close(live);
    live_nodes_close(live);
    live_machine_close(live);
    live_rest(live);
    if (live->root >= 0)
        close(live->root);
    xlmem__ledger_close(live->ledger);
    free(live);
}

static bool find_function(void *handle, const char *name, void *to)
{
    void *f = dlsym(handle, name);

    /* POSIX lets a function's address go through a void *. */
    memcpy(to, &f, sizeof(f));
    return f != NULL;
}

/*
 * Referred to by its name, and never called: where nothing is, the linker does
 * not note that libxl is needed (--gc-sections drops it whatever else it is
 * told), and there is nothing to look in.
 */
static const libxl_version_info *(*const volatile needs_libxl)(libxl_ctx *) =
    libxl_get_version_info;

/* A lookup in a handle goes through the module and what it needs, never
 * through what was preloaded. */
int live_need_functions(live_ctx *live, xlmem__msg *msg)
{
    Dl_info self = {.dli_fname = NULL};
    live_libxl fn = {.libxl_ctx_alloc = NULL};
    void *handle = NULL;
    bool ok;

    if (live->fn.libxl_ctx_alloc)
        return 0;
    if (needs_libxl && dladdr(&xlmem_live_module, &self))
        handle = dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    ok = handle != NULL;
#define LIVE_FIND(f) ok = ok && find_function(handle, #f, &fn.f);
    LIVE_LIBXL(LIVE_FIND)
#undef LIVE_FIND
    if (handle)
        dlclose(handle);
    if (!ok)
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "no libxl is found beside the live module");
    live->fn = fn;
    return 0;
}

/* A library that opens xenstore waits for ever where nobody answers: libxl
 * does it as well, so xenstore comes first. */
int live_need_libxl(live_ctx *live, xlmem__msg *msg)
{
    int r, rc = live_need_functions(live, msg);

    if (rc || live->xl)
        return rc;
    rc = live_need_store(live, msg);
    if (rc)
        return rc;
    r = live->fn.libxl_ctx_alloc(&live->xl, LIBXL_VERSION, 0, live->lg);
    if (r)
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "libxl_ctx_alloc failed: libxl error %d", r);
    return 0;
}

static int read_ring(live_ctx *live, char **buf_r, size_t *len_r)
{
    xlmem__text text = {0};
    int rc = live_read_ring(live, &text);

    if (!rc)
        rc = xlmem__text_take(&text, buf_r, len_r);
    xlmem__text_dispose(&text);
    return rc;
}

/* All documents but one are the machine's. */
static int live_read_file(void *user, const char *path, char **buf_r,
                          size_t *len_r)
{
    live_ctx *live = user;

    if (!strcmp(path, "xl/dmesg"))
        return read_ring(live, buf_r, len_r);
    return xlmem__machine_is_log(path)
               ? live_read_log(live, path, buf_r, len_r)
               : xlmem__machine_read(live->root, path, buf_r, len_r);
}

static int live_list_dir(void *user, const char *path, char ***names_r,
                         size_t *nr_r)
{
    live_ctx *live = user;

    return xlmem__root_list(live->root, path, names_r, nr_r);
}

static int live_xen(void *user, xlmem_host *host, char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    if (err_len)
        err[0] = '\0';
    return live_read_xen(user, host, &msg);
}

static int live_books(void *user, xlmem_host *host, char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    if (err_len)
        err[0] = '\0';
    return live_read_books(user, host, NULL, &msg);
}

static int live_nodes(void *user, xlmem_host *host, char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    if (err_len)
        err[0] = '\0';
    return live_store_read(user, host, &msg);
}

static int live_books_for(void *user, xlmem_host *host, const xlmem_ask *ask,
                          char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    if (err_len)
        err[0] = '\0';
    return live_read_books(user, host, ask, &msg);
}

static int live_nodes_for(void *user, xlmem_host *host, const xlmem_ask *ask,
                          char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};

    if (err_len)
        err[0] = '\0';
    return live_store_read_for(user, host, ask, &msg);
}

static const xlmem_backend live_backend = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "live",
    .close = live_close,
    .read_file = live_read_file,
    .list_dir = live_list_dir,
    .read_xen = live_xen,
    .now_ms = xlmem__now_ms,
    .read_books = live_books,
    .read_nodes = live_nodes,
    .set_target_kb = live_set_target_kb,
    .sleep_ms = live_sleep_ms,
    .ledger_lock = live_ledger_lock,
    .ledger_unlock = live_ledger_unlock,
    .ledger_each = live_ledger_each,
    .ledger_add = live_ledger_add,
    .ledger_update = live_ledger_update,
    .ledger_note = live_ledger_note,
    .ledger_drop = live_ledger_drop,
    .ledger_leave = live_ledger_leave,
    .ledger_sweep = live_ledger_sweep,
    .set_maximum_kb = live_set_maximum_kb,
    .online_added = live_online_added,
    .keep_node = live_keep_node,
    .read_books_for = live_books_for,
    .read_nodes_for = live_nodes_for,
    .events_open = live_events_open,
    .events_close = live_events_close,
    .event_next = live_event_next,
    .watch = live_watch,
    .node_read = live_node_read,
    .node_write = live_node_write,
    .node_remove = live_node_remove,
    .nodes_read = live_nodes_read,
    .read_processes = live_read_processes,
    .read_holders = live_read_holders,
    .write_setting = live_write_setting,
    .replace_file = live_replace_file,
    .sync_files = live_sync_files,
    .count_move = live_count_move,
};

int live_need_xc(live_ctx *live, xlmem__msg *msg)
{
    if (live->xc)
        return 0;
    live->xc = xc_interface_open(live->lg, live->lg, 0);
    if (!live->xc)
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "xc_interface_open failed: %s", strerror(errno));
    return 0;
}

static int open_handles(live_ctx *live, xlmem__msg *msg)
{
    int rc = xlmem__root_open("/", &live->root);

    if (rc)
        return xlmem__fail(msg, rc, "cannot open /");
    return live_need_xc(live, msg);
}

static int live_open(const xlmem_live_params *params,
                     const xlmem_backend **backend_r, void **user_r, char *err,
                     size_t err_len)
{
    xlmem__msg msg = {err, err_len};
    live_ctx *live;
    int rc;

    if (params->struct_size < sizeof(*params))
        return xlmem__fail(&msg, XLMEM_ERROR_INVAL,
                           "the live module is newer than its caller");
    live = calloc(1, sizeof(*live));
    if (!live)
        return xlmem__fail(&msg, XLMEM_ERROR_NOMEM, "out of memory");
    live->root = -1;
    live->open_machine = params->open_machine;
    live_log_init(&live->log, params);
    live->lg = params->lg ? params->lg : &live->log.vtable;
    rc = open_handles(live, &msg);
    if (rc) {
        live_close(live);
        return rc;
    }
    *backend_r = &live_backend;
    *user_r = live;
    return 0;
}

__attribute__((visibility("default")))
const xlmem_live_module_v2 xlmem_live_module = {
    .module_version = XLMEM_MODULE_VERSION,
    .host_size = sizeof(xlmem_host),
    .dom_size = sizeof(xlmem_dom),
    .open = live_open,
    .dom0_size = sizeof(xlmem_dom0),
    .params_size = sizeof(xlmem_live_params),
};
