/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain wants: use, peaks, pressure and silence over time; and what
 * holds for any report. */
#include "demand_reports.h"

/* -------------------------------------------------- use and its margin --- */

static void without_a_report_it_keeps_its_target(void **state)
{
    (void)state;
    assert_false(is_known(0));
    assert_int_equal(xlmem__demand_next_ms(&demand, 0), -1);
    /* Nor is there anything to go by in one without numbers. */
    see_with(0, HAS_KB);
    assert_false(is_known(0));
    XLMEM_SET(&report, total_kb, TOTAL_KB);
    XLMEM_SET(&report, psi_some10_bp, 10000);
    see_with(1, HAS_KB);
    assert_false(is_known(1));
}

static void what_is_used_with_a_margin_and_the_kernels_own(void **state)
{
    (void)state;
    see_pressed(0, GIB, 0);
    assert_int_equal(wants(0), GIB + GIB / 8 + OWN_KB);
    assert_int_equal(wants(10 * MINUTE), GIB + GIB / 8 + OWN_KB);
    assert_int_equal(xlmem__demand_next_ms(&demand, 0), -1);
}

static void the_blind_have_twice_the_margin(void **state)
{
    (void)state;
    see(0, GIB);
    assert_int_equal(wants(0), GIB + GIB / 4 + OWN_KB);
}

static void the_small_have_room_for_anything(void **state)
{
    (void)state;
    see_pressed(0, 20 * MIB, 0);
    assert_int_equal(wants(0), 20 * MIB + MARGIN_MIN_KB + OWN_KB);
}

/* What it swapped, it would rather have kept: who does not see it waits may
 * think so. */
static void swap_of_the_blind_is_used(void **state)
{
    (void)state;
    XLMEM_SET(&report, swap_used_kb, GIB / 2);
    see(0, GIB);
    assert_int_equal(wants(0), GIB * 3 / 2 + GIB * 3 / 8 + OWN_KB);
}

static void cold_swap_costs_nothing_until_it_is_missed(void **state)
{
    (void)state;
    XLMEM_SET(&report, swap_used_kb, 3 * GIB);
    see_pressed(0, 2 * GIB, 0);
    assert_int_equal(wants(0), 2 * GIB + GIB / 4 + OWN_KB);
    see_pressed(SECOND, 2 * GIB, 20);
    assert_int_equal(wants(SECOND), 5 * GIB + GIB / 4 + OWN_KB);
}

/* Qubes' number is of all that it has, swap included. */
static void a_number_of_qubes_has_all_in_it(void **state)
{
    (void)state;
    XLMEM_SET(&report, used_kb, GIB);
    see_with(0, HAS_KB);
    assert_int_equal(wants(0), GIB + GIB / 4);
}

/* ---------------------------------------------------- its kernel's own --- */

/* While Xen's count runs ahead of the report the difference is the balloon's,
 * and would drive itself. */
static void what_moves_is_not_its_own(void **state)
{
    (void)state;
    see(0, GIB);
    assert_int_equal(demand.own_kb, OWN_KB);
    see_with(60 * SECOND, HAS_KB + GIB);
    assert_int_equal(demand.own_kb, OWN_KB);
    XLMEM_SET(&report, total_kb, TOTAL_KB + GIB - 4 * MIB);
    see_with(120 * SECOND, HAS_KB + GIB);
    assert_int_equal(demand.own_kb, OWN_KB + 4 * MIB);
}

/* Who counts both at one moment is believed. */
static void its_balloon_knows(void **state)
{
    (void)state;
    uses(GIB);
    XLMEM_SET(&report, psi_some10_bp, 0);
    XLMEM_SET(&report, balloon_kb, TOTAL_KB + 10 * MIB);
    see_with(0, HAS_KB);
    assert_int_equal(demand.own_kb, 10 * MIB);
    assert_int_equal(wants(0), GIB + GIB / 8 + 10 * MIB);
}

/* The same report, whatever is given meanwhile, wants the same. */
static void what_it_is_given_is_no_demand(void **state)
{
    uint64_t has_kb, first_kb;
    int64_t now_ms = 0;

    (void)state;
    see(now_ms, GIB);
    first_kb = wants(now_ms);
    for (has_kb = HAS_KB; has_kb < 2 * HAS_KB; has_kb += 100 * MIB) {
        now_ms += 10 * SECOND;
        see_with(now_ms, has_kb);
    }
    assert_int_equal(wants(now_ms), first_kb);
}

