/* SPDX-License-Identifier: LGPL-2.1-only */
/* The snapshot over a backend that serves documents from a table. */
#include "documents.h"

#include <inttypes.h>

#include "engine/ctx.h"
#include "engine/facts/snapshot.h"

/* ------------------------------------------------- a host of documents --- */

static char said[512];
static int said_level;

static bool has_name(char **names, size_t nr, const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (strlen(names[i]) == len && !memcmp(names[i], name, len))
            return true;
    return false;
}

/* The table has to be in order. */
static int list(void *user, const char *path, char ***names_r, size_t *nr_r)
{
    const size_t len = strlen(path);
    const struct document *d;
    char **names = NULL;
    size_t nr = 0;

    (void)user;
    for (d = documents; d->path; d++) {
        const char *name = d->path + len + 1;

        if (strncmp(d->path, path, len) || d->path[len] != '/' ||
            has_name(names, nr, name, strcspn(name, "/")))
            continue;
        names = realloc(names, (nr + 1) * sizeof(*names));
        assert_non_null(names);
        names[nr++] = strndup(name, strcspn(name, "/"));
    }
    if (!nr)
        return XLMEM_ERROR_NOTFOUND;
    *names_r = names;
    *nr_r = nr;
    return 0;
}

static const xlmem_backend table = {
    .struct_size = sizeof(table),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "table",
    .read_file = serve,
    .list_dir = list,
};

static void keep_log(void *user, int level, const char *text)
{
    (void)user;
    assert_true(level >= 2);
    said_level = level;
    snprintf(said, sizeof(said), "%s", text);
}

static int snapshot_of(const xlmem_backend *backend, const struct document *of,
                       xlmem_host *host)
{
    xlmem_ctx ctx = {0};
    int rc;

    said[0] = '\0';
    documents = of;
    xlmem_ctx_set_log(&ctx, keep_log, NULL);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, backend, NULL), 0);
    rc = xlmem_snapshot(&ctx, host);
    /* A failure says why. */
    assert_true(!rc || (said[0] && said_level == 3));
    return rc;
}

/* -------------------------------------------------------------- tests --- */

#define INFO                                                                  \
    "release                : 6.1.0-37-amd64\n"                               \
    "nr_cpus                : 4\n"                                            \
    "xen_major              : 4\n"                                            \
    "xen_minor              : 17\n"                                           \
    "total_memory           : 4095\n"                                         \
    "free_memory            : 1000\n"
#define MEMINFO                                                               \
    "MemTotal:        2000000 kB\n"                                           \
    "MemFree:         1000000 kB\n"

static void nothing_there_is_nothing_known(void **state)
{
    static const struct document none[] = {{NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, none, &host), 0);
    assert_int_equal(host.known, 0);
    assert_int_equal(host.dom0.known, 0);
    assert_int_equal(host.nr_doms + host.map.nr + host.dom0.nr_zones, 0);
    xlmem_host_dispose(&host);
}

static void the_running_kernel_counts(void **state)
{
    static const struct document of[] = {
        {"xl/info", INFO, 0},
        {"proc/version", "Linux version 6.12.5-amd64 (x@y) #1 SMP\n", 0},
        {NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, of, &host), 0);
    assert_string_equal(host.dom0.kernel_release, "6.12.5-amd64");
    assert_int_equal(host.total_kb, 4095 * 1024);
    xlmem_host_dispose(&host);
}

static void the_balloon_is_a_file_a_number(void **state)
{
#define BALLOON "sys/devices/system/xen_memory/xen_memory0/"
    static const struct document good[] = {
        {BALLOON "info/current_kb", "2097152\n", 0},
        {BALLOON "target_kb", "2097152\n", 0},
        {NULL, NULL, 0}};
    static const struct document bad[] = {{BALLOON "target_kb", "2 GiB\n", 0},
                                          {NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, good, &host), 0);
    assert_true(XLMEM_KNOWS(&host.dom0, balloon_target_kb));
    assert_true(XLMEM_KNOWS(&host.dom0, balloon_current_kb));
    assert_false(XLMEM_KNOWS(&host.dom0, balloon_low_kb));
    assert_int_equal(host.dom0.balloon_target_kb, 2097152);
    assert_int_equal(snapshot_of(&table, bad, &host), 0);
    assert_string_equal(said, BALLOON "target_kb: line 1: expected a number");
    assert_false(XLMEM_KNOWS(&host.dom0, balloon_target_kb));
    assert_int_equal(host.dom0.balloon_target_kb, 0);
    xlmem_host_dispose(&host);
}

