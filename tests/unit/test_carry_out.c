/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remedies carried out on a machine that is not there: what is written where,
 * and what becomes of each failure. */
#include "test.h"

#include "engine/ctx.h"
#include "private/remedy.h"

#define NR_BLOCKS 4

static struct {
    char log[512];        /* "path=value " of all that was written */
    const char *conf;     /* xl.conf; NULL: there is none */
    char written[256];    /* of a file that was replaced */
    const char *fails_at; /* a path */
    int fails;
    bool offline[NR_BLOCKS];
    const char *compacted;
    const char *meminfo;
} machine;

static int serve(void *user, const char *path, char **buf_r, size_t *len_r)
{
    const char *text = NULL;
    unsigned n;

    (void)user;
    if (!strcmp(path, "etc/xen/xl.conf"))
        text = machine.conf;
    if (!strcmp(path, "run/xlmem/compacted"))
        text = machine.compacted;
    if (!strcmp(path, "proc/meminfo"))
        text = machine.meminfo;
    if (sscanf(path, "sys/devices/system/memory/memory%u/state", &n) == 1)
        text = machine.offline[n] ? "offline\n" : "online\n";
    if (!text)
        return XLMEM_ERROR_NOTFOUND;
    *buf_r = strdup(text);
    *len_r = strlen(text);
    return 0;
}

static int list(void *user, const char *path, char ***names_r, size_t *nr_r)
{
    static const char *const names[] = {"auto_online_blocks", "memory0",
                                        "memory1", "memory2", "memory3"};
    size_t i;

    (void)user;
    assert_string_equal(path, "sys/devices/system/memory");
    *names_r = calloc(ARRAY_SIZE(names), sizeof(**names_r));
    for (i = 0; i < ARRAY_SIZE(names); i++)
        (*names_r)[i] = strdup(names[i]);
    *nr_r = ARRAY_SIZE(names);
    return 0;
}

static int note_write(const char *path, const char *value, char *err,
                      size_t err_len)
{
    const size_t used = strlen(machine.log);

    if (machine.fails_at && !strcmp(path, machine.fails_at)) {
        snprintf(err, err_len, "/%s: no", path);
        return machine.fails;
    }
    snprintf(machine.log + used, sizeof(machine.log) - used, "%s=%s ", path,
             value);
    return 0;
}

static int write_one(void *user, const char *path, const char *value,
                     char *err, size_t err_len)
{
    (void)user;
    return note_write(path, value, err, err_len);
}

static int replace_one(void *user, const char *path, const char *text,
                       size_t len, char *err, size_t err_len)
{
    (void)user;
    assert_int_equal(len, strlen(text));
    snprintf(machine.written, sizeof(machine.written), "%s", text);
    return note_write(path, "", err, err_len);
}

static int sync_all(void *user, char *err, size_t err_len)
{
    (void)user;
    return note_write("sync", "", err, err_len);
}

static int64_t the_time(void *user)
{
    (void)user;
    return 4711;
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "machine",
    .read_file = serve,
    .list_dir = list,
    .now_ms = the_time,
    .write_setting = write_one,
    .replace_file = replace_one,
    .sync_files = sync_all,
};

static char err[XLMEM_REMEDY_ROOM];

static int carry_out(xlmem_remedy_kind kind)
{
    xlmem_ctx ctx = {.log = NULL};
    xlmem_remedy remedy = {.kind = kind};
    xlmem_policy policy;

    xlmem_policy_init(&policy);
    machine.log[0] = '\0';
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    return xlmem_remedy_carry_out(&ctx, &policy, &remedy, err, sizeof(err));
}

/* Nothing waits to be written. */
#define WRITTEN "MemTotal: 1024000 kB\nDirty: 0 kB\nWriteback: 0 kB\n"

static int reset(void **state)
{
    (void)state;
    memset(&machine, 0, sizeof(machine));
    machine.meminfo = WRITTEN;
    return 0;
}

#define COMPACT_AT "proc/sys/vm/compact_memory"
#define DROP_AT "proc/sys/vm/drop_caches"

