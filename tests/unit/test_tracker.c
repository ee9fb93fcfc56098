/* SPDX-License-Identifier: LGPL-2.1-only */
/* What balloons did: follows, slow, stuck, gave up; and whom that sets aside
 * in the books. */
#include "test.h"

#include "model/tracker.h"

#define MIB UINT64_C(1024)

static xlmem__tracker tracker;

static int begin(void **state)
{
    (void)state;
    xlmem__tracker_init(&tracker, 10000);
    return 0;
}

static int end(void **state)
{
    (void)state;
    xlmem__tracker_dispose(&tracker);
    return 0;
}

static const xlmem__track *see(int64_t now_ms, uint64_t domid,
                               xlmem__track_kind kind, uint64_t has_kb,
                               uint64_t asked_kb)
{
    const xlmem__sight sight = {domid, kind, has_kb, asked_kb};
    const xlmem__track *track = xlmem__tracker_see(&tracker, now_ms, &sight);

    assert_non_null(track);
    return track;
}

/* One balloon that has 100 and was asked for 50, at 0. */
static xlmem__pace pace(int64_t now_ms, uint64_t has_kb, uint64_t asked_kb)
{
    return xlmem__track_pace(see(now_ms, 3, XLMEM__GIVES, has_kb, asked_kb),
                             now_ms);
}

static void one_that_stands_still_is_worse_and_worse(void **state)
{
    (void)state;
    assert_int_equal(pace(0, 100, 50), XLMEM__FOLLOWS);
    assert_int_equal(pace(999, 100, 50), XLMEM__FOLLOWS);
    assert_int_equal(pace(1000, 100, 50), XLMEM__SLOW);
    assert_int_equal(pace(4999, 100, 50), XLMEM__SLOW);
    assert_int_equal(tracker.nr_judged, 0);
    assert_int_equal(pace(5000, 100, 50), XLMEM__STUCK);
    assert_int_equal(tracker.nr_judged, 1);
    assert_int_equal(pace(14999, 100, 50), XLMEM__STUCK);
    assert_int_equal(pace(15000, 100, 50), XLMEM__GAVE_UP);
    assert_int_equal(tracker.nr_judged, 1);
}

static void one_that_moves_is_trusted_again(void **state)
{
    (void)state;
    pace(0, 100, 50);
    assert_int_equal(pace(20000, 100, 50), XLMEM__GAVE_UP);
    assert_int_equal(pace(20001, 99, 50), XLMEM__FOLLOWS);
    assert_false(see(20001, 3, XLMEM__GIVES, 99, 50)->judged);
    assert_int_equal(pace(25001, 99, 50), XLMEM__STUCK);
    assert_int_equal(tracker.nr_judged, 2);
}

/* Back up and down again is nothing that it gave. */
static void moving_to_and_fro_is_no_progress(void **state)
{
    (void)state;
    pace(0, 100, 50);
    pace(2000, 90, 50);
    pace(4000, 110, 50);
    assert_int_equal(pace(6999, 90, 50), XLMEM__SLOW);
    assert_int_equal(pace(7000, 90, 50), XLMEM__STUCK);
    assert_int_equal(pace(7001, 89, 50), XLMEM__FOLLOWS);
}

static void one_that_is_there_follows(void **state)
{
    (void)state;
    pace(0, 100, 50);
    pace(100, 50, 50);
    assert_int_equal(pace(100000, 50, 50), XLMEM__FOLLOWS);
}

/* Its balloon wakes: it is given a second, and has not moved yet. */
static void another_target_wakes_who_gave_up(void **state)
{
    (void)state;
    pace(0, 100, 50);
    assert_int_equal(pace(16000, 100, 50), XLMEM__GAVE_UP);
    assert_int_equal(pace(16001, 100, 54), XLMEM__STUCK);
    assert_true(see(16001, 3, XLMEM__GIVES, 100, 54)->judged);
    assert_int_equal(pace(31000, 100, 54), XLMEM__STUCK);
    assert_int_equal(pace(31001, 100, 54), XLMEM__GAVE_UP);
}

