/* SPDX-License-Identifier: LGPL-2.1-only */
/* A list of domUs that start one after another. */
#include "same_host.h"
#include "sample_host.h"

#include "model/starts.h"

#define NR_MAX 60

static const char *const names[] = {"web", "db", "mail", "", NULL};

/* A host of its own memory, since domains are added. */
static void copy_host(const xlmem_host *from, xlmem_host *to)
{
    *to = *from;
    to->doms = calloc(from->nr_doms, sizeof(*to->doms));
    to->reservations =
        calloc(from->nr_reservations + 1, sizeof(*to->reservations));
    assert_non_null(to->doms);
    assert_non_null(to->reservations);
    memcpy(to->doms, from->doms, from->nr_doms * sizeof(*to->doms));
    memcpy(to->reservations, from->reservations,
           from->nr_reservations * sizeof(*to->reservations));
}

/* Small ones, so that a host takes many, and plans are made by the way. */
static xlmem_startup random_startup(void)
{
    xlmem_startup one = {.saved = !test_between(0, 3)};

    one.name = names[test_between(0, ARRAY_SIZE(names) - 1)];
    if (test_between(0, 1))
        one.name = NULL;
    if (!test_between(0, 9))
        one.rc = XLMEM_ERROR_PARSE;
    one.start.request.type =
        (xlmem_dom_type)test_between(XLMEM_DOM_UNKNOWN, XLMEM_DOM_PVH);
    XLMEM_SET(&one.start.request, memory_kb, test_between(1, 600) * MIB);
    XLMEM_SET(&one.start.request, vcpus, test_between(1, 8));
    if (!test_between(0, 9))
        XLMEM_SET(&one.start.request, memory_kb, test_magnitude());
    if (test_between(0, 1))
        XLMEM_SET(&one.start, dynamic_min_kb, test_between(0, 600) * MIB);
    if (test_between(0, 1))
        XLMEM_SET(&one.start, growth_kb, test_between(0, 64) * MIB);
    return one;
}

/* By looking at all before it. */
static bool is_passed_over(const xlmem_startup *list, size_t at,
                           xlmem_startup_state *state_r)
{
    const char *name = list[at].name;
    size_t i;

    for (i = 0; name && *name && i < at; i++) {
        const bool up = list[i].state == XLMEM_STARTUP_UP;

        if (!list[i].name || strcmp(list[i].name, name) ||
            (!up && !list[i].saved))
            continue;
        *state_r = !up             ? XLMEM_STARTUP_NOT_RESTORED
                   : list[i].saved ? XLMEM_STARTUP_RESTORED
                                   : XLMEM_STARTUP_RUNS;
        return true;
    }
    return false;
}

/* One by one, as xlmem__start_domu says. */
static void start_each(xlmem_host *host, const xlmem_policy *policy,
                       xlmem_startup *list, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem_startup *one = &list[i];
        int rc = one->rc;

        one->state = XLMEM_STARTUP_UNKNOWN;
        if (rc || is_passed_over(list, i, &one->state))
            continue;
        rc = xlmem__start_domu(host, policy, &one->start);
        assert_int_not_equal(rc, XLMEM_ERROR_NOMEM);
        if (!rc)
            one->state = XLMEM_STARTUP_UP;
        else if (xlmem_is_refusal(rc))
            one->state = XLMEM_STARTUP_DOWN;
        else
            one->rc = rc;
    }
}

static void check_same(const xlmem_startup *a, const xlmem_startup *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->rc, b->rc);
    assert_int_equal(a->start.kind, b->start.kind);
    assert_int_equal(a->start.known, b->start.known);
    assert_int_equal(a->start.need_kb, b->start.need_kb);
    assert_int_equal(a->start.usable_kb, b->start.usable_kb);
    assert_int_equal(a->start.short_kb, b->start.short_kb);
    assert_int_equal(a->start.dom0_need_kb, b->start.dom0_need_kb);
    assert_int_equal(a->start.dom0_spare_kb, b->start.dom0_spare_kb);
}

static void check_sum(const xlmem_startup *list, size_t nr,
                      const xlmem_startup_sum *sum)
{
    size_t i, up = 0, down = 0, plans = 0;

    for (i = 0; i < nr; i++) {
        const bool fails = list[i].state == XLMEM_STARTUP_DOWN ||
                           list[i].state == XLMEM_STARTUP_UNKNOWN;

        if (fails && !down)
            assert_int_equal(sum->first_down, i);
        down += fails;
        up += list[i].state == XLMEM_STARTUP_UP;
        plans += list[i].state == XLMEM_STARTUP_UP &&
                 list[i].start.kind == XLMEM_ADMIT_AFTER_PLAN;
    }
    assert_int_equal(sum->nr_up, up);
    assert_int_equal(sum->nr_down, down);
    assert_int_equal(sum->nr_plans, plans);
    assert_int_equal(xlmem_startups_verdict(sum), down ? XLMEM_REFUSE
                                                  : plans
                                                      ? XLMEM_ADMIT_AFTER_PLAN
                                                      : XLMEM_ADMIT);
}

