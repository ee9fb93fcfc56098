/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Water is poured into cups until there is no more of it.
 *
 *     0      floor              demand              ceiling   kB
 *     |........|##################|~~~~~~~~~~~~~~~~~~~|
 *              |<-  first cup   ->|<-  second cup   ->|
 *
 * Each domain has two cups.  The first is full up to the floor whatever
 * happens, and holds up to the demand: what the domain would suffer without.
 * The second is what it can use beyond.  Of the cups that are being filled the
 * water stands at one level, in kB for each unit of weight, so that who has
 * twice the weight has twice as much:
 *
 *     first cup    target = weight * level,          floor <= target <= demand
 *     second cup   target = demand + weight * level,         target <= ceiling
 *
 * They are filled in this order, each when all before are full:
 *
 *     1  the first cups of those that come first: without dom0 nobody runs
 *     2  the first cups of all others
 *     3  the second cups of all
 *
 * That comes to:
 *   nobody is below his floor or above his ceiling, and nobody has something
 *   beyond his demand while another one lacks some of his;
 *   the targets' sum is the memory there is, to the kB;
 *   between two that are neither at a floor nor full it is as their weights
 *   are, to 1 kB;
 *   who asks for more gets no less, and nobody else gets more by it;
 *   who asks for more than he needs gets no more by it than his weight's part
 *   of what is scarce, and nothing beyond his ceiling.
 *
 * The level is counted in 2^-bits kB, with as many bits as the heaviest weight
 * has, so that from one to the next each gets 1 kB more or nothing: the kB of
 * all domains are in an order, by the level at which each is given and then by
 * where its domain stands in the list, and as many are given as there are.
 * That the order depends on nobody's demand is why more demand is never less.
 *
 * Finding the level.  What is in the cups rises with it, at a slope that
 * changes where a cup begins to rise, or is full.  The level is known to be in
 * a range: what fills the cups to its low end is there, what fills them to its
 * high end is not.  Of the levels within the range at which something changes
 * some are drawn by lot, and the middle third of these is tried: what the cups
 * hold at its two ends says in which third the level is.  Then all cups are
 * settled that do not change within that third, or follow the level all the
 * way, and are not looked at again.  What is drawn and counted is a third of
 * all, whatever its values are: so no host is so lopsided that it takes
 * longer, and 1 + 1/3 + 1/9 + ... = 1.5 looks at each domain are enough.
 * (Steps along the slope, Newton's, are fewer where it changes little, and go
 * in circles where it changes much.)  At the end all that is left follow, and
 * the level is found as on a straight line, but for less than 1 kB of each.
 * Where the level was the last time is tried first: seldom much has changed.
 */
#include "model/share.h"

#include "model/checked.h"

/* Sums of all domains' kB, and their products with weights and levels. */
__extension__ typedef unsigned __int128 wide;

/* The level is in 2^-bits kB for a weight of 1, with as many bits as weights
 * have: so from one to the next nobody gets more than 1 kB.  It has to fit 63
 * bits, which it does up to 2^47 kB for the largest weight; beyond, which is
 * more than any machine addresses (x86: 2^42 kB), weights are cut. */
#define LEVEL_BITS 63

#define DRAWN 31

/* The level is looked for this close to where it was, of that. */
#define NEAR 1024

/* Of so many domains the sizes, below 2^53 kB, are summed up in 64 bits. */
#define BLOCK 1024

typedef struct search {
    unsigned int bits;
    uint64_t budget_kb; /* what is in these cups at the end */
    uint64_t low, high; /* the level is in low <= level < high */
    xlmem__cup *cups;   /* the open ones */
    size_t nr_open;
    wide settled_kb;     /* in those that do not change within the range */
    uint64_t *followers; /* the weights of those that follow all the way */
    size_t nr_followers;
    uint64_t weight; /* their sum */
    uint64_t random;
} search;

/* ------------------------------------------------------------- cups --- */

