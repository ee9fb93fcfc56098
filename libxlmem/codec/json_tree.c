/* SPDX-License-Identifier: LGPL-2.1-only */
/* The tree that json.c builds: its memory, and reading from it. */
#include "codec/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (UINT32_C(64) << 10)

struct xlmem__json_block {
    struct xlmem__json_block *next;
    size_t used, room;
    _Alignas(xlmem__json) char data[];
};

void *xlmem__json_alloc(xlmem__json_doc *doc, size_t size)
{
    const size_t align = _Alignof(xlmem__json);
    struct xlmem__json_block *block = doc->blocks;
    void *p;

    size = (size + align - 1) / align * align;
    if (!block || block->room - block->used < size) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;

        block = malloc(sizeof(*block) + room);
        if (!block)
            return NULL;
        block->next = doc->blocks;
        block->used = 0;
        block->room = room;
        doc->blocks = block;
    }
    p = block->data + block->used;
    block->used += size;
    return p;
}

void xlmem__json_dispose(xlmem__json_doc *doc)
{
    struct xlmem__json_block *block, *next;

    for (block = doc->blocks; block; block = next) {
        next = block->next;
        free(block);
    }
    memset(doc, 0, sizeof(*doc));
}

const xlmem__json *xlmem__json_get(const xlmem__json *node, const char *key)
{
    const xlmem__json *child;

    if (!node || node->type != XLMEM__JSON_OBJECT)
        return NULL;
    for (child = node->first; child; child = child->next)
        if (xlmem__str_is(child->key, key))
            return child;
    return NULL;
}

int xlmem__json_u64(const xlmem__json *node, uint64_t *value_r)
{
    if (!node || node->type != XLMEM__JSON_NUMBER)
        return XLMEM_ERROR_PARSE;
    return xlmem__number_all(node->text, 10, value_r);
}

/* From the root down; recursion is bounded by XLMEM__JSON_MAX_DEPTH. */
static size_t write_path(const xlmem__json *node, char *buf, size_t len)
{
    size_t at;
    int n;

    if (!node->parent)
        return 0;
    at = write_path(node->parent, buf, len);
    if (at >= len)
        return at;
    if (node->parent->type == XLMEM__JSON_ARRAY)
        n = snprintf(buf + at, len - at, "[%zu]", node->index);
    else
        n = snprintf(buf + at, len - at, "%s%.40s", at ? "." : "",
                     node->key.p);
    return n < 0 ? at : at + (size_t)n;
}

const char *xlmem__json_path(const xlmem__json *node, char *buf, size_t len)
{
    snprintf(buf, len, "%s", node->parent ? "" : "the document");
    write_path(node, buf, len);
    xlmem__make_safe(buf);
    return buf;
}

bool xlmem__json_is_uuid(const xlmem__json *node)
{
    return node && node->type == XLMEM__JSON_STRING &&
           xlmem__is_uuid(node->text);
}