/* Who does not give may well take, and what it took is no gift. */
static void giving_and_taking_are_two_things(void **state)
{
    (void)state;
    see(0, 3, XLMEM__GIVES, 100, 50);
    assert_true(see(5000, 3, XLMEM__GIVES, 100, 50)->judged);
    assert_false(see(5000, 3, XLMEM__TAKES, 100, 150)->judged);
    assert_false(see(9999, 3, XLMEM__TAKES, 110, 150)->judged);
    assert_true(see(9999, 3, XLMEM__GIVES, 110, 150)->judged);
    assert_false(see(14998, 3, XLMEM__TAKES, 110, 150)->judged);
    assert_true(see(14999, 3, XLMEM__TAKES, 105, 150)->judged);
    assert_int_equal(tracker.nr, 2);
}

/* Neither is a balloon: there is nothing to wake. */
static void the_dying_and_the_half_built_do_not_give_up(void **state)
{
    (void)state;
    see(0, 3, XLMEM__DYING, 100, 0);
    see(0, 4, XLMEM__UNBUILT, 100, 200);
    assert_int_equal(
        xlmem__track_pace(see(60000, 3, XLMEM__DYING, 100, 0), 60000),
        XLMEM__STUCK);
    assert_int_equal(
        xlmem__track_pace(see(60000, 4, XLMEM__UNBUILT, 100, 200), 60000),
        XLMEM__STUCK);
    assert_false(see(60001, 4, XLMEM__UNBUILT, 101, 200)->judged);
    assert_false(see(60001, 3, XLMEM__DYING, 99, 0)->judged);
}

/* Who may not wait for long trusts them no longer than that. */
static void the_dying_are_trusted_for_the_wait(void **state)
{
    (void)state;
    xlmem__tracker_dispose(&tracker);
    xlmem__tracker_init(&tracker, 2000);
    see(0, 3, XLMEM__DYING, 100, 0);
    see(0, 4, XLMEM__GIVES, 100, 50);
    assert_false(see(1999, 3, XLMEM__DYING, 100, 0)->judged);
    assert_true(see(2000, 3, XLMEM__DYING, 100, 0)->judged);
    assert_false(see(2000, 4, XLMEM__GIVES, 100, 50)->judged);
}

/* ------------------------------------------------------------- hosts --- */

#define NR 4

static xlmem_dom doms[NR];
static xlmem_host host;

/* As libxl does: the ceiling goes with the target. */
static void ask(xlmem_dom *dom, uint64_t kb)
{
    XLMEM_SET(dom, target_kb, kb);
    XLMEM_SET(dom, maxmem_kb, kb + MIB);
}

/* dom0 and a guest that were asked, one that dies, one that rests. */
static void host_init(void)
{
    size_t i;

    memset(doms, 0, sizeof(doms));
    xlmem_host_init(&host);
    for (i = 0; i < NR; i++) {
        XLMEM_SET(&doms[i], domid, i);
        XLMEM_SET(&doms[i], tot_kb, 512 * MIB);
        ask(&doms[i], 512 * MIB);
    }
    XLMEM_SET(&host.dom0, balloon_target_kb, 400 * MIB);
    ask(&doms[1], 256 * MIB);
    doms[2].dying = true;
    XLMEM_SET(&doms[2], paging_kb, 8 * MIB);
    host.doms = doms;
    host.nr_doms = NR;
}

static void look(int64_t now_ms)
{
    xlmem__tracker_see_host(&tracker, now_ms, &host);
}

static void who_does_not_move_is_set_aside(void **state)
{
    (void)state;
    host_init();
    look(0);
    look(4999);
    assert_false(doms[0].set_aside || doms[1].set_aside || doms[2].set_aside);
    look(5000);
    assert_true(doms[0].set_aside && doms[1].set_aside && doms[2].set_aside);
    assert_false(doms[3].set_aside);
    assert_true(XLMEM_KNOWS(&host.dom0, balloon_target_kb));
    assert_int_equal(tracker.nr, 3);
    assert_int_equal(tracker.nr_judged, 3);
}

