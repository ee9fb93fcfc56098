/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Documents that come in pieces: the limits of a line, a value and a document.
 * That the pieces' ends change nothing is the fuzz targets' to show.
 */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/capture/pieces.h"
#include "codec/capture/texts.h"
#include "codec/json.h"
#include "sys/root.h"

/* ------------------------------------------------------ long documents --- */

/* Feeds a text made of a head, a body again and again, and a tail. */
static int feed(const xlmem__pieces *pieces, const char *const parts[3],
                size_t times, xlmem_host *host, xlmem__where *where)
{
    void *state = pieces->begin();
    size_t i;
    int rc;

    assert_non_null(state);
    *where = (xlmem__where){.line = 0};
    rc = pieces->feed(state, (xlmem__str){parts[0], strlen(parts[0])}, where);
    for (i = 0; i < times && !rc; i++)
        rc = pieces->feed(state, (xlmem__str){parts[1], strlen(parts[1])},
                          where);
    if (!rc)
        rc = pieces->feed(state, (xlmem__str){parts[2], strlen(parts[2])},
                          where);
    if (!rc)
        rc = pieces->end(state, host, where);
    pieces->dispose(state);
    return rc;
}

static char *filled(size_t len, char with)
{
    char *text = malloc(len + 1);

    assert_non_null(text);
    memset(text, with, len);
    text[len] = '\0';
    return text;
}

