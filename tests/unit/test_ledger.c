/* SPDX-License-Identifier: LGPL-2.1-only */
/* The ledger with real files, real locks and owners that are really killed. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/ledger.h"

static char dir[64];

/* Where failures are said. */
static char said[512];
static xlmem__msg say = {said, sizeof(said)};

typedef struct seen {
    size_t nr, owned;
    char name[32];
    char text[64];
} seen;

static int note(void *user, const char *name, const char *text, bool owned)
{
    seen *s = user;

    s->nr++;
    s->owned += owned;
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->text, sizeof(s->text), "%s", text);
    return 0;
}

static void assert_said(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

static void assert_said(const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    assert_string_equal(said, text);
}

static bool says(const char *part)
{
    return strstr(said, part) != NULL;
}

static seen look(xlmem__ledger *ledger, size_t foreign_expected)
{
    seen s = {.nr = 0};
    size_t foreign = 4711;

    assert_int_equal(xlmem__ledger_lock(ledger, 1000, &say), 0);
    assert_int_equal(xlmem__ledger_each(ledger, note, &s, &foreign, &say), 0);
    xlmem__ledger_unlock(ledger);
    assert_int_equal(foreign, foreign_expected);
    return s;
}

static xlmem__hold *hold(xlmem__ledger *ledger, const char *text)
{
    xlmem__hold *h = NULL;

    assert_int_equal(xlmem__ledger_lock(ledger, 10000, &say), 0);
    assert_int_equal(xlmem__ledger_add(ledger, text, &h, &say), 0);
    xlmem__ledger_unlock(ledger);
    return h;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int set_up(void **state)
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

static int tear_down(void **state)
{
    xlmem__ledger_close(*state);
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_reservation_is_seen_until_it_is_dropped(void **state)
{
    xlmem__hold *h = hold(*state, "need_kb 4");
    seen s = look(*state, 0);

    assert_int_equal(s.nr, 1);
    assert_int_equal(s.owned, 1);
    assert_string_equal(s.text, "need_kb 4");
    assert_int_equal(xlmem__ledger_update(h, "longer than it was", &say), 0);
    assert_string_equal(look(*state, 0).text, "longer than it was");
    assert_int_equal(xlmem__ledger_update(h, "short", &say), 0);
    assert_string_equal(look(*state, 0).text, "short");
    xlmem__ledger_drop(h);
    assert_int_equal(look(*state, 0).nr, 0);
}

/* A child that reserves, says so through a pipe, and waits to be killed. */
static pid_t child_holding(int *ready)
{
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        xlmem__ledger *ledger;
        xlmem__hold *h;

        if (xlmem__ledger_open(dir, &ledger, &say) ||
            xlmem__ledger_lock(ledger, 10000, &say) ||
            xlmem__ledger_add(ledger, "child", &h, &say))
            _exit(1);
        xlmem__ledger_unlock(ledger);
        if (write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    *ready = ends[0];
    return pid;
}

static void a_killed_owner_leaves_a_reservation_to_sweep(void **state)
{
    int ready, status;
    pid_t pid = child_holding(&ready);
    char c;
    seen s;

    assert_int_equal(read(ready, &c, 1), 1);
    close(ready);
    s = look(*state, 0);
    assert_int_equal(s.owned, 1);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(xlmem__ledger_sweep(*state, s.name, &say),
                     XLMEM_ERROR_BUSY);
    xlmem__ledger_unlock(*state);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    s = look(*state, 0);
    assert_int_equal(s.nr, 1);
    assert_int_equal(s.owned, 0);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(xlmem__ledger_sweep(*state, s.name, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(look(*state, 0).nr, 0);
}

static void one_process_holds_the_decision_lock_once(void **state)
{
    xlmem__ledger *other;

    assert_int_equal(xlmem__ledger_open(dir, &other, &say), 0);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), XLMEM_ERROR_BUSY);
    assert_int_equal(xlmem__ledger_lock(other, 20, &say), XLMEM_ERROR_BUSY);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_lock(other, 20, &say), 0);
    xlmem__ledger_close(other);
    assert_int_equal(xlmem__ledger_lock(*state, 20, &say), 0);
    xlmem__ledger_unlock(*state);
}

/* Under the lock, no two threads are between the two writes. */
static int inside, overlaps;

static void *decide_often(void *unused)
{
    xlmem__ledger *ledger;
    int i;

    if (xlmem__ledger_open(dir, &ledger, &say))
        return (void *)1;
    for (i = 0; i < 50; i++) {
        if (xlmem__ledger_lock(ledger, 60000, &say))
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
}

static void foreign_files_are_passed_over(void **state)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/1-0", dir);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof(path), "%s/2-0", dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/3-0", dir);
    fd = open(path, O_CREAT | O_RDWR, 0666);
    assert_int_equal(fchmod(fd, 0666), 0);
    close(fd);
    snprintf(path, sizeof(path), "%s/note.txt", dir);
    close(open(path, O_CREAT | O_RDWR, 0600));
    assert_int_equal(look(*state, 4).nr, 0);
}

/* Directories, garbage longer than any text of ours, somebody else's file. */
static void odd_files_do_no_harm(void **state)
{
    char path[128], garbage[3 * XLMEM__LEDGER_TEXT_MAX];
    size_t foreign = 1;
    int fd;

    snprintf(path, sizeof(path), "%s/4-0", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/5-0", dir);
    fd = open(path, O_CREAT | O_RDWR, 0600);
    memset(garbage, '\033', sizeof(garbage));
    assert_int_equal(write(fd, garbage, sizeof(garbage)), sizeof(garbage));
    close(fd);
    snprintf(path, sizeof(path), "%s/6-0", dir);
    close(open(path, O_CREAT | O_RDWR, 0600));
    if (!chown(path, 65534, 65534))
        foreign++;
    assert_int_equal(look(*state, foreign).nr, 3 - foreign);
}

/* In a child: what it does cannot be undone. */
static void in_a_child(int (*does)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (!pid)
        _exit(does());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: not root, or no mount of our own\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int open_as_nobody(void)
{
    xlmem__ledger *ledger;

    if (geteuid() || setuid(65534))
        return 77;
    return xlmem__ledger_open(dir, &ledger, &say) != XLMEM_ERROR_PERM ||
           !says(": Permission denied");
}

static void who_has_no_right_is_told_so(void **state)
{
    (void)state;
    in_a_child(open_as_nobody);
}

/* A file system with room for one reservation, which is then read-only. */
static int reserve_on_a_full_disk(void)
{
    xlmem__hold *first = NULL, *second = NULL;
    xlmem__ledger *ledger;
    seen s = {.nr = 0};
    size_t foreign;
    int rc;

    if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, "") ||
        mount("none", dir, "tmpfs", 0, "size=4k,mode=0700"))
        return 77;
    if (xlmem__ledger_open(dir, &ledger, &say) ||
        xlmem__ledger_lock(ledger, 0, &say) ||
        xlmem__ledger_add(ledger, "first", &first, &say))
        return 1;
    if (xlmem__ledger_add(ledger, "second", &second, &say) != XLMEM_ERROR_IO ||
        second || !says("-1: No space left on device") ||
        xlmem__ledger_update(first, "again", &say))
        return 2;
    if (xlmem__ledger_each(ledger, note, &s, &foreign, &say) || s.nr != 1 ||
        foreign || strcmp(s.text, "again"))
        return 3;
    xlmem__ledger_drop(first);
    xlmem__ledger_unlock(ledger);
    if (mount("none", dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4k"))
        return 4;
    rc = xlmem__ledger_lock(ledger, 0, &say);
    xlmem__ledger_close(ledger);
    return rc == XLMEM_ERROR_IO && says("/lock: Read-only file system") ? 0
                                                                        : 5;
}

static void a_full_or_read_only_disk_is_an_error(void **state)
{
    (void)state;
    in_a_child(reserve_on_a_full_disk);
}

static void a_directory_of_others_is_refused(void **state)
{
    xlmem__ledger *ledger = NULL;
    char link[128];

    (void)state;
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(xlmem__ledger_open(dir, &ledger, &say), XLMEM_ERROR_PERM);
    assert_said("%s: mode 0777: others could write to it", dir);
    assert_int_equal(chmod(dir, 0700), 0);
    assert_int_equal(xlmem__ledger_open("/nonexistent/ledger", &ledger, &say),
                     XLMEM_ERROR_NOTFOUND);
    assert_said("/nonexistent/ledger: No such file or directory");
    assert_int_equal(xlmem__ledger_open("/dev/null", &ledger, &say),
                     XLMEM_ERROR_IO);
    assert_said("/dev/null: Not a directory");
    snprintf(link, sizeof(link), "%s/link", dir);
    assert_int_equal(symlink(dir, link), 0);
    assert_int_equal(xlmem__ledger_open(link, &ledger, &say),
                     XLMEM_ERROR_PERM);
    assert_said("%s: is a symbolic link", link);
    assert_null(ledger);
}

static void what_does_not_fit_leaves_nothing(void **state)
{
    char text[XLMEM__LEDGER_TEXT_MAX + 1];
    xlmem__hold *h = NULL;

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(xlmem__ledger_lock(*state, 0, &say), 0);
    assert_int_equal(xlmem__ledger_add(*state, text, &h, &say),
                     XLMEM_ERROR_RANGE);
    assert_null(h);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_add(*state, "x", &h, &say),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(look(*state, 0).nr, 0);
}

#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_reservation_is_seen_until_it_is_dropped),
        LEDGER_TEST(a_killed_owner_leaves_a_reservation_to_sweep),
        LEDGER_TEST(one_process_holds_the_decision_lock_once),
        LEDGER_TEST(threads_exclude_each_other),
        LEDGER_TEST(foreign_files_are_passed_over),
        LEDGER_TEST(odd_files_do_no_harm),
        LEDGER_TEST(who_has_no_right_is_told_so),
        LEDGER_TEST(a_full_or_read_only_disk_is_an_error),
        LEDGER_TEST(a_directory_of_others_is_refused),
        LEDGER_TEST(what_does_not_fit_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
