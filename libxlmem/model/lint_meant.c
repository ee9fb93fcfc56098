/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What was meant by a dom0_mem= that Xen does not read that way, and how to
 * write it.  Guesses end up in advice only.
 */
#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "model/lint.h"

#define TEXT_MAX 64

/* A rule of thumb for examples, where nothing usable was written and too
 * little of the host is known to size its dom0: an eighth, from 1 to 8 GiB. */
#define EXAMPLE_SHARE 8
#define EXAMPLE_MIN_KB XLMEM__GIB_KB
#define EXAMPLE_MAX_KB (8 * XLMEM__GIB_KB)
#define EXAMPLE_UNKNOWN_KB (2 * XLMEM__GIB_KB)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* ------------------------------------------------- names like dom0_mem --- */

/* How much of the text is the name, read without "-", "_", quotes, case. */
static size_t match_name(xlmem__str text, const char *name)
{
    size_t i;

    for (i = 0; i < text.len && *name; i++) {
        char c = lower(text.p[i]);

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

static xlmem__str skip(xlmem__str text, size_t n)
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
            match_any_name(skip(text, i + 1)))
            return i + 1;
    return 0;
}

xlmem__likeness xlmem__lint_likeness(const xlmem__word *word,
                                     xlmem__str *value_r)
{
    size_t n = find_quoted(word->text);

    *value_r = word->value;
    if (xlmem__str_is(word->key, "dom0_mem"))
        return word->negated ? XLMEM__NEGATED : XLMEM__EXACT;
    *value_r = skip(word->text, n);
    *value_r = skip(*value_r, match_any_name(*value_r) + 1);
    if (n)
        return XLMEM__QUOTED;
    return match_any_name(word->text) ? XLMEM__MISSPELT : XLMEM__UNLIKE;
}

bool xlmem__lint_continues(const xlmem__word *word, const xlmem__word *next)
{
    xlmem__str t = next->text;
    bool open = !word->value.len ||
                word->value.p[word->value.len - 1] == ',' ||
                word->value.p[word->value.len - 1] == ':';

    return xlmem__str_starts(t, "min:") || xlmem__str_starts(t, "max:") ||
           xlmem__str_starts(t, "min=") || xlmem__str_starts(t, "max=") ||
           t.p[0] == ',' || t.p[0] == '=' ||
           (open && (is_digit(t.p[0]) ||
                     (t.p[0] == '-' && t.len > 1 && is_digit(t.p[1]))));
}

/* -------------------------------------------------------- what was meant --- */

