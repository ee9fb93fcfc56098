/* SPDX-License-Identifier: LGPL-2.1-only */
/* The moves, by example: what a pass does of what the rule says. */
#include "parties.h"

#define SOON_MS 3000

/* ------------------------------------------------------------ examples --- */

static void who_needs_memory_gets_what_is_free(void **state)
{
    (void)state;
    set(0, GIB, GIB, GIB, GIB);
    set(1, GIB, 2 * GIB, 4 * GIB, GIB);
    purse.usable_kb = GIB;
    pass(2);
    assert_int_equal(plan.nr_steps, 1);
    takes(1, 2 * GIB);
    stays(0, XLMEM__THERE);
    assert_int_equal(plan.steps[0].author, XLMEM_AUTHOR_DAEMON);
    assert_int_equal(plan.steps[0].why, XLMEM_WHY_DEMAND);
    assert_true(again_ms == now_ms + gentle.look_ms);
}

/* First one shrinks; what he has given the other gets. */
static void memory_goes_from_the_idle_to_the_needy(void **state)
{
    (void)state;
    set(1, GIB, GIB, 4 * GIB, 3 * GIB);
    set(2, GIB, 2 * GIB, 2 * GIB, GIB + GIB / 2);
    party[0] = party[1];
    party[1] = party[2];
    party[0].domid = 0;
    party[1].domid = 1;
    pass(2);
    assert_int_equal(plan.nr_steps, 1);
    takes(0, 2 * GIB + GIB / 2);
    stays(1, XLMEM__WAITS);
    carry_out();
    balloon(0, 2 * GIB + 3 * GIB / 4);
    now_ms += gentle.look_ms;
    pass(2);
    takes(1, GIB + 3 * GIB / 4);
    carry_out();
    balloon(0, 2 * GIB + GIB / 2);
    balloon(1, GIB + 3 * GIB / 4);
    pass(2);
    takes(1, 2 * GIB);
    carry_out();
    balloon(1, 2 * GIB);
    pass(2);
    assert_int_equal(plan.nr_steps, 0);
    assert_true(again_ms == -1);
}

static void nobody_is_moved_for_nobodys_good(void **state)
{
    (void)state;
    set(0, GIB, GIB, 8 * GIB, 4 * GIB);
    set(1, GIB, GIB, 8 * GIB, GIB + GIB / 2);
    pass(2);
    assert_int_equal(plan.nr_steps, 0);
    stays(0, XLMEM__UNASKED);
    stays(1, XLMEM__UNASKED);
    assert_true(again_ms == -1);
}

static void what_nobody_needs_is_shared_out_if_it_is_worth_it(void **state)
{
    (void)state;
    set(0, GIB, GIB, 8 * GIB, 4 * GIB);
    set(1, GIB, GIB, 8 * GIB, 4 * GIB);
    purse.usable_kb = GIB / 4;
    pass(2);
    assert_int_equal(plan.nr_steps, 0);
    purse.usable_kb = GIB;
    pass(2);
    takes(0, 4 * GIB + GIB / 2);
    takes(1, 4 * GIB + GIB / 2);
}

/* Who climbs asks for more each second.  What came for him when he was there
 * already is kept for as long as a rest, and what is beyond that is not. */
static void what_was_lacking_is_nobodys_surplus_yet(void **state)
{
    (void)state;
    set(0, GIB, GIB, GIB, 2 * GIB);
    set(1, GIB, 2 * GIB, 8 * GIB, GIB);
    set(2, GIB, GIB, 8 * GIB, GIB);
    party[0].ceiling_kb = 2 * GIB;
    pass(3);
    takes(0, GIB);
    carry_out();
    party[1].demand_kb = GIB;
    balloon(0, GIB);
    now_ms += SOON_MS;
    pass(3);
    assert_int_equal(plan.nr_steps, 0);
    stays(1, XLMEM__WAITS);
    assert_true(again_ms == now_ms - SOON_MS + gentle.rest_ms);
    purse.usable_kb += GIB;
    pass(3);
    assert_int_equal(plan.nr_steps, 2);
    /* dom0's is of whole pages. */
    assert_true(plan.steps[0].to_kb + plan.steps[1].to_kb <= 3 * GIB);
    assert_true(plan.steps[0].to_kb + plan.steps[1].to_kb + 4 > 3 * GIB);
    purse.usable_kb -= GIB;
    now_ms = now_ms - SOON_MS + gentle.rest_ms;
    pass(3);
    assert_true(plan.nr_steps > 0);
}

