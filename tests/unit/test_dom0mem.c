/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "model/xen_line.h"

#define K UINT64_C(1024)
#define M (1024 * K)
#define G (1024 * M)
#define T (1024 * G)

static void parse(const char *text, xlmem__dom0mem *spec)
{
    xlmem__xen_line line;

    assert_int_equal(xlmem__xen_line_of(NULL, text, &line), 0);
    *spec = line.dom0mem;
}

/* An amount in short: "-8589934592+10%", "" where it is not set. */
static const char *show(const xlmem__amount *a, char buf[64])
{
    buf[0] = '\0';
    if (a->set)
        snprintf(buf, 64, "%s%llu%s%.0llu%s", a->minus ? "-" : "",
                 (unsigned long long)a->bytes, a->percent ? "+" : "",
                 (unsigned long long)a->percent, a->percent ? "%" : "");
    return buf;
}

static const struct {
    const char *value, *want; /* "": refused */
    bool unitless, wrapped;
} amounts[] = {
    {"2G", "2147483648", false, false},
    {"2g", "2147483648", false, false},
    {"2048M", "2147483648", false, false},
    {"2048m", "2147483648", false, false},
    {"2097152K", "2147483648", false, false},
    {"2097152k", "2147483648", false, false},
    {"2147483648B", "2147483648", false, false},
    {"2147483648b", "2147483648", false, false},
    {"1T", "1099511627776", false, false},
    {"1t", "1099511627776", false, false},
    {"2097152", "2147483648", true, false},
    {"2048", "2097152", true, false},
    {"0", "0", true, false},
    {"0x10M", "16777216", false, false},
    {"0X10M", "16777216", false, false},
    {"0xfG", "16106127360", false, false},
    {"0xFg", "16106127360", false, false},
    {"0x80000000", "2199023255552", true, false},
    /* b is a digit of a hexadecimal number, not bytes. */
    {"0x1b", "27648", true, false},
    {"0x", "", false, false},
    {"0xg", "", false, false},
    {"0xG", "", false, false},
    {"010M", "8388608", false, false},
    {"0777", "523264", true, false},
    {"08", "", false, false},
    {"08M", "", false, false},
    {"0128M", "", false, false},
    {"00M", "0", false, false},
    {"10%", "0+10%", false, false},
    {"99%", "0+99%", false, false},
    {"0%", "0", false, false},
    {"0x10%", "0+16%", false, false},
    {"010%", "0+8%", false, false},
    {"100%", "", false, false},
    {"150%", "", false, false},
    {"1G+10%", "1073741824+10%", false, false},
    {"1024+10%", "1048576+10%", true, false},
    {"-2G", "-2147483648", false, false},
    {"-10%", "-0+10%", false, false},
    {"-1G+10%", "-1073741824+10%", false, false},
    {"-0", "-0", true, false},
    {"--1G", "", false, false},
    {"-", "", false, false},
    {"+1G", "", false, false},
    {"1G+1G", "", false, false},
    {"1G+10", "", false, false},
    {"1G+", "", false, false},
    {"1G+-10%", "", false, false},
    {"1G+10%+10%", "", false, false},
    {"10%+1G", "", false, false},
    {"1G+100%", "", false, false},
    {"1G-10%", "", false, false},
    {"2GB", "", false, false},
    {"2GiB", "", false, false},
    {"2BB", "", false, false},
    {"2P", "", false, false},
    {"1.5G", "", false, false},
    {"2G\t", "", false, false},
    {"\"2G\"", "", false, false},
    {"max=2G", "", false, false},
    {"Max:2G", "", false, false},
    {"max:", "", false, false},
    {"max:max:2G", "", false, false},
    {"min: 2G", "", false, false},
    {"", "", false, false},
    {"no", "", false, false},
    {"17179869183G", "18446744072635809792", false, false},
    {"17179869184G", "0", false, true},
    {"17179869186G", "2147483648", false, true},
    {"18446744073709551615B", "18446744073709551615", false, false},
    {"18446744073709551616B", "0", false, true},
    {"0x10000000000000000K", "0", false, true},
    {"18446744073709551626%", "0+10%", false, true},
};

