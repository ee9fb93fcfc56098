/* SPDX-License-Identifier: LGPL-2.1-only */
/* memguard-guest reads its kernel's texts, old and new, and says what
 * codec/report.c understands. */
#include "test.h"

#include <unistd.h>

#include "guest/facts.h"
#include "model/report.h"

static struct guest_facts facts;

static int begin(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < GUEST_NR_FACTS; i++)
        facts.is[i] = GUEST_UNKNOWN;
    return 0;
}

static void assert_is(enum guest_fact fact, uint64_t value)
{
    assert_int_equal(facts.is[fact], value);
}

/* Debian 12, Linux 6.1 */
static const char linux_6_1[] =
    "MemTotal:         912092 kB\nMemFree:          101224 kB\n"
    "MemAvailable:     402400 kB\nBuffers:           11020 kB\n"
    "Cached:           303344 kB\nSwapCached:            4 kB\n"
    "Active:            90112 kB\nShmem:              1100 kB\n"
    "SwapTotal:        262144 kB\nSwapFree:         262000 kB\n"
    "HugePages_Total:       0\n";

static void mem_available_is_the_kernels_word(void **state)
{
    (void)state;
    guest_parse_meminfo(&facts, linux_6_1);
    assert_is(GUEST_TOTAL_KB, 912092);
    assert_is(GUEST_FREE_KB, 101224);
    assert_is(GUEST_AVAILABLE_KB, 402400);
    assert_is(GUEST_SWAP_USED_KB, 144);
    assert_int_equal(guest_used_kb(&facts), 509692);
}

static void before_linux_3_14_it_is_reckoned(void **state)
{
    (void)state;
    guest_parse_meminfo(&facts, "MemTotal: 1000 kB\nMemFree: 100 kB\n"
                                "Buffers: 10 kB\nCached: 300 kB\n"
                                "Shmem: 50 kB\n");
    assert_is(GUEST_AVAILABLE_KB, 360);
    assert_is(GUEST_SWAP_USED_KB, GUEST_UNKNOWN);
    guest_parse_meminfo(&facts, "MemTotal: 1000 kB\nMemFree: 100 kB\n");
    assert_is(GUEST_AVAILABLE_KB, 100);
}

static void rubbish_is_unknown(void **state)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "MemTotal",
        "MemTotal:",
        "MemTotal: kB\nMemFree: -4 kB\n",
        "MemTotal: 12\nMemFree: 4 MB\n",
        "MemTotal: 99999999999999999999999 kB\n",
        "xMemTotal: 12 kB\nMemTotals: 12 kB\n",
    };
    size_t i, k;

    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        begin(state);
        guest_parse_meminfo(&facts, texts[i]);
        guest_parse_pressure(&facts, texts[i]);
        for (k = 0; k < GUEST_NR_FACTS; k++)
            assert_is((enum guest_fact)k, GUEST_UNKNOWN);
        assert_int_equal(guest_used_kb(&facts), GUEST_UNKNOWN);
    }
}

static void pressure_has_two_places(void **state)
{
    (void)state;
    guest_parse_pressure(&facts,
                         "some avg10=1.07 avg60=0.05 avg300=0.01 total=4711\n"
                         "full avg10=0.30 avg60=0.00 avg300=0.00 total=12\n");
    assert_is(GUEST_PSI_SOME10_BP, 107);
    assert_is(GUEST_PSI_FULL10_BP, 30);
    guest_parse_pressure(&facts, "some avg10=100.00 avg60=0\n");
    assert_is(GUEST_PSI_SOME10_BP, 10000);
    assert_is(GUEST_PSI_FULL10_BP, GUEST_UNKNOWN);
    guest_parse_pressure(&facts, "some avg10=101.00\nfull avg10=1.\n");
    assert_is(GUEST_PSI_SOME10_BP, GUEST_UNKNOWN);
    assert_is(GUEST_PSI_FULL10_BP, GUEST_UNKNOWN);
}

