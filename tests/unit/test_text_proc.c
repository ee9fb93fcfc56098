/* SPDX-License-Identifier: LGPL-2.1-only */
/* The parsers of dom0's /proc. */
#include "model/report.h"
#include "text.h"

static void meminfo_is_read(void **state)
{
    static const char text[] = "MemTotal:         912092 kB\n"
                               "MemFree:          858604 kB\n"
                               "SwapCached:            0 kB\n"
                               "SwapTotal:             0 kB\n"
                               "SwapFree:  18446744073709551612 kB\n"
                               "Slab:              19704 kB\n"
                               "Hugepagesize:       2048 kB\n"
                               "HugePages_Total:       2\n"
                               "Hugetlb:            4096 kB\n"
                               "DirectMap1G:     1048576 kB";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_meminfo, text, &host), 0);
    assert_int_equal(host.dom0.mem_total_kb, 912092);
    assert_int_equal(host.dom0.mem_free_kb, 858604);
    assert_int_equal(host.dom0.slab_kb, 19704);
    assert_int_equal(host.dom0.hugetlb_kb, 4096);
    assert_int_equal(host.dom0.direct_map_1g_kb, 1048576);
    assert_true(XLMEM_KNOWS(&host.dom0, swap_total_kb));
    assert_false(XLMEM_KNOWS(&host.dom0, swap_free_kb));
    assert_false(XLMEM_KNOWS(&host.dom0, mem_available_kb));
}

static void buddyinfo_is_read(void **state)
{
    static const char text[] =
        "Node 0, zone      DMA      2      1 \n"
        "Node 1, zone   Normal 8390977 1181188      0      0      0      0"
        "      0      0      0      0      3 \n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_buddyinfo, text, &host), 0);
    assert_int_equal(host.dom0.nr_zones, 2);
    assert_string_equal(host.dom0.zones[0].name, "DMA");
    assert_int_equal(host.dom0.zones[0].nr_orders, 2);
    assert_int_equal(host.dom0.zones[0].free_blocks[1], 1);
    assert_string_equal(host.dom0.zones[1].name, "Normal");
    assert_int_equal(host.dom0.zones[1].node, 1);
    assert_int_equal(host.dom0.zones[1].nr_orders, 11);
    assert_int_equal(host.dom0.zones[1].free_blocks[0], 8390977);
    assert_int_equal(host.dom0.zones[1].free_blocks[10], 3);
    assert_false(XLMEM_KNOWS(&host.dom0.zones[1], free_pages));
    xlmem_host_dispose(&host);
}

/* Linux 6.1's, shortened; the pagesets' "high:" is another thing. */
static const char zones_text[] =
    "Node 0, zone      DMA\n"
    "  per-node stats\n"
    "      nr_inactive_anon 116\n"
    "  pages free     3840\n"
    "        boost    0\n"
    "        min      59\n"
    "        low      73\n"
    "        high     87\n"
    "        spanned  4095\n"
    "        present  3999\n"
    "        managed  3840\n"
    "        cma      0\n"
    "        protection: (0, 886, 886, 886, 886)\n"
    "      nr_free_pages 3840\n"
    "  pagesets\n"
    "    cpu: 0\n"
    "              count: 0\n"
    "              high:  0\n"
    "              batch: 1\n"
    "  node_unreclaimable:  0\n"
    "  start_pfn:           1\n"
    "Node 0, zone    DMA32\n"
    "  pages free     210811\n"
    "        min      3509\n"
    "        spanned  258145\n"
    "        present  258144\n"
    "        managed  224183\n";

static void zoneinfo_is_read_and_summed(void **state)
{
    static const char buddy[] = "Node 0, zone    DMA32 1 2 3\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_buddyinfo, buddy, &host), 0);
    assert_int_equal(parse(xlmem__parse_zoneinfo, zones_text, &host), 0);
    assert_int_equal(host.dom0.nr_zones, 2);
    assert_string_equal(host.dom0.zones[0].name, "DMA32");
    assert_int_equal(host.dom0.zones[0].free_blocks[2], 3);
    assert_int_equal(host.dom0.zones[0].free_pages, 210811);
    assert_int_equal(host.dom0.zones[0].min_pages, 3509);
    assert_false(XLMEM_KNOWS(&host.dom0.zones[0], high_pages));
    assert_int_equal(host.dom0.zones[1].high_pages, 87);
    assert_int_equal(host.dom0.zones[1].low_pages, 73);
    assert_int_equal(host.dom0.spanned_pages, 4095 + 258145);
    assert_int_equal(host.dom0.present_pages, 3999 + 258144);
    assert_int_equal(host.dom0.managed_pages, 3840 + 224183);
    xlmem_host_dispose(&host);
}