static void memory_is_gathered_and_that_is_noted(void **state)
{
    (void)state;
    assert_int_equal(carry_out(XLMEM_REMEDY_COMPACT), 0);
    assert_string_equal(machine.log, COMPACT_AT "=1 run/xlmem/compacted= ");
    assert_string_equal(machine.written, "4711\n");
    assert_int_equal(carry_out(XLMEM_REMEDY_DROP), 0);
    assert_string_equal(machine.log,
                        "sync= " DROP_AT "=3 run/xlmem/dropped= " COMPACT_AT
                        "=1 run/xlmem/compacted= ");
}

/* A twentieth of 1000 MiB. */
static void what_is_not_written_keeps_the_caches(void **state)
{
    (void)state;
    machine.meminfo = "MemTotal: 1024000 kB\nDirty:   51000 kB\n"
                      "Writeback:   201 kB\nWritebackTmp: 9 kB\n";
    assert_int_equal(carry_out(XLMEM_REMEDY_DROP), XLMEM_ERROR_INFEASIBLE);
    assert_string_equal(machine.log, "sync= ");
    assert_non_null(strstr(err, "50 MiB wait to be written even after sync"));
    machine.meminfo = "MemTotal: 1024000 kB\nDirty:   51000 kB\n"
                      "Writeback:   200 kB";
    assert_int_equal(carry_out(XLMEM_REMEDY_DROP), 0);
}

/* What is not known is not nothing. */
static void caches_are_kept_where_dirty_is_unknown(void **state)
{
    static const char *const texts[] = {
        NULL,
        "",
        "Dirty: ",
        "MemTotal: 1024000 kB\nWriteback: 0 kB\n",
        "MemTotal: 1024000 kB\nDirty: 0 kB\n",
        "Dirty: 0 kB\nWriteback: 0 kB\n",
        "MemTotal: 1024000 kB\nDirty: 0 kB\nWriteback: 0 MB\n",
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        machine.meminfo = texts[i];
        assert_int_equal(carry_out(XLMEM_REMEDY_DROP),
                         XLMEM_ERROR_UNSUPPORTED);
        assert_string_equal(machine.log, "sync= ");
        assert_non_null(strstr(err, "the caches are kept"));
    }
}

static void what_fails_is_neither_noted_nor_gone_on_with(void **state)
{
    (void)state;
    machine.fails_at = COMPACT_AT;
    machine.fails = XLMEM_ERROR_IO;
    assert_int_equal(carry_out(XLMEM_REMEDY_COMPACT), XLMEM_ERROR_IO);
    assert_string_equal(err, "/" COMPACT_AT ": no");
    assert_string_equal(machine.log, "");
    machine.fails_at = "sync";
    machine.fails = XLMEM_ERROR_TIMEDOUT;
    assert_int_equal(carry_out(XLMEM_REMEDY_DROP), XLMEM_ERROR_TIMEDOUT);
    assert_string_equal(machine.log, "");
    machine.fails_at = DROP_AT;
    machine.fails = XLMEM_ERROR_PERM;
    assert_int_equal(carry_out(XLMEM_REMEDY_DROP), XLMEM_ERROR_PERM);
    assert_string_equal(machine.log, "sync= ");
    /* That it cannot be noted is no failure. */
    machine.fails_at = "run/xlmem/compacted";
    assert_int_equal(carry_out(XLMEM_REMEDY_COMPACT), 0);
}

static void blocks_that_are_offline_come_online(void **state)
{
    (void)state;
    machine.offline[1] = machine.offline[3] = true;
    assert_int_equal(carry_out(XLMEM_REMEDY_ONLINE), 0);
    assert_string_equal(machine.log,
                        "sys/devices/system/memory/memory1/state=online "
                        "sys/devices/system/memory/memory3/state=online ");
    assert_string_equal(err, "");
}

