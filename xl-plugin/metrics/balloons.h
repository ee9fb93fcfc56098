/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whether balloons follow.  One reading tells only who is where he was asked
 * to be.  Of the others an earlier reading does: who has come no nearer since,
 * or by no more than 1 MiB, is judged by how long, with the guard's limits
 * (private/pace.h).
 * Readings are kept in a file, by whoever reads regularly.
 */
#ifndef XL_MEMGUARD_METRICS_BALLOONS_H
#define XL_MEMGUARD_METRICS_BALLOONS_H

#include <stdio.h>

#include "private/all.h"

typedef enum balloon_state {
    BALLOON_UNKNOWN,
    BALLOON_FOLLOWING,
    BALLOON_SLOW,    /* has not moved for 1 s */
    BALLOON_STUCK,   /* 5 s */
    BALLOON_GAVE_UP, /* 15 s */
    BALLOON_NONE,    /* it says that it has none */
} balloon_state;

/* "following" ... "none"; NULL of one that is not known. */
const char *balloon_state_name(balloon_state state);

/* One that is not where it was asked to be. */
typedef struct balloon_sight {
    uint64_t domid, target_kb;
    uint64_t apart_kb; /* how far it was off that target when it last moved */
    int64_t since_ms;  /* or was first seen, on CLOCK_BOOTTIME */
} balloon_sight;

typedef struct balloon_sights {
    size_t nr;
    balloon_sight *list; /* owned; ascending domid */
} balloon_sights;

/*
 * balloons_see: each domain of a host, now.
 * @before: what an earlier call left; empty where there was none.
 * @states_r: of each domain, as the host lists them; @after_r: for the next
 *   call.  malloc'd; the caller frees them.
 * Returns 0, XLMEM_ERROR_NOMEM.
 */
int balloons_see(const xlmem_host *host, const balloon_sights *before,
                 int64_t now_ms, balloon_state **states_r,
                 balloon_sights *after_r);

/* As a file has them: a line of four numbers each, in decimal.  What is no
 * such file has been left by nobody: it says nothing. */
void balloons_read(FILE *file, balloon_sights *sights_r);
void balloons_write(const balloon_sights *sights, FILE *file);

#endif /* XL_MEMGUARD_METRICS_BALLOONS_H */
