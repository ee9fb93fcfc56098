/* SPDX-License-Identifier: LGPL-2.1-only */
#include "same.h"
#include "test.h"

#include "codec/conf.h"
#include "private/remedy.h"

#define FILE_NAME "/etc/xen/memguard.conf"
#define MODE_NAME "/etc/xen/memguard.mode"

/* Both files; NULL: it is not there. */
static void parse_both(const char *text, const char *mode,
                       const xlmem_policy *last, xlmem_policy *policy,
                       xlmem_policy_report *report)
{
    xlmem__conf conf;

    xlmem__conf_start(&conf, last, report);
    if (text)
        xlmem__conf_text(&conf, FILE_NAME, text, strlen(text));
    if (mode)
        xlmem__mode_text(&conf, MODE_NAME, mode, strlen(mode));
    xlmem__conf_end(&conf, policy);
}

static void parse(const char *text, const xlmem_policy *last,
                  xlmem_policy *policy, xlmem_policy_report *report)
{
    parse_both(text, NULL, last, policy, report);
}

static xlmem_policy good(const char *text)
{
    xlmem_policy_report report;
    xlmem_policy policy;

    parse(text, NULL, &policy, &report);
    if (report.nr)
        print_message("%s: %s\n", text, report.problems[0].text);
    assert_int_equal(report.nr, 0);
    return policy;
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
                               "reboot_wait = \"0\"\n"
                               "balance = On\n"
                               "balance_step = 512M\n"
                               "balance_rate = none\n"
                               "report_expiry = 60\n"
                               "auto_remedy = \"online, compact\"";
    xlmem_policy policy = good(text);

    (void)state;
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_CONF);
    assert_true(policy.refuse_on_error);
    assert_int_equal(policy.xen_headroom_kb, 131072);
    assert_int_equal(policy.dom0_floor_kb, 1048576);
    assert_int_equal(policy.dom0_reserve_kb, 98304);
    assert_int_equal(policy.wait_ms, 30000);
    assert_int_equal(policy.reboot_wait_ms, 0);
    assert_true(policy.balance);
    assert_int_equal(policy.balance_step_kb, 524288);
    assert_int_equal(policy.balance_rate_kb, 0);
    assert_int_equal(policy.report_expiry_ms, 60000);
    assert_int_equal(policy.auto_remedies,
                     XLMEM_REMEDY_BIT(XLMEM_REMEDY_COMPACT) |
                         XLMEM_REMEDY_BIT(XLMEM_REMEDY_ONLINE));
}

static void the_documented_defaults_are_the_real_ones(void **state)
{
    xlmem_policy unset, spelt;
    char text[512] = "";
    size_t i;

    (void)state;
    for (i = 0; i < XLMEM__CONF_NR_KEYS; i++) {
        size_t len = strlen(text);

        snprintf(text + len, sizeof(text) - len, "%s = %s\n",
                 xlmem__conf_keys[i].name, xlmem__conf_keys[i].unset);
    }
    unset = good("");
    assert_int_equal(unset.mode_from, XLMEM_MODE_FROM_DEFAULT);
    unset.mode_from = XLMEM_MODE_FROM_CONF;
    spelt = good(text);
    assert_true(is_same_policy(&unset, &spelt));
}

