/* SPDX-License-Identifier: LGPL-2.1-only */
/* When the daemon's log is told of a finding, and when that it is over. */
#include "test.h"

#include "daemon/news.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

#define NOTHING XLMEM_SEV_NOTE
#define WARNING XLMEM_SEV_WARNING
#define CRITICAL XLMEM_SEV_CRITICAL

static news told;
static xlmem_findings found;
static news_change changes[NEWS_ROOM];
static int64_t now_ms;

static int begin_anew(void **state)
{
    (void)state;
    memset(&told, 0, sizeof(told));
    memset(&found, 0, sizeof(found));
    now_ms = 5 * MINUTE;
    return 0;
}

static xlmem_finding *add(const char *id, const char *subject,
                          xlmem_severity severity)
{
    xlmem_finding *finding = &found.list[found.nr++];

    *finding = (xlmem_finding){.id = id, .severity = severity};
    snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
    return finding;
}

/* The next look, half a minute later, finds low-memory of that severity. */
static size_t look(xlmem_severity severity)
{
    now_ms += 30 * SECOND;
    found.nr = 0;
    if (severity != NOTHING)
        add("low-memory", "", severity);
    return news_look(&told, &found, now_ms, changes);
}

/* So many looks, at none of which there is anything to say. */
static void look_quietly(xlmem_severity severity, unsigned nr)
{
    for (; nr; nr--)
        assert_int_equal(look(severity), 0);
}

static void is_said(size_t nr, xlmem_severity was, xlmem_severity is)
{
    assert_int_equal(nr, 1);
    assert_string_equal(changes[0].id, "low-memory");
    assert_int_equal(changes[0].was, was);
    assert_int_equal(changes[0].is, is);
}

static void it_is_said_once_when_it_has_stood_for_a_minute(void **state)
{
    (void)state;
    look_quietly(WARNING, 2);
    is_said(look(WARNING), NOTHING, WARNING);
    assert_ptr_equal(changes[0].finding, &found.list[0]);
    look_quietly(WARNING, 1000);
}

static void what_was_not_looked_at_has_not_stood(void **state)
{
    (void)state;
    look_quietly(WARNING, 1);
    now_ms += 30 * MINUTE;
    look_quietly(WARNING, 2);
    is_said(look(WARNING), NOTHING, WARNING);
    look_quietly(NOTHING, 1);
    now_ms += 30 * MINUTE;
    look_quietly(NOTHING, 20);
    is_said(look(NOTHING), WARNING, NOTHING);
}

static void what_comes_and_goes_is_never_said(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 100; i++) {
        look_quietly(CRITICAL, 2);
        look_quietly(NOTHING, 1);
        assert_int_equal(told.nr, 0);
    }
}

static void it_is_over_after_ten_minutes_without(void **state)
{
    (void)state;
    look_quietly(WARNING, 2);
    look(WARNING);
    look_quietly(NOTHING, 20);
    look_quietly(WARNING, 1);
    look_quietly(NOTHING, 20);
    is_said(look(NOTHING), WARNING, NOTHING);
    assert_null(changes[0].finding);
    /* From the first look that found it to the first that did not. */
    assert_int_equal(changes[0].lasted_ms, 24 * 30 * SECOND);
    assert_int_equal(told.nr, 0);
    /* It is new when it comes again. */
    look_quietly(WARNING, 2);
    is_said(look(WARNING), NOTHING, WARNING);
}

/* Of a minute that had both the lesser stood. */
static void the_least_of_a_minute_is_said_going_up(void **state)
{
    (void)state;
    look_quietly(CRITICAL, 1);
    look_quietly(WARNING, 1);
    is_said(look(CRITICAL), NOTHING, WARNING);
    look_quietly(CRITICAL, 2);
    is_said(look(CRITICAL), WARNING, CRITICAL);
}

static void the_worst_of_ten_minutes_is_said_going_down(void **state)
{
    (void)state;
    look_quietly(CRITICAL, 2);
    look(CRITICAL);
    look_quietly(NOTHING, 1);
    look_quietly(WARNING, 1);
    look_quietly(NOTHING, 18);
    is_said(look(NOTHING), CRITICAL, WARNING);
    look_quietly(NOTHING, 20);
    is_said(look(NOTHING), WARNING, NOTHING);
}

static void notes_and_what_gave_way_are_no_news(void **state)
{
    unsigned i;

    (void)state;
    for (i = 0; i < 10; i++) {
        now_ms += MINUTE;
        found.nr = 0;
        add("swap-full", "", XLMEM_SEV_NOTE);
        add("low-memory", "", CRITICAL)->swallowed_by = "oom-kill";
        assert_int_equal(news_look(&told, &found, now_ms, changes), 0);
    }
}

/* A file that could not be read for an hour. */
static void what_was_not_judged_stays_as_it_is(void **state)
{
    (void)state;
    look_quietly(WARNING, 2);
    look(WARNING);
    found.unjudged[0] = (xlmem_unjudged){.id = "low-memory"};
    found.nr_unjudged = 1;
    look_quietly(NOTHING, 120);
    found.nr_unjudged = 0;
    look_quietly(NOTHING, 20);
    is_said(look(NOTHING), WARNING, NOTHING);
}

static void subjects_are_told_apart(void **state)
{
    size_t i, nr = 0;

    (void)state;
    for (i = 0; i < 3; i++) {
        now_ms += 30 * SECOND;
        found.nr = 0;
        add("fragmented", "node 0, zone Normal", CRITICAL);
        add("fragmented", "node 1, zone Normal", WARNING);
        nr = news_look(&told, &found, now_ms, changes);
    }
    assert_int_equal(nr, 2);
    assert_string_equal(changes[0].subject, "node 0, zone Normal");
    assert_int_equal(changes[0].is, CRITICAL);
    assert_string_equal(changes[1].subject, "node 1, zone Normal");
    assert_int_equal(changes[1].is, WARNING);
}

/* More than there is room for: those that had it are said, nothing breaks. */
static void there_is_room_for_so_many(void **state)
{
    size_t i, nr = 0;
    char name[16];

    (void)state;
    for (i = 0; i < XLMEM_FINDINGS_MAX; i++) {
        snprintf(name, sizeof(name), "node %zu", i);
        add("fragmented", name, WARNING);
    }
    for (i = 0; i < 3; i++) {
        now_ms += 30 * SECOND;
        nr = news_look(&told, &found, now_ms, changes);
    }
    assert_int_equal(nr, NEWS_ROOM);
    assert_int_equal(told.nr, NEWS_ROOM);
}

#define TEST(f) cmocka_unit_test_setup(f, begin_anew)

TEST_GROUP(news)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_said_once_when_it_has_stood_for_a_minute),
        TEST(what_was_not_looked_at_has_not_stood),
        TEST(what_comes_and_goes_is_never_said),
        TEST(it_is_over_after_ten_minutes_without),
        TEST(the_least_of_a_minute_is_said_going_up),
        TEST(the_worst_of_ten_minutes_is_said_going_down),
        TEST(notes_and_what_gave_way_are_no_news),
        TEST(what_was_not_judged_stays_as_it_is),
        TEST(subjects_are_told_apart),
        TEST(there_is_room_for_so_many),
    };

    return test_run(tests, NULL, NULL);
}
