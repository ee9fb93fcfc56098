/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who is named when there is too little, and who is taken for half-built. */
#include "test.h"

#include "model/finding.h"
#include "private/all.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

static xlmem_host host;
static xlmem_dom doms[4];
static xlmem_reservation promise;
static xlmem_policy policy;

/* 8 GiB: dom0 of 1 GiB that gives nothing, a domU of 1 GiB, and 5 GiB free. */
static int set_up(void **state)
{
    size_t i;

    (void)state;
    xlmem_host_init(&host);
    memset(doms, 0, sizeof(doms));
    for (i = 0; i < 2; i++) {
        XLMEM_SET(&doms[i], domid, 7 * i);
        XLMEM_SET(&doms[i], tot_kb, GIB);
        XLMEM_SET(&doms[i], maxmem_kb, GIB + MIB);
        XLMEM_SET(&doms[i], outstanding_kb, 0);
        XLMEM_SET(&doms[i], vcpus, 1);
    }
    host.doms = doms;
    host.nr_doms = 2;
    XLMEM_SET(&host, domains_listed, 1);
    XLMEM_SET(&host, free_kb, 5 * GIB);
    XLMEM_SET(&host, total_kb, 8 * GIB);
    XLMEM_SET(&host.dom0, balloon_target_kb, GIB);
    XLMEM_SET(&host.dom0, mem_total_kb, GIB);
    XLMEM_SET(&host.dom0, mem_available_kb, GIB / 2);
    xlmem_policy_init(&policy);
    policy.dom0_floor_kb = GIB;
    promise = (xlmem_reservation){.known = 0};
    XLMEM_SET(&promise, need_kb, GIB);
    XLMEM_SET(&promise, domid, 7);
    return 0;
}

static const char *reason(const xlmem_verdict *verdict, const char *code)
{
    size_t i;

    for (i = 0; i < verdict->nr_reasons; i++)
        if (!strcmp(verdict->reasons[i].id, code))
            return verdict->reasons[i].text;
    return NULL;
}

static xlmem_verdict refused(uint64_t need_kb)
{
    xlmem_verdict verdict;

    assert_true(xlmem_admit(&host, &policy, need_kb, 0, &verdict) < 0);
    return verdict;
}

static void leave_half_built(uint64_t kb, uint64_t maxmem_kb)
{
    XLMEM_SET(&doms[1], tot_kb, kb);
    XLMEM_SET(&doms[1], maxmem_kb, maxmem_kb);
    XLMEM_SET(&doms[1], vcpus, 0);
    XLMEM_SET(&doms[1], paused, 1);
}

/* ------------------------------------------------------- half-built --- */

static void half_built_is_what_never_ran_and_lacks_memory(void **state)
{
    (void)state;
    assert_false(xlmem_dom_is_unbuilt(&host, &doms[0]));
    assert_false(xlmem_dom_is_unbuilt(&host, &doms[1]));
    leave_half_built(64 * MIB, GIB + MIB);
    assert_true(xlmem_dom_is_unbuilt(&host, &doms[1]));
    /* dom0 is nobody's to build. */
    doms[1].domid = 0;
    assert_false(xlmem_dom_is_unbuilt(&host, &doms[1]));
}

/* To the kilobyte: what libxl leaves beyond the target, and 1 MiB more. */
static void one_that_has_its_memory_is_built(void **state)
{
    (void)state;
    leave_half_built(GIB - MIB, GIB + MIB);
    assert_false(xlmem_dom_is_unbuilt(&host, &doms[1]));
    doms[1].tot_kb -= 4;
    assert_true(xlmem_dom_is_unbuilt(&host, &doms[1]));
}

#define NOT_UNBUILT(field, value)                                             \
    do {                                                                      \
        leave_half_built(0, GIB);                                             \
        assert_true(xlmem_dom_is_unbuilt(&host, &doms[1]));                   \
        XLMEM_SET(&doms[1], field, value);                                    \
        assert_false(xlmem_dom_is_unbuilt(&host, &doms[1]));                  \
        set_up(NULL);                                                         \
    } while (0)

#define NOT_WITHOUT(field)                                                    \
    do {                                                                      \
        leave_half_built(0, GIB);                                             \
        doms[1].known &= ~XLMEM_FACT_BIT(&doms[1], field);                    \
        doms[1].field = 0;                                                    \
        assert_false(xlmem_dom_is_unbuilt(&host, &doms[1]));                  \
        set_up(NULL);                                                         \
    } while (0)

