/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_ACCOUNT_H
#define XLMEM_ACCOUNT_H

#include "model/blame.h"
#include "model/givers.h"
#include "model/units.h"

/*
 * What stays free in Xen at the least: Xen raises VIRQ_ENOMEM at 64 MiB
 * (opt_low_mem_virq, xen/common/page_alloc.c, 4.14 to 4.20); below it xenheap
 * allocations for grant tables, event channels and page tables of running
 * domains begin to be at risk.  8 MiB above, as squeezed keeps it, so that one
 * small allocation does not raise it.
 */
#define XLMEM__HEADROOM_LEAST_KB ((64 + 8) * XLMEM__MIB_KB)

/* What Xen allocates for a PV domU while it is migrated live; 0 for others. */
uint64_t xlmem__log_dirty_kb(const xlmem_dom *dom);

/* What is on its way back: all of a dying domain, and what a balloon has been
 * asked for and not released yet. */
uint64_t xlmem__coming_kb(const xlmem_host *host, const xlmem_dom *dom);

/* What domUs may be asked for once they have followed, who have not yet. */
uint64_t xlmem__give_later_kb(const xlmem_host *host);

/* What a domain may take without asking anybody. */
uint64_t xlmem__growth_kb(const xlmem_host *host, const xlmem_dom *dom);

/*
 * The least maximum of @least_kb and more that does not bring down Xen's
 * ceiling of the domain: that of HVM has video RAM beside, and an
 * administrator may have raised it.
 */
uint64_t xlmem__keeps_ceiling_kb(const xlmem_dom *dom, uint64_t least_kb);

/* What a domain may take with such a maximum beyond what it may take now. */
uint64_t xlmem__ceiling_rise_kb(const xlmem_dom *dom, uint64_t maximum_kb);

/*
 * What is free in the books and may yet be taken again.  Free memory is read
 * behind the domains: what a domain has given in between, of what its ceiling
 * lets it have, is in both.  That is its last MiB above its target, and of
 * an HVM domU as much more as its video RAM.  @later: the domains as they were
 * behind free memory, or none where nobody was to give.  For who gives others
 * what is usable to the last kB.
 */
uint64_t xlmem__may_return_kb(const xlmem_host *host, const xlmem_host *later);

/* What a domain has beyond its ceiling: before it has given that it takes
 * nothing, whatever its target is raised to up to there. */
uint64_t xlmem__beyond_ceiling_kb(const xlmem_dom *dom);

/* Whether a domU's target is needed where it is not asked to give: for what is
 * coming from it, or for the maximum that would take its growth back. */
bool xlmem__needs_target(const xlmem_dom *dom);

/* Whether a domU could be asked, if it has opted in: its balloon runs. */
bool xlmem__may_be_asked(const xlmem_dom *dom);

/* What a decision needs of the domains, all of it found in one pass. */
typedef struct xlmem__survey {
    uint64_t growth_kb, coming_kb, give_kb; /* sums */
    uint64_t log_dirty_kb;                  /* the most of one domU */
    bool growth_unknown; /* of one that may grow the ceiling is not known */
    xlmem__givers givers;
    xlmem__suspects suspects;
} xlmem__survey;

/* @survey_r: points into @host's list. */
void xlmem__survey_of(const xlmem_host *host, xlmem__survey *survey_r);

/* A domain more, without a reservation, behind the others in the list. */
void xlmem__survey_add(const xlmem_host *host, const xlmem_dom *dom,
                       xlmem__survey *survey);

/* As xlmem_account_of, by what was seen of the domains; a step for each
 * reservation, and none for each domain. */
int xlmem__account_by(const xlmem_host *host, const xlmem_policy *policy,
                      const xlmem__survey *survey, xlmem_account *account_r);

/*
 * As xlmem_account_of, and what was seen on the way.
 * @survey_r: points into @host; untouched on failure.
 */
int xlmem__account_with(const xlmem_host *host, const xlmem_policy *policy,
                        xlmem_account *account_r, xlmem__survey *survey_r);

#endif /* XLMEM_ACCOUNT_H */
