/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host that is a table of documents. */
#ifndef XLMEM_DOCUMENTS_H
#define XLMEM_DOCUMENTS_H

#include "test.h"

#include "private/all.h"

struct document {
    const char *path, *text;
    int rc; /* instead of the text */
};

static const struct document *documents; /* ends with a NULL path */

/* read_file of a backend. */
static inline int serve(void *user, const char *path, char **buf_r,
                        size_t *len_r)
{
    const struct document *d;

    (void)user;
    for (d = documents; d->path; d++) {
        if (strcmp(d->path, path))
            continue;
        if (d->rc)
            return d->rc;
        *buf_r = strdup(d->text);
        *len_r = strlen(d->text);
        return *buf_r ? 0 : XLMEM_ERROR_NOMEM;
    }
    return XLMEM_ERROR_NOTFOUND;
}

#endif /* XLMEM_DOCUMENTS_H */
