/* SPDX-License-Identifier: LGPL-2.1-only */
/* The moves, of any parties: they are safe, gentle, and end. */
#include "parties.h"

/* ---------------------------------------------------------- properties --- */

static uint64_t random_kb(uint64_t least, uint64_t most)
{
    const uint64_t way = test_between(0, 4);

    return way == 0 ? least : way == 1 ? most : test_between(least, most);
}

static int64_t random_past(void)
{
    return test_between(0, 1) ? 0 : now_ms - (int64_t)test_between(0, 100000);
}

/* dom0's target is of whole ones. */
#define PAGE_KB 4

/* Of one that may be anywhere, with any past. */
static void random_party(size_t i)
{
    xlmem__party *p = &party[i];
    const uint64_t large = UINT64_C(1) << test_between(10, 24);
    const uint64_t floor = random_kb(0, large);
    const uint64_t ceiling = random_kb(floor, 2 * large);

    set(i, floor, random_kb(0, 2 * large), ceiling, random_kb(floor, ceiling));
    p->weight = (uint32_t)test_between(1, 1000);
    p->need_kb = test_between(0, 1) ? 0 : random_kb(0, 2 * large);
    p->kept_kb = test_between(0, 1) ? 0 : random_kb(0, 2 * large);
    if (test_between(0, 9) == 0)
        p->target_kb = random_kb(0, 3 * large);
    if (!p->domid)
        p->target_kb -= p->target_kb % PAGE_KB;
    p->has_kb = test_between(0, 1) ? p->target_kb : random_kb(0, 2 * large);
    p->demand_known = test_between(0, 5) != 0;
    p->apart =
        test_between(0, 5)
            ? XLMEM__TAKES_PART
            : (xlmem__apart)test_between(XLMEM__PINNED, XLMEM__NOT_UNDERSTOOD);
    p->pace = (xlmem__pace)test_between(XLMEM__FOLLOWS, XLMEM__GAVE_UP);
    p->nr_stuck = test_between(0, 3) ? 0 : (uint32_t)test_between(1, 9);
    p->stuck_giving = test_between(0, 1);
    p->stuck_ms = random_past();
    p->asked_ms = random_past();
    p->grown_ms = random_past();
    p->minute_ms = random_past();
    p->moved_kb = random_kb(0, 2 * gentle.minute_kb);
}

static size_t random_parties(void)
{
    const size_t nr = test_between(0, test_between(0, 9) ? 6 : MOST);
    size_t i;

    begin(NULL);
    gentle.step_kb =
        test_between(0, 2) ? UINT64_C(1) << test_between(14, 24) : 0;
    gentle.minute_kb =
        test_between(0, 2) ? UINT64_C(1) << test_between(14, 24) : 0;
    for (i = 0; i < nr; i++)
        random_party(i);
    if (test_between(0, 1))
        purse.usable_kb = random_kb(0, UINT64_C(1) << test_between(0, 28));
    else if (test_between(0, 1))
        purse.deficit_kb = random_kb(0, UINT64_C(1) << test_between(0, 26));
    if (!test_between(0, 3))
        purse.wanted_kb = random_kb(0, UINT64_C(1) << test_between(0, 26));
    return nr;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static uint64_t reach(uint64_t has, uint64_t target)
{
    return has > target ? has : target;
}

/* All balloons stopped somewhere between where they were and what they were
 * asked for, after each step: what is promised or held is never more than
 * there was, and the headroom is not touched. */
static void nothing_is_promised_that_is_not_there(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 20000; run++) {
        const size_t nr = random_parties();
        uint64_t most = purse.usable_kb, has[MOST], target[MOST];
        size_t i, n;

        pass(nr);
        for (i = 0; i < nr; i++) {
            has[i] = party[i].has_kb;
            target[i] = party[i].target_kb;
            most += reach(has[i], target[i]);
        }
        if (purse.wanted_kb <= purse.usable_kb)
            most -= purse.wanted_kb;
        else
            most -= purse.usable_kb;
        for (n = 0; n < plan.nr_steps; n++) {
            uint64_t sum = 0;

            target[plan.steps[n].domid] = plan.steps[n].to_kb;
            for (i = 0; i < nr; i++) {
                const uint64_t low = has[i] < target[i] ? has[i] : target[i];
                const uint64_t stops =
                    test_between(low, reach(has[i], target[i]));

                sum += reach(stops, target[i]);
            }
            assert_true(sum <= most);
        }
    }
}

/* Towards its share, not beyond it, within its range, not too far at once; a
 * page, of one that is to be woken. */
