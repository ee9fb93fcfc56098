/* SPDX-License-Identifier: LGPL-2.1-only */
/* Captures on a real file system: written, read again, damaged, hostile. */
#include "config.h"

#include "random_host.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "codec/tar.h"
#include "xlmem_backend.h"

static char scratch[64]; /* everything happens below it */
static char said[512];

static const char *in_scratch(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *buf = path[turn++ % 4];

    snprintf(buf, sizeof(path[0]), "%s/%s", scratch, name);
    return buf;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int make_scratch(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/xlmem-capture-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static int remove_scratch(void **state)
{
    (void)state;
    return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A file below the scratch directory, with its parents. */
static void plant(const char *name, const char *text, size_t len)
{
    char path[256];
    char *slash;
    FILE *file;

    snprintf(path, sizeof(path), "%s", in_scratch(name));
    for (slash = strchr(path + strlen(scratch) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void keep_log(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static xlmem_ctx *new_ctx(void)
{
    xlmem_ctx *ctx;

    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    xlmem_ctx_set_log(ctx, keep_log, NULL);
    said[0] = '\0';
    return ctx;
}

static int snapshot_of(const char *path, xlmem_host *host)
{
    xlmem_ctx *ctx = new_ctx();
    int rc = xlmem_ctx_open_capture(ctx, path);

    if (!rc)
        rc = xlmem_snapshot(ctx, host);
    xlmem_ctx_free(ctx);
    assert_int_equal(rc != 0, said[0] != '\0');
    return rc;
}

/* Fails with this code, and a message that has these words in it. */
static void refused(const char *name, int rc, const char *words)
{
    xlmem_host host;

    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(in_scratch(name), &host), rc);
    if (!strstr(said, words))
        fail_msg("'%s' has no '%s'", said, words);
    assert_int_equal(host.known, 0);
}

/* --------------------------------------------------------- round trip --- */

static void write_json(const xlmem_host *host, const char *name)
{
    char *json;

    assert_int_equal(xlmem_host_to_json(host, &json), 0);
    plant(name, json, strlen(json));
    free(json);
}

static int capture_json(const char *json, const char *to)
{
    xlmem_ctx *ctx = new_ctx();
    int rc = xlmem_ctx_open_json(ctx, in_scratch(json));

    assert_int_equal(rc, 0);
    rc = xlmem_capture(ctx, in_scratch(to), NULL, NULL);
    xlmem_ctx_free(ctx);
    return rc;
}

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

/* ------------------------------------------------------------ hostile --- */

static void odd_files_are_named(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_scratch("d"), 0700), 0);
    assert_int_equal(mkdir(in_scratch("d/proc"), 0700), 0);
    assert_int_equal(mkdir(in_scratch("d/proc/meminfo"), 0700), 0);
    refused("d", XLMEM_ERROR_IO, "proc/meminfo");
    assert_int_equal(rmdir(in_scratch("d/proc/meminfo")), 0);
    /* Nobody writes to it: an open that waits would never return. */
    assert_int_equal(mkfifo(in_scratch("d/proc/meminfo"), 0600), 0);
    refused("d", XLMEM_ERROR_IO, "proc/meminfo");
    assert_int_equal(unlink(in_scratch("d/proc/meminfo")), 0);
    assert_int_equal(symlink("meminfo", in_scratch("d/proc/meminfo")), 0);
    refused("d", XLMEM_ERROR_IO, "proc/meminfo");
    assert_int_equal(unlink(in_scratch("d/proc/meminfo")), 0);
    plant("d/proc/meminfo",
          "\x7f"
          "ELF\0\1\2MemTotal",
          16);
    refused("d", XLMEM_ERROR_PARSE, "proc/meminfo");
    assert_int_equal(truncate(in_scratch("d/proc/meminfo"), 100 << 20), 0);
    refused("d", XLMEM_ERROR_RANGE, "proc/meminfo: larger than 32 MiB");
    refused("none", XLMEM_ERROR_NOTFOUND, "none: ");
}

static void links_stay_inside(void **state)
{
    xlmem_host host;

    (void)state;
    plant("outside", "MemTotal: 666 kB\n", 17);
    plant("c/copy", "MemTotal: 42 kB\n", 16);
    assert_int_equal(mkdir(in_scratch("c/proc"), 0700), 0);
    xlmem_host_init(&host);
    /* Up and out ends at the root of the capture, where there is none. */
    assert_int_equal(
        symlink("../../../../outside", in_scratch("c/proc/meminfo")), 0);
    if (!snapshot_of(in_scratch("c"), &host))
        assert_false(XLMEM_KNOWS(&host.dom0, mem_total_kb));
    assert_int_equal(unlink(in_scratch("c/proc/meminfo")), 0);
    assert_int_equal(
        symlink(in_scratch("outside"), in_scratch("c/proc/meminfo")), 0);
    if (!snapshot_of(in_scratch("c"), &host))
        assert_false(XLMEM_KNOWS(&host.dom0, mem_total_kb));
    assert_int_equal(unlink(in_scratch("c/proc/meminfo")), 0);
    /* Absolute means the capture's root. */
    assert_int_equal(symlink("/copy", in_scratch("c/proc/meminfo")), 0);
    if (!snapshot_of(in_scratch("c"), &host))
        assert_int_equal(host.dom0.mem_total_kb, 42);
    xlmem_host_dispose(&host);
}

static void unreadable_files_are_named(void **state)
{
    (void)state;
    if (!geteuid())
        skip(); /* root reads everything */
    plant("u/proc/meminfo", "MemTotal: 1 kB\n", 15);
    assert_int_equal(chmod(in_scratch("u/proc/meminfo"), 0), 0);
    refused("u", XLMEM_ERROR_PERM, "proc/meminfo");
}

/* A file of zeros, 100 MiB of them in 100 kB. */
static void bombs_are_bounded(void **state)
{
    static const char zeros[65536];
    gzFile gz = gzopen(in_scratch("bomb.tar.gz"), "wb9");
    unsigned i;

    (void)state;
    assert_non_null(gz);
    for (i = 0; i < 1600; i++)
        assert_int_equal(gzwrite(gz, zeros, sizeof(zeros)), sizeof(zeros));
    gzclose(gz);
    refused("bomb.tar.gz", XLMEM_ERROR_RANGE, "more than 64 MiB unpacked");
}

static void what_is_cut_is_refused(void **state)
{
    xlmem_host host;
    struct stat st;
    off_t len;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&host, free_kb, 1);
    write_json(&host, "host.json");
    assert_int_equal(capture_json("host.json", "x.tar.gz"), 0);
    assert_int_equal(stat(in_scratch("x.tar.gz"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    for (len = st.st_size - 1; len >= 0; len -= 7) {
        assert_int_equal(truncate(in_scratch("x.tar.gz"), len), 0);
        refused("x.tar.gz", XLMEM_ERROR_PARSE, "cut");
    }
}

static void put_tar(const char *name, const char *inside, char type)
{
    char tar[4 * XLMEM__TAR_BLOCK] = {0};
    uint64_t sum = 0;
    size_t i;

    assert_int_equal(xlmem__tar_header("placeholder", 2, tar), 0);
    memset(tar, 0, 100);
    memcpy(tar, inside, strlen(inside));
    tar[156] = type;
    memset(tar + 148, ' ', 8);
    for (i = 0; i < XLMEM__TAR_BLOCK; i++)
        sum += (unsigned char)tar[i];
    snprintf(tar + 148, 8, "%06llo", (unsigned long long)sum);
    memcpy(tar + XLMEM__TAR_BLOCK, "x\n", 2);
    plant(name, tar, sizeof(tar));
}

static void hostile_archives_are_refused(void **state)
{
    (void)state;
    put_tar("abs.tar", "/etc/passwd", '0');
    refused("abs.tar", XLMEM_ERROR_PARSE, "an absolute name: '/etc/passwd'");
    put_tar("up.tar", "proc/../../x", '0');
    refused("up.tar", XLMEM_ERROR_PARSE, "a name with ..: 'proc/../../x'");
    put_tar("link.tar", "../x", '2');
    refused("link.tar", XLMEM_ERROR_PARSE, "a name with ..");
    put_tar("sparse.tar", "proc/meminfo", 'S');
    refused("sparse.tar", XLMEM_ERROR_PARSE, "sparse");
    put_tar("dir.tar", "proc/meminfo/x", '0');
    refused("dir.tar", XLMEM_ERROR_IO, "proc/meminfo");
    plant("text.tar", "this is no archive\n", 19);
    refused("text.tar", XLMEM_ERROR_PARSE, "cut");
    plant("empty.tar", "", 0);
    refused("empty.tar", XLMEM_ERROR_PARSE, "cut");
}

static void a_bad_snapshot_is_refused_at_once(void **state)
{
    xlmem_ctx *ctx = new_ctx();

    (void)state;
    plant("bad.json", "{\"version\": 1, \"total_kb\": \"x\"}", 31);
    assert_int_equal(xlmem_ctx_open_json(ctx, in_scratch("bad.json")),
                     XLMEM_ERROR_PARSE);
    assert_non_null(strstr(said, "bad.json: total_kb: not a number"));
    assert_int_equal(xlmem_ctx_open_json(ctx, in_scratch("none.json")),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(xlmem_ctx_open_json(ctx, scratch), XLMEM_ERROR_IO);
    assert_int_equal(xlmem_capture(ctx, in_scratch("x"), NULL, NULL),
                     XLMEM_ERROR_INVAL);
    xlmem_ctx_free(ctx);
}

#define TEST(f)                                                               \
    cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(directories_keep_the_snapshot),
        TEST(archives_keep_the_snapshot),
        TEST(a_capture_holds_no_secret),
        TEST(nothing_is_overwritten),
        TEST(failure_leaves_nothing),
        TEST(odd_files_are_named),
        TEST(links_stay_inside),
        TEST(unreadable_files_are_named),
        TEST(bombs_are_bounded),
        TEST(what_is_cut_is_refused),
        TEST(hostile_archives_are_refused),
        TEST(a_bad_snapshot_is_refused_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
