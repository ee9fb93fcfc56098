/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/verdict.h"

#include "output/finding.h"
#include "private/guard.h"

void put_reasons(out *o, const xlmem_finding *reasons, size_t nr,
                 size_t nr_lost)
{
    const finding_list list = {reasons, nr, nr_lost};

    finding_put_rows(o, "reasons", nr ? "Why" : NULL, &list,
                     &finding_of_answer);
}

static const char *target_text(xlmem_step_why why)
{
    switch (why) {
    case XLMEM_WHY_ROOM:
        return "its target: room for the domU";
    case XLMEM_WHY_OWED:
        return "its target: a plan took that";
    case XLMEM_WHY_ASKED:
        return "its target, as asked for";
    case XLMEM_WHY_DEMAND:
        return "its target: who needs it most";
    }
    return "";
}

static const char *step_text(const xlmem_step *step)
{
    switch (step->action) {
    case XLMEM_STEP_TARGET:
        return target_text(step->why);
    case XLMEM_STEP_MAXIMUM:
        return "its maximum in Xen and xenstore";
    case XLMEM_STEP_ONLINE:
        return "memory that is added comes online by itself";
    }
    return "";
}

void put_plan(out *o, const xlmem_plan *plan)
{
    size_t i;

    out_list(o, "steps", plan->nr_steps ? "The plan (kB)" : NULL);
    for (i = 0; i < plan->nr_steps; i++) {
        const xlmem_step *step = &plan->steps[i];
        const bool sized = step->action != XLMEM_STEP_ONLINE;

        out_row(o);
        OUT_NUM(o, "domid", "id", OUT_COUNT, step->domid);
        out_text(o, "action", NULL, xlmem_step_action_name(step->action));
        OUT_IF(o, "from_kb", "from", OUT_KB, step->from_kb, sized);
        OUT_IF(o, "to_kb", "to", OUT_KB, step->to_kb, sized);
        out_text(o, "author", NULL, xlmem_author_name(step->author));
        out_text(o, "why", NULL, xlmem_step_why_name(step->why));
        out_text(o, NULL, "what", step_text(step));
        out_row_end(o);
    }
    out_end(o);
}

void verdict_put_line(out *o, const xlmem_verdict *v, const char *name)
{
    char line[XLMEM_LINE_MAX];

    out_text(o, "line", "", xlmem_verdict_line(v, name, line, sizeof(line)));
}

static void put_action(out *o, const xlmem_action *a)
{
    const bool sized = a->kind == XLMEM_ACTION_CAP ||
                       a->kind == XLMEM_ACTION_TARGET ||
                       a->kind == XLMEM_ACTION_GROW;
    const bool released = a->kind == XLMEM_ACTION_RELEASE;

    out_row(o);
    out_text(o, "action", NULL, xlmem_action_name(a->kind));
    OUT_IF(o, "domid", NULL, OUT_COUNT, a->domid, !released);
    out_text(o, "id", NULL, released ? a->id : NULL);
    OUT_NUM(o, "gives_kb", NULL, OUT_KB, a->gives_kb);
    OUT_IF(o, "to_kb", NULL, OUT_KB, a->to_kb, sized);
    out_row_end(o);
}

static void put_cures(out *o, const xlmem_advice *advice)
{
    size_t i, j;

    out_list(o, "cures", NULL);
    for (i = 0; i < advice->nr_cures; i++) {
        out_row(o);
        out_list(o, "actions", NULL);
        for (j = 0; j < advice->cures[i].nr; j++)
            put_action(o, &advice->cures[i].actions[j]);
        out_end(o);
        out_row_end(o);
    }
    out_end(o);
}

static void put_advice_facts(out *o, const xlmem_advice *advice)
{
    out_object(o, "advice", NULL);
    OUT_FACT(o, "wait_kb", NULL, OUT_KB, advice, wait_kb);
    OUT_FACT(o, "largest_kb", NULL, OUT_KB, advice, largest_kb);
    OUT_FACT(o, "largest_ever_kb", NULL, OUT_KB, advice, largest_ever_kb);
    OUT_FACT(o, "override_kb", NULL, OUT_KB, advice, override_kb);
    put_cures(o, advice);
    out_end(o);
}

void verdict_put_advice(out *o, const xlmem_advice *advice,
                        const xlmem_host *host, bool starts)
{
    char line[XLMEM_LINE_MAX];
    xlmem_advice shown = *advice;
    size_t n;

    if (!starts)
        shown.known &= ~(XLMEM_FACT_BIT(&shown, override_kb) |
                         XLMEM_FACT_BIT(&shown, wait_kb));
    put_advice_facts(o, &shown);
    out_list(o, "help",
             xlmem_advice_line(&shown, host, 0, line, sizeof(line))
                 ? "What would help, each by itself"
                 : NULL);
    for (n = 0; xlmem_advice_line(&shown, host, n, line, sizeof(line)); n++)
        out_item(o, line);
    out_end(o);
    if (XLMEM_KNOWS(&shown, override_kb))
        out_say(o, "No create on this host is refused while /" XLMEM_OFF_FILE
                   " exists.");
}