static void amounts_are_read_as_xen_reads_them(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(amounts); i++) {
        char line[128], buf[64];
        xlmem__dom0mem spec;

        snprintf(line, sizeof(line), "dom0_mem=%s", amounts[i].value);
        parse(line, &spec);
        print_message("%s\n", line);
        assert_string_equal(show(&spec.size, buf), amounts[i].want);
        assert_int_equal(spec.rejected, !*amounts[i].want);
        assert_int_equal(spec.size.unitless, amounts[i].unitless);
        assert_int_equal(spec.size.wrapped, amounts[i].wrapped);
        assert_int_equal(spec.size.relative,
                         spec.size.minus || spec.size.percent);
        assert_false(spec.min.set || spec.max.set);
    }
}

static const struct {
    const char *line;
    size_t options;
    const char *size, *min, *max;
    const char *bad; /* NULL: nothing refused */
} lists[] = {
    {"", 0, "", "", "", NULL},
    {"console=com1 loglvl=all", 0, "", "", "", NULL},
    {"dom0_mem=2G,max:2G", 1, "2147483648", "", "2147483648", NULL},
    {"  dom0_mem=2G  quiet", 1, "2147483648", "", "", NULL},
    {"dom0_mem=min:1G,max:3G,2G", 1, "2147483648", "1073741824", "3221225472",
     NULL},
    {"dom0_mem=max:1G", 1, "", "", "1073741824", NULL},
    {"dom0_mem=1G,2G", 1, "2147483648", "", "", NULL},
    {"dom0_mem=max:1G,max:2G", 1, "", "", "2147483648", NULL},
    {"dom0_mem=2G,max=2G", 1, "2147483648", "", "", "max=2G"},
    {"dom0_mem=2G,max=2G,min:1G", 1, "2147483648", "", "", "max=2G"},
    {"dom0_mem=1024M,max:1024M,max_loops=255", 1, "1073741824", "",
     "1073741824", "max_loops=255"},
    {"dom0_mem=2GB,max:2G", 1, "", "", "", "2GB"},
    {"dom0_mem=4096M, max:4096M", 1, "4294967296", "", "", ""},
    {"dom0_mem=,2G", 1, "", "", "", ""},
    {"dom0_mem=2G,,max:2G", 1, "2147483648", "", "", ""},
    {"dom0_mem=", 1, "", "", "", ""},
    {"dom0_mem", 1, "", "", "", ""},
    {"no-dom0_mem", 1, "", "", "", "no-dom0_mem"},
    {"no-dom0_mem=2G", 1, "", "", "", "no-dom0_mem=2G"},
    {"dom0-mem=2G", 0, "", "", "", NULL},
    {"Dom0_mem=2G", 0, "", "", "", NULL},
    {"dom0_mem:2G", 0, "", "", "", NULL},
    {"xdom0_mem=2G", 0, "", "", "", NULL},
    {"dom0_mem =2G", 1, "", "", "", ""},
    {"\tdom0_mem=2G", 0, "", "", "", NULL},
    {"\"dom0_mem=2G\"", 0, "", "", "", NULL},
    /* Repeated: component by component, as booted on Xen 4.17. */
    {"dom0_mem=1G,max:1G dom0_mem=2G", 2, "2147483648", "", "1073741824",
     NULL},
    {"dom0_mem=max:1G dom0_mem=2G", 2, "2147483648", "", "1073741824", NULL},
    {"dom0_mem=2GB,max:2G dom0_mem=3G,max:3G", 2, "3221225472", "",
     "3221225472", "2GB"},
    {"dom0_mem=1x dom0_mem=2x", 2, "", "", "", "1x"},
    {"dom0_mem=1G -- dom0_mem=2G", 1, "1073741824", "", "", NULL},
    {"console=vga -- dom0_mem=2G", 0, "", "", "", NULL},
    {"-- dom0_mem=2G", 1, "2147483648", "", "", NULL},
    {"quiet --  dom0_mem=2G", 0, "", "", "", NULL},
    {"quiet --\tx dom0_mem=2G", 1, "2147483648", "", "", NULL},
    {"dom0_mem=2G --", 1, "2147483648", "", "", NULL},
};

