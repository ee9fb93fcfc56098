/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rule, of any hosts: what it promises, and its definition. */
#include "test.h"

#include "model/share.h"

#define MANY 10000

static xlmem__cup cups[MANY];
static uint64_t followers[MANY];
static xlmem__share_room room;

/* As if nothing had been shared out before. */
static xlmem__plenty share_anew(xlmem__share *list, size_t nr, uint64_t pool)
{
    room = (xlmem__share_room){.cups = cups, .followers = followers};
    return xlmem__share_out(list, nr, pool, &room);
}

/* --------------------------------------------------------- generation --- */

/* Hosts of one kind each, so that limits are met at once and seldom. */
typedef struct kind {
    uint64_t largest_kb;
    uint32_t heaviest;
    bool alike;
} kind;

static kind random_kind(void)
{
    static const uint32_t heaviest[] = {1, 2, 5, 256, 1000, 65535};
    const kind k = {UINT64_C(1) << test_between(1, 46),
                    heaviest[test_between(0, ARRAY_SIZE(heaviest) - 1)],
                    test_between(0, 3) == 0};

    return k;
}

static uint64_t random_kb(uint64_t least, uint64_t most)
{
    switch (test_between(0, 5)) {
    case 0:
        return least;
    case 1:
        return most;
    case 2: /* any magnitude */
        return least + (test_magnitude() % (most - least + 1));
    default:
        return test_between(least, most);
    }
}

static void random_share(xlmem__share *share, const kind *k)
{
    share->ceiling_kb = random_kb(0, k->largest_kb);
    share->floor_kb = random_kb(0, share->ceiling_kb);
    share->demand_kb = random_kb(share->floor_kb, share->ceiling_kb);
    share->weight = (uint32_t)test_between(1, k->heaviest);
    share->first = false;
    share->target_kb = test_random();
}

static void random_list(xlmem__share *list, size_t nr, const kind *k)
{
    const size_t nr_first = test_between(0, 3) ? test_between(0, 2) : 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        random_share(&list[i], k);
        if (i && (k->alike || test_between(0, 3) == 0))
            list[i] = list[i - 1];
        list[i].first = i < nr_first;
    }
}

typedef struct sums {
    uint64_t floor, demand, ceiling, target;
} sums;

static sums sums_of(const xlmem__share *list, size_t nr)
{
    sums sum = {0, 0, 0, 0};
    size_t i;

    for (i = 0; i < nr; i++) {
        sum.floor += list[i].floor_kb;
        sum.demand += list[i].demand_kb;
        sum.ceiling += list[i].ceiling_kb;
        sum.target += list[i].target_kb;
    }
    return sum;
}

/* Where something changes, next to it, between. */
static uint64_t random_pool(const xlmem__share *list, size_t nr)
{
    const sums sum = sums_of(list, nr);

    switch (test_between(0, 6)) {
    case 0:
        return sum.floor + test_between(0, 2);
    case 1:
        return sum.demand + test_between(0, 2);
    case 2:
        return sum.ceiling - (sum.ceiling ? test_between(0, 1) : 0);
    case 3:
        return test_between(0, sum.ceiling + sum.ceiling / 4 + 1);
    case 4:
        return test_between(sum.demand, sum.ceiling);
    default:
        return test_between(sum.floor, sum.demand);
    }
}

#define ROUNDS 20000
#define FEW 24

typedef void property_fn(xlmem__share *list, size_t nr, uint64_t pool);

static void for_hosts(property_fn *holds, size_t rounds)
{
    static xlmem__share list[FEW];

    test_seed();
    while (rounds--) {
        const kind k = random_kind();
        const size_t nr = test_between(0, rounds % 4 ? 5 : FEW);

        random_list(list, nr, &k);
        holds(list, nr, random_pool(list, nr));
    }
}

/* --------------------------------------------------------- properties --- */

