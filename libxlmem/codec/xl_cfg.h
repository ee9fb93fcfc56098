/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domain's configuration file, in the grammar of libxlutil (its lexer and
 * parser, libxlu_cfg_l.l and libxlu_cfg_y.y, are the same from Xen 4.10 to
 * 4.20): settings "key = value" ended by a newline or a semicolon; a value is
 * a number, a string in either quotes, or a list of values in brackets, which
 * may go over lines; # starts a comment.  What libxlutil refuses is refused,
 * as a whole file, and at the first place it would name.
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
    size_t nr;       /* how many values a list has before the first that is a
                        list itself: there xl stops counting devices */
    size_t line;     /* where it begins */
    bool appended;   /* += instead of = */
} xlmem__cfg_value;

typedef struct xlmem__cfg {
    const char *start, *p, *end;
    size_t line;
} xlmem__cfg;

xlmem__cfg xlmem__cfg_of(const char *buf, size_t len);

/*
 * The next setting.  Returns 0; XLMEM_ERROR_NOTFOUND at the end;
 * XLMEM_ERROR_PARSE, with @where filled (may be NULL): its text is of its
 * line.
 */
int xlmem__cfg_next(xlmem__cfg *cfg, xlmem__str *key_r,
                    xlmem__cfg_value *value_r, xlmem__where *where);

/*
 * A setting as it stands in the file, for who takes more than libxlutil does:
 * up to what ends one, whatever it says.  All are spans of the file.
 */
typedef struct xlmem__cfg_raw {
    xlmem__str text;  /* all of it */
    xlmem__str key;   /* before the "="; of += with the plus */
    xlmem__str value; /* behind it, with its quotes; p is NULL where there is
                         no "=" */
    size_t line;
} xlmem__cfg_raw;

/*
 * The next one that is not empty.  Strings, comments, semicolons and newlines
 * are libxlutil's; taken beside it are CR LF, a comment at the end without a
 * newline, and a byte-order mark in front.  Returns false at the end.
 */
bool xlmem__cfg_next_raw(xlmem__cfg *cfg, xlmem__cfg_raw *raw_r);

/*
 * The next value of a list.  @list: xlmem__cfg_of a list's text, without its
 * first bracket.  false at the end.
 */
bool xlmem__cfg_element(xlmem__cfg *list, xlmem__cfg_value *element_r);

/*
 * A number as xl takes one (strtol of any base): decimal, 0x or 0 in front,
 * with blanks and a sign before it, also in quotes; not a list, and not what
 * += was written for.  Where it is none xl warns and passes the setting over.
 */
bool xlmem__cfg_number(const xlmem__cfg_value *value, int64_t *number_r);

#endif /* XLMEM_XL_CFG_H */
