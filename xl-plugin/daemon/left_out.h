/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who is left out because his balloon does not move: said once, and again
 * when he is back. */
#ifndef XL_MEMGUARD_LEFT_OUT_H
#define XL_MEMGUARD_LEFT_OUT_H

#include "cmd.h"
#include "xlmem/monitor.h"

typedef struct left_out {
    uint64_t *domids; /* who was said to be; malloc'd */
    size_t nr, room;
} left_out;

/* After a pass: look at who it is, and say what has changed. */
void left_out_look(left_out *l, const xlmem_monitor *monitor);
void left_out_dispose(left_out *l);

#endif /* XL_MEMGUARD_LEFT_OUT_H */
