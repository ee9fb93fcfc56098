/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The table of functions through which libxlmem reaches the system.
 *
 * The library has three: live (libxl, xenstore, /proc, /sys), capture (a
 * directory of recorded files) and json (one recorded snapshot).  Tests and
 * other toolstacks can bring their own with xlmem_ctx_set_backend.
 *
 *     xlmem_snapshot()              xlmem_capture()
 *            |                             |
 *     read_xen: Xen's facts         read_file / list_dir: documents
 *     read_file: /proc, /sys,       as they stand on the host
 *     /etc as text  --codec-->
 *
 * A function that is NULL is unsupported; the facts it would have given stay
 * unknown.  New members are only added at the end; struct_size says how many
 * the backend was built with.
 */
#ifndef XLMEM_PRIVATE_BACKEND_H
#define XLMEM_PRIVATE_BACKEND_H

#include "private/all.h"

#ifdef __cplusplus
extern "C" {
#endif

#define XLMEM_BACKEND_VERSION 1

/*
 * No document is read as a whole beyond this many bytes.  Those that grow with
 * the number of domUs are read in pieces where the backend can do that.
 */
#define XLMEM_DOCUMENT_MAX_BYTES (UINT64_C(32) << 20)

/*
 * Nor one that comes in pieces beyond so many.  `xenstore-ls -fp` of ten
 * thousand domUs with a disk and an interface each is 93 MiB.
 */
#define XLMEM_STREAM_MAX_BYTES (UINT64_C(256) << 20)

/* The next piece of a document.  What is not 0 ends it. */
typedef int xlmem_piece_fn(void *arg, const char *piece, size_t len);

/* One entry of the ledger.  @owned: somebody who lives holds it.  @domid: what
 * ledger_note said of it last; NULL: nothing. */
typedef int xlmem_ledger_fn(void *arg, const char *name, const char *text,
                            bool owned, const uint64_t *domid);

/* What the caller needs to know of a domain. */
typedef enum xlmem_ask_answer {
    XLMEM_ASK_NOTHING,
    XLMEM_ASK_IF_OPTED_IN, /* all, if it has a dynamic-min */
    XLMEM_ASK_ALL,
} xlmem_ask_answer;

/* @of: says it, of a domain as Xen has described it. */
typedef struct xlmem_ask {
    xlmem_ask_answer (*of)(void *arg, const xlmem_dom *dom);
    void *arg;
} xlmem_ask;

/* ---- what somebody who balances is told ---- */

typedef enum xlmem_event_kind {
    XLMEM_EVENT_INTRODUCED = 1, /* some domain is new, or has rebooted */
    XLMEM_EVENT_RELEASED,       /* some domain is going, or has gone */
    XLMEM_EVENT_NODE,           /* a node that is watched, or one below it */
    XLMEM_EVENT_LOW_MEMORY,     /* Xen says that it has little left */
    XLMEM_EVENT_PRESSURE,       /* dom0's processes wait for memory */
    XLMEM_EVENT_LOST,           /* the connection is gone: open it anew */
} xlmem_event_kind;

/* Longer than any path that is of use; the longest in xenstore is 3072. */
#define XLMEM_EVENT_PATH_MAX 128

/*
 * An event says where to look, and nothing else: it may come late, twice, or
 * never if the connection is lost.  Facts are read.
 */
typedef struct xlmem_event {
    xlmem_event_kind kind;
    uint64_t domid; /* of a path below a domain's own; else UINT64_MAX */
    /* Of a NODE: absolute, NUL-terminated; "" where it is longer than that.
       A domain makes up the names below its own `data`. */
    char untrusted_path[XLMEM_EVENT_PATH_MAX];
} xlmem_event;

/* A node that is read: what is asked, and the answer. */
typedef struct xlmem_node {
    const char *path;
    char *buf;   /* the value, without a NUL; never beyond @room bytes */
    size_t room; /* at least 1 */
    size_t len;  /* out: of what is in @buf */
    int rc;      /* out: 0; XLMEM_ERROR_NOTFOUND (also where it may not be
                    read); XLMEM_ERROR_RANGE when it is longer: the first @room
                    bytes are there */
} xlmem_node;

typedef struct xlmem_backend {
    size_t struct_size;   /* sizeof(xlmem_backend) of the backend's header */
    unsigned api_version; /* XLMEM_BACKEND_VERSION */
    const char *name;     /* "live", "capture", ...; for messages */

    /* Called once, when the context is freed or given another backend. */
    void (*close)(void *user);

    /*
     * A text document of the host.  @path is relative to its root, without a
     * leading slash: "proc/meminfo", "etc/xen/xl.conf", "sys/...".  A capture
     * also serves "xl/info", "xl/dmesg", "xl/list", "xl/list-l.json",
     * "xen/e820", "xenstore/ls" and "dmesg"; the live backend serves "dmesg"
     * from /dev/kmsg and "xl/dmesg" from Xen's console ring.
     * @buf_r: malloc'd, NUL-terminated beyond @len_r bytes.
     * Returns 0; XLMEM_ERROR_NOTFOUND when there is no such document;
     * XLMEM_ERROR_PERM; XLMEM_ERROR_IO; XLMEM_ERROR_RANGE when it is larger
     * than XLMEM_DOCUMENT_MAX_BYTES; XLMEM_ERROR_NOMEM.  Does not log.
     */
    int (*read_file)(void *user, const char *path, char **buf_r,
                     size_t *len_r);

    /*
     * The names in a directory, sorted, "." and ".." left out.
     * @names_r: malloc'd array of malloc'd names.
     * Returns as read_file does.
     */
    int (*list_dir)(void *user, const char *path, char ***names_r,
                    size_t *nr_r);

    /*
     * What Xen and the toolstack know: the fields of xlmem_host outside dom0,
     * except xen_config_line, and dom0.type.  @host is initialised; on failure
     * it may be half filled and the caller disposes of it.
     * @err, @err_len: one line that says what failed and where; also on
     * success, what was passed over: what cannot be understood of one domain
     * is a fact of it that is not known, and stands in nobody else's way.
     * NULL: the engine makes these facts from the documents instead.
     */
    int (*read_xen)(void *user, xlmem_host *host, char *err, size_t err_len);

    /*
     * The whole snapshot at once; for a backend that serves a recorded one.
     * NULL: the engine composes it.  Same contract as read_xen.
     */
    int (*read_host)(void *user, xlmem_host *host, char *err, size_t err_len);

    /* CLOCK_BOOTTIME in milliseconds: one clock for all processes, which
     * nobody steps, and which goes on while the machine sleeps. */
    int64_t (*now_ms)(void *user);

    /* ---- what the guard needs beside; all of it NULL where nothing can
     * be guarded ---- */

    /*
     * read_xen without what a decision does not need, and without what costs
     * a round trip for each domain: domains, claims and free memory, not Xen's
     * version, command line and map, nor names, targets, maxima and ranges in
     * xenstore.  The domains are listed before free memory is asked for.
     * NULL: read_xen is used.
     */
    int (*read_books)(void *user, xlmem_host *host, char *err, size_t err_len);

    /* Add to @host, as read_books filled it, what that left out. */
    int (*read_nodes)(void *user, xlmem_host *host, char *err, size_t err_len);

    /*
     * Set a domain's memory target, and its ceiling in Xen to match.  Does not
     * wait for the balloon.  @target_kb is in the terms of
     * xlmem_dom.target_kb, for dom0 of xlmem_dom0.balloon_target_kb.
     * Returns 0; XLMEM_ERROR_NOTFOUND (no such domain), XLMEM_ERROR_XEN.
     */
    int (*set_target_kb)(void *user, uint64_t domid, uint64_t target_kb,
                         char *err, size_t err_len);

    /* Sleep; may end early. */
    void (*sleep_ms)(void *user, int64_t ms);

    /*
     * The ledger: texts that belong to whoever made them, for as long as he
     * lives.  One context at a time, on the whole host, holds its lock, and
     * never while it sleeps.  Owners that died, however, have let go of the
     * lock and of their entries, whatever children of theirs live on.
     * @err, @err_len, in each: one line with the path and the system's reason.
     *
     * ledger_lock: who asks first is served first.  Returns 0;
     * XLMEM_ERROR_BUSY when nobody has had it for @still_ms, or after
     * @total_ms, however the line moves: @err says who holds it;
     * XLMEM_ERROR_IO (no room, read-only), XLMEM_ERROR_PERM.
     */
    int (*ledger_lock)(void *user, int64_t still_ms, int64_t total_ms,
                       char *err, size_t err_len);
    void (*ledger_unlock)(void *user);

    /* Each entry, under the lock.  Ends with what @fn returns if that is not
     * 0; @err says nothing of that. */
    int (*ledger_each)(void *user, xlmem_ledger_fn *fn, void *arg, char *err,
                       size_t err_len);

    /* A new entry of ours, under the lock.  @text has at most 4095 bytes. */
    int (*ledger_add)(void *user, const char *text, void **entry_r, char *err,
                      size_t err_len);

    /* Replace its text, under the lock.  After a failure it is as before. */
    int (*ledger_update)(void *user, void *entry, const char *text, char *err,
                         size_t err_len);

    /*
     * Say which domain an entry of ours has become.  Needs no lock: who reads
     * beside it sees all of it or nothing.  It is forgotten with the next
     * ledger_update, and with the entry.  After a failure nothing is said.
     */
    int (*ledger_note)(void *user, void *entry, uint64_t domid, char *err,
                       size_t err_len);

    /* End an entry of ours: drop removes it, leave lets it stay without an
     * owner.  Need no lock, cannot fail, free @entry. */
    void (*ledger_drop)(void *user, void *entry);
    void (*ledger_leave)(void *user, void *entry);

    /* Remove an entry that has no owner, under the lock.  XLMEM_ERROR_BUSY:
     * it has one. */
    int (*ledger_sweep)(void *user, const char *name, char *err,
                        size_t err_len);

    /* ---- what moving dom0 beyond its size at boot needs beside ---- */

    /*
     * Raise what a domain's target may be set to, in Xen and in xenstore.
     * Setting the target after it brings Xen's ceiling down to that again.
     * Returns as set_target_kb does.
     */
    int (*set_maximum_kb)(void *user, uint64_t domid, uint64_t maximum_kb,
                          char *err, size_t err_len);

    /*
     * From now on memory that is added to dom0 is used at once, as its kernel
     * adds it.
     * Returns 0; XLMEM_ERROR_UNSUPPORTED (the kernel does not do that),
     * XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
     */
    int (*online_added)(void *user, char *err, size_t err_len);

    /* ---- what a domain's file allows us ---- */

    /*
     * Have the toolstack write a node when it creates a domain, and again
     * whenever it creates that domain anew: after a reboot, from an image,
     * on the host that it migrates to.
     * @config: the toolstack's configuration of the domain; changed.
     * @dispose: the function that frees its contents, by which the backend
     *   knows that it is of the toolstack's release that it was built for.
     * @path: below the domain's own; @value: replaces one of the same path.
     * Returns 0; XLMEM_ERROR_UNSUPPORTED (another release's),
     * XLMEM_ERROR_NOMEM: @config is as before.
     */
    int (*keep_node)(void *user, void *config, const void *dispose,
                     const char *path, const char *value);

    /* ---- what one decision needs, of few domains; NULL: read_books and
     * read_nodes are used ---- */

    /*
     * read_books, but the paging pools only of the domains that @ask is for:
     * each costs a hypercall.  They are asked for behind the list of domains,
     * and before free memory.
     */
    int (*read_books_for)(void *user, xlmem_host *host, const xlmem_ask *ask,
                          char *err, size_t err_len);

    /* read_nodes, but only targets, maxima and dynamic-min, and only of the
     * domains that @ask is for. */
    int (*read_nodes_for)(void *user, xlmem_host *host, const xlmem_ask *ask,
                          char *err, size_t err_len);

    /* ---- documents of many domUs ---- */

    /*
     * A document as read_file gives it, piece after piece: of any size, none
     * of them empty.  Returns as read_file does, with XLMEM_STREAM_MAX_BYTES
     * for the limit; what @fn returned if that is not 0.
     * NULL: read_file is used.
     */
    int (*stream_file)(void *user, const char *path, xlmem_piece_fn *fn,
                       void *arg);

    /* ---- what balancing needs beside; where one of these is NULL nothing is
     * balanced, but for nodes_read ---- */

    /*
     * Have events collected: of domains that come and go, of nodes that are
     * watched, of Xen's low memory and dom0's pressure where they are to be
     * had.  What is not (Xen's interrupt has one listener) is left out, and
     * @err says so on success.
     * @fd_r: readable when there may be an event; the backend's.  There is
     *   one descriptor, whatever the events come from; it may be another after
     *   it was opened anew.
     * Returns 0; XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
     * Nothing is watched then: the first event that comes is an INTRODUCED, so
     * that the caller looks at what is there.
     */
    int (*events_open)(void *user, int *fd_r, char *err, size_t err_len);

    /* Also when they are not open, or lost.  Ends all watches. */
    void (*events_close)(void *user);

    /*
     * The next event, without waiting.  Returns 1; 0: there is none now, and
     * the descriptor is not readable before there is; < 0: as after LOST.
     */
    int (*event_next)(void *user, xlmem_event *event_r);

    /*
     * Watch a node and all below it, or no more.  The first event of a watch
     * comes at once.  One that is watched already, or not, is fine.
     * Returns 0; XLMEM_ERROR_XENSTORE, XLMEM_ERROR_NOMEM.
     */
    int (*watch)(void *user, const char *path, bool on);

    /*
     * Read a node.  Returns as xlmem_node.rc; XLMEM_ERROR_XENSTORE when nobody
     * answers.
     */
    int (*node_read)(void *user, const char *path, char *buf, size_t room,
                     size_t *len_r);

    /*
     * Write a node, readable for its domain as its parent is.  One of a domain
     * is only written where that has a `memory`: nothing is left behind of a
     * domain that goes meanwhile.
     * Returns 0; XLMEM_ERROR_NOTFOUND (no such domain);
     * XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM.
     */
    int (*node_write)(void *user, const char *path, const char *value);

    /* Returns 0, also where there is none; XLMEM_ERROR_XENSTORE. */
    int (*node_remove)(void *user, const char *path);

    /*
     * Read many, without a round trip for each.  NULL: node_read is used.
     * Returns 0, each answer being in its node; XLMEM_ERROR_XENSTORE when
     * nobody answers.
     */
    int (*nodes_read)(void *user, xlmem_node *list, size_t nr);

    /* ---- a machine that runs ---- */

    /*
     * Its processes, without taking a lock of any of them and in bounded time.
     * @procs_r: zeroed by the caller.
     * Returns 0; XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
     */
    int (*read_processes)(void *user, struct xlmem_vitals_procs *procs_r);

    /*
     * Those of them that have a device open by which pages of domains are
     * mapped, as read_processes: added to what that has found.
     */
    int (*read_holders)(void *user, struct xlmem_vitals_procs *procs);

    /* ---- what remedies of the doctor's need beside ---- */

    /*
     * Write a setting of the kernel's, below proc/sys/ or sys/.  Blocks for as
     * long as the kernel is busy with it.
     * @err, @err_len: one line with the path and the system's reason.
     * Returns 0; XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
     */
    int (*write_setting)(void *user, const char *path, const char *value,
                         char *err, size_t err_len);

    /*
     * Put a text in place of a file, whole or not at all; owner and mode stay.
     * Where there is none it is made; its folder, too, if that is run/xlmem.
     * Returns as write_setting; XLMEM_ERROR_UNSUPPORTED: it is a link.
     */
    int (*replace_file)(void *user, const char *path, const char *text,
                        size_t len, char *err, size_t err_len);

    /* Have written what waits for that.  Returns 0; XLMEM_ERROR_TIMEDOUT. */
    int (*sync_files)(void *user, char *err, size_t err_len);

    /* ---- what is kept of what was done ---- */

    /* A target has been set: count it.  Under the lock; cannot fail. */
    void (*count_move)(void *user, const xlmem_step *step);
} xlmem_backend;

/*
 * Opens the backend of this machine without what Xen knows of it.
 * @backend_r: static; @user_r: its handle.
 * @err, @err_len: one line that says what failed.
 */
typedef int xlmem_open_machine_fn(const xlmem_backend **backend_r,
                                  void **user_r, char *err, size_t err_len);

/* What a live module is opened with. */
typedef struct xlmem_live_params {
    size_t struct_size; /* sizeof(xlmem_live_params) of the caller's header */
    /* Where libxl's own messages go: @lg as they are; without it @log, one
     * line each; without both nowhere. */
    struct xentoollog_logger *lg;
    xlmem_log_fn *log;
    void *log_user;
    /* For what no guarded create asks of a machine: its logs and processes,
     * and what remedies write.  NULL: that is unsupported. */
    xlmem_open_machine_fn *open_machine;
} xlmem_live_params;

/*
 * What library and live module are to each other, in one number that is theirs
 * alone:
 *
 *     1   0.1.0.  xlmem_dom has no set_aside, so that its uuid is elsewhere at
 *         the same size; the ledger's functions do not say what failed.
 *     2   both; sizes of more than two structs; ledger_lock has two limits;
 *         ledger_note
 */
#define XLMEM_MODULE_VERSION 2

/*
 * The one symbol a live module exports, as xlmem_live_module.  A module is
 * installed per Xen release; number and sizes tell one that was left behind by
 * another version of the library.  Where the number is 1 nothing follows open.
 */
typedef struct xlmem_live_module_v2 {
    unsigned module_version; /* XLMEM_MODULE_VERSION */
    size_t host_size;        /* sizeof(xlmem_host) */
    size_t dom_size;         /* sizeof(xlmem_dom) */
    /*
     * @backend_r: static; @user_r: its handle.
     * @err, @err_len: one line that says what failed.
     * Returns 0; XLMEM_ERROR_XEN, XLMEM_ERROR_PERM, XLMEM_ERROR_NOMEM.
     */
    int (*open)(const xlmem_live_params *params,
                const xlmem_backend **backend_r, void **user_r, char *err,
                size_t err_len);
    size_t dom0_size;   /* sizeof(xlmem_dom0) */
    size_t params_size; /* sizeof(xlmem_live_params) */
} xlmem_live_module_v2;

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_PRIVATE_BACKEND_H */
