/* SPDX-License-Identifier: LGPL-2.1-only */
/* The parsers of what a machine is judged by. */
#include "test.h"

#include "codec/vitals/parse.h"

static int parse(xlmem__vitals_parser *parser, const char *text,
                 xlmem_vitals *vitals, xlmem__where *where)
{
    *where = (xlmem__where){.line = 0};
    return parser((xlmem__str){text, strlen(text)}, vitals, where);
}

/* Without anything to tell. */
static void parse_well(xlmem__vitals_parser *parser, const char *text,
                       xlmem_vitals *vitals)
{
    xlmem__where where;

    assert_int_equal(parse(parser, text, vitals, &where), 0);
    assert_string_equal(where.text, "");
}

static void meminfo_is_read(void **state)
{
    static const char text[] = "MemTotal:       24592560 kB\n"
                               "MemFree:          532324 kB\n"
                               "Active(file):     461380 kB\n"
                               "HugePages_Total:       3\n"
                               "Hugepagesize:       2048 kB\n"
                               "DirectMap4M:       10240 kB\n"
                               "Committed_AS: 18446744073709550676 kB\n"
                               "Unheard_of:            1 parsec\n";
    xlmem_vitals vitals;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_meminfo, text, &vitals);
    assert_int_equal(vitals.mem.mem_total_kb, 24592560);
    assert_int_equal(vitals.mem.active_file_kb, 461380);
    assert_int_equal(vitals.mem.hugepages_total, 3);
    assert_int_equal(vitals.mem.direct_map_2m_kb, 10240);
    assert_false(XLMEM_KNOWS(&vitals.mem, mem_available_kb));
    assert_false(XLMEM_KNOWS(&vitals.mem, committed_as_kb));
    assert_string_equal(XLMEM_SOURCE_OF(&vitals.mem, mem_free_kb).file,
                        "proc/meminfo");
    assert_int_equal(XLMEM_SOURCE_OF(&vitals.mem, mem_free_kb).line, 2);
}

/* What is cut in the middle of a number is not that number. */
static void a_cut_line_is_unknown(void **state)
{
    xlmem_vitals vitals;
    xlmem__where where;

    (void)state;
    xlmem_vitals_init(&vitals);
    assert_int_equal(parse(xlmem__vitals_meminfo,
                           "MemTotal: 24592560 kB\nMemFree:    53", &vitals,
                           &where),
                     0);
    assert_int_equal(where.line, 2);
    assert_true(XLMEM_KNOWS(&vitals.mem, mem_total_kb));
    assert_false(XLMEM_KNOWS(&vitals.mem, mem_free_kb));
    assert_null(XLMEM_SOURCE_OF(&vitals.mem, mem_free_kb).file);
}

static void of_what_is_said_twice_the_first_counts(void **state)
{
    xlmem_vitals vitals;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_meminfo, "MemFree: 1 kB\nMemFree: 2 kB\n",
               &vitals);
    assert_int_equal(vitals.mem.mem_free_kb, 1);
}

/* A sum of which a part is missing is no sum. */
static void counters_of_zones_are_summed(void **state)
{
    static const char new_text[] = "allocstall_dma 1\n"
                                   "allocstall_normal 40\n"
                                   "allocstall_movable 500\n"
                                   "pgscan_direct 7\n"
                                   "pgscan_direct_throttle 9\n"
                                   "workingset_refault_anon 3\n"
                                   "workingset_refault_file 4\n";
    static const char old_text[] = "allocstall 12\n"
                                   "pgscan_direct_dma32 5\n"
                                   "pgscan_direct_normal 6\n";
    xlmem_vitals vitals;
    xlmem__where where;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_vmstat, new_text, &vitals);
    assert_int_equal(vitals.counts.allocstall, 541);
    assert_int_equal(vitals.counts.pgscan_direct, 7);
    assert_int_equal(vitals.counts.workingset_refault, 4);
    parse_well(xlmem__vitals_vmstat, old_text, &vitals);
    assert_int_equal(vitals.counts.allocstall, 12);
    assert_int_equal(vitals.counts.pgscan_direct, 11);
    assert_int_equal(parse(xlmem__vitals_vmstat,
                           "allocstall_dma 1\nallocstall_normal x\npswpin 1\n",
                           &vitals, &where),
                     0);
    assert_int_equal(where.line, 2);
    assert_false(XLMEM_KNOWS(&vitals.counts, allocstall));
    assert_true(XLMEM_KNOWS(&vitals.counts, pswpin));
}

