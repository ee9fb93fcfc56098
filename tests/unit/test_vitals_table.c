/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of what is looked for in logs: every wording of every release. */
#include "vitals_log.h"

/* A line, and the event that it is alone. */
static const struct wording {
    const char *line;
    xlmem_log_kind kind;
    uint64_t order; /* UINT64_MAX: none */
    bool atomic, quiet;
} wordings[] = {
    /* 2.6.18 to 2.6.38 */
    {"qemu: page allocation failure. order:4, mode:0x20",
     XLMEM_LOG_ALLOC_FAILED, 4, true, false},
    {"java: page allocation failure. order:2, mode:0xd0",
     XLMEM_LOG_ALLOC_FAILED, 2, false, false},
    /* 3.x to 4.3 */
    {"swapper/0: page allocation failure: order:0, mode:0x120",
     XLMEM_LOG_ALLOC_FAILED, 0, true, false},
    {"x: page allocation failure: order:3, mode:0x10c0d0",
     XLMEM_LOG_ALLOC_FAILED, 3, false, false},
    {"x: page allocation failure: order:3, mode:0x1c0d0",
     XLMEM_LOG_ALLOC_FAILED, 3, false, false},
    {"x: page allocation failure: order:3, mode:0x10d0",
     XLMEM_LOG_ALLOC_FAILED, 3, false, true},
    /* 4.4, 4.5: nobody can wait without ___GFP_DIRECT_RECLAIM */
    {"x: page allocation failure: order:1, mode:0x2080020",
     XLMEM_LOG_ALLOC_FAILED, 1, true, false},
    {"x: page allocation failure: order:1, mode:0x24000c0",
     XLMEM_LOG_ALLOC_FAILED, 1, false, false},
    /* 4.6 and later */
    {"x: page allocation failure: order:0, mode:0x2080020(GFP_ATOMIC)",
     XLMEM_LOG_ALLOC_FAILED, 0, true, false},
    {"x: page allocation failure: order:5, "
     "mode:0x40dc0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO), nodemask=(null),"
     "cpuset=/,mems_allowed=0",
     XLMEM_LOG_ALLOC_FAILED, 5, false, false},
    {"x: page allocation failure: order:9, "
     "mode:0x1(GFP_KERNEL|__GFP_NORETRY), nodemask=(null)",
     XLMEM_LOG_ALLOC_FAILED, 9, false, true},
    {"x: page allocation stalls for 10004ms, order:0, mode:0x1(GFP_KERNEL)",
     XLMEM_LOG_ALLOC_STALL, 0, false, false},
    {"x: vmalloc: allocation failure: 16384 bytes", XLMEM_LOG_VMALLOC,
     UINT64_MAX, false, false},
    {"x: vmalloc error: size 4096, page order 0, failed to allocate pages",
     XLMEM_LOG_VMALLOC, UINT64_MAX, false, false},
    {"vmap allocation for size 4096 failed: use vmalloc=<size> to increase "
     "size.",
     XLMEM_LOG_VMALLOC, UINT64_MAX, false, false},
    /* The OOM killer. */
    {"a invoked oom-killer: gfp_mask=0xd0, order=1, oom_adj=0", XLMEM_LOG_OOM,
     1, false, false},
    {"a invoked oom-killer: gfp_mask=0x1(GFP_KERNEL), nodemask=0, order=3, "
     "oom_score_adj=0",
     XLMEM_LOG_OOM, 3, false, false},
    {"a invoked oom-killer: gfp_mask=0x1(GFP_KERNEL), order=-1, "
     "oom_score_adj=0",
     XLMEM_LOG_OOM, UINT64_MAX, false, false},
    {"Out of memory: Kill process 12 (b) score 318 or sacrifice child",
     XLMEM_LOG_OOM, UINT64_MAX, false, false},
    {"Out of memory: Killed process 12 (b) total-vm:1kB, anon-rss:2kB",
     XLMEM_LOG_OOM, UINT64_MAX, false, false},
    {"Killed process 12, UID 0, (b) total-vm:1kB, anon-rss:2kB", XLMEM_LOG_OOM,
     UINT64_MAX, false, false},
    {"Memory cgroup out of memory: Killed process 12 (b) total-vm:1kB",
     XLMEM_LOG_OOM_CGROUP, UINT64_MAX, false, false},
    {"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
     "mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=b,pid=12,uid=0",
     XLMEM_LOG_OOM_CGROUP, UINT64_MAX, false, false},
    {"Kernel panic - not syncing: Out of memory and no killable processes...",
     XLMEM_LOG_OOM_PANIC, UINT64_MAX, false, false},
    {"Kernel panic - not syncing: System is deadlocked on memory",
     XLMEM_LOG_OOM_PANIC, UINT64_MAX, false, false},
    {"Kernel panic - not syncing: Out of low memory", XLMEM_LOG_LOW_PANIC,
     UINT64_MAX, false, false},
    /* Back ends, drivers, balloon. */
    {"Memory squeeze in netback driver.", XLMEM_LOG_NETBACK_SQUEEZE,
     UINT64_MAX, false, false},
    {"xen_net: Memory squeeze in netback driver.", XLMEM_LOG_NETBACK_SQUEEZE,
     UINT64_MAX, false, false},
    {"ahci 0000:00:1f.2: swiotlb buffer is full (sz: 65536 bytes)",
     XLMEM_LOG_SWIOTLB, UINT64_MAX, false, false},
    {"vif vif-3-0 vif3.0: Could not reserve mmap_pages",
     XLMEM_LOG_BACKEND_NOMEM, UINT64_MAX, false, false},
    {"vif vif-3-0: 12 allocating vif", XLMEM_LOG_BACKEND_NOMEM, UINT64_MAX,
     false, false},
    {"vbd vbd-3-51712: failed to write error node for backend/vbd/3/51712 "
     "(12 creating block interface)",
     XLMEM_LOG_BACKEND_NOMEM, UINT64_MAX, false, false},
    {"xen:balloon: Cannot add additional memory (-17)",
     XLMEM_LOG_BALLOON_HOTPLUG, UINT64_MAX, false, false},
    {"xen_balloon: set_phys_to_machine() failed, no memory added",
     XLMEM_LOG_BALLOON_HOTPLUG, UINT64_MAX, false, false},
    {"RIP: 0010:balloon_process+0x1a3/0x3f0", XLMEM_LOG_BALLOON_DEAD,
     UINT64_MAX, false, false},
    {"xen:balloon: Initial ballooning failed, 5 pages need to be freed.",
     XLMEM_LOG_BALLOON_DEAD, UINT64_MAX, false, false},
    {"INFO: task xenwatch:41 blocked for more than 120 seconds.",
     XLMEM_LOG_HUNG_TASK, UINT64_MAX, false, false},
    {"xen-balloon thread could not be started", XLMEM_LOG_BALLOON_DEAD,
     UINT64_MAX, false, false},
    {"xen/grant-table: max_grant_frames reached cur=64 extra=1 limit=64",
     XLMEM_LOG_GRANT_FRAMES, UINT64_MAX, false, false},
    {"xen:grant_table: xen/grant-table: max_grant_frames reached cur=64",
     XLMEM_LOG_GRANT_FRAMES, UINT64_MAX, false, false},
};

