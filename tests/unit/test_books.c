/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The arithmetic of admission, term by term and rule by rule, at the kilobyte
 * on both sides of each.  The host of sample_host.h has 2 GiB of dom0, of
 * which 1 GiB is available and 64 MiB are its reserve: A is 960 MiB.
 */
#include "sample_host.h"

#include "model/account.h"

#define HEADROOM (72 * MIB)
#define A_KB (960 * MIB)

static xlmem_account books(const sample *s)
{
    xlmem_account account;

    assert_int_equal(xlmem_account_of(&s->host, &s->policy, &account), 0);
    return account;
}

/* ----------------------------------------------------------- the terms --- */

static void the_administrators_headroom_counts(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, 64 * GIB);
    dom->type = XLMEM_DOM_PV;
    XLMEM_SET(dom, maxmem_kb, 64 * GIB);
    s.policy.xen_headroom_kb = 100 * MIB;
    assert_int_equal(books(&s).headroom_kb, 100 * MIB);
    assert_int_equal(books(&s).usable_kb, GIB - 100 * MIB);
}

/* A PV dom0 is never migrated. */
static void dom0_is_not_sent_away(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, GIB);
    s.doms[0].type = XLMEM_DOM_PV;
    XLMEM_SET(&s.doms[0], tot_kb, 64 * GIB);
    XLMEM_SET(&s.doms[0], vcpus, 64);
    assert_int_equal(books(&s).headroom_kb, HEADROOM);
}

static void dom0_may_take_what_its_target_allows(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, GIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 2 * GIB + 40 * MIB);
    assert_int_equal(books(&s).growth_kb, 40 * MIB);
    assert_int_equal(books(&s).usable_kb, GIB - HEADROOM - 40 * MIB);
}

/* What a domain has claimed is in Xen's claims, and not growth as well; what
 * dies does not grow. */
static void growth_is_what_is_not_claimed(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, 4 * GIB);
    dom = add_dom(&s, 1, 100 * MIB);
    XLMEM_SET(dom, maxmem_kb, GIB);
    XLMEM_SET(dom, outstanding_kb, 600 * MIB);
    XLMEM_SET(&s.host, outstanding_kb, 600 * MIB);
    assert_int_equal(books(&s).growth_kb, GIB - 700 * MIB);
    assert_int_equal(books(&s).usable_kb,
                     4 * GIB - HEADROOM - (GIB - 100 * MIB));
    XLMEM_SET(dom, dying, 1);
    XLMEM_SET(dom, outstanding_kb, 0);
    assert_int_equal(books(&s).growth_kb, 0);
}

/* A domain that is built with less than its ceiling: the reservation has some
 * of what it may take, growth has the rest. */
static void the_ledger_takes_off_growth_what_it_counts(void **state)
{
    xlmem_reservation *res;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, 4 * GIB);
    res = add_reservation(&s, 500 * MIB);
    dom = add_dom(&s, 1, 200 * MIB);
    XLMEM_SET(res, domid, 1);
    XLMEM_SET(dom, maxmem_kb, GIB);
    assert_int_equal(books(&s).ledger_kb, 300 * MIB);
    assert_int_equal(books(&s).growth_kb, GIB - 200 * MIB - 300 * MIB);
    add_reservation(&s, 50 * MIB);
    assert_int_equal(books(&s).ledger_kb, 350 * MIB);
}

static void what_dies_gives_back_its_pool_too(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, 300 * MIB);
    XLMEM_SET(dom, paging_kb, 8 * MIB);
    assert_int_equal(books(&s).coming_kb, 0);
    XLMEM_SET(dom, dying, 1);
    assert_int_equal(books(&s).coming_kb, 308 * MIB);
}

static void what_dom0_was_asked_for_is_coming(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, GIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 2 * GIB - 60 * MIB);
    assert_int_equal(books(&s).coming_kb, 60 * MIB);
    s.host.dom0.known &= ~XLMEM_FACT_BIT(&s.host.dom0, balloon_target_kb);
    assert_int_equal(books(&s).coming_kb, 0);
}

