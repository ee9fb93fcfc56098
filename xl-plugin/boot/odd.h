/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Assignments of GRUB_CMDLINE_XEN and GRUB_CMDLINE_XEN_DEFAULT that are wrong as
 * they stand, on every kind of host: no word that is changed in them, and no
 * drop-in behind them, makes a right line of them.
 */
#ifndef XL_MEMGUARD_BOOT_ODD_H
#define XL_MEMGUARD_BOOT_ODD_H

#include "codec/text.h"

/*
 * The first of them: what is wrong with it and how it is cured, for a person;
 * *at_r: where it stands.  NULL: there is none.  Names that are put together
 * while the file is run are not seen.
 */
const char *boot_find_odd(xlmem__str text, const char **at_r);

#endif /* XL_MEMGUARD_BOOT_ODD_H */
