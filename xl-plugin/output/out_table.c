/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The report for people.  Facts gather in a block until something else comes,
 * so that their values stand below each other; lists gather until they end,
 * so that columns can be as narrow as their content.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/bar.h"
#include "output/grid.h"
#include "output/out.h"
#include "output/term.h"
#include "private/all.h"

#define INDENT 2

typedef struct table_out {
    out base;
    unsigned hidden; /* levels inside something that is not for people */
    unsigned indent;
    bool in_list, list_heads;
    bool list_sized; /* there is a column of sizes */
    bool written;    /* something stands above */
    grid facts;      /* label, value */
    grid list;
} table_out;

static table_out *table_of(out *o)
{
    return (table_out *)o;
}

#define PAGE_KB 4

static bool is_size(const out_field *field)
{
    return field->kind == OUT_KB || field->kind == OUT_PAGES;
}

/* kB of a field that is a size; as many as there can be of too many pages. */
static uint64_t field_kb(const out_field *field)
{
    if (field->kind == OUT_KB)
        return field->num;
    return field->num > UINT64_MAX / PAGE_KB ? UINT64_MAX
                                             : field->num * PAGE_KB;
}

static void format_num(const table_out *t, char *buf, size_t len,
                       const out_field *field)
{
    switch (field->kind) {
    case OUT_KB:
    case OUT_PAGES:
        out_size(&t->base, buf, len, field_kb(field));
        break;
    case OUT_ADDR:
        snprintf(buf, len, "%#" PRIx64, field->num);
        break;
    case OUT_BOOL:
        snprintf(buf, len, "%s", field->num ? "yes" : "no");
        break;
    case OUT_TEXT:
    case OUT_COUNT:
        snprintf(buf, len, "%" PRIu64, field->num);
        break;
    }
}

static void put_table_line(table_out *t, const char *text)
{
    grid_wrap(t->base.file, text, t->indent, t->base.width);
    t->written = true;
}

static void flush_facts(table_out *t)
{
    if (!t->facts.nr)
        return;
    grid_print(&t->facts, t->base.file, t->indent, t->base.width);
    t->written = true;
    grid_clear(&t->facts);
}

/* A title that ends with the unit in brackets has the one that is shown. */
static void put_title(table_out *t, const char *title)
{
    static const char unit[] = " (" OUT_UNIT ")";
    size_t len = strlen(title);
    char shown[96];

    flush_facts(t);
    if (!len)
        return;
    if (t->written)
        putc('\n', t->base.file);
    if (len > strlen(unit) && !strcmp(title + len - strlen(unit), unit))
        snprintf(shown, sizeof(shown), "%.*s (%s)", (int)(len - strlen(unit)),
                 title, out_unit(&t->base));
    else
        snprintf(shown, sizeof(shown), "%s", title);
    grid_wrap(t->base.file, shown, t->indent, t->base.width);
    t->written = true;
}

/* @text as it may stand on this screen, added as a cell. */
static void add_cell(table_out *t, grid *g, const char *text, bool right)
{
    char *safe = term_escape(text, !t->base.utf8);

    if (!safe || !grid_add(g, safe, right)) {
        free(safe);
        t->base.rc = XLMEM_ERROR_NOMEM;
    }
}

static void add_fact(table_out *t, const char *label, const char *value)
{
    char head[64];

    if (!*label) {
        char *safe = term_escape(value, !t->base.utf8);

        flush_facts(t);
        if (safe)
            put_table_line(t, safe);
        else
            t->base.rc = XLMEM_ERROR_NOMEM;
        free(safe);
        return;
    }
    snprintf(head, sizeof(head), "%s:", label);
    grid_row(&t->facts);
    add_cell(t, &t->facts, head, false);
    add_cell(t, &t->facts, value, false);
}

/* The number of a size, without its unit. */
static const char *bare_size(const table_out *t, char *buf, size_t len,
                             uint64_t kb)
{
    out_size(&t->base, buf, len, kb);
    buf[strcspn(buf, " ")] = '\0';
    return buf;
}

/* A column that is named by its unit alone has the unit that is shown. */
static const char *head_of(const table_out *t, const out_field *field)
{
    if (is_size(field) && !strcmp(field->label, OUT_UNIT))
        return out_unit(&t->base);
    return field->label;
}

/* In a list sizes are bare numbers below a head, or a title, that names their
 * unit. */
