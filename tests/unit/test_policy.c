/* SPDX-License-Identifier: LGPL-2.1-only */
/* The configuration and the kill switch, as files of a host. */
#include "config.h"

#include "test.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/ctx.h"
#include "private/guard.h"

static const char *conf, *mode, *last;
static bool off;
static int off_rc;

static int serve(void *user, const char *path, char **buf_r, size_t *len_r)
{
    const char *text = NULL;

    (void)user;
    if (!strcmp(path, XLMEM_POLICY_FILE))
        text = conf;
    else if (!strcmp(path, XLMEM_MODE_FILE))
        text = mode;
    else if (!strcmp(path, XLMEM_LAST_POLICY_FILE))
        text = last;
    else if (!strcmp(path, XLMEM_OFF_FILE) && off_rc)
        return off_rc;
    else if (!strcmp(path, XLMEM_OFF_FILE) && off)
        text = "";
    if (!text)
        return XLMEM_ERROR_NOTFOUND;
    if (!strcmp(text, "unreadable"))
        return XLMEM_ERROR_IO;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return 0;
}

static const xlmem_backend backend = {.struct_size = sizeof(backend),
                                      .api_version = XLMEM_BACKEND_VERSION,
                                      .name = "files",
                                      .read_file = serve};

static char said[512];

