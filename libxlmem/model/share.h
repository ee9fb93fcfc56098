/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How much each domain gets of the memory that there is: docs/design/
 * rebalance.md, "The rule".
 */
#ifndef XLMEM_MODEL_SHARE_H
#define XLMEM_MODEL_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As a weight of Xen's credit schedulers is bounded (xl sched-credit). */
#define XLMEM__WEIGHT_MAX 65535
/* Of a domain of which nobody has said one: XAPI's and Xen's credit scheduler
 * start at the same. */
#define XLMEM__WEIGHT_USUAL 256

/* One domain, in kB; floor <= demand <= ceiling, all below 2^53. */
typedef struct xlmem__share {
    uint64_t floor_kb, demand_kb, ceiling_kb;
    uint32_t weight;    /* 1 to XLMEM__WEIGHT_MAX */
    bool first;         /* up to its demand before all others: dom0 */
    uint64_t target_kb; /* what it gets */
} xlmem__share;

/* How far the memory goes. */
typedef enum xlmem__plenty {
    XLMEM__BELOW_FLOORS,  /* not even so far: all are at their floor */
    XLMEM__FIRST_SCARCE,  /* those that come first lack some of their demand,
                             all others are at their floor */
    XLMEM__OTHERS_SCARCE, /* the others lack some of theirs */
    XLMEM__SURPLUS,       /* all have their demand, and some more */
    XLMEM__ALL_FULL,      /* all are at their ceiling */
} xlmem__plenty;

/* What a domain can take in: from a level on, and up to another. */
typedef struct xlmem__cup {
    uint64_t low_kb, high_kb;
    uint64_t weight;
} xlmem__cup;

/*
 * Where the rule works: the caller's, with room for as many cups and followers
 * as there are domains.  What was found is kept from one call to the next, and
 * makes that faster where little has changed; it never changes what comes out.
 * All 0 at first.
 */
typedef struct xlmem__share_room {
    xlmem__cup *cups;
    uint64_t *followers;
    xlmem__plenty plenty; /* of the last call */
    unsigned int bits;    /* of what its level is counted in */
    uint64_t level;       /* 0: there was none */
} xlmem__share_room;

/*
 * Share out @pool_kb: all that the domains have, and what there is beside.
 * The targets' sum is @pool_kb; that of the floors where they are more, and
 * that of the ceilings where they are less.
 *
 * @list: in ascending order of domids, those that come first before all
 *   others.  Between two who differ by the last kB only, who stands before has
 *   it.  What is out of order in it is put in order: a ceiling below the floor
 *   is the floor, a demand outside of them the nearer one, a weight of 0 is 1.
 * Returns how far it went.  Takes O(@nr), whatever the values are; allocates
 * nothing.
 */
xlmem__plenty xlmem__share_out(xlmem__share *list, size_t nr, uint64_t pool_kb,
                               xlmem__share_room *room);

#endif /* XLMEM_MODEL_SHARE_H */