/* Memory has come: avg10 would say for ten seconds more that it has not. */
static void pressure_is_that_since_the_last_look(void **state)
{
    struct guest_facts before;

    (void)state;
    guest_parse_pressure(&before,
                         "some avg10=80.00 avg60=9.00 total=1000000\n"
                         "full avg10=40.00 avg60=9.00 total=500000\n");
    guest_parse_pressure(&facts, "some avg10=60.00 avg60=9.00 total=1100000\n"
                                 "full avg10=30.00 avg60=9.00 total=500000\n");
    assert_true(guest_pressure_since(&facts, &before, 1000));
    assert_is(GUEST_PSI_SOME10_BP, 1000);
    assert_is(GUEST_PSI_FULL10_BP, 0);
    /* To the last of them: 17 are heard, and 16 are not (pace.c). */
    facts.some_us = before.some_us + 6800;
    guest_pressure_since(&facts, &before, 4000);
    assert_is(GUEST_PSI_SOME10_BP, 17);
    facts.some_us--;
    guest_pressure_since(&facts, &before, 4000);
    assert_is(GUEST_PSI_SOME10_BP, 16);
    /* More than all of the time, of a clock that is not the kernel's. */
    facts.some_us = UINT64_MAX - 1;
    guest_pressure_since(&facts, &before, 1000);
    assert_is(GUEST_PSI_SOME10_BP, 10000);
    /* Another kernel: what there is stays. */
    guest_parse_pressure(&facts, "some avg10=1.00 avg60=0.00 total=5\n");
    guest_pressure_since(&facts, &before, 1000);
    assert_is(GUEST_PSI_SOME10_BP, 100);
    guest_parse_pressure(&facts, "some avg10=1.00\nfull avg10=2.00 total=9\n");
    guest_pressure_since(&facts, &before, 1000);
    assert_is(GUEST_PSI_SOME10_BP, 100);
}

/* Two things at once wake it 20 ms apart, and somebody has waited for 10: that
 * is told when a second has passed, of all of it. */
static void of_less_than_a_second_it_says_nothing(void **state)
{
    struct guest_facts before;
    int64_t ms;

    (void)state;
    guest_parse_pressure(&before, "some avg10=0.07 avg60=0.00 total=1000000\n"
                                  "full avg10=0.05 avg60=0.00 total=500000\n");
    for (ms = 0; ms < 1000; ms += 20) {
        guest_parse_pressure(&facts,
                             "some avg10=1.00 avg60=0.00 total=1010000\n"
                             "full avg10=0.50 avg60=0.00 total=505000\n");
        assert_false(guest_pressure_since(&facts, &before, ms));
        assert_is(GUEST_PSI_SOME10_BP, 7);
        assert_is(GUEST_PSI_FULL10_BP, 5);
        before = facts;
    }
    guest_parse_pressure(&facts, "some avg10=1.00 avg60=0.00 total=1010000\n"
                                 "full avg10=0.50 avg60=0.00 total=505000\n");
    assert_true(guest_pressure_since(&facts, &before, 1000));
    assert_is(GUEST_PSI_SOME10_BP, 100);
    assert_is(GUEST_PSI_FULL10_BP, 50);
}

static void what_is_unknown_is_left_out(void **state)
{
    char text[GUEST_REPORT_MAX];

    (void)state;
    guest_format(&facts, text, sizeof(text));
    assert_string_equal(text, "");
    facts.is[GUEST_FREE_KB] = 5;
    facts.is[GUEST_PSI_SOME10_BP] = 0;
    guest_format(&facts, text, sizeof(text));
    assert_string_equal(text, "free_kb=5 psi_some10_bp=0");
}

