/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whether a toolstack believes that dom0's size is fixed.  Both search Xen's
 * command line with a regular expression:
 *
 *     libvirt (src/libxl/libxl_conf.c, 1.2 to 10), xl up to 4.15:
 *         dom0_mem= ( [min:|max:] N [BKMG] [,] )+
 *     xl since 4.16 (tools/xl/xl.c):
 *         dom0_mem= ( [min:|max:] ( S | [S "+"] N{1,2} "%" ) [,] )+
 *         S = ["-"] N [BKMGT]
 *
 * between blanks or the ends of the line, the letters in either case, N
 * decimal.  The commas are optional, so "2G3G" matches and even "150%" (as
 * "1" and "50%"); "-5%" does not.  All states the expression can be in are
 * followed at once, as a set.
 */
#include <string.h>

#include "model/checked.h"
#include "model/release.h"
#include "model/xen_line.h"

/* xen_commandline_t holds 1024 bytes: a toolstack sees no more of the line. */
#define SEEN_MAX 1023

enum {
    BEGIN = 1 << 0, /* of a component */
    PREFIX_M = 1 << 1,
    PREFIX_MI = 1 << 2,
    PREFIX_MA = 1 << 3,
    PREFIX_COLON = 1 << 4, /* the colon is next */
    BODY = 1 << 5,         /* of a component */
    MINUS = 1 << 6,
    NUMBER = 1 << 7,
    UNIT = 1 << 8,
    PLUS = 1 << 9,
    PERCENT_1 = 1 << 10, /* one digit of a percentage */
    PERCENT_2 = 1 << 11,
    PERCENT = 1 << 12,
    COMMA = 1 << 13,
    WHOLE = NUMBER | UNIT | PERCENT, /* a component may end here */
    DONE = WHOLE | COMMA,
};

static unsigned go(unsigned set, unsigned from, unsigned to)
{
    return set & from ? to : 0;
}

static unsigned step_digit(unsigned set, bool modern)
{
    unsigned next = go(set, BODY | MINUS | NUMBER, NUMBER);

    if (modern)
        next |=
            go(set, BODY | PLUS, PERCENT_1) | go(set, PERCENT_1, PERCENT_2);
    return next;
}

static unsigned step_sign(unsigned set, char c, bool modern)
{
    switch (c) {
    case ',':
        return go(set, WHOLE, COMMA);
    case ':':
        return go(set, PREFIX_COLON, BODY);
    case '-':
        return modern ? go(set, BODY, MINUS) : 0;
    case '+':
        return modern ? go(set, NUMBER | UNIT, PLUS) : 0;
    case '%':
        return go(set, PERCENT_1 | PERCENT_2, PERCENT);
    default:
        return 0;
    }
}

static unsigned step_letter(unsigned set, char c, bool modern)
{
    unsigned next = 0;

    if (strchr(modern ? "bBkKmMgGtT" : "bBkKmMgG", c))
        next |= go(set, NUMBER, UNIT);
    switch (c) {
    case 'm':
        return next | go(set, BEGIN, PREFIX_M);
    case 'i':
        return go(set, PREFIX_M, PREFIX_MI);
    case 'a':
        return go(set, PREFIX_M, PREFIX_MA);
    case 'n':
        return go(set, PREFIX_MI, PREFIX_COLON);
    case 'x':
        return go(set, PREFIX_MA, PREFIX_COLON);
    default:
        return next;
    }
}

static unsigned step(unsigned set, char c, bool modern)
{
    if (set & DONE)
        set |= BEGIN;
    if (set & BEGIN)
        set |= BODY;
    if (c >= '0' && c <= '9')
        return step_digit(set, modern);
    if (strchr(",:-+%", c))
        return step_sign(set, c, modern);
    return step_letter(set, c, modern);
}

/* As much of a word as a toolstack sees. */
static xlmem__str seen_of(const xlmem__word *word)
{
    xlmem__str text = word->text;

    text.len = xlmem__min(text.len, xlmem__sub0(SEEN_MAX, word->at));
    return text;
}

static bool sees(const xlmem__xen_line *line, bool modern)
{
    static const char name[] = "dom0_mem=";
    xlmem__words words = xlmem__words_of(line);
    xlmem__word word;

    while (xlmem__next_word(&words, &word) && word.xens) {
        xlmem__str text = seen_of(&word);
        size_t i = word.bare ? 0 : strlen(name);
        unsigned set = BEGIN;

        if (!word.bare && !xlmem__str_starts(text, name))
            continue;
        for (; i < text.len && set; i++)
            set = step(set, text.p[i], modern);
        if (set & DONE)
            return true;
    }
    return false;
}

/* xl up to 4.15 tests for a fixed dom0 as libvirt does. */
static const xlmem__release xl_modern = {4, 16};

xlmem__seen xlmem__dom0mem_seen(const xlmem_host *host,
                                const xlmem__xen_line *line)
{
    return (xlmem__seen){
        .libvirt = sees(line, false),
        .xl = sees(line, xlmem__xen_reaches(host, xl_modern)),
    };
}
