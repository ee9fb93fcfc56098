/* SPDX-License-Identifier: LGPL-2.1-only */
/* The options of Xen's command line, beside dom0_mem, that cost memory. */
#ifndef XLMEM_XENOWN_OPTS_H
#define XLMEM_XENOWN_OPTS_H

#include "model/units.h"

typedef struct xlmem__xen_opts {
    bool pvh, shadow;    /* dom0=pvh, dom0=shadow */
    bool dom0_iommu;     /* dom0 gets IOMMU tables, if the host has one */
    bool pv32;           /* false: pv=no-32 */
    uint64_t dom0_vcpus; /* 0: not known */
    uint64_t crash_kb;   /* crashkernel= on this host */
} xlmem__xen_opts;

/*
 * @host: for the number of CPUs; what crashkernel= is a function of is
 * @total_kb.
 */
void xlmem__xen_opts_of(const char *line, const xlmem_host *host,
                        uint64_t total_kb, xlmem__xen_opts *opts_r);

#endif /* XLMEM_XENOWN_OPTS_H */
