/* SPDX-License-Identifier: LGPL-2.1-only */
/* A decision as one line, for whoever shows only one. */
#include "model/checked.h"
#include "model/line.h"

static bool came_late(const xlmem_verdict *v)
{
    return xlmem_finding_is(v->reasons, v->nr_reasons, "late");
}

/* What was promised beyond what there is; a need is short of that as well. */
static uint64_t deficit_of(const xlmem_verdict *v)
{
    return xlmem__sub0(xlmem__add_sat(v->short_kb, v->usable_kb), v->need_kb);
}

/* "(needs 3072.0 MiB, 1740.8 MiB usable, others can give 300.0 MiB)" */
static void add_xen(xlmem__line *line, const xlmem_verdict *v)
{
    const uint64_t others_kb = xlmem__sub0(v->short_kb, v->missing_kb);
    const uint64_t deficit_kb = v->short_kb ? deficit_of(v) : 0;

    xlmem__line_add(line, " (needs ");
    xlmem__line_mib(line, v->need_kb);
    xlmem__line_add(line, ", ");
    xlmem__line_mib(line, v->usable_kb);
    xlmem__line_add(line, " usable");
    if (deficit_kb) {
        xlmem__line_add(line, ", ");
        xlmem__line_mib(line, deficit_kb);
        xlmem__line_add(line, " promised beyond what is there");
    }
    if (others_kb) {
        xlmem__line_add(line, ", others can give ");
        xlmem__line_mib(line, others_kb);
    }
    xlmem__line_add(line, ")");
}

static void say_dom0_side(xlmem__line *line, const xlmem_verdict *v)
{
    xlmem__line_add(line, "dom0 is short by ");
    xlmem__line_mib(line, v->dom0_need_kb - v->dom0_spare_kb);
    xlmem__line_add(line, " for its side of it (needs ");
    xlmem__line_mib(line, v->dom0_need_kb);
    xlmem__line_add(line, ", can spare ");
    xlmem__line_mib(line, v->dom0_spare_kb);
    xlmem__line_add(line, ")");
}

/* A refusal of what others could have given. */
static void add_ungiven(xlmem__line *line, const xlmem_verdict *v)
{
    xlmem__line_mib(line, v->short_kb);
    xlmem__line_add(line, came_late(v)
                              ? " short in Xen: what was to come back did not "
                                "come in time"
                              : " short in Xen, which others could give but "
                                "are not asked for");
    add_xen(line, v);
}

static void add_refusal(xlmem__line *line, const xlmem_verdict *v)
{
    const bool dom0 = v->dom0_known && v->dom0_need_kb > v->dom0_spare_kb;

    xlmem__line_add(line, " does not fit: ");
    if (v->missing_kb) {
        xlmem__line_mib(line, v->missing_kb);
        xlmem__line_add(line, " short in Xen");
        add_xen(line, v);
    } else if (!dom0) {
        add_ungiven(line, v);
    }
    if (v->missing_kb && dom0)
        xlmem__line_add(line, "; and ");
    if (dom0)
        say_dom0_side(line, v);
}

static void add_plan(xlmem__line *line, const xlmem_verdict *v)
{
    xlmem__line_add(line, v->plan.nr_steps
                              ? " fits after others have given memory: "
                              : " fits if what is to come back comes: ");
    xlmem__line_mib(line, v->short_kb);
    xlmem__line_add(line, " short in Xen");
    add_xen(line, v);
}

const char *xlmem_verdict_line(const xlmem_verdict *v, const char *name,
                               char *buf, size_t len)
{
    xlmem__line line;

    xlmem__line_start(&line, buf, len);
    xlmem__line_name(&line, name ? name : "it");
    if (v->kind == XLMEM_REFUSE || came_late(v)) {
        add_refusal(&line, v);
    } else if (v->kind == XLMEM_ADMIT_AFTER_PLAN) {
        add_plan(&line, v);
    } else {
        xlmem__line_add(&line, " fits");
        add_xen(&line, v);
    }
    return buf;
}
