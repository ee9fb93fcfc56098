/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "output/term.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "private/printable.h"

#define WIDTH_DEFAULT 79U
#define WIDTH_MIN 40U
#define WIDTH_MAX 160U

static unsigned env_columns(void)
{
    const char *text = getenv("COLUMNS");
    unsigned value = 0;

    if (!text || !*text || strlen(text) > 4)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        value = value * 10 + (unsigned)(*text - '0');
    }
    return value;
}

unsigned term_width(FILE *file)
{
    unsigned width = env_columns();
    struct winsize size;

    if (!width && isatty(fileno(file)) &&
        !ioctl(fileno(file), TIOCGWINSZ, &size))
        width = size.ws_col;
    if (!width)
        return WIDTH_DEFAULT;
    if (width < WIDTH_MIN)
        return WIDTH_MIN;
    return width > WIDTH_MAX ? WIDTH_MAX : width;
}

bool term_is_utf8(void)
{
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* How many bytes from here on are characters of ASCII that take one place and
 * stand for themselves: of most texts all. */
static size_t plain_len(const char *text)
{
    size_t len = 0;

    while (text[len] >= 0x20 && text[len] < 0x7f && text[len] != '\\')
        len++;
    return len;
}

/* Room for @text when every byte of it is escaped. */
static char *alloc_escaped(const char *text)
{
    return calloc(strlen(text) + 1, XLMEM_ESCAPE_MAX + 1);
}

char *term_escape(const char *text, bool ascii)
{
    char *buf;

    if (!text[plain_len(text)])
        return strdup(text);
    buf = alloc_escaped(text);
    return buf ? xlmem_escape(
                     buf, strlen(text) * (XLMEM_ESCAPE_MAX + 1) + 1, text,
                     ascii ? XLMEM_ESCAPE_NON_ASCII : XLMEM_ESCAPE_BACKSLASH)
               : NULL;
}

char *term_copied(const char *text, bool ascii)
{
    const xlmem_escaping how =
        ascii ? XLMEM_ESCAPE_NON_ASCII : XLMEM_ESCAPE_UNPRINTABLE;
    char *buf = alloc_escaped(text), *to = buf;
    size_t used;

    for (; buf && *text; text += used) {
        used = 1;
        if (*text == '\t' || *text == '\\')
            *to++ = *text == '\t' ? ' ' : '\\';
        else
            to += xlmem_escape_char(to, text, how, &used);
    }
    return buf;
}

char *term_utf8(const char *text)
{
    char *buf, *to;

    if (!text[plain_len(text)])
        return strdup(text);
    to = buf = alloc_escaped(text);
    if (!buf)
        return NULL;
    while (*text) {
        unsigned code;
        size_t len = xlmem_utf8_char(text, &code);

        if (len) {
            memcpy(to, text, len);
            to += len;
        } else {
            to += sprintf(to, "\\x%02x", (unsigned char)*text);
            len = 1;
        }
        text += len;
    }
    *to = '\0';
    return buf;
}

/* The next character of a text: how many bytes it has, and columns. */
static size_t char_of(const char *text, size_t *columns_r)
{
    unsigned code = 0;
    size_t len = xlmem_utf8_char(text, &code);
    int width = len ? wcwidth((wchar_t)code) : 1;

    *columns_r = width > 0 ? (size_t)width : 0;
    return len ? len : 1;
}

size_t term_columns(const char *text)
{
    size_t columns = plain_len(text), width;

    text += columns;
    while (*text) {
        text += char_of(text, &width);
        columns += width;
    }
    return columns;
}

size_t term_cut(const char *text, size_t columns)
{
    size_t len = 0, width, more;

    while (text[len]) {
        more = char_of(text + len, &width);
        if (width > columns)
            break;
        columns -= width;
        len += more;
    }
    return len;
}
