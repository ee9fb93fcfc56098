/* SPDX-License-Identifier: LGPL-2.1-only */
/* The report as one JSON object.  Unknown facts are null. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/out.h"
#include "output/term.h"
#include "private/all.h"
#include "private/printable.h"
#include "private/yajl_memory.h"

#define DEPTH_MAX 8

typedef struct json_out {
    out base;
    xlmem_yajl_memory memory;
    yajl_gen gen;
    unsigned depth;
    bool list[DEPTH_MAX];
} json_out;

static json_out *json_of(out *o)
{
    return (json_out *)o;
}

static void check_json(out *o, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok && !o->rc)
        o->rc = XLMEM_ERROR_IO;
}

static void put_string(out *o, const char *text)
{
    char *utf8 = term_utf8(text);

    if (!utf8) {
        o->rc = XLMEM_ERROR_NOMEM;
        return;
    }
    check_json(o, yajl_gen_string(json_of(o)->gen, (const unsigned char *)utf8,
                                  strlen(utf8)));
    free(utf8);
}

/* yajl's own integers are signed; the text of a number has no such limit. */
static void put_u64(out *o, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    check_json(o, yajl_gen_number(json_of(o)->gen, text, strlen(text)));
}

static void json_field(out *o, const out_field *field)
{
    yajl_gen gen = json_of(o)->gen;

    if (!field->key)
        return;
    put_string(o, field->key);
    if (!field->known)
        check_json(o, yajl_gen_null(gen));
    else if (field->kind == OUT_TEXT)
        put_string(o, field->text);
    else if (field->kind == OUT_BOOL)
        check_json(o, yajl_gen_bool(gen, field->num != 0));
    else
        put_u64(o, field->num);
}

static void json_begin(out *o, const char *key, const char *title, bool list)
{
    json_out *j = json_of(o);

    (void)title;
    if (j->depth == DEPTH_MAX) {
        o->rc = XLMEM_ERROR_INVAL;
        return;
    }
    put_string(o, key);
    check_json(o,
               list ? yajl_gen_array_open(j->gen) : yajl_gen_map_open(j->gen));
    j->list[j->depth++] = list;
}

static void json_end(out *o)
{
    json_out *j = json_of(o);
    bool list = j->list[--j->depth];

    check_json(o, list ? yajl_gen_array_close(j->gen)
                       : yajl_gen_map_close(j->gen));
}

static void json_row(out *o)
{
    check_json(o, yajl_gen_map_open(json_of(o)->gen));
}

static void json_row_end(out *o)
{
    check_json(o, yajl_gen_map_close(json_of(o)->gen));
}

static void json_item(out *o, const char *text)
{
    put_string(o, text);
}

static void json_finish(out *o)
{
    check_json(o, yajl_gen_map_close(json_of(o)->gen));
}

static void json_dispose(out *o)
{
    xlmem_yajl_memory_free(&json_of(o)->memory);
}

static const out_ops json_ops = {
    .field = json_field,
    .begin = json_begin,
    .end = json_end,
    .row = json_row,
    .row_end = json_row_end,
    .item = json_item,
    .finish = json_finish,
    .dispose = json_dispose,
};

/* As JSON has a character that it need not escape, in halves of UTF-16. */
static int print_escaped(FILE *file, unsigned code)
{
    if (code < 0x10000)
        return fprintf(file, "\\u%04x", code);
    code -= 0x10000;
    return fprintf(file, "\\u%04x\\u%04x", 0xd800 + (code >> 10),
                   0xdc00 + (code & 0x3ff));
}

/* How much of a text a terminal may have as it is: yajl has escaped control
 * characters of ASCII, and no others. */
static size_t shown_len(const char *text, size_t len, unsigned *code_r)
{
    size_t at = 0, n;

    while (at < len) {
        n = xlmem_utf8_char(text + at, code_r);
        if (n && *code_r >= 0x7f && xlmem_is_invisible(*code_r))
            break;
        at += n ? n : 1;
    }
    return at;
}

/* Non-ASCII is in strings only, which put_string has made UTF-8, and yajl cuts
 * them at ASCII. */
static void print(void *user, const char *text, size_t len)
{
    out *o = user;
    unsigned code = 0;
    size_t at;

    while (len && !o->rc) {
        at = shown_len(text, len, &code);
        if (fwrite(text, 1, at, o->file) != at ||
            (at < len && print_escaped(o->file, code) < 0))
            o->rc = XLMEM_ERROR_IO;
        if (at < len)
            at += xlmem_utf8_char(text + at, &code);
        text += at;
        len -= at;
    }
}

out *out__json_new(FILE *file)
{
    json_out *j = calloc(1, sizeof(*j));

    if (!j)
        return NULL;
    j->gen = xlmem_yajl_gen(&j->memory, print, &j->base);
    if (!j->gen) {
        xlmem_yajl_memory_free(&j->memory);
        free(j);
        return NULL;
    }
    j->base.ops = &json_ops;
    j->base.file = file;
    yajl_gen_config(j->gen, yajl_gen_beautify, 1);
    yajl_gen_config(j->gen, yajl_gen_indent_string, "  ");
    check_json(&j->base, yajl_gen_map_open(j->gen));
    return &j->base;
}
