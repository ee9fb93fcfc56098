/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The one file that is written on a host whose grub-mkconfig reads
 * /etc/default/grub.d: shell that changes values when GRUB's configuration is
 * made, whatever stands in the files before it.  xen.cfg there is dpkg's and
 * /etc/default/grub is ucf's, and both stay as the administrator has them.
 */
#ifndef XL_MEMGUARD_BOOT_DROPIN_H
#define XL_MEMGUARD_BOOT_DROPIN_H

#include "codec/capture/boot_words.h"

#define BOOT_DROP_IN_DIR "etc/default/grub.d"
#define BOOT_DROP_IN_NAME "zz-xlmem.cfg"
#define BOOT_DROP_IN BOOT_DROP_IN_DIR "/" BOOT_DROP_IN_NAME

/*
 * Its text, malloc'd; NULL without memory.
 * @word: which to put; valid.
 * @found: words that it may drop without a warning, blanks between them.
 */
char *boot_drop_in_text(const char *word, const char *found);

/* Whether a file is one of ours, and which word it puts ("": it has been
 * taken out). */
bool boot_drop_in_word(xlmem__str text, xlmem__str *word_r);

/* What it was told that it may drop. */
bool boot_drop_in_found(xlmem__str text, xlmem__str *found_r);

#endif /* XL_MEMGUARD_BOOT_DROPIN_H */
