/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is kept of moves: a link below /run/xlmem that leads nowhere, and whose
 * text is the numbers.  It is replaced as a whole, so that who reads it needs
 * no lock, nothing is left half written by who is killed, and ulimit -f is no
 * matter: a link has no size that it limits.
 */
#ifndef XLMEM_SYS_MOVES_H
#define XLMEM_SYS_MOVES_H

#include "private/moves.h"

/*
 * One more.  Under the decision lock, which lets one count at a time.
 * @root: the host's /.
 * What cannot be counted is not, and nothing is said.
 */
void xlmem__moves_count(int root, const xlmem_step *step);

#endif /* XLMEM_SYS_MOVES_H */
