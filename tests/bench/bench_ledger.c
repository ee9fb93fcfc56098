/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_ledger one|each [HOLDS [DIR]]: so many reservations of one process,
 * made one after another under the decision lock and dropped: of one ledger,
 * or of one ledger each, as contexts have them.  tests/bench/run says whether
 * that is linear.
 */
#include "config.h"

#include "bench.h"

#include <sys/resource.h>
#include <unistd.h>

#include "sys/ledger.h"

#define NR_USUAL 8000
#define NR_MOST 100000

static char dir[256], said[512];
static xlmem__msg msg = {said, sizeof(said)};

static bool add(xlmem__ledger *ledger, xlmem__ledger_entry **hold)
{
    bool ok = !xlmem__ledger_lock(ledger, 0, 0, &msg) &&
              !xlmem__ledger_add(ledger, "xlmem 2\n", hold, &msg);

    xlmem__ledger_unlock(ledger);
    return ok;
}

/* Hold i is of ledger i % @nr_ledgers, which is opened for the first. */
BENCH_PHASE static bool phase_holds(xlmem__ledger_entry **holds, size_t nr,
                                    xlmem__ledger **ledgers, size_t nr_ledgers)
{
    bool ok = true;
    size_t i, n;

    for (i = 0; i < nr && ok; i++) {
        xlmem__ledger **ledger = &ledgers[i % nr_ledgers];

        ok = (*ledger || !xlmem__ledger_open(dir, ledger, &msg)) &&
             add(*ledger, &holds[i]);
    }
    for (n = 0; n < i; n++)
        xlmem__ledger_drop(holds[n]);
    for (n = 0; n < nr_ledgers; n++)
        xlmem__ledger_close(ledgers[n]);
    return ok;
}

static void clean_up(void)
{
    static const char *const names[] = {"lock", "threads", NULL};

    bench_remove(dir, names);
}

int main(int argc, char **argv)
{
    const bool each = argc > 1 && !strcmp(argv[1], "each");
    const size_t nr = bench_size(argc, argv, 2, NR_USUAL, NR_MOST);
    const size_t nr_ledgers = each ? nr : 1;
    /* One for each hold, and one for the lock of each ledger. */
    const rlim_t most = 2 * nr + 64;
    const struct rlimit limit = {most, most};
    xlmem__ledger_entry **holds =
        bench_alloc(nr, sizeof(xlmem__ledger_entry *));
    xlmem__ledger **ledgers = bench_alloc(nr_ledgers, sizeof(xlmem__ledger *));
    int64_t took_ns[1];
    bool ok;

    snprintf(dir, sizeof(dir), "%.200s/xlmem-bench-XXXXXX",
             argc > 3 ? argv[3] : "/dev/shm");
    if (!mkdtemp(dir))
        return BENCH_FAILED;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        fprintf(stderr, "%zu descriptors may not be had\n", (size_t)most);
    took_ns[0] = bench_now_ns();
    ok = phase_holds(holds, nr, ledgers, nr_ledgers);
    took_ns[0] = bench_now_ns() - took_ns[0];
    if (!ok)
        fprintf(stderr, "%s\n", said);
    clean_up();
    free(holds);
    free(ledgers);
    bench_print("ledger", took_ns, 1, ok ? "ok" : "FAILED");
    return ok ? 0 : BENCH_FAILED;
}
