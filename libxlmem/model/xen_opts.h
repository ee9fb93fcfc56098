/* SPDX-License-Identifier: LGPL-2.1-only */
/* The options of Xen's command line, beside dom0_mem, that cost memory: what a
 * line says, and what that comes to on a host. */
#ifndef XLMEM_XEN_OPTS_H
#define XLMEM_XEN_OPTS_H

#include "model/units.h"

/* What a line says, whatever the host.  Texts are the line's. */
typedef struct xlmem__xen_opts {
    bool dom0;        /* there is a dom0= */
    bool pvh, shadow; /* dom0=pvh, dom0=shadow */
    bool no_iommu;    /* iommu=off */
    bool passthrough; /* dom0-iommu=passthrough, iommu=dom0-passthrough */
    bool no_dom0_iommu;
    bool no_pv32;                  /* pv=no-32 */
    uint64_t vcpus_min, vcpus_max; /* dom0_max_vcpus=; UINT64_MAX: no bound */
    xlmem__str mem;                /* mem=, which hides memory; NULL: none */
    xlmem__str crash_size;         /* crashkernel=SIZE; empty: none */
    xlmem__str crash_ranges;       /* crashkernel=START-END:SIZE,... */
} xlmem__xen_opts;

#define XLMEM__XEN_OPTS_NONE                                                  \
    ((xlmem__xen_opts){.vcpus_max = UINT64_MAX,                               \
                       .crash_size = {"", 0},                                 \
                       .crash_ranges = {"", 0}})

/* Read one option, as Xen does: they add up, and of what they set the last one
 * counts. */
void xlmem__xen_opts_take(xlmem__str name, xlmem__str value,
                          xlmem__xen_opts *opts);

/* What it comes to. */
typedef struct xlmem__xen_setup {
    bool pvh, shadow;
    bool dom0_iommu; /* dom0 gets IOMMU tables, if the host has one */
    bool pv32;
    uint64_t dom0_vcpus; /* 0: not known */
    uint64_t crash_kb;   /* crashkernel= on this host */
} xlmem__xen_setup;

/*
 * @host: for the number of CPUs; what crashkernel= is a function of is
 * @total_kb.
 */
void xlmem__xen_setup_of(const xlmem__xen_opts *opts, const xlmem_host *host,
                         uint64_t total_kb, xlmem__xen_setup *setup_r);

#endif /* XLMEM_XEN_OPTS_H */
