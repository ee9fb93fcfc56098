/* SPDX-License-Identifier: LGPL-2.1-only */
/* Xen's command line in GRUB's defaults: understood, or left unknown. */
#include "text.h"

/* @line NULL: a shell would be needed, at line @where. */
struct row {
    const char *text, *line;
    size_t where;
};

static void check(const struct row *rows, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        xlmem_host host;
        size_t where;

        xlmem_host_init(&host);
        assert_int_equal(
            parse_at(xlmem__parse_grub, rows[i].text, &host, &where), 0);
        if (rows[i].line) {
            if (!host.xen_config_line)
                print_message("row %zu: %s", i, rows[i].text);
            assert_non_null(host.xen_config_line);
            assert_string_equal(host.xen_config_line, rows[i].line);
        } else {
            if (host.xen_config_line)
                print_message("row %zu: %s", i, rows[i].text);
            assert_null(host.xen_config_line);
        }
        assert_int_equal(where, rows[i].where);
        xlmem_host_dispose(&host);
    }
}

#define X "GRUB_CMDLINE_XEN"

static void assignments_are_understood(void **state)
{
    static const struct row rows[] = {
        {"", "", 0},
        {"GRUB_TIMEOUT=5\n", "", 0},
        {"# " X "=\"dom0_mem=1G\"\n", "", 0},
        {X "=\"dom0_mem=2G,max:2G\"\n", "dom0_mem=2G,max:2G", 0},
        {X "='dom0_mem=2G loglvl=all'", "dom0_mem=2G loglvl=all", 0},
        {X "=dom0_mem=2G\r\n", "dom0_mem=2G", 0},
        {X "=a#b # comment\n", "a#b", 0},
        {"  export " X "=a\n", "a", 0},
        {X "=a\nexport " X "\n", "a", 0},
        {X "=a; " X "_DEFAULT=b\n", "a b", 0},
        {X "_DEFAULT=\"c d\"\n" X "=\"a b\"\n", "a b c d", 0},
        {X "=a A=1 " X "_DEFAULT=\"$" X "\"b # c\n", "a ab", 0},
        {"A=1 \\\n\t" X "=a\n" X "_DEFAULT=b\n", "a b", 0},
        {"export\t" X "=a B " X "_DEFAULT=b\nexport " X " A\n", "a b", 0},
        {X "=a\n" X "=\"$" X " b\"\n", "a b", 0},
        {X "=a\n" X "=${" X "}\" b\"' c'\n", "a b c", 0},
        {X "=\"$" X "\"\n", "", 0},
        {X "=a\\ b\n", "a b", 0},
        {X "=\"a \\\n b\"\n" X "_DEFAULT=c\n", "a  b c", 0},
        {X "=\"a \\$b \\\"c\\\" \\d\"\n", "a $b \"c\" \\d", 0},
        /* What runs in a substitution changes nothing out here. */
        {"A=$( . /etc/os-release && echo ${N:-(U)} )\n" X "=a\n", "a", 0},
        {"A=`( . /etc/os-release && echo ${N} )`\n" X "=a\n", "a", 0},
        {"A=\"$(echo \")\" ; . /x)\"; B=c\n" X "=a\n", "a", 0},
        {"if a; then b; fi\n" X "=a\n", "a", 0},
        {"case $x in a*) b;; (c) d;; esac\n" X "=a\n", "a", 0},
        {"f() { g; }\nh () {\ni\n}\n" X "=a\n", "a", 0},
        {"a && b || c\n" X "=a\n", "a", 0},
        {"cat x 2>&1 >&2 <<<y\n" X "=a\n", "a", 0},
        {"A=(b\nc)\necho . eval\n" X "=a\n", "a", 0},
        {X "=a\nA=\"1 $" X "\" B=$" X "\necho then $" X "\n", "a", 0},
        {X "=\"a\"\nGRUB_CMDLINE_LINUX=\"$" X "\"\n", "a", 0},
        {X "=a\n" X "_OTHER=`date`\n", "a", 0},
        {"if [ x ]; then\n  GRUB_DEFAULT=2\nfi\n" X "=a\n", "a", 0},
        {"if [ x ]; then echo; fi\n" X "=a\n", "a", 0},
        {"f() {\n  echo\n}\n" X "=a\n", "a", 0},
        {"GRUB_DEFAULT=$( \\\n  printf x)\n" X "=a\n", "a", 0},
    };

    (void)state;
    check(rows, ARRAY_SIZE(rows));
}