/* Both ends of the node, at their largest. */
static void the_host_understands_all_of_it(void **state)
{
    char text[GUEST_REPORT_MAX];
    xlmem_report report;
    int i;

    (void)state;
    for (i = 0; i < GUEST_NR_FACTS; i++)
        facts.is[i] = UINT64_MAX / 100 - (uint64_t)i;
    guest_format(&facts, text, sizeof(text));
    assert_true(strlen(text) < sizeof(text) - 1);
    xlmem__report_init(&report);
    assert_true(xlmem__report_node(&report, "data/memguard/report", text,
                                   strlen(text)));
    assert_int_equal(report.source, XLMEM__REPORT_MEMGUARD);
    assert_int_equal(report.total_kb, facts.is[GUEST_TOTAL_KB]);
    assert_int_equal(report.free_kb, facts.is[GUEST_FREE_KB]);
    assert_int_equal(report.available_kb, facts.is[GUEST_AVAILABLE_KB]);
    assert_int_equal(report.swap_used_kb, facts.is[GUEST_SWAP_USED_KB]);
    assert_int_equal(report.balloon_kb, facts.is[GUEST_BALLOON_KB]);
    assert_int_equal(report.balloon_target_kb,
                     facts.is[GUEST_BALLOON_TARGET_KB]);
    assert_int_equal(report.psi_some10_bp, facts.is[GUEST_PSI_SOME10_BP]);
    assert_int_equal(report.psi_full10_bp, facts.is[GUEST_PSI_FULL10_BP]);
}

/* --------------------------------------------------------------- files --- */

static char root[] = "/tmp/guest-facts-XXXXXX";

static void put(const char *path, const char *text)
{
    char command[512];
    FILE *file;

    snprintf(command, sizeof(command), "mkdir -p $(dirname %s%s)", root, path);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof(command), "%s%s", root, path);
    file = fopen(command, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* The files stay open, and say what is true now. */
static void files_are_read_anew(void **state)
{
    struct guest_files files;
    char command[64];

    (void)state;
    assert_non_null(mkdtemp(root));
    guest_files_open(&files, root);
    guest_facts_read(&facts, &files);
    assert_is(GUEST_TOTAL_KB, GUEST_UNKNOWN);
    put("/proc/meminfo", linux_6_1);
    put("/proc/pressure/memory", "some avg10=0.50 avg60=0.00\n");
    put("/sys/devices/system/xen_memory/xen_memory0/info/current_kb",
        "1048576\n");
    put("/sys/devices/system/xen_memory/xen_memory0/target_kb", "524288\n");
    guest_files_open(&files, root);
    guest_facts_read(&facts, &files);
    assert_is(GUEST_AVAILABLE_KB, 402400);
    assert_is(GUEST_PSI_SOME10_BP, 50);
    assert_is(GUEST_BALLOON_KB, 1048576);
    assert_is(GUEST_BALLOON_TARGET_KB, 524288);
    put("/sys/devices/system/xen_memory/xen_memory0/info/current_kb",
        "524288\n");
    guest_facts_read(&facts, &files);
    assert_is(GUEST_BALLOON_KB, 524288);
    close(files.meminfo);
    close(files.pressure);
    close(files.balloon);
    close(files.balloon_target);
    snprintf(command, sizeof(command), "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

TEST_GROUP(guest_facts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(mem_available_is_the_kernels_word, begin),
        cmocka_unit_test_setup(before_linux_3_14_it_is_reckoned, begin),
        cmocka_unit_test_setup(rubbish_is_unknown, begin),
        cmocka_unit_test_setup(pressure_is_that_since_the_last_look, begin),
        cmocka_unit_test_setup(of_less_than_a_second_it_says_nothing, begin),
        cmocka_unit_test_setup(pressure_has_two_places, begin),
        cmocka_unit_test_setup(what_is_unknown_is_left_out, begin),
        cmocka_unit_test_setup(the_host_understands_all_of_it, begin),
        cmocka_unit_test_setup(files_are_read_anew, begin),
    };

    return test_run(tests, NULL, NULL);
}
