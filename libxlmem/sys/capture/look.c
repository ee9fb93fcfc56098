/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/look.h"

#include "sys/root.h"

xlmem__look_end xlmem__look_end_of(const xlmem__look_limits *limits)
{
    return (xlmem__look_end){
        .cpu_ms = xlmem__time_ms(CLOCK_THREAD_CPUTIME_ID) + limits->cpu_ms,
        .wall_ms = xlmem__time_ms(CLOCK_MONOTONIC) + limits->wall_ms,
        .min = limits->min,
    };
}

bool xlmem__look_is_over(const xlmem__look_end *end, size_t nr)
{
    if (xlmem__time_ms(CLOCK_MONOTONIC) > end->wall_ms)
        return true;
    return nr >= end->min &&
           xlmem__time_ms(CLOCK_THREAD_CPUTIME_ID) > end->cpu_ms;
}
