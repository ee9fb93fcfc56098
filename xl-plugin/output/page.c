/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "output/page.h"

#include "private/printable.h"

static void put_entity(FILE *file, char c)
{
    switch (c) {
    case '<':
        fputs("&lt;", file);
        break;
    case '>':
        fputs("&gt;", file);
        break;
    case '&':
        fputs("&amp;", file);
        break;
    case '"':
        fputs("&quot;", file);
        break;
    case '\'':
        fputs("&#39;", file);
        break;
    default:
        putc(c, file);
    }
}

/* Control characters, and what turns the direction of writing, are as harmful
 * on a page as on a screen. */
void page_text(FILE *file, const char *text)
{
    char safe[XLMEM_ESCAPE_MAX + 1];
    size_t used, len, i;

    for (; *text; text += used) {
        len = xlmem_escape_char(safe, text, XLMEM_ESCAPE_BACKSLASH, &used);
        for (i = 0; i < len; i++)
            put_entity(file, safe[i]);
    }
}

void page_element(FILE *file, const char *tag, const char *class,
                  const char *text)
{
    if (class)
        fprintf(file, "<%s class=\"%s\">", tag, class);
    else
        fprintf(file, "<%s>", tag);
    page_text(file, text);
    fprintf(file, "</%s>\n", tag);
}

void page_begin(FILE *file, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"viewport\" "
          "content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta name=\"generator\" "
          "content=\"xl-memguard " PACKAGE_VERSION "\">\n",
          file);
    page_element(file, "title", NULL, title);
    fprintf(file, "<style>\n%s</style>\n</head>\n<body>\n<main>\n",
            page_style);
}

void page_end(FILE *file)
{
    fputs("</main>\n</body>\n</html>\n", file);
}

void page_section(FILE *file, const char *class, const char *head)
{
    fprintf(file, "<section class=\"%s\">\n", class);
    page_element(file, "h2", NULL, head);
}

void page_section_end(FILE *file)
{
    fputs("</section>\n", file);
}

void page_fact(FILE *file, const char *what, const char *value)
{
    fputs("<tr>", file);
    page_element(file, "th", NULL, what);
    page_element(file, "td", NULL, value);
    fputs("</tr>\n", file);
}
