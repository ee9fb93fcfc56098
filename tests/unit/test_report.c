/* SPDX-License-Identifier: LGPL-2.1-only */
/* What guests publish, in the words of each agent that is known; and what is
 * left of it when they do not mean well. */
#include "test.h"

#include "model/report.h"

#define HAS_KB UINT64_C(1048576)

static xlmem_report report;

static int begin(void **state)
{
    (void)state;
    xlmem__report_init(&report);
    return 0;
}

static bool node(const char *path, const char *value)
{
    return xlmem__report_node(&report, path, value, value ? strlen(value) : 0);
}

#define assert_fact(fact, value)                                              \
    do {                                                                      \
        assert_true(XLMEM_KNOWS(&report, fact));                              \
        assert_int_equal(report.fact, value);                                 \
    } while (0)

static void assert_used(uint64_t kb)
{
    uint64_t used_kb;

    assert_true(xlmem__report_used_kb(&report, &used_kb));
    assert_int_equal(used_kb, kb);
}

static void assert_silent(void)
{
    uint64_t used_kb;

    assert_int_equal(report.known, 0);
    assert_int_equal(report.source, XLMEM__REPORT_NONE);
    assert_false(xlmem__report_used_kb(&report, &used_kb));
}

/* -------------------------------------------------------------- agents --- */

/* As each agent of the table in codec/report.c writes it. */
static const struct sample {
    const char *agent;
    xlmem__report_source source;
    const char *path[2], *value[2];
    uint64_t total_kb, used_kb; /* 0: it does not say */
} samples[] = {
    {"xe-guest-utilities 6.2, sh: MemFree",
     XLMEM__REPORT_XE,
     {"data/meminfo_total", "data/meminfo_free"},
     {"1016164", "63476"},
     1016164,
     952688},
    {"xe-guest-utilities 7.20, Go: MemFree",
     XLMEM__REPORT_XE,
     {"data/meminfo_free", "data/meminfo_total"},
     {"108532", "2046796"},
     2046796,
     1938264},
    {"xe-guest-utilities 7.33 and 10.0, Go: MemAvailable",
     XLMEM__REPORT_XE,
     {"data/meminfo_total", "data/meminfo_free"},
     {"4010700", "3411552"},
     4010700,
     599148},
    {"xen-guest-agent 1.0, Rust: MemAvailable",
     XLMEM__REPORT_XE,
     {"data/meminfo_free", "data/meminfo_total"},
     {"1689740", "2014208"},
     2014208,
     324468},
    {"XenServer's agent for Windows",
     XLMEM__REPORT_XE,
     {"data/meminfo_free", "data/meminfo_total"},
     {"2790152", "4193324"},
     4193324,
     1403172},
    {"meminfo-writer 2.1, six lines",
     XLMEM__REPORT_QUBES,
     {"memory/meminfo", NULL},
     {"MemTotal: 408440 kB\nMemFree: 22740 kB\nBuffers: 8192 kB\n"
      "Cached: 120700 kB\nSwapTotal: 1048572 kB\nSwapFree: 1040000 kB\n",
      NULL},
     408440,
     256808},
    {"meminfo-writer 4.0, used with swap",
     XLMEM__REPORT_QUBES,
     {"memory/meminfo", NULL},
     {"297148", NULL},
     0,
     0},
    {"xenballoond, /proc/meminfo of 2.6.32",
     XLMEM__REPORT_QUBES,
     {"memory/meminfo", NULL},
     {"MemTotal:         524288 kB\nMemFree:          101224 kB\n"
      "Buffers:           11020 kB\nCached:           203344 kB\n"
      "SwapCached:            0 kB\nActive:            90112 kB\n"
      "HighTotal:             0 kB\nSwapTotal:        262144 kB\n"
      "SwapFree:         262144 kB\nHugePages_Total:     0\n",
      NULL},
     524288,
     208700},
    {"memguard-guest",
     XLMEM__REPORT_MEMGUARD,
     {"data/memguard/report", NULL},
     {"total_kb=498880 free_kb=301000 available_kb=402400 swap_used_kb=8 "
      "balloon_kb=524288 balloon_target_kb=524288 psi_some10_bp=12 "
      "psi_full10_bp=3",
      NULL},
     498880,
     96480},
};

