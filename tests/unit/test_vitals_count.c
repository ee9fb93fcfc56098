/* SPDX-License-Identifier: LGPL-2.1-only */
/* The log reader's events that are alike: how they are counted, which are
 * kept, and of which boot they are. */
#include "vitals_log.h"

static void events_are_counted_not_lines(void **state)
{
    static const char text[] =
        "[10.000000] amdgpu 0000:2f:00.0: swiotlb buffer is full (sz: 2097152 "
        "bytes), total 32768 (slots), used 0 (slots)\n"
        "[11.000000] nothing of interest\n"
        "[20.000000] amdgpu 0000:2f:00.0: swiotlb buffer is full (sz: 2097152 "
        "bytes), total 32768 (slots), used 7 (slots)\n"
        "[21.000000] swiotlb_tbl_map_single: 40 callbacks suppressed\n"
        "[30.500000] amdgpu 0000:2f:00.0: swiotlb buffer is full (sz: 2097152 "
        "bytes), total 32768 (slots), used 9 (slots)\n"
        "[99.000000] printk: 12 messages suppressed.\n";
    const xlmem_log_event *event;
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    event = only_event(&vitals);
    assert_int_equal(event->count, 3);
    assert_int_equal(event->first_ms, 10000);
    assert_int_equal(event->last_ms, 30500);
    assert_int_equal(event->burst_ms, 20500);
    assert_int_equal(event->suppressed, 40);
    assert_int_equal(vitals.suppressed, 12);
    assert_int_equal(event->slots_used, 9);
    assert_int_equal(event->first_line, 1);
    assert_int_equal(event->source.line, 5);
    assert_string_equal(event->who, "amdgpu 0000:2f:00.0");
    /* The log goes on for 68.5 s behind it. */
    assert_int_equal(event->age_s, 68);
    xlmem_vitals_dispose(&vitals);
}

/* Of more than are kept the worst are, whatever came first. */
static void the_worst_are_kept(void **state)
{
    char text[4096], *p;
    unsigned i, turn;

    (void)state;
    for (turn = 0; turn < 2; turn++) {
        xlmem_vitals vitals;

        p = text;
        for (i = 0; i < 30; i++) {
            const unsigned n = turn ? 29 - i : i;

            p += sprintf(p,
                         "INFO: task %s%02u:%u blocked for more than 120 "
                         "seconds.\n",
                         n == 17 ? "vif" : "kworker", n, n);
        }
        read_log(&kernels, text, &vitals);
        assert_int_equal(vitals.nr_events, XLMEM_LOG_ALIKE_MAX + 1);
        assert_string_equal(vitals.events[0].who, "vif17");
        assert_string_equal(vitals.events[1].who, "kworker00");
        assert_string_equal(vitals.events[XLMEM_LOG_ALIKE_MAX - 1].who,
                            "kworker06");
        assert_true(vitals.events[XLMEM_LOG_ALIKE_MAX].others);
        assert_int_equal(vitals.events[XLMEM_LOG_ALIKE_MAX].count,
                         30 - XLMEM_LOG_ALIKE_MAX);
        xlmem_vitals_dispose(&vitals);
    }
}

/* What was kept back was like the failure that came last, however harmless
 * the first one was. */
static void lines_kept_back_are_of_the_last_event(void **state)
{
    static const char text[] =
        "[10.000000] cp: page allocation failure: order:9, mode:0x40cc0"
        "(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n"
        "[20.000000] swapper/0: page allocation failure: order:0, mode:0x820"
        "(GFP_ATOMIC), nodemask=(null)\n"
        "[25.000000] warn_alloc: 12 callbacks suppressed\n"
        "[30.000000] cp: page allocation failure: order:9, mode:0x40cc0"
        "(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n"
        "[35.000000] warn_alloc: 3 callbacks suppressed\n";
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    assert_int_equal(vitals.nr_events, 2);
    assert_true(vitals.events[0].atomic);
    assert_int_equal(vitals.events[0].suppressed, 12);
    assert_false(vitals.events[1].atomic);
    assert_int_equal(vitals.events[1].suppressed, 3);
    xlmem_vitals_dispose(&vitals);
}

