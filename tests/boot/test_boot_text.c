/* SPDX-License-Identifier: LGPL-2.1-only */
/* The merges of a dom0_mem= into boot files. */
#include "test.h"

#include "boot/dropin.h"
#include "boot/efi.h"
#include "boot/odd.h"
#include "codec/capture/texts.h"

#define WORD "dom0_mem=2G,max:2G"

static xlmem__str str(const char *text)
{
    return (xlmem__str){text, strlen(text)};
}

/* ------------------------------------------------------------- words --- */

static void a_word_is_a_size_that_xen_takes(void **state)
{
    static const char *const good[] = {"dom0_mem=2G", WORD, "dom0_mem=min:1G",
                                       "dom0_mem=-1G,max:50%",
                                       "dom0_mem=1G+10%,max:2G"};
    static const char *const bad[] = {
        "",
        "2G",
        "dom0_mem",
        "dom0_mem=",
        "dom0_mem=2G,",
        "dom0_mem=2G max:2G",
        "dom0_mem=2G;reboot",
        "dom0_mem=4096M:max=4096M",
        "dom0_mem=$(id)",
        "no-dom0_mem",
        ("dom0_mem=1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,"
         "1G,"
         "1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G,1G")};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(good); i++)
        if (!xlmem__boot_word_is_valid(good[i]))
            fail_msg("'%s' was refused", good[i]);
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        if (xlmem__boot_word_is_valid(bad[i]))
            fail_msg("'%s' was taken", bad[i]);
}

static void a_line_gets_the_word_once(void **state)
{
    static const struct {
        const char *always, *default_, *want[2];
    } rows[] = {
        {"", "", {"", WORD}},
        {"a b", "", {"a b", WORD}},
        {"", "a b", {"", "a b " WORD}},
        {"", "a b ", {"", "a b " WORD}},
        {"", "dom0_mem=1G a", {"", WORD " a"}},
        {"", " a dom0_mem=1G", {"", " a " WORD}},
        {"dom0_mem=1G", "dom0_mem=3G x", {WORD, "x"}},
        {"", "dom0_mem=min:1G a dom0_mem=max:4G b", {"", WORD " a b"}},
        {"", "x dom0_mem=1G dom0_mem=2G dom0_mem=3G", {"", "x " WORD " "}},
        {"", "no-dom0_mem a", {"", WORD " a"}},
        {"", "dom0_memory=1G", {"", "dom0_memory=1G " WORD}},
        {"", "\tdom0_mem=1G\ta", {"", "\t" WORD "\ta"}},
        /* Behind "--" all is for dom0's kernel. */
        {"", "a -- dom0_mem=1G", {"", "a " WORD " -- dom0_mem=1G"}},
        {"", "-- x", {"", WORD " -- x"}},
        {"a -- b", "dom0_mem=1G", {"a " WORD " -- b", "dom0_mem=1G"}},
        {"dom0_mem=1G -- b", "c", {WORD " -- b", "c"}},
        {"", "a --", {"", "a " WORD " --"}},
        {"", "a--b c", {"", "a--b c " WORD}},
        {"", WORD " a", {"", WORD " a"}},
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem__boot_part parts[2] = {{.text = str(rows[i].always)},
                                     {.text = str(rows[i].default_)}};

        assert_true(xlmem__plan_boot_line(parts, 2, XLMEM__GRUB_BLANKS, WORD));
        for (n = 0; n < 2; n++) {
            char *text = xlmem__render_boot_part(&parts[n]);

            assert_string_equal(text, rows[i].want[n]);
            free(text);
        }
    }
}

static void words_are_taken_out_again(void **state)
{
    xlmem__boot_part part = {.text = str("a dom0_mem=1G b " WORD)};
    char *text;

    (void)state;
    assert_true(xlmem__plan_boot_line(&part, 1, XLMEM__GRUB_BLANKS, ""));
    text = xlmem__render_boot_part(&part);
    assert_string_equal(text, "a b");
    free(text);
    text = boot_join_words(&part, 1);
    assert_string_equal(text, "dom0_mem=1G " WORD);
    free(text);
}

/* ------------------------------------------------------------ inline --- */

#define D "GRUB_CMDLINE_XEN_DEFAULT="
#define A "GRUB_CMDLINE_XEN="

