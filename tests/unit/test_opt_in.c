/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain opted in to, on its way to the toolstack. */
#include "test.h"

#include "engine/ctx.h"
#include "private/guard.h"

static char config, dispose, said[160];
static int calls, result;

static int keep_node(void *user, void *to, const void *of, const char *path,
                     const char *value)
{
    (void)user;
    calls++;
    assert_ptr_equal(to, &config);
    assert_ptr_equal(of, &dispose);
    assert_string_equal(path, "memory/dynamic-min");
    assert_string_equal(value, "18014398509481983");
    return result;
}

static void note(void *user, int level, const char *text)
{
    (void)user;
    assert_int_equal(level, XLMEM__ERR);
    snprintf(said, sizeof(said), "%s", text);
}

static void a_range_becomes_a_node(void **state)
{
    static const xlmem_backend can = {.struct_size = sizeof(can),
                                      .api_version = XLMEM_BACKEND_VERSION,
                                      .keep_node = keep_node};
    static const xlmem_backend cannot = {.struct_size = sizeof(cannot),
                                         .api_version = XLMEM_BACKEND_VERSION};
    xlmem_opt_in opt_in = {.known = 0};
    xlmem_ctx ctx = {.log = note};

    (void)state;
    /* Nothing to be said, not even that it cannot be. */
    assert_int_equal(xlmem_guard_opt_in(&ctx, &opt_in, &config, &dispose), 0);
    assert_int_equal(calls, 0);
    XLMEM_SET(&opt_in, dynamic_min_kb, 18014398509481983);
    assert_int_equal(xlmem_guard_opt_in(&ctx, &opt_in, &config, &dispose),
                     XLMEM_ERROR_UNSUPPORTED);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &cannot, NULL), 0);
    assert_int_equal(xlmem_guard_opt_in(&ctx, &opt_in, &config, &dispose),
                     XLMEM_ERROR_UNSUPPORTED);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &can, NULL), 0);
    assert_string_equal(said, "memory/dynamic-min cannot be given to the "
                              "toolstack: its libxl is not of this Xen's "
                              "release");
    said[0] = '\0';
    assert_int_equal(xlmem_guard_opt_in(&ctx, &opt_in, &config, &dispose), 0);
    assert_int_equal(calls, 1);
    assert_string_equal(said, "");
    result = XLMEM_ERROR_NOMEM;
    assert_int_equal(xlmem_guard_opt_in(&ctx, &opt_in, &config, &dispose),
                     XLMEM_ERROR_NOMEM);
    assert_string_not_equal(said, "");
}

TEST_GROUP(opt_in)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_becomes_a_node),
    };

    return test_run(tests, NULL, NULL);
}
