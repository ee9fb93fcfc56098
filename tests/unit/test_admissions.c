/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counters whose value is a file's size: by many at once, in odd places. */
#include "test.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "private/admissions.h"
#include "xlmem/result.h"

static char root[] = "/tmp/xlmem-admissions-XXXXXX";

static int make_root(void **state)
{
    (void)state;
    strcpy(root + sizeof(root) - 7, "XXXXXX");
    if (!mkdtemp(root))
        return -1;
    return chdir(root) || mkdir("run", 0755);
}

static int remove_root(void **state)
{
    char command[96];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return chdir("/") || system(command);
}

static uint64_t count_of(xlmem_counted counted, xlmem_path path)
{
    xlmem_admissions a;

    assert_int_equal(xlmem_admissions_read(root, &a), 0);
    return a.nr[counted][path];
}

static void names_are_labels(void **state)
{
    (void)state;
    assert_string_equal(xlmem_counted_name(XLMEM_COUNTED_PLAN), "plan");
    assert_string_equal(xlmem_counted_name(XLMEM_COUNTED_UNKNOWN), "unknown");
    assert_string_equal(xlmem_path_name(XLMEM_PATH_CREATE), "create");
    assert_string_equal(xlmem_path_name(XLMEM_PATH_RESERVE), "reserve");
}

/* Nobody has decided anything: that is 0, and no fault. */
static void none_is_none(void **state)
{
    (void)state;
    assert_int_equal(count_of(XLMEM_COUNTED_ADMIT, XLMEM_PATH_CREATE), 0);
    assert_int_equal(access("run/xlmem", F_OK), -1);
}

static void each_has_its_own(void **state)
{
    static const struct {
        int rc;
        xlmem_verdict_kind kind;
        xlmem_counted is;
    } cases[] = {
        {0, XLMEM_ADMIT, XLMEM_COUNTED_ADMIT},
        {0, XLMEM_ADMIT_AFTER_PLAN, XLMEM_COUNTED_PLAN},
        {0, XLMEM_REFUSE, XLMEM_COUNTED_REFUSE}, /* mode = warn */
        {XLMEM_ERROR_NO_HEADROOM, XLMEM_REFUSE, XLMEM_COUNTED_REFUSE},
        {XLMEM_ERROR_INFEASIBLE, XLMEM_REFUSE, XLMEM_COUNTED_REFUSE},
        {XLMEM_ERROR_TIMEDOUT, XLMEM_ADMIT_AFTER_PLAN, XLMEM_COUNTED_REFUSE},
        {XLMEM_ERROR_BUSY, XLMEM_ADMIT, XLMEM_COUNTED_UNKNOWN},
    };
    size_t i, p;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++)
        for (p = 0; p < XLMEM_NR_PATHS; p++) {
            static xlmem_verdict verdict;
            const uint64_t before = count_of(cases[i].is, (xlmem_path)p);

            verdict.kind = cases[i].kind;
            xlmem_admission_count(root, (xlmem_path)p, cases[i].rc, &verdict);
            assert_int_equal(count_of(cases[i].is, (xlmem_path)p), before + 1);
        }
}

/* What is a refusal is said in one place. */
static void refusals_are_refusals(void **state)
{
    static const xlmem_verdict verdict = {.kind = XLMEM_ADMIT};
    int rc;

    (void)state;
    for (rc = -40; rc < 0; rc++) {
        const xlmem_counted is = xlmem_is_refusal(rc) ? XLMEM_COUNTED_REFUSE
                                                      : XLMEM_COUNTED_UNKNOWN;
        const uint64_t before = count_of(is, XLMEM_PATH_REBOOT);

        xlmem_admission_count(root, XLMEM_PATH_REBOOT, rc, &verdict);
        assert_int_equal(count_of(is, XLMEM_PATH_REBOOT), before + 1);
    }
}

