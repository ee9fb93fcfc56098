/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * For status, top and captures, which know a domain's demand by nothing else.
 * Nothing decides by it, so it may lag behind: a demand is written when it has
 * changed by TELLING_KB and a sixteenth, and at most WRITES_MOST nodes at a
 * time, each of which takes some hundred microseconds.
 */
#include "daemon/told.h"

#include <stdlib.h>

#define TELLING_KB UINT64_C(4096)
#define TELLING_PARTS 16
#define WRITES_MOST 16

/* What was written of a domain. */
struct told_dom {
    uint64_t domid, demand_kb;
    bool has_demand, floods;
    bool known; /* whether that is so: another daemon may have been here */
};

static struct told_dom *find_told(told *t, uint64_t domid)
{
    size_t low = 0, high = t->nr;

    while (low < high) {
        const size_t at = low + (high - low) / 2;

        if (t->list[at].domid < domid)
            low = at + 1;
        else
            high = at;
    }
    return low < t->nr && t->list[low].domid == domid ? &t->list[low] : NULL;
}

/* The domains that the monitor knows, with what was written of each. */
static bool follow_domains(told *t, const xlmem_monitor *monitor)
{
    struct told_dom *list, *was;
    uint64_t domid, nr = 0;
    size_t n;

    xlmem_monitor_get(monitor, XLMEM_MONITOR_NR_DOMAINS, &nr);
    list = calloc((size_t)nr + 1, sizeof(*list));
    if (!list)
        return false;
    for (n = 0; n < nr && xlmem_monitor_dom(monitor, n, &domid); n++) {
        was = find_told(t, domid);
        list[n] = was ? *was : (struct told_dom){.domid = domid};
    }
    free(t->list);
    t->list = list;
    t->nr = n;
    return true;
}

static bool is_told_far(uint64_t a_kb, uint64_t b_kb)
{
    const uint64_t by_kb = a_kb > b_kb ? a_kb - b_kb : b_kb - a_kb;

    return by_kb >= TELLING_KB && by_kb >= b_kb / TELLING_PARTS;
}

static bool tell_demand(struct told_dom *dom, xlmem_ctx *ctx, bool has,
                        uint64_t kb)
{
    if (dom->known && dom->has_demand == has &&
        (!has || !is_told_far(dom->demand_kb, kb)))
        return false;
    /* What cannot be written is not there: it is not tried at each pass. */
    (void)xlmem_daemon_publish_dom(ctx, dom->domid, XLMEM_DAEMON_DEMAND,
                                   has ? &kb : NULL);
    dom->has_demand = has;
    dom->demand_kb = kb;
    return true;
}

static bool tell_flood(struct told_dom *dom, xlmem_ctx *ctx, bool floods)
{
    const uint64_t yes = 1;

    if (dom->known && dom->floods == floods)
        return false;
    (void)xlmem_daemon_publish_dom(ctx, dom->domid, XLMEM_DAEMON_FLOODS,
                                   floods ? &yes : NULL);
    dom->floods = floods;
    return true;
}

/* Returns how many nodes were written. */
static unsigned tell_of(struct told_dom *dom, xlmem_ctx *ctx,
                        const xlmem_monitor *monitor)
{
    uint64_t kb = 0, floods = 0;
    const bool has = xlmem_monitor_dom_get(monitor, dom->domid,
                                           XLMEM_MONITOR_DOM_DEMAND_KB, &kb);
    unsigned nr;

    xlmem_monitor_dom_get(monitor, dom->domid, XLMEM_MONITOR_DOM_FLOODS,
                          &floods);
    nr = tell_demand(dom, ctx, has, kb);
    nr += tell_flood(dom, ctx, floods != 0);
    dom->known = true;
    return nr;
}

/* A pass that failed to set somebody's target has demands as well. */
static uint64_t count_passes(const xlmem_monitor *monitor)
{
    uint64_t passes = 0, failures = 0;

    xlmem_monitor_get(monitor, XLMEM_MONITOR_NR_PASSES, &passes);
    xlmem_monitor_get(monitor, XLMEM_MONITOR_NR_FAILURES, &failures);
    return passes + failures;
}

void told_look(told *t, xlmem_ctx *ctx, const xlmem_monitor *monitor)
{
    const uint64_t passes = count_passes(monitor);
    unsigned written = 0;

    if (passes != t->passes && follow_domains(t, monitor)) {
        t->passes = passes;
        t->left = t->nr;
    }
    for (; t->left && written < WRITES_MOST; t->left--) {
        if (t->next >= t->nr)
            t->next = 0;
        written += tell_of(&t->list[t->next++], ctx, monitor);
    }
}

void told_forget(told *t)
{
    size_t i;

    for (i = 0; i < t->nr; i++)
        t->list[i].known = false;
    t->left = 0; /* a pass follows when there is a xenstore again */
}

void told_end(told *t, xlmem_ctx *ctx)
{
    size_t i;

    for (i = 0; i < t->nr; i++) {
        if (t->list[i].has_demand)
            (void)xlmem_daemon_publish_dom(ctx, t->list[i].domid,
                                           XLMEM_DAEMON_DEMAND, NULL);
        if (t->list[i].floods)
            (void)xlmem_daemon_publish_dom(ctx, t->list[i].domid,
                                           XLMEM_DAEMON_FLOODS, NULL);
    }
    free(t->list);
    *t = (told){.nr = 0};
}
