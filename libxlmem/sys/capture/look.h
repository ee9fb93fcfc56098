/* SPDX-License-Identifier: LGPL-2.1-only */
/* How long a look at all processes may take: it is bounded whatever there are
 * of them, and whatever holds up the machine meanwhile. */
#ifndef XLMEM_LOOK_H
#define XLMEM_LOOK_H

#include "private/all.h"

/* Those of a look that is over before it has begun are negative. */
typedef struct xlmem__look_limits {
    int64_t cpu_ms;
    int64_t wall_ms;
    size_t min; /* so many are looked at whatever CPU time they take */
} xlmem__look_limits;

typedef struct xlmem__look_end {
    int64_t cpu_ms, wall_ms; /* on the clocks of this thread and the machine */
    int64_t not_before_ms;   /* on the machine's: until then this thread cannot
                                have used it up */
    size_t min;
} xlmem__look_end;

/* One that begins now. */
xlmem__look_end xlmem__look_end_of(const xlmem__look_limits *limits);

/* Whether it is over, when @nr have been looked at. */
bool xlmem__look_is_over(xlmem__look_end *end, size_t nr);

#endif /* XLMEM_LOOK_H */