/* What people write who mean the same. */
static void what_is_meant_is_taken(void **state)
{
    static const char *const rows[] = {
        "mode = enforce",
        "mode = \"Enforce\"",
        "mode = 'ENFORCE'",
        "Mode=Enforce",
        "MODE = \" enforce \"",
        "mode = enforce   ",
        "mode = enforce # now",
        "mode = enforce;",
        "wait=3;mode=enforce",
        "mode = \"enforce\"\r\n",
        "\xef\xbb\xbfmode = \"enforce\"\n",
        "\xef\xbb\xbfmode = enforce\r\nwait = 3\r\n",
        "mode = \"enforce\"; wait = 3; # and so on\n",
        "\t mode\t=\tenforce\t",
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(good(rows[i]).mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(good("dom0_floor = 1G").dom0_floor_kb, 1048576);
    assert_int_equal(good("dom0_floor = AUTO").dom0_floor_kb, 0);
    assert_int_equal(good("dom0_reserve = 0").dom0_reserve_kb, 0);
    assert_int_equal(good("wait = \"7\"").wait_ms, 7000);
}

/* A bad line: its number, its key, what is said. */
static const struct bad_row {
    const char *text;
    size_t line;
    const char *key, *said;
} bad_rows[] = {
    {"mode = \"strict\"", 1, "mode", "\"enforce\""},
    {"\n\nmodus = \"off\"", 3, "mode", "no key 'modus'; mode is meant"},
    {"mdoe = enforce", 1, "mode", "mode is meant"},
    {"mode", 1, "mode", "missing"},
    {"mode: enforce", 1, "mode", "missing"},
    {"mode enforce", 1, "mode", "missing"},
    {"mode == enforce", 1, "mode", "more than one"},
    {"mode += \"enforce\"", 1, "mode", "mode is meant"},
    {"mode = \"enforce", 1, "mode", "missing"},
    {"mode = \"a\" \"b\"", 1, "mode", "more than one"},
    /* As for libxlutil: what is quoted by a backslash closes no string. */
    {"mode = \"off\\\"; wait = 1\n", 1, "mode", "missing"},
    {"mode = [ \"enforce\" ]", 1, "mode", "more than one"},
    {"mode = \xe2\x80\x9c"
     "enforce\xe2\x80\x9d",
     1, "mode", "no such mode"},
    {"wait = -1", 1, "wait", "seconds"},
    {"wait = 1.5", 1, "wait", "seconds"},
    {"wait = 10s", 1, "wait", "seconds"},
    {"wait = 86401", 1, "wait", "a day"},
    {"wait = 18446744073709551616", 1, "wait", "a day"},
    {"wait = auto", 1, "wait", "seconds"},
    {"xen_headroom = \"0M\"", 1, "xen_headroom", "cannot be 0"},
    {"xen_headroom = \"0\"", 1, "xen_headroom", "cannot be 0"},
    {"xen_headroom = \"72\"", 1, "xen_headroom", "suffix, M for MiB"},
    {"dom0_floor = 1024", 1, "dom0_floor", "suffix, M for MiB"},
    {"dom0_floor = 1024MB", 1, "dom0_floor", "512M"},
    {"dom0_floor = \"16777216T\"", 1, "dom0_floor", "too large"},
    {"dom0_reserve = \"auto\"", 1, "dom0_reserve", "no size"},
    {"on_error = \"\"", 1, "on_error", "allow"},
    {"headroom = \"1G\"", 1, "", "xen_headroom"},
    {"nonsense", 1, "", "nonsense"},
    {"= 3", 1, "", ""},
    {"auto_remedy = \"compact grow\"", 1, "auto_remedy", "no such remedy"},
    {"auto_remedy = \" , \"", 1, "auto_remedy", "missing"},
    {"a_key_that_is_far_too_long_to_be_one_of_ours = 3", 1, "", "no key"},
};

static void what_is_wrong_is_said_with_its_line(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
        const struct bad_row *row = &bad_rows[i];
        xlmem_policy_report report;
        xlmem_policy policy;

        parse(row->text, NULL, &policy, &report);
        if (report.nr != 1 || !strstr(report.problems[0].text, row->said))
            print_message("%s: %zu %s\n", row->text, report.nr,
                          report.nr ? report.problems[0].text : "");
        assert_int_equal(report.nr, 1);
        assert_int_equal(policy.nr_problems, 1);
        assert_true(report.problems[0].bad);
        assert_string_equal(report.problems[0].file, FILE_NAME);
        assert_int_equal(report.problems[0].line, row->line);
        assert_string_equal(report.problems[0].key, row->key);
        assert_non_null(strstr(report.problems[0].text, row->said));
    }
}

/* Values that are nobody's default, for a policy and another one. */
static const char *const first[] = {
    "mode = \"enforce\"",  "on_error = \"refuse\"",  "xen_headroom = \"1G\"",
    "dom0_floor = \"2G\"", "dom0_reserve = \"96M\"", "wait = 30",
    "reboot_wait = 90",    "balance = on",           "balance_step = 64M",
    "balance_rate = 128M", "report_expiry = 7",      "auto_remedy = compact",
};
static const char *const second[] = {
    "mode = \"off\"",        "on_error = \"allow\"",
    "xen_headroom = \"1M\"", "dom0_floor = \"3072K\"",
    "dom0_reserve = 0",      "wait = 86400",
    "reboot_wait = 0",       "balance = off",
    "balance_step = none",   "balance_rate = 2G",
    "report_expiry = 86400", "auto_remedy = \"drop-caches online\"",
};

static void join(char *text, size_t len, const char *const *lines,
                 size_t without, const char *instead)
{
    size_t i;

    text[0] = '\0';
    for (i = 0; i < ARRAY_SIZE(first); i++) {
        strncat(text, i == without ? instead : lines[i],
                len - strlen(text) - 2);
        strcat(text, "\n");
    }
}

static size_t place_of(const char *key)
{
    return xlmem__conf_find((xlmem__str){key, strlen(key)});
}

/* No key is left out when policies are compared. */
static void policies_differ_by_each_key(void **state)
{
    xlmem_policy one, other;
    char text[1024];
    size_t i;

    (void)state;
    join(text, sizeof(text), first, SIZE_MAX, NULL);
    one = good(text);
    for (i = 0; i < ARRAY_SIZE(first); i++) {
        join(text, sizeof(text), first, i, second[i]);
        other = good(text);
        assert_false(is_same_policy(&one, &other));
    }
}

/* The key of a bad line is as it was, or as it is by default; all others are
 * as their lines say. */
static void a_bad_line_spoils_its_own_key_only(void **state)
{
    char text[1024], want[1024];
    xlmem_policy_report report;
    xlmem_policy last, policy;
    size_t i;

    (void)state;
    join(text, sizeof(text), first, SIZE_MAX, NULL);
    last = good(text);
    for (i = 0; i < ARRAY_SIZE(bad_rows); i++) {
        const size_t key = place_of(bad_rows[i].key);
        xlmem_policy wanted;

        join(text, sizeof(text), second, key, bad_rows[i].text);
        if (key == ARRAY_SIZE(first))
            strcat(text, bad_rows[i].text);
        join(want, sizeof(want), second, key,
             key < ARRAY_SIZE(first) ? first[key] : "");
        parse(text, &last, &policy, &report);
        wanted = good(want);
        if (key == 0)
            wanted.mode_from = XLMEM_MODE_FROM_LAST;
        wanted.nr_problems = 1;
        assert_int_equal(report.nr, 1);
        assert_true(is_same_policy(&policy, &wanted));

        join(want, sizeof(want), second, key, "");
        parse(text, NULL, &policy, &report);
        wanted = good(want);
        wanted.nr_problems = 1;
        assert_true(is_same_policy(&policy, &wanted));
    }
}

static void what_counts_instead_is_said(void **state)
{
    xlmem_policy last = good("mode = enforce\nwait = 30");
    xlmem_policy_report report;
    xlmem_policy policy;

    (void)state;
    parse("mode = enfroce", &last, &policy, &report);
    assert_non_null(
        strstr(report.problems[0].text, "as before: mode = \"enforce\""));
    parse("wait = soon", NULL, &policy, &report);
    assert_non_null(strstr(report.problems[0].text, "by default: wait = 10"));
    parse("wait = 3\nwait = soon", &last, &policy, &report);
    assert_non_null(
        strstr(report.problems[0].text, "another line counts: wait = 3"));
    assert_int_equal(policy.wait_ms, 3000);
    parse("wait = \"soon", NULL, &policy, &report);
    assert_non_null(
        strstr(report.problems[0].text, "the closing quote is missing"));
    parse("foo = 1", NULL, &policy, &report);
    assert_string_equal(report.problems[0].text, "there is no key 'foo'");
    /* A key that is not there any more is the default's again. */
    parse("mode = enfroce", &last, &policy, &report);
    assert_int_equal(policy.wait_ms, 10000);
}

static void of_two_the_last_one_counts(void **state)
{
    xlmem_policy_report report;
    xlmem_policy policy;

    (void)state;
    parse("mode = warn\nwait = 3\nmode = enforce", NULL, &policy, &report);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(report.nr, 1);
    assert_int_equal(report.problems[0].line, 3);
    assert_false(report.problems[0].bad);
    assert_string_equal(report.problems[0].text, "mode is given twice");
}

static void what_is_no_text_leaves_all_as_it_was(void **state)
{
    static const char binary[] = "mode = warn\0\n";
    xlmem_policy last = good("mode = enforce\nwait = 30");
    char *large = calloc(1, XLMEM__CONF_MAX_BYTES + 1);
    xlmem_policy_report report;
    xlmem_policy policy;
    xlmem__conf conf;
    size_t i;

    (void)state;
    assert_non_null(large);
    memset(large, '#', XLMEM__CONF_MAX_BYTES + 1);
    for (i = 0; i < 3; i++) {
        xlmem__conf_start(&conf, &last, &report);
        if (i == 0)
            xlmem__conf_text(&conf, FILE_NAME, binary, sizeof(binary) - 1);
        else if (i == 1)
            xlmem__conf_text(&conf, FILE_NAME, large,
                             XLMEM__CONF_MAX_BYTES + 1);
        else
            xlmem__conf_lost(&conf, FILE_NAME, "reading failed");
        xlmem__conf_end(&conf, &policy);
        assert_int_equal(report.nr, 1);
        assert_int_equal(report.problems[0].line, 0);
        assert_non_null(strstr(report.problems[0].text, "all is as before"));
        assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
        assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_LAST);
        assert_int_equal(policy.wait_ms, 30000);
    }
    xlmem__conf_start(&conf, NULL, &report);
    xlmem__conf_text(&conf, FILE_NAME, large, XLMEM__CONF_MAX_BYTES);
    xlmem__conf_end(&conf, &policy);
    assert_int_equal(report.nr, 0);
    free(large);
}

