/* SPDX-License-Identifier: LGPL-2.1-only */
/* What changes from one Xen release to the next in the price of a domU. */
#ifndef XLMEM_NEED_H
#define XLMEM_NEED_H

#include "model/release.h"
#include "model/units.h"

/* Beside a guest's memory and its paging pool, in kB. */
typedef struct xlmem__need_extra {
    uint64_t special_kb; /* pages of the guest that memory= does not count */
    uint64_t domain_kb;  /* Xen's structures for the domain */
    uint64_t vcpu_kb;    /* and for each vCPU */
    const char *special_source, *xen_source;
} xlmem__need_extra;

typedef struct xlmem__need_release {
    xlmem__release since;
    /* The paging pool libxl asks for, in pages; a PV guest gets none. */
    uint64_t pool_vcpu_pages;       /* for each vCPU */
    uint64_t pool_hap_mib_pages;    /* for each MiB of maxmem, with HAP */
    uint64_t pool_shadow_mib_pages; /* and without */
    uint64_t pool_unit_kb;          /* the sum is rounded up to this */
    const char *pool_source;
    xlmem__need_extra pv, pvh, hvm;
} xlmem__need_release;

/*
 * The table's row for a host's Xen.  Releases before and after the table's are
 * taken for its oldest and newest; where it is not known, the dearest.
 */
const xlmem__need_release *xlmem__need_release_of(const xlmem_host *host);

/* A row's extras for a type; NULL for XLMEM_DOM_UNKNOWN. */
const xlmem__need_extra *
xlmem__need_extra_of(const xlmem__need_release *release, xlmem_dom_type type);

/* What Xen keeps for an HVM guest's VGA window; where the version does not
 * say, as if it did. */
uint64_t xlmem__need_vga_kb(const xlmem_host *host);

/* The paging pool alone.  Results as xlmem_need_of. */
int xlmem__need_pool_kb(const xlmem_host *host,
                        const xlmem_need_request *request, uint64_t *kb_r);

/* What dom0 pays for a domU: fills dom0_need_kb, dom0_build_kb and
 * dom0_terms. */
int xlmem__need_dom0(const xlmem_need_request *request, xlmem_need *need);

/* Adds a term to a list and to its sum; XLMEM_ERROR_RANGE.  A term of 0 kB is
 * left out. */
int xlmem__need_term(xlmem_term *terms, size_t *nr, uint64_t *sum_kb,
                     const xlmem_term *term);

#endif /* XLMEM_NEED_H */
