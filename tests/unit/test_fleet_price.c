/* SPDX-License-Identifier: LGPL-2.1-only */
/* A fleet's numbers are those that admission decides by. */
#include "sample_host.h"

#include "private/advice.h"
#include "model/fleet/fleet.h"
#include "model/starts.h"

static void sum_of(const sample *s, xlmem_account *account,
                   xlmem_fleet_sum *sum)
{
    assert_int_equal(xlmem_account_of(&s->host, &s->policy, account), 0);
    assert_int_equal(xlmem_fleet_sum_of(&s->host, &s->policy, account, sum),
                     0);
}

static int price_of(const xlmem_host *from, const xlmem_dom *dom,
                    const sample *to, xlmem_fleet_price *price)
{
    const xlmem_fleet_domu domu = xlmem_fleet_domu_of(from, dom);

    return xlmem_fleet_price_of(&domu, &to->host, &to->policy, price);
}

/* Domains that hold what they may have, and nothing reserved. */
static void plain_sample(sample *s)
{
    uint64_t i, n = test_between(0, 20);

    sample_init(s, test_between(80 * MIB, 8 * GIB));
    s->policy.dom0_reserve_kb = test_between(0, 200) * MIB;
    for (i = 1; i <= n; i++)
        add_dom(s, i, test_between(16, 2048) * MIB);
}

static void test_capacity_less_needs_is_usable(void **state)
{
    xlmem_account account;
    xlmem_fleet_sum sum;
    size_t i, d;
    sample s;

    (void)state;
    test_seed();
    for (i = 0; i < 3000; i++) {
        uint64_t needs = 0, mib = 0;

        plain_sample(&s);
        sum_of(&s, &account, &sum);
        for (d = 1; d < s.host.nr_doms; d++) {
            xlmem_fleet_price price;

            assert_int_equal(price_of(&s.host, &s.host.doms[d], &s, &price),
                             0);
            needs += price.stays_kb[XLMEM_FLEET_XEN];
            mib += (price.stays_kb[XLMEM_FLEET_XEN] + MIB - 1) / MIB;
        }
        assert_int_equal(sum.capacity_kb + sum.deficit_kb - needs,
                         account.usable_kb);
        if (!sum.deficit_kb)
            assert_int_equal(sum.capacity_mib - mib, account.usable_kb / MIB);
        assert_int_equal(sum.nr_domus, s.host.nr_doms - 1);
    }
}

/* One that goes gives back its need, and capacity stays what it was. */
static void test_capacity_stays_when_one_goes(void **state)
{
    xlmem_account account;
    xlmem_fleet_sum before, after;
    size_t i;
    sample s;

    (void)state;
    test_seed();
    for (i = 0; i < 3000; i++) {
        plain_sample(&s);
        if (s.host.nr_doms < 2)
            continue;
        sum_of(&s, &account, &before);
        xlmem_host_end_domu(&s.host, test_between(1, s.host.nr_doms - 1));
        sum_of(&s, &account, &after);
        assert_int_equal(before.capacity_kb, after.capacity_kb);
        assert_int_equal(after.nr_domus, before.nr_domus - 1);
        assert_true(after.need_kb < before.need_kb);
    }
}

static void settle_start(sample *s, const xlmem_dom *dom, uint64_t *dom0_kb_r)
{
    xlmem_start list[NR_DOMS];
    sample from;

    sample_init(&from, GIB);
    from.doms[from.host.nr_doms++] = *dom;
    assert_int_equal(xlmem_starts_of(&from.host, &s->host, list), 1);
    assert_int_equal(xlmem__start_domu(&s->host, &s->policy, &list[0]), 0);
    *dom0_kb_r = list[0].dom0_need_kb;
}

/* One that comes takes its price, and not a kB more or less: on both sides,
 * and what building takes of dom0 comes back. */
static void test_price_is_what_a_start_takes(void **state)
{
    size_t i;
    sample s;

    (void)state;
    test_seed();
    for (i = 0; i < 2000; i++) {
        xlmem_account before, after;
        xlmem_fleet_price price;
        xlmem_fleet_sum sum;
        xlmem_host copy;
        sample other;
        uint64_t dom0_kb;

        plain_sample(&s);
        s.policy.dom0_reserve_kb = 0;
        XLMEM_SET(&s.host, free_kb, 16 * GIB);
        sample_init(&other, GIB);
        add_dom(&other, 1, test_between(16, 2048) * MIB);
        assert_int_equal(price_of(&other.host, &other.doms[1], &s, &price), 0);
        sum_of(&s, &before, &sum);
        /* It grows a list of its own. */
        copy = s.host;
        copy.doms = malloc(NR_DOMS * sizeof(*copy.doms));
        assert_non_null(copy.doms);
        memcpy(copy.doms, s.doms, s.host.nr_doms * sizeof(*copy.doms));
        s.host = copy;
        settle_start(&s, &other.doms[1], &dom0_kb);
        assert_int_equal(xlmem_account_of(&s.host, &s.policy, &after), 0);
        assert_int_equal(before.usable_kb - after.usable_kb,
                         price.stays_kb[XLMEM_FLEET_XEN]);
        assert_int_equal(before.dom0_absorb_kb - after.dom0_absorb_kb,
                         price.stays_kb[XLMEM_FLEET_DOM0]);
        assert_int_equal(dom0_kb, price.stays_kb[XLMEM_FLEET_DOM0] +
                                      price.peak_kb[XLMEM_FLEET_DOM0]);
        free(s.host.doms);
    }
}

