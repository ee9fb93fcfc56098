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
        xlmem__where where = {0, ""};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(troubles_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