/* An agent that never counts its total anew, and what is available now. */
static void see_fixed(int64_t now_ms, uint64_t has_kb, uint64_t used_kb)
{
    report.source = XLMEM__REPORT_XE;
    XLMEM_SET(&report, total_kb, TOTAL_KB);
    XLMEM_SET(&report, free_kb, has_kb - used_kb);
    see_with(now_ms, has_kb);
}

/* It gives 2 GiB and is given 1, wherever the balloon is: once that has shown,
 * its use is what it is. */
static void a_total_that_is_fixed_is_found_out(void **state)
{
    (void)state;
    see_fixed(0, HAS_KB, GIB);
    see_fixed(MINUTE, HAS_KB - 2 * GIB, GIB + MIB);
    assert_true(wants(MINUTE) > 2 * GIB);
    see_fixed(2 * MINUTE, HAS_KB - 2 * GIB, GIB);
    see_fixed(3 * MINUTE, HAS_KB - 2 * GIB, GIB + MIB);
    assert_int_equal(demand.used_kb, GIB + MIB);
    see_fixed(4 * MINUTE, HAS_KB - GIB, GIB);
    assert_int_equal(demand.used_kb, GIB);
    see_fixed(5 * MINUTE, 2 * HAS_KB, GIB + MIB);
    assert_int_equal(demand.used_kb, GIB + MIB);
    /* Said again without a count: what it was given is no use. */
    see_with(6 * MINUTE, 3 * HAS_KB);
    see_with(6 * MINUTE + SECOND, 3 * HAS_KB);
    assert_int_equal(demand.used_kb, GIB + MIB);
    /* One who starts anew, and counts. */
    XLMEM_SET(&report, total_kb, 2 * HAS_KB - OWN_KB);
    XLMEM_SET(&report, free_kb, 2 * HAS_KB - OWN_KB - GIB);
    see_with(7 * MINUTE, 2 * HAS_KB);
    see_with(8 * MINUTE, 2 * HAS_KB);
    assert_int_equal(demand.own_kb, OWN_KB);
    assert_int_equal(demand.used_kb, GIB + OWN_KB);
}

/* The balloon stood elsewhere when Xen was asked, once, and it counts. */
static void a_total_that_lags_is_not_fixed(void **state)
{
    (void)state;
    see_fixed(0, HAS_KB, GIB);
    XLMEM_SET(&report, free_kb, 2 * GIB);
    see_with(SECOND, HAS_KB - GIB);
    XLMEM_SET(&report, total_kb, TOTAL_KB - GIB);
    see_with(2 * SECOND, HAS_KB - GIB);
    see_with(3 * SECOND, HAS_KB - GIB);
    assert_int_equal(demand.total.elsewhere, 0);
    assert_int_equal(demand.own_kb, OWN_KB);
}

/* What is free has not been counted anew either: it shows nothing. */
static void a_total_that_is_said_again_is_not_fixed(void **state)
{
    (void)state;
    see_fixed(0, HAS_KB, GIB);
    see_with(MINUTE, HAS_KB + GIB);
    see_with(2 * MINUTE, HAS_KB + 2 * GIB);
    see_with(2 * MINUTE + SECOND, HAS_KB + 2 * GIB);
    assert_int_equal(demand.total.elsewhere, 0);
}

/* ------------------------------------------------------------- silence --- */

static void a_report_expires(void **state)
{
    (void)state;
    see(0, GIB);
    assert_true(is_known(XLMEM__DEMAND_EXPIRES_MS - 1));
    assert_false(is_known(XLMEM__DEMAND_EXPIRES_MS));
    assert_int_equal(xlmem__demand_next_ms(&demand, XLMEM__DEMAND_EXPIRES_MS),
                     -1);
}

/* What it was before does not count; what its kernel takes still does. */
static void who_speaks_again_is_heard_anew(void **state)
{
    (void)state;
    see_pressed(0, 3 * GIB, 10000);
    see_pressed(XLMEM__DEMAND_EXPIRES_MS + 1, GIB, 0);
    assert_int_equal(wants(XLMEM__DEMAND_EXPIRES_MS + 1),
                     GIB + GIB / 8 + OWN_KB);
}

static void a_clock_that_goes_back_does_no_harm(void **state)
{
    (void)state;
    see_pressed(100 * SECOND, GIB, 0);
    assert_int_equal(wants(0), GIB + GIB / 8 + OWN_KB);
    see_pressed(50 * SECOND, GIB, 0);
    assert_int_equal(wants(100 * SECOND), GIB + GIB / 8 + OWN_KB);
}

/* --------------------------------------------------------------- peaks --- */

