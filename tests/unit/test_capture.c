/* SPDX-License-Identifier: LGPL-2.1-only */
/* Captures on a real file system: written and read again. */
#include "config.h"

#include "capture_files.h"

#include <signal.h>
#include <sys/resource.h>

#include "private/backend.h"

/* --------------------------------------------------------- round trip --- */

/* Command lines at random may hold a secret by accident. */
static void no_texts(xlmem_host *host)
{
    free(host->xen_cmdline);
    free(host->xen_config_line);
    free(host->dom0.kernel_cmdline);
    host->xen_cmdline = strdup("dom0_mem=2G,max:2G loglvl=all");
    host->xen_config_line = strdup("dom0_mem=2560M,max:2560M");
    host->dom0.kernel_cmdline = strdup("root=/dev/sda1 ro quiet");
}

static void snapshot_of_json(const char *json, xlmem_host *host)
{
    xlmem_ctx *ctx = new_ctx();

    assert_int_equal(xlmem_ctx_open_json(ctx, in_scratch(json)), 0);
    assert_int_equal(xlmem_snapshot(ctx, host), 0);
    xlmem_ctx_free(ctx);
}

static void captures_keep_the_snapshot(const char *suffix)
{
    xlmem_host host, again;
    char name[32];
    unsigned i;

    test_seed();
    for (i = 0; i < 60; i++) {
        random_host(&host);
        no_texts(&host);
        xlmem_host_init(&again);
        write_json(&host, "host.json");
        /* Only now its map is one that a snapshot would have. */
        snapshot_of_json("host.json", &host);
        snprintf(name, sizeof(name), "%u%s", i, suffix);
        assert_int_equal(capture_json("host.json", name), 0);
        assert_int_equal(snapshot_of(in_scratch(name), &again), 0);
        same_hosts(&host, &again);
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&again);
    }
}

static void directories_keep_the_snapshot(void **state)
{
    (void)state;
    captures_keep_the_snapshot("");
}

static void archives_keep_the_snapshot(void **state)
{
    (void)state;
    captures_keep_the_snapshot(".tar.gz");
}

/* ----------------------------------------------------------- rendered --- */

static int give_xen(void *user, xlmem_host *host, char *err, size_t err_len)
{
    const char *json = user;

    return xlmem_host_from_json(json, strlen(json), host, err, err_len);
}

static int give_meminfo(void *user, const char *path, char **buf_r,
                        size_t *len_r)
{
    (void)user;
    if (!strcmp(path, "proc/swaps"))
        return XLMEM_ERROR_PERM;
    /* Never asked for: these are rendered. */
    assert_string_not_equal(path, "xl/info");
    if (strcmp(path, "proc/meminfo"))
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup("MemTotal: 1000 kB\n");
    *len_r = 18;
    return *buf_r ? 0 : XLMEM_ERROR_NOMEM;
}

struct told {
    char text[512];
};

static void tell(void *user, const char *file, int rc)
{
    struct told *told = user;
    size_t len = strlen(told->text);

    snprintf(told->text + len, sizeof(told->text) - len, "%s %d\n", file, rc);
}

static void what_xen_says_is_rendered(void **state)
{
    static const xlmem_backend xen = {
        .struct_size = sizeof(xen),
        .api_version = XLMEM_BACKEND_VERSION,
        .name = "xen",
        .read_xen = give_xen,
        .read_file = give_meminfo,
    };
    char json[] = "{\"version\": 1, \"total_kb\": 4193784, \"free_kb\": 1025,"
                  " \"domains_listed\": 1, \"map\": {\"source\": \"xen\","
                  " \"ranges\": [{\"start\": 0, \"end\": 4096, \"type\":"
                  " \"ram\"}]}, \"doms\": [{\"domid\": 0, \"tot_kb\": 1048576,"
                  " \"vcpus\": 2, \"cpu_time_ms\": 14200, \"paused\": 0,"
                  " \"shutdown\": 0, \"dying\": 0, \"name\": \"Domain-0\"}]}";
    struct told told = {""};
    xlmem_host host;
    xlmem_ctx *ctx = new_ctx();

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(ctx, &xen, json), 0);
    /* What cannot be read is told, and no failure. */
    assert_int_equal(xlmem_capture(ctx, in_scratch("c"), tell, &told), 0);
    xlmem_ctx_free(ctx);
    assert_string_equal(told.text, "xlmem/host.json 0\n"
                                   "xl/info 0\n"
                                   "xl/list 0\n"
                                   "xl/list-l.json 0\n"
                                   "xen/e820 0\n"
                                   "xenstore/ls 0\n"
                                   "proc/swaps -5008\n"
                                   "proc/meminfo 0\n");
    /* To the kB with the snapshot in it, to the MiB without. */
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(in_scratch("c"), &host), 0);
    assert_int_equal(host.total_kb, 4193784);
    assert_int_equal(host.dom0.mem_total_kb, 1000);
    assert_int_equal(unlink(in_scratch("c/xlmem/host.json")), 0);
    assert_int_equal(snapshot_of(in_scratch("c"), &host), 0);
    assert_int_equal(host.total_kb, 4095 * 1024);
    assert_int_equal(host.free_kb, 1024);
    assert_int_equal(host.map.source, XLMEM_MAP_XEN);
    assert_int_equal(host.nr_doms, 1);
    assert_string_equal(host.doms[0].name, "Domain-0");
    assert_int_equal(host.doms[0].cpu_time_ms, 14200);
    xlmem_host_dispose(&host);
}