static void every_agent_is_understood(void **state)
{
    size_t i, k;

    for (i = 0; i < ARRAY_SIZE(samples); i++) {
        const struct sample *sample = &samples[i];

        begin(state);
        for (k = 0; k < 2 && sample->path[k]; k++)
            assert_true(node(sample->path[k], sample->value[k]));
        print_message("%s\n", sample->agent);
        assert_int_equal(report.source, sample->source);
        if (!sample->total_kb)
            continue;
        assert_fact(total_kb, sample->total_kb);
        assert_used(sample->used_kb);
    }
}

static void a_number_of_qubes_is_what_is_used(void **state)
{
    uint64_t used_kb;

    (void)state;
    assert_true(node("memory/meminfo", "297148"));
    assert_fact(used_kb, 297148);
    assert_false(xlmem__report_used_kb(&report, &used_kb));
}

static void lines_say_what_is_in_swap(void **state)
{
    (void)state;
    assert_true(node("memory/meminfo", samples[5].value[0]));
    assert_fact(swap_used_kb, 8572);
    assert_fact(free_kb, 22740);
    assert_fact(available_kb, 151632);
}

static void mem_available_is_believed_before_a_sum(void **state)
{
    (void)state;
    node("memory/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\n"
                           "MemAvailable: 300 kB\nCached: 700 kB\n");
    assert_fact(available_kb, 300);
}

static void ours_says_all(void **state)
{
    (void)state;
    assert_true(node("data/memguard/report", samples[8].value[0]));
    assert_fact(free_kb, 301000);
    assert_fact(available_kb, 402400);
    assert_fact(swap_used_kb, 8);
    assert_fact(balloon_kb, 524288);
    assert_fact(balloon_target_kb, 524288);
    assert_fact(psi_some10_bp, 12);
    assert_fact(psi_full10_bp, 3);
}

/* What a later version adds is passed over. */
static void words_of_tomorrow_do_no_harm(void **state)
{
    (void)state;
    assert_true(node("data/memguard/report",
                     "total_kb=1000 colour=blue available_kb=10 version="));
    assert_used(990);
}

static void dom0_reports_from_its_own_facts(void **state)
{
    xlmem_dom0 dom0 = {0};

    (void)state;
    XLMEM_SET(&dom0, mem_total_kb, 912092);
    XLMEM_SET(&dom0, mem_available_kb, 512092);
    XLMEM_SET(&dom0, swap_total_kb, 1000);
    XLMEM_SET(&dom0, swap_free_kb, 400);
    XLMEM_SET(&dom0, psi_some10_bp, 77);
    xlmem__report_dom0(&report, &dom0);
    assert_int_equal(report.source, XLMEM__REPORT_DOM0);
    assert_used(400000);
    assert_fact(swap_used_kb, 600);
    assert_fact(psi_some10_bp, 77);
    assert_false(XLMEM_KNOWS(&report, psi_full10_bp));
    assert_false(XLMEM_KNOWS(&report, balloon_kb));
}

/* ------------------------------------------------------------- sources --- */

/* Two agents in one guest: the one that says more. */
static xlmem__stall stall_at(int64_t ms, uint64_t some_us, uint64_t full_us)
{
    return (xlmem__stall){.at_ms = ms, .some_us = some_us, .full_us = full_us};
}

/* @avg_bp: what avg10 says. */
static uint64_t some_bp_at(xlmem__stall *last, uint64_t avg_bp, int64_t ms,
                           uint64_t us)
{
    const xlmem__stall now = stall_at(ms, us, us / 2);
    xlmem_report of;

    xlmem__report_init(&of);
    XLMEM_SET(&of, psi_some10_bp, avg_bp);
    XLMEM_SET(&of, psi_full10_bp, avg_bp / 2);
    xlmem__report_stall(&of, last, &now);
    assert_true(XLMEM_KNOWS(&of, psi_full10_bp));
    assert_true(of.psi_full10_bp <= of.psi_some10_bp);
    return of.psi_some10_bp;
}

