/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard's mechanics in somebody else's process, with libxl and libxlmem
 * made for this test (fakes.h): what is called, with which arguments, what is
 * held and what is let go.  Built twice: as a program that is linked to libxl,
 * and as a module that loader.c loads in a scope of its own.
 */
#include "config.h"

#include "test.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes.h"
#include "interpose.h"

static char ao_how, console_how, params, logger, b_info;
void *ctx;
fake_xlmem *lib;

static void find_lib(void)
{
    void *handle = dlopen("libxlmem.so.0", RTLD_NOW | RTLD_NOLOAD);

    if (!handle)
        return;
    *(void **)&lib = dlsym(handle, "fake_xlmem_state");
    assert_non_null(lib);
}

int start(const char *uuid, const void *how)
{
    uint32_t domid = 0;

    the_libxl.domid = DOMID;
    return libxl_domain_create_new(ctx, (void *)(uintptr_t)uuid, &domid, how,
                                   NULL);
}

/* ----------------------------------------- arguments, and nothing else --- */

static void *run(void *f)
{
    ((void (*)(void))(uintptr_t)f)();
    return NULL;
}

void in_thread(void (*f)(void))
{
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, (void *)(uintptr_t)f),
                     0);
    pthread_join(thread, NULL);
}

static void assert_called(const char *function, const void *last_ptr)
{
    assert_string_equal(the_libxl.function, function);
    assert_ptr_equal(the_libxl.ptr[0], ctx);
    assert_ptr_equal(the_libxl.ptr[4], last_ptr);
}

static void call_creates(int result)
{
    uint32_t domid = 0;

    the_libxl.domid = DOMID;
    assert_int_equal(libxl_domain_create_new(ctx, (char[]){UUID}, &domid, NULL,
                                             &console_how),
                     result);
    assert_called("libxl_domain_create_new", &console_how);
    assert_ptr_equal(the_libxl.ptr[2], &domid);
    assert_null(the_libxl.ptr[3]);
    assert_int_equal(domid, DOMID);
    assert_int_equal(libxl_domain_create_restore(ctx, (char[]){OTHER}, &domid,
                                                 3, 4, &params, NULL,
                                                 &console_how),
                     result);
    assert_called("libxl_domain_create_restore", NULL);
    assert_int_equal(the_libxl.num[3], 3);
    assert_int_equal(the_libxl.num[4], 4);
    assert_ptr_equal(the_libxl.ptr[5], &params);
    assert_null(the_libxl.ptr[6]);
    assert_ptr_equal(the_libxl.ptr[7], &console_how);
}

static void call_setters(int result)
{
    assert_int_equal(libxl_domain_destroy(ctx, DOMID + 1, &ao_how), result);
    assert_called("libxl_domain_destroy", NULL);
    assert_int_equal(the_libxl.num[1], DOMID + 1);
    assert_ptr_equal(the_libxl.ptr[2], &ao_how);
    assert_int_equal(libxl_set_memory_target(ctx, DOMID, -5, 1, 1), result);
    assert_called("libxl_set_memory_target", NULL);
    assert_int_equal(the_libxl.num[1], DOMID);
    assert_int_equal(the_libxl.num[2], -5);
    assert_int_equal(the_libxl.num[3], 1);
    assert_int_equal(the_libxl.num[4], 1);
    assert_int_equal(libxl_domain_setmaxmem(ctx, DOMID, 4096), result);
    assert_called("libxl_domain_setmaxmem", NULL);
    assert_int_equal(the_libxl.num[1], DOMID);
    assert_int_equal(the_libxl.num[2], 4096);
}