struct odd_row {
    const char *text;
    size_t at;       /* the byte that it is found at */
    const char *why; /* words of it; NULL: nothing is odd */
};

static void see_odds(const struct odd_row *rows, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        const char *at, *why = boot_find_odd(str(rows[i].text), &at);

        if (!why != !rows[i].why || (why && !strstr(why, rows[i].why)))
            fail_msg("'%s': %s", rows[i].text, why);
        if (why && (size_t)(at - rows[i].text) != rows[i].at)
            fail_msg("'%s': at %td", rows[i].text, at - rows[i].text);
    }
}

static void odd_assignments_are_found(void **state)
{
    static const struct odd_row rows[] = {
        {"", 0, NULL},
        {"\xef\xbb\xbf", 0, "byte order mark"},
        {"X=1\n" D "\"a \\\nb\"\n", 0, NULL},
        {D "\"a\nb\"", 0, "line break"},
        {"X='\n'; " D "'a\nb'", 7, "line break"},
        {D "'a\\\nb'", 0, "line break"},
        {D "\"a", 0, NULL},
        {D "a\\\nb", 0, NULL},
        {"# " D "\xe2\x80\x9c\n", 0, NULL},
        {"X=\"" D "\xe2\x80\x9c\"\n", 0, NULL},
        {A "a#\xe2\x80\x9c\n", 0, "not ASCII"},
        {D "a # \xe2\x80\x9c\n", 0, NULL},
        {D "\"$'a'\"\n", 0, "backslash before it"},
        {D "a$'b'\n", 0, "for bash alone"},
        {D "\\$'b'\n", 0, NULL},
        {"GRUB_CMDLINE_XEN_DEFAULT+=(a)", 0, "an array"},
        {"GRUB_CMDLINE_XEN[1]=a", 0, "an array"},
        {"GRUB_CMDLINE_XENON=(a)", 0, NULL},
        {D "\"a #b\"", 0, "begins with #"},
        {D "'#b'", 0, "begins with #"},
        {D "\"a;b\"", 0, "has a ;"},
        {D "\"a#b \\;\"; X='; #'", 0, NULL},
        /* GRUB gets what the shell's quotes and backslashes leave, and has
         * such itself. */
        {A "a\\;b", 0, "has a ;"},
        {A "a\\\\\\;b", 0, NULL},
        {A "\"a\\\\;b\"", 0, NULL},
        {A "\"a\\\\\\;b\"", 0, "has a ;"},
        {A "'a\\;b'", 0, NULL},
        {A "'a\\\\;b'", 0, "has a ;"},
        {A "'a=\"b; #c\" d'", 0, NULL},
        {A "'a=\"b\";c'", 0, "has a ;"},
        {A "\"it's a ' ;\"", 0, "has a ;"},
        {A "a\\ #b", 0, "begins with #"},
        /* What GRUB's script does not end, or cannot read. */
        {A "\"it's a\"", 0, "leaves a quote open"},
        {A "'a \"b c'", 0, "leaves a quote open"},
        {A "it\\'s", 0, "leaves a quote open"},
        {A "\"it\\'s\"", 0, NULL},
        {A "\"a='b c'\"", 0, NULL},
        {A "\"a \\\\\"", 0, "ends with a backslash"},
        {A "'a \\\\'", 0, NULL},
        {A "\"it's\"\n" A "a\n", 0, NULL},
        {A "\"a=406M<4G\"", 0, "backslash before it"},
        {A "a\\|b", 0, "backslash before it"},
        {A "\"{ a }\"", 0, "backslash before it"},
        {A "\"\\$(a)\"", 0, "backslash before it"},
        {A "\"\\${a} (b) \\{\"", 0, NULL},
        {A "\"a=406M\\<4G b='c&d'\"", 0, NULL},
        {A "a\"#b\"", 0, NULL},
        {A "\"`echo a`#b\"", 0, NULL},
        {"readonly X; " D "a", 0, NULL},
        {"readonly X " D "a", 11, "read-only"},
        {"declare -x " D "a", 0, NULL},
        {"declare -xr " D "a", 12, "read-only"},
        {"echo -r " D "a", 0, NULL},
    };

    const char *at,
        *why = boot_find_odd((xlmem__str){"\xff\xfeG\0=\0", 6}, &at);

    (void)state;
    see_odds(rows, ARRAY_SIZE(rows));
    assert_non_null(why);
    assert_non_null(strstr(why, "UTF-16"));
}

