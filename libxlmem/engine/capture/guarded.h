/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_ENGINE_GUARDED_H
#define XLMEM_ENGINE_GUARDED_H

#include "private/guard.h"

/* xlmem_guarded_find, on whose side of the module the work is done. */
int xlmem__guarded_find(xlmem_ctx *ctx, const char *search,
                        xlmem_guarded **list_r, size_t *nr_r);

#endif /* XLMEM_ENGINE_GUARDED_H */