/* Free memory was read between the two: what an HVM domU, of whose ceiling
 * 16 MiB are video RAM, gave meanwhile below that it may take again.  What it
 * gave above, and what somebody took, is nobody's to take. */
static void what_was_given_below_a_ceiling_may_return(void **state)
{
    xlmem_host later = {.nr_doms = 0};
    xlmem_dom *dom, now = {.domid = 1};
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, 512 * MIB);
    XLMEM_SET(dom, maxmem_kb, 529 * MIB);
    XLMEM_SET(dom, tot_kb, 539 * MIB);
    assert_int_equal(xlmem__beyond_ceiling_kb(dom), 10 * MIB);
    assert_int_equal(xlmem__may_return_kb(&s.host, &later), 0);
    later = (xlmem_host){.doms = &now, .nr_doms = 1};
    now.tot_kb = 530 * MIB;
    assert_int_equal(xlmem__may_return_kb(&s.host, &later), 0);
    now.tot_kb = 520 * MIB;
    assert_int_equal(xlmem__may_return_kb(&s.host, &later), 9 * MIB);
    XLMEM_SET(dom, tot_kb, 524 * MIB);
    assert_int_equal(xlmem__may_return_kb(&s.host, &later), 4 * MIB);
    now.tot_kb = 526 * MIB;
    assert_int_equal(xlmem__may_return_kb(&s.host, &later), 0);
    now.domid = 2;
    assert_int_equal(xlmem__may_return_kb(&s.host, &later), 0);
}

/* At its ceiling a guest has followed; 4 kB above, it has not. */
static void who_is_above_his_ceiling_is_behind(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, 512 * MIB);
    XLMEM_SET(dom, dynamic_min_kb, 256 * MIB);
    XLMEM_SET(dom, tot_kb, 513 * MIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 256 * MIB);
    assert_int_equal(books(&s).coming_kb, 0);
    XLMEM_SET(dom, tot_kb, 513 * MIB + 4);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    assert_int_equal(books(&s).coming_kb, MIB + 4);
    /* Without a ceiling: a MiB above its target. */
    dom->known &= ~XLMEM_FACT_BIT(dom, maxmem_kb);
    assert_int_equal(books(&s).coming_kb, MIB + 4);
    XLMEM_SET(dom, tot_kb, 513 * MIB);
    assert_int_equal(books(&s).coming_kb, 0);
    assert_int_equal(xlmem_dom_give_kb(dom), 256 * MIB);
}

/* Its ceiling was raised since: by that it looks like one that followed. */
static void who_holds_more_than_he_was_asked_for_gives_nothing(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, GIB);
    XLMEM_SET(dom, dynamic_min_kb, 256 * MIB);
    XLMEM_SET(dom, target_kb, 512 * MIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    assert_int_equal(books(&s).guests_give_kb, 0);
    assert_int_equal(books(&s).coming_kb, 0);
    /* Video RAM may be so much, and what libxl adds. */
    XLMEM_SET(dom, tot_kb, 512 * MIB + 258 * MIB);
    assert_int_equal(xlmem_dom_give_kb(dom), 256 * MIB);
    XLMEM_SET(dom, tot_kb, 512 * MIB + 258 * MIB + 4);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
}

static void only_a_guest_that_runs_gives(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    XLMEM_SET(&s.doms[0], dynamic_min_kb, 4);
    assert_int_equal(xlmem_dom_give_kb(&s.doms[0]), 0);
    dom = add_dom(&s, 1, GIB);
    XLMEM_SET(dom, dynamic_min_kb, 4);
    XLMEM_SET(dom, shutdown, 1);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    XLMEM_SET(dom, shutdown, 0);
    XLMEM_SET(dom, outstanding_kb, 8);
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    XLMEM_SET(dom, outstanding_kb, 0);
    dom->set_aside = true;
    assert_int_equal(xlmem_dom_give_kb(dom), 0);
    dom->set_aside = false;
    assert_int_equal(xlmem_dom_give_kb(dom), GIB - 4);
}

