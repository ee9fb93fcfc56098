/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The files of a host, this one or one that is mounted somewhere.  Paths have
 * no "/" in front.  What is read is found as if the tree were "/"; where
 * something is written no folder on the way may be a link, unless the tree is
 * this host itself.
 */
#ifndef XL_MEMGUARD_BOOT_TREE_H
#define XL_MEMGUARD_BOOT_TREE_H

#include "codec/text.h"

#define BOOT_PATH_MAX 512

/* Why something failed, as a person reads it. */
typedef struct boot_msg {
    char text[640];
} boot_msg;

int boot_fail(boot_msg *msg, int rc, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

typedef struct boot_tree {
    const char *root; /* "/": this host */
    int fd;
} boot_tree;

int boot_tree_open(const char *root, boot_tree *tree_r, boot_msg *msg);
void boot_tree_close(boot_tree *tree);
bool boot_tree_is_here(const boot_tree *tree);

/* "/etc/default/grub", or below the root: for messages. */
const char *boot_tree_name(const boot_tree *tree, const char *path, char *buf,
                           size_t len);

/* All of a file, malloc'd.  0, XLMEM_ERROR_NOTFOUND or another; a message only
 * for the others. */
int boot_tree_read(const boot_tree *tree, const char *path, xlmem__str *text_r,
                   boot_msg *msg);
/* Why that failed, in words. */
const char *boot_tree_why(int rc);
bool boot_tree_has(const boot_tree *tree, const char *path);

/*
 * A folder that is to be written to; @make: with all above it where they are
 * not there, those that are made with @mode.
 * *fd_r: close it.  0, XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_IO, XLMEM_ERROR_PERM.
 */
int boot_tree_folder(const boot_tree *tree, const char *path, bool make,
                     int *fd_r, boot_msg *msg);

#endif /* XL_MEMGUARD_BOOT_TREE_H */
