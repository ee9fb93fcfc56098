/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The memory map that a dom0 kernel makes for itself.
 *
 * A PV dom0 (Linux arch/x86/xen/setup.c, the same from 4.3 to 6.12) takes the
 * machine's map and reads it twice.  RAM below frame nr_pages is memory it
 * has; what Xen gave it beside that, because a hole lies there, is moved up.
 * RAM above becomes "extra": frames that may be filled by the balloon later,
 * with a struct page each, until a budget is used up:
 *
 *      0        nr_pages                                    end of the map
 *      |==ram==|hole|==ram==|~~~~~~~~~~~ extra ~~~~~~~~~~~|   (not used)
 *                    <-nr->  <------------ budget -------->
 *
 *   budget = min(10 x nr, max_pages + holes - nr)
 *
 * 10 is the kernel's EXTRA_MEM_RATIO; max_pages comes from
 * XENMEM_maximum_reservation.  Without a "max:" the budget is 10 x nr: the
 * kernel has eleven times its memory to describe.
 *
 * A PVH dom0 gets its map from Xen, RAM cut to nr_pages and the rest of the
 * machine's RAM marked unusable (Xen arch/x86/hvm/dom0_build.c).  Since 6.9,
 * and 6.6 of the stable kernels, Linux makes what is unusable its extra (its
 * commit 38620fc4e893): 10 x nr again, and no max: limits it.
 */
#include "model/kernel_layout.h"

#include <string.h>

#include "model/checked.h"
#include "model/kernel_table.h"

#define LEGACY_HOLE_PFN UINT64_C(0x100)
/* Since 6.5 a PV dom0 keeps 512 KiB to 1 MiB for the firmware's iSCSI boot
 * table, as CONFIG_ISCSI_IBFT_FIND wants it (Linux 9338c2233b97): Debian's
 * 6.12 has no RAM there, 6.1 and 5.10 have all that the machine has. */
#define LOW_END_PFN UINT64_C(0x80)

static const unsigned unit_shift[XLMEM__UNIT_NR] = {9, 15, 18};

/* What is being laid out: ascending runs of frames, whatever the map. */
typedef struct walk {
    uint64_t nr, budget, limit;
    uint64_t low_end; /* where the RAM below 1 MiB ends for the kernel */
    uint64_t next_unit[XLMEM__UNIT_NR];
    xlmem__layout *to;
} walk;

static void add_run(walk *w, uint64_t start, uint64_t end)
{
    unsigned u;

    start = xlmem__max(start, w->to->end_pfn);
    end = xlmem__min(end, start + (w->limit - w->to->ram_pages));
    if (start >= end)
        return;
    w->to->ram_pages += end - start;
    w->to->end_pfn = end;
    for (u = 0; u < XLMEM__UNIT_NR; u++) {
        uint64_t first = xlmem__max(start >> unit_shift[u], w->next_unit[u]);
        uint64_t after = ((end - 1) >> unit_shift[u]) + 1;

        if (first < after)
            w->to->units[u] += after - first;
        w->next_unit[u] = xlmem__max(after, w->next_unit[u]);
    }
}

/* The frames wholly inside a range of RAM that the kernel will use. */
static bool run_of(const walk *w, const xlmem_range *range, uint64_t *start_r,
                   uint64_t *end_r)
{
    *start_r = (range->start >> 12) + ((range->start & 0xfff) != 0);
    *end_r = range->end >> 12;
    if (*end_r <= LEGACY_HOLE_PFN)
        *end_r = xlmem__min(*end_r, w->low_end);
    return range->type == XLMEM_RANGE_RAM && *start_r < *end_r;
}

/* Frames below nr that are not RAM: their memory is moved. */
static uint64_t holes_below(const walk *w, xlmem__ranges ranges)
{
    uint64_t ram = 0, last = 0, start, end;
    size_t i;

    for (i = 0; i < ranges.nr; i++) {
        if (!run_of(w, &ranges.p[i], &start, &end))
            continue;
        start = xlmem__max(start, last);
        end = xlmem__min(end, w->nr);
        if (start >= end)
            continue;
        ram += end - start;
        last = end;
    }
    return xlmem__sub0(w->nr, ram);
}

