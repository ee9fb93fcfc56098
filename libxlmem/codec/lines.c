/* SPDX-License-Identifier: LGPL-2.1-only */
/* Text, line by line; what every parser of this folder stands on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* What an editor of Windows puts before a text: U+FEFF in UTF-8. */
static const char byte_order_mark[] = "\xef\xbb\xbf";

/* How many bytes of a mark a text begins with. */
static size_t mark_len(xlmem__str text)
{
    return xlmem__str_starts(text, byte_order_mark) ? strlen(byte_order_mark)
                                                    : 0;
}

xlmem__lines xlmem__lines_of(const char *buf, size_t len)
{
    return (xlmem__lines){buf + mark_len((xlmem__str){buf, len}), buf + len,
                          0};
}

static xlmem__str without_end(xlmem__str line)
{
    while (line.len && is_blank(line.p[line.len - 1]))
        line.len--;
    return line;
}

xlmem__str xlmem__line_of(xlmem__str line, size_t nr)
{
    const size_t mark = nr == 1 ? mark_len(line) : 0;

    return without_end((xlmem__str){line.p + mark, line.len - mark});
}

bool xlmem__next_line(xlmem__lines *lines, xlmem__str *line_r)
{
    size_t left = (size_t)(lines->end - lines->p);
    const char *nl;
    size_t len;

    if (!left)
        return false;
    nl = memchr(lines->p, '\n', left);
    len = nl ? (size_t)(nl - lines->p) : left;
    *line_r = without_end((xlmem__str){lines->p, len});
    lines->p += nl ? len + 1 : len;
    lines->nr++;
    return true;
}

xlmem__str xlmem__trim(xlmem__str s)
{
    while (s.len && is_blank(s.p[0])) {
        s.p++;
        s.len--;
    }
    while (s.len && is_blank(s.p[s.len - 1]))
        s.len--;
    return s;
}

bool xlmem__is_uuid(xlmem__str text)
{
    size_t i;

    if (text.len != 36)
        return false;
    for (i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.p[i] != '-' : xlmem__digit(text.p[i]) >= 16)
            return false;
    }
    return true;
}

void xlmem__copy_uuid(char to_r[37], const char *uuid)
{
    size_t i;

    for (i = 0; i < 36; i++)
        to_r[i] = xlmem__lower(uuid[i]);
    to_r[36] = '\0';
}

xlmem__str xlmem__cut(xlmem__str *s, char sep)
{
    const char *at = s->len ? memchr(s->p, sep, s->len) : NULL;
    xlmem__str head = {s->p, at ? (size_t)(at - s->p) : s->len};
    size_t used = head.len + (at ? 1 : 0);

    s->p += used;
    s->len -= used;
    return head;
}

static char safe_char(char c)
{
    return c >= ' ' && c <= '~' ? c : '?';
}

void xlmem__make_safe(char *untrusted)
{
    for (; *untrusted; untrusted++)
        *untrusted = safe_char(*untrusted);
}

void xlmem__copy_safe(char *to, xlmem__str untrusted)
{
    size_t i;

    for (i = 0; i < untrusted.len; i++)
        to[i] = safe_char(untrusted.p[i]);
    to[i] = '\0';
}

char *xlmem__strdup_name(xlmem__str untrusted)
{
    return strndup(untrusted.p, untrusted.len);
}

char *xlmem__strdup_safe(xlmem__str untrusted)
{
    char *copy = malloc(untrusted.len + 1);

    if (copy)
        xlmem__copy_safe(copy, untrusted);
    return copy;
}

int xlmem__complain(xlmem__where *where, size_t line, int rc, const char *what,
                    xlmem__str text)
{
    char shown[64];
    const char *more = "";

    if (!where)
        return rc;
    /* It is not the line's fault. */
    if (rc == XLMEM_ERROR_NOMEM) {
        what = xlmem_strerror(rc);
        text.len = 0;
    }
    if (text.len >= sizeof(shown)) {
        text.len = sizeof(shown) - 1;
        more = "...";
    }
    xlmem__copy_safe(shown, text);
    where->line = line;
    where->rc = rc;
    if (text.len)
        snprintf(where->text, sizeof(where->text), "%s: '%s%s'", what, shown,
                 more);
    else
        snprintf(where->text, sizeof(where->text), "%s", what);
    return rc;
}

static void note_line(uint32_t lines[64], size_t offset, size_t nr)
{
    lines[offset / sizeof(uint64_t) - 1] = nr < UINT32_MAX ? (uint32_t)nr : 0;
}

void xlmem__note_host(xlmem__where *where, size_t offset, size_t nr)
{
    if (where && where->said)
        note_line(where->said->of_host, offset, nr);
}

void xlmem__note_dom0(xlmem__where *where, size_t offset, size_t nr)
{
    if (where && where->said)
        note_line(where->said->of_dom0, offset, nr);
}

const char *xlmem__where_line(const xlmem__where *where, char *buf, size_t len)
{
    if (len && where->line)
        snprintf(buf, len, "line %zu: %s", where->line, where->text);
    else if (len)
        snprintf(buf, len, "%s", where->text);
    return buf;
}
