/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "truth.h"

static void predict(const xlmem_host *host, const char *args,
                    xlmem_prediction *prediction)
{
    int rc = xlmem_predict(host, args, prediction);

    if (rc)
        fail_msg("%s: %s", args, xlmem_strerror(rc));
}

/* A host that was measured: bookworm, 16 GiB. */
static void a_host(xlmem_host *host, const char *line)
{
    truth_row row = {.suite = "bookworm", .host = "16G", .vcpus = 2};

    truth_host(&row, host);
    if (line)
        host->xen_cmdline = strdup(line);
}

static void the_line_is_completed_from_the_booted_one(void **state)
{
    static const struct {
        const char *args;
        uint64_t dom0_mib;
        bool crash;
    } cases[] = {
        {"dom0_mem=2G,max:2G", 2048, true},
        {"2G,max:2G", 2048, true},
        {"  2048M", 2048, true},
        {"max:3G", 3072, true},
        {"dom0_mem=2G dom0_mem=max:1G", 1024, true},
        {"dom0_mem=2G console=vga", 2048, false},
        {"console=vga dom0_mem=1G,max:1G", 1024, false},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        xlmem_prediction with, without;
        xlmem_host host;

        a_host(&host, "dom0_mem=4G,max:4G crashkernel=512M loglvl=all");
        predict(&host, cases[i].args, &with);
        assert_int_equal(with.nr_pages, cases[i].dom0_mib * 256);
        free(host.xen_cmdline);
        host.xen_cmdline = strdup("loglvl=all");
        predict(&host, cases[i].args, &without);
        assert_int_equal(without.host_free_kb - with.host_free_kb,
                         cases[i].crash ? 512 * 1024 : 0);
        xlmem_host_dispose(&host);
    }
    (void)state;
}

static void crash_kernels_are_sized_as_xen_reads_them(void **state)
{
    static const struct {
        const char *args;
        uint64_t mib;
    } cases[] = {
        {"crashkernel=256M", 256},
        {"crashkernel=256M@64M", 256},
        {"crashkernel=256M,below=4G", 256},
        {"crashkernel=256M<4G", 256},
        {"crashkernel=262144", 256},
        {"crashkernel=0x40000", 256},
        /* "B" is a digit here: 4 TiB. */
        {"crashkernel=0x10000000B", 0},
        {"crashkernel=1G-4G:64M,4G-:128M", 128},
        {"crashkernel=1G-4G:64M,4G-8G:128M", 0},
        {"crashkernel=1G-64G:192M@32M", 192},
        {"crashkernel=64G", 0},
        {"crashkernel=1G-:32G,2G-:96M", 96},
        {"crashkernel=nonsense", 0},
        {"crashkernel=4G:64M", 0},
        {"crashkernel=4G-2G:64M", 0},
        {"crashkernel=", 0},
    };
    size_t i;

    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        xlmem_prediction got, none;
        xlmem_host host;
        char line[128];

        a_host(&host, NULL);
        predict(&host, "dom0_mem=1G,max:1G loglvl=all", &none);
        snprintf(line, sizeof(line), "dom0_mem=1G,max:1G %s", cases[i].args);
        predict(&host, line, &got);
        if (none.host_free_kb - got.host_free_kb != cases[i].mib * 1024)
            fail_msg(
                "%s: %llu kB", cases[i].args,
                (unsigned long long)(none.host_free_kb - got.host_free_kb));
        xlmem_host_dispose(&host);
    }
    (void)state;
}

static bool warns(const xlmem_prediction *got, const char *text)
{
    size_t i;

    for (i = 0; i < got->nr_warnings; i++)
        if (strstr(got->warnings[i].text, text))
            return true;
    return false;
}

static void warnings_say_what_hurts(void **state)
{
    static const struct {
        const char *args, *text;
    } cases[] = {
        {"dom0_mem=2G", "max:2048M"},
        {"dom0_mem=2G,max:8G", "the room up to max: costs"},
        {"dom0_mem=4G,max:2G", "cuts dom0 from 4096 MiB to 2048 MiB"},
        {"dom0_mem=64G", "dom0 gets it all"},
        {"dom0_mem=1G,max:13G", "11264 MiB"},
        {"dom0_mem=256M,max:256M", "of MemTotal is less than"},
        {"dom0_mem=2G,max=2G", "drops dom0_mem= from \"max=2G\" on"},
        {"dom0_mem=-10M", "free in Xen: no domU"},
        {"", "without a size"},
        {"dom0_mem=1B", "without a size"},
    };
    xlmem_prediction got;
    xlmem_host host;
    size_t i;

    a_host(&host, NULL);
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        predict(&host, cases[i].args, &got);
        if (!warns(&got, cases[i].text))
            fail_msg("%s: no warning has \"%s\"", cases[i].args,
                     cases[i].text);
    }
    predict(&host, "dom0_mem=2G,max:2G", &got);
    assert_int_equal(got.nr_warnings, 0);
    predict(&host, "dom0=pvh dom0_mem=1G,max:1G", &got);
    assert_int_equal(got.nr_warnings, 0);
    host.dom0.linux_minor = 12;
    predict(&host, "dom0=pvh dom0_mem=1G,max:1G", &got);
    assert_true(warns(&got, "whatever max: says"));
    xlmem_host_dispose(&host);
    (void)state;
}

