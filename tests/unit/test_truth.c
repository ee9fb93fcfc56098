/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * All measured boots, each against the prediction from the machine's map and
 * versions alone, and from every other boot of that machine.
 */
#include "test.h"

#include "truth.h"
#include "truth_out.h"

/* Promised. */
#define CALIBRATED_PPM 3000
#define VERSION_PPM 10000
#define FREE_PPM 3000

typedef struct truth_more {
    truth_row row;
    uint64_t nodes, free_kb;
    bool pvh;
} truth_more;

static truth_more seen[3 * TRUTH_MAX];
static size_t nr_seen;

/* The whole line as the bed hands it to Xen: dom0_mem= alone would be put into
 * the line of the boot that calibrates, beside its crashkernel=. */
static void line_of(truth_more *boot, const char *args)
{
    bool kind = boot->pvh && !strstr(args, "dom0=pvh");

    snprintf(boot->row.xen_args, sizeof(boot->row.xen_args),
             "console=com1 %s%s", kind ? "dom0=pvh dom0-iommu=none " : "",
             args);
}

static void boot_of(char *c[TRUTH_COLUMNS], truth_more *to)
{
    truth_row *row = &to->row;

    snprintf(row->suite, sizeof(row->suite), "%s", c[0]);
    snprintf(row->host, sizeof(row->host), "%s%s", c[1],
             strcmp(c[13], "pc") ? "-q35" : "");
    to->pvh = !strcmp(c[16], "pvh");
    line_of(to, c[2]);
    row->memtotal_kb = truth_number(c[4]);
    row->present_kb = truth_number(c[10]);
    to->nodes = truth_number(c[15]);
    to->free_kb = truth_number(c[17]);
    row->tot_kb = truth_number(c[18]);
    row->vcpus = truth_number(c[19]);
}

static void add_older(const char *name)
{
    truth_row rows[TRUTH_MAX];
    size_t i, n = truth_rows(name, rows);

    for (i = 0; i < n; i++) {
        seen[nr_seen].row = rows[i];
        seen[nr_seen].pvh = strstr(rows[i].xen_args, "pvh") != NULL;
        line_of(&seen[nr_seen], rows[i].xen_args);
        seen[nr_seen++].free_kb = rows[i].free_mib * 1024;
    }
}

static int setup(void **state)
{
    FILE *f = truth_open("grid-more.tsv");
    char line[512], *c[TRUTH_COLUMNS];

    (void)state;
    while (nr_seen < TRUTH_MAX && fgets(line, sizeof(line), f)) {
        if (!strncmp(line, "suite\t", 6))
            continue;
        assert_int_equal(truth_split(line, c), 20);
        boot_of(c, &seen[nr_seen++]);
    }
    fclose(f);
    add_older("grid.tsv");
    add_older("boots.tsv");
    assert_true(nr_seen >= 50);
    return 0;
}

static void host_of(const truth_more *boot, xlmem_host *host)
{
    truth_host(&boot->row, host);
    host->dom0.type = boot->pvh ? XLMEM_DOM_PVH : XLMEM_DOM_PV;
}

/* Make the host show a boot: its accounting and its kernel's. */
static void show(const truth_more *shown, xlmem_host *host)
{
    truth_boot(&shown->row, host);
    truth_accounting(&shown->row, host);
    XLMEM_SET(host, free_kb, shown->free_kb);
    host->doms[0].type = host->dom0.type;
}

static bool same_machine(const truth_more *a, const truth_more *b)
{
    return !strcmp(a->row.suite, b->row.suite) &&
           !strcmp(a->row.host, b->row.host) && a->row.vcpus == b->row.vcpus &&
           a->pvh == b->pvh;
}

static void kind_of(const truth_more *boot, char kind[32])
{
    snprintf(kind, 32, "%s%s%s", boot->pvh ? "PVH" : "PV",
             strstr(boot->row.host, "q35") ? " q35" : "",
             boot->nodes ? " NUMA" : "");
}

/* Over the boots of a test. */
static uint64_t worst_memtotal_ppm, worst_free_kb;

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void note(const truth_more *boot, const xlmem_prediction *got)
{
    uint64_t ppm = truth_ppm(got->memtotal_kb, boot->row.memtotal_kb);
    uint64_t kb = distance(got->host_free_kb, boot->free_kb);

    worst_memtotal_ppm = ppm > worst_memtotal_ppm ? ppm : worst_memtotal_ppm;
    worst_free_kb = kb > worst_free_kb ? kb : worst_free_kb;
}

