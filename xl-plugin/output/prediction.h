/* SPDX-License-Identifier: LGPL-2.1-only */
/* How a prediction is reported, by predict and by size. */
#ifndef XL_MEMGUARD_PREDICTION_H
#define XL_MEMGUARD_PREDICTION_H

#include "output/out.h"
#include "private/all.h"

/* The facts of @p; its warnings, which come last.  @lint: what lint found in
 * the line, which people are not told twice; NULL: nobody has looked. */
void prediction_put(out *o, const xlmem_prediction *p);

/* Whose figures they are where no Xen runs on that machine: of one to come, or
 * of a machine that is assumed. */
void prediction_of_none(out *o, const xlmem_host *host);
void prediction_warn(out *o, const xlmem_prediction *p,
                     const xlmem_lint_report *lint);

/* Why there is none. */
const char *prediction_refusal(int rc);

#endif /* XL_MEMGUARD_PREDICTION_H */
