/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * GRUB: the text of grub-mkconfig says which files it reads: Debian's sources
 * /etc/default/grub.d/, upstream's, Fedora's, SUSE's and Arch's do not.
 *
 * xen.efi: a file of its own on the EFI system partition.  Where GRUB is there
 * as well, its 20_linux_xen may be what writes that file (SUSE), so that it
 * would be lost with the next kernel.
 */
#include "boot/host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/dropin.h"
#include "boot/efi.h"
#include "boot/entries.h"
#include "sys/root.h"

#define DEFAULTS "etc/default/grub"

static const char *const kind_names[] = {"foreign", "drop-in", "inline",
                                         "xen.cfg"};

const char *boot_kind_name(boot_kind kind)
{
    return kind_names[kind];
}

bool boot_kind_of(const char *name, boot_kind *kind_r)
{
    size_t i;

    for (i = BOOT_KIND_DROP_IN; i <= BOOT_KIND_XEN_CFG; i++)
        if (!strcmp(name, kind_names[i])) {
            *kind_r = (boot_kind)i;
            return true;
        }
    return false;
}

/* ---------------------------------------------------------------- GRUB --- */

static bool holds_text(xlmem__str text, const char *what)
{
    return memmem(text.p, text.len, what, strlen(what));
}

/* false: it is not there, or cannot be read. */
static bool look_into(const boot_tree *tree, const char *path, boot_host *host,
                      xlmem__str *text_r)
{
    boot_msg msg = {.text = ""};
    const int rc = boot_tree_read(tree, path, text_r, &msg);

    host->no_memory |= rc == XLMEM_ERROR_NOMEM;
    return !rc;
}

/* Whether a file is there and has the text. */
static bool file_has(const boot_tree *tree, const char *path, const char *what,
                     boot_host *host)
{
    xlmem__str text;
    bool has;

    if (!look_into(tree, path, host, &text))
        return false;
    has = holds_text(text, what);
    free((char *)(uintptr_t)text.p);
    return has;
}

