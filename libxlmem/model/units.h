/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers and sizes out of text: strict, bounded, without locale or errno. */
#ifndef XLMEM_UNITS_H
#define XLMEM_UNITS_H

#include <string.h>

#include "private/all.h"

#define XLMEM__PAGE_KB UINT64_C(4)
#define XLMEM__MIB_KB UINT64_C(1024)
#define XLMEM__GIB_KB (UINT64_C(1024) * 1024)

/* A piece of text that is not NUL-terminated. */
typedef struct xlmem__str {
    const char *p;
    size_t len;
} xlmem__str;

static inline bool xlmem__str_is(xlmem__str text, const char *what)
{
    return text.len == strlen(what) && !memcmp(text.p, what, text.len);
}

static inline bool xlmem__str_starts(xlmem__str text, const char *what)
{
    size_t len;

    /* As a rule it is not: of a log each word is asked for each of many. */
    if (*what && (!text.len || *text.p != *what))
        return false;
    len = strlen(what);
    return text.len >= len && !memcmp(text.p, what, len);
}

/* ASCII, whatever the locale is. */
static inline bool xlmem__is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char xlmem__lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* A NUL is of no set. */
static inline bool xlmem__is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* What a digit up to base 16 is worth; UINT32_MAX: it is none. */
static inline unsigned xlmem__digit(char c)
{
    if (xlmem__is_digit(c))
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return UINT32_MAX;
}

/*
 * A number from the start of @text, of digits only; base 10 or 16 (without
 * "0x").  *used_r: characters taken.  Returns 0, XLMEM_ERROR_PARSE (no digit),
 * XLMEM_ERROR_RANGE (2^64 and above).
 */
int xlmem__number(xlmem__str text, unsigned base, uint64_t *value_r,
                  size_t *used_r);

/* The same where the number must be all of @text. */
int xlmem__number_all(xlmem__str text, unsigned base, uint64_t *value_r);

/* A size as xlmem_parse_size_kb reads it. */
int xlmem__size_kb(xlmem__str text, uint64_t *kb_r);

#endif /* XLMEM_UNITS_H */
