/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is found in one pass over the domains, against plainer ways to it. */
#include "random_host.h"

#include "model/account.h"
#include "model/givers.h"
#include "model/promised.h"

#define NR_MOST 700

/* ------------------------------------------------------------- givers --- */

/* Their places are their order where they give the same. */
static xlmem_dom doms[NR_MOST];

static int by_order(const void *a, const void *b)
{
    const xlmem__giver *x = a, *y = b;

    if (x->give_kb != y->give_kb)
        return x->give_kb < y->give_kb ? 1 : -1;
    return (x->dom > y->dom) - (x->dom < y->dom);
}

/* Of @nr; many or few of them alike, or each more or less than the one before
 * it. */
static void fill(xlmem__giver *all, size_t nr)
{
    const uint64_t most = test_magnitude() % (UINT64_C(1) << 50) + 1;
    const uint64_t way = test_between(0, 3);
    size_t i;

    for (i = 0; i < nr; i++) {
        all[i].dom = &doms[i];
        all[i].give_kb = test_between(1, most);
        if (way == 0)
            all[i].give_kb = i + 1;
        if (way == 1)
            all[i].give_kb = nr - i;
    }
}

static void the_first_to_be_asked_are_kept_in_order(void **state)
{
    static xlmem__giver all[NR_MOST];
    static xlmem__givers givers;
    size_t i, nr;
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 3000; run++) {
        nr = test_between(0, NR_MOST);
        fill(all, nr);
        xlmem__givers_init(&givers);
        for (i = 0; i < nr; i++)
            xlmem__givers_add(&givers, all[i].dom, all[i].give_kb);
        xlmem__givers_sort(&givers);
        qsort(all, nr, sizeof(*all), by_order);
        assert_int_equal(givers.nr,
                         nr < XLMEM_STEPS_MAX ? nr : XLMEM_STEPS_MAX);
        for (i = 0; i < givers.nr; i++) {
            assert_ptr_equal(givers.list[i].dom, all[i].dom);
            assert_true(givers.list[i].give_kb == all[i].give_kb);
        }
    }
}

/* ----------------------------------------------------------- promised --- */

static void who_has_a_reservation_is_told_for_all(void **state)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     63,
                                     64,
                                     XLMEM__PROMISED_BITS - 1,
                                     XLMEM__PROMISED_BITS,
                                     XLMEM__PROMISED_BITS + 1,
                                     XLMEM__PROMISED_BITS + 64,
                                     UINT64_MAX};
    xlmem_reservation reservations[3];
    xlmem_host host = {.reservations = reservations};
    xlmem__promised set;
    xlmem_dom dom;
    size_t i;
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 2000; run++) {
        host.nr_reservations = test_between(0, ARRAY_SIZE(reservations));
        memset(reservations, 0, sizeof(reservations));
        for (i = 0; i < host.nr_reservations; i++)
            if (coin())
                XLMEM_SET(&reservations[i], domid,
                          edges[test_between(0, ARRAY_SIZE(edges) - 1)]);
        xlmem__promised_of(&host, &set);
        for (i = 0; i < ARRAY_SIZE(edges); i++) {
            memset(&dom, 0, sizeof(dom));
            XLMEM_SET(&dom, domid, edges[i]);
            assert_int_equal(xlmem__promised_has(&set, &dom),
                             xlmem__is_promised(&host, &dom));
        }
    }
}

/* ----------------------------------------------------------- suspects --- */

/* One whose state matters, with quantities near to each other. */
static void likely_dom(xlmem_dom *dom)
{
    XLMEM_SET(dom, vcpus, test_between(0, 1));
    XLMEM_SET(dom, outstanding_kb, test_between(0, 1) * 1024);
    XLMEM_SET(dom, tot_kb, test_between(0, 4) * 1024);
    XLMEM_SET(dom, maxmem_kb, dom->tot_kb + test_between(0, 5) * 1024);
    XLMEM_SET(dom, paused, coin());
    XLMEM_SET(dom, dying, !test_between(0, 4));
    XLMEM_SET(dom, shutdown, !test_between(0, 4));
    dom->set_aside = !test_between(0, 4);
}

static void who_is_passed_over_would_not_be_named(void **state)
{
    xlmem_policy policy;
    int run;

    (void)state;
    test_seed();
    xlmem_policy_init(&policy);
    for (run = 0; run < 5000; run++) {
        xlmem__suspects all = {.set_aside = false};
        xlmem__survey survey;
        xlmem_account account;
        xlmem_host host;
        size_t i;

        random_host(&host);
        XLMEM_SET(&host, free_kb, 0);
        XLMEM_SET(&host, domains_listed, 1);
        for (i = 0; i < host.nr_doms; i++)
            if (coin())
                likely_dom(&host.doms[i]);
        for (i = 0; i < host.nr_reservations; i++)
            if (coin())
                XLMEM_SET(&host.reservations[i], domid, test_between(0, 12));
        assert_int_equal(
            xlmem__account_with(&host, &policy, &account, &survey), 0);
        for (i = 0; i < host.nr_doms; i++)
            xlmem__suspects_add(&all, &host.doms[i],
                                xlmem__is_promised(&host, &host.doms[i]),
                                xlmem__growth_kb(&host, &host.doms[i]));
        assert_int_equal(all.set_aside, survey.suspects.set_aside);
        assert_ptr_equal(all.unbuilt, survey.suspects.unbuilt);
        assert_ptr_equal(all.grower, survey.suspects.grower);
        xlmem_host_dispose(&host);
    }
}

TEST_GROUP(survey)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_to_be_asked_are_kept_in_order),
        cmocka_unit_test(who_has_a_reservation_is_told_for_all),
        cmocka_unit_test(who_is_passed_over_would_not_be_named),
    };

    return test_run(tests, NULL, NULL);
}
