/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * An edit is planned on the values that a shell would have, carried over to
 * the bytes they were made of, and proven by reading the result: both values
 * have to be what was planned, and every byte outside them what it was, or
 * nothing is written.
 */
#include "boot/inline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/odd.h"
#include "codec/edit.h"

#define LINE "GRUB_CMDLINE_XEN_DEFAULT="
#define PUT_MAX (XLMEM__BOOT_WORD_MAX + 8)

/* Ways to put a word at the end of a value. */
typedef enum put_way {
    PUT_INSIDE, /* of the quotes that end it */
    PUT_BEHIND, /* of all of it, as it is */
    PUT_QUOTED, /* the same in quotes of its own */
    NR_PUT_WAYS,
} put_way;

typedef struct inline_edit {
    xlmem__str text;
    xlmem__grub_values values;
    xlmem__boot_part parts[2];
    char *want[2];     /* the values as they are to be */
    const char *stuck; /* the value that a word cannot be replaced in */
    char put[PUT_MAX];
} inline_edit;

void boot_edit_dispose(boot_edit *edit)
{
    free(edit->text);
    free(edit->old);
    memset(edit, 0, sizeof(*edit));
}

char *boot_join_words(const xlmem__boot_part *parts, size_t nr)
{
    size_t i, n, len = 1;
    char *text;

    for (i = 0; i < nr; i++)
        for (n = 0; n < parts[i].nr_old; n++)
            len += parts[i].old[n].len + 1;
    text = calloc(len, 1);
    for (i = 0; text && i < nr; i++)
        for (n = 0; n < parts[i].nr_old; n++) {
            strcat(text, *text ? " " : "");
            strncat(text, parts[i].old[n].p, parts[i].old[n].len);
        }
    return text;
}

static const xlmem__grub_value *inline_value(const inline_edit *e, size_t i)
{
    return i ? &e->values.default_ : &e->values.always;
}

static int refuse_edit(boot_edit *edit, size_t line, const char *why)
{
    return xlmem__complain(&edit->where, line, XLMEM_ERROR_PARSE, why,
                           (xlmem__str){"", 0});
}

static size_t line_at(xlmem__str text, const char *p)
{
    const char *at;
    size_t line = 1;

    for (at = text.p; at < p; at++)
        line += *at == '\n';
    return line;
}

/* ------------------------------------------------- one change of bytes --- */

/* A quote that is opened or closed in @old alone, and whose other end stands
 * beside it. */
static void take_its_quote(xlmem__str *old, xlmem__str written)
{
    static const char quotes[] = "\"'";
    const char *end = old->p + old->len;
    size_t i, nr, at;

    for (i = 0; quotes[i]; i++) {
        for (at = nr = 0; at < old->len; at++)
            nr += old->p[at] == quotes[i];
        if (nr % 2 == 0)
            continue;
        if (end < written.p + written.len && *end == quotes[i]) {
            old->len++;
        } else if (old->p > written.p && old->p[-1] == quotes[i]) {
            old->p--;
            old->len++;
        }
    }
}

/* The assignment, of either variable, whose text has the byte; NULL: none
 * that was kept. */
static const xlmem__str *assignment_of(const xlmem__grub_values *values,
                                       const char *p)
{
    size_t i;

    for (i = 0; p && i < values->nr; i++) {
        const xlmem__str *written = &values->assigned[i].written;

        if (p >= written->p && p < written->p + written->len)
            return written;
    }
    return NULL;
}

/*
 * What stands in the file for bytes of a value, from the first to the last
 * with the quotes that are between them.  A word that several assignments make
 * has other lines of the file between its bytes: false.
 */
static bool find_source(const inline_edit *e, const xlmem__grub_value *value,
                        const xlmem__boot_change *change, xlmem__str *old_r)
{
    const char *const *from = value->from + change->at;
    const xlmem__str *written = assignment_of(&e->values, from[0]);
    const char *last = from[change->len ? change->len - 1 : 0];
    size_t i;

    if (!written || assignment_of(&e->values, last) != written)
        return false;
    for (i = 1; i < change->len; i++)
        if (from[i] <= from[i - 1])
            return false;
    *old_r =
        (xlmem__str){from[0], change->len ? (size_t)(last + 1 - from[0]) : 0};
    take_its_quote(old_r, *written);
    return true;
}

