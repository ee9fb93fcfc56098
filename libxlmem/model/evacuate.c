/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Could the domUs be sent to another host?
 *
 * While a domU is migrated live Xen keeps note of the pages that it writes.
 * Of a PVH or HVM domU the notes, and the page tables that are split for them,
 * come out of its paging pool (hap_enable_log_dirty, paging_new_log_dirty_page
 * and p2m_alloc_ptp, Xen 4.14 to 4.20: all by d->arch.paging.alloc_page),
 * which it has anyway.  A PV domU has no pool: it gets one then, out of Xen's
 * free memory.  This is what headroom is kept for, so headroom counts as free
 * here.
 *
 *     free - claims - ledger - growth  >=  what the next one needs
 *
 * and each that has gone leaves its memory to the next.
 */
#include "model/account.h"
#include "model/checked.h"

static bool runs(const xlmem_dom *dom)
{
    return dom->domid && !dom->dying && !dom->shutdown && !dom->paused &&
           !dom->outstanding_kb;
}

static void need_of(const xlmem_dom *dom, xlmem_departure *to)
{
    if (dom->type == XLMEM_DOM_PVH || dom->type == XLMEM_DOM_HVM)
        XLMEM_SET(to, need_kb, 0);
    else if (dom->type == XLMEM_DOM_PV && XLMEM_KNOWS(dom, vcpus) &&
             XLMEM_KNOWS(dom, tot_kb))
        XLMEM_SET(to, need_kb,
                  xlmem__sub0(xlmem__log_dirty_kb(dom), dom->paging_kb));
}

/* What each needs, and who could go at once. */
static void price_departures(const xlmem_host *host, xlmem_departure *list,
                             xlmem_evacuation *sum)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        xlmem_departure *to = &list[i];

        *to = (xlmem_departure){.known = 0};
        to->runs = runs(&host->doms[i]);
        if (!to->runs)
            continue;
        sum->nr_running++;
        need_of(&host->doms[i], to);
        if (!XLMEM_KNOWS(to, need_kb)) {
            sum->nr_unknown++;
            continue;
        }
        to->now = to->need_kb <= sum->free_kb;
        sum->nr_now += to->now;
    }
}

/* Send away all who can go with @free_kb.  Returns how much is free then. */
static uint64_t send_who_fit(const xlmem_host *host, xlmem_departure *list,
                             uint64_t free_kb, xlmem_evacuation *sum)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!XLMEM_KNOWS(&list[i], need_kb) || list[i].in_turn ||
            list[i].need_kb > free_kb)
            continue;
        list[i].in_turn = true;
        sum->nr_in_turn++;
        free_kb = xlmem__add_sat(free_kb,
                                 xlmem__add_sat(dom->tot_kb, dom->paging_kb));
    }
    return free_kb;
}

int xlmem_evacuate(const xlmem_host *host, const xlmem_policy *policy,
                   xlmem_departure *list_r, xlmem_evacuation *sum_r)
{
    xlmem_evacuation sum = {.free_kb = 0};
    xlmem_account account;
    uint64_t free_kb, before;
    int rc = xlmem_account_of(host, policy, &account);

    if (rc)
        return rc;
    sum.free_kb = xlmem__sub0(
        account.free_kb,
        xlmem__add_sat(account.outstanding_kb,
                       xlmem__add_sat(account.ledger_kb, account.growth_kb)));
    price_departures(host, list_r, &sum);
    free_kb = sum.free_kb;
    /* Again as long as somebody's memory lets another one go. */
    do {
        before = free_kb;
        free_kb = send_who_fit(host, list_r, free_kb, &sum);
    } while (free_kb > before);
    *sum_r = sum;
    return 0;
}
