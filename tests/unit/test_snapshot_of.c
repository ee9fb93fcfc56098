/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A snapshot for whoever looks at a part of the domains, and of documents that
 * come in pieces, over a backend that serves documents from a table.
 */
#include "documents.h"

#include "engine/ctx.h"

static char said[512];
/* The documents of domains that were asked for, in their order. */
static char asked[128];

static int serve_and_note(void *user, const char *path, char **buf_r,
                          size_t *len_r)
{
    if (strstr(path, "list") || strstr(path, "xenstore"))
        snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s ",
                 path);
    return serve(user, path, buf_r, len_r);
}

static const xlmem_backend table = {
    .struct_size = sizeof(table),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "table",
    .read_file = serve_and_note,
};

static void keep_log(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static int snapshot_for(uint32_t wants, const xlmem_backend *backend,
                        const struct document *of, xlmem_host *host)
{
    xlmem_ctx ctx = {0};

    said[0] = asked[0] = '\0';
    documents = of;
    xlmem_ctx_set_log(&ctx, keep_log, NULL);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, backend, NULL), 0);
    return xlmem_snapshot_of(&ctx, wants, host);
}

#define LIST                                                                  \
    "Name ID Mem VCPUs State Time(s)\nDomain-0 0 1024 2 r----- 1.0\n"         \
    "one 1 256 1 -b---- 1.0\n"
#define STORE                                                                 \
    "/local/domain/1/memory/target = \"262144\"   (n0,r1)\n"                  \
    "/libxl/1/type = \"pvh\"   (n0)\n"

/* Asked for @wants: those read, and what a broken one of the others says. */
static void check_read(uint32_t wants, const struct document *of,
                       const char *read)
{
    xlmem_host host;

    xlmem_host_init(&host);
    assert_int_equal(snapshot_for(wants, &table, of, &host), 0);
    assert_string_equal(asked, read);
    assert_string_equal(said, "");
    assert_int_equal(host.nr_doms, 2);
    assert_true(!(wants & XLMEM_WANT_TYPES) ||
                host.doms[1].type == XLMEM_DOM_PVH);
    assert_true(!(wants & XLMEM_WANT_TARGETS) ||
                host.doms[1].target_kb == 262144);
    xlmem_host_dispose(&host);
}

static void only_what_is_wanted_is_read(void **state)
{
    static const char all[] =
        "[{\"domid\": 0, \"config\": {\"c_info\": {\"type\": \"pv\"}}},"
        " {\"domid\": 1, \"config\": {\"c_info\": {\"type\": \"pvh\"}}}]";
    static const char one[] =
        "[{\"domid\": 0, \"config\": {\"c_info\": {\"type\": \"pv\"}}}]";
    static const struct document sound[] = {{"xenstore/ls", STORE, 0},
                                            {"xl/list", LIST, 0},
                                            {"xl/list-l.json", all, 0},
                                            {NULL, NULL, 0}};
    static const struct document lacking[] = {{"xenstore/ls", STORE, 0},
                                              {"xl/list", LIST, 0},
                                              {"xl/list-l.json", one, 0},
                                              {NULL, NULL, 0}};
    static const struct document broken[] = {
        {"xenstore/ls", NULL, XLMEM_ERROR_RANGE},
        {"xl/list", LIST, 0},
        {"xl/list-l.json", "[", 0},
        {NULL, NULL, 0}};
    static const struct document unlisted[] = {{"xenstore/ls", STORE, 0},
                                               {"xl/list-l.json", all, 0},
                                               {NULL, NULL, 0}};

    (void)state;
    check_read(0, sound, "xl/list ");
    check_read(XLMEM_WANT_TYPES, sound, "xl/list xl/list-l.json ");
    check_read(XLMEM_WANT_TYPES, lacking,
               "xl/list xl/list-l.json xenstore/ls ");
    check_read(XLMEM_WANT_TARGETS, sound,
               "xl/list xl/list-l.json xenstore/ls ");
    check_read(XLMEM_WANT_ALL, sound, "xl/list xl/list-l.json xenstore/ls ");
    /* What is not read can be anything. */
    check_read(0, broken, "xl/list ");
    /* Nothing says which domains there are: each of them may. */
    check_read(0, unlisted, "xl/list xl/list-l.json xenstore/ls ");
}

static int stream(void *user, const char *path, xlmem_piece_fn *fn, void *arg)
{
    char *text;
    size_t len, i;
    int rc = serve(user, path, &text, &len);

    /* One that is too large is seen after pieces of it. */
    if (rc == XLMEM_ERROR_RANGE && !fn(arg, STORE, strlen(STORE)))
        return rc;
    if (rc)
        return rc;
    for (i = 0; i < len && !rc; i++)
        rc = fn(arg, text + i, 1);
    free(text);
    return rc;
}

static void a_document_in_pieces_is_whole_or_not_there(void **state)
{
    static const struct document sound[] = {
        {"xenstore/ls", STORE, 0}, {"xl/list", LIST, 0}, {NULL, NULL, 0}};
    static const struct document large[] = {
        {"xenstore/ls", NULL, XLMEM_ERROR_RANGE},
        {"xl/list", LIST, 0},
        {NULL, NULL, 0}};
    static const struct document wrong[] = {
        {"xenstore/ls", STORE "/local/domain/1/memory/target = \"x\"\n", 0},
        {"xl/list", LIST, 0},
        {NULL, NULL, 0}};
    xlmem_backend pieces = table;
    xlmem_host host;

    (void)state;
    pieces.stream_file = stream;
    xlmem_host_init(&host);
    assert_int_equal(snapshot_for(XLMEM_WANT_ALL, &pieces, sound, &host), 0);
    assert_int_equal(host.nr_doms, 2);
    assert_int_equal(host.doms[1].target_kb, 262144);
    assert_string_equal(said, "");
    assert_int_equal(snapshot_for(XLMEM_WANT_ALL, &pieces, large, &host), 0);
    assert_string_equal(said, "xenstore/ls: larger than 256 MiB");
    assert_int_equal(host.nr_doms, 2);
    assert_false(XLMEM_KNOWS(&host.doms[1], target_kb));
    assert_int_equal(snapshot_for(XLMEM_WANT_ALL, &pieces, wrong, &host), 0);
    assert_non_null(strstr(said, "xenstore/ls: line 3: "));
    assert_false(XLMEM_KNOWS(&host.doms[1], target_kb));
    xlmem_host_dispose(&host);
}

TEST_GROUP(snapshot_of)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_wanted_is_read),
        cmocka_unit_test(a_document_in_pieces_is_whole_or_not_there),
    };

    return test_run(tests, NULL, NULL);
}
