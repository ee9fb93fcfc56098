/* SPDX-License-Identifier: LGPL-2.1-only */
/* Memory maps: xen/e820, Xen's ring, the firmware's entries. */
#include "text.h"

/* ---------------------------------------------------------------- maps --- */

#define MAX_RANGES 4

struct map_row {
    xlmem__parser *parser;
    const char *text;
    size_t nr;
    xlmem_range ranges[MAX_RANGES];
};

static void check_map(const struct map_row *row, xlmem_map_source source)
{
    xlmem_host host;
    size_t i;

    xlmem_host_init(&host);
    assert_int_equal(parse(row->parser, row->text, &host), 0);
    assert_int_equal(host.map.nr, row->nr);
    assert_int_equal(host.map.source, row->nr ? source : XLMEM_MAP_NONE);
    assert_false(host.map.partial);
    for (i = 0; i < row->nr; i++) {
        assert_int_equal(host.map.ranges[i].start, row->ranges[i].start);
        assert_int_equal(host.map.ranges[i].end, row->ranges[i].end);
        assert_int_equal(host.map.ranges[i].type, row->ranges[i].type);
    }
    xlmem_host_dispose(&host);
}

static void e820_is_read_in_every_shape(void **state)
{
    static const struct map_row rows[] = {
        {xlmem__parse_e820,
         "[0000000000000000, 000000000009fbff] (usable)\n"
         " [00000000000f0000, 00000000000fffff] (reserved)\r\n"
         "[00000000fe000000, 00000000feffffff] type 12\n",
         3,
         {{0, 0x9fc00, 1},
          {0xf0000, 0x100000, 2},
          {0xfe000000, 0xff000000, 12}}},
        {xlmem__parse_e820,
         "[mem 0x0000000000000000-0x000000000009fbff] usable\n"
         "[mem 0x0000000100000000-0x00000001ffffffff] persistent (type 7)\n",
         2,
         {{0, 0x9fc00, 1}, {0x100000000, 0x200000000, 7}}},
        {xlmem__parse_e820,
         "0 9fbff 1\n0xf0000 0xfffff reserved\n100000 1fffff ACPI NVS\n",
         3,
         {{0, 0x9fc00, 1}, {0xf0000, 0x100000, 2}, {0x100000, 0x200000, 4}}},
        {xlmem__parse_e820,
         "0000000000000000 - 000000000009fc00 (usable)\n",
         1,
         {{0, 0x9fc00, 1}}},
        /* Empty entries are firmware's business. */
        {xlmem__parse_e820,
         "[0, ffffffffffffffff] (reserved)\n[1000, fff] (usable)\n"
         "[1000, 1000] (usable)\n",
         1,
         {{0x1000, 0x1001, 1}}},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        check_map(&rows[i], XLMEM_MAP_XEN);
}

static void ring_gives_its_map(void **state)
{
    static const struct map_row rows[] = {
        /* 4.17, with a draft before by e820-verbose. */
        {xlmem__parse_xl_dmesg,
         "(XEN) Initial Xen-e820 RAM map:\n"
         "(XEN)  [0000000000000000, 00000000000fffff] (usable)\n"
         "(XEN) Checking MTRR ranges...\n"
         "(XEN) Xen-e820 RAM map:\n"
         "(XEN)  [0000000000000000, 000000000009fbff] (usable)\n"
         "(XEN)  [000000000009fc00, 000000000009ffff] (reserved)\n"
         "(XEN) New Xen image base address: 0xbfa00000\n"
         "(XEN)  [0000000000100000, 00000000001fffff] (usable)\n",
         2,
         {{0, 0x9fc00, 1}, {0x9fc00, 0xa0000, 2}}},
        /* 4.8, and a clock. */
        {xlmem__parse_xl_dmesg,
         "(XEN) [2026-01-31 12:00:00] Xen-e820 RAM map:\n"
         "(XEN) [2026-01-31 12:00:00]  0000000000000000 - "
         "000000000009fc00 (usable)\n",
         1,
         {{0, 0x9fc00, 1}}},
        {xlmem__parse_xl_dmesg,
         "(XEN) [    0.000000] Multiboot-e820 RAM map:\n"
         "(XEN) [    0.000000]  [0000000000000000, 000000000009fbff] "
         "(usable)\n",
         1,
         {{0, 0x9fc00, 1}}},
        /* The ring lost the heading. */
        {xlmem__parse_xl_dmesg,
         "0000, 000000000009fbff] (usable)\n"
         "(XEN)  [000000000009fc00, 000000000009ffff] (reserved)\n"
         "(XEN) System RAM: 4095MB (4193784kB)\n",
         0,
         {{0}}},
        /* Only the firmware's own map is left; a guest's line is not it. */
        {xlmem__parse_xl_dmesg,
         "(XEN) EFI memory map:\n"
         "(XEN)  0000000000000-000000009ffff type=7 attr=000000000000000f\n"
         "(XEN)  00000fe000000-00000feffffff type=11 "
         "attr=8000000000000001\n"
         "(XEN)  0000100000000-00001ffffffff type=4 attr=000000000000000f\n"
         "(XEN)  0000200000000-00002ffffffff type=9 attr=000000000000000f\n"
         "(d1)  0000300000000-00003ffffffff type=7 attr=000000000000000f\n",
         4,
         {{0, 0xa0000, 1},
          {0xfe000000, 0xff000000, 2},
          {0x100000000, 0x200000000, 1},
          {0x200000000, 0x300000000, 3}}},
        {xlmem__parse_xl_dmesg,
         "(XEN) EFI memory map: (mapping BootServices)\n"
         "(XEN)  0000000000000-000000009ffff type=3 attr=000000000000000f\n"
         "(XEN)  0000000100000-00000001fffff type=7 attr=0000000000000001\n"
         "(XEN)  0000000200000-00000002fffff type=2 attr=800000000000000f\n",
         3,
         {{0, 0xa0000, 2}, {0x100000, 0x200000, 5}, {0x200000, 0x300000, 2}}},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        check_map(&rows[i], XLMEM_MAP_RING);
}

static void ring_gives_facts(void **state)
{
    static const char text[] =
        "(XEN) Xen version 4.17.5 (Debian 4.17.5+23-ga4e5191dc0-1) "
        "(a@b) (gcc 12.2.0) debug=n\n"
        "(XEN) Command line: placeholder dom0_mem=1G,max:1G\n"
        "(XEN) System RAM: 4095MB (4193784kB)\n"
        "(XEN) HVM: Hardware Assisted Paging (HAP) detected\n"
        "(XEN) I/O virtualisation disabled\n"
        "Command line: from somebody else\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_dmesg, text, &host), 0);
    assert_string_equal(host.xen_version, "4.17.5");
    assert_string_equal(host.xen_cmdline, "placeholder dom0_mem=1G,max:1G");
    assert_int_equal(host.xen_major, 4);
    assert_int_equal(host.xen_minor, 17);
    assert_int_equal(host.total_kb, 4193784);
    assert_int_equal(host.hap, 1);
    assert_int_equal(host.iommu, 0);
    assert_true(XLMEM_KNOWS(&host, iommu));
    xlmem_host_dispose(&host);
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_dmesg, "", &host), 0);
    assert_int_equal(host.known, 0);
}

