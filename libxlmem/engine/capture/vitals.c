/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Vitals of whatever is behind a context: a machine that runs, with Xen or
 * without, or a recorded one.
 *
 *     numbers    one file after the other without a pause: they are compared
 *     blocks     a file for each memory block
 *     processes  of a machine that runs
 *     logs       streamed; when it was they are told by the numbers' clock
 *
 * What is not there or cannot be read is unknown; the latter is told.  The
 * kernel's log may have been read for the snapshot just before (ctx.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/vitals/log.h"
#include "codec/vitals/parse.h"
#include "engine/capture/text_files.h"
#include "engine/capture/vitals.h"
#include "engine/facts/snapshot.h"
#include "model/checked.h"

/* ------------------------------------------------------------ numbers --- */

/* @rc of a parser: what is to be told; whether it was understood. */
static bool tell_parsed(xlmem_ctx *ctx, const char *path,
                        const xlmem__where *where, int rc)
{
    if (where->text[0])
        xlmem__warn_of(ctx, path, where);
    return !rc;
}

static bool take_file(xlmem_ctx *ctx, const char *path,
                      xlmem__vitals_parser *parse, xlmem_vitals *vitals)
{
    xlmem__where where = {.line = 0};
    bool understood;
    char *buf;
    size_t len;

    if (xlmem__read_document(ctx, path, &buf, &len))
        return false;
    understood = tell_parsed(ctx, path, &where,
                             parse((xlmem__str){buf, len}, vitals, &where));
    free(buf);
    return understood;
}

/* pagetypeinfo is dear (XLMEM_VITALS_LIVE), and comes behind what tells
 * whether it is needed. */
static bool is_doc_asked(unsigned doc, uint32_t docs,
                         xlmem__needs_types_fn *needs_types,
                         const xlmem_vitals *vitals)
{
    if (!(docs >> doc & 1))
        return false;
    return doc != XLMEM_DOC_PAGETYPEINFO || !vitals->live || !needs_types ||
           needs_types(vitals);
}

static void take_numbers(xlmem_ctx *ctx, uint32_t docs,
                         xlmem__needs_types_fn *needs_types,
                         xlmem_vitals *vitals)
{
    unsigned doc;

    for (doc = 0; doc < XLMEM_NR_DOCS; doc++) {
        xlmem__vitals_parser *parse = xlmem__vitals_parser_of(doc);

        if (parse && is_doc_asked(doc, docs, needs_types, vitals) &&
            take_file(ctx, xlmem_vitals_file(doc), parse, vitals))
            vitals->docs |= UINT32_C(1) << doc;
    }
}

/* ------------------------------------------------------ memory blocks --- */

bool xlmem__is_block(const char *name)
{
    return !strncmp(name, "memory", 6) && name[6] &&
           strspn(name + 6, "0123456789") == strlen(name + 6);
}

/* All states, a line each.  NULL: no memory, or more blocks than are read. */
static char *read_states(xlmem_ctx *ctx, char *const *names, size_t nr,
                         size_t *len_r)
{
    enum { STATE_BYTES = 16 };
    const xlmem_backend *backend = ctx->backend;
    char *states =
        nr <= XLMEM__BLOCKS_MAX ? malloc(nr * STATE_BYTES + 1) : NULL;
    char path[128], *buf;
    size_t i, len, used = 0;
    int rc;

    for (i = 0; states && i < nr; i++) {
        if (!xlmem__is_block(names[i]))
            continue;
        snprintf(path, sizeof(path), XLMEM__BLOCKS_DIR "/%.60s/state",
                 names[i]);
        rc = backend->read_file(ctx->backend_user, path, &buf, &len);
        if (rc == XLMEM_ERROR_NOMEM) {
            free(states);
            return NULL;
        }
        if (rc)
            continue; /* it has been taken away meanwhile */
        len = strcspn(buf, "\n");
        if (len < STATE_BYTES) {
            memcpy(states + used, buf, len);
            states[used + len] = '\n';
            used += len + 1;
        }
        free(buf);
    }
    *len_r = used;
    return states;
}

