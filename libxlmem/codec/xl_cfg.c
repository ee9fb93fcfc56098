/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/xl_cfg.h"

#include <string.h>

/* Lists in lists.  libxlutil's parser ends at 10 000 symbols on its stack
 * (bison's YYMAXDEPTH), two for a list in a list. */
#define DEPTH_MAX 4096

typedef enum token_kind {
    END,
    NEWLINE, /* a comment is one, too */
    NAME,
    NUMBER,
    STRING,
    ADD,   /* += */
    SIGN,  /* one of , [ ] = ; */
    WRONG, /* nothing that the lexer knows */
} token_kind;

typedef struct token {
    token_kind kind;
    char sign;       /* its first character */
    xlmem__str text; /* without quotes */
    const char *at;
    size_t line;
    const char *reason; /* why it is WRONG */
} token;

xlmem__cfg xlmem__cfg_of(const char *buf, size_t len)
{
    return (xlmem__cfg){buf, buf, buf + len, 1};
}

/* --------------------------------------------------------------- lexer --- */

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool in_name(char c)
{
    return is_small(c) || xlmem__is_digit(c) || c == '_' || c == '.';
}

static bool in_number(char c)
{
    return xlmem__is_digit(c) || (c >= 'a' && c <= 'f') || c == 'x';
}

static xlmem__str take_run(xlmem__cfg *cfg, bool (*in)(char))
{
    xlmem__str run = {cfg->p, 0};

    while (cfg->p < cfg->end && in(*cfg->p)) {
        cfg->p++;
        run.len++;
    }
    return run;
}

/*
 * What may follow a backslash (xlu__cfgl_dequote): a quote, a backslash, a
 * letter of C's, or three to four figures of which the first is octal; "\x"
 * is never taken.  *p: behind the backslash, moves on.
 */
static bool take_escape(const char **p, const char *end)
{
    unsigned n;

    if (strchr("\"'\\abfnrtv", **p) && **p) {
        ++*p;
        return true;
    }
    if (**p < '0' || **p > '7')
        return false;
    ++*p;
    for (n = 0; n < 3 && *p < end && xlmem__is_digit(**p); n++)
        ++*p;
    return n >= 2;
}

/* Up to the quote that closes it; false with a reason otherwise. */
static bool take_string(xlmem__cfg *cfg, token *t)
{
    const char quote = *cfg->p, *p = cfg->p + 1;

    t->reason = "the quote is not closed on its line";
    while (p < cfg->end && *p != '\n' && *p) {
        if (*p == quote) {
            t->text = (xlmem__str){cfg->p + 1, (size_t)(p - cfg->p - 1)};
            cfg->p = p + 1;
            return true;
        }
        if (*p++ != '\\')
            continue;
        if (p == cfg->end || *p == '\n')
            return false;
        if (!take_escape(&p, cfg->end)) {
            t->reason = "xl does not know what follows the backslash";
            return false;
        }
    }
    return false;
}

static const char *reason_of_char(char c)
{
    if (c == '\r')
        return "the line ends in CR LF, and xl takes LF alone";
    if (c == '#')
        return "the last line is a comment that no newline ends";
    if (c >= 'A' && c <= 'Z')
        return "xl takes names in small letters only";
    if (c == '-' || c == '+')
        return "xl takes a number with a sign in quotes only";
    if (c == '.')
        return "xl takes whole numbers only";
    if (c == '\xef')
        return "a byte-order mark stands before the text";
    return "xl knows no such character here";
}

/* Up to where the lexer of libxlutil goes on. */
static void pass_over_wrong(xlmem__cfg *cfg)
{
    while (cfg->p < cfg->end && *cfg->p != ' ' && *cfg->p != '\t' &&
           *cfg->p != '\n')
        cfg->p++;
}

