/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the parts of the packing share. */
#ifndef XLMEM_FLEET_PACK_H
#define XLMEM_FLEET_PACK_H

#include "model/fleet/fleet.h"

/* What a gap has taken on. */
typedef struct xlmem__load {
    uint64_t stays_kb[XLMEM_FLEET_SIDES];
    uint64_t peak_kb[XLMEM_FLEET_SIDES];
    uint64_t nr_named; /* how many have a name that others have too */
} xlmem__load;

/* The search's note of one domU: where it stands, what its gap was before. */
typedef struct xlmem__level {
    size_t slot; /* place in gap_order; nr_gaps: left out; above: none yet */
    xlmem__load before;
    uint64_t left_kb; /* left out so far, this one not counted */
} xlmem__level;

/* The arena, laid out. */
typedef struct xlmem__desk {
    const xlmem_pack *pack;
    xlmem__load *loads;        /* of each gap */
    xlmem__level *levels;      /* of each domU, in order */
    xlmem_fleet_price *least;  /* of each domU: the least it takes anywhere */
    xlmem_fleet_price *behind; /* of each level and one more: sums of least */
    uint64_t *smallest;        /* of each level: the least in Xen behind it */
    size_t *order;             /* domUs, the largest first */
    size_t *gap_order;         /* gaps, the smallest first */
    size_t *class;             /* of each gap: the first with its prices */
    size_t *where;             /* of each domU that is placed, in order: a
                                  gap, or NOWHERE */
} xlmem__desk;

const xlmem_fleet_price *xlmem__pack_price(const xlmem_pack *pack, size_t domu,
                                           size_t gap);

/* What a gap has beside its own peak; in Xen with all that dom0 may give. */
uint64_t xlmem__gap_space_kb(const xlmem_fleet_gap *gap,
                             xlmem_fleet_side side);

/* Whether it fits into a gap that is loaded so. */
bool xlmem__load_fits(const xlmem_fleet_gap *gap, const xlmem__load *load,
                      const xlmem_fleet_price *price);

/* Whether the domU of a level may go there, beside those of the levels before
 * it. */
bool xlmem__level_fits(const xlmem__desk *desk, size_t level, size_t gap);

void xlmem__load_add(xlmem__load *load, const xlmem_fleet_price *price);

/* Order desk->order by a side of desk->least, the largest first. */
void xlmem__pack_sort(xlmem__desk *desk, xlmem_fleet_side side);

/* A proof that they do not fit; false: none of these bounds tells.  Sorts
 * desk->order. */
bool xlmem__pack_bound(xlmem__desk *desk, xlmem_pack_answer *answer);

/* All ways.  Fills the answer. */
void xlmem__pack_search(xlmem__desk *desk, xlmem_pack_answer *answer);

#endif /* XLMEM_FLEET_PACK_H */
