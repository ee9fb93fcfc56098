/* SPDX-License-Identifier: LGPL-2.1-only */
/* Vitals of recorded hosts, and of the machine that this runs on. */
#include "config.h"

#include "capture_files.h"
#include "documents.h"
#include "vitals_log.h"

#include "private/backend.h"

static void read_vitals_of(const char *path, xlmem_vitals *vitals)
{
    xlmem_ctx *ctx = new_ctx();

    xlmem_vitals_init(vitals);
    assert_int_equal(xlmem_ctx_open_capture(ctx, path), 0);
    assert_int_equal(xlmem_vitals_read(ctx, XLMEM_VITALS_ALL, vitals), 0);
    xlmem_ctx_free(ctx);
}

static const char *fixture(const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/tests/fixtures/%s",
             getenv("XLMEM_SRCDIR"), name);
    return path;
}

static void a_case_is_read(void **state)
{
    const xlmem_log_event *event;
    xlmem_vitals vitals;

    (void)state;
    read_vitals_of(fixture("cases/kvm-host-2014-oom"), &vitals);
    assert_true(xlmem_vitals_has(&vitals, XLMEM_DOC_BUDDYINFO));
    assert_true(xlmem_vitals_has(&vitals, XLMEM_DOC_DMESG));
    assert_false(xlmem_vitals_has(&vitals, XLMEM_DOC_MEMINFO));
    assert_false(vitals.live);
    assert_int_equal(vitals.nr_zones, 4);
    event = first_event(&vitals, XLMEM_LOG_OOM);
    assert_non_null(event);
    assert_string_equal(event->victim, "qemu_wl52");
    assert_string_equal(event->source.file, "dmesg");
    assert_non_null(vitals.dump);
    assert_int_equal(vitals.dump->free_pages, 12513746);
    xlmem_vitals_dispose(&vitals);
}

/* More is of no use the larger the block, and what is no order has none. */
static void fragments_are_of_the_worst_node(void **state)
{
    xlmem_fragmentation small, large, none;
    xlmem_ctx *ctx = new_ctx();
    xlmem_vitals vitals;

    (void)state;
    read_vitals_of(fixture("cases/kvm-host-other-fragmented"), &vitals);
    assert_int_equal(xlmem_fragmentation_of(ctx, &vitals, 1, &small), 0);
    assert_int_equal(xlmem_fragmentation_of(ctx, &vitals, 9, &large), 0);
    assert_int_equal(
        xlmem_fragmentation_of(ctx, &vitals, XLMEM_NR_ORDERS, &none), 0);
    assert_true(small.known && large.known);
    assert_false(none.known);
    assert_int_equal(small.unusable_pm, 634);
    assert_false(small.fails);
    assert_int_equal(large.unusable_pm, 1000);
    assert_true(large.fails);
    assert_int_equal(large.external_pm, 998);
    xlmem_vitals_dispose(&vitals);
    assert_int_equal(xlmem_fragmentation_of(ctx, &vitals, 1, &none), 0);
    assert_false(none.known);
    xlmem_ctx_free(ctx);
}

static void a_whole_host_is_read(void **state)
{
    xlmem_vitals vitals;

    (void)state;
    read_vitals_of(fixture("text/bookworm"), &vitals);
    assert_true(xlmem_vitals_has(&vitals, XLMEM_DOC_MEMINFO));
    assert_true(xlmem_vitals_has(&vitals, XLMEM_DOC_ZONEINFO));
    assert_true(XLMEM_KNOWS(&vitals.state, hash_kb));
    assert_true(xlmem_vitals_has(&vitals, XLMEM_DOC_RING));
    assert_int_equal(vitals.nr_events, 0);
    xlmem_vitals_dispose(&vitals);
}

