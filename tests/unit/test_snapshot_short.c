/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the guard reads of a running host beside its decision. */
#include "test.h"

#include <inttypes.h>

#include "engine/ctx.h"
#include "private/advice.h"

#define BALLOON "sys/devices/system/xen_memory/xen_memory0/"

/* Of a running host: a dom0 that is not pinned and has a grown kernel. */
static const struct document {
    const char *path, *text;
} running[] = {
    {"dmesg", "[    0.1] Memory: 1806296K/2097148K available (14342K kernel "
              "code, 2331K rwdata)\n"},
    {"etc/default/grub", "GRUB_CMDLINE_XEN=dom0_mem=2G\n"},
    {"proc/buddyinfo", "Node 0, zone   Normal      1      2\n"},
    {"proc/loadavg", "28.10 25.35 26.06 11/483 27209\n"},
    {"proc/meminfo", "MemTotal: 1900000 kB\nMemAvailable: 900000 kB\n"},
    {"proc/version", "Linux version 6.1.0-37-amd64 (x@y) #1 SMP\n"},
    {BALLOON "info/current_kb", "2097152\n"},
    {BALLOON "target_kb", "2097152\n"},
    {NULL, NULL}};

static char was_read[512];

static int serve(void *user, const char *path, char **buf_r, size_t *len_r)
{
    const size_t len = strlen(was_read);
    const struct document *d;

    (void)user;
    snprintf(was_read + len, sizeof(was_read) - len, "%s\n", path);
    for (d = running; d->path; d++) {
        if (strcmp(d->path, path))
            continue;
        *buf_r = strdup(d->text);
        *len_r = strlen(d->text);
        return *buf_r ? 0 : XLMEM_ERROR_NOMEM;
    }
    return XLMEM_ERROR_NOTFOUND;
}

static int list_none(void *user, const char *path, char ***names_r,
                     size_t *nr_r)
{
    (void)user;
    (void)names_r;
    (void)nr_r;
    (void)path;
    return XLMEM_ERROR_NOTFOUND;
}

static int read_xen_now(void *user, xlmem_host *host, char *err,
                        size_t err_len)
{
    static const xlmem_dom doms[] = {{.domid = 0, .type = XLMEM_DOM_PV},
                                     {.domid = 7, .type = XLMEM_DOM_PVH}};
    size_t i;

    (void)user;
    (void)err;
    (void)err_len;
    XLMEM_SET(host, total_kb, 8 << 20);
    XLMEM_SET(host, free_kb, 1 << 20);
    XLMEM_SET(host, outstanding_kb, 0);
    XLMEM_SET(host, domains_listed, 1);
    host->doms = calloc(2, sizeof(*host->doms));
    assert_non_null(host->doms);
    for (i = 0; i < 2; i++) {
        xlmem_dom *dom = &host->doms[host->nr_doms++];

        *dom = doms[i];
        XLMEM_SET(dom, domid, doms[i].domid);
        XLMEM_SET(dom, tot_kb, 2 << 20);
        XLMEM_SET(dom, maxmem_kb, 2 << 20);
        XLMEM_SET(dom, target_kb, 2 << 20);
        XLMEM_SET(dom, dynamic_min_kb, i ? 1 << 20 : 2 << 20);
    }
    return 0;
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "running",
    .read_xen = read_xen_now,
    .read_file = serve,
    .list_dir = list_none,
};

/* What the guard says of a create that does not fit, one string. */
static void advise(const xlmem_host *host, char *text, size_t text_len)
{
    const xlmem_need_request like = {.type = XLMEM_DOM_PV};
    const xlmem_question question = {.need_kb = 5 << 20, .like = &like};
    xlmem_account account;
    xlmem_advice advice = {.known = 0};
    xlmem_policy policy;
    size_t n, len;

    xlmem_policy_init(&policy);
    assert_int_equal(xlmem_account_of(host, &policy, &account), 0);
    assert_int_equal(xlmem_advise(host, &policy, &question, &advice), 0);
    len = (size_t)snprintf(text, text_len, "%" PRIu64 " %" PRIu64 "\n",
                           account.usable_kb, account.dom0_floor_kb);
    for (n = 0;
         xlmem_advice_line(&advice, host, n, text + len, text_len - len);
         n++) {
        len += strlen(text + len);
        assert_true(len + 1 < text_len);
        text[len++] = '\n';
        text[len] = '\0';
    }
}

/* It reads what it needs and no text that is parsed in the module, and comes
 * to what all of them lead to. */
static void the_guard_reads_no_capture(void **state)
{
    xlmem_host whole, short_;
    xlmem_ctx ctx = {0};
    char all[2048], some[2048];

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    xlmem_host_init(&whole);
    assert_int_equal(xlmem_snapshot(&ctx, &whole), 0);
    assert_true(XLMEM_KNOWS(&whole.dom0, load1_bp));
    assert_true(XLMEM_KNOWS(&whole.dom0, boot_present_kb));
    was_read[0] = '\0';
    xlmem_host_init(&short_);
    assert_int_equal(xlmem_snapshot_short(&ctx, &short_), 0);
    assert_string_equal(was_read, "proc/version\n"
                                  "proc/meminfo\n" BALLOON
                                  "info/current_kb\n" BALLOON "target_kb\n");
    assert_false(XLMEM_KNOWS(&short_.dom0, load1_bp));
    advise(&whole, all, sizeof(all));
    advise(&short_, some, sizeof(some));
    assert_string_equal(all, some);
    assert_non_null(strchr(strchr(all, '\n') + 1, '\n'));
    xlmem_host_dispose(&whole);
    xlmem_host_dispose(&short_);
}

TEST_GROUP(snapshot_short)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guard_reads_no_capture),
    };

    return test_run(tests, NULL, NULL);
}
