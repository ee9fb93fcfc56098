/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "truth.h"

/* Promised: within 0.3 % calibrated and 1 % by version.  Kept: */
#define CALIBRATED_PPM 150
#define VERSION_PPM 200
#define FREE_PPM 1500

static truth_row rows[TRUTH_MAX];
static size_t nr_rows;

static int setup(void **state)
{
    (void)state;
    nr_rows = truth_rows(rows);
    return 0;
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

    assert_int_equal(got->nr_pages, row->dom0_mib * 256);
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

static void free_memory_of_every_boot(void **state)
{
    uint64_t worst = 0;
    size_t i;

    for (i = 0; i < nr_rows; i++) {
        /* `xl info` drops what is below a MiB. */
        uint64_t low = rows[i].free_mib * 1024, ppm = 0;
        xlmem_prediction got;
        xlmem_host host;

        truth_host(&rows[i], &host);
        predict(&host, rows[i].xen_args, &got);
        if (got.host_free_kb < low)
            ppm = truth_ppm(got.host_free_kb, low);
        else if (got.host_free_kb > low + 1023)
            ppm = truth_ppm(got.host_free_kb, low + 1023);
        worst = ppm > worst ? ppm : worst;
        if (ppm > FREE_PPM)
            fail_msg("%s %s %s: %llu kB free predicted, %llu MiB seen",
                     rows[i].suite, rows[i].host, rows[i].xen_args,
                     (unsigned long long)got.host_free_kb,
                     (unsigned long long)rows[i].free_mib);
        xlmem_host_dispose(&host);
    }
    print_message("worst of what stays free: %llu ppm\n",
                  (unsigned long long)worst);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memtotal_from_the_kernel_s_version),
        cmocka_unit_test(memtotal_calibrated_by_any_boot),
        cmocka_unit_test(free_memory_of_every_boot),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