/* A limit is none before it is reached, and then nobody dies of it. */
static void a_limit_is_counted_up_to(void **state)
{
    static const xlmem_verdict verdict = {.kind = XLMEM_ADMIT};
    const struct rlimit limit = {3, 3};
    int i, status;
    pid_t pid;

    (void)state;
    pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        setrlimit(RLIMIT_FSIZE, &limit);
        for (i = 0; i < 5; i++)
            xlmem_admission_count(root, XLMEM_PATH_CREATE, 0, &verdict);
        _exit(0);
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_of(XLMEM_COUNTED_ADMIT, XLMEM_PATH_CREATE), 3);
}

/* Names and folders have sizes, too. */
static void what_is_no_file_counts_nothing(void **state)
{
    (void)state;
    assert_int_equal(mkdir("run/xlmem", 0755), 0);
    assert_int_equal(mkdir("run/xlmem/admissions", 0755), 0);
    assert_int_equal(symlink("elsewhere", "run/xlmem/admissions/admit-create"),
                     0);
    assert_int_equal(mkdir("run/xlmem/admissions/refuse-create", 0755), 0);
    assert_int_equal(count_of(XLMEM_COUNTED_ADMIT, XLMEM_PATH_CREATE), 0);
    assert_int_equal(count_of(XLMEM_COUNTED_REFUSE, XLMEM_PATH_CREATE), 0);
}

#define NR_PROCESSES 8
#define NR_EACH 200

static void none_is_lost(void **state)
{
    static const xlmem_verdict verdict = {.kind = XLMEM_ADMIT};
    int i, k, status;

    (void)state;
    for (i = 0; i < NR_PROCESSES; i++) {
        const pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid)
            continue;
        for (k = 0; k < NR_EACH; k++)
            xlmem_admission_count(root, XLMEM_PATH_CREATE, 0, &verdict);
        _exit(0);
    }
    while (wait(&status) > 0)
        assert_int_equal(status, 0);
    assert_int_equal(count_of(XLMEM_COUNTED_ADMIT, XLMEM_PATH_CREATE),
                     NR_PROCESSES * NR_EACH);
}

/* Somebody else's process does not die of it, and its errno is its own. */
static void odd_places_do_no_harm(void **state)
{
    static const xlmem_verdict verdict = {.kind = XLMEM_ADMIT};
    const struct rlimit none = {0, 0};
    int status;
    pid_t pid;

    (void)state;
    pid = fork();
    if (!pid) {
        setrlimit(RLIMIT_FSIZE, &none);
        xlmem_admission_count(root, XLMEM_PATH_CREATE, 0, &verdict);
        _exit(0);
    }
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
    errno = EDOM;
    xlmem_admission_count("/nowhere", XLMEM_PATH_CREATE, 0, &verdict);
    assert_int_equal(errno, EDOM);
    assert_int_equal(count_of(XLMEM_COUNTED_ADMIT, XLMEM_PATH_CREATE), 0);
    assert_int_equal(unlink("run/xlmem/admissions/admit-create"), 0);
    assert_int_equal(rmdir("run/xlmem/admissions"), 0);
    assert_int_equal(symlink("/tmp", "run/xlmem/admissions"), 0);
    xlmem_admission_count(root, XLMEM_PATH_CREATE, 0, &verdict);
    assert_int_equal(access("/tmp/admit-create", F_OK), -1);
    assert_int_equal(unlink("run/xlmem/admissions"), 0);
    assert_int_equal(mkdir("run/xlmem/admissions", 0755), 0);
    /* Nobody reads it: it is not waited for. */
    assert_int_equal(mkfifo("run/xlmem/admissions/admit-create", 0644), 0);
    xlmem_admission_count(root, XLMEM_PATH_CREATE, 0, &verdict);
}

#define IN_ROOT(test)                                                         \
    cmocka_unit_test_setup_teardown(test, make_root, remove_root)

TEST_GROUP(admissions)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_labels),
        IN_ROOT(none_is_none),
        IN_ROOT(each_has_its_own),
        IN_ROOT(none_is_lost),
        IN_ROOT(odd_places_do_no_harm),
        IN_ROOT(refusals_are_refusals),
        IN_ROOT(a_limit_is_counted_up_to),
        IN_ROOT(what_is_no_file_counts_nothing),
    };

    return test_run(tests, NULL, NULL);
}
