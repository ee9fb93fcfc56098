/* SPDX-License-Identifier: LGPL-2.1-only */
/* For programs that a script runs: what is not so is named, and ends them. */
#ifndef XLMEM_LIVE_CHECK_H
#define XLMEM_LIVE_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(cond)                                                           \
    do {                                                                      \
        if (!(cond)) {                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);        \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

#endif /* XLMEM_LIVE_CHECK_H */
