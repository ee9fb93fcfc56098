/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whether xl makes room itself, by xl.conf and Xen's command line. */
#include "test.h"

#include "engine/ctx.h"
#include "private/guard.h"

static const char *conf;

static int serve(void *user, const char *path, char **buf_r, size_t *len_r)
{
    (void)user;
    if (!conf || strcmp(path, "etc/xen/xl.conf") != 0)
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup(conf);
    *len_r = strlen(conf);
    return 0;
}

static int set_target(void *user, uint64_t domid, uint64_t target_kb,
                      char *err, size_t err_len)
{
    (void)user;
    (void)domid;
    (void)target_kb;
    (void)err;
    (void)err_len;
    return XLMEM_ERROR_XEN;
}

static xlmem_backend backend = {.struct_size = sizeof(backend),
                                .api_version = XLMEM_BACKEND_VERSION,
                                .name = "files",
                                .read_file = serve,
                                .set_target_kb = set_target};

enum { OFF, ON, UNKNOWN };

static int ask(const char *text, char *line, uint64_t minor)
{
    xlmem_ctx ctx = {.log = NULL};
    xlmem_host host;
    bool on = false;
    int rc;

    conf = text;
    xlmem_host_init(&host);
    host.xen_cmdline = line;
    XLMEM_SET(&host, xen_major, 4);
    XLMEM_SET(&host, xen_minor, minor);
    assert_int_equal(xlmem_autoballoon(&ctx, &host, &on), XLMEM_ERROR_UNKNOWN);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    rc = xlmem_autoballoon(&ctx, &host, &on);
    return rc ? UNKNOWN : on ? ON : OFF;
}

static void it_is_as_xl_sees_it(void **state)
{
    static char fixed[] = "loglvl=all dom0_mem=2G,max:2G";
    static char half[] = "dom0_mem=1G+10%";
    static char none[] = "loglvl=all";

    (void)state;
    assert_int_equal(ask("autoballoon=\"on\"", fixed, 17), ON);
    assert_int_equal(ask("autoballoon=\"1\"", fixed, 17), ON);
    assert_int_equal(ask("autoballoon=1", fixed, 17), ON);
    assert_int_equal(ask("autoballoon = 'off'\n", none, 17), OFF);
    assert_int_equal(ask("autoballoon=0", none, 17), OFF);
    assert_int_equal(ask("autoballoon=0", NULL, 17), OFF);
    assert_int_equal(ask("autoballoon=\"auto\"", fixed, 17), OFF);
    assert_int_equal(ask("autoballoon=\"auto\"", none, 17), ON);
    /* What xl does not know it passes over. */
    assert_int_equal(ask("autoballoon=\"Off\"", none, 17), ON);
    assert_int_equal(ask("#autoballoon=\"off\"", none, 17), ON);
    assert_int_equal(ask("autoballoon=[\"off\"]", none, 17), ON);
    assert_int_equal(ask("autoballoon=1\nautoballoon=0", none, 17), OFF);
    assert_int_equal(ask("", fixed, 17), OFF);
    assert_int_equal(ask("", none, 17), ON);
    assert_int_equal(ask("", NULL, 17), UNKNOWN);
    /* tools/xl/xl.c of 4.14 does not know percentages. */
    assert_int_equal(ask("", half, 17), OFF);
    assert_int_equal(ask("", half, 20), OFF);
    assert_int_equal(ask("", half, 14), ON);
    assert_int_equal(ask(NULL, none, 17), ON);
    /* A recorded host may have had a file. */
    backend.set_target_kb = NULL;
    assert_int_equal(ask(NULL, none, 17), UNKNOWN);
    assert_int_equal(ask("", none, 17), ON);
    backend.set_target_kb = set_target;
}

TEST_GROUP(autoballoon)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_as_xl_sees_it)};

    return test_run(tests, NULL, NULL);
}
