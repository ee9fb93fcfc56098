/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host's list of domains, changed. */
#ifndef XLMEM_MODEL_HOST_H
#define XLMEM_MODEL_HOST_H

#include "private/all.h"

/* Add a domain behind the others, of a higher id; 0 or XLMEM_ERROR_NOMEM. */
int xlmem__host_add_dom(xlmem_host *host, const xlmem_dom *dom);

/* Room for so many more, which are put there without asking for memory again;
 * 0 or XLMEM_ERROR_NOMEM. */
int xlmem__host_make_room(xlmem_host *host, size_t nr);

/* Put the domains in ascending order, in which nearly all come. */
void xlmem__host_sort(xlmem_host *host);

/* Nobody but dom0 is left, and nothing is reserved. */
void xlmem__host_keep_dom0(xlmem_host *host);

/*
 * A host whose lists of domains and of reservations are its own; all else is
 * that of @host, which must stay.  0 or XLMEM_ERROR_NOMEM; give it back either
 * way.
 */
int xlmem__host_borrow(const xlmem_host *host, xlmem_host *copy_r);
void xlmem__host_return(xlmem_host *copy);

/* The host as it would be with nobody but dom0, its lists borrowed; false
 * where somebody's memory is not known. */
bool xlmem__host_alone(const xlmem_host *host, xlmem_host *alone);

/* Whether a reservation that counts is bound to it: somebody who lives builds
 * it, or has built it. */
bool xlmem__is_promised(const xlmem_host *host, const xlmem_dom *dom);

/* Whether it was made and not finished: it never ran, and lacks memory.  What
 * of its memory is claimed, somebody else says. */
bool xlmem__never_ran(const xlmem_dom *dom);

/* Whether its builder has ended: somebody lets it run, or has. */
bool xlmem__was_let_run(const xlmem_dom *dom);

/* xlmem_dom_is_unbuilt but for reservations: nobody has a claim for it. */
bool xlmem__is_unbuilt(const xlmem_dom *dom);

/* The least maximum that takes nothing from it, in whole MiB: libxl refuses
 * one below the target, and an HVM domU holds its video RAM beyond that. */
uint64_t xlmem__least_maximum_kb(const xlmem_dom *dom);

/* What dom0 has, by its balloon, or as Xen says; false: not known. */
bool xlmem__dom0_size_of(const xlmem_host *host, uint64_t *kb_r);

#endif /* XLMEM_MODEL_HOST_H */