static void better_map_stays(void **state)
{
    static const char ring[] = "(XEN) Xen-e820 RAM map:\n"
                               "(XEN)  [0, fff] (usable)\n";
    static const char e820[] = "[0, 1fff] (usable)\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_dmesg, ring, &host), 0);
    assert_int_equal(host.map.ranges[0].end, 0x1000);
    assert_int_equal(parse(xlmem__parse_e820, e820, &host), 0);
    assert_int_equal(host.map.ranges[0].end, 0x2000);
    assert_int_equal(parse(xlmem__parse_xl_dmesg, ring, &host), 0);
    assert_int_equal(host.map.nr, 1);
    assert_int_equal(host.map.ranges[0].end, 0x2000);
    assert_int_equal(host.map.source, XLMEM_MAP_XEN);
    xlmem_host_dispose(&host);
}

static int firmware(const char *start, const char *end, const char *type,
                    xlmem_map *map)
{
    xlmem__where where;

    return xlmem__parse_firmware_entry(
        (xlmem__str){start, strlen(start)}, (xlmem__str){end, strlen(end)},
        (xlmem__str){type, strlen(type)}, map, &where);
}

static void firmware_entries_are_read(void **state)
{
    xlmem_map map;

    (void)state;
    xlmem_map_init(&map);
    assert_int_equal(firmware("0x0\n", "0x9fbff\n", "System RAM\n", &map), 0);
    assert_int_equal(firmware("0x100000", "0x1fffff", "ACPI Tables", &map), 0);
    assert_int_equal(map.nr, 2);
    assert_int_equal(map.ranges[0].end, 0x9fc00);
    assert_int_equal(map.ranges[1].type, XLMEM_RANGE_ACPI);
    assert_int_equal(firmware("", "0x1\n", "Reserved\n", &map),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(firmware("0x0", "1g", "Reserved", &map),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(firmware("0x0", "0x1", "Cheese", &map),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(firmware("0x9", "0x1", "Reserved", &map),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(map.nr, 2);
    xlmem_map_dispose(&map);
}

static void wrong_texts_are_refused(void **state)
{
    static const struct wrong rows[] = {
        {xlmem__parse_e820, "", XLMEM_ERROR_PARSE, 0},
        {xlmem__parse_e820, "# nothing\n", XLMEM_ERROR_PARSE, 0},
        {xlmem__parse_e820, "[0, fff] (usable)\n[1000, ff] (usable)\n",
         XLMEM_ERROR_RANGE, 2},
        {xlmem__parse_e820, "[0, fff (usable)\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_e820, "[0, fff] (usabel)\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_e820, "[0, fff]\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_e820, "[0, 10000000000000000] (usable)\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_e820, "[1000, ffffffffffffffff] (usable)\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_xl_dmesg,
         "(XEN) Xen-e820 RAM map:\n(XEN)  [0, zz] (usable)\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_xl_dmesg, "(XEN) System RAM: lots\n", XLMEM_ERROR_PARSE,
         1},
        {xlmem__parse_xl_dmesg,
         "(XEN) EFI memory map:\n(XEN)  0000-0fff type=7\n", XLMEM_ERROR_PARSE,
         2},
    };

    (void)state;
    check_wrong(rows, ARRAY_SIZE(rows));
}

TEST_GROUP(text_maps)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e820_is_read_in_every_shape),
        cmocka_unit_test(ring_gives_its_map),
        cmocka_unit_test(ring_gives_facts),
        cmocka_unit_test(better_map_stays),
        cmocka_unit_test(firmware_entries_are_read),
        cmocka_unit_test(wrong_texts_are_refused),
    };

    return test_run(tests, NULL, NULL);
}
