/* SPDX-License-Identifier: LGPL-2.1-only */
/* What every report of a decision has. */
#ifndef XL_MEMGUARD_VERDICT_H
#define XL_MEMGUARD_VERDICT_H

#include "output/out.h"
#include "private/advice.h"

/* Lists; those of nothing are for programs only. */
void put_reasons(out *o, const xlmem_finding *reasons, size_t nr,
                 size_t nr_lost);
void put_plan(out *o, const xlmem_plan *plan);

/* The decision as one line, first of all. */
void verdict_put_line(out *o, const xlmem_verdict *v, const char *name);

/* What would make it start; nothing where nothing would.  @starts: it is a
 * create that is asked about, which could be waited for or forced. */
void verdict_put_advice(out *o, const xlmem_advice *advice,
                        const xlmem_host *host, bool starts);

#endif /* XL_MEMGUARD_VERDICT_H */
