/* SPDX-License-Identifier: LGPL-2.1-only */
/* The writers and the escaping of text, without a host. */
#include "test.h"

#include "output/out.h"
#include "output/term.h"
#include "private/all.h"
#include "private/advice.h"
#include "private/printable.h"

/* One report with everything in it that a writer must get right. */
static char *report(out_format format, bool in_kb)
{
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    out *o = out_open(format, file);

    assert_non_null(o);
    if (in_kb)
        out_in_kb(o);
    out_text(o, "name", "name", "a\"b\\c\n\033[31m\xff<");
    OUT_NUM(o, "most_kb", "most", OUT_KB, UINT64_MAX);
    OUT_NUM(o, "pages", "pages", OUT_PAGES, 180224);
    OUT_NUM(o, "page", "a page", OUT_PAGES, 1);
    OUT_NUM(o, "none", "none", OUT_KB, 0);
    OUT_IF(o, "gone_kb", "gone", OUT_KB, 7, false);
    out_text(o, NULL, "people", "only");
    out_bool(o, "programs", NULL, true);
    out_list(o, "rows", "Rows");
    out_row(o);
    out_text(o, "a", "a", NULL);
    OUT_NUM(o, "b", "b", OUT_COUNT, 12);
    out_row_end(o);
    out_total(o, "all", 12);
    out_end(o);
    out_list(o, "sizes", "Sizes (" OUT_UNIT ")");
    out_row(o);
    out_text(o, "of", "of", "one");
    OUT_NUM(o, "kb", OUT_UNIT, OUT_KB, 1500);
    OUT_NUM(o, "least_kb", "least", OUT_KB, 4);
    out_row_end(o);
    out_total(o, "sum", 1500);
    out_end(o);
    out_object(o, "in", NULL);
    out_list(o, "words", "Words");
    out_item(o, "one");
    out_item(o, "two");
    out_end(o);
    out_end(o);
    out_say(o, "%s", "A sentence.");
    assert_int_equal(out_close(o), 0);
    fclose(file);
    return text;
}

static void check(out_format format, bool in_kb, const char *expected)
{
    char *text = report(format, in_kb);

    assert_string_equal(text, expected);
    free(text);
}

static void test_json(void **state)
{
    (void)state;
    check(OUT_JSON, false,
          "{\n"
          "  \"name\": \"a\\\"b\\\\c\\n\\u001B[31m\\\\xff<\",\n"
          "  \"most_kb\": 18446744073709551615,\n"
          "  \"pages\": 180224,\n"
          "  \"page\": 1,\n"
          "  \"none\": 0,\n"
          "  \"gone_kb\": null,\n"
          "  \"programs\": true,\n"
          "  \"rows\": [\n"
          "    {\n"
          "      \"a\": null,\n"
          "      \"b\": 12\n"
          "    }\n"
          "  ],\n"
          "  \"sizes\": [\n"
          "    {\n"
          "      \"of\": \"one\",\n"
          "      \"kb\": 1500,\n"
          "      \"least_kb\": 4\n"
          "    }\n"
          "  ],\n"
          "  \"in\": {\n"
          "    \"words\": [\n"
          "      \"one\",\n"
          "      \"two\"\n"
          "    ]\n"
          "  }\n"
          "}\n");
}

static void test_kv(void **state)
{
    (void)state;
    check(OUT_KV, true,
          "name=a\"b\\\\c\\n\\x1b[31m\\xff<\n"
          "most_kb=18446744073709551615\n"
          "pages=180224\n"
          "page=1\n"
          "none=0\n"
          "programs=true\n"
          "rows.0.b=12\n"
          "sizes.0.of=one\n"
          "sizes.0.kb=1500\n"
          "sizes.0.least_kb=4\n"
          "in.words.0=one\n"
          "in.words.1=two\n");
}

/* A list in a row of a list: its path has a dot at each level. */
static void test_kv_in_rows(void **state)
{
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    out *o = out_open(OUT_KV, file);

    (void)state;
    assert_non_null(o);
    out_list(o, "cures", NULL);
    out_row(o);
    out_list(o, "actions", NULL);
    out_row(o);
    out_text(o, "action", NULL, "grow");
    out_row_end(o);
    out_end(o);
    out_list(o, "remedy", NULL);
    out_item(o, "more");
    out_end(o);
    out_row_end(o);
    out_end(o);
    assert_int_equal(out_close(o), 0);
    fclose(file);
    assert_string_equal(text, "cures.0.actions.0.action=grow\n"
                              "cures.0.remedy.0=more\n");
    free(text);
}

static void test_table(void **state)
{
    (void)state;
    check(OUT_TABLE, false,
          "name:    a\"b\\\\c\\n\\x1b[31m\\xff<\n"
          "most:    18014398509481984.0 MiB\n"
          "pages:   704.0 MiB\n"
          "a page:  <0.1 MiB\n"
          "none:    0.0 MiB\n"
          "gone:    unknown\n"
          "people:  only\n"
          "\n"
          "Rows\n"
          "  a     b\n"
          "  -    12\n"
          "  -------\n"
          "  all  12\n"
          "\n"
          "Sizes (MiB)\n"
          "  of   MiB  least\n"
          "  one  1.5   <0.1\n"
          "  --------\n"
          "  sum  1.5\n"
          "A sentence.\n");
}

