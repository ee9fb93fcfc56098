/* SPDX-License-Identifier: LGPL-2.1-only */
/* The configuration and the kill switch, as files of a host. */
#include "config.h"

#include "test.h"

#include "engine/ctx.h"
#include "xlmem_guard.h"

static const char *conf;
static bool off;

static int serve(void *user, const char *path, char **buf_r, size_t *len_r)
{
    const char *text = NULL;

    (void)user;
    if (!strcmp(path, XLMEM_POLICY_FILE))
        text = conf;
    else if (!strcmp(path, XLMEM_OFF_FILE) && off)
        text = "";
    if (!text)
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return 0;
}

static const xlmem_backend backend = {.struct_size = sizeof(backend),
                                      .api_version = XLMEM_BACKEND_VERSION,
                                      .name = "files",
                                      .read_file = serve};

static void the_policy_is_what_its_file_says(void **state)
{
    xlmem_ctx ctx = {.log = NULL};
    xlmem_policy policy;

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    xlmem_policy_init(&policy);
    policy.wait_ms = 4711;
    conf = NULL;
    off = false;
    assert_int_equal(xlmem_policy_load(&ctx, NULL, &policy),
                     XLMEM_ERROR_NOTFOUND);
    conf = "mode = \"enforce\"\nwait = 3x\n";
    assert_int_equal(xlmem_policy_load(&ctx, NULL, &policy),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(policy.wait_ms, 4711);
    conf = "mode = \"enforce\"\nwait = 3\n";
    assert_int_equal(xlmem_policy_load(&ctx, NULL, &policy), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.wait_ms, 3000);
    assert_false(policy.switched_off);
    off = true;
    assert_int_equal(xlmem_policy_load(&ctx, NULL, &policy), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_OFF);
    assert_true(policy.switched_off);
    assert_int_equal(xlmem_policy_load(&ctx, "etc/other", &policy),
                     XLMEM_ERROR_NOTFOUND);
}

static void a_text_of_the_caller_s_is_taken(void **state)
{
    static const char text[] = "mode = \"enforce\"\n";
    static const char bad[] = "mode = \"enforce\"\nwait = 3x\n";
    xlmem_ctx ctx = {.log = NULL};
    xlmem_policy policy;

    (void)state;
    xlmem_policy_init(&policy);
    assert_int_equal(
        xlmem_policy_from_conf(&ctx, "x", text, strlen(text), &policy),
        XLMEM_ERROR_NOTFOUND);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    conf = NULL;
    off = false;
    assert_int_equal(
        xlmem_policy_from_conf(&ctx, "x", text, strlen(text), &policy), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(
        xlmem_policy_from_conf(&ctx, "x", bad, strlen(bad), &policy),
        XLMEM_ERROR_PARSE);
    off = true;
    assert_int_equal(
        xlmem_policy_from_conf(&ctx, "x", text, strlen(text), &policy), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_OFF);
    assert_true(policy.switched_off);
}

static void modes_have_names(void **state)
{
    (void)state;
    assert_string_equal(xlmem_mode_name(XLMEM_MODE_OFF), "off");
    assert_string_equal(xlmem_mode_name(XLMEM_MODE_WARN), "warn");
    assert_string_equal(xlmem_mode_name(XLMEM_MODE_ENFORCE), "enforce");
}

static void the_version_is_the_package_s(void **state)
{
    (void)state;
    assert_string_equal(xlmem_version(), PACKAGE_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_policy_is_what_its_file_says),
        cmocka_unit_test(a_text_of_the_caller_s_is_taken),
        cmocka_unit_test(modes_have_names),
        cmocka_unit_test(the_version_is_the_package_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