static void dom0s_pressure_is_that_since_the_last_look(void **state)
{
    xlmem__stall last = {.at_ms = 0};

    (void)state;
    /* At first there is the average only. */
    assert_int_equal(some_bp_at(&last, 1200, 1000, 5000000), 1200);
    /* 0.3 s of 1.5 s; memory has come, and the average lingers. */
    assert_int_equal(some_bp_at(&last, 1500, 2500, 5300000), 2000);
    assert_int_equal(some_bp_at(&last, 1400, 4500, 5300000), 0);
    /* Too soon: as before, and nothing of it is lost. */
    assert_int_equal(some_bp_at(&last, 1300, 4750, 5400000), 0);
    assert_int_equal(some_bp_at(&last, 1300, 5500, 5400000), 1000);
    /* Never more than all of the time. */
    assert_int_equal(some_bp_at(&last, 1300, 6500, 9900000), 10000);
    /* Too long ago; a counter that went back is another one. */
    assert_int_equal(some_bp_at(&last, 700, 16501, 9900000), 700);
    assert_int_equal(some_bp_at(&last, 600, 18000, 10), 600);
    assert_int_equal(some_bp_at(&last, 500, 20000, 200010), 1000);
}

static void the_better_source_is_believed(void **state)
{
    (void)state;
    assert_true(node("data/meminfo_total", "2000"));
    assert_true(node("data/meminfo_free", "1000"));
    assert_true(
        node("data/memguard/report", "total_kb=2000 available_kb=1500"));
    assert_false(XLMEM_KNOWS(&report, free_kb));
    assert_used(500);
    assert_false(node("data/meminfo_free", "1"));
    assert_false(node("memory/meminfo", "1"));
    assert_used(500);
    assert_int_equal(report.source, XLMEM__REPORT_MEMGUARD);
}

static void a_better_source_that_says_nothing_takes_nothing(void **state)
{
    (void)state;
    node("data/meminfo_total", "2000");
    node("data/meminfo_free", "1000");
    assert_false(node("data/memguard/report", "rubbish"));
    assert_false(node("data/memguard/report", NULL));
    assert_used(1000);
    assert_int_equal(report.source, XLMEM__REPORT_XE);
}

static void when_it_falls_silent_the_other_is_heard(void **state)
{
    (void)state;
    node("data/memguard/report", "total_kb=2000 available_kb=1500");
    assert_true(node("data/memguard/report", NULL));
    assert_silent();
    assert_false(node("data/memguard/report", NULL));
    assert_true(node("data/meminfo_total", "2000"));
    assert_true(node("data/meminfo_free", "1000"));
    assert_used(1000);
}

static void a_node_that_is_gone_is_unknown(void **state)
{
    (void)state;
    node("data/meminfo_total", "2000");
    node("data/meminfo_free", "1000");
    assert_true(node("data/meminfo_free", NULL));
    assert_false(XLMEM_KNOWS(&report, free_kb));
    assert_int_equal(report.free_kb, 0);
    assert_fact(total_kb, 2000);
    assert_true(node("data/meminfo_total", NULL));
    assert_silent();
}

/* ------------------------------------------------------------- garbage --- */

static const char *const rubbish[] = {
    "",     " ",     "-1",
    "+1",   "0x400", "1.5",
    "1e6",  "12 kB", "12k",
    "12 3", "NaN",   "18446744073709551616",
    "\xff", "\n\n",  "99999999999999999999999999999999999999",
};

static void rubbish_makes_a_number_unknown_and_no_more(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rubbish); i++) {
        assert_true(node("data/meminfo_total", "2000"));
        assert_true(node("data/meminfo_free", "1000"));
        assert_true(node("data/meminfo_free", rubbish[i]));
        assert_false(XLMEM_KNOWS(&report, free_kb));
        assert_fact(total_kb, 2000);
        /* Nor is there anything to ask again for. */
        assert_false(node("data/meminfo_free", rubbish[i]));
    }
}

