/* SPDX-License-Identifier: LGPL-2.1-only */
/* The daemon's events. */
#ifndef XL_MEMGUARD_LOOP_H
#define XL_MEMGUARD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* What a loop calls. */
typedef struct loop_calls {
    void (*ready)(void *arg);  /* loop_follow: its descriptor, or the time */
    void (*reload)(void *arg); /* SIGHUP, or the switch was turned */
    void (*alive)(void *arg);  /* every so often, if it was asked for */
    void (*look)(void *arg);   /* loop_look_every */
    void *arg;
} loop_calls;

typedef struct loop loop;

/*
 * @alive_us: how often @calls->alive is to be called; 0: never.
 * NULL without memory or descriptors (a message was printed).
 */
loop *loop_new(const loop_calls *calls, uint64_t alive_us);
void loop_free(loop *l);

/*
 * What to wait for from now on: asked for once, and anew after each
 * calls->ready.
 * @fd: -1: none.  Not looked at before loop_follow is called again, so that it
 *   may be closed, and another one have its number.
 * @deadline_ms: CLOCK_BOOTTIME; -1: none.
 */
void loop_follow(loop *l, int fd, int64_t deadline_ms);

/* Look no more at the descriptor: it may be closed now. */
void loop_forget(loop *l);

/* Call calls->look every so many seconds from now on; 0: no more.  One that is
 * on already goes on. */
void loop_look_every(loop *l, unsigned seconds);

/* Look for the switch in /run/xlmem as it is now: it was replaced. */
void loop_watch(loop *l);

/* It cannot go on: loop_run returns false. */
void loop_break(loop *l);

/* Until SIGTERM or SIGINT.  false: it cannot go on. */
bool loop_run(loop *l);

#endif /* XL_MEMGUARD_LOOP_H */
