/* SPDX-License-Identifier: LGPL-2.1-only */
/* Captures that are damaged, odd or hostile: each is refused with a message
 * that names the file, and nothing blocks, crashes or leads outside. */
#include "config.h"

#include "capture_files.h"

#include <fcntl.h>
#include <zlib.h>

#include "codec/capture/tar.h"

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

/* ------------------------------------------------------------ hostile --- */

/* Named, and the rest of the capture is read without it. */
static void unread(const char *name, const char *text)
{
    xlmem_host host;

    xlmem_host_init(&host);
    assert_int_equal(snapshot_of(in_scratch(name), &host), 0);
    assert_non_null(strstr(said, text));
    assert_int_equal(host.known | host.dom0.known, 0);
    xlmem_host_dispose(&host);
}

static void odd_files_are_named(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_scratch("d"), 0700), 0);
    assert_int_equal(mkdir(in_scratch("d/proc"), 0700), 0);
    assert_int_equal(mkdir(in_scratch("d/proc/meminfo"), 0700), 0);
    unread("d", "proc/meminfo");
    assert_int_equal(rmdir(in_scratch("d/proc/meminfo")), 0);
    /* Nobody writes to it: an open that waits would never return. */
    assert_int_equal(mkfifo(in_scratch("d/proc/meminfo"), 0600), 0);
    unread("d", "proc/meminfo");
    assert_int_equal(unlink(in_scratch("d/proc/meminfo")), 0);
    assert_int_equal(symlink("meminfo", in_scratch("d/proc/meminfo")), 0);
    unread("d", "proc/meminfo");
    assert_int_equal(unlink(in_scratch("d/proc/meminfo")), 0);
    plant("d/proc/meminfo",
          "\x7f"
          "ELF\0\1\2MemTotal",
          16);
    unread("d", "proc/meminfo");
    assert_int_equal(truncate(in_scratch("d/proc/meminfo"), 100 << 20), 0);
    unread("d", "proc/meminfo: larger than 32 MiB");
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
    plant("u/proc/meminfo", "MemTotal: 1 kB\n", 15);
    assert_int_equal(chmod(in_scratch("u/proc/meminfo"), 0), 0);
    if (!geteuid()) { /* root reads everything: be somebody else */
        assert_int_equal(chmod(scratch, 0755), 0);
        assert_int_equal(chmod(in_scratch("u"), 0755), 0);
        assert_int_equal(chmod(in_scratch("u/proc"), 0755), 0);
        assert_int_equal(seteuid(65534), 0);
        unread("u", "proc/meminfo");
        assert_int_equal(seteuid(0), 0);
    } else {
        unread("u", "proc/meminfo");
    }
}

static char *slurp(const char *name, size_t *len_r)
{
    FILE *file = fopen(in_scratch(name), "r");
    char *buf = malloc(65536);

    assert_non_null(file);
    assert_non_null(buf);
    *len_r = fread(buf, 1, 65536, file);
    assert_in_range(*len_r, 1, 65535);
    fclose(file);
    return buf;
}

/* 600 times the same MiB of zeros, packed: behind the end of the archive, or
 * in a file of it. */
static void write_bomb(const char *name, const char *inside)
{
    static char mib[1 << 20];
    char header[XLMEM__TAR_BLOCK], *packed, *head;
    FILE *file = fopen(in_scratch(name), "w");
    gzFile gz = gzopen(in_scratch("mib.gz"), "wb9");
    size_t len, head_len;
    unsigned i;

    assert_int_equal(gzwrite(gz, mib, sizeof(mib)), sizeof(mib));
    gzclose(gz);
    packed = slurp("mib.gz", &len);
    if (inside) {
        assert_int_equal(
            xlmem__tar_header(inside, UINT64_C(600) << 20, header), 0);
        gz = gzopen(in_scratch("header.gz"), "wb9");
        gzwrite(gz, header, sizeof(header));
        gzclose(gz);
        head = slurp("header.gz", &head_len);
        assert_int_equal(fwrite(head, 1, head_len, file), head_len);
        free(head);
    }
    for (i = 0; i < 600; i++)
        assert_int_equal(fwrite(packed, 1, len, file), len);
    free(packed);
    fclose(file);
}

static void bombs_are_bounded(void **state)
{
    (void)state;
    write_bomb("bomb.tar.gz", NULL);
    refused("bomb.tar.gz", XLMEM_ERROR_RANGE, "more than 512 MiB unpacked");
    write_bomb("large.tar.gz", "xl/list");
    refused("large.tar.gz", XLMEM_ERROR_RANGE, "more than 512 MiB unpacked");
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
    unread("dir.tar", "proc/meminfo");
    plant("text.tar", "this is no archive\n", 19);
    refused("text.tar", XLMEM_ERROR_PARSE, "neither a directory nor");
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
    assert_non_null(strstr(said, "bad.json: line 1: total_kb: not a number"));
    assert_int_equal(xlmem_ctx_open_json(ctx, in_scratch("none.json")),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(xlmem_ctx_open_json(ctx, scratch), XLMEM_ERROR_DIRECTORY);
    assert_int_equal(mkfifo(in_scratch("fifo.json"), 0600), 0);
    assert_int_equal(xlmem_ctx_open_json(ctx, in_scratch("fifo.json")),
                     XLMEM_ERROR_SPECIAL);
    assert_int_equal(xlmem_capture(ctx, in_scratch("x"), NULL, NULL),
                     XLMEM_ERROR_INVAL);
    xlmem_ctx_free(ctx);
}

/* What was opened is a file or a pipe without a name, and reading waits. */
static void a_named_file_is_opened(void **state)
{
    char path[32];
    int fd = -1, ends[2];

    (void)state;
    plant("named", "x", 1);
    assert_int_equal(xlmem_file_open(in_scratch("named"), &fd), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(symlink("named", in_scratch("to")), 0);
    assert_int_equal(xlmem_file_open(in_scratch("to"), &fd), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(xlmem_file_open(in_scratch("nowhere"), &fd),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(xlmem_file_open(scratch, &fd), XLMEM_ERROR_DIRECTORY);
    assert_int_equal(xlmem_file_open("/dev/null", &fd), XLMEM_ERROR_SPECIAL);
    assert_int_equal(symlink("round", in_scratch("round")), 0);
    assert_int_equal(xlmem_file_open(in_scratch("round"), &fd),
                     XLMEM_ERROR_LOOP);
    assert_int_equal(mkfifo(in_scratch("fifo"), 0600), 0);
    assert_int_equal(xlmem_file_open(in_scratch("fifo"), &fd),
                     XLMEM_ERROR_SPECIAL);
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
    assert_int_equal(xlmem_file_open(path, &fd), 0);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(close(fd), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

TEST_GROUP(capture_odd)
{
    const struct CMUnitTest tests[] = {
        TEST(odd_files_are_named),
        TEST(links_stay_inside),
        TEST(unreadable_files_are_named),
        TEST(bombs_are_bounded),
        TEST(what_is_cut_is_refused),
        TEST(hostile_archives_are_refused),
        TEST(a_bad_snapshot_is_refused_at_once),
        TEST(a_named_file_is_opened),
    };

    return test_run(tests, NULL, NULL);
}
