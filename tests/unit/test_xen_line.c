/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include <regex.h>

#include "lint_report.h"

static xlmem__xen_line line_of(const char *text)
{
    xlmem__xen_line line;

    assert_int_equal(xlmem__xen_line_of(NULL, text, &line), 0);
    return line;
}

/* ------------------------------------------------------------- words --- */

/* How Xen takes a line apart, byte by byte through a buffer like its own. */
typedef struct word {
    const char *at;
    size_t len; /* in the line */
    char held[128];
    const char *key, *value; /* in held, which has its first "=" cut out */
    bool negated;
} word;

static void split(word *w)
{
    char *sign = strchr(w->held, '=');

    w->value = w->held + strlen(w->held);
    if (sign) {
        *sign = '\0';
        w->value = sign + 1;
    }
    w->negated = w->held[0] == 'n' && w->held[1] == 'o' && w->held[2] == '-';
    w->key = w->held + (w->negated ? 3 : 0);
}

/* Words from *at to a NUL, or to @end (NULL: none). */
static size_t words_of(const char *at, const char *end, word *words)
{
    size_t nr = 0;

    while (*at && at != end) {
        word *w = &words[nr];

        if (*at == ' ') {
            at++;
            continue;
        }
        memset(w, 0, sizeof(*w));
        for (w->at = at; *at && *at != ' ' && at != end; at++, w->len++)
            if (w->len < sizeof(w->held) - 1)
                w->held[w->len] = *at;
        split(w);
        nr++;
    }
    return nr;
}

static const char *behind_blanks(const char *text)
{
    return text + strspn(text, " ");
}

static void same_text(xlmem__str text, const char *want)
{
    assert_int_equal(text.len, strlen(want));
    assert_memory_equal(text.p, want, text.len);
}

static void same_word(const xlmem__word *got, const word *want)
{
    assert_ptr_equal(got->text.p, want->at);
    assert_int_equal(got->text.len, want->len);
    same_text(xlmem__word_key(got), want->key);
    same_text(xlmem__word_value(got), want->value);
    assert_int_equal(got->negated, want->negated);
    assert_int_equal(got->cut, want->len > 127);
}

static const char *const odd[] = {
    " ",
    "  ",
    " -- ",
    "--",
    "\t",
    "\n",
    "\"",
    "'",
    "=",
    "==",
    "no-",
    "no",
    "dom0=",
    "pvh",
    "2G",
    " dom0_mem=",
    ",",
    "max:",
    "min:",
    "iommu=",
    "off",
    "-1G",
    "quiet",
    "\r",
    "\x7f",
    "\xff",
    "\\",
    " mem=4G",
    "a a ",
    "dom0_mem",
    "- ",
    "-- ",
    " --",
    "\v",
    "crashkernel=",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
};

#define LINE_SIZE 600

static void any_line(char text[LINE_SIZE])
{
    if (test_between(0, 3))
        test_pieces(text, LINE_SIZE, odd, ARRAY_SIZE(odd), 40);
    else
        test_bytes(text, LINE_SIZE);
}

/* Any bytes: the words, names and values are those Xen would make. */
static void any_bytes_are_xens_words(void **state)
{
    static word words[LINE_SIZE];
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 20000; round++) {
        xlmem_host host = {.arm = test_between(0, 1)};
        const char *xens, *end;
        xlmem__xen_line line;
        xlmem__word word_got;
        xlmem__words got;
        char text[LINE_SIZE];
        size_t i, nr_xen, nr;

        any_line(text);
        xens = behind_blanks(text);
        end = host.arm ? NULL : strstr(xens, " -- ");
        nr_xen = nr = words_of(xens, end, words);
        if (end)
            nr += words_of(end + 4, NULL, words + nr);
        assert_int_equal(xlmem__xen_line_of(&host, text, &line), 0);
        assert_int_equal(line.nr_xen, nr_xen);
        assert_int_equal(line.nr, nr);
        got = xlmem__words_of(&line);
        for (i = 0; i < nr; i++) {
            assert_true(xlmem__next_word(&got, &word_got));
            assert_int_equal(word_got.xens, i < nr_xen);
            same_word(&word_got, &words[i]);
        }
        assert_false(xlmem__next_word(&got, &word_got));
    }
}

