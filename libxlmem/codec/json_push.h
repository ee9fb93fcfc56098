/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * JSON as it comes, piece by piece: one call for every value, and nothing kept
 * but the keys of the objects that are open, of which none may come twice.
 * As strict as json.h says.
 */
#ifndef XLMEM_JSON_PUSH_H
#define XLMEM_JSON_PUSH_H

#include "codec/json.h"

typedef struct xlmem__json_event {
    xlmem__json_type type;
    bool end;        /* of an ARRAY or OBJECT, without key */
    bool yes;        /* of a BOOL */
    xlmem__str key;  /* in an OBJECT */
    xlmem__str text; /* of a STRING or NUMBER */
    size_t depth;    /* how many are open around it */
    size_t line;     /* where it begins; 1 = the text's first */
} xlmem__json_event;

/* Texts live until it returns: 0, or an error, with @where filled. */
typedef int xlmem__json_fn(void *arg, const xlmem__json_event *event,
                           xlmem__where *where);

typedef struct xlmem__json_push xlmem__json_push;

/* @text_max: how long a value, and all keys that are open, may be.  NULL
 * without memory. */
xlmem__json_push *xlmem__json_push_alloc(size_t text_max, xlmem__json_fn *fn,
                                         void *arg);
void xlmem__json_push_free(xlmem__json_push *push);

/* Returns 0; what the function returned; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE,
 * XLMEM_ERROR_NOMEM.  After a failure only _free follows. */
int xlmem__json_push_feed(xlmem__json_push *push, xlmem__str piece,
                          xlmem__where *where);
int xlmem__json_push_end(xlmem__json_push *push, xlmem__where *where);

#endif /* XLMEM_JSON_PUSH_H */
