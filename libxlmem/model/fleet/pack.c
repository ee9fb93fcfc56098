/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Would these domUs run in those gaps?  Packing of vectors into bins that are
 * not alike; a domU may cost more on one host than on another.
 *
 *     a quick yes   first-fit and best-fit, the largest first, on each side
 *     a quick no    bounds (bounds.c)
 *     else          a search of all ways (search.c)
 *
 * Everything stands in the caller's arena.
 */
#include "model/fleet/pack.h"

#include <string.h>

#include "model/checked.h"

static const char *const proof_names[] = {
    [XLMEM_PROOF_NONE] = "none",     [XLMEM_PROOF_DOMAIN] = "domain",
    [XLMEM_PROOF_SUM] = "sum",       [XLMEM_PROOF_LARGE] = "large",
    [XLMEM_PROOF_SEARCH] = "search",
};

const char *xlmem_proof_name(xlmem_proof_kind kind)
{
    return proof_names[kind];
}

const xlmem_fleet_price *xlmem__pack_price(const xlmem_pack *pack, size_t domu,
                                           size_t gap)
{
    return &pack->prices[domu * pack->nr_gaps + gap];
}

uint64_t xlmem__gap_space_kb(const xlmem_fleet_gap *gap, xlmem_fleet_side side)
{
    uint64_t room_kb = gap->room_kb[side];

    if (side == XLMEM_FLEET_XEN)
        room_kb = xlmem__add_sat(
            room_kb, xlmem__min(gap->give_kb, gap->room_kb[XLMEM_FLEET_DOM0]));
    return xlmem__sub0(room_kb, gap->peak_kb[side]);
}

/* What is taken of a side at once, at the most, with one more. */
static uint64_t taken_kb(const xlmem_fleet_gap *gap, const xlmem__load *load,
                         const xlmem_fleet_price *price, xlmem_fleet_side side)
{
    const uint64_t peak =
        xlmem__max(xlmem__max(gap->peak_kb[side], load->peak_kb[side]),
                   price->peak_kb[side]);

    return xlmem__add_sat(
        xlmem__add_sat(load->stays_kb[side], price->stays_kb[side]), peak);
}

bool xlmem__load_fits(const xlmem_fleet_gap *gap, const xlmem__load *load,
                      const xlmem_fleet_price *price)
{
    const uint64_t xen_kb = taken_kb(gap, load, price, XLMEM_FLEET_XEN);
    const uint64_t dom0_kb = taken_kb(gap, load, price, XLMEM_FLEET_DOM0);
    const uint64_t lacks_kb =
        xlmem__sub0(xen_kb, gap->room_kb[XLMEM_FLEET_XEN]);

    return !price->barred && lacks_kb <= gap->give_kb &&
           xlmem__add_sat(dom0_kb, lacks_kb) <= gap->room_kb[XLMEM_FLEET_DOM0];
}

void xlmem__load_add(xlmem__load *load, const xlmem_fleet_price *price)
{
    int side;

    for (side = 0; side < XLMEM_FLEET_SIDES; side++) {
        load->stays_kb[side] =
            xlmem__add_sat(load->stays_kb[side], price->stays_kb[side]);
        load->peak_kb[side] =
            xlmem__max(load->peak_kb[side], price->peak_kb[side]);
    }
    load->nr_named += price->name != 0;
}

static bool has_namesake(const xlmem__desk *desk, size_t level, size_t gap,
                         uint64_t name)
{
    size_t i;

    for (i = 0; i < level; i++)
        if (desk->where[desk->order[i]] == gap &&
            xlmem__pack_price(desk->pack, desk->order[i], gap)->name == name)
            return true;
    return false;
}

bool xlmem__level_fits(const xlmem__desk *desk, size_t level, size_t gap)
{
    const xlmem_fleet_price *price =
        xlmem__pack_price(desk->pack, desk->order[level], gap);

    return xlmem__load_fits(&desk->pack->gaps[gap], &desk->loads[gap],
                            price) &&
           !(price->name && desk->loads[gap].nr_named &&
             has_namesake(desk, level, gap, price->name));
}

/* --------------------------------------------------------------- arena --- */

/* Parts of 8 bytes each, so that one follows another. */
static void *lay_part(unsigned char **at, size_t nr, size_t size)
{
    void *part = *at;

    *at += nr * size;
    return part;
}

