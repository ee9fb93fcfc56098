/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The price of a domU by Xen release, in one place.
 *
 * The pool is what libxl_create.c computes (libxl_get_required_shadow_memory
 * up to 4.16, libxl__get_required_paging_memory since 4.17) and libxl_x86.c
 * hands to Xen for every guest that is not PV: in whole MiB up to 4.16
 * (SHADOW_OP_SET_ALLOCATION), to the page since 4.17
 * (set_paging_mempool_size).
 *
 * The other columns are measured (tests/fixtures/truth/needs-*.tsv): the
 * largest residue of a row, and some more, because Xen's small allocations
 * come out of pages that are sometimes there already and sometimes not.  An
 * HVM guest's 16 special pages and QEMU's ROMs are as much as the hole for VGA
 * leaves out.
 */
#include <string.h>

#include "model/need.h"

#define POOL_4_14                                                             \
    "libxl 4.14 to 4.16: 256 pages a vCPU and two a MiB of maxmem, in MiB"
#define POOL_4_17                                                             \
    "libxl since 4.17: 256 pages a vCPU, one a MiB of maxmem with HAP, two "  \
    "without"
#define SPECIAL "measured: 17 pages, 18 from 16 vCPUs on (ACPI tables)"
#define SPECIAL_4_20 "measured: 15 pages"
#define MEASURED(suite) "measured: tests/fixtures/truth/needs-" suite ".tsv"

static const xlmem__need_release releases[] = {
    {
        .since = {4, 14},
        .pool_vcpu_pages = 256,
        .pool_hap_mib_pages = 2,
        .pool_shadow_mib_pages = 2,
        .pool_unit_kb = XLMEM__MIB_KB,
        .pool_source = POOL_4_14,
        .pv = {0, 104, 13, NULL, MEASURED("bullseye")},
        .pvh = {72, 96, 38, SPECIAL, MEASURED("bullseye")},
        .hvm = {0, 124, 38, NULL, MEASURED("hvm")},
    },
    {
        .since = {4, 17},
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
        .since = {4, 20},
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

const xlmem__need_release *xlmem__need_release_of(const xlmem_host *host)
{
    size_t i = sizeof(releases) / sizeof(releases[0]) - 1;

    if (!xlmem__knows_xen(host))
        return &releases[DEAREST];
    while (i && !xlmem__xen_reaches(host, releases[i].since))
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

/*
 * What Xen keeps of the VGA window for every HVM guest (vram_page of arch/x86/
 * hvm/stdvga.c) until the fix of XSA-463, which every stable branch has since
 * 2024-11-12.  Nothing that Xen says of itself tells for certain: releases go
 * by their number, but distributions lay the fix over older ones.
 */
#define VGA_KB (64 * XLMEM__PAGE_KB)

static const struct {
    uint64_t minor, patch;
} without_vga[] = {
    {16, 7},
    /* 4.17.6; Debian's 4.17.5 begins 23 commits after the release, the fix is
     * the 21st, and is measured to be without (needs-hvm.tsv). */
    {17, 5},
    {18, 4},
    {19, 1},
};

/* The third number of "4.17.5" or "4.17.6-pre", which comes before 4.17.6; 0
 * where there is none. */
static uint64_t patch_of(const char *version)
{
    const char *at = version ? strchr(version, '.') : NULL;
    xlmem__str tail = {NULL, 0};
    uint64_t patch;
    size_t used;

    at = at ? strchr(at + 1, '.') : NULL;
    if (at)
        tail = (xlmem__str){at + 1, strlen(at + 1)};
    if (xlmem__number(tail, 10, &patch, &used))
        return 0;
    return patch && !strncmp(tail.p + used, "-pre", 4) ? patch - 1 : patch;
}

uint64_t xlmem__need_vga_kb(const xlmem_host *host)
{
    const size_t nr = sizeof(without_vga) / sizeof(without_vga[0]);
    size_t i;

    if (!xlmem__knows_xen(host))
        return VGA_KB;
    if (host->xen_major != 4)
        return host->xen_major < 4 ? VGA_KB : 0;
    for (i = 0; i < nr; i++)
        if (host->xen_minor == without_vga[i].minor)
            return patch_of(host->xen_version) < without_vga[i].patch ? VGA_KB
                                                                      : 0;
    return host->xen_minor < without_vga[0].minor ? VGA_KB : 0;
}
