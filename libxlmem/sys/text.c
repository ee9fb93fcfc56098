/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdlib.h>
#include <string.h>

#include "sys/text.h"
#include "private/backend.h"

#define FIRST_SIZE 16384

static int reserve_text(xlmem__text *text, size_t len)
{
    size_t size = text->size ? text->size : FIRST_SIZE;
    char *p;

    if (len < text->size)
        return 0;
    while (size <= len)
        size *= 2; /* bounded by XLMEM_DOCUMENT_MAX_BYTES */
    p = realloc(text->p, size);
    if (!p)
        return XLMEM_ERROR_NOMEM;
    text->p = p;
    text->size = size;
    return 0;
}

int xlmem__text_add(xlmem__text *text, xlmem__str piece)
{
    int rc;

    if (piece.len > XLMEM_DOCUMENT_MAX_BYTES - text->len)
        return XLMEM_ERROR_RANGE;
    rc = reserve_text(text, text->len + piece.len);
    if (rc)
        return rc;
    if (piece.len)
        memcpy(text->p + text->len, piece.p, piece.len);
    text->len += piece.len;
    text->p[text->len] = '\0';
    return 0;
}

int xlmem__text_take(xlmem__text *text, char **buf_r, size_t *len_r)
{
    int rc = xlmem__text_add(text, (xlmem__str){"", 0});

    if (rc)
        return rc;
    *buf_r = text->p;
    *len_r = text->len;
    *text = (xlmem__text){0};
    return 0;
}

void xlmem__text_dispose(xlmem__text *text)
{
    free(text->p);
    *text = (xlmem__text){0};
}
