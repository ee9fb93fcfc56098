/* SPDX-License-Identifier: LGPL-2.1-only */
/* How large others make dom0, by their own formulas. */
#ifndef XLMEM_PEERS_H
#define XLMEM_PEERS_H

#include "model/units.h"

/*
 * @total_kb: the host's memory.  @avail_kb: what Xen's default is relative to.
 * Returns how many of @peers_r were filled.
 */
size_t xlmem__peers(uint64_t total_kb, uint64_t avail_kb,
                    xlmem_peer_size peers_r[XLMEM_PEERS_MAX]);

#endif /* XLMEM_PEERS_H */
