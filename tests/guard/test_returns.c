/* SPDX-License-Identifier: LGPL-2.1-only */
/* What goes down to come back, and what does not. */
#include "config.h"

#include "test.h"

#include <errno.h>

#include "interpose.h"

#define STORED(action) "{\"uuid\": \"" UUID "\", \"need\": 9000, " action "}"

static void go_down(const char *reason, const char *stored)
{
    the_libxl.uuid = UUID;
    the_libxl.reason = reason;
    the_libxl.stored = stored;
    lib->ahead = 0;
    assert_int_equal(libxl_domain_destroy(ctx, DOMID, NULL), 0);
}

static const struct {
    const char *reason, *stored;
    bool returns;
} deaths[] = {
    {"reboot", STORED("\"on_reboot\": \"restart\""), true},
    {"reboot", STORED("\"on_reboot\": \"destroy\""), false},
    {"reboot", STORED("\"on_crash\": \"restart\""), false},
    {"crash", STORED("\"on_crash\": \"restart\""), true},
    {"crash", STORED("\"on_crash\": \"coredump_restart\""), true},
    {"crash", STORED("\"on_crash\": \"restart_rename\""), true},
    {"crash", STORED("\"on_crash\": \"coredump_destroy\""), false},
    {"crash", STORED("\"on_crash\": \"preserve\""), false},
    {"poweroff", STORED("\"on_poweroff\": \"restart\""), true},
    {"poweroff", STORED("\"on_reboot\": \"restart\""), false},
    {"watchdog", STORED("\"on_watchdog\": \"restart\""), true},
    {"soft_reset", STORED("\"on_soft_reset\": \"soft_reset\""), false},
    {"suspend", STORED("\"on_poweroff\": \"restart\""), false},
    /* An administrator destroys one that runs. */
    {NULL,
     STORED("\"on_reboot\": \"restart\", \"on_poweroff\": "
            "\"restart\""),
     false},
    /* A value is no key. */
    {"reboot", STORED("\"name\": \"on_reboot\", \"on_reboot\": \"restart\""),
     true},
};

static void what_comes_back_is_held(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
        go_down(deaths[i].reason, deaths[i].stored);
        if (lib->ahead != deaths[i].returns)
            fail_msg("%s with %s", deaths[i].reason, deaths[i].stored);
        assert_int_equal(lib->holds, deaths[i].returns);
        /* What it will ask for now, whatever it was created with. */
        if (deaths[i].returns)
            assert_int_equal(lib->ahead_kb, 9000);
        assert_int_equal(start(UUID " 9000", NULL), 0);
        assert_int_equal(lib->reboot, deaths[i].returns);
        assert_int_equal(lib->holds, 0);
        assert_int_equal(lib->contexts, 0);
        /* Once: the next one is a stranger. */
        assert_int_equal(start(UUID, NULL), 0);
        assert_false(lib->reboot);
    }
}

/* xl parses the text of `xl config-update` again: without a uuid in it there
 * is a new one. */
static void in_xl_it_may_have_another_uuid(void **state)
{
    char *name = program_invocation_short_name;
    char xl[] = "xl";
    uint64_t kb = 1;

    (void)state;
    program_invocation_short_name = xl;
    lib->policy.reboot_wait_ms = 30000;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    /* However long xl waits for its lock. */
    the_program.later_ms = 3600 * 1000;
    assert_int_equal(start(OTHER " 9000", NULL), 0);
    assert_true(lib->continued);
    assert_true(lib->reboot);
    assert_int_equal(lib->path, XLMEM_PATH_REBOOT);
    assert_string_equal(lib->uuid, OTHER);
    assert_int_equal(lib->holds, 0);
    /* Where autoballoon is on it is asked for first. */
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    assert_int_equal(
        libxl_domain_need_memory(ctx, (char[]){OTHER " 9000"}, 1, &kb), 0);
    assert_true(lib->continued);
    assert_int_equal(start(OTHER " 9000", NULL), 0);
    assert_int_equal(lib->guarded, 2);
    assert_int_equal(lib->holds, 0);
    program_invocation_short_name = name;
    /* Any other program has many domains. */
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    assert_int_equal(start(OTHER " 9000", NULL), 0);
    assert_false(lib->continued);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_true(lib->continued);
}

/* virsh destroy, edit, start. */
static void what_exceeds_it_is_admitted(void **state)
{
    (void)state;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    assert_int_equal(start(UUID " 9001", NULL), 0);
    /* By how much is libxlmem's to judge: it knows its own slack. */
    assert_true(lib->reboot);
    assert_true(lib->continued);
    assert_int_equal(lib->holds, 0);
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    lib->refusal = XLMEM_ERROR_INFEASIBLE;
    /* It is advised by what others have: neither that hold nor what was
     * reserved for it by hand. */
    lib->reserved = true;
    assert_int_equal(start(UUID " 104857600", NULL), ERROR_NOMEM);
    assert_int_equal(lib->others, 1);
    assert_int_equal(lib->holds, 0);
}

