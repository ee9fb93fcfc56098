/* SPDX-License-Identifier: LGPL-2.1-only */
/* When memguard-guest looks and writes: a guest at rest costs its host next to
 * nothing, one in need is heard within a second, and none writes without end.
 */
#include "test.h"

#include "guest/pace.h"

#define MIB UINT64_C(1024)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define TOTAL_KB (1024 * MIB)
/* A clock that has run for a while. */
#define START (100 * MINUTE)

static struct guest_pace pace;
static struct guest_facts facts;

static int begin(void **state)
{
    int i;

    (void)state;
    guest_pace_init(&pace, START, GUEST_SLOW_MS);
    for (i = 0; i < GUEST_NR_FACTS; i++)
        facts.is[i] = GUEST_UNKNOWN;
    facts.is[GUEST_TOTAL_KB] = TOTAL_KB;
    facts.is[GUEST_FREE_KB] = 0;
    facts.is[GUEST_AVAILABLE_KB] = TOTAL_KB;
    facts.is[GUEST_SWAP_USED_KB] = 0;
    facts.is[GUEST_PSI_SOME10_BP] = 0;
    return 0;
}

static void use(uint64_t kb)
{
    facts.is[GUEST_AVAILABLE_KB] = TOTAL_KB - kb;
}

/* One look; what is due is written. */
static bool look(int64_t now_ms)
{
    const bool due = guest_pace_due(&pace, START + now_ms, &facts);

    if (due)
        guest_pace_wrote(&pace, START + now_ms, &facts);
    return due;
}

static void the_first_look_is_written(void **state)
{
    (void)state;
    assert_true(look(0));
    assert_false(look(1));
    assert_false(look(MINUTE));
}

static void small_changes_are_not(void **state)
{
    uint64_t kb;

    (void)state;
    look(0);
    use(TOTAL_KB / 100 - 1);
    assert_false(look(10 * SECOND));
    use(TOTAL_KB / 100);
    assert_true(look(20 * SECOND));
    /* By small steps, too: against what was written. */
    for (kb = 0; kb < TOTAL_KB / 100; kb += 1024)
        if (look(30 * SECOND))
            fail();
        else
            use(TOTAL_KB / 100 + kb);
    use(TOTAL_KB / 50);
    assert_true(look(40 * SECOND));
}

static void a_small_guest_counts_by_4_mib(void **state)
{
    (void)state;
    facts.is[GUEST_TOTAL_KB] = 100 * MIB;
    facts.is[GUEST_AVAILABLE_KB] = 50 * MIB;
    look(0);
    facts.is[GUEST_AVAILABLE_KB] = 46 * MIB + 1;
    assert_false(look(10 * SECOND));
    facts.is[GUEST_AVAILABLE_KB] = 46 * MIB;
    assert_true(look(20 * SECOND));
}

static void swap_size_and_balloon_count_as_well(void **state)
{
    static const enum guest_fact each[] = {
        GUEST_SWAP_USED_KB, GUEST_BALLOON_KB, GUEST_BALLOON_TARGET_KB};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(each); i++) {
        begin(state);
        facts.is[each[i]] = 0;
        look(0);
        facts.is[each[i]] = TOTAL_KB / 100;
        assert_true(look(10 * SECOND));
        facts.is[each[i]] = GUEST_UNKNOWN;
        assert_true(look(20 * SECOND));
    }
}

static void a_sign_of_life_in_five_minutes(void **state)
{
    (void)state;
    look(0);
    assert_false(look(5 * MINUTE - 1));
    assert_true(look(5 * MINUTE));
    assert_false(look(10 * MINUTE - 1));
}

/* One that idles for an hour: as often as the loop would look. */
static void an_idle_guest_is_silent(void **state)
{
    unsigned written = 0, looks = 0;
    int64_t now_ms = 0;

    (void)state;
    while (now_ms < 60 * MINUTE) {
        use(test_random() % (TOTAL_KB / 100));
        written += look(now_ms);
        looks++;
        now_ms += guest_pace_wait_ms(&pace);
    }
    assert_true(written <= 13);
    assert_true(looks <= 910);
}

