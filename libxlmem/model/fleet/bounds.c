/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Proofs that some domUs do not fit, which a person can check.  Each looks at
 * one side, at what the domUs take there at the least, and at what the gaps
 * have at the most beside their own peak: what is impossible so is impossible.
 *
 *     domain   it is larger than each gap that is not barred to it
 *     sum      the k largest together need more than all gaps have that are
 *              at least as large as the least of them
 *     large    the k largest are more than go into the gaps by their number,
 *              were each of them no larger than the least of them
 */
#include "model/checked.h"
#include "model/fleet/pack.h"

static bool fits_any(const xlmem_pack *pack, size_t domu)
{
    const xlmem__load none = {.nr_named = 0};
    size_t g;

    for (g = 0; g < pack->nr_gaps; g++)
        if (xlmem__load_fits(&pack->gaps[g], &none,
                             xlmem__pack_price(pack, domu, g)))
            return true;
    return false;
}

static bool bound_domain(const xlmem__desk *desk, xlmem_pack_answer *answer)
{
    size_t d;

    for (d = 0; d < desk->pack->nr_domus; d++) {
        if (fits_any(desk->pack, d))
            continue;
        answer->proof = (xlmem_proof){.kind = XLMEM_PROOF_DOMAIN, .nr = 1};
        answer->set[0] = d;
        return true;
    }
    return false;
}

/* What the gaps have for domUs of @least_kb and more. */
typedef struct rooms {
    uint64_t room_kb; /* of the gaps that take one */
    uint64_t fit;     /* how many such go in */
} rooms;

static rooms rooms_for(const xlmem_pack *pack, xlmem_fleet_side side,
                       uint64_t least_kb)
{
    rooms sum = {0, 0};
    size_t g;

    for (g = 0; g < pack->nr_gaps; g++) {
        const uint64_t space = xlmem__gap_space_kb(&pack->gaps[g], side);

        if (space < least_kb)
            continue;
        sum.room_kb = xlmem__add_sat(sum.room_kb, space);
        sum.fit =
            xlmem__add_sat(sum.fit, least_kb ? space / least_kb : UINT64_MAX);
    }
    return sum;
}

static bool bound_side(xlmem__desk *desk, xlmem_fleet_side side,
                       xlmem_pack_answer *answer)
{
    xlmem_proof proof = {.side = side};
    size_t k, i;

    xlmem__pack_sort(desk, side);
    for (k = 0; k < desk->pack->nr_domus && !proof.kind; k++) {
        rooms r;

        proof.least_kb = desk->least[desk->order[k]].stays_kb[side];
        proof.need_kb = xlmem__add_sat(proof.need_kb, proof.least_kb);
        r = rooms_for(desk->pack, side, proof.least_kb);
        proof.room_kb = r.room_kb;
        proof.fit = r.fit;
        proof.nr = k + 1;
        if (r.room_kb < proof.need_kb)
            proof.kind = XLMEM_PROOF_SUM;
        else if (r.fit < proof.nr)
            proof.kind = XLMEM_PROOF_LARGE;
    }
    if (!proof.kind)
        return false;
    for (i = 0; i < proof.nr; i++)
        answer->set[i] = desk->order[i];
    answer->proof = proof;
    return true;
}

bool xlmem__pack_bound(xlmem__desk *desk, xlmem_pack_answer *answer)
{
    return bound_domain(desk, answer) ||
           bound_side(desk, XLMEM_FLEET_XEN, answer) ||
           bound_side(desk, XLMEM_FLEET_DOM0, answer);
}
