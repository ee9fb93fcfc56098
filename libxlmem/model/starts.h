/* SPDX-License-Identifier: LGPL-2.1-only */
/* DomUs that are to be created: running ones as such, and one alone. */
#ifndef XLMEM_STARTS_H
#define XLMEM_STARTS_H

#include "private/all.h"

/* What would be asked for if it were built anew as it is. */
void xlmem__request_of_dom(const xlmem_host *host, const xlmem_dom *dom,
                           xlmem_need_request *request_r);

/* dom0, or a domU that is at its end. */
bool xlmem__dom_stays(const xlmem_dom *dom);

/*
 * Would this domU start here, beside those before it?  What xlmem_start_all
 * asks of each.
 * @host: when it would, it is as after that: the domU is in its list, and what
 *   a plan took, or was coming back, has been given.
 * @start: answered; for an error beside the two refusals its kind alone.
 * Returns as xlmem_need_of and xlmem_admit; XLMEM_ERROR_NOMEM.
 */
int xlmem__start_domu(xlmem_host *host, const xlmem_policy *policy,
                      xlmem_start *start);

#endif /* XLMEM_STARTS_H */
