/* SPDX-License-Identifier: LGPL-2.1-only */
/* A pass in the making: what its files share. */
#ifndef XLMEM_ENGINE_PASS_H
#define XLMEM_ENGINE_PASS_H

#include "engine/balance/monitor.h"
#include "model/promised.h"
#include "private/domids.h"

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
    /* Whom a create that is being decided has asked for memory; whom a plan of
     * a guard owes some; who is being saved or migrated. */
    xlmem_domids asked, owed, leaving;
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

/* What was to be set of it could not be: it is left alone for some time. */
void xlmem__pass_refuse(xlmem__pass *pass, xlmem__kept *kept);

/*
 * What a domain is, for the rule: whether it takes part, between what, and
 * what it needs.  Signs the target of who is new, and pins who was set by
 * hand.
 * @dom: of the books; NULL: it is gone.
 */
void xlmem__party_of(xlmem__pass *pass, xlmem__kept *kept,
                     const xlmem_dom *dom);

#endif /* XLMEM_ENGINE_PASS_H */
