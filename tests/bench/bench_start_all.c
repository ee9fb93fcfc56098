/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_start_all CASE [DOMUS REPEATS]: what check --all and check --host
 * decide, without the files: DOMUS domUs of 256 MiB, each of a name, start one
 * after another on a host of dom0 alone.
 *
 *     fits   there is room for all
 *     half   for half of them: the others are refused
 *     names  all have the name of the first
 */
#include "bench.h"

#define DOMUS_MAX 100000
#define NAME_MAX_LEN 20

BENCH_PHASE static int phase_start_all(xlmem_host *host,
                                       const xlmem_policy *policy,
                                       xlmem_startup *list, size_t nr,
                                       xlmem_startup_sum *sum)
{
    return xlmem_start_all(host, policy, list, nr, sum);
}

static void ask(xlmem_startup *list, size_t nr, char (*names)[NAME_MAX_LEN],
                bool same)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        list[i] = (xlmem_startup){.name = names[same ? 0 : i]};
        snprintf(names[i], NAME_MAX_LEN, "guest%05u", (unsigned)i);
        list[i].start.request.type = i % 2 ? XLMEM_DOM_PV : XLMEM_DOM_PVH;
        XLMEM_SET(&list[i].start.request, memory_kb, 256 * MIB);
        XLMEM_SET(&list[i].start.request, vcpus, 2);
    }
}

/* dom0's side is never what is short. */
static void make_host(xlmem_host *host, size_t nr, bool half)
{
    bench_host(host, 1, 0);
    XLMEM_SET(host, free_kb, (nr + 1) * 272 * MIB / (half ? 2 : 1));
    XLMEM_SET(host, total_kb, host->free_kb + 8 * GIB);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, 17);
    XLMEM_SET(host, hap, 1);
    XLMEM_SET(&host->dom0, mem_available_kb, 4096 * GIB);
    XLMEM_SET(&host->dom0, linux_major, 6);
    XLMEM_SET(&host->dom0, linux_minor, 1);
}

int main(int argc, char **argv)
{
    static int64_t took_ns[BENCH_REPEATS_MAX];
    const char *what = argc > 1 ? argv[1] : "fits";
    const size_t nr = bench_size(argc, argv, 2, 10000, DOMUS_MAX);
    const size_t repeats = bench_size(argc, argv, 3, 1, BENCH_REPEATS_MAX);
    xlmem_startup *list = bench_alloc(nr, sizeof(*list));
    char(*names)[NAME_MAX_LEN] = bench_alloc(nr, sizeof(*names));
    xlmem_startup_sum sum = {.nr_up = 0};
    xlmem_policy policy;
    char name[96], up[32];
    size_t i;

    xlmem_policy_init(&policy);
    for (i = 0; i < repeats; i++) {
        xlmem_host host;
        int64_t start;

        make_host(&host, nr, !strcmp(what, "half"));
        ask(list, nr, names, !strcmp(what, "names"));
        start = bench_now_ns();
        if (phase_start_all(&host, &policy, list, nr, &sum))
            return 1;
        took_ns[i] = bench_now_ns() - start;
        bench_dispose(&host);
    }
    snprintf(name, sizeof(name), "start_all case=%s domus=%zu", what, nr);
    snprintf(up, sizeof(up), "%zu_up", sum.nr_up);
    bench_print(name, took_ns, repeats, up);
    free(names);
    free(list);
    return 0;
}
