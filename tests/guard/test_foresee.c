/* SPDX-License-Identifier: LGPL-2.1-only */
/* A toolstack asks what a domain needs, to make room for it. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <unistd.h>

#include "interpose.h"

/* A toolstack with an autoballoon of its own: what does it need?  Then it
 * shrinks dom0, then it creates. */
static uint64_t ask_need(const char *uuid)
{
    uint64_t kb = 1;

    assert_int_equal(
        libxl_domain_need_memory(ctx, (void *)(uintptr_t)uuid, 1, &kb), 0);
    return kb;
}

/* Afterwards there would be room, out of a dom0 below its floor. */
static void in_mode_warn_it_is_said_before_room_is_made(void **state)
{
    (void)state;
    lib->policy.mode = XLMEM_MODE_WARN;
    lib->warns = "it does not fit";
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
    assert_int_equal(lib->guarded, 1);
    assert_string_equal(the_program.line, "it does not fit");
    assert_int_equal(the_program.logged, 1);
    assert_int_equal(the_program.syslogs, 1);
    assert_int_equal(libxl_set_memory_target(ctx, 0, 3 << 19, 0, 1), 0);
    /* Its create has had its verdict. */
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->guarded, 1);
    assert_true(lib->released_as);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(the_program.logged, 1);
    /* The next one has not. */
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->guarded, 2);
    assert_int_equal(the_program.logged, 2);
}

static void another_one_has_a_verdict_of_its_own(void **state)
{
    (void)state;
    lib->policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
    assert_int_equal(start(OTHER, NULL), 0);
    assert_int_equal(lib->guarded, 2);
    assert_string_equal(lib->uuid, OTHER);
    assert_int_equal(lib->holds, 0);
    /* One without a uuid could not be told from others. */
    assert_int_equal(ask_need(NONE), FAKE_NEED_KB);
    assert_int_equal(lib->guarded, 2);
    /* From warn to enforce in between: the verdict counts now. */
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
    lib->policy.mode = XLMEM_MODE_ENFORCE;
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(lib->guarded, 4);
}

static void nothing_is_needed_where_it_is_held(void **state)
{
    (void)state;
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(lib->holds, 1);
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(lib->guarded, 1);
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->guarded, 1);
    assert_int_equal(lib->holds, 0);
    assert_true(lib->released_as);
    /* More than was asked for has to be asked for. */
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_int_equal(lib->guarded, 3);
    assert_int_equal(lib->need_kb, 9000);
    assert_true(lib->continued);
    assert_int_equal(lib->holds, 0);
}

/* Nobody else would make room then. */
static void the_need_is_libxls_where_the_guard_fails(void **state)
{
    (void)state;
    lib->refusal = XLMEM_ERROR_BUSY;
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(the_program.logged, 0);
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(the_program.logged, 1);
    assert_non_null(strstr(the_program.line, "unguarded"));
    lib->open_result = XLMEM_ERROR_NOTFOUND;
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
}

static void a_refusal_is_said_once(void **state)
{
    unsigned logged;

    (void)state;
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(ask_need(UUID), 0);
    logged = the_program.logged;
    assert_int_equal(logged, 2);
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_int_equal(the_program.logged, logged);
    assert_int_equal(the_libxl.calls, 0);
    /* The next try is another one. */
    lib->refusal = 0;
    assert_int_equal(start(UUID, NULL), 0);
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(ask_need(UUID), 0);
    lib->refusal = 0;
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->holds, 0);
}

static void ask_only(void)
{
    ask_need(UUID);
}

static void ask_and_see(void)
{
    ask_need(UUID);
    assert_int_equal(lib->holds, 1);
    in_thread(ask_only);
    assert_int_equal(lib->holds, 1);
}

static void what_never_comes_is_let_go(void **state)
{
    (void)state;
    in_thread(ask_and_see);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(lib->contexts, 0);
    /* A thread that lives on: when another domain is created. */
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(ask_need(OTHER), 0);
    assert_int_equal(lib->holds, 1);
    lib->policy.reboot_wait_ms = 30000;
    the_program.later_ms = 31000;
    in_thread(ask_only);
    assert_int_equal(lib->holds, 0);
}

/* It holds its lock then, for as long as the create takes. */
static void xl_does_not_wait_under_its_lock(void **state)
{
    char *name = program_invocation_short_name;
    char xl[] = "xl";

    (void)state;
    assert_int_equal(setenv("MEMGUARD_WAIT", "60", 1), 0);
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(ask_need(UUID), 0);
    assert_true(lib->waits);
    program_invocation_short_name = xl;
    the_program.text[0] = '\0';
    assert_int_equal(ask_need(UUID), 0);
    assert_false(lib->waits);
    assert_non_null(strstr(the_program.text, "autoballoon=\"off\""));
    assert_null(strstr(the_program.text, FAKE_ADVICE));
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    /* Without autoballoon it does not ask. */
    assert_int_equal(start(OTHER, NULL), ERROR_NOMEM);
    assert_true(lib->waits);
    program_invocation_short_name = name;
    unsetenv("MEMGUARD_WAIT");
}

/* Nor for long for what comes, be it a reboot's. */
static void xl_waits_a_moment_under_its_lock(void **state)
{
    char *name = program_invocation_short_name;
    char xl[] = "xl";

    (void)state;
    lib->policy.wait_ms = 60000;
    lib->policy.reboot_wait_ms = 40000;
    lib->refusal = XLMEM_ERROR_TIMEDOUT;
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(lib->wait_ms, 60000);
    assert_null(strstr(the_program.text, "5 s"));
    program_invocation_short_name = xl;
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(lib->wait_ms, 5000);
    assert_int_equal(lib->reboot_wait_ms, 5000);
    assert_non_null(strstr(the_program.text, "5 s"));
    /* The guard has failed to answer: the create is decided by itself. */
    lib->refusal = XLMEM_ERROR_BUSY;
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
    lib->refusal = 0;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->wait_ms, 5000);
    /* Another one is not under it. */
    assert_int_equal(start(OTHER, NULL), 0);
    assert_int_equal(lib->wait_ms, 60000);
    assert_int_equal(lib->reboot_wait_ms, 40000);
    program_invocation_short_name = name;
}

int test_foresee(void)
{
    const struct CMUnitTest tests[] = {
        TEST(in_mode_warn_it_is_said_before_room_is_made),
        TEST(another_one_has_a_verdict_of_its_own),
        TEST(nothing_is_needed_where_it_is_held),
        TEST(the_need_is_libxls_where_the_guard_fails),
        TEST(a_refusal_is_said_once),
        TEST(what_never_comes_is_let_go),
        TEST(xl_does_not_wait_under_its_lock),
        TEST(xl_waits_a_moment_under_its_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
