/* SPDX-License-Identifier: LGPL-2.1-only */
/* The parsers of what Xen's tools print: xl info, xl list, xenstore-ls. */
#include "text.h"

/* ------------------------------------------------------------- xl info --- */

static const char info_text[] =
    "host                   : dom0\n"
    "release                : 6.1.0-37-amd64\n"
    "version                : #1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1\n"
    "machine                : x86_64\n"
    "nr_cpus                : 2\n"
    "max_cpu_id             : 1\n"
    "nr_nodes               : 1\n"
    "hw_caps                : 1783fbff:f6d83203:2e500800:000001fd\n"
    "virt_caps              : pv hvm hap shadow\n"
    "total_memory           : 4095\n"
    "free_memory            : 3028\n"
    "sharing_freed_memory   : 0\n"
    "outstanding_claims     : 100\n"
    "free_cpus              : 0\n"
    "xen_major              : 4\n"
    "xen_minor              : 17\n"
    "xen_extra              : .5\n"
    "xen_version            : 4.17.5\n"
    "xen_caps               : xen-3.0-x86_64 hvm-3.0-x86_32\n"
    "xen_commandline        : placeholder dom0_mem=1G,max:1G loglvl=all\n"
    "xend_config_format     : 4\n"
    "numa_info              :\n"
    "node:    memsize    memfree    distances\n"
    "   0:      4095       3028      10\n";

static void info_is_read(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_info, info_text, &host), 0);
    assert_int_equal(host.total_kb, 4095 * 1024);
    assert_int_equal(host.free_kb, 3128 * 1024);
    assert_int_equal(host.outstanding_kb, 100 * 1024);
    assert_int_equal(host.nr_cpus, 2);
    assert_int_equal(host.nr_nodes, 1);
    assert_int_equal(host.xen_major, 4);
    assert_int_equal(host.xen_minor, 17);
    assert_int_equal(host.hap, 1);
    assert_int_equal(host.iommu, 0);
    assert_true(XLMEM_KNOWS(&host, iommu));
    assert_string_equal(host.xen_version, "4.17.5");
    assert_string_equal(host.xen_cmdline,
                        "placeholder dom0_mem=1G,max:1G loglvl=all");
    assert_string_equal(host.dom0.kernel_release, "6.1.0-37-amd64");
    assert_int_equal(host.dom0.linux_major, 6);
    assert_int_equal(host.dom0.linux_minor, 1);
    assert_false(XLMEM_KNOWS(&host, xen_kb));
    xlmem_host_dispose(&host);
}

static void info_keeps_the_exact_total(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&host, total_kb, 4193784);
    assert_int_equal(parse(xlmem__parse_xl_info, info_text, &host), 0);
    assert_int_equal(host.total_kb, 4193784);
    XLMEM_SET(&host, total_kb, 8193784);
    assert_int_equal(parse(xlmem__parse_xl_info, info_text, &host), 0);
    assert_int_equal(host.total_kb, 4095 * 1024);
    xlmem_host_dispose(&host);
}

static void old_xen_is_silent_about_hap(void **state)
{
    static const struct {
        const char *text;
        bool known;
        uint64_t hap;
    } rows[] = {
        {"virt_caps : hvm hvm_directio\nxen_major:4\nxen_minor:11\n", false,
         0},
        {"virt_caps : hvm\nxen_major:4\nxen_minor:13\n", true, 0},
        {"virt_caps : hvm hap\n", true, 1},
        {"virt_caps : hvm\n", false, 0},
        {"virt_caps :\nxen_major:4\nxen_minor:20\n", true, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_host host;

        xlmem_host_init(&host);
        assert_int_equal(parse(xlmem__parse_xl_info, rows[i].text, &host), 0);
        assert_int_equal(XLMEM_KNOWS(&host, hap), rows[i].known);
        assert_int_equal(host.hap, rows[i].hap);
        xlmem_host_dispose(&host);
    }
}

/* ------------------------------------------------------------- domains --- */

static const char list_text[] =
    "Name                                        ID   Mem VCPUs\tState\t"
    "Time(s)\n"
    "Domain-0                                     0  1024     2     r-----"
    "      14.2\n"
    "a b 1 2 3 r----- 4.0                         7   256     1     ---s-d"
    "       0.0\n"
    "(null)                                      12     0     1     --ps-d"
    "     100.1\n";

static void list_is_read(void **state)
{
    const xlmem_dom *dom;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_list, list_text, &host), 0);
    assert_int_equal(host.domains_listed, 1);
    assert_int_equal(host.nr_doms, 3);
    dom = xlmem_host_find_dom(&host, 0);
    assert_string_equal(dom->name, "Domain-0");
    assert_int_equal(dom->tot_kb, 1024 * 1024);
    assert_int_equal(dom->vcpus, 2);
    assert_int_equal(dom->cpu_time_ms, 14200);
    assert_true(XLMEM_KNOWS(dom, dying));
    assert_int_equal(dom->dying, 0);
    assert_false(XLMEM_KNOWS(dom, maxmem_kb));
    dom = xlmem_host_find_dom(&host, 7);
    assert_string_equal(dom->name, "a b 1 2 3 r----- 4.0");
    assert_int_equal(dom->tot_kb, 256 * 1024);
    assert_int_equal(dom->shutdown, 1);
    assert_int_equal(dom->dying, 1);
    dom = xlmem_host_find_dom(&host, 12);
    assert_int_equal(dom->paused, 1);
    xlmem_host_dispose(&host);
}

