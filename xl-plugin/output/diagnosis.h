/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the doctor found. */
#ifndef XL_MEMGUARD_DIAGNOSIS_H
#define XL_MEMGUARD_DIAGNOSIS_H

#include "output/out.h"
#include "private/all.h"

/* Nothing worse than notes. */
bool diagnosis_is_healthy(const xlmem_findings *found);

/*
 * The verdict in one line, and each finding: what it is, what it rests on,
 * what cures it and when that hurts.
 * @all: notes too, evidence, and what could not be judged.
 * @known: something was read at all.
 */
void diagnosis_put(out *o, const xlmem_findings *found, bool all, bool known);

#endif /* XL_MEMGUARD_DIAGNOSIS_H */
