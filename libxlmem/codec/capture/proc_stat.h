/* SPDX-License-Identifier: LGPL-2.1-only */
/* /proc/PID/stat, of a process or a thread. */
#ifndef XLMEM_PROC_STAT_H
#define XLMEM_PROC_STAT_H

#include "codec/text.h"

typedef struct xlmem__proc_stat {
    uint64_t pid;
    char comm[XLMEM_COMM_MAX]; /* safe */
    char state;                /* 'D', 'R', 'S', 'Z', ... */
    uint64_t cpu_ticks;        /* in user mode and in the kernel */
    uint64_t nr_threads;
    uint64_t rss_pages;
} xlmem__proc_stat;

/* false: it is something else, or cut. */
bool xlmem__proc_stat_parse(xlmem__str text, xlmem__proc_stat *stat_r);

/* Whether a task that waits in this function of the kernel waits for the lock
 * of a memory map. */
bool xlmem__is_mmap_wait(const char *function);

#endif /* XLMEM_PROC_STAT_H */