static token_kind take_kind(xlmem__cfg *cfg, token *t)
{
    const char *newline;

    if (is_small(t->sign)) {
        t->text = take_run(cfg, in_name);
        return NAME;
    }
    if (xlmem__is_digit(t->sign)) {
        t->text = take_run(cfg, in_number);
        return NUMBER;
    }
    if (t->sign == '"' || t->sign == '\'')
        return take_string(cfg, t) ? STRING : WRONG;
    t->reason = reason_of_char(t->sign);
    newline = memchr(cfg->p, '\n', (size_t)(cfg->end - cfg->p));
    if (t->sign == '\n' || (t->sign == '#' && newline)) {
        cfg->p = newline + 1;
        cfg->line++;
        return NEWLINE;
    }
    if (t->sign == '+' && cfg->end - cfg->p > 1 && cfg->p[1] == '=') {
        cfg->p += 2;
        return ADD;
    }
    if (!t->sign || !strchr(",[]=;", t->sign))
        return WRONG;
    cfg->p++;
    return SIGN;
}

static token take_token(xlmem__cfg *cfg)
{
    token t = {.kind = END};

    while (cfg->p < cfg->end && (*cfg->p == ' ' || *cfg->p == '\t'))
        cfg->p++;
    t.at = cfg->p;
    t.line = cfg->line;
    if (cfg->p == cfg->end)
        return t;
    t.sign = *cfg->p;
    t.kind = take_kind(cfg, &t);
    if (t.kind == WRONG)
        pass_over_wrong(cfg);
    return t;
}

static bool is_sign(const token *t, char sign)
{
    return t->kind == SIGN && t->sign == sign;
}

/* -------------------------------------------------------------- errors --- */

/* Words that begin a statement of Python, and no setting. */
static bool is_statement(xlmem__str word)
{
    static const char *const words[] = {"import", "from",  "def", "if",
                                        "for",    "while", "try", "class",
                                        "print",  "else",  "elif"};
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (xlmem__str_is(word, words[i]))
            return true;
    return false;
}

/* xm of Xen 3 read its files with Python itself; xl tells those from the
 * characters that only an expression has (libxlu_cfg_l.l, likely_python). */
static bool is_python(const xlmem__cfg *cfg)
{
    xlmem__cfg all =
        xlmem__cfg_of(cfg->start, (size_t)(cfg->end - cfg->start));
    bool begins = true;
    token t;

    while ((t = take_token(&all)).kind != END) {
        if (begins && t.kind == NAME && is_statement(t.text)) {
            token next = take_token(&all);

            if (!is_sign(&next, '=') && next.kind != ADD)
                return true;
            t = next;
        }
        if (t.kind == WRONG && t.sign && strchr("+(){}%*:", t.sign))
            return true;
        begins = t.kind == NEWLINE;
    }
    return false;
}

static xlmem__str line_around(const xlmem__cfg *cfg, const char *at)
{
    xlmem__str rest;

    while (at > cfg->start && at[-1] != '\n')
        at--;
    rest = (xlmem__str){at, (size_t)(cfg->end - at)};
    return xlmem__trim(xlmem__cut(&rest, '\n'));
}

/* The reason, and what stands on the line from @t on, or all of the line
 * where that is nothing. */
static int complain_of_token(const xlmem__cfg *cfg, const token *t,
                             const char *reason, xlmem__where *where)
{
    xlmem__str rest = {t->at, (size_t)(cfg->end - t->at)};

    if (t->kind == WRONG)
        reason = t->reason;
    rest = xlmem__trim(xlmem__cut(&rest, '\n'));
    if (is_python(cfg)) {
        reason = "this file is Python, which xm read and xl does not";
        rest.len = 0;
    }
    if (!rest.len)
        rest = line_around(cfg, t->at);
    return xlmem__complain(where, t->line, XLMEM_ERROR_PARSE, reason, rest);
}

/* -------------------------------------------------------------- parser --- */

typedef struct wrong {
    token at;
    const char *reason;
} wrong;

static bool is_atom(const token *t)
{
    return t->kind == NUMBER || t->kind == STRING;
}

