/* SPDX-License-Identifier: LGPL-2.1-only */
/* The doctor in the daemon: what it finds is logged, and remedies of its are
 * carried out where auto_remedy in memguard.conf(5) names them. */
#ifndef XL_MEMGUARD_ATTENDING_H
#define XL_MEMGUARD_ATTENDING_H

#include "cmd.h"
#include "daemon/news.h"
#include "private/remedy.h"

/* The host is looked at when the daemon is awake, as often as this at most:
 * unless mode is off.  It is woken for it as often while there is a reason to,
 * as attending_follow has it; a healthy host is none. */
#define ATTENDING_SECONDS 30

typedef struct attending {
    xlmem_attend state;
    news news;
    int64_t looked_ms; /* when it last was, CLOCK_BOOTTIME; 0: not yet */
    int child;         /* process: who looks closer, and does it; 0: nobody */
    xlmem_remedy_kind doing;
    /* Of the child, while there is one: */
    int why_fd; /* it says here why it refuses */
    bool acts;  /* it was begun in mode enforce */
    bool ended; /* it was told to end */
    /* Why each kind was refused the last time, by its place behind
     * XLMEM_REMEDY_COMPACT; "": it was not. */
    char said[XLMEM_ATTEND_NR][XLMEM_REMEDY_ROOM];
} attending;

/* Whether anything may be done. */
bool attending_is_wanted(const xlmem_policy *policy);

/* Take note of what has become of what was begun, and look at the host; what
 * there is to say of it is logged, and what is due is begun, in a process of
 * its own. */
void attending_look(attending *a, const cmd_run *run, xlmem_ctx *ctx,
                    const xlmem_policy *policy);

/*
 * After a look, or a change of policy: what is not allowed any more is ended.
 * Returns whether attending_look is to be called every ATTENDING_SECONDS:
 * there is a process to wait for, something may be done, or a finding stands
 * of which it is to be said when it is worse, or over.
 */
bool attending_follow(attending *a, const xlmem_policy *policy);

/* Whether the last look is so long ago that the next one may be made. */
bool attending_is_due(const attending *a);

/* Nobody is to go on: what is begun is ended where it can be.  Until a look
 * has found it so it counts as at work: a kernel that writes to a medium does
 * not let go of a process at once. */
void attending_end(attending *a);

#endif /* XL_MEMGUARD_ATTENDING_H */
