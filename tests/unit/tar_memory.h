/* SPDX-License-Identifier: LGPL-2.1-only */
/* An archive in memory, for a reader of archives. */
#ifndef XLMEM_TAR_MEMORY_H
#define XLMEM_TAR_MEMORY_H

#include <string.h>

#include "codec/capture/tar.h"

typedef struct tar_memory {
    const char *p, *end;
} tar_memory;

static inline int tar_memory_read(void *arg, char *buf, uint64_t len)
{
    tar_memory *memory = arg;

    if (len > (uint64_t)(memory->end - memory->p))
        return XLMEM_ERROR_PARSE;
    if (buf)
        memcpy(buf, memory->p, (size_t)len);
    memory->p += len;
    return 0;
}

#endif /* XLMEM_TAR_MEMORY_H */
