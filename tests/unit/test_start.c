/* SPDX-License-Identifier: LGPL-2.1-only */
/* DomUs that start one after another: after a reboot, on another host. */
#include "test.h"

#include "model/starts.h"
#include "private/all.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

static void host_of(uint64_t minor, uint64_t free_kb, xlmem_host *host)
{
    xlmem_host_init(host);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, minor);
    XLMEM_SET(host, hap, 1);
    XLMEM_SET(host, total_kb, free_kb + 3 * GIB);
    XLMEM_SET(host, free_kb, free_kb);
    XLMEM_SET(host, outstanding_kb, 0);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(host, nr_cpus, 2);
    host->doms = calloc(2, sizeof(*host->doms));
    host->nr_doms = 1;
    XLMEM_SET(&host->doms[0], domid, 0);
    XLMEM_SET(&host->doms[0], tot_kb, 2 * GIB);
    XLMEM_SET(&host->dom0, balloon_target_kb, 2 * GIB);
    XLMEM_SET(&host->dom0, mem_total_kb, 1900 * MIB);
    XLMEM_SET(&host->dom0, mem_available_kb, 1600 * MIB);
    XLMEM_SET(&host->dom0, linux_major, 6);
    XLMEM_SET(&host->dom0, linux_minor, 1);
}

static xlmem_dom *domu_of(xlmem_host *host, xlmem_dom_type type, uint64_t kb)
{
    xlmem_dom *dom = &host->doms[host->nr_doms++];

    XLMEM_SET(dom, domid, host->nr_doms + 4);
    XLMEM_SET(dom, vcpus, 2);
    XLMEM_SET(dom, tot_kb, kb);
    XLMEM_SET(dom, maxmem_kb, kb + MIB);
    XLMEM_SET(dom, static_max_kb, kb);
    dom->type = type;
    return dom;
}

static xlmem_policy policy_of(uint64_t floor_kb)
{
    xlmem_policy policy;

    xlmem_policy_init(&policy);
    policy.dom0_floor_kb = floor_kb;
    return policy;
}

static uint64_t usable(const xlmem_host *host, const xlmem_policy *policy)
{
    xlmem_account account;

    assert_int_equal(xlmem_account_of(host, policy, &account), 0);
    return account.usable_kb;
}

static xlmem_start random_start(void)
{
    xlmem_start start = {.known = 0};

    start.request.type =
        (xlmem_dom_type)test_between(XLMEM_DOM_PV, XLMEM_DOM_PVH);
    XLMEM_SET(&start.request, memory_kb, test_between(16, 4096) * MIB);
    XLMEM_SET(&start.request, vcpus, test_between(1, 8));
    if (test_between(0, 1))
        XLMEM_SET(&start, growth_kb, test_between(0, 64) * MIB);
    return start;
}

/* Each takes its need and its growth from the next, and nothing else. */
static void each_is_decided_on_what_the_others_left(void **state)
{
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 300; run++) {
        const xlmem_policy policy = policy_of(2 * GIB);
        xlmem_host host;
        int i;

        host_of(17, test_between(1, 20) * GIB, &host);
        for (i = 0; i < 12; i++) {
            const uint64_t before = usable(&host, &policy);
            const uint64_t spare = host.dom0.mem_available_kb;
            const size_t nr = host.nr_doms;
            xlmem_start start = random_start();
            int rc = xlmem__start_domu(&host, &policy, &start);
            xlmem_need need;

            assert_int_equal(xlmem_need_of(&host, &start.request, &need), 0);
            assert_int_equal(start.usable_kb, before);
            assert_int_equal(!rc, start.kind == XLMEM_ADMIT);
            assert_int_equal(!rc, start.need_kb <= before);
            assert_int_equal(host.nr_doms - nr, !rc);
            if (rc)
                assert_int_equal(usable(&host, &policy), before);
            else
                assert_int_equal(usable(&host, &policy),
                                 before > start.need_kb + start.growth_kb
                                     ? before - start.need_kb - start.growth_kb
                                     : 0);
            assert_int_equal(spare - host.dom0.mem_available_kb,
                             rc ? 0 : start.dom0_need_kb - need.dom0_build_kb);
        }
        xlmem_host_dispose(&host);
    }
}