static void a_step_up_is_seen_at_once(void **state)
{
    (void)state;
    see_pressed(0, GIB, 0);
    see_pressed(5 * SECOND, 2 * GIB, 0);
    assert_int_equal(wants(5 * SECOND), 2 * GIB + GIB / 4 + OWN_KB);
}

static void a_step_down_is_let_go_in_seconds(void **state)
{
    (void)state;
    see_pressed(0, 2 * GIB, 0);
    see_pressed(60 * SECOND, GIB, 0);
    assert_int_equal(wants(60 * SECOND), 2 * GIB + GIB / 4 + OWN_KB);
    assert_int_equal(xlmem__demand_next_ms(&demand, 60 * SECOND), 63 * SECOND);
    assert_int_equal(wants(63 * SECOND - 1), 2 * GIB + GIB / 4 + OWN_KB);
    assert_int_equal(wants(63 * SECOND), GIB + GIB / 8 + OWN_KB);
    assert_int_equal(xlmem__demand_next_ms(&demand, 63 * SECOND), -1);
}

/* Steps down, one after the other: each has its own three seconds. */
static void stairs_are_gone_down_one_by_one(void **state)
{
    (void)state;
    see_pressed(0, 3 * GIB, 0);
    see_pressed(10 * SECOND, 2 * GIB, 0);
    see_pressed(12 * SECOND, GIB, 0);
    assert_int_equal(wants(12 * SECOND), 3 * GIB + GIB * 3 / 8 + OWN_KB);
    assert_int_equal(wants(13 * SECOND), 2 * GIB + GIB / 4 + OWN_KB);
    assert_int_equal(wants(15 * SECOND), GIB + GIB / 8 + OWN_KB);
}

/* Use between 1 and 3 GiB in so many seconds, as a heap that is collected. */
static uint64_t tooth(int64_t now_s, int64_t period_s)
{
    return GIB +
           2 * GIB * (uint64_t)(now_s % period_s) / (uint64_t)(period_s - 1);
}

/* How much the demand moved, up and down, from one second to another. */
static uint64_t travelled(int64_t from_s, int64_t to_s, int64_t period_s)
{
    uint64_t now_kb, last_kb = 0, sum_kb = 0;
    int64_t s;

    for (s = 0; s < to_s; s++) {
        see_pressed(s * SECOND, tooth(s, period_s), 0);
        now_kb = wants(s * SECOND);
        if (s > from_s)
            sum_kb += now_kb > last_kb ? now_kb - last_kb : last_kb - now_kb;
        last_kb = now_kb;
    }
    return sum_kb;
}

static void a_sawtooth_is_held_from_the_third_tooth_on(void **state)
{
    static const int64_t periods[] = {3, 4, 5, 7, 10, 15, 20, 33, 60, 100};
    size_t i;

    for (i = 0; i < ARRAY_SIZE(periods); i++) {
        begin(state);
        assert_int_equal(
            travelled(2 * periods[i] + 2, 40 * periods[i], periods[i]), 0);
        assert_int_equal(wants(40 * periods[i] * SECOND),
                         3 * GIB + 3 * GIB / 8 + OWN_KB);
    }
}

/* And let go when it ends: nobody waits for more than two of its teeth. */
static void a_sawtooth_that_ends_is_let_go(void **state)
{
    (void)state;
    travelled(0, 200, 20);
    see_pressed(200 * SECOND, GIB, 0);
    assert_int_equal(wants(239 * SECOND), GIB + GIB / 8 + OWN_KB);
}

static void one_that_rises_is_helped_ahead(void **state)
{
    int64_t s;

    (void)state;
    for (s = 0; s < 5; s++)
        see_pressed(s * SECOND, GIB + (uint64_t)s * 100 * MIB, 0);
    /* 100 MiB a second, for five seconds more. */
    assert_int_equal(wants(4 * SECOND), 1924 * MIB + 1924 * MIB / 8 + OWN_KB);
    assert_int_equal(xlmem__demand_next_ms(&demand, 4 * SECOND), 7 * SECOND);
    assert_int_equal(xlmem__demand_next_ms(&demand, 7 * SECOND), 14 * SECOND);
    assert_int_equal(wants(14 * SECOND), 1424 * MIB + 1424 * MIB / 8 + OWN_KB);
}

static void two_reports_far_apart_are_no_rise(void **state)
{
    int64_t s;

    (void)state;
    for (s = 0; s < 5; s++)
        see_pressed(s * MINUTE, GIB + (uint64_t)s * 100 * MIB, 0);
    assert_int_equal(wants(4 * MINUTE), 1424 * MIB + 1424 * MIB / 8 + OWN_KB);
}

