/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the size of dom0 is made of: each rule at its boundary. */
#include "test.h"

#include "model/floor.h"
#include "private/all.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

/* 64 GiB and 16 CPUs, one of Xen's and one of Linux's usual releases. */
static void machine(xlmem_host *host)
{
    xlmem_host_init(host);
    XLMEM_SET(host, total_kb, 64 * GIB);
    XLMEM_SET(host, nr_cpus, 16);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, 17);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(&host->dom0, linux_major, 6);
    XLMEM_SET(&host->dom0, linux_minor, 1);
}

/* A dom0 of 4 GiB that says what it uses: 1 GiB free, nothing in its cache. */
static void running(xlmem_host *host)
{
    machine(host);
    XLMEM_SET(&host->dom0, mem_total_kb, 4 * GIB);
    XLMEM_SET(&host->dom0, mem_free_kb, GIB);
    XLMEM_SET(&host->dom0, cached_kb, 0);
}

static xlmem_size_request ask(uint64_t domus, uint64_t hvm)
{
    xlmem_size_request request = {.known = 0};

    XLMEM_SET(&request, domus, domus);
    XLMEM_SET(&request, hvm, hvm);
    return request;
}

static xlmem_recommendation size_of(const xlmem_host *host,
                                    const xlmem_size_request *request)
{
    xlmem_recommendation rec;

    memset(&rec, 0, sizeof(rec));
    assert_int_equal(xlmem_size(host, request, &rec), 0);
    return rec;
}

static uint64_t term_kb(const xlmem_recommendation *rec, const char *name)
{
    size_t i;

    for (i = 0; i < rec->nr_terms; i++)
        if (!strcmp(rec->terms[i].name, name))
            return rec->terms[i].kb;
    return 0;
}

static uint64_t working_set(const xlmem_host *host)
{
    const xlmem_size_request request = ask(0, 0);
    const xlmem_recommendation rec = size_of(host, &request);

    return term_kb(&rec, "working set");
}

/* ------------------------------------------------ what dom0 uses now --- */

/* 3 GiB are used, and a quarter is for peaks. */
static void what_is_not_free_is_used(void **state)
{
    xlmem_host host;

    (void)state;
    running(&host);
    assert_int_equal(working_set(&host), 3 * GIB / 4 * 5);
    host.dom0.cached_kb = GIB;
    assert_int_equal(working_set(&host), 2 * GIB / 4 * 5);
    xlmem_host_dispose(&host);
}

/* tmpfs is in the page cache, and no memory pressure gets it out of there. */
static void shared_memory_is_not_cache(void **state)
{
    xlmem_host host;

    (void)state;
    running(&host);
    host.dom0.cached_kb = 2 * GIB;
    XLMEM_SET(&host.dom0, shmem_kb, GIB);
    assert_int_equal(working_set(&host), 2 * GIB / 4 * 5);
    xlmem_host_dispose(&host);
}

/* What has gone to swap wants to come back. */
static void what_is_swapped_out_is_needed(void **state)
{
    xlmem_host host;

    (void)state;
    running(&host);
    XLMEM_SET(&host.dom0, anon_pages_kb, 2 * GIB);
    XLMEM_SET(&host.dom0, swap_total_kb, 8 * GIB);
    XLMEM_SET(&host.dom0, swap_free_kb, 8 * GIB);
    assert_int_equal(working_set(&host), 3 * GIB / 4 * 5);
    host.dom0.swap_free_kb = 4 * GIB;
    assert_int_equal(working_set(&host), 6 * GIB / 4 * 5);
    xlmem_host_dispose(&host);
}

/* The kernel knows better than its counters what it could not give away. */
static void what_is_not_available_is_used(void **state)
{
    xlmem_host host;

    (void)state;
    running(&host);
    XLMEM_SET(&host.dom0, mem_available_kb, 2 * GIB);
    assert_int_equal(working_set(&host), 3 * GIB / 4 * 5);
    host.dom0.mem_available_kb = 512 * MIB;
    assert_int_equal(working_set(&host), (4 * GIB - 512 * MIB) / 4 * 5);
    xlmem_host_dispose(&host);
}

/* ------------------------------------------------------------ pressure --- */

static uint64_t room(const xlmem_host *host)
{
    const xlmem_size_request request = ask(0, 0);
    const xlmem_recommendation rec = size_of(host, &request);

    return term_kb(&rec, "room under pressure");
}

static void pressure_begins_at_its_limits(void **state)
{
    xlmem_host host;

    (void)state;
    running(&host);
    /* A load of two a CPU, of 16; in hundredths of a percent. */
    XLMEM_SET(&host.dom0, load1_bp, 16 * 20000 - 1);
    assert_int_equal(room(&host), 0);
    host.dom0.load1_bp = 16 * 20000;
    assert_int_equal(room(&host), 4 * GIB / 8);
    /* dom0's own CPUs count where they are known. */
    XLMEM_SET(&host.dom0, nr_cpus, 17);
    assert_int_equal(room(&host), 0);
    /* A tenth of the time spent waiting for memory. */
    XLMEM_SET(&host.dom0, psi_some10_bp, 999);
    assert_int_equal(room(&host), 0);
    host.dom0.psi_some10_bp = 1000;
    assert_int_equal(room(&host), 4 * GIB / 8);
    xlmem_host_dispose(&host);
}

