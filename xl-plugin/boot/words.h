/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's command line as boot files have it, and the one change that is made to
 * it: every dom0_mem= of it gone, and ours in the place of the first.
 */
#ifndef XL_MEMGUARD_BOOT_WORDS_H
#define XL_MEMGUARD_BOOT_WORDS_H

#include "codec/text.h"

/* Xen holds an option in 128 bytes with its NUL (common/kernel.c,
 * MAX_PARAM_SIZE, 4.14 to 4.20). */
#define BOOT_WORD_MAX 128

/*
 * What parts words.  GRUB reads the line as a command of its own script
 * (blanks and tabs part words, Xen gets one blank), xen.efi hands it over as
 * it is, and Xen knows the blank alone.
 */
#define BOOT_GRUB_BLANKS " \t"
#define BOOT_EFI_BLANKS " "

/*
 * Whether this can be written to any boot file: "dom0_mem=" and a value that
 * Xen takes whole.  Such a value has letters, digits and ",:+-%", which no
 * shell and no loader reads as anything else.
 */
bool boot_word_is_valid(const char *word);

/* dom0_mem= or what negates it, whatever value it has. */
bool boot_is_dom0_mem(xlmem__str word);

/* The next word of @text from *at on, which moves behind it.  false: none. */
bool boot_next_word(xlmem__str text, const char *blanks, size_t *at,
                    xlmem__str *word_r);

/* Bytes of a part that something takes the place of. */
typedef struct boot_change {
    size_t at, len;
    char put[BOOT_WORD_MAX + 2]; /* "": they go */
} boot_change;

/* More dom0_mem= than this no line has been seen with: two. */
#define BOOT_CHANGES_MAX 8

/* A variable of GRUB's, or all of a line. */
typedef struct boot_part {
    xlmem__str text;
    size_t end; /* of what is Xen's: "--" begins dom0's kernel's part */
    bool ended;
    size_t nr, nr_old; /* changes; words dom0_mem= */
    boot_change changes[BOOT_CHANGES_MAX];
    xlmem__str old[BOOT_CHANGES_MAX]; /* those words */
} boot_part;

/*
 * What has to change so that @word is there once, in the place of the first
 * one there is, or else at the end of the last part that is Xen's.  Where it
 * is so already, nothing has.  Without @word (""): all of them go.
 * Returns false for more changes than there is room for.
 */
bool boot_plan_line(boot_part *parts, size_t nr, const char *blanks,
                    const char *word);

/* The part as it is then, malloc'd; NULL without memory. */
char *boot_render_part(const boot_part *part);

#endif /* XL_MEMGUARD_BOOT_WORDS_H */
