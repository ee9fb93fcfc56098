/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Files that a host boots by: replaced as a whole or not at all, and in all
 * else - mode, owner, extended attributes with the SELinux label - as they
 * were.
 */
#ifndef XL_MEMGUARD_BOOT_FILES_H
#define XL_MEMGUARD_BOOT_FILES_H

#include "boot/tree.h"

/*
 * Whether a file can be replaced, or come to be, there: a regular file that is
 * no link, not immutable or read-only, on a file system that takes it.
 * Changes nothing.
 * Returns 0, XLMEM_ERROR_PERM, XLMEM_ERROR_IO, XLMEM_ERROR_NOTFOUND (no such
 * folder).
 */
int boot_file_check(const boot_tree *tree, const char *path, size_t len,
                    boot_msg *msg);

/* The same for what somebody else writes: whether it could be put back. */
int boot_file_check_names(const boot_tree *tree, const char *path,
                          boot_msg *msg);

/*
 * Put @text in place of what is at @path.  A new file gets @mode.  What an
 * earlier one left behind that was killed is replaced.
 */
int boot_file_write(const boot_tree *tree, const char *path, xlmem__str text,
                    unsigned mode, boot_msg *msg);

/* Take it away; none there is fine. */
int boot_file_remove(const boot_tree *tree, const char *path, boot_msg *msg);

/* Take away what a write left behind that was killed. */
void boot_file_tidy(const boot_tree *tree, const char *path);

/* Bytes that are free where @path is; 0: not known. */
uint64_t boot_file_room(const boot_tree *tree, const char *path);

#endif /* XL_MEMGUARD_BOOT_FILES_H */
