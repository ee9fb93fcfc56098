/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/json_push.h"

#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "codec/list_room.h"
#include "model/checked.h"
#include "private/yajl_memory.h"

/* Up to so many keys are compared each with each. */
#define FEW_KEYS 32

/* What yajl keeps of a value that has not ended is bounded as well: a text of
 * so many characters takes six times as many at the most ("\u0041"). */
#define QUIET_TIMES 8
#define TWICE "the key is there twice"
#define TOO_LONG "a value longer than one may be"

struct key {
    size_t at, len; /* in the texts of all */
};

struct xlmem__json_push {
    xlmem_yajl_memory memory;
    yajl_handle yajl;
    xlmem__json_fn *fn;
    void *arg;
    xlmem__where *where; /* of the call that is going on */
    size_t text_max;
    int rc; /* why a callback stopped */

    size_t line;  /* that is being fed */
    bool in_line; /* a part of it was fed */
    bool indent;  /* so far it was blank */
    size_t quiet; /* bytes fed since the last value */

    /* The keys of all objects that are open, the innermost last. */
    struct key *keys;
    size_t nr_keys, keys_room;
    char *text;
    size_t text_len, text_room;

    size_t depth;
    struct {
        bool object;
        size_t keys; /* the first of its own */
    } open[XLMEM__JSON_MAX_DEPTH];
};

static const xlmem__str nothing = {"", 0};

/* Callbacks return 1 to go on and 0 to stop. */
static int stop(xlmem__json_push *push, int rc, const char *what,
                xlmem__str about)
{
    push->rc = xlmem__complain(push->where, push->line, rc, what, about);
    return 0;
}

static xlmem__str key_text(const xlmem__json_push *push, const struct key *key)
{
    return (xlmem__str){push->text + key->at, key->len};
}

/* -------------------------------------------------------------- keys --- */

static int on_key(void *ctx, const unsigned char *text, size_t len)
{
    xlmem__json_push *push = ctx;
    const xlmem__str key = {(const char *)text, len};

    push->quiet = 0;
    /* Each counts a byte more, so that empty ones are bounded as well. */
    if (len >= push->text_max - push->text_len)
        return stop(push, XLMEM_ERROR_RANGE,
                    "more keys than an object may have", key);
    if (!xlmem__list_room(&push->text, &push->text_room,
                          push->text_len + len + 1, 1) ||
        !xlmem__list_room(&push->keys, &push->keys_room, push->nr_keys + 1,
                          sizeof(*push->keys)))
        return stop(push, XLMEM_ERROR_NOMEM, "out of memory", nothing);
    memcpy(push->text + push->text_len, text, len);
    push->text[push->text_len + len] = '\0';
    push->keys[push->nr_keys++] = (struct key){push->text_len, len};
    push->text_len += len + 1;
    return 1;
}

static int compare_keys(const void *a, const void *b)
{
    const xlmem__str *x = a, *y = b;

    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->p, y->p, x->len);
}

/* Sorted, since an object may have as many keys as the text has room for. */
static int check_many(xlmem__json_push *push, const struct key *keys,
                      size_t nr)
{
    xlmem__str *list = malloc(nr * sizeof(*list));
    size_t i;
    int go = 1;

    if (!list)
        return stop(push, XLMEM_ERROR_NOMEM, "out of memory", nothing);
    for (i = 0; i < nr; i++)
        list[i] = key_text(push, &keys[i]);
    qsort(list, nr, sizeof(*list), compare_keys);
    for (i = 1; i < nr && go; i++)
        if (!compare_keys(&list[i - 1], &list[i]))
            go = stop(push, XLMEM_ERROR_PARSE, TWICE, list[i]);
    free(list);
    return go;
}

/* Each with each: of few keys that is the fastest. */
static int check_few(xlmem__json_push *push, const struct key *keys, size_t nr)
{
    size_t i, j;

    for (i = 1; i < nr; i++) {
        const xlmem__str key = key_text(push, &keys[i]);

        for (j = 0; j < i; j++)
            if (keys[j].len == key.len &&
                !memcmp(push->text + keys[j].at, key.p, key.len))
                return stop(push, XLMEM_ERROR_PARSE, TWICE, key);
    }
    return 1;
}

/* ------------------------------------------------------------- events --- */

static int tell_event(xlmem__json_push *push, xlmem__json_event *event)
{
    push->quiet = 0;
    if (event->text.len > push->text_max)
        return stop(push, XLMEM_ERROR_RANGE, TOO_LONG, nothing);
    event->depth = push->depth;
    event->line = push->line;
    event->key = nothing;
    if (!event->end && push->depth && push->open[push->depth - 1].object)
        event->key = key_text(push, &push->keys[push->nr_keys - 1]);
    push->rc = push->fn(push->arg, event, push->where);
    return push->rc == 0;
}

static int on_null(void *ctx)
{
    xlmem__json_event event = {.type = XLMEM__JSON_NULL};

    return tell_event(ctx, &event);
}

static int on_boolean(void *ctx, int yes)
{
    xlmem__json_event event = {.type = XLMEM__JSON_BOOL, .yes = yes != 0};

    return tell_event(ctx, &event);
}

static int on_number(void *ctx, const char *text, size_t len)
{
    xlmem__json_event event = {.type = XLMEM__JSON_NUMBER,
                               .text = {text, len}};

    return tell_event(ctx, &event);
}

static int on_string(void *ctx, const unsigned char *text, size_t len)
{
    xlmem__json_event event = {.type = XLMEM__JSON_STRING,
                               .text = {(const char *)text, len}};

    return tell_event(ctx, &event);
}

