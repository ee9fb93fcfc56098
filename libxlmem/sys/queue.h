/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The queue of those who wait for the decision lock, in the order in which
 * they asked.
 *
 *     DIR/line/TIME.PID.START.SPACE     a FIFO for each; TIME is
 *                                       CLOCK_BOOTTIME, in ns, 20 digits
 *     DIR/turn                          a FIFO at which the first one waits
 *
 * The queue says whose turn it is and nothing else: who has the lock is the
 * lock's own business (sys/decision_lock.c), so nothing that goes wrong here
 * lets two decide at once.  No file grows: that would fail where none may
 * (ulimit -f 0).
 *
 * Nobody has to ask whether it is his turn.  Who stands in it has his FIFO
 * open, to read and to write; who stands behind him has it open to read, and
 * poll() ends when he leaves, which writes a byte, or dies, which closes it.
 * The first one reads "turn", where whoever drops the lock comes in to write
 * and goes: that ends poll(), too, and fails at once where nobody reads.  So
 * an event wakes one process, in the kernel's time; poll() has a deadline, and
 * needs no signal and no thread in somebody else's process.
 *
 * What no event tells is found by looking now and then: that somebody died
 * whose child has a copy of his descriptors, and that somebody has stopped.
 */
#ifndef XLMEM_SYS_QUEUE_H
#define XLMEM_SYS_QUEUE_H

#include "sys/folder.h"
#include "sys/process.h"

#define XLMEM__QUEUE_DIR "line"
#define XLMEM__TURN_FILE "turn"

/* Of a name, with its NUL. */
#define XLMEM__PLACE_MAX (21 + XLMEM__PROCESS_TEXT_MAX)

/* Where we stand. */
typedef struct xlmem__place {
    char name[XLMEM__PLACE_MAX]; /* "": nowhere */
    int fd;                      /* its FIFO; -1: nowhere */
} xlmem__place;

typedef struct xlmem__queue_seen {
    size_t nr_before; /* who stand before us; all without a place */
    bool present;     /* our own place is there */
    char first[XLMEM__PLACE_MAX];  /* who stands first; "": nobody before us */
    char before[XLMEM__PLACE_MAX]; /* who stands directly before us */
} xlmem__queue_seen;

/* Stand at the end.  Returns 0 or errno. */
int xlmem__queue_join(const xlmem__folder *folder, const xlmem__process *self,
                      xlmem__place *place_r);

/* Stand where we stood before we were taken out.  false: we stand there. */
bool xlmem__queue_join_again(const xlmem__folder *folder, xlmem__place *place);

/* Leave, and wake who stands behind us. */
void xlmem__queue_leave(const xlmem__folder *folder, xlmem__place *place);

/* Take out somebody who does not come.  false: he is there. */
bool xlmem__queue_take_out(const xlmem__folder *folder, const char *name);

/*
 * Who stands before us; the dead at the front are taken out on the way.
 * @name: our own place; "": at the end.  A queue that cannot be read is empty.
 */
void xlmem__queue_look(const xlmem__folder *folder, const char *name,
                       const xlmem__process *self, xlmem__queue_seen *seen_r);

/*
 * A descriptor for whoever stands in the queue, on which poll() returns when
 * the one before him has gone, or when he is the first and the lock was
 * dropped after this call.  -1: look again instead; at once where errno is
 * ENOENT, and soon where it is EAGAIN: who stands there has just come, or is
 * just going.
 */
int xlmem__queue_watch(const xlmem__folder *folder,
                       const xlmem__queue_seen *seen);

/* The lock was dropped: wake the first, if somebody waits. */
void xlmem__queue_call_first(const xlmem__folder *folder);

#endif /* XLMEM_SYS_QUEUE_H */
