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

#define WIDTH_DEFAULT 79U
#define WIDTH_MIN 40U
#define WIDTH_MAX 160U

/* The longest escape, "\u{10ffff}". */
#define ESCAPE_MAX 10

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

size_t term_char(const char *text, unsigned *code_r)
{
    /* By length: the least code point that needs so many bytes. */
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    unsigned code;
    size_t len, i;

    if (p[0] < 0x80) {
        *code_r = p[0];
        return 1;
    }
    len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc0 || p[0] >= 0xf8)
        return 0;
    code = p[0] & (0x7fU >> len);
    for (i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3fU);
    }
    if (code < least[len] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *code_r = code;
    return len;
}

/* Characters that take no place, or turn the direction of writing. */
static bool is_invisible(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
           (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff0 && code <= 0xfffb) || code >= 0xe0000;
}

static size_t put_escape(char *to, unsigned code)
{
    switch (code) {
    case '\n':
        return (size_t)sprintf(to, "\\n");
    case '\t':
        return (size_t)sprintf(to, "\\t");
    case '\\':
        return (size_t)sprintf(to, "\\\\");
    default:
        return (size_t)sprintf(to, code < 0x80 ? "\\x%02x" : "\\u{%x}", code);
    }
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
    return calloc(strlen(text) + 1, ESCAPE_MAX + 1);
}

char *term_escape(const char *text, bool ascii)
{
    char *buf, *to;

    if (!text[plain_len(text)])
        return strdup(text);
    to = buf = alloc_escaped(text);
    if (!buf)
        return NULL;
    while (*text) {
        unsigned code = 0;
        size_t len = term_char(text, &code);

        if (!len) {
            to += sprintf(to, "\\x%02x", (unsigned char)*text);
            len = 1;
        } else if (code == '\\' || is_invisible(code) ||
                   (ascii && code >= 0x80)) {
            to += put_escape(to, code);
        } else {
            memcpy(to, text, len);
            to += len;
        }
        text += len;
    }
    *to = '\0';
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
        size_t len = term_char(text, &code);

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

size_t term_columns(const char *text)
{
    size_t columns = plain_len(text);

    text += columns;
    while (*text) {
        unsigned code = 0;
        size_t len = term_char(text, &code);
        int width = len ? wcwidth((wchar_t)code) : 1;

        columns += width > 0 ? (size_t)width : 0;
        text += len ? len : 1;
    }
    return columns;
}