static void take_memory_blocks(xlmem_ctx *ctx, xlmem_vitals *vitals)
{
    const xlmem_backend *backend = ctx->backend;
    char **names, *states;
    size_t nr, len;

    take_file(ctx, XLMEM__BLOCKS_DIR "/block_size_bytes",
              xlmem__vitals_block_bytes, vitals);
    take_file(ctx, XLMEM__BLOCKS_DIR "/auto_online_blocks",
              xlmem__vitals_auto_online, vitals);
    if (!backend->list_dir ||
        backend->list_dir(ctx->backend_user, XLMEM__BLOCKS_DIR, &names, &nr))
        return;
    states = read_states(ctx, names, nr, &len);
    if (!states && nr <= XLMEM__BLOCKS_MAX)
        xlmem__say_unread(ctx, XLMEM__BLOCKS_DIR, 0, XLMEM_ERROR_NOMEM);
    xlmem__free_list(names, nr);
    if (states && len &&
        !xlmem__vitals_blocks((xlmem__str){states, len}, vitals, NULL))
        vitals->docs |= UINT32_C(1) << XLMEM_DOC_BLOCKS;
    free(states);
}

/* ---------------------------------------------------------------- logs --- */

static int feed_log(void *arg, const char *piece, size_t len)
{
    xlmem__log_feed(arg, (xlmem__str){piece, len});
    return 0;
}

static int stream_log(xlmem_ctx *ctx, const char *path, xlmem__log_reader *log)
{
    const xlmem_backend *backend = ctx->backend;
    const bool is_kept =
        ctx->kept_log && !strcmp(path, xlmem_vitals_file(XLMEM_DOC_DMESG));
    char *buf;
    size_t len;
    int rc;

    if (backend->stream_file) {
        rc = backend->stream_file(ctx->backend_user, path, feed_log, log);
        return xlmem__say_unread(ctx, path, XLMEM_STREAM_MAX_BYTES, rc);
    }
    if (is_kept) {
        xlmem__log_feed(log, (xlmem__str){ctx->kept_log, ctx->kept_log_len});
        return 0;
    }
    rc = xlmem__read_document(ctx, path, &buf, &len);
    if (rc)
        return rc;
    xlmem__log_feed(log, (xlmem__str){buf, len});
    free(buf);
    return 0;
}

/* false: it is not there, or empty.  Returns 0 or NOMEM. */
static int take_log(xlmem_ctx *ctx, const char *path, const xlmem__log_of *of,
                    xlmem_vitals *vitals, bool *there_r)
{
    xlmem__log_reader *log = xlmem__log_begin(of);
    int rc;

    *there_r = false;
    if (!log)
        return XLMEM_ERROR_NOMEM;
    rc = stream_log(ctx, path, log);
    if (!rc)
        rc = xlmem__log_end(log, vitals);
    *there_r = !rc;
    xlmem__log_dispose(log);
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}

/* When it is, by the numbers. */
static xlmem__log_of log_of(const xlmem_vitals *vitals, const char *file,
                            unsigned places)
{
    const xlmem_vitals_load *load = &vitals->load;
    xlmem__log_of of = {
        .file = file, .places = places, .name = "", .uptime_ms = UINT64_MAX};

    if (XLMEM_KNOWS(load, uptime_ms))
        of.uptime_ms = load->uptime_ms;
    if (XLMEM_KNOWS(load, uptime_ms) && XLMEM_KNOWS(load, boot_s))
        of.now_s = xlmem__add_sat(load->boot_s, load->uptime_ms / 1000);
    return of;
}

static int take_one_log(xlmem_ctx *ctx, xlmem_vitals_doc doc, unsigned places,
                        xlmem_vitals *vitals)
{
    xlmem__log_of of = log_of(vitals, xlmem_vitals_file(doc), places);
    bool there;
    int rc;

    of.earlier = doc == XLMEM_DOC_PREVIOUS;
    rc = take_log(ctx, of.file, &of, vitals, &there);
    if (there)
        vitals->docs |= UINT32_C(1) << doc;
    return rc;
}

bool xlmem__is_xen_log(const char *name)
{
    const size_t len = strlen(name);

    return xlmem__is_store_log(name) ||
           (len > 4 && !strcmp(name + len - 4, ".log"));
}

