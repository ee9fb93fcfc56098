/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * All ways to place the domUs, the largest first, each into one gap after
 * another; without a way that leaves none out, the one that leaves out least
 * (may_stop).
 *
 * What is passed over is a mirror image of something that is tried.  Of all
 * ways that are alike one is the first in the order of the alphabet, gaps
 * taken for letters; that one never
 *   - puts a domU into a gap while an earlier gap is in the same state: the
 *     two could be exchanged from there on, where in neither is one whose name
 *     keeps another out;
 *   - puts a domU before the place of the one before it that has its prices,
 *     and its name if others have it: those two could be exchanged.
 *
 * A branch ends where what is still to be placed needs more, at the least,
 * than the gaps have that can take the smallest of it.
 */
#include <string.h>

#include "model/checked.h"
#include "model/fleet/pack.h"

/* No gap has been tried for it. */
#define NO_SLOT SIZE_MAX

static void sum_behind(xlmem__desk *desk)
{
    size_t i = desk->pack->nr_domus;
    int side;

    memset(&desk->behind[i], 0, sizeof(desk->behind[i]));
    desk->smallest[i] = UINT64_MAX;
    while (i-- > 0) {
        const xlmem_fleet_price *least = &desk->least[desk->order[i]];

        for (side = 0; side < XLMEM_FLEET_SIDES; side++)
            desk->behind[i].stays_kb[side] = xlmem__add_sat(
                desk->behind[i + 1].stays_kb[side], least->stays_kb[side]);
        desk->smallest[i] = xlmem__min(desk->smallest[i + 1],
                                       least->stays_kb[XLMEM_FLEET_XEN]);
    }
}

/* What those from @level on lack at the least, whatever is done with them. */
static uint64_t lacks_kb(const xlmem__desk *desk, size_t level, bool *dom0_r)
{
    const xlmem_pack *pack = desk->pack;
    uint64_t space_kb[XLMEM_FLEET_SIDES] = {0, 0};
    size_t g;

    for (g = 0; g < pack->nr_gaps; g++) {
        const uint64_t xen_kb =
            xlmem__sub0(xlmem__gap_space_kb(&pack->gaps[g], XLMEM_FLEET_XEN),
                        desk->loads[g].stays_kb[XLMEM_FLEET_XEN]);

        if (xen_kb < desk->smallest[level])
            continue;
        space_kb[0] = xlmem__add_sat(space_kb[0], xen_kb);
        space_kb[1] = xlmem__add_sat(
            space_kb[1],
            xlmem__sub0(xlmem__gap_space_kb(&pack->gaps[g], XLMEM_FLEET_DOM0),
                        desk->loads[g].stays_kb[1]));
    }
    *dom0_r = desk->behind[level].stays_kb[XLMEM_FLEET_DOM0] > space_kb[1];
    return xlmem__sub0(desk->behind[level].stays_kb[XLMEM_FLEET_XEN],
                       space_kb[0]);
}

static bool is_dead_branch(const xlmem__desk *desk, size_t level,
                           const xlmem_pack_answer *answer)
{
    const uint64_t left_kb = desk->levels[level].left_kb;
    bool dom0;
    uint64_t lacks = lacks_kb(desk, level, &dom0);

    if (!desk->pack->may_stop)
        return lacks || dom0;
    return xlmem__add_sat(left_kb, lacks) >= answer->left_kb;
}

/* An earlier gap is as this one, empty or not. */
static bool has_twin(const xlmem__desk *desk, size_t slot)
{
    const size_t g = desk->gap_order[slot];
    size_t i;

    if (desk->loads[g].nr_named)
        return false;
    for (i = 0; i < slot; i++) {
        const size_t other = desk->gap_order[i];

        if (desk->class[other] == desk->class[g] &&
            !memcmp(&desk->pack->gaps[other], &desk->pack->gaps[g],
                    sizeof(xlmem_fleet_gap)) &&
            !memcmp(&desk->loads[other], &desk->loads[g], sizeof(xlmem__load)))
            return true;
    }
    return false;
}

