/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Where nobody has enough, moves end all the same, and nobody has less than
 * another; and where there is just enough they end as well.
 *
 * Guests that need the same and have less between them, of an unequal split.
 * What one lacks of its page cache only pressure can show, a part of what it
 * has at a time, and that it has been given too much shows later: so they come
 * to the equal split by steps to and fro.  The limits are above what any of
 * 20 000 such hosts took (docs/design/rebalance.md, "The moves").
 *
 * Guests that have 95 to 110 % of what they need between them: who has enough
 * does not show how much of it he uses.
 */
#include "model/checked.h"
#include "test.h"
#include "world.h"

#define HOSTS 300
#define HOSTS_ENOUGH 2000
#define GUESTS_MOST 5
#define DOM0_KB (600 * MIB_KB)
#define BEGINS_S 30 /* until then everybody has more than he needs */
#define RESTS_S (BEGINS_S + 210)
#define ENDS_S (RESTS_S + 60)
#define TURNS_MOST 12 /* of a guest */
#define NEAR_KB (64 * MIB_KB)

typedef struct seen {
    uint64_t moved_ms;
    struct {
        uint64_t target_kb;
        int way, turns;
    } dom[GUESTS_MOST + 1];
} seen;

static void look(void *user, const world *w)
{
    seen *s = user;
    size_t i;

    for (i = 0; i < w->t->nr_doms; i++) {
        const uint64_t kb = w->dom[i].target_kb, was = s->dom[i].target_kb;
        const int way = kb > was ? 1 : -1;

        s->dom[i].target_kb = kb;
        if (!was || kb == was)
            continue;
        s->dom[i].turns += s->dom[i].way == -way;
        s->dom[i].way = way;
        s->moved_ms = w->now_ms;
    }
}

static void add_dom(trace *t, uint64_t floor_kb, uint64_t ceiling_kb)
{
    trace_dom *dom = &t->dom[t->nr_doms];

    dom->first = !t->nr_doms++;
    dom->floor_kb = floor_kb;
    dom->ceiling_kb = ceiling_kb;
    dom->own_kb = 64 * MIB_KB;
    dom->weight = 1;
}

/* From 1 to 9 parts each. */
static void split(trace *t, uint64_t kb)
{
    uint64_t parts[GUESTS_MOST + 1], sum = 0;
    size_t i;

    for (i = 1; i < t->nr_doms; i++)
        sum += parts[i] = test_between(1, 9);
    for (i = 1; i < t->nr_doms; i++)
        t->dom[i].start_kb = kb / sum * parts[i];
}

/* dom0, which has what it needs, and guests that have so many of 1000 parts
 * of what they need. */
static void any_host(trace *t, uint64_t parts)
{
    const trace_need need = {test_between(100, 1200) * MIB_KB,
                             test_between(0, 1200) * MIB_KB};
    const uint64_t speed = (UINT64_C(32) << test_between(0, 4)) * MIB_KB;
    const size_t nr = test_between(2, GUESTS_MOST);
    uint64_t kb = nr * (64 * MIB_KB + need.used_kb + need.hot_kb);
    size_t i, step;

    trace_init(t, "any");
    t->step_ms = 1000;
    add_dom(t, DOM0_KB, DOM0_KB);
    for (i = 0; i < nr; i++)
        add_dom(t, 64 * MIB_KB, 16 * GIB_KB);
    kb = kb * parts / 1000;
    t->dom[0].start_kb = DOM0_KB;
    t->pool_kb = DOM0_KB + kb;
    split(t, kb);
    for (i = 0; i <= nr; i++)
        t->dom[i].speed_kb_s = speed;
    for (step = 0; step < ENDS_S; step++) {
        trace_need *row = trace_add_step(t);

        row[0].used_kb = 200 * MIB_KB;
        for (i = 1; i <= nr; i++)
            row[i] = step < BEGINS_S ? (trace_need){50 * MIB_KB, 0} : need;
    }
}

static void check_rest(const trace *t, const seen *s)
{
    size_t i;

    for (i = 1; i < t->nr_doms; i++)
        assert_in_range(s->dom[i].turns, 0, TURNS_MOST);
    assert_in_range(s->moved_ms, 0, RESTS_S * 1000);
}

static void check_equal(const trace *t, const seen *s)
{
    uint64_t least_kb = UINT64_MAX, most_kb = 0;
    size_t i;

    for (i = 1; i < t->nr_doms; i++) {
        least_kb = xlmem__min(least_kb, s->dom[i].target_kb);
        most_kb = xlmem__max(most_kb, s->dom[i].target_kb);
    }
    assert_in_range(most_kb - least_kb, 0, NEAR_KB);
}

static void play(trace *t, seen *s)
{
    *s = (seen){.moved_ms = 0};
    world_play(t, &player_xlmem, look, s);
    check_rest(t, s);
}

static void test_all_lack(void **state)
{
    trace t;
    seen s;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < HOSTS; i++) {
        any_host(&t, 10 * test_between(50, 99));
        play(&t, &s);
        check_equal(&t, &s);
        trace_dispose(&t);
    }
}

static void test_just_enough(void **state)
{
    trace t;
    seen s;
    int i;

    (void)state;
    /* None of 100 000 failed, and some may (docs/design/rebalance.md). */
    test_seed_from(1);
    for (i = 0; i < HOSTS_ENOUGH; i++) {
        any_host(&t, test_between(950, 1100));
        play(&t, &s);
        trace_dispose(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_lack),
        cmocka_unit_test(test_just_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
