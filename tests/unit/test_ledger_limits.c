/* SPDX-License-Identifier: LGPL-2.1-only */
/* The ledger where the system has little left: room, descriptors, sizes. */
#include "config.h"

#include "test.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "ledger_line.h"

/* A file system with room for one reservation, which is then read-only. */
static int reserve_on_a_full_disk(void)
{
    xlmem__ledger_entry *first = NULL, *second = NULL;
    xlmem__ledger *ledger;
    seen s = {.nr = 0};
    size_t foreign;
    int rc;

    if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, "") ||
        mount("none", dir, "tmpfs", 0, "size=4k,mode=0700"))
        return 77;
    if (xlmem__ledger_open(dir, &ledger, &say) ||
        xlmem__ledger_lock(ledger, 0, 0, &say) ||
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
    rc = xlmem__ledger_lock(ledger, 0, 0, &say);
    xlmem__ledger_close(ledger);
    return rc == XLMEM_ERROR_IO && says("/threads: Read-only file system") ? 0
                                                                           : 5;
}

static void a_full_or_read_only_disk_is_an_error(void **state)
{
    (void)state;
    in_a_child(reserve_on_a_full_disk);
}

/* ------------------------------------------------------------- limits --- */

static void limit_files_to(rlim_t size, rlim_t hard)
{
    const struct rlimit limit = {size, hard};

    if (setrlimit(RLIMIT_FSIZE, &limit))
        _exit(90);
}

static rlim_t file_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_FSIZE, &limit);
    return limit.rlim_cur;
}

/* Who may raise the limit writes, and leaves it as it was. */
static int reserve_beyond_the_limit(void)
{
    xlmem__ledger *ledger;
    xlmem__ledger_entry *h;

    limit_files_to(0, RLIM_INFINITY);
    if (xlmem__ledger_open(dir, &ledger, &say) ||
        xlmem__ledger_lock(ledger, 0, 0, &say) ||
        xlmem__ledger_add(ledger, "beyond", &h, &say) || file_limit())
        return 1;
    xlmem__ledger_unlock(ledger);
    limit_files_to(8, RLIM_INFINITY);
    rewrite(ledger, h, "more than eight bytes");
    return file_limit() == 8 && look(ledger, 0).owned == 1 ? 0 : 2;
}

static void a_file_limit_that_may_be_raised_is(void **state)
{
    (void)state;
    in_a_child(reserve_beyond_the_limit);
}

static bool is_refused(xlmem__ledger *ledger)
{
    xlmem__ledger_entry *h;

    return xlmem__ledger_add(ledger, "beyond", &h, &say) == XLMEM_ERROR_IO &&
           says(": File too large");
}

/* Nobody dies of it, and a signal that waits already waits on. */
static int reserve_within_the_limit(void)
{
    xlmem__ledger *ledger;
    sigset_t signal, pending;

    if (!geteuid() && (chown(dir, 65534, 65534) || setuid(65534)))
        return 77;
    sigemptyset(&signal);
    sigaddset(&signal, SIGXFSZ);
    limit_files_to(8, 8);
    if (xlmem__ledger_open(dir, &ledger, &say) ||
        xlmem__ledger_lock(ledger, 0, 0, &say) || !is_refused(ledger))
        return 1;
    if (sigpending(&pending) || sigismember(&pending, SIGXFSZ))
        return 2;
    limit_files_to(0, 0);
    if (!is_refused(ledger))
        return 3;
    sigprocmask(SIG_BLOCK, &signal, NULL);
    raise(SIGXFSZ);
    if (!is_refused(ledger) || sigpending(&pending) ||
        !sigismember(&pending, SIGXFSZ))
        return 4;
    xlmem__ledger_unlock(ledger);
    return look(ledger, 0).nr ? 5 : 0;
}

static void a_file_limit_kills_nobody(void **state)
{
    xlmem__ledger_close(*state);
    *state = NULL;
    in_a_child(reserve_within_the_limit);
}

