/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which steps of the ledger have led to the target that a domain has.
 *
 *     2000 ---A---> 1500 ---B---> 1200      now: A and B
 *     2000 ---A---> 1500    1700 ---B---> 1600
 *                        ^ a stranger       now: B
 *
 * Entries have no order; a step belongs to the chain if it ends at the target,
 * or at the one that a step of the chain begins at.  What a plan took before a
 * stranger set a target is void, whatever plans take after that.
 */
#ifndef XLMEM_ENGINE_CHAIN_H
#define XLMEM_ENGINE_CHAIN_H

#include "engine/facts/entries.h"

/* A plan has one or two steps of a domain, and so many plans take of one at
 * once on no host; where there are more all of them count. */
#define XLMEM__CHAIN_MAX 128

typedef struct xlmem__chain {
    uint64_t domid;
    bool is_full;
    size_t nr, nr_linked; /* those of the chain come first */
    const xlmem_step *steps[XLMEM__CHAIN_MAX];
} xlmem__chain;

/* @now_kb: the target; steps of an administrator's are no part of it.
 * @entries: as long as the chain is used. */
void xlmem__chain_of(const xlmem__entries *entries, uint64_t domid,
                     uint64_t now_kb, xlmem__chain *chain_r);

/* Whether one of its steps is the same. */
bool xlmem__chain_has(const xlmem__chain *chain, const xlmem_step *step);

/* Whether one of its steps begins where what the guard took with @step began:
 * if that is no part of the chain it has been paid, but perhaps for a maximum
 * that was written with it. */
bool xlmem__chain_has_paid(const xlmem__chain *chain, const xlmem_step *step);

#endif /* XLMEM_ENGINE_CHAIN_H */
