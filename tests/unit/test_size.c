/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "model/peers.h"
#include "private/all.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)

/* A PC that runs nothing but dom0. */
static void machine(xlmem_host *host, uint64_t total_kb, uint64_t cpus)
{
    xlmem_host_init(host);
    XLMEM_SET(host, total_kb, total_kb);
    XLMEM_SET(host, nr_cpus, cpus);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, 17);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(&host->dom0, linux_major, 6);
    XLMEM_SET(&host->dom0, linux_minor, 1);
}

static xlmem_size_request ask(uint64_t domus, uint64_t hvm)
{
    xlmem_size_request request = {.known = 0};

    XLMEM_SET(&request, domus, domus);
    XLMEM_SET(&request, hvm, hvm);
    return request;
}

static uint64_t term_kb(const xlmem_recommendation *rec, const char *name)
{
    size_t i;

    for (i = 0; i < rec->nr_terms; i++)
        if (!strcmp(rec->terms[i].name, name))
            return rec->terms[i].kb;
    return 0;
}

static uint64_t sum_of_terms(const xlmem_recommendation *rec)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < rec->nr_terms; i++) {
        assert_non_null(rec->terms[i].name);
        assert_non_null(rec->terms[i].source);
        assert_true(rec->terms[i].kb > 0);
        sum += rec->terms[i].kb;
    }
    return sum;
}

/* What holds for every answer. */
static void check_sound(const xlmem_recommendation *rec)
{
    assert_int_equal(sum_of_terms(rec), rec->dom0_mem_kb);
    assert_int_equal(rec->dom0_mem_kb % (64 * MIB), 0);
    assert_true(rec->max_kb >= rec->dom0_mem_kb);
    assert_true(rec->floor_kb <= rec->dom0_mem_kb);
    assert_true(rec->hotplug_top_kb >= rec->dom0_mem_kb);
    assert_int_equal(rec->predicted.nr_pages * 4, rec->dom0_mem_kb);
    assert_int_equal(rec->predicted.max_pages * 4, rec->max_kb);
    assert_true(rec->predicted.exact);
    assert_true(rec->predicted.memtotal_kb + rec->predicted.metadata_kb +
                    rec->predicted.kernel_kb ==
                rec->dom0_mem_kb);
    assert_true(rec->nr_peers == 6);
}

static void an_expert_nods(void **state)
{
    static const struct {
        uint64_t host_gib, cpus, domus, hvm, from_mib, to_mib;
    } rows[] = {
        {4, 2, 0, 0, 640, 1024},       {8, 4, 4, 0, 768, 1280},
        {64, 16, 20, 0, 1920, 3072},   {64, 16, 20, 20, 2560, 4608},
        {256, 64, 100, 0, 4096, 7168},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_size_request request = ask(rows[i].domus, rows[i].hvm);
        xlmem_recommendation rec;
        xlmem_host host;

        machine(&host, rows[i].host_gib * GIB, rows[i].cpus);
        assert_int_equal(xlmem_size(&host, &request, &rec), 0);
        check_sound(&rec);
        print_message("%llu GiB, %llu domUs, %llu HVM: %s\n",
                      (unsigned long long)rows[i].host_gib,
                      (unsigned long long)rows[i].domus,
                      (unsigned long long)rows[i].hvm, rec.xen_arg);
        assert_in_range(rec.dom0_mem_kb / MIB, rows[i].from_mib,
                        rows[i].to_mib);
        xlmem_host_dispose(&host);
    }
    (void)state;
}

static uint64_t size_of(const xlmem_host *host,
                        const xlmem_size_request *request)
{
    xlmem_recommendation rec;
    int rc = xlmem_size(host, request, &rec);

    if (rc) {
        assert_true(rc == XLMEM_ERROR_INFEASIBLE || rc == XLMEM_ERROR_RANGE);
        return UINT64_MAX;
    }
    check_sound(&rec);
    return rec.dom0_mem_kb;
}

