/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The books of a host.
 *
 *   total  = Xen's own + sum over domains (tot_pages + pools) + free
 *
 *   |<------------------------- free ------------------------->|
 *   | claims | ledger | growth |   usable   |     headroom      |
 *
 * claims    Xen has promised them to domains under construction.
 * ledger    we have promised it: per reservation, need less what its domain
 *           already holds (tot_pages + its own claim + its pool), so that
 *           nothing is counted twice while a domain is being built.
 * growth    a domU may balloon up to maxmem without asking anyone: libxl sets
 *           maxmem 1 MiB above the target (XLMEM_ABOVE_TARGET_KB), so a
 *           hundred domUs are 100 MiB.  dom0 may up to its target.
 * headroom  what has to stay free in Xen's heap: see headroom_of.
 *
 * All facts are read in the order ledger, domains, free memory.  What is
 * allocated in between is then counted twice and never not at all, so the
 * error is on the safe side.
 */
#include "model/account.h"

#include "model/checked.h"
#include "model/floor.h"
#include "model/host.h"
#include "model/promised.h"
#include "model/units.h"
#include "private/xen.h"
#include "private/advice.h"

/*
 * Live migration of a PV domU switches it to log-dirty mode, for which Xen
 * allocates one page per MiB and 128 per vCPU (measured on 4.17: 4608 kB for
 * 1 GiB and one vCPU).  Without it a full host cannot be evacuated.
 */
uint64_t xlmem__log_dirty_kb(const xlmem_dom *dom)
{
    uint64_t pages;

    if (dom->type != XLMEM_DOM_PV || !dom->domid)
        return 0;
    pages = xlmem__add_sat(dom->tot_kb / XLMEM__MIB_KB,
                           xlmem__mul_sat(dom->vcpus, 128));
    return xlmem__mul_sat(pages, XLMEM__PAGE_KB);
}

static uint64_t headroom_of(const xlmem_policy *policy,
                            const xlmem__survey *survey)
{
    if (policy->xen_headroom_kb)
        return policy->xen_headroom_kb;
    return xlmem__max(XLMEM__HEADROOM_LEAST_KB, survey->log_dirty_kb);
}

/* What a reservation's domain has not taken of it yet. */
static uint64_t open_kb(const xlmem_host *host, const xlmem_reservation *res)
{
    const xlmem_dom *dom = NULL;

    if (XLMEM_KNOWS(res, domid))
        dom = xlmem_host_find_dom(host, res->domid);
    if (!dom)
        return res->need_kb;
    return xlmem__sub0(
        res->need_kb,
        xlmem__add_sat(xlmem__add_sat(dom->tot_kb, dom->outstanding_kb),
                       dom->paging_kb));
}

/*
 * What dom0's balloon is asked for.  By its driver, not by xenstore: a target
 * written to sysfs never reaches the node.
 */
static bool dom0_target(const xlmem_host *host, uint64_t *target_kb_r)
{
    if (!XLMEM_KNOWS(&host->dom0, balloon_target_kb))
        return false;
    *target_kb_r = host->dom0.balloon_target_kb;
    return true;
}

uint64_t xlmem__growth_kb(const xlmem_host *host, const xlmem_dom *dom)
{
    uint64_t target;

    if (dom->domid)
        return xlmem_dom_growth_kb(dom);
    return dom0_target(host, &target) ? xlmem__sub0(target, dom->tot_kb) : 0;
}

uint64_t xlmem__keeps_ceiling_kb(const xlmem_dom *dom, uint64_t least_kb)
{
    return XLMEM_KNOWS(dom, maxmem_kb)
               ? xlmem__max(least_kb,
                            xlmem__sub0(dom->maxmem_kb, XLMEM_ABOVE_TARGET_KB))
               : least_kb;
}

uint64_t xlmem__ceiling_rise_kb(const xlmem_dom *dom, uint64_t maximum_kb)
{
    const uint64_t now_kb =
        XLMEM_KNOWS(dom, maxmem_kb) ? dom->maxmem_kb : dom->tot_kb;

    return xlmem__sub0(xlmem__add_sat(maximum_kb, XLMEM_ABOVE_TARGET_KB),
                       now_kb);
}

