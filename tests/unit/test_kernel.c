/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "model/kernel.h"
#include "model/kernel_layout.h"
#include "truth.h"

#define GIB_PAGES UINT64_C(262144)

static void hash_tables_are_as_the_kernel_sizes_them(void **state)
{
    /* Entries as Linux 6.1 printed them at boot, 8 bytes each. */
    assert_int_equal(xlmem__hash_kb(GIB_PAGES - 4097), 1024 + 512);
    assert_int_equal(xlmem__hash_kb(2 * GIB_PAGES - 8193), 2048 + 1024);
    /* 23 GiB: 4194304 dentries, 2097152 inodes. */
    assert_int_equal(xlmem__hash_kb(5767070 - 90112), 32768 + 16384);
    /* Above 64 GiB the scale grows by one. */
    assert_int_equal(xlmem__hash_kb(65 * GIB_PAGES),
                     xlmem__hash_kb(64 * GIB_PAGES));
    assert_int_equal(xlmem__hash_kb(0), 8);
    assert_int_equal(xlmem__hash_kb(UINT64_MAX), 2 * (8 << 21));
    (void)state;
}

/* Present and spanned pages of the kernel's zones, to the page. */
static void layout_is_that_of_every_boot(void **state)
{
    truth_row rows[TRUTH_MAX];
    size_t i, n = truth_rows("grid.tsv", rows);

    for (i = 0; i < n; i++) {
        xlmem_range pc[XLMEM__PC_RANGES];
        xlmem_prediction prediction;
        xlmem__layout layout;
        xlmem_host host;
        xlmem__boot boot;

        truth_host(&rows[i], &host);
        assert_int_equal(xlmem_predict(&host, rows[i].xen_args, &prediction),
                         0);
        boot = (xlmem__boot){
            .nr_pages = prediction.nr_pages,
            .max_pages = XLMEM_KNOWS(&prediction, max_pages)
                             ? prediction.max_pages
                             : UINT64_MAX,
            .linux_major = host.dom0.linux_major,
            .linux_minor = host.dom0.linux_minor,
        };
        xlmem__layout_of(xlmem__host_ranges(&host, pc), &boot, 0, &layout);
        assert_int_equal(layout.initial_pages, rows[i].tot_kb / 4);
        assert_int_equal((layout.ram_pages - 1) * 4, rows[i].present_kb);
        assert_int_equal((layout.end_pfn - 1) * 4, rows[i].spanned_kb);
        xlmem_host_dispose(&host);
    }
    (void)state;
}

static void a_pvh_dom0_has_extra_memory_since_6_6(void **state)
{
    xlmem_range ranges[] = {
        {0, 0x9f000, XLMEM_RANGE_RAM},
        {0x9f000, 0x100000, XLMEM_RANGE_RESERVED},
        {0x100000, UINT64_C(0xc0000000), XLMEM_RANGE_RAM},
    };
    xlmem__boot boot = {.nr_pages = GIB_PAGES,
                        .max_pages = UINT64_MAX,
                        .linux_major = 6,
                        .linux_minor = 1,
                        .pvh = true};
    xlmem__layout layout;

    xlmem__layout_of((xlmem__ranges){ranges, 3}, &boot, 0, &layout);
    assert_int_equal(layout.ram_pages, GIB_PAGES);
    assert_int_equal(layout.end_pfn, GIB_PAGES + 0x61);
    assert_int_equal(layout.units[XLMEM__UNIT_SECTION], 9);

    boot.linux_minor = 12;
    xlmem__layout_of((xlmem__ranges){ranges, 3}, &boot, 0, &layout);
    assert_int_equal(layout.initial_pages, GIB_PAGES);
    assert_int_equal(layout.end_pfn, 3 * GIB_PAGES);
    (void)state;
}

/* last_pfn of the logs: 0x40061 with 6.1, 0x40080 with 6.12. */
static void a_pv_dom0_keeps_its_half_of_low_memory_free_since_6_5(void **state)
{
    xlmem_range ranges[] = {
        {0, 0x9fc00, XLMEM_RANGE_RAM},
        {0x9fc00, 0x100000, XLMEM_RANGE_RESERVED},
        {0x100000, UINT64_C(0xbffe0000), XLMEM_RANGE_RAM},
    };
    xlmem__boot boot = {.nr_pages = GIB_PAGES,
                        .max_pages = GIB_PAGES,
                        .linux_major = 6,
                        .linux_minor = 4};
    xlmem__layout layout;

    xlmem__layout_of((xlmem__ranges){ranges, 3}, &boot, 0, &layout);
    assert_int_equal(layout.end_pfn, 0x40061);
    boot.linux_minor = 5;
    xlmem__layout_of((xlmem__ranges){ranges, 3}, &boot, 0, &layout);
    assert_int_equal(layout.end_pfn, 0x40080);
    assert_int_equal(layout.ram_pages, GIB_PAGES);
    (void)state;
}

/* What does not fit above the hole is lost; nothing overflows. */
static void layout_survives_any_map(void **state)
{
    int i;

    test_seed();
    for (i = 0; i < 20000; i++) {
        xlmem_range ranges[6];
        xlmem__boot boot = {.nr_pages = test_magnitude(),
                            .max_pages = test_magnitude(),
                            .pvh = test_between(0, 1)};
        xlmem__layout layout;
        uint64_t at = 0;
        size_t n = 0;

        while (n < ARRAY_SIZE(ranges)) {
            uint64_t start = at + (test_magnitude() >> 4);
            uint64_t end = start + (test_magnitude() >> 4);

            if (start < at || end <= start)
                break;
            ranges[n++] =
                (xlmem_range){start, end, (uint32_t)test_between(1, 2)};
            at = end;
        }
        xlmem__layout_of((xlmem__ranges){ranges, n}, &boot,
                         test_between(0, 1) * test_magnitude(), &layout);
        assert_true(layout.initial_pages <= boot.nr_pages);
        assert_true(layout.initial_pages <= layout.ram_pages);
        assert_true(layout.ram_pages <= layout.end_pfn);
        assert_true(layout.end_pfn <= XLMEM__PAGES_MAX);
    }
    (void)state;
}

TEST_GROUP(kernel)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_tables_are_as_the_kernel_sizes_them),
        cmocka_unit_test(layout_is_that_of_every_boot),
        cmocka_unit_test(a_pvh_dom0_has_extra_memory_since_6_6),
        cmocka_unit_test(
            a_pv_dom0_keeps_its_half_of_low_memory_free_since_6_5),
        cmocka_unit_test(layout_survives_any_map),
    };

    return test_run(tests, NULL, NULL);
}