static void rubbish_makes_a_text_worthless(void **state)
{
    static const char *const texts[] = {
        "total_kb=2000 available_kb=-5",
        "total_kb=2000 available_kb=5 available_kb=6",
        "total_kb=2000 available_kb=18446744073709551616",
        "total_kb=2000 available_kb=",
        "total_kb=2000 available_kb=5kB",
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        node("data/memguard/report", "total_kb=2000 available_kb=5");
        assert_true(node("data/memguard/report", texts[i]));
        assert_silent();
        assert_false(node("data/memguard/report", texts[i]));
    }
    assert_false(node("memory/meminfo", "MemTotal: 2000\nMemFree: 5 kB\n"));
    assert_false(node("memory/meminfo", "MemTotal: 2000 MB\nMemFree: 5 kB\n"));
    assert_false(node("memory/meminfo",
                      "MemFree: 4 kB\nMemFree: 5 kB\nMemTotal: 9 kB\n"));
    assert_silent();
}

static void one_number_too_long_is_none(void **state)
{
    char text[XLMEM__REPORT_TEXT_MAX + 100];

    (void)state;
    memset(text, '0', sizeof(text));
    text[127] = '7';
    text[128] = '\0';
    assert_true(node("data/meminfo_total", text));
    assert_fact(total_kb, 7);
    memcpy(text + 127, "07", 3);
    assert_true(node("data/meminfo_total", text));
    assert_silent();
    text[127] = text[128] = text[129] = '0';
    text[XLMEM__REPORT_TEXT_MAX - 1] = '7';
    assert_true(xlmem__report_node(&report, "memory/meminfo", text,
                                   XLMEM__REPORT_TEXT_MAX));
    assert_fact(used_kb, 7);
    assert_true(xlmem__report_node(&report, "memory/meminfo", text,
                                   XLMEM__REPORT_TEXT_MAX + 1));
    assert_silent();
}

static void blanks_around_a_number_are_forgiven(void **state)
{
    (void)state;
    assert_true(node("data/meminfo_total", " 2000 \n"));
    assert_true(xlmem__report_node(&report, "data/meminfo_free", "1000\0", 5));
    assert_used(1000);
    assert_true(xlmem__report_node(&report, "data/meminfo_free", "1\0000", 3));
    assert_false(XLMEM_KNOWS(&report, free_kb));
}

static void other_nodes_are_nothing_to_us(void **state)
{
    size_t i;

    (void)state;
    assert_false(node("data/meminfo_fre", "1"));
    assert_false(node("data/meminfo_free/x", "1"));
    assert_false(node("data", "1"));
    assert_false(node("", "1"));
    assert_silent();
    for (i = 0; xlmem__report_path(i); i++)
        assert_true(strncmp(xlmem__report_path(i), "data/", 5) == 0 ||
                    strncmp(xlmem__report_path(i), "memory/", 7) == 0);
    assert_int_equal(i, 4);
    assert_null(xlmem__report_path(i + 1));
}

/* -------------------------------------------------------------- bounds --- */

static void nothing_beyond_what_it_has(void **state)
{
    (void)state;
    node("data/memguard/report",
         "total_kb=18446744073709551615 free_kb=18446744073709551615 "
         "available_kb=7 swap_used_kb=18446744073709551615 "
         "balloon_kb=18446744073709551615 psi_some10_bp=18446744073709551615 "
         "psi_full10_bp=10001");
    xlmem__report_bound(&report, HAS_KB);
    assert_fact(total_kb, HAS_KB);
    assert_true(report.free_kb <= HAS_KB);
    assert_fact(available_kb, 0);
    assert_fact(swap_used_kb, HAS_KB);
    assert_fact(balloon_kb, HAS_KB);
    assert_fact(psi_some10_bp, 10000);
    assert_fact(psi_full10_bp, 10000);
    assert_fact(has_kb, HAS_KB);
}

/* It gave 300 back after it had counted: out of what was free. */
static void what_was_given_back_was_free(void **state)
{
    (void)state;
    node("data/memguard/report", "total_kb=1000 free_kb=500 available_kb=600");
    xlmem__report_bound(&report, 700);
    assert_fact(total_kb, 700);
    assert_fact(free_kb, 200);
    assert_fact(available_kb, 300);
    assert_used(400);
    xlmem__report_bound(&report, 700);
    assert_used(400);
}