/* What its pool gives back is progress of a dying domain. */
static void any_page_counts(void **state)
{
    (void)state;
    host_init();
    look(0);
    doms[0].tot_kb -= 4;
    doms[1].tot_kb -= 4;
    doms[2].paging_kb -= 4;
    look(4000);
    look(8999);
    assert_false(doms[0].set_aside || doms[1].set_aside || doms[2].set_aside);
    look(9000);
    assert_true(doms[0].set_aside && doms[1].set_aside && doms[2].set_aside);
}

/* Not to be asked again and again; until it moves. */
static void a_judged_balloon_stays_so_at_rest(void **state)
{
    (void)state;
    host_init();
    look(0);
    look(5000);
    ask(&doms[1], 512 * MIB);
    look(6000);
    assert_true(doms[1].set_aside);
    doms[1].tot_kb -= 4;
    look(7000);
    assert_false(doms[1].set_aside);
    look(8000);
    assert_int_equal(tracker.nr, 2);
}

/* By who would not forget it: it begins anew when it is asked again.  The same
 * books may be looked at twice. */
static void or_is_forgiven_at_rest(void **state)
{
    (void)state;
    host_init();
    tracker.forgives = true;
    look(0);
    look(5000);
    look(5000);
    assert_true(doms[0].set_aside && doms[1].set_aside && doms[2].set_aside);
    XLMEM_SET(&host.dom0, balloon_target_kb, 512 * MIB);
    ask(&doms[1], 512 * MIB);
    look(6000);
    assert_false(doms[0].set_aside || doms[1].set_aside);
    XLMEM_SET(&host.dom0, balloon_target_kb, 400 * MIB);
    look(7000);
    look(11999);
    assert_false(doms[0].set_aside);
    look(12000);
    assert_true(doms[0].set_aside);
}

static void who_is_at_rest_is_not_watched(void **state)
{
    (void)state;
    host_init();
    look(0);
    doms[1].tot_kb = 256 * MIB;
    look(3000);
    doms[1].tot_kb = 300 * MIB;
    look(6000);
    assert_false(doms[1].set_aside);
    look(10999);
    assert_false(doms[1].set_aside);
    look(11000);
    assert_true(doms[1].set_aside);
}

/* It was a balloon that did not move, and is destroyed: that takes its own
 * time. */
static void the_dying_begin_anew(void **state)
{
    (void)state;
    host_init();
    look(0);
    look(5000);
    doms[1].dying = true;
    look(6000);
    assert_false(doms[1].set_aside);
    look(11000);
    assert_true(doms[1].set_aside);
    host.nr_doms = 1;
    look(12000);
    assert_int_equal(tracker.nr, 1);
}

static void the_half_built_are_suspected_first(void **state)
{
    (void)state;
    host_init();
    XLMEM_SET(&doms[3], vcpus, 0);
    XLMEM_SET(&doms[3], outstanding_kb, 0);
    doms[3].paused = true;
    doms[3].tot_kb = 64 * MIB;
    if (!xlmem_dom_is_unbuilt(&host, &doms[3]))
        fail_msg("the test's own domain is none");
    look(0);
    assert_false(doms[3].set_aside);
    assert_true(xlmem__tracker_suspect(&tracker, &host));
    assert_true(doms[3].set_aside);
    assert_false(doms[1].set_aside);
    look(5000);
    assert_true(doms[3].set_aside);
    assert_false(xlmem__tracker_suspect(&tracker, &host));
}

/* -------------------------------------------------------- properties --- */

#define MANY 300

/* What each had at its best, and when, kept in the plainest way. */
typedef struct plain {
    bool seen, judged;
    uint64_t best_kb;
    int64_t moved;
} plain;

static bool step_plain(plain *p, int64_t now, xlmem__track_kind kind,
                       uint64_t has_kb)
{
    const bool down = kind == XLMEM__GIVES || kind == XLMEM__DYING;
    const bool was = p->judged;

    if (!p->seen || (down ? has_kb < p->best_kb : has_kb > p->best_kb)) {
        p->best_kb = has_kb;
        p->moved = now;
    }
    p->seen = true;
    p->judged = now - p->moved >= 5000;
    return p->judged && !was;
}

