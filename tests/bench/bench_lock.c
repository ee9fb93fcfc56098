/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * bench_lock [PROCESSES [ROUNDS [HOLD_US [DIR]]]]
 *
 * The decision lock beside the two locks of the kernel that queue who waits
 * (fcntl F_SETLKW and flock): so many processes, which ask all at once in each
 * of so many rounds, and sleep so long under it.  A round begins when all have
 * been served: who drops a lock of the kernel and asks again at once gets it
 * before those that queue have woken, which is fast and no queue.  Says how
 * many decisions a second each came to in its median round, the processor time
 * of all processes, and the median and longest wait.
 *
 * Fails below 95 % of the faster of the kernel's, above 2 s of processor time,
 * and when somebody waited for longer than three medians (two are in the
 * nature of a round): then it was luck, and no order.  XLMEM_BENCH_SLACK
 * multiplies the time.
 */
#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "sys/ledger.h"

/* Nobody gives up. */
#define STILL_MS INT64_C(600000)

#define MAX_ROUNDS 100

#define LIMIT_CPU_US INT64_C(2000000)
#define LIMIT_PERCENT 95
#define LIMIT_MEDIANS 3

static long nr_processes = 256, nr_rounds = 4, hold_us = 5000;
static char dir[256], file[300];

static int64_t now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* What a decision does, as far as the lock is concerned. */
static void pass(long us)
{
    const struct timespec ts = {us / 1000000, us % 1000000 * 1000};

    if (us)
        nanosleep(&ts, NULL);
}

/* ---------------------------------------------------------- the locks --- */

/* Opens what it takes, as whoever decides once does; false: not to be had. */
typedef bool lock_fn(void *state);

typedef struct lock {
    const char *name;
    lock_fn *take, *drop;
} lock;

static bool open_file(int *fd)
{
    *fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return *fd >= 0;
}

static bool take_record(void *state)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    return open_file(state) && !fcntl(*(int *)state, F_SETLKW, &all);
}

static bool take_flock(void *state)
{
    return open_file(state) && !flock(*(int *)state, LOCK_EX);
}

static bool drop_file(void *state)
{
    return !close(*(int *)state);
}

static bool take_decision(void *state)
{
    char said[512];
    xlmem__msg msg = {said, sizeof(said)};
    xlmem__ledger **ledger = state;

    if (!*ledger && xlmem__ledger_open(dir, ledger, &msg))
        return false;
    if (!xlmem__ledger_lock(*ledger, STILL_MS, STILL_MS, &msg))
        return true;
    fprintf(stderr, "%s\n", said);
    return false;
}

static bool drop_decision(void *state)
{
    xlmem__ledger_unlock(*(xlmem__ledger **)state);
    return true;
}

#define NR_LOCKS 3

static const lock locks[NR_LOCKS] = {
    {"fcntl", take_record, drop_file},
    {"flock", take_flock, drop_file},
    {"decision", take_decision, drop_decision},
};

/* ------------------------------------------------------- the rounds --- */

typedef struct board {
    int64_t inside, overlaps, cpu_us;
    int64_t waited_us[]; /* of each decision */
} board;

/* All ask at once when the gate of their round opens, which is when its other
 * end is closed; each that is done writes a byte. */
typedef struct course {
    const lock *lock;
    board *board;
    int gates[MAX_ROUNDS][2];
    int done[2];
    int64_t took_us[MAX_ROUNDS];
} course;

static course courses[NR_LOCKS];

typedef struct result {
    double rate;
    int64_t cpu_us, median_us, longest_us;
} result;

static bool decide(const course *c, void *state, int64_t *waited_us)
{
    const int64_t asked_us = now_us();

    if (!c->lock->take(state))
        return false;
    *waited_us = now_us() - asked_us;
    c->board->overlaps += c->board->inside++ != 0;
    pass(hold_us);
    c->board->inside--;
    return c->lock->drop(state);
}

