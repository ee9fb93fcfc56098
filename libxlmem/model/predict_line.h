/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the caller of predict means, as a whole command line of Xen's. */
#ifndef XLMEM_PREDICT_LINE_H
#define XLMEM_PREDICT_LINE_H

#include "model/units.h"

/* Room for the longest line Xen takes (2 KiB, arch/x86/boot) twice over. */
#define XLMEM__LINE_MAX 4096

/*
 * @args: a command line; or dom0_mem= options, or their value, or "", which
 *   take the place of those in the line that the host was booted with.
 * Returns 0 or XLMEM_ERROR_RANGE when it is longer than @line_r.
 */
int xlmem__predict_line(const xlmem_host *host, const char *args,
                        char line_r[XLMEM__LINE_MAX]);

#endif /* XLMEM_PREDICT_LINE_H */
