/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard balance: one pass of what the daemon does, and why. */
#include <stdlib.h>

#include "input/policy.h"
#include "input/session.h"
#include "output/why.h"
#include "private/monitor.h"

typedef struct balancing {
    const cmd_run *run;
    xlmem_ctx *ctx;
    xlmem_policy policy;
    xlmem_host host; /* has the names */
    xlmem_monitor *monitor;
    xlmem_plan plan; /* what was done, or would be */
} balancing;

/* A quantity of a domain that may not be known. */
static void put_dom_kb(const balancing *b, out *o, uint64_t domid,
                       const out_field *of, xlmem_monitor_dom_fact fact)
{
    out_field field = *of;

    field.kind = OUT_KB;
    field.known = xlmem_monitor_dom_get(b->monitor, domid, fact, &field.num);
    out_num(o, &field);
}

static uint64_t number_of_dom(const balancing *b, uint64_t domid,
                              xlmem_monitor_dom_fact fact)
{
    uint64_t value = 0;

    (void)xlmem_monitor_dom_get(b->monitor, domid, fact, &value);
    return value;
}

/* Why it is moved; or what keeps it out, or what it waits for. */
static const char *why_of(const balancing *b, uint64_t domid,
                          const xlmem_step *step)
{
    const xlmem_part part =
        (xlmem_part)number_of_dom(b, domid, XLMEM_MONITOR_DOM_PART);

    if (step)
        return why_moved(
            step, part, number_of_dom(b, domid, XLMEM_MONITOR_DOM_DEMAND_KB),
            number_of_dom(b, domid, XLMEM_MONITOR_DOM_CEILING_KB));
    if (part && part != XLMEM_PART_TAKEN && part != XLMEM_PART_UNPROVEN)
        return xlmem_part_text(part);
    return xlmem_monitor_dom_why(b->monitor, domid);
}

static void put_party(const balancing *b, out *o, uint64_t domid)
{
    static const struct column {
        const char *key, *label;
        xlmem_monitor_dom_fact fact;
    } columns[] = {
        {"floor_kb", "floor", XLMEM_MONITOR_DOM_FLOOR_KB},
        {"demand_kb", "demand", XLMEM_MONITOR_DOM_DEMAND_KB},
        {"ceiling_kb", "ceiling", XLMEM_MONITOR_DOM_CEILING_KB},
        {"share_kb", "share", XLMEM_MONITOR_DOM_SHARE_KB},
        {"has_kb", NULL, XLMEM_MONITOR_DOM_HAS_KB},
    };
    const xlmem_dom *dom = xlmem_host_find_dom(&b->host, domid);
    const xlmem_step *step = xlmem_plan_move_of(&b->plan, domid);
    const uint64_t target_kb =
        number_of_dom(b, domid, XLMEM_MONITOR_DOM_TARGET_KB);
    size_t i;

    out_row(o);
    OUT_NUM(o, "domid", "id", OUT_COUNT, domid);
    out_text(o, "name", "name", dom ? dom->name : NULL);
    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        put_dom_kb(b, o, domid,
                   &(const out_field){.key = columns[i].key,
                                      .label = columns[i].label},
                   columns[i].fact);
    OUT_NUM(o, "from_kb", "target", OUT_KB, step ? step->from_kb : target_kb);
    OUT_NUM(o, "to_kb", "new", OUT_KB, step ? step->to_kb : target_kb);
    out_text(o, "why", "why", why_of(b, domid, step));
    out_row_end(o);
}

static int report_pass(const balancing *b)
{
    out *o = session_out(b->run);
    uint64_t domid, parties = 0;
    size_t n;

    if (!o)
        return EXIT_FAILED;
    (void)xlmem_monitor_get(b->monitor, XLMEM_MONITOR_NR_PARTIES, &parties);
    OUT_NUM(o, "parties", NULL, OUT_COUNT, parties);
    OUT_NUM(o, "moves", NULL, OUT_COUNT, b->plan.nr_steps);
    if (!b->plan.nr_steps)
        out_say(o, "Nothing is to be moved.");
    else
        out_say(o, "Targets that %s set: %zu.",
                b->run->global[GLOBAL_DRY_RUN] ? "would be" : "were",
                b->plan.nr_steps);
    out_list(o, "domains", "Domains (" OUT_UNIT ")");
    for (n = 0; xlmem_monitor_dom(b->monitor, n, &domid); n++)
        put_party(b, o, domid);
    out_end(o);
    out_say(o, "%s", "");
    if (parties < 2)
        out_say(o, "Memory moves between domains that have a least size: "
                   "xl-memguard set DOM min=SIZE.");
    else if (b->plan.nr_steps)
        out_say(o, "What others are to give can be handed out when they have: "
                   "another pass does that, or the daemon.");
    return session_close_out(o, EXIT_DONE);
}

static int make_pass(balancing *b)
{
    const bool dry = b->run->global[GLOBAL_DRY_RUN] != NULL;
    int rc = policy_load(b->run, b->ctx, &b->policy, NULL);

    if (!rc)
        rc = xlmem_snapshot_short(b->ctx, &b->host);
    if (!rc)
        rc = xlmem_monitor_open(b->ctx, &b->policy, &b->monitor);
    if (!rc)
        rc = xlmem_monitor_now(b->monitor, dry, &b->plan);
    if (rc == XLMEM_ERROR_BUSY)
        cmd_message("somebody else decides just now; try again");
    return rc;
}

int cmd_balance(const cmd_run *run)
{
    balancing b = {.run = run};
    int status, rc;

    if (!session_is_live(run))
        return cmd_usage(run->spec, "a recorded host has no memory to move");
    if (session_open(run, &b.ctx))
        return EXIT_FAILED;
    xlmem_policy_init(&b.policy);
    xlmem_host_init(&b.host);
    rc = make_pass(&b);
    status = rc ? cmd_failed(rc) : report_pass(&b);
    xlmem_monitor_close(b.monitor);
    xlmem_host_dispose(&b.host);
    xlmem_ctx_free(b.ctx);
    return status;
}
