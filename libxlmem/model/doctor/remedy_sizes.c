/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sizes that do not go together, and who moves memory besides.  What is below
 * is raised to the target: to lower a target shrinks a guest.
 */
#include "model/doctor/remedy.h"

#include <string.h>

#include "model/account.h"
#include "model/units.h"

/* --------------------------------------------------------------- sizes --- */

static const xlmem_dom *dom_of(const xlmem_scene *scene,
                               const xlmem_remedy *remedy)
{
    return xlmem_host_find_dom(scene->host, remedy->at);
}

bool xlmem__measure_limit(const xlmem_scene *scene, const xlmem_remedy *remedy,
                          uint64_t *value_r)
{
    const xlmem_dom *dom = dom_of(scene, remedy);

    if (!dom)
        return false;
    *value_r = remedy->ceiling ? dom->maxmem_kb : dom->static_max_kb;
    return remedy->ceiling ? XLMEM_KNOWS(dom, maxmem_kb)
                           : XLMEM_KNOWS(dom, static_max_kb);
}

/* What it was denied it may take then, beyond what its ceiling allows now:
 * that is promised already. */
static void refuse_to_raise(const xlmem__case *c, const xlmem_dom *dom,
                            xlmem_remedy *remedy)
{
    const xlmem_policy policy = xlmem__remedy_policy(c->scene);
    const uint64_t more_kb = xlmem__ceiling_rise_kb(dom, remedy->to_kb);
    xlmem_account account;

    if (!XLMEM_KNOWS(dom, tot_kb) ||
        xlmem_account_of(c->scene->host, &policy, &account))
        xlmem__refuse(remedy, "what it has, or what Xen has free, is not "
                              "known");
    else if (more_kb > account.usable_kb)
        xlmem__refuse(remedy, "it would take %s, and %s are usable",
                      xlmem__mib_of(more_kb).text,
                      xlmem__mib_of(account.usable_kb).text);
}

static void say_sizes(xlmem_remedy *remedy)
{
    if (remedy->ceiling)
        xlmem__does(remedy, "xl mem-set %llu %lluk",
                    (unsigned long long)remedy->at,
                    (unsigned long long)remedy->to_kb);
    else
        xlmem__does(
            remedy, "xenstore-write /local/domain/%llu/memory/static-max %llu",
            (unsigned long long)remedy->at, (unsigned long long)remedy->goal);
}

void xlmem__decide_sizes(const xlmem__case *c, xlmem_remedy *remedy)
{
    const xlmem_dom *dom = dom_of(c->scene, remedy);
    xlmem__contradiction found;

    if (!dom)
        return;
    found = xlmem__contradiction_of(c->scene, dom);
    if (!found.low || strcmp(found.high, "target") != 0) {
        xlmem__refuse(remedy, "it has more than it may: whether it is to "
                              "shrink or to keep it, its administrator knows");
        return;
    }
    remedy->ceiling = !strcmp(found.low, "maxmem");
    remedy->what = found.low;
    remedy->from_kb = found.low_kb;
    remedy->to_kb = remedy->goal = found.high_kb;
    if (!remedy->ceiling)
        remedy->to_kb = xlmem__keeps_ceiling_kb(dom, remedy->goal);
    say_sizes(remedy);
    if (dom->dying)
        xlmem__refuse(remedy, "it is dying");
    if (dom->domid && !c->named)
        xlmem__refuse(remedy,
                      "a guest's sizes are changed only where it is "
                      "named: --fix targets-contradict:%llu",
                      (unsigned long long)dom->domid);
    refuse_to_raise(c, dom, remedy);
}

/* ------------------------------------------------------------- xl.conf --- */

bool xlmem__measure_automatic(const xlmem_scene *scene,
                              const xlmem_remedy *remedy, uint64_t *value_r)
{
    (void)remedy;
    *value_r = scene->autoballoon;
    return scene->autoballoon_known;
}

void xlmem__decide_xl_conf(const xlmem__case *c, xlmem_remedy *remedy)
{
    (void)c;
    xlmem__does(remedy, "autoballoon=\"off\" in /etc/xen/xl.conf");
}
