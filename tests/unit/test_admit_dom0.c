/* SPDX-License-Identifier: LGPL-2.1-only */
/* dom0's side of a create: what it can bear, what it can give, its floor. */
#include "random_host.h"
#include "sample_host.h"

/* No floor is configured. */
static void unset_floor(sample *s)
{
    s->policy.dom0_floor_kb = 0;
}

static xlmem_account books_of(const sample *s)
{
    xlmem_account account;

    assert_int_equal(xlmem_account_of(&s->host, &s->policy, &account), 0);
    return account;
}

/* As large as its host, and so no sizing is right for it. */
static void a_dom0_that_starves_is_checked_whatever_its_floor_is(void **state)
{
    xlmem_recommendation rec;
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, 200 * MIB);
    unset_floor(&s);
    XLMEM_SET(&s.host, total_kb, 4 * GIB);
    XLMEM_SET(&s.doms[0], tot_kb, 3800 * MIB);
    XLMEM_SET(&s.host.dom0, mem_total_kb, 3600 * MIB);
    XLMEM_SET(&s.host.dom0, mem_free_kb, 50 * MIB);
    XLMEM_SET(&s.host.dom0, cached_kb, 60 * MIB);
    XLMEM_SET(&s.host.dom0, mem_available_kb, 100 * MIB);
    assert_int_equal(xlmem_size(&s.host, NULL, &rec), XLMEM_ERROR_INFEASIBLE);
    assert_true(XLMEM_KNOWS(&rec, floor_kb));
    assert_int_equal(
        xlmem_admit(&s.host, &s.policy, 64 * MIB, 150 * MIB, &verdict),
        XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_true(verdict.dom0_known);
    assert_int_equal(verdict.nr_reasons, 1);
    assert_string_equal(verdict.reasons[0].id, "dom0-short");
}

static void the_floor_is_what_dom0_holds_now(void **state)
{
    sample s;

    (void)state;
    sample_init(&s, GIB);
    unset_floor(&s);
    XLMEM_SET(&s.host.dom0, mem_total_kb, 1900 * MIB);
    XLMEM_SET(&s.host.dom0, mem_free_kb, 900 * MIB);
    XLMEM_SET(&s.host.dom0, cached_kb, 200 * MIB);
    /* 148 MiB of kernel, 876 MiB in use, 64 MiB of order reserve. */
    assert_int_equal(books_of(&s).dom0_floor_kb, 1088 * MIB);
    XLMEM_SET(&s.host.dom0, balloon_current_kb, 2064 * MIB);
    assert_int_equal(books_of(&s).dom0_floor_kb, 1104 * MIB);
    /* It starves: it would have to grow, and gives nothing. */
    XLMEM_SET(&s.host.dom0, mem_available_kb, 10 * MIB);
    assert_int_equal(books_of(&s).dom0_floor_kb, 2128 * MIB);
    assert_int_equal(books_of(&s).dom0_give_kb, 0);
    s.policy.dom0_floor_kb = 512 * MIB;
    assert_int_equal(books_of(&s).dom0_floor_kb, 512 * MIB);
}

static void
a_dom0_of_which_nothing_is_known_has_the_least_of_floors(void **state)
{
    xlmem_account account;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    unset_floor(&s);
    s.host.nr_doms = 0;
    s.host.dom0.known = 0;
    /* Linux 6.12's 40000 kB, 64 MiB of bounce buffers, 96 of services, 64 of
     * order reserve. */
    assert_int_equal(books_of(&s).dom0_floor_kb, 272 * MIB);
    account = books_of(&s);
    assert_false(XLMEM_KNOWS(&account, dom0_absorb_kb));
    XLMEM_SET(&s.host.dom0, linux_major, 5);
    XLMEM_SET(&s.host.dom0, linux_minor, 10);
    add_dom(&s, 0, 64 * GIB);
    /* 43072 kB then, and 80 bytes for each of its pages. */
    assert_int_equal(books_of(&s).dom0_floor_kb, (272 + 1280) * MIB);
}