static void looks_are_often_after_a_change_only(void **state)
{
    int64_t now_ms = 0;
    int i;

    (void)state;
    look(0);
    assert_int_equal(guest_pace_wait_ms(&pace), SECOND);
    for (i = 0; i < 5; i++)
        look(now_ms += guest_pace_wait_ms(&pace));
    assert_int_equal(guest_pace_wait_ms(&pace), GUEST_SLOW_MS);
    use(TOTAL_KB / 4);
    assert_true(look(now_ms += GUEST_SLOW_MS));
    assert_int_equal(guest_pace_wait_ms(&pace), SECOND);
    look(now_ms += SECOND);
    assert_int_equal(guest_pace_wait_ms(&pace), 2 * SECOND);
    facts.is[GUEST_PSI_SOME10_BP] = 17;
    look(now_ms += 10 * SECOND);
    look(now_ms += SECOND);
    assert_int_equal(guest_pace_wait_ms(&pace), SECOND);
    facts.is[GUEST_PSI_SOME10_BP] = 0;
    look(now_ms += 10 * SECOND);
    look(now_ms += SECOND);
    guest_pace_hurry(&pace);
    assert_int_equal(guest_pace_wait_ms(&pace), SECOND);
}

/* ------------------------------------------------------------ pressure --- */

static void press(uint64_t bp)
{
    facts.is[GUEST_PSI_SOME10_BP] = bp;
}

static void pressure_counts_by_bands(void **state)
{
    (void)state;
    look(0);
    press(16);
    assert_false(look(10 * SECOND));
    press(17);
    assert_true(look(20 * SECOND));
    press(49);
    assert_false(look(21 * SECOND));
    press(50);
    assert_true(look(22 * SECOND));
    press(2500);
    assert_true(look(23 * SECOND));
    press(10000);
    assert_false(look(24 * SECOND));
}

static void a_breath_at_a_bound_is_not_written(void **state)
{
    int64_t s;

    (void)state;
    press(17);
    look(0);
    for (s = 1; s < 5; s++) {
        press(s % 2 ? 12 : 20);
        assert_false(look(s * SECOND));
    }
    press(11);
    assert_true(look(5 * SECOND));
}

/* The host raises as long as it is told to. */
static void under_pressure_it_speaks_every_five_seconds(void **state)
{
    int64_t s;

    (void)state;
    press(300);
    for (s = 0; s < 100; s++)
        assert_int_equal(look(s * SECOND), s % 5 == 0);
    press(0);
    assert_true(look(100 * SECOND));
    assert_false(look(106 * SECOND));
}

static void pressure_that_comes_or_goes_is_news(void **state)
{
    (void)state;
    press(GUEST_UNKNOWN);
    look(0);
    press(0);
    assert_true(look(10 * SECOND));
    press(GUEST_UNKNOWN);
    assert_true(look(20 * SECOND));
    assert_false(look(30 * SECOND));
}

/* Whether it is the guest's or a limit's inside. */
static void plenty_under_pressure_is_news(void **state)
{
    (void)state;
    press(300);
    look(0);
    facts.is[GUEST_FREE_KB] = TOTAL_KB / 2;
    assert_true(look(2 * SECOND));
    press(0);
    look(10 * SECOND);
    facts.is[GUEST_FREE_KB] = 0;
    assert_false(look(20 * SECOND));
}

/* -------------------------------------------------------------- limits --- */

static void never_twice_within_a_second(void **state)
{
    (void)state;
    look(0);
    press(5000);
    use(TOTAL_KB / 2);
    assert_false(look(SECOND - 1));
    assert_true(look(SECOND));
}

/* Who waited within that second, and no more when it is over. */
static void pressure_within_that_second_is_told_behind_it(void **state)
{
    (void)state;
    look(0);
    press(700);
    facts.is[GUEST_PSI_FULL10_BP] = 300;
    assert_false(look(SECOND / 2));
    press(100);
    facts.is[GUEST_PSI_FULL10_BP] = 0;
    assert_false(look(SECOND - 1));
    press(0);
    facts.is[GUEST_PSI_FULL10_BP] = 0;
    assert_true(look(SECOND));
    assert_int_equal(pace.written.is[GUEST_PSI_SOME10_BP], 700);
    assert_int_equal(pace.written.is[GUEST_PSI_FULL10_BP], 300);
    press(0);
    facts.is[GUEST_PSI_FULL10_BP] = 0;
    assert_true(look(3 * SECOND));
    assert_int_equal(pace.written.is[GUEST_PSI_SOME10_BP], 0);
    assert_int_equal(pace.written.is[GUEST_PSI_FULL10_BP], 0);
}

/* The host does not answer: what was before that is no news when it does. */
static void pressure_of_before_a_failure_is_not_told(void **state)
{
    (void)state;
    look(0);
    press(700);
    assert_false(look(SECOND / 2));
    guest_pace_failed(&pace, START + SECOND);
    press(0);
    assert_false(look(6 * SECOND));
}