static int64_t cpu_us(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
           u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static int one_process(course *c, long me)
{
    union {
        xlmem__ledger *ledger;
        int fd;
    } state = {NULL};
    const int64_t forked_us = cpu_us();
    course *other;
    long i;
    char b = 0;

    prctl(PR_SET_TIMERSLACK, 1);
    for (other = courses; other <= c; other++)
        for (i = 0; i < nr_rounds; i++)
            close(other->gates[i][1]);
    for (i = 0; i < nr_rounds; i++)
        if (read(c->gates[i][0], &b, 1) ||
            !decide(c, &state, &c->board->waited_us[me * nr_rounds + i]) ||
            write(c->done[1], &b, 1) != 1)
            return 1;
    __atomic_add_fetch(&c->board->cpu_us, cpu_us() - forked_us,
                       __ATOMIC_RELAXED);
    return 0;
}

static size_t nr_waits(void)
{
    return (size_t)(nr_processes * nr_rounds);
}

static size_t board_size(void)
{
    return sizeof(board) + nr_waits() * sizeof(int64_t);
}

static bool start_all(course *c)
{
    long i;

    c->board = mmap(NULL, board_size(), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (c->board == MAP_FAILED || pipe2(c->done, O_CLOEXEC))
        return false;
    for (i = 0; i < nr_rounds; i++)
        if (pipe2(c->gates[i], O_CLOEXEC))
            return false;
    for (i = 0; i < nr_processes; i++) {
        const pid_t pid = fork();

        if (pid < 0)
            return false;
        if (!pid)
            _exit(one_process(c, i));
    }
    close(c->done[1]);
    return true;
}

/* false: somebody has failed. */
static bool one_round(course *c, long i)
{
    const int64_t began_us = now_us();
    long nr;
    char b;

    close(c->gates[i][1]);
    for (nr = 0; nr < nr_processes; nr++)
        if (read(c->done[0], &b, 1) != 1)
            return false;
    c->took_us[i] = now_us() - began_us;
    return true;
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static result conclude(course *c)
{
    int64_t *waited_us = c->board->waited_us;
    const size_t nr = nr_waits();
    result r;

    qsort(waited_us, nr, sizeof(*waited_us), compare);
    qsort(c->took_us, (size_t)nr_rounds, sizeof(*c->took_us), compare);
    r.rate = (double)nr_processes * 1e6 / (double)c->took_us[nr_rounds / 2];
    r.cpu_us = c->board->cpu_us;
    r.median_us = waited_us[nr / 2];
    r.longest_us = waited_us[nr - 1];
    printf("%-9s %8.1f decisions/s, %6.2f s of CPU, median wait %8.1f ms, "
           "longest %8.1f ms\n",
           c->lock->name, r.rate, (double)r.cpu_us / 1e6,
           (double)r.median_us / 1e3, (double)r.longest_us / 1e3);
    return r;
}

/* In turn, so that what else the machine does meets all of them. */
static bool run(result *results)
{
    bool ok = true;
    size_t n;
    long i;

    for (n = 0; n < NR_LOCKS && ok; n++) {
        courses[n].lock = &locks[n];
        ok = start_all(&courses[n]);
    }
    usleep(500000); /* until all stand at the gate */
    for (i = 0; i < nr_rounds; i++)
        for (n = 0; n < NR_LOCKS && ok; n++)
            ok = one_round(&courses[n], i);
    if (!ok)
        return false;
    while (wait(NULL) > 0)
        ;
    for (n = 0; n < NR_LOCKS; n++) {
        results[n] = conclude(&courses[n]);
        ok = ok && !courses[n].board->overlaps;
    }
    return ok;
}

static bool judge(const result *r, int64_t slack)
{
    const double kernel = r[0].rate > r[1].rate ? r[0].rate : r[1].rate;
    const double percent = r[2].rate * 100 / kernel;
    const bool ok = percent >= LIMIT_PERCENT &&
                    r[2].cpu_us <= LIMIT_CPU_US * slack &&
                    r[2].longest_us <= LIMIT_MEDIANS * r[2].median_us;

    printf("lock, %ld processes, %ld rounds, %ld us each: %.1f %% of the "
           "kernel's rate (at least %d), longest %.2f medians (at most %d): "
           "%s\n",
           nr_processes, nr_rounds, hold_us, percent, LIMIT_PERCENT,
           (double)r[2].longest_us / (double)r[2].median_us, LIMIT_MEDIANS,
           ok ? "ok" : "MISSED");
    return ok;
}

static void clean_up(void)
{
    static const char *const names[] = {"turn",    "line",     "lock",
                                        "threads", "compared", NULL};

    bench_remove(dir, names);
}

int main(int argc, char **argv)
{
    const char *slack = getenv("XLMEM_BENCH_SLACK");
    result results[NR_LOCKS];
    bool ok;

    if (argc > 1)
        nr_processes = strtol(argv[1], NULL, 10);
    if (argc > 2)
        nr_rounds = strtol(argv[2], NULL, 10);
    if (argc > 3)
        hold_us = strtol(argv[3], NULL, 10);
    snprintf(dir, sizeof(dir), "%.200s/xlmem-bench-XXXXXX",
             argc > 4 ? argv[4] : "/dev/shm");
    if (nr_processes < 1 || nr_rounds < 1 || nr_rounds > MAX_ROUNDS ||
        hold_us < 0 || !mkdtemp(dir)) {
        fprintf(stderr, "usage: bench_lock [PROCESSES [ROUNDS [HOLD_US "
                        "[DIR]]]]\n");
        return 2;
    }
    snprintf(file, sizeof(file), "%.255s/compared", dir);
    ok = run(results) && judge(results, slack ? strtoll(slack, NULL, 10) : 1);
    clean_up();
    return ok ? 0 : 1;
}