static void a_mode_of_its_own_counts_first(void **state)
{
    static const struct {
        const char *text, *mode;
        xlmem_mode want;
        size_t nr;
    } rows[] = {
        {NULL, "enforce\n", XLMEM_MODE_ENFORCE, 0},
        {"wait = 3", "enforce", XLMEM_MODE_ENFORCE, 0},
        {NULL, "; enforce; # so", XLMEM_MODE_ENFORCE, 0},
        {"", "\xef\xbb\xbf# by hand\r\n\r\n \"Off\" # now\r\n", XLMEM_MODE_OFF,
         0},
        {"mode = enforce", "enforce\n", XLMEM_MODE_ENFORCE, 0},
        {"\nmode = off", "enforce\n", XLMEM_MODE_ENFORCE, 1},
        {"mode = wran", "enforce\n", XLMEM_MODE_ENFORCE, 1},
    };
    xlmem_policy_report report;
    xlmem_policy policy;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        parse_both(rows[i].text, rows[i].mode, NULL, &policy, &report);
        assert_int_equal(policy.mode, rows[i].want);
        assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_FILE);
        assert_int_equal(report.nr, rows[i].nr);
    }
    parse_both("\nmode = off", "enforce\n", NULL, &policy, &report);
    assert_string_equal(report.problems[0].file, FILE_NAME);
    assert_int_equal(report.problems[0].line, 2);
    assert_string_equal(report.problems[0].text,
                        "mode = \"off\" does not count: " MODE_NAME
                        " says \"enforce\"");
}