/* ------------------------------------------------------------ secrets --- */

#define SECRET "hunter2"

static const struct {
    const char *name, *text;
} places[] = {
    {"cap/proc/cmdline", "root=x rd.luks.key=" SECRET " quiet passwd=" SECRET},
    {"cap/proc/meminfo", "MemTotal: 1000 kB\n"},
    {"cap/dmesg", "[    0.000000] Kernel command line: a token=" SECRET "\n"
                  "[    1.000000] login at http://me:" SECRET "@host/\n"},
    {"cap/xl/dmesg", "(XEN) Command line: dom0_mem=1G secret=" SECRET "\n"},
    {"cap/xl/info", "xen_commandline : dom0_mem=1G secret=" SECRET "\n"},
    {"cap/xl/list-l.json",
     "[{\"domid\": 1, \"config\": {\"c_info\": {\"type\": \"pv\"},\n"
     "  \"b_info\": {\"target_memkb\": 4096, \"u\":\n"
     "    {\"cmdline\": \"root=y x=" SECRET " \\\"" SECRET "\\\" b\",\n"
     "     \"extra\": [\"" SECRET "\"],\n"
     "     \"vnc\": {\"passwd\": \"" SECRET " " SECRET "\"}},\n"
     "    \"spice\": {\"passwd\" : \"a\\\"" SECRET "\"}}}}]\n"},
    {"cap/xenstore/ls",
     "/local/domain/0/backend/vfb/1/0/vncpasswd = \"" SECRET "\"   (n0)\n"
     "/local/domain/0/backend/vfb/1/0/odd = \"" SECRET "\"   (n0)\n"
     "/local/domain/1/memory/target = \"4096\"   (n0,r1)\n"
     "/vm/x/image/cmdline = \"" SECRET "\"   (n0)\n"},
    {"cap/etc/xen/xl.conf", "vncpasswd = '" SECRET "'\n"},
    {"cap/etc/xen/memguard.d/web 1.conf",
     "dynamic_min = \"1G\"\n# console passwd=" SECRET "\n"},
    {"cap/etc/xen/memguard.d/web.conf~", "passwd=" SECRET "\n"},
    {"cap/etc/xen/memguard.d/.hidden.conf", "passwd=" SECRET "\n"},
    {"cap/etc/default/grub",
     "GRUB_CMDLINE_XEN=\"dom0_mem=2G apikey=" SECRET "\"\n"},
    {"cap/etc/default/grub.d/x.cfg", "GRUB_PASSWORD=" SECRET "\n"},
};

static unsigned grep_found;

static int grep(const char *path, const struct stat *st, int type,
                struct FTW *ftw)
{
    char buf[65536];
    size_t len;
    FILE *file;

    (void)ftw;
    if (type != FTW_F) {
        assert_int_equal(st->st_mode & 07777, 0700);
        return 0;
    }
    assert_int_equal(st->st_mode & 07777, 0600);
    file = fopen(path, "r");
    assert_non_null(file);
    len = fread(buf, 1, sizeof(buf) - 1, file);
    buf[len] = '\0';
    fclose(file);
    if (strstr(buf, SECRET)) {
        print_message("%s holds the secret:\n%s\n", path, buf);
        grep_found++;
    }
    return 0;
}

static void holds(const char *name, const char *start)
{
    char buf[256] = "";
    FILE *file = fopen(in_scratch(name), "r");

    assert_non_null(file);
    assert_non_null(fgets(buf, sizeof(buf), file));
    fclose(file);
    assert_string_equal(buf, start);
}

