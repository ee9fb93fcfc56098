/* SPDX-License-Identifier: LGPL-2.1-only */
/* A file that is replaced stays whose it was, and as secret. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/atomic.h"

static char dir[] = "/tmp/xlmem-atomic-XXXXXX";
static char path[64];

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

static int make_dir(void **state)
{
    (void)state;
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/file", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "%s/file", dir);
    unlink(path);
    return rmdir(dir);
}

#define IN_DIR(test)                                                          \
    cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_new_file_is_like_any_other),
        IN_DIR(an_old_one_keeps_owner_and_mode),
        IN_DIR(a_name_that_is_taken_is_passed_over),
        IN_DIR(nothing_is_left_of_what_is_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
