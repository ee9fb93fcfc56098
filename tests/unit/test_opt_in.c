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

/* A host with one file, and what was asked for last. */
static const char *file_text;
static int file_rc; /* it cannot be read */
static char asked_for[400];

static int read_file(void *user, const char *path, char **buf_r, size_t *len_r)
{
    (void)user;
    snprintf(asked_for, sizeof(asked_for), "%s", path);
    if (!file_text || strcmp(path, "etc/xen/memguard.d/web.1.conf"))
        return XLMEM_ERROR_NOTFOUND;
    if (file_rc)
        return file_rc;
    *buf_r = strdup(file_text);
    assert_non_null(*buf_r);
    *len_r = strlen(file_text);
    return 0;
}

static const xlmem_backend with_file = {.struct_size = sizeof(with_file),
                                        .api_version = XLMEM_BACKEND_VERSION,
                                        .read_file = read_file};

static int read_conf_of(const char *name, xlmem_domu *domu, char err[160])
{
    xlmem_ctx ctx = {.log = note};

    assert_int_equal(xlmem_ctx_set_backend(&ctx, &with_file, NULL), 0);
    asked_for[0] = err[0] = '\0';
    return xlmem_domu_opt_in_file(&ctx, name, domu, err, 160);
}

static void a_file_has_the_keys_of_a_list(void **state)
{
    xlmem_domu domu = {.opt_in = {.known = 0}};
    char err[160];

    (void)state;
    file_text = "# of libvirt's\n"
                "dynamic_min = \"512M\"; Weight = 2\r\n"
                "dynamic_max=2G";
    assert_int_equal(read_conf_of("web.1", &domu, err), 0);
    assert_int_equal(domu.opt_in.dynamic_min_kb, 512 * 1024);
    assert_int_equal(domu.opt_in.dynamic_max_kb, 2048 * 1024);
    assert_int_equal(domu.opt_in.weight, 2);
    file_text = "";
    assert_int_equal(read_conf_of("web.1", &domu, err), 0);
    assert_int_equal(domu.opt_in.known, 0);
    assert_int_equal(read_conf_of("web", &domu, err), XLMEM_ERROR_NOTFOUND);
}

/* Why is in @err alone: who asks says it, with the file's path. */
static void a_file_that_is_none_is_said_once(void **state)
{
    static const struct {
        int rc;
        const char *err;
    } cases[] = {
        {XLMEM_ERROR_DIRECTORY, "it is a directory, not a file"},
        {XLMEM_ERROR_LOOP, "its symbolic links lead in a circle"},
        {XLMEM_ERROR_RANGE, "larger than 32 MiB"},
    };
    xlmem_domu domu = {.opt_in = {.known = 0}};
    char err[160];
    size_t i;

    (void)state;
    file_text = "";
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        file_rc = cases[i].rc;
        said[0] = '\0';
        assert_int_equal(read_conf_of("web.1", &domu, err), cases[i].rc);
        assert_string_equal(err, cases[i].err);
        assert_string_equal(said, "");
    }
    file_rc = 0;
}

static void what_is_wrong_in_it_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text, *err;
    } cases[] = {
        {"weight=2\n\nwieght=3\n", "line 3: memguard: no such key: 'wieght'"},
        {"weight=2\nweight=3", "line 2: memguard: given twice: 'weight'"},
        {"dynamic_min = 512\n", "line 1: "},
        {"\ndynamic_min = \"512M\n", "line 2: the closing quote is missing"},
        {"dynamic_min 512M", "line 1: expected key = value"},
        {"dynamic_min = 1G; dynamic_max = 512M", "memguard: dynamic_min, "},
        {"dynamic_min = 8G", "memguard: dynamic_min, 8388608 kB, is more than "
                             "the domain's memory"},
    };
    xlmem_domu domu = {.opt_in = {.known = 0}};
    char err[160];
    size_t i;

    (void)state;
    XLMEM_SET(&domu.request, memory_kb, 4096 * 1024);
    XLMEM_SET(&domu.opt_in, weight, 7);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        file_text = cases[i].text;
        assert_int_not_equal(read_conf_of("web.1", &domu, err), 0);
        if (strncmp(err, cases[i].err, strlen(cases[i].err)))
            fail_msg("%s: %s", cases[i].text, err);
        assert_int_equal(domu.opt_in.weight, 7);
        assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    }
}

/* Whoever makes a domain chooses its name. */
static void no_name_leads_out_of_the_folder(void **state)
{
    static const char *const names[] = {
        "",    ".",       "..",      "../memguard", "/etc/passwd",
        "a/b", "web\n.1", ".hidden", "a\x7f",       "web?1"};
    xlmem_domu domu = {.opt_in = {.known = 0}};
    char err[160], longest[252];
    size_t i;

    (void)state;
    file_text = "weight=2";
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(read_conf_of(names[i], &domu, err),
                         XLMEM_ERROR_NOTFOUND);
        assert_string_equal(asked_for, "");
    }
    memset(longest, 'x', sizeof(longest) - 1);
    longest[251] = '\0';
    assert_int_equal(read_conf_of(longest, &domu, err), XLMEM_ERROR_NOTFOUND);
    assert_string_equal(asked_for, "");
    longest[250] = '\0';
    assert_int_equal(read_conf_of(longest, &domu, err), XLMEM_ERROR_NOTFOUND);
    assert_int_equal(strlen(asked_for), strlen("etc/xen/memguard.d/") + 255);
}

TEST_GROUP(opt_in)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_becomes_a_node),
        cmocka_unit_test(a_file_has_the_keys_of_a_list),
        cmocka_unit_test(a_file_that_is_none_is_said_once),
        cmocka_unit_test(what_is_wrong_in_it_is_said_with_its_line),
        cmocka_unit_test(no_name_leads_out_of_the_folder),
    };

    return test_run(tests, NULL, NULL);
}
