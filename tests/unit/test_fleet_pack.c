/* SPDX-License-Identifier: LGPL-2.1-only */
/* Packing: every answer is checked, and small ones are tried by brute
 * force. */
#include "test.h"

#include "fleet_checker.h"

#define GAPS 5
#define DOMUS 7

typedef struct fleet {
    xlmem_pack pack;
    xlmem_fleet_gap gaps[GAPS];
    xlmem_fleet_price prices[GAPS * DOMUS];
    size_t where[DOMUS], set[DOMUS], scratch[DOMUS];
    xlmem_pack_answer answer;
} fleet;

static void fleet_init(fleet *f, size_t gaps, size_t domus)
{
    memset(f, 0, sizeof(*f));
    f->pack = (xlmem_pack){.nr_gaps = gaps,
                           .nr_domus = domus,
                           .gaps = f->gaps,
                           .prices = f->prices,
                           .limit = 10000000};
    f->answer.where = f->where;
    f->answer.set = f->set;
}

static xlmem_pack_verdict fleet_ask(fleet *f)
{
    void *arena = malloc(xlmem_pack_room(f->pack.nr_gaps, f->pack.nr_domus));

    assert_non_null(arena);
    xlmem_pack_find(&f->pack, arena, &f->answer);
    free(arena);
    return f->answer.verdict;
}

static void set_gap(fleet *f, size_t g, uint64_t xen_kb, uint64_t dom0_kb)
{
    f->gaps[g] = (xlmem_fleet_gap){.room_kb = {xen_kb, dom0_kb}};
}

/* A fleet of hosts that have all the same room. */
static void fleet_of(fleet *f, size_t gaps, size_t domus, uint64_t xen_kb,
                     uint64_t dom0_kb)
{
    size_t g;

    fleet_init(f, gaps, domus);
    for (g = 0; g < gaps; g++)
        set_gap(f, g, xen_kb, dom0_kb);
}

/* The same on every host. */
static void set_domu(fleet *f, size_t d, uint64_t xen_kb, uint64_t dom0_kb)
{
    size_t g;

    for (g = 0; g < f->pack.nr_gaps; g++)
        f->prices[d * f->pack.nr_gaps + g] =
            (xlmem_fleet_price){.stays_kb = {xen_kb, dom0_kb}};
}

/* Small numbers, so that sums are often just met; few kinds of domUs, so that
 * there is something to exchange. */
static void fleet_random(fleet *f)
{
    const uint64_t step = test_between(0, 1) ? 10 : 1;
    const bool uneven = !test_between(0, 3), peaks = !test_between(0, 2);
    const bool givers = !test_between(0, 2), bars = !test_between(0, 2);
    const bool names = !test_between(0, 2);
    size_t d, g;

    fleet_init(f, test_between(1, 4), test_between(1, DOMUS));
    for (g = 0; g < f->pack.nr_gaps; g++) {
        set_gap(f, g, test_between(0, 12) * step, test_between(2, 12));
        f->gaps[g].peak_kb[0] = peaks ? test_between(0, 2) : 0;
        f->gaps[g].give_kb = givers ? test_between(0, 8) : 0;
    }
    for (d = 0; d < f->pack.nr_domus; d++) {
        const uint64_t name = names ? test_between(0, 3) : 0;

        set_domu(f, d, test_between(0, 5) * step, test_between(0, 3));
        for (g = 0; g < f->pack.nr_gaps; g++) {
            xlmem_fleet_price *price = &f->prices[d * f->pack.nr_gaps + g];

            if (uneven)
                price->stays_kb[0] += test_between(0, 1);
            price->barred = bars && !test_between(0, 3);
            price->name = name;
            if (peaks) {
                price->peak_kb[0] = d % 2 ? 3 : 0;
                price->peak_kb[1] = test_between(0, 2);
            }
        }
    }
}

/* ------------------------------------------------------------- by hand --- */

