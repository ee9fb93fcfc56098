/* SPDX-License-Identifier: LGPL-2.1-only */
/* How a prediction is reported, by predict and by size. */
#ifndef XL_MEMGUARD_PREDICTION_H
#define XL_MEMGUARD_PREDICTION_H

#include "out.h"
#include "xlmem.h"

/* The facts of @p; its warnings, which come last. */
void prediction_put(out *o, const xlmem_prediction *p);
void prediction_warn(out *o, const xlmem_prediction *p);

#endif /* XL_MEMGUARD_PREDICTION_H */