static xlmem_size_request random_request(void)
{
    xlmem_size_request request = ask(test_between(0, 300), 0);

    XLMEM_SET(&request, hvm, test_between(0, request.domus));
    XLMEM_SET(&request, vifs, test_between(0, 8));
    XLMEM_SET(&request, vbds, test_between(0, 8));
    XLMEM_SET(&request, extra_kb, test_between(0, 8 * GIB));
    XLMEM_SET(&request, growth_kb, test_between(0, 64 * GIB));
    return request;
}

/* More of anything never yields less, and the answer fits by itself. */
static void more_never_yields_less(void **state)
{
    int i;

    test_seed();
    for (i = 0; i < 3000; i++) {
        xlmem_size_request request = random_request(), more = request;
        uint64_t fields[] = {
            offsetof(xlmem_size_request, domus),
            offsetof(xlmem_size_request, hvm),
            offsetof(xlmem_size_request, vifs),
            offsetof(xlmem_size_request, vbds),
            offsetof(xlmem_size_request, extra_kb),
            offsetof(xlmem_size_request, growth_kb),
        };
        uint64_t *field, less_kb, more_kb;
        xlmem_host host;

        field =
            (uint64_t *)(void *)((char *)&more + fields[test_between(0, 5)]);
        *field += test_magnitude() % (4 * GIB);
        machine(&host, test_between(1, 2048) * GIB, test_between(1, 256));
        host.dom0.linux_minor = test_between(0, 1) * 12;
        less_kb = size_of(&host, &request);
        more_kb = size_of(&host, &more);
        if (more_kb < less_kb)
            fail_msg("%llu kB for domus %llu hvm %llu vifs %llu vbds %llu "
                     "extra %llu growth %llu, and %llu kB for more",
                     (unsigned long long)less_kb,
                     (unsigned long long)request.domus,
                     (unsigned long long)request.hvm,
                     (unsigned long long)request.vifs,
                     (unsigned long long)request.vbds,
                     (unsigned long long)request.extra_kb,
                     (unsigned long long)request.growth_kb,
                     (unsigned long long)more_kb);
        xlmem_host_dispose(&host);
    }
    (void)state;
}

static void a_running_dom0_says_what_it_needs(void **state)
{
    xlmem_size_request request = ask(0, 0);
    xlmem_recommendation idle, busy;
    xlmem_host host;

    machine(&host, 64 * GIB, 16);
    host.xen_cmdline = strdup("dom0_mem=16000M,max:16000M");
    XLMEM_SET(&host.dom0, mem_total_kb, 15 * GIB);
    XLMEM_SET(&host.dom0, mem_free_kb, 14 * GIB);
    XLMEM_SET(&host.dom0, cached_kb, 512 * MIB);
    assert_int_equal(xlmem_size(&host, &request, &idle), 0);
    check_sound(&idle);
    assert_int_equal(term_kb(&idle, "working set"), 640 * MIB);
    assert_int_equal(idle.current_kb, 16000 * MIB);
    assert_int_equal(idle.current_max_kb, 16000 * MIB);
    assert_int_equal(idle.wasted_kb, 0);

    XLMEM_SET(&host.dom0, anon_pages_kb, 6 * GIB);
    XLMEM_SET(&host.dom0, committed_as_kb, 100 * GIB);
    assert_int_equal(xlmem_size(&host, &request, &busy), 0);
    check_sound(&busy);
    assert_true(busy.dom0_mem_kb > 9 * GIB);
    assert_true(busy.floor_kb > 7 * GIB);
    assert_true(busy.floor_kb > idle.floor_kb);
    xlmem_host_dispose(&host);
    (void)state;
}

/* Of the recorded dom0 that was short of memory at 16000 MiB: its meminfo and
 * load, on a machine of 8 CPUs. */
