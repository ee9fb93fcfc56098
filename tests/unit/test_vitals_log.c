/* SPDX-License-Identifier: LGPL-2.1-only */
/* Logs into events. */
#include "vitals_log.h"

/* ----------------------------------------------------------- prefixes --- */

static void prefixes_are_taken_off(void **state)
{
    static const struct {
        const char *line;
        uint64_t ms, s; /* UINT64_MAX: not known */
    } rows[] = {
        {"Memory squeeze in netback driver.", UINT64_MAX, UINT64_MAX},
        {"<4>[   12.345678] Memory squeeze in netback driver.", 12345,
         UINT64_MAX},
        {"[   12.345678] [    T41] xen_net: Memory squeeze in netback driver",
         12345, UINT64_MAX},
        {"[Thu Nov 26 21:25:13 2026] Memory squeeze in netback driver.",
         UINT64_MAX, 1795728313},
        {"Nov 26 21:25:13 host kernel: [   12.345678] Memory squeeze in "
         "netback driver.",
         12345, 1795728313},
        {"2026-11-26T22:25:13.123456+01:00 host kernel: Memory squeeze in "
         "netback driver.",
         UINT64_MAX, 1795728313},
        {"2026-11-26T21:25:13,123456+00:00 Memory squeeze in netback driver.",
         UINT64_MAX, 1795728313},
        {"<4>1 2026-11-26T21:25:13.123456Z host kernel - - - [   12.345678] "
         "Memory squeeze in netback driver.",
         12345, 1795728313},
        {"<4>1 2026-11-26T21:25:13Z host kernel - - [a b=\"c d\"][e] Memory "
         "squeeze in netback driver.",
         UINT64_MAX, 1795728313},
        {"[   12.345678] host kernel: Memory squeeze in netback driver.",
         12345, UINT64_MAX},
        {"Thu 2026-11-26 21:25:13 CET host kernel: Memory squeeze in netback "
         "driver.",
         UINT64_MAX, 1795728313},
        {"1795728313.123456 host kernel: Memory squeeze in netback driver.",
         UINT64_MAX, 1795728313},
        {"Nov 26 21:25:13 host kern.warn kernel: [   12.345678] Memory "
         "squeeze in netback driver.",
         12345, 1795728313},
        {"Nov 26 21:25:13 kernel: Memory squeeze in netback driver.",
         UINT64_MAX, 1795728313},
        {"kern  :warn  : [   12.345678] Memory squeeze in netback driver.",
         12345, UINT64_MAX},
        {"[Nov26 21:25] Memory squeeze in netback driver.", UINT64_MAX,
         1795728300},
        {"[Nov 6 21:25] Memory squeeze in netback driver.", UINT64_MAX,
         1794000300},
        {"[  +0.000012] Memory squeeze in netback driver.", UINT64_MAX,
         UINT64_MAX},
        {"4,1200,12345678,-,caller=T30;Memory squeeze in netback driver.",
         12345, UINT64_MAX},
        {"    [   12.345678] Memory squeeze in netback driver.", 12345,
         UINT64_MAX},
        {"[80000.5] Memory squeeze in netback driver.", 80000500, UINT64_MAX},
        {"__REALTIME_TIMESTAMP=1795728313000000\n"
         "__MONOTONIC_TIMESTAMP=12345678\n"
         "_TRANSPORT=kernel\n"
         "MESSAGE=Memory squeeze in netback driver.\n\n",
         12345, 1795728313},
    };
    xlmem__log_of of = kernels;
    size_t i;

    (void)state;
    of.now_s = 1795728313 + 86400;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const xlmem_log_event *event;
        xlmem_vitals vitals;

        read_log(&of, rows[i].line, &vitals);
        event = only_event(&vitals);
        assert_int_equal(XLMEM_KNOWS(event, last_ms),
                         rows[i].ms != UINT64_MAX);
        assert_int_equal(XLMEM_KNOWS(event, last_s), rows[i].s != UINT64_MAX);
        assert_true(event->text[0] == 'M' || event->text[0] == 'x');
        if (rows[i].ms != UINT64_MAX)
            assert_int_equal(event->last_ms, rows[i].ms);
        if (rows[i].s != UINT64_MAX)
            assert_int_equal(event->last_s, rows[i].s);
        xlmem_vitals_dispose(&vitals);
    }
}

