/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the guard says: one line for each verdict. */
#include "engine/guard/say.h"

#include <stdio.h>
#include <string.h>

#include "engine/guard/guard.h"
#include "model/admit.h"
#include "model/checked.h"

#define KB(n) ((unsigned long long)(n))
#define MIB(kb) (xlmem__mib_of(kb).text)

static uint64_t dom0_missing_kb(const xlmem_verdict *verdict)
{
    return verdict->dom0_known
               ? xlmem__sub0(verdict->dom0_need_kb, verdict->dom0_spare_kb)
               : 0;
}

void xlmem__say_late(uint64_t waited_ms, xlmem_verdict *verdict)
{
    if (verdict->short_kb)
        xlmem__reason(verdict, XLMEM__RULE_LATE,
                      "after %llu s %s that were to come back were still "
                      "missing",
                      KB(waited_ms / 1000), MIB(verdict->short_kb));
    else
        xlmem__reason(verdict, XLMEM__RULE_LATE,
                      "after %llu s dom0 was still short of %s that are used "
                      "to build other domains",
                      KB(waited_ms / 1000), MIB(dom0_missing_kb(verdict)));
    xlmem__verdict_end(verdict, verdict->kind);
}

static const char *verb_of_verdict(const xlmem_verdict *verdict, bool go)
{
    if (verdict->kind == XLMEM_REFUSE)
        return go ? "would refuse" : "refuse";
    if (verdict->kind == XLMEM_ADMIT_AFTER_PLAN)
        return go ? "admit (short)" : "refuse";
    return "admit";
}

/* Which side is short, and by how much after all that others can give; "" for
 * none.  What a plan would have brought is missing where it has not come. */
static void say_missing(const xlmem_verdict *verdict, char *buf, size_t len)
{
    const uint64_t dom0_kb = dom0_missing_kb(verdict);
    const uint64_t xen_kb =
        verdict->missing_kb ? verdict->missing_kb : verdict->short_kb;
    const bool xen = verdict->missing_kb || (verdict->short_kb && !dom0_kb);

    if (xen && dom0_kb)
        snprintf(buf, len, ": %s are missing in Xen, %s in dom0", MIB(xen_kb),
                 MIB(dom0_kb));
    else if (xen || dom0_kb)
        snprintf(buf, len, ": %s are missing in %s",
                 MIB(xen ? xen_kb : dom0_kb), xen ? "Xen" : "dom0");
    else
        buf[0] = '\0';
}

/* A reason that says more than the figures in the line; NULL: none. */
static const char *cause_of(const xlmem_verdict *verdict)
{
    size_t i;

    for (i = verdict->nr_reasons; i > 0; i--)
        if (!xlmem__says_figures(&verdict->reasons[i - 1]))
            return verdict->reasons[i - 1].text;
    return NULL;
}

static void say_dom0(const xlmem_verdict *verdict, char *buf, size_t len)
{
    if (verdict->dom0_known)
        snprintf(buf, len, "%s of dom0 (%s spare)", MIB(verdict->dom0_need_kb),
                 MIB(verdict->dom0_spare_kb));
    else
        snprintf(buf, len, "%s of dom0", MIB(verdict->dom0_need_kb));
}

void xlmem__say_verdict(xlmem_ctx *ctx, const xlmem_guard_request *request,
                        const xlmem_verdict *verdict, bool go)
{
    const bool fits = verdict->kind == XLMEM_ADMIT;
    const bool warns = !fits && (go || !request->quiet);
    const char *cause = cause_of(verdict);
    char missing[112], dom0[96];

    say_missing(verdict, missing, sizeof(missing));
    say_dom0(verdict, dom0, sizeof(dom0));
    xlmem__log(ctx, warns ? XLMEM__WARN : XLMEM__INFO,
               "%s %s%s: needs %s of Xen (%s usable), %s%s%s%s",
               verb_of_verdict(verdict, go),
               request->name ? request->name : request->uuid,
               request->reboot ? " (reboot)" : "", MIB(verdict->need_kb),
               MIB(verdict->usable_kb), dom0, fits ? "" : missing,
               cause ? "; " : "", cause ? cause : "");
}