static void load_and_pressure_are_read(void **state)
{
    static const char stat[] = "cpu  100 1 20 3000 4 5 6 7 0 0\n"
                               "cpu0 50 0 10 1500 2 2 3 3 0 0\n"
                               "cpu1 50 1 10 1500 2 3 3 4 0 0\n"
                               "intr 12345 0 0 0\n"
                               "btime 1700000000\n"
                               "procs_running 2\n"
                               "procs_blocked 3\n";
    xlmem_vitals vitals;
    const xlmem_vitals_load *load = &vitals.load;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_loadavg, "6061.49 5981.81 5771.33 2/7810 6180\n",
               &vitals);
    parse_well(xlmem__vitals_stat, stat, &vitals);
    parse_well(xlmem__vitals_uptime, "12345.67 4.50\n", &vitals);
    parse_well(xlmem__vitals_psi_memory,
               "some avg10=1.25 avg60=0.50 avg300=0.10 total=77\n"
               "full avg10=0.30 avg60=0.00 avg300=0.00 total=5\n",
               &vitals);
    parse_well(xlmem__vitals_psi_cpu,
               "some avg10=9.99 avg60=0.50 avg300=0.10 total=77\n", &vitals);
    assert_int_equal(load->load1_bp, 60614900);
    assert_int_equal(load->tasks_running, 2);
    assert_int_equal(load->tasks_total, 7810);
    assert_int_equal(load->nr_cpus, 2);
    assert_int_equal(load->cpu_user_ms, 1010);
    assert_int_equal(load->cpu_system_ms, 310);
    assert_int_equal(load->cpu_steal_ms, 70);
    assert_int_equal(load->boot_s, 1700000000);
    assert_int_equal(load->uptime_ms, 12345670);
    assert_int_equal(load->mem_some10_bp, 125);
    assert_int_equal(load->mem_full_us, 5);
    assert_int_equal(load->cpu_some10_bp, 999);
    assert_false(XLMEM_KNOWS(load, io_some10_bp));
    assert_string_equal(XLMEM_SOURCE_OF(load, mem_full10_bp).file,
                        "proc/pressure/memory");
    assert_int_equal(XLMEM_SOURCE_OF(load, mem_full10_bp).line, 2);
}

static const xlmem_vitals_zone *zone_of(const xlmem_vitals *vitals,
                                        uint64_t node, const char *name)
{
    size_t i;

    for (i = 0; i < vitals->nr_zones; i++)
        if (vitals->zones[i].node == node &&
            !strcmp(vitals->zones[i].name, name))
            return &vitals->zones[i];
    fail_msg("no zone %s of node %d", name, (int)node);
    return NULL;
}

/* Linux 6.1: the node's own figures stand above the first zone's. */
static const char zoneinfo[] = "Node 0, zone      DMA\n"
                               "  per-node stats\n"
                               "      nr_slab_unreclaimable 999\n"
                               "  pages free     3840\n"
                               "        min      59\n"
                               "        low      73\n"
                               "        high     87\n"
                               "        spanned  4095\n"
                               "        present  3999\n"
                               "        managed  3840\n"
                               "        protection: (0, 886, 886, 886, 886)\n"
                               "  pagesets\n"
                               "    cpu: 0\n"
                               "              high:  0\n"
                               "Node 0, zone   Normal\n"
                               "  pages free     21081\n"
                               "        min      3509\n"
                               "        protection: (0, 0, 0, 0, 0)\n"
                               "Node 0, zone  Movable\n"
                               "  pages free     0\n";

