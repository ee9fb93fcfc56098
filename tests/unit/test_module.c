/* SPDX-License-Identifier: LGPL-2.1-only */
/* Choosing the live module, on machines made of files. */
#include "config.h"

#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/sys.h"
#include "tree.h"

/* Measured in a PV dom0 (Xen 4.17, Linux 6.1); the same without the bit. */
#define FEATURES_DOM0 "000228f0\n"
#define FEATURES_DOMU "000220f0\n"

typedef struct machine {
    char dir[64];
    char text[512]; /* the message */
    char logged[64];
    const xlmem_backend *backend;
    void *user;
    bool no_log;
} machine;

static void make_parents(char *path)
{
    char *slash;

    for (slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(!mkdir(path, 0755) || errno == EEXIST);
        *slash = '/';
    }
}

static void put(const machine *m, const char *path, const char *text)
{
    char full[PATH_MAX];
    FILE *f;

    snprintf(full, sizeof(full), "%s/%s", m->dir, path);
    make_parents(full);
    f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void take_away(const machine *m, const char *path)
{
    char full[PATH_MAX];

    snprintf(full, sizeof(full), "%s/%s", m->dir, path);
    assert_int_equal(unlink(full), 0);
}

/* One of the modules that are built beside this test. */
static void install(const machine *m, const char *release, const char *module)
{
    const char *build = getenv("XLMEM_BUILDDIR");
    char from[PATH_MAX], to[PATH_MAX];

    snprintf(from, sizeof(from), "%s/tests/unit/.libs/%s.so",
             build ? build : ".", module);
    snprintf(to, sizeof(to), "%s/lib/xen-%s/live.so", m->dir, release);
    make_parents(to);
    assert_int_equal(access(from, R_OK), 0);
    assert_int_equal(symlink(from, to), 0);
}

static int make_machine(void **state)
{
    machine *m = calloc(1, sizeof(*m));

    strcpy(m->dir, "/tmp/xlmem-module-XXXXXX");
    assert_non_null(mkdtemp(m->dir));
    chmod(m->dir, 0755);
    put(m, "sys/hypervisor/type", "xen\n");
    put(m, "sys/hypervisor/version/major", "4\n");
    put(m, "sys/hypervisor/version/minor", "17\n");
    put(m, "sys/hypervisor/properties/features", FEATURES_DOM0);
    put(m, "dev/xen/privcmd", "");
    *state = m;
    return 0;
}

static int remove_machine(void **state)
{
    machine *m = *state;
    int r = remove_tree(m->dir);

    free(m);
    return r;
}

static void record(void *user, int level, const char *text)
{
    machine *m = user;

    snprintf(m->logged, sizeof(m->logged), "%d %s", level, text);
}

static int open_machine(machine *m)
{
    char lib[PATH_MAX];
    const xlmem__live_place place = {m->dir, lib};
    xlmem_live_params params = {.struct_size = sizeof(params)};
    xlmem__msg msg = {m->text, sizeof(m->text)};

    snprintf(lib, sizeof(lib), "%s/lib", m->dir);
    if (!m->no_log) {
        params.log = record;
        params.log_user = m;
    }
    return xlmem__live_open(&place, &params, &m->backend, &m->user, &msg);
}

static void assert_fails(machine *m, int rc, const char *what)
{
    assert_int_equal(open_machine(m), rc);
    if (!strstr(m->text, what))
        fail_msg("'%s' is not in '%s'", what, m->text);
    assert_null(m->backend);
}

static void the_running_release_is_loaded(void **state)
{
    machine *m = *state;

    install(m, "4.14", "fake_stale");
    install(m, "4.17", "fake_live");
    assert_int_equal(open_machine(m), 0);
    assert_string_equal(m->backend->name, "fake");
    assert_ptr_equal(m->user, m);
    assert_string_equal(m->logged, "1 the fake is open");
}

static void no_xen_is_said(void **state)
{
    machine *m = *state;

    put(m, "sys/hypervisor/type", "vmware\n");
    assert_fails(m, XLMEM_ERROR_NOTFOUND, "another hypervisor");
    take_away(m, "sys/hypervisor/type");
    assert_fails(m, XLMEM_ERROR_NOTFOUND, "does not run under Xen");
}

/* Of whom nothing can be opened nothing is known. */
static void no_descriptor_is_no_machine_without_xen(void **state)
{
    const int lowest = dup(STDERR_FILENO);
    struct rlimit before, limit;
    machine *m = *state;
    int rc;

    assert_true(lowest >= 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = (rlim_t)lowest;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    rc = open_machine(m);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, XLMEM_ERROR_IO);
    assert_non_null(strstr(m->text, "cannot be told"));
    assert_non_null(strstr(m->text, strerror(EMFILE)));
}

static void a_guest_is_told_so(void **state)
{
    machine *m = *state;

    put(m, "sys/hypervisor/properties/features", FEATURES_DOMU);
    assert_fails(m, XLMEM_ERROR_PERM, "not its control domain");
    /* Without the file Xen itself will have to say it. */
    take_away(m, "sys/hypervisor/properties/features");
    assert_fails(m, XLMEM_ERROR_NOTFOUND, "no module for Xen 4.17");
}

static void missing_privcmd_is_said(void **state)
{
    machine *m = *state;

    take_away(m, "dev/xen/privcmd");
    assert_fails(m, XLMEM_ERROR_XEN, "dev/xen/privcmd");
    put(m, "proc/xen/privcmd", "");
    assert_fails(m, XLMEM_ERROR_NOTFOUND, "no module for Xen 4.17");
}

static void the_unprivileged_are_told_so(void **state)
{
    machine *m = *state;
    char full[PATH_MAX];
    uid_t me = geteuid();
    int rc;

    snprintf(full, sizeof(full), "%s/dev/xen/privcmd", m->dir);
    assert_int_equal(chmod(full, 0), 0);
    /* glibc 2.31 asks for the real one even where the other is meant. */
    if (!me)
        assert_int_equal(setresuid(65534, 65534, 0), 0);
    rc = open_machine(m);
    if (!me)
        assert_int_equal(setresuid(0, 0, 0), 0);
    assert_int_equal(rc, XLMEM_ERROR_PERM);
    assert_non_null(strstr(m->text, "not privileged"));
}

static void the_installed_releases_are_named(void **state)
{
    machine *m = *state;

    assert_fails(m, XLMEM_ERROR_NOTFOUND, "(installed: none)");
    install(m, "4.14", "fake_live");
    install(m, "4.20", "fake_live");
    assert_fails(m, XLMEM_ERROR_NOTFOUND, "lib/xen-4.17/live.so");
    assert_fails(m, XLMEM_ERROR_NOTFOUND, "(installed: 4.14, 4.20)");
}

static void an_odd_release_is_refused(void **state)
{
    machine *m = *state;

    put(m, "sys/hypervisor/version/minor", "../../x\n");
    assert_fails(m, XLMEM_ERROR_XEN, "no Xen release");
}

static void a_module_of_another_version_is_refused(void **state)
{
    machine *m = *state;

    install(m, "4.17", "fake_stale");
    assert_fails(m, XLMEM_ERROR_XEN, "its interface is 1, the library's 2");
}

static void a_module_of_another_build_is_refused(void **state)
{
    machine *m = *state;

    install(m, "4.17", "fake_other");
    assert_fails(m, XLMEM_ERROR_XEN, "another version of libxlmem");
}

static void what_is_no_module_is_refused(void **state)
{
    machine *m = *state;

    put(m, "lib/xen-4.17/live.so", "no library\n");
    assert_fails(m, XLMEM_ERROR_XEN, "cannot load");
}

static void the_modules_own_failure_travels(void **state)
{
    machine *m = *state;

    install(m, "4.17", "fake_live");
    m->no_log = true;
    assert_fails(m, XLMEM_ERROR_XENSTORE, "the fake has no log");
}

/* ------------------------------------------------- beside a library --- */

/* A module's path below the folder of one of those beside this test. */
static int find_beside(const char *name, const char *symbol,
                       const void **table_r, xlmem__msg *msg)
{
    const char *build = getenv("XLMEM_BUILDDIR");
    char path[PATH_MAX];
    void *library;

    snprintf(path, sizeof(path), "%s/tests/unit/.libs/fake_live.so",
             build ? build : ".");
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    return xlmem__module_beside(dlsym(library, "xlmem_live_module"), name,
                                symbol, table_r, msg);
}

static void one_beside_the_library_is_found(void **state)
{
    char text[512] = "";
    xlmem__msg msg = {text, sizeof(text)};
    const xlmem_live_module_v2 *stale;
    const void *table = NULL;

    (void)state;
    assert_int_equal(
        find_beside("fake_stale.so", "xlmem_live_module", &table, &msg), 0);
    assert_string_equal(text, "");
    assert_non_null(table);
    stale = table;
    assert_int_equal(stale->module_version, XLMEM_MODULE_VERSION - 1);
}

static void what_is_wrong_beside_it_is_said(void **state)
{
    static const struct {
        const char *name, *symbol, *says;
        int rc;
    } rows[] = {
        {"sub/none.so", "x", "/tests/unit/.libs/sub/none.so: No such file",
         XLMEM_ERROR_NOTFOUND},
        {"fake_live.so", "x", "/tests/unit/.libs/fake_live.so has no x",
         XLMEM_ERROR_IO},
        {"../Makefile", "x", "/tests/unit/.libs/../", XLMEM_ERROR_NOTFOUND},
        {"../../../Makefile", "x", "cannot load ", XLMEM_ERROR_IO},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[512] = "";
        xlmem__msg msg = {text, sizeof(text)};
        const void *table = NULL;

        assert_int_equal(
            find_beside(rows[i].name, rows[i].symbol, &table, &msg),
            rows[i].rc);
        assert_non_null(strstr(text, rows[i].says));
    }
}

#define MACHINE_TEST(f)                                                       \
    cmocka_unit_test_setup_teardown(f, make_machine, remove_machine)

TEST_GROUP(module)
{
    const struct CMUnitTest tests[] = {
        /* First: the others load the same files by links of theirs. */
        cmocka_unit_test(one_beside_the_library_is_found),
        cmocka_unit_test(what_is_wrong_beside_it_is_said),
        MACHINE_TEST(the_running_release_is_loaded),
        MACHINE_TEST(no_xen_is_said),
        MACHINE_TEST(no_descriptor_is_no_machine_without_xen),
        MACHINE_TEST(a_guest_is_told_so),
        MACHINE_TEST(missing_privcmd_is_said),
        MACHINE_TEST(the_unprivileged_are_told_so),
        MACHINE_TEST(the_installed_releases_are_named),
        MACHINE_TEST(an_odd_release_is_refused),
        MACHINE_TEST(a_module_of_another_version_is_refused),
        MACHINE_TEST(a_module_of_another_build_is_refused),
        MACHINE_TEST(what_is_no_module_is_refused),
        MACHINE_TEST(the_modules_own_failure_travels),
    };

    return test_run(tests, NULL, NULL);
}
