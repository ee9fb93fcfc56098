/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "private/printable.h"

/* By hand, from its end: a table of domains has eight of a row. */
const char *xlmem_format_mib(char *buf, size_t len, uint64_t kb)
{
    const uint64_t tenths = (kb % 1024 * 10 + 512) / 1024;
    uint64_t mib = kb / 1024 + tenths / 10;
    char text[32] = "";
    char *at = text + sizeof(text) - sizeof(".0 MiB");
    size_t size;

    memcpy(at, ".0 MiB", sizeof(".0 MiB"));
    at[1] = (char)('0' + tenths % 10);
    do {
        *--at = (char)('0' + mib % 10);
        mib /= 10;
    } while (mib);
    if (kb && kb < 1024 && !tenths)
        at = strcpy(text, "<0.1 MiB");
    if (!len)
        return buf;
    size = strlen(at) < len ? strlen(at) : len - 1;
    memcpy(buf, at, size);
    buf[size] = '\0';
    return buf;
}

void xlmem__line_start(xlmem__line *line, char *buf, size_t len)
{
    *line = (xlmem__line){buf, len, 0};
    if (len)
        buf[0] = '\0';
}

void xlmem__line_add(xlmem__line *line, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (line->used >= line->len)
        return;
    va_start(ap, fmt);
    n = vsnprintf(line->buf + line->used, line->len - line->used, fmt, ap);
    va_end(ap);
    line->used += n > 0 ? (size_t)n : 0;
}

void xlmem__line_name(xlmem__line *line, const char *untrusted_name)
{
    char piece[XLMEM_ESCAPE_MAX + 1];
    size_t len, used;

    for (; *untrusted_name; untrusted_name += used) {
        len = xlmem_escape_char(piece, untrusted_name,
                                XLMEM_ESCAPE_UNPRINTABLE, &used);
        if (len >= xlmem__sub0(line->len, line->used))
            break;
        xlmem__line_add(line, "%.*s", (int)len, piece);
    }
}

void xlmem__line_mib(xlmem__line *line, uint64_t kb)
{
    char text[32];

    xlmem__line_add(line, "%s", xlmem_format_mib(text, sizeof(text), kb));
}