/* How much more @dom may take than the books say, if it has @has_kb now. */
static uint64_t may_return_kb(const xlmem_dom *dom, uint64_t has_kb)
{
    xlmem_dom now = *dom;

    now.tot_kb = has_kb;
    return xlmem__sub0(xlmem_dom_growth_kb(&now), xlmem_dom_growth_kb(dom));
}

uint64_t xlmem__may_return_kb(const xlmem_host *host, const xlmem_host *later)
{
    uint64_t kb = 0;
    size_t i;

    for (i = 0; i < later->nr_doms; i++) {
        const xlmem_dom *now = &later->doms[i];
        const xlmem_dom *dom = xlmem_host_find_dom(host, now->domid);

        if (dom)
            kb = xlmem__add_sat(kb, may_return_kb(dom, now->tot_kb));
    }
    return kb;
}

uint64_t xlmem__beyond_ceiling_kb(const xlmem_dom *dom)
{
    return xlmem__sub0(
        dom->tot_kb,
        XLMEM_KNOWS(dom, maxmem_kb)
            ? dom->maxmem_kb
            : xlmem__add_sat(dom->target_kb, XLMEM_ABOVE_TARGET_KB));
}

/*
 * A domU that was asked and has not followed holds more than Xen would let it
 * take: libxl lowers the ceiling with the target.  Its target alone does not
 * tell: that of an HVM domU is without the video RAM that it holds.
 */
static bool is_behind(const xlmem_dom *dom)
{
    return xlmem__beyond_ceiling_kb(dom) != 0;
}

uint64_t xlmem__coming_kb(const xlmem_host *host, const xlmem_dom *dom)
{
    uint64_t target = dom->target_kb;
    bool known = XLMEM_KNOWS(dom, target_kb);

    if (dom->set_aside)
        return 0;
    if (dom->dying)
        return xlmem__add_sat(dom->tot_kb, dom->paging_kb);
    if (!dom->domid)
        known = dom0_target(host, &target);
    else if (!is_behind(dom))
        return 0;
    return known ? xlmem__sub0(dom->tot_kb, target) : 0;
}

/*
 * One that holds more than it was asked to, whatever its ceiling is now: it
 * was asked before somebody raised that (`xl mem-max`), and has not followed.
 */
static bool keeps_more(const xlmem_dom *dom)
{
    return dom->tot_kb >
           xlmem__add_sat(dom->target_kb, XLMEM_BEYOND_TARGET_KB);
}

bool xlmem__needs_target(const xlmem_dom *dom)
{
    if (!dom->domid || dom->dying)
        return false;
    return !XLMEM_KNOWS(dom, maxmem_kb) || is_behind(dom) ||
           xlmem_dom_growth_kb(dom) > XLMEM_CEILING_SLACK_KB;
}

bool xlmem__may_be_asked(const xlmem_dom *dom)
{
    if (!dom->domid || dom->paused || dom->dying || dom->shutdown ||
        dom->set_aside)
        return false;
    if (dom->outstanding_kb)
        return false; /* under construction */
    return true;
}

/* From its target down to its range's least. */
static uint64_t to_range_kb(const xlmem_dom *dom)
{
    if (!xlmem__may_be_asked(dom))
        return 0;
    if (!XLMEM_KNOWS(dom, dynamic_min_kb) || !XLMEM_KNOWS(dom, target_kb))
        return 0;
    return xlmem__sub0(dom->target_kb, dom->dynamic_min_kb);
}

uint64_t xlmem_dom_give_kb(const xlmem_dom *dom)
{
    if (is_behind(dom) || keeps_more(dom))
        return 0;
    return to_range_kb(dom);
}

/* A domU may be asked for nothing that has a reservation, now or later: it
 * would take it again. */
uint64_t xlmem__give_later_kb(const xlmem_host *host)
{
    xlmem__promised promised;
    uint64_t kb = 0;
    size_t i;

    xlmem__promised_of(host, &promised);
    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (is_behind(dom) && !xlmem__promised_has(&promised, dom))
            kb = xlmem__add_sat(kb, to_range_kb(dom));
    }
    return kb;
}

