/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any /etc/default/grub and any values, with two real shells as judges: what
 * dash and bash make of the result is what they made of the file before, with
 * our word in it once, before "--", and no other dom0_mem=.
 */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "boot/dropin.h"
#include "boot/inline.h"

#define WORD "dom0_mem=2G,max:2G"
#define CASES 150
/* Both of Xen's, and what other variables have. */
#define VALUES 3

static char folder[] = "/tmp/xlmem-boot-XXXXXX";

static void write_case(const char *kind, unsigned n, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s%u", folder, kind, n);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/*
 * Sources DIR/@kindN in a subshell each, DIR/add behind it where there is
 * one; the values end up in DIR/@kindN.SHELL, a line each.  No such file: the
 * shell has found something wrong.
 */
static void source_all(const char *shell, const char *kind, const char *add)
{
    char command[1024];

    snprintf(
        command, sizeof(command),
        "cd %s && %s -c 'n=0; while [ $n -lt %u ]; do f=./%s$n; n=$((n+1))"
        "; [ -e $f ] || continue; (set -eu; . $f >/dev/null; %s printf "
        "\"%%s|\\n%%s|\\n%%s|"
        "\\n\" \"${GRUB_CMDLINE_XEN-}\" \"${GRUB_CMDLINE_XEN_DEFAULT-}\" "
        "\"${GRUB_CMDLINE_LINUX-}${GRUB_TIMEOUT-}\")"
        " >$f.%s 2>/dev/null; [ $? = 0 ] || rm $f.%s; done'",
        folder, shell, CASES, kind, add, shell, shell);
    assert_int_equal(system(command), 0);
}

static bool read_values(const char *kind, unsigned n, const char *shell,
                        char values[VALUES][4096])
{
    char path[128];
    FILE *file;
    size_t i;

    snprintf(path, sizeof(path), "%s/%s%u.%s", folder, kind, n, shell);
    file = fopen(path, "r");
    if (!file)
        return false;
    for (i = 0; i < VALUES; i++) {
        if (fscanf(file, "%4095[^|\n]", values[i]) != 1)
            values[i][0] = '\0';
        assert_int_equal(fgetc(file), '|');
        assert_int_equal(fgetc(file), '\n');
    }
    fclose(file);
    return true;
}

/* Every word but dom0_mem= before "--", one blank between them. */
static void other_words(char values[VALUES][4096], char *to, unsigned *ours)
{
    char both[8200];
    xlmem__str word, text = {both, 0};
    bool ended = false;
    size_t at = 0;

    snprintf(both, sizeof(both), "%s %s", values[0], values[1]);
    text.len = strlen(both);
    *to = '\0';
    *ours = 0;
    while (xlmem__next_boot_word(text, XLMEM__GRUB_BLANKS, &at, &word)) {
        ended = ended || xlmem__str_is(word, "--");
        if (!ended && xlmem__is_dom0_mem(word)) {
            *ours += xlmem__str_is(word, WORD) ? 1 : 100;
            continue;
        }
        strcat(to, " ");
        strncat(to, word.p, word.len);
    }
}

/* false: the shell could not read it before. */
static bool assert_merged(const char *before_kind, const char *after_kind,
                          unsigned n, const char *shell)
{
    char before[VALUES][4096], after[VALUES][4096], want[8200], got[8200];
    unsigned ours;

    if (!read_values(before_kind, n, shell, before))
        return false;
    if (!read_values(after_kind, n, shell, after))
        fail_msg("%s cannot source %s%u, and could before", shell, after_kind,
                 n);
    other_words(before, want, &ours);
    other_words(after, got, &ours);
    assert_string_equal(got, want);
    assert_int_equal(ours, 1);
    assert_string_equal(after[2], before[2]);
    return true;
}

static void judge_by_shells(const char *before, const char *after,
                            const char *add)
{
    static const char *const shells[] = {"dash", "bash"};
    unsigned n, judged = 0;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(shells); i++) {
        source_all(shells[i], before, "");
        source_all(shells[i], after, add);
        for (n = 0; n < CASES; n++)
            judged += assert_merged(before, after, n, shells[i]);
    }
    assert_true(judged > CASES / 4);
}

