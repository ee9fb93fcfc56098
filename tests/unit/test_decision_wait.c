/* SPDX-License-Identifier: LGPL-2.1-only */
/* Waiting for the decision lock: for how long, for whom, between threads. */
#include "config.h"

#include "test.h"

#include <pthread.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(who_has_it_is_named),
        LEDGER_TEST(who_waits_while_others_are_served_goes_on_waiting),
        LEDGER_TEST(the_time_begins_again_with_each_who_is_served),
        LEDGER_TEST(threads_exclude_each_other),
        LEDGER_TEST(a_thread_that_asks_does_not_drop_the_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
