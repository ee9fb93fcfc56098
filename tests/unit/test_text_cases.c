/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Recorded hosts, each with only the files somebody saved: all of them load,
 * and give what stands in them.  The text/ folders are whole: one boot of
 * Debian's Xen a suite, with a PV and a PVH guest.
 */
#include "text.h"

static const struct {
    const char *path;
    xlmem__parser *parser;
} documents[] = {
    {"dmesg", xlmem__parse_dmesg},
    {"xl/dmesg", xlmem__parse_xl_dmesg},
    {"xl/info", xlmem__parse_xl_info},
    {"xl/list", xlmem__parse_xl_list},
    {"xl/list-l.json", xlmem__parse_xl_list_long},
    {"xenstore/ls", xlmem__parse_xenstore_ls},
    {"proc/version", xlmem__parse_version},
    {"proc/cmdline", xlmem__parse_kernel_cmdline},
    {"proc/meminfo", xlmem__parse_meminfo},
    {"proc/zoneinfo", xlmem__parse_zoneinfo},
    {"proc/buddyinfo", xlmem__parse_buddyinfo},
    {"proc/vmstat", xlmem__parse_vmstat},
    {"proc/loadavg", xlmem__parse_loadavg},
    {"proc/pressure/memory", xlmem__parse_psi},
};

/* What a file holds; NULL when there is none. */
static char *read_fixture(const char *folder, const char *path, size_t *len_r)
{
    const char *srcdir = getenv("XLMEM_SRCDIR");
    static const size_t most = (size_t)1 << 20;
    char name[4096], *buf;
    FILE *file;

    assert_non_null(srcdir);
    snprintf(name, sizeof(name), "%s/tests/fixtures/%s/%s", srcdir, folder,
             path);
    file = fopen(name, "rb");
    if (!file)
        return NULL;
    buf = malloc(most);
    assert_non_null(buf);
    *len_r = fread(buf, 1, most, file);
    assert_true(*len_r < most);
    fclose(file);
    return buf;
}

/* Parse all there is in a folder; the number of documents. */
static size_t load(const char *folder, xlmem_host *host)
{
    size_t i, nr = 0;

    xlmem_host_init(host);
    for (i = 0; i < ARRAY_SIZE(documents); i++) {
        xlmem__where where = {.line = 0};
        size_t len;
        char *buf = read_fixture(folder, documents[i].path, &len);
        int rc;

        if (!buf)
            continue;
        rc = documents[i].parser(buf, len, host, &where);
        if (rc)
            print_message("%s/%s: line %zu: %s\n", folder, documents[i].path,
                          where.line, where.text);
        assert_int_equal(rc, 0);
        free(buf);
        nr++;
    }
    return nr;
}

static uint64_t high_orders(const xlmem_zone *zone, uint64_t from)
{
    uint64_t sum = 0, order;

    for (order = from; order < zone->nr_orders; order++)
        sum += zone->free_blocks[order];
    return sum;
}

static void troubles_load(void **state)
{
    static const struct {
        const char *folder;
        size_t documents, zones;
        uint64_t mem_total_kb, load1_bp;
        uint64_t last_high; /* blocks of order 3 up in the last zone */
    } rows[] = {
        {"cases/dom0-overload", 2, 0, 16384000, 281000, 0},
        {"cases/dom0-mmap-sem", 3, 3, 19456000, 60614900, 1},
        {"cases/dom0-netback-squeeze", 1, 0, 0, 0, 0},
        {"cases/kvm-host-2014-before", 2, 4, 396867932, 0, 91340},
        {"cases/kvm-host-2014-overload", 3, 4, 396867932, 0, 14},
        {"cases/kvm-host-2014-oom", 2, 4, 0, 0, 0},
        {"cases/kvm-host-other-fragmented", 1, 4, 0, 0, 352},
        {"cases/kvm-host-other-compacted", 1, 4, 0, 0, 70953},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_host host;
        const xlmem_dom0 *dom0 = &host.dom0;

        assert_int_equal(load(rows[i].folder, &host), rows[i].documents);
        assert_int_equal(dom0->mem_total_kb, rows[i].mem_total_kb);
        assert_int_equal(XLMEM_KNOWS(dom0, mem_total_kb),
                         rows[i].mem_total_kb != 0);
        assert_int_equal(dom0->load1_bp, rows[i].load1_bp);
        assert_int_equal(dom0->nr_zones, rows[i].zones);
        if (rows[i].zones)
            assert_int_equal(high_orders(&dom0->zones[dom0->nr_zones - 1], 3),
                             rows[i].last_high);
        assert_int_equal(host.known, 0);
        assert_int_equal(host.map.source, XLMEM_MAP_NONE);
        assert_int_equal(dom0->type, XLMEM_DOM_UNKNOWN);
        xlmem_host_dispose(&host);
    }
}

