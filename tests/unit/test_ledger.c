/* SPDX-License-Identifier: LGPL-2.1-only */
/* The ledger with real files, real locks and owners that are really killed. */
#include "config.h"

#include "test.h"

#include <sched.h>

#include "ledger_files.h"
#include "sys/process.h"

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

static void a_reservation_is_seen_until_it_is_dropped(void **state)
{
    xlmem__ledger_entry *h = hold(*state, "need_kb 4");
    seen s = look(*state, 0);

    assert_int_equal(s.nr, 1);
    assert_int_equal(s.owned, 1);
    assert_string_equal(s.text, "need_kb 4");
    rewrite(*state, h, "longer than it was");
    assert_string_equal(look(*state, 0).text, "longer than it was");
    rewrite(*state, h, "short");
    assert_string_equal(look(*state, 0).text, "short");
    xlmem__ledger_drop(h);
    assert_int_equal(look(*state, 0).nr, 0);
}

/* Without the lock; it is forgotten with the next text, and with the entry. */
static void a_domain_is_noted_without_the_lock(void **state)
{
    xlmem__ledger_entry *h = hold(*state, "need_kb 4");
    xlmem__ledger_entry *other = hold(*state, "need_kb 5");
    char path[128];
    struct stat st;

    assert_int_equal(look(*state, 0).domid, -1);
    xlmem__ledger_drop(other);
    assert_int_equal(xlmem__ledger_note(h, 7, &say), 0);
    assert_int_equal(look(*state, 0).domid, 7);
    assert_int_equal(xlmem__ledger_note(h, 32751, &say), 0);
    assert_int_equal(look(*state, 0).domid, 32751);
    assert_string_equal(look(*state, 0).text, "need_kb 4");
    rewrite(*state, h, "need_kb 4 domid 8");
    assert_int_equal(look(*state, 0).domid, -1);
    assert_int_equal(xlmem__ledger_note(h, 9, &say), 0);
    snprintf(path, sizeof(path), "%s/.%s", dir, look(*state, 0).name);
    assert_int_equal(lstat(path, &st), 0);
    xlmem__ledger_drop(h);
    assert_int_equal(lstat(path, &st), -1);
}

static void what_is_no_id_is_no_note(void **state)
{
    static const char *const odd[] = {"a", "7 ", "-7", "123456", "/etc/7"};
    xlmem__ledger_entry *h = hold(*state, "need_kb 4");
    char path[128];
    size_t i;

    snprintf(path, sizeof(path), "%s/.%s", dir, look(*state, 0).name);
    for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        assert_int_equal(symlink(odd[i], path), 0);
        assert_int_equal(look(*state, 0).domid, -1);
        assert_int_equal(unlink(path), 0);
    }
    xlmem__ledger_drop(h);
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
        xlmem__ledger_entry *h;

        if (xlmem__ledger_open(dir, &ledger, &say) ||
            xlmem__ledger_lock(ledger, 10000, 100000, &say) ||
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
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_sweep(*state, s.name, &say),
                     XLMEM_ERROR_BUSY);
    xlmem__ledger_unlock(*state);

    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    s = look(*state, 0);
    assert_int_equal(s.nr, 1);
    assert_int_equal(s.owned, 0);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_sweep(*state, s.name, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(look(*state, 0).nr, 0);
}

/* Each is made, also where the other's names are; what is dropped is one's
 * own. */