/* A headroom that is broken is no room, and capacity says so. */
static void test_deficit(void **state)
{
    xlmem_account account;
    xlmem_fleet_gap gap;
    xlmem_fleet_sum sum;
    sample s;

    (void)state;
    sample_init(&s, 40 * MIB);
    add_dom(&s, 1, GIB);
    sum_of(&s, &account, &sum);
    assert_int_equal(sum.usable_kb, 0);
    assert_int_equal(sum.deficit_kb, 33 * MIB);
    assert_int_equal(sum.capacity_kb, sum.need_kb - 33 * MIB);
    xlmem_fleet_gap_of(&account, &gap);
    assert_int_equal(gap.room_kb[XLMEM_FLEET_XEN], 39 * MIB);
    assert_true(gap.room_kb[XLMEM_FLEET_XEN] < gap.peak_kb[XLMEM_FLEET_XEN]);
}

static void test_unknown_is_said(void **state)
{
    xlmem_account account;
    xlmem_fleet_sum sum;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    add_dom(&s, 1, GIB)->known = 0;
    XLMEM_SET(&s.doms[1], domid, 1);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_int_equal(xlmem_fleet_sum_of(&s.host, &s.policy, &account, &sum),
                     XLMEM_ERROR_UNKNOWN);
}

/* dom0's memory not known: it does not limit. */
static void test_dom0_not_known(void **state)
{
    xlmem_account account;
    xlmem_fleet_gap gap;
    xlmem_fleet_sum sum;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    s.host.dom0.known = 0;
    sum_of(&s, &account, &sum);
    assert_false(XLMEM_KNOWS(&sum, dom0_kb));
    xlmem_fleet_gap_of(&account, &gap);
    assert_int_equal(gap.room_kb[XLMEM_FLEET_DOM0], XLMEM_FLEET_NO_LIMIT);
}

/* A PV domU of 32 GiB keeps its log-dirty memory free where it comes to. */
static void test_pv_brings_headroom(void **state)
{
    xlmem_fleet_price price;
    sample s, to;

    (void)state;
    sample_init(&s, GIB);
    sample_init(&to, 40 * GIB);
    add_dom(&s, 1, 32 * GIB)->type = XLMEM_DOM_PV;
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &price), 0);
    assert_int_equal(price.peak_kb[XLMEM_FLEET_XEN], (32768 + 128) * 4);
    to.policy.xen_headroom_kb = 100 * MIB;
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &price), 0);
    assert_int_equal(price.peak_kb[XLMEM_FLEET_XEN], 0);
}

static bool takes_one(const xlmem_fleet_gap *gap,
                      const xlmem_fleet_price *price)
{
    size_t where = 0, set = 0;
    xlmem_pack pack = {.nr_gaps = 1,
                       .nr_domus = 1,
                       .gaps = gap,
                       .prices = price,
                       .limit = 1000};
    xlmem_pack_answer answer = {.where = &where, .set = &set};
    void *arena = malloc(xlmem_pack_room(1, 1));

    assert_non_null(arena);
    xlmem_pack_find(&pack, arena, &answer);
    free(arena);
    return answer.verdict == XLMEM_PACK_YES;
}

/* With givers counted a gap takes exactly what admission would let start, by a
 * plan or without. */
static void test_givers_are_those_of_a_plan(void **state)
{
    size_t nr[3] = {0}, i;

    (void)state;
    test_seed();
    for (i = 0; i < 5000; i++) {
        xlmem_fleet_price price = {.barred = 0};
        const uint64_t sizes[] = {64 * MIB, GIB, 8 * GIB};
        xlmem_account account;
        xlmem_verdict verdict;
        xlmem_fleet_gap gap;
        sample s;
        int rc;

        random_sample(&s);
        s.policy.xen_headroom_kb = 100 * MIB;
        /* A balloon gives whole pages. */
        s.host.dom0.mem_available_kb &= ~UINT64_C(3);
        assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
        xlmem_fleet_gap_of(&account, &gap);
        xlmem_fleet_add_givers(&s.host, &account, &gap);
        price.stays_kb[XLMEM_FLEET_XEN] =
            4 * test_between(1, sizes[i % ARRAY_SIZE(sizes)] / 4);
        price.stays_kb[XLMEM_FLEET_DOM0] = test_between(0, 500) * MIB;
        rc = sample_ask(&s, price.stays_kb[XLMEM_FLEET_XEN],
                        price.stays_kb[XLMEM_FLEET_DOM0], &verdict);
        /* Those that are being built give dom0's memory back: a create waits
         * for it, nobody counts on it. */
        if (!rc && verdict.dom0_wait_kb)
            continue;
        assert_int_equal(takes_one(&gap, &price), !rc);
        nr[verdict.kind]++;
    }
    for (i = 0; i < ARRAY_SIZE(nr); i++)
        assert_true(nr[i] > 100);
}

