/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "lint_report.h"

#define CODES_MAX 6
static void print(const char *line, const xlmem_lint_report *report)
{
    size_t i;

    print_message("%s\n", line);
    for (i = 0; i < report->nr; i++)
        print_message("    %s: %s\n", report->items[i].id,
                      report->items[i].text);
}

/* Exactly these codes, in this order: the severe first. */
static void assert_codes(const xlmem_lint_report *report,
                         const char *const codes[CODES_MAX])
{
    size_t i;

    for (i = 0; i < CODES_MAX && codes[i]; i++) {
        assert_true(i < report->nr);
        assert_string_equal(report->items[i].id, codes[i]);
    }
    assert_int_equal(report->nr, i);
}

#define A25 "aaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *line;
    uint64_t host_kb;
    const char *codes[CODES_MAX];
    const char *fix; /* in the first text, NULL: not looked for */
} lines[] = {
    /* What is right is left alone. */
    {"dom0_mem=2G,max:2G", GIB(16), {NULL}, NULL},
    {"dom0_mem=2G,max:2G", 0, {NULL}, NULL},
    {"2G,max:2G", GIB(16), {NULL}, NULL},
    {"  loglvl=all dom0_mem=max:2G,2048M quiet", 0, {NULL}, NULL},
    {"dom0_mem=max:1024M,min:1024M,1024M", GIB(4), {NULL}, NULL},
    {"dom0_mem=2097152K,max:2097152k", GIB(16), {NULL}, NULL},
    {"dom0_mem=2G,max:2G -- mem=2G", GIB(16), {NULL}, NULL},
    /* Refused or dropped by Xen. */
    {"dom0_mem=2G,max=2G",
     GIB(16),
     {"equals-sign"},
     "Write dom0_mem=2G,max:2G"},
    {"dom0_mem=1024M,max=1024M",
     0,
     {"equals-sign"},
     "Write dom0_mem=1G,max:1G"},
    {"dom0_mem=min=1G,2G", 0, {"equals-sign"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=4096M, max:4096M",
     GIB(16),
     {"blank"},
     "Write dom0_mem=4G,max:4G"},
    {"4096M, max:4096M", GIB(16), {"blank"}, "dom0_mem=4G,max:4G"},
    {"dom0_mem=2G max:2G", 0, {"blank"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem= 2G", 0, {"blank"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem = 2G", 0, {"blank"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=2G ,max:3G", 0, {"blank"}, "dom0_mem=2G,max:3G"},
    {"dom0_mem=max: 3G", 0, {"blank", "bad-component"}, NULL},
    {"dom0_mem=2GB", GIB(16), {"byte-suffix"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=2GB", 0, {"byte-suffix"}, "all memory but 128 MiB"},
    {"dom0_mem=2GiB,max:2GiB", 0, {"byte-suffix"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=1.5G,max:1.5G", 0, {"fraction"}, "dom0_mem=1536M,max:1536M"},
    {"dom0_mem=100%", 0, {"percent-range"}, NULL},
    {"dom0_mem=2G,max:150%", 0, {"percent-range", "no-max"}, NULL},
    {"dom0_mem=1G+150%", 0, {"percent-range"}, NULL},
    {"dom0_mem=\"2G,max:2G\"", 0, {"quoted"}, "dom0_mem=2G,max:2G"},
    {"\"dom0_mem=2G,max:2G\"", 0, {"quoted"}, "dom0_mem=2G,max:2G"},
    {"GRUB_CMDLINE_XEN='dom0_mem=3G,max:3G'",
     0,
     {"quoted"},
     "dom0_mem=3G,max:3G"},
    {"dom0_mem=10794M,max:10794M,max_loops=255",
     GIB(64),
     {"bad-component"},
     "dom0_mem=10794M,max:10794M"},
    {"dom0_mem=2G,MAX:2G", 0, {"bad-component"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=2G,,max:2G", 0, {"empty"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=lots", 0, {"bad-component"}, NULL},
    {"dom0_mem=10%+1G", 0, {"bad-component"}, NULL},
    {"dom0_mem=", GIB(16), {"empty"}, NULL},
    {"dom0_mem", GIB(16), {"empty"}, NULL},
    {"no-dom0_mem", GIB(16), {"negated"}, NULL},
    {"no-dom0_mem=2G", GIB(16), {"negated"}, "dom0_mem=2G,max:2G"},
    {"dom0-mem=2G,max:2G", GIB(16), {"misspelt"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem:2G", GIB(16), {"misspelt"}, "dom0_mem=2G,max:2G"},
    {"Dom0_mem=2G", GIB(16), {"misspelt"}, "dom0_mem=2G,max:2G"},
    {"DOM0_MEM=2G,max:4G", 0, {"misspelt"}, "dom0_mem=2G,max:4G"},
    {"dom0mem=2G", 0, {"misspelt"}, "dom0_mem=2G,max:2G"},
    {"console=vga -- dom0_mem=2G",
     GIB(16),
     {"after-dashes"},
     "dom0_mem=2G,max:2G before the dashes"},
    {"dom0_mem=2G,max:2G -- dom0_mem=3G", 0, {"after-dashes"}, NULL},
    /* Taken by Xen, and not as it was meant. */
    {"dom0_mem=17179869186G,max:2G", 0, {"wrapped"}, NULL},
    {"dom0_mem=2048", GIB(16), {"unit-less", "no-max"}, "dom0_mem=2G,max:2G"},
    {"2048,max:2048",
     GIB(16),
     {"unit-less", "unit-less"},
     "dom0_mem=2G,max:2G"},
    {"dom0_mem=0512M,max:0512M",
     GIB(16),
     {"octal", "octal"},
     "dom0_mem=512M,max:512M"},
    {"dom0_mem=0777M,max:777M", 0, {"octal", "growth-room"}, NULL},
    {"dom0_mem=0890M,max:890M", 0, {"octal"}, "dom0_mem=890M,max:890M"},
    {"dom0_mem=07G,max:7G", 0, {NULL}, NULL},
    {"dom0_mem=0", GIB(16), {"zero", "no-max"}, NULL},
    {"dom0_mem=2048B,max:2G", GIB(16), {"zero"}, NULL},
    {"dom0_mem=2G,max:0", GIB(16), {"zero"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=min:4G,max:2G,2G",
     GIB(16),
     {"min-above-max"},
     "dom0_mem=2G,max:2G"},
    {"dom0_mem=4G,max:2G", GIB(16), {"size-above-max"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=1G,min:2G,max:4G",
     GIB(16),
     {"size-below-min"},
     "dom0_mem=2G,max:4G"},
    {"dom0_mem=1G,max:1G dom0_mem=2G,max:2G",
     GIB(16),
     {"disagree", "disagree"},
     "dom0_mem=2G,max:2G"},
    {"dom0_mem=1G,max:1G dom0_mem=2G",
     GIB(4),
     {"disagree", "size-above-max"},
     "dom0 gets 1 GiB."},
    {"dom0_mem=1G,2G,max:2G", 0, {"disagree"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=-16G,max:4G",
     GIB(8),
     {"minus-above-host", "libvirt-blind"},
     NULL},
    /* Taken as meant, and hurting. */
    {"", GIB(16), {"no-dom0-mem"}, "which xl memguard size explains"},
    {"loglvl=all guest_loglvl=all", 0, {"no-dom0-mem"}, NULL},
    {"dom0_mem=2G", GIB(16), {"no-max"}, "dom0_mem=2G,max:2G"},
    {"dom0_mem=2G", GIB(64), {"no-max"}, "20 GiB"},
    {"dom0_mem=4G,min:512M", 0, {"no-max"}, "dom0_mem=4G,max:4G"},
    {"dom0_mem=min:1G", 0, {"no-max", "no-size"}, NULL},
    {"dom0_mem=64M,max:64M", GIB(16), {"too-small"}, NULL},
    {"dom0_mem=255M,max:255M", 0, {"too-small"}, NULL},
    {"dom0_mem=256M,max:256M", 0, {NULL}, NULL},
    {"dom0_mem=1%,max:1%",
     GIB(16),
     {"too-small", "relative", "libvirt-blind"},
     NULL},
    {"dom0_mem=64G,max:64G", GIB(16), {"larger-than-host"}, NULL},
    {"dom0_mem=4G,max:4G", GIB(4), {"larger-than-host"}, NULL},
    {"dom0_mem=3968M,max:3968M", GIB(4), {NULL}, NULL},
    {"dom0_mem=4G,max:4G", 0, {NULL}, NULL},
    {"dom0_mem=2G,max:64G",
     GIB(16),
     {"max-above-host"},
     "up to 301 MiB of them. Write dom0_mem=2G,max:2G"},
    {"mem=2G dom0_mem=1G,max:1G", GIB(16), {"mem-limits-host"}, NULL},
    {"dom0_mem=2G,max:2G xxx=" A25 A25 A25 A25 A25, 0, {"option-cut"}, NULL},
    {"dom0_mem=2G,max:2G x=" A25 A25 A25 A25 A25, 0, {NULL}, NULL},
    /* Worth knowing. */
    {"dom0_mem=1G+10%,max:64G", GIB(128), {"relative", "libvirt-blind"}, NULL},
    {"dom0_mem=10%,max:4G", 0, {"relative", "libvirt-blind"}, NULL},
    {"dom0_mem=-5%,max:4G",
     0,
     {"relative", "libvirt-blind", "xl-blind"},
     NULL},
    {"dom0_mem=0x40000M,max:256G", 0, {"libvirt-blind", "xl-blind"}, NULL},
    {"dom0_mem=512000,max:512000", GIB(16), {"kib", "kib"}, "500 MiB"},
    {"dom0_mem=2G,max:2G,", 0, {"trailing-comma"}, NULL},
    {"dom0_mem=2G dom0_mem=max:2G", 0, {"repeated"}, NULL},
    {"dom0_mem=2G,max:2G dom0_mem=2G,max:2G", 0, {"repeated"}, NULL},
    {"dom0_mem=max:4G", GIB(16), {"no-size"}, "dom0_mem=4G,max:4G"},
    {"dom0_mem=2G,max:4G", GIB(16), {"growth-room"}, "43 MiB"},
    {"dom0_mem=1T,max:1T", 0, {"libvirt-blind"}, NULL},
};

static void every_finding_has_a_line(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(lines); i++) {
        xlmem_lint_report report;
        xlmem_host host;

        host_of(&host, lines[i].host_kb);
        assert_int_equal(xlmem_lint(&host, lines[i].line, &report), 0);
        print(lines[i].line, &report);
        assert_codes(&report, lines[i].codes);
        assert_int_equal(report.ok, !report.nr || report.items[0].severity ==
                                                      XLMEM_SEV_NOTE);
        if (lines[i].fix)
            assert_non_null(strstr(report.items[0].text, lines[i].fix));
    }
}

static void what_is_proposed_is_what_size_computes(void **state)
{
    static const char write[] = "Write dom0_mem=";
    uint64_t gib;

    (void)state;
    for (gib = 4; gib <= 1024; gib *= 2) {
        xlmem_recommendation rec;
        xlmem_lint_report report;
        xlmem_host host;
        const char *at;
        char size[24];
        uint64_t kb;

        host_of(&host, gib * (UINT64_C(1) << 20));
        assert_int_equal(xlmem_size(&host, NULL, &rec), 0);
        assert_int_equal(xlmem_lint(&host, "", &report), 0);
        at = strstr(report.items[0].text, write);
        assert_non_null(at);
        at += strlen(write);
        snprintf(size, sizeof(size), "%.*s", (int)strcspn(at, ","), at);
        assert_int_equal(xlmem_parse_size_kb(size, &kb), 0);
        assert_int_equal(kb, rec.dom0_mem_kb);
    }
}

static void the_host_may_be_unknown(void **state)
{
    xlmem_lint_report report;

    (void)state;
    assert_int_equal(xlmem_lint(NULL, "dom0_mem=9999G,max:9999G", &report), 0);
    assert_true(report.ok);
    assert_int_equal(xlmem_lint(NULL, NULL, &report), XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_lint(NULL, "", NULL), XLMEM_ERROR_INVAL);
}

static void a_map_stands_in_for_the_total(void **state)
{
    xlmem_lint_report report;
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(xlmem_map_add(&host.map, 0, UINT64_C(4) << 30, 1), 0);
    assert_int_equal(xlmem_lint(&host, "dom0_mem=8G,max:8G", &report), 0);
    assert_non_null(find(&report, "larger-than-host"));
    xlmem_host_dispose(&host);
}

/* Debian's GRUB_CMDLINE_LINUX is where people put it first. */
static void linux_gets_no_dom0_mem(void **state)
{
    xlmem_lint_report report;
    xlmem_host host;

    (void)state;
    host_of(&host, GIB(16));
    host.dom0.kernel_cmdline = strdup("root=/dev/sda1 dom0_mem=3G ro");
    assert_non_null(host.dom0.kernel_cmdline);
    assert_int_equal(xlmem_lint(&host, "placeholder", &report), 0);
    assert_int_equal(report.nr, 1);
    assert_string_equal(report.items[0].id, "linux-side");
    assert_non_null(strstr(report.items[0].text, "dom0_mem=3G,max:3G"));
    assert_int_equal(xlmem_lint(&host, "dom0_mem=2G,max:2G", &report), 0);
    assert_true(report.ok);
    xlmem_host_dispose(&host);
}

/* xl learned percent, minus and T in 4.16. */
static void xl_is_judged_by_its_release(void **state)
{
    static const struct {
        uint64_t major, minor;
        bool blind;
    } rows[] = {{4, 14, true}, {4, 15, true}, {4, 16, false}, {5, 0, false}};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_lint_report report;
        xlmem_host host;

        host_of(&host, GIB(64));
        XLMEM_SET(&host, xen_major, rows[i].major);
        XLMEM_SET(&host, xen_minor, rows[i].minor);
        assert_int_equal(xlmem_lint(&host, "dom0_mem=10%,max:8G", &report), 0);
        assert_int_equal(find(&report, "xl-blind") != NULL, rows[i].blind);
    }
}

static void what_is_too_long_for_xen_is_said(void **state)
{
    char line[200] = "dom0_mem=2G,max:2G,";
    xlmem_lint_report report;

    (void)state;
    memset(line + strlen(line), '0', 150);
    assert_int_equal(xlmem_lint(NULL, line, &report), 0);
    assert_non_null(find(&report, "too-long"));
    assert_false(report.ok);
}

TEST_GROUP(lint)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finding_has_a_line),
        cmocka_unit_test(what_is_proposed_is_what_size_computes),
        cmocka_unit_test(the_host_may_be_unknown),
        cmocka_unit_test(a_map_stands_in_for_the_total),
        cmocka_unit_test(linux_gets_no_dom0_mem),
        cmocka_unit_test(xl_is_judged_by_its_release),
        cmocka_unit_test(what_is_too_long_for_xen_is_said),
    };

    return test_run(tests, NULL, NULL);
}
