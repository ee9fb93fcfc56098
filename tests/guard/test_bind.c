/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domain a hold is for. */
#include "test.h"

#include "interpose.h"

static void the_first_one_is_the_domain(void **state)
{
    (void)state;
    the_libxl.nr_made = 3;
    assert_int_equal(start(UUID, NULL), 0);
    assert_true(lib->binds);
    assert_int_equal(lib->bound, 1);
    assert_int_equal(lib->domid, DOMID);
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->bound, 2);
}

/* libxl makes another one where the number was in use a moment ago. */
static void one_that_is_taken_back_is_not(void **state)
{
    (void)state;
    the_libxl.recent = true;
    the_libxl.nr_made = 2;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->bound, 2);
    assert_int_equal(lib->domid, DOMID);
}

static void start_another(void)
{
    start(OTHER, NULL);
    assert_int_equal(lib->bound, 1);
}

static void start_unguarded(void)
{
    setenv("MEMGUARD", "off", 1);
    start(OTHER, NULL);
    unsetenv("MEMGUARD");
    assert_int_equal(lib->bound, 0);
}

static void creates_within_creates_are_told_apart(void **state)
{
    (void)state;
    the_libxl.within = start_another;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->bound, 2);
    lib->bound = 0;
    the_libxl.within = start_unguarded;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(lib->bound, 1);
}

static void outside_of_a_create_it_is_somebody_elses(void **state)
{
    uint32_t domid = 3;

    (void)state;
    assert_int_equal(xc_domain_create(NULL, &domid, NULL), 0);
    assert_int_equal(xc_domain_destroy(NULL, domid), 0);
    the_libxl.result = ERROR_FAIL;
    assert_int_equal(start(UUID, NULL), ERROR_FAIL);
    assert_int_equal(xc_domain_create(NULL, &domid, NULL), 0);
    assert_int_equal(lib->bound, 0);
}

int test_bind(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_one_is_the_domain),
        TEST(one_that_is_taken_back_is_not),
        TEST(creates_within_creates_are_told_apart),
        TEST(outside_of_a_create_it_is_somebody_elses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
