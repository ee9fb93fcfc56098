/* SPDX-License-Identifier: LGPL-2.1-only */
/* GRUB's configuration, made anew by the host's own program. */
#ifndef XL_MEMGUARD_BOOT_GENERATE_H
#define XL_MEMGUARD_BOOT_GENERATE_H

#include "boot/entries.h"
#include "boot/host.h"

/*
 * Run update-grub, or grub-mkconfig -o the grub.cfg that is booted; in a
 * chroot where the tree is not this host.  Blocks as long as it takes.  Its
 * output goes to a file without a name, so that it lives on should we die.
 * Returns 0; XLMEM_ERROR_IO with the end of what it said.
 */
int boot_generate(const boot_tree *tree, const boot_host *host, boot_msg *msg);

/* Whether there is room for it: it writes a second copy, then the first one
 * over (cat), which on a full file system would end in the middle. */
int boot_generate_check(const boot_tree *tree, const boot_host *host,
                        boot_msg *msg);

/* The entries of the grub.cfg.  0; XLMEM_ERROR_NOTFOUND and others. */
int boot_read_menu(const boot_tree *tree, const boot_host *host,
                   boot_entries *entries_r, boot_msg *msg);

/*
 * The entry that GRUB boots where nobody chooses, as grub.cfg names it: the
 * value of its last "set default=", or grubenv's saved_entry where that is
 * what it says.  malloc'd; NULL: not known.
 */
char *boot_default_entry(const boot_tree *tree, const boot_host *host);

#endif /* XL_MEMGUARD_BOOT_GENERATE_H */
