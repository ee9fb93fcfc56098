/* SPDX-License-Identifier: LGPL-2.1-only */
/* A file that is edited keeps every byte that is not replaced. */
#include "test.h"

#include "codec/capture/texts.h"
#include "codec/conf.h"
#include "codec/xl_cfg.h"

static xlmem__str str(const char *text)
{
    return (xlmem__str){text, strlen(text)};
}

static void assert_renders(const xlmem__edit *edit, const char *want)
{
    char *buf;
    size_t len;

    assert_int_equal(xlmem__edit_render(edit, &buf, &len), 0);
    assert_int_equal(len, strlen(want));
    assert_string_equal(buf, want);
    free(buf);
}

static void spans_are_replaced_in_any_order(void **state)
{
    const xlmem__str text = str("one two three");
    xlmem__edit edit = xlmem__edit_of(text);

    (void)state;
    assert_renders(&edit, "one two three");
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p + 8, 5}, str("3")), 0);
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p, 3}, str("")), 0);
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p + 4, 0}, str("+")), 0);
    assert_renders(&edit, " +two 3");
    /* The same place twice, and what is not of the text. */
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p + 10, 1}, str("x")),
        XLMEM_ERROR_INVAL);
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p + 7, 2}, str("x")),
        XLMEM_ERROR_INVAL);
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p + 12, 2}, str("x")),
        XLMEM_ERROR_INVAL);
    assert_renders(&edit, " +two 3");
}

static void no_more_than_its_places(void **state)
{
    const xlmem__str text = str("0123456789");
    xlmem__edit edit = xlmem__edit_of(text);
    size_t i;

    (void)state;
    for (i = 0; i < XLMEM__EDITS_MAX; i++)
        assert_int_equal(
            xlmem__edit_replace(&edit, (xlmem__str){text.p + i, 1}, str("x")),
            0);
    assert_int_equal(
        xlmem__edit_replace(&edit, (xlmem__str){text.p + i, 1}, str("x")),
        XLMEM_ERROR_RANGE);
    assert_renders(&edit, "xxxxxxxx89");
}

static void lines_end_as_the_others(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "a = 1\nb = 2\n"},
        {"x", "x\na = 1\nb = 2\n"},
        {"x\n", "x\na = 1\nb = 2\n"},
        {"x\n\n", "x\n\na = 1\nb = 2\n"},
        {"x\r\ny", "x\r\ny\r\na = 1\r\nb = 2\r\n"},
        {"x\r\ny\n", "x\r\ny\na = 1\r\nb = 2\r\n"},
        {"x\ny\r\n", "x\ny\r\na = 1\nb = 2\n"},
        {"\n", "\na = 1\nb = 2\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem__edit edit = xlmem__edit_of(str(rows[i].text));

        assert_int_equal(xlmem__edit_append(&edit, str("a = 1")), 0);
        assert_int_equal(xlmem__edit_append(&edit, str("b = 2")), 0);
        assert_renders(&edit, rows[i].want);
    }
}

/* ---------------------------------------------------------- settings --- */

static void settings_are_seen_as_they_are_written(void **state)
{
    static const struct {
        const char *text;
        const char *raws[5]; /* "LINE KEY VALUE", without "=": "LINE TEXT" */
    } rows[] = {
        {"", {NULL}},
        {"# x", {NULL}},
        {" ; ;\n\r\n", {NULL}},
        {"mode = \"warn\" # x\nwait=3", {"1 mode|\"warn\"", "2 wait|3"}},
        {"mode = Warn;wait = 3", {"1 mode|Warn", "1 wait|3"}},
        {"\xef\xbb\xbfmode = warn\r\n", {"1 mode|warn"}},
        {"a = \"x;#y\"; b = 'z'", {"1 a|\"x;#y\"", "1 b|'z'"}},
        /* As for libxlutil a quote behind a backslash closes nothing. */
        {"a = \"x\\\";y\"\n", {"1 a|\"x\\\";y\""}},
        {"a = \"x; b = 1\nc = 2", {"1 a|\"x; b = 1", "2 c|2"}},
        {"a += 1", {"1 a +|1"}},
        {"a == 1", {"1 a|= 1"}},
        {"a =", {"1 a|"}},
        {"= 1", {"1 |1"}},
        {"off\n\n warn # 1", {"1 off", "3 warn"}},
        {"a = [ 1,\n2 ]", {"1 a|[ 1,", "2 2 ]"}},
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem__cfg cfg = xlmem__cfg_of(rows[i].text, strlen(rows[i].text));
        xlmem__cfg_raw raw;
        char got[64];

        print_message("%s\n", rows[i].text);
        for (n = 0; xlmem__cfg_next_raw(&cfg, &raw); n++) {
            snprintf(got, sizeof(got), "%zu %.*s%s%.*s", raw.line,
                     (int)raw.key.len, raw.key.p, raw.value.p ? "|" : "",
                     (int)raw.value.len, raw.value.p ? raw.value.p : "");
            assert_non_null(rows[i].raws[n]);
            assert_string_equal(got, rows[i].raws[n]);
        }
        assert_null(rows[i].raws[n]);
    }
}

