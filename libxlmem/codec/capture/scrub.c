/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One pass over the text.  Rather too much is blanked than too little: no
 * fact is read from the value of such a name.
 */
#include "codec/capture/scrub.h"

#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "private/printable.h"

/* Names that hold one of these, or end in one of those, are secrets. */
static const char *const parts[] = {"passw",  "passphrase", "passcode",
                                    "secret", "token",      "credential"};
static const char *const ends[] = {
    "key", "pwd", "psk", "pass", "cmdline", "bootloader_args", "extra"};

/* Where the copy is being made. */
struct copy {
    char *p;
    size_t len;
};

static bool is_name_char(char c)
{
    c = xlmem__lower(c);
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

static bool matches(const char *p, const char *word)
{
    size_t i;

    for (i = 0; word[i]; i++)
        if (xlmem__lower(p[i]) != word[i])
            return false;
    return true;
}

static bool is_secret(xlmem__str name)
{
    size_t i, at, len;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        len = strlen(parts[i]);
        for (at = 0; at + len <= name.len; at++)
            if (matches(name.p + at, parts[i]))
                return true;
    }
    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        len = strlen(ends[i]);
        if (name.len >= len && matches(name.p + name.len - len, ends[i]))
            return true;
    }
    return false;
}

static size_t skip_blanks(xlmem__str s, size_t at)
{
    while (at < s.len && (s.p[at] == ' ' || s.p[at] == '\t'))
        at++;
    return at;
}

/* Where the value behind a name starts, or 0 where there is none. */
static size_t value_at(xlmem__str s, size_t at)
{
    if (at < s.len && (s.p[at] == '"' || s.p[at] == '\''))
        at++;
    at = skip_blanks(s, at);
    if (at >= s.len || (s.p[at] != '=' && s.p[at] != ':'))
        return 0;
    return skip_blanks(s, at + 1);
}

static bool ends_value(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '"' || c == '\'' ||
           c == ';' || c == '&' || c == '}' || c == ']';
}

/* Behind a value: at its closing quote, or behind its last letter. */
static size_t value_end(xlmem__str s, size_t *at)
{
    char quote = *at < s.len ? s.p[*at] : '\0';
    size_t end;

    if (quote == '\\' && *at + 1 < s.len && s.p[*at + 1] == '"') {
        /* A quoted value in a text that is quoted itself. */
        *at += 2;
        for (end = *at; end < s.len && s.p[end] != '\n'; end++)
            if (s.p[end] == '\\' && end + 1 < s.len && s.p[end + 1] == '"')
                break;
        return end;
    }
    if (quote != '"' && quote != '\'') {
        for (end = *at; end < s.len && !ends_value(s.p[end]); end++)
            ;
        return end;
    }
    *at += 1;
    for (end = *at; end < s.len && s.p[end] != quote; end++) {
        if (s.p[end] == '\n')
            break;
        if (s.p[end] == '\\' && end + 1 < s.len)
            end++;
    }
    return end < s.len ? end : s.len;
}

/* The bracket that closes a list of texts, or the end of everything. */
static size_t end_of_list(xlmem__str s, size_t at)
{
    bool quoted = false;

    for (; at < s.len && (quoted || s.p[at] != ']'); at++) {
        if (s.p[at] == '\\' && at + 1 < s.len)
            at++;
        else if (s.p[at] == '"')
            quoted = !quoted;
    }
    return at < s.len ? at : s.len;
}

static void copy_bytes(struct copy *copy, const char *p, size_t len)
{
    memcpy(copy->p + copy->len, p, len);
    copy->len += len;
}

/* "://user:password@": where the '@' is, or 0. */
static size_t login_end(xlmem__str s, size_t at)
{
    size_t end;

    if (s.len - at < 3 || memcmp(s.p + at, "://", 3))
        return 0;
    for (end = at + 3; end < s.len && !ends_value(s.p[end]); end++) {
        if (s.p[end] == '/')
            return 0;
        if (s.p[end] == '@')
            return end;
    }
    return 0;
}

/* Copy up to the end of a name, and its value where that is a secret. */
static size_t copy_named(struct copy *copy, xlmem__str s, size_t at)
{
    size_t name = at, value, end;

    while (at < s.len && is_name_char(s.p[at]))
        at++;
    copy_bytes(copy, s.p + name, at - name);
    if (!is_secret((xlmem__str){s.p + name, at - name}))
        return at;
    value = value_at(s, at);
    if (!value)
        return at;
    if (value < s.len && s.p[value] == '[') {
        copy_bytes(copy, s.p + at, value + 1 - at);
        return end_of_list(s, value + 1);
    }
    end = value_end(s, &value);
    copy_bytes(copy, s.p + at, value - at);
    if (end > value)
        copy_bytes(copy, XLMEM__BLANK, strlen(XLMEM__BLANK));
    return end;
}

