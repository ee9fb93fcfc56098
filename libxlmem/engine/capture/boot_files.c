/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's command line for the next boot.  A host boots by GRUB, whose defaults
 * have it, or by xen.efi, which reads a file of its own beside itself on the
 * EFI system partition; both may be there.  Which of them it is tells
 *
 *     Xen's log        "Bootloader: EFI", or another
 *     the booted line  GRUB 2 puts a word before it ("placeholder"), xen.efi
 *                      hands over what its file has
 *     the files        there is only one with a line for Xen
 *
 * and otherwise nobody knows: both lines are kept.
 */
#include "engine/capture/boot_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/capture/texts.h"
#include "engine/capture/text_files.h"

/* Folders below each other on the partition: EFI, and a vendor's. */
#define DEPTH_MAX 3

/* The partition is FAT: names in either case. */
static bool same_fat_name(const char *name, const char *small, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        char c = name[i];

        if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != small[i])
            return false;
    }
    return true;
}

static bool is_cfg(const char *name)
{
    const size_t len = strlen(name);

    return len > 6 && same_fat_name(name, "xen", 3) &&
           same_fat_name(name + len - 4, ".cfg", 4);
}

/* xen.efi takes the file of its own name, and else xen.cfg: of several this
 * one, or the last. */
static bool is_worse(const char *best)
{
    const char *base = strrchr(best, '/');

    return !base || !same_fat_name(base + 1, "xen.cfg", sizeof("xen.cfg"));
}

static void look_below(xlmem_ctx *ctx, const char *dir, unsigned depth,
                       char best[XLMEM__BOOT_PATH_MAX])
{
    const xlmem_backend *backend = ctx->backend;
    char **names, path[XLMEM__BOOT_PATH_MAX];
    size_t nr, i;

    /* Most names are files, which have no names below them: no news. */
    if (backend->list_dir(ctx->backend_user, dir, &names, &nr))
        return;
    for (i = 0; i < nr; i++) {
        if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]) >=
            (int)sizeof(path))
            continue;
        if (is_cfg(names[i]) && is_worse(best))
            snprintf(best, XLMEM__BOOT_PATH_MAX, "%s", path);
        else if (depth && !strchr(names[i], '.'))
            look_below(ctx, path, depth - 1, best);
    }
    xlmem__free_list(names, nr);
}

bool xlmem__find_efi_cfg(xlmem_ctx *ctx, char path_r[XLMEM__BOOT_PATH_MAX])
{
    static const char *const roots[] = {"boot/efi", "efi", "boot/EFI"};
    size_t i;

    path_r[0] = '\0';
    if (!ctx->backend->list_dir)
        return false;
    for (i = 0; i < sizeof(roots) / sizeof(roots[0]) && !path_r[0]; i++)
        look_below(ctx, roots[i], DEPTH_MAX, path_r);
    return path_r[0] != '\0';
}

/* The line of xen.efi's file; NULL where it has none. */
static int read_efi(xlmem_ctx *ctx, const char *path, char **line_r)
{
    xlmem__where where = {.line = 0};
    xlmem_host efi;
    char *buf;
    size_t len;
    int rc = xlmem__read_document(ctx, path, &buf, &len);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    xlmem_host_init(&efi);
    rc = xlmem__parse_efi_cfg(buf, len, &efi, &where);
    if (rc)
        xlmem__warn_of(ctx, path, &where);
    *line_r = efi.xen_config_line;
    efi.xen_config_line = NULL;
    xlmem_host_dispose(&efi);
    free(buf);
    return rc;
}

/* Whether it is xen.efi; false: nothing tells. */
static bool boots_by(const xlmem_host *host, const char *efi, bool *efi_r)
{
    const char *booted = host->xen_cmdline, *grub = host->xen_config_line;

    if (XLMEM_KNOWS(host, efi_boot))
        *efi_r = host->efi_boot;
    else if (booted && !strncmp(booted, "placeholder", 11))
        *efi_r = false;
    else if (booted && *efi && !strcmp(booted, efi))
        *efi_r = true;
    else if (!grub || !*grub)
        *efi_r = true;
    else
        return false;
    return true;
}

static int keep_name(char **text_r, const char *name)
{
    *text_r = strdup(name);
    return *text_r ? 0 : XLMEM_ERROR_NOMEM;
}

/* @boot: GRUB's line.  Two lines: the one that counts first; of a host that
 * boots xen.efi GRUB's is not its, also where the other is not there. */
static int choose(xlmem_host *host, xlmem_host *boot, const char *path,
                  char *efi)
{
    char *grub = boot->xen_config_line;
    bool by_efi = XLMEM_KNOWS(boot, efi_boot) ? boot->efi_boot : efi && !grub;
    int rc = 0;

    if (efi) {
        boot->xen_cmdline = host->xen_cmdline;
        if (boots_by(boot, efi, &by_efi))
            XLMEM_SET(host, efi_boot, by_efi);
        boot->xen_cmdline = NULL;
    }
    boot->xen_config_line = by_efi ? efi : grub;
    boot->xen_other_line = by_efi ? grub : efi;
    if (boot->xen_config_line)
        rc = keep_name(&boot->xen_config_file,
                       by_efi ? path : XLMEM__GRUB_FILE);
    if (!rc && boot->xen_other_line)
        rc =
            keep_name(&boot->xen_other_file, by_efi ? XLMEM__GRUB_FILE : path);
    return rc;
}

/* In place of what a snapshot in the capture says. */
static void move_lines(xlmem_host *host, xlmem_host *boot)
{
    char **const to[] = {&host->xen_config_line, &host->xen_config_file,
                         &host->xen_other_line, &host->xen_other_file};
    char **const from[] = {&boot->xen_config_line, &boot->xen_config_file,
                           &boot->xen_other_line, &boot->xen_other_file};
    size_t i;

    for (i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
        free(*to[i]);
        *to[i] = *from[i];
        *from[i] = NULL;
    }
}

int xlmem__take_boot_files(xlmem_ctx *ctx, xlmem_host *host)
{
    char path[XLMEM__BOOT_PATH_MAX], *efi = NULL;
    xlmem_host boot;
    int rc;

    xlmem_host_init(&boot);
    if (XLMEM_KNOWS(host, efi_boot))
        XLMEM_SET(&boot, efi_boot, host->efi_boot);
    rc = xlmem__go_without(xlmem__take_grub(ctx, &boot));
    if (!rc && xlmem__find_efi_cfg(ctx, path))
        rc = xlmem__go_without(read_efi(ctx, path, &efi));
    if (!rc && (efi || boot.xen_config_line)) {
        rc = choose(host, &boot, path, efi);
        move_lines(host, &boot);
    }
    xlmem_host_dispose(&boot);
    return rc;
}
