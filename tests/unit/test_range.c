/* SPDX-License-Identifier: LGPL-2.1-only */
/* The range of a running domain: what is accepted, in which order its nodes
 * are written, and that nothing stays half done. */
#include "test.h"

#include "engine/ctx.h"
#include "private/backend.h"
#include "private/guard.h"

#define MIB UINT64_C(1024)

static xlmem_opt_in range_of(const char *const *words, size_t nr)
{
    xlmem_opt_in range = {.known = 0};
    char err[160];
    size_t i;

    for (i = 0; i < nr; i++)
        assert_int_equal(xlmem_range_read(&range, words[i], err, sizeof(err)),
                         0);
    return range;
}

static xlmem_dom dom_of(uint64_t min_kb, uint64_t max_kb, uint64_t static_kb)
{
    xlmem_dom dom = {.domid = 7};

    if (min_kb)
        XLMEM_SET(&dom, dynamic_min_kb, min_kb);
    if (max_kb)
        XLMEM_SET(&dom, dynamic_max_kb, max_kb);
    if (static_kb)
        XLMEM_SET(&dom, static_max_kb, static_kb);
    return dom;
}

static void words_are_read(void **state)
{
    static const char *const words[] = {"min=64M", "dynamic_max = 1G",
                                        "weight=3"};
    static const struct {
        const char *word, *says;
    } wrong[] = {
        {"64M", "expected min=SIZE, max=SIZE or weight=N"},
        {"", "expected min=SIZE, max=SIZE or weight=N"},
        {"min=", "min is a size of 1M or more"},
        {"min=-5", "min is a size of 1M or more: '-5'"},
        {"dynamic_max=-5", "dynamic_max is a size of 1M or more: '-5'"},
        {"mni=1G", "expected min=SIZE, max=SIZE or weight=N"},
        {"weight=0", "weight is a number, 1 to 65535: '0'"},
    };
    xlmem_opt_in range = range_of(words, 3);
    char err[160], huge[300] = "min=";
    size_t i;

    (void)state;
    assert_int_equal(range.dynamic_min_kb, 64 * MIB);
    assert_int_equal(range.dynamic_max_kb, 1024 * MIB);
    assert_int_equal(range.weight, 3);
    for (i = 0; i < ARRAY_SIZE(wrong); i++) {
        range.known = 0;
        assert_true(xlmem_range_read(&range, wrong[i].word, err, sizeof(err)));
        assert_string_equal(err, wrong[i].says);
        assert_int_equal(range.known, 0);
    }
    memset(huge + 4, '9', sizeof(huge) - 5);
    assert_true(xlmem_range_read(&range, huge, err, sizeof(err)));
    range = range_of(words, 1);
    assert_int_equal(
        xlmem_range_read(&range, "dynamic_min=1G", err, sizeof(err)),
        XLMEM_ERROR_CONFIG);
    assert_string_equal(err, "given twice: 'dynamic_min'");
}

