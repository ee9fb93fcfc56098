/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xen.efi's own file, edited: options= of each section but those that are the
 * way out (failsafe, recovery).  How it is read: codec/capture/efi_cfg.c.
 */
#ifndef XL_MEMGUARD_BOOT_EFI_H
#define XL_MEMGUARD_BOOT_EFI_H

#include "boot/inline.h"

/* As boot_edit_inline.  XLMEM_ERROR_NOTFOUND: no section has a kernel=. */
int boot_edit_efi(xlmem__str text, const char *word, boot_edit *edit_r);

/* The section that is booted, by "default=" of the first file (efi_start of
 * common/efi/boot.c, 4.17 and 4.23-unstable: once, and not of those that
 * chain= names).
 * Borrowed; empty: none is named. */
xlmem__str boot_efi_default(xlmem__str text);

/* Whether xen.efi finds its kernel= in this file.
 * @section: of the first one.
 * @chain_r: where not, the file that is read instead; borrowed; empty: none.
 */
bool boot_efi_boots(xlmem__str text, xlmem__str section, xlmem__str *chain_r);

/*
 * The name of the file that xen.efi looks for as its @n-th: that of the
 * program, then with parts of it cut off (common/efi/boot.c, efi_start):
 * xen-4.2-unstable.efi reads xen-4.2-unstable.cfg, xen-4.2.cfg, xen-4.cfg,
 * xen.cfg.  false: there is no such one.
 */
bool boot_efi_cfg_name(const char *program, size_t n, char *name_r,
                       size_t room);

/* Of a program: its table of sections is in them (those of xen.efi 4.14 to
 * 4.20, with one more, end before byte 1200). */
#define BOOT_EFI_HEAD_BYTES 4096

/*
 * Whether the program has its configuration in a section of its own, ".config"
 * (a unified image, common/efi/boot.c, 4.15 and later), and reads no file.
 * @head: its first bytes.
 */
bool boot_efi_is_unified(xlmem__str head);

#endif /* XL_MEMGUARD_BOOT_EFI_H */
