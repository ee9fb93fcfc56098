/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files before ours say, as grub-mkconfig reads them. */
#ifndef XL_MEMGUARD_BOOT_SOURCES_H
#define XL_MEMGUARD_BOOT_SOURCES_H

#include "boot/host.h"

/* What dom0_mem= words the files of a GRUB host have, ours left out: malloc'd;
 * NULL: only a shell can tell, or no memory. */
char *boot_find_words(const boot_tree *tree, const boot_host *host);

/* Whether one of their values has such a word in quotes (boot/inline.h). */
bool boot_sources_quote_size(const boot_tree *tree, const boot_host *host);

/* What is wrong with them, and cannot be seen in the line that they make.
 * 0, XLMEM_ERROR_NOMEM, or what kept a file from being read. */
int boot_lint_sources(const boot_tree *tree, const boot_host *host,
                      xlmem_findings *found_r);

#endif /* XL_MEMGUARD_BOOT_SOURCES_H */