static void a_line_has_64_kib(void **state)
{
    static const char head[] = "Name  ID   Mem VCPUs  State   Time(s)\n"
                               "Domain-0  0  1024  2  r-----  14.2\n";
    char *blanks = filled(XLMEM__PIECE_TEXT_MAX - 1, ' ');
    xlmem__where where;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(feed(&xlmem__xl_list_pieces,
                          (const char *[]){head, blanks, "\n"}, 1, &host,
                          &where),
                     0);
    assert_int_equal(host.nr_doms, 1);
    xlmem_host_dispose(&host);
    xlmem_host_init(&host);
    assert_int_equal(feed(&xlmem__xl_list_pieces,
                          (const char *[]){head, blanks, "  \n"}, 1, &host,
                          &where),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(where.line, 3);
    assert_non_null(strstr(where.text, "too long"));
    /* In one piece as well. */
    assert_int_equal(feed(&xlmem__xenstore_ls_pieces,
                          (const char *[]){"/tool\n", "", blanks}, 0, &host,
                          &where),
                     0);
    free(blanks);
    blanks = filled(XLMEM__PIECE_TEXT_MAX + 2, ' ');
    blanks[XLMEM__PIECE_TEXT_MAX + 1] = '\n';
    assert_int_equal(feed(&xlmem__xenstore_ls_pieces,
                          (const char *[]){"/tool\n", blanks, ""}, 1, &host,
                          &where),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(where.line, 2);
    assert_int_equal(host.nr_doms, 0);
    free(blanks);
}

static void a_value_has_64_kib(void **state)
{
    char *text = filled(XLMEM__PIECE_TEXT_MAX, 'x');
    xlmem__where where;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(
        feed(&xlmem__xl_list_long_pieces,
             (const char *[]){"[\n{\"domid\": 7, \"a\": \"", text, "\"}]"}, 1,
             &host, &where),
        0);
    assert_int_equal(host.nr_doms, 1);
    xlmem_host_dispose(&host);
    xlmem_host_init(&host);
    assert_int_equal(
        feed(&xlmem__xl_list_long_pieces,
             (const char *[]){"[\n{\"domid\": 7, \"a\": \"", text, "y\"}]"}, 1,
             &host, &where),
        XLMEM_ERROR_RANGE);
    assert_int_equal(where.line, 2);
    /* One that never ends is not kept until the end of the document. */
    assert_int_equal(feed(&xlmem__xl_list_long_pieces,
                          (const char *[]){"[\n\"", text, ""}, 100, &host,
                          &where),
                     XLMEM_ERROR_RANGE);
    free(text);
}

static void an_object_has_64_kib_of_keys(void **state)
{
    /* Four digits and a byte more each, beside "domid" and "x". */
    const size_t fit = (XLMEM__PIECE_TEXT_MAX - 8) / 5;
    char *text = calloc(fit + 2, sizeof("\"0000\":0,"));
    xlmem__where where;
    xlmem_host host;
    size_t i, nr, len;

    (void)state;
    assert_non_null(text);
    for (nr = fit; nr <= fit + 1; nr++) {
        xlmem_host_init(&host);
        for (i = len = 0; i < nr; i++)
            len += (size_t)sprintf(text + len, "\"%04x\":0,", (unsigned)i);
        text[len - 1] = '}';
        assert_int_equal(
            feed(&xlmem__xl_list_long_pieces,
                 (const char *[]){"[{\"domid\":1},\n{\"domid\":2,\"x\":{",
                                  text, "}]"},
                 1, &host, &where),
            nr > fit ? XLMEM_ERROR_RANGE : 0);
        xlmem_host_dispose(&host);
    }
    free(text);
}

/* A million values, which the tree of a document may not have. */
static void many_domains_are_no_tree(void **state)
{
    char domain[] = "{\"domid\": 00000, \"config\": {\"c_info\": {\"type\": "
                    "\"pvh\"}, \"x\": [1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,"
                    "1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9]}},\n";
    const xlmem__pieces *pieces = &xlmem__xl_list_long_pieces;
    void *parser = pieces->begin();
    xlmem__where where = {.line = 0};
    xlmem_host host;
    unsigned id;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(pieces->feed(parser, (xlmem__str){"[", 1}, &where), 0);
    for (id = 10000; id < 10000 + 22000; id++) {
        memcpy(domain + 10,
               (char[]){(char)('0' + id / 10000), (char)('0' + id / 1000 % 10),
                        (char)('0' + id / 100 % 10),
                        (char)('0' + id / 10 % 10), (char)('0' + id % 10)},
               5);
        assert_int_equal(
            pieces->feed(parser, (xlmem__str){domain, strlen(domain)}, &where),
            0);
    }
    /* A domain twice is refused still, at its line. */
    assert_int_equal(
        pieces->feed(parser, (xlmem__str){"{\"domid\": 10000}]", 17}, &where),
        XLMEM_ERROR_PARSE);
    assert_int_equal(where.line, 22001);
    assert_non_null(strstr(where.text, "[22000]"));
    pieces->dispose(parser);
    xlmem_host_dispose(&host);
}

/* --------------------------------------------------------------- files --- */

static int count(void *arg, const char *piece, size_t len)
{
    assert_non_null(piece);
    assert_true(len > 0);
    *(uint64_t *)arg += len;
    return 0;
}

static int stop(void *arg, const char *piece, size_t len)
{
    (void)piece;
    (void)len;
    (*(int *)arg)++;
    return 4711;
}

static void a_file_has_256_mib(void **state)
{
    char dir[] = "/tmp/test_pieces.XXXXXX";
    uint64_t bytes = 0;
    int root, fd, calls = 0;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(xlmem__root_open(dir, &root), 0);
    fd = openat(root, "doc", O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)XLMEM_STREAM_MAX_BYTES), 0);
    assert_int_equal(xlmem__root_stream(root, "doc", count, &bytes), 0);
    assert_int_equal(bytes, XLMEM_STREAM_MAX_BYTES);
    assert_int_equal(xlmem__root_stream(root, "doc", stop, &calls), 4711);
    assert_int_equal(calls, 1);
    assert_int_equal(ftruncate(fd, (off_t)XLMEM_STREAM_MAX_BYTES + 1), 0);
    assert_int_equal(xlmem__root_stream(root, "doc", count, &bytes),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem__root_stream(root, "none", count, &bytes),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(mkdirat(root, "sub", 0700), 0);
    assert_int_equal(xlmem__root_stream(root, "sub", count, &bytes),
                     XLMEM_ERROR_DIRECTORY);
    assert_int_equal(unlinkat(root, "sub", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(root, "doc", 0), 0);
    close(fd);
    close(root);
    assert_int_equal(rmdir(dir), 0);
}

TEST_GROUP(pieces)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_64_kib),
        cmocka_unit_test(a_value_has_64_kib),
        cmocka_unit_test(an_object_has_64_kib_of_keys),
        cmocka_unit_test(many_domains_are_no_tree),
        cmocka_unit_test(a_file_has_256_mib),
    };

    return test_run(tests, NULL, NULL);
}
