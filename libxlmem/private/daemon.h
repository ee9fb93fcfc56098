/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the daemon says of itself to whoever watches. */
#ifndef XLMEM_PRIVATE_DAEMON_H
#define XLMEM_PRIVATE_DAEMON_H

#include "xlmem/context.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Its nodes: "pid", "version" and "state", which is "balancing", or "off"
 * where the configuration has balance off.  Nothing decides by them. */
#define XLMEM_DAEMON_NODE "/tool/memguard/daemon"

/*
 * xlmem_daemon_publish: write a node of the daemon's.
 * @name: below XLMEM_DAEMON_NODE; NULL: all of them are removed.
 * Returns 0; XLMEM_ERROR_UNSUPPORTED (a recorded host),
 * XLMEM_ERROR_XENSTORE, XLMEM_ERROR_PERM, XLMEM_ERROR_NOMEM.  Logs nothing.
 * Since: 0.1
 */
int xlmem_daemon_publish(xlmem_ctx *ctx, const char *name, const char *value);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_DAEMON_H */