/* An item in small letters, without quotes, "=", "ib" and leading zeros. */
static void tidy(xlmem__str text, char buf[TEXT_MAX])
{
    size_t i, len = 0, body;

    for (i = 0; i < text.len && len < TEXT_MAX - 1; i++)
        if (!strchr("\"' \t=", text.p[i]) || (len == 3 && text.p[i] == '='))
            buf[len++] = lower(text.p[i]);
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
    while (buf[body] == '0' && is_digit(buf[body + 1]))
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
    text = skip(text, used + 1);
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
static void learn_line(xlmem__meant *meant, const char *line)
{
    xlmem__str rest = {line, strlen(line)}, value;
    xlmem__word word, next;
    bool more = xlmem__next_word(&rest, &word);

    while (more) {
        bool open = xlmem__lint_likeness(&word, &value) != XLMEM__UNLIKE;

        if (open)
            learn_value(meant, value);
        more = xlmem__next_word(&rest, &next);
        while (more && open && xlmem__lint_continues(&word, &next)) {
            learn_value(meant, next.text);
            more = xlmem__next_word(&rest, &next);
        }
        word = next;
    }
}

/* --------------------------------------------------------------- wording --- */

void xlmem__lint_amount(const xlmem__amount *amount, char *buf, size_t len)
{
    /* No T: libvirt does not know it. */
    static const char units[] = "BKMG";
    uint64_t n = amount->bytes;
    char size[40] = "", percent[40] = "";
    int unit = 0;

    while (n && n % 1024 == 0 && unit < 3) {
        n /= 1024;
        unit++;
    }
    if (n || !amount->percent)
        snprintf(size, sizeof(size), "%llu%c", (unsigned long long)n,
                 units[unit]);
    if (amount->percent)
        snprintf(percent, sizeof(percent), "%s%llu%%", n ? "+" : "",
                 (unsigned long long)amount->percent);
    snprintf(buf, len, "%s%s%s", amount->minus ? "-" : "", size, percent);
}

static xlmem__amount amount_of_kb(uint64_t kb)
{
    return (xlmem__amount){.set = true, .bytes = kb * 1024};
}

/* What to propose where nothing usable was written; not set where the host
 * has no room for any size. */
static xlmem__amount proposal(xlmem__lint *lint)
{
    uint64_t kb = lint->host_kb / EXAMPLE_SHARE;
    xlmem_recommendation rec;
    int rc =
        lint->host ? xlmem_size(lint->host, NULL, &rec) : XLMEM_ERROR_UNKNOWN;

    if (!rc) {
        lint->fix_source = ", which xl memguard size explains";
        return amount_of_kb(rec.dom0_mem_kb);
    }
    if (rc == XLMEM_ERROR_INFEASIBLE) {
        lint->fix_source = ", though by xl memguard size none fits this host";
        return (xlmem__amount){.set = false};
    }
    lint->fix_source = ", for example: xl memguard size computes it";
    if (!lint->host_kb)
        return amount_of_kb(EXAMPLE_UNKNOWN_KB);
    kb = xlmem__max(EXAMPLE_MIN_KB, xlmem__min(kb, EXAMPLE_MAX_KB));
    /* Where that is everything, a half. */
    if (kb > lint->host_kb / 2)
        kb = lint->host_kb / 2;
    return amount_of_kb(kb / XLMEM__MIB_KB * XLMEM__MIB_KB);
}

static bool absolute(const xlmem__amount *a)
{
    return a->set && !a->relative;
}

/* No advice to write what dom0 could not boot with. */
static bool boots(const xlmem__lint *lint, const xlmem__amount *a)
{
    xlmem_prediction prediction;
    char text[40], line[112];

    if (!lint->host || !lint->host_kb)
        return true;
    xlmem__lint_amount(a, text, sizeof(text));
    snprintf(line, sizeof(line), "dom0_mem=%s,max:%s", text, text);
    return xlmem_predict(lint->host, line, &prediction) !=
           XLMEM_ERROR_INFEASIBLE;
}

static bool usable(const xlmem__lint *lint, const xlmem__amount *a)
{
    uint64_t kb = a->bytes / 1024;

    if (!a->set)
        return false;
    if (a->relative)
        return !(a->minus && lint->host_kb && kb >= lint->host_kb);
    return kb >= XLMEM__DOM0_FLOOR_KB &&
           (!lint->host_kb || kb < lint->host_kb / 16 * 15) && boots(lint, a);
}

static void word_fix(xlmem__lint *lint)
{
    xlmem__amount size = lint->meant.part[XLMEM__SIZE];
    xlmem__amount min = lint->meant.part[XLMEM__MIN];
    xlmem__amount max = lint->meant.part[XLMEM__MAX];
    char text[40], limit[40];

    lint->fix_source = "";
    if (!usable(lint, &max))
        max.set = false;
    if (!size.set)
        size = max;
    if (absolute(&size) && absolute(&min) && min.bytes > size.bytes)
        size = min;
    if (!usable(lint, &size))
        size = max.set ? max : proposal(lint);
    if (!size.set) {
        snprintf(lint->fix, sizeof(lint->fix), "dom0_mem=SIZE,max:SIZE");
        return;
    }
    if (!max.set)
        max = size;
    if (absolute(&size) && absolute(&max) && size.bytes > max.bytes)
        size = max;
    xlmem__lint_amount(&size, text, sizeof(text));
    xlmem__lint_amount(&max, limit, sizeof(limit));
    snprintf(lint->fix, sizeof(lint->fix), "dom0_mem=%s,max:%s", text, limit);
}

/* "dom0 gets 2 GiB and has no maximum" */
static void word_outcome(xlmem__lint *lint)
{
    bool vague = xlmem__dom0mem_is_relative(&lint->spec);
    char gets[48] = "a share of the host's memory", size[32], limit[48] = "";
    uint64_t nr, max;

    xlmem__dom0mem_apply(&lint->spec, lint->avail_pages, &nr, &max);
    vague = vague && nr != max;
    if (vague)
        nr -= nr % (XLMEM__MIB_KB / XLMEM__PAGE_KB);
    if (lint->host_kb || !vague)
        snprintf(
            gets, sizeof(gets), "%s%s", vague ? "about " : "",
            xlmem_format_size_kb(size, sizeof(size), nr * XLMEM__PAGE_KB));
    else if (!lint->spec.size.relative && !lint->spec.max.set)
        snprintf(gets, sizeof(gets), "all memory but 128 MiB");
    if (max == UINT64_MAX)
        snprintf(limit, sizeof(limit), " and has no maximum");
    else if ((max != nr || vague) && !lint->spec.max.relative)
        snprintf(
            limit, sizeof(limit), ", at most %s",
            xlmem_format_size_kb(size, sizeof(size), max * XLMEM__PAGE_KB));
    snprintf(lint->outcome, sizeof(lint->outcome), "dom0 gets %s%s", gets,
             limit);
}

void xlmem__lint_guess(xlmem__lint *lint)
{
    const xlmem_host *host = lint->host;

    if (!lint->spec.nr_options && host && host->dom0.kernel_cmdline)
        learn_line(&lint->meant, host->dom0.kernel_cmdline);
    learn_line(&lint->meant, lint->line);
    if (lint->arm) {
        xlmem__lint_arm_guess(lint);
        return;
    }
    word_fix(lint);
    word_outcome(lint);
}
