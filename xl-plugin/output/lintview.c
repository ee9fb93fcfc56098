/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/lintview.h"

void lintview_put_item(out *o, const xlmem_lint_item *item, const char *of,
                       bool many)
{
    out_row(o);
    out_text(o, "of", many ? "line" : NULL, of);
    out_text(o, "severity", "severity", xlmem_severity_name(item->severity));
    out_text(o, "code", "code", item->code);
    out_text(o, "text", "what", item->text);
    out_row_end(o);
}
