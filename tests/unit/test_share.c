/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rule, by example: who gets how much of the memory there is. */
#include "test.h"

#include "model/share.h"

#define MANY 4

static xlmem__cup cups[MANY];
static uint64_t followers[MANY];
static xlmem__share_room room;

/* As if nothing had been shared out before. */
static xlmem__plenty share_anew(xlmem__share *list, size_t nr, uint64_t pool)
{
    room = (xlmem__share_room){.cups = cups, .followers = followers};
    return xlmem__share_out(list, nr, pool, &room);
}

static void half_of_what_two_need_is_half_for_each(void **state)
{
    xlmem__share list[] = {{500, 2000, 4000, 256, false, 0},
                           {100, 2000, 2000, 256, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 2, 3000), XLMEM__OTHERS_SCARCE);
    assert_int_equal(list[0].target_kb, 1500);
    assert_int_equal(list[1].target_kb, 1500);
}

static void twice_the_weight_is_twice_as_much(void **state)
{
    xlmem__share list[] = {{0, 9000, 9000, 512, false, 0},
                           {0, 9000, 9000, 256, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 2, 3000), XLMEM__OTHERS_SCARCE);
    assert_int_equal(list[0].target_kb, 2000);
    assert_int_equal(list[1].target_kb, 1000);
}

/* What a floor takes the others lack; what one does not need they have. */
static void floors_and_demands_bound_it(void **state)
{
    xlmem__share list[] = {{1000, 1500, 9000, 256, false, 0},
                           {0, 200, 9000, 256, false, 0},
                           {0, 9000, 9000, 256, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 3, 2000), XLMEM__OTHERS_SCARCE);
    assert_int_equal(list[0].target_kb, 1000);
    assert_int_equal(list[1].target_kb, 200);
    assert_int_equal(list[2].target_kb, 800);
}

static void dom0_has_its_demand_before_all_others(void **state)
{
    xlmem__share list[] = {{500, 2000, 4000, 1, true, 0},
                           {300, 2000, 2000, 65535, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 2, 2500), XLMEM__OTHERS_SCARCE);
    assert_int_equal(list[0].target_kb, 2000);
    assert_int_equal(list[1].target_kb, 500);
    assert_int_equal(share_anew(list, 2, 1800), XLMEM__FIRST_SCARCE);
    assert_int_equal(list[0].target_kb, 1500);
    assert_int_equal(list[1].target_kb, 300);
}

static void a_surplus_goes_by_weight_up_to_ceilings(void **state)
{
    xlmem__share list[] = {{500, 1000, 1100, 256, true, 0},
                           {300, 2000, 9000, 256, false, 0},
                           {300, 1000, 9000, 512, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 3, 4000 + 700), XLMEM__SURPLUS);
    assert_int_equal(list[0].target_kb, 1000 + 100);
    assert_int_equal(list[1].target_kb, 2000 + 200);
    assert_int_equal(list[2].target_kb, 1000 + 400);
}

static void below_the_floors_it_says_so(void **state)
{
    xlmem__share list[] = {{500, 2000, 4000, 256, true, 0},
                           {300, 2000, 2000, 256, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 2, 799), XLMEM__BELOW_FLOORS);
    assert_int_equal(list[0].target_kb, 500);
    assert_int_equal(list[1].target_kb, 300);
    assert_int_equal(share_anew(list, 2, 800), XLMEM__FIRST_SCARCE);
    assert_int_equal(list[0].target_kb, 500);
    assert_int_equal(list[1].target_kb, 300);
}

static void beyond_all_ceilings_nobody_wants_it(void **state)
{
    xlmem__share list[] = {{500, 2000, 4000, 256, true, 0},
                           {300, 2000, 2000, 256, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 2, 9000), XLMEM__ALL_FULL);
    assert_int_equal(list[0].target_kb, 4000);
    assert_int_equal(list[1].target_kb, 2000);
}

static void the_last_kb_is_his_who_stands_before(void **state)
{
    xlmem__share list[3];
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++)
        list[i] = (xlmem__share){0, 90, 90, 256, false, 0};
    share_anew(list, 3, 100);
    assert_int_equal(list[0].target_kb, 34);
    assert_int_equal(list[1].target_kb, 33);
    assert_int_equal(list[2].target_kb, 33);
    share_anew(list, 3, 101);
    assert_int_equal(list[1].target_kb, 34);
}

static void nobody_shares_nothing(void **state)
{
    xlmem__share none = {0, 0, 0, 1, false, 7};

    (void)state;
    assert_int_equal(share_anew(&none, 0, 1000), XLMEM__ALL_FULL);
    assert_int_equal(none.target_kb, 7);
    assert_int_equal(share_anew(&none, 1, 1000), XLMEM__ALL_FULL);
    assert_int_equal(none.target_kb, 0);
}

static void what_is_out_of_order_is_put_in_order(void **state)
{
    xlmem__share list[] = {{500, 9, 100, 0, false, 0},
                           {100, 9000, 700, 70000, false, 0},
                           {100, 9, 700, 65535, false, 0}};

    (void)state;
    assert_int_equal(share_anew(list, 3, 1300), XLMEM__SURPLUS);
    assert_int_equal(list[0].target_kb, 500);
    assert_int_equal(list[1].target_kb, 700);
    assert_int_equal(list[2].target_kb, 100);
    assert_int_equal(list[0].weight, 1);
    assert_int_equal(list[1].weight, 65535);
}

TEST_GROUP(share)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_what_two_need_is_half_for_each),
        cmocka_unit_test(twice_the_weight_is_twice_as_much),
        cmocka_unit_test(floors_and_demands_bound_it),
        cmocka_unit_test(dom0_has_its_demand_before_all_others),
        cmocka_unit_test(a_surplus_goes_by_weight_up_to_ceilings),
        cmocka_unit_test(below_the_floors_it_says_so),
        cmocka_unit_test(beyond_all_ceilings_nobody_wants_it),
        cmocka_unit_test(the_last_kb_is_his_who_stands_before),
        cmocka_unit_test(nobody_shares_nothing),
        cmocka_unit_test(what_is_out_of_order_is_put_in_order),
    };

    return test_run(tests, NULL, NULL);
}
