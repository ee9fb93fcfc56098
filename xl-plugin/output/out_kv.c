/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The report as key=value lines, one fact a line: "terms.0.kb=32768".  What
 * is inside an object or a list has its path before the key.  Unknown facts
 * are left out; text is escaped, so that a line is always a line.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/out.h"
#include "output/term.h"
#include "private/all.h"

#define DEPTH_MAX 8

typedef struct kv_out {
    out base;
    unsigned depth;
    struct {
        const char *key;
        bool list;
        size_t nr; /* rows or items so far */
    } level[DEPTH_MAX];
} kv_out;

static kv_out *kv_of(out *o)
{
    return (kv_out *)o;
}

static void put_kv_path(out *o, const char *key)
{
    const kv_out *kv = kv_of(o);
    unsigned i;

    for (i = 0; i < kv->depth; i++) {
        fprintf(o->file, "%s.", kv->level[i].key);
        if (kv->level[i].list)
            fprintf(o->file, "%zu%s", kv->level[i].nr,
                    key || i + 1 < kv->depth ? "." : "");
    }
    fprintf(o->file, "%s=", key ? key : "");
}

static void put_kv_text(out *o, const char *text)
{
    char *line = term_escape(text, !o->utf8);

    if (!line) {
        o->rc = XLMEM_ERROR_NOMEM;
        return;
    }
    fprintf(o->file, "%s\n", line);
    free(line);
}

static void kv_field(out *o, const out_field *field)
{
    if (!field->known || !field->key)
        return;
    put_kv_path(o, field->key);
    if (field->kind == OUT_TEXT)
        put_kv_text(o, field->text);
    else if (field->kind == OUT_BOOL)
        fprintf(o->file, "%s\n", field->num ? "true" : "false");
    else
        fprintf(o->file, "%" PRIu64 "\n", field->num);
}

static void kv_begin(out *o, const char *key, const char *title, bool list)
{
    kv_out *kv = kv_of(o);

    (void)title;
    if (kv->depth == DEPTH_MAX) {
        o->rc = XLMEM_ERROR_INVAL;
        return;
    }
    kv->level[kv->depth].key = key;
    kv->level[kv->depth].list = list;
    kv->level[kv->depth].nr = 0;
    kv->depth++;
}

static void kv_end(out *o)
{
    kv_of(o)->depth--;
}

static void kv_row_end(out *o)
{
    kv_out *kv = kv_of(o);

    kv->level[kv->depth - 1].nr++;
}

static void kv_item(out *o, const char *text)
{
    put_kv_path(o, NULL);
    put_kv_text(o, text);
    kv_row_end(o);
}

static void kv_finish(out *o)
{
    if (ferror(o->file) && !o->rc)
        o->rc = XLMEM_ERROR_IO;
}

static const out_ops kv_ops = {
    .field = kv_field,
    .begin = kv_begin,
    .end = kv_end,
    .row_end = kv_row_end,
    .item = kv_item,
    .finish = kv_finish,
};

out *out__kv_new(void)
{
    kv_out *kv = calloc(1, sizeof(*kv));

    if (!kv)
        return NULL;
    kv->base.ops = &kv_ops;
    return &kv->base;
}
