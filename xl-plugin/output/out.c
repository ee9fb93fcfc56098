/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "output/term.h"
#include "private/advice.h"

out *out_open(out_format format, FILE *file)
{
    out *o = NULL;

    switch (format) {
    case OUT_TABLE:
        o = out__table_new();
        break;
    case OUT_JSON:
        o = out__json_new(file);
        break;
    case OUT_KV:
        o = out__kv_new();
        break;
    }
    if (!o)
        return NULL;
    o->file = file;
    o->width = term_width(file);
    o->utf8 = term_is_utf8();
    return o;
}

int out_close(out *o)
{
    int rc;

    if (!o->rc)
        o->ops->finish(o);
    rc = o->rc;
    if (o->ops->dispose)
        o->ops->dispose(o);
    free(o);
    return rc;
}

void out_fail(out *o, int rc)
{
    if (!o->rc)
        o->rc = rc;
}

void out_in_kb(out *o)
{
    o->in_kb = true;
}

const char *out_unit(const out *o)
{
    return o->in_kb ? "kB" : "MiB";
}

const char *out_size(const out *o, char *buf, size_t len, uint64_t kb)
{
    if (!o->in_kb)
        return xlmem_format_mib(buf, len, kb);
    snprintf(buf, len, "%" PRIu64 " kB", kb);
    return buf;
}

const char *out_bare_mib(char buf[OUT_SIZE_MAX], uint64_t kb)
{
    xlmem_format_mib(buf, OUT_SIZE_MAX, kb);
    buf[strlen(buf) - strlen(" MiB")] = '\0';
    return buf;
}

/* What would follow an error has a gap in it that nobody would see. */
static bool stopped(const out *o)
{
    return o->rc != 0;
}

void out_text(out *o, const char *key, const char *label, const char *text)
{
    const out_field field = {
        .key = key,
        .label = label,
        .kind = OUT_TEXT,
        .known = text != NULL,
        .text = text,
    };

    if (!stopped(o))
        o->ops->field(o, &field);
}

void out_bool(out *o, const char *key, const char *label, bool value)
{
    OUT_NUM(o, key, label, OUT_BOOL, value);
}

void out_num(out *o, const out_field *field)
{
    if (!stopped(o))
        o->ops->field(o, field);
}

void out_object(out *o, const char *key, const char *title)
{
    if (!stopped(o))
        o->ops->begin(o, key, title, false);
}

void out_list(out *o, const char *key, const char *title)
{
    if (!stopped(o))
        o->ops->begin(o, key, title, true);
}

void out_end(out *o)
{
    if (!stopped(o))
        o->ops->end(o);
}

void out_row(out *o)
{
    if (o->ops->row && !stopped(o))
        o->ops->row(o);
}

void out_row_end(out *o)
{
    if (!stopped(o))
        o->ops->row_end(o);
}

void out_item(out *o, const char *text)
{
    if (!stopped(o))
        o->ops->item(o, text);
}

void out_say(out *o, const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    if (!o->ops->say || stopped(o))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    o->ops->say(o, text, false);
}

void out_say_copied(out *o, const char *line)
{
    static const char indent[] = "    ";
    char *text;

    if (!o->ops->say || stopped(o))
        return;
    text = malloc(sizeof(indent) + strlen(line));
    if (!text) {
        o->rc = XLMEM_ERROR_NOMEM;
        return;
    }
    strcpy(text, indent);
    strcat(text, line);
    o->ops->say(o, text, true);
    free(text);
}

void out_draw(out *o, const out_bar *bar)
{
    if (o->ops->bar && !stopped(o))
        o->ops->bar(o, bar);
}

void out_total(out *o, const char *name, uint64_t value)
{
    if (o->ops->total && !stopped(o))
        o->ops->total(o, name, value);
}
