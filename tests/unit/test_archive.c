/* SPDX-License-Identifier: LGPL-2.1-only */
/* A capture is the same to whoever reads it, packed or not: every file and
 * every folder of trees at random, whose names sort around the slash. */
#include "config.h"

#include "capture_files.h"

#include <zlib.h>

#include "codec/capture/tar.h"
#include "sys/capture/capture.h"

#define NR_TREES 60
#define NR_FILES 40

static const char *const folders[] = {"a", "a-b", "a.b", "a0", "ab", "b"};
static const char *const leaves[] = {"!", "+", "a+", "c", "c-d", "c.d", "~"};

#define ANY(list) list[test_between(0, ARRAY_SIZE(list) - 1)]

/* "etc/...": what has no top of a capture is stripped of its first folder. */
static void name_it(char *path, size_t len)
{
    uint64_t depth;

    snprintf(path, len, "etc");
    for (depth = test_between(0, 3); depth; depth--) {
        strcat(path, "/");
        strcat(path, ANY(folders));
    }
    strcat(path, "/");
    strcat(path, ANY(leaves));
}

/* Of every tree the first files are too large to be kept in memory. */
#define NR_LARGE 3

static size_t file_text(size_t nr, char *text, size_t room)
{
    size_t len = (size_t)snprintf(text, room, "file %zu\n", nr);
    const size_t want = nr < NR_LARGE ? test_between(4000, room - 1) : 0;

    while (len < want) {
        text[len] = (char)('a' + len % 23);
        len++;
    }
    return len;
}

static void put(gzFile tar, const char *buf, size_t len)
{
    assert_int_equal(len ? gzwrite(tar, buf, (unsigned)len) : 0, len);
}

static void pack(gzFile tar, const char *path, const char *text, size_t len)
{
    static const char zeros[2 * XLMEM__TAR_BLOCK];
    char header[XLMEM__TAR_BLOCK];

    assert_int_equal(xlmem__tar_header(path, len, header), 0);
    put(tar, header, sizeof(header));
    put(tar, text, len);
    put(tar, zeros, xlmem__tar_padding(len));
}

/* A directory and the same as an archive, packed or not. */
static void make_tree(const char *name, const char *packed,
                      char paths[NR_FILES][64], size_t nr)
{
    static const char zeros[2 * XLMEM__TAR_BLOCK];
    static char text[200000];
    char inside[128];
    gzFile tar =
        gzopen(in_scratch(packed), strstr(packed, ".gz") ? "w1" : "wT");
    size_t i, n, len;

    assert_non_null(tar);
    for (i = 0; i < nr; i++) {
        name_it(paths[i], sizeof(paths[i]));
        for (n = 0; n < i && strcmp(paths[n], paths[i]) != 0; n++)
            ;
        if (n < i)
            continue; /* there already */
        len = file_text(i, text, sizeof(text));
        snprintf(inside, sizeof(inside), "%.15s/%.63s", name, paths[i]);
        plant(inside, text, len);
        pack(tar, paths[i], text, len);
    }
    put(tar, zeros, sizeof(zeros));
    assert_int_equal(gzclose(tar), Z_OK);
}

typedef struct recorded {
    const xlmem_backend *backend;
    void *user;
} recorded;

static void open_it(recorded *r, const char *name)
{
    xlmem__msg msg = {said, sizeof(said)};

    assert_int_equal(
        xlmem__open_capture(in_scratch(name), &r->backend, &r->user, &msg), 0);
}

static void same_file(const recorded *a, const recorded *b, const char *path)
{
    char *x = NULL, *y = NULL;
    size_t x_len, y_len;
    int rc = a->backend->read_file(a->user, path, &x, &x_len);

    assert_int_equal(b->backend->read_file(b->user, path, &y, &y_len), rc);
    if (rc)
        return;
    assert_int_equal(x_len, y_len);
    assert_memory_equal(x, y, x_len + 1);
    free(x);
    free(y);
}

/* What has come of a document in pieces. */
typedef struct gathered {
    char *buf;
    size_t len;
} gathered;