/* A weight as it is multiplied with a level, 2^bits weights to 2^64. */
static inline uint64_t scaled_up(uint32_t weight, unsigned int bits)
{
    return (uint64_t)weight << (64 - bits);
}

static inline xlmem__cup cup_of(const xlmem__share *share, bool second,
                                unsigned int bits)
{
    const uint64_t weight = scaled_up(share->weight, bits);

    return second
               ? (xlmem__cup){0, share->ceiling_kb - share->demand_kb, weight}
               : (xlmem__cup){share->floor_kb, share->demand_kb, weight};
}

/* What a weight comes to, without floor and end. */
static inline uint64_t at_level(uint64_t weight, uint64_t level)
{
    return (uint64_t)((wide)weight * level >> 64);
}

static inline uint64_t bounded(const xlmem__cup *cup, uint64_t kb)
{
    return xlmem__min(xlmem__max(kb, cup->low_kb), cup->high_kb);
}

/* ----------------------------------------------------------- weighing --- */

static inline size_t end_of_block(size_t i, size_t nr)
{
    return nr - i < BLOCK ? nr : i + BLOCK;
}

/* What is in all open cups at two levels. */
static void weigh(const search *s, uint64_t from, uint64_t to, wide *from_kb,
                  wide *to_kb)
{
    size_t i, end;

    *from_kb = *to_kb = 0;
    for (i = 0; i < s->nr_open; i = end) {
        uint64_t from_sum = 0, to_sum = 0;
        const xlmem__cup *cup = &s->cups[i], *last;

        end = end_of_block(i, s->nr_open);
        for (last = &s->cups[end]; cup < last; cup++) {
            from_sum += bounded(cup, at_level(cup->weight, from));
            to_sum += bounded(cup, at_level(cup->weight, to));
        }
        *from_kb += from_sum;
        *to_kb += to_sum;
    }
}

static wide weigh_followers(const search *s, uint64_t level)
{
    wide sum = 0;
    size_t i, end;

    for (i = 0; i < s->nr_followers; i = end) {
        uint64_t block = 0;
        size_t j;

        end = end_of_block(i, s->nr_followers);
        for (j = i; j < end; j++)
            block += at_level(s->followers[j], level);
        sum += block;
    }
    return sum;
}

/* Whether it takes more than there is to fill all cups up to a level.
 * @open_kb: what is in the open ones then. */
static bool is_beyond(const search *s, uint64_t level, wide open_kb)
{
    const wide known_kb = s->settled_kb + open_kb;
    const wide most_kb = known_kb + ((wide)s->weight * level >> s->bits);

    if (most_kb <= s->budget_kb)
        return false;
    if (most_kb > (wide)s->budget_kb + s->nr_followers)
        return true;
    return known_kb + weigh_followers(s, level) > s->budget_kb;
}

/* Keep open what changes within the range, and does not follow all the way.
 * Nothing here is decided by a branch: half of them would be foreseen wrong,
 * which is most of what it took. */
static void settle_cups(search *s)
{
    const uint64_t low = s->low, high = s->high;
    const unsigned int shift = 64 - s->bits;
    uint64_t *followers = s->followers + s->nr_followers;
    uint64_t weight = 0;
    size_t i, end;
    xlmem__cup *open = s->cups;

    for (i = 0; i < s->nr_open; i = end) {
        uint64_t settled_kb = 0;
        const xlmem__cup *at = &s->cups[i], *last;

        end = end_of_block(i, s->nr_open);
        for (last = &s->cups[end]; at < last; at++) {
            const xlmem__cup cup = *at;
            const uint64_t from = at_level(cup.weight, low);
            const uint64_t to = at_level(cup.weight, high);
            const uint64_t from_kb = bounded(&cup, from);
            const uint64_t to_kb = bounded(&cup, to);
            const bool changes = from_kb != to_kb;
            const bool follows = changes & (from == from_kb) & (to == to_kb);

            settled_kb += from_kb & ((uint64_t)changes - 1);
            weight += (cup.weight >> shift) & (0 - (uint64_t)follows);
            *followers = cup.weight;
            followers += follows;
            *open = cup;
            open += changes ^ follows;
        }
        s->settled_kb += settled_kb;
    }
    s->weight += weight;
    s->nr_followers = (size_t)(followers - s->followers);
    s->nr_open = (size_t)(open - s->cups);
}

