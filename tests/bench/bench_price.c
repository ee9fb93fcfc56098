/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_price [DOMUS REPEATS]: what DOMUS HVM domUs of one host take on each
 * of 63 others, which have dom0 alone.
 */
#include "bench.h"
#include "model/fleet/fleet.h"

#define OTHERS (XLMEM_FLEET_HOSTS_MAX - 1)

static void make_host(xlmem_host *host, size_t nr_doms)
{
    size_t i;

    bench_host(host, nr_doms, 0);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, 17);
    XLMEM_SET(host, hap, 1);
    for (i = 1; i < nr_doms; i++) {
        host->doms[i].type = XLMEM_DOM_HVM;
        XLMEM_SET(&host->doms[i], device_model_domid, 0);
    }
}

BENCH_PHASE static int phase_price(const xlmem_host *from,
                                   const xlmem_host *to,
                                   const xlmem_policy *policy,
                                   uint64_t *sum_kb)
{
    xlmem_fleet_price price;
    size_t d, g;

    for (d = 1; d < from->nr_doms; d++) {
        const xlmem_fleet_domu domu =
            xlmem_fleet_domu_of(from, &from->doms[d]);

        for (g = 0; g < OTHERS; g++) {
            if (xlmem_fleet_price_of(&domu, to, policy, &price))
                return BENCH_FAILED;
            *sum_kb += price.stays_kb[XLMEM_FLEET_XEN];
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const size_t nr = bench_size(argc, argv, 1, 1000, XLMEM_FLEET_DOMUS_MAX);
    const size_t repeats = bench_size(argc, argv, 2, 1, BENCH_REPEATS_MAX);
    char name[96], said[32];
    xlmem_host from, to;
    xlmem_policy policy;
    int failed = 0;
    size_t i;

    xlmem_policy_init(&policy);
    make_host(&from, nr + 1);
    make_host(&to, 1);
    for (i = 0; i < repeats && !failed; i++) {
        const int64_t start = bench_now_ns();
        uint64_t sum_kb = 0;

        failed = phase_price(&from, &to, &policy, &sum_kb);
        took_ns[i] = bench_now_ns() - start;
        snprintf(said, sizeof(said), "%" PRIu64 "_kb", sum_kb);
    }
    if (!failed) {
        snprintf(name, sizeof(name), "price domus=%zu", nr);
        bench_print(name, took_ns, repeats, said);
    }
    bench_dispose(&to);
    bench_dispose(&from);
    return failed;
}