static void a_plan_takes_from_dom0_once(void **state)
{
    const xlmem_policy policy = policy_of(GIB);
    xlmem_start start = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_host host;

    (void)state;
    host_of(17, 72 * MIB + 100 * MIB, &host);
    XLMEM_SET(&start.request, memory_kb, 600 * MIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start), 0);
    assert_int_equal(start.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_in_range(2 * GIB - host.dom0.balloon_target_kb, start.short_kb,
                    start.short_kb + 3);
    assert_int_equal(host.doms[0].tot_kb, host.dom0.balloon_target_kb);
    assert_in_range(host.free_kb, 72 * MIB, 72 * MIB + 3);
    /* Its MiB of growth is missing now, and then dom0 is at its floor. */
    assert_int_equal(xlmem__start_domu(&host, &policy, &start),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(start.kind, XLMEM_REFUSE);
    xlmem_host_dispose(&host);
}

/* One that opted in gives to those after it, down to its dynamic-min. */
static void what_has_started_gives(void **state)
{
    const xlmem_policy policy = policy_of(2 * GIB);
    xlmem_start first = {.request = {.type = XLMEM_DOM_PVH}};
    xlmem_start next = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_host host;

    (void)state;
    host_of(17, 2 * GIB, &host);
    XLMEM_SET(&first.request, memory_kb, GIB);
    XLMEM_SET(&first.request, video_kb, 8 * MIB);
    XLMEM_SET(&first, dynamic_min_kb, 256 * MIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &first), 0);
    assert_int_equal(host.doms[1].target_kb, GIB - 8 * MIB);
    XLMEM_SET(&next.request, memory_kb, GIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &next), 0);
    assert_int_equal(next.kind, XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(host.doms[0].tot_kb, 2 * GIB);
    assert_in_range(GIB - 8 * MIB - host.doms[1].target_kb, next.short_kb,
                    next.short_kb + 3);
    /* What it has left to give is less than this. */
    XLMEM_SET(&next.request, memory_kb, GIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &next),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_true(host.doms[1].target_kb > 256 * MIB);
    xlmem_host_dispose(&host);
}

static void what_is_coming_has_come(void **state)
{
    const xlmem_policy policy = policy_of(2 * GIB);
    xlmem_start start = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_host host;
    xlmem_dom *dom;

    (void)state;
    host_of(17, 72 * MIB, &host);
    dom = domu_of(&host, XLMEM_DOM_PV, GIB);
    XLMEM_SET(dom, dying, 1);
    XLMEM_SET(&start.request, memory_kb, 900 * MIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start), 0);
    assert_int_equal(start.kind, XLMEM_ADMIT);
    assert_int_equal(host.free_kb, 72 * MIB + GIB - start.need_kb);
    xlmem_host_dispose(&host);
}

/* Whatever dom0 gives up its kernel has no more: 200 MiB that it was asked for
 * before, and what the plan takes. */
static void what_dom0_gives_its_kernel_has_not(void **state)
{
    const xlmem_policy policy = policy_of(GIB);
    xlmem_start start = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_need need;
    xlmem_host host;
    uint64_t gave;

    (void)state;
    host_of(17, 72 * MIB, &host);
    XLMEM_SET(&host.dom0, balloon_target_kb, 2 * GIB - 200 * MIB);
    XLMEM_SET(&start.request, memory_kb, 500 * MIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start), 0);
    assert_in_range(start.need_kb, 500 * MIB, 502 * MIB);
    gave = 2 * GIB - host.dom0.balloon_target_kb;
    assert_in_range(gave, start.need_kb, start.need_kb + 3);
    assert_int_equal(host.doms[0].tot_kb, 2 * GIB - gave);
    assert_int_equal(host.dom0.mem_total_kb, 1900 * MIB - gave);
    assert_int_equal(xlmem_need_of(&host, &start.request, &need), 0);
    assert_int_equal(start.dom0_need_kb, need.dom0_need_kb);
    assert_int_equal(host.dom0.mem_available_kb, 1600 * MIB - gave -
                                                     need.dom0_need_kb +
                                                     need.dom0_build_kb);
    xlmem_host_dispose(&host);
}

