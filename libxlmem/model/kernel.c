/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * MemTotal of a dom0:
 *
 *   MemTotal = memory it has at boot
 *            - struct pages   64 B a page, by sections of 128 MiB
 *            - P2M             8 B a page                         (PV)
 *            - page tables     8 B a page: all of memory in 4 KiB (PV)
 *            - hash tables     dentries and inodes
 *            - fixed           kernel image, swiotlb, per-CPU areas
 *
 * The first three are paid for every page that might come (kernel_layout.c).
 * Only the last is not computed: it comes from a table by version, or from one
 * boot of the same kernel, where it is what the others leave.
 */
#include "model/kernel.h"

#include <string.h>

#include "model/checked.h"
#include "model/host.h"
#include "model/kernel_layout.h"
#include "model/kernel_table.h"

/* 64 B a page for a section of 32768; beside it struct mem_section_usage. */
#define SECTION_STRUCT_PAGES_KB 2048
#define SECTION_USAGE_BYTES 64

/* PVH has bounce buffers where memory is above 4 GiB. */
#define SWIOTLB_PFN (UINT64_C(1) << 20)

/* A fixed part outside these is no kernel's but a sign that the boot was not
 * what its command line says. */
#define FIXED_MIN_KB (8 * XLMEM__MIB_KB)
#define FIXED_MAX_KB (2 * XLMEM__GIB_KB)
/* The same where nothing says what dom0 holds now: what a balloon has taken
 * looks like the kernel's.  Four times what any kernel of the table keeps. */
#define FIXED_UNSEEN_MAX_KB (192 * XLMEM__MIB_KB)
/* `xl info` and `xl list` round each to MiB. */
#define ROUNDING_KB (2 * XLMEM__MIB_KB)

/*
 * In units of the frame space.  PV: for each 2 MiB a page of PTEs and one of
 * P2M, which have a page of PMDs, one of PTEs and one in the list of P2M pages
 * above them for each 1 GiB; and a page of PTEs to map a section's struct
 * pages.  PVH maps all of this in 2 MiB pages.
 */
static void cost_of_layout(const xlmem__layout *layout, bool pvh,
                           xlmem__kernel_cost *cost)
{
    uint64_t ptes = layout->units[XLMEM__UNIT_PTE];
    uint64_t pmds = layout->units[XLMEM__UNIT_PMD];
    uint64_t sections = layout->units[XLMEM__UNIT_SECTION];

    cost->struct_page_kb =
        sections * SECTION_STRUCT_PAGES_KB +
        xlmem__round_up(sections * SECTION_USAGE_BYTES / 1024 + 1,
                        XLMEM__PAGE_KB);
    cost->page_table_kb = pmds * XLMEM__PAGE_KB;
    cost->p2m_kb = 0;
    if (pvh)
        return;
    cost->page_table_kb += (ptes + sections) * XLMEM__PAGE_KB;
    cost->p2m_kb = (ptes + 2 * pmds) * XLMEM__PAGE_KB;
}

uint64_t xlmem__metadata_kb(const xlmem__kernel_cost *cost)
{
    return cost->struct_page_kb + cost->p2m_kb + cost->page_table_kb +
           cost->hash_kb;
}

/* -------------------------------------------------------- hash tables --- */

/*
 * alloc_large_system_hash() of Linux (mm/page_alloc.c, since 6.4
 * mm/mm_init.c), as it works for a table that is given no size:
 *
 *   pages    rounded up to 1 MiB
 *   scale    one bucket for 2^scale bytes of memory; above 64 GiB one more for
 *            each factor of 4 (ADAPT_SCALE_BASE, ADAPT_SCALE_SHIFT)
 *   buckets  pages * 4096 / 2^scale, up to a power of two, at most 2^31 and no
 *            fewer than fill a page
 *
 * Only the dentry cache (scale 13) and the inode cache (scale 14, fs/dcache.c
 * and fs/inode.c) take theirs from the boot allocator, so that it is missing
 * from MemTotal.  TCP, UDP, mounts and the rest come later and show as used.
 */
#define PAGE_SHIFT 12
#define BUCKET_BYTES 8
#define DENTRY_SCALE 13
#define INODE_SCALE 14
#define BUCKETS_MAX (UINT64_C(1) << 31)
#define ADAPT_PAGES ((UINT64_C(64) << 30) >> PAGE_SHIFT)
#define ADAPT_SHIFT 2

static uint64_t power_of_two_at_least(uint64_t n)
{
    uint64_t power = 1;

    while (power < n && power < BUCKETS_MAX)
        power <<= 1;
    return power;
}

