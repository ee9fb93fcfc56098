/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The decision alone, over 10 000 domains of which a tenth opted in, with 100
 * reservations: at most 1 ms, as the median of many.  XLMEM_BENCH_SLACK
 * multiplies the limit on machines that are slow or shared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "xlmem.h"

#define NR_DOMS 10000
#define NR_RESERVATIONS 100
#define NR_RUNS 201
#define LIMIT_NS 1000000
#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

static void fill(xlmem_host *host)
{
    static char line[] = "dom0_mem=8G,max:8G";
    size_t i;

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
    for (i = 0; i < NR_DOMS; i++) {
        xlmem_dom *dom = &host->doms[i];

        XLMEM_SET(dom, domid, i);
        XLMEM_SET(dom, vcpus, 2);
        XLMEM_SET(dom, tot_kb, GIB);
        XLMEM_SET(dom, target_kb, GIB);
        XLMEM_SET(dom, maxmem_kb, GIB + MIB);
        XLMEM_SET(dom, outstanding_kb, 0);
        XLMEM_SET(dom, paging_kb, 4 * MIB);
        if (i % 10 == 1)
            XLMEM_SET(dom, dynamic_min_kb, GIB / 2 - i);
        dom->type = i % 2 ? XLMEM_DOM_PV : XLMEM_DOM_PVH;
    }
    for (i = 0; i < NR_RESERVATIONS; i++) {
        XLMEM_SET(&host->reservations[i], need_kb, GIB + 8 * MIB);
        XLMEM_SET(&host->reservations[i], domid, NR_DOMS - 1 - i);
    }
}

static int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

int main(void)
{
    static xlmem_dom doms[NR_DOMS];
    static xlmem_reservation reservations[NR_RESERVATIONS];
    static int64_t took_ns[NR_RUNS];
    xlmem_host host = {.nr_doms = NR_DOMS,
                       .doms = doms,
                       .nr_reservations = NR_RESERVATIONS,
                       .reservations = reservations};
    const char *slack = getenv("XLMEM_BENCH_SLACK");
    const int64_t limit_ns = LIMIT_NS * (slack ? strtoll(slack, NULL, 10) : 1);
    xlmem_policy policy;
    xlmem_verdict verdict;
    size_t i;

    fill(&host);
    xlmem_policy_init(&policy);
    for (i = 0; i < NR_RUNS; i++) {
        int64_t start = now_ns();
        int rc = xlmem_admit(&host, &policy, 32 * GIB, MIB, &verdict);

        took_ns[i] = now_ns() - start;
        if (rc) {
            fprintf(stderr, "xlmem_admit: %s\n", xlmem_strerror(rc));
            return 1;
        }
    }
    qsort(took_ns, NR_RUNS, sizeof(took_ns[0]), compare);
    printf("admit over %d domains: median %" PRId64 " us, worst %" PRId64
           " us, limit %" PRId64 " us (%s)\n",
           NR_DOMS, took_ns[NR_RUNS / 2] / 1000, took_ns[NR_RUNS - 1] / 1000,
           limit_ns / 1000, xlmem_verdict_name(verdict.kind));
    return took_ns[NR_RUNS / 2] <= limit_ns ? 0 : 1;
}