/* What cannot be read is told, with file, line and what was expected, and
 * leaves its own facts unknown: the others still answer. */
static void unread_documents_leave_the_others(void **state)
{
    static const struct {
        struct document bad;
        const char *says;
    } rows[] = {
        {{"proc/meminfo", MEMINFO "Buffers: many kB\n", 0},
         "proc/meminfo: line 3: expected a number of kB: 'Buffers: many kB'"},
        {{"proc/meminfo", NULL, XLMEM_ERROR_PERM}, "proc/meminfo: "},
        {{"proc/meminfo", NULL, XLMEM_ERROR_IO}, "proc/meminfo: "},
        {{"xl/dmesg", NULL, XLMEM_ERROR_RANGE},
         "xl/dmesg: larger than 32 MiB"},
        {{"xl/list", "\nNome ID Mem\n", 0},
         "xl/list: line 2: expected the heading of xl list, \"Name ID Mem "
         "VCPUs State Time(s)\": 'Nome ID Mem'"},
        {{"xl/list-l.json", "{", 0}, "xl/list-l.json: line 1: "},
        {{"xen/e820", "0 x 1\n", 0},
         "xen/e820: line 1: expected \"FIRST LAST TYPE\": '0 x 1'"},
        {{"xen/e820", "0 ffffff 2\n", 0}, "there is no RAM in it"},
        {{"xlmem/host.json", "[]", 0}, "xlmem/host.json: "},
        {{"sys/firmware/memmap/0/start", NULL, XLMEM_ERROR_IO},
         "sys/firmware/memmap/0/start: "},
        {{"etc/default/grub", NULL, XLMEM_ERROR_PERM}, "etc/default/grub: "},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct document of[] = {
            rows[i].bad, {"xl/info", INFO, 0}, {NULL, NULL, 0}};
        xlmem_host host;

        xlmem_host_init(&host);
        assert_int_equal(snapshot_of(&table, of, &host), 0);
        if (!strstr(said, rows[i].says))
            fail_msg("%s: '%s', expected '%s'", rows[i].bad.path, said,
                     rows[i].says);
        assert_int_equal(host.total_kb, 4095 * 1024);
        assert_int_equal(host.map.nr, 0);
        assert_false(host.domains_listed);
        assert_false(XLMEM_KNOWS(&host.dom0, mem_total_kb));
        xlmem_host_dispose(&host);
    }
}

/* A decision's books are whole or none: the guard has a policy for that. */
static int books(void *user, xlmem_host *host, char *err, size_t err_len)
{
    (void)user;
    (void)err;
    (void)err_len;
    XLMEM_SET(host, total_kb, 4095 * 1024);
    return 0;
}

static void the_books_of_a_decision_are_strict(void **state)
{
    static const struct document of[] = {
        {"proc/meminfo", "MemTotal: many\n", 0}, {NULL, NULL, 0}};
    xlmem_backend strict = table;
    xlmem_ctx ctx = {0};
    xlmem_host host;

    (void)state;
    strict.read_books = books;
    documents = of;
    xlmem_host_init(&host);
    xlmem_ctx_set_log(&ctx, keep_log, NULL);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &strict, NULL), 0);
    assert_int_equal(xlmem__snapshot_books(&ctx, NULL, &host),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(said_level, 3);
    assert_ptr_equal(strstr(said, "proc/meminfo: line 1: "), said);
}

