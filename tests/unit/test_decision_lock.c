/* SPDX-License-Identifier: LGPL-2.1-only */
/* The decision lock and its line, with real processes that are really killed,
 * stopped and forked. */
#include "config.h"

#include "test.h"

#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "ledger_files.h"
#include "sys/line.h"

#define LONG_MS 60000

static size_t nr_in_line(void)
{
    char path[96];
    struct dirent *entry;
    size_t nr = 0;
    DIR *line;

    snprintf(path, sizeof(path), "%s/line", dir);
    line = opendir(path);
    while (line && (entry = readdir(line)))
        nr += entry->d_name[0] != '.';
    if (line)
        closedir(line);
    return nr;
}

static void wait_for_line(size_t nr)
{
    while (nr_in_line() != nr)
        sleep_ms(1);
}

static void put_in_line(const char *name)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "%s/line", dir);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/line/%s", dir, name);
    fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static xlmem__ledger *another(void)
{
    xlmem__ledger *ledger = NULL;

    if (xlmem__ledger_open(dir, &ledger, &say))
        _exit(98);
    return ledger;
}

/* Has the lock, says so, and keeps it until it is told or killed. */
static int holds(int from, int to)
{
    xlmem__ledger *ledger = another();

    if (xlmem__ledger_lock(ledger, LONG_MS, &say))
        return 1;
    tell(to);
    hear(from);
    xlmem__ledger_unlock(ledger);
    return 0;
}

static int asks_once(int from, int to)
{
    (void)from;
    (void)to;
    return xlmem__ledger_lock(another(), 0, &say) == XLMEM_ERROR_BUSY ? 4 : 0;
}

static bool can_be_had(void)
{
    beside b = start(asks_once);

    return !end_of(&b);
}

/* Forks, says so, and waits to be killed: with all that it had. */
static int holds_and_forks(int from, int to)
{
    if (xlmem__ledger_lock(another(), LONG_MS, &say))
        return 1;
    if (!fork()) {
        tell(to);
        hear(from);
        return 0;
    }
    for (;;)
        pause();
}

/* ----------------------------------------------------------- children --- */

static int listens(int from, int to)
{
    (void)to;
    hear(from);
    return 0;
}

static void a_child_of_the_holder_holds_up_nobody(void **state)
{
    beside child;

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    child = start(listens);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(can_be_had());
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(end_of(&child), 0);
}

static void a_child_of_a_killed_holder_holds_up_nobody(void **state)
{
    beside holder = start(holds_and_forks);

    assert_true(hear(holder.from));
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
    kill(holder.pid, SIGKILL);
    assert_int_equal(waitpid(holder.pid, NULL, 0), holder.pid);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    xlmem__ledger_unlock(*state);
    close(holder.to);
    close(holder.from);
}

static xlmem__ledger *inherited;

static int lets_go_of_what_is_not_its(int from, int to)
{
    (void)from;
    (void)to;
    xlmem__ledger_unlock(inherited);
    return xlmem__ledger_lock(inherited, 0, &say) == XLMEM_ERROR_BUSY ? 0 : 1;
}

static void a_child_cannot_let_go_for_its_parent(void **state)
{
    beside child;

    inherited = *state;
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    child = start(lets_go_of_what_is_not_its);
    assert_int_equal(end_of(&child), 0);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(can_be_had());
}

/* -------------------------------------------------------------- order --- */

#define NR_STORM 40

/* In memory that all share: who was served, in that order. */
typedef struct board {
    size_t nr_served;
    unsigned inside, overlaps;
    int served[NR_STORM];
} board;

static board *shared;

static void make_board(void)
{
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shared, MAP_FAILED);
}

static int asks_and_is_noted(int from, int to)
{
    xlmem__ledger *ledger = another();

    (void)to;
    hear(from);
    if (xlmem__ledger_lock(ledger, LONG_MS, &say))
        return 1;
    shared->overlaps += shared->inside++ != 0;
    shared->served[shared->nr_served++] = (int)getpid();
    sleep_ms(5);
    shared->inside--;
    xlmem__ledger_unlock(ledger);
    return 0;
}

static void end_all(beside *waiters, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        assert_int_equal(end_of(&waiters[i]), 0);
    assert_int_equal(shared->overlaps, 0);
    assert_int_equal(shared->nr_served, nr);
    assert_int_equal(nr_in_line(), 0);
}