static void small_differences_are_left(void **state)
{
    (void)state;
    set(0, GIB, GIB + 8 * MIB - 1, GIB + 8 * MIB - 1, GIB);
    purse.usable_kb = GIB;
    pass(1);
    assert_int_equal(plan.nr_steps, 0);
    party[0].demand_kb = party[0].ceiling_kb = GIB + 8 * MIB;
    pass(1);
    takes(0, GIB + 8 * MIB);
}

/* Of ten who could spare 4 MiB each 32 MiB are not withheld. */
static void small_gifts_of_many_are_taken(void **state)
{
    size_t i;

    (void)state;
    set(0, GIB, GIB + 32 * MIB, 2 * GIB, GIB);
    for (i = 1; i <= 10; i++)
        set(i, GIB, GIB, GIB, GIB + 4 * MIB);
    pass(11);
    assert_int_equal(plan.nr_steps, 10);
    for (i = 1; i <= 10; i++)
        takes(i, GIB);
}

static void dom0_is_served_before_a_larger_need(void **state)
{
    (void)state;
    set(0, GIB, 2 * GIB, 4 * GIB, GIB + GIB / 2);
    set(1, GIB, 8 * GIB, 8 * GIB, 2 * GIB);
    set(2, GIB, GIB, 8 * GIB, 8 * GIB);
    purse.usable_kb = GIB / 2;
    pass(3);
    takes(0, 2 * GIB);
    stays(1, XLMEM__WAITS);
}

static void a_create_gets_its_room_and_nobody_grows_into_it(void **state)
{
    (void)state;
    set(0, GIB, GIB, 4 * GIB, 2 * GIB);
    set(1, GIB, 2 * GIB, 8 * GIB, GIB);
    purse.usable_kb = GIB / 4;
    purse.wanted_kb = GIB / 2;
    pass(2);
    takes(0, GIB);
    stays(1, XLMEM__WAITS);
}

static void headroom_that_is_missing_is_given_back(void **state)
{
    (void)state;
    set(0, GIB, 2 * GIB, 4 * GIB, 2 * GIB);
    set(1, GIB, 2 * GIB, 8 * GIB, 2 * GIB);
    party[1].grown_ms = now_ms;
    party[1].minute_ms = now_ms;
    party[1].moved_kb = gentle.minute_kb;
    purse.deficit_kb = GIB / 2;
    pass(2);
    takes(1, 2 * GIB - GIB / 2);
}

static void no_balloon_is_sent_further_than_a_step(void **state)
{
    (void)state;
    set(0, GIB, 8 * GIB, 8 * GIB, GIB);
    purse.usable_kb = 8 * GIB;
    pass(1);
    takes(0, 2 * GIB);
    carry_out();
    balloon(0, GIB + GIB / 4);
    pass(1);
    stays(0, XLMEM__ON_ITS_WAY);
    assert_true(again_ms == now_ms + gentle.look_ms);
    balloon(0, GIB + GIB / 2);
    pass(1);
    takes(0, 2 * GIB + GIB / 2);
    gentle.step_kb = 0;
    pass(1);
    takes(0, 8 * GIB);
}

/* Too little for the margins of all: what a large one uses already comes
 * before what a small one may use in a moment. */
static void what_is_used_comes_before_margins(void **state)
{
    (void)state;
    set(0, 0, 0, 0, 0);
    set(1, GIB, 7 * GIB, 8 * GIB, 6 * GIB);
    set(2, GIB, 3 * GIB, 8 * GIB, 3 * GIB);
    party[1].need_kb = 6 * GIB;
    party[2].need_kb = 2 * GIB;
    assert_int_equal(pass(3), XLMEM__OTHERS_SCARCE);
    assert_true(party[1].share_kb == 6 * GIB + GIB / 2);
    assert_true(party[2].share_kb == 2 * GIB + GIB / 2);
    takes(2, 2 * GIB + GIB / 2);
    party[1].need_kb = party[2].need_kb = 0;
    pass(3);
    assert_true(party[1].share_kb == 6 * GIB);
    assert_true(party[2].share_kb == 3 * GIB);
}

/* Cache that was missed before is nobody's margin; who waits has it. */
static void what_was_missed_is_kept_of_margins(void **state)
{
    (void)state;
    set(0, 0, 0, 0, 0);
    set(1, GIB, 5 * GIB, 8 * GIB, 4 * GIB);
    set(2, GIB, 4 * GIB, 8 * GIB, 3 * GIB);
    party[1].need_kb = 2 * GIB;
    party[1].kept_kb = 4 * GIB;
    party[2].need_kb = party[2].kept_kb = 3 * GIB;
    assert_int_equal(pass(3), XLMEM__OTHERS_SCARCE);
    stays(1, XLMEM__KEEPS);
    stays(2, XLMEM__SCARCE);
    party[2].need_kb = party[2].kept_kb = 3 * GIB + GIB / 2;
    pass(3);
    assert_true(party[1].share_kb == 3 * GIB + GIB / 2);
    takes(1, 3 * GIB + GIB / 2);
    stays(2, XLMEM__WAITS);
}

