/* SPDX-License-Identifier: LGPL-2.1-only */
/* In mode warn the verdict is said before a toolstack makes room. */
#include "test.h"

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
    /* Nothing is reserved for who only asks. */
    assert_int_equal(lib->holds, 0);
    assert_false(lib->released_as);
    assert_int_equal(libxl_set_memory_target(ctx, 0, 3 << 19, 0, 1), 0);
    /* Its create has had its verdict: it is reserved for without another. */
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->guarded, 1);
    assert_int_equal(lib->ahead, 1);
    assert_true(lib->released_as);
    assert_int_equal(the_program.logged, 1);
    /* The next one has not. */
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->guarded, 2);
    assert_int_equal(lib->ahead, 1);
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
    /* One without a uuid could not be told from others. */
    assert_int_equal(ask_need(NONE), FAKE_NEED_KB);
    assert_int_equal(lib->guarded, 2);
    /* From warn to enforce in between: the verdict counts now. */
    assert_int_equal(ask_need(UUID), FAKE_NEED_KB);
    lib->policy.mode = XLMEM_MODE_ENFORCE;
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_int_equal(lib->ahead, 0);
    assert_int_equal(ask_need(UUID), 0);
    assert_int_equal(lib->guarded, 4);
}

int test_foresee(void)
{
    const struct CMUnitTest tests[] = {
        TEST(in_mode_warn_it_is_said_before_room_is_made),
        TEST(another_one_has_a_verdict_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
