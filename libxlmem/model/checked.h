/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Arithmetic on quantities that come from outside.  add, mul: false when the
 * result does not fit, *r untouched.  sub0 and friends saturate.
 */
#ifndef XLMEM_CHECKED_H
#define XLMEM_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool xlmem__add(uint64_t a, uint64_t b, uint64_t *r)
{
    if (b > UINT64_MAX - a)
        return false;
    *r = a + b;
    return true;
}

static inline bool xlmem__mul(uint64_t a, uint64_t b, uint64_t *r)
{
    if (b && a > UINT64_MAX / b)
        return false;
    *r = a * b;
    return true;
}

/* a - b, or 0. */
static inline uint64_t xlmem__sub0(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* a + b, or the largest number. */
static inline uint64_t xlmem__add_sat(uint64_t a, uint64_t b)
{
    return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* a * b, or the largest number. */
static inline uint64_t xlmem__mul_sat(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static inline uint64_t xlmem__min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t xlmem__max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* a / b rounded up; b is not 0. */
static inline uint64_t xlmem__div_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

/* a up to a multiple of b, or the largest multiple; b is not 0. */
static inline uint64_t xlmem__round_up(uint64_t a, uint64_t b)
{
    uint64_t n = xlmem__div_up(a, b);

    return n > UINT64_MAX / b ? UINT64_MAX / b * b : n * b;
}

#endif /* XLMEM_CHECKED_H */