static void ledgers_of_one_process_have_names_of_their_own(void **state)
{
    xlmem__ledger *ledgers[4] = {*state};
    xlmem__ledger_entry *holds[40];
    size_t i;

    for (i = 1; i < ARRAY_SIZE(ledgers); i++)
        assert_int_equal(xlmem__ledger_open(dir, &ledgers[i], &say), 0);
    for (i = 0; i < ARRAY_SIZE(holds); i++)
        holds[i] = hold(ledgers[i / 3 % ARRAY_SIZE(ledgers)], "x");
    assert_int_equal(look(*state, 0).owned, ARRAY_SIZE(holds));
    for (i = 0; i < ARRAY_SIZE(holds); i++) {
        xlmem__ledger_drop(holds[i]);
        assert_int_equal(look(*state, 0).owned, ARRAY_SIZE(holds) - i - 1);
    }
    for (i = 1; i < ARRAY_SIZE(ledgers); i++)
        xlmem__ledger_close(ledgers[i]);
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
    xlmem__ledger_entry *h = NULL;

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_add(*state, text, &h, &say),
                     XLMEM_ERROR_RANGE);
    assert_null(h);
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_add(*state, "x", &h, &say),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(look(*state, 0).nr, 0);
}

/* ------------------------------------------------------------- owners --- */

/* Reserves, forks, says so, and waits to be killed. */
static int reserves_and_forks(int from, int to)
{
    xlmem__ledger *ledger;
    xlmem__ledger_entry *h;

    if (xlmem__ledger_open(dir, &ledger, &say) ||
        xlmem__ledger_lock(ledger, 10000, 100000, &say) ||
        xlmem__ledger_add(ledger, "parent", &h, &say))
        return 1;
    xlmem__ledger_unlock(ledger);
    if (!fork()) {
        tell(to);
        hear(from);
        return 0;
    }
    for (;;)
        pause();
}

static void a_child_of_a_killed_owner_keeps_nothing(void **state)
{
    beside owner = start(reserves_and_forks);
    siginfo_t info;
    seen s;

    assert_true(hear(owner.from));
    assert_int_equal(look(*state, 0).owned, 1);
    kill(owner.pid, SIGKILL);
    /* dead, whether its parent cares or not */
    assert_int_equal(waitid(P_PID, (id_t)owner.pid, &info, WEXITED | WNOWAIT),
                     0);
    assert_int_equal(look(*state, 0).owned, 0);
    assert_int_equal(waitpid(owner.pid, NULL, 0), owner.pid);
    s = look(*state, 0);
    assert_int_equal(s.nr, 1);
    assert_int_equal(s.owned, 0);
    assert_string_equal(s.text, "parent");
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_sweep(*state, s.name, &say), 0);
    xlmem__ledger_unlock(*state);
    assert_int_equal(look(*state, 0).nr, 0);
    close(owner.to);
    close(owner.from);
}

static int waits(int from, int to)
{
    (void)to;
    hear(from);
    return 0;
}

static void a_child_of_the_owner_keeps_nothing_that_is_left(void **state)
{
    xlmem__ledger_entry *h = hold(*state, "left");
    beside child = start(waits);

    assert_int_equal(look(*state, 0).owned, 1);
    xlmem__ledger_leave(h);
    assert_int_equal(look(*state, 0).nr, 1);
    assert_int_equal(look(*state, 0).owned, 0);
    assert_int_equal(end_of(&child), 0);
}

static xlmem__ledger_entry *inherited[2];

static int ends_what_is_not_its(int from, int to)
{
    (void)from;
    (void)to;
    xlmem__ledger_drop(inherited[0]);
    xlmem__ledger_leave(inherited[1]);
    return 0;
}

static void a_child_ends_nothing_of_its_parent(void **state)
{
    beside child;

    inherited[0] = hold(*state, "one");
    inherited[1] = hold(*state, "two");
    child = start(ends_what_is_not_its);
    assert_int_equal(end_of(&child), 0);
    assert_int_equal(look(*state, 0).owned, 2);
    xlmem__ledger_drop(inherited[0]);
    xlmem__ledger_drop(inherited[1]);
}

static int locked_file(const char *name, const char *text, size_t len)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    return fd;
}

static bool is_owned_by(xlmem__ledger *ledger, const xlmem__process *owner)
{
    char text[128] = "text", who[XLMEM__PROCESS_TEXT_MAX];
    int fd, len;
    seen s;

    xlmem__process_write(owner, who);
    len = snprintf(text + 5, sizeof(text) - 5, "owner %s", who);
    fd = locked_file("1-0", text, 5 + (size_t)len + 1);
    s = look(ledger, 0);
    assert_int_equal(s.nr, 1);
    assert_string_equal(s.text, "text");
    close(fd);
    return s.owned;
}

