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
    assert_string_equal(verdict.reasons[0].code, "dom0-short");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dom0_that_starves_is_checked_whatever_its_floor_is),
        cmocka_unit_test(the_floor_is_what_dom0_holds_now),
        cmocka_unit_test(
            a_dom0_of_which_nothing_is_known_has_the_least_of_floors),
        cmocka_unit_test(every_dom0_has_a_floor_and_bears_what_meminfo_allows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
