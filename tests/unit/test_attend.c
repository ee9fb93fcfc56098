/* SPDX-License-Identifier: LGPL-2.1-only */
/* When the daemon does something by itself: what has to stand for how long,
 * what rests, and that nothing is done twice within its rest. */
#include "test.h"

#include "model/doctor/view.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

#define COMPACT XLMEM_REMEDY_BIT(XLMEM_REMEDY_COMPACT)
#define DROP XLMEM_REMEDY_BIT(XLMEM_REMEDY_DROP)
#define ONLINE XLMEM_REMEDY_BIT(XLMEM_REMEDY_ONLINE)
#define ALL (COMPACT | DROP | ONLINE)

static xlmem_attend attend;
static xlmem_findings found;
static int64_t now_ms;

static int begin_anew(void **state)
{
    (void)state;
    memset(&attend, 0, sizeof(attend));
    memset(&found, 0, sizeof(found));
    now_ms = 5 * MINUTE;
    return 0;
}

static void is_found(const char *id, xlmem_severity severity)
{
    found.nr = 0;
    if (id)
        found.list[found.nr++] =
            (xlmem_finding){.id = id, .severity = severity};
}

static xlmem_remedy_kind look(uint64_t allowed)
{
    attend.allowed = allowed;
    return xlmem__attend_look(&attend, &found, now_ms);
}

/* The first that is due, looking every half a minute for so long; when. */
static xlmem_remedy_kind due_within(uint64_t allowed, int64_t ms)
{
    const int64_t end_ms = now_ms + ms;
    xlmem_remedy_kind due = look(allowed);

    while (!due && now_ms < end_ms) {
        now_ms += 30 * SECOND;
        due = look(allowed);
    }
    return due;
}

static void what_stands_for_a_minute_is_due(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    assert_int_equal(look(ALL), XLMEM_REMEDY_NONE);
    now_ms += MINUTE - 1;
    assert_int_equal(look(ALL), XLMEM_REMEDY_NONE);
    now_ms += 1;
    assert_int_equal(look(ALL), XLMEM_REMEDY_COMPACT);
}

static void what_went_meanwhile_begins_anew(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_CRITICAL);
    look(ALL);
    now_ms += 50 * SECOND;
    is_found(NULL, XLMEM_SEV_NOTE);
    look(ALL);
    now_ms += 50 * SECOND;
    is_found("fragmented", XLMEM_SEV_CRITICAL);
    assert_int_equal(look(ALL), XLMEM_REMEDY_NONE);
    now_ms += MINUTE;
    assert_int_equal(look(ALL), XLMEM_REMEDY_COMPACT);
}

static void only_what_is_named_is_done(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    assert_int_equal(due_within(0, HOUR), XLMEM_REMEDY_NONE);
    assert_int_equal(due_within(ONLINE, HOUR), XLMEM_REMEDY_NONE);
    is_found("low-memory", XLMEM_SEV_CRITICAL);
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_NONE);
    /* Not even what is allowed by a bit that has no row. */
    is_found("dom0-shrunk", XLMEM_SEV_WARNING);
    assert_int_equal(due_within(UINT64_MAX, HOUR), XLMEM_REMEDY_NONE);
}

static void nothing_is_done_for_a_note_or_for_what_gave_way(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_NOTE);
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_NONE);
    is_found("fragmented", XLMEM_SEV_WARNING);
    found.list[0].swallowed_by = "oom-kill";
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_NONE);
}

static void it_rests_and_longer_each_time_that_it_does_not_help(void **state)
{
    const int64_t rests[] = {20, 40, 80, 160, 320, 640, 1280, 1440, 1440};
    int64_t begun_ms;
    size_t i;

    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    assert_int_equal(due_within(COMPACT, HOUR), XLMEM_REMEDY_COMPACT);
    for (i = 0; i < ARRAY_SIZE(rests); i++) {
        begun_ms = now_ms;
        xlmem__attend_done(&attend, XLMEM_REMEDY_COMPACT,
                           i % 2 ? XLMEM_ATTEND_FAILED
                                 : XLMEM_ATTEND_NO_BETTER);
        assert_int_equal(due_within(COMPACT, 3 * 24 * HOUR),
                         XLMEM_REMEDY_COMPACT);
        assert_int_equal((now_ms - begun_ms) / MINUTE, rests[i]);
    }
    begun_ms = now_ms;
    xlmem__attend_done(&attend, XLMEM_REMEDY_COMPACT, XLMEM_ATTEND_BETTER);
    due_within(COMPACT, 24 * HOUR);
    assert_int_equal((now_ms - begun_ms) / MINUTE, 10);
    begun_ms = now_ms;
    xlmem__attend_done(&attend, XLMEM_REMEDY_COMPACT, XLMEM_ATTEND_REFUSED);
    due_within(COMPACT, 24 * HOUR);
    assert_int_equal((now_ms - begun_ms) / MINUTE, 10);
}

/* One that is still at work when the next look is made has begun. */
static void what_is_not_told_of_rests_all_the_same(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    due_within(COMPACT, HOUR);
    now_ms += SECOND;
    assert_int_equal(due_within(COMPACT, 9 * MINUTE), XLMEM_REMEDY_NONE);
}