/* The first slot that may be tried for a level. */
static size_t first_slot(const xlmem__desk *desk, size_t level)
{
    const xlmem_pack *pack = desk->pack;

    if (!level || memcmp(xlmem__pack_price(pack, desk->order[level - 1], 0),
                         xlmem__pack_price(pack, desk->order[level], 0),
                         pack->nr_gaps * sizeof(xlmem_fleet_price)))
        return 0;
    return desk->levels[level - 1].slot;
}

static void lift_domu(xlmem__desk *desk, size_t level)
{
    const xlmem__level *at = &desk->levels[level];

    if (at->slot < desk->pack->nr_gaps)
        desk->loads[desk->gap_order[at->slot]] = at->before;
}

/* The next place for a level's domU, from @slot on; false: there is none. */
static bool put_domu(xlmem__desk *desk, size_t level, size_t slot,
                     const xlmem_pack_answer *answer)
{
    const xlmem_pack *pack = desk->pack;
    const size_t d = desk->order[level];
    xlmem__level *at = &desk->levels[level];
    uint64_t left_kb = at->left_kb;

    for (; slot < pack->nr_gaps; slot++) {
        const size_t g = desk->gap_order[slot];

        if (!xlmem__level_fits(desk, level, g) || has_twin(desk, slot))
            continue;
        at->before = desk->loads[g];
        xlmem__load_add(&desk->loads[g], xlmem__pack_price(pack, d, g));
        break;
    }
    if (slot >= pack->nr_gaps) {
        left_kb =
            xlmem__add_sat(left_kb, desk->least[d].stays_kb[XLMEM_FLEET_XEN]);
        if (slot > pack->nr_gaps || !pack->may_stop ||
            left_kb >= answer->left_kb)
            return false;
    }
    at->slot = slot;
    desk->where[d] =
        slot < pack->nr_gaps ? desk->gap_order[slot] : XLMEM_PACK_NOWHERE;
    at[1].left_kb = left_kb;
    at[1].slot = NO_SLOT;
    return true;
}

static void keep_way(const xlmem__desk *desk, xlmem_pack_answer *answer)
{
    const size_t nr = desk->pack->nr_domus;

    memcpy(answer->where, desk->where, nr * sizeof(*answer->where));
    answer->left_kb = desk->levels[nr].left_kb;
}

/* Returns false when the limit was reached. */
static bool search_ways(xlmem__desk *desk, xlmem_pack_answer *answer,
                        bool *found_r)
{
    const xlmem_pack *pack = desk->pack;
    size_t level = 0;

    desk->levels[0] = (xlmem__level){.slot = NO_SLOT};
    for (;;) {
        xlmem__level *at = &desk->levels[level];
        size_t slot = at->slot + 1;

        if (level == pack->nr_domus) {
            keep_way(desk, answer);
            *found_r = true;
            if (!answer->left_kb)
                return true;
            slot = SIZE_MAX;
        } else if (at->slot != NO_SLOT) {
            lift_domu(desk, level);
        } else {
            slot = first_slot(desk, level);
            if (is_dead_branch(desk, level, answer))
                slot = SIZE_MAX;
        }
        if (slot != SIZE_MAX && answer->places >= pack->limit)
            return false;
        if (slot != SIZE_MAX && put_domu(desk, level, slot, answer)) {
            answer->places++;
            level++;
        } else if (!level--) {
            return true;
        }
    }
}

void xlmem__pack_search(xlmem__desk *desk, xlmem_pack_answer *answer)
{
    bool found = false, whole;

    xlmem__pack_sort(desk, XLMEM_FLEET_XEN);
    sum_behind(desk);
    memset(desk->loads, 0, desk->pack->nr_gaps * sizeof(*desk->loads));
    whole = search_ways(desk, answer, &found);
    answer->least = whole;
    if (found && !answer->left_kb)
        answer->verdict = XLMEM_PACK_YES;
    else if (!whole && answer->proof.kind == XLMEM_PROOF_NONE)
        answer->verdict = XLMEM_PACK_UNKNOWN;
    else if (answer->proof.kind == XLMEM_PROOF_NONE)
        answer->proof = (xlmem_proof){.kind = XLMEM_PROOF_SEARCH};
}
