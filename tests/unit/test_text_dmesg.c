/* SPDX-License-Identifier: LGPL-2.1-only */
/* The log of dom0's kernel, of all ages. */
#include "text.h"

static const char pv_text[] =
    "[    0.000000] Linux version 6.1.0-50-amd64 (a@b) (gcc-12) #1 SMP\n"
    "[    0.000000] BIOS-provided physical RAM map:\n"
    "[    0.000000] Xen: [mem 0x0000000000000000-0x000000000009efff] usable\n"
    "[    0.000000] Xen: [mem 0x000000000009fc00-0x00000000000fffff] "
    "reserved\n"
    "[    0.000000] Xen: [mem 0x0000000000100000-0x0000000040060fff] usable\n"
    "[    0.000000] Xen: [mem 0x0000000040061000-0x00000000bffdffff] "
    "unusable\n"
    "[    0.086587] last_pfn = 0x40061 max_arch_pfn = 0x400000000\n"
    "[    2.000000] [mem 0xc0000000-0xfebfffff] available for PCI devices\n"
    "[    2.000001] Booting paravirtualized kernel on Xen PV\n"
    "[    2.000002] Xen: using vcpuop timer interface\n"
    "[    2.544248] Dentry cache hash table entries: 131072 (order: 8, "
    "1048576 bytes, linear)\n"
    "[    2.546008] Inode-cache hash table entries: 65536 (order: 7, 524288 "
    "bytes, linear)\n"
    "[    3.056189] Memory: 184460K/1048572K available (14343K kernel code, "
    "168032K reserved, 0K cma-reserved)\n"
    "[    3.400000] smp: Brought up 1 node, 2 CPUs\n"
    "[   99.000000] Memory: 1K/2K available (later, somebody's)\n";

static void pv_log_is_read(void **state)
{
    const xlmem_dom0 *dom0;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    dom0 = &host.dom0;
    assert_int_equal(parse(xlmem__parse_dmesg, pv_text, &host), 0);
    assert_int_equal(dom0->type, XLMEM_DOM_PV);
    assert_string_equal(dom0->kernel_release, "6.1.0-50-amd64");
    assert_int_equal(dom0->linux_major, 6);
    assert_int_equal(dom0->linux_minor, 1);
    assert_int_equal(dom0->dentry_hash_entries, 131072);
    assert_int_equal(dom0->inode_hash_entries, 65536);
    assert_int_equal(dom0->boot_available_kb, 184460);
    assert_int_equal(dom0->boot_present_kb, 1048572);
    assert_int_equal(dom0->nr_cpus, 2);
    assert_int_equal(host.map.source, XLMEM_MAP_DMESG);
    assert_true(host.map.partial);
    assert_int_equal(host.map.nr, 3);
    assert_int_equal(host.map.ranges[1].type, XLMEM_RANGE_RESERVED);
    assert_int_equal(host.map.ranges[2].end, 0x40061000);
    assert_false(XLMEM_KNOWS(&host, total_kb));
    xlmem_host_dispose(&host);
}

static void old_log_is_read(void **state)
{
    static const char text[] =
        "<6>Linux version 2.6.32-5-xen-amd64 (Debian 2.6.32-48)\n"
        "<6>BIOS-provided physical RAM map:\n"
        "<4> Xen: 0000000000000000 - 000000000009f000 (usable)\n"
        "<4> Xen: 000000000009f000 - 0000000000100000 (reserved)\n"
        "<6>Booting paravirtualized kernel on Xen\n"
        "<4>Memory: 15728640k/16777216k available (5134k kernel code)\n"
        "<4>Dentry cache hash table entries: 262144 (order: 9, 2097152 "
        "bytes)\n"
        "<6>Brought up 8 CPUs\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_dmesg, text, &host), 0);
    assert_int_equal(host.dom0.type, XLMEM_DOM_PV);
    assert_int_equal(host.dom0.linux_major, 2);
    assert_int_equal(host.dom0.boot_available_kb, 15728640);
    assert_int_equal(host.dom0.boot_present_kb, 16777216);
    assert_int_equal(host.dom0.dentry_hash_entries, 262144);
    assert_int_equal(host.dom0.nr_cpus, 8);
    assert_int_equal(host.map.nr, 2);
    assert_int_equal(host.map.ranges[0].end, 0x9f000);
    assert_true(host.map.partial);
    xlmem_host_dispose(&host);
}