static xlmem__str text_of(const char *text)
{
    return (xlmem__str){text, strlen(text)};
}

/* Behind the last byte of the last assignment. */
static int put_at_end(inline_edit *e, const xlmem__grub_value *value,
                      const xlmem__boot_change *change, put_way way,
                      xlmem__edit *edit)
{
    xlmem__str at = {value->written.p + value->written.len, 0};
    char last = value->written.len ? at.p[-1] : '\0';

    if (way == PUT_INSIDE && (last == '"' || last == '\''))
        at.p--;
    else if (way == PUT_INSIDE)
        return XLMEM_ERROR_PARSE;
    snprintf(e->put, sizeof(e->put), way == PUT_QUOTED ? "\"%s\"" : "%s",
             change->put);
    return xlmem__edit_replace(edit, at, text_of(e->put));
}

/* A variable that is nowhere, or nowhere with a value. */
static int put_shell_line(inline_edit *e, const xlmem__boot_change *change,
                          xlmem__edit *edit)
{
    snprintf(e->put, sizeof(e->put), LINE "\"%s\"", change->put);
    return xlmem__edit_append(edit, text_of(e->put));
}

static int edit_change(inline_edit *e, size_t i,
                       const xlmem__boot_change *change, put_way way,
                       xlmem__edit *edit)
{
    const xlmem__grub_value *value = inline_value(e, i);
    xlmem__str old;

    if (!value->p)
        return i ? put_shell_line(e, change, edit) : XLMEM_ERROR_PARSE;
    if (change->at == value->len)
        return put_at_end(e, value, change, way, edit);
    if (!find_source(e, value, change, &old)) {
        e->stuck = value->written.p;
        return XLMEM_ERROR_PARSE;
    }
    return xlmem__edit_replace(edit, old, text_of(change->put));
}

/* --------------------------------------------------------- all of them --- */

static bool is_value(const xlmem__grub_value *value, const char *want)
{
    return value->len == strlen(want) &&
           (!value->len || !memcmp(value->p, want, value->len));
}

/* Whether all that is not a value of ours is there as it was, byte for byte;
 * behind it, a line of ours at most. */
static bool is_rest_kept(const inline_edit *e, xlmem__str text,
                         const xlmem__grub_values *values)
{
    const char *before = e->text.p, *after = text.p;
    size_t i, len;

    if (values->nr < e->values.nr)
        return false;
    for (i = 0; i < e->values.nr; i++) {
        const xlmem__str *was = &e->values.assigned[i].written;
        const xlmem__str *is = &values->assigned[i].written;

        len = (size_t)(was->p - before);
        if (len != (size_t)(is->p - after) || memcmp(before, after, len))
            return false;
        before = was->p + was->len;
        after = is->p + is->len;
    }
    len = (size_t)(e->text.p + e->text.len - before);
    return len <= (size_t)(text.p + text.len - after) &&
           (!len || !memcmp(before, after, len));
}

/* Whether a shell would read it as it was planned, and all else as before. */
static bool is_as_planned(const inline_edit *e, const char *text, size_t len)
{
    xlmem__grub_values values;
    xlmem__where where;
    bool ok;

    if (xlmem__grub_values_of((xlmem__str){text, len}, &values, &where))
        return false;
    ok = is_value(&values.always, e->want[0]) &&
         is_value(&values.default_, e->want[1]) &&
         is_rest_kept(e, (xlmem__str){text, len}, &values);
    xlmem__grub_values_dispose(&values);
    return ok;
}