static void each_wording_is_known(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++) {
        const struct wording *w = &wordings[i];
        const xlmem_log_event *event;
        xlmem_vitals vitals;

        read_log(&kernels, w->line, &vitals);
        if (vitals.nr_events != 1)
            print_message("%s\n", w->line);
        event = only_event(&vitals);
        assert_int_equal(event->kind, w->kind);
        assert_int_equal(XLMEM_KNOWS(event, order), w->order != UINT64_MAX);
        if (w->order != UINT64_MAX)
            assert_int_equal(event->order, w->order);
        assert_int_equal(event->atomic, w->atomic);
        assert_int_equal(event->quiet, w->quiet);
        xlmem_vitals_dispose(&vitals);
    }
}

/* Near misses: what says something else, or is somebody else's. */
static void others_words_are_not_taken(void **state)
{
    static const char *const lines[] = {
        "vif vif-3-0: 2 reading script",
        "acpi: Cannot allocate new System RAM resource",
        "balloon_process+0x1a3/0x3f0",
        "vif vif-3-0 vif3.0: Guest Rx stalled",
        "BUG: Bad page state in process qemu",
        "oom_reaper: reaped process 12 (b), now anon-rss:0kB",
        "Out of memory and no killable processes...",
        "Nov 26 21:25:13 host logger: a invoked oom-killer: order=0",
        "Nov 26 21:25:13 host kernel: usb 1-1: new device",
        "(XEN) a invoked oom-killer: gfp_mask=0xd0, order=1, oom_adj=0",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        xlmem_vitals vitals;

        read_log(&kernels, lines[i], &vitals);
        if (vitals.nr_events)
            print_message("%s\n", lines[i]);
        assert_int_equal(vitals.nr_events, 0);
        xlmem_vitals_dispose(&vitals);
    }
}