static void verbose_list_is_read(void **state)
{
    static const char text[] =
        "WARNING: something\n"
        "Name   ID   Mem VCPUs\tState\tTime(s)   UUID   Reason-Code\t"
        "Security Label\n"
        "vm 1    3  1024     2     -b----  1.5 "
        "bea2e1f2-4d5c-4a2e-9f0e-0123456789ab        -                -\n";
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_list, text, &host), 0);
    assert_int_equal(host.nr_doms, 1);
    assert_string_equal(host.doms[0].name, "vm 1");
    assert_int_equal(host.doms[0].cpu_time_ms, 1500);
    xlmem_host_dispose(&host);
}

#define HEAD "Name ID Mem VCPUs State Time(s)\n"

/* The first list becomes the host's, by id. */
static void lists_are_sorted(void **state)
{
    static const char *const rows[] = {
        "e 9 1 1 r----- 1.0\n", "a 0 1 1 r----- 1.0\n", "d 7 1 1 r----- 1.0\n",
        "b 3 1 1 r----- 1.0\n", "c 4 1 1 r----- 1.0\n"};
    static const uint64_t ids[] = {0, 3, 4, 7, 9};
    char text[256];
    xlmem_host host;
    size_t first, i;

    (void)state;
    for (first = 0; first < 5; first++) {
        strcpy(text, HEAD);
        for (i = 0; i < 5; i++)
            strcat(text, rows[(first + i) % 5]);
        xlmem_host_init(&host);
        assert_int_equal(parse(xlmem__parse_xl_list, text, &host), 0);
        assert_int_equal(host.nr_doms, 5);
        for (i = 0; i < 5; i++) {
            const char name[] = {(char)('a' + i), '\0'};

            assert_int_equal(host.doms[i].domid, ids[i]);
            assert_string_equal(host.doms[i].name, name);
        }
        xlmem_host_dispose(&host);
    }
}

static const char long_text[] =
    "[{\"domid\": 0, \"config\": {\"c_info\": {\"type\": \"pv\","
    " \"name\": \"Domain-0\"}, \"b_info\": {\"type.pv\": {}}}},"
    " {\"domid\": 7, \"config\": {\"c_info\": {\"type\": \"pvh\","
    " \"name\": \"mail\","
    " \"uuid\": \"bea2e1f2-4d5c-4a2e-9f0e-0123456789ab\"},"
    " \"b_info\": {\"max_vcpus\": 4, \"avail_vcpus\": [0, 1],"
    " \"max_memkb\": 524288, \"target_memkb\": 262144,"
    " \"shadow_memkb\": 5120, \"type.pvh\": {}},"
    " \"disks\": [{}, {}, {}], \"pcidevs\": [{\"dev\": 3, \"bus\": 1},"
    " {\"dev\": 4}]}},"
    " {\"domid\": 3, \"config\": {\"c_info\": {\"type\": \"pv\","
    " \"uuid\": \"bea2e1f24-d5c-4a2e-9f0e-0123456789ab\"}, \"b_info\": "
    "{\"max_vcpus\": 4,"
    " \"shadow_memkb\": 5120}}}]";

