/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a shell says of a file that it does not run. */
#ifndef XL_MEMGUARD_BOOT_SHELL_H
#define XL_MEMGUARD_BOOT_SHELL_H

#include "codec/text.h"

typedef struct boot_said {
    size_t line; /* 1 = the first */
    char text[128];
} boot_said;

/* Whether this machine's sh can read @file (sh -n).  Where there is none to be
 * asked, it can. */
bool boot_shell_reads(xlmem__str file, boot_said *said_r);

#endif /* XL_MEMGUARD_BOOT_SHELL_H */
