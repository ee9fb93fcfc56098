/* SPDX-License-Identifier: LGPL-2.1-only */
/* The list `memguard` of a domain's file, from libxlutil to the create. */
#include "test.h"

#include <errno.h>
#include <pthread.h>

#include "interpose.h"

/* A domain of the fake's has its uuid for a name. */
#define ONE UUID
#define TWO OTHER

static void read_as(const fake_file *file, const char *source)
{
    fake_cfg *cfg = xlu_cfg_init(stderr, source);

    assert_non_null(cfg);
    assert_int_equal(
        xlu_cfg_readdata(cfg, (const char *)file, (int)sizeof(*file)), 0);
    xlu_cfg_destroy(cfg);
}

static fake_file file_of(const char *name, const char *entry)
{
    return (fake_file){
        .name = name, .has_list = entry, .nr = 1, .entries = {entry}};
}

static void read_one(const char *name, const char *entry)
{
    const fake_file file = file_of(name, entry);

    read_as(&file, "one.cfg");
}

/* From here to the create it is as if nobody had looked. */
static void libxlutil_is_as_it_was(void **state)
{
    const fake_file file = file_of(ONE, "dynamic_min=64M");
    fake_cfg *cfg;

    (void)state;
    the_program.configured = false;
    assert_null(xlu_cfg_init(stderr, NULL));
    cfg = xlu_cfg_init(stderr, "one.cfg");
    assert_int_equal(xlu_cfg_readdata(cfg, "", 0), EINVAL);
    assert_int_equal(
        xlu_cfg_readdata(cfg, (const char *)&file, (int)sizeof(file)), 0);
    xlu_cfg_destroy(cfg);
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->lists + lib->given, 0);
    assert_int_equal(the_program.logged + the_program.syslogs, 0);
}

static void it_is_given_to_libxl(void **state)
{
    (void)state;
    read_one(ONE, "dynamic_min=64M");
    assert_int_equal(lib->lists, 0);
    assert_int_equal(start(ONE, NULL), 0);
    assert_string_equal(lib->list, "dynamic_min=64M;");
    assert_int_equal(lib->given, 1);
    assert_int_equal(lib->given_kb, FAKE_NEED_KB);
    assert_string_equal(lib->config, ONE);
    assert_ptr_equal(lib->dispose,
                     (void *)(uintptr_t)libxl_domain_config_dispose);
    assert_int_equal(the_program.logged, 0);
    /* It was for that create: what comes after has libxl's own copy. */
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->given, 1);
}

static void in_mode_warn_as_well(void **state)
{
    (void)state;
    lib->policy.mode = XLMEM_MODE_WARN;
    read_one(ONE, "dynamic_min=64M");
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->given, 1);
}

static void a_restore_has_it_of_the_file_it_was_given(void **state)
{
    uint32_t domid = 0;

    (void)state;
    read_one(ONE, "dynamic_min=64M");
    assert_int_equal(libxl_domain_create_restore(ctx, (char[]){ONE}, &domid, 3,
                                                 4, NULL, NULL, NULL),
                     0);
    assert_int_equal(lib->given, 1);
}

/* Many files are read, and then their domains are created. */
static void each_domain_has_its_own(void **state)
{
    (void)state;
    read_one(ONE, "dynamic_min=64M");
    read_one(TWO, "dynamic_min=128M");
    read_one("three", "dynamic_min=1M");
    read_one(NULL, "dynamic_min=2M");
    assert_int_equal(start(ONE, NULL), 0);
    assert_string_equal(lib->list, "dynamic_min=64M;");
    assert_int_equal(start(TWO, NULL), 0);
    assert_string_equal(lib->list, "dynamic_min=128M;");
    assert_int_equal(lib->lists, 2);
}

static void what_was_read_last_counts(void **state)
{
    (void)state;
    read_one(ONE, "dynamic_min=64M");
    read_one(ONE, "dynamic_min=65M");
    assert_int_equal(start(ONE, NULL), 0);
    assert_string_equal(lib->list, "dynamic_min=65M;");
    read_one(ONE, "dynamic_min=64M");
    read_one(ONE, NULL);
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->lists, 1);
}

static void a_create_that_failed_is_tried_again(void **state)
{
    (void)state;
    read_one(ONE, "dynamic_min=64M");
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_not_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->lists, 0);
    lib->refusal = 0;
    the_libxl.result = -3;
    assert_int_equal(start(ONE, NULL), -3);
    the_libxl.result = 0;
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->given, 2);
}

static void a_wrong_one_keeps_nobody_from_starting(void **state)
{
    (void)state;
    lib->list_result = XLMEM_ERROR_CONFIG;
    read_one(ONE, "dynmin=64M");
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->given, 0);
    assert_int_equal(the_libxl.calls, 1);
    assert_int_equal(the_program.logged, 1);
    assert_int_equal(the_program.syslogs, 1);
    assert_string_equal(the_program.line, "one.cfg: no good: dynmin=64M;; " ONE
                                          " is created as without that list");
}

