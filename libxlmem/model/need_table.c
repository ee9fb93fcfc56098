/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The price of a domU by Xen release, in one place.
 *
 * The pool is what libxl_create.c computes (libxl_get_required_shadow_memory
 * up to 4.16, libxl__get_required_paging_memory since 4.17) and libxl_x86.c
 * hands to Xen for every guest that is not PV: in whole MiB up to 4.16
 * (SHADOW_OP_SET_ALLOCATION), to the page since 4.17 (set_paging_mempool_size).
 *
 * The other columns are measured (tests/fixtures/truth/needs-*.tsv): the
 * largest residue of a row, and some more, because Xen's small allocations
 * come out of pages that are sometimes there already and sometimes not.  An
 * HVM guest's 16 special pages and QEMU's ROMs are as much as the hole for VGA
 * leaves out.
 */
#include "model/need.h"

#define POOL_4_14                                                             \
    "libxl 4.14 to 4.16: 256 pages a vCPU and two a MiB of maxmem, in MiB"
#define POOL_4_17                                                             \
    "libxl since 4.17: 256 pages a vCPU, one a MiB of maxmem with HAP, two "  \
    "without"
#define SPECIAL "measured: 17 pages, 18 from 16 vCPUs on (ACPI tables)"
#define SPECIAL_4_20 "measured: 15 pages"
#define MEASURED(suite) "measured: tests/fixtures/truth/needs-" suite ".tsv"

/*
 * What Xen kept of the VGA window for every HVM guest (vram_page of arch/x86/
 * hvm/stdvga.c) until the fix of XSA-463: 4.16.7, 4.17.6, 4.18.4, 4.19.1 and
 * Debian's 4.17.5.  A 4.17 to 4.19 without it takes so much more than is said
 * here: its version number does not tell.
 */
#define VGA_KB (64 * 4)

static const xlmem__need_release releases[] = {
    {
        .major = 4,
        .minor = 14,
        .pool_vcpu_pages = 256,
        .pool_hap_mib_pages = 2,
        .pool_shadow_mib_pages = 2,
        .pool_unit_kb = XLMEM__MIB_KB,
        .pool_source = POOL_4_14,
        .pv = {0, 104, 13, NULL, MEASURED("bullseye")},
        .pvh = {72, 96, 38, SPECIAL, MEASURED("bullseye")},
        .hvm = {0, 124 + VGA_KB, 38, NULL, MEASURED("hvm")},
    },
    {
        .major = 4,
        .minor = 17,
        .pool_vcpu_pages = 256,
        .pool_hap_mib_pages = 1,
        .pool_shadow_mib_pages = 2,
        .pool_unit_kb = XLMEM__PAGE_KB,
        .pool_source = POOL_4_17,
        .pv = {0, 104, 13, NULL, MEASURED("bookworm")},
        .pvh = {72, 96, 38, SPECIAL, MEASURED("bookworm")},
        .hvm = {0, 124, 38, NULL, MEASURED("hvm")},
    },
    {
        .major = 4,
        .minor = 20,
        .pool_vcpu_pages = 256,
        .pool_hap_mib_pages = 1,
        .pool_shadow_mib_pages = 2,
        .pool_unit_kb = XLMEM__PAGE_KB,
        .pool_source = POOL_4_17,
        .pv = {0, 96, 13, NULL, MEASURED("trixie")},
        .pvh = {60, 104, 38, SPECIAL_4_20, MEASURED("trixie")},
        .hvm = {0, 124, 38, NULL, MEASURED("hvm")},
    },
};

/* No row is dearer than this one (tested): for a host whose release is not
 * known. */
#define DEAREST 0

static bool is_after(const xlmem__need_release *release,
                     const xlmem_host *host)
{
    return release->major > host->xen_major ||
           (release->major == host->xen_major &&
            release->minor > host->xen_minor);
}

const xlmem__need_release *xlmem__need_release_of(const xlmem_host *host)
{
    size_t i = sizeof(releases) / sizeof(releases[0]) - 1;

    if (!XLMEM_KNOWS(host, xen_major) || !XLMEM_KNOWS(host, xen_minor))
        return &releases[DEAREST];
    while (i && is_after(&releases[i], host))
        i--;
    return &releases[i];
}

const xlmem__need_extra *
xlmem__need_extra_of(const xlmem__need_release *release, xlmem_dom_type type)
{
    switch (type) {
    case XLMEM_DOM_PV:
        return &release->pv;
    case XLMEM_DOM_PVH:
        return &release->pvh;
    case XLMEM_DOM_HVM:
        return &release->hvm;
    default:
        return NULL;
    }
}
