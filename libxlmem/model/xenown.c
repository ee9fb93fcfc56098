/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What Xen keeps for itself.
 *
 *   total = frame table + M2P + IOMMU tables + crash kernel + heap
 *           + dom0's paging pool + sum over domains + free
 *
 * The tables are made for groups of RAM, each for as much as a 2 MiB page of
 * table describes, and a group without any RAM has none:
 *
 *   frame table   32 B per page: 2 MiB for each 256 MiB    (init_frametable)
 *   M2P            8 B per page: 2 MiB for each   1 GiB    (paging_init)
 *   compat M2P     4 B per page: 2 MiB for each   2 GiB    (paging_init)
 *
 * (Xen arch/x86/mm.c and arch/x86/x86_64/mm.c, 4.14 to 4.20.)  What is left is
 * the heap, which no formula gives: it is measured, or for a host that is
 * running is what its own accounting leaves over.
 */
#include "model/xenown.h"

#include <string.h>

#include "model/checked.h"
#include "model/kernel_layout.h"

#define CHUNK_KB (2 * XLMEM__MIB_KB)

/*
 * Measured with two CPUs (tests/fixtures/truth).  The heap when dom0 is built
 * comes to the page from nr_pages of "50%" or no dom0_mem at all: the tables
 * above, a vCPU and this are what is missing from the total.  Then Xen frees
 * its init sections ("Freed 668kB init memory" in its log); what is left is
 * within the MiB that `xl info` shows, on hosts of 4, 16 and 64 GiB, pc and
 * q35.  Each further CPU: two more took 233 to 372 kB.
 * 4.14 has the compat M2P, 4.17 and 4.20 as Debian builds them do not.  IOMMU
 * tables map in pages of 2 MiB since 4.17 (commits 4b7c48b4ba, 2e70db30b3).
 */
#define CPU_HEAP_KB 150
#define CPUS_MEASURED 2

static const struct xen_release {
    xlmem__release since;
    bool compat_m2p, iommu_superpages;
    uint64_t heap_kb, init_kb;
} releases[] = {
    {{4, 14}, true, false, 4364, 612},
    {{4, 17}, false, true, 3348, 668},
    {{4, 20}, false, true, 3208, 656},
};

/* A domU's share of the heap beside its pages and pool: what a paused
 * `xl create` takes over them (truth/needs.tsv: 88 to 112 kB). */
#define DOMU_HEAP_KB 100

/* The newest release not after the host's; the oldest when it is older still;
 * the newest when it is not known. */
static const struct xen_release *xen_release_of(const xlmem_host *host)
{
    size_t i = sizeof(releases) / sizeof(releases[0]) - 1;

    while (i && !xlmem__xen_reaches(host, releases[i].since))
        i--;
    return &releases[i];
}

xlmem__release xlmem__xenown_newest(void)
{
    return releases[sizeof(releases) / sizeof(releases[0]) - 1].since;
}

/* Groups of 2^shift frames with any RAM in them. */
static uint64_t groups(xlmem__ranges ram, unsigned shift)
{
    uint64_t n = 0, next = 0;
    size_t i;

    for (i = 0; i < ram.nr; i++) {
        uint64_t first = ram.p[i].start >> 12 >> shift;
        uint64_t last = (ram.p[i].end - 1) >> 12 >> shift;

        if (ram.p[i].type != XLMEM_RANGE_RAM)
            continue;
        first = xlmem__max(first, next);
        if (first <= last)
            n += last - first + 1;
        next = xlmem__max(next, last + 1);
    }
    return n;
}

static uint64_t top_pages(xlmem__ranges ram)
{
    uint64_t top = 0;
    size_t i;

    for (i = 0; i < ram.nr; i++)
        if (ram.p[i].type == XLMEM_RANGE_RAM)
            top = xlmem__max(top, ram.p[i].end >> 12);
    return top;
}

/* Tables of all levels to map so many frames in pages of 2^shift. */
static uint64_t iommu_pages(uint64_t frames, unsigned shift)
{
    uint64_t pages = 0;

    for (frames >>= shift + 9; frames; frames >>= 9)
        pages += frames;
    return pages;
}

/* dom0_paging_pages() of arch/x86/dom0_build.c, 4.14 to 4.20. */
static uint64_t dom0_pool_kb(const xlmem__xen_setup *setup, uint64_t nr_pages)
{
    uint64_t per_mib = setup->pvh ? 1 + setup->shadow : setup->shadow;
    uint64_t mib = nr_pages / 256;

    if (!setup->pvh && !setup->shadow)
        return 0;
    return xlmem__round_up(4 * (256 * setup->dom0_vcpus + per_mib * mib),
                           XLMEM__MIB_KB);
}

static void tables_of(const xlmem_host *host, const xlmem__xen_setup *setup,
                      xlmem__xenown *own)
{
    const struct xen_release *release = xen_release_of(host);
    xlmem_range pc[XLMEM__PC_RANGES];
    xlmem__ranges ram = xlmem__host_ranges(host, pc);

    own->frametable_kb = groups(ram, 16) * CHUNK_KB;
    own->m2p_kb = groups(ram, 18) * CHUNK_KB;
    if (release->compat_m2p && setup->pv32)
        own->m2p_kb += groups(ram, 19) * CHUNK_KB;
    if (host->iommu && setup->dom0_iommu)
        own->iommu_kb =
            XLMEM__PAGE_KB *
            iommu_pages(top_pages(ram), release->iommu_superpages ? 9 : 0);
    own->crashkernel_kb = setup->crash_kb;
    own->heap_kb = xlmem__add_sat(
        release->heap_kb,
        xlmem__mul_sat(xlmem__sub0(host->nr_cpus, CPUS_MEASURED),
                       CPU_HEAP_KB));
}

