/* SPDX-License-Identifier: LGPL-2.1-only */
/* The best that can be done with a trace by somebody who knows all of it. */
#ifndef XLMEM_CONTEST_OPTIMUM_H
#define XLMEM_CONTEST_OPTIMUM_H

#include "trace.h"

typedef struct optimum {
    uint64_t unmet_kb_ms; /* nobody whose balloons move so fast has less */
    uint64_t moved_kb;    /* the least with which that can be done */
    bool proven;          /* both, by flow_proven */
    size_t nr_steps;      /* of grid_ms */
    uint32_t grid_ms;
    uint64_t *has_kb; /* the plan: rows of TRACE_DOMS_MAX */
} optimum;

void optimum_find(optimum *o, const trace *t);
void optimum_dispose(optimum *o);

/* The same as a linear program in CPLEX's text format, for any solver. */
void optimum_write(const trace *t, FILE *file);

#endif /* XLMEM_CONTEST_OPTIMUM_H */