/* --------------------------------------------------------------- domUs --- */

static uint64_t domus_term(uint64_t domus, uint64_t hvm, const char *name)
{
    const xlmem_size_request request = ask(domus, hvm);
    xlmem_recommendation rec;
    xlmem_host host;

    machine(&host);
    rec = size_of(&host, &request);
    xlmem_host_dispose(&host);
    return term_kb(&rec, name);
}

/* Four of the 32 share one builder's 66 MiB: eight at once, and no more. */
static void no_more_than_eight_are_built_at_once(void **state)
{
    (void)state;
    assert_int_equal(domus_term(4, 0, "building domUs"), 66 * MIB);
    assert_int_equal(domus_term(32, 0, "building domUs"), 8 * 66 * MIB);
    assert_int_equal(domus_term(33, 0, "building domUs"), 8 * 66 * MIB);
    assert_int_equal(domus_term(300, 0, "building domUs"), 8 * 66 * MIB);
}

static void an_hvm_domu_is_a_domu(void **state)
{
    const uint64_t one = domus_term(1, 1, "domUs");

    (void)state;
    assert_true(one > 0);
    assert_int_equal(domus_term(5, 2, "domUs"), 5 * one);
    assert_int_equal(domus_term(2, 5, "domUs"), 5 * one);
    assert_int_equal(domus_term(2, 5, "device models"),
                     5 * domus_term(1, 1, "device models"));
}

/* Queues of a domU more, beside one that runs with so many vCPUs. */
static uint64_t queues_beside(uint64_t vcpus, const char *name)
{
    const xlmem_size_request request = ask(2, 0);
    xlmem_recommendation rec;
    xlmem_host host;

    running(&host);
    host.doms = calloc(1, sizeof(*host.doms));
    assert_non_null(host.doms);
    host.nr_doms = 1;
    XLMEM_SET(&host.doms[0], domid, 1);
    XLMEM_SET(&host.doms[0], vcpus, vcpus);
    rec = size_of(&host, &request);
    xlmem_host_dispose(&host);
    return term_kb(&rec, name);
}

/* As many as it has vCPUs, and no more than four. */
static void a_device_has_at_most_four_queues(void **state)
{
    static const char *const names[] = {"vif queues", "vbd rings"};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        const uint64_t one = queues_beside(1, names[i]);

        assert_true(one > 0);
        assert_int_equal(queues_beside(3, names[i]), 3 * one);
        assert_int_equal(queues_beside(4, names[i]), 4 * one);
        assert_int_equal(queues_beside(64, names[i]), 4 * one);
    }
}

/* ------------------------------------------------------------- the sum --- */

/* 64 MiB up to 2 GiB of dom0, and a 32nd of it beyond. */
static void high_orders_have_their_share(void **state)
{
    uint64_t at_least = 0, beyond = 0, mib;
    xlmem_host host;

    (void)state;
    machine(&host);
    for (mib = 0; mib < 8192; mib += 128) {
        xlmem_size_request request = ask(0, 0);
        xlmem_recommendation rec;
        uint64_t kb;

        XLMEM_SET(&request, extra_kb, mib * MIB);
        rec = size_of(&host, &request);
        kb = term_kb(&rec, "order reserve");
        if (rec.dom0_mem_kb <= 2 * GIB) {
            assert_int_equal(kb, 64 * MIB);
            at_least++;
        } else {
            assert_int_equal(kb * 32, rec.dom0_mem_kb);
            beyond++;
        }
    }
    assert_true(at_least && beyond);
    xlmem_host_dispose(&host);
}

/* A kernel describes 11 times its memory at boot: beyond that a maximum is
 * a promise that dom0 cannot be given. */
static void the_maximum_is_within_reach_of_its_kernel(void **state)
{
    xlmem_host host;
    uint64_t gib;

    (void)state;
    machine(&host);
    host.total_kb = 1024 * GIB;
    for (gib = 1; gib <= 512; gib *= 2) {
        xlmem_size_request request = ask(0, 0);
        xlmem_recommendation rec;

        XLMEM_SET(&request, growth_kb, gib * GIB);
        rec = size_of(&host, &request);
        assert_int_equal(rec.max_kb, rec.dom0_mem_kb + gib * GIB);
        assert_true(rec.max_kb <= 11 * rec.dom0_mem_kb);
        if (gib < 64)
            continue;
        assert_true(10 * (rec.dom0_mem_kb - 64 * MIB) < gib * GIB);
        assert_true(term_kb(&rec, "growth") > 0);
    }
    xlmem_host_dispose(&host);
}