static bool find_mkconfig(const boot_tree *tree, boot_host *host)
{
    static const char *const names[] = {
        "usr/sbin/grub-mkconfig",      "usr/sbin/grub2-mkconfig",
        "usr/bin/grub-mkconfig",       "usr/bin/grub2-mkconfig",
        "sbin/grub-mkconfig",          "sbin/grub2-mkconfig",
        "usr/local/sbin/grub-mkconfig"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (boot_tree_has(tree, names[i])) {
            snprintf(host->mkconfig, sizeof(host->mkconfig), "%s", names[i]);
            return true;
        }
    return false;
}

/* Where a link in /etc leads, from the top of the tree. */
static bool follow_link(const boot_tree *tree, const char *link, char *path_r)
{
    char to[BOOT_PATH_MAX];
    ssize_t len = readlinkat(tree->fd, link, to, sizeof(to) - 1);
    const char *path = to;

    if (len <= 0)
        return false;
    to[len] = '\0';
    while (!strncmp(path, "../", 3))
        path += 3;
    while (*path == '/')
        path++;
    strcpy(path_r, path);
    return boot_tree_has(tree, path_r);
}

/*
 * The configuration that is booted.  Fedora's links lead to it; what is below
 * EFI/fedora of a present Fedora is a stub that reads the other one
 * ("configfile") and is never written.  What the machine was started by is not
 * in the files of one that is only mounted.
 */
static void find_menu(const boot_tree *tree, boot_host *host)
{
    static const char *const links[] = {"etc/grub2.cfg", "etc/grub2-efi.cfg"};
    static const char *const files[] = {"boot/grub2/grub.cfg",
                                        "boot/grub/grub.cfg"};
    const bool efi = boot_tree_has(tree, "sys/firmware/efi");
    size_t i;

    for (i = 0; i < 2; i++)
        if (follow_link(tree, links[efi ? 1 - i : i], host->menu) &&
            !(strstr(host->menu, "/EFI/") &&
              file_has(tree, host->menu, "configfile", host)))
            return;
    for (i = 0; i < 2; i++) {
        snprintf(host->menu, sizeof(host->menu), "%s", files[i]);
        if (boot_tree_has(tree, host->menu))
            return;
    }
    host->menu[0] = '\0';
}

static int set_grub(const boot_tree *tree, boot_kind kind, boot_host *host)
{
    host->kind = kind;
    strcpy(host->file, kind == BOOT_KIND_DROP_IN ? BOOT_DROP_IN : DEFAULTS);
    if (!*host->mkconfig)
        find_mkconfig(tree, host);
    find_menu(tree, host);
    host->update_grub = boot_tree_has(tree, "usr/sbin/update-grub") &&
                        !strcmp(host->menu, "boot/grub/grub.cfg");
    return 0;
}

/* ------------------------------------------------------------- xen.efi --- */

/* Folders below each other: the partition, EFI, a vendor's. */
#define EFI_DEPTH 3
/* Of files that lead to each other; a circle has more. */
#define CHAIN_MAX 8

typedef struct efi_search {
    const boot_tree *tree;
    const char *volume;       /* where the partition is */
    char path[BOOT_PATH_MAX]; /* found; "": none yet */
    bool several;
} efi_search;

static bool has_fat_suffix(const char *name, const char *suffix)
{
    size_t len = strlen(name), end = strlen(suffix), i;

    for (i = 0; len >= end && i < end; i++)
        if (xlmem__lower(name[len - end + i]) != suffix[i])
            return false;
    return len > end;
}

static bool is_xen_program(const char *name)
{
    return xlmem__lower(name[0]) == 'x' && xlmem__lower(name[1]) == 'e' &&
           xlmem__lower(name[2]) == 'n' && has_fat_suffix(name, ".efi");
}

/* One that looks for no file. */
static bool is_unified(const boot_tree *tree, const char *folder,
                       const char *program)
{
    char path[BOOT_PATH_MAX], head[BOOT_EFI_HEAD_BYTES] = "";
    ssize_t len;
    int fd;

    if (snprintf(path, sizeof(path), "%s/%s", folder, program) >=
        (int)sizeof(path))
        return false;
    fd =
        openat(tree->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    len = pread(fd, head, sizeof(head), 0);
    close(fd);
    return len > 0 && boot_efi_is_unified((xlmem__str){head, (size_t)len});
}

/* The names that @program looks for, in its order. */
static void look_for_cfg(efi_search *search, const char *folder,
                         const char *program)
{
    char name[256], path[BOOT_PATH_MAX];
    size_t n;

    if (is_unified(search->tree, folder, program))
        return;
    for (n = 0; boot_efi_cfg_name(program, n, name, sizeof(name)); n++) {
        if (snprintf(path, sizeof(path), "%s/%s", folder, name) >=
                (int)sizeof(path) ||
            !boot_tree_has(search->tree, path))
            continue;
        search->several =
            search->several || (*search->path && strcmp(search->path, path));
        strcpy(search->path, path);
        return;
    }
}

static void look_in_efi(efi_search *search, const char *folder, unsigned depth)
{
    char **names, path[BOOT_PATH_MAX];
    size_t nr, i;

    if (xlmem__root_list(search->tree->fd, folder, &names, &nr))
        return;
    for (i = 0; i < nr; i++) {
        if (is_xen_program(names[i]))
            look_for_cfg(search, folder, names[i]);
        else if (depth && !strchr(names[i], '.') &&
                 snprintf(path, sizeof(path), "%s/%s", folder, names[i]) <
                     (int)sizeof(path))
            look_in_efi(search, path, depth - 1);
    }
    xlmem__free_names(names, nr);
}

/* The partition is at /boot/efi, /efi or /boot; kernels and Xen's own xen.efi,
 * without a file beside it, are in the last one of any host. */
static void find_xen_cfg(const boot_tree *tree, efi_search *search)
{
    static const struct {
        const char *path, *volume;
        unsigned depth;
    } roots[] = {{"boot/efi", "boot/efi", EFI_DEPTH},
                 {"efi", "efi", EFI_DEPTH},
                 {"boot/EFI", "boot", EFI_DEPTH},
                 {"boot", "boot", 0}};
    size_t i;

    *search = (efi_search){.tree = tree};
    for (i = 0; i < sizeof(roots) / sizeof(roots[0]) && !*search->path; i++) {
        search->volume = roots[i].volume;
        look_in_efi(search, roots[i].path, roots[i].depth);
    }
}

/* @chain stands for the file beside the one that names it or, with a backslash
 * in front, from the top of the partition. */
static bool take_chain(boot_host *host, const char *volume, xlmem__str chain)
{
    const bool absolute = chain.len && *chain.p == '\\';
    char path[BOOT_PATH_MAX], *at;
    const size_t folder =
        absolute ? strlen(volume)
                 : (size_t)(strrchr(host->file, '/') + 1 - host->file);

    if (!chain.len || snprintf(path, sizeof(path), "%.*s%.*s", (int)folder,
                               absolute ? volume : host->file, (int)chain.len,
                               chain.p) >= (int)sizeof(path))
        return false;
    for (at = path; *at; at++)
        if (*at == '\\')
            *at = '/';
    strcpy(host->file, path);
    /* What a tree says leads nowhere above it. */
    return !strstr(path + folder, "..");
}

/* 0: it has the kernel=; NOTFOUND: host->file is the one that may; others. */
static int follow_one(const boot_tree *tree, const char *volume,
                      boot_host *host, char **section, boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2];
    xlmem__str text, chain;
    int rc = boot_tree_read(tree, host->file, &text, msg);

    boot_tree_name(tree, host->file, name, sizeof(name));
    if (rc == XLMEM_ERROR_NOTFOUND)
        return boot_fail(msg, XLMEM_ERROR_INVAL,
                         "%s, which a chain= names, is not there", name);
    if (rc)
        return rc;
    if (!*section) {
        const xlmem__str first = boot_efi_default(text);

        *section = strndup(first.p, first.len);
    }
    if (!*section)
        rc = XLMEM_ERROR_NOMEM;
    else if (!boot_efi_boots(text, (xlmem__str){*section, strlen(*section)},
                             &chain))
        rc = take_chain(host, volume, chain)
                 ? XLMEM_ERROR_NOTFOUND
                 : boot_fail(msg, XLMEM_ERROR_INVAL,
                             "%s has no section with kernel=, and no chain= "
                             "to a file below its folder",
                             name);
    free((char *)(uintptr_t)text.p);
    return rc;
}

/* To the file that has the sections, by "chain=". */
static int follow_chain(const boot_tree *tree, const char *volume,
                        boot_host *host, boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2], *section = NULL;
    unsigned links;
    int rc = XLMEM_ERROR_NOTFOUND;

    for (links = 0; links < CHAIN_MAX && rc == XLMEM_ERROR_NOTFOUND; links++)
        rc = follow_one(tree, volume, host, &section, msg);
    free(section);
    if (rc == XLMEM_ERROR_NOTFOUND)
        boot_fail(msg, rc, "%s: more than %d chain=",
                  boot_tree_name(tree, host->file, name, sizeof(name)),
                  CHAIN_MAX);
    return rc;
}