static int try_way(inline_edit *e, put_way way, boot_edit *edit_r)
{
    xlmem__edit edit = xlmem__edit_of(e->text);
    size_t i, n;
    int rc = 0;

    for (i = 0; i < 2; i++)
        for (n = 0; n < e->parts[i].nr && !rc; n++)
            rc = edit_change(e, i, &e->parts[i].changes[n], way, &edit);
    if (rc)
        return XLMEM_ERROR_PARSE;
    rc = xlmem__edit_render(&edit, &edit_r->text, &edit_r->len);
    if (rc || is_as_planned(e, edit_r->text, edit_r->len))
        return rc;
    free(edit_r->text);
    edit_r->text = NULL;
    return XLMEM_ERROR_PARSE;
}

static int edit_bytes(inline_edit *e, boot_edit *edit)
{
    const char *at;
    size_t i;
    int way, rc = XLMEM_ERROR_PARSE;

    for (way = 0; way < NR_PUT_WAYS && rc == XLMEM_ERROR_PARSE; way++)
        rc = try_way(e, (put_way)way, edit);
    if (rc != XLMEM_ERROR_PARSE)
        return rc;
    at = e->stuck;
    for (i = 0; i < 2 && !e->stuck; i++)
        if (e->parts[i].nr && inline_value(e, i)->p)
            at = inline_value(e, i)->written.p;
    return refuse_edit(edit, at ? line_at(e->text, at) : 0,
                       "no change of single words makes this line right");
}

static bool has_quoted_size(xlmem__str value)
{
    char bare[XLMEM__BOOT_WORD_MAX];
    size_t at = 0, i, len;
    xlmem__str word;

    while (xlmem__next_boot_word(value, XLMEM__GRUB_BLANKS, &at, &word) &&
           !xlmem__str_is(word, "--")) {
        for (i = len = 0; i < word.len && len < sizeof(bare); i++)
            if (!word.p[i] || !strchr("\"'\\", word.p[i]))
                bare[len++] = word.p[i];
        if (i != len && xlmem__is_dom0_mem((xlmem__str){bare, len}))
            return true;
    }
    return false;
}

const char *boot_why_bad_value(const xlmem__grub_value *value)
{
    const xlmem__str text = {value->p, value->len};

    if (!text.len)
        return NULL;
    if (has_quoted_size(text))
        return "dom0_mem= has a quote or a backslash that GRUB would take "
               "away";
    return boot_odd_value(text);
}

static int plan_values(inline_edit *e, const char *word, boot_edit *edit)
{
    size_t i;

    for (i = 0; i < 2; i++) {
        const xlmem__grub_value *value = inline_value(e, i);
        const char *why = boot_why_bad_value(value);

        if (why)
            return refuse_edit(edit, line_at(e->text, value->from[0]), why);
        e->parts[i].text = (xlmem__str){value->p ? value->p : "", value->len};
    }
    if (!xlmem__plan_boot_line(e->parts, 2, XLMEM__GRUB_BLANKS, word))
        return refuse_edit(edit, 0, "more dom0_mem= than can be replaced");
    for (i = 0; i < 2; i++) {
        e->want[i] = xlmem__render_boot_part(&e->parts[i]);
        if (!e->want[i])
            return XLMEM_ERROR_NOMEM;
    }
    edit->old = boot_join_words(e->parts, 2);
    return edit->old ? 0 : XLMEM_ERROR_NOMEM;
}

int boot_edit_inline(xlmem__str text, const char *word, boot_edit *edit_r)
{
    inline_edit e = {.text = text};
    boot_edit edit = {.text = NULL};
    const char *odd_at, *odd = boot_find_odd(text, &odd_at);
    int rc;

    if (odd)
        rc = refuse_edit(&edit, line_at(text, odd_at), odd);
    else
        rc = xlmem__grub_values_of(text, &e.values, &edit.where);
    if (!rc) {
        rc = plan_values(&e, word, &edit);
        if (!rc)
            rc = edit_bytes(&e, &edit);
        xlmem__grub_values_dispose(&e.values);
    }
    free(e.want[0]);
    free(e.want[1]);
    if (rc) {
        xlmem__where where = edit.where;

        boot_edit_dispose(&edit);
        edit.where = where;
    }
    *edit_r = edit;
    return rc;
}