static void shell_is_not_guessed(void **state)
{
    static const struct row rows[] = {
        {X "=\"$(cat /x)\"\n", NULL, 1},
        {"\n" X "=`cat /x`\n", NULL, 2},
        {X "=\"dom0_mem=$MEM\"\n", NULL, 1},
        {X "=\"${" X ":-a}\"\n", NULL, 1},
        {X "=\"a\n", NULL, 1},
        {X "='a\n", NULL, 1},
        {X "=\"a\nb\"\n", NULL, 1},
        {X "+=\" b\"\n", NULL, 1},
        {X "=a command\n", NULL, 1},
        {X "=a B=c command\n", NULL, 1},
        {"A=1 " X "=a command\n", NULL, 1},
        {"A=\"$B\" " X "=a\n", NULL, 1},
        {"export " X "=a " X "_DEFAULT=$" X "\n", NULL, 1},
        {"\n" X " A\n", NULL, 2},
        {X "=a && b\n", NULL, 1},
        {X "=a|b\n", NULL, 1},
        {"a\n[ -f x ] && " X "=a\n", NULL, 2},
        {"if true; then\n" X "=a\nfi\n", NULL, 2},
        {"case x in\ny)\n  " X "=a\n;; esac\n", NULL, 3},
        {"f() {\n  " X "=a\n}\n", NULL, 2},
        {"unset " X "\n", NULL, 1},
        /* Its value would be run. */
        {"A=1 $" X "\n", NULL, 1},
        {"\\\n A=1\t$" X "\n", NULL, 1},
        {"A='\\' $" X "\n", NULL, 1},
        {"A=\"\\\"\"'\\' $" X "\n", NULL, 1},
        {"A=\"1 2\" B='3'  $" X "\n", NULL, 1},
        {"if true; then $" X "; fi\n", NULL, 1},
        {"! \"$" X "\"\n", NULL, 1},
        {"A=${" X ":=b}\n", NULL, 1},
        {". /etc/other\n", NULL, 1},
        {"source /etc/other\n", NULL, 1},
        {X "=a\\", NULL, 1},
        /* A condition, a subshell, a pipe: it may not run, or not here. */
        {"[ -e x ] &&\n" X "=a\n", NULL, 2},
        {"[ -e x ] || # not there\n\n" X "=a\n", NULL, 3},
        {"echo |\n" X "=a\n", NULL, 2},
        {"(\n" X "=a\n)\n", NULL, 2},
        {"if a; then if b; then\nc\nfi\n" X "=a\nfi\n", NULL, 4},
        {"if a; then\nb\nelse if c; then\nd\nfi\n" X "=a\nfi\nfi\n", NULL, 6},
        {"function f {\n" X "=a\n}\n", NULL, 2},
        {"for x in a; do\n" X "=a\ndone\n", NULL, 2},
        /* What follows is set or ended by something else. */
        {"[ -f x ] && . /etc/other\n", NULL, 1},
        {"if [ -f x ]; then . /etc/other; fi\n", NULL, 1},
        {"for f in x; do source \"$f\"; done\n", NULL, 1},
        {"A=1 .\t/etc/other\n", NULL, 1},
        {"v=X; eval \"$v=a\"\n", NULL, 1},
        {"return 0\n" X "=a\n", NULL, 1},
        {"[ -f x ] || exit 0\n", NULL, 1},
        {": <<'END'\n" X "=a\nEND\n", NULL, 1},
        {"cat <<-E\n" X "=a\nE\n", NULL, 1},
        /* Quotes of other statements hold ours, or are never closed. */
        {"A='\n" X "=a\n'\n", NULL, 1},
        {"A=\"x\n" X "=a\n", NULL, 1},
        {"A=x\\\n" X "=a\n", NULL, 1},
    };

    (void)state;
    check(rows, ARRAY_SIZE(rows));
}

/* Twelve doublings pass what Xen could read. */
static void growth_ends(void **state)
{
    char text[4096] = X "=x\n";
    xlmem_host host;
    size_t where;
    int i;

    (void)state;
    for (i = 0; i < 20; i++)
        strcat(text, X "=\"$" X "$" X "\"\n");
    xlmem_host_init(&host);
    assert_int_equal(parse_at(xlmem__parse_grub, text, &host, &where), 0);
    assert_null(host.xen_config_line);
    assert_int_equal(where, 14);
    xlmem_host_dispose(&host);
}

/* Of any length: no stack goes with it. */
static void a_statement_goes_on_over_many_lines(void **state)
{
    const size_t nr = 500000;
    char *text = malloc(2 * nr + 32);
    xlmem__grub_values values;
    xlmem__where where;
    size_t i;

    (void)state;
    assert_non_null(text);
    strcpy(text, "A=1 ");
    for (i = 0; i < nr; i++)
        strcpy(text + 4 + 2 * i, "\\\n");
    strcat(text + 2 * nr, X "=a\n");
    assert_int_equal(xlmem__grub_values_of((xlmem__str){text, strlen(text)},
                                           &values, &where),
                     0);
    assert_string_equal(values.always.p, "a");
    assert_int_equal(values.assigned[0].line, nr + 1);
    xlmem__grub_values_dispose(&values);
    free(text);
}

static void every_byte_is_found_where_it_stands(void **state)
{
    static const char text[] =
        "A=\"it's\n\"\n" X "=\"a\\<\"'b'\n" X "_DEFAULT=\"$" X " \\\nc\"\n";
    xlmem__grub_values values;
    xlmem__where where;
    size_t i;

    (void)state;
    assert_int_equal(xlmem__grub_values_of((xlmem__str){text, strlen(text)},
                                           &values, &where),
                     0);
    assert_string_equal(values.always.p, "a\\<b");
    assert_string_equal(values.default_.p, "a\\<b c");
    for (i = 0; i < values.default_.len; i++)
        assert_int_equal(*values.default_.from[i], values.default_.p[i]);
    assert_ptr_equal(values.default_.from[3], strstr(text, "b'"));
    assert_int_equal(values.nr, 2);
    assert_int_equal(values.assigned[0].line, 3);
    assert_int_equal(values.assigned[1].line, 4);
    xlmem__grub_values_dispose(&values);
}

TEST_GROUP(text_grub)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assignments_are_understood),
        cmocka_unit_test(shell_is_not_guessed),
        cmocka_unit_test(growth_ends),
        cmocka_unit_test(a_statement_goes_on_over_many_lines),
        cmocka_unit_test(every_byte_is_found_where_it_stands),
    };

    return test_run(tests, NULL, NULL);
}
