/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * JSON as it comes gives the same values, of the same lines, wherever the
 * pieces end, and is refused where the tree is, with the same words; what is
 * open is closed.
 */
#include "fuzz.h"

#include "codec/json_push.h"

#define TEXT_MAX 4096

/* All that was told, in one number. */
typedef struct told {
    uint64_t sum;
    size_t depth;
} told;

static void add(told *t, const void *data, size_t len)
{
    const unsigned char *p = data;

    for (; len; len--)
        t->sum = (t->sum ^ *p++) * UINT64_C(0x100000001b3);
    t->sum = (t->sum ^ 0x100) * UINT64_C(0x100000001b3);
}

static int listen(void *arg, const xlmem__json_event *event,
                  xlmem__where *where)
{
    const bool opens = !event->end && (event->type == XLMEM__JSON_ARRAY ||
                                       event->type == XLMEM__JSON_OBJECT);
    told *t = arg;

    (void)where;
    t->depth -= event->end;
    FUZZ_CHECK(event->depth == t->depth);
    FUZZ_CHECK(t->depth < XLMEM__JSON_MAX_DEPTH && event->line);
    t->depth += opens;
    add(t, &event->type, sizeof(event->type));
    add(t, &event->end, sizeof(event->end));
    add(t, &event->yes, sizeof(event->yes));
    add(t, &event->line, sizeof(event->line));
    add(t, event->key.p, event->key.len);
    if (event->text.len)
        add(t, event->text.p, event->text.len);
    return 0;
}

static int push(xlmem__str text, size_t size, told *t, xlmem__where *where)
{
    xlmem__json_push *json = xlmem__json_push_alloc(TEXT_MAX, listen, t);
    int rc = 0;

    FUZZ_CHECK(json);
    while (text.len && !rc) {
        const size_t len = text.len < size ? text.len : size;

        rc = xlmem__json_push_feed(json, (xlmem__str){text.p, len}, where);
        text.p += len;
        text.len -= len;
    }
    if (!rc)
        rc = xlmem__json_push_end(json, where);
    FUZZ_CHECK(rc || !t->depth);
    xlmem__json_push_free(json);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t sizes[] = {1, 2, 3, 5, 7, 13, 31, 64, 1021};
    const xlmem__str text = {(const char *)data, size};
    xlmem__where where = {.line = 0};
    told whole = {0};
    size_t i;
    int rc;

    /* How long a value is, is looked at where a piece ends. */
    if (size > TEXT_MAX)
        return 0;
    rc = push(text, size, &whole, &where);
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        xlmem__where there = {.line = 0};
        told t = {0};

        FUZZ_CHECK(push(text, sizes[i], &t, &there) == rc);
        FUZZ_CHECK(there.line == where.line);
        FUZZ_CHECK(!strcmp(there.text, where.text));
        FUZZ_CHECK(t.sum == whole.sum);
    }
    return 0;
}