static int on_open(xlmem__json_push *push, xlmem__json_type type)
{
    xlmem__json_event event = {.type = type};

    if (push->depth == XLMEM__JSON_MAX_DEPTH)
        return stop(push, XLMEM_ERROR_RANGE, "nested too deep", nothing);
    if (!tell_event(push, &event))
        return 0;
    push->open[push->depth].object = type == XLMEM__JSON_OBJECT;
    push->open[push->depth].keys = push->nr_keys;
    push->depth++;
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
    xlmem__json_push *push = ctx;
    xlmem__json_event event = {.type = XLMEM__JSON_ARRAY, .end = true};

    push->depth--;
    return tell_event(push, &event);
}

static int on_close_object(void *ctx)
{
    xlmem__json_push *push = ctx;
    xlmem__json_event event = {.type = XLMEM__JSON_OBJECT, .end = true};
    const size_t first = push->open[--push->depth].keys;
    const size_t nr = push->nr_keys - first;

    if (nr) {
        const struct key *keys = &push->keys[first];

        if (!(nr > FEW_KEYS ? check_many : check_few)(push, keys, nr))
            return 0;
        push->text_len = keys->at;
        push->nr_keys = first;
    }
    return tell_event(push, &event);
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

static bool start_yajl(xlmem__json_push *push)
{
    xlmem_yajl_memory_init(&push->memory);
    if (setjmp(push->memory.ended))
        return false;
    push->yajl = yajl_alloc(&callbacks, &push->memory.funcs, push);
    /* libxl writes the bytes of names and paths as they are; whoever shows a
     * string makes it safe. */
    yajl_config(push->yajl, yajl_dont_validate_strings, 1);
    return true;
}

xlmem__json_push *xlmem__json_push_alloc(size_t text_max, xlmem__json_fn *fn,
                                         void *arg)
{
    xlmem__json_push *push = calloc(1, sizeof(*push));

    if (!push)
        return NULL;
    if (!start_yajl(push)) {
        xlmem__json_push_free(push);
        return NULL;
    }
    push->text_max = text_max;
    push->fn = fn;
    push->arg = arg;
    return push;
}

void xlmem__json_push_free(xlmem__json_push *push)
{
    if (!push)
        return;
    xlmem_yajl_memory_free(&push->memory);
    free(push->keys);
    free(push->text);
    free(push);
}

/* ------------------------------------------------------------- feeding --- */

/* What yajl says is its own clause and a newline: "parse error: ...\n". */
static int complain_yajl(const xlmem__json_push *push, xlmem__where *where)
{
    unsigned char *said = yajl_get_error(push->yajl, 0, NULL, 0);
    const char *text = said ? (const char *)said : "not JSON";
    int rc =
        xlmem__complain(where, xlmem__max(push->line, 1), XLMEM_ERROR_PARSE,
                        "not JSON", (xlmem__str){text, strcspn(text, "\n")});

    if (said)
        yajl_free_error(push->yajl, said);
    return rc;
}

/* Half of what libxl writes is indent, which yajl would look at byte by byte.
 * A string cannot go on there: a newline in one is an error to yajl. */
static xlmem__str without_indent(xlmem__json_push *push, xlmem__str part)
{
    while (push->indent && part.len) {
        if (*part.p != ' ') {
            push->indent = false;
            break;
        }
        part.p++;
        part.len--;
    }
    return part;
}

/* A line or a piece of one. */
static int feed_part(xlmem__json_push *push, xlmem__str part)
{
    yajl_status status;

    part = without_indent(push, part);
    if (!part.len)
        return 0;
    if (part.len > 1 || *part.p != '\n')
        push->quiet += part.len;
    status = yajl_parse(push->yajl, (const unsigned char *)part.p, part.len);
    if (push->rc)
        return push->rc;
    if (status != yajl_status_ok)
        return complain_yajl(push, push->where);
    if (push->quiet / QUIET_TIMES > push->text_max)
        return xlmem__complain(push->where, push->line, XLMEM_ERROR_RANGE,
                               TOO_LONG, nothing);
    return 0;
}

/* Line by line, so that every callback knows which it is in. */
static int feed_lines(xlmem__json_push *push, xlmem__str piece)
{
    int rc = 0;

    while (piece.len && !rc) {
        const char *nl = memchr(piece.p, '\n', piece.len);
        const size_t used = nl ? (size_t)(nl - piece.p) + 1 : piece.len;

        if (!push->in_line) {
            push->line++;
            push->indent = true;
        }
        push->in_line = !nl;
        rc = feed_part(push, (xlmem__str){piece.p, used});
        piece.p += used;
        piece.len -= used;
    }
    return rc;
}

static int no_memory_to_parse(xlmem__json_push *push)
{
    stop(push, XLMEM_ERROR_NOMEM, "out of memory", nothing);
    return push->rc;
}

int xlmem__json_push_feed(xlmem__json_push *push, xlmem__str piece,
                          xlmem__where *where)
{
    push->where = where;
    if (push->rc)
        return push->rc;
    if (setjmp(push->memory.ended))
        return no_memory_to_parse(push);
    return feed_lines(push, piece);
}

int xlmem__json_push_end(xlmem__json_push *push, xlmem__where *where)
{
    push->where = where;
    if (push->rc)
        return push->rc;
    if (setjmp(push->memory.ended))
        return no_memory_to_parse(push);
    if (yajl_complete_parse(push->yajl) == yajl_status_ok)
        return 0;
    return push->rc ? push->rc : complain_yajl(push, where);
}
