/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is stated once about where memory goes, and that others go by it. */
#include "sample_host.h"

#include "model/account.h"
#include "model/host.h"
#include "model/kernel_layout.h"
#include "model/predict.h"

static void who_has_a_hosts_memory(void **state)
{
    xlmem_host_parts parts;
    sample s;

    (void)state;
    sample_init(&s, 3 * GIB);
    add_dom(&s, 1, GIB)->paging_kb = 8 * MIB;
    add_dom(&s, 2, 2 * GIB)->paging_kb = 16 * MIB;
    xlmem_host_parts_of(&s.host, &parts);
    assert_true(XLMEM_KNOWS(&parts, xen_kb));
    assert_int_equal(parts.dom0_kb, 2 * GIB);
    assert_int_equal(parts.domus_kb, 3 * GIB);
    assert_int_equal(parts.nr_domus, 2);
    assert_int_equal(parts.pools_kb, 24 * MIB);
    assert_int_equal(parts.xen_kb, (64 - 3 - 2 - 3) * GIB);
    assert_int_equal(parts.xen_kb + parts.dom0_kb + parts.domus_kb +
                         parts.free_kb,
                     parts.total_kb);
}

static void a_part_that_is_not_told_is_not_known(void **state)
{
    xlmem_host_parts parts;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 1, GIB);
    add_dom(&s, 2, GIB);
    dom->known = 0;
    XLMEM_SET(dom, domid, 1);
    xlmem_host_parts_of(&s.host, &parts);
    assert_false(XLMEM_KNOWS(&parts, domus_kb));
    assert_false(XLMEM_KNOWS(&parts, pools_kb));
    assert_false(XLMEM_KNOWS(&parts, xen_kb));
    /* Unless somebody says it. */
    XLMEM_SET(&s.host, xen_kb, 100 * MIB);
    xlmem_host_parts_of(&s.host, &parts);
    assert_true(XLMEM_KNOWS(&parts, xen_kb));
    assert_int_equal(parts.xen_kb, 100 * MIB);
}

static void parts_beyond_the_total_are_no_sum(void **state)
{
    xlmem_host_parts parts;
    sample s;

    (void)state;
    sample_init(&s, 62 * GIB);
    xlmem_host_parts_of(&s.host, &parts);
    assert_true(XLMEM_KNOWS(&parts, xen_kb));
    assert_int_equal(parts.xen_kb, 0);
    s.host.free_kb++;
    xlmem_host_parts_of(&s.host, &parts);
    assert_false(XLMEM_KNOWS(&parts, xen_kb));
    s.host.doms[0].tot_kb = UINT64_MAX;
    xlmem_host_parts_of(&s.host, &parts);
    assert_false(XLMEM_KNOWS(&parts, xen_kb));
}

static void dom0_has_what_its_balloon_says_or_xen(void **state)
{
    xlmem_host_parts parts;
    uint64_t kb = 1;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    assert_true(xlmem__dom0_size_of(&s.host, &kb));
    assert_int_equal(kb, 2 * GIB);
    XLMEM_SET(&s.host.dom0, balloon_current_kb, GIB);
    assert_true(xlmem__dom0_size_of(&s.host, &kb));
    assert_int_equal(kb, GIB);
    /* Xen's own figure is what its sum is made of. */
    xlmem_host_parts_of(&s.host, &parts);
    assert_int_equal(parts.dom0_kb, 2 * GIB);
    s.host.nr_doms = 0;
    xlmem_host_parts_of(&s.host, &parts);
    assert_int_equal(parts.dom0_kb, GIB);
    s.host.dom0.known = 0;
    assert_false(xlmem__dom0_size_of(&s.host, &kb));
}

/* The account and the forecasts keep the same free in Xen. */
static void headroom_is_the_same_for_all(void **state)
{
    const uint64_t least = XLMEM__HEADROOM_LEAST_KB;
    xlmem_recommendation rec;
    xlmem__xen_line line;
    xlmem__booted booted;
    xlmem__xenown own;
    xlmem_account account;
    sample s;

    (void)state;
    assert_int_equal(least, 72 * MIB);
    sample_init(&s, GIB);
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_int_equal(account.headroom_kb, least);
    assert_int_equal(xlmem_size(&s.host, NULL, &rec), 0);
    xlmem__booted_of(&s.host, &booted);
    assert_int_equal(xlmem__xen_line_with(&booted.line, "", &line), 0);
    assert_int_equal(xlmem__xenown_of(&s.host, &booted.line, &line, &own), 0);
    assert_int_equal(rec.hotplug_top_kb,
                     own.avail_pages * XLMEM__PAGE_KB - least);
}

static void a_kernel_describes_eleven_times_what_it_has(void **state)
{
    (void)state;
    assert_int_equal(xlmem__extra_most(GIB), 10 * GIB);
    assert_int_equal(xlmem__extra_reach(GIB), 11 * GIB);
    assert_int_equal(xlmem__extra_needs(10 * GIB), GIB);
    assert_int_equal(xlmem__extra_reach(UINT64_MAX / 2), UINT64_MAX);
}

static void metadata_is_one_sum(void **state)
{
    const xlmem__kernel_cost cost = {
        .struct_page_kb = 1,
        .p2m_kb = 20,
        .page_table_kb = 300,
        .hash_kb = 4000,
        .fixed_kb = 50000,
    };
    xlmem_prediction prediction;
    sample s;

    (void)state;
    assert_int_equal(xlmem__metadata_kb(&cost), 4321);
    /* A section of 128 MiB: 512 MiB took 10 220 kB (dom0_plan.c). */
    assert_int_equal(XLMEM__METADATA_OF_KB(512 * MIB), 10240);
    sample_init(&s, GIB);
    assert_int_equal(xlmem_predict(&s.host, "dom0_mem=2G,max:2G", &prediction),
                     0);
    assert_int_equal(prediction.memtotal_kb + prediction.metadata_kb +
                         prediction.kernel_kb,
                     prediction.nr_pages * XLMEM__PAGE_KB);
}

TEST_GROUP(host_parts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_a_hosts_memory),
        cmocka_unit_test(a_part_that_is_not_told_is_not_known),
        cmocka_unit_test(parts_beyond_the_total_are_no_sum),
        cmocka_unit_test(dom0_has_what_its_balloon_says_or_xen),
        cmocka_unit_test(headroom_is_the_same_for_all),
        cmocka_unit_test(a_kernel_describes_eleven_times_what_it_has),
        cmocka_unit_test(metadata_is_one_sum),
    };

    return test_run(tests, NULL, NULL);
}
