/* SPDX-License-Identifier: LGPL-2.1-only */
/* A decision as one line, for whoever shows only one. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "model/line.h"
#include "private/printable.h"

/* By hand, from its end: a table of domains has eight of a row. */
const char *xlmem_format_mib(char *buf, size_t len, uint64_t kb)
{
    const uint64_t tenths = (kb % 1024 * 10 + 512) / 1024;
    uint64_t mib = kb / 1024 + tenths / 10;
    char text[32] = "";
    char *at = text + sizeof(text) - sizeof(".0 MiB");
    size_t size;

    memcpy(at, ".0 MiB", sizeof(".0 MiB"));
    at[1] = (char)('0' + tenths % 10);
    do {
        *--at = (char)('0' + mib % 10);
        mib /= 10;
    } while (mib);
    if (kb && kb < 1024 && !tenths)
        at = strcpy(text, "<0.1 MiB");
    if (!len)
        return buf;
    size = strlen(at) < len ? strlen(at) : len - 1;
    memcpy(buf, at, size);
    buf[size] = '\0';
    return buf;
}

void xlmem__line_start(xlmem__line *line, char *buf, size_t len)
{
    *line = (xlmem__line){buf, len, 0};
    if (len)
        buf[0] = '\0';
}

void xlmem__line_add(xlmem__line *line, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (line->used >= line->len)
        return;
    va_start(ap, fmt);
    n = vsnprintf(line->buf + line->used, line->len - line->used, fmt, ap);
    va_end(ap);
    line->used += n > 0 ? (size_t)n : 0;
}

void xlmem__line_name(xlmem__line *line, const char *untrusted_name)
{
    char piece[XLMEM_ESCAPE_MAX + 1];
    size_t len, used;

    for (; *untrusted_name; untrusted_name += used) {
        len = xlmem_escape_char(piece, untrusted_name,
                                XLMEM_ESCAPE_UNPRINTABLE, &used);
        if (len >= xlmem__sub0(line->len, line->used))
            break;
        xlmem__line_add(line, "%.*s", (int)len, piece);
    }
}

void xlmem__line_mib(xlmem__line *line, uint64_t kb)
{
    char text[32];

    xlmem__line_add(line, "%s", xlmem_format_mib(text, sizeof(text), kb));
}

/* ------------------------------------------------------------- verdict --- */

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