/* The files that a capture has beside those of a snapshot. */
static void all_documents_are_found(void **state)
{
    static const struct {
        const char *path, *text;
    } files[] = {
        {"all/proc/stat", "cpu  1 2 3 4\nbtime 1795728313\n"},
        {"all/proc/uptime", "200000.00 1.00\n"},
        {"all/proc/sys/vm/overcommit_memory", "2\n"},
        {"all/proc/spl/kstat/zfs/arcstats", "size 4 1048576\n"},
        {"all/proc/swaps", "Filename Type Size Used Priority\n"},
        {"all/proc/pressure/io",
         "some avg10=1.00 avg60=0.00 avg300=0.00 total=5\n"},
        {"all/sys/devices/system/memory/block_size_bytes", "8000000\n"},
        {"all/sys/devices/system/memory/auto_online_blocks", "offline\n"},
        {"all/sys/devices/system/memory/memory0/state", "online\n"},
        {"all/sys/devices/system/memory/memory12/state", "offline\n"},
        {"all/sys/devices/system/memory/power/state", "offline\n"},
        {"all/dmesg", "[   12.000000] Memory squeeze in netback driver.\n"
                      "[170000.000000] Memory squeeze in netback driver.\n"},
        {"all/dmesg-previous",
         "[  9.000000] xl invoked oom-killer: gfp_mask=0xd0, order=0\n"},
        {"all/var/log/xen/xl-web.log",
         "xc: error: panic: can't allocate low memory for domain: Out of "
         "memory\n"},
        {"all/var/log/xen/README", "cannot claim memory!\n"},
        {"all/var/log/xen/xenstored.log", "\n"},
        {"all/var/log/xen/xenstored.log.1",
         "[20261126T21:25:13.123Z| warn|quota] domain 14 cannot create entry: "
         "quota reached\n"},
        {"all/var/log/xen/xl-web.log.1", "cannot claim memory!\n"},
    };
    static const xlmem_vitals_doc docs[] = {
        XLMEM_DOC_STAT,     XLMEM_DOC_UPTIME,   XLMEM_DOC_OVERCOMMIT,
        XLMEM_DOC_ARCSTATS, XLMEM_DOC_PSI_IO,   XLMEM_DOC_BLOCKS,
        XLMEM_DOC_DMESG,    XLMEM_DOC_PREVIOUS, XLMEM_DOC_XEN_LOGS,
        XLMEM_DOC_SWAPS};
    const xlmem_log_event *event;
    xlmem_vitals vitals;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(files); i++)
        plant(files[i].path, files[i].text, strlen(files[i].text));
    read_vitals_of(in_scratch("all"), &vitals);
    for (i = 0; i < ARRAY_SIZE(docs); i++)
        assert_true(xlmem_vitals_has(&vitals, docs[i]));
    assert_int_equal(vitals.state.overcommit_memory, 2);
    assert_int_equal(vitals.state.arc_kb, 1024);
    assert_int_equal(vitals.state.nr_blocks, 2);
    assert_int_equal(vitals.state.nr_offline, 1);
    assert_int_equal(vitals.state.block_kb, 131072);
    assert_int_equal(vitals.nr_events, 4);
    event = first_event(&vitals, XLMEM_LOG_NETBACK_SQUEEZE);
    assert_int_equal(event->age_s, 30000);
    event = first_event(&vitals, XLMEM_LOG_OOM);
    assert_true(event->earlier);
    assert_int_equal(event->age_s, 200000);
    event = first_event(&vitals, XLMEM_LOG_BUILD_NOMEM);
    assert_string_equal(event->who, "xl-web.log");
    event = first_event(&vitals, XLMEM_LOG_QUOTA_SOFT);
    assert_int_equal(event->domid, 14);
    xlmem_vitals_dispose(&vitals);
}

