/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The words of a command line: which of them are meant for dom0_mem=, what
 * somebody wanted by them, and what is wrong with them.  Guesses end up in
 * advice only.
 */
#include <string.h>

#include "model/checked.h"
#include "model/lint.h"

#define SAY_ABOUT(lint, id, format, ...)                                      \
    xlmem__found(lint->to, id, "%s: " format, xlmem__rules[id].about,         \
                 __VA_ARGS__)

#define TEXT_MAX 64

/* How a word relates to dom0_mem. */
typedef enum likeness {
    UNLIKE,
    EXACT,
    NEGATED,
    QUOTED,
    MISSPELT,
} likeness;

/* ------------------------------------------------- names like dom0_mem --- */

/* How much of the text is the name, read without "-", "_", quotes, case. */
static size_t match_name(xlmem__str text, const char *name)
{
    size_t i;

    for (i = 0; i < text.len && *name; i++) {
        char c = xlmem__lower(text.p[i]);

        if (c == '-' || c == '_' || c == '"' || c == '\'')
            continue;
        if (c != *name++)
            return 0;
    }
    return *name ? 0 : i;
}

static size_t match_any_name(xlmem__str text)
{
    static const char *const names[] = {"dom0memory", "dom0mem", "domomem",
                                        "dommem"};
    size_t i, n;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        n = match_name(text, names[i]);
        if (n && (n == text.len || text.p[n] == '=' || text.p[n] == ':'))
            return n;
    }
    return 0;
}

static xlmem__str skip_chars(xlmem__str text, size_t n)
{
    n = n < text.len ? n : text.len;
    return (xlmem__str){text.p + n, text.len - n};
}

/* FOO="dom0_mem=..." and "dom0_mem=...: the place behind the quote. */
static size_t find_quoted(xlmem__str text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
        if ((text.p[i] == '"' || text.p[i] == '\'') &&
            match_any_name(skip_chars(text, i + 1)))
            return i + 1;
    return 0;
}

/* *value_r: what was meant to be the value of the word, unless UNLIKE.
 * @first: of its line. */
static likeness likeness_of(const xlmem__word *word, bool first,
                            xlmem__str *value_r)
{
    size_t quoted = find_quoted(word->text);

    *value_r = xlmem__word_value(word);
    if (word->dom0_mem)
        return word->negated ? NEGATED : EXACT;
    *value_r = skip_chars(word->text, quoted);
    *value_r = skip_chars(*value_r, match_any_name(*value_r) + 1);
    if (quoted)
        return QUOTED;
    if (match_any_name(word->text))
        return MISSPELT;
    /* A value whose name is missing. */
    *value_r = word->text;
    return first && word->nameless ? MISSPELT : UNLIKE;
}

/* Whether the word behind, if it is one of this part of the line, continues
 * the list that a blank has cut off at @word.  @words: at that one. */
static bool continues(const xlmem__word *word, xlmem__words words,
                      xlmem__word *next_r)
{
    xlmem__str value = xlmem__word_value(word), t;
    bool open = !value.len || value.p[value.len - 1] == ',' ||
                value.p[value.len - 1] == ':';

    if (!xlmem__next_word(&words, next_r) || next_r->xens != word->xens)
        return false;
    t = next_r->text;
    return xlmem__str_starts(t, "min:") || xlmem__str_starts(t, "max:") ||
           xlmem__str_starts(t, "min=") || xlmem__str_starts(t, "max=") ||
           t.p[0] == ',' || t.p[0] == '=' ||
           (open && (xlmem__is_digit(t.p[0]) ||
                     (t.p[0] == '-' && t.len > 1 && xlmem__is_digit(t.p[1]))));
}

/* ------------------------------------------------------ what was meant --- */

/* An item in small letters, without quotes, "=", "ib" and leading zeros. */
static void tidy(xlmem__str text, char buf[TEXT_MAX])
{
    size_t i, len = 0, body;

    for (i = 0; i < text.len && len < TEXT_MAX - 1; i++)
        if (!strchr("\"' \t=", text.p[i]) || (len == 3 && text.p[i] == '='))
            buf[len++] = xlmem__lower(text.p[i]);
    buf[len] = '\0';
    if (len > 3 && buf[3] == '=' && buf[0] == 'm')
        buf[3] = ':';
    if (len > 3 && !strcmp(buf + len - 2, "ib") &&
        strchr("kmgt", buf[len - 3]))
        buf[len -= 2] = '\0';
    else if (len > 2 && buf[len - 1] == 'b' && strchr("kmgt", buf[len - 2]))
        buf[len -= 1] = '\0';
    body = strchr(buf, ':') ? (size_t)(strchr(buf, ':') - buf) + 1 : 0;
    body += buf[body] == '-';
    while (buf[body] == '0' && xlmem__is_digit(buf[body + 1]))
        memmove(buf + body, buf + body + 1, len-- - body);
}