static void one_value_is_put(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "wait = \"7\"\n"},
        {"wait = 3\n", "wait = 7\n"},
        {"  Wait\t=  \"3\"  # why\r\nmode = warn",
         "  Wait\t=  \"7\"  # why\r\nmode = warn"},
        {"wait = ' 3 '", "wait = ' 7 '"},
        {"wait = \"\"", "wait = \"7\""},
        {"wait =", "wait =\"7\""},
        {"wait = 3 s; mode = warn", "wait = \"7\"; mode = warn"},
        {"wait = \"3\nmode = warn\n", "wait = \"7\"\nmode = warn\n"},
        {"wait = 1\nwait = 2\n", "wait = 1\nwait = 7\n"},
        {"# wait = 1\n", "# wait = 1\nwait = \"7\"\n"},
        {"reboot_wait = 1", "reboot_wait = 1\nwait = \"7\"\n"},
        {"wait 3\n", "wait 3\nwait = \"7\"\n"},
        {"mode = \"wait = 3\"\n", "mode = \"wait = 3\"\nwait = \"7\"\n"},
    };
    char line[XLMEM__CONF_LINE_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem__edit edit = xlmem__edit_of(str(rows[i].text));

        print_message("%s\n", rows[i].text);
        assert_int_equal(xlmem__conf_put(&edit, xlmem__conf_find(str("wait")),
                                         str("7"), line),
                         0);
        assert_renders(&edit, rows[i].want);
    }
}

/* -------------------------------------------------------- boot files --- */

static const char grub[] = "# defaults\r\n"
                           "GRUB_TIMEOUT=5\r\n"
                           "GRUB_CMDLINE_XEN=\"dom0_mem=1G\"\r\n"
                           "GRUB_CMDLINE_XEN='dom0_mem=2G' # why\r\n"
                           "GRUB_CMDLINE_XEN_DEFAULT=quiet";

/* Of GRUB_CMDLINE_XEN, or of its DEFAULT; p is NULL where that is not to be
 * told. */
static xlmem__str written_in_grub(xlmem__str text, bool in_default)
{
    xlmem__where where = {.line = 0};
    xlmem__grub_values values;
    xlmem__str written;

    if (xlmem__grub_values_of(text, &values, &where))
        return (xlmem__str){NULL, 0};
    written = (in_default ? &values.default_ : &values.always)->written;
    xlmem__grub_values_dispose(&values);
    return written;
}

