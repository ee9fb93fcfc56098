/* SPDX-License-Identifier: LGPL-2.1-only */
/* A ledger in a directory of its own, and processes around it. */
#ifndef LEDGER_FILES_H
#define LEDGER_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/ledger.h"
#include "tree.h"

static char dir[64];

/* Where failures are said. */
static char said[512];
static xlmem__msg say = {said, sizeof(said)};

static inline bool says(const char *part)
{
    return strstr(said, part) != NULL;
}

typedef struct seen {
    size_t nr, owned;
    char name[32];
    char text[64];
    long domid; /* that was noted; -1: none */
} seen;

static inline int note(void *user, const char *name, const char *text,
                       bool owned, const uint64_t *domid)
{
    seen *s = user;

    s->nr++;
    s->owned += owned;
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->text, sizeof(s->text), "%s", text);
    s->domid = domid ? (long)*domid : -1;
    return 0;
}

static inline seen look(xlmem__ledger *ledger, size_t foreign_expected)
{
    seen s = {.nr = 0};
    size_t foreign = 4711;

    assert_int_equal(xlmem__ledger_lock(ledger, 1000, 10000, &say), 0);
    assert_int_equal(xlmem__ledger_each(ledger, note, &s, &foreign, &say), 0);
    xlmem__ledger_unlock(ledger);
    assert_int_equal(foreign, foreign_expected);
    return s;
}

static inline xlmem__ledger_entry *hold(xlmem__ledger *ledger,
                                        const char *text)
{
    xlmem__ledger_entry *h = NULL;

    assert_int_equal(xlmem__ledger_lock(ledger, 10000, 100000, &say), 0);
    assert_int_equal(xlmem__ledger_add(ledger, text, &h, &say), 0);
    xlmem__ledger_unlock(ledger);
    return h;
}

static inline void rewrite(xlmem__ledger *ledger, xlmem__ledger_entry *h,
                           const char *text)
{
    assert_int_equal(xlmem__ledger_lock(ledger, 10000, 100000, &say), 0);
    assert_int_equal(xlmem__ledger_update(h, text, &say), 0);
    xlmem__ledger_unlock(ledger);
}

static inline int set_up(void **state)
{
    xlmem__ledger *ledger;

    snprintf(dir, sizeof(dir), "/tmp/xlmem-ledger-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    if (xlmem__ledger_open(dir, &ledger, &say))
        return -1;
    *state = ledger;
    return 0;
}

static inline int tear_down(void **state)
{
    xlmem__ledger_close(*state);
    return remove_tree(dir);
}

/* A process beside us: what it does, and two pipes to talk through. */
typedef struct beside {
    pid_t pid;
    int from, to;
} beside;

typedef int beside_fn(int from, int to);

static inline beside start(beside_fn *does)
{
    int there[2], back[2];
    beside b;

    assert_int_equal(pipe(there), 0);
    assert_int_equal(pipe(back), 0);
    b.pid = fork();
    assert_true(b.pid >= 0);
    if (!b.pid) {
        close(there[1]);
        close(back[0]);
        _exit(does(there[0], back[1]));
    }
    close(there[0]);
    close(back[1]);
    b.from = back[0];
    b.to = there[1];
    return b;
}

/* One byte from the other; false: it has ended. */
static inline bool hear(int from)
{
    char c;

    return read(from, &c, 1) == 1;
}

static inline void tell(int to)
{
    if (write(to, "x", 1) != 1)
        _exit(99);
}

static inline int end_of(beside *b)
{
    int status;

    close(b->to);
    close(b->from);
    assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void kill_it(beside *b)
{
    kill(b->pid, SIGKILL);
    assert_int_equal(end_of(b), -SIGKILL);
}

static inline void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* In a child: what it does cannot be undone. */
static inline void in_a_child(int (*does)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (!pid)
        _exit(does());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: not root, or no namespace of our own\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif /* LEDGER_FILES_H */