static void survey_one(const xlmem_host *host, const xlmem_dom *dom,
                       bool promised, xlmem__survey *survey)
{
    const uint64_t growth = xlmem__growth_kb(host, dom);
    const uint64_t give = promised ? 0 : xlmem_dom_give_kb(dom);

    survey->growth_kb = xlmem__add_sat(survey->growth_kb, growth);
    survey->coming_kb =
        xlmem__add_sat(survey->coming_kb, xlmem__coming_kb(host, dom));
    survey->give_kb = xlmem__add_sat(survey->give_kb, give);
    survey->log_dirty_kb =
        xlmem__max(survey->log_dirty_kb, xlmem__log_dirty_kb(dom));
    if (dom->domid && !dom->dying && !XLMEM_KNOWS(dom, maxmem_kb))
        survey->growth_unknown = true;
    if (give)
        xlmem__givers_add(&survey->givers, dom, give);
    if (dom->paused || dom->set_aside || growth > XLMEM_CEILING_SLACK_KB)
        xlmem__suspects_add(&survey->suspects, dom, promised, growth);
}

void xlmem__survey_of(const xlmem_host *host, xlmem__survey *survey)
{
    xlmem__promised promised;
    size_t i;

    survey->growth_kb = survey->coming_kb = survey->give_kb = 0;
    survey->log_dirty_kb = 0;
    survey->growth_unknown = false;
    xlmem__givers_init(&survey->givers);
    survey->suspects = (xlmem__suspects){.set_aside = false};
    xlmem__promised_of(host, &promised);
    for (i = 0; i < host->nr_doms; i++)
        survey_one(host, &host->doms[i],
                   xlmem__promised_has(&promised, &host->doms[i]), survey);
    xlmem__givers_sort(&survey->givers);
}

void xlmem__survey_add(const xlmem_host *host, const xlmem_dom *dom,
                       xlmem__survey *survey)
{
    survey_one(host, dom, false, survey);
    xlmem__givers_sort(&survey->givers);
}

static void add_survey(const xlmem__survey *survey, xlmem_account *account)
{
    account->growth_kb = survey->growth_kb;
    if (!survey->growth_unknown)
        XLMEM_SET(account, growth_kb, survey->growth_kb);
    XLMEM_SET(account, coming_kb, survey->coming_kb);
    XLMEM_SET(account, guests_give_kb, survey->give_kb);
}

/*
 * The ledger, and out of growth what the ledger has counted already.  That is
 * all but the MiB above its target, which no need contains and which a domain
 * may take as soon as it is there.  Were it not counted from the beginning, as
 * many MiB would be promised twice as there are creates at once.
 */
static void add_ledger(const xlmem_host *host, xlmem_account *account)
{
    uint64_t ledger = 0;
    size_t i;

    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];
        const xlmem_dom *dom = NULL;
        uint64_t open = open_kb(host, res);

        ledger = xlmem__add_sat(ledger, open);
        if (XLMEM_KNOWS(res, domid))
            dom = xlmem_host_find_dom(host, res->domid);
        if (dom)
            account->growth_kb -= xlmem__min(
                account->growth_kb,
                xlmem__min(open, xlmem__sub0(xlmem_dom_growth_kb(dom),
                                             XLMEM_ABOVE_TARGET_KB)));
        else if (res->need_kb)
            account->growth_kb =
                xlmem__add_sat(account->growth_kb, XLMEM_ABOVE_TARGET_KB);
    }
    XLMEM_SET(account, ledger_kb, ledger);
}

/* What building it took has come back, whether or not its owner has looked
 * since. */
static bool is_built(const xlmem_host *host, const xlmem_reservation *res)
{
    const xlmem_dom *dom = NULL;

    if (XLMEM_KNOWS(res, domid))
        dom = xlmem_host_find_dom(host, res->domid);
    return dom && xlmem__was_let_run(dom);
}

/* What reservations promise of dom0. */
typedef struct dom0_side {
    uint64_t stays_kb;    /* for as long as their domains live */
    uint64_t building_kb; /* beside, until they have been built */
} dom0_side;

static dom0_side dom0_promised(const xlmem_host *host)
{
    dom0_side sum = {0, 0};
    size_t i;

    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];
        uint64_t build = xlmem__min(res->dom0_build_kb, res->dom0_need_kb);

        sum.stays_kb = xlmem__add_sat(sum.stays_kb, res->dom0_need_kb - build);
        if (!is_built(host, res))
            sum.building_kb = xlmem__add_sat(sum.building_kb, build);
    }
    return sum;
}