static void is_right(const xlmem_step *step)
{
    const xlmem__party *p = &party[step->domid];
    const uint64_t from = step->from_kb, to = step->to_kb;
    const uint64_t most =
        p->ceiling_kb > p->floor_kb ? p->ceiling_kb : p->floor_kb;

    assert_true(from == p->target_kb && from != to);
    assert_int_equal(p->apart, XLMEM__TAKES_PART);
    assert_true(p->demand_known);
    assert_true(p->domid || to % PAGE_KB == 0);
    if (to > from)
        assert_true(to <= most);
    else
        assert_true(to >= p->floor_kb);
    if (p->still == XLMEM__LEFT_OUT) {
        assert_true(to == from + 4 || to == from - 4 || to >= p->has_kb);
        return;
    }
    if (gentle.step_kb && to > from)
        assert_true(to <= p->has_kb + gentle.step_kb);
    if (gentle.step_kb && to < from)
        assert_true(to + gentle.step_kb >= p->has_kb ||
                    to + gentle.step_kb >= from);
    if (to > from)
        assert_true(to <= p->share_kb &&
                    to - from + (p->domid ? 0 : PAGE_KB - 1) >=
                        gentle.least_kb);
    else
        assert_true(to >= p->share_kb);
}

static void each_step_is_towards_the_share_and_within_the_range(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 20000; run++) {
        const size_t nr = random_parties();
        bool seen[MOST] = {false}, grows = false;
        size_t n;

        pass(nr);
        assert_true(plan.nr_steps <= XLMEM_STEPS_MAX);
        assert_true(!plan.nr_steps || again_ms >= 0);
        assert_true(again_ms == -1 || again_ms > now_ms);
        for (n = 0; n < plan.nr_steps; n++) {
            const xlmem_step *step = &plan.steps[n];

            is_right(step);
            assert_false(seen[step->domid]);
            seen[step->domid] = true;
            grows = grows || step->to_kb > step->from_kb;
            assert_true(!grows || step->to_kb > step->from_kb);
        }
    }
}

/* What is shared out is theirs who take part, and what is free; who does not
 * give keeps what he has, but for a little when he is tried. */
static void nobody_elses_memory_is_handed_out(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 20000; run++) {
        const size_t nr = random_parties();
        const xlmem__plenty plenty = pass(nr);
        uint64_t pool = purse.usable_kb, sum = 0;
        size_t i;

        for (i = 0; i < nr; i++) {
            const xlmem__party *p = &party[i];

            if (p->apart != XLMEM__TAKES_PART || !p->demand_known) {
                assert_true(p->share_kb == p->target_kb);
                assert_null(step_of(i));
                continue;
            }
            pool += reach(p->has_kb, p->target_kb);
            sum += p->share_kb;
            if (p->nr_stuck && p->stuck_giving &&
                p->has_kb > p->target_kb + MIB)
                assert_true(p->share_kb + (p->asked_ms > p->stuck_ms
                                               ? 2 * gentle.least_kb
                                               : 0) >=
                            p->has_kb);
        }
        if (plenty != XLMEM__BELOW_FLOORS && sum)
            assert_true(sum + purse.deficit_kb + purse.wanted_kb <= pool);
    }
}

static void nobody_is_hurried_but_for_headroom_a_create_or_dom0(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 20000; run++) {
        const size_t nr = random_parties();
        size_t n;

        purse.deficit_kb = purse.wanted_kb = 0;
        party[0].demand_known = false;
        pass(nr);
        for (n = 0; n < plan.nr_steps; n++) {
            const xlmem_step *step = &plan.steps[n];
            const xlmem__party *p = &party[step->domid];
            const bool fresh = p->minute_ms && now_ms - p->minute_ms < 60000;

            if (p->still == XLMEM__LEFT_OUT || step->to_kb > step->from_kb ||
                step->from_kb > p->ceiling_kb)
                continue;
            if (gentle.minute_kb && fresh)
                assert_true(p->moved_kb + step->from_kb - step->to_kb <=
                            gentle.minute_kb);
            if (p->grown_ms && now_ms - p->grown_ms < gentle.rest_ms)
                assert_true(step->to_kb >=
                            (p->need_kb && p->need_kb < p->demand_kb
                                 ? p->need_kb
                                 : p->demand_kb));
        }
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What who has enough is given beyond what he has. */
static uint64_t given_to_others(size_t nr)
{
    uint64_t sum = 0;
    size_t n;

    for (n = 0; n < plan.nr_steps; n++) {
        const xlmem_step *step = &plan.steps[n];
        const xlmem__party *p = &party[step->domid];
        const uint64_t had = reach(p->has_kb, p->target_kb);
        const uint64_t needs =
            least(p->share_kb,
                  reach(p->floor_kb, least(p->demand_kb, p->ceiling_kb)));

        assert_true(step->domid < nr);
        if (p->still != XLMEM__LEFT_OUT && step->to_kb > had &&
            needs < p->target_kb + gentle.least_kb)
            sum += step->to_kb - had;
    }
    return sum;
}

/* Of what was lacking a moment ago nobody is given any who has enough. */
static void what_was_lacking_is_kept_for_a_rest(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 20000; run++) {
        const size_t nr = random_parties();
        const int64_t ago_ms = (int64_t)test_between(0, 20000);
        const uint64_t kept = random_kb(0, UINT64_C(1) << 26);

        lack = (xlmem__lack){.kb = kept, .ms = now_ms - ago_ms};
        lack.from_ms = lack.ms;
        pass(nr);
        if (ago_ms < gentle.rest_ms)
            assert_true(!given_to_others(nr) ||
                        given_to_others(nr) + kept <= purse.usable_kb);
    }
}

