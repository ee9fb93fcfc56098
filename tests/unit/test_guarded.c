/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who is guarded, on hosts made of a few files. */
#include "test.h"

#include "engine/capture/guarded.h"
#include "engine/ctx.h"
#include "private/backend.h"
#include "private/guard.h"

#define OURS "\177ELF...LD_PRELOAD\0/usr/lib/xlmem/libxlmem-guard.so\0memguard"
#define THEIRS "#!/bin/sh\nexec /usr/lib/xen-4.17/bin/xl \"$@\"\n"
/* Fields 3 to 22 of a process that leads a session, or does not. */
#define STAT(pid, comm, session, start)                                       \
    pid " (" comm ") S 1 " pid " " session                                    \
        " 0 -1 4194560 1 0 0 0 2 3 0 0 20 0 1 0 " start " 99 1\n"

typedef struct file {
    const char *path, *text;
    size_t len;
} file;
#define FILE_OF(path, text)                                                   \
    {                                                                         \
        path, text, sizeof(text) - 1                                          \
    }

static const file *files;
static size_t nr_files;
/* Whatever was asked for, by any of the tests. */
static char asked[400][64];
static size_t nr_asked;

static int read_file(void *user, const char *path, char **buf_r, size_t *len_r)
{
    size_t i;

    (void)user;
    if (nr_asked < ARRAY_SIZE(asked))
        snprintf(asked[nr_asked++], sizeof(asked[0]), "%s", path);
    for (i = 0; i < nr_files; i++) {
        if (strcmp(files[i].path, path))
            continue;
        *buf_r = calloc(1, files[i].len + 1);
        assert_non_null(*buf_r);
        memcpy(*buf_r, files[i].text, files[i].len);
        *len_r = files[i].len;
        return 0;
    }
    return XLMEM_ERROR_NOTFOUND;
}

/* Names directly below a folder; one that has several files comes twice. */
static int list_dir(void *user, const char *path, char ***names_r,
                    size_t *nr_r)
{
    const size_t n = strlen(path);
    size_t i, nr = 0;
    char **names = calloc(nr_files + 1, sizeof(*names)), *last = NULL;

    (void)user;
    assert_non_null(names);
    for (i = 0; i < nr_files; i++) {
        const char *rest = files[i].path + n + 1;

        if (strncmp(files[i].path, path, n) || files[i].path[n] != '/' ||
            (last && !strncmp(last, rest, strlen(last))))
            continue;
        names[nr] = last = strndup(rest, strcspn(rest, "/"));
        assert_non_null(last);
        nr++;
    }
    if (!nr) {
        free(names);
        return XLMEM_ERROR_NOTFOUND;
    }
    *names_r = names;
    *nr_r = nr;
    return 0;
}

static const xlmem_backend backend = {
    .struct_size = sizeof(backend),
    .api_version = XLMEM_BACKEND_VERSION,
    .name = "test",
    .read_file = read_file,
    .list_dir = list_dir,
};

/* What is found, as one text: "/usr/sbin/xl+ xendomains- ". */
static const char *find(const file *on, size_t nr, const char *search)
{
    static char text[1024];
    xlmem_ctx ctx = {.log = NULL};
    xlmem_guarded *list;
    size_t i, nr_found, used = 0;

    files = on;
    nr_files = nr;
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    assert_int_equal(xlmem__guarded_find(&ctx, search, &list, &nr_found), 0);
    text[0] = '\0';
    for (i = 0; i < nr_found; i++) {
        if (list[i].pid)
            used += (size_t)snprintf(text + used, sizeof(text) - used,
                                     "%llu:", (unsigned long long)list[i].pid);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%c ",
                                 list[i].name, list[i].guarded ? '+' : '-');
    }
    free(list);
    return text;
}

#define FIND(on, search) find(on, ARRAY_SIZE(on), search)

static void a_recorded_host_says_nothing(void **state)
{
    const file host[] = {FILE_OF("proc/meminfo", "MemTotal: 1 kB\n"),
                         FILE_OF("xl/list", "Name\n")};
    const xlmem_backend bare = {.struct_size = sizeof(bare),
                                .api_version = XLMEM_BACKEND_VERSION,
                                .name = "bare"};
    xlmem_ctx ctx = {.log = NULL};
    xlmem_guarded *list;
    size_t nr = 1;

    (void)state;
    assert_string_equal(FIND(host, NULL), "");
    assert_int_equal(xlmem__guarded_find(&ctx, NULL, &list, &nr),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &bare, NULL), 0);
    assert_int_equal(xlmem__guarded_find(&ctx, NULL, &list, &nr), 0);
    assert_int_equal(nr, 0);
}

/* As it is called, and as cron calls it. */
static void the_first_xl_of_the_path_counts(void **state)
{
    const file host[] = {FILE_OF("usr/local/sbin/xl", THEIRS),
                         FILE_OF("usr/sbin/xl", OURS)};

    (void)state;
    assert_string_equal(FIND(host, NULL),
                        "/usr/local/sbin/xl- /usr/sbin/xl+ ");
    assert_string_equal(FIND(host, "/usr/sbin:/usr/local/sbin"),
                        "/usr/sbin/xl+ ");
    assert_string_equal(FIND(host, ".::/opt:relative:/"), "/usr/sbin/xl+ ");
    assert_string_equal(find(host, 1, "/opt"), "");
}

