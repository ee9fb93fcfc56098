/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "tar_memory.h"

/* An archive that grows in a fixed place. */
static char archive[64 * XLMEM__TAR_BLOCK];
static size_t used;
static tar_memory memory;

static void fix_sum(char *block)
{
    uint64_t sum = 0;
    size_t i;

    memset(block + 148, ' ', 8);
    for (i = 0; i < XLMEM__TAR_BLOCK; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06llo", (unsigned long long)sum);
}

static char *add(const char *name, char type, const char *data, size_t len)
{
    char *block = archive + used;

    assert_int_equal(xlmem__tar_header(name, len, block), 0);
    block[156] = type;
    fix_sum(block);
    memset(block + XLMEM__TAR_BLOCK, 0, len + xlmem__tar_padding(len));
    memcpy(block + XLMEM__TAR_BLOCK, data, len);
    used += XLMEM__TAR_BLOCK + len + xlmem__tar_padding(len);
    return block;
}

static xlmem__tar finish(void)
{
    memset(archive + used, 0, 2 * XLMEM__TAR_BLOCK);
    memory = (tar_memory){archive, archive + used + 2 * XLMEM__TAR_BLOCK};
    return (xlmem__tar){tar_memory_read, &memory, 0};
}

static void expect(xlmem__tar *tar, const char *name, const char *text)
{
    char data[4 * XLMEM__TAR_BLOCK];
    xlmem__tar_file file;
    bool more = false;

    assert_int_equal(xlmem__tar_next(tar, &file, &more, NULL), 0);
    assert_true(more);
    assert_string_equal(file.name, name);
    assert_int_equal(file.size_bytes, strlen(text));
    /* Whoever reads none of it, or a part, is led past the rest. */
    assert_int_equal(xlmem__tar_read(tar, data, strlen(text) / 2), 0);
    assert_memory_equal(data, text, strlen(text) / 2);
}

static void expect_end(xlmem__tar *tar)
{
    xlmem__tar_file file;
    bool more = true;

    assert_int_equal(xlmem__tar_next(tar, &file, &more, NULL), 0);
    assert_false(more);
}

static void expect_error(int rc, const char *what)
{
    xlmem__tar tar = finish();
    xlmem__where where = {.line = 0};
    xlmem__tar_file file;
    bool more;

    assert_int_equal(xlmem__tar_next(&tar, &file, &more, &where), rc);
    if (!strstr(where.text, what))
        fail_msg("'%s' has no '%s'", where.text, what);
    used = 0;
}

static void what_is_written_is_read(void **state)
{
    char data[3 * XLMEM__TAR_BLOCK + 1];
    xlmem__tar tar;
    size_t len;

    (void)state;
    memset(data, 'x', sizeof(data));
    for (len = 0; len < sizeof(data); len += 37) {
        used = 0;
        data[len] = '\0';
        add("proc/meminfo", '0', data, len);
        add("./xl//info", '\0', "a", 1);
        tar = finish();
        expect(&tar, "proc/meminfo", data);
        expect(&tar, "xl/info", "a");
        expect_end(&tar);
        data[len] = 'x';
    }
}

static void long_names_of_both_kinds(void **state)
{
    xlmem__tar tar;
    char *block;

    (void)state;
    used = 0;
    add("@LongLink", 'L', "a/long/name", 12);
    add("short", '0', "1", 1);
    add("PaxHeader", 'x', "19 path=pax/name/x\n8 uid=0\n", 27);
    add("short", '0', "2", 1);
    add("global", 'g', "15 comment=abc\n", 15);
    block = add("name", '0', "3", 1);
    memcpy(block + 345, "the/prefix", 10);
    fix_sum(block);
    tar = finish();
    expect(&tar, "a/long/name", "1");
    expect(&tar, "pax/name/x", "2");
    expect(&tar, "the/prefix/name", "3");
    expect_end(&tar);
}

/* A name stands before its own file only. */
static void others_are_passed_over(void **state)
{
    xlmem__tar tar;

    (void)state;
    used = 0;
    add("dir/", '5', "", 0);
    add("@LongLink", 'L', "of/the/link", 12);
    add("link", '2', "", 0);
    add("fifo", '6', "", 0);
    add("file", '0', "1", 1);
    tar = finish();
    expect(&tar, "file", "1");
    expect_end(&tar);
}

static void what_leads_outside_is_refused(void **state)
{
    (void)state;
    used = 0;
    add("/etc/passwd", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "an absolute name");
    add("a/../b", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "a name with ..");
    add("..", '2', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "a name with ..");
    add("@", 'L', "/abs", 5);
    add("x", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "an absolute name");
    add("@", 'x', "14 path=../x/y\n", 15);
    add("x", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "damaged pax");
    add("@", 'x', "15 path=../x/y\n", 15);
    add("x", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "a name with ..");
}

static void damage_is_found(void **state)
{
    char long_name[400], *block;

    (void)state;
    used = 0;
    add("x", '0', "1", 1)[0] = 'y';
    expect_error(XLMEM_ERROR_PARSE, "damaged header: 'y'");
    add("sparse", 'S', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "sparse");
    add("@", 'x', "22 GNU.sparse.major=1\n", 22);
    expect_error(XLMEM_ERROR_PARSE, "sparse");
    add("@", 'x', "99 path=x\n", 10);
    expect_error(XLMEM_ERROR_PARSE, "damaged pax");
    add("@", 'x', "2 \n", 3);
    expect_error(XLMEM_ERROR_PARSE, "damaged pax");
    add("@", 'x', "31 size=18446744073709551615\n\n\n", 31);
    add("x", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "damaged pax");
    add("@", 'x', "29 size=18446744073709551615\n", 29);
    add("x", '0', "", 0);
    expect_error(XLMEM_ERROR_PARSE, "cut in the middle");
    memset(long_name, 'n', sizeof(long_name));
    add("@", 'L', long_name, sizeof(long_name));
    add("x", '0', "", 0);
    expect_error(XLMEM_ERROR_RANGE, "a name too long");
    /* Of a header that is kept no more is asked for than it may have. */
    block = add("@", 'x', "", 0);
    snprintf(block + 124, 12, "%011o", XLMEM__TAR_AHEAD_MAX + 1);
    fix_sum(block);
    expect_error(XLMEM_ERROR_RANGE, "a header too long");
}

/* Whatever is behind the cut, no prefix of an archive passes for one. */
static void no_cut_passes(void **state)
{
    xlmem__tar_file file;
    size_t len;

    (void)state;
    used = 0;
    add("proc/meminfo", '0', "MemTotal: 1 kB\n", 15);
    finish();
    for (len = 0; len < used + XLMEM__TAR_BLOCK; len++) {
        tar_memory cut = {archive, archive + len};
        xlmem__tar tar = {tar_memory_read, &cut, 0};
        bool more = true;
        int rc = 0;

        while (!rc && more)
            rc = xlmem__tar_next(&tar, &file, &more, NULL);
        assert_int_equal(rc, XLMEM_ERROR_PARSE);
    }
}

static void names_must_fit_a_header(void **state)
{
    char name[102], block[XLMEM__TAR_BLOCK];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[101] = '\0';
    assert_int_equal(xlmem__tar_header(name, 1, block), XLMEM_ERROR_RANGE);
    name[100] = '\0';
    assert_int_equal(xlmem__tar_header(name, 1, block), 0);
    assert_int_equal(xlmem__tar_header("", 1, block), XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem__tar_header("x", UINT64_C(1) << 33, block),
                     XLMEM_ERROR_RANGE);
}

TEST_GROUP(tar)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(long_names_of_both_kinds),
        cmocka_unit_test(others_are_passed_over),
        cmocka_unit_test(what_leads_outside_is_refused),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(no_cut_passes),
        cmocka_unit_test(names_must_fit_a_header),
    };

    return test_run(tests, NULL, NULL);
}