/* As grub-script-check has it of each (GRUB 2.12). */
static void what_grubs_script_cannot_read_is_odd(void **state)
{
    static const struct odd_row rows[] = {
        {A "\"a=}b\"", 0, "backslash before it"},
        {A "\"a=\\${b}}\"", 0, "backslash before it"},
        {A "\"a=$ b\"", 0, "backslash before it"},
        {A "'a=$'", 0, "backslash before it"},
        {A "'a=$$b'", 0, "backslash before it"},
        {A "'a=${b'", 0, "backslash before it"},
        {A "'a=${b-c}'", 0, "backslash before it"},
        {A "'a=${}'", 0, "backslash before it"},
        {A "'\"a=$\"'", 0, "backslash before it"},
        {A "'a=\\}b \"a=}{\" c=$1$@ ${?} ${b}c'", 0, NULL},
        {A "'a=$\"b\"' # }", 0, NULL},
        {A "\"a='$ }' \\\\$\"", 0, NULL},
        /* What the shell takes the place of. */
        {A "\"a=$$ $! $- $b $1\"", 0, NULL},
        {A "\"a=\\${$b} c=\\$$b\"", 0, NULL},
        {A "\"a=\\${`b`}\"", 0, NULL},
        {A "\"$b a=}\"", 0, "backslash before it"},
    };

    (void)state;
    see_odds(rows, ARRAY_SIZE(rows));
}

