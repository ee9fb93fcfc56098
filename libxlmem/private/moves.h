/* SPDX-License-Identifier: LGPL-2.1-only */
/* How often targets have been set since the boot, and how far apart. */
#ifndef XLMEM_PRIVATE_MOVES_H
#define XLMEM_PRIVATE_MOVES_H

#include "private/admit.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef enum xlmem_move_way {
    XLMEM_MOVE_SHRINK,
    XLMEM_MOVE_GROW,
    XLMEM_NR_MOVE_WAYS
} xlmem_move_way;

/* All that somebody has moved one way. */
typedef struct xlmem_moved {
    uint64_t nr;
    uint64_t kb; /* between the targets before and after */
} xlmem_moved;

typedef struct xlmem_moves {
    xlmem_moved of[XLMEM_NR_AUTHORS][XLMEM_NR_MOVE_WAYS];
} xlmem_moves;

/* xlmem_move_way_name: "shrink", "grow".  Since: 0.1 */
const char *xlmem_move_way_name(xlmem_move_way way);

/*
 * xlmem_moves_read: all of them; 0 where none has been counted.
 * @root: where the host's files are; NULL: /.
 * Returns 0; XLMEM_ERROR_PERM, XLMEM_ERROR_IO.  Since: 0.1
 */
int xlmem_moves_read(const char *root, xlmem_moves *moves_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_MOVES_H */