static void values_in_grubs_files_are_found(void **state)
{
    static const struct {
        const char *text;
        bool in_default;
        const char *value; /* NULL: not to be told */
    } rows[] = {
        {grub, false, "'dom0_mem=2G'"},
        {grub, true, "quiet"},
        {"GRUB_CMDLINE_XEN=\n", false, ""},
        {"export GRUB_CMDLINE_XEN=\"a \"b' c'; x=1\n", false, "\"a \"b' c'"},
        {"GRUB_CMDLINE_XEN=`a`\n", false, NULL},
        {"", false, NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        const xlmem__str value =
            written_in_grub(str(rows[i].text), rows[i].in_default);

        assert_int_equal(value.p != NULL, rows[i].value != NULL);
        if (!rows[i].value)
            continue;
        assert_int_equal(value.len, strlen(rows[i].value));
        assert_memory_equal(value.p, rows[i].value, value.len);
    }
}

static void a_boot_file_keeps_all_else(void **state)
{
    static const char efi[] = "[global]\r\ndefault=xen\r\n"
                              "[old]\r\noptions=dom0_mem=1G\r\nkernel=v\r\n"
                              "[xen]\r\n  options= dom0_mem=2G # why\r\n"
                              "kernel=vmlinuz";
    xlmem__edit edit = xlmem__edit_of(str(grub));
    xlmem__str value;

    (void)state;
    value = written_in_grub(edit.text, false);
    assert_non_null(value.p);
    assert_int_equal(
        xlmem__edit_replace(&edit, value, str("\"dom0_mem=4G,max:4G\"")), 0);
    assert_renders(&edit, "# defaults\r\n"
                          "GRUB_TIMEOUT=5\r\n"
                          "GRUB_CMDLINE_XEN=\"dom0_mem=1G\"\r\n"
                          "GRUB_CMDLINE_XEN=\"dom0_mem=4G,max:4G\" # why\r\n"
                          "GRUB_CMDLINE_XEN_DEFAULT=quiet");
    edit = xlmem__edit_of(str(efi));
    assert_true(xlmem__find_efi_options(edit.text, &value));
    assert_int_equal(xlmem__edit_replace(&edit, value, str("dom0_mem=4G")), 0);
    assert_renders(&edit, "[global]\r\ndefault=xen\r\n"
                          "[old]\r\noptions=dom0_mem=1G\r\nkernel=v\r\n"
                          "[xen]\r\n  options= dom0_mem=4G # why\r\n"
                          "kernel=vmlinuz");
    assert_false(xlmem__find_efi_options(str("options=x"), &value));
}

/* ---------------------------------------------------------- any file --- */

static const char *const pieces[] = {
    "mode",     "wait",         " = ",  "=", "\"", "'",       "enforce",
    "3",        "\n",           "\r\n", ";", "#",  " # ",     "\t",
    "\\",       "Warn",         "[",    "]", ",",  "\"off\"", ":",
    "on_error", "\xef\xbb\xbf", "(",
};

static xlmem_policy policy_of(const char *buf, size_t len)
{
    xlmem_policy_report report;
    xlmem_policy policy;
    xlmem__conf conf;

    xlmem__conf_start(&conf, NULL, &report);
    xlmem__conf_text(&conf, "conf", buf, len);
    xlmem__conf_end(&conf, &policy);
    return policy;
}

static bool same_but_wait(const xlmem_policy *a, const xlmem_policy *b)
{
    return a->mode == b->mode && a->mode_from == b->mode_from &&
           a->refuse_on_error == b->refuse_on_error &&
           a->xen_headroom_kb == b->xen_headroom_kb &&
           a->dom0_floor_kb == b->dom0_floor_kb &&
           a->dom0_reserve_kb == b->dom0_reserve_kb &&
           a->reboot_wait_ms == b->reboot_wait_ms &&
           a->balance == b->balance &&
           a->balance_step_kb == b->balance_step_kb &&
           a->balance_rate_kb == b->balance_rate_kb &&
           a->report_expiry_ms == b->report_expiry_ms &&
           a->auto_remedies == b->auto_remedies;
}

/* How much two texts have in common at their ends. */
static size_t common(const char *a, const char *b, size_t len, bool back)
{
    size_t i = 0;

    while (i < len &&
           (back ? a[-1 - (long)i] == b[-1 - (long)i] : a[i] == b[i]))
        i++;
    return i;
}

/* Any file: what is put counts, no other key changes, and all bytes stay but
 * those of one value or a line at the end. */
static void any_file_keeps_what_is_not_replaced(void **state)
{
    const size_t wait = xlmem__conf_find(str("wait"));
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 20000; round++) {
        char text[256], line[XLMEM__CONF_LINE_MAX], *buf;
        xlmem__edit edit;
        xlmem_policy before, after;
        size_t len, old, head, tail;

        if (round % 4)
            test_pieces(text, sizeof(text), pieces, ARRAY_SIZE(pieces), 24);
        else
            test_bytes(text, sizeof(text));
        old = strlen(text);
        edit = xlmem__edit_of((xlmem__str){text, old});
        assert_renders(&edit, text);
        assert_int_equal(xlmem__conf_put(&edit, wait, str("4711"), line), 0);
        assert_int_equal(xlmem__edit_render(&edit, &buf, &len), 0);
        before = policy_of(text, old);
        after = policy_of(buf, len);
        assert_int_equal(after.wait_ms, 4711000);
        if (!same_but_wait(&before, &after))
            fail_msg("\"%s\" to \"%s\"", text, buf);
        head = common(text, buf, old < len ? old : len, false);
        tail = common(text + old, buf + len, (old < len ? old : len) - head,
                      true);
        /* What is new is a value, or "wait = "4711"" and line ends. */
        assert_true(len - head - tail <= strlen("\r\nwait = \"4711\"\r\n"));
        free(buf);
    }
}

TEST_GROUP(edit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_replaced_in_any_order),
        cmocka_unit_test(no_more_than_its_places),
        cmocka_unit_test(lines_end_as_the_others),
        cmocka_unit_test(settings_are_seen_as_they_are_written),
        cmocka_unit_test(one_value_is_put),
        cmocka_unit_test(values_in_grubs_files_are_found),
        cmocka_unit_test(a_boot_file_keeps_all_else),
        cmocka_unit_test(any_file_keeps_what_is_not_replaced),
    };

    return test_run(tests, NULL, NULL);
}
