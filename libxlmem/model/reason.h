/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_REASON_H
#define XLMEM_REASON_H

#include <stdarg.h>

#include "private/all.h"

/* Add a reason to a list of XLMEM_REASONS_MAX; one too many is left out.
 * @code: static. */
void xlmem__reason_v(xlmem_reason *reasons, size_t *nr, const char *code,
                     const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));

/* The same to a verdict. */
void xlmem__reason(xlmem_verdict *verdict, const char *code, const char *fmt,
                   ...) __attribute__((format(printf, 3, 4)));

/* A size for people, in MiB to the nearest tenth: xlmem__mib_of(kb).text. */
typedef struct xlmem__mib {
    char text[32];
} xlmem__mib;

xlmem__mib xlmem__mib_of(uint64_t kb);

#endif /* XLMEM_REASON_H */