/* libxl lowers the ceiling with the target: what a donor gave it may not take
 * again. */
static void what_a_donor_gave_it_may_not_take_again(void **state)
{
    const xlmem_policy policy = policy_of(2 * GIB);
    xlmem_start start = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_host host;
    xlmem_dom *dom;

    (void)state;
    host_of(17, 72 * MIB + MIB, &host);
    dom = domu_of(&host, XLMEM_DOM_PV, GIB);
    XLMEM_SET(dom, target_kb, GIB);
    XLMEM_SET(dom, dynamic_min_kb, 256 * MIB);
    XLMEM_SET(&start.request, memory_kb, 300 * MIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start), 0);
    dom = &host.doms[1];
    assert_in_range(dom->tot_kb, GIB - start.need_kb - 3, GIB - start.need_kb);
    assert_int_equal(dom->target_kb, dom->tot_kb);
    assert_int_equal(dom->maxmem_kb, dom->tot_kb + MIB);
    /* Its own MiB and the new one's are missing at most. */
    assert_in_range(host.free_kb, 72 * MIB + MIB, 72 * MIB + MIB + 3);
    assert_int_equal(host.doms[2].maxmem_kb, 301 * MIB);
    assert_int_equal(start.growth_kb, MIB);
    xlmem_host_dispose(&host);
}

/* It comes back once, however many start. */
static void what_the_dead_had_comes_back_once(void **state)
{
    const xlmem_policy policy = policy_of(2 * GIB);
    xlmem_start start = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_host host;
    xlmem_dom *dom;
    uint64_t free_kb;

    (void)state;
    host_of(17, 72 * MIB, &host);
    dom = domu_of(&host, XLMEM_DOM_PVH, GIB);
    XLMEM_SET(dom, paging_kb, 10 * MIB);
    XLMEM_SET(dom, dying, 1);
    XLMEM_SET(&start.request, memory_kb, 64 * MIB);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start), 0);
    free_kb = host.free_kb;
    assert_int_equal(free_kb, 72 * MIB + GIB + 10 * MIB - start.need_kb);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start), 0);
    assert_int_equal(host.free_kb, free_kb - start.need_kb);
    xlmem_host_dispose(&host);
}

static void what_is_not_known_is_said(void **state)
{
    const xlmem_policy policy = policy_of(GIB);
    xlmem_start start = {.request = {.type = XLMEM_DOM_PV}};
    xlmem_host host;

    (void)state;
    host_of(17, GIB, &host);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start),
                     XLMEM_ERROR_UNKNOWN);
    assert_int_equal(start.kind, XLMEM_REFUSE);
    XLMEM_SET(&start.request, memory_kb, 64 * MIB);
    host.known &= ~XLMEM_FACT_BIT(&host, free_kb);
    assert_int_equal(xlmem__start_domu(&host, &policy, &start),
                     XLMEM_ERROR_UNKNOWN);
    assert_int_equal(host.nr_doms, 1);
    assert_int_equal(xlmem_host_reboot(&host), XLMEM_ERROR_UNKNOWN);
    xlmem_host_dispose(&host);
}

/* ------------------------------------------------------------- moving --- */

/* The pool of a domU of @kb with @pool_kb here, on a host of @minor. */
static uint64_t pool_there(uint64_t pool_kb, uint64_t vcpus, uint64_t minor)
{
    xlmem_host here, there;
    xlmem_start start;
    xlmem_dom *dom;
    xlmem_need need, bare;

    host_of(17, GIB, &here);
    host_of(minor, GIB, &there);
    dom = domu_of(&here, XLMEM_DOM_PVH, 160 * MIB);
    XLMEM_SET(dom, paging_kb, pool_kb);
    XLMEM_SET(dom, vcpus, vcpus);
    assert_int_equal(xlmem_starts_of(&here, &there, &start), 1);
    assert_int_equal(start.domid, dom->domid);
    assert_int_equal(start.growth_kb, MIB);
    assert_int_equal(start.request.memory_kb, 160 * MIB);
    assert_int_equal(xlmem_need_of(&there, &start.request, &need), 0);
    assert_int_equal(need.need_kb, start.need_kb);
    XLMEM_SET(&start.request, shadow_memory_kb, 0);
    assert_int_equal(xlmem_need_of(&there, &start.request, &bare), 0);
    xlmem_host_dispose(&here);
    xlmem_host_dispose(&there);
    return need.need_kb - bare.need_kb;
}

