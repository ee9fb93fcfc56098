/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0 is given a size: what it released at boot, more where it is short, or
 * once more the one that its balloon did not reach.  How far, and why not,
 * dom0's own plan says (model/dom0_plan.c), with less kept aside: what is
 * short is dom0 itself.
 */
#include "model/doctor/remedy.h"

#include "model/units.h"
#include "private/dom0.h"

#define MIB XLMEM__MIB_KB

/* Its balloon's rounding, and pages lent to grants. */
#define AT_GOAL_KB (1 * MIB)

static bool knows_balloon(const xlmem_host *host)
{
    return XLMEM_KNOWS(&host->dom0, balloon_current_kb) &&
           XLMEM_KNOWS(&host->dom0, balloon_target_kb);
}

bool xlmem__measure_current(const xlmem_scene *scene,
                            const xlmem_remedy *remedy, uint64_t *value_r)
{
    (void)remedy;
    *value_r = scene->host->dom0.balloon_current_kb;
    return XLMEM_KNOWS(&scene->host->dom0, balloon_current_kb);
}

bool xlmem__measure_available(const xlmem_scene *scene,
                              const xlmem_remedy *remedy, uint64_t *value_r)
{
    const xlmem__avail avail = xlmem__available(scene->vitals);

    (void)remedy;
    *value_r = avail.high_kb;
    return avail.known && !avail.foreign;
}

bool xlmem__measure_gap(const xlmem_scene *scene, const xlmem_remedy *remedy,
                        uint64_t *value_r)
{
    const xlmem_dom0 *d = &scene->host->dom0;

    (void)remedy;
    *value_r = xlmem__max(d->balloon_current_kb, d->balloon_target_kb) -
               xlmem__min(d->balloon_current_kb, d->balloon_target_kb);
    return knows_balloon(scene->host);
}

/* Ask dom0's plan, and keep why it would not. */
static void plan_size(const xlmem__case *c, xlmem_remedy *remedy,
                      uint64_t size_kb)
{
    const xlmem_policy policy = xlmem__remedy_policy(c->scene);
    xlmem_dom0_request request = {.known = 0};
    xlmem_dom0_move move = {.known = 0};
    int rc;

    XLMEM_SET(&request, size_kb, size_kb);
    /* Also where it has not got that yet: it was promised. */
    remedy->from_kb = xlmem__max(c->scene->host->dom0.balloon_current_kb,
                                 c->scene->host->dom0.balloon_target_kb);
    remedy->to_kb = size_kb;
    rc = xlmem_dom0_plan(c->scene->host, &policy, &request, &move);
    remedy->reach_kb =
        XLMEM_KNOWS(&move.room, reach_kb) ? move.room.reach_kb : UINT64_MAX;
    if (rc && move.nr_reasons)
        xlmem__refuse(remedy, "%s", move.reasons[0].text);
    else if (rc)
        xlmem__refuse(remedy, "dom0's balloon, or what Xen has free, is not "
                              "known");
}

void xlmem__decide_take_back(const xlmem__case *c, xlmem_remedy *remedy)
{
    uint64_t kb;

    if (!xlmem__booted_kb(c->scene->host, &kb)) {
        xlmem__refuse(remedy, "what dom0 was booted with is not known");
        return;
    }
    xlmem__does(remedy, "xl mem-set 0 %lluM",
                (unsigned long long)xlmem__div_up(kb, MIB));
    remedy->goal = xlmem__sub0(kb, AT_GOAL_KB);
    plan_size(c, remedy, kb);
}

void xlmem__decide_grow(const xlmem__case *c, xlmem_remedy *remedy)
{
    const xlmem_scene *scene = c->scene;
    uint64_t kb;

    if (!xlmem__has_xen(scene)) {
        xlmem__refuse(remedy, "no Xen is below that could give it more");
    } else if (!knows_balloon(scene->host)) {
        xlmem__refuse(remedy, "dom0's balloon is not known");
    } else if (xlmem__group_stalls(scene->vitals)) {
        xlmem__refuse(remedy, "a quarter of dom0's memory is free: as a rule "
                              "what stalls is at a limit of its own");
    } else if (!xlmem__grown_kb(scene, xlmem__max(xlmem__lacks_kb(scene), 1),
                                &kb)) {
        xlmem__refuse(remedy, "Xen has nothing to spare for it, or dom0's "
                              "kernel cannot take it: xl memguard dom0 says "
                              "how far it goes");
    } else {
        xlmem__does(remedy, "xl memguard dom0 %lluM",
                    (unsigned long long)(kb / MIB));
        plan_size(c, remedy, kb);
        remedy->least =
            xlmem__max(remedy->least, xlmem__sub0(kb, remedy->from_kb) / 4);
    }
}

void xlmem__decide_wake(const xlmem__case *c, xlmem_remedy *remedy)
{
    const xlmem_host *host = c->scene->host;
    const xlmem_dom0 *d = &host->dom0;
    const uint64_t more_kb =
        xlmem__sub0(d->balloon_target_kb, d->balloon_current_kb);

    xlmem__does(
        remedy, "xl mem-set 0 %lluk; sleep 1; xl mem-set 0 %lluk",
        (unsigned long long)xlmem__sub0(d->balloon_target_kb, XLMEM__PAGE_KB),
        (unsigned long long)d->balloon_target_kb);
    remedy->goal = AT_GOAL_KB;
    if (xlmem__cannot_give(c->scene))
        xlmem__refuse(remedy, "dom0 has too little available to give that: "
                              "its balloon would only try again");
    if (XLMEM_KNOWS(host, free_kb) && host->free_kb < more_kb)
        xlmem__refuse(remedy, "Xen has %s free, and %s are wanted",
                      xlmem__mib_of(host->free_kb).text,
                      xlmem__mib_of(more_kb).text);
    plan_size(c, remedy, d->balloon_target_kb);
}