/* It says as little as the other; then what was in force goes on, and only
 * then what the configuration says. */
static void a_bad_mode_of_its_own_changes_nothing(void **state)
{
    static const char *const bad[] = {"",
                                      "\n",
                                      "enfroce\n",
                                      "mode = warn\n",
                                      "enforce\nwarn\n",
                                      "# enforce\n",
                                      "off; warn\n"};
    const xlmem_policy last = good("mode = enforce");
    xlmem_policy_report report;
    xlmem_policy policy;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++) {
        parse_both("mode = off\nwait = 3", bad[i], &last, &policy, &report);
        assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
        assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_LAST);
        assert_int_equal(policy.wait_ms, 3000);
        assert_int_equal(report.nr, 1);
        assert_string_equal(report.problems[0].file, MODE_NAME);
        parse_both("mode = off\nwait = 3", bad[i], NULL, &policy, &report);
        assert_int_equal(policy.mode, XLMEM_MODE_OFF);
        assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_CONF);
        parse_both(NULL, bad[i], NULL, &policy, &report);
        assert_int_equal(policy.mode, XLMEM_MODE_WARN);
        assert_int_equal(policy.mode_from, XLMEM_MODE_FROM_DEFAULT);
    }
}

static void more_problems_than_are_kept_are_counted(void **state)
{
    char text[1024] = "wait = 3\n";
    xlmem_policy_report report;
    xlmem_policy policy;
    size_t i;

    (void)state;
    for (i = 0; i < 100; i++)
        strcat(text, "x = 1\n");
    strcat(text, "mode = enforce\n");
    parse(text, NULL, &policy, &report);
    assert_int_equal(report.nr, 100);
    assert_int_equal(policy.nr_problems, 100);
    assert_int_equal(policy.mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(policy.wait_ms, 3000);
}

/* What is kept is what is read. */
static void a_policy_s_text_is_that_policy(void **state)
{
    char text[XLMEM__POLICY_TEXT_MAX];
    xlmem_policy policy, again;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 10000; i++) {
        xlmem_policy_init(&policy);
        policy.mode = (xlmem_mode)test_between(0, 2);
        policy.mode_from = XLMEM_MODE_FROM_CONF;
        policy.refuse_on_error = test_between(0, 1);
        policy.xen_headroom_kb = test_magnitude() >> 10;
        policy.dom0_floor_kb = test_magnitude() >> 10;
        policy.dom0_reserve_kb = test_magnitude() >> 10;
        policy.wait_ms = test_between(0, 86400) * 1000;
        policy.reboot_wait_ms = test_between(0, 86400) * 1000;
        policy.balance = test_between(0, 1);
        policy.balance_step_kb = test_between(16384, UINT64_MAX >> 10);
        policy.balance_rate_kb = test_between(0, 1) ? 0 : 123456;
        policy.report_expiry_ms = test_between(1, 86400) * 1000;
        policy.auto_remedies =
            test_between(0, 7) * XLMEM_REMEDY_BIT(XLMEM_REMEDY_COMPACT);
        xlmem__conf_format(&policy, text);
        assert_true(strlen(text) < sizeof(text) - 1);
        again = good(text);
        assert_true(is_same_policy(&policy, &again));
    }
}