/* What he has beyond what he uses is given at once to who lacks some of what
 * he uses, and what he uses is not. */
static void a_margin_does_not_rest_while_another_lacks(void **state)
{
    (void)state;
    set(0, 0, 0, 0, 0);
    set(1, GIB, 4 * GIB, 8 * GIB, 4 * GIB);
    set(2, GIB, 4 * GIB, 8 * GIB, GIB);
    party[1].need_kb = 2 * GIB;
    party[2].need_kb = 3 * GIB;
    party[1].grown_ms = now_ms - 1000;
    pass(3);
    takes(1, 3 * GIB);
    set(2, GIB, 4 * GIB, 8 * GIB, 3 * GIB);
    party[2].need_kb = 3 * GIB;
    set(1, GIB, 4 * GIB, 8 * GIB, 4 * GIB);
    party[1].need_kb = 2 * GIB;
    party[1].grown_ms = now_ms - 1000;
    pass(3);
    stays(1, XLMEM__RESTS);
}

/* Demand that flaps: in scarcity what one got is not taken again at once. */
static void what_was_given_rests(void **state)
{
    (void)state;
    set(0, 0, 0, 0, 0);
    set(1, GIB, 8 * GIB, 8 * GIB, 3 * GIB);
    set(2, GIB, 8 * GIB, 8 * GIB, GIB);
    party[1].grown_ms = now_ms - 9000;
    pass(3);
    stays(1, XLMEM__RESTS);
    assert_true(again_ms == now_ms + 1000);
    now_ms += 1000;
    pass(3);
    takes(1, 2 * GIB);
    party[1].grown_ms = now_ms;
    party[1].demand_kb = 2 * GIB;
    pass(3);
    takes(1, 2 * GIB);
}

static void who_was_moved_enough_within_a_minute_is_left(void **state)
{
    (void)state;
    set(1, GIB, GIB, 8 * GIB, 3 * GIB);
    set(2, GIB, 8 * GIB, 8 * GIB, GIB);
    set(0, 0, 0, 0, 0);
    gentle.minute_kb = GIB;
    party[1].minute_ms = now_ms - 20000;
    party[1].moved_kb = GIB - 16 * MIB;
    pass(3);
    assert_non_null(step_of(1));
    assert_true(step_of(1)->to_kb == 3 * GIB - 16 * MIB);
    party[1].moved_kb = GIB;
    pass(3);
    stays(1, XLMEM__PACED);
    assert_true(again_ms == now_ms + 40000);
    party[2].moved_kb = 2 * GIB;
    party[2].minute_ms = now_ms;
    purse.usable_kb = GIB;
    pass(3);
    takes(2, 2 * GIB);
}

static void a_target_beyond_the_ceiling_is_cut(void **state)
{
    (void)state;
    set(0, GIB, GIB, 2 * GIB, 2 * GIB + GIB / 2);
    pass(1);
    takes(0, 2 * GIB);
    party[0].apart = XLMEM__PINNED;
    pass(1);
    stays(0, XLMEM__IS_APART);
}

/* Neither moved nor counted: nobody gets what is theirs. */
static void who_is_apart_or_silent_is_left_alone(void **state)
{
    (void)state;
    set(0, GIB, 2 * GIB, 4 * GIB, GIB);
    set(1, GIB / 4, GIB / 4, 8 * GIB, 4 * GIB);
    set(2, GIB / 4, GIB / 4, 8 * GIB, 4 * GIB);
    party[1].apart = XLMEM__PAUSED;
    party[2].demand_known = false;
    assert_int_equal(pass(3), XLMEM__FIRST_SCARCE);
    assert_int_equal(plan.nr_steps, 0);
    stays(1, XLMEM__IS_APART);
    stays(2, XLMEM__SILENT);
    assert_true(party[1].share_kb == 4 * GIB);
}

/* ------------------------------------------------- who does not follow --- */

static int begin_tracking(void **state)
{
    xlmem__tracker_init(&tracker, 10000);
    return begin(state);
}

static int end_tracking(void **state)
{
    (void)state;
    xlmem__tracker_dispose(&tracker);
    return 0;
}

