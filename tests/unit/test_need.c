/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "truth.h"
#include "truth_out.h"

/* Promised: never less than what is taken, and at most this much more. */
#define OVER_KB 128

static void host_of(uint64_t minor, xlmem_host *host)
{
    xlmem_host_init(host);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, minor);
    XLMEM_SET(host, hap, 1);
}

/* As `xl info` of each suite says. */
static void host_of_suite(const char *suite, xlmem_host *host)
{
    static const struct {
        const char *suite, *version;
        uint64_t minor;
    } suites[] = {{"bullseye", "4.14.6", 14},
                  {"bookworm", "4.17.5", 17},
                  {"trixie", "4.20.4-pre", 20}};
    size_t i = 0;

    while (strcmp(suites[i].suite, suite) != 0)
        i++;
    host_of(suites[i].minor, host);
    host->xen_version = strdup(suites[i].version);
    assert_non_null(host->xen_version);
}

static xlmem_dom_type type_of(const char *name)
{
    if (!strcmp(name, "pv"))
        return XLMEM_DOM_PV;
    return strcmp(name, "pvh") ? XLMEM_DOM_HVM : XLMEM_DOM_PVH;
}

static void request_of(char *c[TRUTH_COLUMNS], xlmem_need_request *request)
{
    memset(request, 0, sizeof(*request));
    request->type = type_of(c[1]);
    if (strcmp(c[2], "-") != 0)
        XLMEM_SET(request, vcpus, strtoull(c[2], NULL, 10));
    XLMEM_SET(request, memory_kb, strtoull(c[3], NULL, 10) * 1024);
    XLMEM_SET(request, maxmem_kb, strtoull(c[4], NULL, 10) * 1024);
    if (strcmp(c[5], "-") != 0)
        XLMEM_SET(request, shadow_memory_kb, strtoull(c[5], NULL, 10) * 1024);
    XLMEM_SET(request, vifs, strtoull(c[8], NULL, 10));
}

/* Predicted less taken of a file's rows. */
static void rows_hold(const char *name, size_t least)
{
    FILE *f = truth_open(name);
    char line[512], *c[TRUTH_COLUMNS];
    long long low = OVER_KB, high = 0;
    size_t nr = 0;

    while (fgets(line, sizeof(line), f)) {
        xlmem_need_request request;
        xlmem_host host;
        xlmem_need need;
        long long over;

        if (line[0] == '#' || !strncmp(line, "suite\t", 6))
            continue;
        assert_int_equal(truth_split(line, c), 9);
        host_of_suite(c[0], &host);
        request_of(c, &request);
        assert_int_equal(xlmem_need_of(&host, &request, &need), 0);
        xlmem_host_dispose(&host);
        over = (long long)need.need_kb - (long long)strtoull(c[6], NULL, 10);
        if (over < 0 || over > OVER_KB)
            print_error("%s: %s %s vCPUs %s MiB, maxmem %s: %lld kB over\n",
                        c[0], c[1], c[2], c[3], c[4], over);
        truth_out("need", c[0], c[1], strtoull(c[6], NULL, 10), need.need_kb);
        low = over < low ? over : low;
        high = over > high ? over : high;
        nr++;
    }
    fclose(f);
    print_message("%s: %zu rows, predicted - taken from %lld to %lld kB\n",
                  name, nr, low, high);
    assert_true(nr >= least);
    assert_true(low >= 0 && high <= OVER_KB);
}

static void never_less_than_taken(void **state)
{
    (void)state;
    rows_hold("needs.tsv", 6);
    rows_hold("needs-bookworm.tsv", 38);
    rows_hold("needs-bullseye.tsv", 25);
    rows_hold("needs-trixie.tsv", 25);
    rows_hold("needs-hvm.tsv", 26);
}

static void random_request(xlmem_need_request *request)
{
    memset(request, 0, sizeof(*request));
    request->type = (xlmem_dom_type)test_between(XLMEM_DOM_PV, XLMEM_DOM_HVM);
    XLMEM_SET(request, memory_kb, test_between(1, UINT64_C(1) << 40));
    XLMEM_SET(request, vcpus, test_between(1, 512));
    if (test_between(0, 1))
        XLMEM_SET(request, maxmem_kb, test_between(1, UINT64_C(1) << 40));
    if (test_between(0, 1))
        XLMEM_SET(request, hap, test_between(0, 1));
    if (test_between(0, 3) == 0)
        XLMEM_SET(request, shadow_memory_kb, test_between(0, 1 << 20));
    if (test_between(0, 1))
        XLMEM_SET(request, iommu_tables, test_between(0, 1));
    if (test_between(0, 3) == 0)
        XLMEM_SET(request, stubdom_kb, test_between(1024, 1 << 18));
    if (test_between(0, 1))
        XLMEM_SET(request, video_kb, test_between(0, 1 << 16));
}

