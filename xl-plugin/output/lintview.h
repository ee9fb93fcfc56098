/* SPDX-License-Identifier: LGPL-2.1-only */
/* What lint finds, for whoever shows it. */
#ifndef XL_MEMGUARD_LINTVIEW_H
#define XL_MEMGUARD_LINTVIEW_H

#include "output/out.h"
#include "private/all.h"

/* One row of a list: @of: of which line; @many: there are several. */
void lintview_put_item(out *o, const xlmem_lint_item *item, const char *of,
                       bool many);

#endif /* XL_MEMGUARD_LINTVIEW_H */