/* An idle one that could help two others, and does not give. */
static void one_that_does_not_give(void)
{
    set(0, GIB, GIB, GIB, GIB);
    set(1, GIB, GIB, 8 * GIB, 3 * GIB);
    set(2, GIB, GIB, 8 * GIB, 2 * GIB);
    set(3, GIB, 2 * GIB, 8 * GIB, GIB);
    see(1, 0);
    pass(4);
    takes(1, 2 * GIB);
    carry_out();
    see(1, 0);
    see(1, 4000);
    pass(4);
    assert_null(step_of(2));
    see(1, 1000);
}

static void who_does_not_give_is_left_out_and_others_are_asked(void **state)
{
    (void)state;
    one_that_does_not_give();
    pass(4);
    stays(1, XLMEM__LEFT_OUT);
    assert_non_null(step_of(2));
    assert_int_equal(party[1].pace, XLMEM__STUCK);
    carry_out();
    balloon(2, party[2].target_kb);
    pass(4);
    takes(3, 2 * GIB - (GIB - (2 * GIB - party[2].target_kb)));
}

static void who_gave_up_is_woken_more_and_more_seldom(void **state)
{
    int64_t wait_ms = gentle.wake_ms;
    int i;

    (void)state;
    one_that_does_not_give();
    party[3].demand_kb = GIB;
    for (i = 0; i < 12; i++) {
        const uint64_t was = party[1].target_kb;
        const int64_t since = party[1].stuck_ms;

        pass(4);
        assert_int_equal(plan.nr_steps, 0);
        assert_true(again_ms == since + wait_ms);
        now_ms = again_ms;
        see(1, 0);
        assert_int_equal(party[1].pace, XLMEM__GAVE_UP);
        pass(4);
        assert_int_equal(plan.nr_steps, 1);
        assert_int_equal(party[1].still, XLMEM__LEFT_OUT);
        assert_true(step_of(1)->to_kb == (i % 2 ? was - 4 : was + 4));
        carry_out();
        see(1, 0);
        wait_ms = wait_ms * 2 < 3600000 ? wait_ms * 2 : 3600000;
    }
}

/* libxl sets no target above static-max. */
static void and_not_by_a_target_that_he_may_not_have(void **state)
{
    (void)state;
    one_that_does_not_give();
    party[3].demand_kb = GIB;
    party[1].ceiling_kb = party[1].target_kb;
    now_ms += gentle.wake_ms;
    see(1, 0);
    pass(4);
    assert_true(step_of(1)->to_kb == party[1].ceiling_kb - 4);
    party[1].floor_kb = party[1].target_kb;
    pass(4);
    stays(1, XLMEM__LEFT_OUT);
}

static void who_moves_a_mib_is_trusted_again(void **state)
{
    (void)state;
    one_that_does_not_give();
    balloon(1, 3 * GIB - 4);
    see(1, 1000);
    pass(4);
    stays(1, XLMEM__LEFT_OUT);
    balloon(1, 3 * GIB - MIB);
    see(1, 1000);
    pass(4);
    assert_int_not_equal(party[1].still, XLMEM__LEFT_OUT);
    assert_null(step_of(2));
}

/* A page now and then is not what was asked for. */
static void who_gives_page_by_page_does_not_follow(void **state)
{
    int i;

    (void)state;
    set(0, GIB, GIB, GIB, GIB);
    set(1, GIB, GIB, 8 * GIB, 2 * GIB);
    set(2, GIB, 2 * GIB, 8 * GIB, GIB);
    pass(3);
    carry_out();
    for (i = 0; i < 6; i++) {
        balloon(1, party[1].has_kb - 4);
        see(1, 1000);
    }
    pass(3);
    stays(1, XLMEM__LEFT_OUT);
}

static void what_one_does_not_take_is_free_at_once(void **state)
{
    (void)state;
    set(0, GIB, GIB, GIB, GIB);
    set(1, GIB, 2 * GIB, 8 * GIB, GIB);
    set(2, GIB, GIB, 8 * GIB, GIB);
    purse.usable_kb = GIB;
    pass(3);
    takes(1, 2 * GIB);
    carry_out();
    party[2].demand_kb = 2 * GIB;
    see(1, 0);
    see(1, 5000);
    pass(3);
    assert_int_equal(party[1].still, XLMEM__LEFT_OUT);
    assert_true(step_of(1)->to_kb == GIB);
    assert_null(step_of(2));
    carry_out();
    see(1, 250);
    pass(3);
    stays(1, XLMEM__LEFT_OUT);
    takes(2, 2 * GIB);
}

