/* SPDX-License-Identifier: LGPL-2.1-only */
/* JSON to a tree, and out again.  Nodes and texts live in blocks that are freed at once. */
#include "codec/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "model/checked.h"

/* One text that is being parsed. */
typedef struct reader {
    xlmem__json_doc *doc;
    xlmem__json *open[XLMEM__JSON_MAX_DEPTH]; /* arrays and objects */
    size_t depth;
    size_t nr_nodes;
    size_t line;    /* that yajl is given now */
    xlmem__str key; /* of the value that comes next */
    int rc;         /* why a callback stopped */
    const char *what;
    xlmem__str about;
} reader;

/* Callbacks return 1 to go on and 0 to stop. */
static int stop(reader *rd, int rc, const char *what, xlmem__str about)
{
    rd->rc = rc;
    rd->what = what;
    rd->about = about;
    return 0;
}

static int keep_text(reader *rd, const void *text, size_t len,
                     xlmem__str *copy_r)
{
    char *copy = xlmem__json_alloc(rd->doc, len + 1);

    if (!copy)
        return stop(rd, XLMEM_ERROR_NOMEM, "out of memory",
                    (xlmem__str){"", 0});
    memcpy(copy, text, len);
    copy[len] = '\0';
    *copy_r = (xlmem__str){copy, len};
    return 1;
}

static void adopt(xlmem__json *parent, xlmem__json *node)
{
    node->parent = parent;
    node->index = parent->nr++;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static xlmem__json *add_node(reader *rd, xlmem__json_type type)
{
    xlmem__json *node = NULL;

    if (rd->nr_nodes++ < XLMEM__JSON_MAX_NODES)
        node = xlmem__json_alloc(rd->doc, sizeof(*node));
    if (!node) {
        bool many = rd->nr_nodes > XLMEM__JSON_MAX_NODES;

        stop(rd, many ? XLMEM_ERROR_RANGE : XLMEM_ERROR_NOMEM,
             many ? "more values than a document may have" : "out of memory",
             rd->key);
        return NULL;
    }
    memset(node, 0, sizeof(*node));
    node->type = type;
    node->line = rd->line;
    node->key = rd->key;
    rd->key = (xlmem__str){"", 0};
    if (rd->depth)
        adopt(rd->open[rd->depth - 1], node);
    else
        rd->doc->root = node;
    return node;
}

static int on_null(void *ctx)
{
    return add_node(ctx, XLMEM__JSON_NULL) != NULL;
}

static int on_boolean(void *ctx, int yes)
{
    xlmem__json *node = add_node(ctx, XLMEM__JSON_BOOL);

    if (!node)
        return 0;
    node->yes = yes != 0;
    return 1;
}

static int on_number(void *ctx, const char *text, size_t len)
{
    xlmem__json *node = add_node(ctx, XLMEM__JSON_NUMBER);

    return node && keep_text(ctx, text, len, &node->text);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
    xlmem__json *node = add_node(ctx, XLMEM__JSON_STRING);

    return node && keep_text(ctx, text, len, &node->text);
}

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
    reader *rd = ctx;

    return keep_text(rd, text, len, &rd->key);
}

static int on_open(reader *rd, xlmem__json_type type)
{
    xlmem__json *node;

    if (rd->depth == XLMEM__JSON_MAX_DEPTH)
        return stop(rd, XLMEM_ERROR_RANGE, "nested too deep", rd->key);
    node = add_node(rd, type);
    if (!node)
        return 0;
    rd->open[rd->depth++] = node;
    return 1;
}

static int on_open_object(void *ctx)
{
    return on_open(ctx, XLMEM__JSON_OBJECT);
}

static int on_open_array(void *ctx)
{
    return on_open(ctx, XLMEM__JSON_ARRAY);
}

static int on_close_array(void *ctx)
{
    reader *rd = ctx;

    rd->depth--;
    return 1;
}

static int by_key(const void *a, const void *b)
{
    const xlmem__str *x = a, *y = b;
    size_t len = x->len < y->len ? x->len : y->len;
    int r = memcmp(x->p, y->p, len);

    return r ? r : (x->len > y->len) - (x->len < y->len);
}

/* Sorted, since an object may have as many keys as the text has room for. */
static int on_close_object(void *ctx)
{
    reader *rd = ctx;
    xlmem__json *node = rd->open[--rd->depth], *child;
    xlmem__str *keys;
    size_t i = 0;

    if (node->nr < 2)
        return 1;
    keys = malloc(node->nr * sizeof(*keys));
    if (!keys)
        return stop(rd, XLMEM_ERROR_NOMEM, "out of memory", node->key);
    for (child = node->first; child; child = child->next)
        keys[i++] = child->key;
    qsort(keys, node->nr, sizeof(*keys), by_key);
    for (i = 1; i < node->nr; i++)
        if (!by_key(&keys[i - 1], &keys[i])) {
            stop(rd, XLMEM_ERROR_PARSE, "the key is there twice", keys[i]);
            break;
        }
    free(keys);
    return rd->rc == 0;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_open_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close_object,
    .yajl_start_array = on_open_array,
    .yajl_end_array = on_close_array,
};

