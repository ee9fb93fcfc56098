/* SPDX-License-Identifier: LGPL-2.1-only */
/* The clairvoyant as a player: the optimum's plan as targets. */
#ifndef XLMEM_CONTEST_REPLAY_H
#define XLMEM_CONTEST_REPLAY_H

#include "optimum.h"
#include "world.h"

/* Good as long as the optimum is. */
player replay_of(const optimum *o);

#endif /* XLMEM_CONTEST_REPLAY_H */
