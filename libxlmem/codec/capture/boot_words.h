/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's command line as boot files have it, and the one change that is made to
 * it: every dom0_mem= of it gone, and ours in the place of the first.
 */
#ifndef XLMEM_CAPTURE_BOOT_WORDS_H
#define XLMEM_CAPTURE_BOOT_WORDS_H

#include "codec/text.h"

/* Xen holds an option in 128 bytes with its NUL (common/kernel.c,
 * MAX_PARAM_SIZE, 4.14 to 4.20). */
#define XLMEM__BOOT_WORD_MAX 128

/*
 * What parts words.  GRUB reads the line as a command of its own script
 * (blanks and tabs part words, Xen gets one blank), xen.efi hands it over as
 * it is, and Xen knows the blank alone.
 */
#define XLMEM__GRUB_BLANKS " \t"
#define XLMEM__EFI_BLANKS " "

/*
 * Whether this can be written to any boot file: "dom0_mem=" and a value that
 * Xen takes whole.  Such a value has letters, digits and ",:+-%", which no
 * shell and no loader reads as anything else.
 */
bool xlmem__boot_word_is_valid(const char *word);

/* dom0_mem= or what negates it, whatever value it has. */
bool xlmem__is_dom0_mem(xlmem__str word);

/* The next word of @text from *at on, which moves behind it.  false: none. */
bool xlmem__next_boot_word(xlmem__str text, const char *blanks, size_t *at,
                           xlmem__str *word_r);

/*
 * The drop-in that xl memguard grub writes (xl-plugin/boot/dropin.c) is shell
 * that nobody has to run to know what it does: from the line with the mark to
 * that with the end it puts the word behind "word", up to a quote, into both
 * variables as below.
 */
#define XLMEM__DROP_IN_MARK "# Written by 'xl memguard grub apply'"
#define XLMEM__DROP_IN_WORD "xlmem_word='"
#define XLMEM__DROP_IN_END "# End of what 'xl memguard grub apply' wrote."

/* Bytes of a part that something takes the place of. */
typedef struct xlmem__boot_change {
    size_t at, len;
    char put[XLMEM__BOOT_WORD_MAX + 2]; /* "": they go */
} xlmem__boot_change;

/* More dom0_mem= than this no line has been seen with: two. */
#define XLMEM__BOOT_CHANGES_MAX 8

/* A variable of GRUB's, or all of a line. */
typedef struct xlmem__boot_part {
    xlmem__str text;
    size_t end; /* of what is Xen's: "--" begins dom0's kernel's part */
    bool ended;
    size_t nr, nr_old; /* changes; words dom0_mem= */
    xlmem__boot_change changes[XLMEM__BOOT_CHANGES_MAX];
    xlmem__str old[XLMEM__BOOT_CHANGES_MAX]; /* those words */
} xlmem__boot_part;

/*
 * What has to change so that @word is there once, in the place of the first
 * one there is, or else at the end of the last part that is Xen's.  Where it
 * is so already, nothing has.  Without @word (""): all of them go.
 * Returns false for more changes than there is room for.
 */
bool xlmem__plan_boot_line(xlmem__boot_part *parts, size_t nr,
                           const char *blanks, const char *word);

/* The part as it is then, malloc'd; NULL without memory. */
char *xlmem__render_boot_part(const xlmem__boot_part *part);

#endif /* XLMEM_CAPTURE_BOOT_WORDS_H */
