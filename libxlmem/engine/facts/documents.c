/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/facts/documents.h"

#include <stdlib.h>

#include "codec/capture/texts.h"

#define WHOLE(path, parse, flags)                                             \
    {                                                                         \
        path, parse, flags, NULL, 0                                           \
    }
#define PIECES(path, pieces, gives)                                           \
    {                                                                         \
        path, NULL, XLMEM__DOC_XEN, pieces, gives                             \
    }

/*
 * The kernel's log before the ring before xen/e820 is no matter for the map:
 * its source decides there (xlmem_map_source).  /proc/version is the running
 * kernel's; `xl info` may have been saved at another time.
 *
 * meminfo is the last that is parsed, and info/current_kb the first number
 * after it: of a dom0 that balloons they are to be of one moment (snapshot.c).
 */
const xlmem__document xlmem__documents[] = {
    WHOLE("dmesg", xlmem__parse_dmesg, 0),
    WHOLE("xl/dmesg", xlmem__parse_xl_dmesg, XLMEM__DOC_MAP),
    WHOLE("xl/info", xlmem__parse_xl_info, XLMEM__DOC_XEN),
    WHOLE("xen/e820", xlmem__parse_e820, XLMEM__DOC_XEN),
    PIECES("xl/list", &xlmem__xl_list_pieces, XLMEM_WANT_ALL),
    PIECES("xl/list-l.json", &xlmem__xl_list_long_pieces,
           XLMEM_WANT_TYPES | XLMEM_WANT_TARGETS),
    PIECES("xenstore/ls", &xlmem__xenstore_ls_pieces,
           XLMEM_WANT_TYPES | XLMEM_WANT_TARGETS),
    WHOLE("proc/version", xlmem__parse_version, XLMEM__DOC_FLOOR),
    WHOLE("proc/cmdline", xlmem__parse_kernel_cmdline, 0),
    WHOLE("proc/zoneinfo", xlmem__parse_zoneinfo, 0),
    WHOLE("proc/buddyinfo", xlmem__parse_buddyinfo, 0),
    WHOLE("proc/vmstat", xlmem__parse_vmstat, 0),
    WHOLE("proc/loadavg", xlmem__parse_loadavg, 0),
    WHOLE("proc/pressure/memory", xlmem__parse_psi, 0),
    WHOLE("proc/meminfo", xlmem__parse_meminfo, XLMEM__DOC_BOOKS),
    WHOLE("proc/pagetypeinfo", NULL, 0),
    WHOLE("proc/swaps", NULL, 0),
    WHOLE("etc/xen/xl.conf", NULL, 0),
};
const size_t xlmem__nr_documents =
    sizeof(xlmem__documents) / sizeof(xlmem__documents[0]);

/* Attributes of drivers/xen/xen-balloon.c, Linux 3.0 to 6.12. */
#define BALLOON "sys/devices/system/xen_memory/xen_memory0/"
#define FILE_OF(name, field)                                                  \
    {                                                                         \
        BALLOON name, offsetof(xlmem_dom0, field)                             \
    }
const xlmem__number_file xlmem__number_files[] = {
    FILE_OF("info/current_kb", balloon_current_kb),
    FILE_OF("target_kb", balloon_target_kb),
    FILE_OF("info/low_kb", balloon_low_kb),
    FILE_OF("info/high_kb", balloon_high_kb),
    FILE_OF("retry_count", balloon_retry_count),
    FILE_OF("schedule_delay", balloon_schedule_delay),
    /* There with CONFIG_XEN_BALLOON_MEMORY_HOTPLUG and not without
     * (drivers/xen/balloon.c, Linux 4.4 to 6.12). */
    {"proc/sys/xen/balloon/hotplug_unpopulated",
     offsetof(xlmem_dom0, hotplug_unpopulated)},
};
const size_t xlmem__nr_number_files =
    sizeof(xlmem__number_files) / sizeof(xlmem__number_files[0]);