static void long_list_is_read(void **state)
{
    const xlmem_dom *dom;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_list_long, long_text, &host), 0);
    assert_false(XLMEM_KNOWS(&host, domains_listed));
    assert_int_equal(host.nr_doms, 3);
    assert_int_equal(host.doms[1].domid, 3);
    dom = xlmem_host_find_dom(&host, 7);
    assert_int_equal(dom->type, XLMEM_DOM_PVH);
    assert_string_equal(dom->name, "mail");
    assert_string_equal(dom->uuid, "bea2e1f2-4d5c-4a2e-9f0e-0123456789ab");
    assert_int_equal(dom->vcpus, 2);
    assert_int_equal(dom->static_max_kb, 524288);
    assert_int_equal(dom->target_kb, 262144);
    assert_int_equal(dom->paging_kb, 5120);
    assert_int_equal(dom->pci_devices, 2);
    dom = xlmem_host_find_dom(&host, 3);
    assert_false(XLMEM_KNOWS(dom, pci_devices));
    assert_int_equal(dom->type, XLMEM_DOM_PV);
    assert_int_equal(dom->vcpus, 4);
    assert_string_equal(dom->uuid, "");
    assert_false(XLMEM_KNOWS(dom, paging_kb));
    assert_null(dom->name);
    xlmem_host_dispose(&host);
}

static const char store_text[] =
    "/local/domain/0/name = \"Domain-0\"   (n0)\n"
    "/local/domain/0/memory/target = \"1048576\"   (n0)\n"
    "/local/domain/0/backend/pci/7/0/num_devs = \"2\"   (n0,r7)\n"
    "/local/domain/0/backend/pci/7/0/dev-0 = \"0000:03:00.0\"   (n0,r7)\n"
    "/local/domain/0/backend/pci/8/0/num_devs = \"0\"   (n0,r8)\n"
    "/local/domain/7/backend/pci/8/0/num_devs = \"3\"   (n7)\n"
    "/local/domain/7/name = \"ma\\\"il\"   (n0,r7)\n"
    "/local/domain/7/memory = \"\"   (n0,r7)\n"
    "/local/domain/7/memory/static-max = \"524288\"   (n0,r7)\n"
    "/local/domain/7/memory/target = \"262144\"\n"
    "/local/domain/7/memory/dynamic-min = \"131072\"   (n0)\n"
    "/local/domain/7/memory/dynamic-max = \"393216\"   (n0)\n"
    "/local/domain/7/memory/weight = \"512\"   (n0)\n"
    "/local/domain/7/memory/memguard-pin = \"250000\"   (n0)\n"
    "/local/domain/7/memory/memguard-demand = \"200000\"   (n0)\n"
    "/local/domain/7/memory/memguard-floods = \"1\"   (n0)\n"
    "/local/domain/7/memory/uncooperative = \"1\"   (n0)\n"
    "/local/domain/7/image/device-model-domid = \"8\"   (n0,r7)\n"
    "/local/domain/7/image/device-model-pid = \"lies\"   (n0,r7)\n"
    "/tool/memguard/daemon/pid = \"4711\"   (n0)\n"
    "/tool/memguard/daemon/state = \"balancing\"   (n0)\n"
    "/local/domain/7/data/meminfo_free = \"lies\"   (n7)\n"
    "/local/domain/8/memory/target = \"4\"   (n0,r8)\n"
    "/libxl/7/type = \"hvm\"   (n0)\n"
    "/vm/x/name = \"y\"   (n0)\n";

static void store_is_read(void **state)
{
    const xlmem_dom *dom;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xenstore_ls, store_text, &host), 0);
    assert_int_equal(host.nr_doms, 3);
    dom = xlmem_host_find_dom(&host, 7);
    assert_string_equal(dom->name, "ma\\\"il");
    assert_int_equal(dom->target_kb, 262144);
    assert_int_equal(dom->static_max_kb, 524288);
    assert_int_equal(dom->dynamic_min_kb, 131072);
    assert_int_equal(dom->dynamic_max_kb, 393216);
    assert_int_equal(dom->weight, 512);
    assert_int_equal(dom->pin_kb, 250000);
    assert_int_equal(dom->demand_kb, 200000);
    assert_int_equal(dom->floods, 1);
    assert_int_equal(dom->uncooperative, 1);
    assert_int_equal(dom->device_model_domid, 8);
    assert_int_equal(dom->pci_devices, 2);
    dom = xlmem_host_find_dom(&host, 8);
    assert_false(XLMEM_KNOWS(dom, pci_devices));
    dom = xlmem_host_find_dom(&host, 7);
    assert_int_equal(dom->type, XLMEM_DOM_HVM);
    assert_int_equal(host.daemon_pid, 4711);
    assert_int_equal(host.daemon_moves, 1);
    xlmem_host_dispose(&host);
}