static void more_available_than_there_is_is_all_of_it(void **state)
{
    (void)state;
    node("data/meminfo_total", "1000");
    node("data/meminfo_free", "5000");
    xlmem__report_bound(&report, 2000);
    assert_used(0);
}

static void what_is_unknown_stays_so(void **state)
{
    (void)state;
    xlmem__report_bound(&report, HAS_KB);
    assert_int_equal(report.known, XLMEM_FACT_BIT(&report, has_kb));
    node("data/meminfo_free", "100");
    assert_int_equal(report.source, XLMEM__REPORT_XE);
    node("data/meminfo_free", "x");
    assert_int_equal(report.source, XLMEM__REPORT_NONE);
}

/* ---------------------------------------------------------------- any --- */

static void any_text_ends_within_bounds(void **state)
{
    static const char *const pieces[] = {
        "total_kb=",   "available_kb=",
        "MemTotal: ",  " kB\n",
        "MemFree: ",   "1",
        "4096",        "-",
        " ",           "Cached: ",
        "\n",          "=",
        "free_kb=",    "9",
        "SwapTotal: ", "SwapFree:",
        "0",           "swap_used_kb=",
        ":",
    };
    char text[600];
    int round;

    test_seed();
    for (round = 0; round < 20000; round++) {
        const uint64_t has_kb = test_magnitude() >> 8;
        uint64_t used_kb = 0;
        size_t nr = test_between(0, 3);

        if (round % 16 == 0)
            begin(state);
        if (round % 3)
            test_pieces(text, sizeof(text), pieces, ARRAY_SIZE(pieces), 24);
        else
            test_bytes(text, sizeof(text));
        node(xlmem__report_path(nr), round % 17 ? text : NULL);
        xlmem__report_bound(&report, has_kb);
        xlmem__report_used_kb(&report, &used_kb);
        assert_true(used_kb <= has_kb && report.total_kb <= has_kb);
        assert_true(report.available_kb <= has_kb);
        assert_true(report.used_kb <= 2 * has_kb);
        assert_true(report.swap_used_kb <= has_kb);
    }
}

TEST_GROUP(report)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_agent_is_understood, begin),
        cmocka_unit_test_setup(a_number_of_qubes_is_what_is_used, begin),
        cmocka_unit_test_setup(lines_say_what_is_in_swap, begin),
        cmocka_unit_test_setup(mem_available_is_believed_before_a_sum, begin),
        cmocka_unit_test_setup(ours_says_all, begin),
        cmocka_unit_test_setup(words_of_tomorrow_do_no_harm, begin),
        cmocka_unit_test_setup(dom0_reports_from_its_own_facts, begin),
        cmocka_unit_test(dom0s_pressure_is_that_since_the_last_look),
        cmocka_unit_test_setup(the_better_source_is_believed, begin),
        cmocka_unit_test_setup(a_better_source_that_says_nothing_takes_nothing,
                               begin),
        cmocka_unit_test_setup(when_it_falls_silent_the_other_is_heard, begin),
        cmocka_unit_test_setup(a_node_that_is_gone_is_unknown, begin),
        cmocka_unit_test_setup(rubbish_makes_a_number_unknown_and_no_more,
                               begin),
        cmocka_unit_test_setup(rubbish_makes_a_text_worthless, begin),
        cmocka_unit_test_setup(one_number_too_long_is_none, begin),
        cmocka_unit_test_setup(blanks_around_a_number_are_forgiven, begin),
        cmocka_unit_test_setup(other_nodes_are_nothing_to_us, begin),
        cmocka_unit_test_setup(nothing_beyond_what_it_has, begin),
        cmocka_unit_test_setup(what_was_given_back_was_free, begin),
        cmocka_unit_test_setup(more_available_than_there_is_is_all_of_it,
                               begin),
        cmocka_unit_test_setup(what_is_unknown_stays_so, begin),
        cmocka_unit_test_setup(any_text_ends_within_bounds, begin),
    };

    return test_run(tests, NULL, NULL);
}
