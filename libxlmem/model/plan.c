/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One plan for whoever moves memory.
 *
 *     | shrink | shrink | ...  | online | maximum | grow | ...
 *     |<-- these give what   ->|<-- these take                 in this order
 */
#include "model/plan.h"

#include <string.h>

const char *xlmem_step_action_name(xlmem_step_action action)
{
    switch (action) {
    case XLMEM_STEP_TARGET:
        return "target";
    case XLMEM_STEP_MAXIMUM:
        return "maximum";
    case XLMEM_STEP_ONLINE:
        return "online";
    }
    return "target";
}

const char *xlmem_author_name(xlmem_author author)
{
    switch (author) {
    case XLMEM_AUTHOR_GUARD:
        return "guard";
    case XLMEM_AUTHOR_ADMIN:
        return "admin";
    case XLMEM_AUTHOR_DAEMON:
        return "daemon";
    }
    return "guard";
}

const char *xlmem_step_why_name(xlmem_step_why why)
{
    switch (why) {
    case XLMEM_WHY_ROOM:
        return "room";
    case XLMEM_WHY_OWED:
        return "owed";
    case XLMEM_WHY_ASKED:
        return "asked";
    case XLMEM_WHY_DEMAND:
        return "demand";
    }
    return "room";
}

bool xlmem__step_shrinks(const xlmem_step *step)
{
    return step->action == XLMEM_STEP_TARGET && step->to_kb < step->from_kb;
}

uint64_t xlmem__step_gives_kb(const xlmem_step *step)
{
    return xlmem__step_shrinks(step) ? step->from_kb - step->to_kb : 0;
}

bool xlmem__step_is_owed(const xlmem_step *step)
{
    return step->author == XLMEM_AUTHOR_GUARD && xlmem__step_shrinks(step);
}

bool xlmem__step_is_leaving(const xlmem_step *step)
{
    return step->author == XLMEM_AUTHOR_GUARD && step->why == XLMEM_WHY_ASKED;
}

bool xlmem__step_is_witness(const xlmem_step *step)
{
    return step->action == XLMEM_STEP_TARGET &&
           step->author != XLMEM_AUTHOR_ADMIN;
}

size_t xlmem__plan_nr_shrinking(const xlmem_plan *plan)
{
    size_t nr = 0;

    while (nr < plan->nr_steps && xlmem__step_shrinks(&plan->steps[nr]))
        nr++;
    return nr;
}

bool xlmem__plan_add(xlmem_plan *plan, const xlmem_step *step)
{
    size_t at = plan->nr_steps;

    if (at == XLMEM_STEPS_MAX)
        return false;
    while (xlmem__step_shrinks(step) && at &&
           !xlmem__step_shrinks(&plan->steps[at - 1]))
        at--;
    memmove(&plan->steps[at + 1], &plan->steps[at],
            (plan->nr_steps - at) * sizeof(plan->steps[0]));
    plan->steps[at] = *step;
    plan->nr_steps++;
    return true;
}