/* More room to grow never yields less of dom0, also where the kernel (since
 * 6.10) halves its hash tables because metadata take what those are sized by.
 */
static void more_growth_never_yields_less(void **state)
{
    const uint64_t step = 128 * MIB;
    uint64_t extra, growth, last;
    xlmem_host host;

    (void)state;
    machine(&host);
    host.dom0.linux_minor = 12;
    host.total_kb = 256 * GIB;
    for (extra = 14 * GIB; extra < 17 * GIB; extra += 48 * MIB)
        for (last = 0, growth = 0; growth < 48 * GIB; growth += step) {
            xlmem_size_request request = ask(0, 0);
            xlmem_recommendation rec;

            XLMEM_SET(&request, extra_kb, extra);
            XLMEM_SET(&request, growth_kb, growth);
            rec = size_of(&host, &request);
            assert_true(rec.dom0_mem_kb >= last);
            last = rec.dom0_mem_kb;
        }
    xlmem_host_dispose(&host);
}

/* What lies free at boot beside dom0 it can be grown by, but for 72 MiB, and
 * for what Xen gives up when it has booted. */
static void it_grows_up_to_xens_headroom(void **state)
{
    const xlmem_size_request request = ask(4, 0);
    xlmem_recommendation rec;
    uint64_t free_kb;
    xlmem_host host;

    (void)state;
    machine(&host);
    rec = size_of(&host, &request);
    free_kb = rec.dom0_mem_kb + rec.predicted.host_free_kb - 72 * MIB;
    assert_in_range(rec.hotplug_top_kb, free_kb - 2 * MIB, free_kb);
    xlmem_host_dispose(&host);
}

#define FEW UINT64_C(12)

/* 64 MiB for each of its domUs, beside dom0 and Xen's headroom, which it
 * cannot be grown into: enough is enough, and a page less is too little. */
static void its_domus_must_find_room(void **state)
{
    const xlmem_size_request request = ask(FEW, 0);
    xlmem_recommendation rec;
    xlmem_host host;
    uint64_t lack_kb = 1;
    int rc = 0, i;

    (void)state;
    machine(&host);
    for (i = 0; i < 100 && lack_kb; i++) {
        rc = xlmem_size(&host, &request, &rec);
        lack_kb = rec.dom0_mem_kb + FEW * 64 * MIB - rec.hotplug_top_kb;
        host.total_kb += lack_kb;
    }
    assert_true(i < 100);
    assert_int_equal(rc, 0);
    host.total_kb -= 4;
    assert_int_equal(xlmem_size(&host, &request, &rec),
                     XLMEM_ERROR_INFEASIBLE);
    xlmem_host_dispose(&host);
}

/* ----------------------------------------------------------- its floor --- */

/* 64 MiB for high orders, and whole 16 MiB. */
static void the_floor_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(xlmem__floor_kb(0, 0), 64 * MIB);
    assert_int_equal(xlmem__floor_kb(16 * MIB, 0), 80 * MIB);
    assert_int_equal(xlmem__floor_kb(0, 16 * MIB + 1), 96 * MIB);
}

/* What a running kernel keeps for itself is its size less MemTotal. */
static void the_floor_is_of_this_kernel(void **state)
{
    xlmem_host host;

    (void)state;
    running(&host);
    XLMEM_SET(&host.dom0, balloon_current_kb, 4 * GIB + 480 * MIB);
    assert_int_equal(xlmem__dom0_floor_kb(&host), 3 * GIB + (480 + 64) * MIB);
    host.dom0.balloon_current_kb += 4;
    assert_int_equal(xlmem__dom0_floor_kb(&host),
                     3 * GIB + (480 + 64 + 16) * MIB);
    xlmem_host_dispose(&host);
}

TEST_GROUP(size_need)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_free_is_used),
        cmocka_unit_test(shared_memory_is_not_cache),
        cmocka_unit_test(what_is_swapped_out_is_needed),
        cmocka_unit_test(what_is_not_available_is_used),
        cmocka_unit_test(pressure_begins_at_its_limits),
        cmocka_unit_test(no_more_than_eight_are_built_at_once),
        cmocka_unit_test(an_hvm_domu_is_a_domu),
        cmocka_unit_test(a_device_has_at_most_four_queues),
        cmocka_unit_test(high_orders_have_their_share),
        cmocka_unit_test(the_maximum_is_within_reach_of_its_kernel),
        cmocka_unit_test(more_growth_never_yields_less),
        cmocka_unit_test(it_grows_up_to_xens_headroom),
        cmocka_unit_test(its_domus_must_find_room),
        cmocka_unit_test(the_floor_is_rounded_up),
        cmocka_unit_test(the_floor_is_of_this_kernel),
    };

    return test_run(tests, NULL, NULL);
}
