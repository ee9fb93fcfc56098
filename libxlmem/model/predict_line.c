/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/predict_line.h"

#include <string.h>

#define BLANKS " \t\n"
#define OPTION "dom0_mem="

static bool is_dom0_mem(xlmem__str word)
{
    return word.len >= strlen(OPTION) &&
           !memcmp(word.p, OPTION, strlen(OPTION));
}

/* The next word of a line; false at its end, or where Xen stops reading. */
static bool next_word(const char **at, xlmem__str *word_r)
{
    word_r->p = *at + strspn(*at, BLANKS);
    word_r->len = strcspn(word_r->p, BLANKS);
    *at = word_r->p + word_r->len;
    return word_r->len && !(word_r->len == 2 && !memcmp(word_r->p, "--", 2));
}

/* Whether the line is dom0_mem= options and nothing else. */
static bool alone(const char *args)
{
    xlmem__str word;

    while (next_word(&args, &word))
        if (!is_dom0_mem(word))
            return false;
    return true;
}

/* Whether it is a value without the option's name. */
static bool bare(const char *args)
{
    return !strpbrk(args, BLANKS "=") &&
           (strchr("-0123456789", *args) || !strncmp(args, "min:", 4) ||
            !strncmp(args, "max:", 4));
}

static int append(char *line, size_t *len, xlmem__str text)
{
    if (text.len >= XLMEM__LINE_MAX - *len)
        return XLMEM_ERROR_RANGE;
    memcpy(line + *len, text.p, text.len);
    *len += text.len;
    line[*len] = '\0';
    return 0;
}

static int append_word(char *line, size_t *len, xlmem__str word)
{
    int rc = *len ? append(line, len, (xlmem__str){" ", 1}) : 0;

    return rc ? rc : append(line, len, word);
}

/* The line without its dom0_mem= options. */
static int append_others(char *line, size_t *len, const char *from)
{
    xlmem__str word;
    int rc = 0;

    while (!rc && next_word(&from, &word))
        if (!is_dom0_mem(word))
            rc = append_word(line, len, word);
    return rc;
}

int xlmem__predict_line(const xlmem_host *host, const char *args,
                        char line_r[XLMEM__LINE_MAX])
{
    xlmem__str text;
    size_t len = 0;
    int rc = 0;

    args += strspn(args, BLANKS);
    text = (xlmem__str){args, strlen(args)};
    line_r[0] = '\0';
    if (host->xen_cmdline && (alone(args) || bare(args)))
        rc = append_others(line_r, &len, host->xen_cmdline);
    if (!rc && text.len && bare(args)) {
        rc = append_word(line_r, &len, (xlmem__str){OPTION, strlen(OPTION)});
        return rc ? rc : append(line_r, &len, text);
    }
    return rc || !text.len ? rc : append_word(line_r, &len, text);
}
