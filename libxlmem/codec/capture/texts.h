/* SPDX-License-Identifier: LGPL-2.1-only */
/* Parsers of what no guarded create reads: the texts of xl, the logs of Xen
 * and of dom0's kernel, its zones and load, boot files, the firmware's map. */
#ifndef XLMEM_CAPTURE_TEXTS_H
#define XLMEM_CAPTURE_TEXTS_H

#include "codec/text.h"

xlmem__parser xlmem__parse_xl_info;      /* xl/info */
xlmem__parser xlmem__parse_xl_dmesg;     /* xl/dmesg: e820, EFI map, RAM */
xlmem__parser xlmem__parse_xl_list;      /* xl/list */
xlmem__parser xlmem__parse_xl_list_long; /* xl/list-l.json */
xlmem__parser xlmem__parse_xenstore_ls;  /* xenstore/ls */
xlmem__parser xlmem__parse_e820;         /* xen/e820 */
xlmem__parser xlmem__parse_dmesg;        /* dmesg of dom0 */

xlmem__parser xlmem__parse_buddyinfo;      /* proc/buddyinfo */
xlmem__parser xlmem__parse_zoneinfo;       /* proc/zoneinfo */
xlmem__parser xlmem__parse_vmstat;         /* proc/vmstat */
xlmem__parser xlmem__parse_loadavg;        /* proc/loadavg */
xlmem__parser xlmem__parse_kernel_cmdline; /* proc/cmdline */
xlmem__parser xlmem__parse_boot_id;        /* proc/sys/kernel/random/boot_id */

/*
 * etc/default/grub and behind it the files of etc/default/grub.d, in one text,
 * as grub-mkconfig reads them.  Where a shell would be needed to know the line
 * it stays unknown; then @where says why although 0 is returned.
 */
xlmem__parser xlmem__parse_grub;

/* xen.efi's own file: the same line.  0 with @where filled: another file is
 * chained to, which has it. */
xlmem__parser xlmem__parse_efi_cfg;

/* The next line of it, which any control character ends (pre_parse() of
 * xen/common/efi/boot.c, 4.14 to 4.20); @rest is not empty. */
xlmem__str xlmem__efi_line(xlmem__str *rest);

/* Where it has its line for Xen, for an edit of it (codec/edit.h): a span of
 * the text; false where there is none. */
bool xlmem__find_efi_options(xlmem__str text, xlmem__str *value_r);

/* A variable of GRUB's defaults, of which @written is a span of the text, for
 * an edit of it: what takes its place is shell as well. */
typedef struct xlmem__grub_value {
    char *p; /* malloc'd, NUL-terminated; NULL: it is never assigned */
    size_t len;
    const char **from;  /* of each byte, where it stands in the text */
    xlmem__str written; /* what is behind its last NAME=, quotes and all */
} xlmem__grub_value;

#define XLMEM__GRUB_ASSIGNMENTS_MAX 32

/* What GRUB_CMDLINE_XEN and GRUB_CMDLINE_XEN_DEFAULT come to. */
typedef struct xlmem__grub_values {
    xlmem__grub_value always, default_;
    size_t nr;
    struct {
        size_t line; /* 1 = the text's first */
        xlmem__str written;
    } assigned[XLMEM__GRUB_ASSIGNMENTS_MAX]; /* of both, the last ones */
} xlmem__grub_values;

/* 0; XLMEM_ERROR_PARSE with @where filled: only a shell can tell;
 * XLMEM_ERROR_NOMEM.  On failure there is nothing to dispose of. */
int xlmem__grub_values_of(xlmem__str text, xlmem__grub_values *values_r,
                          xlmem__where *where);
void xlmem__grub_values_dispose(xlmem__grub_values *values);

/* /sys/firmware/memmap/N/{start,end,type}: one entry. */
int xlmem__parse_firmware_entry(xlmem__str start, xlmem__str end,
                                xlmem__str type, xlmem_map *map,
                                xlmem__where *where);

#endif /* XLMEM_CAPTURE_TEXTS_H */