/* ----------------------------------------------------------------- any --- */

static void make_any(xlmem_report *any)
{
    xlmem__report_init(any);
    any->source = XLMEM__REPORT_MEMGUARD;
    any->known = test_random();
    any->total_kb = test_magnitude();
    any->free_kb = test_magnitude();
    any->available_kb = test_magnitude();
    any->used_kb = test_magnitude();
    any->swap_used_kb = test_magnitude();
    any->balloon_kb = test_magnitude();
    any->psi_some10_bp = test_magnitude();
    any->psi_full10_bp = test_magnitude();
}

/* Whoever reports what he likes, as often as he likes. */
static void any_reports_stay_within_bounds(void **state)
{
    uint64_t most_kb = 0;
    int64_t now_ms = 0, next_ms;
    int round;

    test_seed();
    for (round = 0; round < 100000; round++) {
        const uint64_t has_kb = test_magnitude() >> 12;
        xlmem_report any;
        bool known;
        uint64_t kb;

        if (round % 100 == 0) {
            begin(state);
            most_kb = 0;
            now_ms = 0;
        }
        make_any(&any);
        any.source = (xlmem__report_source)test_between(XLMEM__REPORT_NONE,
                                                        XLMEM__REPORT_DOM0);
        any.total_kb =
            test_between(0, 1) ? demand.total.said_kb : any.total_kb;
        xlmem__demand_total(&demand, &any, has_kb);
        xlmem__report_bound(&any, has_kb);
        most_kb = has_kb > most_kb ? has_kb : most_kb;
        xlmem__demand_see(&demand, now_ms, &any);
        now_ms += (int64_t)(test_magnitude() >> 44);
        kb = xlmem__demand_kb(&demand, now_ms, 1, &known);
        assert_true(kb <= 8 * most_kb + MARGIN_MIN_KB);
        assert_true(needs(now_ms) <= 8 * most_kb + MARGIN_MIN_KB || !known);
        next_ms = xlmem__demand_next_ms(&demand, now_ms);
        assert_true(next_ms == -1 || next_ms > now_ms);
    }
}

/* Nothing is promised of numbers that were never bounded, but sanity. */
static void unbounded_reports_do_no_harm(void **state)
{
    int64_t now_ms = 0;
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 20000; round++) {
        xlmem_report any;
        bool known;

        make_any(&any);
        any.has_kb = test_magnitude();
        xlmem__demand_see(&demand, now_ms, &any);
        now_ms += (int64_t)(test_magnitude() >> 44);
        xlmem__demand_kb(&demand, now_ms, 1, &known);
        xlmem__demand_next_ms(&demand, now_ms);
    }
}

/* A guest of any past. */
static void make_past(int64_t *now_ms)
{
    uint64_t nr;

    begin(NULL);
    if (test_between(0, 1))
        XLMEM_SET(&report, psi_some10_bp, 0);
    for (nr = test_between(0, 20); nr; nr--) {
        *now_ms += (int64_t)test_between(0, 20000);
        if (XLMEM_KNOWS(&report, psi_some10_bp))
            report.psi_some10_bp = test_magnitude() >> 50;
        XLMEM_SET(&report, swap_used_kb, test_between(0, GIB));
        XLMEM_SET(&report, free_kb, test_between(0, TOTAL_KB / 4));
        see(*now_ms, test_between(0, TOTAL_KB));
    }
}

typedef struct answer {
    uint64_t need_kb, kept_kb, demand_kb;
} answer;

static answer after(const xlmem__demand *past, int64_t now_ms,
                    uint64_t used_kb, uint64_t some_bp)
{
    demand = *past;
    if (XLMEM_KNOWS(&report, psi_some10_bp))
        report.psi_some10_bp = some_bp;
    see(now_ms, used_kb);
    return (answer){needs(now_ms), keeps(now_ms), wants(now_ms)};
}

static void assert_no_less(answer a, answer b)
{
    assert_true(a.need_kb <= b.need_kb);
    assert_true(a.kept_kb <= b.kept_kb);
    assert_true(a.demand_kb <= b.demand_kb);
}

