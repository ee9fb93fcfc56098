/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How processor time grows with size: t(N) is about N to the power of what
 * this says, by the times of a quarter of N and of N.  A time is the least of
 * a few, since what else the machine does only adds to it.
 */
#ifndef XLMEM_BENCH_SLOPE_H
#define XLMEM_BENCH_SLOPE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Caches that N fills and a quarter of it does not are seen as well. */
#define SLOPE_MAX 1.25
#define SLOPE_RUNS 3

static inline int64_t cpu_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Does it once for a size, and says how long that took; -1: it failed. */
typedef int64_t sized_fn(size_t nr);

static inline int64_t least_ns(sized_fn *fn, size_t nr)
{
    int64_t least = -1;
    int i;

    for (i = 0; i < SLOPE_RUNS; i++) {
        const int64_t ns = fn(nr);

        if (ns < 0)
            return -1;
        if (least < 0 || ns < least)
            least = ns;
    }
    return least;
}

/* Prints a line; false: it failed, or grows faster than it may. */
static inline bool is_linear(const char *what, sized_fn *fn, size_t nr)
{
    const int64_t quarter = least_ns(fn, nr / 4), all = least_ns(fn, nr);
    double slope;

    if (quarter <= 0 || all <= 0) {
        printf("%s: FAILED\n", what);
        return false;
    }
    slope = log2((double)all / (double)quarter) / 2;
    printf("%s: %.2f ms for %zu, %.2f ms for %zu: N^%.2f (at most N^%.2f): "
           "%s\n",
           what, (double)quarter / 1e6, nr / 4, (double)all / 1e6, nr, slope,
           SLOPE_MAX, slope <= SLOPE_MAX ? "ok" : "MISSED");
    return slope <= SLOPE_MAX;
}

/* The size that an argument says, or the usual one; 0: it says none. */
static inline size_t size_of_arg(int argc, char **argv, size_t usual)
{
    char *end;
    unsigned long nr;

    if (argc < 2)
        return usual;
    nr = strtoul(argv[1], &end, 10);
    return *end || nr < 16 || nr > 1000000 ? 0 : nr;
}

#endif /* XLMEM_BENCH_SLOPE_H */
