/* SPDX-License-Identifier: LGPL-2.1-only */
/* Findings about single words and items of a command line. */
#include <string.h>

#include "model/checked.h"
#include "model/lint.h"

#define SAY_ABOUT(lint, id, format, ...)                                      \
    xlmem__lint_say(lint, id, "%s: " format, xlmem__lint_rules()[id].about,   \
                    __VA_ARGS__)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool has(xlmem__str text, char c)
{
    return text.len && memchr(text.p, c, text.len);
}

static bool starts_octal(xlmem__str body)
{
    size_t at = body.len && body.p[0] == '-';

    return body.len > at + 1 && body.p[at] == '0' && is_digit(body.p[at + 1]);
}

/* Digits and "%" only, of the last part. */
static bool ends_in_percentage(xlmem__str body)
{
    size_t i = body.len;

    if (!i || body.p[--i] != '%' || !i)
        return false;
    while (i && is_digit(body.p[i - 1]))
        i--;
    return i + 1 < body.len && (!i || strchr("+-", body.p[i - 1]));
}

static bool ends_in_two_units(xlmem__str body)
{
    size_t i = body.len;

    return i > 2 && (body.p[i - 1] == 'B' || body.p[i - 1] == 'b') &&
           strchr("kKmMgGtTi", body.p[i - 2]);
}

/* Why Xen refuses an item. */
static xlmem__lint_id reason_of(const xlmem__component *c)
{
    if (!c->text.len)
        return XLMEM__LINT_EMPTY;
    if (has(c->text, '"') || has(c->text, '\''))
        return XLMEM__LINT_QUOTED;
    if (xlmem__str_starts(c->text, "max=") ||
        xlmem__str_starts(c->text, "min="))
        return XLMEM__LINT_EQUALS_SIGN;
    if (has(c->body, '.'))
        return XLMEM__LINT_FRACTION;
    if (starts_octal(c->body))
        return XLMEM__LINT_OCTAL;
    if (ends_in_percentage(c->body))
        return XLMEM__LINT_PERCENT_RANGE;
    if (ends_in_two_units(c->body))
        return XLMEM__LINT_BYTE_SUFFIX;
    return XLMEM__LINT_BAD_COMPONENT;
}

static void say_refused(xlmem__lint *lint, const xlmem__component *c,
                        bool first, bool last)
{
    xlmem__lint_id id = reason_of(c);

    if (id == XLMEM__LINT_EMPTY && last && !first)
        SAY_ABOUT(lint, XLMEM__LINT_TRAILING_COMMA,
                  "it reports an invalid value, and keeps what stands before "
                  "it: %s. Write %s",
                  lint->outcome, lint->fix);
    else
        SAY_ABOUT(lint, id, "Xen refuses '%s'%s; %s. Write %s",
                  xlmem__lint_quote(c->text).text,
                  last ? "" : " and what follows it in the option",
                  lint->outcome, lint->fix);
}

/* The value of a number in base 10 is not what Xen reads in base 8. */
static bool is_octal(xlmem__str body)
{
    size_t minus = body.len && body.p[0] == '-', used;
    xlmem__str text = {body.p + minus, body.len - minus};
    uint64_t ten, eight;

    return starts_octal(body) && !xlmem__number(text, 10, &ten, &used) &&
           !xlmem__number(text, 8, &eight, &used) && ten != eight;
}

/* What Xen takes, and was not meant. */
static void check_accepted(xlmem__lint *lint, const xlmem__component *c)
{
    const xlmem__amount *a = &c->amount;
    xlmem__quoted text = xlmem__lint_quote(c->text);
    char size[32];

    xlmem_format_size_kb(size, sizeof(size), a->bytes / 1024);
    if (a->wrapped)
        SAY_ABOUT(lint, XLMEM__LINT_WRAPPED,
                  "Xen wraps '%s' to %s without notice; %s. Write %s",
                  text.text, size, lint->outcome, lint->fix);
    else if (is_octal(c->body))
        SAY_ABOUT(lint, XLMEM__LINT_OCTAL,
                  "Xen reads '%s' as %s; %s. Write %s", text.text, size,
                  lint->outcome, lint->fix);
    else if (!a->relative && !(a->bytes >> 12) && c->which == XLMEM__MAX)
        SAY_ABOUT(lint, XLMEM__LINT_ZERO,
                  "'%s' leaves dom0 no page and it cannot boot. Write %s",
                  text.text, lint->fix);
    else if (!a->relative && !(a->bytes >> 12) && c->which == XLMEM__SIZE)
        SAY_ABOUT(lint, XLMEM__LINT_ZERO,
                  "Xen takes '%s' as no size given; %s. Write %s", text.text,
                  lint->outcome, lint->fix);
    else if (a->unitless && a->bytes && a->bytes / 1024 < XLMEM__LINT_KIB_KB)
        SAY_ABOUT(lint, XLMEM__LINT_UNIT_LESS,
                  "Xen reads '%s' as %s; %s. Write %s", text.text, size,
                  lint->outcome, lint->fix);
    else if (a->unitless && a->bytes)
        SAY_ABOUT(lint, XLMEM__LINT_KIB,
                  "Xen reads '%s' as %s; with a unit nobody errs. Write %s",
                  text.text, size, lint->fix);
}