static void call_questions(int result, uint64_t kb)
{
    uint64_t kb64 = 1;
    uint32_t kb32 = 1;

    the_libxl.need_result = result;
    assert_int_equal(libxl_domain_need_memory(ctx, (char[]){UUID}, 1, &kb64),
                     result);
    assert_int_equal(kb64, kb);
    /* These do not say which domain it is about. */
    assert_int_equal(libxl_domain_need_memory_0x041200(ctx, &b_info, &kb64),
                     result);
    assert_called("libxl_domain_need_memory_0x041200", NULL);
    assert_int_equal(kb64, FAKE_NEED_KB);
    assert_int_equal(libxl_domain_need_memory_0x040700(ctx, &b_info, &kb32),
                     result);
    assert_called("libxl_domain_need_memory_0x040700", NULL);
    assert_int_equal(kb32, FAKE_NEED_KB);
    assert_ptr_equal(the_libxl.ptr[1], &b_info);
}

static void call_all(int result, uint64_t kb)
{
    the_libxl.result = result;
    call_creates(result);
    call_setters(result);
    call_questions(result, kb);
    assert_int_equal(the_libxl.calls, 7);
    the_libxl.need_result = 0;
}

/* ----------------------------------------------------------- the tests --- */

static void what_is_started_does_not_inherit_it(void **state)
{
    char *preload = strdup(getenv("LD_PRELOAD"));
    char *more = malloc(strlen(preload) + sizeof("libone.so: libtwo.so"));

    (void)state;
    assert_non_null(strstr(preload, "libxlmem-guard.so"));
    sprintf(more, "libone.so:%s libtwo.so", preload);
    assert_int_equal(setenv("LD_PRELOAD", more, 1), 0);
    assert_int_equal(libxl_ctx_alloc(&ctx, 0, 5, &logger), 0);
    assert_string_equal(getenv("LD_PRELOAD"), "libone.so:libtwo.so");
    assert_int_equal(setenv("LD_PRELOAD", preload, 1), 0);
    assert_int_equal(libxl_ctx_alloc(&ctx, 0, 5, &logger), 0);
    assert_string_equal(getenv("LD_PRELOAD"), "");
    assert_string_equal(the_libxl.function, "libxl_ctx_alloc");
    assert_int_equal(the_libxl.num[2], 5);
    assert_ptr_equal(the_libxl.ptr[3], &logger);
    free(more);
    free(preload);
}

static void without_configuration_it_is_not_there(void **state)
{
    (void)state;
    assert_null(lib);
    the_program.configured = false;
    call_all(0, FAKE_NEED_KB);
    the_libxl.calls = 0;
    the_program.config_errno = ENOTDIR;
    call_all(ERROR_FAIL, FAKE_NEED_KB);
    find_lib();
    assert_null(lib);
    assert_int_equal(the_program.syslogs + the_program.logged, 0);
}

/* The library is loaded by now or never, and from here on is told what to
 * say. */
static void with_configuration_it_is_loaded(void **state)
{
    (void)state;
    the_program.configured = false;
    the_program.config_errno = ELOOP;
    assert_int_equal(start(UUID, NULL), 0);
    find_lib();
    assert_non_null(lib);
    /* Its mode was off. */
    assert_int_equal(lib->guarded, 0);
}

static void what_fits_is_called_as_it_was(void **state)
{
    (void)state;
    call_all(0, 0);
    assert_int_equal(lib->guarded, 3);
    assert_string_equal(lib->uuid, UUID);
    assert_true(lib->released_as);
    /* What was asked for and never came. */
    assert_int_equal(lib->holds, 1);
    assert_int_equal(start(NONE, NULL), 0);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(the_program.logged, 0);
}

/* In one line to who asked; without a plan there is none, nor after a refusal
 * of what was taken and has been given back. */
static void whose_memory_was_taken_is_told(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    lib->steps = 2;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(the_program.logged, 1);
    assert_int_equal(the_program.syslogs, 0);
    assert_non_null(strstr(the_program.line,
                           "2 steps, 2 domains, \"\" and \"a\\nn\\u{e4}me\""));
    lib->steps = 0;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(the_program.logged, 1);
    lib->steps = 1;
    lib->refusal = XLMEM_ERROR_TIMEDOUT;
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_null(strstr(the_program.text, "1 steps"));
}

