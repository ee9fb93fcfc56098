/* SPDX-License-Identifier: LGPL-2.1-only */
/* What happened between two looks at a host. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/out.h"
#include "output/term.h"
#include "output/topview.h"

/* A target that moves by less says nothing to anybody. */
#define TELLING_KB 1024

void top_event(top_events *events, const char *clock, const char *fmt, ...)
{
    char *text = events->text[events->nr++ % TOP_EVENTS];
    va_list ap;
    int len = snprintf(text, TOP_EVENT_MAX, "%s  ", clock);

    va_start(ap, fmt);
    vsnprintf(text + len, TOP_EVENT_MAX - (size_t)len, fmt, ap);
    va_end(ap);
}

/* "3 (web1)": whoever made the domain chose its name. */
static const char *call_dom(const xlmem_dom *dom, char *buf, size_t len)
{
    char *name = dom->name ? term_escape(dom->name, true) : NULL;

    snprintf(buf, len, name ? "%llu (%.40s)" : "%llu",
             (unsigned long long)dom->domid, name);
    free(name);
    return buf;
}

static void tell_target(top_events *events, const char *clock,
                        const xlmem_dom *before, const xlmem_dom *now)
{
    uint64_t was = before->target_kb, is = now->target_kb;
    char who[64], from[OUT_SIZE_MAX], to[OUT_SIZE_MAX];

    if (!XLMEM_KNOWS(before, target_kb) || !XLMEM_KNOWS(now, target_kb) ||
        (was > is ? was - is : is - was) < TELLING_KB)
        return;
    top_event(events, clock, "%s: target %s -> %s MiB",
              call_dom(now, who, sizeof(who)), out_bare_mib(from, was),
              out_bare_mib(to, is));
}

static void tell_states(top_events *events, const char *clock,
                        const xlmem_dom *before, const xlmem_dom *now)
{
    char who[64];

    if (now->dying && !before->dying)
        top_event(events, clock, "%s is dying",
                  call_dom(now, who, sizeof(who)));
    else if (now->shutdown && !before->shutdown)
        top_event(events, clock, "%s shut down",
                  call_dom(now, who, sizeof(who)));
    else if (now->paused != before->paused)
        top_event(events, clock, "%s %s", call_dom(now, who, sizeof(who)),
                  now->paused ? "is paused" : "runs");
    tell_target(events, clock, before, now);
}

/* Both lists ascend by domain id. */
void top_events_between(top_events *events, const char *clock,
                        const xlmem_host *before, const xlmem_host *now)
{
    size_t b = 0, n = 0;
    char who[64];

    while (b < before->nr_doms || n < now->nr_doms) {
        const xlmem_dom *old = b < before->nr_doms ? &before->doms[b] : NULL;
        const xlmem_dom *new = n < now->nr_doms ? &now->doms[n] : NULL;

        if (!new || (old && old->domid < new->domid)) {
            top_event(events, clock, "%s has gone",
                      call_dom(old, who, sizeof(who)));
            b++;
        } else if (!old || new->domid < old->domid) {
            top_event(events, clock, "%s came",
                      call_dom(new, who, sizeof(who)));
            n++;
        } else {
            tell_states(events, clock, old, new);
            b++;
            n++;
        }
    }
}