size_t xlmem_pack_room(size_t nr_gaps, size_t nr_domus)
{
    return nr_gaps * (sizeof(xlmem__load) + 2 * sizeof(size_t)) +
           (nr_domus + 1) *
               (sizeof(xlmem__level) + 2 * sizeof(xlmem_fleet_price) +
                sizeof(uint64_t) + 2 * sizeof(size_t));
}

static void lay_out(xlmem__desk *desk, const xlmem_pack *pack, void *arena)
{
    const size_t nr = pack->nr_domus + 1, gaps = pack->nr_gaps;
    unsigned char *at = arena;

    desk->pack = pack;
    desk->loads = lay_part(&at, gaps, sizeof(*desk->loads));
    desk->levels = lay_part(&at, nr, sizeof(*desk->levels));
    desk->least = lay_part(&at, nr, sizeof(*desk->least));
    desk->behind = lay_part(&at, nr, sizeof(*desk->behind));
    desk->smallest = lay_part(&at, nr, sizeof(*desk->smallest));
    desk->order = lay_part(&at, nr, sizeof(*desk->order));
    desk->where = lay_part(&at, nr, sizeof(*desk->where));
    desk->gap_order = lay_part(&at, gaps, sizeof(*desk->gap_order));
    desk->class = lay_part(&at, gaps, sizeof(*desk->class));
}

/* --------------------------------------------------------------- order --- */

/* A heap's step: what stands at @at sinks below what is larger. */
static void sink(const xlmem__desk *desk, xlmem_fleet_side side, size_t at,
                 size_t nr)
{
    size_t *order = desk->order;

    for (;;) {
        size_t child = 2 * at + 1, kept = order[at];

        if (child >= nr)
            return;
        if (child + 1 < nr && desk->least[order[child + 1]].stays_kb[side] <
                                  desk->least[order[child]].stays_kb[side])
            child++;
        if (desk->least[kept].stays_kb[side] <=
            desk->least[order[child]].stays_kb[side])
            return;
        order[at] = order[child];
        order[child] = kept;
        at = child;
    }
}

/* A heap whose top is the least, taken apart from behind. */
void xlmem__pack_sort(xlmem__desk *desk, xlmem_fleet_side side)
{
    size_t i, nr = desk->pack->nr_domus;

    for (i = 0; i < nr; i++)
        desk->order[i] = i;
    for (i = nr / 2; i-- > 0;)
        sink(desk, side, i, nr);
    for (i = nr; i-- > 1;) {
        const size_t least = desk->order[0];

        desk->order[0] = desk->order[i];
        desk->order[i] = least;
        sink(desk, side, 0, i);
    }
}

static void sort_gaps(xlmem__desk *desk)
{
    const xlmem_fleet_gap *gaps = desk->pack->gaps;
    size_t i, at;

    for (i = 0; i < desk->pack->nr_gaps; i++) {
        const uint64_t space = xlmem__gap_space_kb(&gaps[i], XLMEM_FLEET_XEN);

        for (at = i; at && xlmem__gap_space_kb(&gaps[desk->gap_order[at - 1]],
                                               XLMEM_FLEET_XEN) > space;
             at--)
            desk->gap_order[at] = desk->gap_order[at - 1];
        desk->gap_order[at] = i;
    }
}

static void find_least(xlmem__desk *desk)
{
    const xlmem_pack *pack = desk->pack;
    size_t d, g;
    int side;

    for (d = 0; d < pack->nr_domus; d++) {
        desk->least[d] = *xlmem__pack_price(pack, d, 0);
        for (g = 1; g < pack->nr_gaps; g++)
            for (side = 0; side < XLMEM_FLEET_SIDES; side++)
                desk->least[d].stays_kb[side] =
                    xlmem__min(desk->least[d].stays_kb[side],
                               xlmem__pack_price(pack, d, g)->stays_kb[side]);
    }
}

static bool same_prices(const xlmem_pack *pack, size_t one, size_t other)
{
    size_t d;

    for (d = 0; d < pack->nr_domus; d++)
        if (memcmp(xlmem__pack_price(pack, d, one),
                   xlmem__pack_price(pack, d, other),
                   sizeof(xlmem_fleet_price)))
            return false;
    return true;
}

static void find_classes(xlmem__desk *desk)
{
    size_t g, other;

    for (g = 0; g < desk->pack->nr_gaps; g++) {
        desk->class[g] = g;
        for (other = 0; other < g && desk->class[g] == g; other++)
            if (desk->class[other] == other &&
                same_prices(desk->pack, g, other))
                desk->class[g] = other;
    }
}

