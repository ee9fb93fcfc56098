/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whether two values are the same, member by member: the bytes of a struct
 * that belong to no member are the compiler's, and differ between equal
 * values. */
#ifndef XLMEM_TEST_SAME_H
#define XLMEM_TEST_SAME_H

#include <string.h>

#include "codec/conf.h"
#include "codec/ledger_text.h"

/* The keys by their texts, and what no text says. */
static inline bool is_same_policy(const xlmem_policy *a, const xlmem_policy *b)
{
    char x[XLMEM__CONF_VALUE_MAX], y[XLMEM__CONF_VALUE_MAX];
    size_t key;

    for (key = 0; key < XLMEM__CONF_NR_KEYS; key++) {
        xlmem__conf_show(a, key, x);
        xlmem__conf_show(b, key, y);
        if (strcmp(x, y) != 0)
            return false;
    }
    return a->mode_from == b->mode_from &&
           a->switched_off == b->switched_off &&
           a->nr_problems == b->nr_problems;
}

static inline bool is_same_plan(const xlmem_plan *a, const xlmem_plan *b)
{
    size_t i;

    if (a->nr_steps != b->nr_steps)
        return false;
    for (i = 0; i < a->nr_steps; i++) {
        const xlmem_step *x = &a->steps[i], *y = &b->steps[i];

        if (x->from_kb != y->from_kb || x->to_kb != y->to_kb ||
            x->domid != y->domid || x->action != y->action ||
            x->author != y->author || x->why != y->why)
            return false;
    }
    return true;
}

static inline bool is_same_reservation(const xlmem_reservation *a,
                                       const xlmem_reservation *b)
{
    /* Numbers of 64 bits, with nothing between them. */
    _Static_assert(offsetof(xlmem_reservation, uuid) == 6 * sizeof(uint64_t),
                   "there is padding");

    return !memcmp(a, b, offsetof(xlmem_reservation, uuid)) &&
           !strcmp(a->uuid, b->uuid) && !strcmp(a->id, b->id);
}

static inline bool is_same_entry(const xlmem__entry *a, const xlmem__entry *b)
{
    _Static_assert(offsetof(xlmem__entry, res) == 7 * sizeof(uint64_t) &&
                       sizeof(xlmem__maximum) == 2 * sizeof(uint64_t),
                   "there is padding");

    return !memcmp(a, b, offsetof(xlmem__entry, res)) &&
           is_same_reservation(&a->res, &b->res) &&
           a->nr_before == b->nr_before &&
           !memcmp(a->before, b->before, sizeof(a->before)) &&
           is_same_plan(&a->plan, &b->plan) && a->nr_maxima == b->nr_maxima &&
           !memcmp(a->maxima, b->maxima, sizeof(a->maxima));
}

#endif /* XLMEM_TEST_SAME_H */
