/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a service manager is told, sd_notify(3).  Where there is none, or this
 * was built without libsystemd, it is told nothing. */
#ifndef XL_MEMGUARD_NOTIFY_H
#define XL_MEMGUARD_NOTIFY_H

#include <stdint.h>

/* It is up, or again what it was before notify_reloading. */
void notify_ready(const char *status);
void notify_reloading(void);
void notify_stopping(void);
/* One line for people. */
void notify_status(const char *status);

/* How often notify_alive has to be called, in microseconds; 0: never. */
uint64_t notify_watchdog_us(void);
void notify_alive(void);

#endif /* XL_MEMGUARD_NOTIFY_H */
