/* SPDX-License-Identifier: LGPL-2.1-only */
/* Domains in the making, out of a document that names them in any order. */
#ifndef XLMEM_DOMS_H
#define XLMEM_DOMS_H

#include "codec/facts.h"
#include "private/xen.h"

typedef struct xlmem__doms {
    size_t nr, room;
    xlmem_dom *doms;
    uint16_t place[XLMEM_DOMID_END]; /* its place in doms + 1, 0 = none */
} xlmem__doms;

xlmem__doms *xlmem__doms_alloc(void); /* NULL without memory */
void xlmem__doms_free(xlmem__doms *doms);

/* The domain of this id, made when it is new.  NULL: *rc_r says why. */
xlmem_dom *xlmem__doms_get(xlmem__doms *doms, uint64_t domid, int *rc_r);

/*
 * What is known of each domain becomes the host's, in ascending order of ids;
 * where the host's list is complete, only of those in it.  0 or NOMEM.
 */
int xlmem__doms_merge(xlmem__doms *doms, xlmem_host *host);

/* "pv", "pvh" or "hvm" as libxl writes it; UNKNOWN for others. */
xlmem_dom_type xlmem__dom_type(xlmem__str name);

#endif /* XLMEM_DOMS_H */