static uint64_t need_kb(const xlmem_host *host,
                        const xlmem_need_request *request)
{
    xlmem_need need;
    uint64_t sum = 0;
    size_t i;

    assert_int_equal(xlmem_need_of(host, request, &need), 0);
    for (i = 0; i < need.nr_terms; i++) {
        assert_non_null(need.terms[i].name);
        assert_non_null(need.terms[i].source);
        sum += need.terms[i].kb;
    }
    assert_int_equal(sum, need.need_kb);
    assert_true(need.need_kb >= request->memory_kb);
    return need.need_kb;
}

static void more_of_anything_needs_no_less(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        xlmem_need_request one, more;
        xlmem_host host;

        host_of(test_between(12, 22), &host);
        random_request(&one);
        more = one;
        XLMEM_SET(&more, memory_kb, one.memory_kb + test_between(0, 1 << 24));
        assert_true(need_kb(&host, &more) >= need_kb(&host, &one));
        more = one;
        XLMEM_SET(&more, maxmem_kb, one.maxmem_kb + test_between(0, 1 << 24));
        assert_true(need_kb(&host, &more) >= need_kb(&host, &one));
        more = one;
        XLMEM_SET(&more, vcpus, one.vcpus + test_between(0, 64));
        assert_true(need_kb(&host, &more) >= need_kb(&host, &one));
    }
}

static void what_is_not_known_costs_no_less(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 5000; i++) {
        xlmem_need_request request;
        xlmem_host host, blank;

        host_of(test_between(14, 20), &host);
        xlmem_host_init(&blank);
        random_request(&request);
        assert_true(need_kb(&blank, &request) >= need_kb(&host, &request));
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 50000; i++) {
        xlmem_need_request request;
        xlmem_need need = {.need_kb = 4711};
        xlmem_host host;
        int rc;

        host_of(17, &host);
        random_request(&request);
        XLMEM_SET(&request, memory_kb, test_magnitude());
        XLMEM_SET(&request, maxmem_kb, test_magnitude());
        XLMEM_SET(&request, vcpus, test_magnitude() | 1);
        XLMEM_SET(&request, stubdom_kb, test_magnitude());
        XLMEM_SET(&request, video_kb, test_magnitude());
        rc = xlmem_need_of(&host, &request, &need);
        if (rc) {
            assert_int_equal(rc, XLMEM_ERROR_RANGE);
            assert_int_equal(need.need_kb, 4711);
        } else {
            assert_true(need.need_kb >= request.memory_kb);
            assert_true(need.need_kb >= request.stubdom_kb);
        }
    }
}

static void what_must_be_said(void **state)
{
    xlmem_need_request request = {.type = XLMEM_DOM_PV};
    xlmem_need need;
    xlmem_host host;

    (void)state;
    host_of(17, &host);
    assert_int_equal(xlmem_need_of(&host, &request, &need),
                     XLMEM_ERROR_UNKNOWN);
    XLMEM_SET(&request, memory_kb, 65536);
    assert_int_equal(xlmem_need_of(&host, &request, &need), 0);
    request.type = XLMEM_DOM_UNKNOWN;
    assert_int_equal(xlmem_need_of(&host, &request, &need),
                     XLMEM_ERROR_UNKNOWN);
    request.type = XLMEM_DOM_PVH;
    XLMEM_SET(&request, vcpus, 0);
    assert_int_equal(xlmem_need_of(&host, &request, &need), XLMEM_ERROR_INVAL);
}

/* A PV domain of one vCPU, as a stubdomain is one. */
static uint64_t pv_need_kb(const xlmem_host *host, uint64_t kb)
{
    xlmem_need_request request = {.type = XLMEM_DOM_PV};

    XLMEM_SET(&request, memory_kb, kb);
    XLMEM_SET(&request, vcpus, 1);
    return need_kb(host, &request);
}

