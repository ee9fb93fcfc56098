/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whether an answer about a fleet is true, in the plainest words there are: it
 * shares nothing with what gave the answer but the question.
 */
#ifndef XLMEM_FLEET_CHECKER_H
#define XLMEM_FLEET_CHECKER_H

#include "model/fleet/fleet.h"

/* All domUs that where[] puts into a gap are there at once, and one of them,
 * whichever takes most, is at its peak. */
static inline bool checker_gap_holds(const xlmem_pack *p, const size_t *where,
                                     size_t gap)
{
    for (int side = 0; side < XLMEM_FLEET_SIDES; side++) {
        uint64_t sum = 0, peak = p->gaps[gap].peak_kb[side];

        for (size_t d = 0; d < p->nr_domus; d++) {
            const xlmem_fleet_price *price = &p->prices[d * p->nr_gaps + gap];

            if (where[d] != gap)
                continue;
            sum += price->stays_kb[side];
            if (price->peak_kb[side] > peak)
                peak = price->peak_kb[side];
        }
        /* Also of one that nothing goes into and that has too little. */
        for (size_t d = 0; d < p->nr_domus; d++)
            if (where[d] == gap && sum + peak > p->gaps[gap].room_kb[side])
                return false;
    }
    return true;
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
        bool fits = true;

        for (int side = 0; side < XLMEM_FLEET_SIDES; side++) {
            const xlmem_fleet_price *c = &p->prices[domu * p->nr_gaps + g];
            uint64_t peak = p->gaps[g].peak_kb[side] > c->peak_kb[side]
                                ? p->gaps[g].peak_kb[side]
                                : c->peak_kb[side];

            fits &= c->stays_kb[side] + peak <= p->gaps[g].room_kb[side];
        }
        if (fits)
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
        const uint64_t has = p->gaps[g].room_kb[proof->side],
                       peak = p->gaps[g].peak_kb[proof->side];

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
