/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domU that may take more. */
#include "test.h"

#include "interpose.h"

#define MAX_KB 132096 /* 128 MiB and what libxl adds */

static void run_one(void)
{
    the_libxl.uuid = UUID;
    the_libxl.max_kb = MAX_KB;
    the_libxl.target_kb = MAX_KB - 1024;
}

static int set_target(int64_t kb, int relative, int enforce)
{
    return libxl_set_memory_target(ctx, DOMID, kb, relative, enforce);
}

static void what_it_is_raised_by_is_admitted(void **state)
{
    (void)state;
    run_one();
    assert_int_equal(set_target(337920, 0, 1), 0);
    assert_int_equal(lib->guarded, 1);
    assert_int_equal(lib->need_kb, 337920 + 1024 - MAX_KB);
    assert_string_equal(lib->uuid, UUID);
    assert_true(lib->binds);
    assert_true(lib->released_as);
    assert_int_equal(set_target(4096, 1, 1), 0);
    assert_int_equal(lib->need_kb, 4096);
    assert_int_equal(libxl_domain_setmaxmem(ctx, DOMID, MAX_KB), 0);
    assert_int_equal(lib->need_kb, 1024);
    assert_int_equal(the_libxl.calls, 3);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(lib->contexts, 0);
    /* Others gave for it. */
    assert_int_equal(the_program.logged, 0);
    lib->steps = 1;
    assert_int_equal(set_target(337920, 0, 1), 0);
    assert_int_equal(the_program.logged, 1);
    assert_non_null(strstr(the_program.line, "1 steps, 1 domains"));
}

/* The node that a relative target is added to has no video RAM in it. */
static void video_ram_counts(void **state)
{
    (void)state;
    run_one();
    the_libxl.target_kb = MAX_KB - 1024 - 8192;
    the_libxl.stored = "{\"video_memkb\": 8192}";
    assert_int_equal(set_target(4096, 1, 1), 0);
    assert_int_equal(lib->need_kb, 4096);
}

static void downward_everything_goes(void **state)
{
    (void)state;
    run_one();
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(set_target(MAX_KB - 1024, 0, 1), 0);
    assert_int_equal(set_target(-4096, 1, 1), 0);
    /* Xen's ceiling stays. */
    assert_int_equal(set_target(337920, 0, 0), 0);
    assert_int_equal(libxl_domain_setmaxmem(ctx, DOMID, 4096), 0);
    assert_int_equal(lib->guarded, 0);
    assert_int_equal(the_libxl.calls, 4);
}

static void a_refusal_is_whole_in_its_first_line(void **state)
{
    (void)state;
    run_one();
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    setenv("LC_ALL", "C", 1);
    assert_int_equal(set_target(337920, 0, 1), ERROR_NOMEM);
    assert_int_equal(libxl_domain_setmaxmem(ctx, DOMID, 337920), ERROR_NOMEM);
    assert_int_equal(the_libxl.calls, 0);
    assert_ptr_equal(strstr(the_program.text,
                            "a\\nn\\u{e4}me is not raised by "
                            "202.0 MiB: it does not fit"),
                     the_program.text);
    the_program.text[0] = '\0';
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    assert_int_equal(set_target(337920, 0, 1), ERROR_NOMEM);
    assert_non_null(strstr(the_program.text,
                           "a\\nn\xc3\xa4me is not raised by 202.0 MiB"));
    unsetenv("LC_ALL");
    lib->refusal = XLMEM_ERROR_BUSY;
    assert_int_equal(set_target(337920, 0, 1), 0);
    assert_non_null(strstr(the_program.line, "raised unguarded"));
    lib->policy.refuse_on_error = true;
    assert_int_equal(set_target(337920, 0, 1), ERROR_FAIL);
    assert_int_equal(lib->holds, 0);
}

static void in_mode_warn_it_is_said(void **state)
{
    (void)state;
    run_one();
    lib->policy.mode = XLMEM_MODE_WARN;
    lib->warns = "it does not fit";
    assert_int_equal(set_target(337920, 0, 1), 0);
    assert_string_equal(the_program.line, "it does not fit");
    assert_int_equal(the_libxl.calls, 1);
}

static void what_libxl_refuses_is_given_back(void **state)
{
    (void)state;
    run_one();
    lib->released_as = true;
    the_libxl.result = ERROR_INVAL;
    assert_int_equal(set_target(337920, 0, 1), ERROR_INVAL);
    assert_false(lib->released_as);
    assert_int_equal(lib->holds, 0);
}

int test_grow(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_it_is_raised_by_is_admitted),
        TEST(video_ram_counts),
        TEST(downward_everything_goes),
        TEST(a_refusal_is_whole_in_its_first_line),
        TEST(in_mode_warn_it_is_said),
        TEST(what_libxl_refuses_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