static void
books_have_the_kernels_version_where_the_floor_is_guessed(void **state)
{
    const struct document of[] = {
        {"proc/version", "Linux version 6.12.5-amd64 (x@y) #1 SMP\n", 0},
        {"proc/zoneinfo", "nobody asks for it", 0},
        {"proc/meminfo", "MemTotal: 1000 kB\n", 0},
        {"sys/devices/system/xen_memory/xen_memory0/info/current_kb", "1100\n",
         0},
        {NULL, NULL, 0}};
    xlmem_backend with_books = table;
    xlmem_ctx ctx = {0};
    xlmem_host host;
    size_t i;

    (void)state;
    with_books.read_books = books;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &with_books, NULL), 0);
    for (i = 0; i < 2; i++) {
        struct document some[ARRAY_SIZE(of)];

        memcpy(some, of, sizeof(some));
        if (i)
            some[3] = of[4]; /* the size is not known */
        documents = some;
        xlmem_host_init(&host);
        assert_int_equal(xlmem__snapshot_books(&ctx, NULL, &host), 0);
        assert_int_equal(host.dom0.mem_total_kb, 1000);
        assert_int_equal(XLMEM_KNOWS(&host.dom0, linux_major), i);
        xlmem_host_dispose(&host);
    }
}

static void contradictions_name_both_files(void **state)
{
    static const struct document of[] = {
        {"proc/meminfo", "MemTotal: 1000 kB\nMemFree: 1001 kB\n", 0},
        {NULL, NULL, 0}};
    static const struct document two[] = {
        {"xl/info", "total_memory : 1000\nfree_memory : 1001\n", 0},
        {NULL, NULL, 0}};
    static const struct document dom0_above_host[] = {
        {"proc/meminfo", "MemTotal: 1024001 kB\n", 0},
        {"xl/info", "total_memory : 1000\n", 0},
        {NULL, NULL, 0}};
    static const struct document dom0_of_nothing[] = {
        {"proc/meminfo", "MemTotal: 0 kB\n", 0}, {NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, of, &host), XLMEM_ERROR_PARSE);
    assert_string_equal(said, "proc/meminfo: mem_free_kb 1001 is more than "
                              "mem_total_kb 1000 of proc/meminfo");
    assert_int_equal(snapshot_of(&table, two, &host), XLMEM_ERROR_PARSE);
    assert_ptr_equal(strstr(said, "xl/info: free_kb"), said);
    assert_non_null(strstr(said, " of xl/info"));
    assert_int_equal(snapshot_of(&table, dom0_above_host, &host),
                     XLMEM_ERROR_PARSE);
    assert_string_equal(said, "proc/meminfo: MemTotal of dom0, 1024001 kB, is "
                              "more than total_kb 1024000 of xl/info");
    assert_int_equal(snapshot_of(&table, dom0_of_nothing, &host),
                     XLMEM_ERROR_PARSE);
    assert_string_equal(said, "proc/meminfo: MemTotal is 0");
}

#define ENTRY(n, first, last, type)                                           \
    {"sys/firmware/memmap/" n "/end", last "\n", 0},                          \
        {"sys/firmware/memmap/" n "/start", first "\n", 0},                   \
    {                                                                         \
        "sys/firmware/memmap/" n "/type", type "\n", 0                        \
    }

static void dom0s_own_map_is_completed(void **state)
{
    static const struct document of[] = {
        ENTRY("0", "0x0", "0x3fffffff", "System RAM"),
        ENTRY("1", "0xfec00000", "0xffffffff", "Reserved"),
        {"xl/info", INFO, 0},
        {NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, of, &host), 0);
    assert_int_equal(host.map.source, XLMEM_MAP_FIRMWARE);
    assert_true(host.map.partial);
    assert_int_equal(host.map.nr, 3);
    assert_int_equal(xlmem_map_usable_kb(&host.map), host.total_kb);
    assert_true(host.map.ranges[2].start == UINT64_C(1) << 32);
    /* Without a total it stays as it is. */
    assert_int_equal(
        snapshot_of(
            &table,
            (struct document[]){ENTRY("0", "0x0", "0x3fffffff", "System RAM"),
                                {NULL, NULL, 0}},
            &host),
        0);
    assert_true(host.map.partial);
    assert_int_equal(xlmem_map_usable_kb(&host.map), 1 << 20);
    xlmem_host_dispose(&host);
}