static void a_default_pool_is_the_other_hosts(void **state)
{
    (void)state;
    assert_int_equal(pool_there(2688, 2, 20), 2688);
    assert_int_equal(pool_there(2688, 2, 14), 4 * MIB); /* 3328 in MiB */
    /* One vCPU that nobody asked for, and one that was. */
    assert_int_equal(pool_there(640, 1, 14), 2 * MIB);
    assert_int_equal(pool_there(1664, 1, 14), 3 * MIB);
    /* Asked for by size. */
    assert_int_equal(pool_there(9 * MIB, 1, 14), 9 * MIB);
    assert_int_equal(pool_there(640, 2, 20), 640);
}

/* Its pool, and what it may be raised to, go by its maximum. */
static void its_maximum_goes_along(void **state)
{
    xlmem_host here, there;
    xlmem_start start;
    xlmem_need need;
    xlmem_dom *dom;

    (void)state;
    host_of(17, GIB, &here);
    host_of(17, GIB, &there);
    dom = domu_of(&here, XLMEM_DOM_PVH, 160 * MIB);
    XLMEM_SET(dom, static_max_kb, 480 * MIB);
    assert_int_equal(xlmem_starts_of(&here, &there, &start), 1);
    assert_int_equal(start.request.maxmem_kb, 480 * MIB);
    XLMEM_SET(&start.request, maxmem_kb, 160 * MIB);
    assert_int_equal(xlmem_need_of(&there, &start.request, &need), 0);
    /* A page for each of 320 MiB. */
    assert_int_equal(start.need_kb - need.need_kb, 320 * 4);
    xlmem_host_dispose(&here);
    xlmem_host_dispose(&there);
}

/* With its devices goes what the IOMMU needs for it. */
static void who_has_devices_has_tables_for_them(void **state)
{
    xlmem_need_request without, with;
    xlmem_host host;
    xlmem_dom *dom;

    (void)state;
    host_of(17, 8 * GIB, &host);
    dom = domu_of(&host, XLMEM_DOM_PV, GIB);
    xlmem__request_of_dom(&host, dom, &without);
    assert_false(XLMEM_KNOWS(&without, passthrough));
    XLMEM_SET(dom, pci_devices, 1);
    xlmem__request_of_dom(&host, dom, &with);
    assert_int_equal(with.passthrough, 1);
    xlmem_host_dispose(&host);
}

static void the_largest_goes_first_and_dom0_stays(void **state)
{
    xlmem_host here, there;
    xlmem_start list[8];
    xlmem_dom *doms;
    size_t i;

    (void)state;
    host_of(17, GIB, &here);
    host_of(20, GIB, &there);
    doms = realloc(here.doms, 8 * sizeof(*doms));
    assert_non_null(doms);
    memset(doms + 1, 0, 7 * sizeof(*doms));
    here.doms = doms;
    for (i = 0; i < 5; i++)
        domu_of(&here, XLMEM_DOM_PV, (i % 3 + 1) * 64 * MIB);
    doms = domu_of(&here, XLMEM_DOM_PV, GIB);
    XLMEM_SET(doms, dying, 1);
    doms = domu_of(&here, XLMEM_DOM_PV, GIB);
    XLMEM_SET(doms, shutdown, 1);
    assert_int_equal(xlmem_starts_of(&here, &there, list), 5);
    for (i = 1; i < 5; i++)
        assert_true(list[i - 1].need_kb > list[i].need_kb ||
                    (list[i - 1].need_kb == list[i].need_kb &&
                     list[i - 1].domid < list[i].domid));
    xlmem_host_dispose(&here);
    xlmem_host_dispose(&there);
}