/* Below frame nr all there is, above as much as the budget has. */
static void walk_run(walk *w, uint64_t start, uint64_t end, bool pvh)
{
    uint64_t n;

    if (!pvh && start < w->nr) {
        n = xlmem__min(end, w->nr);
        add_run(w, start, n);
        start = n;
    }
    if (start >= end || !w->budget)
        return;
    n = xlmem__min(end - start, w->budget);
    add_run(w, start, start + n);
    w->budget -= n;
}

static uint64_t low_end(const xlmem__boot *boot)
{
    return !boot->pvh && xlmem__kernel_reaches(boot, (xlmem__release){6, 5})
               ? LOW_END_PFN
               : LEGACY_HOLE_PFN;
}

static uint64_t budget_of(const xlmem__boot *boot, uint64_t nr, uint64_t holes)
{
    uint64_t max = xlmem__min(boot->max_pages, XLMEM__PAGES_MAX);

    if (boot->pvh)
        return xlmem__kernel_reaches(boot, (xlmem__release){6, 6})
                   ? xlmem__extra_reach(nr)
                   : nr;
    return xlmem__min(xlmem__extra_most(nr), xlmem__sub0(max + holes, nr));
}

void xlmem__layout_of(xlmem__ranges ranges, const xlmem__boot *boot,
                      uint64_t seen_pages, xlmem__layout *layout_r)
{
    walk w = {
        .nr = xlmem__min(boot->nr_pages, XLMEM__PAGES_MAX),
        .limit = seen_pages ? seen_pages : UINT64_MAX >> 1,
        .low_end = low_end(boot),
        .to = layout_r,
    };
    uint64_t start, end;
    size_t i;

    memset(layout_r, 0, sizeof(*layout_r));
    w.budget = budget_of(boot, w.nr, holes_below(&w, ranges));
    for (i = 0; i < ranges.nr; i++)
        if (run_of(&w, &ranges.p[i], &start, &end))
            walk_run(&w, start, end, boot->pvh);
    if (seen_pages > layout_r->ram_pages && w.budget)
        add_run(&w, layout_r->end_pfn, XLMEM__PAGES_MAX);
    layout_r->initial_pages = xlmem__min(w.nr, layout_r->ram_pages);
}

/* A PC: the EBDA and the legacy hole below 1 MiB, and the hole for 32-bit
 * devices in the last quarter of the first 4 GiB. */
#define PC_EBDA UINT64_C(0x9f000)
#define PC_LOW UINT64_C(0x100000)
#define PC_HOLE UINT64_C(0xc0000000)
#define PC_HIGH (UINT64_C(1) << 32)

xlmem__ranges xlmem__host_ranges(const xlmem_host *host,
                                 xlmem_range pc[XLMEM__PC_RANGES])
{
    uint64_t ram = UINT64_MAX - PC_HIGH, low;

    if (host->map.nr)
        return (xlmem__ranges){host->map.ranges, host->map.nr};
    if (XLMEM_KNOWS(host, total_kb))
        ram = xlmem__min(xlmem__mul_sat(host->total_kb, 1024), ram);
    pc[0] = (xlmem_range){0, PC_EBDA, XLMEM_RANGE_RAM};
    ram = xlmem__sub0(ram, PC_EBDA);
    low = xlmem__min(ram, PC_HOLE - PC_LOW);
    pc[1] = (xlmem_range){PC_LOW, PC_LOW + low, XLMEM_RANGE_RAM};
    ram -= low;
    pc[2] = (xlmem_range){PC_HIGH, PC_HIGH + ram, XLMEM_RANGE_RAM};
    return (xlmem__ranges){pc, ram ? 3 : low ? 2 : 1};
}