static void an_owner_is_told_from_others_of_his_number(void **state)
{
    xlmem__process self, other;

    assert_int_equal(xlmem__process_self(&self), 0);
    if (!self.space)
        skip();
    assert_true(is_owned_by(*state, &self));
    other = self;
    other.start--;
    assert_false(is_owned_by(*state, &other));
    /* of another pid namespace: the lock is all there is */
    other.space++;
    assert_true(is_owned_by(*state, &other));
    other = (xlmem__process){.pid = 4194303, .start = 1, .space = 0};
    assert_true(is_owned_by(*state, &other));
}

/* What an older guard has written: no owner, and of a longer text before it
 * the rest. */
static void a_file_without_an_owner_goes_by_its_lock(void **state)
{
    static const char texts[][24] = {"text", "text\0owner", "text\0owner 1.2",
                                     "text\0owner 0.1.1", "text\0per 1.1.1"};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        int fd = locked_file("1-0", texts[i], sizeof(texts[i]));

        assert_int_equal(look(*state, 0).owned, 1);
        close(fd);
        assert_int_equal(look(*state, 0).owned, 0);
    }
}

static int reserves_and_waits(int from, int to)
{
    xlmem__ledger *ledger;
    xlmem__ledger_entry *h;

    if (xlmem__ledger_open(dir, &ledger, &say) ||
        xlmem__ledger_lock(ledger, 10000, 100000, &say) ||
        xlmem__ledger_add(ledger, "elsewhere", &h, &say))
        return 1;
    xlmem__ledger_unlock(ledger);
    tell(to);
    hear(from);
    return 0;
}

/* Number 1 there is somebody else here, and was started at another time. */
static int reserve_elsewhere(void)
{
    xlmem__ledger *ledger;
    beside there;
    seen s;

    if (unshare(CLONE_NEWPID))
        return 77;
    there = start(reserves_and_waits);
    if (!hear(there.from) || xlmem__ledger_open(dir, &ledger, &say))
        return 1;
    s = look(ledger, 0);
    if (s.owned != 1 || strcmp(s.name, "1-0"))
        return 2;
    kill_it(&there);
    s = look(ledger, 0);
    return s.nr == 1 && !s.owned ? 0 : 3;
}

static void an_owner_in_another_pid_namespace_owns(void **state)
{
    (void)state;
    in_a_child(reserve_elsewhere);
}

static void what_somebody_has_removed_is_written_anew(void **state)
{
    xlmem__ledger_entry *h = hold(*state, "need_kb 4");
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", dir, look(*state, 0).name);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(look(*state, 0).nr, 0);
    rewrite(*state, h, "need_kb 5");
    assert_string_equal(look(*state, 0).text, "need_kb 5");
    assert_int_equal(look(*state, 0).owned, 1);
    xlmem__ledger_drop(h);
    assert_int_equal(look(*state, 0).nr, 0);
}

/* Another one stands at its path: whoever comes later goes by that. */
static void another_directory_is_gone_to(void **state)
{
    xlmem__ledger_entry *h = hold(*state, "need_kb 4");
    xlmem__ledger *later;
    char before[72];

    snprintf(before, sizeof(before), "%s.old", dir);
    assert_true(xlmem__ledger_is_there(*state));
    assert_int_equal(rename(dir, before), 0);
    assert_false(xlmem__ledger_is_there(*state));
    assert_int_equal(xlmem__ledger_follow(*state, &say), 0);
    assert_true(xlmem__ledger_is_there(*state));
    assert_int_equal(xlmem__ledger_open(dir, &later, &say), 0);
    assert_int_equal(look(later, 0).nr, 0);
    rewrite(*state, h, "need_kb 5");
    assert_string_equal(look(later, 0).text, "need_kb 5");
    assert_int_equal(look(later, 0).owned, 1);

    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(xlmem__ledger_lock(later, 0, 0, &say), XLMEM_ERROR_BUSY);
    xlmem__ledger_unlock(*state);
    xlmem__ledger_drop(h);
    assert_int_equal(look(later, 0).nr, 0);
    xlmem__ledger_close(later);
    assert_int_equal(remove_tree(before), 0);
}