static void append(char **to, const char *text, size_t len)
{
    memcpy(*to, text, len);
    *to += len;
    **to = '\0';
}

/* The same words, one blank between them, and a value alone with its name. */
static void plain(const char *text, char *to)
{
    static word words[LINE_SIZE];
    const char *xens = behind_blanks(text), *end = strstr(xens, " -- ");
    size_t i, nr_xen = words_of(xens, end, words), nr = nr_xen;

    if (end)
        nr += words_of(end + 4, NULL, words + nr);
    *to = '\0';
    for (i = 0; i < nr; i++) {
        if (i && i == nr_xen)
            append(&to, " -- ", 4);
        else if (i)
            append(&to, " ", 1);
        else if (xlmem_is_dom0_mem_value(words[i].at))
            append(&to, "dom0_mem=", 9);
        append(&to, words[i].at, words[i].len);
    }
}

static void same_codes(const char *a, const char *b, const xlmem_host *host)
{
    xlmem_lint_report one, other;
    size_t i;

    assert_int_equal(xlmem_lint(host, a, &one), 0);
    assert_int_equal(xlmem_lint(host, b, &other), 0);
    assert_int_equal(one.nr, other.nr);
    for (i = 0; i < one.nr; i++)
        assert_string_equal(one.items[i].id, other.items[i].id);
}

static void same_prediction(const char *a, const char *b,
                            const xlmem_host *host)
{
    xlmem_prediction one = {.known = 0}, other = {.known = 0};
    int rc = xlmem_predict(host, a, &one);

    assert_int_equal(xlmem_predict(host, b, &other), rc);
    assert_int_equal(one.nr_pages, other.nr_pages);
    assert_int_equal(one.max_pages, other.max_pages);
    assert_int_equal(one.memtotal_kb, other.memtotal_kb);
    assert_int_equal(one.xen_kb, other.xen_kb);
    assert_int_equal(one.nr_warnings, other.nr_warnings);
}

/* lint and predict see these words and no others: a line and the same words
 * put together anew are one to both. */
static void lint_and_predict_read_the_same_words(void **state)
{
    static const char *const booted[] = {
        NULL, "", "placeholder dom0_mem=1G,max:1G crashkernel=256M",
        "dom0=pvh\tx dom0_mem=3G dom0_max_vcpus=2 -- quiet"};
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 4000; round++) {
        char text[LINE_SIZE], again[2 * LINE_SIZE];
        const char *line = booted[test_between(0, ARRAY_SIZE(booted) - 1)];
        xlmem_host host;

        host_of(&host, GIB(16));
        XLMEM_SET(&host, nr_cpus, 4);
        if (line)
            host.xen_cmdline = strdup(line);
        any_line(text);
        plain(text, again);
        print_message("\"%s\"\n", text);
        same_codes(text, again, &host);
        same_prediction(text, again, &host);
        xlmem_host_dispose(&host);
    }
}

