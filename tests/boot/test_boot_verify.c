/* SPDX-License-Identifier: LGPL-2.1-only */
/* The five answers of verify, and what is said with each. */
#include "test.h"

#include "boot/record.h"
#include "boot/verify.h"

#define WORD "dom0_mem=2G,max:2G"
#define GIB_KB (UINT64_C(1) << 20)

static boot_entry menu_list[] = {
    {.title = (char[]){"With Xen"},
     .id = (char[]){"xen-simple"},
     .number = (char[]){"1"},
     .args = (char[]){WORD " loglvl=all"},
     .xen = (char[]){"/boot/xen"}},
    {.title = (char[]){"Recovery"},
     .id = (char[]){"xen-recovery-1"},
     .number = (char[]){"2"},
     .args = (char[]){"loglvl=all"},
     .xen = (char[]){"/boot/xen"},
     .recovery = true},
    {.title = (char[]){"Other"},
     .id = (char[]){"xen-other"},
     .number = (char[]){"3"},
     .args = (char[]){"dom0_mem=3G \"a=b c\" -- quiet"},
     .xen = (char[]){"/boot/xen"}},
};
static const boot_entries menu = {.nr = 3, .list = menu_list};
static const boot_entries empty_menu = {.nr = 0, .nr_other = 1};

static boot_intent intent_of(boot_state state)
{
    boot_intent intent = {.state = state,
                          .word = WORD,
                          .kind = "drop-in",
                          .boot_id = "a",
                          .ram_kb = 16 * GIB_KB,
                          .existed = false};

    return intent;
}

static boot_facts facts_of(const char *xen_line)
{
    return (boot_facts){.xen = true,
                        .xen_known = true,
                        .xen_line = xen_line,
                        .boot_id = "b",
                        .size_kb = 2 * GIB_KB,
                        .dom0_kb = 2 * GIB_KB,
                        .ram_kb = 16 * GIB_KB,
                        .menu = &menu,
                        .default_entry = "0"};
}

static void assert_answer(const boot_intent *intent, const boot_facts *facts,
                          boot_answer answer, const char *says)
{
    boot_check check;

    boot_verify(intent, facts, &check);
    assert_string_equal(boot_answer_name(check.answer),
                        boot_answer_name(answer));
    if (!strstr(check.reason, says))
        fail_msg("'%s' does not say '%s'", check.reason, says);
    if (!*says)
        assert_string_equal(check.reason, "");
}

static void what_was_meant_is_what_runs(void **state)
{
    const boot_intent intent = intent_of(BOOT_STATE_APPLIED);
    boot_facts facts = facts_of("placeholder " WORD " loglvl=all");

    (void)state;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "");
    /* In the same boot as well, where it was there before. */
    facts.boot_id = "a";
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "");
    facts.boot_id = "b";
    facts.ram_kb = 32 * GIB_KB;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "xl memguard size");
    facts.ram_kb = 16 * GIB_KB + 1024;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "");
}

static void a_host_that_was_not_rebooted(void **state)
{
    const boot_intent intent = intent_of(BOOT_STATE_APPLIED);
    boot_facts facts = facts_of("loglvl=all");

    (void)state;
    facts.boot_id = "a";
    assert_answer(&intent, &facts, BOOT_NO_REBOOT, "not been booted since");
    facts.xen = false;
    facts.xen_line = NULL;
    assert_answer(&intent, &facts, BOOT_NO_REBOOT, WORD);
}

static void a_host_without_xen(void **state)
{
    const boot_intent intent = intent_of(BOOT_STATE_APPLIED);
    boot_facts facts = facts_of(NULL);

    (void)state;
    facts.xen = false;
    assert_answer(&intent, &facts, BOOT_NOT_XEN,
                  "default entry is '0', and that loads no Xen");
    assert_answer(&intent, &facts, BOOT_NOT_XEN, "for example 'xen-simple'");
    facts.default_entry = "xen-simple";
    assert_answer(&intent, &facts, BOOT_NOT_XEN, "would boot it");
    facts.menu = &empty_menu;
    assert_answer(&intent, &facts, BOOT_NOT_XEN, "No entry");
    facts.menu = NULL;
    assert_answer(&intent, &facts, BOOT_NOT_XEN, "without Xen");
    facts.xen_known = false;
    assert_answer(&intent, &facts, BOOT_UNKNOWN, "not to be seen here");
}

static void another_line(void **state)
{
    const boot_intent intent = intent_of(BOOT_STATE_APPLIED);
    boot_facts facts = facts_of("placeholder loglvl=all no-real-mode edd=off");

    (void)state;
    assert_answer(&intent, &facts, BOOT_OTHER_LINE, "the recovery entry's");
    /* Xen does not show what it gave to dom0's kernel. */
    facts.xen_line = "placeholder dom0_mem=3G \"a=b c\"";
    assert_answer(&intent, &facts, BOOT_OTHER_LINE, "the entry \"Other\"");
    facts.xen_line = "dom0_mem=1G loglvl=all";
    assert_answer(&intent, &facts, BOOT_OTHER_LINE,
                  "Xen was booted with dom0_mem=1G, and " WORD " was meant");
    assert_answer(&intent, &facts, BOOT_OTHER_LINE, "kexec");
    facts.xen_line = WORD " dom0_mem=min:1G";
    assert_answer(&intent, &facts, BOOT_OTHER_LINE, "dom0_mem=min:1G");
    facts.xen_line = "a -- " WORD;
    assert_answer(&intent, &facts, BOOT_OTHER_LINE, "no dom0_mem=");
    facts.xen_line = NULL;
    assert_answer(&intent, &facts, BOOT_UNKNOWN, "not known");
}