static void who_does_not_start_says_why(void **state)
{
    const struct {
        xlmem_startup_state state;
        const char *why;
    } rows[] = {
        {XLMEM_STARTUP_UP, ""},
        {XLMEM_STARTUP_DOWN, "Xen has too little"},
        {XLMEM_STARTUP_UNKNOWN, "what it needs is not known: malformed text"},
        {XLMEM_STARTUP_RUNS, "it runs already"},
        {XLMEM_STARTUP_RESTORED, "it has been restored"},
        {XLMEM_STARTUP_NOT_RESTORED, "its image is not restored"},
    };
    xlmem_startup one = {.rc = XLMEM_ERROR_PARSE};
    char why[128];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        one.state = rows[i].state;
        assert_string_equal(xlmem_startup_why(&one, why, sizeof(why)),
                            rows[i].why);
    }
    one.state = XLMEM_STARTUP_DOWN;
    XLMEM_SET(&one.start, dom0_need_kb, 2 * MIB);
    XLMEM_SET(&one.start, dom0_spare_kb, 2 * MIB);
    assert_string_equal(xlmem_startup_why(&one, why, sizeof(why)),
                        "Xen has too little");
    XLMEM_SET(&one.start, dom0_spare_kb, 2 * MIB - 4);
    assert_string_equal(xlmem_startup_why(&one, why, sizeof(why)),
                        "dom0 can spare 2.0 MiB");
}

/* Xen has memory for it, and dom0 has none. */
static void a_starving_dom0_is_told_apart(void **state)
{
    xlmem_startup one = {.name = "web"};
    xlmem_startup_sum sum;
    xlmem_host host;
    sample s;

    (void)state;
    sample_init(&s, 8 * GIB);
    XLMEM_SET(&s.host.dom0, mem_available_kb, 0);
    copy_host(&s.host, &host);
    one.start.request.type = XLMEM_DOM_HVM;
    XLMEM_SET(&one.start.request, memory_kb, GIB);
    XLMEM_SET(&one.start.request, vcpus, 1);
    assert_int_equal(xlmem_start_all(&host, &s.policy, &one, 1, &sum), 0);
    assert_int_equal(sum.nr_down, 1);
    assert_int_equal(sum.nr_dom0_short, 1);
    free(host.doms);
    free(host.reservations);
}

/* In one pass what it is one by one, plans and all, to the last kB. */
static void a_list_is_one_after_another(void **state)
{
    size_t run, plans = 0, skipped = 0;

    (void)state;
    test_seed();
    for (run = 0; run < 1000; run++) {
        xlmem_startup list[NR_MAX], each[NR_MAX];
        const size_t nr = test_between(0, NR_MAX);
        xlmem_host host, again;
        xlmem_startup_sum sum;
        xlmem_account left;
        sample s;
        size_t i;

        random_sample(&s);
        copy_host(&s.host, &host);
        copy_host(&s.host, &again);
        for (i = 0; i < nr; i++)
            list[i] = each[i] = random_startup();
        assert_int_equal(xlmem_start_all(&host, &s.policy, list, nr, &sum), 0);
        start_each(&again, &s.policy, each, nr);
        for (i = 0; i < nr; i++) {
            check_same(&list[i], &each[i]);
            skipped += list[i].state >= XLMEM_STARTUP_RUNS;
        }
        check_sum(each, nr, &sum);
        plans += sum.nr_plans;
        assert_int_equal(host.free_kb, again.free_kb);
        same_dom0(&host.dom0, &again.dom0);
        same_doms(&host, &again);
        assert_int_equal(xlmem_account_of(&again, &s.policy, &left), 0);
        assert_memory_equal(&sum.left, &left, sizeof(left));
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&again);
    }
    /* What it is about has been there: 62 plans in 400 runs, and 13 once in
     * 200 seeds. */
    assert_true(plans > 10 && skipped > 20);
}

static void a_name_starts_once(void **state)
{
    xlmem_startup list[6] = {
        {.name = "a", .saved = true},
        {.name = "b", .saved = true},
        {.name = "a"},
        {.name = "b"},
        {.name = "c"},
        {.name = "c"},
    };
    static const xlmem_startup_state states[] = {
        XLMEM_STARTUP_UP,           XLMEM_STARTUP_DOWN, XLMEM_STARTUP_RESTORED,
        XLMEM_STARTUP_NOT_RESTORED, XLMEM_STARTUP_UP,   XLMEM_STARTUP_RUNS,
    };
    xlmem_startup_sum sum;
    xlmem_host host;
    sample s;
    size_t i;

    (void)state;
    sample_init(&s, 2 * GIB);
    copy_host(&s.host, &host);
    for (i = 0; i < 6; i++) {
        list[i].start.request.type = XLMEM_DOM_PVH;
        XLMEM_SET(&list[i].start.request, memory_kb, 256 * MIB);
    }
    XLMEM_SET(&list[1].start.request, memory_kb, 32 * GIB);
    assert_int_equal(xlmem_start_all(&host, &s.policy, list, 6, &sum), 0);
    for (i = 0; i < 6; i++)
        assert_int_equal(list[i].state, states[i]);
    assert_int_equal(sum.nr_up, 2);
    assert_int_equal(sum.nr_down, 1);
    assert_int_equal(sum.first_down, 1);
    assert_int_equal(host.nr_doms, 3);
    xlmem_host_dispose(&host);
}

static void of_an_unknown_host_nothing_is_said(void **state)
{
    xlmem_startup one = {.name = "a", .state = XLMEM_STARTUP_RUNS};
    xlmem_startup_sum sum = {.nr_up = 7};
    sample s;

    (void)state;
    sample_init(&s, GIB);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, free_kb);
    assert_int_equal(xlmem_start_all(&s.host, &s.policy, &one, 1, &sum),
                     XLMEM_ERROR_UNKNOWN);
    assert_int_equal(sum.nr_up, 7);
}

TEST_GROUP(start_all)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_one_after_another),
        cmocka_unit_test(who_does_not_start_says_why),
        cmocka_unit_test(a_starving_dom0_is_told_apart),
        cmocka_unit_test(a_name_starts_once),
        cmocka_unit_test(of_an_unknown_host_nothing_is_said),
    };

    return test_run(tests, NULL, NULL);
}