/* Printable UTF-8 stays: names of domains are told apart by it. */
static size_t printable_len(const char *p, size_t len)
{
    char text[5] = "";
    unsigned code;
    size_t n;

    memcpy(text, p, xlmem__min(len, sizeof(text) - 1));
    n = xlmem_utf8_char(text, &code);
    return n && !xlmem_is_invisible(code) ? n : 0;
}

/* First, so that no byte ends a value that does not end it in the copy. */
static char *copy_safe(const char *buf, size_t len)
{
    char *safe = malloc(len + 1);
    size_t i, n;

    for (i = 0; safe && i < len; i += n) {
        n = printable_len(buf + i, len - i);
        if (n) {
            memcpy(safe + i, buf + i, n);
            continue;
        }
        n = 1;
        safe[i] = buf[i] == '\n' || buf[i] == '\t' ? buf[i] : '?';
        /* The CR of a file that Windows or a serial line ended; a reader
         * passes over it as over a blank. */
        if (buf[i] == '\r' && i + 1 < len && buf[i + 1] == '\n')
            safe[i] = ' ';
    }
    return safe;
}

static void scrub(xlmem__str s, struct copy *copy)
{
    size_t at = 0, end;

    while (at < s.len) {
        if (is_name_char(s.p[at])) {
            at = copy_named(copy, s, at);
            continue;
        }
        end = login_end(s, at);
        if (end) {
            copy_bytes(copy, "://" XLMEM__BLANK, 3 + strlen(XLMEM__BLANK));
            at = end;
            continue;
        }
        copy_bytes(copy, s.p + at++, 1);
    }
}

int xlmem__scrub(const char *buf, size_t len, char **copy_r, size_t *len_r)
{
    char *safe = copy_safe(buf, len);
    /* A blank is longer than a value of one letter, by two, and a name and
     * "=" go with each. */
    struct copy copy = {malloc(2 * len + 16), 0};

    if (!safe || !copy.p) {
        free(safe);
        free(copy.p);
        return XLMEM_ERROR_NOMEM;
    }
    scrub((xlmem__str){safe, len}, &copy);
    free(safe);
    copy.p[copy.len] = '\0';
    *copy_r = copy.p;
    *len_r = copy.len;
    return 0;
}

int xlmem__scrub_text(char **text)
{
    char *copy;
    size_t len;
    int rc;

    if (!*text)
        return 0;
    rc = xlmem__scrub(*text, strlen(*text), &copy, &len);
    if (rc)
        return rc;
    free(*text);
    *text = copy;
    return 0;
}

/* "/local/domain/7/memory/target": what a snapshot reads, and its kin. */
static bool is_wanted_node(xlmem__str line)
{
    static const char *const nodes[] = {"memory/",
                                        "control/",
                                        "name ",
                                        "data/meminfo",
                                        XLMEM_DEVICE_MODEL_NODE " ",
                                        XLMEM_PCI_NODE "/"};
    xlmem__str rest = line;
    uint64_t domid;
    size_t i;

    if (xlmem__str_starts(line, "/tool/memguard/"))
        return true;
    for (i = 0; i < 3; i++) /* "", "local", "domain"; or "", "libxl" */
        if (xlmem__str_is(xlmem__cut(&rest, '/'), "libxl"))
            break;
    if (xlmem__number_all(xlmem__cut(&rest, '/'), 10, &domid))
        return false;
    if (xlmem__str_starts(line, "/libxl/"))
        return xlmem__str_starts(rest, "type ");
    if (!xlmem__str_starts(line, "/local/domain/"))
        return false;
    for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
        if (xlmem__str_starts(rest, nodes[i]))
            return true;
    return false;
}

int xlmem__scrub_xenstore(const char *buf, size_t len, char **copy_r,
                          size_t *len_r)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    char *kept = malloc(len + 2);
    xlmem__str line;
    size_t used = 0;
    int rc;

    if (!kept)
        return XLMEM_ERROR_NOMEM;
    while (xlmem__next_line(&lines, &line)) {
        if (!is_wanted_node(line))
            continue;
        memcpy(kept + used, line.p, line.len);
        used += line.len;
        kept[used++] = '\n';
    }
    rc = xlmem__scrub(kept, used, copy_r, len_r);
    free(kept);
    return rc;
}