/* Files of those pieces that can be edited, and what they are then. */
static void edit_any(const char *const *pieces, size_t nr, size_t most)
{
    unsigned n, edited = 0;
    char text[1200];
    boot_edit edit;

    for (n = 0; n < 40 * CASES && edited < CASES; n++) {
        test_pieces(text, sizeof(text), pieces, nr, most);
        if (boot_edit_inline((xlmem__str){text, strlen(text)}, WORD, &edit))
            continue;
        write_case("old", edited, text);
        write_case("new", edited, edit.text);
        edited++;
        boot_edit_dispose(&edit);
    }
    assert_true(edited > CASES / 2);
    judge_by_shells("old", "new", "");
}

/* Values that are made of others, with other statements between them. */
static void other_statements_stay(void **state)
{
    static const char *const pieces[] = {
        "GRUB_CMDLINE_XEN=\"dom0_mem=1G\" ",
        "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN,max:1G\" ",
        "GRUB_CMDLINE_XEN_DEFAULT='a dom0_mem=' ",
        "GRUB_CMDLINE_XEN_DEFAULT=\"${GRUB_CMDLINE_XEN_DEFAULT}4G b\" ",
        "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN_DEFAULT dom0_mem=2G\" ",
        "GRUB_CMDLINE_XEN_DEFAULT=\"$GRUB_CMDLINE_XEN -- x\" ",
        "GRUB_CMDLINE_LINUX=root=/dev/md0 ",
        "GRUB_CMDLINE_LINUX=\"quiet dom0_mem=1G\" ",
        "GRUB_TIMEOUT=5 ",
        "\n",
        "\n",
        "\n",
        "\n",
        "; ",
        "X=1 ",
    };

    (void)state;
    test_seed();
    edit_any(pieces, ARRAY_SIZE(pieces), 12);
}

static void edited_defaults_mean_the_same(void **state)
{
    static const char *const pieces[] = {
        "GRUB_CMDLINE_XEN=",
        "GRUB_CMDLINE_XEN_DEFAULT=",
        "\n",
        "\n",
        "\"",
        "\"",
        "'",
        " ",
        "dom0_mem=1G",
        "dom0_mem=min:1G,max:4G",
        "loglvl=all",
        "$GRUB_CMDLINE_XEN_DEFAULT",
        "\\<",
        "\\\n",
        " -- ",
        "ivrs_ioapic[5]=00:14.0",
        "GRUB_TIMEOUT=5\n",
        "# x",
        "export ",
        ";",
        "\t",
    };

    (void)state;
    test_seed();
    edit_any(pieces, ARRAY_SIZE(pieces), 20);
}

static void a_drop_in_changes_no_other_word(void **state)
{
    static const char *const pieces[] = {
        " ",
        "  ",
        "\t",
        "dom0_mem=1G",
        "dom0_mem=4096M:max=1",
        "*",
        "[a-z]",
        "no-dom0_mem",
        " -- ",
        "a=\\<4G",
        "\"",
        "$(reboot)",
        "-n",
        "loglvl=all",
        "dom0_mem",
        "--",
        "`id`",
        "?",
        "~",
        "x=1;y",
    };
    char *text = boot_drop_in_text(WORD, "dom0_mem=1G");
    char always[200], default_[200], both[600];
    unsigned n;

    (void)state;
    write_case("drop", 0, text);
    for (n = 0; n < CASES; n++) {
        test_pieces(always, sizeof(always), pieces, ARRAY_SIZE(pieces), 6);
        test_pieces(default_, sizeof(default_), pieces, ARRAY_SIZE(pieces), 8);
        snprintf(both, sizeof(both), "%s'%s'\n%s'%s'\n",
                 n % 5 ? "GRUB_CMDLINE_XEN=" : "x=", always,
                 n % 7 ? "GRUB_CMDLINE_XEN_DEFAULT=" : "x=", default_);
        write_case("plain", n, both);
        write_case("dropped", n, both);
    }
    judge_by_shells("plain", "dropped", ". ./drop0 2>/dev/null;");
    /* What is put twice is there once. */
    judge_by_shells("plain", "dropped",
                    ". ./drop0 2>/dev/null; . ./drop0 2>/dev/null;");
    free(text);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return getenv("KEEP") ? 0 : system(command);
}

TEST_GROUP(boot_any)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edited_defaults_mean_the_same),
        cmocka_unit_test(other_statements_stay),
        cmocka_unit_test(a_drop_in_changes_no_other_word),
    };

    return test_run(tests, make_folder, remove_folder);
}
