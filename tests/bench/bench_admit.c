/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_admit [DOMS RESERVATIONS OPT_IN REPEATS]: the decision alone, for more
 * than is free, over DOMS domains of which every OPT_IN-th opted in (1: all;
 * 0: none), the largest giver last, and RESERVATIONS that are bound to a
 * domain each.
 *
 * Without arguments: 10 000 domains, all opted in, 100 reservations, in at
 * most 1 ms as the median; XLMEM_BENCH_SLACK multiplies that limit on machines
 * that are slow or shared.
 */
#include "bench.h"

#define DOMS_MAX 100000
#define LIMIT_NS 1000000

static void reserve(xlmem_host *host, size_t nr)
{
    size_t i;

    host->nr_reservations = nr;
    host->reservations = bench_alloc(nr, sizeof(*host->reservations));
    for (i = 0; i < nr; i++) {
        XLMEM_SET(&host->reservations[i], need_kb, GIB + 8 * MIB);
        XLMEM_SET(&host->reservations[i], domid, host->nr_doms - 1 - i);
    }
}

BENCH_PHASE static int phase_admit(const xlmem_host *host,
                                   const xlmem_policy *policy,
                                   xlmem_verdict *verdict)
{
    return xlmem_admit(host, policy, 32 * GIB, MIB, verdict);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const size_t nr_doms = bench_size(argc, argv, 1, 10000, DOMS_MAX);
    const size_t nr_res = bench_size(argc, argv, 2, 100, nr_doms);
    const size_t opt_in = argc > 3 && !strcmp(argv[3], "0")
                              ? 0
                              : bench_size(argc, argv, 3, 1, nr_doms);
    const size_t repeats = bench_size(argc, argv, 4, 201, BENCH_REPEATS_MAX);
    const char *slack = getenv("XLMEM_BENCH_SLACK");
    const int64_t limit_ns = LIMIT_NS * (slack ? strtoll(slack, NULL, 10) : 1);
    xlmem_verdict verdict = {.kind = XLMEM_REFUSE};
    xlmem_policy policy;
    int64_t median_ns;
    xlmem_host host;
    char name[96];
    size_t i;
    int rc;

    bench_host(&host, nr_doms, opt_in);
    reserve(&host, nr_res);
    xlmem_policy_init(&policy);
    for (i = 0; i < repeats; i++) {
        const int64_t start = bench_now_ns();

        rc = phase_admit(&host, &policy, &verdict);
        took_ns[i] = bench_now_ns() - start;
        if (rc && !xlmem_is_refusal(rc)) {
            fprintf(stderr, "xlmem_admit: %s\n", xlmem_strerror(rc));
            return 1;
        }
    }
    snprintf(name, sizeof(name), "admit doms=%zu reservations=%zu opt_in=%zu",
             nr_doms, nr_res, opt_in);
    median_ns =
        bench_print(name, took_ns, repeats, xlmem_verdict_name(verdict.kind));
    bench_dispose(&host);
    return argc > 1 || median_ns <= limit_ns ? 0 : 1;
}