/* All that Xen can show fits; what does not is refused by all alike. */
static void too_many_words_are_no_line(void **state)
{
    char text[2 * XLMEM__WORDS_MAX + 3];
    xlmem_lint_report report;
    xlmem_prediction got;
    xlmem__xen_line line;
    xlmem__booted booted;
    xlmem_host host;

    (void)state;
    host_of(&host, GIB(16));
    memset(text, ' ', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (size_t i = 0; i < XLMEM__WORDS_MAX; i++)
        text[2 * i] = 'a';
    assert_int_equal(xlmem__xen_line_of(NULL, text, &line), 0);
    assert_int_equal(line.nr, XLMEM__WORDS_MAX);
    assert_int_equal(xlmem_lint(&host, text, &report), 0);
    assert_int_equal(xlmem_predict(&host, text, &got), 0);
    text[2 * XLMEM__WORDS_MAX] = 'a';
    assert_int_equal(xlmem__xen_line_of(NULL, text, &line), XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem_lint(&host, text, &report), XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem_predict(&host, text, &got), XLMEM_ERROR_PARSE);
    /* A running host with such a line is one whose line is not known. */
    host.xen_cmdline = text;
    xlmem__booted_of(&host, &booted);
    assert_int_equal(booted.line.nr, 0);
    assert_false(booted.known);
    assert_int_equal(xlmem_predict(&host, "2G", &got), 0);
    host.xen_cmdline = NULL;
    xlmem_host_dispose(&host);
}

/* What the two tokenizers of old took differently. */
static void xens_way_counts(void **state)
{
    static const struct {
        const char *line;
        uint64_t mib; /* of 16 GiB; 0: no dom0_mem counts */
    } rows[] = {
        {"dom0_mem=2G", 2048},
        {"\tdom0_mem=2G", 0}, /* a tab is a letter */
        {"quiet\tdom0_mem=2G", 0},
        {"quiet\ndom0_mem=2G", 0},
        {"-- dom0_mem=2G", 2048}, /* no blank before the dashes */
        {"quiet --\tdom0_mem=2G dom0_mem=1G", 1024},
        {"quiet -- dom0_mem=2G", 0},
        {"dom0_mem=2G --", 2048},
        {"2G loglvl=all", 2048}, /* a value alone, and something else */
        {"loglvl=all 2G", 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_lint_report report;
        xlmem_prediction got;
        xlmem_host host;

        print_message("%s\n", rows[i].line);
        host_of(&host, GIB(16));
        assert_int_equal(xlmem_predict(&host, rows[i].line, &got), 0);
        if (rows[i].mib)
            assert_int_equal(got.nr_pages, rows[i].mib * 256);
        else
            assert_true(got.nr_pages > 15 * UINT64_C(1024) * 256);
        assert_int_equal(xlmem_lint(&host, rows[i].line, &report), 0);
        assert_int_equal(find(&report, "no-dom0-mem") ||
                             find(&report, "after-dashes"),
                         !rows[i].mib);
        xlmem_host_dispose(&host);
    }
}

/* Xen for Arm has no dashes: what follows them counts. */
static void arm_reads_behind_dashes(void **state)
{
    xlmem_lint_report report;
    xlmem_host host;

    (void)state;
    host_of(&host, GIB(8));
    host.arm = true;
    assert_int_equal(
        xlmem_lint(&host, "console=dtuart -- dom0_mem=1G", &report), 0);
    assert_int_equal(report.nr, 0);
    xlmem_host_dispose(&host);
}

/* In a boot file nobody puts the name before a value that stands alone. */
static void a_value_alone_is_none_of_a_boot_files(void **state)
{
    xlmem_lint_report report;
    xlmem_host host;

    (void)state;
    host_of(&host, GIB(16));
    assert_int_equal(xlmem_lint(&host, "2G,max:2G quiet", &report), 0);
    assert_true(report.ok);
    host.xen_config_line = strdup("2G,max:2G quiet");
    assert_int_equal(xlmem_lint(&host, "2G,max:2G quiet", &report), 0);
    assert_false(report.ok);
    assert_string_equal(report.items[0].id, "misspelt");
    assert_non_null(strstr(report.items[0].text, "dom0_mem=2G,max:2G"));
    xlmem_host_dispose(&host);
}

static void values_without_a_name_are_known(void **state)
{
    static const struct {
        const char *word;
        bool value;
    } rows[] = {{"2G", true},          {"2G,max:2G", true}, {"-1G", true},
                {"10%", true},         {"min:1G", true},    {"max:1G", true},
                {"0", true},           {"", false},         {"-", false},
                {"--", false},         {"-G", false},       {"G2", false},
                {"max=2G", false},     {"min", false},      {"maxmem", false},
                {"dom0_mem=2G", false}};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(xlmem_is_dom0_mem_value(rows[i].word), rows[i].value);
}

/* ----------------------------------------------------------- options --- */

/* Options add up, and of what they set the last one counts. */
static void options_are_read_in_their_order(void **state)
{
    static const struct {
        const char *line;
        bool pvh, shadow, iommu, pv32;
        uint64_t vcpus, crash_mib; /* 8 CPUs and 16 GiB */
    } rows[] = {
        {"", false, false, true, true, 8, 0},
        {"dom0=pvh", true, false, true, true, 8, 0},
        {"dom0=pvh dom0=verbose", true, false, true, true, 8, 0},
        {"dom0=pvh dom0=pv", false, false, true, true, 8, 0},
        {"dom0=pvh,shadow", true, true, true, true, 8, 0},
        {"dom0=shadow=off,pvh dom0=no-verbose", true, false, true, true, 8, 0},
        {"dom0=shadow dom0=no-shadow", false, false, true, true, 8, 0},
        {"dom0=PVH", false, false, true, true, 8, 0},
        {"dom0=\"pvh\"", false, false, true, true, 8, 0},
        {"iommu=off iommu=verbose", false, false, false, true, 8, 0},
        {"iommu=off iommu=on", false, false, true, true, 8, 0},
        {"no-iommu", false, false, false, true, 8, 0},
        {"no-iommu=off", false, false, true, true, 8, 0},
        {"no-iommu=", false, false, false, true, 8, 0},
        {"iommu=dom0-passthrough", false, false, false, true, 8, 0},
        {"dom0-iommu=passthrough dom0-iommu=no-passthrough", false, false,
         true, true, 8, 0},
        {"dom0-iommu=none dom0-iommu=strict", false, false, false, true, 8, 0},
        {"pv=no-32", false, false, true, false, 8, 0},
        {"pv=32=off", false, false, true, false, 8, 0},
        {"pv=32=0 pv=32", false, false, true, true, 8, 0},
        {"dom0_max_vcpus=4", false, false, true, true, 4, 0},
        {"dom0_max_vcpus=0x4", false, false, true, true, 4, 0},
        {"dom0_max_vcpus=0", false, false, true, true, 1, 0},
        {"dom0_max_vcpus=16", false, false, true, true, 16, 0},
        {"dom0_max_vcpus=2-4", false, false, true, true, 4, 0},
        {"dom0_max_vcpus=-6", false, false, true, true, 6, 0},
        {"dom0_max_vcpus=12-", false, false, true, true, 12, 0},
        {"dom0_max_vcpus=12- dom0_max_vcpus=-10", false, false, true, true, 10,
         0},
        {"crashkernel=128M", false, false, true, true, 8, 128},
        {"crashkernel=128M crashkernel=64M", false, false, true, true, 8, 64},
        {"crashkernel=128M crashkernel=1G-:64M", false, false, true, true, 8,
         128},
        {"crashkernel=1G-:64M crashkernel=lots", false, false, true, true, 8,
         64},
        {"crashkernel=128M no-crashkernel", false, false, true, true, 8, 0},
        {"xcrashkernel=128M crash=64M", false, false, true, true, 8, 0},
        {"   dom0=pvh -- x", true, false, true, true, 8, 0},
        {"crashkernel=128M -- dom0=pvh", false, false, true, true, 8, 128},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        const xlmem__xen_line line = line_of(rows[i].line);
        xlmem__xen_setup setup;
        xlmem_host host;

        print_message("%s\n", rows[i].line);
        host_of(&host, GIB(16));
        XLMEM_SET(&host, nr_cpus, 8);
        xlmem__xen_setup_of(&line.opts, &host, GIB(16), &setup);
        assert_int_equal(setup.pvh, rows[i].pvh);
        assert_int_equal(setup.shadow, rows[i].shadow);
        assert_int_equal(setup.dom0_iommu, rows[i].iommu);
        assert_int_equal(setup.pv32, rows[i].pv32);
        assert_int_equal(setup.dom0_vcpus, rows[i].vcpus);
        assert_int_equal(setup.crash_kb, rows[i].crash_mib * 1024);
        xlmem_host_dispose(&host);
    }
}

/* -------------------------------------------------------- toolstacks --- */

static void toolstacks_see_what_they_see(void **state)
{
    static const struct {
        const char *line;
        bool libvirt, xl;
    } rows[] = {
        {"dom0_mem=4G,max:4G", true, true},
        {"dom0_mem=1G+10%,max:64G", false, true},
        {"dom0_mem=10%", false, true},
        {"dom0_mem=-2G", false, true},
        {"dom0_mem=1T", false, true},
        {"dom0_mem=max:-2G", false, true},
        {"dom0_mem=2G,max=2G", false, false},
        {"dom0_mem=2GB", false, false},
        {"dom0_mem=0x80000000", false, false},
        {"dom0_mem=4096M, max:4096M", true, true},
        {"loglvl=all dom0_mem=2G,max:2G quiet", true, true},
        {"dom0_mem=2048", true, true},
        {"dom0_mem=max:4G", true, true},
        {"dom0_mem=2min:1G", true, true},
        {"dom0_mem=2mmin:1G", true, true},
        {"dom0_mem=2G3G", true, true},
        {"dom0_mem=5%", false, true},
        {"dom0_mem=-5%", false, false},
        {"dom0_mem=-10%", false, true},
        {"dom0_mem=150%", false, true},
        {"dom0_mem=1G+150%", false, false},
        {"dom0_mem=2G,,max:2G", false, false},
        {"dom0_mem=", false, false},
        {"dom0_mem", false, false},
        {"xdom0_mem=2G", false, false},
        {"", false, false},
        {"quiet -- dom0_mem=2G", false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        const xlmem__xen_line line = line_of(rows[i].line);

        print_message("%s\n", rows[i].line);
        assert_int_equal(xlmem__dom0mem_seen(NULL, &line).libvirt,
                         rows[i].libvirt);
        assert_int_equal(xlmem__dom0mem_seen(NULL, &line).xl, rows[i].xl);
    }
}

static const char *const pieces[] = {
    "min:", "max:", "m",   "1",  "42",         "0",   "0x", "G",
    "M",    "k",    "T",   "B",  ",",          "+",   "-",  "%",
    " ",    "a",    "10%", "2G", " dom0_mem=", "no-", "--",
};

/* The real expressions, by the C library. */
static void the_regular_expressions_agree(void **state)
{
#define UNIT(more) "[bBkKmMgG" more "]?"
#define LIST(component) "(^| )dom0_mem=((|min:|max:)" component ",?)+($| )"
#define SIZE "-?[0-9]+" UNIT("tT")
    regex_t libvirt, xl;
    int i;

    (void)state;
    assert_int_equal(
        regcomp(&libvirt, LIST("[0-9]+" UNIT("")), REG_EXTENDED | REG_NOSUB),
        0);
    assert_int_equal(regcomp(&xl, LIST("(" SIZE "|(" SIZE "\\+)?[0-9]{1,2}%)"),
                             REG_EXTENDED | REG_NOSUB),
                     0);
    test_seed();
    for (i = 0; i < 20000; i++) {
        xlmem__xen_line line;
        char text[256];

        strcpy(text, "dom0_mem=");
        test_pieces(text + 9, sizeof(text) - 9, pieces, ARRAY_SIZE(pieces),
                    12);
        if (strstr(text, " -- "))
            continue;
        line = line_of(text);
        if (xlmem__dom0mem_seen(NULL, &line).libvirt !=
                !regexec(&libvirt, text, 0, NULL, 0) ||
            xlmem__dom0mem_seen(NULL, &line).xl !=
                !regexec(&xl, text, 0, NULL, 0))
            fail_msg("differs: \"%s\"", text);
    }
    regfree(&libvirt);
    regfree(&xl);
}

TEST_GROUP(xen_line)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_are_xens_words),
        cmocka_unit_test(lint_and_predict_read_the_same_words),
        cmocka_unit_test(too_many_words_are_no_line),
        cmocka_unit_test(xens_way_counts),
        cmocka_unit_test(arm_reads_behind_dashes),
        cmocka_unit_test(a_value_alone_is_none_of_a_boot_files),
        cmocka_unit_test(values_without_a_name_are_known),
        cmocka_unit_test(options_are_read_in_their_order),
        cmocka_unit_test(toolstacks_see_what_they_see),
        cmocka_unit_test(the_regular_expressions_agree),
    };

    return test_run(tests, NULL, NULL);
}