static void lists_stop_at_the_first_bad_component(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(lists); i++) {
        xlmem__dom0mem spec;
        char buf[64];

        print_message("%s\n", lists[i].line);
        parse(lists[i].line, &spec);
        assert_int_equal(spec.nr_options, lists[i].options);
        assert_string_equal(show(&spec.size, buf), lists[i].size);
        assert_string_equal(show(&spec.min, buf), lists[i].min);
        assert_string_equal(show(&spec.max, buf), lists[i].max);
        assert_int_equal(spec.rejected, lists[i].bad != NULL);
        if (!lists[i].bad)
            continue;
        assert_int_equal(spec.bad.len, strlen(lists[i].bad));
        assert_memory_equal(spec.bad.p, lists[i].bad, spec.bad.len);
    }
}

/* Xen's buffer for one option takes 127 characters. */
static void long_options_are_cut(void **state)
{
    char line[200] = "dom0_mem=";
    xlmem__dom0mem spec;

    (void)state;
    memset(line + 9, '0', 127 - 9 - 1);
    strcpy(line + 126, "7M");
    parse(line, &spec);
    assert_true(spec.size.set && spec.size.unitless);
    assert_int_equal(spec.size.bytes, 7 * K);
    memmove(line + 10, line + 11, strlen(line + 11) + 1);
    parse(line, &spec);
    assert_int_equal(spec.size.bytes, 7 * M);
}

/* avail in MiB, what dom0 gets and its maximum in kB (UINT64_MAX: none). */
static const struct {
    const char *line;
    uint64_t avail_mib, nr_kb, max_kb;
} clampings[] = {
    /* As booted: 4, 16 and 64 GiB, Xen 4.14, 4.17, 4.20. */
    {"dom0_mem=1G,max:1G", 4052, 1048576, 1048576},
    {"dom0_mem=2G,max:2G", 16220, 2097152, 2097152},
    {"dom0_mem=2G", 64892, 2097152, UINT64_MAX},
    {"dom0_mem=2G,max:4G", 4052, 2097152, 4194304},
    {"dom0_mem=1G,max:1G dom0_mem=2G", 4052, 1048576, 1048576},
    /* The default: 1/16, at most 128 MiB stay with Xen. */
    {"", 4096, (4096 - 128) * 1024, UINT64_MAX},
    {"", 2048, (2048 - 128) * 1024, UINT64_MAX},
    {"", 1024, (1024 - 64) * 1024, UINT64_MAX},
    {"", 0, 0, UINT64_MAX},
    {"dom0_mem=0", 4096, (4096 - 128) * 1024, UINT64_MAX},
    {"dom0_mem=4095B", 4096, (4096 - 128) * 1024, UINT64_MAX},
    {"dom0_mem=0%", 4096, (4096 - 128) * 1024, UINT64_MAX},
    {"dom0_mem=2GB", 4096, (4096 - 128) * 1024, UINT64_MAX},
    {"dom0_mem=max:2G", 4096, 2097152, 2097152},
    {"dom0_mem=max:8G", 4096, (4096 - 128) * 1024, 8388608},
    {"dom0_mem=max:0", 4096, 0, 0},
    /* min raises, max beats it, what is there beats all. */
    {"dom0_mem=1G,min:2G", 4096, 2097152, UINT64_MAX},
    {"dom0_mem=1G,min:3G,max:2G", 4096, 2097152, 2097152},
    {"dom0_mem=3G,max:2G", 4096, 2097152, 2097152},
    {"dom0_mem=64G,max:64G", 4096, 4194304, 67108864},
    {"dom0_mem=min:64G", 4096, 4194304, UINT64_MAX},
    /* Relative to what is there. */
    {"dom0_mem=25%", 4096, 1048576, UINT64_MAX},
    {"dom0_mem=-1G", 4096, 3145728, UINT64_MAX},
    {"dom0_mem=-25%", 4096, 3145728, UINT64_MAX},
    {"dom0_mem=1G+25%,max:64G", 4096, 2097152, 67108864},
    {"dom0_mem=-1G+25%", 4096, 2097152, UINT64_MAX},
    {"dom0_mem=2G,max:-3G", 4096, 1048576, 1048576},
    {"dom0_mem=1G,min:50%", 4096, 2097152, UINT64_MAX},
    {"dom0_mem=10%", 4095, 419328, UINT64_MAX},
    /* More than there is, subtracted, wraps: all of it. */
    {"dom0_mem=-8G", 4096, 4194304, UINT64_MAX},
    {"dom0_mem=2G,max:-8G", 4096, 2097152, UINT64_MAX},
    {"dom0_mem=-4G", 4096, (4096 - 128) * 1024, UINT64_MAX},
    {"dom0_mem=-0", 4096, 4194304, UINT64_MAX},
    /* Rounded down to pages. */
    {"dom0_mem=1048577K,max:1048579K", 4096, 1048576, 1048576},
    {"dom0_mem=1073745919B", 4096, 1048576, UINT64_MAX},
    /* 2^32 - 1 pages are no limit. */
    {"dom0_mem=2G,max:16T", 4096, 2097152, UINT64_MAX},
    {"dom0_mem=2G,max:17179869180K", 4096, 2097152, UINT64_MAX},
    {"dom0_mem=2G,max:17179869176K", 4096, 2097152, UINT64_C(17179869176)},
};

