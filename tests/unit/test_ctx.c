/* SPDX-License-Identifier: LGPL-2.1-only */
/* A context's backend: tables of this version and of older ones; what is read
 * through it anew. */
#include "test.h"

#include <stddef.h>

#include "engine/ctx.h"
#include "engine/facts/draft.h"
#include "private/guard.h"
#include "private/layout.h"

static int closed;

static void close_it(void *user)
{
    assert_ptr_equal(user, &closed);
    closed++;
}

static int64_t now_ms(void *user)
{
    (void)user;
    return 4711;
}

static int read_file(void *user, const char *path, char **buf_r, size_t *len_r)
{
    (void)user;
    (void)path;
    (void)buf_r;
    (void)len_r;
    fail_msg("an older backend has no such function");
    return 0;
}

static int set_backend(xlmem_ctx *ctx, const xlmem_backend *table)
{
    return xlmem_ctx_set_backend(ctx, table, &closed);
}

/* Members are added at the end: what lies there of an older one is not of the
 * table. */
static void an_older_table_is_taken_as_far_as_it_goes(void **state)
{
    xlmem_backend table = {.struct_size = offsetof(xlmem_backend, read_file),
                           .api_version = XLMEM_BACKEND_VERSION,
                           .name = "older",
                           .close = close_it,
                           .read_file = read_file};
    xlmem_ctx *ctx = calloc(1, sizeof(*ctx));

    (void)state;
    closed = 0;
    assert_int_equal(set_backend(ctx, &table), 0);
    assert_string_equal(ctx->backend->name, "older");
    assert_null(ctx->backend->read_file);
    assert_null(ctx->backend->now_ms);
    assert_int_equal(
        xlmem_policy_load(ctx, &(xlmem_policy){.nr_problems = 0}, NULL),
        XLMEM_ERROR_NOTFOUND);
    table.struct_size = offsetof(xlmem_backend, read_books);
    table.now_ms = now_ms;
    assert_int_equal(set_backend(ctx, &table), 0);
    assert_int_equal(closed, 1);
    assert_int_equal(ctx->backend->now_ms(NULL), 4711);
    assert_null(ctx->backend->read_books);
    xlmem_ctx_free(ctx);
    assert_int_equal(closed, 2);
}

static void a_newer_table_is_cut(void **state)
{
    struct {
        xlmem_backend table;
        void *more[4];
    } newer = {.table = {.struct_size = sizeof(newer),
                         .api_version = XLMEM_BACKEND_VERSION,
                         .name = "newer",
                         .now_ms = now_ms}};
    xlmem_ctx *ctx = calloc(1, sizeof(*ctx));

    (void)state;
    assert_int_equal(set_backend(ctx, &newer.table), 0);
    assert_int_equal(ctx->backend->now_ms(NULL), 4711);
    assert_null(ctx->backend->close);
    xlmem_ctx_free(ctx);
}

static void what_is_no_table_is_refused(void **state)
{
    xlmem_backend table = {.struct_size = sizeof(table)};
    xlmem_ctx *ctx = calloc(1, sizeof(*ctx));

    (void)state;
    assert_int_equal(set_backend(ctx, NULL), XLMEM_ERROR_INVAL);
    table.api_version = XLMEM_BACKEND_VERSION + 1;
    assert_int_equal(set_backend(ctx, &table), XLMEM_ERROR_INVAL);
    table.api_version = XLMEM_BACKEND_VERSION;
    table.struct_size = sizeof(size_t);
    assert_int_equal(set_backend(ctx, &table), XLMEM_ERROR_INVAL);
    assert_null(ctx->backend);
    xlmem_ctx_free(ctx);
}

static void layouts_are_compared(void **state)
{
    uint32_t sizes[] = XLMEM_LAYOUT;
    const size_t nr = sizeof(sizes) / sizeof(sizes[0]);

    (void)state;
    assert_true(xlmem_layout_is(sizes, nr));
    assert_false(xlmem_layout_is(sizes, nr - 1));
    sizes[nr - 1]++;
    assert_false(xlmem_layout_is(sizes, nr));
}

static void host_of(xlmem_host *host, const char *name)
{
    xlmem_host_init(host);
    host->doms = calloc(1, sizeof(*host->doms));
    host->nr_doms = 1;
    host->doms[0].name = strdup(name);
}

/* Under valgrind nothing of either is lost. */
static void what_is_read_anew_gives_back_what_was_there(void **state)
{
    xlmem_host host, now;

    (void)state;
    host_of(&host, "former");
    host_of(&now, "newer");
    XLMEM_SET(&host, total_kb, 1);
    XLMEM_SET(&host, free_kb, 2);
    XLMEM_SET(&now, free_kb, 3);
    xlmem__draft_renew(&host, &now);
    assert_int_equal(host.total_kb, 1);
    assert_int_equal(host.free_kb, 3);
    assert_int_equal(host.nr_doms, 1);
    assert_string_equal(host.doms[0].name, "newer");
    assert_int_equal(now.nr_doms, 1);
    assert_string_equal(now.doms[0].name, "former");
    xlmem_host_dispose(&host);
    xlmem_host_dispose(&now);
}

TEST_GROUP(ctx)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_table_is_taken_as_far_as_it_goes),
        cmocka_unit_test(a_newer_table_is_cut),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(layouts_are_compared),
        cmocka_unit_test(what_is_read_anew_gives_back_what_was_there),
    };

    return test_run(tests, NULL, NULL);
}
