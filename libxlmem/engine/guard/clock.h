/* SPDX-License-Identifier: LGPL-2.1-only */
/* The backend's clock, for a context whose backend has one. */
#ifndef XLMEM_ENGINE_CLOCK_H
#define XLMEM_ENGINE_CLOCK_H

#include <stdint.h>

#include "engine/ctx.h"

/* The pause before the second look at something; each one after it is longer. */
#define XLMEM__SLEEP_LEAST_MS 50

int64_t xlmem__clock_ms(xlmem_ctx *ctx);

/* How long to sleep now: *pause_ms, but not beyond the deadline.  Lengthens
 * that. */
int64_t xlmem__pause(int64_t now_ms, int64_t deadline_ms, int64_t *pause_ms);

/* Sleep *pause_ms, but not beyond the deadline, and lengthen it. */
void xlmem__rest(xlmem_ctx *ctx, int64_t deadline_ms, int64_t *pause_ms);

#endif /* XLMEM_ENGINE_CLOCK_H */