/* What another lacked once is kept for two rests at most, however often less
 * is lacking since. */
static void a_spike_bars_nobody_for_longer_than_two_rests(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 500; run++) {
        const uint64_t spike_kb = test_between(512 * MIB, GIB);
        const uint64_t small_kb = test_between(8 * MIB, 16 * MIB);
        int64_t start_ms;

        begin(NULL);
        set(0, GIB, GIB, 8 * GIB, GIB);
        set(1, GIB, GIB, 8 * GIB, GIB);
        purse.wanted_kb = spike_kb;
        pass(2);
        start_ms = now_ms;
        purse.usable_kb = spike_kb;
        purse.wanted_kb = small_kb;
        do {
            now_ms += (int64_t)test_between(1, (uint64_t)gentle.rest_ms - 1);
            pass(2);
            if (now_ms - start_ms < gentle.rest_ms)
                assert_int_equal(plan.nr_steps, 0);
        } while (now_ms - start_ms < 2 * gentle.rest_ms);
        assert_true(plan.nr_steps > 0);
    }
}

/* How a balloon moves within a look, when it is asked for something. */
static void let_move(size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        const xlmem__party *p = &party[i];
        uint64_t by =
            test_between(0, 3) ? UINT64_MAX : test_between(MIB, 256 * MIB);

        if (p->has_kb > p->target_kb) {
            by = by > p->has_kb - p->target_kb ? p->has_kb - p->target_kb : by;
            purse.usable_kb += by;
            party[i].has_kb -= by;
        } else {
            by = by > p->target_kb - p->has_kb ? p->target_kb - p->has_kb : by;
            party[i].has_kb += by;
        }
        xlmem__party_see(&party[i], now_ms, NULL, &gentle);
    }
}

/* Parties at rest, within their ranges. */
static size_t parties_at_rest(void)
{
    const size_t nr = random_parties();
    size_t i;

    purse.deficit_kb = purse.wanted_kb = 0;
    for (i = 0; i < nr; i++) {
        xlmem__party *p = &party[i];

        set(i, p->floor_kb, p->demand_kb, p->ceiling_kb,
            random_kb(p->floor_kb, p->ceiling_kb));
        p->weight = (uint32_t)test_between(1, 1000);
    }
    return nr;
}

/* Without a change of demand the moves end; no more is moved than all were
 * away from their shares; nobody lacks what there is. */
static void demand_that_can_be_met_is_and_then_nothing_moves(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 2000; run++) {
        const size_t nr = parties_at_rest();
        uint64_t moved = 0, away = 0;
        xlmem__plenty plenty;
        size_t i, n, looks = 0;

        do {
            plenty = pass(nr);
            for (i = 0; i < nr && !looks; i++)
                away += party[i].share_kb > party[i].target_kb
                            ? party[i].share_kb - party[i].target_kb
                            : party[i].target_kb - party[i].share_kb;
            for (n = 0; n < plan.nr_steps; n++)
                moved += plan.steps[n].to_kb > plan.steps[n].from_kb
                             ? plan.steps[n].to_kb - plan.steps[n].from_kb
                             : plan.steps[n].from_kb - plan.steps[n].to_kb;
            if (again_ms < 0)
                break;
            carry_out();
            now_ms = again_ms;
            let_move(nr);
        } while (looks++ < 20000);
        assert_true(again_ms < 0);
        assert_true(moved <= away);
        for (i = 0; i < nr && plenty >= XLMEM__SURPLUS; i++)
            assert_true(party[i].target_kb + gentle.least_kb + nr * MIB >=
                        least(party[i].demand_kb, party[i].ceiling_kb));
    }
}