static void zones_are_read_together(void **state)
{
    static const char buddyinfo[] =
        "Node 0, zone      DMA      2      1      3 \n"
        "Node 0, zone   Normal     17    203    102 \n"
        "Node 1, zone   Normal      1      0      9 \n";
    static const char types[] =
        "Page block order: 9\n\n"
        "Free pages count per migrate type at order       0      1\n"
        "Node    0, zone   Normal, type    Unmovable      5      6\n\n"
        "Number of blocks type     Unmovable      Movable  Reclaimable\n"
        "Node 0, zone   Normal           30           50           20\n";
    xlmem_vitals vitals;
    const xlmem_vitals_zone *dma, *normal;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_buddyinfo, buddyinfo, &vitals);
    parse_well(xlmem__vitals_zoneinfo, zoneinfo, &vitals);
    parse_well(xlmem__vitals_pagetypeinfo, types, &vitals);
    assert_int_equal(vitals.nr_zones, 4);
    dma = zone_of(&vitals, 0, "DMA");
    normal = zone_of(&vitals, 0, "Normal");
    assert_ptr_equal(dma, &vitals.zones[0]);
    assert_ptr_equal(zone_of(&vitals, 0, "Movable"), &vitals.zones[2]);
    assert_int_equal(dma->managed_pages, 3840);
    assert_int_equal(dma->high_pages, 87);
    assert_int_equal(dma->nr_protection, 5);
    assert_int_equal(dma->protection[1], 886);
    assert_false(XLMEM_KNOWS(dma, slab_unreclaimable_pages));
    assert_int_equal(normal->free_blocks[1], 203);
    assert_int_equal(normal->buddy_line, 2);
    assert_int_equal(normal->zone_line, 15);
    assert_int_equal(normal->unmovable_blocks, 30);
    assert_int_equal(normal->all_blocks, 100);
    assert_int_equal(normal->blocks_line, 7);
    assert_int_equal(zone_of(&vitals, 1, "Normal")->nr_orders, 3);
    xlmem_vitals_dispose(&vitals);
}

/* Before Linux 4.8 each zone tells its own slabs. */
static void an_old_zone_has_its_slabs(void **state)
{
    static const char text[] = "Node 0, zone   Normal\n"
                               "  pages free     45009\n"
                               "        present  173310\n"
                               "        protection: (0, 0, 10540, 10540)\n"
                               "    nr_slab_unreclaimable 96490\n";
    xlmem_vitals vitals;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_zoneinfo, text, &vitals);
    assert_int_equal(vitals.zones[0].slab_unreclaimable_pages, 96490);
    xlmem_vitals_dispose(&vitals);
}

/* With its high orders cut off a zone would look fragmented. */
static void a_short_list_of_blocks_is_none(void **state)
{
    static const char text[] = "Node 0, zone    DMA32     97    830    372\n"
                               "Node 0, zone   Normal     17    203";
    xlmem_vitals vitals;
    xlmem__where where;

    (void)state;
    xlmem_vitals_init(&vitals);
    assert_int_equal(parse(xlmem__vitals_buddyinfo, text, &vitals, &where), 0);
    assert_int_equal(where.line, 2);
    assert_true(XLMEM_KNOWS(zone_of(&vitals, 0, "DMA32"), nr_orders));
    assert_false(XLMEM_KNOWS(zone_of(&vitals, 0, "Normal"), nr_orders));
    xlmem_vitals_dispose(&vitals);
}

