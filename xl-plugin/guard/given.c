/* SPDX-License-Identifier: LGPL-2.1-only */
/* That memory was taken from others for a domain: one line for each plan. */
#include <stdlib.h>
#include <string.h>

#include "guard.h"

/* Those who were asked, with libxl's names for them. */
typedef struct givers {
    xlmem_host host;
    xlmem_dom doms[XLMEM_STEPS_MAX];
} givers;

/* In ascending order, as in any host. */
static void add_giver(givers *g, uint64_t domid)
{
    size_t i = g->host.nr_doms, j;

    for (j = 0; j < g->host.nr_doms; j++)
        if (g->doms[j].domid == domid)
            return;
    for (; i && g->doms[i - 1].domid > domid; i--)
        g->doms[i] = g->doms[i - 1];
    memset(&g->doms[i], 0, sizeof(g->doms[i]));
    XLMEM_SET(&g->doms[i], domid, domid);
    g->host.nr_doms++;
}

static void name_them(givers *g, void *ctx)
{
    char *(*to_name)(void *, uint32_t) = NULL;
    size_t i;

    *(void **)&to_name = guard_next("libxl_domid_to_name");
    for (i = 0; to_name && i < g->host.nr_doms; i++)
        if (g->doms[i].domid)
            g->doms[i].name = to_name(ctx, (uint32_t)g->doms[i].domid);
}

void guard_tell_plan(guard_session *session, const char *name,
                     const xlmem_verdict *verdict)
{
    char line[XLMEM_LINE_MAX];
    givers *g = verdict->plan.nr_steps ? calloc(1, sizeof(*g)) : NULL;
    size_t i;

    if (!g)
        return;
    g->host.doms = g->doms;
    for (i = 0; i < verdict->plan.nr_steps; i++)
        add_giver(g, verdict->plan.steps[i].domid);
    name_them(g, session->ctx);
    guard_tell(&session->report, GUARD_WARN, "%s",
               session->lib->xlmem_plan_line(verdict, &g->host, name, line,
                                             sizeof(line)));
    for (i = 0; i < g->host.nr_doms; i++)
        free(g->doms[i].name);
    free(g);
}