static void set_atom(const token *t, xlmem__cfg_value *value)
{
    value->kind = t->kind == NUMBER ? XLMEM__CFG_NUMBER : XLMEM__CFG_STRING;
    value->text = t->text;
}

static const char *reason_in_list(const token *t, bool wants)
{
    if (is_sign(t, ','))
        return "expected a value before the comma";
    if (!wants && (is_atom(t) || is_sign(t, '[')))
        return "a comma is missing before it";
    return wants ? "expected a number or text in quotes"
                 : "expected a comma or the end of the list";
}

/* From behind its first bracket @open.  Counts the values of the outermost
 * list. */
static bool take_list(xlmem__cfg *cfg, const token *open,
                      xlmem__cfg_value *value, wrong *w)
{
    unsigned depth = 1;
    bool wants = true, counts = true; /* a value may stand here */

    value->kind = XLMEM__CFG_LIST;
    while (depth) {
        token t = take_token(cfg);

        if (t.kind == NEWLINE)
            continue;
        if (is_sign(&t, '[') && wants && depth < DEPTH_MAX) {
            counts = counts && depth > 1;
            depth++;
        } else if (is_sign(&t, ']')) {
            depth--;
            wants = false;
        } else if (is_sign(&t, ',') && !wants) {
            wants = true;
        } else if (is_atom(&t) && wants) {
            value->nr += depth == 1 && counts;
            wants = false;
        } else {
            *w = (wrong){t, reason_in_list(&t, wants)};
            if (t.kind == END)
                *w = (wrong){*open, "the list is never closed"};
            return false;
        }
    }
    value->text = (xlmem__str){open->at, (size_t)(cfg->p - open->at)};
    return true;
}

static bool take_cfg_value(xlmem__cfg *cfg, xlmem__cfg_value *value, wrong *w)
{
    token t = take_token(cfg);

    value->line = t.line;
    if (is_sign(&t, '['))
        return take_list(cfg, &t, value, w);
    if (is_atom(&t)) {
        set_atom(&t, value);
        return true;
    }
    *w = (wrong){t, "expected a number, text in quotes or a list"};
    return false;
}

bool xlmem__cfg_element(xlmem__cfg *list_left, xlmem__cfg_value *element_r)
{
    xlmem__cfg_value element = {.nr = 0};
    xlmem__cfg before;
    wrong w;
    token t;

    do {
        before = *list_left;
        t = take_token(list_left);
    } while (t.kind == NEWLINE || is_sign(&t, ','));
    *list_left = before;
    if (!take_cfg_value(list_left, &element, &w))
        return false;
    *element_r = element;
    return true;
}

static bool take_cfg_end(xlmem__cfg *cfg, const xlmem__cfg_value *value,
                         wrong *w)
{
    token t = take_token(cfg);

    if (t.kind == NEWLINE || t.kind == END || is_sign(&t, ';'))
        return true;
    *w = (wrong){t, "a setting ends with its line or with a semicolon"};
    if (value->kind == XLMEM__CFG_NUMBER &&
        t.at == value->text.p + value->text.len)
        *w = (wrong){t, "xl takes a number without a unit"};
    return false;
}

static bool take_setting(xlmem__cfg *cfg, const token *name,
                         xlmem__cfg_value *value, wrong *w)
{
    token t;

    if (name->kind != NAME) {
        *w = (wrong){*name, "expected key = value"};
        return false;
    }
    t = take_token(cfg);
    value->appended = t.kind == ADD;
    if (t.kind != ADD && !is_sign(&t, '=')) {
        *w = (wrong){t, "expected = behind the key"};
        return false;
    }
    return take_cfg_value(cfg, value, w) && take_cfg_end(cfg, value, w);
}