/* Where the last event of the boot before stood is another one's place. */
static void lines_kept_back_are_of_this_boot(void **state)
{
    static const char text[] =
        "[ 5000.000000] cp: page allocation failure: order:9, mode:0x40cc0"
        "(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n"
        "[ 6000.000000] swapper/0: page allocation failure: order:0, "
        "mode:0x820(GFP_ATOMIC), nodemask=(null)\n"
        "[    0.000000] Linux version 6.1.0 (x@y)\n"
        "[  100.000000] cp: page allocation failure: order:9, mode:0x40cc0"
        "(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n"
        "[  101.000000] warn_alloc: 12 callbacks suppressed\n";
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    assert_int_equal(vitals.nr_events, 3);
    assert_false(vitals.events[0].earlier);
    assert_int_equal(vitals.events[0].suppressed, 12);
    assert_int_equal(vitals.suppressed, 0);
    xlmem_vitals_dispose(&vitals);
}

/* --------------------------------------------------------------- boots --- */

static void what_was_before_this_boot_is_told_apart(void **state)
{
    static const char text[] =
        "[    0.000000] Linux version 5.10.0 (x@y)\n"
        "[    1.000000] Dentry cache hash table entries: 1024 (order: 1, 8192 "
        "bytes, linear)\n"
        "[ 5000.000000] Memory squeeze in netback driver.\n"
        "[    0.000000] Linux version 6.1.0 (x@y)\n"
        "[    0.100000] Dentry cache hash table entries: 33554432 (order: 16, "
        "268435456 bytes, linear)\n"
        "[    0.200000] PID hash table entries: 4096 (order: 12, 32768 "
        "bytes)\n"
        "[    0.300000] Inode-cache hash table entries: 16777216 (order: 15, "
        "134217728 bytes, linear)\n"
        "[  100.000000] Memory squeeze in netback driver.\n";
    xlmem__log_of of = kernels;
    xlmem_vitals vitals;

    (void)state;
    of.uptime_ms = 400000;
    read_log(&of, text, &vitals);
    assert_int_equal(vitals.nr_events, 2);
    assert_false(vitals.events[0].earlier);
    assert_int_equal(vitals.events[0].last_ms, 100000);
    assert_int_equal(vitals.events[0].age_s, 300);
    assert_true(vitals.events[1].earlier);
    assert_int_equal(vitals.events[1].age_s, 400);
    assert_int_equal(vitals.state.hash_kb, 393216);
    assert_int_equal(vitals.state.hash_entries, 33554432);
    xlmem_vitals_dispose(&vitals);
}

/* Syslog loses the banner: time that falls back is another boot's. */
static void time_that_falls_back_is_another_boot(void **state)
{
    static const char text[] =
        "[ 5000.000000] Memory squeeze in netback driver.\n"
        "[  100.000000] Memory squeeze in netback driver.\n"
        "[   99.000000] Memory squeeze in netback driver.\n";
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    assert_int_equal(vitals.nr_events, 2);
    assert_int_equal(vitals.events[0].count, 2);
    assert_int_equal(vitals.events[1].count, 1);
    xlmem_vitals_dispose(&vitals);
}

/* What a program says of itself is no time of the kernel's. */
static void a_programs_words_begin_no_boot(void **state)
{
    static const char text[] =
        "Nov 26 21:20:00 host kernel: [ 5000.000000] Memory squeeze in "
        "netback driver.\n"
        "Nov 26 21:25:13 host app[7]: [    1.5] [2036-01-01 00:00:00] x\n";
    xlmem__log_of of = kernels;
    xlmem_vitals vitals;

    (void)state;
    of.now_s = UINT64_C(1795728400); /* Nov 26 21:26:40 2026 */
    read_log(&of, text, &vitals);
    assert_false(only_event(&vitals)->earlier);
    assert_int_equal(vitals.events[0].age_s, 0);
    xlmem_vitals_dispose(&vitals);
}

TEST_GROUP(vitals_count)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_counted_not_lines),
        cmocka_unit_test(the_worst_are_kept),
        cmocka_unit_test(lines_kept_back_are_of_the_last_event),
        cmocka_unit_test(lines_kept_back_are_of_this_boot),
        cmocka_unit_test(what_was_before_this_boot_is_told_apart),
        cmocka_unit_test(time_that_falls_back_is_another_boot),
        cmocka_unit_test(a_programs_words_begin_no_boot),
    };

    return test_run(tests, NULL, NULL);
}
