/* SPDX-License-Identifier: LGPL-2.1-only */
/* JSON to a tree, and out again.  Nodes and texts live in blocks that are
 * freed at once. */
#include "codec/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json_push.h"
#include "codec/list_room.h"
#include "private/printable.h"
#include "private/yajl_memory.h"

/* One tree that is being built. */
typedef struct builder {
    xlmem__json_doc *doc;
    xlmem__json *open[XLMEM__JSON_MAX_DEPTH]; /* arrays and objects */
    size_t nr_nodes;
} builder;

static int no_memory(const xlmem__json_event *event, xlmem__where *where)
{
    return xlmem__complain(where, event->line, XLMEM_ERROR_NOMEM,
                           "out of memory", (xlmem__str){"", 0});
}

static bool keep_text(xlmem__json_doc *doc, xlmem__str text,
                      xlmem__str *copy_r)
{
    char *copy = xlmem__json_alloc(doc, text.len + 1);

    if (!copy)
        return false;
    memcpy(copy, text.p, text.len);
    copy[text.len] = '\0';
    *copy_r = (xlmem__str){copy, text.len};
    return true;
}

static void adopt_node(xlmem__json *parent, xlmem__json *node)
{
    node->parent = parent;
    node->index = parent->nr++;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static xlmem__json *make_node(builder *b, const xlmem__json_event *event)
{
    xlmem__json *node = xlmem__json_alloc(b->doc, sizeof(*node));

    if (!node)
        return NULL;
    *node = (xlmem__json){.type = event->type,
                          .yes = event->yes,
                          .line = event->line,
                          .key = {"", 0},
                          .text = {"", 0}};
    if ((event->key.len && !keep_text(b->doc, event->key, &node->key)) ||
        (event->text.p && !keep_text(b->doc, event->text, &node->text)))
        return NULL;
    return node;
}

static int add_node(void *arg, const xlmem__json_event *event,
                    xlmem__where *where)
{
    builder *b = arg;
    xlmem__json *node;

    if (event->end)
        return 0;
    if (b->nr_nodes++ == XLMEM__JSON_MAX_NODES)
        return xlmem__complain(where, event->line, XLMEM_ERROR_RANGE,
                               "more values than a document may have",
                               event->key);
    node = make_node(b, event);
    if (!node)
        return no_memory(event, where);
    if (event->depth)
        adopt_node(b->open[event->depth - 1], node);
    else
        b->doc->root = node;
    if (event->type == XLMEM__JSON_ARRAY || event->type == XLMEM__JSON_OBJECT)
        b->open[event->depth] = node;
    return 0;
}

static int build(builder *b, xlmem__str text, xlmem__where *where)
{
    xlmem__json_push *push =
        xlmem__json_push_alloc(XLMEM__JSON_MAX_BYTES, add_node, b);
    int rc;

    if (!push)
        return xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "out of memory",
                               (xlmem__str){"", 0});
    rc = xlmem__json_push_feed(push, text, where);
    if (!rc)
        rc = xlmem__json_push_end(push, where);
    xlmem__json_push_free(push);
    return rc;
}

int xlmem__json_parse(const char *buf, size_t len, xlmem__json_doc *doc,
                      xlmem__where *where)
{
    builder b = {.doc = doc};
    int rc;

    memset(doc, 0, sizeof(*doc));
    if (len > XLMEM__JSON_MAX_BYTES)
        return xlmem__complain(where, 0, XLMEM_ERROR_RANGE,
                               "larger than a document may be",
                               (xlmem__str){"", 0});
    rc = build(&b, (xlmem__str){buf, len}, where);
    if (rc)
        xlmem__json_dispose(doc);
    return rc;
}

struct xlmem__json_out {
    xlmem_yajl_memory memory;
    yajl_gen gen;
    char *text; /* what is written so far */
    size_t len, room;
    bool failed; /* out of memory */
};

/* A yajl_print_t. */
static void keep_written(void *arg, const char *text, size_t len)
{
    xlmem__json_out *out = arg;

    if (out->failed ||
        !xlmem__list_room(&out->text, &out->room, out->len + len + 1, 1)) {
        out->failed = true;
        return;
    }
    memcpy(out->text + out->len, text, len);
    out->len += len;
    out->text[out->len] = '\0';
}

xlmem__json_out *xlmem__json_out_alloc(void)
{
    xlmem__json_out *out = calloc(1, sizeof(*out));

    if (!out)
        return NULL;
    out->gen = xlmem_yajl_gen(&out->memory, keep_written, out);
    if (!out->gen) {
        xlmem__json_out_free(out);
        return NULL;
    }
    yajl_gen_config(out->gen, yajl_gen_beautify, 1);
    yajl_gen_config(out->gen, yajl_gen_indent_string, "  ");
    yajl_gen_config(out->gen, yajl_gen_validate_utf8, 1);
    return out;
}

void xlmem__json_out_free(xlmem__json_out *out)
{
    if (!out)
        return;
    xlmem_yajl_memory_free(&out->memory);
    free(out->text);
    free(out);
}

static void note_status(xlmem__json_out *out, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        out->failed = true;
}

static void put_json_text(xlmem__json_out *out, const char *text)
{
    const size_t len = strlen(text);
    yajl_gen_status status;
    const size_t room = XLMEM_ESCAPE_MAX * len + 1;
    char *safe;

    status = yajl_gen_string(out->gen, (const unsigned char *)text, len);
    if (status != yajl_gen_invalid_string) {
        note_status(out, status);
        return;
    }
    safe = malloc(room);
    if (safe) {
        xlmem_escape(safe, room, text, XLMEM_ESCAPE_UNPRINTABLE);
        status =
            yajl_gen_string(out->gen, (unsigned char *)safe, strlen(safe));
    }
    note_status(out, status);
    free(safe);
}

static void put_key(xlmem__json_out *out, const char *key)
{
    if (key)
        put_json_text(out, key);
}

void xlmem__json_put_object(xlmem__json_out *out, const char *key)
{
    put_key(out, key);
    note_status(out, yajl_gen_map_open(out->gen));
}

void xlmem__json_put_array(xlmem__json_out *out, const char *key)
{
    put_key(out, key);
    note_status(out, yajl_gen_array_open(out->gen));
}

void xlmem__json_end_object(xlmem__json_out *out)
{
    note_status(out, yajl_gen_map_close(out->gen));
}

void xlmem__json_end_array(xlmem__json_out *out)
{
    note_status(out, yajl_gen_array_close(out->gen));
}

void xlmem__json_put_u64(xlmem__json_out *out, const char *key, uint64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

    put_key(out, key);
    note_status(out, yajl_gen_number(out->gen, text, (size_t)n));
}

void xlmem__json_put_string(xlmem__json_out *out, const char *key,
                            const char *text)
{
    put_key(out, key);
    put_json_text(out, text);
}

int xlmem__json_out_finish(xlmem__json_out *out, char **text_r)
{
    if (out->failed || !out->text)
        return XLMEM_ERROR_NOMEM;
    *text_r = out->text;
    out->text = NULL;
    return 0;
}
