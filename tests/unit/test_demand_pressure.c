/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain needs, and what pressure shows of that. */
#include "demand_reports.h"

/* 2 GiB used, of 4; under pressure the cache is missed. */
static void pressure_raises_at_once(void **state)
{
    (void)state;
    see_pressed(0, 2 * GIB, 17);
    assert_int_equal(needs(0), HAS_KB + HAS_KB / 10000);
    assert_int_equal(wants(0), HAS_KB + HAS_KB / 10000 + GIB / 4);
    see_pressed(SECOND, 2 * GIB, 800);
    assert_int_equal(needs(SECOND), HAS_KB + HAS_KB / 200);
    see_pressed(2 * SECOND, 2 * GIB, 10000);
    assert_int_equal(needs(2 * SECOND), HAS_KB + HAS_KB / 16);
    see_pressed(3 * SECOND, 2 * GIB, 17);
    assert_int_equal(needs(3 * SECOND), HAS_KB + HAS_KB / 16);
}

/* What was waited for while it came is no reason to give more. */
static void pressure_of_before_raises_nothing(void **state)
{
    (void)state;
    XLMEM_SET(&report, balloon_kb, HAS_KB);
    see_pressed(0, 2 * GIB, 0);
    XLMEM_SET(&report, psi_some10_bp, 10000);
    see_with(SECOND, HAS_KB + GIB);
    assert_int_equal(needs(SECOND), 2 * GIB + OWN_KB);
    see_with(2 * SECOND, HAS_KB + GIB);
    assert_int_equal(needs(2 * SECOND), (HAS_KB + GIB) / 16 * 17);
}

/* Of what is missing the swap is known, to the kB, and has come back when it
 * has. */
static void swap_is_missed_by_who_waits(void **state)
{
    (void)state;
    XLMEM_SET(&report, swap_used_kb, GIB);
    see_pressed(0, TOTAL_KB, 5000);
    assert_int_equal(needs(0), HAS_KB + GIB);
    XLMEM_SET(&report, swap_used_kb, 0);
    XLMEM_SET(&report, total_kb, TOTAL_KB + GIB);
    XLMEM_SET(&report, available_kb, 0);
    see_with(SECOND, HAS_KB + GIB);
    assert_int_equal(needs(SECOND), HAS_KB + GIB);
    /* It ends: nothing of that is missed. */
    report.available_kb = TOTAL_KB;
    report.psi_some10_bp = 0;
    see_with(2 * SECOND, HAS_KB + GIB);
    assert_int_equal(needs(2 * SECOND), GIB + OWN_KB);
}

/* Cold pages in swap, all that it asked for given, and it still waits. */
static void cache_is_missed_beside_cold_swap(void **state)
{
    (void)state;
    XLMEM_SET(&report, swap_used_kb, GIB / 2);
    see_pressed(0, 2 * GIB, 800);
    assert_int_equal(needs(0), 2 * GIB + GIB / 2 + OWN_KB);
    see_pressed(SECOND, 2 * GIB, 800);
    assert_int_equal(needs(SECOND), HAS_KB + HAS_KB / 200);
}

/* What it asked for and lacks is less than anybody is moved for. */
static void cache_is_missed_beside_a_little_swap(void **state)
{
    (void)state;
    XLMEM_SET(&report, swap_used_kb, 40 * MIB);
    see_pressed(0, TOTAL_KB - 30 * MIB, 800);
    assert_int_equal(needs(0), HAS_KB + 10 * MIB);
    see_pressed(SECOND, TOTAL_KB - 30 * MIB, 800);
    assert_int_equal(needs(SECOND), HAS_KB + HAS_KB / 200);
}

static void cache_is_not_missed_before_swap(void **state)
{
    (void)state;
    XLMEM_SET(&report, swap_used_kb, 40 * MIB);
    see_pressed(0, TOTAL_KB - 24 * MIB, 800);
    see_pressed(SECOND, TOTAL_KB - 24 * MIB, 800);
    assert_int_equal(needs(SECOND), HAS_KB + 16 * MIB);
}

