/* SPDX-License-Identifier: LGPL-2.1-only */
/* A PV guest that reboots a moment after each start: some two seconds. */
#define REBOOT_TICKS (1 << 32)
#include "tiny-pv.S"
