/* SPDX-License-Identifier: LGPL-2.1-only */
/* One daemon on a host. */
#ifndef XL_MEMGUARD_SINGLE_H
#define XL_MEMGUARD_SINGLE_H

#include <stdbool.h>

/*
 * single_take: be the one, until this process ends, however it ends.  Once
 * more where single_is_found() says no.
 * Returns 0; XLMEM_ERROR_BUSY: another one is; XLMEM_ERROR_PERM,
 * XLMEM_ERROR_IO.  A message was printed.
 */
int single_take(void);

/* Whether the lock file that we hold is still the one at its path: somebody
 * may have removed it, or its folder. */
bool single_is_found(void);

#endif /* XL_MEMGUARD_SINGLE_H */