/* Paths and values that guests write stand in what xenstored logs. */
static void only_xenstored_speaks_of_its_quota(void **state)
{
    static const char ours[] =
        "[20261126T21:25:13.123Z| warn|quota] domain 14 cannot create entry: "
        "quota reached\n"
        "[20261126T21:25:14.123Z|error|xenstored] caught "
        "/local/domain/15/data/"
        "domain 16 exceeds hard memory quota\n"
        "[20261126T21:25:15.123Z|error|xenstored] [a] domain 17 cannot create "
        "entry: quota reached\n"
        "[20261126T21:25:16.123Z|error|xenstored] domain 18 wrote quota "
        "reached\n";
    const xlmem__log_of store = {.file = "var/log/xen",
                                 .places = XLMEM__LOG_TOOLS | XLMEM__LOG_STORE,
                                 .name = "xenstored.log",
                                 .uptime_ms = UINT64_MAX};
    xlmem_vitals vitals;

    (void)state;
    read_log(&store, ours, &vitals);
    assert_int_equal(only_event(&vitals)->kind, XLMEM_LOG_QUOTA_SOFT);
    assert_int_equal(only_event(&vitals)->domid, 14);
    xlmem_vitals_dispose(&vitals);
}

/* dmesg and journalctl write dates for whoever called them. */
static void dates_are_read_in_any_language(void **state)
{
    static const struct {
        const char *line;
        uint64_t s; /* UINT64_MAX: that is not told */
    } rows[] = {
        {"[Do Nov 26 21:25:13 2026] Memory squeeze in netback driver.",
         1795728313},
        {"[jeu. janv.  1 21:25:13 2026] Memory squeeze in netback driver.",
         UINT64_MAX},
        {"[Dez 1 21:25] Memory squeeze in netback driver.", UINT64_MAX},
        {"Mai 26 21:25:13 host kernel: Memory squeeze in netback driver.",
         UINT64_MAX},
        {"11\346\234\210 26 21:25:13 host kernel: Memory squeeze in netback "
         "driver.",
         UINT64_MAX},
        {"Do 2026-11-26 21:25:13 CET host kernel: Memory squeeze in netback "
         "driver.",
         1795728313},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_vitals vitals;
        const xlmem_log_event *event;

        read_log(&kernels, rows[i].line, &vitals);
        event = only_event(&vitals);
        assert_int_equal(event->text[0], 'M');
        assert_int_equal(XLMEM_KNOWS(event, last_s), rows[i].s != UINT64_MAX);
        if (rows[i].s != UINT64_MAX)
            assert_int_equal(event->last_s, rows[i].s);
        xlmem_vitals_dispose(&vitals);
    }
}

/* Each kind has a row, and each row a word that finds it. */
static void the_table_is_complete(void **state)
{
    bool has_row[XLMEM_NR_LOG_KINDS] = {[XLMEM_LOG_NONE] = true};
    size_t i;

    (void)state;
    for (i = 0; i < xlmem__nr_log_table; i++) {
        const xlmem__log_pattern *row = &xlmem__log_table[i];

        assert_true(strlen(row->word) > 3);
        assert_true(row->places);
        assert_non_null(row->since);
        assert_true(row->kind == XLMEM_LOG_NONE || row->rule ||
                    row->kind == XLMEM_LOG_DOMU_CRASHED);
        has_row[row->kind] = true;
    }
    for (i = 0; i < XLMEM_NR_LOG_KINDS; i++)
        assert_true(has_row[i] || i == XLMEM_LOG_QUOTA_SOFT);
}

TEST_GROUP(vitals_table)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wording_is_known),
        cmocka_unit_test(others_words_are_not_taken),
        cmocka_unit_test(only_xenstored_speaks_of_its_quota),
        cmocka_unit_test(dates_are_read_in_any_language),
        cmocka_unit_test(the_table_is_complete),
    };

    return test_run(tests, NULL, NULL);
}
