/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A fuzz target is one file, fuzz_NAME.c, that defines the function below,
 * with a corpus in corpus/NAME.  Built with --enable-fuzzers (and clang) it is
 * a libFuzzer program; otherwise driver.c replays the corpus in make check.
 */
#ifndef XLMEM_FUZZ_H
#define XLMEM_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Like assert, and never compiled out. */
#define FUZZ_CHECK(condition)                                                 \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* The input as a string; free it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_CHECK(text);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif /* XLMEM_FUZZ_H */
