/* SPDX-License-Identifier: LGPL-2.1-only */
/* The largest domU that fits, and the domUs that could leave. */
#include "sample_host.h"

static const xlmem_dom_type types[] = {XLMEM_DOM_PV, XLMEM_DOM_PVH,
                                       XLMEM_DOM_HVM};

static xlmem_need_request like(xlmem_dom_type type)
{
    xlmem_need_request request = {.type = type};

    XLMEM_SET(&request, vcpus, 1);
    return request;
}

/* What the decision itself says of a domU of that size. */
static xlmem_verdict_kind
verdict_of(const sample *s, const xlmem_need_request *kind, uint64_t kb)
{
    xlmem_need_request request = *kind;
    xlmem_verdict verdict;
    xlmem_need need;

    XLMEM_SET(&request, memory_kb, kb);
    /* Some of these hosts wait for domUs larger than any machine. */
    if (kb >= UINT64_C(1) << 54)
        return XLMEM_REFUSE;
    assert_int_equal(xlmem_need_of(&s->host, &request, &need), 0);
    xlmem_admit(&s->host, &s->policy, need.need_kb, need.dom0_need_kb,
                &verdict);
    return verdict.kind;
}

static void the_largest_pv_domu_takes_all_that_is_usable(void **state)
{
    xlmem_need_request pv = like(XLMEM_DOM_PV);
    xlmem_largest_domu found;
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB + GIB + 2 * MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    assert_int_equal(xlmem_largest(&s.host, &s.policy, &pv, &found), 0);
    assert_in_range(found.now_kb, GIB, GIB + MIB);
    assert_int_equal(found.after_plan_kb, found.now_kb);
    /* 2 GiB of dom0 with 1 GiB available, of which 64 MiB are kept and some
     * go to its own side. */
    s.policy.dom0_floor_kb = GIB;
    XLMEM_SET(&pv, kernel_kb, 0);
    assert_int_equal(xlmem_largest(&s.host, &s.policy, &pv, &found), 0);
    assert_in_range(found.after_plan_kb, found.now_kb + 900 * MIB,
                    found.now_kb + 960 * MIB);
}

static void where_nothing_fits_the_largest_is_none(void **state)
{
    xlmem_need_request pvh = like(XLMEM_DOM_PVH);
    xlmem_largest_domu found = {1, 1};
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    assert_int_equal(xlmem_largest(&s.host, &s.policy, &pvh, &found), 0);
    assert_int_equal(found.now_kb, 0);
    assert_int_equal(found.after_plan_kb, 0);
}

static void what_cannot_be_decided_has_no_largest(void **state)
{
    xlmem_need_request request = like(XLMEM_DOM_UNKNOWN);
    xlmem_largest_domu found = {7, 7};
    sample s;

    (void)state;
    sample_init(&s, GIB);
    assert_int_equal(xlmem_largest(&s.host, &s.policy, &request, &found),
                     XLMEM_ERROR_UNKNOWN);
    request = like(XLMEM_DOM_PV);
    XLMEM_SET(&request, vcpus, 0);
    assert_int_equal(xlmem_largest(&s.host, &s.policy, &request, &found),
                     XLMEM_ERROR_INVAL);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, free_kb);
    request = like(XLMEM_DOM_PV);
    assert_int_equal(xlmem_largest(&s.host, &s.policy, &request, &found),
                     XLMEM_ERROR_UNKNOWN);
    assert_int_equal(found.now_kb, 7);
}

/* On any host, of any kind: it fits, and 1 MiB more does not. */
static void the_largest_fits_and_one_mib_more_does_not(void **state)
{
    size_t i, nr_found = 0, nr_planned = 0;

    (void)state;
    test_seed();
    for (i = 0; i < 6000; i++) {
        xlmem_need_request kind = like(types[i % ARRAY_SIZE(types)]);
        xlmem_largest_domu found;
        sample s;

        random_sample(&s);
        /* Some of them leave nothing on any machine. */
        s.host.nr_reservations = 0;
        XLMEM_SET(&kind, vcpus, test_between(1, 8));
        if (test_between(0, 3) == 0)
            XLMEM_SET(&kind, maxmem_kb, test_between(0, 32 * GIB));
        assert_int_equal(xlmem_largest(&s.host, &s.policy, &kind, &found), 0);
        assert_true(found.after_plan_kb >= found.now_kb);
        assert_true(!found.now_kb ||
                    verdict_of(&s, &kind, found.now_kb) == XLMEM_ADMIT);
        assert_true(verdict_of(&s, &kind, found.now_kb + MIB) != XLMEM_ADMIT);
        assert_true(!found.after_plan_kb ||
                    verdict_of(&s, &kind, found.after_plan_kb) !=
                        XLMEM_REFUSE);
        assert_int_equal(verdict_of(&s, &kind, found.after_plan_kb + MIB),
                         XLMEM_REFUSE);
        nr_found += found.now_kb != 0;
        nr_planned += found.after_plan_kb > found.now_kb;
    }
    assert_true(nr_found > 500 && nr_planned > 500);
}

/* ------------------------------------------------------------- leaving --- */

static xlmem_dom *add_pv(sample *s, uint64_t domid, uint64_t kb)
{
    xlmem_dom *dom = add_dom(s, domid, kb);

    dom->type = XLMEM_DOM_PV;
    XLMEM_SET(dom, maxmem_kb, kb);
    return dom;
}