static void limit_descriptors_to(rlim_t nr)
{
    const struct rlimit limit = {nr, 1024};

    if (setrlimit(RLIMIT_NOFILE, &limit))
        _exit(91);
}

static bool has_too_few(int rc)
{
    return rc == XLMEM_ERROR_IO && says(": Too many open files");
}

/* How many are free: the ledger's own, two of the lock, and one to look with
 * or of the reservation. */
static int reserve_with_few_descriptors(void)
{
    xlmem__ledger *ledger = NULL;
    xlmem__ledger_entry *first, *second;
    seen s = {.nr = 0};
    size_t foreign;
    rlim_t free_fd = (rlim_t)dup(0);
    int fd;

    for (fd = (int)free_fd; fd < 1024; fd++)
        close(fd);
    limit_descriptors_to(free_fd);
    if (!has_too_few(xlmem__ledger_open(dir, &ledger, &say)))
        return 1;
    /* Who asks would have the same byte as another thread no more. */
    limit_descriptors_to(free_fd + 1);
    if (xlmem__ledger_open(dir, &ledger, &say) ||
        !has_too_few(xlmem__ledger_lock(ledger, 0, 0, &say)) ||
        !says("/proc/self/stat"))
        return 2;
    limit_descriptors_to(free_fd + 2);
    if (!has_too_few(xlmem__ledger_lock(ledger, 0, 0, &say)))
        return 6;
    limit_descriptors_to(free_fd + 3);
    if (xlmem__ledger_lock(ledger, 0, 0, &say) ||
        !has_too_few(xlmem__ledger_add(ledger, "first", &first, &say)) ||
        !has_too_few(xlmem__ledger_each(ledger, note, &s, &foreign, &say)))
        return 3;
    limit_descriptors_to(free_fd + 4);
    if (xlmem__ledger_each(ledger, note, &s, &foreign, &say) || s.nr ||
        xlmem__ledger_add(ledger, "first", &first, &say))
        return 4;
    /* What cannot be looked at is an error, and not passed over. */
    if (!has_too_few(xlmem__ledger_each(ledger, note, &s, &foreign, &say)) ||
        !has_too_few(xlmem__ledger_add(ledger, "second", &second, &say)))
        return 5;
    xlmem__ledger_drop(first);
    return 0;
}

/* Its place in line has descriptors of its own, where there are some. */
static int wait_with_few_descriptors(void)
{
    beside holder = start(holds);
    xlmem__ledger *ledger;
    rlim_t nr, free_fd;

    if (!hear(holder.from) || xlmem__ledger_open(dir, &ledger, &say))
        return 1;
    free_fd = (rlim_t)dup(0);
    close((int)free_fd);
    for (nr = 2; nr <= 5; nr++) {
        limit_descriptors_to(free_fd + nr);
        if (xlmem__ledger_lock(ledger, 30, 30, &say) != XLMEM_ERROR_BUSY ||
            !says(" s by process "))
            return (int)nr;
    }
    limit_descriptors_to(free_fd + 2);
    tell(holder.to);
    if (xlmem__ledger_lock(ledger, 10000, 10000, &say))
        return 10;
    xlmem__ledger_unlock(ledger);
    limit_descriptors_to(1024);
    return nr_in_line() ? 11 : 0;
}

static void who_waits_needs_no_more(void **state)
{
    (void)state;
    in_a_child(wait_with_few_descriptors);
}

static void few_descriptors_are_enough(void **state)
{
    (void)state;
    in_a_child(reserve_with_few_descriptors);
}

TEST_GROUP(ledger_limits)
{
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_full_or_read_only_disk_is_an_error),
        LEDGER_TEST(a_file_limit_that_may_be_raised_is),
        LEDGER_TEST(a_file_limit_kills_nobody),
        LEDGER_TEST(few_descriptors_are_enough),
        LEDGER_TEST(who_waits_needs_no_more),
    };

    return test_run(tests, NULL, NULL);
}