/* @rc: of reading a document of at most @max_bytes. */
static int say_unread(xlmem_ctx *ctx, const char *path, uint64_t max_bytes,
                      int rc)
{
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        rc = XLMEM_ERROR_NOTFOUND;
    if (rc == XLMEM_ERROR_RANGE)
        xlmem__log(ctx, XLMEM__ERR, "%s: larger than %u MiB", path,
                   (unsigned)(max_bytes >> 20));
    else if (rc && rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(ctx, XLMEM__ERR, "%s: cannot be read: %s", path,
                   xlmem_strerror(rc));
    return rc;
}

int xlmem__read_document(xlmem_ctx *ctx, const char *path, char **buf_r,
                         size_t *len_r)
{
    int rc;

    if (!ctx->backend->read_file)
        return XLMEM_ERROR_NOTFOUND;
    rc = ctx->backend->read_file(ctx->backend_user, path, buf_r, len_r);
    return say_unread(ctx, path, XLMEM_DOCUMENT_MAX_BYTES, rc);
}

/* A parser that is being fed. */
typedef struct fed {
    const xlmem__pieces *pieces;
    void *state;
    xlmem__where *where;
    int rc; /* of the parser */
} fed;

static int feed(void *arg, const char *piece, size_t len)
{
    fed *f = arg;

    f->rc = f->pieces->feed(f->state, (xlmem__str){piece, len}, f->where);
    return f->rc;
}

static int stream(xlmem_ctx *ctx, const char *path, fed *f)
{
    char *buf;
    size_t len;
    int rc;

    if (ctx->backend->stream_file) {
        rc = ctx->backend->stream_file(ctx->backend_user, path, feed, f);
        return f->rc ? f->rc
                     : say_unread(ctx, path, XLMEM_STREAM_MAX_BYTES, rc);
    }
    rc = xlmem__read_document(ctx, path, &buf, &len);
    if (rc)
        return rc;
    rc = feed(f, buf, len);
    free(buf);
    return rc;
}

int xlmem__parse_document(xlmem_ctx *ctx, const char *path,
                          const xlmem__pieces *pieces, xlmem_host *host,
                          xlmem__where *where)
{
    fed f = {.pieces = pieces, .state = pieces->begin(), .where = where};
    int rc;

    if (!f.state)
        return say_unread(ctx, path, 0, XLMEM_ERROR_NOMEM);
    rc = stream(ctx, path, &f);
    if (!rc) {
        rc = pieces->end(f.state, host, where);
        if (rc && !where->text[0])
            xlmem__complain(where, 0, rc, xlmem_strerror(rc),
                            (xlmem__str){"", 0});
    }
    pieces->dispose(f.state);
    return rc;
}

int xlmem__list_documents(xlmem_ctx *ctx, const char *path, char ***names_r,
                          size_t *nr_r)
{
    int rc;

    if (!ctx->backend->list_dir)
        return XLMEM_ERROR_NOTFOUND;
    rc = ctx->backend->list_dir(ctx->backend_user, path, names_r, nr_r);
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        rc = XLMEM_ERROR_NOTFOUND;
    if (rc && rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(ctx, XLMEM__ERR, "%s: cannot be listed: %s", path,
                   xlmem_strerror(rc));
    return rc;
}

void xlmem__free_list(char **names, size_t nr)
{
    while (nr)
        free(names[--nr]);
    free(names);
}

static void say_of(xlmem_ctx *ctx, int level, const char *path,
                   const xlmem__where *where)
{
    if (where->line)
        xlmem__log(ctx, level, "%s: line %zu: %s", path, where->line,
                   where->text);
    else
        xlmem__log(ctx, level, "%s: %s", path, where->text);
}

void xlmem__complain_of(xlmem_ctx *ctx, const char *path,
                        const xlmem__where *where)
{
    say_of(ctx, XLMEM__ERR, path, where);
}

void xlmem__warn_of(xlmem_ctx *ctx, const char *path,
                    const xlmem__where *where)
{
    say_of(ctx, XLMEM__WARN, path, where);
}

int xlmem__go_without(int rc)
{
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}
