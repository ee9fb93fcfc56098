/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans: the order of steps, their number, what they give. */
#include "test.h"

#include "model/plan.h"

static xlmem_step target(uint32_t domid, uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {
        from_kb,       to_kb, domid, XLMEM_STEP_TARGET, XLMEM_AUTHOR_GUARD,
        XLMEM_WHY_ROOM};

    return step;
}

static void add(xlmem_plan *plan, xlmem_step step)
{
    assert_true(xlmem__plan_add(plan, &step));
}

static void shrinking_comes_before_growing(void **state)
{
    const uint32_t order[] = {1, 4, 6, 2, 3, 5};
    xlmem_plan plan = {.nr_steps = 0};
    xlmem_step maximum = target(3, 100, 200);
    size_t i;

    (void)state;
    maximum.action = XLMEM_STEP_MAXIMUM;
    add(&plan, target(1, 100, 50));
    add(&plan, target(2, 100, 150));
    add(&plan, maximum);
    add(&plan, target(4, 100, 99));
    add(&plan, target(5, 100, 100));
    add(&plan, target(6, 100, 0));
    assert_int_equal(plan.nr_steps, 6);
    for (i = 0; i < 6; i++)
        assert_int_equal(plan.steps[i].domid, order[i]);
    assert_int_equal(xlmem__plan_nr_shrinking(&plan), 3);
}

/* A maximum that comes down gives nothing: the balloon does. */
static void only_a_lower_target_gives(void **state)
{
    xlmem_step step = target(1, 100, 60);

    (void)state;
    assert_int_equal(xlmem__step_gives_kb(&step), 40);
    step.action = XLMEM_STEP_MAXIMUM;
    assert_false(xlmem__step_shrinks(&step));
    assert_int_equal(xlmem__step_gives_kb(&step), 0);
    step = target(1, 60, 100);
    assert_int_equal(xlmem__step_gives_kb(&step), 0);
    step = target(1, 60, 60);
    assert_false(xlmem__step_shrinks(&step));
}

/* Owed is what the guard took; what an administrator set is the size now, and
 * a maximum explains no target. */
static void each_author_means_something_else(void **state)
{
    xlmem_step step = target(1, 100, 60);

    (void)state;
    assert_true(xlmem__step_is_owed(&step) && xlmem__step_is_witness(&step));
    step.author = XLMEM_AUTHOR_DAEMON;
    assert_false(xlmem__step_is_owed(&step));
    assert_true(xlmem__step_is_witness(&step));
    step.author = XLMEM_AUTHOR_ADMIN;
    assert_false(xlmem__step_is_owed(&step) || xlmem__step_is_witness(&step));
    step = target(1, 60, 100);
    assert_false(xlmem__step_is_owed(&step));
    assert_true(xlmem__step_is_witness(&step));
    step.action = XLMEM_STEP_MAXIMUM;
    assert_false(xlmem__step_is_witness(&step));
}

static void a_full_plan_takes_no_more(void **state)
{
    const xlmem_step shrinks = target(7, 100, 50), grows = target(8, 50, 100);
    xlmem_plan plan = {.nr_steps = 0};
    size_t i;

    (void)state;
    for (i = 0; i < XLMEM_STEPS_MAX; i++)
        add(&plan, target(1, 50, 100));
    assert_false(xlmem__plan_add(&plan, &shrinks));
    assert_false(xlmem__plan_add(&plan, &grows));
    assert_int_equal(plan.nr_steps, XLMEM_STEPS_MAX);
    for (i = 0; i < XLMEM_STEPS_MAX; i++)
        assert_int_equal(plan.steps[i].domid, 1);
}

/* Of steps in any order those of one direction stay in theirs. */
static void any_order_is_put_right(void **state)
{
    xlmem_plan plan;
    size_t i, nr_shrinking;
    uint64_t n;

    (void)state;
    test_seed();
    for (n = 0; n < 2000; n++) {
        const size_t nr = test_between(0, XLMEM_STEPS_MAX);

        plan.nr_steps = 0;
        for (i = 0; i < nr; i++)
            add(&plan, target((uint32_t)i, 10, test_between(0, 20)));
        nr_shrinking = xlmem__plan_nr_shrinking(&plan);
        for (i = 0; i < nr; i++) {
            assert_int_equal(xlmem__step_shrinks(&plan.steps[i]),
                             i < nr_shrinking);
            if (i && i != nr_shrinking)
                assert_true(plan.steps[i].domid > plan.steps[i - 1].domid);
        }
    }
}

/* What stands in the ledger and in reports. */
static void names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(xlmem_step_action_name(XLMEM_STEP_TARGET), "target");
    assert_string_equal(xlmem_step_action_name(XLMEM_STEP_MAXIMUM), "maximum");
    assert_string_equal(xlmem_step_action_name(XLMEM_STEP_ONLINE), "online");
    assert_string_equal(xlmem_author_name(XLMEM_AUTHOR_GUARD), "guard");
    assert_string_equal(xlmem_author_name(XLMEM_AUTHOR_ADMIN), "admin");
    assert_string_equal(xlmem_author_name(XLMEM_AUTHOR_DAEMON), "daemon");
    assert_string_equal(xlmem_step_why_name(XLMEM_WHY_ROOM), "room");
    assert_string_equal(xlmem_step_why_name(XLMEM_WHY_OWED), "owed");
    assert_string_equal(xlmem_step_why_name(XLMEM_WHY_ASKED), "asked");
    assert_string_equal(xlmem_step_why_name(XLMEM_WHY_DEMAND), "demand");
}

TEST_GROUP(plan)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrinking_comes_before_growing),
        cmocka_unit_test(only_a_lower_target_gives),
        cmocka_unit_test(each_author_means_something_else),
        cmocka_unit_test(a_full_plan_takes_no_more),
        cmocka_unit_test(any_order_is_put_right),
        cmocka_unit_test(names_are_stable),
    };

    return test_run(tests, NULL, NULL);
}