static void sums_need_every_zone(void **state)
{
    static const char text[] = "Node 0, zone DMA\n"
                               "        spanned  4095\n"
                               "        managed  4000\n"
                               "Node 0, zone Normal\n"
                               "        spanned  5\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_zoneinfo, text, &host), 0);
    assert_int_equal(host.dom0.spanned_pages, 4100);
    assert_false(XLMEM_KNOWS(&host.dom0, managed_pages));
    assert_false(XLMEM_KNOWS(&host.dom0, present_pages));
    xlmem_host_dispose(&host);
}

static void version_is_read(void **state)
{
    static const struct {
        const char *text, *release;
        bool known;
        uint64_t major, minor;
    } rows[] = {
        {"Linux version 6.1.0-37-amd64 (a@b) (gcc-12) #1 SMP\n",
         "6.1.0-37-amd64", true, 6, 1},
        {"Linux version 2.6.32-431.el6.x86_64 (a@b)\n",
         "2.6.32-431.el6.x86_64", true, 2, 6},
        {"Linux version 7.2-rc1+ (a@b)\n", "7.2-rc1+", true, 7, 2},
        {"Linux version custom (a@b)\n", "custom", false, 0, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_host host;

        xlmem_host_init(&host);
        assert_int_equal(parse(xlmem__parse_version, rows[i].text, &host), 0);
        assert_string_equal(host.dom0.kernel_release, rows[i].release);
        assert_int_equal(XLMEM_KNOWS(&host.dom0, linux_major), rows[i].known);
        assert_int_equal(host.dom0.linux_major, rows[i].major);
        assert_int_equal(host.dom0.linux_minor, rows[i].minor);
        xlmem_host_dispose(&host);
    }
}

static void cmdline_is_kept(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_kernel_cmdline,
                           "console=hvc0 quiet \x1b[2J\n", &host),
                     0);
    assert_string_equal(host.dom0.kernel_cmdline, "console=hvc0 quiet ?[2J");
    xlmem_host_dispose(&host);
}

static void boot_id_is_kept(void **state)
{
    static const char id[] = "5f4dcc3b-5aa7-465d-8e2b-1f2d3c4b5a69";
    static const char *const none[] = {
        "",
        "5f4dcc3b-5aa7-465d-8e2b-1f2d3c4b5a6\n",
        "5f4dcc3b-5aa7-465d-8e2b-1f2d3c4b5a690\n",
        "5f4dcc3b55aa7-465d-8e2b-1f2d3c4b5a69\n",
        "5f4dcc3b-5aa7-465d-8e2b-1f2d3c4b5a6g\n",
        "5F4DCC3B-5AA7-465D-8E2B-1F2D3C4B5A69\n",
    };
    xlmem_host host;
    size_t i;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_boot_id,
                           "5f4dcc3b-5aa7-465d-8e2b-1f2d3c4b5a69\n", &host),
                     0);
    assert_string_equal(host.dom0.boot_id, id);
    xlmem_host_dispose(&host);
    for (i = 0; i < ARRAY_SIZE(none); i++) {
        assert_int_equal(parse(xlmem__parse_boot_id, none[i], &host),
                         XLMEM_ERROR_PARSE);
        assert_null(host.dom0.boot_id);
    }
}

