/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What hosts have and domUs take, by the functions that admission decides by:
 * a fleet's numbers and the guard's answer cannot differ.
 *
 *     Xen    a create takes its need, and what it may grow by later is
 *            spoken for as soon as it runs: both stay.
 *     dom0   a create takes dom0_need; of that dom0_build comes back.
 *
 * A PV domU that comes may raise the headroom to its own log-dirty memory,
 * which then stays free so that it can leave again.
 */
#include <string.h>

#include "model/account.h"
#include "model/checked.h"
#include "model/starts.h"
#include "private/advice.h"
#include "model/fleet/fleet.h"

/* What the name of a device model's own domain ends with, behind that of its
 * domU (libxl__stub_dm_name in libxl_dm.c, 4.14 to 4.20). */
#define STUBDOM_END "-dm"

/* @len bytes of @name, and then @end.  Of one that ends xenstore has the name
 * no longer, or not for long. */
static bool is_domu_named(const xlmem_dom *dom, const char *name, size_t len,
                          const char *end)
{
    return dom->domid && !dom->dying && dom->name &&
           !strncmp(dom->name, name, len) && !strcmp(dom->name + len, end);
}

static bool serves_by_name(const xlmem_dom *dom, const xlmem_dom *domu)
{
    return domu->name && *domu->name && !domu->dying &&
           is_domu_named(dom, domu->name, strlen(domu->name), STUBDOM_END);
}

/* Whether @dom is there for the device model of @domu. */
static bool serves(const xlmem_dom *dom, const xlmem_dom *domu)
{
    if (domu->type != XLMEM_DOM_HVM || dom->type == XLMEM_DOM_HVM ||
        dom->dying)
        return false;
    if (XLMEM_KNOWS(domu, device_model_domid))
        return dom->domid && domu->device_model_domid == dom->domid;
    return serves_by_name(dom, domu);
}

static const xlmem_dom *stubdom_of(const xlmem_host *host,
                                   const xlmem_dom *dom)
{
    size_t i;

    for (i = 0; dom->type == XLMEM_DOM_HVM && i < host->nr_doms; i++)
        if (serves(&host->doms[i], dom))
            return &host->doms[i];
    return NULL;
}

xlmem_fleet_domu xlmem_fleet_domu_of(const xlmem_host *from,
                                     const xlmem_dom *dom)
{
    return (xlmem_fleet_domu){from, dom, stubdom_of(from, dom)};
}

const xlmem_dom *xlmem_fleet_guess_of(const xlmem_host *host,
                                      const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, device_model_domid) ? NULL : stubdom_of(host, dom);
}

static bool is_stubdom(const xlmem_host *host, const xlmem_dom *dom)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (serves(dom, &host->doms[i]))
            return true;
    return false;
}

bool xlmem_fleet_counts(const xlmem_host *host, const xlmem_dom *dom)
{
    return !xlmem__dom_stays(dom) && !is_stubdom(host, dom);
}

static void price_here(const xlmem_fleet_domu *domu, xlmem_fleet_price *price)
{
    uint64_t kb[XLMEM_FLEET_SIDES] = {0, 0};
    int side;

    xlmem_takes_of(domu->from, domu->dom, &price->stays_kb[XLMEM_FLEET_XEN],
                   &price->stays_kb[XLMEM_FLEET_DOM0]);
    if (domu->stubdom)
        xlmem_takes_of(domu->from, domu->stubdom, &kb[XLMEM_FLEET_XEN],
                       &kb[XLMEM_FLEET_DOM0]);
    for (side = 0; side < XLMEM_FLEET_SIDES; side++)
        price->stays_kb[side] =
            xlmem__add_sat(price->stays_kb[side], kb[side]);
}

/* libxl lists the PCI devices under the device model's domain and assigns them
 * to the domU as well (pci_add_dm_done in libxl_pci.c, 4.14 to 4.20): its
 * IOMMU tables are made there.  Here they are in what Xen counts already. */
static void bring_stubdom(const xlmem_dom *stubdom,
                          xlmem_need_request *request)
{
    XLMEM_SET(request, stubdom_kb, stubdom->tot_kb);
    if (xlmem_dom_has_pci(stubdom))
        XLMEM_SET(request, passthrough, 1);
}