static void refusals(void **state)
{
    xlmem_prediction got;
    xlmem_host host;

    a_host(&host, NULL);
    memset(&got, 0x5a, sizeof(got));
    assert_int_equal(xlmem_predict(&host, "dom0_mem=lots", &got),
                     XLMEM_ERROR_PARSE);
    assert_int_equal(xlmem_predict(&host, "dom0_mem=64M", &got),
                     XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(xlmem_predict(&host, "dom0_mem=4K", &got),
                     XLMEM_ERROR_INFEASIBLE);
    xlmem_host_dispose(&host);
    assert_int_equal(xlmem_predict(&host, "dom0_mem=1G", &got),
                     XLMEM_ERROR_UNKNOWN);
    assert_int_equal(got.nr_pages, UINT64_C(0x5a5a5a5a5a5a5a5a));
    (void)state;
}

static void check_sums(const xlmem_host *host, const char *args)
{
    xlmem_prediction got;
    uint64_t kb;

    if (xlmem_predict(host, args, &got))
        return;
    kb = got.memtotal_kb + got.metadata_kb + got.kernel_kb;
    assert_true(kb <= got.nr_pages * 4);
    assert_true(got.hash_kb <= got.metadata_kb);
    if (host->total_kb < UINT64_C(1) << 52 && got.host_free_kb)
        assert_int_equal(got.xen_kb + got.nr_pages * 4 + got.host_free_kb,
                         host->total_kb / 4 * 4);
}

/* Any host, any line: sums hold, nothing overflows. */
static void sums_hold_for_any_host(void **state)
{
    static const struct {
        const char *head, *middle, *tail;
    } forms[] = {
        {"dom0_mem=", "K", NULL},         {"dom0_mem=", "M,max:", "M"},
        {"dom0_mem=-", "M", NULL},        {"dom0_mem=", "%", NULL},
        {"dom0_mem=min:", "M,max:", "M"}, {"dom0=pvh dom0_mem=", "M", NULL},
        {"crashkernel=", "K", NULL},      {"dom0_max_vcpus=", "-", ""},
    };
    int i;

    test_seed();
    for (i = 0; i < 20000; i++) {
        uint64_t size = test_magnitude(), max = test_magnitude(), form;
        xlmem_host host;
        char line[128];

        xlmem_host_init(&host);
        XLMEM_SET(&host, total_kb, test_magnitude());
        XLMEM_SET(&host, nr_cpus, test_between(1, 4096));
        XLMEM_SET(&host, iommu, test_between(0, 1));
        XLMEM_SET(&host.dom0, linux_major, 6);
        XLMEM_SET(&host.dom0, linux_minor, test_between(0, 12));
        form = test_between(0, ARRAY_SIZE(forms) - 1);
        snprintf(line, sizeof(line), "%s%llu%s", forms[form].head,
                 (unsigned long long)size, forms[form].middle);
        if (forms[form].tail)
            snprintf(line + strlen(line), sizeof(line) - strlen(line),
                     "%llu%s", (unsigned long long)max, forms[form].tail);
        host.xen_cmdline = strdup(line);
        if (test_between(0, 1)) {
            XLMEM_SET(&host.dom0, mem_total_kb, test_magnitude());
            XLMEM_SET(&host.dom0, present_pages, test_magnitude());
            XLMEM_SET(&host.dom0, balloon_current_kb, test_magnitude());
        }
        check_sums(&host, "");
        check_sums(&host, line);
        check_sums(&host, "dom0_mem=1G,max:1G");
        xlmem_host_dispose(&host);
    }
    (void)state;
}

TEST_GROUP(predict_line)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_is_completed_from_the_booted_one),
        cmocka_unit_test(crash_kernels_are_sized_as_xen_reads_them),
        cmocka_unit_test(warnings_say_what_hurts),
        cmocka_unit_test(refusals),
        cmocka_unit_test(sums_hold_for_any_host),
    };

    return test_run(tests, NULL, NULL);
}
