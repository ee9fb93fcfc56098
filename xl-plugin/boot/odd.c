/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One walk over the bytes of a shell file, which knows quotes, comments and
 * where a word begins, and no more of the shell than that.
 */
#include "boot/odd.h"

#include <string.h>

#include "codec/facts.h"
#include "model/units.h"

#define PREFIX "GRUB_CMDLINE_XEN"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const char odd_mark[] =
    "the file begins with a byte order mark, which a shell takes for a part "
    "of the first word: save it without";
static const char odd_readonly[] =
    "the variable is made read-only, and nothing behind it can change it: "
    "take readonly (declare -r) away";
static const char odd_array[] =
    "an array is for bash alone, and GRUB gets its first word at most: make "
    "it one text in double quotes";
static const char odd_dollar[] =
    "$'...' and $\"...\" are for bash alone, another sh keeps the $: use "
    "quotes without it";
static const char odd_line_break[] =
    "the value has a line break (or its quote is not closed), and would end "
    "the command in grub.cfg there: write it in one line";
static const char odd_character[] =
    "the value has a character that is not ASCII (a typographic quote, a "
    "no-break space): write it with plain \" and blanks";

typedef struct odd_walk {
    const char *p, *end;
    bool declares; /* in the arguments of declare, typeset, local */
    bool readonly; /* or of readonly */
} odd_walk;

static bool ends_odd_word(char c)
{
    return xlmem__is_one_of(c, " \t\r\n;&|()<>");
}

static bool is_odd_name(const odd_walk *walk, const char *p)
{
    return p < walk->end && !ends_odd_word(*p) && *p != '=' && *p != '[' &&
           *p != '+' && !xlmem__is_one_of(*p, "'\"\\$`{}");
}

/* A character with what a backslash takes to it. */
static void pass_odd_char(odd_walk *walk)
{
    walk->p += *walk->p == '\\' && walk->end - walk->p > 1 ? 2 : 1;
}

/* Over a quote and all up to the one that closes it; true: with a line that
 * ends in between. */
static bool pass_odd_quote(odd_walk *walk)
{
    const char quote = *walk->p++;
    bool broken = false;

    while (walk->p < walk->end && *walk->p != quote) {
        broken = broken || *walk->p == '\n';
        if (quote == '"')
            pass_odd_char(walk);
        else
            walk->p++;
    }
    walk->p += walk->p < walk->end;
    return broken;
}

static bool has_odd_character(const char *p, const char *end)
{
    while (p < end && !(*p & 0x80))
        p++;
    return p < end;
}

/* From behind the "=" to the end of the word. */
static const char *judge_odd_value(odd_walk *walk)
{
    const char *begin = walk->p, *why = NULL;

    while (walk->p < walk->end && !ends_odd_word(*walk->p)) {
        if (*walk->p == '$' && walk->end - walk->p > 1 &&
            xlmem__is_one_of(walk->p[1], "'\"")) {
            why = odd_dollar;
            walk->p++;
        }
        if (!xlmem__is_one_of(*walk->p, "'\""))
            pass_odd_char(walk);
        else if (pass_odd_quote(walk) && !why)
            why = odd_line_break;
    }
    if (!why && has_odd_character(begin, walk->p))
        why = odd_character;
    return why;
}

/* At a name of ours. */
static const char *judge_odd_use(odd_walk *walk)
{
    xlmem__str rest = {walk->p, (size_t)(walk->end - walk->p)};

    if (walk->readonly)
        return odd_readonly;
    if (xlmem__starts_with(rest, "["))
        return odd_array;
    xlmem__skip(&rest, "+");
    if (!xlmem__skip(&rest, "="))
        return NULL;
    if (xlmem__starts_with(rest, "("))
        return odd_array;
    walk->p = rest.p;
    return judge_odd_value(walk);
}

/* Where a word begins. */
static const char *judge_odd_word(odd_walk *walk)
{
    xlmem__str name = {walk->p, 0};

    while (is_odd_name(walk, name.p + name.len))
        name.len++;
    walk->p += name.len;
    if (xlmem__str_is(name, PREFIX) || xlmem__str_is(name, PREFIX "_DEFAULT"))
        return judge_odd_use(walk);
    walk->readonly = walk->readonly || xlmem__str_is(name, "readonly") ||
                     (walk->declares && xlmem__starts_with(name, "-") &&
                      memchr(name.p, 'r', name.len));
    walk->declares = walk->declares || xlmem__str_is(name, "declare") ||
                     xlmem__str_is(name, "typeset") ||
                     xlmem__str_is(name, "local");
    return NULL;
}

/* Over what is between two words. */
static void pass_odd_gap(odd_walk *walk)
{
    if (!xlmem__is_one_of(*walk->p, " \t<>")) {
        walk->declares = false;
        walk->readonly = false;
    }
    walk->p++;
}

static void pass_odd_rest(odd_walk *walk)
{
    while (walk->p < walk->end && !ends_odd_word(*walk->p)) {
        if (xlmem__is_one_of(*walk->p, "'\""))
            pass_odd_quote(walk);
        else
            pass_odd_char(walk);
    }
}

static void pass_odd_comment(odd_walk *walk)
{
    while (walk->p < walk->end && *walk->p != '\n')
        walk->p++;
}

const char *boot_find_odd(xlmem__str text, const char **at_r)
{
    odd_walk walk = {.p = text.p, .end = text.p + text.len};
    const char *why = NULL;

    *at_r = text.p;
    if (xlmem__starts_with(text, BYTE_ORDER_MARK))
        return odd_mark;
    while (walk.p < walk.end && !why) {
        *at_r = walk.p;
        if (ends_odd_word(*walk.p)) {
            pass_odd_gap(&walk);
        } else if (*walk.p == '#') {
            pass_odd_comment(&walk);
        } else {
            why = judge_odd_word(&walk);
            if (!why)
                pass_odd_rest(&walk);
        }
    }
    return why;
}