static int take_xen_logs(xlmem_ctx *ctx, xlmem_vitals *vitals)
{
    const xlmem_backend *backend = ctx->backend;
    char **names, path[512];
    size_t nr, i, nr_read = 0;
    int rc = 0;

    if (!backend->list_dir ||
        backend->list_dir(ctx->backend_user, XLMEM__XEN_LOGS_DIR, &names, &nr))
        return 0;
    for (i = 0; i < nr && nr_read < XLMEM__XEN_LOGS_MAX && !rc; i++) {
        xlmem__log_of of =
            log_of(vitals, xlmem_vitals_file(XLMEM_DOC_XEN_LOGS),
                   XLMEM__LOG_TOOLS | XLMEM__LOG_STORE);
        bool there;

        if (!xlmem__is_xen_log(names[i]))
            continue;
        of.name = names[i];
        snprintf(path, sizeof(path), XLMEM__XEN_LOGS_DIR "/%s", names[i]);
        rc = take_log(ctx, path, &of, vitals, &there);
        nr_read++;
        if (there)
            vitals->docs |= UINT32_C(1) << XLMEM_DOC_XEN_LOGS;
    }
    xlmem__free_list(names, nr);
    return rc;
}

static int take_logs(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals)
{
    static const struct {
        xlmem_vitals_doc doc;
        unsigned places;
    } logs[] = {
        /* A recorded one may be a syslog, where xenstored writes too. */
        {XLMEM_DOC_DMESG, XLMEM__LOG_KERNEL | XLMEM__LOG_STORE},
        {XLMEM_DOC_PREVIOUS, XLMEM__LOG_KERNEL | XLMEM__LOG_STORE},
        {XLMEM_DOC_RING, XLMEM__LOG_RING},
    };
    size_t i;
    int rc = 0;

    for (i = 0; i < sizeof(logs) / sizeof(logs[0]) && !rc; i++)
        if (docs >> logs[i].doc & 1)
            rc = take_one_log(ctx, logs[i].doc, logs[i].places, vitals);
    if (!rc && (docs >> XLMEM_DOC_XEN_LOGS & 1))
        rc = take_xen_logs(ctx, vitals);
    xlmem__log_sort(vitals);
    return rc;
}

/* ----------------------------------------------------------- the whole --- */

/*
 * A kill of which the nodes are known that it could take memory of was bound
 * to them where the machine has more.
 */
static uint64_t count_nodes_of(const xlmem_vitals *vitals)
{
    uint64_t nr = 0;
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        nr += !i || vitals->zones[i].node != vitals->zones[i - 1].node;
    return nr;
}

static void bind_to_nodes(xlmem_vitals *vitals)
{
    const uint64_t nr = count_nodes_of(vitals);
    size_t i;

    for (i = 0; i < vitals->nr_events; i++) {
        xlmem_log_event *event = &vitals->events[i];

        if (event->kind == XLMEM_LOG_OOM && XLMEM_KNOWS(event, nr_mems) &&
            event->nr_mems < nr && event->bound <= XLMEM_BOUND_NONE)
            event->bound = XLMEM_BOUND_NODE;
    }
}

int xlmem__vitals_whole(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r)
{
    return xlmem__vitals_needed(ctx, docs, NULL, vitals_r);
}

int xlmem__vitals_needed(xlmem_ctx *ctx, uint32_t docs,
                         xlmem__needs_types_fn *needs_types,
                         xlmem_vitals *vitals_r)
{
    const xlmem_backend *backend = ctx->backend;
    xlmem_vitals vitals;
    int rc = 0;

    xlmem_vitals_init(&vitals);
    if (backend->read_processes) {
        vitals.live = true;
        vitals.now_ms = backend->now_ms(ctx->backend_user);
    }
    if (backend->read_file) {
        take_numbers(ctx, docs, needs_types, &vitals);
        if (docs >> XLMEM_DOC_BLOCKS & 1)
            take_memory_blocks(ctx, &vitals);
    }
    if (backend->read_processes && (docs >> XLMEM_DOC_PROCESSES & 1) &&
        !backend->read_processes(ctx->backend_user, &vitals.procs))
        vitals.docs |= UINT32_C(1) << XLMEM_DOC_PROCESSES;
    if (backend->read_holders && (docs & XLMEM_VITALS_HOLDERS) &&
        xlmem_vitals_has(&vitals, XLMEM_DOC_PROCESSES) &&
        backend->read_holders(ctx->backend_user, &vitals.procs))
        xlmem__log(ctx, XLMEM__WARN, "who maps domains' pages is not known");
    if (backend->read_file || backend->stream_file)
        rc = take_logs(ctx, docs, &vitals);
    /* Who reads vitals later asks for the log of then. */
    xlmem__keep_log(ctx, NULL, 0);
    bind_to_nodes(&vitals);
    if (rc) {
        xlmem_vitals_dispose(&vitals);
        return rc;
    }
    xlmem_vitals_dispose(vitals_r);
    *vitals_r = vitals;
    return 0;
}