static void hear(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static int nothing(void **state)
{
    (void)state;
    conf = mode = last = NULL;
    off = false;
    off_rc = 0;
    said[0] = '\0';
    return 0;
}

static void the_policy_is_what_its_files_say(void **state)
{
    xlmem_ctx ctx = {.log = hear};
    xlmem_policy_report report;
    xlmem_policy policy;

    (void)state;
    assert_int_equal(xlmem_policy_load(&ctx, &policy, NULL),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    assert_int_equal(xlmem_policy_load(&ctx, &policy, &report),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(policy.mode, XLMEM_MODE_WARN);
    conf = "mode = \"enforce\"\nwait = 3\n";
    assert_int_equal(xlmem_policy_load(&ctx, &policy, NULL), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.wait_ms, 3000);
    assert_false(policy.switched_off);
    off = true;
    assert_int_equal(xlmem_policy_load(&ctx, &policy, &report), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_OFF);
    assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_SWITCH);
    assert_true(policy.switched_off);
    off = false;
    /* A host whose file has vanished stays as it was told to be. */
    conf = NULL;
    mode = "enforce\n";
    assert_int_equal(xlmem_policy_load(&ctx, &policy, &report), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_FILE);
    assert_string_equal(said, "");
}

/* Whether it is there is known by what was read, by a right that is missing,
 * and by a size; by no other failure. */
static void no_failure_switches_the_guard_off(void **state)
{
    static const struct {
        int rc;
        bool off;
    } cases[] = {
        {XLMEM_ERROR_NOTFOUND, false}, {XLMEM_ERROR_UNSUPPORTED, false},
        {XLMEM_ERROR_IO, false},       {XLMEM_ERROR_NOMEM, false},
        {XLMEM_ERROR_PERM, true},      {XLMEM_ERROR_RANGE, true},
    };
    xlmem_ctx ctx = {.log = hear};
    xlmem_policy policy;
    size_t i;

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    conf = "mode = enforce\n";
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        off_rc = cases[i].rc;
        assert_int_equal(xlmem_policy_load(&ctx, &policy, NULL), 0);
        assert_int_equal(policy.switched_off, cases[i].off);
        assert_int_equal(policy.mode,
                         cases[i].off ? XLMEM_MODE_OFF : XLMEM_MODE_ENFORCE);
    }
}

static void a_slip_leaves_the_last_policy_in_force(void **state)
{
    xlmem_ctx ctx = {.log = hear};
    xlmem_policy_report report;
    xlmem_policy policy;

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    conf = "mode = \"enfroce\"\nwait = 3\n";
    last = "mode = \"enforce\"\nwait = 20\nreboot_wait = 90\n";
    assert_int_equal(xlmem_policy_load(&ctx, &policy, NULL), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.wait_ms, 3000);
    assert_int_equal(policy.reboot_wait_ms, 60000);
    assert_int_equal(policy.nr_problems, 1);
    assert_non_null(strstr(said, "/etc/xen/memguard.conf: line 1: "));
    conf = "unreadable";
    assert_int_equal(xlmem_policy_load(&ctx, &policy, &report), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.reboot_wait_ms, 90000);
    assert_int_equal(report.nr, 1);
    mode = "unreadable";
    assert_int_equal(xlmem_policy_load(&ctx, &policy, &report), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(report.nr, 2);
    /* What we did not write ourselves does not count. */
    last = "mode = \"enforce\"\nwait = soon\n";
    assert_int_equal(xlmem_policy_load(&ctx, &policy, &report), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_WARN);
}

static void a_text_of_the_caller_s_is_taken(void **state)
{
    static const char text[] = "mode = \"enforce\"\n";
    static const char bad[] = "mode = \"enforce\"\nwait = 3x\n";
    xlmem_ctx ctx = {.log = NULL};
    xlmem_policy_report report;
    xlmem_policy policy;

    (void)state;
    assert_int_equal(xlmem_policy_from_conf(&ctx, "x", text, strlen(text),
                                            &policy, &report),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    assert_int_equal(xlmem_policy_from_conf(&ctx, "x", text, strlen(text),
                                            &policy, &report),
                     0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(
        xlmem_policy_from_conf(&ctx, "x", bad, strlen(bad), &policy, &report),
        0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.wait_ms, 10000);
    assert_string_equal(report.problems[0].file, "x");
    assert_int_equal(report.problems[0].line, 2);
    off = true;
    assert_int_equal(xlmem_policy_from_conf(&ctx, "x", text, strlen(text),
                                            &policy, &report),
                     0);
    assert_int_equal(policy.mode, XLMEM_MODE_OFF);
    assert_true(policy.switched_off);
}

/* ------------------------------------------------- files, on a real disk */

static char root[] = "/tmp/xlmem-policy-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

static void put(const char *name, const char *text, mode_t bits)
{
    FILE *file;

    unlink(path_of(name));
    if (!text)
        return;
    file = fopen(path_of(name), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path_of(name), bits), 0);
}

static xlmem_policy read_policy(size_t problems)
{
    xlmem_policy_report report;
    xlmem_policy policy;

    assert_int_equal(xlmem_policy_find(root, &policy, &report), 0);
    assert_int_equal(report.nr, problems);
    return policy;
}

static int make_root(void **state)
{
    (void)state;
    strcpy(root + strlen(root) - 6, "XXXXXX");
    return !mkdtemp(root) || mkdir(path_of("etc"), 0755) ||
           mkdir(path_of("etc/xen"), 0755) || mkdir(path_of("run"), 0755);
}

static int remove_root(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command); // NOLINT: a folder of our own
}

/* Each call is as another process's: nothing but the files goes on. */
static void what_was_in_force_is_kept(void **state)
{
    struct stat st;

    (void)state;
    put(XLMEM_POLICY_FILE, "mode = enforce\nwait = 30\n", 0644);
    assert_int_equal(read_policy(0).mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(stat(path_of(XLMEM_LAST_POLICY_FILE), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    put(XLMEM_POLICY_FILE, "mode = enfroce\nwait = 20\n", 0644);
    assert_int_equal(read_policy(1).mode, XLMEM_MODE_ENFORCE);
    /* What was understood meanwhile is what is kept of that key. */
    put(XLMEM_POLICY_FILE, "mode = enfroce\nwait = soon\n", 0644);
    assert_int_equal(read_policy(2).wait_ms, 20000);
    assert_int_equal(read_policy(2).mode, XLMEM_MODE_ENFORCE);
    put(XLMEM_OFF_FILE, "", 0644);
    assert_int_equal(read_policy(2).mode, XLMEM_MODE_OFF);
    put(XLMEM_OFF_FILE, NULL, 0);
    assert_int_equal(read_policy(2).mode, XLMEM_MODE_ENFORCE);
    /* A directory is no text. */
    put(XLMEM_POLICY_FILE, NULL, 0);
    assert_int_equal(mkdir(path_of(XLMEM_POLICY_FILE), 0755), 0);
    assert_int_equal(read_policy(1).wait_ms, 20000);
    assert_int_equal(stat(path_of("run/xlmem/policy.new"), &st), -1);
}

static void nothing_is_kept_of_what_is_not_configured(void **state)
{
    xlmem_policy policy;
    struct stat st;

    (void)state;
    assert_int_equal(xlmem_policy_find(root, &policy, NULL),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(stat(path_of("run/xlmem"), &st), -1);
}

static void what_others_can_write_does_not_count(void **state)
{
    static const char text[] = "mode = enforce\n";

    (void)state;
    put(XLMEM_POLICY_FILE, "mode = enfroce\n", 0644);
    assert_int_equal(mkdir(path_of("run/xlmem"), 0755), 0);
    put(XLMEM_LAST_POLICY_FILE, text, 0600);
    assert_int_equal(read_policy(1).mode, XLMEM_MODE_ENFORCE);
    put(XLMEM_LAST_POLICY_FILE, text, 0666);
    assert_int_equal(read_policy(1).mode, XLMEM_MODE_WARN);
    put(XLMEM_LAST_POLICY_FILE, NULL, 0);
    put("run/elsewhere", text, 0600);
    assert_int_equal(symlink("../elsewhere", path_of(XLMEM_LAST_POLICY_FILE)),
                     0);
    assert_int_equal(read_policy(1).mode, XLMEM_MODE_WARN);
    put(XLMEM_LAST_POLICY_FILE, text, 0600);
    assert_int_equal(chmod(path_of("run/xlmem"), 0777), 0);
    assert_int_equal(read_policy(1).mode, XLMEM_MODE_WARN);
}

/* A link where the new one is written is not followed, and what a killed
 * writer has left is written over. */
static void a_writer_s_rest_is_in_nobody_s_way(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(mkdir(path_of("run/xlmem"), 0755), 0);
    put("run/xlmem/policy.new",
        "mode = off\nnot whole, and longer than it "
        "will be.............................\n"
        "....................................\n"
        "....................................\n"
        "....................................\n",
        0600);
    put(XLMEM_POLICY_FILE, "mode = enforce\n", 0644);
    read_policy(0);
    put(XLMEM_POLICY_FILE, "mode = enfroce\n", 0644);
    assert_int_equal(read_policy(1).mode, XLMEM_MODE_ENFORCE);
    put("run/elsewhere", "untouched", 0600);
    assert_int_equal(symlink("../elsewhere", path_of("run/xlmem/policy.new")),
                     0);
    put(XLMEM_POLICY_FILE, "mode = warn\n", 0644);
    read_policy(0);
    assert_int_equal(stat(path_of("run/elsewhere"), &st), 0);
    assert_int_equal(st.st_size, strlen("untouched"));
}

/* The kernel would kill the program that we are in (SIGXFSZ). */
static void nothing_is_written_beyond_a_limit(void **state)
{
    const struct rlimit none = {0, RLIM_INFINITY};
    struct rlimit before;
    struct stat st;

    (void)state;
    put(XLMEM_POLICY_FILE, "mode = enforce\n", 0644);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(read_policy(0).mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(stat(path_of(XLMEM_LAST_POLICY_FILE), &st), -1);
}

/* Takes descriptors until no more than @left can be had. */
static int leave_descriptors(int left, struct rlimit *before)
{
    int lowest = dup(STDERR_FILENO);
    struct rlimit limit;

    assert_true(lowest >= 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
    limit = *before;
    limit.rlim_cur = (rlim_t)(lowest + left);
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static void who_has_no_descriptor_is_not_switched_off(void **state)
{
    xlmem_policy_report report;
    struct rlimit before;
    xlmem_policy policy;
    int left, rc;

    (void)state;
    put(XLMEM_POLICY_FILE, "mode = enforce\non_error = refuse\n", 0644);
    read_policy(0);
    for (left = 0; left < 4; left++) {
        assert_int_equal(leave_descriptors(left, &before), 0);
        rc = xlmem_policy_find(root, &policy, &report);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(rc, 0);
        assert_false(policy.switched_off);
        assert_int_not_equal(policy.mode, XLMEM_MODE_OFF);
        assert_int_equal(report.nr != 0, left < 2);
        assert_int_equal(policy.refuse_on_error, left >= 2);
    }
    /* And who is, is so without one. */
    put(XLMEM_OFF_FILE, "", 0644);
    assert_int_equal(leave_descriptors(0, &before), 0);
    rc = xlmem_policy_find(root, &policy, &report);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, 0);
    assert_true(policy.switched_off);
}

static void modes_have_names(void **state)
{
    (void)state;
    assert_string_equal(xlmem_mode_name(XLMEM_MODE_OFF), "off");
    assert_string_equal(xlmem_mode_name(XLMEM_MODE_WARN), "warn");
    assert_string_equal(xlmem_mode_name(XLMEM_MODE_ENFORCE), "enforce");
}

static void the_version_is_the_package_s(void **state)
{
    (void)state;
    assert_string_equal(xlmem_version(), PACKAGE_VERSION);
}

#define ON_DISK(test)                                                         \
    cmocka_unit_test_setup_teardown(test, make_root, remove_root)

TEST_GROUP(policy)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_policy_is_what_its_files_say, nothing),
        cmocka_unit_test_setup(no_failure_switches_the_guard_off, nothing),
        cmocka_unit_test_setup(a_slip_leaves_the_last_policy_in_force,
                               nothing),
        cmocka_unit_test_setup(a_text_of_the_caller_s_is_taken, nothing),
        ON_DISK(what_was_in_force_is_kept),
        ON_DISK(nothing_is_kept_of_what_is_not_configured),
        ON_DISK(what_others_can_write_does_not_count),
        ON_DISK(a_writer_s_rest_is_in_nobody_s_way),
        ON_DISK(nothing_is_written_beyond_a_limit),
        ON_DISK(who_has_no_descriptor_is_not_switched_off),
        cmocka_unit_test(modes_have_names),
        cmocka_unit_test(the_version_is_the_package_s),
    };

    return test_run(tests, NULL, NULL);
}