/* What yajl says is its own clause and a newline: "parse error: ...\n". */
static int complain_yajl(yajl_handle h, size_t line, xlmem__where *where)
{
    unsigned char *said = yajl_get_error(h, 0, NULL, 0);
    const char *text = said ? (const char *)said : "not JSON";
    int rc;

    rc = xlmem__complain(where, line, XLMEM_ERROR_PARSE, "not JSON",
                         (xlmem__str){text, strcspn(text, "\n")});
    if (said)
        yajl_free_error(h, said);
    return rc;
}

/* Line by line, so that every callback knows which it is in. */
static yajl_status feed(reader *rd, yajl_handle h, const char *buf, size_t len)
{
    const char *nl;
    size_t used;
    yajl_status status = yajl_status_ok;

    for (; len && status == yajl_status_ok; buf += used, len -= used) {
        nl = memchr(buf, '\n', len);
        used = nl ? (size_t)(nl - buf) + 1 : len;
        rd->line++;
        status = yajl_parse(h, (const unsigned char *)buf, used);
    }
    return status == yajl_status_ok ? yajl_complete_parse(h) : status;
}

static int run(reader *rd, const char *buf, size_t len, xlmem__where *where)
{
    yajl_handle h = yajl_alloc(&callbacks, NULL, rd);
    yajl_status status;
    int rc;

    if (!h)
        return xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "out of memory",
                               (xlmem__str){"", 0});
    /* libxl writes the bytes of names and paths as they are; whoever shows a
     * string makes it safe. */
    yajl_config(h, yajl_dont_validate_strings, 1);
    status = feed(rd, h, buf, len);
    if (rd->rc)
        rc = xlmem__complain(where, rd->line, rd->rc, rd->what, rd->about);
    else if (status != yajl_status_ok)
        rc = complain_yajl(h, xlmem__max(rd->line, 1), where);
    else
        rc = 0;
    yajl_free(h);
    return rc;
}

int xlmem__json_parse(const char *buf, size_t len, xlmem__json_doc *doc,
                      xlmem__where *where)
{
    reader rd = {.doc = doc, .key = {"", 0}};
    int rc;

    memset(doc, 0, sizeof(*doc));
    if (len > XLMEM__JSON_MAX_BYTES)
        return xlmem__complain(where, 0, XLMEM_ERROR_RANGE,
                               "larger than a document may be",
                               (xlmem__str){"", 0});
    rc = run(&rd, buf, len, where);
    if (rc)
        xlmem__json_dispose(doc);
    return rc;
}

struct xlmem__json_out {
    yajl_gen gen;
    bool failed; /* out of memory */
};

xlmem__json_out *xlmem__json_out_alloc(void)
{
    xlmem__json_out *out = calloc(1, sizeof(*out));

    if (out)
        out->gen = yajl_gen_alloc(NULL);
    if (!out || !out->gen) {
        free(out);
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
    yajl_gen_free(out->gen);
    free(out);
}

static void note(xlmem__json_out *out, yajl_gen_status status)
{
    if (status != yajl_gen_status_ok)
        out->failed = true;
}

static void put_text(xlmem__json_out *out, const char *text)
{
    const size_t len = strlen(text);
    yajl_gen_status status;
    char *safe;

    status = yajl_gen_string(out->gen, (const unsigned char *)text, len);
    if (status != yajl_gen_invalid_string) {
        note(out, status);
        return;
    }
    safe = xlmem__strdup_safe((xlmem__str){text, len});
    if (safe)
        status = yajl_gen_string(out->gen, (unsigned char *)safe, len);
    note(out, status);
    free(safe);
}

static void put_key(xlmem__json_out *out, const char *key)
{
    if (key)
        put_text(out, key);
}

void xlmem__json_put_object(xlmem__json_out *out, const char *key)
{
    put_key(out, key);
    note(out, yajl_gen_map_open(out->gen));
}

void xlmem__json_put_array(xlmem__json_out *out, const char *key)
{
    put_key(out, key);
    note(out, yajl_gen_array_open(out->gen));
}

void xlmem__json_end_object(xlmem__json_out *out)
{
    note(out, yajl_gen_map_close(out->gen));
}

void xlmem__json_end_array(xlmem__json_out *out)
{
    note(out, yajl_gen_array_close(out->gen));
}

void xlmem__json_put_u64(xlmem__json_out *out, const char *key, uint64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

    put_key(out, key);
    note(out, yajl_gen_number(out->gen, text, (size_t)n));
}

void xlmem__json_put_string(xlmem__json_out *out, const char *key,
                            const char *text)
{
    put_key(out, key);
    put_text(out, text);
}

int xlmem__json_out_finish(xlmem__json_out *out, char **text_r)
{
    const unsigned char *text;
    size_t len;

    note(out, yajl_gen_get_buf(out->gen, &text, &len));
    if (out->failed)
        return XLMEM_ERROR_NOMEM;
    *text_r = strndup((const char *)text, len);
    return *text_r ? 0 : XLMEM_ERROR_NOMEM;
}
