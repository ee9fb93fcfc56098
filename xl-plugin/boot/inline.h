/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * /etc/default/grub, edited where grub-mkconfig reads no other file: the
 * dom0_mem= words of the assignments that count, and no other byte.
 */
#ifndef XL_MEMGUARD_BOOT_INLINE_H
#define XL_MEMGUARD_BOOT_INLINE_H

#include "codec/capture/boot_words.h"
#include "codec/capture/texts.h"

/* An edit of a boot file. */
typedef struct boot_edit {
    char *text; /* malloc'd; as it is then */
    size_t len;
    char *old; /* malloc'd; the words that counted, blanks between them */
    /* Why there is none; line 0: the file as a whole. */
    xlmem__where where;
} boot_edit;

void boot_edit_dispose(boot_edit *edit);

/* Lines of a list of words, joined: malloc'd, NULL without memory. */
char *boot_join_words(const xlmem__boot_part *parts, size_t nr);

/*
 * GRUB's script reads a value once more, without its quotes and backslashes:
 * a dom0_mem= among them is not one word of the value, and replaced as one it
 * would leave a quote that nothing closes.  So would a value that is made of
 * several, and ends inside of one, or of a variable's name.
 * Why, for a person; NULL: it reads what the shell has.
 */
const char *boot_why_bad_value(const xlmem__grub_value *value);

/*
 * @word: which to have; "": none, all of them go.
 * Returns 0; XLMEM_ERROR_PARSE, with @where filled, where only a shell can
 * tell what the file means or no edit of single words does it;
 * XLMEM_ERROR_NOMEM.
 */
int boot_edit_inline(xlmem__str text, const char *word, boot_edit *edit_r);

#endif /* XL_MEMGUARD_BOOT_INLINE_H */
