/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Text of others, made fit to be shown.  A domain's name is any bytes: it is
 * kept and compared as it is, and escaped where it becomes part of a sentence,
 * a log or a screen.  In the header, so that the guard has it as well, which
 * lives in programs that the library is not loaded into yet.
 */
#ifndef XLMEM_PRIVATE_PRINTABLE_H
#define XLMEM_PRIVATE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The longest escape, "\u{10ffff}". */
#define XLMEM_ESCAPE_MAX 10

/*
 * xlmem_utf8_char: the character of UTF-8 that @text begins with.
 * @code_r: its code point; untouched when it is not UTF-8.
 * Returns the number of its bytes; 0 for bytes that are not UTF-8.
 */
static inline size_t xlmem_utf8_char(const char *text, unsigned *code_r)
{
    /* By length: the least code point that needs so many bytes. */
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    unsigned code;
    size_t len, i;

    if (p[0] < 0x80) {
        *code_r = p[0];
        return 1;
    }
    len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc0 || p[0] >= 0xf8)
        return 0;
    code = p[0] & (0x7fU >> len);
    for (i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3fU);
    }
    if (code < least[len] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *code_r = code;
    return len;
}

/*
 * xlmem_is_invisible: control characters, C1's too, and what takes no place or
 * turns the direction of writing (Unicode 15, general categories Cc, Cf, Zl
 * and Zp below the supplementary planes; above U+E0000 are tags and private
 * use).
 */
static inline bool xlmem_is_invisible(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
           code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff0 && code <= 0xfffb) || code >= 0xe0000;
}

typedef enum xlmem_escaping {
    XLMEM_ESCAPE_UNPRINTABLE, /* printable UTF-8 stays */
    XLMEM_ESCAPE_BACKSLASH,   /* and a backslash becomes two */
    XLMEM_ESCAPE_NON_ASCII,   /* nothing beyond ASCII stays either */
} xlmem_escaping;

/*
 * xlmem_escape_char: what stands for the character, or the byte that is none,
 * that @text begins with: itself, or \n, \t, \xNN, \u{NNNN}.
 * @to: its bytes, without a NUL.
 * @used_r: how many bytes of @text that is.
 * Returns how many bytes of @to.
 */
static inline size_t xlmem_escape_char(char to[XLMEM_ESCAPE_MAX + 1],
                                       const char *text, xlmem_escaping how,
                                       size_t *used_r)
{
    unsigned code = 0;
    size_t len = xlmem_utf8_char(text, &code);

    *used_r = len ? len : 1;
    if (!len)
        return (size_t)sprintf(to, "\\x%02x", (unsigned char)*text);
    if (code == '\\' && how != XLMEM_ESCAPE_UNPRINTABLE)
        return (size_t)sprintf(to, "\\\\");
    if (!xlmem_is_invisible(code) &&
        (code < 0x80 || how != XLMEM_ESCAPE_NON_ASCII)) {
        memcpy(to, text, len);
        return len;
    }
    if (code == '\n' || code == '\t')
        return (size_t)sprintf(to, code == '\n' ? "\\n" : "\\t");
    return (size_t)sprintf(to, code < 0x80 ? "\\x%02x" : "\\u{%x}", code);
}

/*
 * xlmem_escape: all of @text so, as much as fits, and no half of a character.
 * @room: of @to, its NUL included; not 0.
 * Returns @to.
 */
static inline char *xlmem_escape(char *to, size_t room, const char *text,
                                 xlmem_escaping how)
{
    char piece[XLMEM_ESCAPE_MAX + 1];
    size_t at = 0, len, used;

    for (; *text; text += used, at += len) {
        len = xlmem_escape_char(piece, text, how, &used);
        if (len >= room - at)
            break;
        memcpy(to + at, piece, len);
    }
    to[at] = '\0';
    return to;
}

#endif /* XLMEM_PRIVATE_PRINTABLE_H */
