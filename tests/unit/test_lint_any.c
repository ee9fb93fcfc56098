/* SPDX-License-Identifier: LGPL-2.1-only */
/* xlmem_lint on lines that nobody meant. */
#include "test.h"

#include "lint_report.h"

static void hostile_text_is_made_harmless(void **state)
{
    const xlmem_finding *item;
    xlmem_lint_report report;

    (void)state;
    assert_int_equal(xlmem_lint(NULL, "dom0_mem=\033[2J\xff\t%s%n", &report),
                     0);
    item = find(&report, "bad-component");
    assert_non_null(item);
    assert_non_null(strstr(item->text, "'?[2J??%s%n'"));
}

/* 33 and more findings: the report keeps the severe ones. */
static void a_full_report_keeps_the_worst(void **state)
{
    char line[1200] = "dom0_mem=300000,max:300000";
    xlmem_lint_report report;
    size_t i;

    (void)state;
    for (i = 0; i < 40; i++)
        strcat(line, " dom0_mem=2x");
    assert_int_equal(xlmem_lint(NULL, line, &report), 0);
    assert_int_equal(report.nr, XLMEM_LINT_MAX);
    assert_int_equal(report.nr_lost, 11);
    for (i = 0; i < report.nr; i++)
        assert_string_equal(report.items[i].id, "bad-component");
    assert_false(report.ok);
}

static const char *const pieces[] = {
    "dom0_mem=", " dom0_mem=", "min:",
    "max:",      "max=",       "2G",
    "4096M",     "2048",       ",",
    "+",         "-",          "10%",
    "150%",      "0x",         "0",
    "1.5G",      "GB",         " ",
    "\"",        " -- ",       "no-",
    "dom0-mem=", "Dom0_mem:",  "\t",
    "\033",      "=",          "99999999999999999",
    "mem=",      "%s",
};

static void assert_fit_to_show(const xlmem_lint_report *report)
{
    bool ok = true;
    size_t i, j;

    for (i = 0; i < report->nr; i++) {
        const xlmem_finding *item = &report->items[i];

        ok = ok && item->severity == XLMEM_SEV_NOTE;
        /* All of it is there: never cut by the buffer. */
        assert_int_equal(item->nr_cut, 0);
        for (j = 0; item->text[j]; j++)
            assert_true(item->text[j] >= ' ' && item->text[j] <= '~');
    }
    assert_int_equal(report->ok, ok);
}

/* Any line: texts are whole and safe, and what is advised is right. */
static void advice_is_sound_for_any_line(void **state)
{
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 20000; round++) {
        xlmem_lint_report report, again;
        xlmem_host host;
        char line[512], fix[96] = "";
        const char *advice;

        host_of(&host, round % 3 ? test_between(GIB(2), GIB(4096)) : 0);
        if (round % 4)
            test_pieces(line, sizeof(line), pieces, ARRAY_SIZE(pieces), 40);
        else
            test_bytes(line, sizeof(line));
        assert_int_equal(xlmem_lint(&host, line, &report), 0);
        assert_fit_to_show(&report);
        if (report.ok || !(advice = strstr(report.items[0].text, "dom0_mem=")))
            continue;
        while (strstr(advice + 1, "dom0_mem="))
            advice = strstr(advice + 1, "dom0_mem=");
        snprintf(fix, sizeof(fix), "%.*s", (int)strcspn(advice, " "), advice);
        if (fix[strlen(fix) - 1] == ',')
            fix[strlen(fix) - 1] = '\0';
        assert_int_equal(xlmem_lint(&host, fix, &again), 0);
        if (again.nr && again.items[0].severity == XLMEM_SEV_ERROR)
            fail_msg("\"%s\": advised \"%s\": %s", line, fix,
                     again.items[0].text);
    }
}

TEST_GROUP(lint_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_is_made_harmless),
        cmocka_unit_test(a_full_report_keeps_the_worst),
        cmocka_unit_test(advice_is_sound_for_any_line),
    };

    return test_run(tests, NULL, NULL);
}