int xlmem__cfg_next(xlmem__cfg *cfg, xlmem__str *key_r,
                    xlmem__cfg_value *value_r, xlmem__where *where)
{
    xlmem__cfg_value value = {.nr = 0};
    wrong w;
    token t;

    do
        t = take_token(cfg);
    while (t.kind == NEWLINE || is_sign(&t, ';'));
    if (t.kind == END)
        return XLMEM_ERROR_NOTFOUND;
    if (!take_setting(cfg, &t, &value, &w))
        return complain_of_token(cfg, &w.at, w.reason, where);
    *key_r = t.text;
    *value_r = value;
    return 0;
}

/* ---------------------------------------------------- as it is written --- */

/* What ends a setting: the end, a newline, a semicolon, or a comment, which is
 * a token of its own only where a newline ends it. */
static bool is_stop(const token *t)
{
    return t->kind == END || t->kind == NEWLINE || is_sign(t, ';') ||
           (t->kind == WRONG && t->sign == '#');
}

static void pass_mark(xlmem__cfg *cfg)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (cfg->p == cfg->start &&
        xlmem__str_starts((xlmem__str){cfg->p, (size_t)(cfg->end - cfg->p)},
                          mark))
        cfg->p += strlen(mark);
}

/* What is no token is text all the same: a character, but a string that is
 * never closed reaches to the end of its line. */
static void take_wrong(xlmem__cfg *cfg, const token *t)
{
    xlmem__str rest = {t->at, (size_t)(cfg->end - t->at)};

    cfg->p = t->at + 1;
    if (t->sign == '"' || t->sign == '\'')
        cfg->p = t->at + xlmem__cut(&rest, '\n').len;
}

static xlmem__str between(const char *from, const char *to)
{
    return xlmem__trim((xlmem__str){from, (size_t)(to - from)});
}

bool xlmem__cfg_next_raw(xlmem__cfg *cfg, xlmem__cfg_raw *raw_r)
{
    token t;

    pass_mark(cfg);
    do {
        token first = t = take_token(cfg);
        const char *sign = NULL;

        for (; !is_stop(&t); t = take_token(cfg)) {
            if (!sign && (is_sign(&t, '=') || t.kind == ADD))
                sign = t.at + (t.kind == ADD);
            if (t.kind == WRONG)
                take_wrong(cfg, &t);
        }
        if (t.kind == WRONG) /* to the end: no newline follows */
            cfg->p = cfg->end;
        *raw_r = (xlmem__cfg_raw){
            between(first.at, t.at), {NULL, 0}, {NULL, 0}, first.line};
        raw_r->key = raw_r->text;
        if (sign) {
            raw_r->key = between(first.at, sign);
            raw_r->value = between(sign + 1, t.at);
        }
    } while (!raw_r->text.len && t.kind != END);
    return raw_r->text.len;
}

/* ------------------------------------------------------------- numbers --- */

static bool magnitude(xlmem__str text, uint64_t *number_r)
{
    unsigned base = 10;
    size_t used;

    if (xlmem__str_starts(text, "0x") || xlmem__str_starts(text, "0X")) {
        text = (xlmem__str){text.p + 2, text.len - 2};
        base = 16;
    } else if (text.len > 1 && text.p[0] == '0') {
        base = 8;
    }
    return !xlmem__number(text, base, number_r, &used) && used == text.len;
}

bool xlmem__cfg_number(const xlmem__cfg_value *value, int64_t *number_r)
{
    xlmem__str text = value->text;
    bool minus = false;
    uint64_t number;

    if (value->kind == XLMEM__CFG_LIST || value->appended)
        return false;
    while (text.len &&
           (*text.p == ' ' || (*text.p >= '\t' && *text.p <= '\r'))) {
        text.p++;
        text.len--;
    }
    if (text.len && (*text.p == '-' || *text.p == '+')) {
        minus = *text.p == '-';
        text.p++;
        text.len--;
    }
    if (!magnitude(text, &number) || number > INT64_MAX)
        return false;
    *number_r = minus ? -(int64_t)number : (int64_t)number;
    return true;
}