/*
 * What dom0 will be able to absorb when all have been built.  MemAvailable may
 * lack already what is promised to builders: they may have taken all of it,
 * and how much is not to be told.  What can be absorbed now counts it twice,
 * which is on the safe side; what can be waited for counts it as taken, or one
 * who decides while others are at their peak would be refused.
 */
static uint64_t dom0_later_kb(const xlmem_dom0 *dom0,
                              const xlmem_policy *policy,
                              const dom0_side *promised)
{
    return xlmem__sub0(
        xlmem__add_sat(dom0->mem_available_kb, promised->building_kb),
        xlmem__add_sat(policy->dom0_reserve_kb, promised->stays_kb));
}

/* What its balloon was asked for and still holds: MemAvailable has it, and
 * will not.  One that is stuck may still come to give it. */
static uint64_t dom0_owes_kb(const xlmem_host *host)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);
    uint64_t target;

    return dom0 && dom0_target(host, &target)
               ? xlmem__sub0(dom0->tot_kb, target)
               : 0;
}

static bool is_dom0_set_aside(const xlmem_host *host)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);

    return dom0 && dom0->set_aside;
}

/*
 * dom0's side.  What it can absorb depends on MemAvailable and on what its
 * balloon still owes; its floor, configured or found, only bounds what that
 * gives.
 */
static void account_dom0(const xlmem_host *host, const xlmem_policy *policy,
                         xlmem_account *account)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    dom0_side promised = dom0_promised(host);
    uint64_t target;

    promised.stays_kb = xlmem__add_sat(promised.stays_kb, dom0_owes_kb(host));

    XLMEM_SET(account, dom0_floor_kb,
              policy->dom0_floor_kb ? policy->dom0_floor_kb
                                    : xlmem__dom0_floor_kb(host));
    if (!XLMEM_KNOWS(dom0, mem_available_kb))
        return;
    XLMEM_SET(
        account, dom0_absorb_kb,
        xlmem__sub0(dom0->mem_available_kb,
                    xlmem__add_sat(policy->dom0_reserve_kb,
                                   xlmem__add_sat(promised.stays_kb,
                                                  promised.building_kb))));
    XLMEM_SET(account, dom0_building_kb,
              xlmem__sub0(dom0_later_kb(dom0, policy, &promised),
                          account->dom0_absorb_kb));
    if (is_dom0_set_aside(host) || !dom0_target(host, &target))
        return;
    XLMEM_SET(account, dom0_give_kb,
              xlmem__min(xlmem__sub0(target, account->dom0_floor_kb),
                         account->dom0_absorb_kb));
}

static bool is_known(const xlmem_host *host)
{
    return XLMEM_KNOWS(host, free_kb) && XLMEM_KNOWS(host, domains_listed);
}

int xlmem__account_by(const xlmem_host *host, const xlmem_policy *policy,
                      const xlmem__survey *survey, xlmem_account *account_r)
{
    xlmem_account account = {0};
    uint64_t spoken_for;

    if (!is_known(host))
        return XLMEM_ERROR_UNKNOWN;
    XLMEM_SET(&account, free_kb, host->free_kb);
    if (XLMEM_KNOWS(host, outstanding_kb))
        XLMEM_SET(&account, outstanding_kb, host->outstanding_kb);
    XLMEM_SET(&account, headroom_kb, headroom_of(policy, survey));
    add_survey(survey, &account);
    add_ledger(host, &account);
    account_dom0(host, policy, &account);
    spoken_for = xlmem__add_sat(
        xlmem__add_sat(account.outstanding_kb, account.ledger_kb),
        xlmem__add_sat(account.growth_kb, account.headroom_kb));
    XLMEM_SET(&account, usable_kb, xlmem__sub0(host->free_kb, spoken_for));
    XLMEM_SET(&account, deficit_kb, xlmem__sub0(spoken_for, host->free_kb));
    *account_r = account;
    return 0;
}

int xlmem__account_with(const xlmem_host *host, const xlmem_policy *policy,
                        xlmem_account *account_r, xlmem__survey *survey_r)
{
    if (!is_known(host))
        return XLMEM_ERROR_UNKNOWN;
    xlmem__survey_of(host, survey_r);
    return xlmem__account_by(host, policy, survey_r, account_r);
}

int xlmem_account_of(const xlmem_host *host, const xlmem_policy *policy,
                     xlmem_account *account_r)
{
    xlmem__survey survey;

    return xlmem__account_with(host, policy, account_r, &survey);
}