/* ---------------------------------------------------------- rebooting --- */

static void after_a_reboot_its_domus_are_gone(void **state)
{
    xlmem_host host;

    (void)state;
    host_of(17, GIB, &host);
    host.xen_cmdline = strdup("dom0_mem=1G,max:2G");
    host.reservations = calloc(1, sizeof(*host.reservations));
    host.nr_reservations = 1;
    domu_of(&host, XLMEM_DOM_PV, GIB);
    XLMEM_SET(&host, total_kb, 4 * GIB + 100 * MIB);
    assert_int_equal(xlmem_host_reboot(&host), 0);
    assert_int_equal(host.nr_doms, 1);
    assert_int_equal(host.nr_reservations, 0);
    assert_int_equal(host.doms[0].tot_kb, GIB);
    assert_int_equal(host.doms[0].maxmem_kb, 2 * GIB);
    assert_int_equal(host.dom0.balloon_target_kb, GIB);
    /* All but dom0 and Xen's own, of which the domU held 100 kB. */
    assert_int_equal(host.free_kb, 3 * GIB + 100);
    /* What dom0 and its kernel hold stays; what a domU cost has gone: 320 kB,
     * and its xl's 768. */
    assert_int_equal(1600 * MIB - 1900 * MIB + host.dom0.mem_total_kb + 320 +
                         768,
                     host.dom0.mem_available_kb);
    xlmem_host_dispose(&host);
}

static void the_next_boots_line_counts(void **state)
{
    xlmem_host host;

    (void)state;
    host_of(17, GIB, &host);
    host.xen_cmdline = strdup("dom0_mem=1G,max:1G");
    host.xen_config_line = strdup("dom0_mem=1536M");
    assert_int_equal(xlmem_host_reboot(&host), 0);
    assert_int_equal(host.doms[0].tot_kb, 1536 * MIB);
    assert_int_equal(host.doms[0].maxmem_kb, XLMEM_NO_MAXMEM_KB);
    xlmem_host_dispose(&host);
}

static uint64_t free_after_reboot(const char *configured)
{
    xlmem_host host;
    uint64_t free_kb;

    host_of(17, GIB, &host);
    XLMEM_SET(&host, total_kb, 4 * GIB);
    host.xen_cmdline = strdup("dom0_mem=1G,max:1G crashkernel=256M");
    host.xen_config_line = strdup(configured);
    assert_int_equal(xlmem_host_reboot(&host), 0);
    free_kb = host.free_kb;
    xlmem_host_dispose(&host);
    return free_kb;
}

/* A boot file's line is all that Xen gets: nothing is taken from the line that
 * it runs with now. */
static void a_configured_line_is_not_completed(void **state)
{
    (void)state;
    assert_int_equal(free_after_reboot("dom0_mem=1G,max:1G"),
                     free_after_reboot("dom0_mem=1G,max:1G crashkernel=256M") +
                         256 * MIB);
}

TEST_GROUP(start)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_decided_on_what_the_others_left),
        cmocka_unit_test(a_plan_takes_from_dom0_once),
        cmocka_unit_test(what_has_started_gives),
        cmocka_unit_test(what_is_coming_has_come),
        cmocka_unit_test(what_dom0_gives_its_kernel_has_not),
        cmocka_unit_test(what_a_donor_gave_it_may_not_take_again),
        cmocka_unit_test(what_the_dead_had_comes_back_once),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(a_default_pool_is_the_other_hosts),
        cmocka_unit_test(its_maximum_goes_along),
        cmocka_unit_test(who_has_devices_has_tables_for_them),
        cmocka_unit_test(the_largest_goes_first_and_dom0_stays),
        cmocka_unit_test(after_a_reboot_its_domus_are_gone),
        cmocka_unit_test(the_next_boots_line_counts),
        cmocka_unit_test(a_configured_line_is_not_completed),
    };

    return test_run(tests, NULL, NULL);
}
