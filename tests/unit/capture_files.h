/* SPDX-License-Identifier: LGPL-2.1-only */
/* A scratch directory for tests of captures, and what is put into it. */
#ifndef XLMEM_CAPTURE_FILES_H
#define XLMEM_CAPTURE_FILES_H

#include "random_host.h"
#include "tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64]; /* everything happens below it */
static char said[512];

static inline const char *in_scratch(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *buf = path[turn++ % 4];

    snprintf(buf, sizeof(path[0]), "%s/%s", scratch, name);
    return buf;
}

static inline int make_scratch(void **state)
{
    (void)state;
    strcpy(scratch, "/tmp/xlmem-capture-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int remove_scratch(void **state)
{
    (void)state;
    return remove_tree(scratch);
}

/* A file below the scratch directory, with its parents. */
static inline void plant(const char *name, const char *text, size_t len)
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

static inline void keep_log(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static inline xlmem_ctx *new_ctx(void)
{
    xlmem_ctx *ctx;

    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    xlmem_ctx_set_log(ctx, keep_log, NULL);
    said[0] = '\0';
    return ctx;
}

static inline int snapshot_of(const char *path, xlmem_host *host)
{
    xlmem_ctx *ctx = new_ctx();
    int rc = xlmem_ctx_open_capture(ctx, path);

    if (!rc)
        rc = xlmem_snapshot(ctx, host);
    xlmem_ctx_free(ctx);
    assert_true(!rc || said[0]);
    return rc;
}

static inline void write_json(const xlmem_host *host, const char *name)
{
    char *json;

    assert_int_equal(xlmem_host_to_json(host, &json), 0);
    plant(name, json, strlen(json));
    free(json);
}

static inline int capture_json(const char *json, const char *to)
{
    xlmem_ctx *ctx = new_ctx();
    int rc = xlmem_ctx_open_json(ctx, in_scratch(json));

    assert_int_equal(rc, 0);
    rc = xlmem_capture(ctx, in_scratch(to), NULL, NULL);
    xlmem_ctx_free(ctx);
    return rc;
}

#define TEST(f)                                                               \
    cmocka_unit_test_setup_teardown(f, make_scratch, remove_scratch)

#endif /* XLMEM_CAPTURE_FILES_H */
