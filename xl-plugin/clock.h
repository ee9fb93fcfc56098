/* SPDX-License-Identifier: LGPL-2.1-only */
/* The time that a waiting command goes by. */
#ifndef XL_MEMGUARD_CLOCK_H
#define XL_MEMGUARD_CLOCK_H

#include <stdint.h>

/* Of CLOCK_MONOTONIC, which stands still while the host sleeps. */
uint64_t clock_us(void);
int64_t clock_ms(void);

/* Of CLOCK_BOOTTIME, which goes on. */
int64_t clock_boot_ms(void);

#endif /* XL_MEMGUARD_CLOCK_H */
