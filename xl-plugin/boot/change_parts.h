/* SPDX-License-Identifier: LGPL-2.1-only */
/* What apply and revert share. */
#ifndef XL_MEMGUARD_BOOT_CHANGE_PARTS_H
#define XL_MEMGUARD_BOOT_CHANGE_PARTS_H

#include <signal.h>

#include "boot/change.h"

/* A change in progress. */
typedef struct boot_doing {
    const boot_order *order;
    boot_intent intent;
    bool is_ours;     /* the file is as an apply left it */
    bool is_before;   /* or as it was before the first */
    bool made_folder; /* the drop-in's is not there */
    bool adopted;     /* a drop-in that nothing is kept of */
    bool menu_kept;   /* grub.cfg can be put back */
} boot_doing;

xlmem__str boot_str(const char *text);
bool boot_same_text(xlmem__str a, xlmem__str b);
void boot_free_str(xlmem__str *text);
int boot_no_memory(boot_msg *msg);

/* A file that need not be there; p NULL: it is not, or is to go. */
int boot_read_or_none(const boot_tree *tree, const char *path,
                      xlmem__str *text_r, boot_msg *msg);
int boot_write_or_remove(const boot_tree *tree, const char *path,
                         xlmem__str text, boot_msg *msg);

/* What would end us by mistake is held back: ^C, a terminal that closes, a
 * service that is stopped.  A change takes some seconds and then is whole. */
void boot_hold_signals(sigset_t *old);

/* GRUB's generator has no part in what xen.efi reads. */
bool boot_generates(const boot_order *order);

/* What one that was killed left behind. */
void boot_tidy_host(const boot_order *order);

/* XLMEM_ERROR_BUSY while packages are installed. */
int boot_check_dpkg(const boot_tree *tree, boot_msg *msg);

/* Fill is_ours, is_before, and edited of the result. */
int boot_compare_with_kept(boot_doing *c, boot_result *r);

/* The file as it is with @word, or without any ("") in file.then. */
int boot_edit_host_file(boot_doing *c, const char *word, boot_result *r);

void boot_read_menu_if_any(const boot_doing *c, boot_entries *entries,
                           bool *known);

/* A copy of grub.cfg.  Of an apply or revert that was killed it is there
 * already, and what stands in /boot may be half of one. */
int boot_keep_menu(boot_doing *c, boot_msg *msg);
/* In place of what the generator left, unless it is the same. */
int boot_restore_menu(const boot_doing *c, boot_msg *msg);

/* @state NONE: the folder that was made to have something to lock goes. */
void boot_unlock(const boot_tree *tree, int lock, boot_state state);

#endif /* XL_MEMGUARD_BOOT_CHANGE_PARTS_H */
