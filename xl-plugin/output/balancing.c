/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/balancing.h"

#include <stdio.h>

#include "output/books.h"

#define USUAL_WEIGHT 256 /* of who has none: model/share.h */

static bool has_range(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, dynamic_min_kb) || XLMEM_KNOWS(dom, pin_kb) ||
           !dom->domid;
}

static size_t count_ranges(const xlmem_host *host)
{
    size_t i, nr = 0;

    for (i = 0; i < host->nr_doms; i++)
        nr += host->doms[i].domid && has_range(&host->doms[i]);
    return nr;
}

static const char *state_of_dom(const xlmem_dom *dom)
{
    if (XLMEM_KNOWS(dom, pin_kb))
        return "set by hand";
    if (!XLMEM_KNOWS(dom, dynamic_min_kb) && dom->domid)
        return NULL;
    if (dom->uncooperative)
        return "uncooperative";
    if (dom->floods)
        return "floods";
    return dom->paused ? "paused" : NULL;
}

static void put_static_max(out *o, const xlmem_dom *dom)
{
    books_put_limit(o, "ceiling_kb", "ceiling", dom->static_max_kb,
                    XLMEM_KNOWS(dom, static_max_kb));
}

/* dom0's are what its balloon says, and its floor. */
static void put_sizes(out *o, const balancing_view *view, const xlmem_dom *dom)
{
    const xlmem_dom0 *dom0 = &view->host->dom0;
    const xlmem_account *account = view->account;

    if (dom->domid) {
        OUT_FACT(o, "floor_kb", "floor", OUT_KB, dom, dynamic_min_kb);
        OUT_FACT(o, "demand_kb", "demand", OUT_KB, dom, demand_kb);
        OUT_FACT(o, "target_kb", "target", OUT_KB, dom, target_kb);
        if (XLMEM_KNOWS(dom, dynamic_max_kb))
            OUT_NUM(o, "ceiling_kb", "ceiling", OUT_KB, dom->dynamic_max_kb);
        else
            put_static_max(o, dom);
        return;
    }
    OUT_IF(o, "floor_kb", "floor", OUT_KB,
           account ? account->dom0_floor_kb : 0,
           account && XLMEM_KNOWS(account, dom0_floor_kb));
    OUT_FACT(o, "demand_kb", "demand", OUT_KB, dom, demand_kb);
    OUT_FACT(o, "target_kb", "target", OUT_KB, dom0, balloon_target_kb);
    put_static_max(o, dom);
}

static bool any_state(const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (state_of_dom(&host->doms[i]))
            return true;
    return false;
}

static void put_limits(out *o, const balancing_view *view,
                       const xlmem_dom *dom, const char *state)
{
    const uint64_t weight =
        XLMEM_KNOWS(dom, weight) ? dom->weight : USUAL_WEIGHT;

    out_row(o);
    OUT_FACT(o, "domid", "id", OUT_COUNT, dom, domid);
    out_text(o, "name", "name", dom->name);
    put_sizes(o, view, dom);
    OUT_NUM(o, "weight", "weight", OUT_COUNT, weight);
    OUT_FACT(o, "pin_kb", NULL, OUT_KB, dom, pin_kb);
    OUT_FACT(o, "uncooperative", NULL, OUT_BOOL, dom, uncooperative);
    OUT_FACT(o, "floods", NULL, OUT_BOOL, dom, floods);
    out_text(o, NULL, state, state_of_dom(dom));
    out_row_end(o);
}

static const char *describe_daemon(const balancing_view *view, char *buf,
                                   size_t len)
{
    const xlmem_host *host = view->host;
    const bool knows = XLMEM_KNOWS(host, daemon_moves);

    if (!view->daemon_pid)
        return "does not run";
    snprintf(buf, len, "%s, process %llu%s", view->recorded ? "ran" : "runs",
             (unsigned long long)view->daemon_pid,
             knows && !host->daemon_moves ? ", and moves nothing" : "");
    return buf;
}

void balancing_put(out *o, const balancing_view *view, bool people)
{
    const xlmem_host *host = view->host;
    const bool shown =
        people && (view->on || view->daemon_pid || count_ranges(host));
    const char *state = any_state(host) ? "state" : NULL;
    char text[80];
    size_t i;

    out_object(o, "balancing",
               shown && (view->on_known || view->daemon_known) ? "Balancing"
                                                               : NULL);
    OUT_IF(o, "on", NULL, OUT_BOOL, view->on, view->on_known);
    out_text(o, NULL, shown && view->on_known ? "balance" : NULL,
             view->on ? "on" : "off");
    OUT_IF(o, "daemon_runs", NULL, OUT_BOOL, view->daemon_pid != 0,
           view->daemon_known);
    OUT_IF(o, "daemon_pid", NULL, OUT_COUNT, view->daemon_pid,
           view->daemon_known && view->daemon_pid);
    OUT_FACT(o, "daemon_moves", NULL, OUT_BOOL, host, daemon_moves);
    out_text(o, NULL, shown && view->daemon_known ? "the daemon" : NULL,
             describe_daemon(view, text, sizeof(text)));
    out_end(o);
    out_list(o, "ranges",
             shown ? "Sizes within which memory moves (" OUT_UNIT ")" : NULL);
    for (i = 0; i < host->nr_doms; i++)
        if (has_range(&host->doms[i]))
            put_limits(o, view, &host->doms[i], state);
    out_end(o);
}
