/* SPDX-License-Identifier: LGPL-2.1-only */
/* A PV guest that crashes a moment after each start: some two seconds. */
#define SHUTDOWN_TICKS (1 << 32)
#define SHUTDOWN_REASON 3 /* SHUTDOWN_crash in xen/include/public/sched.h */
#include "tiny-pv.S"