/* Each is let in line before the next one asks. */
static void service_is_in_the_order_of_asking(void **state)
{
    beside waiters[12];
    size_t i;

    make_board();
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    for (i = 0; i < ARRAY_SIZE(waiters); i++) {
        waiters[i] = start(asks_and_is_noted);
        tell(waiters[i].to);
        wait_for_line(i + 1);
    }
    xlmem__ledger_unlock(*state);
    end_all(waiters, ARRAY_SIZE(waiters));
    for (i = 0; i < ARRAY_SIZE(waiters); i++)
        assert_int_equal(shared->served[i], waiters[i].pid);
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* All at once, in whatever order they come: that is the order of service. */
static void a_storm_is_served_as_it_stands(void **state)
{
    beside waiters[NR_STORM];
    struct dirent **line;
    char path[96];
    size_t i;

    make_board();
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    for (i = 0; i < NR_STORM; i++)
        waiters[i] = start(asks_and_is_noted);
    for (i = 0; i < NR_STORM; i++)
        tell(waiters[i].to);
    wait_for_line(NR_STORM);
    snprintf(path, sizeof(path), "%s/line", dir);
    assert_int_equal(scandir(path, &line, is_file, alphasort), NR_STORM);
    xlmem__ledger_unlock(*state);
    end_all(waiters, NR_STORM);
    for (i = 0; i < NR_STORM; i++) {
        assert_int_equal(shared->served[i], atoi(line[i]->d_name + 21));
        free(line[i]);
    }
    free(line);
}

/* In and out all the time: nobody is let in beside another. */
static int asks_often(int from, int to)
{
    xlmem__ledger *ledger = another();
    int i;

    (void)from;
    (void)to;
    for (i = 0; i < 20; i++) {
        if (xlmem__ledger_lock(ledger, LONG_MS, &say))
            return 1;
        shared->overlaps += shared->inside++ != 0;
        sched_yield();
        shared->inside--;
        xlmem__ledger_unlock(ledger);
    }
    return 0;
}

static void processes_exclude_each_other(void **state)
{
    beside askers[8];
    size_t i;

    (void)state;
    make_board();
    for (i = 0; i < ARRAY_SIZE(askers); i++)
        askers[i] = start(asks_often);
    for (i = 0; i < ARRAY_SIZE(askers); i++)
        assert_int_equal(end_of(&askers[i]), 0);
    assert_int_equal(shared->overlaps, 0);
}

static void nobody_overtakes_who_stands_in_line(void **state)
{
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    kill(waiter.pid, SIGSTOP);
    assert_int_equal(waitpid(waiter.pid, NULL, WUNTRACED), waiter.pid);
    xlmem__ledger_unlock(*state);
    /* Free, but not his turn. */
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
    assert_true(says("1 stood before this one"));
    /* Who does not come loses his turn, and has it again when he does. */
    assert_int_equal(xlmem__ledger_lock(*state, LONG_MS, &say), 0);
    assert_int_equal(nr_in_line(), 0);
    kill(waiter.pid, SIGCONT);
    wait_for_line(1);
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
    assert_int_equal(nr_in_line(), 0);
}

/* -------------------------------------------------------------- death --- */

static void who_dies_in_line_is_passed_over(void **state)
{
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    kill_it(&waiter);
    assert_int_equal(nr_in_line(), 1);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(nr_in_line(), 0);
    xlmem__ledger_unlock(*state);
}

/* Killed, and its parent does not care: it has a number still. */
static void a_zombie_in_line_is_passed_over(void **state)
{
    siginfo_t info;
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    kill(waiter.pid, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)waiter.pid, &info, WEXITED | WNOWAIT),
                     0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(end_of(&waiter), -SIGKILL);
}

