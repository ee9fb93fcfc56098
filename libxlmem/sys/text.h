/* SPDX-License-Identifier: LGPL-2.1-only */
/* A document that grows piece by piece, up to XLMEM_DOCUMENT_MAX_BYTES. */
#ifndef XLMEM_SYS_TEXT_H
#define XLMEM_SYS_TEXT_H

#include "model/units.h"

typedef struct xlmem__text {
    char *p; /* malloc'd; NUL-terminated once something was added */
    size_t len, size;
} xlmem__text;

/*
 * Returns 0, XLMEM_ERROR_NOMEM, XLMEM_ERROR_RANGE; on failure @text is as
 * before.
 */
int xlmem__text_add(xlmem__text *text, xlmem__str piece);

/* Hand the document over, malloc'd even when empty.  0, XLMEM_ERROR_NOMEM. */
int xlmem__text_take(xlmem__text *text, char **buf_r, size_t *len_r);

void xlmem__text_dispose(xlmem__text *text);

#endif /* XLMEM_SYS_TEXT_H */