/* The same in kB, for who wants to compare them with Xen's own. */
static void test_table_in_kb(void **state)
{
    (void)state;
    check(OUT_TABLE, true,
          "name:    a\"b\\\\c\\n\\x1b[31m\\xff<\n"
          "most:    18446744073709551615 kB\n"
          "pages:   720896 kB\n"
          "a page:  4 kB\n"
          "none:    0 kB\n"
          "gone:    unknown\n"
          "people:  only\n"
          "\n"
          "Rows\n"
          "  a     b\n"
          "  -    12\n"
          "  -------\n"
          "  all  12\n"
          "\n"
          "Sizes (kB)\n"
          "  of     kB  least\n"
          "  one  1500      4\n"
          "  ---------\n"
          "  sum  1500\n"
          "A sentence.\n");
}

/* Whatever a guest calls itself: what is printed is printable and valid. */
static void test_escape_any(void **state)
{
    int n;

    (void)state;
    test_seed();
    for (n = 0; n < 20000; n++) {
        char text[24];
        char *ascii, *utf8, *json;
        const char *p;
        size_t i, len = test_between(0, sizeof(text) - 1);

        for (i = 0; i < len; i++)
            text[i] = (char)test_between(1, 255);
        text[len] = '\0';
        ascii = term_escape(text, true);
        utf8 = term_escape(text, false);
        json = term_utf8(text);
        for (p = ascii; *p; p++)
            assert_in_range((unsigned char)*p, 0x20, 0x7e);
        for (p = utf8; *p; p += i) {
            unsigned code = 0;

            i = xlmem_utf8_char(p, &code);
            assert_true(i && code >= 0x20 && !(code >= 0x7f && code < 0xa0));
        }
        for (p = json; *p; p += i) {
            unsigned code;

            i = xlmem_utf8_char(p, &code);
            assert_true(i > 0);
        }
        free(ascii);
        free(utf8);
        free(json);
    }
}

static void check_char(const char *text, size_t len)
{
    unsigned code = 0;

    assert_int_equal(xlmem_utf8_char(text, &code), len);
}

static void test_utf8(void **state)
{
    (void)state;
    check_char("a", 1);
    check_char("\xc3\xa4", 2);
    check_char("\xe2\x82\xac", 3);
    check_char("\xf4\x8f\xbf\xbf", 4);
    check_char("\xf4\x90\x80\x80", 0); /* beyond U+10FFFF */
    check_char("\xc0\xaf", 0);         /* longer than need be */
    check_char("\xed\xa0\x80", 0);     /* half a surrogate pair */
    check_char("\xe2\x82", 0);         /* cut */
    check_char("\xbf", 0);
    check_char("\xff", 0);
}

static void check_mib(uint64_t kb, const char *expected)
{
    char buf[32];

    assert_string_equal(xlmem_format_mib(buf, sizeof(buf), kb), expected);
}

static void test_mib(void **state)
{
    (void)state;
    check_mib(0, "0.0 MiB");
    check_mib(1, "<0.1 MiB");
    check_mib(51, "<0.1 MiB");
    check_mib(52, "0.1 MiB");
    check_mib(1023, "1.0 MiB");
    check_mib(1024, "1.0 MiB");
    check_mib(1024 + 51, "1.0 MiB");
    check_mib(1024 + 52, "1.1 MiB");
    check_mib(2047, "2.0 MiB");
    check_mib(UINT64_MAX, "18014398509481984.0 MiB");
}

/* Text that turns the direction of writing is not let through. */
static void test_invisible(void **state)
{
    char *text = term_escape("a\xe2\x80\xae"
                             "b",
                             false);

    (void)state;
    assert_string_equal(text, "a\\u{202e}b");
    free(text);
}

/* What is copied stays what it is, where that can be shown. */
static void test_copied(void **state)
{
    static const char line[] = "\ta=\"b\\x\" \033[31m \xc3\xa4 \xff";
    char *utf8 = term_copied(line, false), *ascii = term_copied(line, true);

    (void)state;
    assert_string_equal(utf8, " a=\"b\\x\" \\x1b[31m \xc3\xa4 \\xff");
    assert_string_equal(ascii, " a=\"b\\x\" \\x1b[31m \\u{e4} \\xff");
    free(utf8);
    free(ascii);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),       cmocka_unit_test(test_kv),
        cmocka_unit_test(test_kv_in_rows), cmocka_unit_test(test_table),
        cmocka_unit_test(test_utf8),       cmocka_unit_test(test_table_in_kb),
        cmocka_unit_test(test_mib),        cmocka_unit_test(test_copied),
        cmocka_unit_test(test_invisible),  cmocka_unit_test(test_escape_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
