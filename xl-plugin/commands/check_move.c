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
    return session_snapshot(&source, XLMEM_WANT_ALL, host);
}

static int read_target_host(const cmd_run *run, starts *s)
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

static bool is_untyped(const xlmem_host *from, const xlmem_start *start)
{
    const xlmem_dom *dom = xlmem_host_find_dom(from, start->domid);

    return dom && dom->type == XLMEM_DOM_UNKNOWN;
}

/* Of none the type is known: that is said once. */
static bool all_untyped(const xlmem_host *from, const xlmem_start *list,
                        size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (!is_untyped(from, &list[i]))
            return false;
    return nr > 1;
}

static int fill_rows(starts *s, const xlmem_host *from,
                     const xlmem_start *list, size_t nr, bool untyped)
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
        if (!untyped && is_untyped(from, &list[i]))
            snprintf(row->why, sizeof(row->why), "as pvh: type not known");
    }
    return 0;
}

static int get_rows(starts *s, const xlmem_host *from, bool *untyped_r)
{
    xlmem_start *list = calloc(from->nr_doms + 1, sizeof(*list));
    int rc = XLMEM_ERROR_NOMEM;
    size_t nr;

    if (!XLMEM_KNOWS(from, domains_listed)) {
        cmd_message("which domUs run here is not known");
        rc = XLMEM_ERROR_UNKNOWN;
    } else if (list) {
        nr = xlmem_starts_of(from, &s->host, list);
        *untyped_r = all_untyped(from, list, nr);
        rc = fill_rows(s, from, list, nr, *untyped_r);
    }
    free(list);
    return rc;
}

static int report_move(const cmd_run *run, const starts *s, bool untyped)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    if (s->sum.nr_down)
        starts_say_down(o, s, "does not fit on the other host",
                        "do not fit on the other host");
    else if (!s->nr)
        out_say(o, "No domU runs here that could be moved.");
    else
        out_say(o, "The other host can take all %zu domUs.", s->nr);
    if (untyped)
        out_say(o, "Their types are not known (xl list -l tells them): each "
                   "is counted as PVH, which takes most.");
    return starts_report(o, s);
}

int check_move(const cmd_run *run)
{
    xlmem_host from;
    bool untyped = false;
    starts s;
    int rc;

    xlmem_host_init(&from);
    starts_init(&s);
    rc = read_source(run, &from);
    if (!rc)
        rc = read_target_host(run, &s);
    if (!rc)
        rc = get_rows(&s, &from, &untyped);
    if (!rc)
        rc = starts_judge(&s);
    rc = rc ? cmd_failed(rc) : report_move(run, &s, untyped);
    starts_dispose(&s);
    xlmem_host_dispose(&from);
    return rc;
}
