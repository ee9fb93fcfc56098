/* SPDX-License-Identifier: LGPL-2.1-only */
/* Xen command lines: the grammar, both toolstacks' tests, and lint. */
#include "fuzz.h"

#include "model/lint.h"

static void check_report(const char *line, const xlmem_host *host)
{
    xlmem_lint_report report;
    bool ok = true;
    size_t i, j;

    FUZZ_CHECK(!xlmem_lint(host, line, &report));
    FUZZ_CHECK(report.nr <= XLMEM_LINT_MAX);
    for (i = 0; i < report.nr; i++) {
        const xlmem_finding *item = &report.items[i];

        ok = ok && item->severity == XLMEM_SEV_NOTE;
        FUZZ_CHECK(!item->nr_cut);
        for (j = 0; item->text[j]; j++)
            FUZZ_CHECK(item->text[j] >= ' ' && item->text[j] <= '~');
    }
    FUZZ_CHECK(report.ok == ok);
}

static void check_grammar(const char *text)
{
    static const uint64_t avail_pages[] = {0, 1, 262144, UINT64_C(1) << 40};
    xlmem__xen_line line;
    const xlmem__dom0mem *spec = &line.dom0mem;
    uint64_t nr, max;
    size_t i;

    FUZZ_CHECK(!xlmem__xen_line_of(NULL, text, &line));
    if (spec->rejected)
        FUZZ_CHECK(spec->bad.p >= text &&
                   spec->bad.p + spec->bad.len <= text + strlen(text));
    for (i = 0; i < sizeof(avail_pages) / sizeof(avail_pages[0]); i++) {
        xlmem__dom0mem_apply(spec, avail_pages[i], &nr, &max);
        FUZZ_CHECK(nr <= avail_pages[i] && nr <= max);
    }
    /* What libvirt's older expression takes, xl's takes as well. */
    if (xlmem__dom0mem_seen(NULL, &line).libvirt)
        FUZZ_CHECK(xlmem__dom0mem_seen(NULL, &line).xl && spec->nr_options);
}

/* A line of more words than any is refused as a whole. */
static bool is_line(const char *text)
{
    xlmem_lint_report report;
    xlmem__xen_line line;
    int rc = xlmem__xen_line_of(NULL, text, &line);

    FUZZ_CHECK(xlmem_lint(NULL, text, &report) == rc);
    return !rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = fuzz_text(data, size);
    xlmem_host host;

    if (!is_line(line)) {
        free(line);
        return 0;
    }
    check_grammar(line);
    check_report(line, NULL);
    xlmem_host_init(&host);
    XLMEM_SET(&host, total_kb, UINT64_C(16) << 20);
    host.dom0.kernel_cmdline = line;
    check_report(line, &host);
    free(line);
    return 0;
}
