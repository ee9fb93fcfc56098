/* SPDX-License-Identifier: LGPL-2.1-only */
/* The mark that the guard leaves in /run, for whoever wants to know where it
 * is loaded. */
#include "config.h"

#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interpose.h"

static char ao_how, logger;

static void read_mark(char *text, size_t len)
{
    char path[128];
    FILE *file;

    text[0] = '\0';
    snprintf(path, sizeof(path), "%s/guarded/%d", the_program.run,
             (int)getpid());
    file = fopen(path, "r");
    if (!file)
        return;
    if (!fgets(text, (int)len, file))
        text[0] = '\0';
    fclose(file);
}

/* The start time is the kernel's, so that a number used again does not tell
 * of another process. */
static void it_leaves_a_mark(void **state)
{
    char mark[80], path[128], comm[40];
    unsigned long long started = 0;
    struct stat st;

    (void)state;
    read_mark(mark, sizeof(mark));
    assert_int_equal(sscanf(mark, "%llu %39s", &started, comm), 2);
    assert_true(started > 0);
    snprintf(path, sizeof(path), "%s/guarded", the_program.run);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(libxl_evenable_domain_death(ctx, DOMID, 8, &ctx), 0);
    assert_string_equal(the_libxl.function, "libxl_evenable_domain_death");
    assert_int_equal(the_libxl.num[1], DOMID);
    assert_int_equal(the_libxl.num[2], 8);
    assert_ptr_equal(the_libxl.ptr[3], &ctx);
}

static void beyond_the_limit(void)
{
    assert_int_equal(raise(SIGXFSZ), 0);
}

static void assert_deliverable(void)
{
    sigset_t blocked;

    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGXFSZ), 0);
}

/* ulimit -f 0: a write is a signal, and xl writes no file to list domains. */
static void no_write_of_it_ends_the_program(void **state)
{
    struct rlimit had, none;
    char mark[128];

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &had), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = had.rlim_max};
    the_program.pid = (int)getpid() + 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(libxl_ctx_alloc(&ctx, 0, 5, &logger), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &had), 0);
    assert_deliverable();
    read_mark(mark, sizeof(mark));
    assert_string_equal(mark, "");
    /* libxlmem writes as well. */
    lib->created = lib->done = true;
    lib->within_done = beyond_the_limit;
    the_libxl.within = assert_deliverable;
    assert_int_equal(start(UUID, &ao_how), 0);
    assert_null(lib->within_done);
    assert_null(the_libxl.within);
    assert_deliverable();
}

static void leave_mark(const char *name, const char *second)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/guarded/%s", the_program.run, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "1 xl\n%s", second) > 0);
    fclose(file);
}

static bool has_mark(const char *name)
{
    char path[128];
    struct stat st;

    snprintf(path, sizeof(path), "%s/guarded/%s", the_program.run, name);
    return !stat(path, &st);
}

/* No process has these numbers here: above the kernel's 4194304. */
static void marks_of_other_places_are_left(void **state)
{
    char here[32];
    struct stat st;

    (void)state;
    assert_int_equal(stat("/proc/self/ns/pid", &st), 0);
    snprintf(here, sizeof(here), "%llu\n", (unsigned long long)st.st_ino);
    leave_mark("2000000001", here);
    leave_mark("2000000002", "1\n");
    leave_mark("2000000003", "");
    wait_for_its_end();
    assert_false(has_mark("2000000001"));
    assert_true(has_mark("2000000002"));
    assert_true(has_mark("2000000003"));
}

static void a_host_without_configuration_has_no_marks(void **state)
{
    char mark[128];

    (void)state;
    the_program.pid = (int)getpid() + 3;
    the_program.configured = false;
    assert_int_equal(libxl_ctx_alloc(&ctx, 0, 5, &logger), 0);
    read_mark(mark, sizeof(mark));
    assert_string_equal(mark, "");
    /* One that is configured later: with its first domain. */
    the_program.configured = true;
    assert_int_equal(start(UUID, NULL), 0);
    read_mark(mark, sizeof(mark));
    assert_string_not_equal(mark, "");
}

int test_marks(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_leaves_a_mark),
        TEST(no_write_of_it_ends_the_program),
        TEST(marks_of_other_places_are_left),
        TEST(a_host_without_configuration_has_no_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