/* libxl has no configuration of it: it has what it needs. */
static void without_a_configuration_a_reboot_is_known(void **state)
{
    (void)state;
    go_down("reboot", NULL);
    assert_int_equal(lib->ahead_kb, 4096);
    assert_int_equal(start(UUID " 4096", NULL), 0);
    assert_true(lib->reboot);
    go_down("crash", NULL);
    assert_int_equal(lib->ahead, 0);
}

/* The pool is its own as well. */
static void without_a_configuration_it_has_what_it_needs(void **state)
{
    xlmem_dom dom = {.domid = DOMID, .tot_kb = 5000};

    (void)state;
    dom.outstanding_kb = 100;
    dom.paging_kb = 900;
    lib->dom = &dom;
    go_down("reboot", NULL);
    assert_int_equal(lib->ahead_kb, 6000);
    assert_int_equal(start(UUID " 6000", NULL), 0);
    assert_true(lib->reboot);
}

/* libxl asks QEMU for a part of the configuration; without it there is what
 * libxl keeps, and xl has one of its own. */
static void its_qemu_may_have_died(void **state)
{
    (void)state;
    the_libxl.kept = "{\"uuid\": \"" UUID "\", \"target_memkb\": 5000, "
                     "\"video_memkb\": 16, \"on_crash\": \"restart\"}";
    the_libxl.target_kb = 8000;
    go_down("crash", NULL);
    assert_int_equal(lib->ahead, 1);
    /* It was raised since. */
    assert_int_equal(lib->ahead_kb, 8016);
    assert_int_equal(start(UUID " 8016", NULL), 0);
    assert_true(lib->reboot);
    assert_int_equal(lib->holds, 0);
    the_libxl.kept = "{\"uuid\": \"" UUID "\", \"on_crash\": \"destroy\"}";
    go_down("crash", NULL);
    assert_int_equal(lib->ahead, 0);
}

/* Whatever comes of the create, it is over then. */
static void it_is_let_go_without_a_decision(void **state)
{
    (void)state;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    the_libxl.need_result = ERROR_INVAL;
    assert_int_equal(start(UUID " 9000", NULL), 0);
    the_libxl.need_result = 0;
    assert_int_equal(lib->holds, 0);
    /* Without a module. */
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    lib->open_result = XLMEM_ERROR_NOTFOUND;
    assert_int_equal(start(OTHER, NULL), 0);
    assert_int_equal(lib->holds, 1);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    lib->open_result = 0;
    assert_int_equal(lib->holds, 0);
    /* Switched off meanwhile, for the host and by its mode. */
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    the_program.off = true;
    assert_int_equal(start(UUID " 9000", NULL), 0);
    the_program.off = false;
    assert_int_equal(lib->holds, 0);
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    lib->policy.mode = XLMEM_MODE_OFF;
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(lib->contexts, 0);
}

/* What has not gone has its memory. */
static void it_is_let_go_when_its_destroy_fails(void **state)
{
    (void)state;
    the_libxl.uuid = UUID;
    the_libxl.reason = "reboot";
    the_libxl.stored = STORED("\"on_reboot\": \"restart\"");
    the_libxl.result = ERROR_FAIL;
    assert_int_equal(libxl_domain_destroy(ctx, DOMID, NULL), ERROR_FAIL);
    assert_int_equal(lib->ahead, 1);
    assert_int_equal(lib->holds, 0);
    /* It may fail afterwards, and be tried again. */
    the_libxl.result = 0;
    assert_int_equal(libxl_domain_destroy(ctx, DOMID, &lib), 0);
    assert_int_equal(libxl_domain_destroy(ctx, DOMID, &lib), 0);
    assert_int_equal(lib->ahead, 3);
    assert_int_equal(lib->holds, 1);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_true(lib->reboot);
    assert_int_equal(lib->holds, 0);
}

/* A program with many domains does not create one that has vanished: any call
 * of the guard notices. */
static void it_ends_by_itself(void **state)
{
    (void)state;
    lib->policy.reboot_wait_ms = 30000;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    the_program.later_ms = 39000;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 3 << 19, 0, 1), 0);
    assert_int_equal(lib->holds, 1);
    the_program.later_ms = 41000;
    assert_int_equal(libxl_set_memory_target(ctx, 0, 3 << 19, 0, 1), 0);
    assert_int_equal(lib->holds, 0);
}

/* xl may wait for its lock meanwhile. */
static void in_xl_it_is_held_however_long_it_takes(void **state)
{
    char *name = program_invocation_short_name;
    char xl[] = "xl";

    (void)state;
    program_invocation_short_name = xl;
    lib->policy.reboot_wait_ms = 30000;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    the_program.later_ms = 3600 * 1000;
    /* xl shrinks dom0 under its lock. */
    assert_int_equal(libxl_set_memory_target(ctx, 0, 3 << 19, 0, 1), 0);
    assert_int_equal(lib->holds, 1);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_true(lib->reboot);
    assert_int_equal(lib->holds, 0);
    program_invocation_short_name = name;
}

