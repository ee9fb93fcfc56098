/* SPDX-License-Identifier: LGPL-2.1-only */
/* A capture is the same to whoever reads it, packed or not: every file and
 * every folder of trees at random, whose names sort around the slash. */
#include "config.h"

#include "capture_files.h"

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

static void pack(FILE *tar, const char *path, const char *text)
{
    static const char zeros[XLMEM__TAR_BLOCK];
    char header[XLMEM__TAR_BLOCK];
    const size_t len = strlen(text), rest = xlmem__tar_padding(len);

    assert_int_equal(xlmem__tar_header(path, len, header), 0);
    assert_int_equal(fwrite(header, 1, sizeof(header), tar), sizeof(header));
    assert_int_equal(fwrite(text, 1, len, tar), len);
    assert_int_equal(fwrite(zeros, 1, rest, tar), rest);
}

static void make_tree(const char *name, char paths[NR_FILES][64], size_t nr)
{
    static const char zeros[2 * XLMEM__TAR_BLOCK];
    char inside[128], text[32];
    FILE *tar;
    size_t i, n;

    snprintf(inside, sizeof(inside), "%s.tar", name);
    tar = fopen(in_scratch(inside), "w");
    assert_non_null(tar);
    for (i = 0; i < nr; i++) {
        name_it(paths[i], sizeof(paths[i]));
        for (n = 0; n < i && strcmp(paths[n], paths[i]) != 0; n++)
            ;
        if (n < i)
            continue; /* there already */
        snprintf(text, sizeof(text), "file %zu\n", i);
        snprintf(inside, sizeof(inside), "%.15s/%.63s", name, paths[i]);
        plant(inside, text, strlen(text));
        pack(tar, paths[i], text);
    }
    assert_int_equal(fwrite(zeros, 1, sizeof(zeros), tar), sizeof(zeros));
    assert_int_equal(fclose(tar), 0);
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
        snprintf(packed, sizeof(packed), "%s.tar", name);
        make_tree(name, paths, nr);
        open_it(&dir, name);
        open_it(&tar, packed);
        for (i = 0; i < nr; i++) {
            same_along(&dir, &tar, paths[i]);
            name_it(other, sizeof(other));
            same_along(&dir, &tar, other);
        }
        same_along(&dir, &tar, "proc/meminfo");
        dir.backend->close(dir.user);
        tar.backend->close(tar.user);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(packed_or_not_is_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
