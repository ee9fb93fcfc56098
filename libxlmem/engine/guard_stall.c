/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Balloons that were asked and do not give: "coming" is a promise, and one
 * that is not kept must not make a create wait, and then fail, for memory
 * that somebody else could give.
 */
#include <inttypes.h>
#include <stdio.h>

#include "engine/guard.h"

/* Linux's balloon begins within a second; under emulation it has finished
 * after 2 to 6. */
#define STALL_MS 5000

/* What the domain still owes to its target. */
static bool owes(const xlmem_host *host, const xlmem_dom *dom)
{
    if (dom->dying)
        return false;
    if (dom->domid)
        return XLMEM_KNOWS(dom, target_kb) && dom->tot_kb > dom->target_kb;
    return XLMEM_KNOWS(&host->dom0, balloon_target_kb) &&
           dom->tot_kb > host->dom0.balloon_target_kb;
}

static xlmem__stall *find(xlmem__stalls *stalls, uint64_t domid)
{
    size_t i;

    for (i = 0; i < stalls->nr; i++)
        if (stalls->list[i].domid == domid)
            return &stalls->list[i];
    return NULL;
}

static void watch(xlmem__stalls *stalls, int64_t now_ms, const xlmem_dom *dom)
{
    xlmem__stall *stall = find(stalls, dom->domid);

    if (!stall) {
        if (stalls->nr == XLMEM__STALLS_MAX)
            return;
        stall = &stalls->list[stalls->nr++];
        *stall = (xlmem__stall){dom->domid, dom->tot_kb, now_ms, false};
    }
    if (dom->tot_kb < stall->tot_kb) {
        stall->tot_kb = dom->tot_kb;
        stall->since = now_ms;
    }
    stall->stalled = now_ms - stall->since >= STALL_MS;
}

/* An unknown target is neither waited for nor asked to be lowered. */
static void take_out(xlmem_host *host, xlmem_dom *dom)
{
    if (dom->domid)
        dom->known &= ~XLMEM_FACT_BIT(dom, target_kb);
    else
        host->dom0.known &= ~XLMEM_FACT_BIT(&host->dom0, balloon_target_kb);
}

void xlmem__stalls_update(xlmem__stalls *stalls, int64_t now_ms,
                          xlmem_host *host)
{
    const xlmem__stall *stall;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        if (!owes(host, &host->doms[i]))
            continue;
        watch(stalls, now_ms, &host->doms[i]);
        stall = find(stalls, host->doms[i].domid);
        if (stall && stall->stalled)
            take_out(host, &host->doms[i]);
    }
}

void xlmem__stalls_name(const xlmem__stalls *stalls, char *buf, size_t len)
{
    size_t i, used = 0;

    buf[0] = '\0';
    for (i = 0; i < stalls->nr; i++) {
        int n;

        if (!stalls->list[i].stalled)
            continue;
        n = snprintf(buf + used, len - used, "%s%" PRIu64, used ? ", " : "",
                     stalls->list[i].domid);
        if (n < 0 || (size_t)n >= len - used)
            return;
        used += (size_t)n;
    }
}
