/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard check --host B: could B take this host's domUs? */
#include <stdlib.h>

#include "commands/check.h"
#include "input/policy.h"
#include "input/session.h"
#include "commands/starts.h"

/* The host that the domUs run on: --sysroot's, or this machine. */
static int read_source(const cmd_run *run, xlmem_host *host)
{
    cmd_run source = *run;

    source.global[GLOBAL_HOST] = NULL;
    return session_snapshot(&source, host);
}

static int read_target(const cmd_run *run, starts *s)
{
    cmd_run target = *run;
    xlmem_ctx *ctx;
    int rc;

    target.global[GLOBAL_SYSROOT] = NULL;
    rc = session_open(&target, &ctx);
    if (rc)
        return rc;
    rc = policy_load(&target, ctx, &s->policy, NULL);
    if (!rc)
        rc = xlmem_snapshot(ctx, &s->host);
    xlmem_ctx_free(ctx);
    return rc;
}

static int fill_rows(starts *s, const xlmem_host *from,
                     const xlmem_start *list, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        const xlmem_dom *dom = xlmem_host_find_dom(from, list[i].domid);
        starts_row *row = starts_add(s);

        if (!row)
            return XLMEM_ERROR_NOMEM;
        row->start = list[i];
        row->domu.request = list[i].request;
        if (dom && dom->name)
            snprintf(row->domu.name, sizeof(row->domu.name), "%s", dom->name);
        if (dom && dom->type == XLMEM_DOM_UNKNOWN)
            snprintf(row->why, sizeof(row->why), "as pvh: type not known");
    }
    return 0;
}

static int get_rows(starts *s, const xlmem_host *from)
{
    xlmem_start *list = calloc(from->nr_doms + 1, sizeof(*list));
    int rc = XLMEM_ERROR_NOMEM;

    if (!XLMEM_KNOWS(from, domains_listed)) {
        cmd_message("which domUs run here is not known");
        rc = XLMEM_ERROR_UNKNOWN;
    } else if (list) {
        rc = fill_rows(s, from, list, xlmem_starts_of(from, &s->host, list));
    }
    free(list);
    return rc;
}

static int report(const cmd_run *run, const starts *s)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    if (s->nr_down)
        out_say(o, "%zu of %zu domUs do not fit on the other host.",
                s->nr_down, s->nr);
    else
        out_say(o, "The other host can take all %zu domUs.", s->nr);
    return starts_report(o, s);
}

int check_move(const cmd_run *run)
{
    xlmem_host from;
    starts s;
    int rc;

    xlmem_host_init(&from);
    starts_init(&s);
    rc = read_source(run, &from);
    if (!rc)
        rc = read_target(run, &s);
    if (!rc)
        rc = get_rows(&s, &from);
    if (!rc)
        rc = starts_judge(&s);
    rc = rc ? xlmem_exit_status(rc) : report(run, &s);
    starts_dispose(&s);
    xlmem_host_dispose(&from);
    return rc;
}
