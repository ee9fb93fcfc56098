/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waiting for the decision lock: for how long, for whom, between threads. */
#include "config.h"

#include "test.h"

#include <pthread.h>
#include <sys/resource.h>

#include "ledger_line.h"

static void who_has_it_is_named(void **state)
{
    beside holder = start(holds);
    xlmem__ledger *other = another();
    char expected[128];

    assert_true(hear(holder.from));
    assert_int_equal(xlmem__ledger_lock(*state, 20, 200, &say),
                     XLMEM_ERROR_BUSY);
    snprintf(expected, sizeof(expected), " s by process %d (", holder.pid);
    assert_true(says(expected));
    assert_true(says("/lock: held for "));
    tell(holder.to);
    assert_int_equal(end_of(&holder), 0);

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_lock(other, 20, 200, &say),
                     XLMEM_ERROR_BUSY);
    assert_true(says("by another thread of this process"));
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), XLMEM_ERROR_BUSY);
    assert_true(says("held already"));
    xlmem__ledger_unlock(*state);
    xlmem__ledger_close(other);
}

/* One has it all the time, and looks like many who are served. */
static void *touches(void *stop)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/lock", dir);
    while (!__atomic_load_n((bool *)stop, __ATOMIC_SEQ_CST)) {
        utimensat(AT_FDCWD, path, NULL, 0);
        sleep_ms(5);
    }
    return NULL;
}

/* Waits for longer than its time, which begins again with each; but not for
 * ever. */
static void who_waits_while_others_are_served_goes_on_waiting(void **state)
{
    beside holder = start(holds), waiter;
    pthread_t thread;
    bool stop = false;

    assert_true(hear(holder.from));
    waiter = start(holds);
    wait_for_line(1);
    assert_int_equal(pthread_create(&thread, NULL, touches, &stop), 0);
    assert_int_equal(xlmem__ledger_lock(*state, 400, 4000, &say),
                     XLMEM_ERROR_BUSY);
    assert_true(says("/lock: 1 still stand before this one after "));
    /* And for no longer than it may at all. */
    assert_int_equal(xlmem__ledger_lock(*state, 600000, 100, &say),
                     XLMEM_ERROR_BUSY);
    assert_true(says("/lock: 1 still stand before this one after 0 s"));
    __atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    assert_int_equal(nr_in_line(), 1);
    tell(holder.to);
    assert_int_equal(end_of(&holder), 0);
    assert_true(hear(waiter.from));
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

static int served_for_a_while(int from, int to)
{
    xlmem__ledger *ledger = another();

    hear(from);
    if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say))
        return 1;
    sleep_ms(500);
    xlmem__ledger_unlock(ledger);
    (void)to;
    return 0;
}

static void the_time_begins_again_with_each_who_is_served(void **state)
{
    beside others[6];
    size_t i;

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    for (i = 0; i < ARRAY_SIZE(others); i++) {
        others[i] = start(served_for_a_while);
        tell(others[i].to);
    }
    wait_for_line(ARRAY_SIZE(others));
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(*state, 2000, 20000, &say), 0);
    xlmem__ledger_unlock(*state);
    for (i = 0; i < ARRAY_SIZE(others); i++)
        assert_int_equal(end_of(&others[i]), 0);
}

/* ---------------------------------------------------------- the next --- */

static int lives[2]; /* a pipe: a child lives until its end is closed */

/* Stands in line and forks: the child has what it had, and lives on. */
static void *forks_when_in_line(void *to)
{
    wait_for_line(2);
    if (!fork()) {
        close(lives[1]);
        tell((int)(intptr_t)to);
        _exit(hear(lives[0]));
    }
    return NULL;
}

static int waits_and_forks(int from, int to)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, forks_when_in_line,
                       (void *)(intptr_t)to))
        return 1;
    return holds(from, to);
}

/* In the middle of the line: first, second (who dies), third. */
static void dies_in_the_middle(xlmem__ledger *ledger, beside_fn *does,
                               bool forks)
{
    beside first, second, third;

    assert_int_equal(xlmem__ledger_lock(ledger, 0, 0, &say), 0);
    first = start(holds);
    wait_for_line(1);
    second = start(does);
    wait_for_line(2);
    if (forks)
        assert_true(hear(second.from));
    third = start(holds);
    wait_for_line(3);
    kill_it(&second);
    xlmem__ledger_unlock(ledger);
    assert_true(hear(first.from));
    assert_false(can_be_had());
    tell(first.to);
    assert_int_equal(end_of(&first), 0);
    assert_true(hear(third.from));
    tell(third.to);
    assert_int_equal(end_of(&third), 0);
    assert_int_equal(nr_in_line(), 0);
}

