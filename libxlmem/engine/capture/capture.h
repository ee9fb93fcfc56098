/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a capture consists of; where it goes is sys's business. */
#ifndef XLMEM_ENGINE_CAPTURE_H
#define XLMEM_ENGINE_CAPTURE_H

#include "engine/ctx.h"

/* Takes the files of a capture. @path: relative.  0 or an xlmem code. */
typedef struct xlmem__sink {
    int (*put)(void *user, const char *path, const char *buf, size_t len);
    void *user;
} xlmem__sink;

/*
 * Give every file to the sink.  @fn is told each file that was written or
 * could not be read; a file that is not there is not mentioned.
 * Returns 0, what the sink returned, or XLMEM_ERROR_NOMEM; logged.
 */
int xlmem__capture_to(xlmem_ctx *ctx, const xlmem__sink *sink,
                      xlmem_capture_fn *fn, void *user);

#endif /* XLMEM_ENGINE_CAPTURE_H */