/* What a program says of the kernel is its own text. */
static void nobody_speaks_for_the_kernel(void **state)
{
    static const char text[] =
        "Nov 26 21:25:13 host qemu[1]: kernel: Memory squeeze in netback "
        "driver.\n"
        "Nov 26 21:25:13 host logger: Memory squeeze in netback driver.\n"
        "[   12.345678] host sshd[1]: Memory squeeze in netback driver.\n"
        "2026-11-26T21:25:13Z host foo[1]: Memory squeeze in netback "
        "driver.\n"
        "<30>1 2026-11-26T21:25:13Z host foo 1 - - kernel: Memory squeeze in "
        "netback driver.\n"
        "<30>1 2026-11-26T21:25:13Z host foo 1 - [kernel: - Memory squeeze in "
        "netback driver.\n"
        "Thu 2026-11-26 21:25:13 CET host foo[1]: Memory squeeze in netback "
        "driver.\n"
        /* logger -t "su kernel", -t "kern.warn su", -t "su" without a colon */
        "Nov 26 21:25:13 host su kernel: Memory squeeze in netback driver.\n"
        "Nov 26 21:25:13 host su kern.warn kernel: Memory squeeze in netback "
        "driver.\n"
        "Nov 26 21:25:13 host kern.warn su: Memory squeeze in netback "
        "driver.\n"
        "Nov 26 21:25:13 host user.warn kernel: Memory squeeze in netback "
        "driver.\n"
        "Nov 26 21:25:13 host su Memory squeeze in netback driver.\n"
        /* Facilities of programs. */
        "12,1200,12345678,-;Memory squeeze in netback driver.\n"
        "<12>[   12.345678] Memory squeeze in netback driver.\n"
        "<12>1 2026-11-26T21:25:13Z host kernel - - - Memory squeeze in "
        "netback driver.\n"
        "user  :warn  : [   12.345678] Memory squeeze in netback driver.\n"
        "local0:warn  : [   12.345678] Memory squeeze in netback driver.\n";
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    assert_int_equal(vitals.nr_events, 0);
    xlmem_vitals_dispose(&vitals);
}

/* A guest's words stand in Xen's ring as well, behind its number. */
static void only_xen_speaks_in_its_ring(void **state)
{
    static const char text[] =
        "(XEN) [2026-11-26 21:25:13] p2m_pod_demand_populate: Dom24 out of "
        "PoD memory! (tot=102385 ents=921600 dom24)\n"
        "(d7) p2m_pod_demand_populate: Dom3 out of PoD memory! (tot=1 ents=2 "
        "dom3)\n"
        "p2m_pod_demand_populate: Dom4 out of PoD memory! (tot=1 ents=2 "
        "dom4)\n"
        "[  100.500000] (XEN) Domain 24 (vcpu#0) crashed on cpu#3:\n"
        "(XEN) Guest Loglevel: Nothing (Rate-limited: Errors and warnings)\n"
        "(XEN) Initial low memory virq threshold set at 0x4000 pages.\n";
    xlmem_vitals vitals;

    (void)state;
    read_log(&ring, text, &vitals);
    assert_int_equal(vitals.nr_events, 2);
    assert_int_equal(vitals.events[0].kind, XLMEM_LOG_POD);
    assert_int_equal(vitals.events[0].domid, 24);
    assert_int_equal(vitals.events[0].current, 102385);
    assert_int_equal(vitals.events[0].limit, 921600);
    assert_int_equal(vitals.events[1].kind, XLMEM_LOG_DOMU_CRASHED);
    assert_true(XLMEM_KNOWS(&vitals.state, guest_log_all));
    assert_int_equal(vitals.state.guest_log_all, 0);
    assert_int_equal(vitals.state.low_virq_kb, 65536);
    xlmem_vitals_dispose(&vitals);
}

static void what_xen_says_has_its_fields(void **state)
{
    static const char text[] =
        "(XEN) d0v1 Over-allocation for d12: 262145 > 262144\n"
        "(XEN) d12v0 failed to set entry for 1234 -> 5678 altp2m 0, rc -12\n"
        "(XEN) memory.c:155:d0v0 Could not allocate order=9 extent: id=5 "
        "memflags=0 (1 of 2)\n"
        "(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.\n";
    const xlmem_log_event *e;
    xlmem_vitals vitals;

    (void)state;
    read_log(&ring, text, &vitals);
    assert_int_equal(vitals.nr_events, 4);
    e = first_event(&vitals, XLMEM_LOG_OVER_ALLOCATION);
    assert_int_equal(e->domid, 12);
    assert_int_equal(e->current, 262145);
    assert_int_equal(e->limit, 262144);
    e = first_event(&vitals, XLMEM_LOG_PAGING_POOL);
    assert_int_equal(e->domid, 12);
    assert_int_equal(e->error, 12);
    e = first_event(&vitals, XLMEM_LOG_NO_EXTENT);
    assert_int_equal(e->order, 9);
    assert_int_equal(e->domid, 5);
    assert_non_null(first_event(&vitals, XLMEM_LOG_DOM0_CRASHED));
    xlmem_vitals_dispose(&vitals);
}

