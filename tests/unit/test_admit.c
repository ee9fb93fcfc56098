/* SPDX-License-Identifier: LGPL-2.1-only */
#include "sample_host.h"

static uint64_t usable(const sample *s)
{
    xlmem_account account;

    assert_int_equal(xlmem_account_of(&s->host, &s->policy, &account), 0);
    return account.usable_kb;
}

static void the_headroom_stays_free(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB);
    assert_int_equal(usable(&s), 0);
    sample_init(&s, 72 * MIB + 4);
    assert_int_equal(usable(&s), 4);
}

static void headroom_lets_the_largest_pv_guest_leave(void **state)
{
    sample s;
    xlmem_dom *dom;

    (void)state;
    sample_init(&s, GIB);
    /* Measured on 4.17: 1 GiB and one vCPU take 4608 kB; 64 GiB and 4 vCPUs
     * are (65536 + 512) pages. */
    dom = add_dom(&s, 1, 64 * GIB);
    dom->type = XLMEM_DOM_PV;
    XLMEM_SET(dom, vcpus, 4);
    assert_int_equal(usable(&s), GIB - MIB - (65536 + 512) * 4);
    dom->type = XLMEM_DOM_PVH;
    assert_int_equal(usable(&s), GIB - MIB - 72 * MIB);
}

static void every_domu_may_take_what_its_ceiling_allows(void **state)
{
    sample s;
    uint64_t i;

    (void)state;
    sample_init(&s, GIB);
    for (i = 1; i < NR_DOMS; i++)
        add_dom(&s, i, 256 * MIB);
    assert_int_equal(usable(&s), GIB - 72 * MIB - (NR_DOMS - 1) * MIB);
}

/* A capture's `xl list` has neither: what is not known is not 0. */
static void books_say_which_of_their_terms_are_known(void **state)
{
    xlmem_account account;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    add_dom(&s, 1, GIB);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_true(XLMEM_KNOWS(&account, growth_kb));
    assert_true(XLMEM_KNOWS(&account, outstanding_kb));
    s.doms[1].known &= ~XLMEM_FACT_BIT(&s.doms[1], maxmem_kb);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, outstanding_kb);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_false(XLMEM_KNOWS(&account, growth_kb));
    assert_false(XLMEM_KNOWS(&account, outstanding_kb));
    assert_int_equal(account.usable_kb, GIB - 72 * MIB);
}

static void a_reservation_counts_once_while_its_domain_is_built(void **state)
{
    sample s;
    xlmem_reservation *res;
    xlmem_dom *dom;
    /* What it needs, and what its ceiling lets it have beside. */
    uint64_t expected = 4 * GIB - 72 * MIB - (GIB + 5 * MIB) - MIB;

    (void)state;
    sample_init(&s, 4 * GIB);
    res = add_reservation(&s, GIB + 5 * MIB);
    assert_int_equal(usable(&s), expected);

    /* Created and claimed: free is as before, the claim is in the books. */
    dom = add_dom(&s, 7, 0);
    XLMEM_SET(res, domid, 7);
    XLMEM_SET(dom, maxmem_kb, GIB + MIB);
    XLMEM_SET(dom, outstanding_kb, GIB);
    XLMEM_SET(&s.host, outstanding_kb, GIB);
    assert_int_equal(usable(&s), expected);

    /* Half of it taken out of free memory. */
    XLMEM_SET(dom, tot_kb, GIB / 2);
    XLMEM_SET(dom, outstanding_kb, GIB / 2);
    XLMEM_SET(&s.host, outstanding_kb, GIB / 2);
    XLMEM_SET(&s.host, free_kb, 4 * GIB - GIB / 2);
    assert_int_equal(usable(&s), expected);

    /* Built, its pool included, with 1 MiB less than was reserved. */
    XLMEM_SET(dom, tot_kb, GIB);
    XLMEM_SET(dom, paging_kb, 4 * MIB);
    XLMEM_SET(dom, outstanding_kb, 0);
    XLMEM_SET(&s.host, outstanding_kb, 0);
    XLMEM_SET(&s.host, free_kb, 4 * GIB - GIB - 4 * MIB);
    assert_int_equal(usable(&s), expected);
    s.host.nr_reservations = 0;
    assert_int_equal(usable(&s), expected + MIB);
}

static void what_fits_is_admitted_to_the_kilobyte(void **state)
{
    sample s;
    xlmem_verdict verdict;

    (void)state;
    sample_init(&s, GIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 768 * MIB);
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, GIB - 72 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(verdict.nr_reasons, 0);

    /* dom0 is over its target by 1280 MiB: coming, no step needed. */
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, GIB - 72 * MIB + 4, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.wait_kb, 4);
    assert_int_equal(verdict.plan.nr_steps, 0);

    XLMEM_SET(&s.doms[0], tot_kb, 768 * MIB);
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, GIB - 72 * MIB + 4, 0, &verdict),
        XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_int_equal(verdict.short_kb, 4);
    assert_string_equal(verdict.reasons[0].id, "xen-short");
    assert_string_equal(verdict.reasons[1].id, "givers-short");
}

