/* SPDX-License-Identifier: LGPL-2.1-only */
/* What every report of a decision has. */
#ifndef XL_MEMGUARD_VERDICT_H
#define XL_MEMGUARD_VERDICT_H

#include "out.h"
#include "xlmem.h"

/* Lists; those of nothing are for programs only. */
void put_reasons(out *o, const xlmem_reason *reasons, size_t nr);
void verdict_put_steps(out *o, const xlmem_verdict *v);

#endif /* XL_MEMGUARD_VERDICT_H */
