/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a daemon says of itself in xenstore. */
#include "test.h"

#include "private/backend.h"
#include "private/ctx.h"
#include "private/daemon.h"

static char did[128]; /* the last thing that was done to xenstore */
static int will_return;

static int fake_write(void *user, const char *path, const char *value)
{
    (void)user;
    snprintf(did, sizeof(did), "%s=%s", path, value);
    return will_return;
}

static int fake_remove(void *user, const char *path)
{
    (void)user;
    snprintf(did, sizeof(did), "no %s", path);
    return will_return;
}

static const xlmem_backend writes = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "writes",
    .node_write = fake_write,
    .node_remove = fake_remove,
};

static const xlmem_backend recorded = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "recorded",
};

static xlmem_ctx *open_on(const xlmem_backend *backend)
{
    xlmem_ctx *ctx;

    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_ctx_set_backend(ctx, backend, NULL), 0);
    did[0] = '\0';
    will_return = 0;
    return ctx;
}

static void nodes_are_below_its_own(void **state)
{
    xlmem_ctx *ctx = open_on(&writes);

    (void)state;
    assert_int_equal(xlmem_daemon_publish(ctx, "pid", "12"), 0);
    assert_string_equal(did, "/tool/memguard/daemon/pid=12");
    assert_int_equal(xlmem_daemon_publish(ctx, NULL, NULL), 0);
    assert_string_equal(did, "no /tool/memguard/daemon");
    xlmem_ctx_free(ctx);
}

static void a_domains_are_below_that_ones_folder(void **state)
{
    const uint64_t kb = 262144;
    xlmem_ctx *ctx = open_on(&writes);

    (void)state;
    assert_int_equal(
        xlmem_daemon_publish_dom(ctx, 7, XLMEM_DAEMON_DEMAND, &kb), 0);
    assert_string_equal(did, "/local/domain/7/memory/memguard-demand=262144");
    assert_int_equal(
        xlmem_daemon_publish_dom(ctx, 7, XLMEM_DAEMON_FLOODS, NULL), 0);
    assert_string_equal(did, "no /local/domain/7/memory/memguard-floods");
    will_return = XLMEM_ERROR_NOTFOUND;
    assert_int_equal(
        xlmem_daemon_publish_dom(ctx, 7, XLMEM_DAEMON_DEMAND, &kb),
        XLMEM_ERROR_NOTFOUND);
    xlmem_ctx_free(ctx);
    ctx = open_on(&recorded);
    assert_int_equal(
        xlmem_daemon_publish_dom(ctx, 7, XLMEM_DAEMON_DEMAND, &kb),
        XLMEM_ERROR_UNSUPPORTED);
    xlmem_ctx_free(ctx);
}

static void what_fails_is_told(void **state)
{
    xlmem_ctx *ctx = open_on(&writes);

    (void)state;
    will_return = XLMEM_ERROR_XENSTORE;
    assert_int_equal(xlmem_daemon_publish(ctx, "pid", "12"),
                     XLMEM_ERROR_XENSTORE);
    assert_int_equal(xlmem_daemon_publish(ctx, NULL, NULL),
                     XLMEM_ERROR_XENSTORE);
    xlmem_ctx_free(ctx);
}

static void a_recorded_host_has_no_daemon(void **state)
{
    xlmem_ctx *ctx = open_on(&recorded);

    (void)state;
    assert_int_equal(xlmem_daemon_publish(ctx, "pid", "12"),
                     XLMEM_ERROR_UNSUPPORTED);
    assert_int_equal(xlmem_daemon_publish(ctx, NULL, NULL),
                     XLMEM_ERROR_UNSUPPORTED);
    xlmem_ctx_free(ctx);
}

TEST_GROUP(publish)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_are_below_its_own),
        cmocka_unit_test(a_domains_are_below_that_ones_folder),
        cmocka_unit_test(what_fails_is_told),
        cmocka_unit_test(a_recorded_host_has_no_daemon),
    };

    return test_run(tests, NULL, NULL);
}
