/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_advise one|many|none|equal DOMS RESERVATIONS: what would make a
 * refused domain start, over DOMS domUs, of which none opted in, with
 * RESERVATIONS of creates that go on:
 *
 *     one    shutting one down is enough
 *     many   eight have to be shut down
 *     none   the host is too small: nothing helps
 *     equal  each gives a little less than is missing
 */
#include "bench.h"

#include "private/advice.h"

#define DOMS_MAX 100000

static void reserve(xlmem_host *host, size_t nr)
{
    size_t i;

    host->nr_reservations = nr;
    host->reservations = bench_alloc(nr, sizeof(*host->reservations));
    for (i = 0; i < nr; i++) {
        XLMEM_SET(&host->reservations[i], need_kb, 0);
        XLMEM_SET(&host->reservations[i], domid, host->nr_doms - 1 - i);
    }
}

BENCH_PHASE static int phase_advise(const xlmem_host *host,
                                    const xlmem_policy *policy,
                                    const xlmem_question *question,
                                    xlmem_advice *advice)
{
    return xlmem_advise(host, policy, question, advice);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "one";
    const size_t nr_doms = bench_size(argc, argv, 2, 10000, DOMS_MAX);
    xlmem_question question = {.need_kb = GIB};
    xlmem_advice advice = {.nr_cures = 0};
    xlmem_policy policy;
    int64_t took_ns;
    xlmem_host host;
    size_t i;
    int rc;

    bench_host(&host, nr_doms, 0);
    reserve(&host, bench_size(argc, argv, 3, 1, nr_doms));
    /* Only the headroom is free, nobody may grow, and dom0 gives nothing. */
    host.free_kb = 72 * MIB;
    host.doms[0].tot_kb = host.dom0.balloon_target_kb;
    for (i = 1; i < nr_doms; i++)
        host.doms[i].maxmem_kb = host.doms[i].tot_kb;
    xlmem_policy_init(&policy);
    policy.dom0_floor_kb = host.dom0.balloon_target_kb;
    if (!strcmp(what, "many"))
        question.need_kb = 8 * GIB;
    else if (!strcmp(what, "none"))
        question.need_kb = 2 * nr_doms * GIB;
    else if (!strcmp(what, "equal"))
        question.need_kb = GIB + 5 * MIB;
    took_ns = bench_now_ns();
    rc = phase_advise(&host, &policy, &question, &advice);
    took_ns = bench_now_ns() - took_ns;
    if (rc) {
        fprintf(stderr, "xlmem_advise: %s\n", xlmem_strerror(rc));
        return 1;
    }
    printf("advise %s doms=%zu: %lld us, %zu cures, the first of %zu\n", what,
           nr_doms, (long long)(took_ns / 1000), advice.nr_cures,
           advice.nr_cures ? advice.cures[0].nr : 0);
    bench_dispose(&host);
    return 0;
}
