/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "codec/json.h"
static int parse(const char *text, xlmem__json_doc *doc, xlmem__where *where)
{
    return xlmem__json_parse(text, strlen(text), doc, where);
}

/* Refused with this code, at this line, and nothing kept. */
static void refuse(const char *text, int rc, size_t line, const char *what)
{
    xlmem__json_doc doc;
    xlmem__where where = {0};

    assert_int_equal(parse(text, &doc, &where), rc);
    assert_int_equal(where.line, line);
    if (!strstr(where.text, what))
        fail_msg("'%s' does not say '%s'", where.text, what);
    assert_null(doc.root);
    assert_null(doc.blocks);
    assert_int_equal(parse(text, &doc, NULL), rc);
}

static void what_is_not_one_value_is_refused(void **state)
{
    (void)state;
    refuse("", XLMEM_ERROR_PARSE, 1, "");
    refuse("{\"a\": 1}\n{}", XLMEM_ERROR_PARSE, 2, "trailing garbage");
    refuse("{\"a\": 1,\n\"b\" 2}", XLMEM_ERROR_PARSE, 2, "not JSON");
    refuse("[1, 2", XLMEM_ERROR_PARSE, 1, "premature");
    refuse("[1, /* two */ 2]", XLMEM_ERROR_PARSE, 1, "");
    refuse("[NaN]", XLMEM_ERROR_PARSE, 1, "");
    refuse("{\"a\": \"\xff\", }", XLMEM_ERROR_PARSE, 1, "not JSON");
}

/* libxl writes a domain's name as its bytes are. */
static void strings_are_bytes(void **state)
{
    static const char text[] = "{\"caf\xe9\": \"\xff\xfe\"}";
    xlmem__json_doc doc;
    const xlmem__json *node;
    char path[32];

    (void)state;
    assert_int_equal(parse(text, &doc, NULL), 0);
    node = xlmem__json_get(doc.root, "caf\xe9");
    assert_non_null(node);
    assert_int_equal(node->text.len, 2);
    assert_memory_equal(node->text.p, "\xff\xfe", 2);
    assert_string_equal(xlmem__json_path(node, path, sizeof(path)), "caf?");
    xlmem__json_dispose(&doc);
}

static void no_key_comes_twice(void **state)
{
    (void)state;
    refuse("{\"x\": 1,\n \"y\": 2,\n \"x\": 3}", XLMEM_ERROR_PARSE, 3,
           "twice: 'x'");
    refuse("[{\"\": 1, \"\": 1}]", XLMEM_ERROR_PARSE, 1, "twice");
    /* Escapes are no way round it. */
    refuse("{\"x\": 1, \"\\u0078\": 3}", XLMEM_ERROR_PARSE, 1, "twice");
}

static void depth_is_bounded(void **state)
{
    char text[2 * XLMEM__JSON_MAX_DEPTH + 3];
    xlmem__json_doc doc;

    (void)state;
    memset(text, '[', XLMEM__JSON_MAX_DEPTH);
    memset(text + XLMEM__JSON_MAX_DEPTH, ']', XLMEM__JSON_MAX_DEPTH);
    text[2 * XLMEM__JSON_MAX_DEPTH] = '\0';
    assert_int_equal(parse(text, &doc, NULL), 0);
    xlmem__json_dispose(&doc);
    memset(text, '[', XLMEM__JSON_MAX_DEPTH + 1);
    memset(text + XLMEM__JSON_MAX_DEPTH + 1, ']', XLMEM__JSON_MAX_DEPTH + 1);
    text[sizeof(text) - 1] = '\0';
    refuse(text, XLMEM_ERROR_RANGE, 1, "too deep");
}

static void size_is_bounded(void **state)
{
    const size_t len = XLMEM__JSON_MAX_BYTES + 1;
    char *text = calloc(1, len);
    xlmem__json_doc doc;
    xlmem__where where;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', len);
    text[0] = '1';
    assert_int_equal(xlmem__json_parse(text, len, &doc, &where),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem__json_parse(text, len - 1, &doc, &where), 0);
    xlmem__json_dispose(&doc);
    free(text);
}