static void who_did_not_take_is_offered_again_later(void **state)
{
    (void)state;
    set(1, GIB, 2 * GIB, 8 * GIB, GIB);
    set(0, GIB, GIB, GIB, GIB);
    purse.usable_kb = GIB;
    pass(2);
    carry_out();
    see(1, 0);
    see(1, 5000);
    pass(2);
    carry_out();
    see(1, 0);
    pass(2);
    stays(1, XLMEM__LEFT_OUT);
    assert_true(again_ms == party[1].stuck_ms + gentle.wake_ms);
    now_ms = again_ms;
    see(1, 0);
    pass(2);
    takes(1, GIB + 16 * MIB);
    carry_out();
    balloon(1, GIB + MIB);
    see(1, 1000);
    assert_int_equal(party[1].nr_stuck, 0);
    pass(2);
    takes(1, 2 * GIB);
}

/* The first is what it never had; the second it is to give, and is judged. */
static void a_release_is_no_move_and_a_trial_is(void **state)
{
    const xlmem_step released = {.from_kb = 3 * GIB, .to_kb = 2 * GIB};
    const xlmem_step asked = {.from_kb = 2 * GIB, .to_kb = GIB};

    (void)state;
    set(0, GIB, GIB, 8 * GIB, 2 * GIB);
    party[0].nr_stuck = 1;
    party[0].stuck_ms = now_ms - 1;
    xlmem__balance_done(&party[0], now_ms, &released);
    assert_true(party[0].asked_ms == 0);
    assert_true(party[0].moved_kb == 0);
    xlmem__balance_done(&party[0], now_ms, &asked);
    assert_true(party[0].asked_ms == now_ms);
    assert_true(party[0].moved_kb == GIB);
}

TEST_GROUP(balance)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_needs_memory_gets_what_is_free, begin),
        cmocka_unit_test_setup(memory_goes_from_the_idle_to_the_needy, begin),
        cmocka_unit_test_setup(nobody_is_moved_for_nobodys_good, begin),
        cmocka_unit_test_setup(
            what_nobody_needs_is_shared_out_if_it_is_worth_it, begin),
        cmocka_unit_test_setup(what_was_lacking_is_nobodys_surplus_yet, begin),
        cmocka_unit_test_setup(small_differences_are_left, begin),
        cmocka_unit_test_setup(small_gifts_of_many_are_taken, begin),
        cmocka_unit_test_setup(dom0_is_served_before_a_larger_need, begin),
        cmocka_unit_test_setup(a_create_gets_its_room_and_nobody_grows_into_it,
                               begin),
        cmocka_unit_test_setup(headroom_that_is_missing_is_given_back, begin),
        cmocka_unit_test_setup(no_balloon_is_sent_further_than_a_step, begin),
        cmocka_unit_test_setup(what_is_used_comes_before_margins, begin),
        cmocka_unit_test_setup(what_was_missed_is_kept_of_margins, begin),
        cmocka_unit_test_setup(a_margin_does_not_rest_while_another_lacks,
                               begin),
        cmocka_unit_test_setup(what_was_given_rests, begin),
        cmocka_unit_test_setup(who_was_moved_enough_within_a_minute_is_left,
                               begin),
        cmocka_unit_test_setup(a_target_beyond_the_ceiling_is_cut, begin),
        cmocka_unit_test_setup(who_is_apart_or_silent_is_left_alone, begin),
        cmocka_unit_test_setup_teardown(
            who_does_not_give_is_left_out_and_others_are_asked, begin_tracking,
            end_tracking),
        cmocka_unit_test_setup_teardown(
            who_gave_up_is_woken_more_and_more_seldom, begin_tracking,
            end_tracking),
        cmocka_unit_test_setup_teardown(
            and_not_by_a_target_that_he_may_not_have, begin_tracking,
            end_tracking),
        cmocka_unit_test_setup_teardown(who_moves_a_mib_is_trusted_again,
                                        begin_tracking, end_tracking),
        cmocka_unit_test_setup_teardown(who_gives_page_by_page_does_not_follow,
                                        begin_tracking, end_tracking),
        cmocka_unit_test_setup_teardown(what_one_does_not_take_is_free_at_once,
                                        begin_tracking, end_tracking),
        cmocka_unit_test_setup_teardown(
            who_did_not_take_is_offered_again_later, begin_tracking,
            end_tracking),
        cmocka_unit_test_setup(a_release_is_no_move_and_a_trial_is, begin),
    };

    return test_run(tests, NULL, NULL);
}
