/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/look.h"

#include "sys/root.h"

xlmem__look_end xlmem__look_end_of(const xlmem__look_limits *limits)
{
    const int64_t now_ms = xlmem__time_ms(CLOCK_MONOTONIC);

    return (xlmem__look_end){
        .cpu_ms = xlmem__time_ms(CLOCK_THREAD_CPUTIME_ID) + limits->cpu_ms,
        .wall_ms = now_ms + limits->wall_ms,
        .not_before_ms = now_ms + limits->cpu_ms,
        .min = limits->min,
    };
}

/* The thread's clock is a call of the kernel, 0.6 us for each process; the
 * machine's is not (vdso). */
bool xlmem__look_is_over(xlmem__look_end *end, size_t nr)
{
    const int64_t now_ms = xlmem__time_ms(CLOCK_MONOTONIC);
    int64_t left_ms;

    if (now_ms > end->wall_ms)
        return true;
    if (nr < end->min || now_ms < end->not_before_ms)
        return false;
    left_ms = end->cpu_ms - xlmem__time_ms(CLOCK_THREAD_CPUTIME_ID);
    end->not_before_ms = now_ms + left_ms;
    return left_ms < 0;
}