static void every_dom0_has_a_floor_and_bears_what_meminfo_allows(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 5000; i++) {
        xlmem_account account;
        xlmem_policy policy;
        xlmem_host host;

        xlmem_policy_init(&policy);
        random_host(&host);
        XLMEM_SET(&host, free_kb, test_magnitude());
        XLMEM_SET(&host, domains_listed, 1);
        assert_int_equal(xlmem_account_of(&host, &policy, &account), 0);
        assert_true(XLMEM_KNOWS(&account, dom0_floor_kb));
        assert_true(account.dom0_floor_kb >= (96 + 64) * MIB);
        assert_int_equal(XLMEM_KNOWS(&account, dom0_absorb_kb),
                         XLMEM_KNOWS(&host.dom0, mem_available_kb));
        assert_int_equal(XLMEM_KNOWS(&account, dom0_give_kb),
                         XLMEM_KNOWS(&host.dom0, mem_available_kb) &&
                             XLMEM_KNOWS(&host.dom0, balloon_target_kb));
        xlmem_host_dispose(&host);
    }
}

/* --------------------------------------------------------------- rules */

/* 1 GiB is available, of which 64 MiB are its reserve. */
#define ABSORB_KB (GIB - 64 * MIB)

static void dom0_bears_its_side_to_the_kilobyte(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, 4 * GIB);
    assert_int_equal(sample_ask(&s, GIB, ABSORB_KB, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(verdict.nr_reasons, 0);
    assert_int_equal(sample_ask(&s, GIB, ABSORB_KB + 1, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.kind, XLMEM_REFUSE);
    assert_int_equal(verdict.short_kb, 0);
    assert_int_equal(verdict.nr_reasons, 1);
    assert_true(has_reason(&verdict, "dom0-short"));
    /* What others were promised is not there, building included. */
    add_reservation(&s, 0)->dom0_need_kb = 100 * MIB;
    assert_int_equal(sample_ask(&s, GIB, ABSORB_KB - 100 * MIB, &verdict), 0);
    assert_int_equal(sample_ask(&s, GIB, ABSORB_KB - 100 * MIB + 1, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
}

/* Free is headroom alone, so that all has to be given; the floor is far. */
static void what_dom0_gives_is_what_its_own_side_leaves(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 4 * GIB);
    XLMEM_SET(&s.doms[0], tot_kb, 4 * GIB);
    assert_int_equal(sample_ask(&s, ABSORB_KB - 8, 8, &verdict), 0);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(verdict.plan.steps[0].to_kb, 4 * GIB - (ABSORB_KB - 8));
    assert_int_equal(sample_ask(&s, ABSORB_KB - 7, 8, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_string_equal(
        verdict.reasons[1].text,
        "to come back 0.0 MiB, dom0 can give 960.0 MiB, guests "
        "can give 0.0 MiB: <0.1 MiB are still missing");
    /* Down to its floor, where that is nearer. */
    s.policy.dom0_floor_kb = 4 * GIB - 512 * MIB;
    assert_int_equal(sample_ask(&s, 512 * MIB, 8, &verdict), 0);
    assert_int_equal(sample_ask(&s, 512 * MIB + 1, 8, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
}

static void a_refusal_names_the_side_that_is_short(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    /* Xen's side could be helped; dom0's could not. */
    sample_init(&s, 72 * MIB);
    assert_int_equal(sample_ask(&s, MIB, 2 * GIB, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_true(has_reason(&verdict, "dom0-short"));
    assert_true(has_reason(&verdict, "givers-short"));
    XLMEM_SET(&s.host, free_kb, 73 * MIB);
    assert_int_equal(sample_ask(&s, MIB, 2 * GIB, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.nr_reasons, 1);
    /* What dom0 could give is not 0 because nobody knows it. */
    s.host.dom0.known &= ~XLMEM_FACT_BIT(&s.host.dom0, balloon_target_kb);
    assert_int_equal(sample_ask(&s, 2 * MIB, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_string_equal(
        verdict.reasons[1].text,
        "to come back 0.0 MiB, what dom0 can give is not known, "
        "guests can give 0.0 MiB: 1.0 MiB are still missing");
}

static void infeasible_is_what_no_leaving_domu_would_help(void **state)
{
    const uint64_t most = 64 * GIB - 72 * MIB - 768 * MIB;
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    assert_int_equal(sample_ask(&s, most, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(sample_ask(&s, most + 1, 0, &verdict),
                     XLMEM_ERROR_INFEASIBLE);
    /* It lives below its floor: that is no reason to call it impossible. */
    XLMEM_SET(&s.doms[0], tot_kb, 767 * MIB);
    assert_int_equal(sample_ask(&s, most + MIB, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, total_kb);
    assert_int_equal(sample_ask(&s, UINT64_MAX, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
}

/* ------------------------------------------------------------- building */

#define BUILD_KB (66 * MIB)
#define STAYS_KB (MIB)

static xlmem_reservation *add_builder(sample *s)
{
    xlmem_reservation *res = add_reservation(s, 96 * MIB);

    XLMEM_SET(res, dom0_need_kb, BUILD_KB + STAYS_KB);
    XLMEM_SET(res, dom0_build_kb, BUILD_KB);
    return res;
}

/* A dom0 of 384 MiB, of which 200 are available. */
static void small_init(sample *s)
{
    sample_init(s, 4 * GIB);
    XLMEM_SET(&s->doms[0], tot_kb, 384 * MIB);
    XLMEM_SET(&s->host.dom0, balloon_target_kb, 384 * MIB);
    XLMEM_SET(&s->host.dom0, mem_available_kb, 200 * MIB);
}

static void who_builds_is_waited_for(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    small_init(&s);
    add_builder(&s);
    assert_int_equal(books_of(&s).dom0_absorb_kb, 69 * MIB);
    assert_int_equal(sample_ask(&s, 96 * MIB, 69 * MIB, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT);
    assert_int_equal(sample_ask(&s, 96 * MIB, 69 * MIB + 1, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.dom0_wait_kb, 1);
    assert_int_equal(verdict.plan.nr_steps, 0);
    assert_string_equal(verdict.reasons[0].id, "dom0-building");
    /* Who is refused for what Xen lacks waits for nothing. */
    assert_int_equal(sample_ask(&s, 16 * GIB, 69 * MIB + 1, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.dom0_wait_kb, 0);
    /* It is at its peak: what it took counts twice, and is waited for. */
    XLMEM_SET(&s.host.dom0, mem_available_kb, 134 * MIB);
    assert_int_equal(sample_ask(&s, 96 * MIB, 135 * MIB, &verdict), 0);
    assert_int_equal(verdict.dom0_wait_kb, 132 * MIB);
    assert_int_equal(sample_ask(&s, 96 * MIB, 135 * MIB + 1, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(verdict.dom0_wait_kb, 0);
    assert_string_equal(verdict.reasons[0].id, "dom0-short");
}

/* Its owner may not look again for long; and of its need there are 5 MiB of
 * Xen's structures, which are in no list. */
static void who_was_built_is_not_waited_for(void **state)
{
    xlmem_reservation *res;
    xlmem_dom *dom;
    sample s;

    (void)state;
    small_init(&s);
    res = add_builder(&s);
    dom = add_dom(&s, 1, 91 * MIB);
    XLMEM_SET(res, domid, 1);
    assert_int_equal(books_of(&s).dom0_absorb_kb, 69 * MIB);
    XLMEM_SET(dom, paused, 1);
    assert_int_equal(books_of(&s).dom0_absorb_kb, 69 * MIB);
    XLMEM_SET(dom, paused, 0);
    assert_int_equal(books_of(&s).dom0_absorb_kb, 135 * MIB);
    assert_int_equal(books_of(&s).dom0_building_kb, 0);
}

static void dom0_gives_when_the_others_have_been_built(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB);
    XLMEM_SET(&s.host.dom0, mem_available_kb, (64 + 67 + 10) * MIB);
    add_builder(&s)->need_kb = 0;
    assert_int_equal(sample_ask(&s, 10 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.dom0_wait_kb, 0);
    assert_int_equal(sample_ask(&s, 12 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.dom0_wait_kb, 2 * MIB);
    assert_int_equal(verdict.plan.nr_steps, 1);
    assert_int_equal(sample_ask(&s, (10 + 132) * MIB, 0, &verdict), 0);
    assert_int_equal(sample_ask(&s, (10 + 132) * MIB + 1, 0, &verdict),
                     XLMEM_ERROR_NO_HEADROOM);
}

/* Creates that wait in line: each decides whenever it likes, takes what
 * building takes bit by bit, and goes. */
typedef struct builder {
    bool reserved, done;
    uint64_t taken_kb;
} builder;

#define NR_BUILDERS 8

static void line_up(sample *s, const builder *b, uint64_t available_kb)
{
    size_t i;

    s->host.nr_reservations = 0;
    for (i = 0; i < NR_BUILDERS; i++) {
        if (b[i].reserved && !b[i].done)
            add_builder(s);
        available_kb -= b[i].done ? STAYS_KB : b[i].taken_kb;
    }
    XLMEM_SET(&s->host.dom0, mem_available_kb, available_kb);
}

static void turn(sample *s, builder *b)
{
    xlmem_verdict verdict;

    if (b->reserved) {
        b->taken_kb += test_between(0, BUILD_KB + STAYS_KB - b->taken_kb);
        b->done = !test_between(0, 3);
        return;
    }
    assert_int_equal(sample_ask(s, 96 * MIB, BUILD_KB + STAYS_KB, &verdict),
                     0);
    b->reserved = verdict.kind == XLMEM_ADMIT;
}

static void creates_in_line_starve_nobody_and_all_are_built(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 300; i++) {
        builder b[NR_BUILDERS] = {{false, false, 0}};
        int turns = 0, left = NR_BUILDERS;
        sample s;

        while (left) {
            builder *one = &b[test_between(0, NR_BUILDERS - 1)];

            assert_true(++turns < 5000);
            small_init(&s);
            line_up(&s, b, 200 * MIB);
            assert_true(s.host.dom0.mem_available_kb >= 64 * MIB);
            if (one->done)
                continue;
            turn(&s, one);
            left -= one->done;
        }
    }
}

static xlmem_need need_of(xlmem_dom_type type, uint64_t memory_kb,
                          const uint64_t *kernel_kb)
{
    xlmem_need_request request = {.type = type};
    xlmem_need need;
    xlmem_host host;

    xlmem_host_init(&host);
    XLMEM_SET(&request, memory_kb, memory_kb);
    if (kernel_kb)
        XLMEM_SET(&request, kernel_kb, *kernel_kb);
    assert_int_equal(xlmem_need_of(&host, &request, &need), 0);
    return need;
}

static void building_is_charged_by_the_kernel_it_unpacks(void **state)
{
    const uint64_t tiny = 0, debian = 64361;

    (void)state;
    assert_int_equal(need_of(XLMEM_DOM_PVH, GIB, &tiny).dom0_build_kb, MIB);
    assert_int_equal(need_of(XLMEM_DOM_PVH, GIB, &debian).dom0_build_kb,
                     MIB + 64361);
    assert_int_equal(need_of(XLMEM_DOM_PV, GIB, &debian).dom0_build_kb,
                     3 * MIB + 64361);
    assert_int_equal(need_of(XLMEM_DOM_PVH, GIB, NULL).dom0_build_kb,
                     96 * MIB);
    assert_int_equal(need_of(XLMEM_DOM_HVM, GIB, NULL).dom0_build_kb, MIB);
    /* What was measured: truth.md, the kind build. */
    assert_true(need_of(XLMEM_DOM_PV, 512 * MIB, &debian).dom0_need_kb >=
                66024);
    assert_true(need_of(XLMEM_DOM_PVH, 512 * MIB, &debian).dom0_need_kb >=
                64260);
    assert_true(need_of(XLMEM_DOM_PV, 4 * GIB, &tiny).dom0_need_kb >= 9068);
    assert_true(need_of(XLMEM_DOM_HVM, GIB, NULL).dom0_need_kb >= 13084);
}

TEST_GROUP(admit_dom0)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dom0_that_starves_is_checked_whatever_its_floor_is),
        cmocka_unit_test(the_floor_is_what_dom0_holds_now),
        cmocka_unit_test(
            a_dom0_of_which_nothing_is_known_has_the_least_of_floors),
        cmocka_unit_test(every_dom0_has_a_floor_and_bears_what_meminfo_allows),
        cmocka_unit_test(dom0_bears_its_side_to_the_kilobyte),
        cmocka_unit_test(what_dom0_gives_is_what_its_own_side_leaves),
        cmocka_unit_test(a_refusal_names_the_side_that_is_short),
        cmocka_unit_test(infeasible_is_what_no_leaving_domu_would_help),
        cmocka_unit_test(who_builds_is_waited_for),
        cmocka_unit_test(who_was_built_is_not_waited_for),
        cmocka_unit_test(dom0_gives_when_the_others_have_been_built),
        cmocka_unit_test(creates_in_line_starve_nobody_and_all_are_built),
        cmocka_unit_test(building_is_charged_by_the_kernel_it_unpacks),
    };

    return test_run(tests, NULL, NULL);
}
