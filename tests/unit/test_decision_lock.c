/* SPDX-License-Identifier: LGPL-2.1-only */
/* The decision lock and its line, with real processes that are really killed,
 * stopped and forked. */
#include "config.h"

#include "test.h"

#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "ledger_line.h"

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

/* Forks, says so, and waits to be killed: with all that it had. */
static int holds_and_forks(int from, int to)
{
    if (xlmem__ledger_lock(another(), LONG_MS, 10 * LONG_MS, &say))
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

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    child = start(listens);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(can_be_had());
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(end_of(&child), 0);
}

static void a_child_of_a_killed_holder_holds_up_nobody(void **state)
{
    beside holder = start(holds_and_forks);

    assert_true(hear(holder.from));
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), XLMEM_ERROR_BUSY);
    kill(holder.pid, SIGKILL);
    assert_int_equal(waitpid(holder.pid, NULL, 0), holder.pid);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
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
    return xlmem__ledger_lock(inherited, 0, 0, &say) == XLMEM_ERROR_BUSY ? 0
                                                                         : 1;
}

static void a_child_cannot_let_go_for_its_parent(void **state)
{
    beside child;

    inherited = *state;
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
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
    if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say))
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
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
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
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
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
        if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say))
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

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    kill(waiter.pid, SIGSTOP);
    assert_int_equal(waitpid(waiter.pid, NULL, WUNTRACED), waiter.pid);
    xlmem__ledger_unlock(*state);
    /* Free, but not his turn. */
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), XLMEM_ERROR_BUSY);
    assert_true(says("1 stood before this one"));
    /* Who does not come loses his turn, and has it again when he does. */
    assert_int_equal(xlmem__ledger_lock(*state, LONG_MS, 10 * LONG_MS, &say),
                     0);
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

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    kill_it(&waiter);
    assert_int_equal(nr_in_line(), 1);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(nr_in_line(), 0);
    xlmem__ledger_unlock(*state);
}

/* Killed, and its parent does not care: it has a number still. */
static void a_zombie_in_line_is_passed_over(void **state)
{
    siginfo_t info;
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    waiter = start(holds);
    wait_for_line(1);
    kill(waiter.pid, SIGKILL);
    assert_int_equal(waitid(P_PID, (id_t)waiter.pid, &info, WEXITED | WNOWAIT),
                     0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
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
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), XLMEM_ERROR_BUSY);
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

static void another_process_of_the_same_number_is_another(void **state)
{
    char name[XLMEM__PLACE_MAX], who[XLMEM__PROCESS_TEXT_MAX];
    xlmem__process self;

    assert_int_equal(xlmem__process_self(&self), 0);
    if (!self.space)
        skip();
    self.start++;
    xlmem__process_write(&self, who);
    snprintf(name, sizeof(name), "%020d.%s", 1, who);
    put_in_line(name);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
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

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    waiter = start(holds_under_an_odd_name);
    wait_for_line(1);
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    assert_int_equal(xlmem__ledger_lock(*state, 20, 200, &say),
                     XLMEM_ERROR_BUSY);
    assert_true(says("() Z 1 (x) 1 1 1)"));
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

/* It is dead to nobody while one of its threads lives.  The stack that knew
 * what the process holds went with its first thread, so it ends as one that
 * is killed, whose memory nobody looks at. */
static void *goes_on(void *to)
{
    xlmem__ledger *ledger = another();

    if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say))
        _exit(1);
    tell((int)(intptr_t)to);
    sleep_ms(200);
    raise(SIGKILL);
    return NULL;
}

static int ends_its_first_thread(int from, int to)
{
    pthread_t thread;

    hear(from);
    if (pthread_create(&thread, NULL, goes_on, (void *)(intptr_t)to))
        return 1;
    pthread_exit(NULL);
}

static void a_process_lives_while_a_thread_does(void **state)
{
    beside waiter;

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    waiter = start(ends_its_first_thread);
    tell(waiter.to);
    wait_for_line(1);
    sleep_ms(20);
    /* in vain, and without taking it out of the line */
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), XLMEM_ERROR_BUSY);
    assert_false(can_be_had());
    assert_int_equal(nr_in_line(), 1);
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    assert_int_equal(end_of(&waiter), -SIGKILL);
}

/* Nothing is known of its process: it counts until it does not come. */
static void who_cannot_be_seen_counts_for_a_while(void **state)
{
    put_in_line("00000000000000000001.1.1.1");
    put_in_line("00000000000000000002.4194303.1.0");
    put_in_line("not a place");
    put_in_line("00000000000000000003.0.1.1");
    put_in_line("00000000000000000003.1.1");
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), XLMEM_ERROR_BUSY);
    assert_true(says("2 stood before this one"));
    assert_int_equal(xlmem__ledger_lock(*state, LONG_MS, 10 * LONG_MS, &say),
                     0);
    assert_int_equal(nr_in_line(), 3);
    xlmem__ledger_unlock(*state);
}

static void without_a_line_the_lock_is_still_one(void **state)
{
    char path[96];
    beside waiter;

    snprintf(path, sizeof(path), "%s/line", dir);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    waiter = start(holds);
    assert_false(can_be_had());
    xlmem__ledger_unlock(*state);
    assert_true(hear(waiter.from));
    assert_false(can_be_had());
    tell(waiter.to);
    assert_int_equal(end_of(&waiter), 0);
}

TEST_GROUP(decision_lock)
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
    };

    return test_run(tests, NULL, NULL);
}