/* Where nobody is to be asked. */
static void a_plan_that_is_not_wanted_is_a_refusal(void **state)
{
    sample s;
    xlmem_verdict verdict;

    (void)state;
    sample_init(&s, GIB);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 512 * MIB, 0, &verdict),
                     0);
    assert_int_equal(xlmem_refuse_plan(&verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, GIB, 0, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(xlmem_refuse_plan(&verdict), XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_string_equal(verdict.reasons[verdict.nr_reasons - 1].id, "no-plan");
    assert_int_equal(verdict.reasons[0].severity, XLMEM_SEV_ERROR);
}

static void dom0_is_asked_before_guests_and_never_below_its_floor(void **state)
{
    sample s;
    xlmem_verdict verdict;
    xlmem_dom *dom;

    (void)state;
    sample_init(&s, 72 * MIB + MIB);
    s.policy.dom0_reserve_kb = 0;
    dom = add_dom(&s, 3, GIB);
    XLMEM_SET(dom, dynamic_min_kb, 512 * MIB);
    /* A = 1 GiB, so dom0 gives 1 GiB of the 1280 MiB above its floor. */
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, GIB + 100 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 2);
    assert_int_equal(verdict.plan.steps[0].domid, 0);
    assert_int_equal(verdict.plan.steps[0].to_kb, GIB);
    assert_int_equal(verdict.plan.steps[1].domid, 3);
    assert_int_equal(verdict.plan.steps[1].to_kb, GIB - 100 * MIB);

    XLMEM_SET(&s.host.dom0, mem_available_kb, 8 * GIB);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 2 * GIB, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.plan.nr_steps, 0);
}

static void dom0s_own_side_can_refuse(void **state)
{
    sample s;
    xlmem_verdict verdict;

    (void)state;
    sample_init(&s, 8 * GIB);
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, GIB, GIB - 64 * MIB + 4, &verdict),
        XLMEM_ERROR_NO_HEADROOM);
    assert_string_equal(verdict.reasons[0].id, "dom0-short");
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, GIB, GIB - 64 * MIB, &verdict), 0);
    s.host.dom0.known = 0;
    assert_int_equal(xlmem_admit(&s.host, &s.policy, GIB, 64 * GIB, &verdict),
                     0);
    assert_false(verdict.dom0_known);
    assert_string_equal(verdict.reasons[0].id, "dom0-unknown");
}

static void nothing_is_decided_on_unknown_facts(void **state)
{
    sample s;
    xlmem_verdict verdict = {.need_kb = 4711};

    (void)state;
    sample_init(&s, GIB);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, free_kb);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 4, 0, &verdict),
                     XLMEM_ERROR_UNKNOWN);
    sample_init(&s, GIB);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, domains_listed);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 4, 0, &verdict),
                     XLMEM_ERROR_UNKNOWN);
    assert_int_equal(verdict.need_kb, 4711);
}

/* It would take again, for its reservation, what it gives. */
static void who_is_being_built_is_not_asked(void **state)
{
    xlmem_reservation *res;
    xlmem_account account;
    xlmem_verdict verdict;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB + MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    dom = add_dom(&s, 7, GIB);
    XLMEM_SET(dom, dynamic_min_kb, 256 * MIB);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 256 * MIB, 0, &verdict),
                     0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    res = add_reservation(&s, GIB);
    XLMEM_SET(res, domid, 7);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 256 * MIB, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_int_equal(account.guests_give_kb, 0);
    XLMEM_SET(res, domid, 8);
    s.policy.xen_headroom_kb = 4;
    XLMEM_SET(&s.host, free_kb, GIB + 80 * MIB);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, 256 * MIB, 0, &verdict),
                     0);
    assert_int_equal(verdict.plan.steps[0].domid, 7);
}