static bool same(const xlmem__amount *a, const xlmem__amount *b)
{
    return a->bytes == b->bytes && a->percent == b->percent &&
           a->minus == b->minus;
}

/* Against what the same item was before, in this option or an earlier one. */
static void check_again(xlmem__lint *lint, const xlmem__component *c,
                        xlmem__amount before[3])
{
    static const char *const names[] = {"the size", "min", "max"};
    xlmem__amount *last = &before[c->which];
    char first[40], second[40];

    if (last->set && !same(last, &c->amount)) {
        xlmem__lint_amount(last, first, sizeof(first));
        xlmem__lint_amount(&c->amount, second, sizeof(second));
        SAY_ABOUT(lint, XLMEM__LINT_DISAGREE,
                  "%s is %s, then %s; Xen merges all dom0_mem= item by item "
                  "and the last of each counts: %s. Write one: %s",
                  names[c->which], first, second, lint->outcome, lint->fix);
    }
    *last = c->amount;
}

static void check_value(xlmem__lint *lint, const xlmem__word *word,
                        bool blank_follows, xlmem__amount before[3])
{
    xlmem__str rest = word->value;
    xlmem__component c;
    bool first = true;

    while (xlmem__next_component(&rest, &c)) {
        if (!c.amount.set) {
            /* The blank is the news, not the empty item it leaves. */
            if (!blank_follows || c.text.len)
                say_refused(lint, &c, first, !rest.p);
            return;
        }
        check_accepted(lint, &c);
        check_again(lint, &c, before);
        first = false;
    }
}

static void check_exact(xlmem__lint *lint, const xlmem__word *word,
                        const xlmem__word *next, xlmem__amount before[3])
{
    bool cut_by_blank = next && xlmem__lint_continues(word, next);

    if (cut_by_blank)
        SAY_ABOUT(lint, XLMEM__LINT_BLANK,
                  "Xen takes '%s' for an option it does not know, and ignores "
                  "it; %s. Write %s",
                  xlmem__lint_quote(next->text).text, lint->outcome,
                  lint->fix);
    if (word->cut)
        SAY_ABOUT(lint, XLMEM__LINT_TOO_LONG,
                  "the end of '%s' is lost; %s. Write %s",
                  xlmem__lint_quote(word->text).text, lint->outcome,
                  lint->fix);
    if (lint->arm)
        xlmem__lint_arm_value(lint, word);
    else
        check_value(lint, word, cut_by_blank, before);
}

static void check_likeness(xlmem__lint *lint, const xlmem__word *word,
                           const xlmem__word *next, xlmem__amount before[3])
{
    xlmem__quoted text = xlmem__lint_quote(word->text);
    xlmem__str value;

    switch (xlmem__lint_likeness(word, &value)) {
    case XLMEM__UNLIKE:
        return;
    case XLMEM__EXACT:
        check_exact(lint, word, next, before);
        return;
    case XLMEM__NEGATED:
        SAY_ABOUT(lint, XLMEM__LINT_NEGATED,
                  "Xen refuses '%s'; %s. Leave it out, or write %s", text.text,
                  lint->outcome, lint->fix);
        return;
    case XLMEM__QUOTED:
        SAY_ABOUT(lint, XLMEM__LINT_QUOTED,
                  "it takes '%s' for an unknown option and ignores it; %s. "
                  "Quotes belong to the boot loader's file; Xen has to get %s",
                  text.text, lint->outcome, lint->fix);
        return;
    case XLMEM__MISSPELT:
        SAY_ABOUT(lint, XLMEM__LINT_MISSPELT,
                  "Xen does not know '%s' and ignores it; %s. Write %s",
                  text.text, lint->outcome, lint->fix);
        return;
    }
}

/* What Xen never sees: behind " -- ". */
static void check_linux_part(xlmem__lint *lint, xlmem__str rest)
{
    xlmem__word word;
    xlmem__str value;

    while (xlmem__next_word(&rest, &word)) {
        if (xlmem__lint_likeness(&word, &value) == XLMEM__UNLIKE)
            continue;
        SAY_ABOUT(lint, XLMEM__LINT_AFTER_DASHES,
                  "'%s' has no effect there; %s. Write %s before the dashes",
                  xlmem__lint_quote(word.text).text, lint->outcome, lint->fix);
    }
}

void xlmem__lint_words(xlmem__lint *lint)
{
    xlmem__str rest = xlmem__xen_part(lint->line);
    const char *end = rest.p + rest.len;
    xlmem__amount before[3] = {{0}};
    xlmem__word word, next;
    bool more = xlmem__next_word(&rest, &word);

    while (more) {
        more = xlmem__next_word(&rest, &next);
        check_likeness(lint, &word, more ? &next : NULL, before);
        word = next;
    }
    check_linux_part(lint, (xlmem__str){end, strlen(end)});
}