/* A 1 GiB guest of two vCPUs: what a term by itself adds. */
static void a_term_is_as_its_source_says(void **state)
{
    xlmem_need_request request = {.type = XLMEM_DOM_PVH};
    xlmem_host host, old;
    uint64_t plain;

    (void)state;
    host_of(17, &host);
    host_of(14, &old);
    XLMEM_SET(&request, memory_kb, 1 << 20);
    XLMEM_SET(&request, vcpus, 2);
    plain = need_kb(&host, &request);
    XLMEM_SET(&request, hap, 0);
    assert_int_equal(need_kb(&host, &request) - plain, 1024 * 4);
    XLMEM_SET(&request, hap, 1);
    XLMEM_SET(&request, shadow_memory_kb, (256 * 2 + 1024) * 4 + 4);
    assert_int_equal(need_kb(&host, &request) - plain, 4);
    request.known &= ~XLMEM_FACT_BIT(&request, shadow_memory_kb);
    request.shadow_memory_kb = 0;
    /* 2^18 pages: 512 tables, then one of each level. */
    XLMEM_SET(&request, iommu_tables, 1);
    assert_int_equal(need_kb(&host, &request) - plain, (512 + 3) * 4);
    XLMEM_SET(&request, iommu_tables, 0);
    XLMEM_SET(&request, stubdom_kb, 28 * 1024);
    XLMEM_SET(&request, video_kb, 8 * 1024);
    assert_int_equal(need_kb(&host, &request) - plain,
                     pv_need_kb(&host, 36 * 1024));
}

/* libxl_x86.c, libxl__arch_passthrough_mode_setdefault: where the file leaves
 * it open, tables of its own unless an HVM domU with HAP can share. */
static void passthrough_is_libxls_choice(void **state)
{
    static const struct {
        xlmem_dom_type type;
        int share, hap, known; /* -1: not known */
        bool tables;
    } rows[] = {
        {XLMEM_DOM_PV, 1, 1, -1, true},  {XLMEM_DOM_HVM, 1, 1, -1, false},
        {XLMEM_DOM_HVM, 0, 1, -1, true}, {XLMEM_DOM_HVM, -1, 1, -1, true},
        {XLMEM_DOM_HVM, 1, 0, -1, true}, {XLMEM_DOM_HVM, 0, 1, 0, false},
        {XLMEM_DOM_HVM, 1, 1, 1, true},  {XLMEM_DOM_PV, 0, 1, 0, false},
    };
    uint64_t plain;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_need_request request = {.type = rows[i].type};
        xlmem_host host;

        host_of(15, &host);
        XLMEM_SET(&request, memory_kb, 8 << 20);
        XLMEM_SET(&request, hap, (uint64_t)rows[i].hap);
        plain = need_kb(&host, &request);
        if (rows[i].share >= 0)
            XLMEM_SET(&host, iommu_pt_share, (uint64_t)rows[i].share);
        if (rows[i].known >= 0)
            XLMEM_SET(&request, iommu_tables, (uint64_t)rows[i].known);
        XLMEM_SET(&request, passthrough, 1);
        /* 8 GiB: 16 424 kB in four levels. */
        assert_int_equal(need_kb(&host, &request) - plain,
                         rows[i].tables ? 16424 : 0);
    }
}

static void memory_is_taken_in_whole_pages(void **state)
{
    xlmem_host host;

    (void)state;
    host_of(17, &host);
    assert_int_equal(pv_need_kb(&host, 64 * 1024 + 1),
                     pv_need_kb(&host, 64 * 1024) + 4);
    assert_int_equal(pv_need_kb(&host, 64 * 1024 + 4),
                     pv_need_kb(&host, 64 * 1024) + 4);
}

/* Whatever its configuration says. */
static void without_hap_in_the_host_there_is_none(void **state)
{
    xlmem_need_request request = {.type = XLMEM_DOM_PVH};
    xlmem_host host;
    uint64_t shadowed;

    (void)state;
    host_of(17, &host);
    XLMEM_SET(&request, memory_kb, 1 << 20);
    XLMEM_SET(&request, hap, 0);
    shadowed = need_kb(&host, &request);
    XLMEM_SET(&host, hap, 0);
    XLMEM_SET(&request, hap, 1);
    assert_int_equal(need_kb(&host, &request), shadowed);
    request.known &= ~XLMEM_FACT_BIT(&request, hap);
    assert_int_equal(need_kb(&host, &request), shadowed);
}

/* Its device model is in a domain of its own. */
static void with_a_stubdomain_dom0_runs_no_qemu(void **state)
{
    xlmem_need_request request = {.type = XLMEM_DOM_HVM};
    xlmem_need with, without;
    xlmem_host host;

    (void)state;
    host_of(17, &host);
    XLMEM_SET(&request, memory_kb, 1 << 20);
    assert_int_equal(xlmem_need_of(&host, &request, &without), 0);
    XLMEM_SET(&request, stubdom_kb, 32 * 1024);
    assert_int_equal(xlmem_need_of(&host, &request, &with), 0);
    /* At least the 12 MiB that a QEMU was measured with, while it runs. */
    assert_true(with.dom0_need_kb - with.dom0_build_kb + 12 * 1024 <=
                without.dom0_need_kb - without.dom0_build_kb);
}