static int price_there(const xlmem_fleet_domu *domu, const xlmem_host *to,
                       xlmem_fleet_price *price)
{
    xlmem_need_request request;
    xlmem_need need;
    int rc;

    xlmem__request_of_dom(domu->from, domu->dom, &request);
    if (domu->stubdom)
        bring_stubdom(domu->stubdom, &request);
    rc = xlmem_need_of(to, &request, &need);
    if (rc)
        return rc;
    price->stays_kb[XLMEM_FLEET_XEN] = need.need_kb;
    price->stays_kb[XLMEM_FLEET_DOM0] = need.dom0_need_kb - need.dom0_build_kb;
    price->peak_kb[XLMEM_FLEET_DOM0] = need.dom0_build_kb;
    return 0;
}

static bool is_name_taken(const xlmem_host *host, const xlmem_dom *dom)
{
    const char *name = dom && dom->name ? dom->name : "";
    size_t i;

    for (i = 0; *name && i < host->nr_doms; i++)
        if (is_domu_named(&host->doms[i], name, strlen(name), ""))
            return true;
    return false;
}

/* What it has claimed, and what it may grow by, comes to its pages. */
static uint64_t to_come_kb(const xlmem_dom *dom)
{
    return dom ? xlmem__add_sat(dom->outstanding_kb, xlmem_dom_growth_kb(dom))
               : 0;
}

static bool is_arm(const xlmem_host *host)
{
    return XLMEM_KNOWS(host, arm) && host->arm;
}

/* libxl gives no second domain a name that is one, neither at its start nor
 * when it has come by migration (libxl__domain_rename in libxl_domain.c, 4.14
 * to 4.20); nor the domain of its device model. */
xlmem_fleet_bar xlmem_fleet_bar_of(const xlmem_fleet_domu *domu,
                                   const xlmem_host *to)
{
    if (domu->from == to)
        return XLMEM_FLEET_OPEN;
    if (is_arm(domu->from) != is_arm(to))
        return XLMEM_FLEET_OTHER_MACHINE;
    if (is_name_taken(to, domu->dom))
        return XLMEM_FLEET_NAME_TAKEN;
    if (is_name_taken(to, domu->stubdom))
        return XLMEM_FLEET_STUBDOM_NAME_TAKEN;
    return XLMEM_FLEET_OPEN;
}

int xlmem_fleet_price_of(const xlmem_fleet_domu *domu, const xlmem_host *to,
                         const xlmem_policy *policy,
                         xlmem_fleet_price *price_r)
{
    const xlmem_dom *dom = domu->dom;
    xlmem_fleet_price price = {.barred = 0};
    int rc = XLMEM_KNOWS(dom, tot_kb) ? 0 : XLMEM_ERROR_UNKNOWN;

    if (!rc && domu->from == to)
        price_here(domu, &price);
    else if (!rc)
        rc = price_there(domu, to, &price);
    if (rc)
        return rc;
    price.stays_kb[XLMEM_FLEET_XEN] = xlmem__add_sat(
        price.stays_kb[XLMEM_FLEET_XEN],
        xlmem__add_sat(to_come_kb(dom), to_come_kb(domu->stubdom)));
    price.barred = xlmem_fleet_bar_of(domu, to) != XLMEM_FLEET_OPEN;
    if (!policy->xen_headroom_kb)
        price.peak_kb[XLMEM_FLEET_XEN] = xlmem__log_dirty_kb(dom);
    *price_r = price;
    return 0;
}

uint64_t xlmem_fleet_spared_kb(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, static_max_kb)
               ? xlmem__sub0(dom->static_max_kb,
                             xlmem__add_sat(dom->tot_kb, to_come_kb(dom)))
               : 0;
}

uint64_t xlmem_fleet_mib(const xlmem_fleet_price *price, xlmem_fleet_side side)
{
    uint64_t kb = price->stays_kb[side];

    if (side == XLMEM_FLEET_DOM0)
        kb = xlmem__add_sat(kb, price->peak_kb[side]);
    return xlmem__div_up(kb, XLMEM__MIB_KB);
}

void xlmem_fleet_gap_of(const xlmem_account *account, xlmem_fleet_gap *gap_r)
{
    xlmem_fleet_gap gap = {.give_kb = 0};

    gap.room_kb[XLMEM_FLEET_XEN] =
        xlmem__sub0(xlmem__add_sat(account->usable_kb, account->headroom_kb),
                    account->deficit_kb);
    gap.peak_kb[XLMEM_FLEET_XEN] = account->headroom_kb;
    gap.room_kb[XLMEM_FLEET_DOM0] = XLMEM_KNOWS(account, dom0_absorb_kb)
                                        ? account->dom0_absorb_kb
                                        : XLMEM_FLEET_NO_LIMIT;
    *gap_r = gap;
}

