/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_ACCOUNT_H
#define XLMEM_ACCOUNT_H

#include "xlmem.h"

/* What Xen allocates for a PV domU while it is migrated live; 0 for others. */
uint64_t xlmem__log_dirty_kb(const xlmem_dom *dom);

/* What is on its way back: all of a dying domain, and what a balloon has been
 * asked for and not released yet. */
uint64_t xlmem__coming_kb(const xlmem_host *host, const xlmem_dom *dom);

/* What a domain may take without asking anybody. */
uint64_t xlmem__growth_kb(const xlmem_host *host, const xlmem_dom *dom);

/* What a domU may be asked for: nothing of one that has a reservation, which
 * would take it again. */
uint64_t xlmem__may_give_kb(const xlmem_host *host, const xlmem_dom *dom);

#endif /* XLMEM_ACCOUNT_H */