static void a_capture_holds_no_secret(void **state)
{
    xlmem_host host;
    xlmem_ctx *ctx;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(places); i++)
        plant(places[i].name, places[i].text, strlen(places[i].text));
    ctx = new_ctx();
    assert_int_equal(xlmem_ctx_open_capture(ctx, in_scratch("cap")), 0);
    assert_int_equal(xlmem_capture(ctx, in_scratch("clean"), NULL, NULL), 0);
    xlmem_ctx_free(ctx);
    grep_found = 0;
    assert_int_equal(nftw(in_scratch("clean"), grep, 16, FTW_PHYS), 0);
    assert_int_equal(grep_found, 0);
    /* What is no secret is still there. */
    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(in_scratch("clean"), &host), 0);
    assert_string_equal(host.dom0.kernel_cmdline,
                        "root=x rd.luks.key=*** quiet passwd=***");
    assert_int_equal(host.doms[0].target_kb, 4096);
    assert_string_equal(host.xen_config_line, "dom0_mem=2G apikey=***");
    xlmem_host_dispose(&host);
    holds("clean/etc/xen/memguard.d/web 1.conf", "dynamic_min = \"1G\"\n");
    assert_int_equal(
        access(in_scratch("clean/etc/xen/memguard.d/web.conf~"), F_OK), -1);
    assert_int_equal(
        access(in_scratch("clean/etc/xen/memguard.d/.hidden.conf"), F_OK), -1);
}

/* ------------------------------------------------------------ writing --- */

static void count_file(void *user, const char *file, int rc)
{
    (void)file;
    if (!rc)
        ++*(int *)user;
}

static int names_in_scratch(void)
{
    char command[128];
    FILE *ls;
    int nr = 0, c;

    snprintf(command, sizeof(command), "ls -A %s", scratch);
    ls = popen(command, "r");
    assert_non_null(ls);
    while ((c = fgetc(ls)) != EOF)
        nr += c == '\n';
    pclose(ls);
    return nr;
}

static void nothing_is_overwritten(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    write_json(&host, "host.json");
    plant("full/file", "x", 1);
    plant("there.tar.gz", "x", 1);
    plant("file", "x", 1);
    assert_int_equal(mkdir(in_scratch("empty"), 0755), 0);
    assert_int_equal(capture_json("host.json", "full"), XLMEM_ERROR_INVAL);
    assert_non_null(strstr(said, "full is not empty"));
    assert_int_equal(capture_json("host.json", "there.tar.gz"),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(capture_json("host.json", "file"), XLMEM_ERROR_INVAL);
    assert_int_equal(capture_json("host.json", "no/such/parent"),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(names_in_scratch(), 5);
    assert_int_equal(capture_json("host.json", "empty/"), 0);
    assert_int_equal(names_in_scratch(), 5);
}

/* A full disk, by the limit on a file's size. */
static void failure_leaves_nothing(void **state)
{
    struct rlimit old, small = {4096, 4096};
    char *text = malloc(100000);
    size_t i;
    xlmem_ctx *ctx;
    int written = 0, before, rc[2];

    (void)state;
    assert_non_null(text);
    for (i = 0; i < 100000; i++)
        text[i] = (char)(i % 37 ? test_between('a', 'z') : '\n');
    plant("cap/proc/meminfo", "MemTotal: 1000 kB\n", 18);
    plant("cap/proc/swaps", text, 100000);
    free(text);
    before = names_in_scratch();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    ctx = new_ctx();
    assert_int_equal(xlmem_ctx_open_capture(ctx, in_scratch("cap")), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    rc[0] = xlmem_capture(ctx, in_scratch("dir"), count_file, &written);
    rc[1] = xlmem_capture(ctx, in_scratch("x.tar.gz"), NULL, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    xlmem_ctx_free(ctx);
    assert_int_equal(rc[0], XLMEM_ERROR_IO);
    assert_int_equal(rc[1], XLMEM_ERROR_IO);
    assert_true(written > 0);
    assert_int_equal(names_in_scratch(), before);
}

TEST_GROUP(capture)
{
    const struct CMUnitTest tests[] = {
        TEST(directories_keep_the_snapshot), TEST(archives_keep_the_snapshot),
        TEST(what_xen_says_is_rendered),     TEST(a_capture_holds_no_secret),
        TEST(nothing_is_overwritten),        TEST(failure_leaves_nothing),
    };

    return test_run(tests, NULL, NULL);
}
