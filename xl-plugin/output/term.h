/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the reader's terminal can show, and text made fit for it. */
#ifndef XL_MEMGUARD_TERM_H
#define XL_MEMGUARD_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Columns: $COLUMNS, the terminal's own, or 79; between 40 and 160. */
unsigned term_width(FILE *file);

/* Whether the locale's character set is UTF-8. */
bool term_is_utf8(void);

/*
 * term_escape: @text as one line that cannot move a cursor, change a colour
 * or turn the direction of writing: control characters and bytes that are
 * not UTF-8 become \n, \t or \xNN, a backslash becomes two.
 * @ascii: everything beyond ASCII is escaped as well.
 * Returns malloc'd text, NULL without memory.
 */
char *term_escape(const char *text, bool ascii);

/*
 * term_copied: the same for a line that somebody copies into a file or a
 * shell: a backslash stays one, and a tab becomes a blank.
 */
char *term_copied(const char *text, bool ascii);

/*
 * term_utf8: @text as valid UTF-8 for JSON: bytes that are none become \xNN,
 * nothing else is changed.  Returns malloc'd text, NULL without memory.
 */
char *term_utf8(const char *text);

/* Columns that a text of term_escape takes on the screen. */
size_t term_columns(const char *text);

/* How many of its bytes take no more than so many; a character is whole. */
size_t term_cut(const char *text, size_t columns);

#endif /* XL_MEMGUARD_TERM_H */