/* The installed file changes nothing: who has no file of his own has what it
 * says. */
static void the_installed_file_says_the_defaults(void **state)
{
    const char *dir = getenv("XLMEM_SRCDIR");
    char path[512], installed[2048];
    xlmem_policy policy, unset;
    size_t len;
    FILE *file;

    (void)state;
    snprintf(path, sizeof(path), "%s/hotplug/memguard.conf", dir ? dir : ".");
    file = fopen(path, "re");
    assert_non_null(file);
    len = fread(installed, 1, sizeof(installed) - 1, file);
    fclose(file);
    installed[len] = '\0';
    policy = good(installed);
    unset = good("");
    assert_true(is_same_policy(&policy, &unset));
}

static void a_problem_is_one_line(void **state)
{
    xlmem_policy_problem problem = {.file = "a.conf", .line = 3, .text = "no"};
    char line[64];

    (void)state;
    assert_string_equal(xlmem_problem_line(&problem, line, sizeof(line)),
                        "a.conf: line 3: no");
    problem.line = 0;
    assert_string_equal(xlmem_problem_line(&problem, line, sizeof(line)),
                        "a.conf: no");
}

TEST_GROUP(conf)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_is_one_line),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(the_documented_defaults_are_the_real_ones),
        cmocka_unit_test(what_is_meant_is_taken),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(a_bad_line_spoils_its_own_key_only),
        cmocka_unit_test(what_counts_instead_is_said),
        cmocka_unit_test(of_two_the_last_one_counts),
        cmocka_unit_test(what_is_no_text_leaves_all_as_it_was),
        cmocka_unit_test(a_mode_of_its_own_counts_first),
        cmocka_unit_test(a_bad_mode_of_its_own_changes_nothing),
        cmocka_unit_test(more_problems_than_are_kept_are_counted),
        cmocka_unit_test(policies_differ_by_each_key),
        cmocka_unit_test(a_policy_s_text_is_that_policy),
        cmocka_unit_test(the_installed_file_says_the_defaults),
    };

    return test_run(tests, NULL, NULL);
}