/* ----------------------------------------------------------- drawing --- */

/* splitmix64, a public domain algorithm by S. Vigna. */
static uint64_t draw_lot(search *s)
{
    uint64_t z = (s->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/*
 * One within the range of the first levels at which a cup has more than its
 * floor, and the last at which it is not more than full.  An open cup has one
 * there, or it changes nowhere but at the range's end.
 */
static uint64_t draw_change(search *s)
{
    const uint64_t drawn = draw_lot(s);
    const xlmem__cup cup = s->cups[(wide)(drawn >> 1) * s->nr_open >> 63];
    const uint64_t weight = cup.weight >> (64 - s->bits);
    const uint64_t unit = UINT64_C(1) << s->bits;
    const uint64_t begins = xlmem__div_up(cup.low_kb * unit, weight);
    const uint64_t ends = ((cup.high_kb + 1) * unit - 1) / weight;
    uint64_t change = drawn & 1 ? begins : ends;

    if (begins <= s->low)
        change = ends;
    else if (ends >= s->high)
        change = begins;
    return xlmem__min(xlmem__max(change, s->low + 1), s->high - 1);
}

static void draw_range(search *s, uint64_t *from_r, uint64_t *to_r)
{
    uint64_t sorted[DRAWN] = {0};
    size_t i, j;

    for (i = 0; i < DRAWN; i++) {
        const uint64_t change = draw_change(s);

        for (j = i; j && sorted[j - 1] > change; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = change;
    }
    *from_r = sorted[DRAWN / 3];
    *to_r = sorted[DRAWN - 1 - DRAWN / 3] + 1;
}

/* ---------------------------------------------------------- the level --- */

/* Find out on which side of them the level is; low < from < to <= high. */
static void narrow(search *s, uint64_t from, uint64_t to)
{
    wide from_kb, to_kb;

    weigh(s, from, to, &from_kb, &to_kb);
    if (is_beyond(s, from, from_kb)) {
        s->high = from;
    } else {
        s->low = from;
        if (is_beyond(s, to, to_kb))
            s->high = to;
        else
            s->low = to;
    }
    settle_cups(s);
}

/* The first level at which the followers alone, were they not rounded down,
 * would fill up to so much; weight is not 0. */
static uint64_t on_line(const search *s, wide kb)
{
    const wide level = kb <= s->settled_kb
                           ? 0
                           : ((kb - s->settled_kb) << s->bits) / s->weight;

    return level < s->high ? (uint64_t)level : s->high;
}

/* Nothing is open: each follower is less than 1 kB off the straight line. */
static void end_on_line(search *s)
{
    s->low = xlmem__max(s->low, on_line(s, s->budget_kb));
    s->high = xlmem__min(s->high,
                         on_line(s, (wide)s->budget_kb + s->nr_followers) + 1);
    while (s->high - s->low > 1) {
        const uint64_t level = s->low + (s->high - s->low) / 2;

        if (is_beyond(s, level, 0))
            s->high = level;
        else
            s->low = level;
    }
}

/* Settle all but what changes close to a level, if the one that is looked for
 * is there.  false: it is not, and what has been settled is of no use. */
static bool is_near(search *s, uint64_t guess)
{
    wide low_kb, high_kb;

    s->low = guess - guess / NEAR;
    s->high = xlmem__min(guess + guess / NEAR + 2, s->high);
    settle_cups(s);
    weigh(s, s->low, s->high, &low_kb, &high_kb);
    return !is_beyond(s, s->low, low_kb) && is_beyond(s, s->high, high_kb);
}

static void find_level(search *s)
{
    uint64_t from, to;

    while (s->high - s->low > 1 && s->nr_open) {
        draw_range(s, &from, &to);
        narrow(s, from, to);
    }
    if (!s->nr_open && s->weight)
        end_on_line(s);
}

/* ------------------------------------------------------------ pouring --- */

/* What is left when all cups are filled up to the level. */
static uint64_t left_of(const search *s)
{
    wide open_kb, same_kb;

    weigh(s, s->low, s->low, &open_kb, &same_kb);
    return s->budget_kb -
           (uint64_t)(s->settled_kb + open_kb + weigh_followers(s, s->low));
}

/* That is too little for the next level: of those whom that would give 1 kB
 * more the ones who stand before get it. */
static void pour(xlmem__share *list, size_t nr, bool second, const search *s)
{
    const uint64_t level = s->low;
    const unsigned int bits = s->bits;
    uint64_t left_kb = left_of(s);
    size_t i;

    for (i = 0; i < nr; i++) {
        const xlmem__cup cup = cup_of(&list[i], second, bits);
        const uint64_t base_kb = second ? list[i].demand_kb : 0;
        const wide product = (wide)cup.weight * level;
        const uint64_t follows_kb = (uint64_t)(product >> 64);
        const uint64_t kb = bounded(&cup, follows_kb);
        const bool more = (uint64_t)product + cup.weight < cup.weight;
        const bool one =
            more & (kb == follows_kb) & (kb != cup.high_kb) & (left_kb != 0);

        left_kb -= one;
        list[i].target_kb = base_kb + kb + one;
    }
}

/* -------------------------------------------------------------- plenty --- */

typedef struct sums {
    wide floor_kb, demand_kb, ceiling_kb;
    uint64_t sizes;   /* all ceilings, or'ed */
    uint64_t weights; /* all weights */
} sums;

static void put_in_order(xlmem__share *share)
{
    share->ceiling_kb = xlmem__max(share->ceiling_kb, share->floor_kb);
    share->demand_kb = xlmem__max(share->demand_kb, share->floor_kb);
    share->demand_kb = xlmem__min(share->demand_kb, share->ceiling_kb);
    if (!share->weight)
        share->weight = 1;
    if (share->weight > XLMEM__WEIGHT_MAX)
        share->weight = XLMEM__WEIGHT_MAX;
}

static void add_block(xlmem__share *share, const xlmem__share *end, sums *sum)
{
    uint64_t floor_kb = 0, demand_kb = 0, ceiling_kb = 0;
    uint64_t sizes = 0, weights = 0;

    for (; share < end; share++) {
        if (share->floor_kb > share->demand_kb ||
            share->demand_kb > share->ceiling_kb ||
            share->weight - 1 >= XLMEM__WEIGHT_MAX)
            put_in_order(share);
        floor_kb += share->floor_kb;
        demand_kb += share->demand_kb;
        ceiling_kb += share->ceiling_kb;
        sizes |= share->ceiling_kb;
        weights |= share->weight;
    }
    sum->floor_kb += floor_kb;
    sum->demand_kb += demand_kb;
    sum->ceiling_kb += ceiling_kb;
    sum->sizes |= sizes;
    sum->weights |= weights;
}

static sums sums_of(xlmem__share *list, size_t nr)
{
    sums sum = {.sizes = 0};
    size_t i, end;

    for (i = 0; i < nr; i = end) {
        end = end_of_block(i, nr);
        add_block(&list[i], &list[end], &sum);
    }
    return sum;
}

static unsigned int bits_of(uint64_t kb)
{
    return kb ? 64 - (unsigned int)__builtin_clzll(kb) : 0;
}

static void cut_weights(xlmem__share *list, size_t nr, unsigned int bits)
{
    const uint32_t most = (UINT32_C(1) << bits) - 1;
    size_t i;

    for (i = 0; i < nr; i++)
        if (list[i].weight > most)
            list[i].weight = most;
}

/* All cups open, and all levels possible. */
static void set_up(const xlmem__share *list, size_t nr, bool second,
                   uint64_t sizes, search *s)
{
    const unsigned int bits = s->bits;
    size_t i;

    for (i = 0; i < nr; i++)
        s->cups[i] = cup_of(&list[i], second, bits);
    s->nr_open = nr;
    s->nr_followers = 0;
    s->settled_kb = s->weight = 0;
    s->low = 0;
    s->high = UINT64_C(1) << (bits_of(sizes) + bits);
}

/* Share out among these domains' first cups, or their second ones. */
static void fill(xlmem__share *list, size_t nr, bool second,
                 uint64_t budget_kb, const sums *sum, xlmem__share_room *room)
{
    search s = {.bits = bits_of(sum->weights),
                .budget_kb = budget_kb,
                .cups = room->cups,
                .followers = room->followers,
                .random = (uint64_t)sum->ceiling_kb ^ budget_kb};

    if (bits_of(sum->sizes) + s.bits > LEVEL_BITS) {
        s.bits = LEVEL_BITS - bits_of(sum->sizes);
        cut_weights(list, nr, s.bits);
    }
    set_up(list, nr, second, sum->sizes, &s);
    if (room->level && room->bits == s.bits && room->level < s.high &&
        !is_near(&s, room->level))
        set_up(list, nr, second, sum->sizes, &s);
    find_level(&s);
    pour(list, nr, second, &s);
    room->level = s.low;
    room->bits = s.bits;
}

static void give_floors(xlmem__share *list, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        list[i].target_kb = list[i].floor_kb;
}

static void give_demands(xlmem__share *list, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        list[i].target_kb = list[i].demand_kb;
}

static void give_ceilings(xlmem__share *list, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        list[i].target_kb = list[i].ceiling_kb;
}

static xlmem__plenty plenty_of(const sums *first, const sums *others,
                               uint64_t pool_kb)
{
    if (pool_kb < first->floor_kb + others->floor_kb)
        return XLMEM__BELOW_FLOORS;
    if (pool_kb < first->demand_kb + others->floor_kb)
        return XLMEM__FIRST_SCARCE;
    if (pool_kb < first->demand_kb + others->demand_kb)
        return XLMEM__OTHERS_SCARCE;
    return pool_kb < first->ceiling_kb + others->ceiling_kb ? XLMEM__SURPLUS
                                                            : XLMEM__ALL_FULL;
}

static size_t nr_first_of(const xlmem__share *list, size_t nr)
{
    size_t i = 0;

    while (i < nr && list[i].first)
        i++;
    return i;
}

xlmem__plenty xlmem__share_out(xlmem__share *list, size_t nr, uint64_t pool_kb,
                               xlmem__share_room *room)
{
    const size_t nr_first = nr_first_of(list, nr);
    xlmem__share *rest = list + nr_first;
    const sums first = sums_of(list, nr_first);
    const sums others = sums_of(rest, nr - nr_first);
    const sums all = {
        first.floor_kb + others.floor_kb, first.demand_kb + others.demand_kb,
        first.ceiling_kb + others.ceiling_kb, first.sizes | others.sizes,
        first.weights | others.weights};
    const xlmem__plenty plenty = plenty_of(&first, &others, pool_kb);

    if (plenty != room->plenty)
        room->level = 0;
    room->plenty = plenty;
    switch (plenty) {
    case XLMEM__BELOW_FLOORS:
        give_floors(list, nr);
        break;
    case XLMEM__FIRST_SCARCE:
        give_floors(rest, nr - nr_first);
        fill(list, nr_first, false, pool_kb - (uint64_t)others.floor_kb,
             &first, room);
        break;
    case XLMEM__OTHERS_SCARCE:
        give_demands(list, nr_first);
        fill(rest, nr - nr_first, false, pool_kb - (uint64_t)first.demand_kb,
             &others, room);
        break;
    case XLMEM__SURPLUS:
        fill(list, nr, true, pool_kb - (uint64_t)all.demand_kb, &all, room);
        break;
    case XLMEM__ALL_FULL:
        give_ceilings(list, nr);
        break;
    }
    return plenty;
}
