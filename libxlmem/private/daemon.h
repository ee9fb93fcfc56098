/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the daemon says of itself to whoever watches. */
#ifndef XLMEM_PRIVATE_DAEMON_H
#define XLMEM_PRIVATE_DAEMON_H

#include "private/host.h"

/* Where the daemon hears of dom0's pressure.  Its mode is 0444 on Linux 5.10
 * (Debian 11), 0666 on 6.1 (Debian 12). */
#define XLMEM_PRESSURE_FILE "/proc/pressure/memory"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/*
 * xlmem_daemon_publish: write a node of the daemon's.
 * @name: below XLMEM_DAEMON_NODE; NULL: all of them are removed.
 * Returns 0; XLMEM_ERROR_UNSUPPORTED (a recorded host),
 * XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM, XLMEM_ERROR_NOMEM.  Logs nothing.
 * Since: 0.1
 */
int xlmem_daemon_publish(xlmem_ctx *ctx, const char *name, const char *value);

/*
 * xlmem_daemon_publish_dom: write a node of a domain that the daemon watches.
 * @name: XLMEM_DAEMON_DEMAND or _FLOODS; @value: NULL: it is removed.
 * Returns as above; XLMEM_ERROR_NOTFOUND where the domain has gone.
 * Since: 0.1
 */
int xlmem_daemon_publish_dom(xlmem_ctx *ctx, uint64_t domid, const char *name,
                             const uint64_t *value);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_DAEMON_H */