static uint64_t table_kb(uint64_t pages, unsigned scale)
{
    uint64_t buckets = xlmem__round_up(pages, (1 << 20) >> PAGE_SHIFT);
    uint64_t adapt;

    for (adapt = ADAPT_PAGES; adapt < buckets && adapt < UINT64_MAX >> 2;
         adapt <<= ADAPT_SHIFT)
        scale++;
    buckets >>= scale - PAGE_SHIFT;
    buckets = xlmem__max(buckets, (1 << PAGE_SHIFT) / BUCKET_BYTES);
    return power_of_two_at_least(buckets) * BUCKET_BYTES / 1024;
}

uint64_t xlmem__hash_kb(uint64_t pages)
{
    return table_kb(pages, DENTRY_SCALE) + table_kb(pages, INODE_SCALE);
}

/*
 * The pages that hash tables are sized by.  Before 6.10 all pages that might
 * come, less their struct pages (free_area_init_core); since then what the
 * boot allocator has free (calc_nr_kernel_pages).
 */
static uint64_t hash_pages(const xlmem__layout *layout,
                           const xlmem__boot *boot,
                           const xlmem__kernel_cost *cost)
{
    /* The hash tables are not there yet. */
    uint64_t early = xlmem__metadata_kb(cost) + xlmem__kernel_fixed_kb(boot);

    if (!xlmem__kernel_reaches(boot, (xlmem__release){6, 10}))
        return xlmem__sub0(cost->present_pages, layout->ram_pages * 64 / 4096);
    return xlmem__sub0(layout->initial_pages,
                       xlmem__div_up(early, XLMEM__PAGE_KB));
}

/* ----------------------------------------------------------- one boot --- */

/* One boot: what is computed, and what else bounds MemTotal. */
typedef struct computed {
    xlmem__kernel_cost cost;
    uint64_t have_kb, swiotlb_kb;
} computed;

static void compute(const xlmem_host *host, const xlmem__boot *boot,
                    uint64_t seen_pages, computed *to)
{
    xlmem_range pc[XLMEM__PC_RANGES];
    xlmem__layout layout;

    xlmem__layout_of(xlmem__host_ranges(host, pc), boot, seen_pages, &layout);
    to->cost = (xlmem__kernel_cost){
        /* Frame 0 is reserved before the kernel counts. */
        .present_pages = xlmem__sub0(layout.ram_pages, 1),
    };
    cost_of_layout(&layout, boot->pvh, &to->cost);
    to->cost.hash_kb = xlmem__hash_kb(hash_pages(&layout, boot, &to->cost));
    to->have_kb = layout.initial_pages * XLMEM__PAGE_KB;
    to->swiotlb_kb =
        !boot->pvh || layout.end_pfn > SWIOTLB_PFN ? XLMEM__SWIOTLB_KB : 0;
}

static bool same_kernel(const xlmem_dom0 *dom0, const xlmem__boot *boot)
{
    if (dom0->type != XLMEM_DOM_UNKNOWN &&
        (dom0->type == XLMEM_DOM_PVH) != boot->pvh)
        return false;
    if (!boot->linux_major)
        return true;
    return XLMEM_KNOWS(dom0, linux_major) && XLMEM_KNOWS(dom0, linux_minor) &&
           dom0->linux_major == boot->linux_major &&
           dom0->linux_minor == boot->linux_minor;
}

/* What dom0 can hold at the most: what Xen has given out, less the domUs'. */
static uint64_t most_kb(const xlmem_host *host)
{
    xlmem_host_parts parts;

    xlmem_host_parts_of(host, &parts);
    if (!XLMEM_KNOWS(&parts, total_kb) || !XLMEM_KNOWS(&parts, free_kb))
        return UINT64_MAX;
    return xlmem__sub0(
        xlmem__add_sat(xlmem__sub0(parts.total_kb, parts.free_kb),
                       ROUNDING_KB),
        parts.domus_kb);
}

/*
 * The memory dom0 has now, ballooned or not, hot-added or not: MemTotal moves
 * with it page by page, so that it takes the place of the size at boot.
 * *seen_r: something says so; else it is @booted_kb.  Returns false when that
 * is more than dom0 can hold: then it was ballooned, by nobody knows how much.
 */
static bool current_kb(const xlmem_host *host, uint64_t booted_kb,
                       uint64_t *kb_r, bool *seen_r)
{
    *seen_r = xlmem__dom0_size_of(host, kb_r);
    if (!*seen_r)
        *kb_r = booted_kb;
    return *kb_r <= most_kb(host);
}