static char win[] = "win", win_dm[] = "win-dm", another[] = "another";

/* An HVM domU "win" and a PV domain "win-dm" beside it. */
static void sample_with_stubdom(sample *s)
{
    sample_init(s, GIB);
    add_dom(s, 1, GIB)->type = XLMEM_DOM_HVM;
    add_dom(s, 2, 128 * MIB)->type = XLMEM_DOM_PV;
    s->doms[1].name = win;
    s->doms[2].name = win_dm;
}

/* What is recorded counts, and a name only where nothing is. */
static void test_device_models_domain(void **state)
{
    const struct {
        bool known;
        uint64_t domid;
        bool counts, guess;
    } cases[] = {
        {false, 0, false, true},
        {true, 0, true, false},
        {true, 2, false, false},
        {true, 9, true, false}, /* it has gone */
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        const xlmem_dom *guess;
        sample s;

        sample_with_stubdom(&s);
        if (cases[i].known)
            XLMEM_SET(&s.doms[1], device_model_domid, cases[i].domid);
        assert_int_equal(xlmem_fleet_counts(&s.host, &s.doms[2]),
                         cases[i].counts);
        assert_true(xlmem_fleet_counts(&s.host, &s.doms[1]));
        guess = xlmem_fleet_guess_of(&s.host, &s.doms[1]);
        assert_ptr_equal(guess, cases[i].guess ? &s.doms[2] : NULL);
    }
}

/* Whatever it is called, it is paid for where its domU goes; and where its
 * name is taken its domU does not start. */
static void test_device_models_domain_comes_along(void **state)
{
    xlmem_fleet_price with, without;
    xlmem_fleet_domu domu;
    sample s, to;

    (void)state;
    sample_with_stubdom(&s);
    sample_init(&to, 40 * GIB);
    s.doms[2].name = another;
    XLMEM_SET(&s.doms[1], device_model_domid, 0);
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &without), 0);
    XLMEM_SET(&s.doms[1], device_model_domid, 2);
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &with), 0);
    assert_true(with.stays_kb[XLMEM_FLEET_XEN] >=
                without.stays_kb[XLMEM_FLEET_XEN] + 128 * MIB);
    assert_false(with.barred);
    add_dom(&to, 1, GIB)->name = another;
    domu = xlmem_fleet_domu_of(&s.host, &s.doms[1]);
    assert_int_equal(xlmem_fleet_bar_of(&domu, &to.host),
                     XLMEM_FLEET_STUBDOM_NAME_TAKEN);
}

/* It has no tables of its own for them, its domU has. */
static void test_devices_of_the_device_models_domain(void **state)
{
    xlmem_fleet_price with, without;
    sample s, to;

    (void)state;
    sample_with_stubdom(&s);
    sample_init(&to, 40 * GIB);
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &without), 0);
    XLMEM_SET(&s.doms[2], pci_devices, 0);
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &with), 0);
    assert_int_equal(with.stays_kb[XLMEM_FLEET_XEN],
                     without.stays_kb[XLMEM_FLEET_XEN]);
    XLMEM_SET(&s.doms[2], pci_devices, 1);
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &with), 0);
    XLMEM_SET(&s.doms[1], pci_devices, 1);
    assert_true(with.stays_kb[XLMEM_FLEET_XEN] >
                without.stays_kb[XLMEM_FLEET_XEN]);
    assert_int_equal(price_of(&s.host, &s.doms[1], &to, &without), 0);
    assert_int_equal(with.stays_kb[XLMEM_FLEET_XEN],
                     without.stays_kb[XLMEM_FLEET_XEN]);
}

TEST_GROUP(fleet_price)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capacity_less_needs_is_usable),
        cmocka_unit_test(test_capacity_stays_when_one_goes),
        cmocka_unit_test(test_price_is_what_a_start_takes),
        cmocka_unit_test(test_deficit),
        cmocka_unit_test(test_unknown_is_said),
        cmocka_unit_test(test_dom0_not_known),
        cmocka_unit_test(test_pv_brings_headroom),
        cmocka_unit_test(test_givers_are_those_of_a_plan),
        cmocka_unit_test(test_device_models_domain),
        cmocka_unit_test(test_device_models_domain_comes_along),
        cmocka_unit_test(test_devices_of_the_device_models_domain),
    };

    return test_run(tests, NULL, NULL);
}
