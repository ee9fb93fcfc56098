/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "sys/capture/kmsg.h"
#include "private/backend.h"

typedef int renderer(xlmem__str, xlmem__text *);

static void assert_renders(renderer *render, const char *in, const char *want)
{
    xlmem__text text = {0};

    assert_int_equal(render((xlmem__str){in, strlen(in)}, &text), 0);
    assert_string_equal(text.p, want);
    assert_int_equal(text.len, strlen(want));
    xlmem__text_dispose(&text);
}

static void records_look_as_in_dmesg(void **state)
{
    (void)state;
    assert_renders(xlmem__kmsg_render, "6,1,0,-;Linux version 6.1\n",
                   "[    0.000000] Linux version 6.1\n");
    assert_renders(xlmem__kmsg_render,
                   "4,911,8650037,-;squeeze\n SUBSYSTEM=net\n DEVICE=n1\n",
                   "[    8.650037] squeeze\n");
    /* printk.caller adds a field; a ';' in the text is text. */
    assert_renders(xlmem__kmsg_render, "6,5,123456789012,-,caller=T1;a; b\n",
                   "[123456.789012] a; b\n");
    assert_renders(xlmem__kmsg_render, "6,5,1,c;\n", "[    0.000001] \n");
}

/* systemd writes there, and whoever is root: the log's reader has to know. */
static void a_programs_record_keeps_its_priority(void **state)
{
    (void)state;
    assert_renders(xlmem__kmsg_render, "7,5,1,-;a\n", "[    0.000001] a\n");
    assert_renders(xlmem__kmsg_render, "8,5,1,-;a\n", "<8>[    0.000001] a\n");
    assert_renders(xlmem__kmsg_render, "30,5,1,-;systemd[1]: a\n",
                   "<30>[    0.000001] systemd[1]: a\n");
}

static void escapes_that_are_harmless_are_undone(void **state)
{
    (void)state;
    assert_renders(xlmem__kmsg_render, "6,5,1,-;a\\x5cb\\x09c\\x1b[1m\\\n",
                   "[    0.000001] a\\b\tc\\x1b[1m\\\n");
    assert_renders(xlmem__kmsg_render, "6,5,1,-;\\x5c\\x5c\\x5\n",
                   "[    0.000001] \\\\\\x5\n");
}

static void what_is_no_record_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "text", "6,1,x,-;a", "6;a", "6,1;a", "\n6,1,0,-;a", "x,1,0,-;a"};
    xlmem__text text = {0};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(
            xlmem__kmsg_render((xlmem__str){bad[i], strlen(bad[i])}, &text),
            XLMEM_ERROR_PARSE);
    assert_int_equal(text.len, 0);
    xlmem__text_dispose(&text);
}

static void the_kernels_priorities_are_left_out(void **state)
{
    (void)state;
    assert_renders(xlmem__klog_render,
                   "<6>[    0.000000] Linux\n<12>[    1.5] a<b>\nplain\n",
                   "[    0.000000] Linux\n<12>[    1.5] a<b>\nplain\n");
}

/* Whatever the bytes, nothing is read beyond them and no line is lost. */
static void any_bytes_are_survived(void **state)
{
    static const char letters[] = "6,1;\\x5c09<>\n [a";
    char *record;
    size_t len, i;
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 20000; round++) {
        xlmem__text text = {0};

        len = test_between(0, 40);
        record = malloc(len + 1);
        for (i = 0; i < len; i++)
            record[i] = letters[test_between(0, sizeof(letters) - 2)];
        record = realloc(record, len ? len : 1);
        xlmem__kmsg_render((xlmem__str){record, len}, &text);
        assert_int_equal(xlmem__klog_render((xlmem__str){record, len}, &text),
                         0);
        xlmem__text_dispose(&text);
        free(record);
    }
}

static void a_document_ends_at_its_limit(void **state)
{
    const size_t piece = 1 << 20;
    char *zeros = calloc(1, piece);
    xlmem__text text = {0};
    char *buf;
    size_t i, len;

    (void)state;
    for (i = 0; i < XLMEM_DOCUMENT_MAX_BYTES / piece; i++)
        assert_int_equal(xlmem__text_add(&text, (xlmem__str){zeros, piece}),
                         0);
    assert_int_equal(xlmem__text_add(&text, (xlmem__str){zeros, 1}),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem__text_take(&text, &buf, &len), 0);
    assert_int_equal(len, XLMEM_DOCUMENT_MAX_BYTES);
    assert_null(text.p);
    free(buf);
    free(zeros);
    assert_int_equal(xlmem__text_take(&text, &buf, &len), 0);
    assert_string_equal(buf, "");
    free(buf);
}

TEST_GROUP(kmsg)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_look_as_in_dmesg),
        cmocka_unit_test(a_programs_record_keeps_its_priority),
        cmocka_unit_test(escapes_that_are_harmless_are_undone),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(the_kernels_priorities_are_left_out),
        cmocka_unit_test(any_bytes_are_survived),
        cmocka_unit_test(a_document_ends_at_its_limit),
    };

    return test_run(tests, NULL, NULL);
}