/* What was left behind has the name that another has in the new one. */
static void what_was_left_behind_ends_nothing_of_others(void **state)
{
    xlmem__ledger_entry *h = hold(*state, "need_kb 4"), *of_other;
    xlmem__ledger *other;
    char before[72];

    snprintf(before, sizeof(before), "%s.old", dir);
    assert_int_equal(rename(dir, before), 0);
    assert_int_equal(xlmem__ledger_follow(*state, &say), 0);
    assert_int_equal(xlmem__ledger_open(dir, &other, &say), 0);
    of_other = hold(other, "need_kb 5");
    assert_int_equal(xlmem__ledger_note(of_other, 7, &say), 0);
    assert_int_equal(xlmem__ledger_note(h, 8, &say), XLMEM_ERROR_NOTFOUND);
    assert_int_equal(look(other, 0).domid, 7);
    xlmem__ledger_drop(h);
    assert_string_equal(look(other, 0).text, "need_kb 5");
    assert_int_equal(look(other, 0).domid, 7);
    xlmem__ledger_drop(of_other);
    assert_int_equal(look(*state, 0).nr, 0);
    xlmem__ledger_close(other);
    assert_int_equal(remove_tree(before), 0);
}

/* Who decides goes by what he has read there. */
static void who_has_the_lock_stays(void **state)
{
    char before[72];

    snprintf(before, sizeof(before), "%s.old", dir);
    assert_int_equal(xlmem__ledger_lock(*state, 0, 0, &say), 0);
    assert_int_equal(rename(dir, before), 0);
    assert_false(xlmem__ledger_is_there(*state));
    assert_int_equal(xlmem__ledger_follow(*state, &say), 0);
    assert_true(xlmem__ledger_is_locked(*state));
    assert_false(xlmem__ledger_is_there(*state));
    xlmem__ledger_unlock(*state);
    assert_int_equal(xlmem__ledger_follow(*state, &say), 0);
    assert_int_equal(look(*state, 0).nr, 0);
    assert_int_equal(remove_tree(before), 0);
}

TEST_GROUP(ledger)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_reservation_is_seen_until_it_is_dropped),
        LEDGER_TEST(a_domain_is_noted_without_the_lock),
        LEDGER_TEST(what_is_no_id_is_no_note),
        LEDGER_TEST(a_killed_owner_leaves_a_reservation_to_sweep),
        LEDGER_TEST(ledgers_of_one_process_have_names_of_their_own),
        LEDGER_TEST(foreign_files_are_passed_over),
        LEDGER_TEST(odd_files_do_no_harm),
        LEDGER_TEST(who_has_no_right_is_told_so),
        LEDGER_TEST(a_directory_of_others_is_refused),
        LEDGER_TEST(what_does_not_fit_leaves_nothing),
        LEDGER_TEST(a_child_of_a_killed_owner_keeps_nothing),
        LEDGER_TEST(a_child_of_the_owner_keeps_nothing_that_is_left),
        LEDGER_TEST(a_child_ends_nothing_of_its_parent),
        LEDGER_TEST(an_owner_is_told_from_others_of_his_number),
        LEDGER_TEST(a_file_without_an_owner_goes_by_its_lock),
        LEDGER_TEST(an_owner_in_another_pid_namespace_owns),
        LEDGER_TEST(what_somebody_has_removed_is_written_anew),
        LEDGER_TEST(another_directory_is_gone_to),
        LEDGER_TEST(what_was_left_behind_ends_nothing_of_others),
        LEDGER_TEST(who_has_the_lock_stays),
    };

    return test_run(tests, NULL, NULL);
}