/* Nothing of another command, of a substitution or of what may not run. */
static void only_what_takes_effect_is_odd(void **state)
{
    static const struct odd_row rows[] = {
        /* Words of other commands. */
        {"echo readonly " D "a", 0, NULL},
        {"echo declare -r GRUB_CMDLINE_XEN is not set >&2", 0, NULL},
        {"X=1 readonly GRUB_CMDLINE_XEN", 13, "read-only"},
        {"! command readonly GRUB_CMDLINE_XEN", 19, "read-only"},
        {"echo '" D "a' " D "\"a\nb\"", 0, NULL},
        {"export X " D "\"a\nb\"", 9, "line break"},
        /* Substitutions have quotes and lines of their own. */
        {A "\"a $(echo \"it's\" | wc -c)\"\nX='\n'\n", 0, NULL},
        {A "\"$(\n echo \xe2\x80\x9c)\"\n", 0, NULL},
        {A "\"`\n echo a`\"\n", 0, NULL},
        {A "$( # it's\n echo a)\n", 0, NULL},
        {A "\"$(echo ')')\nb\"\n", 0, "line break"},
        {A "\"`echo \\`x\\``\xe2\x80\x9c\"\n", 0, "not ASCII"},
        {A "\"$((1 << 4))\"\n" D "\"a\nb\"\n", 31, "line break"},
        {A "\"${X:-'\n'}\"\n" D "\"a\nb\"\n", 0, NULL},
        {"X=$(case a in a) echo \"'\";; esac)\n" D "'\n'", 0, NULL},
        {"X=$($($($($($($($($(" D "'\n'", 0, NULL},
        /* Text that is no command. */
        {"cat <<E >&2\n" D "\"a\nb\"\nE\n" D "a\n", 0, NULL},
        {"cat <<-'E' <<F\n" A "'\n\tE\n" D "'\nF\nreadonly " A, 75,
         "read-only"},
        {"cat <<E\n" A "'\n'", 0, NULL},
        {"cat <<<E\n" A "'\n'", 9, "line break"},
        {"cat <<", 0, NULL},
        /* A later one takes its place. */
        {D "\"a\nb\"\n" D "a\n", 0, NULL},
        {D "\"a\nb\"\nif x; then " D "a; fi\n", 0, NULL},
        {D "\"a\nb\"\n" A "a\n", 0, "line break"},
        {D "\"a\nb\"\n" D "\"$" D "\"\n", 0, "line break"},
        {D "\"a\nb\"\nGRUB_CMDLINE_XEN_DEFAULT+=b\n", 0, "line break"},
        /* Or closes the quote of what it takes in. */
        {A "\"x='a\"\n" A "\"$GRUB_CMDLINE_XEN b'\"\n", 0, NULL},
        {A "\"x='a\"\n" A "\"$GRUB_CMDLINE_XEN b\"\n" A
           "\"$GRUB_CMDLINE_XEN c'\"\n",
         0, NULL},
        {A "\"x='a\"\nGRUB_CMDLINE_XEN+=\" b'\"\n", 0, NULL},
        {A "a\n" A "\"$GRUB_CMDLINE_XEN it's\"\n", 19, "leaves a quote open"},
        {A "\"it's\"\n" D "\"b'\"\n", 0, "leaves a quote open"},
        {A "\"it's\"\n" A "\"$GRUB_CMDLINE_XEN\"\n" A "\"it's\"\n", 61,
         "leaves a quote open"},
        {D "(a)\n" D "a\n" D "\xe2\x80\x9c\n", 56, "not ASCII"},
        {"readonly " D "a\n" D "a\n", 9, "read-only"},
        /* May not run. */
        {"if x; then readonly " D "a; fi\n", 0, NULL},
        {"f() {\n" D "(a)\n}\n", 0, NULL},
        {"(" D "$'a')\n" A "$'a'\n", 32, "for bash alone"},
        {"x && " D "\"a\nb\"\n" A "'\n'\n", 36, "line break"},
        {"if x; then y; fi; " D "'\n'\n", 18, "line break"},
        {"case x in (x) y;; z) ;; esac\n" D "'\n'\n", 29, "line break"},
        /* A command, and what is assigned for it alone. */
        {D "\"a\nb\" x\n", 0, "run as a command"},
        {"X=1 " D " \"a\"\n" D "a\n", 4, "run as a command"},
        {"X=1\nGRUB_CMDLINE_XEN =a\n", 4, "run as a command"},
        {"x && " D "a y\nif x; then " D "a y; fi\n", 0, NULL},
        {D "a \\\n " A "b >x 2>y\n", 0, NULL},
        {"X=1 x " D "a\n", 0, NULL},
        {D "\"a\nb\" # x\n", 0, "line break"},
        {"X=1 " D "\"a\nb\"\nx\n", 4, "line break"},
        /* What sh's special builtins leave. */
        {A "\"a\" export GRUB_CMDLINE_XEN\n", 0, NULL},
        {A "a :\n" D "b eval\nX=1 " D "c set -e\n", 0, NULL},
        {A "\"a\nb\" export GRUB_CMDLINE_XEN\n", 0, "line break"},
        {A "\"a;b\" :\n" A "a :\n", 0, NULL},
        {A "a readonly GRUB_CMDLINE_XEN\n", 28, "read-only"},
        {A "a exported\n", 0, "run as a command"},
    };

    (void)state;
    see_odds(rows, ARRAY_SIZE(rows));
}