/* @kb: of the memory dom0 has, what neither MemTotal nor what is computed
 * accounts for. */
static bool fixed_of(const computed *at, uint64_t kb, uint64_t memtotal_kb,
                     uint64_t most_kb, uint64_t *fixed_r)
{
    uint64_t known = xlmem__add_sat(
        memtotal_kb, xlmem__metadata_kb(&at->cost) + at->swiotlb_kb);
    uint64_t fixed = xlmem__sub0(kb, known);

    if (fixed < FIXED_MIN_KB || fixed > most_kb || fixed > at->have_kb / 2)
        return false;
    *fixed_r = fixed;
    return true;
}

/* By MemTotal, or by what its log says it had at boot, where no balloon has
 * had its hand in yet: free then, and what it freed of itself later. */
static bool fixed_as_seen(const xlmem_host *host, const computed *at,
                          uint64_t *fixed_r)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    uint64_t kb;
    bool seen;

    if (XLMEM_KNOWS(dom0, mem_total_kb) &&
        current_kb(host, at->have_kb, &kb, &seen) &&
        fixed_of(at, kb, dom0->mem_total_kb,
                 seen ? FIXED_MAX_KB : FIXED_UNSEEN_MAX_KB, fixed_r))
        return true;
    if (!XLMEM_KNOWS(dom0, boot_available_kb) ||
        !XLMEM_KNOWS(dom0, boot_init_kb))
        return false;
    kb = xlmem__add_sat(
        dom0->boot_available_kb,
        xlmem__add_sat(dom0->boot_init_kb, dom0->boot_ramdisk_kb));
    return fixed_of(at, at->have_kb, kb, FIXED_MAX_KB, fixed_r);
}

/* The fixed part without swiotlb as the running dom0 shows it; false: it does
 * not. */
static bool calibrated_fixed(const xlmem_host *host,
                             const xlmem__booted *booted,
                             const xlmem__boot *boot, uint64_t *fixed_r)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    xlmem__boot then = *boot;
    computed at;

    if (!same_kernel(dom0, boot) || !booted->known)
        return false;
    then.nr_pages = booted->nr_pages;
    then.max_pages = booted->max_pages;
    then.nr_cpus = dom0->nr_cpus;
    compute(host, &then, booted->seen_pages, &at);
    if (XLMEM_KNOWS(dom0, dentry_hash_entries) &&
        XLMEM_KNOWS(dom0, inode_hash_entries))
        at.cost.hash_kb = xlmem__add_sat(dom0->dentry_hash_entries,
                                         dom0->inode_hash_entries) /
                          (1024 / 8);
    return fixed_as_seen(host, &at, fixed_r);
}

/* The fixed part grows by a vCPU's areas from what it was seen with. */
static uint64_t for_cpus(uint64_t fixed_kb, uint64_t seen, uint64_t cpus,
                         uint64_t per_cpu_kb)
{
    if (!seen || !cpus)
        return fixed_kb;
    fixed_kb = xlmem__add_sat(fixed_kb, xlmem__mul_sat(cpus, per_cpu_kb));
    return xlmem__sub0(fixed_kb, xlmem__mul_sat(seen, per_cpu_kb));
}

int xlmem__kernel_cost_of(const xlmem_host *host, const xlmem__booted *booted,
                          const xlmem__boot *boot, xlmem__kernel_cost *cost_r)
{
    uint64_t cpus = 2, need_kb;
    computed at;

    compute(host, boot, 0, &at);
    at.cost.basis =
        boot->linux_major ? XLMEM_BASIS_KERNEL : XLMEM_BASIS_GENERIC;
    at.cost.fixed_kb = xlmem__kernel_fixed_kb(boot);
    if (calibrated_fixed(host, booted, boot, &at.cost.fixed_kb)) {
        at.cost.basis = XLMEM_BASIS_CALIBRATED;
        cpus = host->dom0.nr_cpus;
    }
    at.cost.fixed_kb =
        xlmem__add_sat(for_cpus(at.cost.fixed_kb, cpus, boot->nr_cpus,
                                xlmem__kernel_row_of(boot)->per_cpu_kb),
                       at.swiotlb_kb);
    need_kb = xlmem__add_sat(xlmem__metadata_kb(&at.cost), at.cost.fixed_kb);
    if (at.have_kb <= need_kb)
        return XLMEM_ERROR_INFEASIBLE;
    at.cost.memtotal_kb = at.have_kb - need_kb;
    *cost_r = at.cost;
    return 0;
}
