/* SPDX-License-Identifier: LGPL-2.1-only */
/* Ranges of domains that came without one, as libvirt's may: out of their
 * files beside the host's configuration (memguard.conf(5)). */
#ifndef XL_MEMGUARD_RANGES_H
#define XL_MEMGUARD_RANGES_H

#include "cmd.h"
#include "private/domids.h"
#include "xlmem/monitor.h"

typedef struct ranges {
    xlmem_domids looked; /* who is here, and whose file was looked for */
} ranges;

/* After a pass: who takes no part for want of a range, and was not looked at
 * before, is given the one of his file.  What is wrong with a file is said,
 * once, and the others count. */
void ranges_look(ranges *r, xlmem_ctx *ctx, const xlmem_monitor *monitor);

/* Files may be others now, or the nodes in xenstore gone: look again after
 * the next pass. */
void ranges_forget(ranges *r);

#endif /* XL_MEMGUARD_RANGES_H */