static void say_worst(void)
{
    print_message("worst: %llu ppm of MemTotal, %llu kB of free\n",
                  (unsigned long long)worst_memtotal_ppm,
                  (unsigned long long)worst_free_kb);
    worst_memtotal_ppm = worst_free_kb = 0;
}

/* |a - b| in ppm of b; true, with a line said, when above the limit. */
static bool off(const truth_more *boot, const char *what, uint64_t a,
                uint64_t b, uint64_t limit)
{
    uint64_t ppm = truth_ppm(a, b);

    if (ppm <= limit)
        return false;
    print_error("%s %s %llu CPUs %s: %s %llu kB, not %llu: %llu ppm\n",
                boot->row.suite, boot->row.host,
                (unsigned long long)boot->row.vcpus, boot->row.xen_args, what,
                (unsigned long long)a, (unsigned long long)b,
                (unsigned long long)ppm);
    return true;
}

static bool pages_off(const truth_more *boot, const xlmem_prediction *got,
                      uint64_t limit_kb)
{
    uint64_t kb = got->nr_pages * 4;
    uint64_t by = distance(kb, boot->row.tot_kb);

    /* Xen takes two pages of a PVH dom0 for itself. */
    if (by <= (got->exact ? boot->pvh * UINT64_C(8) : limit_kb))
        return false;
    print_error("%s %s %llu CPUs %s: dom0 %llu kB, not %llu\n",
                boot->row.suite, boot->row.host,
                (unsigned long long)boot->row.vcpus, boot->row.xen_args,
                (unsigned long long)kb, (unsigned long long)boot->row.tot_kb);
    return true;
}

/* Free memory, in ppm; what is 1 MiB off is as good as it is shown. */
static bool free_off(const truth_more *boot, const xlmem_prediction *got)
{
    uint64_t a = got->host_free_kb, b = boot->free_kb;

    return distance(a, b) > 1024 && off(boot, "free", a, b, FREE_PPM);
}

static void by_the_map_and_the_versions(void **state)
{
    size_t i;
    int bad = 0;

    (void)state;
    for (i = 0; i < nr_seen; i++) {
        const truth_more *boot = &seen[i];
        xlmem_prediction got;
        xlmem_host host;
        char kind[32];

        host_of(boot, &host);
        kind_of(boot, kind);
        assert_int_equal(xlmem_predict(&host, boot->row.xen_args, &got), 0);
        bad += pages_off(boot, &got, boot->row.tot_kb * 3 / 1000);
        bad += off(boot, "MemTotal", got.memtotal_kb, boot->row.memtotal_kb,
                   VERSION_PPM);
        note(boot, &got);
        truth_out("memtotal-version", boot->row.suite, kind,
                  boot->row.memtotal_kb, got.memtotal_kb);
        if (got.exact) {
            bad += free_off(boot, &got);
            truth_out("free", boot->row.suite, kind, boot->free_kb,
                      got.host_free_kb);
        }
        xlmem_host_dispose(&host);
    }
    say_worst();
    assert_int_equal(bad, 0);
}

static int calibrated(const truth_more *boot, const truth_more *shown)
{
    xlmem_prediction got;
    xlmem_host host;
    char kind[32];
    int bad = 0;

    host_of(boot, &host);
    kind_of(boot, kind);
    show(shown, &host);
    assert_int_equal(xlmem_predict(&host, boot->row.xen_args, &got), 0);
    bad += pages_off(boot, &got, 1024);
    bad += off(boot, "MemTotal", got.memtotal_kb, boot->row.memtotal_kb,
               CALIBRATED_PPM);
    note(boot, &got);
    bad += free_off(boot, &got);
    truth_out("memtotal", boot->row.suite, kind, boot->row.memtotal_kb,
              got.memtotal_kb);
    xlmem_host_dispose(&host);
    return bad;
}

static void by_another_boot_of_the_machine(void **state)
{
    size_t i, j, pairs = 0;
    int bad = 0;

    (void)state;
    for (i = 0; i < nr_seen; i++)
        for (j = 0; j < nr_seen; j++)
            if (i != j && same_machine(&seen[i], &seen[j])) {
                bad += calibrated(&seen[i], &seen[j]);
                pairs++;
            }
    print_message("%zu boots, %zu pairs\n", nr_seen, pairs);
    say_worst();
    assert_int_equal(bad, 0);
}

TEST_GROUP(truth)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_map_and_the_versions),
        cmocka_unit_test(by_another_boot_of_the_machine),
    };

    return test_run(tests, setup, NULL);
}