/* ----------------------------------------------------------- quick yes --- */

/* The first gap that it fits into; @tight: the one with the least left. */
static size_t pick_gap(const xlmem__desk *desk, size_t level, bool tight)
{
    const xlmem_pack *pack = desk->pack;
    uint64_t left, least = UINT64_MAX;
    size_t i, found = XLMEM_PACK_NOWHERE;

    for (i = 0; i < pack->nr_gaps; i++) {
        const size_t g = desk->gap_order[i];

        if (!xlmem__level_fits(desk, level, g))
            continue;
        if (!tight)
            return g;
        left =
            xlmem__sub0(xlmem__gap_space_kb(&pack->gaps[g], XLMEM_FLEET_XEN),
                        desk->loads[g].stays_kb[XLMEM_FLEET_XEN]);
        if (found == XLMEM_PACK_NOWHERE || left < least) {
            least = left;
            found = g;
        }
    }
    return found;
}

/* Put each where it fits, in desk->order.  Returns what is left out, in kB of
 * Xen; *out_r: how many. */
static uint64_t place_in_order(xlmem__desk *desk, bool tight, size_t *out_r)
{
    const xlmem_pack *pack = desk->pack;
    uint64_t left_kb = 0;
    size_t i;

    memset(desk->loads, 0, pack->nr_gaps * sizeof(*desk->loads));
    *out_r = 0;
    for (i = 0; i < pack->nr_domus; i++) {
        const size_t d = desk->order[i], g = pick_gap(desk, i, tight);

        desk->where[d] = g;
        if (g != XLMEM_PACK_NOWHERE) {
            xlmem__load_add(&desk->loads[g], xlmem__pack_price(pack, d, g));
            continue;
        }
        ++*out_r;
        left_kb =
            xlmem__add_sat(left_kb, desk->least[d].stays_kb[XLMEM_FLEET_XEN]);
    }
    return left_kb;
}

static bool place_all(xlmem__desk *desk, xlmem_pack_answer *answer)
{
    int way;
    size_t out;

    answer->left_kb = UINT64_MAX;
    for (way = 0; way < 2 * XLMEM_FLEET_SIDES; way++) {
        uint64_t left_kb;

        xlmem__pack_sort(desk, way / 2 ? XLMEM_FLEET_DOM0 : XLMEM_FLEET_XEN);
        left_kb = place_in_order(desk, way % 2, &out);
        answer->places += desk->pack->nr_domus;
        if (out && left_kb >= answer->left_kb)
            continue;
        answer->left_kb = left_kb;
        memcpy(answer->where, desk->where,
               desk->pack->nr_domus * sizeof(*answer->where));
        if (!out)
            return true;
    }
    return false;
}

/* Without a gap the least of nothing is not known. */
static void find_no_gap(const xlmem_pack *pack, xlmem_pack_answer *answer)
{
    size_t d;

    answer->verdict = pack->nr_domus ? XLMEM_PACK_NO : XLMEM_PACK_YES;
    answer->least = true;
    for (d = 0; d < pack->nr_domus; d++)
        answer->where[d] = XLMEM_PACK_NOWHERE;
    if (!pack->nr_domus)
        return;
    answer->proof = (xlmem_proof){.kind = XLMEM_PROOF_DOMAIN, .nr = 1};
    answer->set[0] = 0;
}

void xlmem_pack_find(const xlmem_pack *pack, void *arena,
                     xlmem_pack_answer *answer_r)
{
    xlmem__desk desk;

    answer_r->verdict = XLMEM_PACK_YES;
    answer_r->places = 0;
    answer_r->proof = (xlmem_proof){.kind = XLMEM_PROOF_NONE};
    answer_r->left_kb = 0;
    answer_r->least = true;
    if (!pack->nr_gaps || !pack->nr_domus) {
        find_no_gap(pack, answer_r);
        return;
    }
    lay_out(&desk, pack, arena);
    sort_gaps(&desk);
    find_least(&desk);
    if (place_all(&desk, answer_r))
        return;
    answer_r->verdict = XLMEM_PACK_NO;
    if (xlmem__pack_bound(&desk, answer_r) && !pack->may_stop)
        return;
    find_classes(&desk);
    xlmem__pack_search(&desk, answer_r);
}
