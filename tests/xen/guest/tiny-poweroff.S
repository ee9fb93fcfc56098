/* SPDX-License-Identifier: LGPL-2.1-only */
/* A PV guest that powers off a moment after each start: some two seconds. */
#define SHUTDOWN_TICKS (1 << 32)
#define SHUTDOWN_REASON 0 /* SHUTDOWN_poweroff in xen/include/public/sched.h */
#include "tiny-pv.S"