static void errors_pass_through(void **state)
{
    (void)state;
    lib->released_as = true;
    the_libxl.result = -1028;
    call_creates(-1028);
    assert_false(lib->released_as);
    assert_int_equal(start(UUID, &ao_how), -1028);
    assert_int_equal(lib->holds, 0);
    call_setters(-1028);
    assert_int_equal(libxl_ctx_alloc(&ctx, 0, 0, &logger), -1028);
}

static void a_refusal_does_not_reach_libxl(void **state)
{
    uint32_t domid = 0;

    (void)state;
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_int_equal(start(UUID, &ao_how), ERROR_NOMEM);
    assert_int_equal(libxl_domain_create_restore(ctx, (char[]){OTHER}, &domid,
                                                 3, 4, NULL, NULL, NULL),
                     ERROR_NOMEM);
    assert_int_equal(the_libxl.calls, 0);
    assert_int_equal(lib->guarded, 3);
    assert_int_equal(lib->counted, 3);
    assert_int_equal(lib->path, XLMEM_PATH_RESTORE);
    assert_int_equal(lib->counted_rc, XLMEM_ERROR_NO_HEADROOM);
    /* Two lines each: what is short, and the ways around. */
    assert_int_equal(the_program.logged, 6);
    assert_non_null(strstr(the_program.line, FAKE_ADVICE));
}

static void what_libxl_does_not_understand_is_its_business(void **state)
{
    (void)state;
    the_libxl.need_result = ERROR_INVAL;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(the_libxl.calls, 1);
    assert_int_equal(the_program.syslogs, 1);
    assert_int_equal(the_program.logged, 1);
    assert_non_null(strstr(the_program.line, "unguarded"));
    lib->policy.refuse_on_error = true;
    assert_int_equal(start(UUID, NULL), ERROR_FAIL);
    assert_int_equal(the_libxl.calls, 1);
    assert_int_equal(lib->guarded, 0);
}

static void what_goes_on_is_held(void **state)
{
    (void)state;
    lib->created = true;
    assert_int_equal(start(UUID, &ao_how), 0);
    assert_int_equal(start(OTHER, &ao_how), 0);
    assert_int_equal(lib->holds, 2);
    assert_int_equal(lib->contexts, 2);
    /* Until the next call that finds it done. */
    lib->done = true;
    assert_int_equal(start(NONE, NULL), 0);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(lib->contexts, 0);
}

static void what_is_over_at_once_is_not_held(void **state)
{
    (void)state;
    lib->created = lib->done = true;
    assert_int_equal(start(UUID, &ao_how), 0);
    assert_int_equal(lib->holds, 0);
    assert_true(lib->released_as);
    /* It has failed, which the caller will hear of later. */
    lib->created = lib->done = false;
    assert_int_equal(start(UUID, &ao_how), 0);
    assert_int_equal(lib->holds, 0);
    assert_false(lib->released_as);
}

static int nested;

static void start_another(void)
{
    nested = start(OTHER, NULL);
}

/* libxl runs the callbacks of other operations in any call. */
static void what_a_callback_starts_is_guarded(void **state)
{
    (void)state;
    the_libxl.within = start_another;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(nested, 0);
    assert_int_equal(lib->guarded, 2);
    assert_int_equal(the_libxl.calls, 2);
    assert_int_equal(lib->holds, 0);
}

static void dom0_keeps_its_floor(void **state)
{
    (void)state;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 4096, 0, 1), ERROR_INVAL);
    assert_int_equal(libxl_set_memory_target(ctx, 0, -(2 << 20), 1, 1),
                     ERROR_INVAL);
    assert_int_equal(libxl_domain_setmaxmem(ctx, 0, 4096), ERROR_INVAL);
    assert_int_equal(the_libxl.calls, 0);
    assert_int_equal(the_program.logged, 3);
    assert_int_equal(libxl_set_memory_target(ctx, 0, 3 << 19, 0, 1), 0);
    lib->policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(libxl_domain_setmaxmem(ctx, 0, 4096), 0);
    assert_int_equal(the_libxl.calls, 2);
    assert_int_equal(the_program.logged, 4);
}