static void it_is_what_a_plain_list_says(void **state)
{
    static plain all[MANY][4];
    uint64_t nr_judged = 0;
    int64_t now = 0;
    size_t i;
    int n;

    (void)state;
    test_seed();
    memset(all, 0, sizeof(all));
    for (n = 0; n < 100000; n++) {
        const uint64_t domid = test_between(0, MANY - 1);
        const xlmem__track_kind kind = (xlmem__track_kind)test_between(0, 3);
        const uint64_t has_kb = test_between(0, 200);
        const xlmem__track *track;

        now += (int64_t)test_between(0, 100);
        nr_judged += step_plain(&all[domid][kind], now, kind, has_kb);
        track = see(now, domid, kind, has_kb, 100);
        assert_int_equal(track->judged, all[domid][kind].judged);
        assert_int_equal(track->best_kb, all[domid][kind].best_kb);
        assert_int_equal(track->moved, all[domid][kind].moved);
    }
    assert_int_equal(tracker.nr_judged, nr_judged);
    assert_true(nr_judged > 0);
    for (i = 1; i < tracker.nr; i++)
        assert_true(tracker.list[i - 1].last.domid * 4 +
                        tracker.list[i - 1].last.kind <
                    tracker.list[i].last.domid * 4 +
                        tracker.list[i].last.kind);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void dying_dom(xlmem_host *of, uint64_t domid)
{
    xlmem_dom *dom = &of->doms[of->nr_doms++];

    memset(dom, 0, sizeof(*dom));
    XLMEM_SET(dom, domid, domid);
    XLMEM_SET(dom, tot_kb, 1024);
    XLMEM_SET(dom, dying, 1);
}

/* Who is watched since long is judged before who came later, whatever stands
 * between them. */
static void each_is_watched_since_it_was_seen(void **state)
{
    xlmem_dom eight[8];
    xlmem_host seen = {.doms = eight};
    xlmem__tracker t;
    size_t i;

    (void)state;
    xlmem__tracker_init(&t, 5000);
    dying_dom(&seen, 3);
    dying_dom(&seen, 7);
    xlmem__tracker_see_host(&t, 0, &seen);
    seen.nr_doms = 0;
    for (i = 1; i < 9; i++)
        dying_dom(&seen, i);
    xlmem__tracker_see_host(&t, 3000, &seen);
    assert_int_equal(t.nr, 8);
    for (i = 0; i < 8; i++)
        assert_false(eight[i].set_aside);
    xlmem__tracker_see_host(&t, 5000, &seen);
    assert_int_equal(t.nr, 8);
    for (i = 0; i < 8; i++) {
        assert_int_equal(t.list[i].last.domid, i + 1);
        assert_int_equal(eight[i].set_aside,
                         eight[i].domid == 3 || eight[i].domid == 7);
    }
    xlmem__tracker_dispose(&t);
}

TEST_GROUP(tracker)
{
    const struct CMUnitTest tests[] = {
        TEST(one_that_stands_still_is_worse_and_worse),
        TEST(one_that_moves_is_trusted_again),
        TEST(moving_to_and_fro_is_no_progress),
        TEST(one_that_is_there_follows),
        TEST(another_target_wakes_who_gave_up),
        TEST(giving_and_taking_are_two_things),
        TEST(the_dying_and_the_half_built_do_not_give_up),
        TEST(the_dying_are_trusted_for_the_wait),
        TEST(who_does_not_move_is_set_aside),
        TEST(any_page_counts),
        TEST(a_judged_balloon_stays_so_at_rest),
        TEST(or_is_forgiven_at_rest),
        TEST(who_is_at_rest_is_not_watched),
        TEST(the_dying_begin_anew),
        TEST(the_half_built_are_suspected_first),
        TEST(it_is_what_a_plain_list_says),
        cmocka_unit_test(each_is_watched_since_it_was_seen),
    };

    return test_run(tests, NULL, NULL);
}
