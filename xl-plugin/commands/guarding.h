/* SPDX-License-Identifier: LGPL-2.1-only */
/* Who starts domains here, and who of them is guarded. */
#ifndef XL_MEMGUARD_GUARDING_H
#define XL_MEMGUARD_GUARDING_H

#include "cmd.h"
#include "private/guard.h"

typedef struct guarding {
    size_t nr;
    xlmem_guarded *list; /* owned */
} guarding;

/* Returns 0 or an XLMEM_ERROR_*; a message was printed. */
int guarding_find(const cmd_run *run, xlmem_ctx *ctx, guarding *g_r);
void guarding_dispose(guarding *g);

/* Inside the report's part about the guard. */
void guarding_put(out *o, const guarding *g);

/* How many of a kind there are, and how many are guarded. */
size_t guarding_count(const guarding *g, xlmem_guarded_kind kind,
                      size_t *guarded_r);

#endif /* XL_MEMGUARD_GUARDING_H */
