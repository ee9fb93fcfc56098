/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domain a shortage of Xen's memory is to be laid to. */
#ifndef XLMEM_BLAME_H
#define XLMEM_BLAME_H

#include "xlmem.h"

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
void xlmem__blame(const xlmem_host *host, xlmem_verdict *verdict);

#endif /* XLMEM_BLAME_H */
