/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which zones of a node count, and what they can serve together. */
#ifndef XLMEM_MODEL_DOCTOR_ZONES_H
#define XLMEM_MODEL_DOCTOR_ZONES_H

#include "model/doctor/buddy.h"

typedef struct xlmem__node {
    uint64_t node;
    const xlmem_vitals_zone *top; /* where kernel requests go first */
    /* The one below it, of which one is set; a third is perhaps. */
    const xlmem_vitals_zone *helper;  /* requests go on to it */
    const xlmem_vitals_zone *shut;    /* it keeps what it has for others */
    const xlmem_vitals_zone *perhaps; /* what it keeps is not known */
    uint64_t kept_pages;              /* what it keeps; 0: not known */
    bool estimated;                   /* that, and it is more */
    bool unsure; /* the top zone may be too small to matter, which nothing
                    tells: judge the one below by itself, too */
    bool unsure_below; /* the same of that one */
    uint64_t nr_orders;
    uint64_t blocks[XLMEM_NR_ORDERS];         /* of top and helper together */
    uint64_t perhaps_blocks[XLMEM_NR_ORDERS]; /* and of the one that may */
} xlmem__node;

/* Where kernel requests go first, highest; 0: nowhere near it. */
unsigned xlmem__zone_rank(const xlmem_vitals_zone *zone);

/* Free lists of all, and of all that may be. */
xlmem__buddy xlmem__node_buddy(const xlmem__node *node);
xlmem__buddy xlmem__node_buddy_perhaps(const xlmem__node *node);
xlmem__buddy xlmem__zone_buddy(const xlmem_vitals_zone *zone);

/* Where kernel requests go first, and its lists are lost: they stand in a
 * record that is cut.  What is below it says nothing of the node. */
bool xlmem__is_cut_off(const xlmem_vitals_zone *zone);

/*
 * The node of zone @i.
 * Returns false where an earlier zone is of it, nothing of it counts, or the
 * lists of what counts most are lost.
 */
bool xlmem__node_of(const xlmem_vitals *vitals, size_t i, xlmem__node *node_r);

/* The node without its top zone, and with nothing else. */
xlmem__node xlmem__node_below(const xlmem__node *node);
xlmem__node xlmem__node_top(const xlmem__node *node);

#endif /* XLMEM_MODEL_DOCTOR_ZONES_H */
