/* SPDX-License-Identifier: LGPL-2.1-only */
#include "verdict.h"

void put_reasons(out *o, const xlmem_reason *reasons, size_t nr)
{
    size_t i;

    out_list(o, "reasons", nr ? "Why" : NULL);
    for (i = 0; i < nr; i++) {
        out_row(o);
        out_text(o, "code", "reason", reasons[i].code);
        out_text(o, "text", "", reasons[i].text);
        out_row_end(o);
    }
    out_end(o);
}

void verdict_put_steps(out *o, const xlmem_verdict *v)
{
    size_t i;

    out_list(o, "steps", v->nr_steps ? "The plan: targets (kB)" : NULL);
    for (i = 0; i < v->nr_steps; i++) {
        out_row(o);
        OUT_NUM(o, "domid", "id", OUT_COUNT, v->steps[i].domid);
        OUT_NUM(o, "from_kb", "from", OUT_KB, v->steps[i].from_kb);
        OUT_NUM(o, "to_kb", "to", OUT_KB, v->steps[i].to_kb);
        out_row_end(o);
    }
    out_end(o);
}