static void what_runs_or_dies_or_is_being_built_is_not_half_built(void **state)
{
    (void)state;
    NOT_UNBUILT(paused, 0);
    NOT_UNBUILT(dying, 1);
    NOT_UNBUILT(shutdown, 1);
    NOT_UNBUILT(vcpus, 1);
    NOT_UNBUILT(outstanding_kb, 4);
    NOT_WITHOUT(vcpus);
    NOT_WITHOUT(outstanding_kb);
    NOT_WITHOUT(maxmem_kb);
    leave_half_built(0, GIB);
    host.reservations = &promise;
    host.nr_reservations = 1;
    assert_false(xlmem_dom_is_unbuilt(&host, &doms[1]));
    promise.domid = 8;
    assert_true(xlmem_dom_is_unbuilt(&host, &doms[1]));
}

static void a_half_built_domain_is_named_when_it_would_be_enough(void **state)
{
    xlmem_verdict verdict;

    (void)state;
    leave_half_built(64 * MIB, 3 * GIB);
    verdict = refused(4 * GIB);
    assert_non_null(strstr(reason(&verdict, "half-built"),
                           "if nobody is building it (restore, migration, "
                           "MEMGUARD=off): xl destroy 7"));
    assert_non_null(strstr(reason(&verdict, "half-built"), "holds 64.0 MiB"));
    assert_null(reason(&verdict, "growth"));
    verdict = refused(7 * GIB);
    assert_null(reason(&verdict, "half-built"));
    /* A claim is kept by Xen for as long as it is there. */
    XLMEM_SET(&doms[1], outstanding_kb, 2 * GIB);
    XLMEM_SET(&host, outstanding_kb, 2 * GIB);
    verdict = refused(4 * GIB);
    assert_non_null(reason(&verdict, "half-built"));
}

static void what_was_set_aside_is_named_and_not_counted(void **state)
{
    xlmem_verdict verdict;

    (void)state;
    leave_half_built(64 * MIB, 7 * GIB);
    doms[1].set_aside = true;
    verdict = refused(5 * GIB);
    assert_non_null(strstr(reason(&verdict, "half-built"),
                           "7 (64.0 MiB); if nobody is building it (restore, "
                           "migration, MEMGUARD=off): xl destroy 7"));
    assert_int_equal(verdict.short_kb, 72 * MIB);
    assert_int_equal(verdict.missing_kb, 72 * MIB);

    set_up(NULL);
    XLMEM_SET(&doms[1], dying, 1);
    XLMEM_SET(&doms[1], tot_kb, 8);
    doms[1].set_aside = true;
    verdict = refused(5 * GIB);
    assert_non_null(strstr(reason(&verdict, "dying"), "domain 7 (<0.1 MiB)"));
    assert_int_equal(verdict.wait_kb, 0);

    set_up(NULL);
    doms[1].set_aside = true;
    verdict = refused(5 * GIB);
    assert_non_null(
        strstr(reason(&verdict, "not-following"), "domain 7 (1024.0 MiB)"));
}

static void more_than_fit_a_reason_are_others(void **state)
{
    static xlmem_dom many[41];
    xlmem_verdict verdict;
    size_t i;

    (void)state;
    many[0] = doms[0];
    for (i = 1; i < 41; i++) {
        many[i] = doms[1];
        many[i].domid = 30000 + i;
        XLMEM_SET(&many[i], dying, 1);
        many[i].set_aside = true;
    }
    host.doms = many;
    host.nr_doms = 41;
    verdict = refused(5 * GIB);
    assert_non_null(strstr(reason(&verdict, "dying"), "domains 30001"));
    assert_non_null(strstr(reason(&verdict, "dying"), " and others"));
}

/* ----------------------------------------------------------- growth --- */

/* `xl mem-max 7 4096`: 3 GiB are kept for it. */
static void whose_maximum_was_raised_is_named_with_the_cure(void **state)
{
    xlmem_verdict verdict;

    (void)state;
    XLMEM_SET(&doms[1], target_kb, GIB - 100);
    XLMEM_SET(&doms[1], maxmem_kb, 4 * GIB);
    verdict = refused(4 * GIB);
    assert_non_null(
        strstr(reason(&verdict, "growth"), "may take 3072.0 MiB more"));
    assert_non_null(strstr(reason(&verdict, "growth"), "xl mem-max 7 1024m"));
    /* Not where that would not be enough: at the kilobyte. */
    verdict = refused(5 * GIB - 72 * MIB - 2 * MIB);
    assert_non_null(reason(&verdict, "growth"));
    verdict = refused(5 * GIB - 72 * MIB - 2 * MIB + 1);
    assert_null(reason(&verdict, "growth"));
    /* Nor one that somebody builds with that. */
    host.reservations = &promise;
    host.nr_reservations = 1;
    verdict = refused(4 * GIB);
    assert_null(reason(&verdict, "growth"));
}

