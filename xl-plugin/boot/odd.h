/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Assignments of GRUB_CMDLINE_XEN and GRUB_CMDLINE_XEN_DEFAULT that are wrong
 * as they stand, on every kind of host: no word that is changed in them, and
 * no drop-in behind them, makes a right line of them.  Only those count that
 * are sure to run and that no later one takes the place of; where it takes a
 * shell to tell, nothing is wrong.
 */
#ifndef XL_MEMGUARD_BOOT_ODD_H
#define XL_MEMGUARD_BOOT_ODD_H

#include "codec/text.h"

/* Of what something is wrong: a variable's value, or what no later line takes
 * back (read-only, a byte order mark, bytes that are no text). */
typedef enum boot_odd_of {
    BOOT_ODD_ALWAYS,
    BOOT_ODD_DEFAULT,
    BOOT_ODD_FOR_GOOD,
    BOOT_ODD_NR,
} boot_odd_of;

/* What is wrong at the end of the files that were read; borrowed from them. */
typedef struct boot_odds {
    const char *why[BOOT_ODD_NR]; /* for a person, with the cure; or NULL */
    const char *at[BOOT_ODD_NR];
    /* A part that leaves a quote or a name open is in the value, and what
     * comes behind it may close that: the whole value tells, or the
     * generator's result where a shell makes it. */
    bool pieced[BOOT_ODD_NR];
} boot_odds;

/* Read a file behind those that @odds is of; {.why = {NULL}}: the first one.
 * Names that are put together while it is run are not seen. */
void boot_see_odds(xlmem__str file, boot_odds *odds);

/* The first in the order of memory, *at_r: where it stands; NULL: there is
 * none. */
const char *boot_first_odd(const boot_odds *odds, const char **at_r);

/* What is wrong with a value as a whole; NULL: nothing. */
const char *boot_odd_value(xlmem__str value);

/* Both, for a single file. */
const char *boot_find_odd(xlmem__str text, const char **at_r);

#endif /* XL_MEMGUARD_BOOT_ODD_H */
