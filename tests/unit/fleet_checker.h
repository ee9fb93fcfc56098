/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whether an answer about a fleet is true, in the plainest words there are: it
 * shares nothing with what gave the answer but the question.
 */
#ifndef XLMEM_FLEET_CHECKER_H
#define XLMEM_FLEET_CHECKER_H

#include "model/fleet/fleet.h"

/* A gap takes so much on both sides at once: what is lacking in Xen dom0
 * gives, who has it less then. */
static inline bool checker_sides_hold(const xlmem_fleet_gap *gap,
                                      const uint64_t *takes)
{
    const uint64_t lacks =
        takes[0] > gap->room_kb[0] ? takes[0] - gap->room_kb[0] : 0;

    return lacks <= gap->give_kb && takes[1] + lacks <= gap->room_kb[1];
}

/* Of a name no two are there. */
static inline bool checker_names_hold(const xlmem_pack *p, const size_t *where,
                                      size_t gap)
{
    for (size_t d = 0; d < p->nr_domus; d++)
        for (size_t e = 0; e < d; e++)
            if (where[d] == gap && where[e] == gap &&
                p->prices[d * p->nr_gaps].name &&
                p->prices[d * p->nr_gaps].name ==
                    p->prices[e * p->nr_gaps].name)
                return false;
    return true;
}

/* All domUs that where[] puts into a gap are there at once, and one of them,
 * whichever takes most, is at its peak. */
static inline bool checker_gap_holds(const xlmem_pack *p, const size_t *where,
                                     size_t gap)
{
    uint64_t takes[XLMEM_FLEET_SIDES];
    bool empty = true;

    for (int side = 0; side < XLMEM_FLEET_SIDES; side++) {
        uint64_t peak = p->gaps[gap].peak_kb[side];

        takes[side] = 0;
        for (size_t d = 0; d < p->nr_domus; d++) {
            const xlmem_fleet_price *price = &p->prices[d * p->nr_gaps + gap];

            if (where[d] != gap)
                continue;
            if (price->barred)
                return false;
            empty = false;
            takes[side] += price->stays_kb[side];
            if (price->peak_kb[side] > peak)
                peak = price->peak_kb[side];
        }
        takes[side] += peak;
    }
    /* Nothing goes into one that has too little. */
    return empty || (checker_sides_hold(&p->gaps[gap], takes) &&
                     checker_names_hold(p, where, gap));
}

static inline bool checker_placement(const xlmem_pack *p, const size_t *where,
                                     bool whole)
{
    for (size_t d = 0; d < p->nr_domus; d++)
        if (where[d] >= p->nr_gaps && (whole || where[d] != SIZE_MAX))
            return false;
    for (size_t g = 0; g < p->nr_gaps; g++)
        if (!checker_gap_holds(p, where, g))
            return false;
    return true;
}

/* Every way, one after another. */
static inline bool checker_tries(const xlmem_pack *p, size_t *where, size_t at)
{
    if (at == p->nr_domus)
        return true;
    for (where[at] = 0; where[at] < p->nr_gaps; where[at]++) {
        bool holds = checker_gap_holds(p, where, where[at]);

        if (holds && checker_tries(p, where, at + 1))
            return true;
    }
    where[at] = SIZE_MAX;
    return false;
}

static inline bool checker_brute(const xlmem_pack *p, size_t *where)
{
    for (size_t d = 0; d < p->nr_domus; d++)
        where[d] = SIZE_MAX;
    return checker_tries(p, where, 0);
}

static inline bool checker_larger_than_each(const xlmem_pack *p, size_t domu)
{
    for (size_t g = 0; g < p->nr_gaps; g++) {
        uint64_t takes[XLMEM_FLEET_SIDES];

        for (int side = 0; side < XLMEM_FLEET_SIDES; side++) {
            const xlmem_fleet_price *c = &p->prices[domu * p->nr_gaps + g];
            uint64_t peak = p->gaps[g].peak_kb[side] > c->peak_kb[side]
                                ? p->gaps[g].peak_kb[side]
                                : c->peak_kb[side];

            takes[side] = c->stays_kb[side] + peak;
        }
        if (!p->prices[domu * p->nr_gaps + g].barred &&
            checker_sides_hold(&p->gaps[g], takes))
            return false;
    }
    return true;
}

/* The sum, or the number, of a set whose members are all different. */
static inline bool checker_bound(const xlmem_pack *p, const xlmem_proof *proof,
                                 const size_t *set)
{
    uint64_t need = 0, room = 0, fit = 0, least = UINT64_MAX;

    for (size_t i = 0; i < proof->nr; i++) {
        uint64_t own = UINT64_MAX;

        for (size_t j = 0; j < i; j++)
            if (set[i] == set[j])
                return false;
        for (size_t g = 0; g < p->nr_gaps; g++)
            if (p->prices[set[i] * p->nr_gaps + g].stays_kb[proof->side] < own)
                own = p->prices[set[i] * p->nr_gaps + g].stays_kb[proof->side];
        need += own;
        least = own < least ? own : least;
    }
    for (size_t g = 0; g < p->nr_gaps; g++) {
        const xlmem_fleet_gap *gap = &p->gaps[g];
        const uint64_t give =
            gap->give_kb < gap->room_kb[1] ? gap->give_kb : gap->room_kb[1];
        const uint64_t has =
            gap->room_kb[proof->side] + (proof->side ? 0 : give);
        const uint64_t peak = gap->peak_kb[proof->side];

        if (has < peak || has - peak < least)
            continue;
        room += has - peak;
        fit += least ? (has - peak) / least : proof->nr;
    }
    if (proof->kind == XLMEM_PROOF_SUM)
        return room < need && room == proof->room_kb && need == proof->need_kb;
    return fit < proof->nr && fit == proof->fit && least == proof->least_kb;
}

/* @small: a search can be made again by trying everything. */
static inline bool checker_answer(const xlmem_pack *p,
                                  const xlmem_pack_answer *a, bool small,
                                  size_t *scratch)
{
    if (a->verdict == XLMEM_PACK_YES)
        return checker_placement(p, a->where, true);
    if (a->verdict == XLMEM_PACK_UNKNOWN)
        return a->places >= p->limit;
    switch (a->proof.kind) {
    case XLMEM_PROOF_DOMAIN:
        return checker_larger_than_each(p, a->set[0]);
    case XLMEM_PROOF_SUM:
    case XLMEM_PROOF_LARGE:
        return checker_bound(p, &a->proof, a->set);
    case XLMEM_PROOF_SEARCH:
        return a->places < p->limit && (!small || !checker_brute(p, scratch));
    default:
        return false;
    }
}

#endif /* XLMEM_FLEET_CHECKER_H */