/* Headroom and what is reserved are not its own to take. */
static void dom0_takes_no_more_than_is_usable(void **state)
{
    const int64_t most_kb = (2 << 20) + FAKE_USABLE_KB;

    (void)state;
    assert_int_equal(libxl_set_memory_target(ctx, 0, most_kb, 0, 1), 0);
    assert_int_equal(libxl_set_memory_target(ctx, 0, most_kb + 1, 0, 1),
                     ERROR_INVAL);
    assert_int_equal(libxl_set_memory_target(ctx, 0, FAKE_USABLE_KB + 1, 1, 1),
                     ERROR_INVAL);
    assert_non_null(strstr(the_program.line, "64.0 MiB can be used"));
    assert_int_equal(the_libxl.calls, 1);
    /* A maximum takes nothing. */
    assert_int_equal(libxl_domain_setmaxmem(ctx, 0, 8 << 20), 0);
    lib->policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(libxl_set_memory_target(ctx, 0, most_kb + 1, 0, 1), 0);
    assert_int_equal(the_libxl.calls, 3);
    assert_int_equal(the_program.logged, 3);
}

static void dom0_is_not_set_where_the_guard_fails(void **state)
{
    (void)state;
    lib->open_result = XLMEM_ERROR_NOTFOUND;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 4096, 0, 1), 0);
    assert_non_null(strstr(the_program.line, "unguarded"));
    lib->policy.refuse_on_error = true;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 4096, 0, 1), ERROR_FAIL);
    assert_non_null(strstr(the_program.line, "on_error"));
    assert_int_equal(libxl_domain_setmaxmem(ctx, 0, 4096), ERROR_FAIL);
    lib->open_result = 0;
    lib->snapshot_result = XLMEM_ERROR_XEN;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 4096, 0, 1), ERROR_FAIL);
    assert_int_equal(the_libxl.calls, 1);
    lib->policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 4096, 0, 1), 0);
}

static void it_can_be_switched_off(void **state)
{
    (void)state;
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    the_program.off = true;
    assert_int_equal(start(UUID, NULL), 0);
    the_program.off = false;
    assert_int_equal(setenv("MEMGUARD", "off", 1), 0);
    assert_int_equal(start(UUID, NULL), 0);
    unsetenv("MEMGUARD");
    assert_int_equal(lib->guarded, 0);
    assert_int_equal(the_program.logged, 0);
}

void wait_for_its_end(void)
{
    assert_int_equal(libxl_evenable_domain_death(ctx, DOMID, 8, &ctx), 0);
}

/* xl's monitor has the environment of the command that created its domain. */
static void it_is_switched_off_for_the_command_only(void **state)
{
    char *name = program_invocation_short_name;
    char xl[] = "xl";

    (void)state;
    lib->refusal = XLMEM_ERROR_NO_HEADROOM;
    program_invocation_short_name = xl;
    assert_int_equal(setenv("MEMGUARD", "off", 1), 0);
    assert_int_equal(start(UUID, NULL), 0);
    the_program.pid = (int)getpid() + 1;
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    /* In the foreground it is the command itself. */
    the_program.pid = 0;
    assert_int_equal(start(UUID, NULL), 0);
    wait_for_its_end();
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_int_equal(setenv("MEMGUARD", "warn", 1), 0);
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    unsetenv("MEMGUARD");
    assert_int_equal(setenv("MEMGUARD_WAIT", "60", 1), 0);
    assert_int_equal(start(UUID, NULL), ERROR_NOMEM);
    assert_false(lib->waits);
    unsetenv("MEMGUARD_WAIT");
    /* The tests that follow are no monitor's. */
    the_program.pid = (int)getpid() + 1;
    wait_for_its_end();
    program_invocation_short_name = name;
}