static void a_range_is_one(void **state)
{
    static const struct {
        uint64_t min, max, most; /* of the domain, in MiB; 0: not known */
        const char *words[2];
        const char *says; /* NULL: it may have it */
    } rows[] = {
        {0, 0, 0, {"min=1T", "weight=1"}, NULL},
        {0, 0, 512, {"min=512M", "max=512M"}, NULL},
        {0, 0, 512, {"max=513M", "weight=1"}, "its static maximum"},
        {0, 0, 512, {"min=513M", "weight=1"}, "its static maximum"},
        {64, 128, 512, {"min=129M", "weight=1"}, "is more than max"},
        {64, 128, 512, {"max=63M", "weight=1"}, "is more than max"},
        {64, 128, 512, {"max=300M", "min=200M"}, NULL},
        {64, 128, 512, {"max=100M", "min=200M"}, "is more than max"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_dom dom =
            dom_of(rows[i].min * MIB, rows[i].max * MIB, rows[i].most * MIB);
        xlmem_opt_in range = range_of(rows[i].words, 2);
        char err[160] = "";

        assert_int_equal(xlmem_range_check(&dom, &range, err, sizeof(err)),
                         rows[i].says ? XLMEM_ERROR_RANGE : 0);
        if (rows[i].says && !strstr(err, rows[i].says))
            fail_msg("row %zu: %s", i, err);
    }
}

static void dom0_has_none(void **state)
{
    static const char *const words[] = {"min=1G"};
    xlmem_opt_in range = range_of(words, 1);
    xlmem_dom dom0 = {.domid = 0};
    char err[160];

    (void)state;
    assert_int_equal(xlmem_range_check(&dom0, &range, err, sizeof(err)),
                     XLMEM_ERROR_INVAL);
    assert_non_null(strstr(err, "dom0_floor"));
}

/* A xenstore of one domain, in which the n-th call fails. */
typedef struct store {
    unsigned calls, fails_at;
    char log[400];
    uint64_t min_kb, max_kb; /* 0: there is none */
    bool crossed;            /* min was above max at some time */
} store;

static int change_node(store *s, const char *path, const char *value)
{
    static const char dom[] = "/local/domain/7/memory/";
    uint64_t kb = value ? strtoull(value, NULL, 10) : 0;

    assert_memory_equal(path, dom, sizeof(dom) - 1);
    path += sizeof(dom) - 1;
    if (++s->calls == s->fails_at)
        return XLMEM_ERROR_XENSTORE;
    snprintf(s->log + strlen(s->log), sizeof(s->log) - strlen(s->log),
             "%s=%s ", path, value ? value : "-");
    if (!strcmp(path, "dynamic-min"))
        s->min_kb = kb;
    else if (!strcmp(path, "dynamic-max"))
        s->max_kb = kb;
    s->crossed = s->crossed || (s->max_kb && s->min_kb > s->max_kb);
    return 0;
}

static int write_node(void *user, const char *path, const char *value)
{
    return change_node(user, path, value);
}

static int remove_node(void *user, const char *path)
{
    return change_node(user, path, NULL);
}

static int set_in(store *s, const xlmem_dom *dom, const xlmem_opt_in *range)
{
    static const xlmem_backend backend = {
        .struct_size = sizeof(backend),
        .api_version = XLMEM_BACKEND_VERSION,
        .name = "test",
        .node_write = write_node,
        .node_remove = remove_node,
    };
    xlmem_ctx *ctx;
    int rc;

    s->min_kb = dom->dynamic_min_kb;
    s->max_kb = dom->dynamic_max_kb;
    assert_int_equal(xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL), 0);
    assert_int_equal(xlmem_ctx_set_backend(ctx, &backend, s), 0);
    rc = xlmem_range_set(ctx, dom, range);
    xlmem_ctx_free(ctx);
    return rc;
}

static void min_is_never_above_max(void **state)
{
    static const char *const up[] = {"min=200M", "max=300M", "weight=2"};
    static const char *const down[] = {"min=10M", "max=20M"};
    xlmem_opt_in higher = range_of(up, 3), lower = range_of(down, 2);
    xlmem_dom dom = dom_of(64 * MIB, 128 * MIB, 512 * MIB);
    store s = {.calls = 0};

    (void)state;
    assert_int_equal(set_in(&s, &dom, &higher), 0);
    assert_string_equal(s.log,
                        "dynamic-max=307200 dynamic-min=204800 weight=2 ");
    assert_false(s.crossed);
    s = (store){.calls = 0};
    assert_int_equal(set_in(&s, &dom, &lower), 0);
    assert_string_equal(s.log, "dynamic-min=10240 dynamic-max=20480 ");
    assert_false(s.crossed);
}

static void a_failure_leaves_it_as_before(void **state)
{
    static const char *const up[] = {"min=200M", "max=300M", "weight=2"};
    xlmem_opt_in range = range_of(up, 3);
    const xlmem_dom doms[] = {
        dom_of(64 * MIB, 128 * MIB, 512 * MIB),
        dom_of(64 * MIB, 0, 512 * MIB),
        dom_of(0, 0, 512 * MIB),
    };
    unsigned at;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(doms); i++)
        for (at = 1; at <= 3; at++) {
            store s = {.fails_at = at};

            assert_int_equal(set_in(&s, &doms[i], &range),
                             XLMEM_ERROR_XENSTORE);
            assert_int_equal(s.min_kb, doms[i].dynamic_min_kb);
            assert_int_equal(s.max_kb, doms[i].dynamic_max_kb);
            assert_false(s.crossed);
        }
}

TEST_GROUP(range)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read),
        cmocka_unit_test(a_range_is_one),
        cmocka_unit_test(dom0_has_none),
        cmocka_unit_test(min_is_never_above_max),
        cmocka_unit_test(a_failure_leaves_it_as_before),
    };

    return test_run(tests, NULL, NULL);
}
