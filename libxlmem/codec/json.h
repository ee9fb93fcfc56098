/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * JSON, strictly: one value, all of the text, no key twice, bounded depth and
 * number of values.  Numbers stay text until somebody says what they should
 * be, so that 64 bits survive.  Strings are bytes, UTF-8 or not: libxl writes
 * a domain's as they are.  With json_push.h the one place that knows yajl.
 */
#ifndef XLMEM_JSON_H
#define XLMEM_JSON_H

#include "codec/text.h"

/* `xl list -l`, which is parsed as it comes (json_push.h), nests some 8 deep;
 * the snapshot of a host with 10 000 domUs is 4 MiB. */
#define XLMEM__JSON_MAX_BYTES (UINT32_C(32) << 20)
#define XLMEM__JSON_MAX_DEPTH 32
#define XLMEM__JSON_MAX_NODES (UINT32_C(1) << 20)

typedef enum xlmem__json_type {
    XLMEM__JSON_NULL,
    XLMEM__JSON_BOOL,
    XLMEM__JSON_NUMBER,
    XLMEM__JSON_STRING,
    XLMEM__JSON_ARRAY,
    XLMEM__JSON_OBJECT,
} xlmem__json_type;

typedef struct xlmem__json {
    xlmem__json_type type;
    bool yes;        /* of a BOOL */
    xlmem__str key;  /* in an OBJECT; NUL-terminated too */
    xlmem__str text; /* of a STRING or NUMBER; NUL-terminated too */
    size_t nr;       /* of children */
    size_t index;    /* among its parent's children */
    size_t line;     /* where it begins; 1 = the text's first */
    const struct xlmem__json *parent;
    struct xlmem__json *first, *last, *next; /* children; sibling */
} xlmem__json;

/* A parsed text; owns every node. */
typedef struct xlmem__json_doc {
    xlmem__json *root;
    struct xlmem__json_block *blocks;
} xlmem__json_doc;

/*
 * Parse a text.  Returns 0, XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE (too large),
 * XLMEM_ERROR_NOMEM; on failure @doc holds nothing.
 */
int xlmem__json_parse(const char *buf, size_t len, xlmem__json_doc *doc,
                      xlmem__where *where);
void xlmem__json_dispose(xlmem__json_doc *doc);

/* Memory that lives as long as the document; NULL without any. */
void *xlmem__json_alloc(xlmem__json_doc *doc, size_t size);

/* The member of an object, or NULL (also when @node is NULL or no object). */
const xlmem__json *xlmem__json_get(const xlmem__json *node, const char *key);

/* A number without sign, fraction or exponent.  0, XLMEM_ERROR_PARSE (also
 * for NULL and other types), XLMEM_ERROR_RANGE. */
int xlmem__json_u64(const xlmem__json *node, uint64_t *value_r);

/* A string that is one (xlmem__is_uuid). */
bool xlmem__json_is_uuid(const xlmem__json *node);

/* Where a node is, "doms[3].target_kb" for example, safe for a terminal. */
const char *xlmem__json_path(const xlmem__json *node, char *buf, size_t len);

/*
 * Writing: every function takes the member's key (NULL in an array and for
 * the outermost value).  Failure is remembered until _finish.
 */
typedef struct xlmem__json_out xlmem__json_out;

xlmem__json_out *xlmem__json_out_alloc(void); /* NULL without memory */
void xlmem__json_out_free(xlmem__json_out *out);
void xlmem__json_put_object(xlmem__json_out *out, const char *key);
void xlmem__json_put_array(xlmem__json_out *out, const char *key);
void xlmem__json_end_object(xlmem__json_out *out);
void xlmem__json_end_array(xlmem__json_out *out);
void xlmem__json_put_u64(xlmem__json_out *out, const char *key,
                         uint64_t value);
/* A text that is not UTF-8 is escaped (private/printable.h). */
void xlmem__json_put_string(xlmem__json_out *out, const char *key,
                            const char *text);
/* The text, malloc'd and NUL-terminated.  0 or XLMEM_ERROR_NOMEM. */
int xlmem__json_out_finish(xlmem__json_out *out, char **text_r);

#endif /* XLMEM_JSON_H */
