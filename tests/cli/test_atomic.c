/* SPDX-License-Identifier: LGPL-2.1-only */
/* A file that is replaced stays whose it was, and as secret. */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "in_dir.h"
#include "output/atomic.h"

static bool links_are_refused;

/* In the place of the C library's. */
int linkat(int from_dir, const char *from, int to_dir, const char *to,
           int flags)
{
    if (links_are_refused) {
        errno = EPERM;
        return -1;
    }
    return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

static bool write_text(const char *to, const char *text)
{
    atomic_file file;

    if (!atomic_open(&file, to))
        return false;
    if (fputs(text, file.stream) < 0) {
        atomic_abandon(&file);
        return false;
    }
    return atomic_commit(&file);
}

static struct stat look(void)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st;
}

static void a_new_file_is_like_any_other(void **state)
{
    const mode_t before = umask(027);

    (void)state;
    assert_true(write_text(path, "one"));
    assert_int_equal(look().st_mode & 07777, 0640);
    assert_int_equal(umask(before), 027);
}

static void an_old_one_keeps_owner_and_mode(void **state)
{
    const bool root = !geteuid();

    (void)state;
    assert_true(write_text(path, "one"));
    if (root)
        assert_int_equal(chown(path, 7, 42), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_true(write_text(path, "longer"));
    assert_int_equal(look().st_mode & 07777, 0640);
    assert_int_equal(look().st_size, strlen("longer"));
    if (root) {
        assert_int_equal(look().st_uid, 7);
        assert_int_equal(look().st_gid, 42);
    }
    assert_int_equal(chmod(path, 0604), 0);
    assert_true(write_text(path, "again"));
    assert_int_equal(look().st_mode & 07777, 0604);
}

/* What a killed one has left, or somebody else has laid out. */
static void a_name_that_is_taken_is_passed_over(void **state)
{
    char taken[128], target[128];
    struct stat st;

    (void)state;
    snprintf(taken, sizeof(taken), "%s.%ld-0", path, (long)getpid());
    snprintf(target, sizeof(target), "%s/target", dir);
    assert_int_equal(symlink(target, taken), 0);
    assert_true(write_text(path, "one"));
    assert_int_equal(stat(target, &st), -1);
    assert_int_equal(lstat(taken, &st), 0);
    assert_int_equal(unlink(taken), 0);
}

static void nothing_is_left_of_what_is_given_up(void **state)
{
    atomic_file file;
    struct stat st;

    (void)state;
    assert_true(write_text(path, "one"));
    assert_true(atomic_open(&file, path));
    assert_int_equal(stat(file.temporary, &st), 0);
    atomic_abandon(&file);
    assert_int_equal(stat(file.temporary, &st), -1);
    assert_int_equal(look().st_size, 3);
    snprintf(path, sizeof(path), "%s/none/file", dir);
    assert_false(atomic_open(&file, path));
    assert_int_equal(errno, ENOENT);
}

/* ------------------------------------- where others may write as well --- */

static void put_link(const char *target)
{
    unlink(path);
    assert_int_equal(symlink(target, path), 0);
}

static void open_replacement(atomic_file *file)
{
    assert_true(atomic_replace(file, path, 0644));
    assert_true(fputs("metrics", file->stream) >= 0);
}

/* The mode says that it is the new file; its text, that it is whole. */
static void is_replaced(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(name, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(st.st_size, strlen("metrics"));
}

static void is_untouched(const char *name)
{
    struct stat st;

    assert_int_equal(lstat(name, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, strlen("secret"));
}

/* Before it is opened, and while it is written. */
static void no_link_is_followed(void **state)
{
    char secret[64];
    atomic_file file;

    (void)state;
    snprintf(secret, sizeof(secret), "%s/secret", dir);
    strcpy(path, secret);
    assert_true(write_text(path, "secret"));
    assert_int_equal(chmod(secret, 0600), 0);
    snprintf(path, sizeof(path), "%s/file", dir);
    put_link("secret");
    open_replacement(&file);
    assert_true(atomic_commit(&file));
    is_replaced(path);
    is_untouched(secret);
    open_replacement(&file);
    put_link("secret");
    assert_true(atomic_commit(&file));
    is_replaced(path);
    is_untouched(secret);
    assert_int_equal(unlink(secret), 0);
}

/* The directory itself is put elsewhere, and a link in its place. */
static void the_directory_is_the_one_that_was_opened(void **state)
{
    char moved[64], other[64], name[96];
    atomic_file file;
    struct stat st;

    (void)state;
    snprintf(moved, sizeof(moved), "%s.moved", dir);
    snprintf(other, sizeof(other), "%s.other", dir);
    assert_int_equal(mkdir(other, 0755), 0);
    open_replacement(&file);
    assert_int_equal(rename(dir, moved), 0);
    assert_int_equal(symlink(other, dir), 0);
    assert_true(atomic_commit(&file));
    snprintf(name, sizeof(name), "%s/file", moved);
    is_replaced(name);
    assert_int_equal(stat(path, &st), -1);
    assert_int_equal(unlink(dir), 0);
    assert_int_equal(rename(moved, dir), 0);
    assert_int_equal(rmdir(other), 0);
}

static int descriptors(void)
{
    const int next = dup(STDERR_FILENO);

    close(next);
    return next;
}

static void a_replacement_leaves_nothing_behind(void **state)
{
    const int before = descriptors();
    char name[64];
    atomic_file file;
    struct stat st;

    (void)state;
    open_replacement(&file);
    assert_true(file.nameless || !fstatat(file.dir, file.temporary, &st, 0));
    atomic_abandon(&file);
    snprintf(name, sizeof(name), "%s/none/file", dir);
    assert_false(atomic_replace(&file, name, 0644));
    assert_int_equal(errno, ENOENT);
    snprintf(name, sizeof(name), "%s/folder", dir);
    assert_int_equal(mkdir(name, 0755), 0);
    assert_true(atomic_replace(&file, name, 0644));
    assert_false(atomic_commit(&file));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(rmdir(name), 0);
    assert_int_equal(descriptors(), before);
    /* remove_dir fails where a temporary name is left. */
}

/* Its directory is empty then: remove_dir fails where it is not. */
static void a_killed_writer_leaves_nothing_behind(void **state)
{
    atomic_file file;
    bool nameless;
    int status;
    pid_t pid;

    (void)state;
    open_replacement(&file);
    nameless = file.nameless;
    atomic_abandon(&file);
    if (!nameless)
        skip(); /* this filesystem has no such files */
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        open_replacement(&file);
        fputs("half of it", file.stream);
        fflush(file.stream);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void what_gets_no_link_is_copied(void **state)
{
    atomic_file file;
    bool ok;

    (void)state;
    open_replacement(&file);
    links_are_refused = true;
    ok = atomic_commit(&file);
    links_are_refused = false;
    assert_true(ok);
    is_replaced(path);
}

static void a_path_may_be_a_name(void **state)
{
    atomic_file file;

    (void)state;
    assert_int_equal(chdir(dir), 0);
    assert_true(atomic_replace(&file, "file", 0644));
    assert_true(fputs("metrics", file.stream) >= 0);
    assert_true(atomic_commit(&file));
    is_replaced("file");
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_new_file_is_like_any_other),
        IN_DIR(an_old_one_keeps_owner_and_mode),
        IN_DIR(a_name_that_is_taken_is_passed_over),
        IN_DIR(nothing_is_left_of_what_is_given_up),
        IN_DIR(no_link_is_followed),
        IN_DIR(the_directory_is_the_one_that_was_opened),
        IN_DIR(a_replacement_leaves_nothing_behind),
        IN_DIR(a_killed_writer_leaves_nothing_behind),
        IN_DIR(what_gets_no_link_is_copied),
        IN_DIR(a_path_may_be_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