static void an_overloaded_dom0_gets_more(void **state)
{
    xlmem_recommendation rec;
    xlmem_host host;

    machine(&host, 256 * GIB, 8);
    XLMEM_SET(&host.dom0, mem_total_kb, 16384000);
    XLMEM_SET(&host.dom0, mem_free_kb, 739588);
    XLMEM_SET(&host.dom0, buffers_kb, 185284);
    XLMEM_SET(&host.dom0, cached_kb, 7101404);
    XLMEM_SET(&host.dom0, load1_bp, 281000);
    assert_int_equal(xlmem_size(&host, NULL, &rec), 0);
    check_sound(&rec);
    assert_true(rec.dom0_mem_kb > 16000 * MIB);
    assert_int_equal(term_kb(&rec, "page cache"), 7101404 + 185284);
    assert_int_equal(term_kb(&rec, "room under pressure"), 16384000 / 8);

    /* Without a total nothing is said. */
    host.known &= ~XLMEM_FACT_BIT(&host, total_kb);
    assert_int_equal(xlmem_size(&host, NULL, &rec), XLMEM_ERROR_UNKNOWN);
    xlmem_host_dispose(&host);
    (void)state;
}

static void running_domus_are_counted_once(void **state)
{
    xlmem_size_request request = ask(2, 1);
    xlmem_recommendation none, both;
    xlmem_host host;

    machine(&host, 64 * GIB, 16);
    XLMEM_SET(&host.dom0, mem_total_kb, 2 * GIB);
    XLMEM_SET(&host.dom0, mem_free_kb, 1 * GIB);
    XLMEM_SET(&host.dom0, cached_kb, 512 * MIB);
    assert_int_equal(xlmem_size(&host, &request, &none), 0);
    assert_true(term_kb(&none, "domUs") > 0);
    assert_true(term_kb(&none, "device models") > 0);

    host.nr_doms = 2;
    host.doms = calloc(2, sizeof(*host.doms));
    assert_non_null(host.doms);
    XLMEM_SET(&host.doms[0], domid, 1);
    XLMEM_SET(&host.doms[1], domid, 2);
    host.doms[0].type = XLMEM_DOM_HVM;
    host.doms[1].type = XLMEM_DOM_PVH;
    assert_int_equal(xlmem_size(&host, &request, &both), 0);
    assert_int_equal(term_kb(&both, "domUs"), 0);
    assert_int_equal(term_kb(&both, "device models"), 0);
    assert_int_equal(term_kb(&both, "page cache of domUs"), 0);
    assert_int_equal(term_kb(&both, "page cache of running domUs"),
                     2 * 32 * MIB);
    host.dom0.cached_kb = 48 * MIB;
    assert_int_equal(xlmem_size(&host, &request, &both), 0);
    assert_int_equal(term_kb(&both, "page cache of running domUs"), 48 * MIB);
    xlmem_host_dispose(&host);
    (void)state;
}

static void waste_and_growth_are_priced(void **state)
{
    xlmem_size_request request = ask(4, 0);
    xlmem_recommendation rec;
    xlmem_host host;

    machine(&host, 64 * GIB, 8);
    host.xen_cmdline = strdup("dom0_mem=2G");
    assert_int_equal(xlmem_size(&host, &request, &rec), 0);
    check_sound(&rec);
    /* truth/grid.tsv: 457 MB on a host of 64 GiB. */
    assert_in_range(rec.wasted_kb, 450000, 465000);
    assert_false(XLMEM_KNOWS(&rec, current_max_kb));
    assert_int_equal(rec.current_kb, 2 * GIB);

    XLMEM_SET(&request, growth_kb, 8 * GIB);
    assert_int_equal(xlmem_size(&host, &request, &rec), 0);
    check_sound(&rec);
    assert_int_equal(rec.max_kb, rec.dom0_mem_kb + 8 * GIB);
    /* 86 B a page. */
    assert_in_range(rec.growth_cost_kb, 8 * GIB / 4 * 80 / 1024,
                    8 * GIB / 4 * 92 / 1024);
    xlmem_host_dispose(&host);
    (void)state;
}

