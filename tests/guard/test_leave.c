/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domain that xl saves or migrates. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#include "interpose.h"

#define STORED(target, max)                                                   \
    "{\"max_memkb\": " #max ", \"target_memkb\": " #target "}"

static char program[512];
static size_t program_len;

/* What /proc/self/cmdline has begins here, and has room for it. */
static void be_called(const char *line, size_t len)
{
    char *at = program_invocation_name;

    if (!program_len) {
        program_len = strlen(at) + 1;
        assert_true(program_len <= sizeof(program));
        memcpy(program, at, program_len);
    }
    assert_true(len < program_len);
    memset(at, 0, program_len);
    memcpy(at, line, len);
}
#define BE_CALLED(line) be_called(line, sizeof(line) - 1)

static int retrieve(void)
{
    char config[1300];

    return libxl_retrieve_domain_configuration(ctx, DOMID, config, NULL);
}

static char *name;
static char xl[] = "xl";

static int be_xl(void **state)
{
    name = program_invocation_short_name;
    program_invocation_short_name = xl;
    return set_up(state);
}

/* What is kept is kept for as long as the process lives. */
static int be_another(void **state)
{
    memcpy(program_invocation_name, program, program_len);
    program_invocation_short_name = name;
    lib->holds = lib->contexts = 0;
    return tear_down(state);
}

/* 220 MiB, and a target of 120. */
static void give_too_little(void)
{
    the_libxl.uuid = UUID;
    the_libxl.has_kb = 225280;
    the_libxl.stored = STORED(122880, 614400);
}

static void who_has_more_than_its_target_is_raised(void **state)
{
    (void)state;
    give_too_little();
    BE_CALLED("xl\0-v\0migrate\0a\0b");
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->leaving, 1);
    assert_int_equal(lib->domid, DOMID);
    assert_int_equal(lib->raise_kb, 225280 - 122880);
    assert_int_equal(lib->holds, 1);
    assert_non_null(strstr(the_program.line, "from 120 MiB to the 220 MiB"));
    /* The one before is let go. */
    BE_CALLED("xl\0sav\0a\0b");
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->leaving, 2);
    assert_int_equal(lib->holds, 1);
    assert_int_equal(lib->contexts, 1);
}

/* libxl adds 1 MiB. */
static void who_has_less_is_left_alone_only(void **state)
{
    (void)state;
    give_too_little();
    BE_CALLED("xl\0save\0a\0b");
    the_libxl.has_kb = 122880 + 1024;
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->raise_kb, 0);
    the_libxl.has_kb = 122880 + 1028;
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->raise_kb, 1028);
    the_libxl.stored = STORED(122880, 122884);
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->raise_kb, 0);
    assert_int_equal(lib->leaving, 3);
}

static void who_is_only_looked_at_is_not_touched(void **state)
{
    (void)state;
    give_too_little();
    BE_CALLED("xl\0list\0-l");
    assert_int_equal(retrieve(), 0);
    BE_CALLED("xl\0migrate-receive");
    assert_int_equal(retrieve(), 0);
    BE_CALLED("xl\0-v");
    assert_int_equal(retrieve(), 0);
    BE_CALLED("xl\0save\0a\0b");
    program_invocation_short_name = name;
    assert_int_equal(retrieve(), 0);
    program_invocation_short_name = xl;
    the_program.configured = false;
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->leaving, 0);
    assert_int_equal(the_program.logged, 0);
}

static void what_is_not_done_is_said(void **state)
{
    (void)state;
    give_too_little();
    BE_CALLED("xl\0save\0a\0b");
    lib->policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->leaving, 0);
    assert_non_null(strstr(the_program.line, "memory = 220 or more"));
    lib->policy.mode = XLMEM_MODE_ENFORCE;
    lib->leaving_result = XLMEM_ERROR_BUSY;
    assert_int_equal(retrieve(), 0);
    assert_int_equal(lib->leaving, 1);
    assert_int_equal(lib->contexts, 0);
    assert_non_null(strstr(the_program.line, "failed to raise that"));
    the_libxl.has_kb = 122880;
    the_program.logged = 0;
    assert_int_equal(retrieve(), 0);
    assert_int_equal(the_program.logged, 0);
    lib->open_result = XLMEM_ERROR_XEN;
    the_libxl.has_kb = 225280;
    assert_int_equal(retrieve(), 0);
    assert_non_null(strstr(the_program.line, "mem-set"));
}

#define XL_TEST(f) cmocka_unit_test_setup_teardown(f, be_xl, be_another)

int test_leave(void)
{
    const struct CMUnitTest tests[] = {
        XL_TEST(who_has_more_than_its_target_is_raised),
        XL_TEST(who_has_less_is_left_alone_only),
        XL_TEST(who_is_only_looked_at_is_not_touched),
        XL_TEST(what_is_not_done_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
