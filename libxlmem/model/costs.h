/* SPDX-License-Identifier: LGPL-2.1-only */
/* What things cost in dom0's memory, in kB, each with where it is from. */
#ifndef XLMEM_COSTS_H
#define XLMEM_COSTS_H

#include <stdint.h>

typedef struct xlmem__cost {
    uint64_t kb;
    const char *source;
} xlmem__cost;

typedef enum xlmem__cost_item {
    XLMEM__COST_SERVICES, /* init, ssh, logging, xenstored, xenconsoled */
    XLMEM__COST_SERVICES_LEAST, /* the same where nothing is going on */
    XLMEM__COST_DOMU,           /* any domU: xenstore nodes, event channels */
    XLMEM__COST_MONITOR,        /* the xl that stays behind a create */
    XLMEM__COST_QEMU,           /* device model of an HVM domU */
    XLMEM__COST_VIF_QUEUE,      /* netback, one queue */
    XLMEM__COST_VBD_RING,       /* blkback, one ring */
    XLMEM__COST_CACHE,          /* page cache of the services */
    XLMEM__COST_CACHE_DOMU,     /* page cache, each domU */
    XLMEM__COST_CPU,     /* each vCPU of dom0, beyond the kernel's own */
    XLMEM__COST_BUILD,   /* of dom0's size, each domU, for when it is built */
    XLMEM__COST_BUILDER, /* whoever builds a domU, while he does */
    XLMEM__COST_RESTORE, /* the same of an image, beside that */
    XLMEM__COST_BUILD_KERNEL, /* a kernel of which nothing is known */
    XLMEM__COST_OPERATIONS,   /* a domain being built, an upgrade */
    XLMEM__COST_NR
} xlmem__cost_item;

extern const xlmem__cost xlmem__costs[XLMEM__COST_NR];

#endif /* XLMEM_COSTS_H */
