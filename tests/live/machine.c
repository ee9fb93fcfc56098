/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * machine MODULE.so: what the live module passes on, which no guarded create
 * asks of a machine: to whom, when that is opened and closed, and what becomes
 * of it where there is nobody.  Xen is this program (fake_xen.h).
 */
#include "config.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "private/backend.h"
#include "private/vitals.h"

/* --------------------------------------------------------- the machine --- */

static struct {
    unsigned opened, closed;
    int fails;
    char asked[128]; /* the last call, and of what */
} machine;

static void machine_close(void *user)
{
    CHECK(user == &machine);
    machine.closed++;
}

static int asked(void *user, const char *what, const char *of)
{
    CHECK(user == &machine);
    snprintf(machine.asked, sizeof(machine.asked), "%s %s", what, of);
    return machine.fails;
}

static int machine_read(void *user, const char *path, char **buf_r,
                        size_t *len_r)
{
    *buf_r = strdup("a line\n");
    *len_r = 7;
    return asked(user, "read", path);
}

static int machine_processes(void *user, struct xlmem_vitals_procs *procs_r)
{
    XLMEM_SET(procs_r, nr_processes, 7);
    return asked(user, "processes", "");
}

static int machine_holders(void *user, struct xlmem_vitals_procs *procs)
{
    XLMEM_SET(procs, nr_holders, 3);
    return asked(user, "holders", "");
}

static int machine_set(void *user, const char *path, const char *value,
                       char *err, size_t err_len)
{
    snprintf(err, err_len, "said of %s", path);
    return asked(user, path, value);
}

static int machine_replace(void *user, const char *path, const char *text,
                           size_t len, char *err, size_t err_len)
{
    CHECK(len == strlen(text));
    snprintf(err, err_len, "said of %s", path);
    return asked(user, path, text);
}

static int machine_sync(void *user, char *err, size_t err_len)
{
    snprintf(err, err_len, "said of sync");
    return asked(user, "sync", "");
}