static int set_xen_cfg(const boot_tree *tree, const efi_search *search,
                       boot_host *host, boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2];

    if (search->several)
        return boot_fail(
            msg, XLMEM_ERROR_UNSUPPORTED,
            "several xen.efi with a file each, of which %s is "
            "one: which of them the firmware starts is not known",
            boot_tree_name(tree, search->path, name, sizeof(name)));
    if (!*search->path)
        return boot_fail(msg, XLMEM_ERROR_NOTFOUND,
                         "no xen.efi with a file beside it on the EFI system "
                         "partition (/boot/efi); a unified image reads none");
    host->kind = BOOT_KIND_XEN_CFG;
    strcpy(host->file, search->path);
    host->mkconfig[0] = '\0';
    return follow_chain(tree, search->volume, host, msg);
}

/* ------------------------------------------------------------- telling --- */

/* What the entries of a grub.cfg that load Xen say of who made it. */
typedef struct menu_makers {
    bool any;     /* there are some */
    bool by_hand; /* nothing in it is of GRUB's scripts (2.00 to 2.12) */
} menu_makers;

static menu_makers makers_of(const boot_tree *tree, boot_host *host)
{
    menu_makers makers = {.any = false};
    boot_entries entries;
    xlmem__str text;
    size_t i;
    int rc;

    if (!*host->menu || !look_into(tree, host->menu, host, &text))
        return makers;
    rc = boot_entries_of(text, &entries);
    host->no_memory |= rc == XLMEM_ERROR_NOMEM;
    if (!rc) {
        makers.any = entries.nr;
        makers.by_hand = entries.nr && !holds_text(text, "grub-mkconfig") &&
                         !holds_text(text, "$menuentry_id_option");
        for (i = 0; i < entries.nr; i++)
            if (entries.list[i].made || *entries.list[i].script)
                makers.by_hand = false;
        boot_entries_dispose(&entries);
    }
    free((char *)(uintptr_t)text.p);
    return makers;
}