static void services_are_guarded_by_a_drop_in(void **state)
{
    const file host[] = {
        FILE_OF("etc/init.d/xendomains", "#!/bin/sh\n"),
        FILE_OF("etc/systemd/system/libvirtd.service.d/a.conf",
                "[Service]\n#Environment=LD_PRELOAD=/x/libxlmem-guard.so\n"),
        FILE_OF("etc/systemd/system/libvirtd.service.d/b.txt",
                "Environment=LD_PRELOAD=/x/libxlmem-guard.so\n"),
        FILE_OF("etc/systemd/system/virtxend.service.d/memguard.conf",
                "[Service]\n Environment=LD_PRELOAD=/x/libxlmem-guard.so\n"),
        FILE_OF("lib/systemd/system/libvirtd.service", "[Unit]\n"),
        FILE_OF("lib/systemd/system/virtxend.service", "[Unit]\n"),
        FILE_OF("usr/sbin/xl", OURS),
    };

    (void)state;
    assert_string_equal(FIND(host, "/opt"),
                        "/usr/sbin/xl+ xendomains+ libvirtd- virtxend+ ");
    /* Without the dispatcher xendomains is not. */
    assert_string_equal(find(host, ARRAY_SIZE(host) - 1, "/opt"),
                        "xendomains- libvirtd- virtxend+ ");
}

/* By their marks: 4712 has another's, 4716 none, 4717 one that is cut; 4713
 * is an xl that somebody waits for, the last is no xl. */
static void monitors_are_those_that_lead_a_session(void **state)
{
    const file host[] = {
        FILE_OF("proc/1/comm", "systemd\n"),
        FILE_OF("proc/4711/comm", "xl\n"),
        FILE_OF("proc/4711/stat", STAT("4711", "xl", "4711", "8811")),
        FILE_OF("proc/4712/comm", "xl\n"),
        FILE_OF("proc/4712/stat", STAT("4712", "xl", "4712", "8812")),
        FILE_OF("proc/4713/comm", "xl\n"),
        FILE_OF("proc/4713/stat", STAT("4713", "xl", "9", "8813")),
        FILE_OF("proc/4714/comm", "xl\n"),
        FILE_OF("proc/4715/comm", "xldevd\n"),
        FILE_OF("proc/4715/stat", STAT("4715", "xldevd", "4715", "8815")),
        FILE_OF("proc/4716/comm", "xl\n"),
        FILE_OF("proc/4716/stat", STAT("4716", "x) l", "4716", "8816")),
        FILE_OF("proc/4717/comm", "xl\n"),
        FILE_OF("proc/4717/stat", "4717 (xl) S 1 4717 4717 0 -1 4194560\n"),
        FILE_OF("proc/meminfo", "MemTotal: 1 kB\n"),
        FILE_OF("run/xlmem/guarded/4711", "8811 xl a\033b\n"),
        FILE_OF("run/xlmem/guarded/4712", "881 xl\n"),
        FILE_OF("run/xlmem/guarded/4717", "\n"),
    };

    (void)state;
    assert_string_equal(FIND(host, NULL),
                        "4711:a\033b+ 4712:- 4716:- 4717:- ");
}

/* A drop-in does nothing for what runs since before. */
static void a_service_that_runs_has_to_have_it(void **state)
{
    const file host[] = {
        FILE_OF("etc/systemd/system/libvirtd.service.d/memguard.conf",
                "[Service]\nEnvironment=LD_PRELOAD=/x/libxlmem-guard.so\n"),
        FILE_OF("etc/systemd/system/virtxend.service.d/memguard.conf",
                "[Service]\nEnvironment=LD_PRELOAD=/x/libxlmem-guard.so\n"),
        FILE_OF("lib/systemd/system/libvirtd.service", "[Unit]\n"),
        FILE_OF("lib/systemd/system/virtxend.service", "[Unit]\n"),
        FILE_OF("proc/500/comm", "libvirtd\n"),
        FILE_OF("proc/500/stat", STAT("500", "libvirtd", "500", "77")),
        FILE_OF("proc/501/comm", "virtxend\n"),
        FILE_OF("proc/501/stat", STAT("501", "virtxend", "501", "78")),
        FILE_OF("run/xlmem/guarded/501", "78 virtxend\n"),
    };
    xlmem_ctx ctx = {.log = NULL};
    xlmem_guarded *list;
    size_t nr;

    (void)state;
    assert_string_equal(FIND(host, NULL), "500:libvirtd- 501:virtxend+ ");
    assert_int_equal(xlmem_ctx_set_backend(&ctx, &backend, NULL), 0);
    assert_int_equal(xlmem__guarded_find(&ctx, NULL, &list, &nr), 0);
    assert_true(list[0].restart && !list[1].restart);
    free(list);
}

/* maps, cmdline and the like of a process that is stuck hang who reads. */
static void nothing_is_read_that_takes_a_process_s_lock(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < nr_asked; i++)
        if (!strncmp(asked[i], "proc/", 5))
            assert_true(strstr(asked[i], "/comm") ||
                        strstr(asked[i], "/stat"));
    assert_true(nr_asked > 20);
}

TEST_GROUP(guarded)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_host_says_nothing),
        cmocka_unit_test(the_first_xl_of_the_path_counts),
        cmocka_unit_test(services_are_guarded_by_a_drop_in),
        cmocka_unit_test(monitors_are_those_that_lead_a_session),
        cmocka_unit_test(a_service_that_runs_has_to_have_it),
        cmocka_unit_test(nothing_is_read_that_takes_a_process_s_lock),
    };

    return test_run(tests, NULL, NULL);
}