static void a_log_of_dom0_is_completed_too(void **state)
{
    static const struct document of[] = {
        {"dmesg",
         "Xen: [mem 0x0000000000000000-0x000000003fffffff] usable\n"
         "Xen: [mem 0x00000000fec00000-0x00000000ffffffff] reserved\n",
         0},
        {"xl/info", INFO, 0},
        {NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, of, &host), 0);
    assert_int_equal(host.map.source, XLMEM_MAP_DMESG);
    assert_true(host.map.partial);
    assert_int_equal(xlmem_map_usable_kb(&host.map), host.total_kb);
    xlmem_host_dispose(&host);
}

static void the_machines_own_map_wins(void **state)
{
    static const struct document of[] = {
        ENTRY("0", "0x0", "0x3fffffff", "System RAM"),
        {"xen/e820", "0 ffffffff 1\n80000000 bfffffff 2\n", 0},
        {"xl/info", INFO, 0},
        {NULL, NULL, 0}};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&table, of, &host), 0);
    assert_int_equal(host.map.source, XLMEM_MAP_XEN);
    assert_false(host.map.partial);
    assert_int_equal(xlmem_map_usable_kb(&host.map), 3 << 20);
    xlmem_host_dispose(&host);
}

#define GRUB_FILE                                                             \
    {                                                                         \
        "etc/default/grub", "GRUB_CMDLINE_XEN=dom0_mem=1G\n", 0               \
    }
#define EFI_FILE(path)                                                        \
    {                                                                         \
        path,                                                                 \
            "[global]\ndefault=b\n[a]\nkernel=x\noptions=no\n\n[b]\n"         \
            "options=dom0_mem=2G # not this\r\nkernel=x\n",                   \
            0                                                                 \
    }
#define EFI "boot/efi/EFI/xen/xen.cfg"
#define LOG(loader)                                                           \
    {                                                                         \
        "xl/dmesg", "(XEN) Bootloader: " loader "\n", 0                       \
    }
#define BOOTED(line)                                                          \
    {                                                                         \
        "xl/info", "xen_commandline : " line "\n", 0                          \
    }
static const struct {
    struct document of[4];
    const char *line, *file, *other;
    int efi; /* -1: not told */
} boot_rows[] = {
    {{GRUB_FILE, {NULL, NULL, 0}},
     "dom0_mem=1G",
     "etc/default/grub",
     NULL,
     -1},
    {{EFI_FILE(EFI), {NULL, NULL, 0}}, "dom0_mem=2G", EFI, NULL, 1},
    {{EFI_FILE("boot/efi/EFI/qubes/XEN-4.17.CFG"), {NULL, NULL, 0}},
     "dom0_mem=2G",
     "boot/efi/EFI/qubes/XEN-4.17.CFG",
     NULL,
     1},
    {{EFI_FILE(EFI), GRUB_FILE, {NULL, NULL, 0}},
     "dom0_mem=1G",
     "etc/default/grub",
     EFI,
     -1},
    {{EFI_FILE(EFI), GRUB_FILE, LOG("EFI"), {NULL, NULL, 0}},
     "dom0_mem=2G",
     EFI,
     "etc/default/grub",
     1},
    {{EFI_FILE(EFI), GRUB_FILE, LOG("GRUB 2.06"), {NULL, NULL, 0}},
     "dom0_mem=1G",
     "etc/default/grub",
     EFI,
     0},
    {{EFI_FILE(EFI), GRUB_FILE, BOOTED("dom0_mem=2G"), {NULL, NULL, 0}},
     "dom0_mem=2G",
     EFI,
     "etc/default/grub",
     1},
    {{EFI_FILE(EFI), GRUB_FILE, BOOTED("placeholder x"), {NULL, NULL, 0}},
     "dom0_mem=1G",
     "etc/default/grub",
     EFI,
     0},
    {{EFI_FILE(EFI),
      {"etc/default/grub", "GRUB_TIMEOUT=1\n", 0},
      {NULL, NULL, 0}},
     "dom0_mem=2G",
     EFI,
     "etc/default/grub",
     1},
    {{GRUB_FILE, LOG("EFI"), {NULL, NULL, 0}},
     NULL,
     NULL,
     "etc/default/grub",
     1},
};