static void defaults_keep_every_other_byte(void **state)
{
    static const struct {
        const char *text, *want, *old;
    } rows[] = {
        {"", D "\"" WORD "\"\n", ""},
        {"X=1", "X=1\n" D "\"" WORD "\"\n", ""},
        {"X=1\r\n", "X=1\r\n" D "\"" WORD "\"\r\n", ""},
        {D "\"\"\n", D "\"" WORD "\"\n", ""},
        {D "''", D "'" WORD "'", ""},
        {D "\n", D WORD "\n", ""},
        {D "a\n", D "a\" " WORD "\"\n", ""},
        {D "a\\ b\n", D "a\\ b\" " WORD "\"\n", ""},
        {D "\"a \" # x\n", D "\"a " WORD "\" # x\n", ""},
        {D "dom0_mem=4096\n" A "\n", D WORD "\n" A "\n", "dom0_mem=4096"},
        {A "\"dom0_mem=1G\"\n" A "\"x dom0_mem=2G,max:2G,min:1G y \"\n",
         A "\"dom0_mem=1G\"\n" A "\"x " WORD " y \"\n",
         "dom0_mem=2G,max:2G,min:1G"},
        {D "\"n dom0_mem=min:1G dom0_mem=max:4G u\"\n" D "\"$" /* Qubes */
           "GRUB_CMDLINE_XEN_DEFAULT smt=off\"\n",
         D "\"n " WORD " u\"\n" D "\"$"
           "GRUB_CMDLINE_XEN_DEFAULT smt=off\"\n",
         "dom0_mem=min:1G dom0_mem=max:4G"},
        {D "\"c=406M\\<4G\"", D "\"c=406M\\<4G " WORD "\"", ""},
        {D "\"a \\\n  dom0_mem=1G \\\n  b\"\n",
         D "\"a \\\n  " WORD " \\\n  b\"\n", "dom0_mem=1G"},
        {D "\"a -- dom0_mem=1G\"\r\n", D "\"a " WORD " -- dom0_mem=1G\"\r\n",
         ""},
        {"export " D "'dom0_mem=1G a'\n", "export " D "'" WORD " a'\n",
         "dom0_mem=1G"},
        {"#" D "\"dom0_mem=1G\"\n",
         "#" D "\"dom0_mem=1G\"\n" D "\"" WORD "\"\n", ""},
        {D "'a'\"b\"\n", D "'a'\"b " WORD "\"\n", ""},
        {D "x\\\"y\\\"\n", D "x\\\"y\\\"\" " WORD "\"\n", ""},
        {D "\"" WORD "\"\n", D "\"" WORD "\"\n", WORD},
        {"X='\nZ=a\n'\nY=it\\'s # don't\n" D "b\n",
         "X='\nZ=a\n'\nY=it\\'s # don't\n" D "b\" " WORD "\"\n", ""},
        /* A word in several pieces. */
        {D "dom0_mem=\"1G\"\n", D WORD "\n", "dom0_mem=1G"},
        {D "\"a dom0_mem=\"'1G'\",max:1G b\"\n", D "\"a " WORD " b\"\n",
         "dom0_mem=1G,max:1G"},
        {D "\"a dom0_\\\nmem=1G b\"\n", D "\"a " WORD " b\"\n", "dom0_mem=1G"},
        /* Several on a line. */
        {"export " A "\"a\" " D "\"dom0_mem=1G b\" # x\n",
         "export " A "\"a\" " D "\"" WORD " b\" # x\n", "dom0_mem=1G"},
        {"X=1 " D "\"dom0_mem=1G\" \\\n  " A "b; Y=2\r\n",
         "X=1 " D "\"" WORD "\" \\\n  " A "b; Y=2\r\n", "dom0_mem=1G"},
        {A "a " D "\"$GRUB_CMDLINE_XEN dom0_mem=1G\"\nexport GRUB_CMDLINE_XEN "
           "GRUB_CMDLINE_XEN_DEFAULT\n",
         A "a " D "\"$GRUB_CMDLINE_XEN " WORD "\"\nexport GRUB_CMDLINE_XEN "
           "GRUB_CMDLINE_XEN_DEFAULT\n",
         "dom0_mem=1G"},
        {"if x; then\nY=1\nfi\n" D "\"a\"\n",
         "if x; then\nY=1\nfi\n" D "\"a " WORD "\"\n", ""},
    };
    boot_edit edit, again;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        if (boot_edit_inline(str(rows[i].text), WORD, &edit))
            fail_msg("%s: %s", rows[i].text, edit.where.text);
        assert_string_equal(edit.text, rows[i].want);
        assert_string_equal(edit.old, rows[i].old);
        assert_int_equal(
            boot_edit_inline((xlmem__str){edit.text, edit.len}, WORD, &again),
            0);
        assert_string_equal(again.text, edit.text);
        boot_edit_dispose(&again);
        boot_edit_dispose(&edit);
    }
}

