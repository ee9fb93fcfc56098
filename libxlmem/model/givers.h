/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who can give most, of any number of domains. */
#ifndef XLMEM_GIVERS_H
#define XLMEM_GIVERS_H

#include "private/all.h"

typedef struct xlmem__giver {
    uint64_t give_kb;
    const xlmem_dom *dom;
} xlmem__giver;

/* So many are collected before all but the best are dropped. */
#define XLMEM__GIVERS_ROOM (2 * XLMEM_STEPS_MAX)

/*
 * The XLMEM_STEPS_MAX that are to be asked first: the largest, and of the same
 * size those that were added first.  In whatever order they come, one costs a
 * few comparisons: each time the room is full the best are selected out of it,
 * and who is not above the last of them does not enter any more.
 */
typedef struct xlmem__givers {
    size_t nr;
    uint64_t floor_kb; /* who gives no more falls out */
    xlmem__giver list[XLMEM__GIVERS_ROOM];
} xlmem__givers;

void xlmem__givers_init(xlmem__givers *givers);

/* @dom: of one host, in the order of their places in its list. */
void xlmem__givers_add(xlmem__givers *givers, const xlmem_dom *dom,
                       uint64_t give_kb);

/* Leave XLMEM_STEPS_MAX at most, who is asked first first. */
void xlmem__givers_sort(xlmem__givers *givers);

#endif /* XLMEM_GIVERS_H */