static void who_dies_in_line_lets_the_next_go_on(void **state)
{
    dies_in_the_middle(*state, holds, false);
}

static void so_does_one_whose_child_lives(void **state)
{
    assert_int_equal(pipe(lives), 0);
    dies_in_the_middle(*state, waits_and_forks, true);
    close(lives[0]);
    close(lives[1]);
}

static long nr_switches(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return u.ru_nvcsw;
}

/* The others sleep, whoever comes and goes before them. */
static int sleeps_until_it_is_next(int from, int to)
{
    xlmem__ledger *ledger = another();
    const long before = nr_switches();

    (void)from;
    (void)to;
    if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say))
        return 1;
    xlmem__ledger_unlock(ledger);
    return nr_switches() - before < 25 ? 0 : 2;
}

static void who_stands_behind_others_sleeps(void **state)
{
    beside first, second;

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    first = start(holds);
    wait_for_line(1);
    second = start(sleeps_until_it_is_next);
    wait_for_line(2);
    sleep_ms(1000);
    xlmem__ledger_unlock(*state);
    assert_true(hear(first.from));
    tell(first.to);
    assert_int_equal(end_of(&first), 0);
    assert_int_equal(end_of(&second), 0);
}

/* Nobody is called where something else stands in the way. */
static void is_served_beside(xlmem__ledger *ledger)
{
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(ledger, 0, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    sleep_ms(20);
    xlmem__ledger_unlock(ledger);
    assert_true(hear(waiter.from));
    assert_false(can_be_had());
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

static void what_is_no_fifo_calls_nobody(void **state)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/turn", dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    is_served_beside(*state);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("lock", path), 0);
    is_served_beside(*state);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    is_served_beside(*state);
}

static size_t nr_descriptors(void)
{
    struct dirent *entry;
    size_t nr = 0;
    DIR *all = opendir("/proc/self/fd");

    while (all && (entry = readdir(all)))
        nr++;
    if (all)
        closedir(all);
    return nr;
}

/* Also of a place that was taken away, and of one that was left in vain. */
static void waiting_leaves_no_descriptor(void **state)
{
    const size_t before = nr_descriptors();
    beside holder = start(holds);
    char place[128];

    assert_true(hear(holder.from));
    assert_int_equal(xlmem__ledger_lock(*state, 100, 200, &say),
                     XLMEM_ERROR_BUSY);
    snprintf(place, sizeof(place), "%s/line", dir);
    assert_int_equal(rmdir(place), 0);
    assert_int_equal(xlmem__ledger_lock(*state, 100, 200, &say),
                     XLMEM_ERROR_BUSY);
    tell(holder.to);
    assert_int_equal(end_of(&holder), 0);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(nr_descriptors(), before);
}

/* Under the lock, no two threads are between the two writes. */
static int inside, overlaps;

static void *decide_often(void *unused)
{
    xlmem__ledger *ledger = another();
    int i;

    for (i = 0; i < 50; i++) {
        if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say))
            return (void *)1;
        overlaps += inside++ != 0;
        sched_yield();
        inside--;
        xlmem__ledger_unlock(ledger);
    }
    xlmem__ledger_close(ledger);
    return unused;
}

static void threads_exclude_each_other(void **state)
{
    pthread_t threads[4];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, decide_often, NULL),
                         0);
    for (i = 0; i < ARRAY_SIZE(threads); i++) {
        void *failed;

        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(overlaps, 0);
    assert_int_equal(nr_in_line(), 0);
}

/* A thread that asks in vain must not drop what another one has. */
static void a_thread_that_asks_does_not_drop_the_lock(void **state)
{
    xlmem__ledger *other = another();

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_lock(other, 20, 200, &say),
                     XLMEM_ERROR_BUSY);
    xlmem__ledger_close(other);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(can_be_had());
}

TEST_GROUP(decision_wait)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(who_has_it_is_named),
        LEDGER_TEST(who_waits_while_others_are_served_goes_on_waiting),
        LEDGER_TEST(the_time_begins_again_with_each_who_is_served),
        LEDGER_TEST(who_dies_in_line_lets_the_next_go_on),
        LEDGER_TEST(so_does_one_whose_child_lives),
        LEDGER_TEST(who_stands_behind_others_sleeps),
        LEDGER_TEST(what_is_no_fifo_calls_nobody),
        LEDGER_TEST(waiting_leaves_no_descriptor),
        LEDGER_TEST(threads_exclude_each_other),
        LEDGER_TEST(a_thread_that_asks_does_not_drop_the_lock),
    };

    return test_run(tests, NULL, NULL);
}