static void what_takes_a_shell_is_refused(void **state)
{
    static const struct {
        const char *text;
        size_t line;
    } rows[] = {
        {"X=1\nif y; then\n" D "\"a\"\nfi\n", 3},
        {D "\"$(cat /etc/x)\"\n", 1},
        {D "\"$OTHER\"\n", 1},
        {"\n. /etc/default/more\n", 2},
        {D "\"a\"\nGRUB_CMDLINE_XEN+=\" b\"\n", 2},
        {"X=\"a\n" D "b\nY=c\n", 1},
        /* In somebody else's quotes it is no assignment. */
        {"X='\n" D "a\n'\n", 1},
        {D "\"a\n", 1},
        /* One word of the file, two of the value. */
        {A "\"dom0_mem=1G\"\n" D "\"$GRUB_CMDLINE_XEN x\"\n", 0},
        {D "\"a dom0_mem=\"1G\n", 1},
        /* A word of two assignments, with what is between them. */
        {A "\"dom0_mem=1G\"\nGRUB_CMDLINE_LINUX=root=/dev/md0\n" A
           "\"$GRUB_CMDLINE_XEN,max:1G\"\n",
         3},
        {A "\"dom0_mem=\"\nX=1\n" A "\"${GRUB_CMDLINE_XEN}4G\"\n", 3},
        {D "dom0_mem=1G X=1; " D "\"$GRUB_CMDLINE_XEN_DEFAULT,max:1G\"\n", 1},
        {D "dom0_mem=1G\nX=1\n" A "\"$GRUB_CMDLINE_XEN_DEFAULT,max:1G\"\n", 3},
        {A "a\nX=1\n" A "\"$GRUB_CMDLINE_XEN\"' -- b'\nX=2\n" D
           "\"dom0_mem=1G,$GRUB_CMDLINE_XEN\"\n",
         0},
        /* What export sets is not known to the words behind. */
        {"export " A "\"b\" " D "\"$GRUB_CMDLINE_XEN\"\n", 1},
        {D "\"dom0_mem=1G\" true\n", 1},
        /* Empty until now, a command then. */
        {D "\n\t$GRUB_CMDLINE_XEN_DEFAULT\nx\n", 0},
        {D "\nX=1; \"${GRUB_CMDLINE_XEN_DEFAULT}\"\n", 0},
    };
    boot_edit edit;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        if (boot_edit_inline(str(rows[i].text), WORD, &edit) !=
            XLMEM_ERROR_PARSE)
            fail_msg("'%s' was edited", rows[i].text);
        if (rows[i].line)
            assert_int_equal(edit.where.line, rows[i].line);
        assert_null(edit.text);
    }
}

/* ----------------------------------------------------------- xen.cfg --- */

static void each_section_but_the_way_out_is_edited(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"[global]\ndefault=x\n\n[x]\noptions=a dom0_mem=1G\nkernel=v r\n",
         "[global]\ndefault=x\n\n[x]\noptions=a " WORD "\nkernel=v r\n"},
        {"[x]\nkernel=v\n", "[x]\noptions=" WORD "\nkernel=v\n"},
        {"[x]\r\nkernel=v\r\n", "[x]\r\noptions=" WORD "\r\nkernel=v\r\n"},
        {"[x]\noptions=a -- b\nkernel=v\n[y-failsafe]\noptions=c\nkernel=v\n",
         "[x]\noptions=a " WORD
         " -- b\nkernel=v\n[y-failsafe]\noptions=c\nkernel=v\n"},
        {"[global]\noptions=q\n[x]\nkernel=v\n  options=a # dom0_mem=9G\n"
         "options=dom0_mem=3G\n",
         "[global]\noptions=q " WORD "\n[x]\nkernel=v\n  options=a " WORD
         "# dom0_mem=9G\noptions=dom0_mem=3G\n"},
        {"[x]\nkernel=v\noptions=", "[x]\nkernel=v\noptions=" WORD},
        {"kernel=v\noptions=\n", "kernel=v\noptions=" WORD "\n"},
    };
    boot_edit edit;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(boot_edit_efi(str(rows[i].text), WORD, &edit), 0);
        assert_string_equal(edit.text, rows[i].want);
        boot_edit_dispose(&edit);
    }
    assert_int_equal(boot_edit_efi(str(""), WORD, &edit),
                     XLMEM_ERROR_NOTFOUND);
    assert_int_equal(
        boot_edit_efi(str("[global]\nchain=a.cfg\n[x]\n"), WORD, &edit),
        XLMEM_ERROR_NOTFOUND);
}

/* One name, from the first file; what a chained file says of it does not
 * count. */