/* --------------------------------------------------------------- dumps --- */

/* Linux 5.10's, shortened; another processor's words in the middle of it. */
static const char oom_text[] =
    "[100.000000] xl invoked oom-killer: gfp_mask=0x1(GFP_KERNEL|__GFP_COMP), "
    "order=3, oom_score_adj=0\n"
    "[100.000001] CPU: 1 PID: 99 Comm: xl Not tainted 5.10.0 #1\n"
    "[100.000002] Call Trace:\n"
    "[100.000003]  dump_stack+0x6b/0x83\n"
    "[100.000004]  dump_header+0x4a/0x1f4\n"
    "[100.000005]  __alloc_pages_slowpath.constprop.0+0xb1c/0xbf0\n"
    "[100.000005] usb 1-1: new device\n"
    "[100.000006]  __kmalloc+0x2f/0x4a0\n"
    "[100.000007]  xen_blkif_map+0x1a3/0x3f0 [xen_blkback]\n"
    "[100.000008]  frontend_changed+0x11/0x22\n"
    "[100.000010] Mem-Info:\n"
    "[100.000011] active_anon:10 inactive_anon:20 isolated_anon:0\n"
    "[100.000012]  active_file:30 inactive_file:40 isolated_file:0\n"
    "[100.000013]  slab_reclaimable:50 slab_unreclaimable:60\n"
    "[100.000014]  mapped:70 shmem:80 pagetables:90 bounce:0\n"
    "[100.000015]  free:1000 free_pcp:5 free_cma:0\n"
    "[100.000016] Node 0 active_anon:40kB inactive_anon:80kB "
    "slab_unreclaimable:7777kB all_unreclaimable? no\n"
    "[100.000017] Node 0 DMA32 free:1600kB min:64kB low:80kB high:96kB "
    "reserved_highatomic:0KB present:8000kB managed:6000kB\n"
    "[100.000018] lowmem_reserve[]: 0 0 500 500\n"
    "[100.000019] Node 0 Normal free:2400kB min:128kB low:160kB high:192kB "
    "present:16000kB managed:12000kB\n"
    "[100.000020] lowmem_reserve[]: 0 0 0 0\n"
    "[100.000021] Node 0 Normal: 300*4kB (UME) 150*8kB (U) 0*16kB 0*32kB = "
    "2400kB\n"
    "[100.000022] 500 total pagecache pages\n"
    "[100.000023] Free swap  = 7457800kB\n"
    "[100.000024] Total swap = 7733244kB\n"
    "[100.000025] 6000 pages RAM\n"
    "[100.000026] 0 pages HighMem/MovableOnly\n"
    "[100.000027] 1500 pages reserved\n"
    "[100.000028] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),"
    "cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=qemu,pid=77,uid=0\n"
    "[100.000029] Out of memory: Killed process 77 (qemu (x) y) "
    "total-vm:900kB, anon-rss:800kB, file-rss:0kB\n"
    "[100.000030] oom_reaper: reaped process 77 (qemu), now anon-rss:0kB\n";

