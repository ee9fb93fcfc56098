/* SPDX-License-Identifier: LGPL-2.1-only */
#include "clock.h"

#include <time.h>

static uint64_t us_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_us(void)
{
    return us_of(CLOCK_MONOTONIC);
}

int64_t clock_ms(void)
{
    return (int64_t)(clock_us() / 1000);
}

int64_t clock_boot_ms(void)
{
    return (int64_t)(us_of(CLOCK_BOOTTIME) / 1000);
}
