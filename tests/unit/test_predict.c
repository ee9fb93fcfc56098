/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "truth.h"

/* Promised: within 0.3 % calibrated and 1 % by version.  Kept: */
#define CALIBRATED_PPM 150
#define VERSION_PPM 200
#define FREE_PPM 1500

/* One page, and what `xl info` drops below a MiB. */
#define NR_SLACK_PAGES 1
#define XL_INFO_SLACK_PAGES 256

static truth_row rows[TRUTH_MAX], boots[TRUTH_MAX];
static size_t nr_rows, nr_boots;

static int setup(void **state)
{
    (void)state;
    nr_rows = truth_rows("grid.tsv", rows);
    nr_boots = truth_rows("boots.tsv", boots);
    return nr_rows < 30 || nr_boots < 9;
}

static void predict(const xlmem_host *host, const char *args,
                    xlmem_prediction *prediction)
{
    int rc = xlmem_predict(host, args, prediction);

    if (rc)
        fail_msg("%s: %s", args, xlmem_strerror(rc));
}

static void check(const truth_row *row, const xlmem_prediction *got,
                  uint64_t limit_ppm, uint64_t *worst)
{
    uint64_t ppm = truth_ppm(got->memtotal_kb, row->memtotal_kb);

    assert_int_equal(got->nr_pages, row->tot_kb / 4);
    assert_true(got->exact);
    *worst = ppm > *worst ? ppm : *worst;
    if (ppm > limit_ppm)
        fail_msg(
            "%s %s %s: %llu kB predicted, %llu kB seen, %llu ppm", row->suite,
            row->host, row->xen_args, (unsigned long long)got->memtotal_kb,
            (unsigned long long)row->memtotal_kb, (unsigned long long)ppm);
}

static void memtotal_from_the_kernel_s_version(void **state)
{
    uint64_t worst = 0;
    size_t i;

    for (i = 0; i < nr_rows; i++) {
        xlmem_prediction got;
        xlmem_host host;

        truth_host(&rows[i], &host);
        predict(&host, rows[i].xen_args, &got);
        assert_int_equal(got.basis, XLMEM_BASIS_KERNEL);
        check(&rows[i], &got, VERSION_PPM, &worst);
        xlmem_host_dispose(&host);
    }
    print_message("worst by version: %llu ppm of MemTotal\n",
                  (unsigned long long)worst);
    (void)state;
}

/* Each boot calibrated with each of its suite, on whichever machine. */
static void memtotal_calibrated_by_any_boot(void **state)
{
    uint64_t worst = 0;
    size_t i, j, pairs = 0;

    for (i = 0; i < nr_rows; i++)
        for (j = 0; j < nr_rows; j++) {
            xlmem_prediction got;
            xlmem_host host;

            if (strcmp(rows[i].suite, rows[j].suite))
                continue;
            truth_host(&rows[i], &host);
            truth_boot(&rows[j], &host);
            predict(&host, rows[i].xen_args, &got);
            if (got.basis != XLMEM_BASIS_CALIBRATED)
                fail_msg("%s %s is not calibrated by %s %s", rows[i].host,
                         rows[i].xen_args, rows[j].host, rows[j].xen_args);
            check(&rows[i], &got, CALIBRATED_PPM, &worst);
            xlmem_host_dispose(&host);
            pairs++;
        }
    print_message("worst of %zu pairs calibrated: %llu ppm of MemTotal\n",
                  pairs, (unsigned long long)worst);
    (void)state;
}

/* How far off `xl info`, which drops what is below a MiB. */
static uint64_t free_ppm(const truth_row *row, const xlmem_prediction *got)
{
    uint64_t low = row->free_mib * 1024;

    if (got->host_free_kb < low)
        return truth_ppm(got->host_free_kb, low);
    if (got->host_free_kb > low + 1023)
        return truth_ppm(got->host_free_kb, low + 1023);
    return 0;
}

