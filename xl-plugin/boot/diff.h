/* SPDX-License-Identifier: LGPL-2.1-only */
/* What an edit changes, for people. */
#ifndef XL_MEMGUARD_BOOT_DIFF_H
#define XL_MEMGUARD_BOOT_DIFF_H

#include "codec/text.h"

typedef void boot_diff_fn(void *arg, const char *line);

/*
 * The lines between those that are the same in front and at the end, "-" in
 * front of what goes and "+" of what comes; where both are there, behind
 * "@@ line N".  Edits of ours are one place in most files.  p NULL: no file.
 */
void boot_diff(xlmem__str old, xlmem__str new, boot_diff_fn *fn, void *arg);

#endif /* XL_MEMGUARD_BOOT_DIFF_H */
