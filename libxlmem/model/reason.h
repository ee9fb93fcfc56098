/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_REASON_H
#define XLMEM_REASON_H

#include "xlmem.h"

/* Add a reason to a verdict; one too many is left out.  @code: static. */
void xlmem__reason(xlmem_verdict *verdict, const char *code, const char *fmt,
                   ...) __attribute__((format(printf, 3, 4)));

#endif /* XLMEM_REASON_H */