static void states_and_settings_are_read(void **state)
{
    static const char arc[] =
        "13 1 0x01 123 33456 1234567 7654321\n"
        "name                            type data\n"
        "hits                            4    99\n"
        "c                               4    8589934592\n"
        "c_min                           4    1073741824\n"
        "c_max                           4    17179869184\n"
        "size                            4    8589934592\n";
    xlmem_vitals vitals;
    const xlmem_vitals_state *s = &vitals.state;

    (void)state;
    xlmem_vitals_init(&vitals);
    parse_well(xlmem__vitals_arcstats, arc, &vitals);
    parse_well(xlmem__vitals_swaps,
               "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
               "/dev/zd0                                partition\t"
               "8388604\t\t123456\t\t-2\n"
               "/dev/zd16p1 partition 4 0 -3\n"
               "/dev/zdisk partition 100 0 -4\n"
               "/dev/zram0 partition 100 0 100\n"
               "/swap\\040file file 100 0 -5\n",
               &vitals);
    parse_well(xlmem__vitals_overcommit, "2\n", &vitals);
    parse_well(xlmem__vitals_block_bytes, "8000000\n", &vitals);
    parse_well(xlmem__vitals_auto_online, "online_movable\n", &vitals);
    parse_well(xlmem__vitals_blocks, "online\noffline\ngoing-offline\n\n",
               &vitals);
    assert_int_equal(s->arc_kb, 8388608);
    assert_int_equal(s->arc_min_kb, 1048576);
    assert_int_equal(s->arc_max_kb, 16777216);
    assert_int_equal(s->swap_zfs_kb, 8388608);
    assert_int_equal(s->overcommit_memory, 2);
    assert_int_equal(s->block_kb, 131072);
    assert_int_equal(s->auto_online, 3);
    assert_int_equal(s->nr_blocks, 3);
    assert_int_equal(s->nr_offline, 1);
}

/* Whatever is not the document leaves everything as it was, and says so. */
static void nonsense_is_not_understood(void **state)
{
    static const char *const texts[] = {
        "", "\n", "what?\n", "MemTotal: many kB\n", "Node x, zone\n"};
    unsigned doc;
    size_t i;

    (void)state;
    for (doc = 0; doc < XLMEM_NR_DOCS; doc++) {
        xlmem__vitals_parser *parser = xlmem__vitals_parser_of(doc);

        for (i = 0; parser && i < sizeof(texts) / sizeof(texts[0]); i++) {
            xlmem_vitals vitals;
            xlmem__where where;

            xlmem_vitals_init(&vitals);
            assert_int_equal(parse(parser, texts[i], &vitals, &where),
                             XLMEM_ERROR_PARSE);
            assert_true(where.text[0]);
            assert_int_equal(vitals.mem.known | vitals.counts.known |
                                 vitals.load.known | vitals.state.known,
                             0);
            assert_int_equal(vitals.nr_zones, 0);
        }
    }
}

static void each_document_has_a_name(void **state)
{
    unsigned doc, other;

    (void)state;
    for (doc = 0; doc < XLMEM_NR_DOCS; doc++) {
        assert_non_null(xlmem_vitals_file(doc));
        for (other = 0; other < doc; other++)
            assert_string_not_equal(xlmem_vitals_file(doc),
                                    xlmem_vitals_file(other));
    }
}

TEST_GROUP(vitals)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meminfo_is_read),
        cmocka_unit_test(a_cut_line_is_unknown),
        cmocka_unit_test(of_what_is_said_twice_the_first_counts),
        cmocka_unit_test(counters_of_zones_are_summed),
        cmocka_unit_test(load_and_pressure_are_read),
        cmocka_unit_test(zones_are_read_together),
        cmocka_unit_test(an_old_zone_has_its_slabs),
        cmocka_unit_test(a_short_list_of_blocks_is_none),
        cmocka_unit_test(states_and_settings_are_read),
        cmocka_unit_test(nonsense_is_not_understood),
        cmocka_unit_test(each_document_has_a_name),
    };

    return test_run(tests, NULL, NULL);
}