/* A guest that changes all the time: ten in a row, then one in two seconds. */
static void who_never_rests_is_slowed(void **state)
{
    unsigned written = 0;
    int64_t s;

    (void)state;
    for (s = 0; s < 10; s++) {
        use(s % 2 ? TOTAL_KB / 20 : 0);
        assert_true(look(s * SECOND));
    }
    for (; s < 610; s++) {
        use(s % 2 ? TOTAL_KB / 20 : 0);
        written += look(s * SECOND);
    }
    assert_true(written >= 298 && written <= 306);
}

static void what_is_urgent_need_not_wait(void **state)
{
    int64_t s;

    (void)state;
    for (s = 0; s < 30; s++) {
        use(s % 2 ? TOTAL_KB / 20 : 0);
        look(s * SECOND);
    }
    use(TOTAL_KB / 2);
    assert_true(look(31 * SECOND));
    press(600);
    assert_true(look(32 * SECOND));
    press(0);
    assert_false(look(33 * SECOND));
}

/* Whatever it does, and however often it looks. */
static void any_guest_writes_once_a_second_at_most(void **state)
{
    int64_t now_ms = 0, last_ms = -SECOND;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 100000; i++) {
        facts.is[test_between(0, GUEST_NR_FACTS - 1)] =
            test_between(0, 9) ? test_magnitude() : GUEST_UNKNOWN;
        if (look(now_ms)) {
            assert_true(now_ms - last_ms >= SECOND);
            last_ms = now_ms;
        }
        assert_in_range(guest_pace_wait_ms(&pace), SECOND, GUEST_SLOW_MS);
        now_ms += (int64_t)test_between(0, 700);
    }
}

/* ---------------------------------------------------------- the host --- */

static void another_host_is_told_at_once(void **state)
{
    (void)state;
    look(0);
    guest_pace_forget(&pace);
    assert_true(look(1));
    assert_false(look(2));
}

static void a_host_that_fails_is_given_time(void **state)
{
    (void)state;
    assert_true(guest_pace_due(&pace, START, &facts));
    guest_pace_failed(&pace, START);
    assert_int_equal(guest_pace_wait_ms(&pace), 5 * SECOND);
    assert_false(guest_pace_due(&pace, START + 5 * SECOND - 1, &facts));
    assert_true(guest_pace_due(&pace, START + 5 * SECOND, &facts));
    guest_pace_failed(&pace, START + 5 * SECOND);
    assert_int_equal(guest_pace_wait_ms(&pace), 10 * SECOND);
    guest_pace_failed(&pace, START + 15 * SECOND);
    guest_pace_failed(&pace, START + 15 * SECOND);
    guest_pace_failed(&pace, START + 15 * SECOND);
    assert_int_equal(guest_pace_wait_ms(&pace), MINUTE);
    assert_true(look(2 * MINUTE));
    assert_int_equal(guest_pace_wait_ms(&pace), SECOND);
}

TEST_GROUP(guest_pace)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_first_look_is_written, begin),
        cmocka_unit_test_setup(small_changes_are_not, begin),
        cmocka_unit_test_setup(a_small_guest_counts_by_4_mib, begin),
        cmocka_unit_test_setup(swap_size_and_balloon_count_as_well, begin),
        cmocka_unit_test_setup(a_sign_of_life_in_five_minutes, begin),
        cmocka_unit_test_setup(an_idle_guest_is_silent, begin),
        cmocka_unit_test_setup(looks_are_often_after_a_change_only, begin),
        cmocka_unit_test_setup(pressure_counts_by_bands, begin),
        cmocka_unit_test_setup(a_breath_at_a_bound_is_not_written, begin),
        cmocka_unit_test_setup(under_pressure_it_speaks_every_five_seconds,
                               begin),
        cmocka_unit_test_setup(pressure_that_comes_or_goes_is_news, begin),
        cmocka_unit_test_setup(plenty_under_pressure_is_news, begin),
        cmocka_unit_test_setup(never_twice_within_a_second, begin),
        cmocka_unit_test_setup(pressure_within_that_second_is_told_behind_it,
                               begin),
        cmocka_unit_test_setup(pressure_of_before_a_failure_is_not_told,
                               begin),
        cmocka_unit_test_setup(who_never_rests_is_slowed, begin),
        cmocka_unit_test_setup(what_is_urgent_need_not_wait, begin),
        cmocka_unit_test_setup(any_guest_writes_once_a_second_at_most, begin),
        cmocka_unit_test_setup(another_host_is_told_at_once, begin),
        cmocka_unit_test_setup(a_host_that_fails_is_given_time, begin),
    };

    return test_run(tests, NULL, NULL);
}