static int find_both(const boot_tree *tree, const efi_search *search,
                     boot_host *host, boot_msg *msg)
{
    char name[BOOT_PATH_MAX * 2];
    const boot_kind kind =
        file_has(tree, host->mkconfig, "default/grub.d", host)
            ? BOOT_KIND_DROP_IN
            : BOOT_KIND_INLINE;
    menu_makers makers;

    find_menu(tree, host);
    makers = makers_of(tree, host);
    /* What somebody has written is not ours to have made anew. */
    if (makers.by_hand)
        return 0;
    /* GRUB loads Xen itself, or writes xen.cfg. */
    if (!*search->path || makers.any ||
        file_has(tree, "etc/grub.d/20_linux_xen", "chainloader", host))
        return set_grub(tree, kind, host);
    if (!*host->menu)
        return set_xen_cfg(tree, search, host, msg);
    return boot_fail(msg, XLMEM_ERROR_UNSUPPORTED,
                     "it may boot by GRUB or by xen.efi, which has %s: say "
                     "which with --kind %s or --kind xen.cfg",
                     boot_tree_name(tree, search->path, name, sizeof(name)),
                     boot_kind_name(kind));
}

static int find_any(const boot_tree *tree, const boot_kind *kind,
                    boot_host *host_r, boot_msg *msg)
{
    efi_search search;

    if (kind && *kind != BOOT_KIND_XEN_CFG)
        return set_grub(tree, *kind, host_r);
    if (!kind && boot_is_foreign(tree))
        return 0;
    find_xen_cfg(tree, &search);
    if (kind || (*search.path && !find_mkconfig(tree, host_r)))
        return set_xen_cfg(tree, &search, host_r, msg);
    if (find_mkconfig(tree, host_r))
        return find_both(tree, &search, host_r, msg);
    return 0;
}

int boot_find_host(const boot_tree *tree, const boot_kind *kind,
                   boot_host *host_r, boot_msg *msg)
{
    int rc;

    memset(host_r, 0, sizeof(*host_r));
    rc = find_any(tree, kind, host_r, msg);
    if (host_r->no_memory)
        return boot_fail(msg, XLMEM_ERROR_NOMEM, "%s",
                         xlmem_strerror(XLMEM_ERROR_NOMEM));
    return rc;
}
