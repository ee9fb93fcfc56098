/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is read of grub.cfg. */
#include "test.h"

#include "boot/entries.h"

#define WORD "dom0_mem=2G,max:2G"

static xlmem__str str(const char *text)
{
    return (xlmem__str){text, strlen(text)};
}

static const char menu[] =
    "set default=\"0\"\n"
    "menuentry 'Debian' --class debian $menuentry_id_option 'simple' {\n"
    "\tlinux /boot/vmlinuz-6.1 quiet\n"
    "}\n"
    "menuentry 'It'\\''s, with Xen' --class x $menuentry_id_option "
    "'xen-gnulinux-simple-1' {\n"
    "\tmultiboot2 /boot/xen-4.17-amd64.gz placeholder " WORD
    " a  b=\"c d\" ${xen_rm_opts}\n"
    "\tmodule2 /boot/vmlinuz placeholder\n"
    "}\n"
    "submenu 'More' $menuentry_id_option 'more' {\n"
    "\tsubmenu 'Xen 4.17' $menuentry_id_option 'x417' {\n"
    "\t\tmenuentry 'Adv' $menuentry_id_option 'xen-gnulinux-6.1-advanced-1' "
    "{\n"
    "\t\t\tmultiboot2 --quirk /boot/xen-4.17-amd64.gz placeholder %s\n"
    "\t\t}\n"
    "\t\tmenuentry 'Rec' $menuentry_id_option 'xen-gnulinux-6.1-recovery-1' "
    "{\n"
    "\t\t\tmultiboot2 /boot/xen-4.17-amd64.gz placeholder\n"
    "\t\t}\n"
    "\t}\n"
    "}\n";

static void entries_of(const char *args, boot_entries *entries)
{
    char text[2048];

    snprintf(text, sizeof(text), menu, args);
    assert_int_equal(boot_entries_of(str(text), entries), 0);
}

static void entries_are_told_apart(void **state)
{
    boot_entries entries;

    (void)state;
    entries_of(WORD, &entries);
    assert_int_equal(entries.nr, 3);
    assert_int_equal(entries.nr_other, 1);
    assert_string_equal(entries.list[0].title, "It's, with Xen");
    assert_string_equal(entries.list[0].args, WORD " a \"b=c d\"");
    assert_int_equal(entries.list[0].line, 6);
    assert_string_equal(entries.list[1].title, "More>Xen 4.17>Adv");
    assert_string_equal(entries.list[1].number, "2>0>0");
    assert_string_equal(entries.list[1].args, WORD);
    assert_false(entries.list[1].recovery);
    assert_true(entries.list[2].recovery);
    assert_ptr_equal(boot_find_entry(&entries, "2>0>1"), &entries.list[2]);
    assert_ptr_equal(boot_find_entry(&entries, "It's, with Xen"),
                     &entries.list[0]);
    assert_ptr_equal(boot_find_entry(&entries, "xen-gnulinux-simple-1"),
                     &entries.list[0]);
    assert_null(boot_find_entry(&entries, "0"));
    assert_null(boot_find_entry(&entries, ""));
    boot_entries_dispose(&entries);
}

static void every_entry_but_recovery_is_judged(void **state)
{
    static const struct {
        const char *args;
        boot_flaw flaw;
    } rows[] = {
        {WORD, BOOT_FLAW_NONE},
        {"", BOOT_FLAW_WORD},
        {WORD " " WORD, BOOT_FLAW_WORD},
        {WORD " dom0_mem=min:1G", BOOT_FLAW_WORD},
        {"dom0_mem=1G", BOOT_FLAW_WORD},
        {"a -- " WORD, BOOT_FLAW_WORD},
        {WORD " -- dom0_mem=1G", BOOT_FLAW_NONE},
        {"\"" WORD "\"", BOOT_FLAW_NONE},
        {WORD "\r", BOOT_FLAW_NONE},
        /* Xen knows no quotes, and splits what GRUB has in them. */
        {"'a " WORD " b'", BOOT_FLAW_NONE},
        {"'a " WORD "'", BOOT_FLAW_WORD},
        {"a\\ " WORD, BOOT_FLAW_WORD},
        {WORD "\\'", BOOT_FLAW_WORD},
        {WORD " # dom0_mem=1G", BOOT_FLAW_NONE},
        {"a #" WORD, BOOT_FLAW_WORD},
        {"a; " WORD, BOOT_FLAW_WORD},
        {"a#1 \"b;c #\" d\\;e " WORD, BOOT_FLAW_NONE},
    };
    const boot_entry *entry;
    boot_entries entries;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        entries_of(rows[i].args, &entries);
        assert_int_equal(boot_judge_entries(&entries, WORD, &entry),
                         rows[i].flaw);
        assert_ptr_equal(entry, rows[i].flaw ? &entries.list[1] : NULL);
        boot_entries_dispose(&entries);
    }
    assert_int_equal(boot_entries_of(str("menuentry 'x' {\n"), &entries), 0);
    assert_int_equal(boot_judge_entries(&entries, WORD, NULL),
                     BOOT_FLAW_NO_ENTRY);
    boot_entries_dispose(&entries);
}

#define XEN "multiboot2 /xen.gz " WORD

/* In a custom.cfg, or on a host without GRUB's generator. */
static void commands_of_one_line_are_read_each(void **state)
{
    static const char *const texts[] = {
        "menuentry x {\ninsmod y; " XEN "\n}\n",
        "menuentry x { insmod y; " XEN "; boot; }\n",
        "menuentry x { " XEN " ${xen_rm_opts} } # y\n",
        "menuentry x {\nif y; then " XEN "; fi\n};\n",
        "if y; then menuentry x { " XEN "; }; else menuentry z { boot; }; fi",
        "function y { true; }; menuentry x { " XEN "; }",
    };
    boot_entries entries;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_int_equal(boot_entries_of(str(texts[i]), &entries), 0);
        assert_int_equal(entries.nr, 1);
        assert_string_equal(entries.list[0].title, "x");
        assert_string_equal(entries.list[0].number, "0");
        assert_string_equal(entries.list[0].args, WORD);
        boot_entries_dispose(&entries);
    }
}

static void the_last_default_that_is_run_is_wanted(void **state)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"", NULL},
        {"set default=\"0\"\n", "0"},
        {"set timeout=5; set default=2 # 3\n", "2"},
        {"  default='a>b'\nset defaults=1\necho default=1\n", "a>b"},
        {"set default=It\\'s\n#set default=1\n", "It's"},
        {"if [ x ]; then set default=1; else set default=${saved_entry}; fi",
         "${saved_entry}"},
        {"set default=1\nmenuentry x { set default=2; }\n"
         "function f {\n set default=3\n}\n",
         "1"},
    };
    boot_entries entries;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(boot_entries_of(str(rows[i].text), &entries), 0);
        if (rows[i].wanted)
            assert_string_equal(entries.wanted, rows[i].wanted);
        else
            assert_null(entries.wanted);
        boot_entries_dispose(&entries);
    }
}

TEST_GROUP(boot_menu)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_told_apart),
        cmocka_unit_test(every_entry_but_recovery_is_judged),
        cmocka_unit_test(commands_of_one_line_are_read_each),
        cmocka_unit_test(the_last_default_that_is_run_is_wanted),
    };

    return test_run(tests, NULL, NULL);
}