static void more_use_or_pressure_never_means_less(void **state)
{
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 20000; round++) {
        const uint64_t less_kb = test_between(0, TOTAL_KB);
        const uint64_t more_kb = test_between(less_kb, TOTAL_KB);
        const uint64_t less_bp = test_magnitude() >> 50;
        const uint64_t more_bp = less_bp + (test_magnitude() >> 50);
        int64_t now_ms = 0;
        xlmem__demand past;
        answer less;

        make_past(&now_ms);
        now_ms += (int64_t)test_between(0, 20000);
        past = demand;
        less = after(&past, now_ms, less_kb, less_bp);
        assert_no_less(less, after(&past, now_ms, more_kb, less_bp));
        assert_no_less(less, after(&past, now_ms, less_kb, more_bp));
        assert_no_less(less, after(&past, now_ms, more_kb, more_bp));
    }
}

/* Without a report it only falls, and only when it was said to; in the end the
 * need is what is used. */
static void silence_only_lowers_and_comes_to_rest(void **state)
{
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 5000; round++) {
        int64_t now_ms = 0, next_ms;
        uint64_t kb, later_kb, need_kb;
        int looks;

        make_past(&now_ms);
        if (!is_known(now_ms))
            continue;
        kb = wants(now_ms);
        demand.expires_ms = INT64_MAX;
        for (looks = 0;; looks++) {
            next_ms = xlmem__demand_next_ms(&demand, now_ms);
            if (next_ms < 0)
                break;
            assert_int_equal(wants((int64_t)test_between(
                                 (uint64_t)now_ms, (uint64_t)next_ms - 1)),
                             kb);
            need_kb = needs(now_ms);
            assert_int_equal(needs(next_ms - 1), need_kb);
            assert_true(needs(next_ms) <= need_kb);
            later_kb = wants(next_ms);
            assert_true(later_kb <= kb);
            kb = later_kb;
            now_ms = next_ms;
            assert_true(looks < 60);
        }
        assert_int_equal(wants(now_ms + 60 * MINUTE), kb);
        assert_true(kb >= demand.used_kb + MARGIN_MIN_KB);
        assert_true(kb <= keeps(now_ms) + demand.used_kb / 4 + MARGIN_MIN_KB);
        assert_true(needs(now_ms) >= demand.used_kb);
        assert_true(needs(now_ms) <=
                    demand.used_kb + demand.used_kb / 8 + MARGIN_MIN_KB);
        assert_true(needs(now_ms) <= keeps(now_ms));
    }
}

TEST_GROUP(demand)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_report_it_keeps_its_target, begin),
        cmocka_unit_test_setup(what_is_used_with_a_margin_and_the_kernels_own,
                               begin),
        cmocka_unit_test_setup(the_blind_have_twice_the_margin, begin),
        cmocka_unit_test_setup(the_small_have_room_for_anything, begin),
        cmocka_unit_test_setup(swap_of_the_blind_is_used, begin),
        cmocka_unit_test_setup(cold_swap_costs_nothing_until_it_is_missed,
                               begin),
        cmocka_unit_test_setup(a_number_of_qubes_has_all_in_it, begin),
        cmocka_unit_test_setup(what_moves_is_not_its_own, begin),
        cmocka_unit_test_setup(its_balloon_knows, begin),
        cmocka_unit_test_setup(what_it_is_given_is_no_demand, begin),
        cmocka_unit_test_setup(a_total_that_is_fixed_is_found_out, begin),
        cmocka_unit_test_setup(a_total_that_lags_is_not_fixed, begin),
        cmocka_unit_test_setup(a_total_that_is_said_again_is_not_fixed, begin),
        cmocka_unit_test_setup(a_report_expires, begin),
        cmocka_unit_test_setup(who_speaks_again_is_heard_anew, begin),
        cmocka_unit_test_setup(a_clock_that_goes_back_does_no_harm, begin),
        cmocka_unit_test_setup(a_step_up_is_seen_at_once, begin),
        cmocka_unit_test_setup(a_step_down_is_let_go_in_seconds, begin),
        cmocka_unit_test_setup(stairs_are_gone_down_one_by_one, begin),
        cmocka_unit_test_setup(a_sawtooth_is_held_from_the_third_tooth_on,
                               begin),
        cmocka_unit_test_setup(a_sawtooth_that_ends_is_let_go, begin),
        cmocka_unit_test_setup(one_that_rises_is_helped_ahead, begin),
        cmocka_unit_test_setup(two_reports_far_apart_are_no_rise, begin),
        cmocka_unit_test_setup(any_reports_stay_within_bounds, begin),
        cmocka_unit_test_setup(unbounded_reports_do_no_harm, begin),
        cmocka_unit_test_setup(more_use_or_pressure_never_means_less, begin),
        cmocka_unit_test_setup(silence_only_lowers_and_comes_to_rest, begin),
    };

    return test_run(tests, NULL, NULL);
}
