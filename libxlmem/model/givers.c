/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/givers.h"

/* No two are the same domain. */
static inline bool is_before(const xlmem__giver *a, const xlmem__giver *b)
{
    if (a->give_kb != b->give_kb)
        return a->give_kb > b->give_kb;
    return a->dom < b->dom;
}

static inline void swap_givers(xlmem__giver *a, xlmem__giver *b)
{
    const xlmem__giver was = *a;

    *a = *b;
    *b = was;
}

/* Those before some one of them to the front, him behind them, whose place is
 * returned. */
static size_t split_givers(xlmem__giver *list, size_t nr)
{
    xlmem__giver *one = &list[nr - 1];
    size_t i, place = 0;

    swap_givers(&list[nr / 2], one);
    for (i = 0; i + 1 < nr; i++)
        if (is_before(&list[i], one))
            swap_givers(&list[i], &list[place++]);
    swap_givers(&list[place], one);
    return place;
}

/* The first @best to the front, in any order; there are more than so many. */
static void select_best(xlmem__giver *list, size_t nr, size_t best)
{
    while (best && best < nr) {
        const size_t place = split_givers(list, nr);

        if (place >= best) {
            nr = place;
        } else {
            list += place + 1;
            nr -= place + 1;
            best -= place + 1;
        }
    }
}

static void sort_givers(xlmem__giver *list, size_t nr)
{
    while (nr > 1) {
        const size_t place = split_givers(list, nr);

        sort_givers(list, place);
        list += place + 1;
        nr -= place + 1;
    }
}

static void drop_others(xlmem__givers *givers)
{
    size_t i;

    select_best(givers->list, givers->nr, XLMEM_STEPS_MAX);
    givers->nr = XLMEM_STEPS_MAX;
    givers->floor_kb = givers->list[0].give_kb;
    for (i = 1; i < givers->nr; i++)
        if (givers->list[i].give_kb < givers->floor_kb)
            givers->floor_kb = givers->list[i].give_kb;
}

void xlmem__givers_init(xlmem__givers *givers)
{
    givers->nr = 0;
    givers->floor_kb = 0;
}

void xlmem__givers_add(xlmem__givers *givers, const xlmem_dom *dom,
                       uint64_t give_kb)
{
    if (give_kb <= givers->floor_kb)
        return;
    if (givers->nr == XLMEM__GIVERS_ROOM)
        drop_others(givers);
    givers->list[givers->nr++] = (xlmem__giver){give_kb, dom};
}

void xlmem__givers_sort(xlmem__givers *givers)
{
    if (givers->nr > XLMEM_STEPS_MAX)
        drop_others(givers);
    sort_givers(givers->list, givers->nr);
}