static void is_conserved(xlmem__share *list, size_t nr, uint64_t pool)
{
    const xlmem__plenty plenty = share_anew(list, nr, pool);
    const sums sum = sums_of(list, nr);
    size_t i;

    if (plenty == XLMEM__BELOW_FLOORS)
        assert_true(pool < sum.floor && sum.target == sum.floor);
    else if (plenty == XLMEM__ALL_FULL)
        assert_true(pool >= sum.ceiling && sum.target == sum.ceiling);
    else
        assert_true(sum.target == pool);
    assert_true((plenty == XLMEM__SURPLUS) ==
                (pool >= sum.demand && pool < sum.ceiling));
    for (i = 0; i < nr; i++) {
        assert_true(list[i].target_kb >= list[i].floor_kb);
        assert_true(list[i].target_kb <= list[i].ceiling_kb);
        if (plenty < XLMEM__SURPLUS)
            assert_true(list[i].target_kb <= list[i].demand_kb);
        else
            assert_true(list[i].target_kb >= list[i].demand_kb);
        if (list[i].first && plenty >= XLMEM__OTHERS_SCARCE)
            assert_true(list[i].target_kb >= list[i].demand_kb);
        if (!list[i].first && plenty <= XLMEM__FIRST_SCARCE)
            assert_true(list[i].target_kb == list[i].floor_kb);
    }
}

static void memory_is_conserved_within_bounds(void **state)
{
    (void)state;
    for_hosts(is_conserved, ROUNDS);
}

/*
 * The kB in the order in which they are given: by the level where the weight
 * comes to one more, and then by place.  Found without any of what
 * the rule does to be quick.
 */
typedef struct slow_cup {
    uint64_t low, high, weight, base;
    bool concerned;
} slow_cup;

static slow_cup slow_of(const xlmem__share *share, xlmem__plenty plenty)
{
    if (plenty == XLMEM__SURPLUS)
        return (slow_cup){0, share->ceiling_kb - share->demand_kb,
                          share->weight, share->demand_kb, true};
    return (slow_cup){share->floor_kb, share->demand_kb, share->weight, 0,
                      share->first == (plenty == XLMEM__FIRST_SCARCE)};
}

static uint64_t slow_at(const slow_cup *cup, uint64_t level, unsigned int bits)
{
    const uint64_t kb =
        (uint64_t)((unsigned __int128)cup->weight * level >> bits);

    return kb < cup->low ? cup->low : kb > cup->high ? cup->high : kb;
}

static uint64_t slow_sum(const xlmem__share *list, size_t nr,
                         xlmem__plenty plenty, uint64_t level,
                         unsigned int bits)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        const slow_cup cup = slow_of(&list[i], plenty);

        if (cup.concerned)
            sum += slow_at(&cup, level, bits) + cup.base;
        else
            sum += list[i].first ? list[i].demand_kb : list[i].floor_kb;
    }
    return sum;
}

/* Bits of the heaviest of those concerned. */
static unsigned int slow_bits(const xlmem__share *list, size_t nr,
                              xlmem__plenty plenty)
{
    unsigned int bits = 0;
    size_t i;

    for (i = 0; i < nr; i++) {
        const slow_cup cup = slow_of(&list[i], plenty);

        while (cup.concerned && cup.weight >> bits)
            bits++;
    }
    return bits;
}

static void is_by_definition(xlmem__share *list, size_t nr, uint64_t pool)
{
    const xlmem__plenty plenty = share_anew(list, nr, pool);
    const unsigned int bits = slow_bits(list, nr, plenty);
    uint64_t low = 0, high = UINT64_C(1) << 63, left;
    size_t i;

    if (plenty == XLMEM__BELOW_FLOORS || plenty == XLMEM__ALL_FULL)
        return;
    while (high - low > 1) {
        const uint64_t level = low + (high - low) / 2;

        if (slow_sum(list, nr, plenty, level, bits) > pool)
            high = level;
        else
            low = level;
    }
    left = pool - slow_sum(list, nr, plenty, low, bits);
    for (i = 0; i < nr; i++) {
        const slow_cup cup = slow_of(&list[i], plenty);
        uint64_t kb = slow_at(&cup, low, bits);

        if (!cup.concerned)
            continue;
        if (left && slow_at(&cup, low + 1, bits) > kb) {
            kb++;
            left--;
        }
        assert_true(list[i].target_kb == cup.base + kb);
    }
    assert_true(left == 0);
}

