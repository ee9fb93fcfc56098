/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/edit.h"

#include <stdlib.h>
#include <string.h>

xlmem__edit xlmem__edit_of(xlmem__str text)
{
    return (xlmem__edit){.text = text.p ? text : (xlmem__str){"", 0}};
}

static const char *end_of_text(xlmem__str s)
{
    return s.p + s.len;
}

/* The place among the others; false where they would meet. */
static bool find_place(const xlmem__edit *edit, xlmem__str old, size_t *at_r)
{
    size_t i = 0;

    while (i < edit->nr && end_of_text(edit->parts[i].old) <= old.p)
        i++;
    *at_r = i;
    return i == edit->nr || end_of_text(old) <= edit->parts[i].old.p;
}

static int put_in(xlmem__edit *edit, struct xlmem__edit_part part)
{
    size_t at;

    if (part.old.p < edit->text.p ||
        end_of_text(part.old) > end_of_text(edit->text) ||
        !find_place(edit, part.old, &at))
        return XLMEM_ERROR_INVAL;
    if (edit->nr == XLMEM__EDITS_MAX)
        return XLMEM_ERROR_RANGE;
    memmove(&edit->parts[at + 1], &edit->parts[at],
            (edit->nr - at) * sizeof(part));
    edit->parts[at] = part;
    edit->nr++;
    return 0;
}

int xlmem__edit_replace(xlmem__edit *edit, xlmem__str old, xlmem__str put)
{
    return put_in(edit, (struct xlmem__edit_part){.old = old, .put = put});
}

int xlmem__edit_append(xlmem__edit *edit, xlmem__str line)
{
    return put_in(edit, (struct xlmem__edit_part){
                            .old = {end_of_text(edit->text), 0},
                            .put = line,
                            .line = true,
                        });
}

/* ----------------------------------------------------------- rendering --- */

/* What is rendered; without a buffer it is only measured. */
typedef struct rendering {
    char *buf;
    size_t len;
    char last; /* character so far; '\0': none */
} rendering;

static void render_text(rendering *to, xlmem__str s)
{
    if (!s.len)
        return;
    if (to->buf)
        memcpy(to->buf + to->len, s.p, s.len);
    to->len += s.len;
    to->last = s.p[s.len - 1];
}

static xlmem__str line_end(xlmem__str text)
{
    const char *lf = text.len ? memchr(text.p, '\n', text.len) : NULL;

    return lf && lf > text.p && lf[-1] == '\r' ? (xlmem__str){"\r\n", 2}
                                               : (xlmem__str){"\n", 1};
}

static void render(const xlmem__edit *edit, rendering *to)
{
    const xlmem__str end = line_end(edit->text);
    const char *at = edit->text.p;
    size_t i;

    for (i = 0; i < edit->nr; i++) {
        const struct xlmem__edit_part *part = &edit->parts[i];

        render_text(to, (xlmem__str){at, (size_t)(part->old.p - at)});
        if (part->line && to->len && to->last != '\n')
            render_text(to, end);
        render_text(to, part->put);
        if (part->line)
            render_text(to, end);
        at = end_of_text(part->old);
    }
    render_text(to, (xlmem__str){at, (size_t)(end_of_text(edit->text) - at)});
}

int xlmem__edit_render(const xlmem__edit *edit, char **buf_r, size_t *len_r)
{
    rendering to = {.buf = NULL};

    render(edit, &to);
    to.buf = malloc(to.len + 1);
    if (!to.buf)
        return XLMEM_ERROR_NOMEM;
    to.len = 0;
    to.last = '\0';
    render(edit, &to);
    to.buf[to.len] = '\0';
    *buf_r = to.buf;
    *len_r = to.len;
    return 0;
}
