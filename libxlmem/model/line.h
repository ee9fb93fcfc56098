/* SPDX-License-Identifier: LGPL-2.1-only */
/* A line of text that grows in the caller's buffer, and is cut at its end. */
#ifndef XLMEM_MODEL_LINE_H
#define XLMEM_MODEL_LINE_H

#include "private/advice.h"

typedef struct xlmem__line {
    char *buf;
    size_t len, used; /* used: as much as it would have been */
} xlmem__line;

void xlmem__line_start(xlmem__line *line, char *buf, size_t len);
void xlmem__line_add(xlmem__line *line, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A name, escaped: printable UTF-8 stays (private/printable.h). */
void xlmem__line_name(xlmem__line *line, const char *untrusted_name);

/* "4095.5 MiB" */
void xlmem__line_mib(xlmem__line *line, uint64_t kb);

#endif /* XLMEM_MODEL_LINE_H */