static void clamping_is_xens(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(clampings); i++) {
        xlmem__dom0mem spec;
        uint64_t nr, max;

        print_message("%s\n", clampings[i].line);
        parse(clampings[i].line, &spec);
        xlmem__dom0mem_apply(&spec, clampings[i].avail_mib * 256, &nr, &max);
        assert_int_equal(nr * 4, clampings[i].nr_kb);
        assert_int_equal(max == UINT64_MAX ? max : max * 4,
                         clampings[i].max_kb);
    }
}

static void relative_forms_are_known(void **state)
{
    static const struct {
        const char *line;
        bool relative;
    } rows[] = {
        {"dom0_mem=2G,max:2G", false},
        {"dom0_mem=2G", false},
        {"dom0_mem=10%", true},
        {"dom0_mem=-1G", true},
        {"dom0_mem=2G,max:50%", true},
        {"dom0_mem=2G,min:-8G", true},
        {"", true},
        {"dom0_mem=max:2G", true},
        {"dom0_mem=0", true},
        {"dom0_mem=1G+0%", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem__dom0mem spec;

        parse(rows[i].line, &spec);
        assert_int_equal(xlmem__dom0mem_is_relative(&spec), rows[i].relative);
    }
}

static const char *const pieces[] = {
    "min:", "max:", "m",   "1",  "42",         "0",   "0x", "G",
    "M",    "k",    "T",   "B",  ",",          "+",   "-",  "%",
    " ",    "a",    "10%", "2G", " dom0_mem=", "no-", "--",
};

static void outcomes_stay_within_what_is_there(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        uint64_t avail = test_magnitude() >> 14, more, nr, nr_more, max;
        xlmem__dom0mem spec;
        char line[256];

        strcpy(line, "dom0_mem=");
        if (i % 4)
            test_pieces(line + 9, sizeof(line) - 9, pieces, ARRAY_SIZE(pieces),
                        12);
        else
            test_bytes(line, sizeof(line));
        parse(line, &spec);
        if (spec.rejected)
            assert_true(spec.bad.p >= line &&
                        spec.bad.p + spec.bad.len <= line + strlen(line));
        xlmem__dom0mem_apply(&spec, avail, &nr, &max);
        assert_true(nr <= avail);
        assert_true(nr <= max);
        more = avail + (test_magnitude() >> 14);
        xlmem__dom0mem_apply(&spec, more, &nr_more, &max);
        /* Subtraction wraps, so it alone may give less on more. */
        if (!spec.size.minus && !spec.min.minus && !spec.max.minus &&
            !spec.size.percent)
            assert_true(nr_more >= nr);
        if (!xlmem__dom0mem_is_relative(&spec) && nr < avail)
            assert_int_equal(nr, nr_more);
    }
}

TEST_GROUP(dom0mem)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_as_xen_reads_them),
        cmocka_unit_test(lists_stop_at_the_first_bad_component),
        cmocka_unit_test(long_options_are_cut),
        cmocka_unit_test(clamping_is_xens),
        cmocka_unit_test(relative_forms_are_known),
        cmocka_unit_test(outcomes_stay_within_what_is_there),
    };

    return test_run(tests, NULL, NULL);
}
