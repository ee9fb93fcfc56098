/* SPDX-License-Identifier: LGPL-2.1-only */
/* How a host boots, told by its own tools and files and not by its name. */
#ifndef XL_MEMGUARD_BOOT_HOST_H
#define XL_MEMGUARD_BOOT_HOST_H

#include "boot/tree.h"

typedef enum boot_kind {
    BOOT_KIND_FOREIGN, /* nothing is written there */
    BOOT_KIND_DROP_IN, /* grub-mkconfig reads /etc/default/grub.d */
    BOOT_KIND_INLINE,  /* it reads /etc/default/grub alone */
    BOOT_KIND_XEN_CFG, /* xen.efi is started by the firmware */
} boot_kind;

typedef struct boot_host {
    boot_kind kind;
    char file[BOOT_PATH_MAX];     /* that is edited */
    char mkconfig[BOOT_PATH_MAX]; /* GRUB's generator; "": none */
    char menu[BOOT_PATH_MAX];     /* the grub.cfg that it makes; "": none */
    bool update_grub;             /* Debian's name for both */
    bool no_memory;               /* memory ended before all was looked at */
} boot_host;

/* "drop-in", "inline", "xen.cfg", "foreign". */
const char *boot_kind_name(boot_kind kind);
bool boot_kind_of(const char *name, boot_kind *kind_r);

/*
 * @kind: as somebody says; NULL: as the tree shows.
 * Returns 0, also for a foreign one; XLMEM_ERROR_NOTFOUND where the file of a
 * kind is not there; XLMEM_ERROR_UNSUPPORTED where two loaders could be it;
 * XLMEM_ERROR_NOMEM.
 */
int boot_find_host(const boot_tree *tree, const boot_kind *kind,
                   boot_host *host_r, boot_msg *msg);

/*
 * A host that nothing is written on: which line of which file to change, and
 * into what.
 */
typedef struct boot_foreign {
    char what[64];            /* "extlinux" */
    char file[BOOT_PATH_MAX]; /* "": none is known */
    size_t line;              /* 0: to be added */
    char *text;               /* malloc'd: as it has to be */
    const char *note;         /* what else to look for; or NULL */
} boot_foreign;

/* Whether it has a tool of its own that makes its boot configuration, though
 * GRUB's or xen.efi's files are there. */
bool boot_is_foreign(const boot_tree *tree);

/* 0, XLMEM_ERROR_NOMEM, or what keeps Proxmox' file from being read. */
int boot_find_foreign(const boot_tree *tree, const char *word,
                      boot_foreign *foreign_r, boot_msg *msg);

#endif /* XL_MEMGUARD_BOOT_HOST_H */
