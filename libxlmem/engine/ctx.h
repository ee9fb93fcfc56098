/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_CTX_H
#define XLMEM_CTX_H

#include "xlmem.h"
#include "xlmem_backend.h"

enum { XLMEM__DEBUG, XLMEM__INFO, XLMEM__WARN, XLMEM__ERR };

struct xlmem_ctx {
    const xlmem_backend *backend; /* NULL until one is set */
    void *backend_user;
    xlmem_log_fn *log; /* NULL: messages go nowhere */
    void *log_user;
};

/* One line to the caller's logger. */
void xlmem__log(xlmem_ctx *ctx, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* XLMEM_CTX_H */