static void add_list_cell(table_out *t, const out_field *field,
                          const char *value)
{
    bool right = field->kind != OUT_TEXT && field->kind != OUT_BOOL;
    char bare[OUT_SIZE_MAX];

    if (t->list_heads)
        grid_head(&t->list, head_of(t, field), right);
    t->list_sized = t->list_sized || is_size(field);
    if (field->known && is_size(field))
        value = bare_size(t, bare, sizeof(bare), field_kb(field));
    if (!field->known)
        value = field->absent ? field->absent : "-";
    add_cell(t, &t->list, value, right);
}

static void table_field(out *o, const out_field *field)
{
    table_out *t = table_of(o);
    const char *value = field->text;
    char buf[80];

    if (t->hidden || !field->label)
        return;
    if (!field->known) {
        value = field->absent ? field->absent : "unknown";
    } else if (field->kind != OUT_TEXT) {
        format_num(t, buf, sizeof(buf), field);
        value = buf;
    }
    if (t->in_list)
        add_list_cell(t, field, value);
    else
        add_fact(t, field->label, value);
}

static void table_begin(out *o, const char *key, const char *title, bool list)
{
    table_out *t = table_of(o);

    (void)key;
    if (t->hidden || !title) {
        t->hidden++;
        return;
    }
    flush_facts(t);
    if (list) {
        t->in_list = t->list_heads = true;
        t->list_sized = false;
        grid_set_title(&t->list, title);
    } else {
        put_title(t, title);
    }
    t->indent += INDENT;
}

static void table_end(out *o)
{
    table_out *t = table_of(o);

    if (t->hidden) {
        t->hidden--;
        return;
    }
    if (t->in_list && t->list.nr) {
        t->indent -= INDENT;
        put_title(t, t->list.title);
        t->indent += INDENT;
        grid_print(&t->list, o->file, t->indent, o->width);
    }
    flush_facts(t);
    grid_clear(&t->list);
    t->in_list = false;
    t->indent -= INDENT;
}

static void table_row(out *o)
{
    table_out *t = table_of(o);

    if (!t->hidden)
        grid_row(&t->list);
}

static void table_row_end(out *o)
{
    table_of(o)->list_heads = false;
}

static void table_item(out *o, const char *text)
{
    table_out *t = table_of(o);

    if (t->hidden)
        return;
    t->list_heads = false;
    grid_row(&t->list);
    add_cell(t, &t->list, "-", false);
    add_cell(t, &t->list, text, false);
}

static void table_total(out *o, const char *name, uint64_t value)
{
    table_out *t = table_of(o);
    char text[OUT_SIZE_MAX];

    if (t->hidden)
        return;
    if (t->list_sized)
        bare_size(t, text, sizeof(text), value);
    else
        snprintf(text, sizeof(text), "%" PRIu64, value);
    grid_total(&t->list);
    add_cell(t, &t->list, name, false);
    add_cell(t, &t->list, text, true);
}

static void table_say(out *o, const char *text, bool whole)
{
    table_out *t = table_of(o);
    char *safe;

    if (t->hidden)
        return;
    flush_facts(t);
    safe = whole ? term_copied(text, !o->utf8) : term_escape(text, !o->utf8);
    if (!safe)
        o->rc = XLMEM_ERROR_NOMEM;
    else if (whole)
        fprintf(t->base.file, "%*s%s\n", (int)t->indent, "", safe);
    else
        put_table_line(t, safe);
    free(safe);
}

static void table_bar(out *o, const out_bar *bar)
{
    table_out *t = table_of(o);

    if (t->hidden)
        return;
    put_title(t, bar->title);
    bar_print(bar, o);
}

static void table_finish(out *o)
{
    flush_facts(table_of(o));
    if (ferror(o->file) && !o->rc)
        o->rc = XLMEM_ERROR_IO;
}

static void table_dispose(out *o)
{
    table_out *t = table_of(o);

    grid_clear(&t->facts);
    grid_clear(&t->list);
}

static const out_ops table_ops = {
    .field = table_field,
    .begin = table_begin,
    .end = table_end,
    .row = table_row,
    .row_end = table_row_end,
    .item = table_item,
    .finish = table_finish,
    .total = table_total,
    .say = table_say,
    .bar = table_bar,
    .dispose = table_dispose,
};

out *out__table_new(void)
{
    table_out *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->base.ops = &table_ops;
    return &t->base;
}