static int gather(void *arg, const char *piece, size_t len)
{
    gathered *g = arg;

    g->buf = realloc(g->buf, g->len + len);
    assert_non_null(g->buf);
    memcpy(g->buf + g->len, piece, len);
    g->len += len;
    return 0;
}

static void same_stream(const recorded *a, const recorded *b, const char *path)
{
    gathered x = {NULL, 0}, y = {NULL, 0};
    int rc = a->backend->stream_file(a->user, path, gather, &x);

    assert_int_equal(b->backend->stream_file(b->user, path, gather, &y), rc);
    assert_int_equal(x.len, y.len);
    if (x.len)
        assert_memory_equal(x.buf, y.buf, x.len);
    free(x.buf);
    free(y.buf);
}

static void same_folder(const recorded *a, const recorded *b, const char *path)
{
    char **x, **y;
    size_t nr, y_nr, i;
    int rc = a->backend->list_dir(a->user, path, &x, &nr);

    if (rc) {
        assert_int_not_equal(b->backend->list_dir(b->user, path, &y, &y_nr),
                             0);
        return;
    }
    assert_int_equal(b->backend->list_dir(b->user, path, &y, &y_nr), 0);
    assert_int_equal(nr, y_nr);
    for (i = 0; i < nr; i++) {
        assert_string_equal(x[i], y[i]);
        free(x[i]);
        free(y[i]);
    }
    free(x);
    free(y);
}

/* Each part of a path, and what is beside it. */
static void same_along(const recorded *a, const recorded *b, const char *path)
{
    char part[80];
    size_t len;

    for (len = 1; len <= strlen(path); len++) {
        if (path[len] && path[len] != '/')
            continue;
        snprintf(part, sizeof(part), "%.*s", (int)len, path);
        same_file(a, b, part);
        same_folder(a, b, part);
        strcat(part, ".b");
        same_file(a, b, part);
        same_folder(a, b, part);
    }
}

static void packed_or_not_is_the_same(void **state)
{
    static char paths[NR_FILES][64];
    unsigned tree;

    (void)state;
    test_seed();
    for (tree = 0; tree < NR_TREES; tree++) {
        const size_t nr = test_between(1, NR_FILES);
        char name[16], packed[24], other[64];
        recorded dir, tar;
        size_t i;

        snprintf(name, sizeof(name), "t%u", tree);
        snprintf(packed, sizeof(packed), "%s.tar%s", name,
                 tree % 2 ? ".gz" : "");
        make_tree(name, packed, paths, nr);
        open_it(&dir, name);
        open_it(&tar, packed);
        for (i = 0; i < nr; i++) {
            same_along(&dir, &tar, paths[i]);
            same_stream(&dir, &tar, paths[i]);
            name_it(other, sizeof(other));
            same_along(&dir, &tar, other);
        }
        same_along(&dir, &tar, "proc/meminfo");
        dir.backend->close(dir.user);
        tar.backend->close(tar.user);
    }
}

/* Who asks for files from the last to the first has it unpacked each time:
 * so often and no more. */
static void unpacking_again_is_bounded(void **state)
{
    static char text[8192];
    gzFile tar = gzopen(in_scratch("back.tar.gz"), "w1");
    char path[64];
    recorded r;
    int i, rc = 0;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (i = 0; i < 40; i++) {
        snprintf(path, sizeof(path), "etc/%02d", i);
        pack(tar, path, text, sizeof(text));
    }
    memset(text, 0, sizeof(text));
    put(tar, text, XLMEM__TAR_BLOCK);
    gzclose(tar);
    open_it(&r, "back.tar.gz");
    for (i = 39; i >= 0 && !rc; i--) {
        char *buf;
        size_t len;

        snprintf(path, sizeof(path), "etc/%02d", i);
        rc = r.backend->read_file(r.user, path, &buf, &len);
        if (!rc)
            free(buf);
    }
    assert_int_equal(rc, XLMEM_ERROR_RANGE);
    /* More than any capture's documents need. */
    assert_in_range(39 - i, 24, 39);
    r.backend->close(r.user);
}

TEST_GROUP(archive)
{
    const struct CMUnitTest tests[] = {
        TEST(packed_or_not_is_the_same),
        TEST(unpacking_again_is_bounded),
    };

    return test_run(tests, NULL, NULL);
}