/* 640 kB is what a running domain of 4.17 was seen with. */
static void no_vcpus_in_the_configuration_none_in_the_pool(void **state)
{
    static const struct {
        uint64_t minor, kb;
    } pools[] = {{14, 2 * 1024}, {17, 640}, {20, 640}};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(pools); i++) {
        xlmem_need_request request = {.type = XLMEM_DOM_PVH};
        uint64_t none, one;
        xlmem_host host;

        host_of(pools[i].minor, &host);
        XLMEM_SET(&request, memory_kb, 128 * 1024);
        XLMEM_SET(&request, maxmem_kb, 160 * 1024);
        none = need_kb(&host, &request);
        XLMEM_SET(&request, vcpus, 1);
        one = need_kb(&host, &request);
        assert_int_equal(one - none, 1024);
        XLMEM_SET(&request, shadow_memory_kb, pools[i].kb);
        assert_int_equal(need_kb(&host, &request), none);
    }
}

/* Only QEMU's cards bring a ROM; what vifs cost dom0 is beside. */
static void an_emulated_card_brings_its_rom(void **state)
{
    xlmem_need_request request = {.type = XLMEM_DOM_HVM};
    xlmem_need without, with;
    xlmem_host host;

    (void)state;
    host_of(17, &host);
    XLMEM_SET(&request, memory_kb, 1 << 20);
    assert_int_equal(xlmem_need_of(&host, &request, &without), 0);
    XLMEM_SET(&request, vifs, 2);
    assert_int_equal(xlmem_need_of(&host, &request, &with), 0);
    assert_int_equal(with.need_kb - without.need_kb, 512);
    assert_true(with.dom0_need_kb > without.dom0_need_kb);
    request.type = XLMEM_DOM_PVH;
    assert_int_equal(xlmem_need_of(&host, &request, &with), 0);
    request.vifs = 0;
    assert_int_equal(xlmem_need_of(&host, &request, &without), 0);
    assert_int_equal(with.need_kb, without.need_kb);
    XLMEM_SET(&request, vifs, UINT64_MAX);
    assert_int_equal(xlmem_need_of(&host, &request, &with), XLMEM_ERROR_RANGE);
}

/* What a version that does not say it pays is the dearer. */
static void the_vga_window_goes_by_the_version(void **state)
{
    static const struct {
        const char *version;
        uint64_t minor, kb;
    } hosts[] = {
        {"4.15.7", 15, 256},
        {"4.16.6", 16, 256},
        {"4.16.7", 16, 0},
        {"4.17.4", 17, 256},
        {"4.17.5", 17, 0},
        {"4.17.6-pre", 17, 0},
        {"4.17.6", 17, 0},
        {"4.18.3", 18, 256},
        {"4.18.4-pre", 18, 256},
        {"4.18.10", 18, 0},
        {"4.19.0", 19, 256},
        {"4.19.1", 19, 0},
        {"4.19-unstable", 19, 256},
        {NULL, 17, 256},
        {"odd", 17, 256},
        {"4.17.", 17, 256},
        {NULL, 20, 0},
        {"4.21.0", 21, 0},
    };
    xlmem_need_request request = {.type = XLMEM_DOM_HVM};
    size_t i;

    (void)state;
    XLMEM_SET(&request, memory_kb, 1 << 20);
    for (i = 0; i < ARRAY_SIZE(hosts); i++) {
        xlmem_host host, newest;

        host_of(hosts[i].minor, &host);
        host_of(hosts[i].minor, &newest);
        host.xen_version = hosts[i].version ? strdup(hosts[i].version) : NULL;
        /* The same release, and surely with the fix. */
        newest.xen_version = strdup("4.0.99");
        assert_int_equal(need_kb(&host, &request) - need_kb(&newest, &request),
                         hosts[i].minor == 15 ? 0 : hosts[i].kb);
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&newest);
    }
}

TEST_GROUP(need)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passthrough_is_libxls_choice),
        cmocka_unit_test(never_less_than_taken),
        cmocka_unit_test(more_of_anything_needs_no_less),
        cmocka_unit_test(what_is_not_known_costs_no_less),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(what_must_be_said),
        cmocka_unit_test(a_term_is_as_its_source_says),
        cmocka_unit_test(memory_is_taken_in_whole_pages),
        cmocka_unit_test(without_hap_in_the_host_there_is_none),
        cmocka_unit_test(with_a_stubdomain_dom0_runs_no_qemu),
        cmocka_unit_test(no_vcpus_in_the_configuration_none_in_the_pool),
        cmocka_unit_test(an_emulated_card_brings_its_rom),
        cmocka_unit_test(the_vga_window_goes_by_the_version),
    };

    return test_run(tests, NULL, NULL);
}