static void check_free(const truth_row *row, const xlmem_prediction *got,
                       uint64_t *worst)
{
    uint64_t ppm = free_ppm(row, got);

    *worst = ppm > *worst ? ppm : *worst;
    if (ppm > FREE_PPM)
        fail_msg("%s %s %s: %llu kB free predicted, %llu MiB seen", row->suite,
                 row->host, row->xen_args,
                 (unsigned long long)got->host_free_kb,
                 (unsigned long long)row->free_mib);
}

static void free_memory_of_every_boot(void **state)
{
    uint64_t worst = 0;
    size_t i;

    for (i = 0; i < nr_rows; i++) {
        xlmem_prediction got;
        xlmem_host host;

        truth_host(&rows[i], &host);
        predict(&host, rows[i].xen_args, &got);
        check_free(&rows[i], &got, &worst);
        xlmem_host_dispose(&host);
    }
    print_message("worst of what stays free: %llu ppm\n",
                  (unsigned long long)worst);
    (void)state;
}

/* Given the accounting of one boot: its own figure exactly, and each other's
 * of the host within the MiB that `xl info` drops from both. */
static void free_memory_calibrated_by_any_boot(void **state)
{
    size_t i, j;

    for (i = 0; i < nr_rows; i++)
        for (j = 0; j < nr_rows; j++) {
            uint64_t want = rows[i].free_mib * 1024;
            xlmem_prediction got;
            xlmem_host host;

            if (strcmp(rows[i].suite, rows[j].suite) ||
                strcmp(rows[i].host, rows[j].host))
                continue;
            truth_host(&rows[i], &host);
            truth_boot(&rows[j], &host);
            truth_accounting(&rows[j], &host);
            predict(&host, rows[i].xen_args, &got);
            if (i == j)
                assert_int_equal(got.host_free_kb, want);
            assert_in_range(got.host_free_kb, want - 1023, want + 1023);
            xlmem_host_dispose(&host);
        }
    (void)state;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static bool is_pvh(const truth_row *row)
{
    return strstr(row->xen_args, "pvh") != NULL;
}

/* Relative sizes, PVH, other numbers of vCPUs, a crash kernel, q35. */
static void boots_of_other_kinds(void **state)
{
    uint64_t worst = 0, worst_free = 0;
    size_t i;

    for (i = 0; i < nr_boots; i++) {
        const truth_row *row = &boots[i];
        xlmem_prediction got;
        xlmem_host host;
        uint64_t ppm;

        truth_host(row, &host);
        predict(&host, row->xen_args, &got);
        ppm = truth_ppm(got.memtotal_kb, row->memtotal_kb);
        worst = ppm > worst ? ppm : worst;
        if (ppm > VERSION_PPM)
            fail_msg("%s %s %s: %llu kB predicted, %llu kB seen", row->suite,
                     row->host, row->xen_args,
                     (unsigned long long)got.memtotal_kb,
                     (unsigned long long)row->memtotal_kb);
        /* Xen takes two pages of a PVH dom0 for itself. */
        assert_true(distance(got.nr_pages, row->tot_kb / 4) <=
                    (is_pvh(row) ? 2 : NR_SLACK_PAGES));
        assert_int_equal(got.exact, strstr(row->xen_args, "G,max") != NULL);
        check_free(row, &got, &worst_free);
        xlmem_host_dispose(&host);
    }
    print_message("worst: %llu ppm of MemTotal, %llu ppm of free\n",
                  (unsigned long long)worst, (unsigned long long)worst_free);
    (void)state;
}

/* nr_pages of a relative size, given the accounting of any boot of the host,
 * which `xl info` shows in MiB. */
static void relative_sizes_calibrated_by_any_boot(void **state)
{
    size_t i, j, pairs = 0;

    for (i = 0; i < nr_boots; i++)
        for (j = 0; j < nr_rows; j++) {
            xlmem_prediction got;
            xlmem_host host;

            if (strcmp(boots[i].suite, rows[j].suite) ||
                strcmp(boots[i].host, rows[j].host) || boots[i].vcpus != 2 ||
                is_pvh(&boots[i]))
                continue;
            truth_host(&boots[i], &host);
            truth_boot(&rows[j], &host);
            truth_accounting(&rows[j], &host);
            predict(&host,
                    boots[i].xen_args[0] ? boots[i].xen_args : "placeholder",
                    &got);
            if (distance(got.nr_pages, boots[i].tot_kb / 4) >
                XL_INFO_SLACK_PAGES)
                fail_msg("%s %s \"%s\": %llu pages predicted, %llu kB seen",
                         boots[i].suite, boots[i].host, boots[i].xen_args,
                         (unsigned long long)got.nr_pages,
                         (unsigned long long)boots[i].tot_kb);
            xlmem_host_dispose(&host);
            pairs++;
        }
    assert_true(pairs >= 16);
    (void)state;
}

/* A host that was measured: bookworm, 16 GiB. */
static void a_host(xlmem_host *host, const char *line)
{
    truth_row row = {.suite = "bookworm", .host = "16G", .vcpus = 2};

    truth_host(&row, host);
    if (line)
        host->xen_cmdline = strdup(line);
}

/* MemTotal moves with the balloon; the fixed part does not. */
static void a_ballooned_dom0_still_calibrates(void **state)
{
    xlmem_prediction whole, ballooned, grown;
    xlmem_host host;

    a_host(&host, NULL);
    truth_boot(&rows[5], &host);
    predict(&host, "dom0_mem=2G", &whole);
    assert_int_equal(whole.basis, XLMEM_BASIS_CALIBRATED);

    XLMEM_SET(&host.dom0, balloon_current_kb, rows[5].tot_kb - 600000);
    host.dom0.mem_total_kb -= 600000;
    predict(&host, "dom0_mem=2G", &ballooned);
    assert_int_equal(ballooned.basis, XLMEM_BASIS_CALIBRATED);
    assert_int_equal(ballooned.memtotal_kb, whole.memtotal_kb);

    /* Memory that was hot-added counts the same way. */
    XLMEM_SET(&host.dom0, balloon_current_kb, rows[5].tot_kb + 524288);
    host.dom0.mem_total_kb = rows[5].memtotal_kb + 524288;
    host.dom0.present_pages += 524288 / 4;
    predict(&host, "dom0_mem=2G", &grown);
    assert_int_equal(grown.memtotal_kb, whole.memtotal_kb);
    xlmem_host_dispose(&host);
    (void)state;
}

/* What cannot be this boot's MemTotal does not calibrate. */
static void nonsense_does_not_calibrate(void **state)
{
    static const uint64_t totals[] = {0, 4, 1, 2097152, 2097148, UINT64_MAX};
    xlmem_prediction table, got;
    xlmem_host host;
    size_t i;

    a_host(&host, NULL);
    predict(&host, "dom0_mem=2G,max:2G", &table);
    truth_boot(&rows[5], &host);
    for (i = 0; i < ARRAY_SIZE(totals); i++) {
        host.dom0.mem_total_kb = totals[i];
        predict(&host, "dom0_mem=2G,max:2G", &got);
        assert_int_equal(got.basis, XLMEM_BASIS_KERNEL);
        assert_int_equal(got.memtotal_kb, table.memtotal_kb);
    }
    xlmem_host_dispose(&host);
    (void)state;
}

TEST_GROUP(predict)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memtotal_from_the_kernel_s_version),
        cmocka_unit_test(memtotal_calibrated_by_any_boot),
        cmocka_unit_test(free_memory_of_every_boot),
        cmocka_unit_test(free_memory_calibrated_by_any_boot),
        cmocka_unit_test(boots_of_other_kinds),
        cmocka_unit_test(relative_sizes_calibrated_by_any_boot),
        cmocka_unit_test(a_ballooned_dom0_still_calibrates),
        cmocka_unit_test(nonsense_does_not_calibrate),
    };

    return test_run(tests, setup, NULL);
}
