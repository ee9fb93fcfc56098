/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domain that reports, for the tests of what it wants and needs. */
#ifndef XLMEM_DEMAND_REPORTS_H
#define XLMEM_DEMAND_REPORTS_H

#include "test.h"

#include "model/demand.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
/* A guest of 4 GiB of which its kernel keeps 64 MiB to itself. */
#define HAS_KB (4 * GIB)
#define OWN_KB (64 * MIB)
#define TOTAL_KB (HAS_KB - OWN_KB)
#define TARGET_KB (3 * GIB)
/* As demand.c has them. */
#define MARGIN_MIN_KB (32 * MIB)

static xlmem__demand demand;
static xlmem_report report;

static inline int begin(void **state)
{
    (void)state;
    xlmem__demand_init(&demand, XLMEM__DEMAND_EXPIRES_MS);
    xlmem__report_init(&report);
    report.source = XLMEM__REPORT_MEMGUARD;
    return 0;
}

/* So much is used, of what there is. */
static inline void uses(uint64_t used_kb)
{
    XLMEM_SET(&report, total_kb, TOTAL_KB);
    XLMEM_SET(&report, available_kb, TOTAL_KB - used_kb);
}

static inline void see_with(int64_t now_ms, uint64_t has_kb)
{
    xlmem_report seen = report;

    xlmem__demand_total(&demand, &seen, has_kb);
    xlmem__report_bound(&seen, has_kb);
    xlmem__demand_see(&demand, now_ms, &seen);
}

static inline void see(int64_t now_ms, uint64_t used_kb)
{
    uses(used_kb);
    see_with(now_ms, HAS_KB);
}

/* A guest that says how it fares. */
static inline void see_pressed(int64_t now_ms, uint64_t used_kb,
                               uint64_t some_bp)
{
    XLMEM_SET(&report, psi_some10_bp, some_bp);
    see(now_ms, used_kb);
}

static inline uint64_t wants(int64_t now_ms)
{
    bool known;
    uint64_t kb = xlmem__demand_kb(&demand, now_ms, TARGET_KB, &known);

    assert_true(known);
    return kb;
}

static inline uint64_t needs(int64_t now_ms)
{
    return xlmem__demand_need_kb(&demand, now_ms, TARGET_KB);
}

static inline uint64_t keeps(int64_t now_ms)
{
    return xlmem__demand_kept_kb(&demand, now_ms, TARGET_KB);
}

static inline bool is_known(int64_t now_ms)
{
    bool known;
    uint64_t kb = xlmem__demand_kb(&demand, now_ms, TARGET_KB, &known);

    if (!known) {
        assert_int_equal(kb, TARGET_KB);
        assert_int_equal(needs(now_ms), TARGET_KB);
        assert_int_equal(keeps(now_ms), TARGET_KB);
    }
    return known;
}

#endif /* XLMEM_DEMAND_REPORTS_H */