static void an_oom_report_is_one_event(void **state)
{
    const xlmem_log_event *event;
    const xlmem_log_dump *dump;
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, oom_text, &vitals);
    event = only_event(&vitals);
    dump = vitals.dump;
    assert_int_equal(event->kind, XLMEM_LOG_OOM);
    assert_int_equal(event->order, 3);
    assert_int_equal(event->bound, XLMEM_BOUND_NONE);
    assert_int_equal(event->nr_mems, 1);
    assert_string_equal(event->who, "xl");
    assert_string_equal(event->caller, "xen_blkif_map");
    assert_string_equal(event->helper, "__kmalloc");
    assert_int_equal(event->victim_pid, 77);
    assert_int_equal(event->victim_kb, 800);
    assert_non_null(dump);
    assert_int_equal(vitals.dump_of, XLMEM_LOG_OOM);
    assert_int_equal(dump->free_pages, 1000);
    assert_int_equal(dump->slab_unreclaimable_pages, 60);
    assert_int_equal(dump->shmem_pages, 80);
    assert_int_equal(dump->pagecache_pages, 500);
    assert_int_equal(dump->swap_free_kb, 7457800);
    assert_int_equal(dump->ram_pages, 6000);
    assert_int_equal(dump->reserved_pages, 1500);
    assert_int_equal(XLMEM_SOURCE_OF(dump, free_pages).line, 16);
    assert_int_equal(dump->nr_zones, 2);
    assert_int_equal(dump->zones[0].protection[2], 500);
    assert_int_equal(dump->zones[1].free_pages, 600);
    assert_int_equal(dump->zones[1].managed_pages, 3000);
    assert_int_equal(dump->zones[1].nr_orders, 4);
    assert_int_equal(dump->zones[1].free_blocks[1], 150);
    assert_int_equal(dump->zones[1].buddy_line, 22);
    xlmem_vitals_dispose(&vitals);
}

/* Wherever it is cut at its beginning it is one event, and never two. */
/* Another processor's failure between a kill's lines makes no second kill. */
static void a_failure_between_a_kills_lines_is_apart(void **state)
{
    static const char text[] =
        "[ 1.000000] xenstored invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL),"
        " order=2, oom_score_adj=0\n"
        "[ 1.000001] kworker/3:1: page allocation failure: order:3, "
        "mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n"
        "[ 1.000002]  dump_header+0x4a/0x1f4\n"
        "[ 1.000003]  connect_ring+0x1/0x2 [xen_blkback]\n"
        "[ 1.000004] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),"
        "cpuset=/,mems_allowed=0,global_oom,task=xenstored,pid=700,uid=0\n"
        "[ 1.000005] kworker/3:1: page allocation failure: order:3, "
        "mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n"
        "[ 1.000006] Out of memory: Killed process 700 (xenstored) "
        "total-vm:60000kB, anon-rss:50000kB, file-rss:0kB\n";
    const xlmem_log_event *oom, *alloc;
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    assert_int_equal(vitals.nr_events, 2);
    alloc = &vitals.events[0];
    oom = &vitals.events[1];
    assert_int_equal(alloc->kind, XLMEM_LOG_ALLOC_FAILED);
    assert_int_equal(alloc->count, 2);
    assert_int_equal(oom->kind, XLMEM_LOG_OOM);
    assert_int_equal(oom->count, 1);
    assert_int_equal(oom->order, 2);
    assert_int_equal(oom->victim_pid, 700);
    assert_int_equal(oom->bound, XLMEM_BOUND_NONE);
    xlmem_vitals_dispose(&vitals);
}

/* By netdev_err, driver and device before the name. */
static void a_vifs_domain_is_told(void **state)
{
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, "vif vif-12-0 vif12.0: Could not reserve mmap_pages\n",
             &vitals);
    assert_int_equal(only_event(&vitals)->domid, 12);
    xlmem_vitals_dispose(&vitals);
    read_log(&kernels, "vif7.0: Could not reserve mmap_pages\n", &vitals);
    assert_int_equal(only_event(&vitals)->domid, 7);
    xlmem_vitals_dispose(&vitals);
}

static void a_report_without_its_head_is_one(void **state)
{
    const char *at = oom_text;

    (void)state;
    while ((at = strchr(at, '\n')) && strstr(at, "Out of memory: ")) {
        xlmem_vitals vitals;

        at++;
        read_log(&kernels, at, &vitals);
        assert_int_equal(only_event(&vitals)->kind, XLMEM_LOG_OOM);
        assert_int_equal(vitals.events[0].victim_pid, 77);
        xlmem_vitals_dispose(&vitals);
    }
}

/* The list of zones alone says what they had. */
static void zones_alone_are_a_dump(void **state)
{
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels,
             "[1.500000] Normal free:180036kB min:3340kB present:693240kB "
             "slab_unreclaimable:385960kB\n",
             &vitals);
    assert_int_equal(vitals.nr_events, 0);
    assert_non_null(vitals.dump);
    assert_int_equal(vitals.dump_of, XLMEM_LOG_NONE);
    assert_int_equal(vitals.dump->zones[0].slab_unreclaimable_pages, 96490);
    xlmem_vitals_dispose(&vitals);
}