static void who_dies_with_the_lock_lets_go(void **state)
{
    beside holder = start(holds), waiter;

    assert_true(hear(holder.from));
    waiter = start(holds);
    wait_for_line(1);
    kill_it(&holder);
    assert_true(hear(waiter.from));
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

static void another_process_of_the_same_number_is_another(void **state)
{
    char name[XLMEM__PLACE_MAX], who[XLMEM__PROCESS_TEXT_MAX];
    xlmem__process self;

    xlmem__process_self(&self);
    if (!self.space)
        skip();
    self.start++;
    xlmem__process_write(&self, who);
    snprintf(name, sizeof(name), "%020d.%s", 1, who);
    put_in_line(name);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(nr_in_line(), 0);
    xlmem__ledger_unlock(*state);
}

/* A name that looks like the end of one, and like a dead one's numbers. */
static int holds_under_an_odd_name(int from, int to)
{
    prctl(PR_SET_NAME, ") Z 1 (x) 1 1 1");
    return holds(from, to);
}

static void a_name_of_its_own_choice_changes_nothing(void **state)
{
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    waiter = start(holds_under_an_odd_name);
    wait_for_line(1);
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    assert_int_equal(xlmem__ledger_lock(*state, 20, &say), XLMEM_ERROR_BUSY);
    assert_true(says("() Z 1 (x) 1 1 1)"));
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

/* It is dead to nobody while one of its threads lives. */
static void *goes_on(void *to)
{
    xlmem__ledger *ledger = another();

    if (xlmem__ledger_lock(ledger, LONG_MS, &say))
        _exit(1);
    tell(*(int *)to);
    sleep_ms(200);
    _exit(0);
}

static int ends_its_first_thread(int from, int to)
{
    pthread_t thread;

    hear(from);
    if (pthread_create(&thread, NULL, goes_on, &to))
        return 1;
    pthread_exit(NULL);
}

static void a_process_lives_while_a_thread_does(void **state)
{
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    waiter = start(ends_its_first_thread);
    tell(waiter.to);
    wait_for_line(1);
    sleep_ms(20);
    /* in vain, and without taking it out of the line */
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
    assert_false(can_be_had());
    assert_int_equal(nr_in_line(), 1);
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    assert_int_equal(end_of(&waiter), 0);
}

/* Nothing is known of its process: it counts until it does not come. */
static void who_cannot_be_seen_counts_for_a_while(void **state)
{
    put_in_line("00000000000000000001.1.1.1");
    put_in_line("00000000000000000002.4194303.1.0");
    put_in_line("not a place");
    put_in_line("00000000000000000003.0.1.1");
    put_in_line("00000000000000000003.1.1");
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
    assert_true(says("2 stood before this one"));
    assert_int_equal(xlmem__ledger_lock(*state, LONG_MS, &say), 0);
    assert_int_equal(nr_in_line(), 3);
    xlmem__ledger_unlock(*state);
}

static void without_a_line_the_lock_is_still_one(void **state)
{
    char path[96];
    beside waiter;

    snprintf(path, sizeof(path), "%s/line", dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    waiter = start(holds);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    assert_false(can_be_had());
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

/* ------------------------------------------------------------ waiting --- */

static void who_has_it_is_named(void **state)
{
    beside holder = start(holds);
    xlmem__ledger *other = another();
    char expected[128];

    assert_true(hear(holder.from));
    assert_int_equal(xlmem__ledger_lock(*state, 20, &say), XLMEM_ERROR_BUSY);
    snprintf(expected, sizeof(expected), " s by process %d (", holder.pid);
    assert_true(says(expected));
    assert_true(says("/lock: held for "));
    tell(holder.to);
    assert_int_equal(end_of(&holder), 0);

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(xlmem__ledger_lock(other, 20, &say), XLMEM_ERROR_BUSY);
    assert_true(says("by another thread of this process"));
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
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
    assert_int_equal(xlmem__ledger_lock(*state, 400, &say), XLMEM_ERROR_BUSY);
    assert_true(says("/lock: 1 still stand before this one after "));
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
    if (xlmem__ledger_lock(ledger, LONG_MS, &say))
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

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    for (i = 0; i < ARRAY_SIZE(others); i++) {
        others[i] = start(served_for_a_while);
        tell(others[i].to);
    }
    wait_for_line(ARRAY_SIZE(others));
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(*state, 2000, &say), 0);
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
        if (xlmem__ledger_lock(ledger, LONG_MS, &say))
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

    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(xlmem__ledger_lock(other, 20, &say), XLMEM_ERROR_BUSY);
    xlmem__ledger_close(other);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(can_be_had());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_child_of_the_holder_holds_up_nobody),
        LEDGER_TEST(a_child_of_a_killed_holder_holds_up_nobody),
        LEDGER_TEST(a_child_cannot_let_go_for_its_parent),
        LEDGER_TEST(service_is_in_the_order_of_asking),
        LEDGER_TEST(a_storm_is_served_as_it_stands),
        LEDGER_TEST(processes_exclude_each_other),
        LEDGER_TEST(nobody_overtakes_who_stands_in_line),
        LEDGER_TEST(who_dies_in_line_is_passed_over),
        LEDGER_TEST(a_zombie_in_line_is_passed_over),
        LEDGER_TEST(who_dies_with_the_lock_lets_go),
        LEDGER_TEST(another_process_of_the_same_number_is_another),
        LEDGER_TEST(a_name_of_its_own_choice_changes_nothing),
        LEDGER_TEST(a_process_lives_while_a_thread_does),
        LEDGER_TEST(who_cannot_be_seen_counts_for_a_while),
        LEDGER_TEST(without_a_line_the_lock_is_still_one),
        LEDGER_TEST(who_has_it_is_named),
        LEDGER_TEST(who_waits_while_others_are_served_goes_on_waiting),
        LEDGER_TEST(the_time_begins_again_with_each_who_is_served),
        LEDGER_TEST(threads_exclude_each_other),
        LEDGER_TEST(a_thread_that_asks_does_not_drop_the_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
