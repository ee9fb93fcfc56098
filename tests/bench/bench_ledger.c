/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_ledger [HOLDS [DIR]]: so many reservations of one process, made one
 * after another under the decision lock and dropped: of one ledger, and of
 * one ledger each, as contexts have them.  Fails where that is not linear.
 */
#include "config.h"

#include "slope.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys/ledger.h"

#define NR_USUAL 8000

static char dir[256], said[512];
static xlmem__msg msg = {said, sizeof(said)};

static bool add(xlmem__ledger *ledger, xlmem__hold **hold)
{
    bool ok = !xlmem__ledger_lock(ledger, 0, 0, &msg) &&
              !xlmem__ledger_add(ledger, "xlmem 2\n", hold, &msg);

    xlmem__ledger_unlock(ledger);
    return ok;
}

static int64_t make_holds(size_t nr, xlmem__ledger **ledgers,
                          size_t nr_ledgers)
{
    xlmem__hold **holds = calloc(nr, sizeof(*holds));
    const int64_t began = cpu_ns();
    bool ok = holds != NULL;
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
    free(holds);
    if (!ok)
        fprintf(stderr, "%zu: %s\n", i, said);
    return ok ? cpu_ns() - began : -1;
}

static int64_t of_one(size_t nr)
{
    xlmem__ledger *ledger = NULL;

    return make_holds(nr, &ledger, 1);
}

static int64_t of_one_each(size_t nr)
{
    xlmem__ledger **ledgers = calloc(nr, sizeof(*ledgers));
    const int64_t ns = ledgers ? make_holds(nr, ledgers, nr) : -1;

    free(ledgers);
    return ns;
}

static void clean_up(void)
{
    static const char *const names[] = {"lock", "threads"};
    char path[300];
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%.255s/%s", dir, names[i]);
        remove(path);
    }
    rmdir(dir);
}

int main(int argc, char **argv)
{
    const size_t nr = size_of_arg(argc, argv, NR_USUAL);
    const struct rlimit limit = {2 * nr + 64, 2 * nr + 64};
    bool ok;

    snprintf(dir, sizeof(dir), "%.200s/xlmem-bench-XXXXXX",
             argc > 2 ? argv[2] : "/dev/shm");
    if (!nr || !mkdtemp(dir)) {
        fprintf(stderr, "usage: bench_ledger [HOLDS [DIR]]\n");
        return 2;
    }
    if (setrlimit(RLIMIT_NOFILE, &limit))
        fprintf(stderr, "%zu descriptors may not be had\n", 2 * nr + 64);
    ok = is_linear("holds of one ledger", of_one, nr);
    ok = is_linear("holds of a ledger each", of_one_each, nr) && ok;
    clean_up();
    return ok ? 0 : 1;
}
