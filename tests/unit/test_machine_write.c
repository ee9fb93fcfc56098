/* SPDX-License-Identifier: LGPL-2.1-only */
/* Settings and files of a machine, in a folder that stands for it. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/capture/machine_write.h"
#include "sys/root.h"

static char place[] = "/tmp/test-machine-XXXXXX";
static char err[256];
static xlmem__msg msg = {err, sizeof(err)};
static int root = -1;

static int set_up(void **state)
{
    (void)state;
    strcpy(place + sizeof(place) - 7, "XXXXXX");
    if (!mkdtemp(place) || xlmem__root_open(place, &root))
        return -1;
    return mkdirat(root, "etc", 0755) || mkdirat(root, "run", 0755);
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    close(root);
    snprintf(command, sizeof(command), "rm -rf %s", place);
    return system(command);
}

static void put_file(const char *path, const char *text, mode_t mode)
{
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void assert_file(const char *path, const char *text)
{
    char *buf;
    size_t len;

    assert_int_equal(xlmem__root_read(root, path, &buf, &len), 0);
    assert_string_equal(buf, text);
    free(buf);
}

/* How many files there are: nothing is left beside. */
static size_t count_files(const char *path)
{
    char **names;
    size_t nr;

    assert_int_equal(xlmem__root_list(root, path, &names, &nr), 0);
    xlmem__free_names(names, nr);
    return nr;
}

static void a_file_is_replaced_as_it_was(void **state)
{
    struct stat st;

    (void)state;
    put_file("etc/xl.conf", "old\n", 0640);
    assert_int_equal(
        xlmem__machine_replace(root, "etc/xl.conf", "new\n", 4, &msg), 0);
    assert_file("etc/xl.conf", "new\n");
    assert_int_equal(fstatat(root, "etc/xl.conf", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(count_files("etc"), 1);
    /* One that is new, in a folder of ours. */
    assert_int_equal(
        xlmem__machine_replace(root, "run/xlmem/when", "1\n", 2, &msg), 0);
    assert_file("run/xlmem/when", "1\n");
    assert_int_equal(fstatat(root, "run/xlmem/when", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
}

static void a_link_is_left_alone(void **state)
{
    (void)state;
    put_file("etc/kept", "old\n", 0644);
    assert_int_equal(symlinkat("kept", root, "etc/xl.conf"), 0);
    assert_int_equal(
        xlmem__machine_replace(root, "etc/xl.conf", "new\n", 4, &msg),
        XLMEM_ERROR_UNSUPPORTED);
    assert_non_null(strstr(err, "by hand"));
    assert_file("etc/kept", "old\n");
    assert_int_equal(count_files("etc"), 2);
}

static void what_fails_leaves_the_old_one(void **state)
{
    (void)state;
    assert_int_equal(xlmem__machine_replace(root, "no/xl.conf", "", 0, &msg),
                     XLMEM_ERROR_NOTFOUND);
    assert_non_null(strstr(err, "/no/xl.conf: "));
    put_file("etc/xl.conf", "old\n", 0644);
    /* Somebody has its name already. */
    {
        char name[64];

        snprintf(name, sizeof(name), "etc/.xl.conf.memguard-%ld",
                 (long)getpid());
        put_file(name, "", 0600);
    }
    assert_int_equal(
        xlmem__machine_replace(root, "etc/xl.conf", "new\n", 4, &msg),
        XLMEM_ERROR_IO);
    assert_file("etc/xl.conf", "old\n");
}

static void a_setting_is_written_in_one_piece(void **state)
{
    (void)state;
    put_file("etc/setting", "", 0644);
    assert_int_equal(
        xlmem__machine_write_setting(root, "etc/setting", "online", &msg), 0);
    assert_file("etc/setting", "online");
    /* The kernel makes them, nobody else. */
    assert_int_equal(xlmem__machine_write_setting(root, "etc/no", "1", &msg),
                     XLMEM_ERROR_NOTFOUND);
    assert_non_null(strstr(err, "/etc/no: "));
    assert_int_equal(count_files("etc"), 1);
    assert_int_equal(symlinkat("setting", root, "etc/link"), 0);
    assert_int_not_equal(
        xlmem__machine_write_setting(root, "etc/link", "1", &msg), 0);
    assert_file("etc/setting", "online");
}

static void a_full_medium_is_said(void **state)
{
    int machine;

    (void)state;
    assert_int_equal(xlmem__root_open("/", &machine), 0);
    assert_int_equal(
        xlmem__machine_write_setting(machine, "dev/full", "1", &msg),
        XLMEM_ERROR_IO);
    assert_non_null(strstr(err, strerror(ENOSPC)));
    close(machine);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

TEST_GROUP(machine_write)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_replaced_as_it_was),
        TEST(a_link_is_left_alone),
        TEST(what_fails_leaves_the_old_one),
        TEST(a_setting_is_written_in_one_piece),
        TEST(a_full_medium_is_said),
    };

    return test_run(tests, NULL, NULL);
}
