/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A Xen command line in words (Xen common/kernel.c parse_params and
 * arch/x86/setup.c, 4.14 to 4.20).  The blank alone separates: no tab, no
 * quotes.  Names are compared to the letter.  " -- " ends Xen's part; what is
 * behind it goes to dom0's kernel.
 */
#include <string.h>

#include "model/checked.h"
#include "model/dom0mem.h"

/* MAX_PARAM_SIZE of Xen, less the NUL: what is behind it is not seen. */
#define WORD_MAX 127

bool xlmem__str_is(xlmem__str text, const char *what)
{
    return text.len == strlen(what) && !memcmp(text.p, what, text.len);
}

bool xlmem__str_starts(xlmem__str text, const char *what)
{
    size_t len = strlen(what);

    return text.len >= len && !memcmp(text.p, what, len);
}

xlmem__str xlmem__xen_part(const char *line)
{
    const char *end;

    while (*line == ' ')
        line++;
    end = strstr(line, " -- ");
    return (xlmem__str){line, end ? (size_t)(end - line) : strlen(line)};
}

static void split_word(xlmem__word *word)
{
    xlmem__str held = word->text;
    const char *sign;

    if (held.len > WORD_MAX) {
        held.len = WORD_MAX;
        word->cut = true;
    }
    word->negated = xlmem__str_starts(held, "no-");
    word->key = held;
    word->value = (xlmem__str){held.p + held.len, 0};
    sign = memchr(held.p, '=', held.len);
    if (sign) {
        word->has_value = true;
        word->key.len = (size_t)(sign - held.p);
        word->value = (xlmem__str){sign + 1, held.len - word->key.len - 1};
    }
    if (word->negated) {
        word->key.p += strlen("no-");
        word->key.len -= strlen("no-");
    }
}

bool xlmem__next_word(xlmem__str *rest, xlmem__word *word_r)
{
    const char *end;

    memset(word_r, 0, sizeof(*word_r));
    while (rest->len && *rest->p == ' ') {
        rest->p++;
        rest->len--;
    }
    if (!rest->len)
        return false;
    end = memchr(rest->p, ' ', rest->len);
    word_r->text = *rest;
    if (end)
        word_r->text.len = (size_t)(end - rest->p);
    rest->p += word_r->text.len;
    rest->len -= word_r->text.len;
    split_word(word_r);
    return true;
}

bool xlmem__option(const char *line, const char *name, xlmem__str *value_r)
{
    xlmem__str rest = xlmem__xen_part(line), value = {NULL, 0};
    xlmem__word word;

    while (xlmem__next_word(&rest, &word)) {
        if (!xlmem__str_is(word.key, name))
            continue;
        if (!word.negated)
            value = word.value;
        else if (!word.has_value)
            value = (xlmem__str){"no", 2};
    }
    if (!value.p)
        return false;
    *value_r = value;
    return true;
}