/* Measured on 4.17: 1 GiB and one vCPU take 4608 kB. */
static void a_pv_domu_leaves_through_free_memory(void **state)
{
    xlmem_departure list[NR_DOMS];
    xlmem_evacuation sum;
    sample s;

    (void)state;
    sample_init(&s, 4608);
    add_pv(&s, 1, GIB);
    add_dom(&s, 2, GIB);
    XLMEM_SET(&s.doms[2], maxmem_kb, GIB);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_false(list[0].runs);
    assert_int_equal(list[1].need_kb, 4608);
    assert_int_equal(list[2].need_kb, 0);
    assert_int_equal(sum.nr_running, 2);
    assert_int_equal(sum.nr_now, 2);
    XLMEM_SET(&s.host, free_kb, 4604);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(sum.nr_now, 1);
    assert_false(list[1].now);
    /* When the PVH domU has gone. */
    assert_true(list[1].in_turn);
    assert_int_equal(sum.nr_in_turn, 2);
    s.host.nr_doms = 2;
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(sum.nr_in_turn, 0);
    /* Its pool is there already. */
    XLMEM_SET(&s.doms[1], paging_kb, 4);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(sum.nr_now, 1);
}

/* What is claimed, reserved or may be taken unasked is not there for it; what
 * headroom keeps is. */
static void who_leaves_takes_nothing_that_is_promised(void **state)
{
    xlmem_departure list[NR_DOMS];
    xlmem_evacuation sum;
    sample s;

    (void)state;
    sample_init(&s, 100 * MIB);
    add_pv(&s, 1, GIB);
    XLMEM_SET(&s.host, outstanding_kb, 3 * MIB);
    add_reservation(&s, 20 * MIB);
    XLMEM_SET(&s.doms[1], maxmem_kb, GIB + 7 * MIB);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(sum.free_kb, (100 - 3 - 20 - 1 - 7) * MIB);
}

/* A PVH domU, which needs nothing, leaves its memory and its pool. */
static void who_has_gone_leaves_his_pool(void **state)
{
    xlmem_departure list[NR_DOMS];
    xlmem_evacuation sum;
    sample s;

    (void)state;
    sample_init(&s, 0);
    add_pv(&s, 1, GIB);
    add_dom(&s, 2, 4600);
    XLMEM_SET(&s.doms[2], maxmem_kb, 4600);
    XLMEM_SET(&s.doms[2], paging_kb, 4);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(list[1].need_kb, 4608);
    assert_int_equal(sum.nr_in_turn, 1);
    XLMEM_SET(&s.doms[2], paging_kb, 8);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(sum.nr_in_turn, 2);
}

static void only_those_who_run_and_are_known_are_counted(void **state)
{
    xlmem_departure list[NR_DOMS];
    xlmem_evacuation sum;
    uint64_t i;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    for (i = 1; i <= 7; i++)
        add_pv(&s, i, GIB);
    XLMEM_SET(&s.doms[1], paused, 1);
    XLMEM_SET(&s.doms[2], dying, 1);
    XLMEM_SET(&s.doms[3], shutdown, 1);
    XLMEM_SET(&s.doms[4], outstanding_kb, 4);
    s.doms[5].type = XLMEM_DOM_UNKNOWN;
    s.doms[6].known &= ~XLMEM_FACT_BIT(&s.doms[6], vcpus);
    assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
    assert_int_equal(sum.nr_running, 3);
    assert_int_equal(sum.nr_unknown, 2);
    assert_int_equal(sum.nr_now, 1);
    assert_int_equal(sum.nr_in_turn, 1);
}

/* Who goes in turn stays within what those before him left, and whoever does
 * not go would not fit beside all that have. */
static void who_leaves_in_turn_is_all_who_can(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 5000; i++) {
        xlmem_departure list[NR_DOMS];
        xlmem_evacuation sum;
        uint64_t left;
        sample s;
        size_t n;

        random_sample(&s);
        XLMEM_SET(&s.host, free_kb, test_between(0, 64 * MIB));
        for (n = 1; n < s.host.nr_doms; n++)
            s.doms[n].type = types[test_between(0, 1)];
        assert_int_equal(xlmem_evacuate(&s.host, &s.policy, list, &sum), 0);
        assert_true(sum.nr_now <= sum.nr_in_turn);
        assert_true(sum.nr_in_turn <= sum.nr_running);
        left = sum.free_kb;
        for (n = 0; n < s.host.nr_doms; n++) {
            assert_true(!list[n].now || list[n].in_turn);
            if (list[n].in_turn && left < 64 * GIB)
                left += s.doms[n].tot_kb;
        }
        for (n = 0; n < s.host.nr_doms; n++)
            assert_true(!list[n].runs || list[n].in_turn ||
                        list[n].need_kb > left);
    }
}

TEST_GROUP(largest)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_pv_domu_takes_all_that_is_usable),
        cmocka_unit_test(where_nothing_fits_the_largest_is_none),
        cmocka_unit_test(what_cannot_be_decided_has_no_largest),
        cmocka_unit_test(the_largest_fits_and_one_mib_more_does_not),
        cmocka_unit_test(a_pv_domu_leaves_through_free_memory),
        cmocka_unit_test(who_leaves_takes_nothing_that_is_promised),
        cmocka_unit_test(who_has_gone_leaves_his_pool),
        cmocka_unit_test(only_those_who_run_and_are_known_are_counted),
        cmocka_unit_test(who_leaves_in_turn_is_all_who_can),
    };

    return test_run(tests, NULL, NULL);
}
