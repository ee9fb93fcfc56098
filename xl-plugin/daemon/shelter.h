/* SPDX-License-Identifier: LGPL-2.1-only */
/* What keeps the daemon alive when dom0 has no memory, and harmless. */
#ifndef XL_MEMGUARD_SHELTER_H
#define XL_MEMGUARD_SHELTER_H

#include <stdbool.h>

/*
 * shelter_take: out of the OOM killer's sight, memory locked as it is used,
 * without privileges that are of no use any more.  What cannot be had is said,
 * and goes without.
 * @reads_log: the kernel's log is to be read.
 */
void shelter_take(bool reads_log);

/*
 * For a process that the daemon has made: the OOM killer may choose it, and of
 * what the daemon has open it keeps the standard descriptors and @keep_fd.
 * xenstored and the kernel would else see the daemon live on in it: watches
 * and triggers of pressure last as long as somebody has them open.  Linux
 * before 5.9 leaves it all open.
 */
void shelter_leave(int keep_fd);

#endif /* XL_MEMGUARD_SHELTER_H */
