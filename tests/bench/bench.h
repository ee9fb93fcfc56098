/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the benchmarks share.  Each is one program for one subject:
 *
 *     bench_X SIZE... REPEATS
 *
 * makes its hosts, does the work REPEATS times within a function named
 * phase_*, and prints "NAME SIZE... REPEATS median_ns worst_ns RESULT".  Who
 * judges by instructions takes them of the phases alone,
 *
 *     valgrind --tool=callgrind --toggle-collect='phase_*' bench_X ...
 *
 * or the difference of two runs with different REPEATS, which is free of what
 * making the host costs.
 */
#ifndef XLMEM_BENCH_H
#define XLMEM_BENCH_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "private/all.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

#define BENCH_PHASE __attribute__((noinline))

#define BENCH_REPEATS_MAX 1000

/* The status of a program that could not do its work: up to 3 is an answer to
 * tests/bench/run. */
#define BENCH_FAILED 9

/* The nth number of the command line, or @otherwise; at most @most. */
static inline size_t bench_size(int argc, char **argv, int nth,
                                size_t otherwise, size_t most)
{
    const unsigned long long n =
        nth < argc ? strtoull(argv[nth], NULL, 10) : otherwise;

    if (n && n <= most)
        return (size_t)n;
    fprintf(stderr, "%s: argument %d: 1 to %zu\n", argv[0], nth, most);
    exit(2);
}

static inline void *bench_alloc(size_t nr, size_t size)
{
    void *list = calloc(nr, size);

    if (!list)
        exit(2);
    return list;
}

/* A folder and those of these files, up to a NULL, that are in it. */
static inline void bench_remove(const char *dir, const char *const *names)
{
    char path[300];

    for (; *names; names++) {
        snprintf(path, sizeof(path), "%.255s/%s", dir, *names);
        remove(path);
    }
    rmdir(dir);
}

static inline int64_t bench_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Returns the median. */
static inline int64_t bench_print(const char *name, int64_t *took_ns,
                                  size_t repeats, const char *result)
{
    qsort(took_ns, repeats, sizeof(*took_ns), bench_compare);
    printf("%s repeats=%zu median_ns=%" PRId64 " worst_ns=%" PRId64
           " result=%s\n",
           name, repeats, took_ns[repeats / 2], took_ns[repeats - 1], result);
    return took_ns[repeats / 2];
}

/*
 * A host of @nr_doms domains that hold 1 GiB each.  Of every @opt_in-th
 * (0: none) may be asked the more the higher its id is, which is the order in
 * which whoever keeps the largest givers finds a new one each time.
 */
static inline void bench_host(xlmem_host *host, size_t nr_doms, size_t opt_in)
{
    static char line[] = "dom0_mem=8G,max:8G";
    size_t i;

    xlmem_host_init(host);
    host->xen_cmdline = line;
    XLMEM_SET(host, total_kb, 64 * 1024 * GIB);
    XLMEM_SET(host, free_kb, 16 * GIB);
    XLMEM_SET(host, outstanding_kb, 0);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(&host->dom0, mem_total_kb, 7 * GIB);
    XLMEM_SET(&host->dom0, mem_free_kb, 3 * GIB);
    XLMEM_SET(&host->dom0, cached_kb, 2 * GIB);
    XLMEM_SET(&host->dom0, mem_available_kb, 4 * GIB);
    XLMEM_SET(&host->dom0, balloon_target_kb, 8 * GIB);
    host->nr_doms = nr_doms;
    host->doms = bench_alloc(nr_doms, sizeof(*host->doms));
    for (i = 0; i < nr_doms; i++) {
        xlmem_dom *dom = &host->doms[i];

        XLMEM_SET(dom, domid, i);
        XLMEM_SET(dom, vcpus, 2);
        XLMEM_SET(dom, tot_kb, GIB);
        XLMEM_SET(dom, target_kb, GIB);
        XLMEM_SET(dom, maxmem_kb, GIB + MIB);
        XLMEM_SET(dom, outstanding_kb, 0);
        XLMEM_SET(dom, paging_kb, 4 * MIB);
        XLMEM_SET(dom, paused, 0);
        XLMEM_SET(dom, dying, 0);
        XLMEM_SET(dom, shutdown, 0);
        if (opt_in && i % opt_in == 1 % opt_in)
            XLMEM_SET(dom, dynamic_min_kb, GIB / 2 - 4 * i);
        dom->type = i % 2 ? XLMEM_DOM_PV : XLMEM_DOM_PVH;
        snprintf(dom->uuid, sizeof(dom->uuid), "00000000-0000-4000-8000-%012x",
                 (unsigned)i);
    }
}

/* The lists that bench_host made; its text is not ours. */
static inline void bench_dispose(xlmem_host *host)
{
    host->xen_cmdline = NULL;
    xlmem_host_dispose(host);
}

#endif /* XLMEM_BENCH_H */
