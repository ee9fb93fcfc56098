/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/capture/text_files.h"

#include <stdlib.h>

#include "codec/capture/texts.h"

#define WHOLE(path, parse, flags)                                             \
    {                                                                         \
        path, parse, flags, NULL, 0                                           \
    }
#define COPIED(path) WHOLE(path, NULL, 0)
#define PIECES(path, pieces, gives)                                           \
    {                                                                         \
        path, NULL, XLMEM__TEXT_XEN, pieces, gives                            \
    }

/*
 * The kernel's log before the ring before xen/e820 is no matter for the map:
 * its source decides there (xlmem_map_source).
 */
const xlmem__text_file xlmem__text_files[] = {
    {"dmesg", NULL, 0, &xlmem__dmesg_pieces, 0},
    WHOLE("xl/dmesg", xlmem__parse_xl_dmesg, XLMEM__TEXT_MAP),
    WHOLE("xl/info", xlmem__parse_xl_info, XLMEM__TEXT_XEN),
    WHOLE("xen/e820", xlmem__parse_e820, XLMEM__TEXT_XEN),
    PIECES("xl/list", &xlmem__xl_list_pieces, XLMEM_WANT_ALL),
    PIECES("xl/list-l.json", &xlmem__xl_list_long_pieces,
           XLMEM_WANT_TYPES | XLMEM_WANT_TARGETS),
    PIECES("xenstore/ls", &xlmem__xenstore_ls_pieces,
           XLMEM_WANT_TYPES | XLMEM_WANT_TARGETS),
    WHOLE("proc/cmdline", xlmem__parse_kernel_cmdline, 0),
    WHOLE("proc/sys/kernel/random/boot_id", xlmem__parse_boot_id, 0),
    WHOLE("proc/zoneinfo", xlmem__parse_zoneinfo, 0),
    WHOLE("proc/buddyinfo", xlmem__parse_buddyinfo, 0),
    WHOLE("proc/vmstat", xlmem__parse_vmstat, 0),
    WHOLE("proc/loadavg", xlmem__parse_loadavg, 0),
    WHOLE("proc/pressure/memory", xlmem__parse_psi, 0),
    COPIED("proc/pagetypeinfo"),
    COPIED("proc/pressure/cpu"),
    COPIED("proc/pressure/io"),
    COPIED("proc/spl/kstat/zfs/arcstats"),
    COPIED("proc/stat"),
    COPIED("proc/swaps"),
    COPIED("proc/sys/vm/overcommit_memory"),
    COPIED("proc/uptime"),
    COPIED("dmesg-previous"),
    COPIED("etc/xen/xl.conf"),
};
const size_t xlmem__nr_text_files =
    sizeof(xlmem__text_files) / sizeof(xlmem__text_files[0]);

#define FILE_OF(name, field)                                                  \
    {                                                                         \
        XLMEM__BALLOON_FILE(name), offsetof(xlmem_dom0, field)                \
    }
const xlmem__number_file xlmem__more_numbers[] = {
    FILE_OF("info/low_kb", balloon_low_kb),
    FILE_OF("info/high_kb", balloon_high_kb),
    FILE_OF("retry_count", balloon_retry_count),
    FILE_OF("schedule_delay", balloon_schedule_delay),
    /* There with CONFIG_XEN_BALLOON_MEMORY_HOTPLUG and not without
     * (drivers/xen/balloon.c, Linux 4.4 to 6.12). */
    {"proc/sys/xen/balloon/hotplug_unpopulated",
     offsetof(xlmem_dom0, hotplug_unpopulated)},
};
const size_t xlmem__nr_more_numbers =
    sizeof(xlmem__more_numbers) / sizeof(xlmem__more_numbers[0]);

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
        return f->rc
                   ? f->rc
                   : xlmem__say_unread(ctx, path, XLMEM_STREAM_MAX_BYTES, rc);
    }
    rc = xlmem__read_document(ctx, path, &buf, &len);
    if (rc)
        return rc;
    rc = feed(f, buf, len);
    if (ctx->keeps_log && f->pieces == &xlmem__dmesg_pieces)
        xlmem__keep_log(ctx, buf, len);
    else
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
        return xlmem__say_unread(ctx, path, 0, XLMEM_ERROR_NOMEM);
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