/* A plan has one step for dom0. */
#define GUESTS_MAX (XLMEM_STEPS_MAX - 1)

/* In whole pages each, as they are asked (model/admit.c). */
static uint64_t whole_pages_kb(uint64_t kb)
{
    return kb / XLMEM__PAGE_KB * XLMEM__PAGE_KB;
}

void xlmem_fleet_add_givers(const xlmem_host *host,
                            const xlmem_account *account, xlmem_fleet_gap *gap)
{
    uint64_t kb = xlmem__add_sat(
        account->coming_kb,
        xlmem__add_sat(account->usable_kb, account->headroom_kb));
    xlmem__survey survey;
    uint64_t short_kb;
    size_t i;

    xlmem__survey_of(host, &survey);
    for (i = 0; i < survey.givers.nr && i < GUESTS_MAX; i++)
        kb = xlmem__add_sat(kb, whole_pages_kb(survey.givers.list[i].give_kb));
    gap->room_kb[XLMEM_FLEET_XEN] = xlmem__sub0(kb, account->deficit_kb);
    if (!XLMEM_KNOWS(account, dom0_give_kb))
        return;
    /* What all these leave of the deficit dom0 gives first. */
    short_kb = xlmem__sub0(account->deficit_kb, kb);
    gap->give_kb =
        xlmem__sub0(whole_pages_kb(xlmem__sub0(host->dom0.balloon_target_kb,
                                               account->dom0_floor_kb)),
                    short_kb);
    gap->room_kb[XLMEM_FLEET_DOM0] =
        xlmem__sub0(gap->room_kb[XLMEM_FLEET_DOM0], short_kb);
}

static void add_domu(xlmem_fleet_sum *sum, const xlmem_fleet_price *price)
{
    sum->nr_domus++;
    sum->need_kb =
        xlmem__add_sat(sum->need_kb, price->stays_kb[XLMEM_FLEET_XEN]);
    sum->need_mib =
        xlmem__add_sat(sum->need_mib, xlmem_fleet_mib(price, XLMEM_FLEET_XEN));
    sum->dom0_need_kb =
        xlmem__add_sat(sum->dom0_need_kb, price->stays_kb[XLMEM_FLEET_DOM0]);
    sum->dom0_mib = xlmem__add_sat(sum->dom0_mib,
                                   xlmem_fleet_mib(price, XLMEM_FLEET_DOM0));
}

static void close_sum(xlmem_fleet_sum *sum, const xlmem_account *account)
{
    XLMEM_SET(sum, need_kb, sum->need_kb);
    XLMEM_SET(sum, usable_kb, account->usable_kb);
    XLMEM_SET(sum, deficit_kb, account->deficit_kb);
    XLMEM_SET(sum, capacity_kb,
              xlmem__sub0(xlmem__add_sat(sum->need_kb, sum->usable_kb),
                          sum->deficit_kb));
    sum->usable_mib = sum->usable_kb / XLMEM__MIB_KB;
    sum->capacity_mib =
        xlmem__sub0(xlmem__add_sat(sum->need_mib, sum->usable_mib),
                    xlmem__div_up(sum->deficit_kb, XLMEM__MIB_KB));
    if (!XLMEM_KNOWS(account, dom0_absorb_kb))
        return;
    XLMEM_SET(sum, dom0_kb, account->dom0_absorb_kb);
    XLMEM_SET(sum, dom0_mib,
              xlmem__add_sat(sum->dom0_mib, sum->dom0_kb / XLMEM__MIB_KB));
}

int xlmem_fleet_sum_of(const xlmem_host *host, const xlmem_policy *policy,
                       const xlmem_account *account, xlmem_fleet_sum *sum_r)
{
    xlmem_fleet_sum sum = {.known = 0};
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        xlmem_fleet_domu domu;
        xlmem_fleet_price price;
        int rc;

        if (!xlmem_fleet_counts(host, &host->doms[i]))
            continue;
        domu = xlmem_fleet_domu_of(host, &host->doms[i]);
        rc = xlmem_fleet_price_of(&domu, host, policy, &price);
        if (rc)
            return rc;
        add_domu(&sum, &price);
    }
    close_sum(&sum, account);
    *sum_r = sum;
    return 0;
}

uint64_t xlmem_fleet_add(uint64_t a_kb, uint64_t b_kb)
{
    return xlmem__add_sat(a_kb, b_kb);
}
