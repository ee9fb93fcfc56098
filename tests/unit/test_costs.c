/* SPDX-License-Identifier: LGPL-2.1-only */
/* What dom0 is charged for a domU, against what domUs were seen to cost it. */
#include "truth.h"

#define COLUMNS 14

/* A row's kind as a request; false: no domU, or not one alone. */
static bool request_of(const char *kind, xlmem_need_request *request)
{
    static const struct {
        const char *kind;
        xlmem_dom_type type;
        uint64_t vifs, vbds;
    } kinds[] = {
        {"pv", XLMEM_DOM_PV, 0, 0},       {"pvh", XLMEM_DOM_PVH, 0, 0},
        {"vif", XLMEM_DOM_PV, 1, 0},      {"vbd", XLMEM_DOM_PV, 0, 1},
        {"vif-busy", XLMEM_DOM_PV, 1, 0}, {"vbd-busy", XLMEM_DOM_PV, 0, 1},
        {"hvm", XLMEM_DOM_HVM, 0, 0},     {"hvm-io", XLMEM_DOM_HVM, 0, 1},
        {"hvm-run", XLMEM_DOM_HVM, 0, 1},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(kinds); i++)
        if (!strcmp(kinds[i].kind, kind)) {
            *request = (xlmem_need_request){.type = kinds[i].type};
            XLMEM_SET(request, memory_kb, 128 * 1024);
            XLMEM_SET(request, vifs, kinds[i].vifs);
            XLMEM_SET(request, vbds, kinds[i].vbds);
            return true;
        }
    return false;
}

/* What so many of a kind took of MemAvailable is charged, or more. */
static void no_domu_costs_dom0_more(void **state)
{
    char line[512], *c[TRUTH_COLUMNS];
    FILE *f = truth_open("dom0-costs.tsv");
    size_t nr = 0;

    (void)state;
    while (fgets(line, sizeof(line), f)) {
        xlmem_need_request request;
        xlmem_host host;
        xlmem_need need;
        uint64_t domus;
        long long took;

        assert_int_equal(truth_split(line, c), COLUMNS);
        if (!request_of(c[1], &request))
            continue;
        domus = truth_number(c[2]);
        took = strtoll(c[3], NULL, 10);
        if (!domus)
            continue; /* what stays behind, once */
        xlmem_host_init(&host);
        assert_int_equal(xlmem_need_of(&host, &request, &need), 0);
        if (took > (long long)(domus * need.dom0_need_kb))
            fail_msg("%s: %llu of %s took %lld kB, charged %llu each", c[0],
                     (unsigned long long)domus, c[1], took,
                     (unsigned long long)need.dom0_need_kb);
        nr++;
    }
    fclose(f);
    assert_true(nr >= 20);
}

/* 44 kB and 256 pages for each queue of each vif, as many as its frontend asks
 * for; one where that is not known. */
static void each_queue_of_a_vif_is_charged(void **state)
{
    const uint64_t queue_kb = 44 + 256 * 4;
    xlmem_need_request request = {.type = XLMEM_DOM_PVH};
    xlmem_need without, with;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&request, memory_kb, 128 * 1024);
    assert_int_equal(xlmem_need_of(&host, &request, &without), 0);
    XLMEM_SET(&request, vifs, 3);
    assert_int_equal(xlmem_need_of(&host, &request, &with), 0);
    assert_int_equal(with.dom0_need_kb - without.dom0_need_kb, 3 * queue_kb);
    XLMEM_SET(&request, vif_queues, 4);
    assert_int_equal(xlmem_need_of(&host, &request, &with), 0);
    assert_int_equal(with.dom0_need_kb - without.dom0_need_kb,
                     3 * 4 * queue_kb);
}

/* 2 MiB: at most 1972 kB were measured for a ring in use. */
static void each_disk_is_charged(void **state)
{
    xlmem_need_request request = {.type = XLMEM_DOM_PVH};
    xlmem_need without, with;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&request, memory_kb, 128 * 1024);
    assert_int_equal(xlmem_need_of(&host, &request, &without), 0);
    XLMEM_SET(&request, vbds, 5);
    assert_int_equal(xlmem_need_of(&host, &request, &with), 0);
    assert_int_equal(with.dom0_need_kb - without.dom0_need_kb, 5 * 2048);
}

TEST_GROUP(costs)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_domu_costs_dom0_more),
        cmocka_unit_test(each_queue_of_a_vif_is_charged),
        cmocka_unit_test(each_disk_is_charged),
    };

    return test_run(tests, NULL, NULL);
}
