/* SPDX-License-Identifier: LGPL-2.1-only */
/* The measured boots of a real Xen: see tests/fixtures/truth/README. */
#ifndef XLMEM_TRUTH_H
#define XLMEM_TRUTH_H

#include "test.h"
#include "private/all.h"

#define TRUTH_MAX 128
#define TRUTH_COLUMNS 24

typedef struct truth_row {
    char suite[16], host[12], xen_args[96];
    uint64_t vcpus, memtotal_kb, tot_kb, total_mib, free_mib;
    uint64_t spanned_kb, present_kb;
} truth_row;

static inline FILE *truth_open(const char *name)
{
    const char *dir = getenv("XLMEM_SRCDIR");
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/tests/fixtures/truth/%s", dir ? dir : ".",
             name);
    f = fopen(path, "r");
    if (!f)
        fail_msg("%s: cannot be opened", path);
    return f;
}

/* The columns of a line, which is cut up. */
static inline size_t truth_split(char *line, char *columns[TRUTH_COLUMNS])
{
    size_t n = 0;

    line[strcspn(line, "\n")] = '\0';
    while (n < TRUTH_COLUMNS && line) {
        columns[n++] = line;
        line = strchr(line, '\t');
        if (line)
            *line++ = '\0';
    }
    return n;
}

static inline uint64_t truth_number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 0);

    if (end == text || *end)
        fail_msg("\"%s\" is not a number", text);
    return value;
}

/* All rows of a file: grid.tsv, or boots.tsv, whose columns differ. */
static inline size_t truth_rows(const char *name, truth_row rows[TRUTH_MAX])
{
    bool grid = !strcmp(name, "grid.tsv");
    FILE *f = truth_open(name);
    char line[512], *c[TRUTH_COLUMNS];
    size_t n = 0, at = grid ? 7 : 6;

    assert_non_null(fgets(line, sizeof(line), f));
    while (n < TRUTH_MAX && fgets(line, sizeof(line), f)) {
        truth_row *row = &rows[n++];

        assert_int_equal(truth_split(line, c), grid ? 13 : 10);
        snprintf(row->suite, sizeof(row->suite), "%s", c[0]);
        snprintf(row->host, sizeof(row->host), "%s", c[1]);
        snprintf(row->xen_args, sizeof(row->xen_args), "%s", c[grid ? 2 : 3]);
        row->vcpus = grid ? 2 : truth_number(c[2]);
        row->memtotal_kb = truth_number(c[4]);
        row->tot_kb = grid ? truth_number(c[6]) * 1024 : truth_number(c[5]);
        row->total_mib = truth_number(c[at]);
        row->free_mib = truth_number(c[at + 1]);
        row->spanned_kb = truth_number(c[at + 2]);
        row->present_kb = truth_number(c[at + 3]);
    }
    fclose(f);
    return n;
}

/* The machine of a row: its map and total, and the versions of its suite. */
static inline void truth_host(const truth_row *row, xlmem_host *host)
{
    static const struct {
        const char *suite;
        uint64_t xen_minor, linux_major, linux_minor;
    } suites[] = {{"bullseye", 14, 5, 10},
                  {"bookworm", 17, 6, 1},
                  {"trixie", 20, 6, 12}};
    FILE *f = truth_open("hosts.tsv");
    char line[512], *c[TRUTH_COLUMNS];
    size_t i;

    xlmem_host_init(host);
    while (fgets(line, sizeof(line), f)) {
        assert_int_equal(truth_split(line, c), 4);
        if (!strcmp(c[0], row->host))
            assert_int_equal(xlmem_map_add(&host->map, truth_number(c[1]),
                                           truth_number(c[2]),
                                           (uint32_t)truth_number(c[3])),
                             0);
    }
    fclose(f);
    assert_int_equal(xlmem_map_normalise(&host->map), 0);
    host->map.source = XLMEM_MAP_XEN;
    XLMEM_SET(host, total_kb, xlmem_map_usable_kb(&host->map));
    XLMEM_SET(host, nr_cpus, row->vcpus);
    for (i = 0; i < ARRAY_SIZE(suites); i++)
        if (!strcmp(suites[i].suite, row->suite)) {
            XLMEM_SET(host, xen_major, 4);
            XLMEM_SET(host, xen_minor, suites[i].xen_minor);
            XLMEM_SET(&host->dom0, linux_major, suites[i].linux_major);
            XLMEM_SET(&host->dom0, linux_minor, suites[i].linux_minor);
        }
    XLMEM_SET(&host->dom0, nr_cpus, row->vcpus);
}

/* Make the host show a row's boot. */
static inline void truth_boot(const truth_row *row, xlmem_host *host)
{
    host->xen_cmdline = strdup(row->xen_args);
    assert_non_null(host->xen_cmdline);
    host->dom0.type =
        strstr(row->xen_args, "pvh") ? XLMEM_DOM_PVH : XLMEM_DOM_PV;
    XLMEM_SET(&host->dom0, mem_total_kb, row->memtotal_kb);
    XLMEM_SET(&host->dom0, present_pages, row->present_kb / 4);
    XLMEM_SET(&host->dom0, nr_cpus, row->vcpus);
}

/* Make it show what Xen had left then, and what dom0 had. */
static inline void truth_accounting(const truth_row *row, xlmem_host *host)
{
    host->doms = calloc(1, sizeof(*host->doms));
    assert_non_null(host->doms);
    host->nr_doms = 1;
    XLMEM_SET(&host->doms[0], domid, 0);
    XLMEM_SET(&host->doms[0], tot_kb, row->tot_kb);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(host, free_kb, row->free_mib * 1024);
}

/* |a - b| in parts per million of b. */
static inline uint64_t truth_ppm(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) * 1000000 / b;
}

#endif /* XLMEM_TRUTH_H */