static void test_nothing_to_place(void **state)
{
    fleet f;

    (void)state;
    fleet_init(&f, 0, 0);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    fleet_init(&f, 2, 0);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    fleet_init(&f, 0, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_int_equal(f.answer.proof.kind, XLMEM_PROOF_DOMAIN);
}

/* Who puts the 2000 on the 3000 has no place for the other. */
static void test_greedy_fails(void **state)
{
    fleet f;

    (void)state;
    fleet_init(&f, 2, 2);
    set_gap(&f, 0, 3000, 100);
    set_gap(&f, 1, 2000, 100);
    set_domu(&f, 0, 2000, 1);
    set_domu(&f, 1, 3000, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    assert_int_equal(f.where[0], 1);
    assert_int_equal(f.where[1], 0);
}

/* What dom0 gives it has no more for its own side. */
static void test_dom0_gives(void **state)
{
    fleet f;

    (void)state;
    fleet_of(&f, 1, 1, 100, 30);
    set_domu(&f, 0, 120, 10);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    f.gaps[0].give_kb = 20;
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    set_domu(&f, 0, 121, 9);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    f.gaps[0].give_kb = 50;
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    set_domu(&f, 0, 121, 10);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_true(checker_answer(&f.pack, &f.answer, true, f.scratch));
}

static void test_proofs(void **state)
{
    fleet f;

    (void)state;
    fleet_of(&f, 2, 2, 10, 100);
    set_domu(&f, 0, 11, 1);
    set_domu(&f, 1, 1, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_int_equal(f.answer.proof.kind, XLMEM_PROOF_DOMAIN);
    assert_int_equal(f.set[0], 0);

    fleet_of(&f, 2, 3, 10, 100);
    set_domu(&f, 0, 6, 1);
    set_domu(&f, 1, 6, 1);
    set_domu(&f, 2, 6, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_int_equal(f.answer.proof.kind, XLMEM_PROOF_LARGE);
    assert_int_equal(f.answer.proof.fit, 2);
    assert_int_equal(f.answer.proof.nr, 3);

    set_domu(&f, 2, 9, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    set_domu(&f, 0, 1, 70);
    set_domu(&f, 1, 1, 70);
    set_domu(&f, 2, 1, 70);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_int_equal(f.answer.proof.kind, XLMEM_PROOF_SUM);
    assert_int_equal(f.answer.proof.side, XLMEM_FLEET_DOM0);
    assert_true(checker_answer(&f.pack, &f.answer, true, f.scratch));
}

/* 5 5 4 and 4 4 3 3 3 3 ... no: what no bound sees is found by trying. */
static void test_search_says_no(void **state)
{
    fleet f;

    (void)state;
    fleet_of(&f, 2, 4, 10, 100);
    set_domu(&f, 0, 6, 1);
    set_domu(&f, 1, 5, 1);
    set_domu(&f, 2, 5, 1);
    set_domu(&f, 3, 4, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    set_domu(&f, 0, 5, 1);
    set_domu(&f, 1, 5, 1);
    set_domu(&f, 2, 7, 1);
    set_domu(&f, 3, 3, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    set_domu(&f, 3, 2, 1);
    set_domu(&f, 0, 6, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_true(checker_answer(&f.pack, &f.answer, true, f.scratch));
    set_domu(&f, 1, 3, 1);
    set_domu(&f, 3, 4, 1);
    set_domu(&f, 2, 6, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    f.gaps[0].room_kb[0] = 9;
    f.gaps[1].room_kb[0] = 10;
    f.pack.limit = 1;
    set_domu(&f, 1, 4, 1);
    set_domu(&f, 3, 3, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
}

/* A full search is cut off, and says so. */
static void set_name(fleet *f, size_t d, uint64_t name)
{
    size_t g;

    for (g = 0; g < f->pack.nr_gaps; g++)
        f->prices[d * f->pack.nr_gaps + g].name = name;
}

/* Two hosts of one size are no mirror images when what is on them keeps
 * different names out: the 30 goes beside the @other 40 only. */
static void keep_apart(fleet *f, size_t other)
{
    static const uint64_t sizes[] = {40, 40, 30, 29, 29, 29};
    size_t d;

    fleet_of(f, 2, ARRAY_SIZE(sizes), 100, 100);
    for (d = 0; d < ARRAY_SIZE(sizes); d++)
        set_domu(f, d, sizes[d], sizes[d]);
    for (d = 0; d < 3; d++)
        set_name(f, d, d == other ? 2 : 1);
    assert_int_equal(fleet_ask(f), XLMEM_PACK_YES);
    assert_true(checker_answer(&f->pack, &f->answer, true, f->scratch));
    assert_int_equal(f->where[other], f->where[2]);
}

static void test_search_keeps_names_apart(void **state)
{
    fleet f;

    (void)state;
    keep_apart(&f, 0);
    keep_apart(&f, 1);
    /* Of three of a name there is one too many. */
    set_name(&f, 3, 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_int_equal(f.answer.proof.kind, XLMEM_PROOF_SEARCH);
}

static void test_limit_is_unknown(void **state)
{
    const uint64_t sizes[DOMUS] = {41, 37, 31, 29, 23, 19, 17};
    fleet f;
    size_t d;

    (void)state;
    fleet_init(&f, 3, DOMUS);
    set_gap(&f, 0, 66, 100);
    set_gap(&f, 1, 66, 100);
    set_gap(&f, 2, 66, 100);
    for (d = 0; d < DOMUS; d++)
        set_domu(&f, d, sizes[d], 1);
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_NO);
    assert_int_equal(f.answer.proof.kind, XLMEM_PROOF_SEARCH);
    assert_true(checker_answer(&f.pack, &f.answer, true, f.scratch));
    f.pack.limit = f.answer.places - 1;
    assert_int_equal(fleet_ask(&f), XLMEM_PACK_UNKNOWN);
}

/* ----------------------------------------------------------- any fleet --- */

static void test_agrees_with_brute_force(void **state)
{
    size_t nr[3] = {0}, kinds[5] = {0}, i;
    fleet f;

    (void)state;
    test_seed();
    for (i = 0; i < 10000; i++) {
        bool brute;

        fleet_random(&f);
        brute = checker_brute(&f.pack, f.scratch);
        assert_int_equal(fleet_ask(&f),
                         brute ? XLMEM_PACK_YES : XLMEM_PACK_NO);
        assert_true(checker_answer(&f.pack, &f.answer, true, f.scratch));
        nr[f.answer.verdict]++;
        kinds[f.answer.proof.kind]++;
    }
    assert_true(nr[XLMEM_PACK_YES] > 1000 && nr[XLMEM_PACK_NO] > 1000);
    for (i = 0; i < ARRAY_SIZE(kinds); i++)
        assert_true(kinds[i] > 10);
}

/* More memory never turns a yes into a no. */
static void test_is_monotone(void **state)
{
    fleet f;
    size_t i, g;

    (void)state;
    test_seed();
    for (i = 0; i < 5000; i++) {
        fleet_random(&f);
        if (fleet_ask(&f) != XLMEM_PACK_YES)
            continue;
        g = test_between(0, f.pack.nr_gaps - 1);
        f.gaps[g].room_kb[test_between(0, 1)] += test_between(1, 20);
        assert_int_equal(fleet_ask(&f), XLMEM_PACK_YES);
    }
}

/* What is left out of the best way is the least that any way leaves out. */
static uint64_t least_by_brute(fleet *f)
{
    uint64_t best = UINT64_MAX;
    unsigned out;

    for (out = 0; out < 1u << f->pack.nr_domus; out++) {
        xlmem_fleet_price kept[GAPS * DOMUS];
        xlmem_pack pack = f->pack;
        uint64_t left = 0;
        size_t d, g;

        pack.nr_domus = 0;
        pack.prices = kept;
        for (d = 0; d < f->pack.nr_domus; d++) {
            const xlmem_fleet_price *from = &f->prices[d * pack.nr_gaps];
            uint64_t own = UINT64_MAX;

            for (g = 0; g < pack.nr_gaps; g++)
                own = from[g].stays_kb[0] < own ? from[g].stays_kb[0] : own;
            if (out & 1u << d)
                left += own;
            else
                memcpy(&kept[pack.nr_domus++ * pack.nr_gaps], from,
                       pack.nr_gaps * sizeof(*from));
        }
        if (left < best && checker_brute(&pack, f->scratch))
            best = left;
    }
    return best;
}

static void test_leaves_out_the_least(void **state)
{
    fleet f;
    size_t i, d;

    (void)state;
    test_seed();
    for (i = 0; i < 1000; i++) {
        uint64_t left = 0;

        fleet_random(&f);
        f.pack.may_stop = true;
        fleet_ask(&f);
        assert_true(f.answer.least);
        assert_true(checker_placement(&f.pack, f.where, false));
        assert_int_equal(f.answer.left_kb, least_by_brute(&f));
        for (d = 0; d < f.pack.nr_domus; d++) {
            uint64_t own = UINT64_MAX;
            size_t g;

            for (g = 0; g < f.pack.nr_gaps; g++)
                if (f.prices[d * f.pack.nr_gaps + g].stays_kb[0] < own)
                    own = f.prices[d * f.pack.nr_gaps + g].stays_kb[0];
            left += f.where[d] == XLMEM_PACK_NOWHERE ? own : 0;
        }
        assert_int_equal(left, f.answer.left_kb);
    }
}

/* --------------------------------------------------------------- order --- */

static void test_leave_order_is_safe(void **state)
{
    size_t i, n;

    (void)state;
    test_seed();
    for (i = 0; i < 5000; i++) {
        xlmem_leave list[12];
        size_t order[12], nr = test_between(0, 12), seen = 0;
        uint64_t free_kb = test_between(0, 20);

        for (n = 0; n < nr; n++)
            list[n] = (xlmem_leave){
                .free_kb = test_between(0, 60),
                .back_kb = test_between(0, 30),
                .to = test_between(0, 3) ? 0 : XLMEM_PACK_NOWHERE,
                .fixed = !test_between(0, 5)};
        xlmem_leave_order(list, nr, free_kb, order);
        for (n = 0; n < nr; n++) {
            const xlmem_leave *it = &list[order[n]];

            seen |= (size_t)1 << order[n];
            assert_true(it->stop ||
                        (!it->fixed && it->to != XLMEM_PACK_NOWHERE &&
                         it->free_kb <= free_kb));
            assert_true(it->stop || !it->for_room);
            free_kb += it->back_kb;
        }
        assert_int_equal(seen, ((size_t)1 << nr) - 1);
    }
}

/* One that could go is stopped only while nobody can, the smallest first. */
static void test_stops_fewest_for_room(void **state)
{
    xlmem_leave list[3] = {{.free_kb = 50, .back_kb = 40},
                           {.free_kb = 50, .back_kb = 30},
                           {.free_kb = 60, .back_kb = 90}};
    size_t order[3];

    (void)state;
    xlmem_leave_order(list, 3, 25, order);
    assert_int_equal(order[0], 1);
    assert_true(list[1].stop && list[1].for_room);
    assert_int_equal(order[1], 0);
    assert_false(list[0].stop || list[2].stop);
}

TEST_GROUP(fleet_pack)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_to_place),
        cmocka_unit_test(test_greedy_fails),
        cmocka_unit_test(test_dom0_gives),
        cmocka_unit_test(test_proofs),
        cmocka_unit_test(test_search_says_no),
        cmocka_unit_test(test_search_keeps_names_apart),
        cmocka_unit_test(test_limit_is_unknown),
        cmocka_unit_test(test_agrees_with_brute_force),
        cmocka_unit_test(test_is_monotone),
        cmocka_unit_test(test_leaves_out_the_least),
        cmocka_unit_test(test_leave_order_is_safe),
        cmocka_unit_test(test_stops_fewest_for_room),
    };

    return test_run(tests, NULL, NULL);
}