static void caches_are_dropped_where_compaction_was_not_enough(void **state)
{
    int64_t begun_ms;

    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_COMPACT);
    begun_ms = now_ms;
    now_ms += 30 * SECOND;
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_DROP);
    assert_in_range(now_ms - begun_ms, MINUTE, 2 * MINUTE);
    /* and then compaction alone, until the hour is over */
    begun_ms = now_ms;
    now_ms += 30 * SECOND;
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_COMPACT);
    assert_true(now_ms - begun_ms < HOUR);
}

static void caches_alone_may_be_named(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    assert_int_equal(due_within(DROP, 2 * MINUTE), XLMEM_REMEDY_DROP);
    now_ms += 30 * SECOND;
    assert_int_equal(due_within(DROP, 58 * MINUTE), XLMEM_REMEDY_NONE);
    assert_int_equal(due_within(DROP, 2 * MINUTE), XLMEM_REMEDY_DROP);
}

/* A daemon that is started again and again would try each time. */
static void blocks_wait_for_a_rest_after_the_start(void **state)
{
    const int64_t start_ms = now_ms;

    (void)state;
    is_found("hotplug-offline", XLMEM_SEV_WARNING);
    assert_int_equal(due_within(ALL, HOUR), XLMEM_REMEDY_ONLINE);
    assert_int_equal((now_ms - start_ms) / MINUTE, 10);
}

static void a_clock_that_went_back_makes_nothing_due(void **state)
{
    (void)state;
    is_found("fragmented", XLMEM_SEV_WARNING);
    look(ALL);
    now_ms -= 4 * MINUTE;
    assert_int_equal(look(ALL), XLMEM_REMEDY_NONE);
}

/* ----------------------------------------------------------- any history - */

static const char *const ids[] = {NULL, "fragmented", "hotplug-offline",
                                  "low-memory"};

/* A minute in which it was seen in each look; and rested since the last. */
static void check_due(xlmem_remedy_kind kind, uint64_t allowed,
                      const int64_t *since_ms, int64_t *last_ms)
{
    const int64_t rest_ms = kind == XLMEM_REMEDY_DROP ? HOUR : 10 * MINUTE;
    const size_t id = kind == XLMEM_REMEDY_ONLINE ? 2 : 1;

    assert_true(allowed & XLMEM_REMEDY_BIT(kind));
    assert_true(since_ms[id] >= 0 && now_ms - since_ms[id] >= MINUTE);
    if (last_ms[kind] >= 0)
        assert_true(now_ms - last_ms[kind] >= rest_ms);
    last_ms[kind] = now_ms;
}

static void nothing_comes_twice_within_its_rest(void **state)
{
    int64_t since_ms[ARRAY_SIZE(ids)], last_ms[XLMEM_REMEDY_XL_CONF + 1];
    size_t at = 0, i, round;
    unsigned nr_due = 0;

    test_seed();
    for (round = 0; round < 200; round++) {
        begin_anew(state);
        for (i = 0; i < ARRAY_SIZE(ids); i++)
            since_ms[i] = -1;
        for (i = 0; i < ARRAY_SIZE(last_ms); i++)
            last_ms[i] = -1;
        for (i = 0; i < 500; i++) {
            const uint64_t allowed =
                test_between(0, 7) * COMPACT | (round & 1 ? ALL : 0);
            xlmem_remedy_kind due;

            if (!test_between(0, 9))
                at = test_between(0, ARRAY_SIZE(ids) - 1);
            is_found(ids[at], XLMEM_SEV_WARNING);
            if (since_ms[at] < 0) {
                since_ms[0] = since_ms[1] = since_ms[2] = since_ms[3] = -1;
                since_ms[at] = now_ms;
            }
            due = look(allowed);
            if (due) {
                nr_due++;
                check_due(due, allowed, since_ms, last_ms);
                if (test_between(0, 3))
                    xlmem__attend_done(
                        &attend, due, (xlmem_attend_result)test_between(0, 3));
            }
            now_ms += (int64_t)test_between(1, 120) * SECOND;
        }
    }
    assert_true(nr_due > 1000);
}

TEST_GROUP(attend)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_stands_for_a_minute_is_due, begin_anew),
        cmocka_unit_test_setup(what_went_meanwhile_begins_anew, begin_anew),
        cmocka_unit_test_setup(only_what_is_named_is_done, begin_anew),
        cmocka_unit_test_setup(nothing_is_done_for_a_note_or_for_what_gave_way,
                               begin_anew),
        cmocka_unit_test_setup(
            it_rests_and_longer_each_time_that_it_does_not_help, begin_anew),
        cmocka_unit_test_setup(what_is_not_told_of_rests_all_the_same,
                               begin_anew),
        cmocka_unit_test_setup(
            caches_are_dropped_where_compaction_was_not_enough, begin_anew),
        cmocka_unit_test_setup(caches_alone_may_be_named, begin_anew),
        cmocka_unit_test_setup(blocks_wait_for_a_rest_after_the_start,
                               begin_anew),
        cmocka_unit_test_setup(a_clock_that_went_back_makes_nothing_due,
                               begin_anew),
        cmocka_unit_test_setup(nothing_comes_twice_within_its_rest,
                               begin_anew),
    };

    return test_run(tests, NULL, NULL);
}