static void a_cgroups_kill_is_its_own(void **state)
{
    static const char text[] =
        "a invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=0\n"
        " [<ffffffff>] ? mem_cgroup_out_of_memory+0x1/0x2\n"
        "Task in /a killed as a result of limit of /a\n"
        "Memory cgroup out of memory: Kill process 5 (b) score 1 or sacrifice "
        "child\n"
        "Killed process 5 (b) total-vm:9kB, anon-rss:8kB, file-rss:0kB\n";
    const xlmem_log_event *event;
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    event = only_event(&vitals);
    assert_int_equal(event->kind, XLMEM_LOG_OOM_CGROUP);
    assert_int_equal(event->victim_kb, 8);
    assert_null(vitals.dump);
    xlmem_vitals_dispose(&vitals);
}

static void the_network_is_told_by_the_trace(void **state)
{
    static const char text[] =
        "q: page allocation failure. order:4, mode:0x20\n"
        " [<ffffffff8112f64a>] ? __alloc_pages_nodemask+0x74a/0x8d0\n"
        " [<ffffffff81451070>] ? skb_copy+0x40/0xb0\n"
        " [<ffffffffa013a55c>] ? tg3_start_xmit+0xa8c/0xd80 [tg3]\n"
        " [<ffffffff814603e4>] ? dev_hard_start_xmit+0x224/0x480\n"
        "q: page allocation failure. order:4, mode:0x20\n"
        " [<ffffffff8112f64a>] ? __alloc_pages_nodemask+0x74a/0x8d0\n"
        " [<ffffffff81451070>] ? ext4_readpage+0x40/0xb0\n";
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels, text, &vitals);
    assert_int_equal(vitals.nr_events, 2);
    assert_true(vitals.events[0].network);
    assert_string_equal(vitals.events[0].caller, "tg3_start_xmit");
    assert_string_equal(vitals.events[0].helper, "skb_copy");
    assert_false(vitals.events[1].network);
    assert_string_equal(vitals.events[1].caller, "ext4_readpage");
    xlmem_vitals_dispose(&vitals);
}

/* ------------------------------------------------------------ robust --- */

/* Wherever the pieces end, the same comes of them. */
static void pieces_do_not_matter(void **state)
{
    static const size_t sizes[] = {1, 2, 7, 64, 1021};
    xlmem_vitals whole;
    size_t i;

    (void)state;
    read_log(&kernels, oom_text, &whole);
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        xlmem_vitals vitals;

        xlmem_vitals_init(&vitals);
        read_pieces(&kernels, oom_text, sizes[i], &vitals);
        assert_int_equal(vitals.nr_events, whole.nr_events);
        same_events(vitals.events, whole.events);
        same_dumps(vitals.dump, whole.dump);
        xlmem_vitals_dispose(&vitals);
    }
    xlmem_vitals_dispose(&whole);
}

/* A line that never ends costs no more than another. */
static void a_long_line_is_cut(void **state)
{
    static char text[200000];
    xlmem_vitals vitals;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "Memory squeeze in netback driver", 32);
    strcpy(text + sizeof(text) - 60, "\nMemory squeeze in netback driver\n");
    xlmem_vitals_init(&vitals);
    read_pieces(&kernels, text, 4093, &vitals);
    assert_int_equal(only_event(&vitals)->count, 2);
    assert_int_equal(vitals.events[0].source.line, 2);
    xlmem_vitals_dispose(&vitals);
}

static void a_name_is_made_safe(void **state)
{
    xlmem_vitals vitals;

    (void)state;
    read_log(&kernels,
             "\x1b[31m\x80: page allocation failure: order:0, mode:0x20",
             &vitals);
    assert_string_equal(only_event(&vitals)->who, "?[31m?");
    xlmem_vitals_dispose(&vitals);
}

TEST_GROUP(vitals_log)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_taken_off),
        cmocka_unit_test(nobody_speaks_for_the_kernel),
        cmocka_unit_test(only_xen_speaks_in_its_ring),
        cmocka_unit_test(what_xen_says_has_its_fields),
        cmocka_unit_test(an_oom_report_is_one_event),
        cmocka_unit_test(a_failure_between_a_kills_lines_is_apart),
        cmocka_unit_test(a_vifs_domain_is_told),
        cmocka_unit_test(a_report_without_its_head_is_one),
        cmocka_unit_test(zones_alone_are_a_dump),
        cmocka_unit_test(a_cgroups_kill_is_its_own),
        cmocka_unit_test(the_network_is_told_by_the_trace),
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(a_name_is_made_safe),
    };

    return test_run(tests, NULL, NULL);
}