/* Xen shows 1023 bytes. */
static void a_line_that_was_cut(void **state)
{
    const boot_intent intent = intent_of(BOOT_STATE_APPLIED);
    char line[BOOT_XEN_LINE_MAX + 1];
    boot_facts facts = facts_of(line);

    (void)state;
    memset(line, 'x', BOOT_XEN_LINE_MAX);
    line[BOOT_XEN_LINE_MAX] = '\0';
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "dom0's size tells");
    facts.dom0_kb = GIB_KB;
    assert_answer(&intent, &facts, BOOT_UNKNOWN, "has more");
    line[BOOT_XEN_LINE_MAX - 3] = '\0';
    assert_answer(&intent, &facts, BOOT_OTHER_LINE, "no dom0_mem=");
}

static void another_size(void **state)
{
    const boot_intent intent = intent_of(BOOT_STATE_APPLIED);
    boot_facts facts = facts_of(WORD);

    (void)state;
    facts.dom0_kb = GIB_KB;
    assert_answer(&intent, &facts, BOOT_OTHER_SIZE, "has given the rest");
    facts.predicted_kb = GIB_KB;
    assert_answer(&intent, &facts, BOOT_OTHER_SIZE,
                  "what Xen makes of 2048.0 MiB");
    facts.dom0_kb = 3 * GIB_KB;
    assert_answer(&intent, &facts, BOOT_OTHER_SIZE, "grown since");
    facts.ram_kb = 8 * GIB_KB;
    assert_answer(&intent, &facts, BOOT_OTHER_SIZE, "has 8192.0 MiB now");
    /* A size that depends on the host is not compared, nor one unknown. */
    facts.ram_kb = 0;
    facts.size_kb = 0;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "");
    facts.size_kb = 2 * GIB_KB;
    facts.dom0_kb = 0;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "");
    /* A balloon on its way by less than 1 MiB. */
    facts.dom0_kb = 2 * GIB_KB - 1023;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "");
    facts.dom0_kb = 2 * GIB_KB - 1024;
    assert_answer(&intent, &facts, BOOT_OTHER_SIZE, "given the rest");
}

static void what_is_half_done_is_said(void **state)
{
    boot_intent intent = intent_of(BOOT_STATE_APPLYING);
    boot_facts facts = facts_of(WORD);

    (void)state;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "An apply was cut short");
    intent.state = BOOT_STATE_REVERTING;
    assert_answer(&intent, &facts, BOOT_AS_INTENDED, "A revert was cut short");
    intent.state = BOOT_STATE_NONE;
    assert_answer(&intent, &facts, BOOT_NO_INTENT, "Nothing was applied");
}

static void an_intention_is_read_as_it_was_written(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"version\": 2}",
    };
    boot_intent intent = intent_of(BOOT_STATE_APPLIED), again;
    char *text, *at;
    size_t i;

    (void)state;
    strcpy(intent.file, "etc/default/grub");
    strcpy(intent.old, "dom0_mem=\"x\\");
    intent.when = UINT64_MAX;
    text = boot_intent_text(&intent);
    assert_true(boot_intent_parse((xlmem__str){text, strlen(text)}, &again));
    assert_string_equal(again.old, intent.old);
    assert_string_equal(again.file, intent.file);
    assert_int_equal(again.when, UINT64_MAX);
    assert_int_equal(again.state, BOOT_STATE_APPLIED);
    /* It never leads out of the tree, and a word is one. */
    at = strstr(text, "etc/default");
    memcpy(at, "../../../..", 11);
    assert_false(boot_intent_parse((xlmem__str){text, strlen(text)}, &again));
    memcpy(at, "/etc/passwd", 11);
    assert_false(boot_intent_parse((xlmem__str){text, strlen(text)}, &again));
    memcpy(at, "etc/default", 11);
    *strstr(text, "2G,max") = ';';
    assert_false(boot_intent_parse((xlmem__str){text, strlen(text)}, &again));
    free(text);
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(
            boot_intent_parse((xlmem__str){bad[i], strlen(bad[i])}, &again));
}

static void a_record_is_one_or_none(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[1]",
        "{\"answer\": \"x\", \"reason\": null}",
        "{\"answer\": null, \"reason\": null, \"matches_intent\": true}",
        "{\"answer\": 1, \"reason\": null, \"matches_intent\": true}",
        ("{\"answer\": \"much longer than any\", \"reason\": null, "
         "\"matches_intent\": true}"),
    };
    static const char good[] =
        "{\"version\": 1, \"answer\": \"not-xen\", \"matches_intent\": "
        "false, \"word\": null, \"reason\": \"why\", \"boot_id\": null}";
    boot_record record;
    size_t i;

    (void)state;
    assert_true(boot_record_parse((xlmem__str){good, strlen(good)}, &record));
    assert_string_equal(record.answer, "not-xen");
    assert_string_equal(record.reason, "why");
    assert_false(record.matches);
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(
            boot_record_parse((xlmem__str){bad[i], strlen(bad[i])}, &record));
}

TEST_GROUP(boot_verify)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_meant_is_what_runs),
        cmocka_unit_test(a_host_that_was_not_rebooted),
        cmocka_unit_test(a_host_without_xen),
        cmocka_unit_test(another_line),
        cmocka_unit_test(a_line_that_was_cut),
        cmocka_unit_test(another_size),
        cmocka_unit_test(what_is_half_done_is_said),
        cmocka_unit_test(an_intention_is_read_as_it_was_written),
        cmocka_unit_test(a_record_is_one_or_none),
    };

    return test_run(tests, NULL, NULL);
}