static void it_is_what_the_theory_says(void **state)
{
    (void)state;
    for_hosts(is_by_definition, ROUNDS);
}

/* a's part of b's weight is not more than what b has and 1 kB of each, if a
 * could have less and b more. */
static void not_favoured(const xlmem__share *a, const xlmem__share *b,
                         xlmem__plenty plenty)
{
    const slow_cup ca = slow_of(a, plenty), cb = slow_of(b, plenty);
    const uint64_t ka = a->target_kb - ca.base, kb = b->target_kb - cb.base;

    if (!ca.concerned || !cb.concerned || ka <= ca.low || kb >= cb.high)
        return;
    assert_true((unsigned __int128)(ka - 1) * cb.weight <=
                (unsigned __int128)(kb + 1) * ca.weight);
}

static void is_fair(xlmem__share *list, size_t nr, uint64_t pool)
{
    const xlmem__plenty plenty = share_anew(list, nr, pool);
    size_t i, j;

    if (plenty == XLMEM__BELOW_FLOORS || plenty == XLMEM__ALL_FULL)
        return;
    for (i = 0; i < nr; i++)
        for (j = 0; j < nr; j++)
            not_favoured(&list[i], &list[j], plenty);
}

static void nobody_is_favoured(void **state)
{
    (void)state;
    for_hosts(is_fair, ROUNDS);
}

/* Not even by 1 kB. */
static void is_monotone(xlmem__share *list, size_t nr, uint64_t pool)
{
    xlmem__share before[FEW];
    size_t i, who;

    if (!nr)
        return;
    share_anew(list, nr, pool);
    memcpy(before, list, nr * sizeof(*list));
    who = test_between(0, nr - 1);
    list[who].demand_kb = random_kb(list[who].demand_kb, list[who].ceiling_kb);
    share_anew(list, nr, pool);
    for (i = 0; i < nr; i++)
        if (i == who)
            assert_true(list[i].target_kb >= before[i].target_kb);
        else
            assert_true(list[i].target_kb <= before[i].target_kb);
}

static void who_needs_more_gets_no_less_and_others_no_more(void **state)
{
    (void)state;
    for_hosts(is_monotone, ROUNDS);
}

static void is_monotone_in_memory(xlmem__share *list, size_t nr, uint64_t pool)
{
    xlmem__share before[FEW];
    size_t i;

    share_anew(list, nr, pool);
    memcpy(before, list, nr * sizeof(*list));
    share_anew(list, nr,
               pool + (test_between(0, 1) ? 1 : test_magnitude() >> 16));
    for (i = 0; i < nr; i++)
        assert_true(list[i].target_kb >= before[i].target_kb);
}

