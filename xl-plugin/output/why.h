/* SPDX-License-Identifier: LGPL-2.1-only */
/* Why memory is moved, for who reads a plan. */
#ifndef XL_MEMGUARD_WHY_H
#define XL_MEMGUARD_WHY_H

#include "private/monitor.h"

/*
 * why_moved: a step of the balancer's as half a sentence.
 * @part: how its domain takes part.
 * @demand_kb: what that wants, which is known; @ceiling_kb: the most that it
 *   may have.
 * Returns a static string.
 */
const char *why_moved(const xlmem_step *step, xlmem_part part,
                      uint64_t demand_kb, uint64_t ceiling_kb);

#endif /* XL_MEMGUARD_WHY_H */