/* libxl refuses a maximum below the target. */
static void the_cure_is_not_below_the_target(void **state)
{
    xlmem_verdict verdict;

    (void)state;
    XLMEM_SET(&doms[1], target_kb, GIB + 100 * MIB + 1);
    XLMEM_SET(&doms[1], maxmem_kb, 4 * GIB);
    verdict = refused(4 * GIB);
    assert_non_null(strstr(reason(&verdict, "growth"), "xl mem-max 7 1125m"));
}

static void a_plan_that_suffices_blames_nobody(void **state)
{
    xlmem_verdict verdict;

    (void)state;
    XLMEM_SET(&doms[1], maxmem_kb, 4 * GIB);
    XLMEM_SET(&host.dom0, balloon_target_kb, 4 * GIB);
    XLMEM_SET(&host.dom0, mem_available_kb, 4 * GIB);
    XLMEM_SET(&host.dom0, mem_total_kb, 4 * GIB);
    doms[0].tot_kb = 4 * GIB;
    assert_int_equal(xlmem_admit(&host, &policy, 4 * GIB, 0, &verdict), 0);
    assert_int_equal(verdict.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(verdict.missing_kb, 0);
    assert_null(reason(&verdict, "growth"));
}

static void sizes_are_said_in_tenths_of_a_mib(void **state)
{
    (void)state;
    assert_string_equal(xlmem__mib_of(0).text, "0.0 MiB");
    assert_string_equal(xlmem__mib_of(8).text, "<0.1 MiB");
    assert_string_equal(xlmem__mib_of(52).text, "0.1 MiB");
    assert_string_equal(xlmem__mib_of(1536).text, "1.5 MiB");
    assert_string_equal(xlmem__mib_of(1024 * 1024 - 1).text, "1024.0 MiB");
}

/* One look does not tell whether it comes. */
static void whose_memory_is_waited_for_is_named(void **state)
{
    xlmem_verdict verdict;

    (void)state;
    XLMEM_SET(&doms[1], target_kb, doms[1].tot_kb - 300 * MIB);
    XLMEM_SET(&doms[1], maxmem_kb, doms[1].tot_kb - 299 * MIB);
    assert_int_equal(
        xlmem_admit(&host, &policy, host.free_kb - 71 * MIB, 0, &verdict), 0);
    assert_int_equal(verdict.wait_kb, MIB);
    assert_string_equal(reason(&verdict, "coming"),
                        "asked for and not given yet: domain 7 (300.0 MiB)");
    /* Nobody waits for what has been set aside, nor where it fits as it is. */
    doms[1].set_aside = true;
    verdict = refused(host.free_kb + 3 * GIB);
    assert_null(reason(&verdict, "coming"));
    doms[1].set_aside = false;
    assert_int_equal(
        xlmem_admit(&host, &policy, host.free_kb - 72 * MIB, 0, &verdict), 0);
    assert_null(reason(&verdict, "coming"));
    XLMEM_SET(&doms[1], dying, 1);
    assert_int_equal(
        xlmem_admit(&host, &policy, host.free_kb - 71 * MIB, 0, &verdict), 0);
    assert_string_equal(reason(&verdict, "coming"),
                        "dying and not gone yet: domain 7 (1024.0 MiB)");
}

TEST_GROUP(blame)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(half_built_is_what_never_ran_and_lacks_memory,
                               set_up),
        cmocka_unit_test_setup(one_that_has_its_memory_is_built, set_up),
        cmocka_unit_test_setup(
            what_runs_or_dies_or_is_being_built_is_not_half_built, set_up),
        cmocka_unit_test_setup(
            a_half_built_domain_is_named_when_it_would_be_enough, set_up),
        cmocka_unit_test_setup(what_was_set_aside_is_named_and_not_counted,
                               set_up),
        cmocka_unit_test_setup(more_than_fit_a_reason_are_others, set_up),
        cmocka_unit_test_setup(whose_maximum_was_raised_is_named_with_the_cure,
                               set_up),
        cmocka_unit_test_setup(the_cure_is_not_below_the_target, set_up),
        cmocka_unit_test_setup(a_plan_that_suffices_blames_nobody, set_up),
        cmocka_unit_test_setup(whose_memory_is_waited_for_is_named, set_up),
        cmocka_unit_test(sizes_are_said_in_tenths_of_a_mib),
    };

    return test_run(tests, NULL, NULL);
}