static void assert_wrong(const fake_file *file, const char *why)
{
    char line[128];

    read_as(file, "some.cfg");
    lib->given = 0;
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->lists + lib->given, 0);
    snprintf(line, sizeof(line), "some.cfg: memguard: %s; ", why);
    if (strncmp(the_program.line, line, strlen(line)))
        fail_msg("%s: %s", why, the_program.line);
}

static void what_is_no_list_of_ours_is_said(void **state)
{
    fake_file file = file_of(ONE, "dynamic_min=64M");
    char *huge = calloc(1, 2000);
    int i;

    (void)state;
    file.single = true;
    assert_wrong(&file, "not a list");
    file.single = false;
    file.entries[0] = NULL;
    assert_wrong(&file, "a list in the list");
    file.entries[0] = memset(huge, 'x', 1999);
    assert_wrong(&file, "too long");
    for (i = 0; i < 20; i++)
        file.entries[i] = "weight=2";
    file.nr = 17;
    assert_wrong(&file, "too many entries");
    free(huge);
}

/* libvirt's domains have no file with a list in it. */
static void a_file_of_its_own_counts_without_a_list(void **state)
{
    (void)state;
    lib->has_file = true;
    assert_int_equal(start(ONE, NULL), 0);
    assert_string_equal(lib->file_name, ONE);
    assert_int_equal(lib->given, 1);
    assert_int_equal(lib->given_kb, FAKE_FILE_KB);
    assert_int_equal(the_program.logged, 0);
    /* A list counts first, and as a whole. */
    read_one(ONE, "dynamic_min=64M");
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->files, 1);
    assert_int_equal(lib->given_kb, FAKE_NEED_KB);
}

static void a_wrong_file_keeps_nobody_from_starting(void **state)
{
    (void)state;
    lib->has_file = true;
    lib->file_result = XLMEM_ERROR_CONFIG;
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->given, 0);
    assert_int_equal(the_libxl.calls, 1);
    assert_int_equal(the_program.syslogs, 1);
    assert_string_equal(the_program.line, "/etc/xen/memguard.d/" ONE
                                          ".conf: line 3: no good; " ONE
                                          " is created as without that file");
}

/* A program that reads files and creates nothing does not grow. */
static void not_all_are_kept(void **state)
{
    char name[16];
    int i;

    (void)state;
    read_one(ONE, "dynamic_min=64M");
    read_one(TWO, "dynamic_min=64M");
    for (i = 0; i < 63; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        read_one(name, "dynamic_min=64M");
    }
    assert_int_equal(start(ONE, NULL), 0);
    assert_int_equal(lib->lists, 0);
    assert_int_equal(start(TWO, NULL), 0);
    assert_int_equal(lib->lists, 1);
}

#define NR_THREADS 8

/* Reads its own file again and again, and others' names beside. */
static void *reader(void *arg)
{
    const char *name = arg;
    int i;

    for (i = 0; i < 200; i++)
        read_one(name, i % 3 ? "dynamic_min=64M" : NULL);
    read_one(name, "dynamic_min=3M");
    return NULL;
}

static void threads_read_beside_each_other(void **state)
{
    pthread_t threads[NR_THREADS];
    char names[NR_THREADS][40];
    int i;

    (void)state;
    for (i = 0; i < NR_THREADS; i++) {
        snprintf(names[i], sizeof(names[i]), "33333333-0000-4000-8000-%012d",
                 i);
        assert_int_equal(pthread_create(&threads[i], NULL, reader, names[i]),
                         0);
    }
    for (i = 0; i < NR_THREADS; i++)
        pthread_join(threads[i], NULL);
    /* Created by another thread than the one that has read it. */
    for (i = 0; i < NR_THREADS; i++) {
        assert_int_equal(start(names[i], NULL), 0);
        assert_int_equal(lib->lists, i + 1);
        assert_string_equal(lib->list, "dynamic_min=3M;");
    }
}

int test_lists(void)
{
    const struct CMUnitTest tests[] = {
        TEST(libxlutil_is_as_it_was),
        TEST(it_is_given_to_libxl),
        TEST(in_mode_warn_as_well),
        TEST(a_restore_has_it_of_the_file_it_was_given),
        TEST(each_domain_has_its_own),
        TEST(what_was_read_last_counts),
        TEST(a_create_that_failed_is_tried_again),
        TEST(a_wrong_one_keeps_nobody_from_starting),
        TEST(what_is_no_list_of_ours_is_said),
        TEST(a_file_of_its_own_counts_without_a_list),
        TEST(a_wrong_file_keeps_nobody_from_starting),
        TEST(not_all_are_kept),
        TEST(threads_read_beside_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