static void hosts_too_small_are_refused_with_numbers(void **state)
{
    xlmem_size_request request = ask(4, 0);
    xlmem_recommendation rec;
    xlmem_host host;

    machine(&host, 512 * MIB, 1);
    memset(&rec, 0, sizeof(rec));
    assert_int_equal(xlmem_size(&host, &request, &rec),
                     XLMEM_ERROR_INFEASIBLE);
    assert_true(rec.dom0_mem_kb >= 512 * MIB);
    assert_true(term_kb(&rec, "struct pages") > 0);
    assert_true(term_kb(&rec, "kernel") > 0);
    assert_int_equal(sum_of_terms(&rec), rec.dom0_mem_kb);
    xlmem_host_dispose(&host);

    /* dom0 would fit, its domUs would not. */
    machine(&host, 2 * GIB, 1);
    request = ask(12, 0);
    assert_int_equal(xlmem_size(&host, &request, &rec),
                     XLMEM_ERROR_INFEASIBLE);
    assert_true(rec.dom0_mem_kb < 2 * GIB);
    xlmem_host_dispose(&host);
    (void)state;
}

static void nothing_overflows(void **state)
{
    static const uint64_t totals[] = {
        0, 1, 4, 1024, GIB, UINT64_C(1) << 52, UINT64_MAX / 1024, UINT64_MAX};
    size_t i, j;

    for (i = 0; i < ARRAY_SIZE(totals); i++)
        for (j = 0; j < 64; j++) {
            xlmem_size_request request = ask(UINT64_C(1) << j, 0);
            xlmem_recommendation rec;
            xlmem_host host;
            int rc;

            XLMEM_SET(&request, growth_kb, UINT64_C(1) << j);
            XLMEM_SET(&request, vifs, j % 3 ? 1 : UINT64_C(1) << j);
            machine(&host, totals[i], j % 7 ? 1 + j : UINT64_C(1) << j);
            rc = xlmem_size(&host, &request, &rec);
            if (!rc)
                check_sound(&rec);
            else if (rc != XLMEM_ERROR_RANGE && rc != XLMEM_ERROR_INFEASIBLE &&
                     rc != XLMEM_ERROR_UNKNOWN)
                fail_msg("%d for a host of %llu kB", rc,
                         (unsigned long long)totals[i]);
            xlmem_host_dispose(&host);
        }
    (void)state;
}

/* Numbers computed by hand from the formulas, in MiB. */
static void peers_are_as_published(void **state)
{
    static const struct {
        uint64_t gib, mib[6];
    } rows[] = {
        {4, {3968, 1232, 752, 1433, 585, 4096}},
        {16, {16256, 1856, 752, 2662, 837, 4096}},
        {32, {32640, 2672, 2048, 4300, 1173, 4096}},
        {64, {65408, 4304, 4096, 7577, 1845, 4096}},
        {128, {130944, 7584, 4096, 14131, 3188, 4096}},
        {512, {524160, 8192, 4096, 53452, 11249, 4096}},
        {1024, {1048448, 8192, 4096, 105881, 21997, 4096}},
    };
    size_t i, j;

    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t kb = rows[i].gib * GIB;
        xlmem_peer_size peers[XLMEM_PEERS_MAX];

        assert_int_equal(xlmem__peers(kb, kb, peers), 6);
        for (j = 0; j < 6; j++)
            assert_int_equal(peers[j].dom0_mem_kb / MIB, rows[i].mib[j]);
    }
    (void)state;
}

TEST_GROUP(size)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expert_nods),
        cmocka_unit_test(more_never_yields_less),
        cmocka_unit_test(a_running_dom0_says_what_it_needs),
        cmocka_unit_test(an_overloaded_dom0_gets_more),
        cmocka_unit_test(running_domus_are_counted_once),
        cmocka_unit_test(waste_and_growth_are_priced),
        cmocka_unit_test(hosts_too_small_are_refused_with_numbers),
        cmocka_unit_test(nothing_overflows),
        cmocka_unit_test(peers_are_as_published),
    };

    return test_run(tests, NULL, NULL);
}