/* "1.5g" */
static bool read_fraction(xlmem__str text, xlmem__amount *amount)
{
    static const char units[] = "kmgt";
    uint64_t whole, part, ten = 1, unit;
    size_t used, more;
    const char *letter;

    if (xlmem__number(text, 10, &whole, &used) || used >= text.len ||
        text.p[used] != '.')
        return false;
    text = skip_chars(text, used + 1);
    if (xlmem__number(text, 10, &part, &more) || more > 3 ||
        more + 1 != text.len || !(letter = strchr(units, text.p[more])))
        return false;
    while (more--)
        ten *= 10;
    unit = UINT64_C(1024) << 10 * (letter - units);
    if (whole > UINT64_C(1) << 20)
        return false;
    amount->bytes = whole * unit + part * unit / ten;
    amount->set = true;
    return true;
}

/* Take over one item, as far as it makes sense. */
static void learn_item(xlmem__meant *meant, xlmem__str text)
{
    char buf[TEXT_MAX];
    xlmem__str rest = {buf, 0};
    xlmem__component c;

    tidy(text, buf);
    rest.len = strlen(buf);
    xlmem__next_component(&rest, &c);
    if (!c.amount.set && !read_fraction(c.body, &c.amount))
        return;
    if (c.amount.unitless && c.amount.bytes < XLMEM__LINT_KIB_KB * 1024)
        c.amount.bytes *= 1024;
    if (!c.amount.wrapped && (c.amount.bytes >> 12 || c.amount.relative))
        meant->part[c.which] = c.amount;
}

static void learn_value(xlmem__meant *meant, xlmem__str value)
{
    xlmem__component c;

    while (xlmem__next_component(&value, &c))
        learn_item(meant, c.text);
}

/* All of a line, also where Xen does not look. */
static void learn_line(xlmem__meant *meant, const xlmem__xen_line *line)
{
    xlmem__words words = xlmem__words_of(line);
    xlmem__word word, next;
    xlmem__str value;

    while (xlmem__next_word(&words, &word)) {
        if (likeness_of(&word, words.nr == 1, &value) == UNLIKE)
            continue;
        learn_value(meant, value);
        while (continues(&word, words, &next)) {
            learn_value(meant, next.text);
            xlmem__next_word(&words, &next);
        }
    }
}

void xlmem__lint_learn(xlmem__lint *lint)
{
    if (!lint->line->dom0mem.nr_options)
        learn_line(&lint->meant, lint->linuxes);
    learn_line(&lint->meant, lint->line);
}

/* ------------------------------------------------------------ findings --- */

static bool has_char(xlmem__str text, char c)
{
    return text.len && memchr(text.p, c, text.len);
}

static bool starts_octal(xlmem__str body)
{
    size_t at = body.len && body.p[0] == '-';

    return body.len > at + 1 && body.p[at] == '0' &&
           xlmem__is_digit(body.p[at + 1]);
}

