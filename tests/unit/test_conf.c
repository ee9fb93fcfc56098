/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "codec/conf.h"

static int parse(const char *text, xlmem_policy *policy, xlmem__where *where)
{
    *where = (xlmem__where){.line = 0};
    return xlmem__parse_conf(text, strlen(text), policy, where);
}

static void every_key_is_read(void **state)
{
    static const char text[] = "# memguard.conf\n"
                               "mode = \"enforce\"  # now\n"
                               "on_error='refuse'\r\n"
                               "\txen_headroom = \"128M\"\n"
                               "dom0_floor=\"1G\"\n"
                               "dom0_reserve = \"96M\"\n"
                               "\n"
                               "wait = 30\n"
                               "reboot_wait = \"0\"";
    xlmem_policy policy;
    xlmem__where where;

    (void)state;
    assert_int_equal(parse(text, &policy, &where), 0);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_true(policy.refuse_on_error);
    assert_int_equal(policy.xen_headroom_kb, 131072);
    assert_int_equal(policy.dom0_floor_kb, 1048576);
    assert_int_equal(policy.dom0_reserve_kb, 98304);
    assert_int_equal(policy.wait_ms, 30000);
    assert_int_equal(policy.reboot_wait_ms, 0);
}

static void the_documented_defaults_are_the_real_ones(void **state)
{
    xlmem_policy unset, spelt;
    xlmem__where where;
    char text[512] = "";
    size_t nr, i;
    const xlmem__conf_key *keys = xlmem__conf_keys(&nr);

    (void)state;
    for (i = 0; i < nr; i++) {
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, "%s = %s\n", keys[i].name,
                 keys[i].unset);
    }
    assert_int_equal(parse("", &unset, &where), 0);
    assert_int_equal(parse(text, &spelt, &where), 0);
    assert_memory_equal(&unset, &spelt, sizeof(unset));
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    static const struct {
        const char *text;
        int rc;
        size_t line;
        const char *said;
    } rows[] = {
        {"mode = \"strict\"", XLMEM_ERROR_PARSE, 1, "enforce"},
        {"mode = \"warn\"\nmode = \"off\"", XLMEM_ERROR_CONFIG, 2, "twice"},
        {"\n\nmodus = \"off\"", XLMEM_ERROR_CONFIG, 3, "unknown key"},
        {"mode", XLMEM_ERROR_PARSE, 1, "expected"},
        {"mode = enforce", XLMEM_ERROR_PARSE, 1, "expected"},
        {"mode = \"enforce", XLMEM_ERROR_PARSE, 1, "expected"},
        {"mode = \"a\" \"b\"", XLMEM_ERROR_PARSE, 1, "expected"},
        {"wait = -1", XLMEM_ERROR_PARSE, 1, "expected"},
        {"wait = 86401", XLMEM_ERROR_RANGE, 1, "seconds"},
        {"wait = 18446744073709551616", XLMEM_ERROR_RANGE, 1, "seconds"},
        {"xen_headroom = \"0M\"", XLMEM_ERROR_RANGE, 1, "size"},
        {"xen_headroom = \"72\"", XLMEM_ERROR_PARSE, 1, "size"},
        {"dom0_floor = \"16777216T\"", XLMEM_ERROR_RANGE, 1, "size"},
        {"dom0_reserve = \"auto\"", XLMEM_ERROR_PARSE, 1, "size"},
        {"on_error = \"\"", XLMEM_ERROR_PARSE, 1, "allow"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_policy policy = {.wait_ms = 4711};
        xlmem__where where;

        assert_int_equal(parse(rows[i].text, &policy, &where), rows[i].rc);
        assert_int_equal(where.line, rows[i].line);
        assert_non_null(strstr(where.text, rows[i].said));
        assert_int_equal(policy.wait_ms, 4711);
    }
}

/* What is written is what is read, and what was not the mode is as before. */
static void only_the_mode_is_changed(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {"mode = \"warn\"", "mode = \"enforce\""},
        {"# mode = \"off\"\n\tmode='off'\t# \"mode\" = 'x'\r\nwait = 3\n",
         "# mode = \"off\"\n\tmode='enforce'\t# \"mode\" = 'x'\r\nwait = 3\n"},
        {"", "mode = \"enforce\"\n"},
        {"wait = 3 # mode = \"warn\"",
         "wait = 3 # mode = \"warn\"\nmode = \"enforce\"\n"},
        {"#mode = \"warn\"\n", "#mode = \"warn\"\nmode = \"enforce\"\n"},
        {"wait=1\nmode=\"enforce\"\n\n\n", "wait=1\nmode=\"enforce\"\n\n\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        xlmem_policy policy;
        xlmem__where where;
        char *text = NULL;

        assert_int_equal(xlmem_policy_text(cases[i].before,
                                           strlen(cases[i].before),
                                           XLMEM_MODE_ENFORCE, &text),
                         0);
        assert_string_equal(text, cases[i].after);
        assert_int_equal(parse(text, &policy, &where), 0);
        assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
        free(text);
    }
}

static void what_is_no_configuration_is_left_alone(void **state)
{
    char *text = NULL;

    (void)state;
    assert_int_equal(
        xlmem_policy_text("mode = warn\n", 12, XLMEM_MODE_ENFORCE, &text),
        XLMEM_ERROR_PARSE);
    assert_int_equal(
        xlmem_policy_text("mod = 1\n", 8, XLMEM_MODE_ENFORCE, &text),
        XLMEM_ERROR_CONFIG);
    assert_null(text);
}

/* Where there is none, it is the one that is installed. */
static void the_defaults_are_the_installed_file(void **state)
{
    const char *dir = getenv("XLMEM_SRCDIR");
    char path[512], installed[2048], *text = NULL;
    size_t len;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/hotplug/memguard.conf", dir ? dir : ".");
    file = fopen(path, "re");
    assert_non_null(file);
    len = fread(installed, 1, sizeof(installed) - 1, file);
    fclose(file);
    installed[len] = '\0';
    assert_int_equal(xlmem_policy_text(NULL, 0, XLMEM_MODE_WARN, &text), 0);
    assert_string_equal(text, installed);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_mode_is_changed),
        cmocka_unit_test(what_is_no_configuration_is_left_alone),
        cmocka_unit_test(the_defaults_are_the_installed_file),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(the_documented_defaults_are_the_real_ones),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