static void check_guests(const xlmem_host *host)
{
    static const struct {
        uint64_t domid;
        const char *name;
        xlmem_dom_type type;
    } rows[] = {
        {0, "Domain-0", XLMEM_DOM_PV},
        {1, "one", XLMEM_DOM_PV},
        {2, "two", XLMEM_DOM_PVH},
    };
    size_t i;

    assert_int_equal(host->domains_listed, 1);
    assert_int_equal(host->nr_doms, 3);
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        const xlmem_dom *dom = xlmem_host_find_dom(host, rows[i].domid);

        assert_non_null(dom);
        assert_string_equal(dom->name, rows[i].name);
        assert_int_equal(dom->type, rows[i].type);
        assert_int_equal(dom->static_max_kb, i ? 262144 : 1048576);
        assert_int_equal(dom->target_kb, i ? 262144 : 1048576);
        assert_int_equal(dom->tot_kb, i ? 262144 : 1048576);
        assert_false(XLMEM_KNOWS(dom, paging_kb)); /* left at its default */
        assert_int_equal(strlen(dom->uuid), i ? 36 : 0);
    }
}

static void real_hosts_load(void **state)
{
    static const struct {
        const char *folder, *xen_version;
        uint64_t xen_minor, linux_major, linux_minor;
        uint64_t mem_total_kb, free_mib, dentries;
    } rows[] = {
        {"text/bullseye", "4.14.6", 14, 5, 10, 915832, 2506, 131072},
        {"text/bookworm", "4.17.5", 17, 6, 1, 912092, 2514, 131072},
        {"text/trixie", "4.20.4-pre", 20, 6, 12, 918904, 2515, 131072},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_host host;
        const xlmem_dom0 *dom0 = &host.dom0;

        assert_int_equal(load(rows[i].folder, &host), ARRAY_SIZE(documents));
        assert_string_equal(host.xen_version, rows[i].xen_version);
        assert_int_equal(host.xen_minor, rows[i].xen_minor);
        assert_non_null(strstr(host.xen_cmdline, "dom0_mem=1G,max:1G"));
        assert_int_equal(host.total_kb / 1024, 4095);
        assert_int_equal(host.total_kb, 4193788);
        assert_int_equal(host.free_kb, rows[i].free_mib * 1024);
        assert_int_equal(host.nr_cpus, 2);
        assert_int_equal(host.hap, 1);
        assert_int_equal(host.map.source, XLMEM_MAP_RING);
        assert_int_equal(host.map.nr, 8);
        assert_int_equal(dom0->type, XLMEM_DOM_PV);
        assert_int_equal(dom0->linux_major, rows[i].linux_major);
        assert_int_equal(dom0->linux_minor, rows[i].linux_minor);
        assert_int_equal(dom0->nr_cpus, 2);
        assert_int_equal(dom0->mem_total_kb, rows[i].mem_total_kb);
        assert_int_equal(dom0->managed_pages * 4, dom0->mem_total_kb);
        assert_int_equal(dom0->present_pages * 4, 1048572);
        assert_int_equal(dom0->boot_present_kb, 1048572);
        assert_int_equal(dom0->dentry_hash_entries, rows[i].dentries);
        assert_true(XLMEM_KNOWS(dom0, psi_some10_bp));
        assert_true(XLMEM_KNOWS(dom0, allocstall));
        check_guests(&host);
        xlmem_host_dispose(&host);
    }
}

TEST_GROUP(text_cases)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(troubles_load),
        cmocka_unit_test(real_hosts_load),
    };

    return test_run(tests, NULL, NULL);
}