/* A kill was bound to its node where the machine has more. */
static void a_node_is_not_the_host(void **state)
{
    static const char oom[] =
        "xl invoked oom-killer: gfp_mask=0xd0, order=0\n"
        "xl cpuset=/ mems_allowed=1\n"
        "Node 1 Normal free:4kB min:8kB present:4000kB\n";
    static const char zones[] = "Node 0, zone   Normal      1      0\n"
                                "Node 1, zone   Normal      1      0\n";
    xlmem_vitals vitals;

    (void)state;
    plant("node/dmesg", oom, strlen(oom));
    read_vitals_of(in_scratch("node"), &vitals);
    assert_int_equal(vitals.events[0].bound, XLMEM_BOUND_NONE);
    xlmem_vitals_dispose(&vitals);
    plant("node/proc/buddyinfo", zones, strlen(zones));
    read_vitals_of(in_scratch("node"), &vitals);
    assert_int_equal(vitals.events[0].bound, XLMEM_BOUND_NODE);
    xlmem_vitals_dispose(&vitals);
}

/* Without a file its facts alone are missing. */
static void nothing_is_known_of_nothing(void **state)
{
    xlmem_vitals vitals;

    (void)state;
    plant("none/README", "x", 1);
    read_vitals_of(in_scratch("none"), &vitals);
    assert_int_equal(vitals.docs, 0);
    assert_int_equal(vitals.nr_zones, 0);
    assert_int_equal(vitals.mem.known | vitals.load.known |
                         vitals.state.known | vitals.counts.known,
                     0);
    xlmem_vitals_dispose(&vitals);
}

/* ------------------------------------------------ a machine that runs --- */

static unsigned nr_logs, nr_types; /* how often each was read */

static int serve_counted(void *user, const char *path, char **buf_r,
                         size_t *len_r)
{
    nr_logs += !strcmp(path, "dmesg");
    nr_types += !strcmp(path, "proc/pagetypeinfo");
    return serve(user, path, buf_r, len_r);
}

static int nobody_runs(void *user, xlmem_vitals_procs *procs_r)
{
    (void)user;
    (void)procs_r;
    return XLMEM_ERROR_NOTFOUND;
}

static int64_t at_once(void *user)
{
    (void)user;
    return 1;
}

static const xlmem_backend running = {
    .struct_size = sizeof(running),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "running",
    .read_file = serve_counted,
    .read_processes = nobody_runs,
    .now_ms = at_once,
};

/* Of one look; whether its log has what is in it. */
static bool is_squeezed(xlmem_ctx *ctx, uint32_t wants)
{
    xlmem_vitals vitals;
    xlmem_host host;
    bool squeezed;

    nr_logs = nr_types = 0;
    xlmem_vitals_init(&vitals);
    xlmem_host_init(&host);
    assert_int_equal(xlmem_snapshot_of(ctx, wants, &host), 0);
    assert_int_equal(xlmem_vitals_read(ctx, XLMEM_VITALS_ALL, &vitals), 0);
    assert_true(vitals.live);
    squeezed = first_event(&vitals, XLMEM_LOG_NETBACK_SQUEEZE) != NULL;
    xlmem_vitals_dispose(&vitals);
    xlmem_host_dispose(&host);
    return squeezed;
}

static void a_log_that_is_kept_is_read_once(void **state)
{
    static const struct document squeeze[] = {
        {"dmesg", "[   12.000000] Memory squeeze in netback driver.\n", 0},
        {NULL, NULL, 0}};
    static const struct document nothing[] = {{NULL, NULL, 0}};
    xlmem_ctx *ctx = new_ctx();

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(ctx, &running, NULL), 0);
    documents = squeeze;
    assert_true(is_squeezed(ctx, XLMEM_WANT_ALL));
    assert_int_equal(nr_logs, 2);
    assert_true(is_squeezed(ctx, XLMEM_WANT_ALL | XLMEM_WANT_LOG));
    assert_int_equal(nr_logs, 1);
    assert_true(is_squeezed(ctx, XLMEM_WANT_ALL | XLMEM_WANT_LOG));
    assert_int_equal(nr_logs, 1);
    /* Not that of the look before. */
    documents = nothing;
    assert_false(is_squeezed(ctx, XLMEM_WANT_ALL | XLMEM_WANT_LOG));
    xlmem_ctx_free(ctx);
}