/* How long those may take who are moved by minute_kb within a minute: to their
 * shares, and as far again when somebody turns out not to follow. */
static int64_t paced_ms(size_t nr)
{
    uint64_t most_kb = 0;
    size_t i;

    for (i = 0; i < nr; i++)
        most_kb =
            reach(most_kb, distance(party[i].share_kb, party[i].target_kb));
    return gentle.minute_kb ? (int64_t)(2 * most_kb / gentle.minute_kb) * 60000
                            : 0;
}

static bool is_stuck(uint64_t stuck, size_t i)
{
    return stuck >> i % 64 & 1;
}

/* A look later: who follows has done so. */
static void let_follow(size_t nr, uint64_t stuck)
{
    size_t i;

    now_ms = again_ms;
    for (i = 0; i < nr; i++) {
        if (!is_stuck(stuck, i))
            balloon(i, party[i].target_kb);
        see(i, 0);
    }
}

/*
 * An hour longer than the moves may take: in the last ten minutes there is
 * small change only, what others are offered who are tried again.  In the end
 * those are tried once in an hour in each direction, which are two steps.
 */
static void some_follow(size_t nr, uint64_t stuck)
{
    const int64_t start_ms = now_ms;
    uint64_t tried[MOST] = {0}, moved = 0, away = 0, tries = 0;
    int64_t end_ms;
    size_t i, n;

    pass(nr);
    for (i = 0; i < nr; i++)
        away += distance(party[i].share_kb, party[i].target_kb);
    end_ms = start_ms + paced_ms(nr) + 3600000;
    for (; again_ms >= 0 && again_ms < end_ms; pass(nr)) {
        for (n = 0; n < plan.nr_steps; n++) {
            const xlmem_step *step = &plan.steps[n];
            const uint64_t kb = distance(step->from_kb, step->to_kb);

            tried[step->domid]++;
            moved += is_stuck(stuck, step->domid) ? 0 : kb;
            if (now_ms > end_ms - 600000)
                assert_true(kb <= nr * 2 * gentle.least_kb);
        }
        carry_out();
        let_follow(nr, stuck);
    }
    for (i = 0; i < nr; i++)
        if (is_stuck(stuck, i)) {
            tries += tried[i];
            assert_true(tried[i] <=
                        30 + 4 * (uint64_t)((end_ms - start_ms) / 3600000));
        }
    assert_true(moved <= 2 * away + tries * 2 * gentle.least_kb);
}

/* Some balloons never move: each is tried less and less often, nothing is kept
 * for those that do not take, and for others that ends in small change. */
static void who_never_follows_is_tried_less_and_less(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 300; run++) {
        const size_t nr = parties_at_rest();

        xlmem__tracker_init(&tracker, 10000);
        some_follow(nr, test_random());
        xlmem__tracker_dispose(&tracker);
    }
}

/* What nobody needs is handed out, too, at the pace of a minute, without
 * anything else that happens. */
static void surplus_is_handed_out_by_itself(void **state)
{
    const uint64_t most_kb = 8 * GIB;

    (void)state;
    gentle.minute_kb = 128 * MIB;
    gentle.step_kb = 16 * GIB;
    set(0, GIB, GIB, GIB, GIB);
    set(1, GIB / 2, GIB / 2, most_kb, GIB);
    purse.usable_kb = 16 * GIB;
    for (pass(2); again_ms >= 0; pass(2)) {
        if (!plan.nr_steps)
            stays(1, XLMEM__PACED);
        carry_out();
        let_follow(2, 0);
        assert_true(now_ms < 1000000 + 57 * 60000);
    }
    assert_true(party[1].target_kb + most_kb / 20 >= most_kb);
}

TEST_GROUP(balance_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_promised_that_is_not_there, begin),
        cmocka_unit_test_setup(
            each_step_is_towards_the_share_and_within_the_range, begin),
        cmocka_unit_test_setup(nobody_elses_memory_is_handed_out, begin),
        cmocka_unit_test_setup(who_never_follows_is_tried_less_and_less,
                               begin),
        cmocka_unit_test_setup(surplus_is_handed_out_by_itself, begin),
        cmocka_unit_test_setup(
            nobody_is_hurried_but_for_headroom_a_create_or_dom0, begin),
        cmocka_unit_test_setup(what_was_lacking_is_kept_for_a_rest, begin),
        cmocka_unit_test(a_spike_bars_nobody_for_longer_than_two_rests),
        cmocka_unit_test_setup(
            demand_that_can_be_met_is_and_then_nothing_moves, begin),
    };

    return test_run(tests, NULL, NULL);
}