static const xlmem_backend machine_backend = {
    .struct_size = sizeof(xlmem_backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "test",
    .close = machine_close,
    .read_file = machine_read,
    .read_processes = machine_processes,
    .read_holders = machine_holders,
    .write_setting = machine_set,
    .replace_file = machine_replace,
    .sync_files = machine_sync,
};

static int open_machine(const xlmem_backend **backend_r, void **user_r,
                        char *err, size_t err_len)
{
    machine.opened++;
    if (machine.fails) {
        snprintf(err, err_len, "nobody is there");
        return machine.fails;
    }
    *backend_r = &machine_backend;
    *user_r = &machine;
    return 0;
}

/* ---------------------------------------------------------- the module --- */

typedef struct live {
    const xlmem_backend *backend;
    void *user;
    char said[256]; /* the last line of its log */
    int nr_said;
} live;

static void keep_line(void *user, int level, const char *text)
{
    live *l = user;

    (void)level;
    l->nr_said++;
    snprintf(l->said, sizeof(l->said), "%s", text);
}

static void open_live(const char *path, xlmem_open_machine_fn *opens, live *l)
{
    const xlmem_live_params params = {.struct_size = sizeof(params),
                                      .log = keep_line,
                                      .log_user = l,
                                      .open_machine = opens};
    void *handle = dlopen(path, RTLD_NOW);
    const xlmem_live_module_v2 *module =
        handle ? dlsym(handle, "xlmem_live_module") : NULL;
    char err[320] = "";

    CHECK(module);
    memset(&machine, 0, sizeof(machine));
    memset(l, 0, sizeof(*l));
    CHECK(!module->open(&params, &l->backend, &l->user, err, sizeof(err)));
}

static int read_of(const live *l, const char *path)
{
    char *buf = NULL;
    size_t len;
    int rc = l->backend->read_file(l->user, path, &buf, &len);

    free(buf);
    return rc;
}

/* Files are the module's own to read, logs are not. */
static void logs_are_passed_on(const char *path)
{
    static const char *const logs[] = {"dmesg", "dmesg-previous",
                                       "var/log/xen/xl-domU.log",
                                       "var/log/kern.log"};
    char want[128];
    size_t i;
    live l;

    open_live(path, open_machine, &l);
    CHECK(!read_of(&l, "proc/meminfo") && !read_of(&l, "proc/self/stat"));
    CHECK(read_of(&l, "etc/xen/no such file") == XLMEM_ERROR_NOTFOUND);
    CHECK(!machine.opened);
    for (i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
        snprintf(want, sizeof(want), "read %s", logs[i]);
        CHECK(!read_of(&l, logs[i]) && !strcmp(machine.asked, want));
    }
    CHECK(machine.opened == 1 && !machine.closed);
    l.backend->close(l.user);
    CHECK(machine.closed == 1);
}

static void the_rest_is_passed_on(const char *path)
{
    xlmem_vitals_procs procs = {.known = 0};
    char err[64] = "";
    live l;

    open_live(path, open_machine, &l);
    CHECK(!l.backend->read_processes(l.user, &procs) &&
          procs.nr_processes == 7);
    CHECK(!l.backend->read_holders(l.user, &procs) && procs.nr_holders == 3);
    CHECK(!l.backend->sync_files(l.user, err, sizeof(err)) &&
          !strcmp(machine.asked, "sync "));
    CHECK(!l.backend->replace_file(l.user, "etc/a", "text", 4, err,
                                   sizeof(err)) &&
          !strcmp(machine.asked, "etc/a text"));
    machine.fails = XLMEM_ERROR_PERM;
    CHECK(l.backend->write_setting(l.user, "proc/b", "1", err, sizeof(err)) ==
              XLMEM_ERROR_PERM &&
          !strcmp(machine.asked, "proc/b 1") &&
          !strcmp(err, "said of proc/b"));
    CHECK(machine.opened == 1);
    l.backend->close(l.user);
    CHECK(machine.closed == 1);
}

/* Never taken for a file that is not there, nor for a machine at rest. */
static void nobody_there_is_said(const char *path,
                                 xlmem_open_machine_fn *opens, const char *why)
{
    xlmem_vitals_procs procs = {.known = 0};
    char err[64] = "";
    live l;

    open_live(path, opens, &l);
    machine.fails = XLMEM_ERROR_NOTFOUND;
    CHECK(read_of(&l, "dmesg") == XLMEM_ERROR_UNSUPPORTED);
    CHECK(strstr(l.said, why));
    CHECK(l.backend->read_processes(l.user, &procs) ==
              XLMEM_ERROR_UNSUPPORTED &&
          !procs.known);
    CHECK(l.backend->read_holders(l.user, &procs) == XLMEM_ERROR_UNSUPPORTED);
    CHECK(l.nr_said == 1);
    CHECK(l.backend->write_setting(l.user, "proc/b", "1", err, sizeof(err)) ==
              XLMEM_ERROR_UNSUPPORTED &&
          strstr(err, why));
    CHECK(l.backend->replace_file(l.user, "etc/a", "text", 4, err,
                                  sizeof(err)) == XLMEM_ERROR_UNSUPPORTED);
    CHECK(l.backend->sync_files(l.user, err, sizeof(err)) ==
          XLMEM_ERROR_UNSUPPORTED);
    l.backend->close(l.user);
    CHECK(!machine.closed);
}

/* Memory may be there the next time, and then it is opened. */
static void a_failure_is_no_absence(const char *path)
{
    xlmem_vitals_procs procs = {.known = 0};
    live l;

    open_live(path, open_machine, &l);
    machine.fails = XLMEM_ERROR_NOMEM;
    CHECK(l.backend->read_processes(l.user, &procs) == XLMEM_ERROR_NOMEM);
    machine.fails = 0;
    CHECK(!l.backend->read_processes(l.user, &procs));
    l.backend->close(l.user);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    logs_are_passed_on(argv[1]);
    the_rest_is_passed_on(argv[1]);
    nobody_there_is_said(argv[1], open_machine, "nobody is there");
    nobody_there_is_said(argv[1], NULL, "nothing here reads");
    a_failure_is_no_absence(argv[1]);
    return 0;
}