uint64_t xlmem__xenown_kb(const xlmem__xenown *own)
{
    return xlmem__add_sat(own->frametable_kb + own->m2p_kb + own->iommu_kb +
                              own->crashkernel_kb,
                          own->heap_kb);
}

/* What a running host's accounting leaves for Xen; false: not to be told. */
static bool measured_kb(const xlmem_host *host, const xlmem__xen_setup *setup,
                        uint64_t *kb_r)
{
    xlmem_host_parts parts;
    uint64_t pools;

    if (XLMEM_KNOWS(host, xen_kb)) {
        *kb_r = host->xen_kb;
        return true;
    }
    xlmem_host_parts_of(host, &parts);
    if (!XLMEM_KNOWS(&parts, xen_kb) || !XLMEM_KNOWS(&parts, pools_kb))
        return false;
    pools = XLMEM_KNOWS(&parts, dom0_pool_kb)
                ? parts.dom0_pool_kb
                : dom0_pool_kb(setup, parts.dom0_kb / XLMEM__PAGE_KB);
    pools = xlmem__add_sat(pools, parts.pools_kb);
    *kb_r = xlmem__sub0(
        parts.xen_kb,
        xlmem__add_sat(pools, xlmem__mul_sat(parts.nr_domus, DOMU_HEAP_KB)));
    return *kb_r != 0;
}

/*
 * The heap is what the measured sum leaves beside the tables of the line that
 * the host was booted with.
 */
static void calibrate(const xlmem_host *host, const xlmem__xen_line *booted,
                      xlmem__xenown *own)
{
    xlmem__xenown as_booted = {.heap_kb = 0};
    xlmem__xen_setup setup;
    uint64_t kb, tables;

    xlmem__xen_setup_of(&booted->opts, host, own->total_pages * XLMEM__PAGE_KB,
                        &setup);
    tables_of(host, &setup, &as_booted);
    tables = xlmem__xenown_kb(&as_booted) - as_booted.heap_kb;
    if (!measured_kb(host, &setup, &kb) || kb < tables)
        return;
    own->heap_kb = kb - tables;
    own->measured = true;
}

/*
 * What dom0_mem= is relative to, in the order of dom0_compute_nr_pages() of
 * arch/x86/dom0_build.c, 4.20: the free pages, less a page for each further
 * vCPU, less a reserve for IOMMU tables in 4 KiB pages, less dom0's pool as a
 * first guess of its size gives it.
 */
static int avail_of(const xlmem_host *host, const xlmem__dom0mem *spec,
                    xlmem__xenown *own)
{
    const xlmem__xen_setup *setup = &own->setup;
    uint64_t taken = xlmem__xenown_kb(own) - own->iommu_kb, iommu = 0, avail,
             pool;
    xlmem_range pc[XLMEM__PC_RANGES];

    if (own->iommu_kb)
        iommu = XLMEM__PAGE_KB *
                iommu_pages(top_pages(xlmem__host_ranges(host, pc)), 0);
    taken = xlmem__add_sat(taken, xen_release_of(host)->init_kb);
    avail = xlmem__sub0(own->total_pages, taken / XLMEM__PAGE_KB);
    avail = xlmem__sub0(avail, xlmem__sub0(setup->dom0_vcpus, 1));
    avail = xlmem__sub0(avail, iommu / XLMEM__PAGE_KB);
    if (!avail)
        return XLMEM_ERROR_INFEASIBLE;
    xlmem__dom0mem_apply(spec, avail, &own->nr_pages, &own->max_pages);
    pool = dom0_pool_kb(setup, own->nr_pages);
    avail = xlmem__sub0(avail, xlmem__sub0(pool, iommu) / XLMEM__PAGE_KB);
    xlmem__dom0mem_apply(spec, avail, &own->nr_pages, &own->max_pages);
    own->pool_kb = dom0_pool_kb(setup, own->nr_pages);
    own->avail_pages = avail;
    return avail ? 0 : XLMEM_ERROR_INFEASIBLE;
}

static uint64_t total_pages(const xlmem_host *host)
{
    uint64_t kb = 0;

    if (XLMEM_KNOWS(host, total_kb))
        kb = host->total_kb;
    else if (host->map.nr)
        kb = xlmem_map_usable_kb(&host->map);
    return xlmem__min(kb / XLMEM__PAGE_KB, XLMEM__PAGES_MAX);
}

int xlmem__xenown_of(const xlmem_host *host, const xlmem__xen_line *booted,
                     const xlmem__xen_line *line, xlmem__xenown *own_r)
{
    xlmem__xenown own = {.total_pages = total_pages(host)};
    int rc;

    xlmem__xen_setup_of(&line->opts, host, own.total_pages * XLMEM__PAGE_KB,
                        &own.setup);
    own_r->setup = own.setup;
    own_r->total_pages = own.total_pages;
    if (!own.total_pages)
        return XLMEM_ERROR_UNKNOWN;
    tables_of(host, &own.setup, &own);
    calibrate(host, booted, &own);
    rc = avail_of(host, &line->dom0mem, &own);
    if (rc)
        return rc;
    *own_r = own;
    return 0;
}
