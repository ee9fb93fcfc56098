/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domain a shortage of Xen's memory is to be laid to. */
#ifndef XLMEM_BLAME_H
#define XLMEM_BLAME_H

#include "private/all.h"

/* Who may have to be named, seen while all domains are looked at. */
typedef struct xlmem__suspects {
    bool set_aside;                    /* somebody is */
    const xlmem_dom *unbuilt, *grower; /* the largest of each; NULL: none */
    uint64_t unbuilt_kb, growth_kb;    /* what each of them would give */
} xlmem__suspects;

/*
 * @promised: xlmem__is_promised; @growth_kb: what it may take unasked.
 * One that is neither paused nor set aside and may take no more than
 * XLMEM_CEILING_SLACK_KB changes nothing, and can be left out.
 */
void xlmem__suspects_add(xlmem__suspects *suspects, const xlmem_dom *dom,
                         bool promised, uint64_t growth_kb);

/*
 * Name in @verdict, which has a shortage, the domains that stand in the way:
 *
 *   dying, not-following, half-built   nobody counts on them any more
 *                                      (set_aside): all of them
 *   half-built   one that never ran; destroying it would be enough
 *   growth       one that may take more than is missing (`xl mem-max`)
 *   coming       those whose memory is waited for, last
 *
 * each with how much it is, and what cures it.
 */
void xlmem__blame(const xlmem_host *host, const xlmem__suspects *suspects,
                  xlmem_verdict *verdict);

#endif /* XLMEM_BLAME_H */
