/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/report.h"

#include <string.h>

#include "model/checked.h"

/* All of it, in 1/10 000. */
#define WHOLE_BP UINT64_C(10000)

void xlmem__report_init(xlmem_report *report)
{
    *report = (xlmem_report){.known = 0};
}

/* Its numbers stand in a row, and what is unknown is 0. */
bool xlmem__report_same(const xlmem_report *a, const xlmem_report *b)
{
    return a->source == b->source &&
           !memcmp(a, b, offsetof(xlmem_report, source));
}

#define COPY(report, to, dom0, from)                                          \
    do {                                                                      \
        if (XLMEM_KNOWS(dom0, from))                                          \
            XLMEM_SET(report, to, (dom0)->from);                              \
    } while (0)

void xlmem__report_dom0(xlmem_report *report, const xlmem_dom0 *dom0)
{
    xlmem__report_init(report);
    report->source = XLMEM__REPORT_DOM0;
    COPY(report, total_kb, dom0, mem_total_kb);
    COPY(report, free_kb, dom0, mem_free_kb);
    COPY(report, available_kb, dom0, mem_available_kb);
    COPY(report, balloon_kb, dom0, balloon_current_kb);
    COPY(report, balloon_target_kb, dom0, balloon_target_kb);
    COPY(report, psi_some10_bp, dom0, psi_some10_bp);
    COPY(report, psi_full10_bp, dom0, psi_full10_bp);
    if (XLMEM_KNOWS(dom0, swap_total_kb) && XLMEM_KNOWS(dom0, swap_free_kb))
        XLMEM_SET(report, swap_used_kb,
                  xlmem__sub0(dom0->swap_total_kb, dom0->swap_free_kb));
}

/* A shorter time says little, a stall of 10 ms is a tenth of 100: what the
 * look before has found holds.  After a longer one the average is of the last
 * ten seconds, and the sum is not. */
#define STALL_LEAST_MS 1000
#define STALL_MOST_MS 10000

static uint64_t stalled_bp(uint64_t us, int64_t ms)
{
    return xlmem__min(us, (uint64_t)ms * 1000) * 10 / (uint64_t)ms;
}

void xlmem__report_stall(xlmem_report *report, xlmem__stall *last,
                         const xlmem__stall *now)
{
    const int64_t ms = now->at_ms - last->at_ms;
    const bool goes_on = last->at_ms && now->some_us >= last->some_us &&
                         now->full_us >= last->full_us;

    if (!goes_on || ms > STALL_MOST_MS) {
        *last = *now;
        last->some_bp = report->psi_some10_bp;
        last->full_bp = report->psi_full10_bp;
    } else if (ms >= STALL_LEAST_MS) {
        const xlmem__stall was = *last;

        *last = *now;
        last->some_bp = stalled_bp(now->some_us - was.some_us, ms);
        last->full_bp = stalled_bp(now->full_us - was.full_us, ms);
    }
    XLMEM_SET(report, psi_some10_bp, last->some_bp);
    XLMEM_SET(report, psi_full10_bp, last->full_bp);
}

/* What was given back between its count and Xen's was free before. */
static void bound_total(xlmem_report *report, uint64_t has_kb)
{
    const uint64_t gone_kb = xlmem__sub0(report->total_kb, has_kb);

    report->total_kb -= gone_kb;
    report->free_kb =
        xlmem__min(xlmem__sub0(report->free_kb, gone_kb), report->total_kb);
    report->available_kb = xlmem__min(
        xlmem__sub0(report->available_kb, gone_kb), report->total_kb);
}

/* What is unknown is 0, and stays so. */
void xlmem__report_bound(xlmem_report *report, uint64_t has_kb)
{
    if (XLMEM_KNOWS(report, total_kb))
        bound_total(report, has_kb);
    report->free_kb = xlmem__min(report->free_kb, has_kb);
    report->available_kb = xlmem__min(report->available_kb, has_kb);
    report->balloon_kb = xlmem__min(report->balloon_kb, has_kb);
    report->swap_used_kb = xlmem__min(report->swap_used_kb, has_kb);
    report->used_kb =
        xlmem__min(report->used_kb, xlmem__add_sat(has_kb, has_kb));
    report->psi_some10_bp = xlmem__min(report->psi_some10_bp, WHOLE_BP);
    report->psi_full10_bp = xlmem__min(report->psi_full10_bp, WHOLE_BP);
    XLMEM_SET(report, has_kb, has_kb);
}

bool xlmem__report_used_kb(const xlmem_report *report, uint64_t *used_kb_r)
{
    if (!XLMEM_KNOWS(report, total_kb))
        return false;
    if (XLMEM_KNOWS(report, available_kb))
        *used_kb_r = xlmem__sub0(report->total_kb, report->available_kb);
    else if (XLMEM_KNOWS(report, free_kb))
        *used_kb_r = xlmem__sub0(report->total_kb, report->free_kb);
    else
        return false;
    return true;
}
