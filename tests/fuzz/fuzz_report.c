/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A guest writes its nodes, whatever it writes and in whatever order: nothing
 * of a report is more than the domain has, a node that says nothing takes
 * nothing else with it, and the demand stays within its bounds.
 *
 * The input is writes with a form feed between them: the number of a node
 * (xlmem__report_path), then its value; '-' in front: the node is gone.
 */
#include "fuzz.h"

#include "model/demand.h"

#define HAS_KB UINT64_C(4194304)
#define MARGIN_KB UINT64_C(32768)
#define APART_MS 700

static void check_report(const xlmem_report *report)
{
    uint64_t used_kb = 0;

    FUZZ_CHECK(report->total_kb <= HAS_KB && report->free_kb <= HAS_KB);
    FUZZ_CHECK(report->available_kb <= HAS_KB);
    FUZZ_CHECK(report->balloon_kb <= HAS_KB);
    FUZZ_CHECK(report->swap_used_kb <= HAS_KB);
    FUZZ_CHECK(report->used_kb <= 2 * HAS_KB);
    FUZZ_CHECK(report->psi_some10_bp <= 10000);
    FUZZ_CHECK(report->psi_full10_bp <= 10000);
    FUZZ_CHECK(!xlmem__report_used_kb(report, &used_kb) ||
               used_kb <= report->total_kb);
    FUZZ_CHECK((report->source == XLMEM__REPORT_NONE) ==
               !(report->known & ~XLMEM_FACT_BIT(report, has_kb)));
}

static void write_node(xlmem_report *report, const uint8_t *data, size_t size)
{
    const bool gone = size && data[0] == '-';
    const xlmem_report before = *report;
    const char *path;
    char *value;

    data += gone;
    size -= gone;
    if (!size || data[0] < '0')
        return;
    path = xlmem__report_path(data[0] - (size_t)'0');
    if (!path)
        return;
    /* A copy of its own, so that reading beyond it is seen. */
    value = malloc(size);
    FUZZ_CHECK(value);
    memcpy(value, data + 1, size - 1);
    if (!xlmem__report_node(report, path, gone ? NULL : value, size - 1))
        FUZZ_CHECK(report->known == before.known &&
                   report->total_kb == before.total_kb &&
                   report->available_kb == before.available_kb);
    FUZZ_CHECK(report->source >= before.source || gone ||
               report->source == XLMEM__REPORT_NONE);
    free(value);
}

static void check_demand(xlmem__demand *demand, int64_t now_ms,
                         const xlmem_report *report)
{
    int64_t next_ms;
    bool known;
    uint64_t kb;

    xlmem__demand_see(demand, now_ms, report);
    kb = xlmem__demand_kb(demand, now_ms, 1, &known);
    FUZZ_CHECK(known ? kb <= 8 * HAS_KB + MARGIN_KB : kb == 1);
    next_ms = xlmem__demand_next_ms(demand, now_ms);
    FUZZ_CHECK(next_ms == -1 || next_ms > now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem__demand demand;
    xlmem_report report;
    int64_t now_ms = 0;
    size_t at, end;

    xlmem__demand_init(&demand, XLMEM__DEMAND_EXPIRES_MS);
    xlmem__report_init(&report);
    for (at = 0; at < size; at = end + 1) {
        for (end = at; end < size && data[end] != '\f'; end++)
            ;
        write_node(&report, data + at, end - at);
        /* Its balloon may have moved meanwhile. */
        xlmem__demand_total(&demand, &report, HAS_KB / (1 + (end - at) % 2));
        xlmem__report_bound(&report, HAS_KB);
        check_report(&report);
        check_demand(&demand, now_ms, &report);
        now_ms += APART_MS;
    }
    return 0;
}
