/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/facts/documents.h"

#include <stdlib.h>

#include "codec/capture/texts.h"

/*
 * The kernel's log before the ring before xen/e820 is no matter for the map:
 * its source decides there (xlmem_map_source).  /proc/version is the running
 * kernel's; `xl info` may have been saved at another time.
 *
 * What dom0's kernel keeps is its size less MemTotal, and both move by hundreds
 * of MiB a second while it balloons: meminfo is the last that is parsed, and
 * info/current_kb the first number after it.
 */
const xlmem__document xlmem__documents[] = {
    {"dmesg", xlmem__parse_dmesg, 0},
    {"xl/dmesg", xlmem__parse_xl_dmesg, XLMEM__DOC_MAP},
    {"xl/info", xlmem__parse_xl_info, XLMEM__DOC_XEN},
    {"xen/e820", xlmem__parse_e820, XLMEM__DOC_XEN},
    {"xl/list", xlmem__parse_xl_list, XLMEM__DOC_XEN},
    {"xl/list-l.json", xlmem__parse_xl_list_long, XLMEM__DOC_XEN},
    {"xenstore/ls", xlmem__parse_xenstore_ls, XLMEM__DOC_XEN},
    {"proc/version", xlmem__parse_version, XLMEM__DOC_FLOOR},
    {"proc/cmdline", xlmem__parse_kernel_cmdline, 0},
    {"proc/zoneinfo", xlmem__parse_zoneinfo, 0},
    {"proc/buddyinfo", xlmem__parse_buddyinfo, 0},
    {"proc/vmstat", xlmem__parse_vmstat, 0},
    {"proc/loadavg", xlmem__parse_loadavg, 0},
    {"proc/pressure/memory", xlmem__parse_psi, 0},
    {"proc/meminfo", xlmem__parse_meminfo, XLMEM__DOC_BOOKS},
    {"proc/pagetypeinfo", NULL, 0},
    {"proc/swaps", NULL, 0},
    {"etc/xen/xl.conf", NULL, 0},
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

int xlmem__read_document(xlmem_ctx *ctx, const char *path, char **buf_r,
                         size_t *len_r)
{
    int rc;

    if (!ctx->backend->read_file)
        return XLMEM_ERROR_NOTFOUND;
    rc = ctx->backend->read_file(ctx->backend_user, path, buf_r, len_r);
    if (rc == XLMEM_ERROR_UNSUPPORTED)
        rc = XLMEM_ERROR_NOTFOUND;
    if (rc == XLMEM_ERROR_RANGE)
        xlmem__log(ctx, XLMEM__ERR, "%s: larger than %u MiB", path,
                   (unsigned)(XLMEM_DOCUMENT_MAX_BYTES >> 20));
    else if (rc && rc != XLMEM_ERROR_NOTFOUND)
        xlmem__log(ctx, XLMEM__ERR, "%s: cannot be read: %s", path,
                   xlmem_strerror(rc));
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
