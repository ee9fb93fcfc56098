/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The decision lock: one context decides at a time, on the whole host, in the
 * order in which they asked.
 *
 *     DIR/lock      a POSIX record lock, between processes
 *     DIR/threads   open-file-description locks, between the threads of one
 *                   process: each process has a byte of its own
 *     DIR/line/     who waits, and DIR/turn: for what (sys/queue.h)
 *
 * A record lock is not inherited by fork and is gone with its process, while
 * an open-file-description lock lives until the last copy of its descriptor
 * is closed, in whatever child that is: libxl has children that do not exec
 * and live for minutes.  A record lock, however, does not keep the threads of
 * one process apart, and closing any descriptor of its file in the process
 * drops it.  So DIR/lock is opened only by whoever has his process's byte of
 * DIR/threads; a child that still has that one holds up nobody, because the
 * byte is that of a process, not of a number: it is never asked for again.
 *
 * The modification time of DIR/lock is when it was had last, CLOCK_BOOTTIME:
 * who waits sees by it that others are being served.
 */
#ifndef XLMEM_DECISION_LOCK_H
#define XLMEM_DECISION_LOCK_H

#include "sys/folder.h"
#include "sys/process.h"

#define XLMEM__LOCK_FILE "lock"
#define XLMEM__THREADS_FILE "threads"

typedef struct xlmem__decision_lock {
    const xlmem__folder *folder; /* borrowed */
    int file, threads;           /* -1 unless held */
    int pid;                     /* who holds it: a child of ours does not */
    xlmem__process self;         /* the same, whole, while it is held */
} xlmem__decision_lock;

void xlmem__decision_init(xlmem__decision_lock *lock,
                          const xlmem__folder *folder);

bool xlmem__decision_is_held(const xlmem__decision_lock *lock);

/*
 * Take the lock.  Gives up when nobody has had it for @still_ms, and after
 * @total_ms in any case; 0: does not wait.
 * Returns 0, XLMEM_ERROR_BUSY, XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
 * @msg: who held it for how long, or what the system said.
 */
int xlmem__decision_take(xlmem__decision_lock *lock, int64_t still_ms,
                         int64_t total_ms, xlmem__msg *msg);

/* Let go, if it is held. */
void xlmem__decision_drop(xlmem__decision_lock *lock);

#endif /* XLMEM_DECISION_LOCK_H */
