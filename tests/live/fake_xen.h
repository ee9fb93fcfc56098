/* SPDX-License-Identifier: LGPL-2.1-only */
/* A Xen that is made of this program: the xc_* functions that the live module
 * asks, found before libxenctrl's. */
#ifndef XLMEM_FAKE_XEN_H
#define XLMEM_FAKE_XEN_H

#include <stdint.h>

extern uint32_t fake_doms;       /* how many there are, dom0 included */
extern unsigned fake_hypercalls; /* so many were made */

#endif /* XLMEM_FAKE_XEN_H */