static void who_climbs_needs_some_ahead(void **state)
{
    int64_t s;

    (void)state;
    for (s = 0; s < 5; s++)
        see_pressed(s * SECOND, GIB + (uint64_t)s * 100 * MIB, 0);
    assert_int_equal(needs(4 * SECOND), 1574 * MIB + OWN_KB);
    assert_int_equal(needs(7 * SECOND), 1424 * MIB + OWN_KB);
    /* No room for use: it climbs in its swap. */
    for (; s < 8; s++) {
        XLMEM_SET(&report, swap_used_kb, (uint64_t)(s - 4) * 100 * MIB);
        XLMEM_SET(&report, total_kb, 1424 * MIB);
        XLMEM_SET(&report, available_kb, 0);
        XLMEM_SET(&report, psi_some10_bp, 5000);
        see_with(s * SECOND, 1424 * MIB + OWN_KB);
    }
    assert_int_equal(needs(7 * SECOND), 1874 * MIB + OWN_KB);
}

static void peaks_and_margins_are_no_need(void **state)
{
    (void)state;
    see_pressed(0, 3 * GIB, 0);
    see_pressed(60 * SECOND, GIB, 0);
    assert_int_equal(wants(60 * SECOND), 3 * GIB + GIB * 3 / 8 + OWN_KB);
    assert_int_equal(needs(60 * SECOND), GIB + OWN_KB);
}

static void the_blind_need_some_cache(void **state)
{
    (void)state;
    see(0, GIB);
    assert_int_equal(needs(0), GIB + GIB / 8 + OWN_KB);
}

static void a_trace_of_pressure_is_noise(void **state)
{
    (void)state;
    see_pressed(0, 2 * GIB, 16);
    assert_int_equal(wants(0), 2 * GIB + GIB / 4 + OWN_KB);
}

static void who_waits_no_more_has_enough(void **state)
{
    (void)state;
    see_pressed(0, 2 * GIB, 10000);
    assert_int_equal(needs(0), HAS_KB + HAS_KB / 16);
    see_pressed(SECOND, 2 * GIB, 0);
    assert_int_equal(needs(SECOND), HAS_KB);
    assert_int_equal(keeps(SECOND), HAS_KB);
}

/* It fades by a fifth in ten seconds. */
static void its_absence_lowers_slowly(void **state)
{
    const uint64_t idle_kb = 2 * GIB + OWN_KB;
    uint64_t last_kb = HAS_KB;
    int64_t now_ms = 0, next_ms;

    (void)state;
    see_pressed(0, 2 * GIB, 17);
    see_pressed(SECOND, 2 * GIB, 0);
    assert_int_equal(needs(SECOND), last_kb);
    while ((next_ms = xlmem__demand_next_ms(&demand, now_ms)) >= 0) {
        assert_int_equal(next_ms - now_ms, 10 * SECOND);
        assert_int_equal(needs(next_ms - 1), last_kb);
        assert_in_range(last_kb - needs(next_ms), (last_kb - idle_kb) / 5,
                        (last_kb - idle_kb) / 5 + 2 * MIB);
        last_kb = needs(next_ms);
        now_ms = next_ms;
    }
    assert_int_equal(last_kb, idle_kb);
    /* 2 GiB at first, 1 MiB in the end. */
    assert_in_range(now_ms, 5 * MINUTE, 6 * MINUTE + 10 * SECOND);
}

static void rests_for(int64_t now_ms, int64_t ms)
{
    assert_int_equal(xlmem__demand_next_ms(&demand, now_ms), now_ms + ms);
    assert_int_equal(needs(now_ms + ms - 1), needs(now_ms));
    assert_true(needs(now_ms + ms) < needs(now_ms));
}

/* Little that had faded: 10, 20 ... 640 s and more.  A large part that comes
 * back is another thing. */
static void what_is_missed_again_fades_later(void **state)
{
    const uint64_t used_kb = HAS_KB - OWN_KB - 64 * MIB;
    int64_t now_ms = 0, rest_ms = 10 * SECOND;
    int i;

    (void)state;
    for (i = 0; i < 7; i++) {
        see_pressed(now_ms, used_kb, 17);
        rests_for(now_ms, rest_ms);
        now_ms += rest_ms;
        rest_ms *= 2;
    }
    see_pressed(now_ms, 2 * GIB, 17);
    now_ms += rest_ms + 30 * SECOND;
    see_pressed(now_ms, 2 * GIB, 17);
    rests_for(now_ms, 10 * SECOND);
}