static void the_section_is_named_once(void **state)
{
    static const struct {
        const char *text, *section, *chain; /* NULL: it boots */
    } rows[] = {
        {"[global]\nchain=more.cfg \n[x]\n", "", "more.cfg"},
        {"", "", ""},
        {"[x]\nkernel=v\n", "", NULL},
        {"[x]\nkernel=v\n", "y", NULL},
        {"[global]\nchain=c\n[x]\nkernel=v\n", "x", NULL},
        {"[global]\nchain=c\n[x]\nkernel=v\n", "y", "c"},
        {"[global]\ndefault=x\nchain=c\n[x]\nkernel=v\n", "y", "c"},
        {"[global]\ndefault=y\nchain=c\n[x]\nkernel=v\n", "", NULL},
    };
    xlmem__str chain;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(
            boot_efi_boots(str(rows[i].text), str(rows[i].section), &chain),
            !rows[i].chain);
        if (rows[i].chain)
            assert_true(xlmem__str_is(chain, rows[i].chain));
    }
    assert_true(xlmem__str_is(
        boot_efi_default(str("[x]\n[global]\ndefault=x \n")), "x"));
    assert_int_equal(boot_efi_default(str("[x]\ndefault=x\n")).len, 0);
}

static void names_are_looked_for_as_xen_efi_does(void **state)
{
    static const char *const want[] = {"xen-4.2-unstable.cfg", "xen-4.2.cfg",
                                       "xen-4.cfg", "xen.cfg"};
    char name[64];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(want); i++) {
        assert_true(boot_efi_cfg_name("xen-4.2-unstable.efi", i, name, 64));
        assert_string_equal(name, want[i]);
    }
    assert_false(boot_efi_cfg_name("xen-4.2-unstable.efi", i, name, 64));
    assert_false(boot_efi_cfg_name("xen-4.2.efi", 0, name, 4));
}

/* ----------------------------------------------------------- drop-in --- */

static void a_drop_in_is_known_again(void **state)
{
    char *text = boot_drop_in_text(WORD, "dom0_mem=1G it's 'x");
    xlmem__str word;

    (void)state;
    assert_true(boot_drop_in_word(str(text), &word));
    assert_true(xlmem__str_is(word, WORD));
    assert_non_null(strstr(text, "xlmem_found=' dom0_mem=1G'"));
    free(text);
    assert_false(boot_drop_in_word(str("xlmem_word='x'\n"), &word));
}

/* What captures and lint read of a host that has it. */
static void a_drop_in_needs_no_shell(void **state)
{
    char *drop = boot_drop_in_text(WORD, ""), text[8192];
    xlmem__where where = {.line = 0};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    snprintf(text, sizeof(text),
             A "\"a dom0_mem=1G\"\n" D "\"dom0_mem=min:1G b\"\n%s" D "\"$"
               "GRUB_CMDLINE_XEN_DEFAULT c\"\n",
             drop);
    assert_int_equal(xlmem__parse_grub(text, strlen(text), &host, &where), 0);
    assert_string_equal(host.xen_config_line, "a " WORD " b c");
    xlmem_host_dispose(&host);
    /* One that lost its word, or its end. */
    *strstr(text, "dom0_mem=2G") = '\'';
    assert_int_equal(xlmem__parse_grub(text, strlen(text), &host, &where), 0);
    assert_string_equal(host.xen_config_line, "a dom0_mem=1G dom0_mem=min:1G "
                                              "b c");
    xlmem_host_dispose(&host);
    memcpy(strstr(text, "# End"), "#xEnd", 5);
    assert_int_equal(xlmem__parse_grub(text, strlen(text), &host, &where), 0);
    assert_null(host.xen_config_line);
    assert_int_equal(where.line, 3);
    free(drop);
}

TEST_GROUP(boot_text)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_a_size_that_xen_takes),
        cmocka_unit_test(a_line_gets_the_word_once),
        cmocka_unit_test(words_are_taken_out_again),
        cmocka_unit_test(odd_assignments_are_found),
        cmocka_unit_test(what_grubs_script_cannot_read_is_odd),
        cmocka_unit_test(only_what_takes_effect_is_odd),
        cmocka_unit_test(defaults_keep_every_other_byte),
        cmocka_unit_test(what_takes_a_shell_is_refused),
        cmocka_unit_test(each_section_but_the_way_out_is_edited),
        cmocka_unit_test(the_section_is_named_once),
        cmocka_unit_test(names_are_looked_for_as_xen_efi_does),
        cmocka_unit_test(a_drop_in_is_known_again),
        cmocka_unit_test(a_drop_in_needs_no_shell),
    };

    return test_run(tests, NULL, NULL);
}
