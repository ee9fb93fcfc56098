/* SPDX-License-Identifier: LGPL-2.1-only */
/* What comes of the contest: the figures of each player on each trace, as
 * docs/design/rebalance.md has them, and what was asked for. */
#ifndef XLMEM_CONTEST_FIGURES_H
#define XLMEM_CONTEST_FIGURES_H

#include "world.h"

/* In the order of the tables. */
typedef enum contestant {
    NOBODY,
    SQUEEZED,
    SQUEEZED_DOMUS,
    QMEMMAN,
    XLMEM,
    CLAIRVOYANT,
    NR_CONTESTANTS
} contestant;

typedef struct figures {
    const char *name; /* of the trace, or of the sum */
    score by[NR_CONTESTANTS];
    uint64_t bound_kb_ms, bound_moved_kb; /* the optimum's */
} figures;

void figures_add(figures *sum, const figures *f);

/* What is lacking, and what else was measured: two tables. */
void figures_write(FILE *file, const figures *list, size_t nr);

/* What was asked for, over @all, and beside it what it is over some: a third
 * table.  Returns whether it is so over all. */
bool figures_judge(FILE *file, const figures *all, const figures *some);

/* Whether what holds for every player on every trace does: nobody beats the
 * optimum; ours keeps headroom and floors, and the clairvoyant the floors.
 * Complains to stderr. */
bool figures_are_sound(const figures *f);

#endif /* XLMEM_CONTEST_FIGURES_H */
