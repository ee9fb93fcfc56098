/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asking xl what a domain's file means, with scripts in xl's place. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "input/dryrun.h"

#define JSON                                                                  \
    "{\"c_info\": {\"type\": \"pvh\", \"name\": \"two\"}, \"b_info\": "       \
    "{\"max_vcpus\": 2, \"max_memkb\": 65536, \"target_memkb\": 65536}}"

static char script[] = "/tmp/test-dryrun-XXXXXX";

/* What comes of a script of these lines. */
static int ask(const char *lines, xlmem_domu *domu, char err[128])
{
    FILE *file = fopen(script, "w");

    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", lines);
    fclose(file);
    assert_int_equal(chmod(script, 0700), 0);
    err[0] = '\0';
    return dryrun_read(script, "/x/a b.cfg", domu, err, 128);
}

static void what_xl_prints_is_read(void **state)
{
    xlmem_domu domu;
    char err[128];

    (void)state;
    assert_int_equal(ask("test \"$*\" = '-N create -q -f /x/a b.cfg' || "
                         "exit 1\necho noise >&2\nprintf '%s' '" JSON "'",
                         &domu, err),
                     0);
    assert_string_equal(domu.name, "two");
    assert_int_equal(domu.request.vcpus, 2);
    assert_int_equal(domu.request.memory_kb, 65536);
    assert_string_equal(err, "");
}

static void what_xl_refuses_is_said(void **state)
{
    xlmem_domu domu;
    char err[128];

    (void)state;
    assert_int_equal(
        ask("echo a.cfg:3: no >&2; echo bad >&2; exit 1", &domu, err),
        XLMEM_ERROR_CONFIG);
    assert_string_equal(err, "xl: a.cfg:3: no bad");
    assert_int_equal(ask("exit 1", &domu, err), XLMEM_ERROR_CONFIG);
    assert_true(err[0]);
    assert_int_equal(ask("kill -9 $$", &domu, err), XLMEM_ERROR_CONFIG);
    /* More than is kept, and more than a pipe holds. */
    assert_int_equal(ask("yes | head -c 300000 >&2; exit 1", &domu, err),
                     XLMEM_ERROR_CONFIG);
    assert_int_equal(strlen(err), 127);
}

static void what_is_no_json_is_left_to_others(void **state)
{
    xlmem_domu domu;
    char err[128];

    (void)state;
    assert_int_equal(ask("echo '(domain (name two))'", &domu, err),
                     XLMEM_ERROR_UNSUPPORTED);
    assert_int_equal(ask("yes | head -c 3000000", &domu, err),
                     XLMEM_ERROR_UNSUPPORTED);
    assert_int_equal(
        ask("echo '{\"c_info\": {\"type\": \"pv\"}}'", &domu, err),
        XLMEM_ERROR_UNKNOWN);
    assert_int_equal(dryrun_read("/none", "x", &domu, err, 128),
                     XLMEM_ERROR_CONFIG);
    assert_non_null(strstr(err, "/none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_xl_prints_is_read),
        cmocka_unit_test(what_xl_refuses_is_said),
        cmocka_unit_test(what_is_no_json_is_left_to_others),
    };
    int fd = mkstemp(script), failed;

    if (fd < 0)
        return 99;
    close(fd);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(script);
    return failed;
}
