/* SPDX-License-Identifier: LGPL-2.1-only */
/* Processes, told from others that have, or will have, the same number. */
#ifndef XLMEM_PROCESS_H
#define XLMEM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct xlmem__process {
    int pid;
    uint64_t start; /* /proc/PID/stat, field 22: clock ticks since boot */
    uint64_t space; /* where both mean something: the pid and time namespace;
                       0: not known */
} xlmem__process;

/* What is written of a process: "PID.START.SPACE". */
#define XLMEM__PROCESS_TEXT_MAX 56

/* This one.  Without a /proc of its own it cannot be told from others.
 * Returns 0; an errno value where the /proc that is there cannot be read. */
int xlmem__process_self(xlmem__process *self_r);

void xlmem__process_write(const xlmem__process *process,
                          char text_r[XLMEM__PROCESS_TEXT_MAX]);

/* The reverse, of the whole of @text; false when it is none. */
bool xlmem__process_parse(const char *text, xlmem__process *process_r);

/*
 * Whether a process is known to be dead: its number is nobody's, somebody
 * else's, or that of one that waits for its parent to notice.  Of another
 * namespace nothing is known.
 */
bool xlmem__process_is_dead(const xlmem__process *process,
                            const xlmem__process *self);

/* "812 (xl)"; "812" when it has no name any more. */
void xlmem__process_name(int pid, char *buf, size_t len);

#endif /* XLMEM_PROCESS_H */