static void a_block_that_is_busy_stops_no_other(void **state)
{
    (void)state;
    machine.offline[1] = machine.offline[3] = true;
    machine.fails_at = "sys/devices/system/memory/memory1/state";
    machine.fails = XLMEM_ERROR_IO;
    assert_int_equal(carry_out(XLMEM_REMEDY_ONLINE), 0);
    assert_string_equal(machine.log,
                        "sys/devices/system/memory/memory3/state=online ");
    assert_non_null(strstr(err, "1 of 2 blocks"));
    /* None comes. */
    machine.offline[3] = false;
    assert_int_equal(carry_out(XLMEM_REMEDY_ONLINE), XLMEM_ERROR_IO);
    assert_non_null(strstr(err, "memory1/state: no"));
}

static void autoballoon_is_ended_in_its_file(void **state)
{
    (void)state;
    machine.conf = "# mine\nautoballoon=\"auto\"\n";
    assert_int_equal(carry_out(XLMEM_REMEDY_XL_CONF), 0);
    assert_string_equal(machine.log, "etc/xen/xl.conf= ");
    assert_string_equal(machine.written, "# mine\nautoballoon=\"off\"\n");
    machine.conf = NULL;
    assert_int_equal(carry_out(XLMEM_REMEDY_XL_CONF), 0);
    assert_string_equal(machine.written, "autoballoon=\"off\"\n");
    machine.conf = "a=1\nautoballoon=\"on\n";
    assert_int_equal(carry_out(XLMEM_REMEDY_XL_CONF), XLMEM_ERROR_PARSE);
    assert_non_null(strstr(err, "line 2"));
    assert_string_equal(machine.log, "");
    machine.conf = "";
    machine.fails_at = "etc/xen/xl.conf";
    machine.fails = XLMEM_ERROR_PERM;
    assert_int_equal(carry_out(XLMEM_REMEDY_XL_CONF), XLMEM_ERROR_PERM);
}

static void a_recorded_host_stays_as_it_is(void **state)
{
    xlmem_ctx ctx = {.log = NULL};
    xlmem_remedy remedy = {.kind = XLMEM_REMEDY_COMPACT};
    xlmem_backend recorded = backend;
    xlmem_policy policy;

    (void)state;
    xlmem_policy_init(&policy);
    recorded.write_setting = NULL;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &recorded, NULL), 0);
    assert_int_equal(
        xlmem_remedy_carry_out(&ctx, &policy, &remedy, err, sizeof(err)),
        XLMEM_ERROR_UNSUPPORTED);
    assert_string_equal(machine.log, "");
    /* Nor is what was refused done, nor what there is none for. */
    assert_int_equal(carry_out(XLMEM_REMEDY_NONE), XLMEM_ERROR_INVAL);
    assert_string_equal(machine.log, "");
}

static void when_it_was_done_is_read(void **state)
{
    xlmem_ctx ctx = {.log = NULL};
    xlmem_remedy_past past;

    (void)state;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    xlmem_remedy_past_read(&ctx, &past);
    assert_int_equal(past.known, 0);
    machine.compacted = "4711\n";
    xlmem_remedy_past_read(&ctx, &past);
    assert_true(XLMEM_KNOWS(&past, compacted_ms));
    assert_int_equal(past.compacted_ms, 4711);
    assert_false(XLMEM_KNOWS(&past, dropped_ms));
    machine.compacted = "47 11";
    xlmem_remedy_past_read(&ctx, &past);
    assert_int_equal(past.known, 0);
}

#define TEST(f) cmocka_unit_test_setup(f, reset)

TEST_GROUP(carry_out)
{
    const struct CMUnitTest tests[] = {
        TEST(memory_is_gathered_and_that_is_noted),
        TEST(what_is_not_written_keeps_the_caches),
        TEST(caches_are_kept_where_dirty_is_unknown),
        TEST(what_fails_is_neither_noted_nor_gone_on_with),
        TEST(blocks_that_are_offline_come_online),
        TEST(a_block_that_is_busy_stops_no_other),
        TEST(autoballoon_is_ended_in_its_file),
        TEST(a_recorded_host_stays_as_it_is),
        TEST(when_it_was_done_is_read),
    };

    return test_run(tests, NULL, NULL);
}
