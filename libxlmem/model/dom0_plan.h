/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_DOM0_MOVE_H
#define XLMEM_DOM0_MOVE_H

#include "private/dom0.h"

/* Add the reason why it did not come about: dom0 has reached_kb. */
void xlmem__dom0_stood_still(xlmem_dom0_move *move);

#endif /* XLMEM_DOM0_MOVE_H */