/* By its floor, or by what it can absorb, whichever is less. */
static void dom0_gives_the_lesser_of_two(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, GIB);
    assert_int_equal(books(&s).dom0_absorb_kb, A_KB);
    assert_int_equal(books(&s).dom0_give_kb, A_KB);
    s.policy.dom0_floor_kb = 2 * GIB - A_KB;
    assert_int_equal(books(&s).dom0_give_kb, A_KB);
    s.policy.dom0_floor_kb += 1;
    assert_int_equal(books(&s).dom0_give_kb, A_KB - 1);
    s.policy.dom0_floor_kb = 2 * GIB + MIB;
    assert_int_equal(books(&s).dom0_give_kb, 0);
}

/* Its target is known all the same: what it may take is counted, and what it
 * owes is not its own. */
static void dom0_that_is_set_aside_is_not_asked(void **state)
{
    xlmem_account account;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 2 * GIB - 100 * MIB);
    assert_int_equal(books(&s).coming_kb, 100 * MIB);
    s.doms[0].set_aside = true;
    assert_int_equal(books(&s).coming_kb, 0);
    assert_int_equal(books(&s).dom0_absorb_kb, A_KB - 100 * MIB);
    account = books(&s);
    assert_false(XLMEM_KNOWS(&account, dom0_give_kb));
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 2 * GIB + 100 * MIB);
    assert_int_equal(books(&s).growth_kb, 100 * MIB);
    assert_int_equal(books(&s).dom0_give_kb, 0);
}

static void a_deficit_is_what_is_promised_beyond_free(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, HEADROOM + 21 * MIB);
    add_reservation(&s, 20 * MIB);
    assert_int_equal(books(&s).deficit_kb, 0);
    assert_int_equal(books(&s).usable_kb, 0);
    add_reservation(&s, 1);
    assert_int_equal(books(&s).deficit_kb, MIB + 1);
    assert_int_equal(books(&s).usable_kb, 0);
}

/* ----------------------------------------------------------- the rules --- */