static void what_does_not_come_is_let_go(void **state)
{
    (void)state;
    lib->policy.reboot_wait_ms = 30000;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    assert_int_equal(start(OTHER, NULL), 0);
    assert_int_equal(lib->holds, 1);
    the_program.later_ms = 31000;
    assert_int_equal(start(OTHER, NULL), 0);
    assert_int_equal(lib->holds, 0);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_false(lib->reboot);
}

/* A monitor of xl's asks as well, where autoballoon is on. */
static void it_is_held_when_it_is_asked_for(void **state)
{
    uint64_t kb = 1;

    (void)state;
    go_down("crash", STORED("\"on_crash\": \"restart\""));
    assert_int_equal(
        libxl_domain_need_memory(ctx, (char[]){UUID " 9000"}, 1, &kb), 0);
    assert_int_equal(kb, 0);
    assert_true(lib->reboot);
    assert_int_equal(lib->holds, 1);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_int_equal(lib->guarded, 1);
    assert_int_equal(lib->holds, 0);
}

/* Nothing is decided then: what is held is what it was, and xl makes room as
 * if there was no guard. */
static void a_failed_question_changes_nothing(void **state)
{
    uint64_t kb = 1;

    (void)state;
    go_down("crash", STORED("\"on_crash\": \"restart\""));
    lib->refusal = XLMEM_ERROR_BUSY;
    assert_int_equal(
        libxl_domain_need_memory(ctx, (char[]){UUID " 9900"}, 1, &kb), 0);
    assert_int_equal(kb, FAKE_NEED_KB);
    assert_int_equal(lib->holds, 1);
    lib->refusal = 0;
    assert_int_equal(start(UUID " 9900", NULL), 0);
    assert_int_equal(lib->guarded, 2);
    assert_true(lib->continued);
    assert_true(lib->reboot);
    assert_int_equal(lib->holds, 0);
}

/* Without a hold the others decide about its memory as well. */
static void what_was_not_held_is_admitted(void **state)
{
    (void)state;
    lib->ahead_result = XLMEM_ERROR_BUSY;
    go_down("reboot", STORED("\"on_reboot\": \"restart\""));
    assert_non_null(strstr(the_program.text, "is not held"));
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_int_equal(lib->guarded, 1);
    assert_false(lib->reboot);
}

/* The ledger cannot be written, at its end and when its create is asked about:
 * it comes back all the same, and is not refused for that. */
static void a_failed_question_forgets_nobody_who_comes_back(void **state)
{
    uint64_t kb = 1;

    (void)state;
    lib->policy.refuse_on_error = true;
    lib->ahead_result = XLMEM_ERROR_IO;
    go_down("crash", STORED("\"on_crash\": \"restart\""));
    assert_int_equal(lib->holds, 0);
    lib->refusal = XLMEM_ERROR_IO;
    assert_int_equal(
        libxl_domain_need_memory(ctx, (char[]){UUID " 9000"}, 1, &kb), 0);
    assert_int_equal(kb, FAKE_NEED_KB);
    assert_int_equal(start(UUID " 9000", NULL), 0);
    assert_int_equal(lib->guarded, 2);
    /* Once: the next one is a stranger. */
    assert_int_not_equal(start(UUID " 9000", NULL), 0);
    assert_int_equal(lib->contexts, 0);
}

/* Two domains without a uuid are not one that comes back. */
static void what_has_no_uuid_does_not_reboot(void **state)
{
    (void)state;
    the_libxl.reason = "reboot";
    the_libxl.uuid = "00000000-0000-0000-0000-000000000000";
    assert_int_equal(start(NONE, NULL), 0);
    assert_int_equal(libxl_domain_destroy(ctx, DOMID, NULL), 0);
    assert_int_equal(lib->ahead, 0);
    assert_int_equal(start(NONE, NULL), 0);
    assert_false(lib->reboot);
}

int test_returns(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_back_is_held),
        TEST(in_xl_it_may_have_another_uuid),
        TEST(what_exceeds_it_is_admitted),
        TEST(without_a_configuration_a_reboot_is_known),
        TEST(without_a_configuration_it_has_what_it_needs),
        TEST(its_qemu_may_have_died),
        TEST(it_is_let_go_without_a_decision),
        TEST(it_is_let_go_when_its_destroy_fails),
        TEST(it_ends_by_itself),
        TEST(in_xl_it_is_held_however_long_it_takes),
        TEST(what_does_not_come_is_let_go),
        TEST(it_is_held_when_it_is_asked_for),
        TEST(a_failed_question_changes_nothing),
        TEST(what_was_not_held_is_admitted),
        TEST(a_failed_question_forgets_nobody_who_comes_back),
        TEST(what_has_no_uuid_does_not_reboot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
