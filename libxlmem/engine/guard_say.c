/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the guard says: one line for each verdict. */
#include "engine/guard_say.h"

#include <stdio.h>

#include "engine/guard.h"
#include "model/reason.h"

#define KB(n) ((unsigned long long)(n))

void xlmem__say_late(const xlmem__stalls *stalls, uint64_t waited_ms,
                     xlmem_verdict *verdict)
{
    char who[96];

    xlmem__stalls_name(stalls, who, sizeof(who));
    xlmem__reason(verdict, "late",
                  "after %llu s %llu kB that were to come back were still "
                  "missing%s%s",
                  KB(waited_ms / 1000), KB(verdict->short_kb),
                  who[0] ? "; not following their target: domain " : "", who);
}

int xlmem__say_undisturbed(xlmem_verdict *verdict)
{
    xlmem__reason(verdict, "no-plan",
                  "others could give %llu kB, and are not to be asked",
                  KB(verdict->short_kb - verdict->wait_kb));
    verdict->kind = XLMEM_REFUSE;
    verdict->nr_steps = 0;
    return XLMEM_ERROR_NO_HEADROOM;
}

static const char *verb(const xlmem_verdict *verdict, bool go)
{
    if (verdict->kind == XLMEM_REFUSE)
        return go ? "would refuse" : "refuse";
    if (verdict->kind == XLMEM_ADMIT_AFTER_PLAN)
        return go ? "admit (short)" : "refuse";
    return "admit";
}

void xlmem__say_verdict(xlmem_ctx *ctx, const xlmem_guard_request *request,
                        const xlmem_verdict *verdict, bool go)
{
    const bool fits = verdict->kind == XLMEM_ADMIT;
    const xlmem_reason *last = verdict->nr_reasons
                                   ? &verdict->reasons[verdict->nr_reasons - 1]
                                   : NULL;

    xlmem__log(
        ctx, fits ? XLMEM__INFO : XLMEM__WARN,
        "%s %s%s: needs %llu kB of %llu kB usable in Xen, and %llu kB "
        "of %llu kB spare in dom0%s%s",
        verb(verdict, go), request->name ? request->name : request->uuid,
        request->reboot ? " (reboot)" : "", KB(verdict->need_kb),
        KB(verdict->usable_kb), KB(verdict->dom0_need_kb),
        KB(verdict->dom0_spare_kb), last ? "; " : "", last ? last->text : "");
}