static void values_are_bounded(void **state)
{
    const size_t len = 2 * (XLMEM__JSON_MAX_NODES + 1);
    char *text = malloc(len + 1);
    xlmem__json_doc doc;
    xlmem__where where;
    size_t i;

    (void)state;
    assert_non_null(text);
    for (i = 0; i < len; i += 2)
        memcpy(text + i, "1,", 2);
    text[0] = '[';
    text[1] = '1';
    text[len - 1] = ']';
    assert_int_equal(xlmem__json_parse(text, len, &doc, &where),
                     XLMEM_ERROR_RANGE);
    assert_non_null(strstr(where.text, "more values"));
    free(text);
}

static void numbers_keep_their_64_bits(void **state)
{
    xlmem__json_doc doc;
    const xlmem__json *root;
    uint64_t value = 7;

    (void)state;
    assert_int_equal(parse("{\"max\": 18446744073709551615,\n"
                           "\"over\": 18446744073709551616, \"neg\": -1,\n"
                           "\"frac\": 1.0, \"exp\": 1e3, \"str\": \"1\"}",
                           &doc, NULL),
                     0);
    root = doc.root;
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "over"), &value),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "neg"), &value),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "frac"), &value),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "exp"), &value),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "str"), &value),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "none"), &value),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(value, 7);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(root, "max"), &value), 0);
    assert_true(value == UINT64_MAX);
    xlmem__json_dispose(&doc);
    xlmem__json_dispose(&doc);
}

static void nodes_know_where_they_are(void **state)
{
    xlmem__json_doc doc;
    const xlmem__json *doms;
    char path[64], tiny[8];

    (void)state;
    assert_int_equal(
        parse("{\"a\": 0, \"doms\": [{}, {\"x\": {\"\\u001b\": 1}}]}", &doc,
              NULL),
        0);
    doms = xlmem__json_get(doc.root, "doms");
    assert_string_equal(xlmem__json_path(doc.root, path, sizeof(path)),
                        "the document");
    assert_string_equal(
        xlmem__json_path(xlmem__json_get(doms->last, "x")->first, path,
                         sizeof(path)),
        "doms[1].x.?");
    assert_string_equal(
        xlmem__json_path(xlmem__json_get(doms->last, "x")->first, tiny,
                         sizeof(tiny)),
        "doms[1]");
    assert_null(xlmem__json_get(doms, "x"));
    assert_null(xlmem__json_get(NULL, "x"));
    xlmem__json_dispose(&doc);
}

static void what_is_written_is_read_again(void **state)
{
    xlmem__json_out *out = xlmem__json_out_alloc();
    xlmem__json_doc doc;
    char *text;
    uint64_t value;

    (void)state;
    assert_non_null(out);
    xlmem__json_put_object(out, NULL);
    xlmem__json_put_u64(out, "max", UINT64_MAX);
    xlmem__json_put_array(out, "list");
    xlmem__json_put_string(out, NULL, "a\"b\\c\n\x1b");
    xlmem__json_put_string(out, NULL, "gr\xc3\xbc\xc3\x9f");
    xlmem__json_put_string(out, NULL, "\xff!");
    xlmem__json_end_array(out);
    xlmem__json_end_object(out);
    assert_int_equal(xlmem__json_out_finish(out, &text), 0);
    xlmem__json_out_free(out);

    assert_int_equal(parse(text, &doc, NULL), 0);
    assert_int_equal(xlmem__json_u64(xlmem__json_get(doc.root, "max"), &value),
                     0);
    assert_true(value == UINT64_MAX);
    assert_string_equal(doc.root->last->first->text.p, "a\"b\\c\n\x1b");
    assert_string_equal(doc.root->last->first->next->text.p,
                        "gr\xc3\xbc\xc3\x9f");
    assert_string_equal(doc.root->last->last->text.p, "\\xff!");
    xlmem__json_dispose(&doc);
    free(text);
}

TEST_GROUP(json)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_one_value_is_refused),
        cmocka_unit_test(strings_are_bytes),
        cmocka_unit_test(no_key_comes_twice),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(size_is_bounded),
        cmocka_unit_test(values_are_bounded),
        cmocka_unit_test(numbers_keep_their_64_bits),
        cmocka_unit_test(nodes_know_where_they_are),
        cmocka_unit_test(what_is_written_is_read_again),
    };

    return test_run(tests, NULL, NULL);
}