/* What had faded is that before the report: use may have filled it. */
static void what_use_has_filled_had_faded(void **state)
{
    (void)state;
    see_pressed(0, 2 * GIB, 17);
    see_pressed(10 * SECOND, 2 * GIB + 1800 * MIB, 17);
    rests_for(10 * SECOND, 10 * SECOND);
}

/* Until somebody takes it who needs it, and it is not missed. */
static void what_was_missed_is_kept(void **state)
{
    XLMEM_SET(&report, balloon_kb, HAS_KB);
    (void)state;
    see_pressed(0, 2 * GIB, 17);
    see_pressed(SECOND, 2 * GIB, 0);
    assert_int_equal(keeps(10 * MINUTE), HAS_KB);
    assert_int_equal(wants(10 * MINUTE), HAS_KB + GIB / 4);
    see_with(10 * MINUTE, HAS_KB - GIB);
    assert_int_equal(keeps(10 * MINUTE), HAS_KB - GIB);
    see_with(11 * MINUTE, HAS_KB);
    assert_int_equal(keeps(11 * MINUTE), HAS_KB - GIB);
    /* What it uses more is what it had kept. */
    uses(3 * GIB);
    see_with(12 * MINUTE, HAS_KB);
    assert_int_equal(keeps(12 * MINUTE), 3 * GIB + OWN_KB);
}

/* It gets what it needs, and still waits: twice as much in twelve answers. */
static void who_still_waits_wants_more(void **state)
{
    uint64_t has_kb = HAS_KB;
    int64_t s;

    (void)state;
    XLMEM_SET(&report, psi_some10_bp, 10000);
    XLMEM_SET(&report, balloon_kb, HAS_KB);
    for (s = 0; s < 24; s += 2) {
        uses(3 * GIB);
        see_with(s * SECOND, has_kb);
        see_with((s + 1) * SECOND, has_kb);
        has_kb = needs((s + 1) * SECOND);
    }
    assert_true(has_kb > 2 * HAS_KB);
}

/* A cgroup at its own limit: half of the guest is free. */
static void pressure_amid_plenty_is_not_ours_to_help(void **state)
{
    (void)state;
    XLMEM_SET(&report, free_kb, TOTAL_KB / 2);
    see_pressed(0, GIB, 5000);
    assert_int_equal(wants(0), GIB + GIB / 8 + OWN_KB);
    XLMEM_SET(&report, free_kb, TOTAL_KB / 8);
    see_pressed(SECOND, GIB, 5000);
    assert_int_equal(wants(SECOND), HAS_KB + HAS_KB * 312 / 10000 + GIB / 8);
}

TEST_GROUP(demand_pressure)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pressure_raises_at_once, begin),
        cmocka_unit_test_setup(pressure_of_before_raises_nothing, begin),
        cmocka_unit_test_setup(swap_is_missed_by_who_waits, begin),
        cmocka_unit_test_setup(cache_is_missed_beside_cold_swap, begin),
        cmocka_unit_test_setup(cache_is_missed_beside_a_little_swap, begin),
        cmocka_unit_test_setup(cache_is_not_missed_before_swap, begin),
        cmocka_unit_test_setup(who_climbs_needs_some_ahead, begin),
        cmocka_unit_test_setup(peaks_and_margins_are_no_need, begin),
        cmocka_unit_test_setup(the_blind_need_some_cache, begin),
        cmocka_unit_test_setup(a_trace_of_pressure_is_noise, begin),
        cmocka_unit_test_setup(who_waits_no_more_has_enough, begin),
        cmocka_unit_test_setup(what_is_missed_again_fades_later, begin),
        cmocka_unit_test_setup(what_use_has_filled_had_faded, begin),
        cmocka_unit_test_setup(its_absence_lowers_slowly, begin),
        cmocka_unit_test_setup(what_was_missed_is_kept, begin),
        cmocka_unit_test_setup(who_still_waits_wants_more, begin),
        cmocka_unit_test_setup(pressure_amid_plenty_is_not_ours_to_help,
                               begin),
    };

    return test_run(tests, NULL, NULL);
}
