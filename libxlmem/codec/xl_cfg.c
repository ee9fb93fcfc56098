/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/xl_cfg.h"

#include <string.h>

/* Lists in lists: vnuma has two levels. */
#define DEPTH_MAX 8

xlmem__cfg xlmem__cfg_of(const char *buf, size_t len)
{
    return (xlmem__cfg){buf, buf + len, 1};
}

static char peek(const xlmem__cfg *cfg)
{
    return cfg->p < cfg->end ? *cfg->p : '\0';
}

static void skip_comment(xlmem__cfg *cfg)
{
    while (cfg->p < cfg->end && *cfg->p != '\n')
        cfg->p++;
}

/* Blanks and comments; with @lines also what ends a setting. */
static void skip(xlmem__cfg *cfg, bool lines)
{
    for (; cfg->p < cfg->end; cfg->p++) {
        if (*cfg->p == '#')
            skip_comment(cfg);
        if (cfg->p == cfg->end)
            return;
        if (lines && *cfg->p == '\n')
            cfg->line++;
        else if (!strchr(" \t\r", *cfg->p) || !*cfg->p)
            return;
    }
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

static xlmem__str word(xlmem__cfg *cfg)
{
    xlmem__str w = {cfg->p, 0};

    while (is_word(peek(cfg))) {
        cfg->p++;
        w.len++;
    }
    return w;
}

/* Up to the quote that closes it; a backslash takes the next character. */
static bool string(xlmem__cfg *cfg, xlmem__str *text_r)
{
    const char quote = *cfg->p++;
    const char *start = cfg->p;

    for (; cfg->p < cfg->end; cfg->p++) {
        if (*cfg->p == '\n' || !*cfg->p)
            return false;
        if (*cfg->p == quote) {
            *text_r = (xlmem__str){start, (size_t)(cfg->p - start)};
            cfg->p++;
            return true;
        }
        if (*cfg->p == '\\' && ++cfg->p == cfg->end)
            return false;
    }
    return false;
}

/* A number or string. */
static bool atom(xlmem__cfg *cfg, xlmem__cfg_value *value)
{
    const char c = peek(cfg);

    if (c == '"' || c == '\'') {
        value->kind = XLMEM__CFG_STRING;
        return string(cfg, &value->text);
    }
    value->kind = XLMEM__CFG_NUMBER;
    value->text = word(cfg);
    return value->text.len && value->text.p[0] <= '9';
}

/* Counts the values of the outermost list. */
static bool list(xlmem__cfg *cfg, xlmem__cfg_value *value)
{
    const char *const start = cfg->p;
    xlmem__cfg_value element;
    unsigned depth = 0;
    bool wants = true; /* a value may stand here */

    value->kind = XLMEM__CFG_LIST;
    do {
        char c;

        skip(cfg, true);
        c = peek(cfg);
        if (c == '[' && wants && depth < DEPTH_MAX) {
            value->nr += depth == 1;
            depth++;
            cfg->p++;
        } else if (c == ']') {
            depth--;
            wants = false;
            cfg->p++;
        } else if (c == ',' && !wants) {
            wants = true;
            cfg->p++;
        } else if (wants && atom(cfg, &element)) {
            value->nr += depth == 1;
            wants = false;
        } else {
            return false;
        }
    } while (depth);
    value->text = (xlmem__str){start, (size_t)(cfg->p - start)};
    return true;
}

bool xlmem__cfg_element(xlmem__cfg *list_left, xlmem__cfg_value *element_r)
{
    xlmem__cfg_value element = {.nr = 0};

    skip(list_left, true);
    if (peek(list_left) == ',')
        list_left->p++;
    skip(list_left, true);
    if (peek(list_left) == '[' ? !list(list_left, &element)
                               : !atom(list_left, &element))
        return false;
    *element_r = element;
    return true;
}

/* "=" or "+=". */
static bool equals(xlmem__cfg *cfg, bool *appended_r)
{
    skip(cfg, false);
    *appended_r = peek(cfg) == '+';
    if (*appended_r)
        cfg->p++;
    if (peek(cfg) != '=')
        return false;
    cfg->p++;
    skip(cfg, false);
    return true;
}

static bool ended(xlmem__cfg *cfg)
{
    skip(cfg, false);
    return cfg->p == cfg->end || *cfg->p == '\n' || *cfg->p == ';';
}

int xlmem__cfg_next(xlmem__cfg *cfg, xlmem__str *key_r,
                    xlmem__cfg_value *value_r, xlmem__where *where)
{
    xlmem__cfg_value value = {.nr = 0};
    xlmem__str key, rest;

    do
        skip(cfg, true);
    while (peek(cfg) == ';' && cfg->p++);
    if (cfg->p == cfg->end)
        return XLMEM_ERROR_NOTFOUND;
    rest = (xlmem__str){cfg->p, (size_t)(cfg->end - cfg->p)};
    key = word(cfg);
    if (key.len && equals(cfg, &value.appended) &&
        (peek(cfg) == '[' ? list(cfg, &value) : atom(cfg, &value)) &&
        ended(cfg)) {
        *key_r = key;
        *value_r = value;
        return 0;
    }
    return xlmem__complain(where, cfg->line, XLMEM_ERROR_PARSE,
                           "expected key = value", xlmem__cut(&rest, '\n'));
}

static bool octal(xlmem__str text, uint64_t *number_r)
{
    uint64_t number = 0;
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '7' || number >> 61)
            return false;
        number = number * 8 + (uint64_t)(text.p[i] - '0');
    }
    *number_r = number;
    return text.len > 0;
}

bool xlmem__cfg_number(const xlmem__cfg_value *value, uint64_t *number_r)
{
    xlmem__str text = value->text;

    if (value->kind == XLMEM__CFG_LIST)
        return false;
    if (xlmem__starts_with(text, "0x") || xlmem__starts_with(text, "0X"))
        return !xlmem__number_all((xlmem__str){text.p + 2, text.len - 2}, 16,
                                  number_r);
    if (text.len > 1 && text.p[0] == '0')
        return octal(text, number_r);
    return !xlmem__number_all(text, 10, number_r);
}
