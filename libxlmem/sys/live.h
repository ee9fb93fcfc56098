/* SPDX-License-Identifier: LGPL-2.1-only */
/* The live module: what its files share. */
#ifndef XLMEM_LIVE_H
#define XLMEM_LIVE_H

#include <libxl.h>
#include <xenctrl.h>
#include <xenstore.h>

#include "sys/sys.h"
#include "sys/text.h"

/* libxl's logger when the caller has none: lines to an xlmem_log_fn. */
typedef struct live_log {
    xentoollog_logger vtable; /* first: libxl sees only this */
    xlmem_log_fn *fn;         /* NULL: nowhere */
    void *user;
} live_log;

/*
 * All functions of libxl that are called here, looked up among the libraries
 * that this module needs.  By the linker's own order some would be the
 * preloaded guard's and the others those of the program's libxl, which may be
 * another release's.
 */
#define LIVE_LIBXL(X)                                                         \
    X(libxl_ctx_alloc)                                                        \
    X(libxl_ctx_free)                                                         \
    X(libxl_domain_config_dispose)                                            \
    X(libxl_domain_info)                                                      \
    X(libxl_domain_setmaxmem)                                                 \
    X(libxl_key_value_list_length)                                            \
    X(libxl_set_memory_target)                                                \
    X(libxl_xen_console_read_finish)                                          \
    X(libxl_xen_console_read_line)                                            \
    X(libxl_xen_console_read_start)

typedef struct live_libxl {
#define LIVE_MEMBER(f) __typeof__(&f) f;
    LIVE_LIBXL(LIVE_MEMBER)
#undef LIVE_MEMBER
} live_libxl;

/* Domains asked for at a time: 7 kB, on no stack, and nothing is allocated for
 * it in a decision. */
#define LIVE_DOMS_CHUNK 64

/*
 * libxl and xenstore are opened when they are first needed: what an admission
 * asks, Xen alone answers, and a create then does not wait for xenstored
 * beside its own requests.
 */
typedef struct live_ctx {
    live_log log;
    xentoollog_logger *lg; /* &log.vtable or the caller's */
    xc_interface *xc;
    live_libxl fn;                /* all of them, or none is known yet */
    libxl_ctx *xl;                /* NULL: not needed yet */
    struct xs_handle *xs;         /* NULL: not needed yet */
    int root;                     /* of the documents; -1: not open */
    struct xlmem__ledger *ledger; /* NULL: not used yet */
    struct live_events *events;   /* NULL: not open */
    struct xlmem__store *nodes;   /* NULL: not connected */
    xlmem_open_machine_fn *open_machine; /* NULL: there is no such backend */
    const xlmem_backend *machine;        /* NULL: not needed yet */
    void *machine_user;
    bool machine_said;                     /* why there is none */
    xc_domaininfo_t doms[LIVE_DOMS_CHUNK]; /* those listed at once */
} live_ctx;

/* Each opens what is not open. */
int live_need_xc(live_ctx *live, xlmem__msg *msg);
int live_need_libxl(live_ctx *live, xlmem__msg *msg);
/* Its functions alone. */
int live_need_functions(live_ctx *live, xlmem__msg *msg);
int live_need_store(live_ctx *live, xlmem__msg *msg);

/* Close them.  A context may outlive its decision by a whole create, in a
 * process that needs its descriptors: libxenctrl's are six, libxl's eight. */
void live_rest(live_ctx *live);

void live_log_init(live_log *log, const xlmem_live_params *params);

/* Xen's facts: versions, domains with their pools, memory, map; in the order
 * that makes what is allocated meanwhile count twice, never not at all. */
int live_read_xen(live_ctx *live, xlmem_host *host, xlmem__msg *msg);

/* The same without versions and map, and without a round trip to xenstore for
 * each domain.  @ask: whose paging pool is asked for; NULL: of all. */
int live_read_books(live_ctx *live, xlmem_host *host, const xlmem_ask *ask,
                    xlmem__msg *msg);

/* Xen's console ring. */
int live_read_ring(live_ctx *live, xlmem__text *text);

/* What xenstore says of the domains in @host. */
int live_store_read(live_ctx *live, xlmem_host *host, xlmem__msg *msg);

/* The nodes of those that are asked for; see private/backend.h. */
int live_store_read_for(live_ctx *live, xlmem_host *host, const xlmem_ask *ask,
                        xlmem__msg *msg);

/* Events, and nodes one by one.  See private/backend.h. */
int live_events_open(void *user, int *fd_r, char *err, size_t err_len);
void live_events_close(void *user);
int live_event_next(void *user, xlmem_event *event_r);
int live_watch(void *user, const char *path, bool on);
int live_node_read(void *user, const char *path, char *buf, size_t room,
                   size_t *len_r);
int live_node_write(void *user, const char *path, const char *value);
int live_node_remove(void *user, const char *path);
int live_nodes_read(void *user, xlmem_node *list, size_t nr);
void live_nodes_close(live_ctx *live);

/*
 * What of this machine no guarded create asks: its logs and processes, and
 * what remedies write.  They are another backend's, of the module for
 * captures, which is opened when it is first needed.  See private/backend.h.
 */
int live_read_log(live_ctx *live, const char *path, char **buf_r,
                  size_t *len_r);
int live_read_processes(void *user, struct xlmem_vitals_procs *procs_r);
int live_read_holders(void *user, struct xlmem_vitals_procs *procs);
int live_write_setting(void *user, const char *path, const char *value,
                       char *err, size_t err_len);
int live_replace_file(void *user, const char *path, const char *text,
                      size_t len, char *err, size_t err_len);
int live_sync_files(void *user, char *err, size_t err_len);
void live_machine_close(live_ctx *live);

/* What has effects: targets, the ledger.  See private/backend.h. */
int live_set_target_kb(void *user, uint64_t domid, uint64_t target_kb,
                       char *err, size_t err_len);
int live_set_maximum_kb(void *user, uint64_t domid, uint64_t maximum_kb,
                        char *err, size_t err_len);
int live_online_added(void *user, char *err, size_t err_len);
int live_keep_node(void *user, void *config, const void *dispose,
                   const char *path, const char *value);
void live_sleep_ms(void *user, int64_t ms);
void live_count_move(void *user, const xlmem_step *step);
int live_ledger_lock(void *user, int64_t still_ms, int64_t total_ms, char *err,
                     size_t err_len);
void live_ledger_unlock(void *user);
int live_ledger_each(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                     size_t err_len);
int live_ledger_add(void *user, const char *text, void **entry_r, char *err,
                    size_t err_len);
int live_ledger_update(void *user, void *entry, const char *text, char *err,
                       size_t err_len);
int live_ledger_note(void *user, void *entry, uint64_t domid, char *err,
                     size_t err_len);
void live_ledger_drop(void *user, void *entry);
void live_ledger_leave(void *user, void *entry);
int live_ledger_sweep(void *user, const char *name, char *err, size_t err_len);

#endif /* XLMEM_LIVE_H */