static void maps_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        size_t nr;
        bool partial;
        xlmem_dom_type type;
    } rows[] = {
        /* No Xen: the firmware's own. */
        {"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
         "Booting paravirtualized kernel on bare hardware\n",
         1, false, XLMEM_DOM_UNKNOWN},
        {"[    0.000000]  BIOS-e820: 0000000000000000 - 000000000009f000 "
         "(usable)\n",
         1, false, XLMEM_DOM_UNKNOWN},
        /* A PVH dom0 takes what Xen shows it for the firmware's. */
        {"BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
         "Booting paravirtualized kernel on Xen PVH\n",
         1, true, XLMEM_DOM_PVH},
        /* The beginning is lost. */
        {"Xen: [mem 0x0000000000100000-0x0000000040060fff] usable\n", 0, false,
         XLMEM_DOM_UNKNOWN},
        {"xen_net: Memory squeeze in netback driver\n", 0, false,
         XLMEM_DOM_UNKNOWN},
        {"", 0, false, XLMEM_DOM_UNKNOWN},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_host host;

        xlmem_host_init(&host);
        assert_int_equal(parse(xlmem__parse_dmesg, rows[i].text, &host), 0);
        assert_int_equal(host.map.nr, rows[i].nr);
        assert_int_equal(host.map.partial, rows[i].partial);
        assert_int_equal(host.dom0.type, rows[i].type);
        xlmem_host_dispose(&host);
    }
}

static void last_boot_counts(void **state)
{
    static const char text[] =
        "Nov 20 12:00:00 box kernel: [    0.0] Linux version 5.10.0 (a@b)\n"
        "Nov 20 12:00:00 box kernel: [    0.0] Xen: [mem 0x0-0xfff] usable\n"
        "Nov 20 12:00:00 box kernel: [    0.0] Memory: 1K/2K available\n"
        "Nov 21 12:00:00 box kernel: [    0.0] Linux version 6.1.0 (a@b)\n"
        "Nov 21 12:00:00 box kernel: [    0.0] Memory: 3K/4K available\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_dmesg, text, &host), 0);
    assert_string_equal(host.dom0.kernel_release, "6.1.0");
    assert_int_equal(host.dom0.boot_present_kb, 4);
    assert_int_equal(host.map.nr, 0);
    xlmem_host_dispose(&host);
}

static void wrong_texts_are_refused(void **state)
{
    static const struct wrong rows[] = {
        {xlmem__parse_dmesg, "\nXen: [mem 0x0-0xfff usable\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_dmesg, "Xen: [mem 0x2000-0xfff] cheese\n",
         XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_dmesg, "BIOS-e820: [mem 0x3000-0xfff] usable\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_dmesg, "Memory: 1K of 2K\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_dmesg, "Memory: 18446744073709551616K/2K available\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_dmesg, "Dentry cache hash table entries: many\n",
         XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_dmesg, "Brought up 99999999999999999999 CPUs\n",
         XLMEM_ERROR_RANGE, 1},
    };

    (void)state;
    check_wrong(rows, ARRAY_SIZE(rows));
}

TEST_GROUP(text_dmesg)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pv_log_is_read),
        cmocka_unit_test(old_log_is_read),
        cmocka_unit_test(maps_are_told_apart),
        cmocka_unit_test(last_boot_counts),
        cmocka_unit_test(wrong_texts_are_refused),
    };

    return test_run(tests, NULL, NULL);
}