/* The likeliest of its errors: Xen was upgraded. */
static void on_error_counts_without_a_module(void **state)
{
    (void)state;
    lib->open_result = XLMEM_ERROR_NOTFOUND;
    assert_int_equal(start(UUID, NULL), 0);
    assert_non_null(strstr(the_program.line, "unguarded"));
    lib->policy.refuse_on_error = true;
    assert_int_equal(start(UUID, NULL), ERROR_FAIL);
    assert_int_equal(start(UUID, &ao_how), ERROR_FAIL);
    assert_int_equal(the_libxl.calls, 1);
    lib->policy.mode = XLMEM_MODE_WARN;
    assert_int_equal(start(UUID, NULL), 0);
    lib->policy.mode = XLMEM_MODE_ENFORCE;
    /* A running domain's reboot is not for it. */
    the_libxl.reason = "reboot";
    the_libxl.uuid = UUID;
    assert_int_equal(libxl_domain_destroy(ctx, DOMID, NULL), 0);
    assert_int_equal(start(OTHER, NULL), ERROR_FAIL);
    lib->open_result = 0;
    lib->refusal = XLMEM_ERROR_BUSY;
    assert_int_equal(start(UUID, NULL), 0);
    assert_int_equal(start(UUID, NULL), ERROR_FAIL);
}

static int beside;

static void start_beside(void)
{
    beside = start(OTHER, NULL);
}

static void wait_while_another_starts(void)
{
    in_thread(start_beside);
}

/* libxlmem may wait a minute for the decision lock. */
static void another_thread_does_not_wait(void **state)
{
    (void)state;
    lib->created = true;
    assert_int_equal(start(UUID, &ao_how), 0);
    lib->within_done = wait_while_another_starts;
    lib->done = true;
    beside = -1;
    assert_int_equal(start(NONE, NULL), 0);
    assert_int_equal(beside, 0);
    assert_null(lib->within_done);
    assert_int_equal(lib->holds, 0);
}

/* --------------------------------------------------------- around each --- */

int set_up(void **state)
{
    char run[sizeof(the_program.run)];

    (void)state;
    memcpy(run, the_program.run, sizeof(run));
    memset(&the_libxl, 0, sizeof(the_libxl));
    memset(&the_program, 0, sizeof(the_program));
    memcpy(the_program.run, run, sizeof(run));
    the_program.configured = true;
    if (lib) {
        memset(lib, 0, sizeof(*lib));
        lib->policy.mode = XLMEM_MODE_ENFORCE;
    }
    return program_keep_stdout() ? 0 : -1;
}

int tear_down(void **state)
{
    (void)state;
    /* In migrate-receive standard output is the stream. */
    if (program_stdout_bytes())
        return -1;
    return lib && (lib->contexts || lib->holds) ? -1 : 0;
}

int module_main(void);

int module_main(void)
{
    int failed;
    char run[] = "/tmp/xlmem-guard-XXXXXX";
    const struct CMUnitTest tests[] = {
        TEST(what_is_started_does_not_inherit_it),
        TEST(without_configuration_it_is_not_there),
        TEST(with_configuration_it_is_loaded),
        TEST(what_fits_is_called_as_it_was),
        TEST(whose_memory_was_taken_is_told),
        TEST(errors_pass_through),
        TEST(a_refusal_does_not_reach_libxl),
        TEST(what_libxl_does_not_understand_is_its_business),
        TEST(what_goes_on_is_held),
        TEST(what_is_over_at_once_is_not_held),
        TEST(what_a_callback_starts_is_guarded),
        TEST(on_error_counts_without_a_module),
        TEST(another_thread_does_not_wait),
        TEST(dom0_keeps_its_floor),
        TEST(dom0_takes_no_more_than_is_usable),
        TEST(dom0_is_not_set_where_the_guard_fails),
        TEST(it_can_be_switched_off),
        TEST(it_is_switched_off_for_the_command_only),
    };

    if (!mkdtemp(run))
        return 1;
    snprintf(the_program.run, sizeof(the_program.run), "%s/xlmem", run);
    failed = cmocka_run_group_tests(tests, NULL, NULL) + test_foresee() +
             test_lists() + test_returns() + test_bind() + test_grow() +
             test_leave() + test_marks();
    return failed;
}