static void read_docs(xlmem_ctx *ctx, uint32_t docs)
{
    xlmem_vitals vitals;

    xlmem_vitals_init(&vitals);
    assert_int_equal(xlmem_vitals_read(ctx, docs, &vitals), 0);
    xlmem_vitals_dispose(&vitals);
}

static void a_log_is_kept_for_the_next_vitals_only(void **state)
{
    static const struct document log[] = {{"dmesg", "[ 1.000000] a\n", 0},
                                          {NULL, NULL, 0}};
    xlmem_ctx *ctx = new_ctx();
    xlmem_host host;

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(ctx, &running, NULL), 0);
    documents = log;
    nr_logs = 0;
    xlmem_host_init(&host);
    assert_int_equal(
        xlmem_snapshot_of(ctx, XLMEM_WANT_ALL | XLMEM_WANT_LOG, &host), 0);
    assert_int_equal(nr_logs, 1);
    read_docs(ctx, UINT32_C(1) << XLMEM_DOC_MEMINFO);
    read_docs(ctx, XLMEM_VITALS_ALL);
    assert_int_equal(nr_logs, 2);
    xlmem_host_dispose(&host);
    xlmem_ctx_free(ctx);
}

static void page_types_are_read_of_who_is_fragmented(void **state)
{
    static const struct document whole[] = {
        {"proc/buddyinfo", "Node 0, zone   Normal  0 0 0 0 0 0 0 0 0 0 900\n",
         0},
        {NULL, NULL, 0}};
    static const struct document pieces[] = {
        {"proc/buddyinfo",
         "Node 0, zone   Normal  90000 9000 0 0 0 0 0 0 0 0 0\n", 0},
        {NULL, NULL, 0}};
    xlmem_ctx *ctx = new_ctx();

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(ctx, &running, NULL), 0);
    documents = whole;
    is_squeezed(ctx, XLMEM_WANT_ALL);
    assert_int_equal(nr_types, 0);
    documents = pieces;
    is_squeezed(ctx, XLMEM_WANT_ALL);
    assert_int_equal(nr_types, 1);
    xlmem_ctx_free(ctx);
}

/* This machine, with Xen or without: of itself a program knows enough. */
static void this_machine_is_read(void **state)
{
    xlmem_ctx *ctx = new_ctx();
    xlmem_vitals vitals;
    int rc;

    (void)state;
    xlmem_vitals_init(&vitals);
    rc = xlmem_ctx_open_plain(ctx);
    if (rc == XLMEM_ERROR_UNSUPPORTED) {
        xlmem_ctx_free(ctx);
        skip();
    }
    assert_int_equal(rc, 0);
    assert_int_equal(
        xlmem_vitals_read(
            ctx, XLMEM_VITALS_ALL & ~(UINT32_C(1) << XLMEM_DOC_PREVIOUS),
            &vitals),
        0);
    assert_true(vitals.live);
    assert_true(vitals.now_ms > 0);
    assert_true(vitals.mem.mem_total_kb > 0);
    assert_true(vitals.mem.mem_free_kb <= vitals.mem.mem_total_kb);
    assert_true(xlmem_vitals_has(&vitals, XLMEM_DOC_PROCESSES));
    assert_true(vitals.procs.nr_largest > 0);
    xlmem_vitals_dispose(&vitals);
    xlmem_ctx_free(ctx);
}

TEST_GROUP(vitals_read)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_is_read),
        cmocka_unit_test(fragments_are_of_the_worst_node),
        cmocka_unit_test(a_whole_host_is_read),
        cmocka_unit_test(all_documents_are_found),
        cmocka_unit_test(a_node_is_not_the_host),
        cmocka_unit_test(nothing_is_known_of_nothing),
        cmocka_unit_test(a_log_that_is_kept_is_read_once),
        cmocka_unit_test(a_log_is_kept_for_the_next_vitals_only),
        cmocka_unit_test(page_types_are_read_of_who_is_fragmented),
        cmocka_unit_test(this_machine_is_read),
    };

    return test_run(tests, make_scratch, remove_scratch);
}
