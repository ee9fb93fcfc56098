/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domain's configuration file, in the grammar of libxlutil (xlu_cfg, Xen
 * 4.14 to 4.20): settings "key = value" ended by a newline or a semicolon; a
 * value is a number, a string in either quotes, or a list of values in
 * brackets, which may go over lines; # starts a comment.
 */
#ifndef XLMEM_XL_CFG_H
#define XLMEM_XL_CFG_H

#include "codec/text.h"

typedef enum xlmem__cfg_kind {
    XLMEM__CFG_NUMBER,
    XLMEM__CFG_STRING,
    XLMEM__CFG_LIST,
} xlmem__cfg_kind;

typedef struct xlmem__cfg_value {
    xlmem__cfg_kind kind;
    xlmem__str text; /* as written, without quotes; a list with brackets */
    size_t nr;       /* how many values a list has */
    bool appended;   /* += instead of = */
} xlmem__cfg_value;

typedef struct xlmem__cfg {
    const char *p, *end;
    size_t line;
} xlmem__cfg;

xlmem__cfg xlmem__cfg_of(const char *buf, size_t len);

/*
 * The next setting.  Returns 0; XLMEM_ERROR_NOTFOUND at the end;
 * XLMEM_ERROR_PARSE, with @where filled (may be NULL).
 */
int xlmem__cfg_next(xlmem__cfg *cfg, xlmem__str *key_r,
                    xlmem__cfg_value *value_r, xlmem__where *where);

/*
 * The next value of a list.  @list: xlmem__cfg_of a list's text, without its
 * first bracket.  false at the end.
 */
bool xlmem__cfg_element(xlmem__cfg *list, xlmem__cfg_value *element_r);

/* An integer as xl takes one: decimal, 0x or 0 in front, also in quotes. */
bool xlmem__cfg_number(const xlmem__cfg_value *value, uint64_t *number_r);

#endif /* XLMEM_XL_CFG_H */
