/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How long somebody may stand still who is on his way to a target, and how far
 * he has to go:
 *
 *      0 s      1 s               5 s                 15 s
 *      |follows |slow             |stuck              |gave up
 */
#ifndef XLMEM_PRIVATE_PACE_H
#define XLMEM_PRIVATE_PACE_H

#include <stdint.h>

/*
 * Linux's balloon begins within a second, and after each failure to move
 * sleeps twice as long, 2, 4, 8 s (drivers/xen/balloon.c, update_schedule).
 * Since 5.3 it gives up with the fourth (max_retry_count), for an hour or
 * until its target changes; before that it goes on for ever.
 */
#define XLMEM_SLOW_MS 1000
#define XLMEM_GAVE_UP_MS 15000

/*
 * Under emulation a balloon has finished after 2 to 6 s.  Xen gives back a
 * dying domain's pages without a pause, some GiB in a second, as long as
 * nobody maps them.  A builder is still for as long as it reads and unpacks a
 * kernel.
 */
#define XLMEM_STUCK_MS 5000

/* xlmem_apart_kb: how far somebody is from where he is to be. */
static inline uint64_t xlmem_apart_kb(uint64_t a_kb, uint64_t b_kb)
{
    return a_kb > b_kb ? a_kb - b_kb : b_kb - a_kb;
}

#endif /* XLMEM_PRIVATE_PACE_H */