static void more_memory_is_less_for_nobody(void **state)
{
    (void)state;
    for_hosts(is_monotone_in_memory, ROUNDS);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* @b is not concerned by where it stands but for the last kB. */
static void is_indifferent(xlmem__share *list, size_t nr, uint64_t pool)
{
    xlmem__share shuffled[FEW];
    size_t i, j, at[FEW];

    for (i = 0; i < nr; i++)
        at[i] = i;
    for (i = nr; i > 1; i--) {
        const size_t k = test_between(0, i - 1), was = at[i - 1];

        if (list[at[k]].first || list[was].first)
            continue;
        at[i - 1] = at[k];
        at[k] = was;
    }
    for (j = 0; j < nr; j++)
        shuffled[j] = list[at[j]];
    share_anew(list, nr, pool);
    share_anew(shuffled, nr, pool);
    for (j = 0; j < nr; j++)
        assert_true(distance(shuffled[j].target_kb, list[at[j]].target_kb) <=
                    1);
}

static void their_order_is_of_no_account(void **state)
{
    (void)state;
    for_hosts(is_indifferent, ROUNDS);
}

/* ---------------------------------------------------------- the level --- */

static void same_targets(const xlmem__share *a, const xlmem__share *b,
                         size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        assert_true(a[i].target_kb == b[i].target_kb);
}

static void random_change(xlmem__share *share)
{
    share->demand_kb = random_kb(share->floor_kb, share->ceiling_kb);
}

/* A host that changes by and by, as it was and anew. */
static void it_is_the_same_from_the_last_level(void **state)
{
    static xlmem__share list[FEW], anew[FEW];
    size_t i, nr, rounds = ROUNDS / 10;

    (void)state;
    test_seed();
    while (rounds--) {
        const kind k = random_kind();
        xlmem__share_room kept = {.cups = cups, .followers = followers};
        uint64_t pool;

        nr = test_between(1, FEW);
        random_list(list, nr, &k);
        pool = random_pool(list, nr);
        for (i = 0; i < 10; i++) {
            memcpy(anew, list, sizeof(list));
            xlmem__share_out(list, nr, pool, &kept);
            share_anew(anew, nr, pool);
            same_targets(list, anew, nr);
            random_change(&list[test_between(0, nr - 1)]);
            if (test_between(0, 1))
                list[test_between(0, nr - 1)].weight =
                    (uint32_t)test_between(1, k.heaviest);
            if (!test_between(0, 3))
                pool = random_pool(list, nr);
        }
    }
}

static void a_second_pass_moves_nothing(void **state)
{
    static xlmem__share list[FEW], again[FEW];
    size_t rounds = ROUNDS / 10;

    (void)state;
    test_seed();
    while (rounds--) {
        const kind k = random_kind();
        const size_t nr = test_between(1, FEW);
        const uint64_t pool =
            (random_list(list, nr, &k), random_pool(list, nr));

        share_anew(list, nr, pool);
        memcpy(again, list, sizeof(list));
        xlmem__share_out(again, nr, pool, &room);
        same_targets(list, again, nr);
    }
}

/* Ten thousand, of which all changes are far apart, close, or the same. */
static void many_are_shared_out_alike(void **state)
{
    static xlmem__share list[MANY], again[MANY];
    size_t rounds = 60;

    (void)state;
    test_seed();
    while (rounds--) {
        const kind k = random_kind();
        const uint64_t pool =
            (random_list(list, MANY, &k), random_pool(list, MANY));

        is_by_definition(list, MANY, pool);
        is_conserved(list, MANY, pool);
        memcpy(again, list, sizeof(list));
        random_change(&again[test_between(0, MANY - 1)]);
        memcpy(list, again, sizeof(list));
        xlmem__share_out(again, MANY, pool, &room);
        share_anew(list, MANY, pool);
        same_targets(list, again, MANY);
    }
}

/* Sizes whose sum is beyond 64 bits, and that no level could have with weights
 * of 16 bits: nothing overflows, and what is handed out is what there is. */
static void the_largest_numbers_are_no_trouble(void **state)
{
    static xlmem__share list[MANY];
    const uint64_t most = (UINT64_C(1) << 53) - 1;
    size_t i, rounds = 60;

    (void)state;
    test_seed();
    while (rounds--) {
        const kind k = {most, 65535, false};
        const uint64_t pool = test_between(0, 1) ? most * 1000 : test_random();
        const xlmem__plenty plenty =
            (random_list(list, MANY, &k), share_anew(list, MANY, pool));
        unsigned __int128 sum = 0;

        for (i = 0; i < MANY; i++) {
            sum += list[i].target_kb;
            assert_true(list[i].target_kb >= list[i].floor_kb);
            assert_true(list[i].target_kb <= list[i].ceiling_kb);
        }
        if (plenty == XLMEM__BELOW_FLOORS)
            assert_true(sum >= pool);
        else
            assert_true(sum == pool);
    }
}

TEST_GROUP(share_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_conserved_within_bounds),
        cmocka_unit_test(it_is_what_the_theory_says),
        cmocka_unit_test(nobody_is_favoured),
        cmocka_unit_test(who_needs_more_gets_no_less_and_others_no_more),
        cmocka_unit_test(more_memory_is_less_for_nobody),
        cmocka_unit_test(their_order_is_of_no_account),
        cmocka_unit_test(it_is_the_same_from_the_last_level),
        cmocka_unit_test(a_second_pass_moves_nothing),
        cmocka_unit_test(many_are_shared_out_alike),
        cmocka_unit_test(the_largest_numbers_are_no_trouble),
    };

    return test_run(tests, NULL, NULL);
}
