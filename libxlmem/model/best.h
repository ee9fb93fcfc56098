/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of many, those few of whom most is to be asked: as many as a plan has steps
 * for. */
#ifndef XLMEM_MODEL_BEST_H
#define XLMEM_MODEL_BEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/plan.h"

/* The most first; of those of whom as much is, who came first. */
typedef struct xlmem__best {
    size_t nr, room; /* XLMEM_STEPS_MAX at most */
    bool more;       /* there were others */
    struct {
        uint64_t kb;
        size_t at; /* where it is among the many */
    } list[XLMEM_STEPS_MAX];
} xlmem__best;

/* One more, who takes the place of the last one where there is no room. */
void xlmem__best_add(xlmem__best *b, uint64_t kb, size_t at);

#endif /* XLMEM_MODEL_BEST_H */