static void complete_list_takes_no_strangers(void **state)
{
    const xlmem_dom *dom;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(parse(xlmem__parse_xl_list, list_text, &host), 0);
    assert_int_equal(parse(xlmem__parse_xl_list_long, long_text, &host), 0);
    assert_int_equal(parse(xlmem__parse_xenstore_ls, store_text, &host), 0);
    assert_int_equal(host.nr_doms, 3);
    assert_null(xlmem_host_find_dom(&host, 3));
    assert_null(xlmem_host_find_dom(&host, 8));
    dom = xlmem_host_find_dom(&host, 7);
    assert_int_equal(dom->tot_kb, 256 * 1024);
    assert_int_equal(dom->paging_kb, 5120);
    assert_int_equal(dom->dynamic_max_kb, 393216);
    assert_int_equal(host.doms[0].type, XLMEM_DOM_PV);
    xlmem_host_dispose(&host);
}

static void wrong_texts_are_refused(void **state)
{
    static const struct wrong rows[] = {
        {xlmem__parse_xl_info, "", XLMEM_ERROR_PARSE, 0},
        {xlmem__parse_xl_info, "hello: world\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_info, "nr_cpus : many\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_info, "nr_cpus : -1\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_info, "nr_cpus : 2\nnr_cpus : 4\n", XLMEM_ERROR_PARSE,
         2},
        {xlmem__parse_xl_info, "total_memory : 18446744073709551616\n",
         XLMEM_ERROR_RANGE, 1},
        {xlmem__parse_xl_info, "\ntotal_memory : 18446744073709551615\n",
         XLMEM_ERROR_RANGE, 2},
        {xlmem__parse_xl_list, "", XLMEM_ERROR_PARSE, 0},
        {xlmem__parse_xl_list, "a 0 1 1 r----- 1.0\n", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_list, HEAD "a 0 1 1 x----- 1.0\n", XLMEM_ERROR_PARSE,
         2},
        {xlmem__parse_xl_list, HEAD "\na 0 1\n", XLMEM_ERROR_PARSE, 3},
        {xlmem__parse_xl_list, HEAD "a 1 1 1 r----- 1.0\nb 1 1 1 r----- 1.0\n",
         XLMEM_ERROR_PARSE, 3},
        {xlmem__parse_xl_list, HEAD "a 32752 1 1 r----- 1.0\n",
         XLMEM_ERROR_RANGE, 2},
        {xlmem__parse_xl_list, HEAD "a 1 18446744073709551615 1 r----- 1.0\n",
         XLMEM_ERROR_RANGE, 2},
        {xlmem__parse_xl_list, HEAD "a 1 18446744073709551616 1 r----- 1.0\n",
         XLMEM_ERROR_RANGE, 2},
        {xlmem__parse_xl_list_long, "{}", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_list_long, "[{}]", XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_list_long, "[{\"domid\": 40000}]", XLMEM_ERROR_RANGE,
         1},
        {xlmem__parse_xl_list_long, "[{\"domid\": 1}, {\"domid\": 1}]",
         XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_list_long,
         "[{\"domid\": 1, \"config\": {\"b_info\": {\"max_memkb\": -1}}}]",
         XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xl_list_long,
         "[{\"domid\": 1, \"config\": {\"b_info\": {\"max_vcpus\": "
         "\"two\"}}}]",
         XLMEM_ERROR_PARSE, 1},
        {xlmem__parse_xenstore_ls,
         "/local/domain/1/memory/target = \"many\" (n0)\n", XLMEM_ERROR_PARSE,
         1},
        {xlmem__parse_xenstore_ls,
         "\n/local/domain/1/memory/target = \"18446744073709551616\"\n",
         XLMEM_ERROR_RANGE, 2},
        {xlmem__parse_xenstore_ls,
         "/local/domain/1/memory/target = "
         "\"1\"\n/local/domain/1/memory/target = \"2\"\n",
         XLMEM_ERROR_PARSE, 2},
        {xlmem__parse_xenstore_ls, "/local/domain/32752/name = \"x\"\n",
         XLMEM_ERROR_RANGE, 1},
    };

    (void)state;
    check_wrong(rows, ARRAY_SIZE(rows));
}

TEST_GROUP(text_xen)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_is_read),
        cmocka_unit_test(info_keeps_the_exact_total),
        cmocka_unit_test(old_xen_is_silent_about_hap),
        cmocka_unit_test(list_is_read),
        cmocka_unit_test(verbose_list_is_read),
        cmocka_unit_test(lists_are_sorted),
        cmocka_unit_test(long_list_is_read),
        cmocka_unit_test(store_is_read),
        cmocka_unit_test(complete_list_takes_no_strangers),
        cmocka_unit_test(wrong_texts_are_refused),
    };

    return test_run(tests, NULL, NULL);
}
