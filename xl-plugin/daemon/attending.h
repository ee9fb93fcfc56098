/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remedies of the doctor's that the daemon carries out by itself, where
 * auto_remedy in memguard.conf(5) names them. */
#ifndef XL_MEMGUARD_ATTENDING_H
#define XL_MEMGUARD_ATTENDING_H

#include "cmd.h"
#include "private/remedy.h"

/* How often the host is looked at, while something may be done. */
#define ATTENDING_SECONDS 30

typedef struct attending {
    xlmem_attend state;
    int child; /* process: who looks closer, and does it; 0: nobody */
    xlmem_remedy_kind doing;
    uint64_t refused; /* XLMEM_REMEDY_BIT of those that were, the last time */
} attending;

/* Whether there is anything to look for. */
bool attending_is_wanted(const xlmem_policy *policy);

/* Look at the host; what is due is begun, in a process of its own. */
void attending_look(attending *a, const cmd_run *run, xlmem_ctx *ctx,
                    const xlmem_policy *policy);

/* Nobody is to go on: what is begun is ended where it can be. */
void attending_end(attending *a);

#endif /* XL_MEMGUARD_ATTENDING_H */