static void load_and_pressure_are_read(void **state)
{
    static const char psi[] =
        "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\n"
        "full avg10=0.05 avg60=0.00 avg300=0.00 total=0\n";
    static const char stat[] = "nr_free_pages 1\n"
                               "allocstall_dma 0\n"
                               "allocstall_normal 5\n"
                               "allocstall_movable 7\n"
                               "compact_fail 3\n"
                               "compact_success 4\n";
    xlmem__stall stall;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_loadavg,
                           "6061.49 5981.81 5771.33 2/7810 6180\n", &host),
                     0);
    assert_int_equal(host.dom0.load1_bp, 60614900);
    assert_int_equal(parse(xlmem__parse_psi, psi, &host), 0);
    assert_int_equal(host.dom0.psi_some10_bp, 1234);
    assert_int_equal(host.dom0.psi_full10_bp, 5);
    assert_true(xlmem__parse_stall(psi, strlen(psi), &stall));
    assert_int_equal(stall.some_us, 1);
    assert_int_equal(stall.full_us, 0);
    assert_false(
        xlmem__parse_stall("some total=1\nfull total=x\n", 26, &stall));
    assert_false(xlmem__parse_stall("some total=1\n", 13, &stall));
    assert_false(xlmem__parse_stall("", 0, &stall));
    assert_int_equal(parse(xlmem__parse_vmstat, stat, &host), 0);
    assert_int_equal(host.dom0.allocstall, 12);
    assert_int_equal(host.dom0.compact_fail, 3);
    assert_int_equal(host.dom0.compact_success, 4);
    xlmem_host_dispose(&host);
}

static void old_kernels_have_fewer_counters(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_vmstat, "allocstall 9\n", &host), 0);
    assert_int_equal(host.dom0.allocstall, 9);
    assert_false(XLMEM_KNOWS(&host.dom0, compact_fail));
    assert_int_equal(parse(xlmem__parse_psi, "", &host), 0);
    assert_false(XLMEM_KNOWS(&host.dom0, psi_some10_bp));
}

static void wrong_texts_are_refused(void **state)
{
    static const struct wrong rows[] = {
        {xlmem__parse_meminfo, "", XLMEM_ERROR_PARSE, 0},
        {xlmem__parse_meminfo, "Cheese: 5 kB\n", XLMEM_ERROR_PARSE, 0},
        {xlmem__parse_meminfo, "MemTotal: 5\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_meminfo, "MemTotal: 5 MB\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_meminfo, "MemTotal: -5 kB\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_meminfo, "MemTotal: 5 kB kB\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_meminfo, "MemFree: 1 kB\nMemFree: 2 kB\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_meminfo, "MemTotal: 18446744073709551616 kB\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_buddyinfo, "Node 0, zone DMA\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_buddyinfo, "Node 0, zone DMA 1 x\n", XLMEM_ERROR_PARSE,
         1},
        {xlmem__parse_buddyinfo,
         "Node 0, zone DMA 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_buddyinfo, "Node 0, zone DMA 1\nNode 0, zone DMA 1\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_buddyinfo, "Node 0, zone Sixteencharacters 1\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_zoneinfo, "Node 0, zone DMA\nNode 0, zone DMA\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_zoneinfo, "Node 0, zone DMA\n  pages free x\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_zoneinfo, "Node 0, zone DMA\n min 1\n min 2\n",
         XLMEM_ERROR_PARSE, 3},
        {xlmem__parse_zoneinfo,
         "Node 0, zone DMA\n managed 18446744073709551615\n"
         "Node 1, zone DMA\n managed 1\n",
         XLMEM_ERROR_RANGE, 0},
        {xlmem__parse_version, "", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_version, "FreeBSD 14\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_loadavg, "", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_loadavg, "much\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_loadavg, "1.23456 1 1\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_loadavg, "18446744073709551615.0\n", XLMEM_ERROR_RANGE,
         1},
        {xlmem__parse_psi, "some total=1\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_psi, "some avg10=0.12\nfull avg10=-1\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_vmstat, "compact_fail\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_vmstat,
         "allocstall_dma 18446744073709551615\nallocstall_normal 1\n",
         XLMEM_ERROR_RANGE, 2},
    };

    (void)state;
    check_wrong(rows, ARRAY_SIZE(rows));
}

TEST_GROUP(text_proc)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meminfo_is_read),
        cmocka_unit_test(buddyinfo_is_read),
        cmocka_unit_test(zoneinfo_is_read_and_summed),
        cmocka_unit_test(sums_need_every_zone),
        cmocka_unit_test(version_is_read),
        cmocka_unit_test(cmdline_is_kept),
        cmocka_unit_test(boot_id_is_kept),
        cmocka_unit_test(load_and_pressure_are_read),
        cmocka_unit_test(old_kernels_have_fewer_counters),
        cmocka_unit_test(wrong_texts_are_refused),
    };

    return test_run(tests, NULL, NULL);
}
