/* SPDX-License-Identifier: LGPL-2.1-only */
/* A pass in the making: what its files share. */
#ifndef XLMEM_ENGINE_PASS_H
#define XLMEM_ENGINE_PASS_H

#include "engine/balance/monitor.h"
#include "model/promised.h"

/* Somebody lacks memory, or was asked for some, and what is reserved may be
 * set free without an event. */
#define XLMEM__RESERVED_LOOK_MS 5000

/* One pass in the making. */
typedef struct xlmem__pass {
    xlmem_monitor *m;
    int64_t now_ms;
    bool dry;
    xlmem__books books;
    xlmem_host later; /* who gives, read behind free memory */
    bool observed;    /* all have been looked at in this pass */
    bool stale;       /* a node was not what the plan goes by */
    /* By domid: a create that is being decided has asked it for memory; a plan
     * of a guard owes it some; it is being saved or migrated. */
    uint64_t asked[XLMEM__DOMIDS / 64], owed[XLMEM__DOMIDS / 64],
        leaving[XLMEM__DOMIDS / 64];
    xlmem__promised promised;
    size_t nr_signed;
    uint64_t coming_kb; /* of those that do not take part */
    xlmem__stall stall; /* dom0's, now; at_ms 0: not known */
    xlmem__purse purse;
    xlmem__plenty plenty;
    xlmem_plan plan;
    int64_t again_ms; /* INT64_MAX: not before something happens */
} xlmem__pass;

static inline void xlmem__at_latest(xlmem__pass *p, int64_t ms)
{
    if (ms < p->again_ms)
        p->again_ms = ms;
}

static inline bool xlmem__has_bit(const uint64_t *bits, uint64_t domid)
{
    return domid < XLMEM__DOMIDS && bits[domid / 64] >> domid % 64 & 1;
}

static inline void xlmem__set_bit(uint64_t *bits, uint64_t domid)
{
    if (domid < XLMEM__DOMIDS)
        bits[domid / 64] |= UINT64_C(1) << domid % 64;
}

/*
 * What a domain is, for the rule: whether it takes part, between what, and
 * what it needs.  Signs the target of who is new, and pins who was set by
 * hand.
 * @dom: of the books; NULL: it is gone.
 */
void xlmem__party_of(xlmem__pass *pass, xlmem__kept *kept,
                     const xlmem_dom *dom);

#endif /* XLMEM_ENGINE_PASS_H */