static void only_guests_at_rest_that_opted_in_are_asked(void **state)
{
    sample s;
    xlmem_dom *dom;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, GIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    XLMEM_SET(dom, dynamic_min_kb, 256 * MIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 768 * MIB);
    XLMEM_SET(dom, paused, 1);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    XLMEM_SET(dom, paused, 0);
    XLMEM_SET(dom, dying, 1);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    XLMEM_SET(dom, dying, 0);
    XLMEM_SET(dom, tot_kb, GIB + 2 * MIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    XLMEM_SET(dom, tot_kb, GIB);
    XLMEM_SET(dom, dynamic_min_kb, UINT64_MAX);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
}

/* Of an HVM domU the target is without the video RAM that it holds. */
static void video_memory_is_not_coming_back(void **state)
{
    sample s;
    xlmem_account account;
    xlmem_dom *dom;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, GIB);
    dom->type = XLMEM_DOM_HVM;
    XLMEM_SET(dom, tot_kb, GIB + 16 * MIB);
    XLMEM_SET(dom, maxmem_kb, GIB + 17 * MIB);
    XLMEM_SET(dom, dynamic_min_kb, GIB / 2);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_int_equal(account.coming_kb, 0);
    assert_int_equal(xlmem_dom_give_kb(dom), GIB / 2);
    /* Asked for a quarter, with its ceiling. */
    XLMEM_SET(dom, target_kb, GIB / 4 * 3);
    XLMEM_SET(dom, maxmem_kb, GIB / 4 * 3 + 17 * MIB);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_in_range(account.coming_kb, GIB / 4, GIB / 4 + 16 * MIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
}

/* ------------------------------------------------------------ properties */

static void check_steps(const sample *s, const xlmem_verdict *verdict)
{
    uint64_t given = verdict->wait_kb;
    size_t i, j;

    for (i = 0; i < verdict->plan.nr_steps; i++) {
        const xlmem_step *step = &verdict->plan.steps[i];
        const xlmem_dom *dom = xlmem_host_find_dom(&s->host, step->domid);

        assert_true(step->to_kb < step->from_kb);
        if (step->domid)
            assert_true(step->to_kb >= dom->dynamic_min_kb);
        else
            assert_true(step->to_kb >= s->policy.dom0_floor_kb);
        for (j = 0; j < i; j++)
            assert_int_not_equal(step->domid, verdict->plan.steps[j].domid);
        given += step->from_kb - step->to_kb;
    }
    /* In whole pages. */
    if (verdict->kind == XLMEM_REFUSE)
        return;
    assert_true(given >= verdict->short_kb);
    assert_true(given - verdict->short_kb <= 3);
}

static void a_plan_frees_exactly_what_is_short(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        sample s;
        xlmem_verdict verdict;
        int rc;

        random_sample(&s);
        rc = xlmem_admit(&s.host, &s.policy, test_between(0, 8 * GIB),
                         test_between(0, GIB), &verdict);
        assert_int_equal(rc == 0, verdict.kind != XLMEM_REFUSE);
        check_steps(&s, &verdict);
    }
}

static void more_free_memory_never_turns_yes_into_no(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        sample s;
        xlmem_verdict before, after;
        uint64_t need = test_between(0, 8 * GIB);

        random_sample(&s);
        xlmem_admit(&s.host, &s.policy, need, 0, &before);
        s.host.free_kb += test_between(0, GIB);
        xlmem_admit(&s.host, &s.policy, need, 0, &after);
        assert_true(after.kind <= before.kind);
        assert_true(after.short_kb <= before.short_kb);
    }
}

static void verdicts_have_names_for_scripts(void **state)
{
    (void)state;
    assert_string_equal(xlmem_verdict_name(XLMEM_ADMIT), "admit");
    assert_string_equal(xlmem_verdict_name(XLMEM_ADMIT_AFTER_PLAN), "plan");
    assert_string_equal(xlmem_verdict_name(XLMEM_REFUSE), "refuse");
}

TEST_GROUP(admit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_have_names_for_scripts),
        cmocka_unit_test(the_headroom_stays_free),
        cmocka_unit_test(a_plan_that_is_not_wanted_is_a_refusal),
        cmocka_unit_test(headroom_lets_the_largest_pv_guest_leave),
        cmocka_unit_test(every_domu_may_take_what_its_ceiling_allows),
        cmocka_unit_test(books_say_which_of_their_terms_are_known),
        cmocka_unit_test(a_reservation_counts_once_while_its_domain_is_built),
        cmocka_unit_test(what_fits_is_admitted_to_the_kilobyte),
        cmocka_unit_test(
            dom0_is_asked_before_guests_and_never_below_its_floor),
        cmocka_unit_test(dom0s_own_side_can_refuse),
        cmocka_unit_test(nothing_is_decided_on_unknown_facts),
        cmocka_unit_test(who_is_being_built_is_not_asked),
        cmocka_unit_test(only_guests_at_rest_that_opted_in_are_asked),
        cmocka_unit_test(video_memory_is_not_coming_back),
        cmocka_unit_test(a_plan_frees_exactly_what_is_short),
        cmocka_unit_test(more_free_memory_never_turns_yes_into_no),
    };

    return test_run(tests, NULL, NULL);
}