/* Digits and "%" only, of the last part. */
static bool ends_in_percentage(xlmem__str body)
{
    size_t i = body.len;

    if (!i || body.p[--i] != '%' || !i)
        return false;
    while (i && xlmem__is_digit(body.p[i - 1]))
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
static xlmem__rule_id reason_of(const xlmem__component *c)
{
    if (!c->text.len)
        return XLMEM__RULE_EMPTY;
    if (has_char(c->text, '"') || has_char(c->text, '\''))
        return XLMEM__RULE_QUOTED;
    if (xlmem__str_starts(c->text, "max=") ||
        xlmem__str_starts(c->text, "min="))
        return XLMEM__RULE_EQUALS_SIGN;
    if (has_char(c->body, '.'))
        return XLMEM__RULE_FRACTION;
    if (starts_octal(c->body))
        return XLMEM__RULE_OCTAL;
    if (ends_in_percentage(c->body))
        return XLMEM__RULE_PERCENT_RANGE;
    if (ends_in_two_units(c->body))
        return XLMEM__RULE_BYTE_SUFFIX;
    return XLMEM__RULE_BAD_COMPONENT;
}

static void say_refused(xlmem__lint *lint, const xlmem__component *c,
                        bool first, bool last)
{
    xlmem__rule_id id = reason_of(c);

    if (id == XLMEM__RULE_EMPTY && last && !first)
        SAY_ABOUT(lint, XLMEM__RULE_TRAILING_COMMA,
                  "it reports an invalid value, and keeps what stands before "
                  "it: %s. Write %s",
                  lint->outcome, lint->fix);
    else
        SAY_ABOUT(lint, id, "Xen refuses '%s'%s; %s. Write %s",
                  xlmem__quote(c->text).text,
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
    xlmem__quoted text = xlmem__quote(c->text);
    char size[32];

    xlmem_format_size_kb(size, sizeof(size), a->bytes / 1024);
    if (a->wrapped)
        SAY_ABOUT(lint, XLMEM__RULE_WRAPPED,
                  "Xen wraps '%s' to %s without notice; %s. Write %s",
                  text.text, size, lint->outcome, lint->fix);
    else if (is_octal(c->body))
        SAY_ABOUT(lint, XLMEM__RULE_OCTAL,
                  "Xen reads '%s' as %s; %s. Write %s", text.text, size,
                  lint->outcome, lint->fix);
    else if (!a->relative && !(a->bytes >> 12) && c->which == XLMEM__MAX)
        SAY_ABOUT(lint, XLMEM__RULE_ZERO,
                  "'%s' leaves dom0 no page and it cannot boot. Write %s",
                  text.text, lint->fix);
    else if (!a->relative && !(a->bytes >> 12) && c->which == XLMEM__SIZE)
        SAY_ABOUT(lint, XLMEM__RULE_ZERO,
                  "Xen takes '%s' as no size given; %s. Write %s", text.text,
                  lint->outcome, lint->fix);
    else if (a->unitless && a->bytes && a->bytes / 1024 < XLMEM__LINT_KIB_KB)
        SAY_ABOUT(lint, XLMEM__RULE_UNIT_LESS,
                  "Xen reads '%s' as %s; %s. Write %s", text.text, size,
                  lint->outcome, lint->fix);
    else if (a->unitless && a->bytes)
        SAY_ABOUT(lint, XLMEM__RULE_KIB,
                  "Xen reads '%s' as %s; with a unit nobody errs. Write %s",
                  text.text, size, lint->fix);
}

static bool same_amount(const xlmem__amount *a, const xlmem__amount *b)
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

    if (last->set && !same_amount(last, &c->amount)) {
        xlmem__lint_amount(last, first, sizeof(first));
        xlmem__lint_amount(&c->amount, second, sizeof(second));
        SAY_ABOUT(lint, XLMEM__RULE_DISAGREE,
                  "%s is %s, then %s; Xen merges all dom0_mem= item by item "
                  "and the last of each counts: %s. Write one: %s",
                  names[c->which], first, second, lint->outcome, lint->fix);
    }
    *last = c->amount;
}

static void check_value(xlmem__lint *lint, const xlmem__word *word,
                        bool blank_follows, xlmem__amount before[3])
{
    xlmem__str rest = xlmem__word_value(word);
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

static void check_exact(xlmem__lint *lint, const xlmem__words *words,
                        const xlmem__word *word, xlmem__amount before[3])
{
    xlmem__word next;
    bool cut_by_blank = continues(word, *words, &next);

    if (cut_by_blank)
        SAY_ABOUT(lint, XLMEM__RULE_BLANK,
                  "Xen takes '%s' for an option it does not know, and ignores "
                  "it; %s. Write %s",
                  xlmem__quote(next.text).text, lint->outcome, lint->fix);
    if (word->cut)
        SAY_ABOUT(lint, XLMEM__RULE_TOO_LONG,
                  "the end of '%s' is lost; %s. Write %s",
                  xlmem__quote(word->text).text, lint->outcome, lint->fix);
    if (lint->arm)
        xlmem__lint_arm_value(lint, word);
    else
        check_value(lint, word, cut_by_blank, before);
}

static void check_likeness(xlmem__lint *lint, const xlmem__words *words,
                           const xlmem__word *word, xlmem__amount before[3])
{
    xlmem__quoted text = xlmem__quote(word->text);
    xlmem__str value;

    switch (likeness_of(word, words->nr == 1, &value)) {
    case UNLIKE:
        if (word->cut)
            SAY_ABOUT(lint, XLMEM__RULE_OPTION_CUT,
                      "word %zu of the line has more, and its end is lost",
                      words->nr);
        return;
    case EXACT:
        check_exact(lint, words, word, before);
        return;
    case NEGATED:
        SAY_ABOUT(lint, XLMEM__RULE_NEGATED,
                  "Xen refuses '%s'; %s. Leave it out, or write %s", text.text,
                  lint->outcome, lint->fix);
        return;
    case QUOTED:
        SAY_ABOUT(lint, XLMEM__RULE_QUOTED,
                  "it takes '%s' for an unknown option and ignores it; %s. "
                  "Quotes belong to the boot loader's file; Xen has to get %s",
                  text.text, lint->outcome, lint->fix);
        return;
    case MISSPELT:
        SAY_ABOUT(lint, XLMEM__RULE_MISSPELT,
                  "Xen does not know '%s' and ignores it; %s. Write %s",
                  text.text, lint->outcome, lint->fix);
        return;
    }
}

/* What Xen never sees: behind " -- ". */
static void check_linux_word(xlmem__lint *lint, const xlmem__words *words,
                             const xlmem__word *word)
{
    xlmem__str value;

    if (likeness_of(word, words->nr == 1, &value) != UNLIKE)
        SAY_ABOUT(lint, XLMEM__RULE_AFTER_DASHES,
                  "'%s' has no effect there; %s. Write %s before the dashes",
                  xlmem__quote(word->text).text, lint->outcome, lint->fix);
}

void xlmem__lint_words(xlmem__lint *lint)
{
    xlmem__amount before[3] = {{0}};
    xlmem__words words = xlmem__words_of(lint->line);
    xlmem__word word;

    while (xlmem__next_word(&words, &word))
        if (word.xens)
            check_likeness(lint, &words, &word, before);
        else
            check_linux_word(lint, &words, &word);
}
