/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl.conf with autoballoon ended, and all else as it was. */
#include "test.h"

#include "codec/xl_cfg.h"
#include "codec/xl_conf.h"

static void assert_becomes(const char *text, const char *want)
{
    char *buf;
    size_t len, line;

    assert_int_equal(xlmem__xl_conf_end_autoballoon(
                         (xlmem__str){text, strlen(text)}, &buf, &len, &line),
                     0);
    assert_int_equal(len, strlen(buf));
    assert_string_equal(buf, want);
    free(buf);
}

static void the_setting_that_counts_is_replaced(void **state)
{
    (void)state;
    assert_becomes("", "autoballoon=\"off\"\n");
    assert_becomes("autoballoon=\"on\"\n", "autoballoon=\"off\"\n");
    assert_becomes("# one\nautoballoon = 1 # why\nlockfile=\"/x\"\n",
                   "# one\nautoballoon=\"off\" # why\nlockfile=\"/x\"\n");
    assert_becomes("autoballoon=\"off\"\nx=1; autoballoon='auto'; y=2\n",
                   "autoballoon=\"off\"\nx=1; autoballoon=\"off\"; y=2\n");
    /* What is commented out is no setting. */
    assert_becomes("#autoballoon=\"auto\"\nx=1\n",
                   "#autoballoon=\"auto\"\nx=1\nautoballoon=\"off\"\n");
    assert_becomes("autoballoons=1\n",
                   "autoballoons=1\nautoballoon=\"off\"\n");
}

static void what_xl_cannot_read_is_not_touched(void **state)
{
    static const char *const bad[] = {"x=\n", "x=1\nautoballoon=\"on\n",
                                      "autoballoon on\n"};
    size_t i, len, line;
    char *buf;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(
            xlmem__xl_conf_end_autoballoon(
                (xlmem__str){bad[i], strlen(bad[i])}, &buf, &len, &line),
            XLMEM_ERROR_PARSE);
    assert_int_equal(line, 1);
    /* A list over lines, which xl takes for "auto": not to be cut. */
    assert_int_equal(
        xlmem__xl_conf_end_autoballoon(
            (xlmem__str){"autoballoon=[1,\n2]\n", 19}, &buf, &len, &line),
        XLMEM_ERROR_PARSE);
    assert_int_equal(line, 0);
}

/* Any text of pieces: it is refused, or xl reads it and finds "off". */
static void any_text_is_ended_or_refused(void **state)
{
    static const char *const pieces[] = {
        "autoballoon", "=",  "\"on\"", "\n", ";",   "#", "x=1\n", "[",
        "]",           "+=", "1",      " ",  "'0'", ",", "\r\n",  "\"",
    };
    char text[256], *buf;
    size_t i, len, line, ended = 0;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        uint64_t nr = test_between(0, 12);
        xlmem__cfg_value value, last = {.line = 0};
        xlmem__str key;
        xlmem__cfg cfg;

        text[0] = '\0';
        while (nr--)
            strcat(text, pieces[test_between(0, ARRAY_SIZE(pieces) - 1)]);
        if (xlmem__xl_conf_end_autoballoon((xlmem__str){text, strlen(text)},
                                           &buf, &len, &line))
            continue;
        cfg = xlmem__cfg_of(buf, len);
        while (!xlmem__cfg_next(&cfg, &key, &value, NULL))
            if (xlmem__str_is(key, "autoballoon"))
                last = value;
        assert_true(xlmem__str_is(last.text, "off") && !last.appended);
        free(buf);
        ended++;
    }
    assert_true(ended > 100);
}

TEST_GROUP(xl_conf)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_setting_that_counts_is_replaced),
        cmocka_unit_test(what_xl_cannot_read_is_not_touched),
        cmocka_unit_test(any_text_is_ended_or_refused),
    };

    return test_run(tests, NULL, NULL);
}