/* Which of GRUB's file and xen.efi's has the next boot's line. */
static void the_boot_file_that_counts(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(boot_rows); i++) {
        xlmem_host host;

        xlmem_host_init(&host);
        assert_int_equal(snapshot_of(&table, boot_rows[i].of, &host), 0);
        assert_string_equal(host.xen_config_line ? host.xen_config_line : "",
                            boot_rows[i].line ? boot_rows[i].line : "");
        assert_string_equal(host.xen_config_file ? host.xen_config_file : "",
                            boot_rows[i].file ? boot_rows[i].file : "");
        assert_string_equal(host.xen_other_file ? host.xen_other_file : "",
                            boot_rows[i].other ? boot_rows[i].other : "");
        assert_int_equal(XLMEM_KNOWS(&host, efi_boot), boot_rows[i].efi >= 0);
        assert_int_equal(host.efi_boot, boot_rows[i].efi > 0);
        xlmem_host_dispose(&host);
    }
}

/* A balloon that moves on by 64 MiB with every GROWS_EACH'th file read. */
#define GROWS_KB 65536
#define KEEPS_KB 204800

static uint64_t growing_kb, nr_reads, grows_each;

static int serve_growing(void *user, const char *path, char **buf_r,
                         size_t *len_r)
{
    char text[64];

    (void)user;
    if (++nr_reads % grows_each == 0)
        growing_kb += GROWS_KB;
    if (strstr(path, "/info/current_kb"))
        snprintf(text, sizeof(text), "%" PRIu64 "\n", growing_kb);
    else if (strstr(path, "/target_kb"))
        snprintf(text, sizeof(text), "%d\n", 64 << 20);
    else if (!strcmp(path, "proc/meminfo"))
        snprintf(text, sizeof(text), "MemTotal: %" PRIu64 " kB\n",
                 growing_kb - KEEPS_KB);
    else
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return *buf_r ? 0 : XLMEM_ERROR_NOMEM;
}

/* What the kernel keeps is their difference. */
static uint64_t kept_kb(uint64_t each)
{
    xlmem_backend backend = table;
    xlmem_host host;
    uint64_t kb;

    backend.read_file = serve_growing;
    backend.list_dir = NULL;
    growing_kb = 1 << 20;
    nr_reads = 0;
    grows_each = each;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(&backend, NULL, &host), 0);
    assert_true(host.dom0.balloon_current_kb > host.dom0.mem_total_kb);
    kb = host.dom0.balloon_current_kb - host.dom0.mem_total_kb;
    xlmem_host_dispose(&host);
    return kb;
}

static void a_balloon_that_moves_is_read_with_meminfo(void **state)
{
    uint64_t each;

    (void)state;
    for (each = 3; each < 30; each++)
        assert_int_equal(kept_kb(each), KEEPS_KB);
    /* One that is faster than any reader ends it, too. */
    assert_in_range(kept_kb(1), KEEPS_KB, KEEPS_KB + GROWS_KB);
}

static void without_a_backend_there_is_no_host(void **state)
{
    xlmem_ctx ctx = {0};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    xlmem_ctx_set_log(&ctx, keep_log, NULL);
    assert_int_equal(xlmem_snapshot(&ctx, &host), XLMEM_ERROR_INVAL);
    assert_string_equal(said, "no host was opened");
    assert_int_equal(xlmem_snapshot_short(&ctx, &host), XLMEM_ERROR_INVAL);
}

TEST_GROUP(snapshot)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_there_is_nothing_known),
        cmocka_unit_test(the_running_kernel_counts),
        cmocka_unit_test(the_balloon_is_a_file_a_number),
        cmocka_unit_test(unread_documents_leave_the_others),
        cmocka_unit_test(the_books_of_a_decision_are_strict),
        cmocka_unit_test(
            books_have_the_kernels_version_where_the_floor_is_guessed),
        cmocka_unit_test(contradictions_name_both_files),
        cmocka_unit_test(dom0s_own_map_is_completed),
        cmocka_unit_test(a_log_of_dom0_is_completed_too),
        cmocka_unit_test(the_machines_own_map_wins),
        cmocka_unit_test(the_boot_file_that_counts),
        cmocka_unit_test(a_balloon_that_moves_is_read_with_meminfo),
        cmocka_unit_test(without_a_backend_there_is_no_host),
    };

    return test_run(tests, NULL, NULL);
}