/* Rule 1: dom0-side cost <= A, which is less by what was promised. */
static void dom0_bears_exactly_what_it_can_absorb(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, 8 * GIB);
    assert_int_equal(sample_ask(&s, MIB, A_KB, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(sample_ask(&s, MIB, A_KB + 1, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_true(has_reason(&verdict, "dom0-short"));
    assert_false(has_reason(&verdict, "xen-short"));

    add_reservation(&s, MIB)->dom0_need_kb = 300 * MIB;
    add_reservation(&s, MIB)->dom0_need_kb = 7;
    assert_int_equal(sample_ask(&s, MIB, A_KB - 300 * MIB - 7, &verdict), 0);
    assert_int_equal(sample_ask(&s, MIB, A_KB - 300 * MIB - 6, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_true(has_reason(&verdict, "dom0-short"));
}

/* 10 MiB usable; coming 30; dom0 gives 40; a guest gives 50. */
static void givers_init(sample *s)
{
    xlmem_dom *dom;

    sample_init(s, HEADROOM + MIB + 10 * MIB);
    s->policy.dom0_floor_kb = 2 * GIB - 40 * MIB;
    dom = add_dom(s, 1, GIB);
    XLMEM_SET(dom, dynamic_min_kb, GIB - 50 * MIB);
    dom = add_dom(s, 2, 29 * MIB);
    XLMEM_SET(dom, paging_kb, MIB);
    XLMEM_SET(dom, dying, 1);
}

/* Rule 2: need - usable <= coming + G + what guests can give. */
static void what_is_short_is_covered_to_the_kilobyte(void **state)
{
    const uint64_t all = (10 + 30 + 40 + 50) * MIB;
    xlmem_verdict verdict;
    sample s;

    (void)state;
    givers_init(&s);
    assert_int_equal(sample_ask(&s, 10 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(sample_ask(&s, 10 * MIB + 1, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.wait_kb, 1);
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_int_equal(sample_ask(&s, 40 * MIB + 1, 0, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(verdict.plan.steps[0].domid, 0);
    assert_int_equal(verdict.plan.steps[0].to_kb, 2 * GIB - 4);
    assert_int_equal(sample_ask(&s, 80 * MIB + 1, 0, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 2);
    assert_int_equal(verdict.plan.steps[0].to_kb, 2 * GIB - 40 * MIB);
    assert_int_equal(verdict.plan.steps[1].domid, 1);
    assert_int_equal(verdict.plan.steps[1].to_kb, GIB - 4);
    assert_int_equal(sample_ask(&s, all, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.plan.steps[1].to_kb, GIB - 50 * MIB);
    assert_int_equal(sample_ask(&s, all + 1, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_true(has_reason(&verdict, "givers-short"));
}

/* With everybody gone and dom0 at its floor it would fit, or it would not. */
static void a_refusal_says_whether_it_is_possible_at_all(void **state)
{
    xlmem_account account;
    xlmem_verdict verdict;
    uint64_t most;
    sample s;

    (void)state;
    givers_init(&s);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    most = s.host.total_kb - account.dom0_floor_kb - HEADROOM;
    assert_int_equal(sample_ask(&s, most, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(sample_ask(&s, most + 1, 0, &verdict),
                     XLMEM_ERROR_INFEASIBLE);
}

/* What is promised beyond free memory has to come first. */
static void a_deficit_is_short_as_well(void **state)
{
    xlmem_verdict verdict;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, HEADROOM - 10 * MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    dom = add_dom(&s, 1, 14 * MIB);
    XLMEM_SET(dom, dying, 1);
    assert_int_equal(sample_ask(&s, 4 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.short_kb, 14 * MIB);
    assert_int_equal(sample_ask(&s, 4 * MIB + 1, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.short_kb, 14 * MIB + 1);
}

/* Rule 3: dom0-side cost + given by dom0 <= A. */
static void what_dom0_gives_and_bears_is_counted_together(void **state)
{
    const uint64_t cost = 100 * MIB, give = A_KB - cost;
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, HEADROOM);
    assert_int_equal(sample_ask(&s, give, cost, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(verdict.plan.steps[0].to_kb, 2 * GIB - give);
    assert_int_equal(sample_ask(&s, give + 1, cost, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(sample_ask(&s, give, cost + 1, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_true(has_reason(&verdict, "givers-short"));
    assert_false(has_reason(&verdict, "dom0-short"));
    /* A page less is a page less. */
    assert_int_equal(sample_ask(&s, give - 4, cost + 1, &verdict), 0);
    assert_int_equal(sample_ask(&s, give - 4, cost + 4, &verdict), 0);
    assert_int_equal(sample_ask(&s, give - 4, cost + 5, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
}

/* -------------------------------------------------------- many givers --- */

#define NR_GIVERS (XLMEM_STEPS_MAX + 16)

/* dom0 and more guests than a plan has steps; guest @i gives i MiB. */
static void crowd_init(sample *s, xlmem_dom doms[NR_GIVERS + 1])
{
    size_t i;

    sample_init(s, HEADROOM);
    doms[0] = s->doms[0];
    s->host.doms = doms;
    for (i = 1; i <= NR_GIVERS; i++) {
        doms[i] = *add_dom(s, i, GIB);
        s->host.nr_doms = 1;
        XLMEM_SET(&doms[i], maxmem_kb, GIB);
        XLMEM_SET(&doms[i], dynamic_min_kb, GIB - i * MIB);
    }
    s->host.nr_doms = NR_GIVERS + 1;
}

/* dom0's is one of the steps; the smallest fall out. */
static void of_more_givers_than_steps_the_largest_are_asked(void **state)
{
    xlmem_dom doms[NR_GIVERS + 1];
    xlmem_verdict verdict;
    uint64_t all = 4 * MIB;
    sample s;
    size_t i;

    (void)state;
    crowd_init(&s, doms);
    s.policy.dom0_floor_kb = 2 * GIB - 4 * MIB;
    for (i = 0; i < XLMEM_STEPS_MAX - 1; i++)
        all += (NR_GIVERS - i) * MIB;
    assert_int_equal(sample_ask(&s, all, 0, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, XLMEM_STEPS_MAX);
    assert_int_equal(verdict.plan.steps[0].domid, 0);
    for (i = 1; i < verdict.plan.nr_steps; i++) {
        assert_int_equal(verdict.plan.steps[i].domid, NR_GIVERS + 1 - i);
        assert_int_equal(verdict.plan.steps[i].to_kb,
                         GIB - (NR_GIVERS + 1 - i) * MIB);
    }
    assert_int_equal(sample_ask(&s, all + 1, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.plan.nr_steps, 0);
}

static void of_the_same_size_the_lower_id_is_asked_first(void **state)
{
    xlmem_verdict verdict;
    xlmem_dom *dom;
    sample s;
    uint64_t i;

    (void)state;
    sample_init(&s, HEADROOM + 3 * MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    for (i = 1; i <= 3; i++) {
        dom = add_dom(&s, i, GIB);
        XLMEM_SET(dom, dynamic_min_kb, GIB - 8 * MIB);
    }
    assert_int_equal(sample_ask(&s, 12 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 2);
    assert_int_equal(verdict.plan.steps[0].domid, 1);
    assert_int_equal(verdict.plan.steps[0].to_kb, GIB - 8 * MIB);
    assert_int_equal(verdict.plan.steps[1].domid, 2);
    assert_int_equal(verdict.plan.steps[1].to_kb, GIB - 4 * MIB);
}

/* Half a page that lies above its dynamic-min nobody can give. */
static void parts_of_pages_are_not_asked_for(void **state)
{
    xlmem_verdict verdict;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, HEADROOM + MIB);
    s.policy.dom0_floor_kb = 2 * GIB;
    dom = add_dom(&s, 1, GIB);
    XLMEM_SET(dom, dynamic_min_kb, GIB - 8 * MIB - 3);
    assert_int_equal(sample_ask(&s, 8 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.plan.steps[0].to_kb, GIB - 8 * MIB);
    assert_int_equal(sample_ask(&s, 8 * MIB + 1, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
}

TEST_GROUP(books)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_administrators_headroom_counts),
        cmocka_unit_test(dom0_is_not_sent_away),
        cmocka_unit_test(dom0_may_take_what_its_target_allows),
        cmocka_unit_test(growth_is_what_is_not_claimed),
        cmocka_unit_test(the_ledger_takes_off_growth_what_it_counts),
        cmocka_unit_test(what_dies_gives_back_its_pool_too),
        cmocka_unit_test(what_dom0_was_asked_for_is_coming),
        cmocka_unit_test(what_was_given_below_a_ceiling_may_return),
        cmocka_unit_test(who_is_above_his_ceiling_is_behind),
        cmocka_unit_test(who_holds_more_than_he_was_asked_for_gives_nothing),
        cmocka_unit_test(only_a_guest_that_runs_gives),
        cmocka_unit_test(dom0_gives_the_lesser_of_two),
        cmocka_unit_test(dom0_that_is_set_aside_is_not_asked),
        cmocka_unit_test(a_deficit_is_what_is_promised_beyond_free),
        cmocka_unit_test(dom0_bears_exactly_what_it_can_absorb),
        cmocka_unit_test(what_is_short_is_covered_to_the_kilobyte),
        cmocka_unit_test(a_refusal_says_whether_it_is_possible_at_all),
        cmocka_unit_test(a_deficit_is_short_as_well),
        cmocka_unit_test(what_dom0_gives_and_bears_is_counted_together),
        cmocka_unit_test(of_more_givers_than_steps_the_largest_are_asked),
        cmocka_unit_test(of_the_same_size_the_lower_id_is_asked_first),
        cmocka_unit_test(parts_of_pages_are_not_asked_for),
    };

    return test_run(tests, NULL, NULL);
}
