/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * May this domain start?
 *
 *   dom0-side cost               <= A     what dom0 can absorb
 *   need - usable                <= coming + G + what guests can give
 *   dom0-side cost + given by dom0 <= A
 *
 * in that order of taking: what is free, what is coming anyway (waiting costs
 * nothing), dom0 down to its floor, guests down to dynamic-min, the largest
 * giver first, so that few are disturbed.
 *
 * Where A is too little only while others are being built, it is waited for:
 * what building took comes back.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/admit.h"
#include "model/blame.h"
#include "model/checked.h"
#include "model/plan.h"
#include "model/units.h"

const char *xlmem_verdict_name(xlmem_verdict_kind kind)
{
    switch (kind) {
    case XLMEM_ADMIT:
        return "admit";
    case XLMEM_ADMIT_AFTER_PLAN:
        return "plan";
    case XLMEM_REFUSE:
        return "refuse";
    }
    return "refuse";
}

void xlmem__outcome_start(xlmem_outcome *outcome, uint64_t need_kb,
                          uint64_t dom0_need_kb)
{
    memset(outcome, 0, sizeof(*outcome));
    outcome->need_kb = need_kb;
    outcome->dom0_need_kb = dom0_need_kb;
}

/* ------------------------------------------------------------ deciding --- */

/* Ask one domain for as much of *left_kb as it can give.  In whole pages: a
 * balloon rounds, and what it was asked for is recognised by its number. */
static void ask_giver(xlmem_outcome *outcome, uint64_t domid,
                      uint64_t target_kb, uint64_t give_kb, uint64_t *left_kb)
{
    const uint64_t take =
        xlmem__min(give_kb / XLMEM__PAGE_KB * XLMEM__PAGE_KB,
                   xlmem__round_up(*left_kb, XLMEM__PAGE_KB));
    const xlmem_step step = {target_kb,          target_kb - take,
                             (uint32_t)domid,    XLMEM_STEP_TARGET,
                             XLMEM_AUTHOR_GUARD, XLMEM_WHY_ROOM};

    if (take && xlmem__plan_add(&outcome->plan, &step))
        *left_kb -= xlmem__min(take, *left_kb);
}

static void ask_guests(const xlmem__givers *givers, xlmem_outcome *outcome,
                       uint64_t *left_kb)
{
    size_t i;

    for (i = 0; i < givers->nr; i++)
        ask_giver(outcome, givers->list[i].dom->domid,
                  givers->list[i].dom->target_kb, givers->list[i].give_kb,
                  left_kb);
}

/* What dom0 may give of what it can spare after its own side of this create:
 * @absorb_kb less that, and not below its floor. */
static uint64_t dom0_may_give_kb(const xlmem_host *host,
                                 const xlmem_account *account,
                                 const xlmem_outcome *outcome,
                                 uint64_t absorb_kb)
{
    if (!XLMEM_KNOWS(account, dom0_give_kb))
        return 0;
    return xlmem__min(
        xlmem__sub0(host->dom0.balloon_target_kb, account->dom0_floor_kb),
        xlmem__sub0(absorb_kb, outcome->dom0_need_kb));
}

static void ask_dom0(const xlmem_host *host, const xlmem_account *account,
                     xlmem_outcome *outcome, uint64_t *left_kb)
{
    ask_giver(
        outcome, 0, host->dom0.balloon_target_kb,
        dom0_may_give_kb(host, account, outcome, account->dom0_absorb_kb),
        left_kb);
}

static uint64_t plan_gives_kb(const xlmem_outcome *outcome, bool by_dom0)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < outcome->plan.nr_steps; i++)
        if (by_dom0 == !outcome->plan.steps[i].domid)
            sum += xlmem__step_gives_kb(&outcome->plan.steps[i]);
    return sum;
}

/* What is left after all have been asked dom0 gives later, if it can when
 * those that are being built have been. */
static void await_dom0(const xlmem_host *host, const xlmem_account *account,
                       xlmem_outcome *outcome, uint64_t *left_kb)
{
    const uint64_t later_kb = dom0_may_give_kb(
        host, account, outcome,
        xlmem__add_sat(account->dom0_absorb_kb, account->dom0_building_kb));
    const uint64_t wait_kb = *left_kb;

    if (!wait_kb ||
        wait_kb > xlmem__sub0(later_kb, plan_gives_kb(outcome, true)))
        return;
    *left_kb = 0;
    outcome->dom0_wait_kb = xlmem__add_sat(outcome->dom0_wait_kb, wait_kb);
}

static uint64_t dom0_lacks_kb(const xlmem_account *account,
                              const xlmem_outcome *outcome)
{
    return xlmem__sub0(outcome->dom0_need_kb, account->dom0_absorb_kb);
}

/* Whether dom0 bears its own side, now or when others have been built.
 * Unknown is not a reason to refuse; it is said. */
static bool dom0_bears(const xlmem_account *account, xlmem_outcome *outcome)
{
    const uint64_t lack_kb = dom0_lacks_kb(account, outcome);

    if (!XLMEM_KNOWS(account, dom0_absorb_kb))
        return true;
    outcome->dom0_known = true;
    outcome->dom0_spare_kb = account->dom0_absorb_kb;
    if (lack_kb > account->dom0_building_kb)
        return false;
    outcome->dom0_wait_kb = lack_kb;
    return true;
}

/* Were all domUs gone and dom0 as small as it can be, it would not fit. */
static bool is_larger_than_host(const xlmem_host *host,
                                const xlmem_account *account, uint64_t need_kb)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);
    uint64_t kept_kb = account->dom0_floor_kb;

    if (dom0 && XLMEM_KNOWS(dom0, tot_kb))
        kept_kb = xlmem__min(kept_kb, dom0->tot_kb);
    kept_kb = xlmem__add_sat(kept_kb, account->headroom_kb);
    return XLMEM_KNOWS(host, total_kb) &&
           xlmem__add_sat(need_kb, kept_kb) > host->total_kb;
}

/* Whether dom0 bears its side, and what others have to give: what is left of
 * the shortage then is missing. */
static bool make_plan(const xlmem_host *host, const xlmem_account *account,
                      const xlmem__survey *survey, xlmem_outcome *outcome)
{
    bool dom0_ok;
    uint64_t left;

    outcome->usable_kb = account->usable_kb;
    outcome->short_kb =
        xlmem__sub0(xlmem__add_sat(outcome->need_kb, account->deficit_kb),
                    account->usable_kb);
    outcome->wait_kb = xlmem__min(account->coming_kb, outcome->short_kb);
    left = outcome->short_kb - outcome->wait_kb;
    dom0_ok = dom0_bears(account, outcome);
    if (left) {
        ask_dom0(host, account, outcome, &left);
        ask_guests(&survey->givers, outcome, &left);
        await_dom0(host, account, outcome, &left);
    }
    outcome->missing_kb = left;
    return dom0_ok;
}

static int conclude_outcome(const xlmem_host *host,
                            const xlmem_account *account, bool dom0_ok,
                            xlmem_outcome *outcome)
{
    if (dom0_ok && !outcome->missing_kb) {
        outcome->kind = outcome->short_kb || outcome->dom0_wait_kb
                            ? XLMEM_ADMIT_AFTER_PLAN
                            : XLMEM_ADMIT;
        return 0;
    }
    outcome->kind = XLMEM_REFUSE;
    outcome->plan.nr_steps = 0;
    outcome->dom0_wait_kb = 0;
    return is_larger_than_host(host, account, outcome->need_kb)
               ? XLMEM_ERROR_INFEASIBLE
               : XLMEM_ERROR_NO_HEADROOM;
}

int xlmem__admit_by(const xlmem_host *host, const xlmem_account *account,
                    const xlmem__survey *survey, xlmem_outcome *outcome)
{
    const bool dom0_ok = make_plan(host, account, survey, outcome);

    return conclude_outcome(host, account, dom0_ok, outcome);
}

int xlmem__outcome_of(const xlmem_host *host, const xlmem_policy *policy,
                      uint64_t need_kb, uint64_t dom0_need_kb,
                      xlmem_outcome *outcome_r)
{
    xlmem__survey survey;
    xlmem_account account;
    int rc = xlmem__account_with(host, policy, &account, &survey);

    if (rc)
        return rc;
    xlmem__outcome_start(outcome_r, need_kb, dom0_need_kb);
    return xlmem__admit_by(host, &account, &survey, outcome_r);
}

/* ---------------------------------------------------------- explaining --- */

/* All are as severe, so that they stay in their order. */
xlmem_finding *xlmem__reason(xlmem_verdict *verdict, xlmem__rule_id id,
                             const char *fmt, ...)
{
    const xlmem__sink sink = {.list = verdict->reasons,
                              .room = XLMEM_REASONS_MAX,
                              .nr = &verdict->nr_reasons,
                              .lost = &verdict->nr_reasons_lost};
    xlmem_finding *reason = xlmem__find(sink, id, XLMEM_SEV_NOTE);
    va_list ap;

    if (!reason)
        return NULL;
    va_start(ap, fmt);
    xlmem__say_v(reason, fmt, ap);
    va_end(ap);
    return reason;
}

void xlmem__verdict_end(xlmem_verdict *verdict, xlmem_verdict_kind kind)
{
    size_t i;

    verdict->kind = kind;
    for (i = 0; i < verdict->nr_reasons; i++)
        verdict->reasons[i].severity =
            kind == XLMEM_REFUSE ? XLMEM_SEV_ERROR : XLMEM_SEV_NOTE;
}

#define MIB(kb) (xlmem__mib_of(kb).text)

static void say_dom0_lacks(const xlmem_host *host,
                           const xlmem_account *account,
                           xlmem_verdict *verdict, uint64_t lack_kb,
                           bool waits)
{
    xlmem_finding *reason = xlmem__reason(
        verdict, waits ? XLMEM__RULE_DOM0_BUILDING : XLMEM__RULE_DOM0_SHORT,
        "dom0 needs %s for its side of this domain and can "
        "spare %s%s: short by %s",
        MIB(verdict->dom0_need_kb), MIB(account->dom0_absorb_kb),
        waits ? " while others are being built" : "", MIB(lack_kb));

    xlmem__about(reason, 0, "dom0");
    xlmem__prove_kb(reason, "need", verdict->dom0_need_kb);
    xlmem__prove_kb(reason, "can spare", account->dom0_absorb_kb);
    XLMEM__PROVE_DOM0(reason, "MemAvailable", host, mem_available_kb);
}

/* Its own side, and what it gives later of what others are short of. */
static void explain_dom0(const xlmem_host *host, const xlmem_account *account,
                         xlmem_verdict *verdict)
{
    const uint64_t lack_kb = dom0_lacks_kb(account, &verdict->outcome);
    const bool waits = lack_kb <= account->dom0_building_kb;
    uint64_t gives_kb;

    if (!XLMEM_KNOWS(account, dom0_absorb_kb)) {
        xlmem__about(xlmem__reason(verdict, XLMEM__RULE_DOM0_UNKNOWN,
                                   "dom0's MemAvailable is not known: its "
                                   "side was not checked"),
                     0, "dom0");
        return;
    }
    if (lack_kb)
        say_dom0_lacks(host, account, verdict, lack_kb, waits);
    gives_kb = xlmem__sub0(verdict->dom0_wait_kb, waits ? lack_kb : 0);
    if (gives_kb)
        xlmem__reason(verdict, XLMEM__RULE_DOM0_BUILDING,
                      "dom0 gives %s more when those that are being built "
                      "have left it their memory",
                      MIB(gives_kb));
}

/* What dom0 gives, in words: it is not 0 where it is not known. */
static void say_dom0_given(const xlmem_account *account,
                           const xlmem_verdict *verdict, char *text,
                           size_t len)
{
    if (XLMEM_KNOWS(account, dom0_give_kb))
        snprintf(text, len, "dom0 can give %s",
                 MIB(plan_gives_kb(&verdict->outcome, true)));
    else
        snprintf(text, len, "what dom0 can give is not known");
}

/* What is not usable of free memory, in words; what is none is left out. */
static const char *taken_of(char *text, size_t len,
                            const xlmem_account *account)
{
    const struct {
        uint64_t kb;
        const char *what;
    } taken[] = {
        {account->outstanding_kb, "claimed"},
        {account->ledger_kb, "reserved"},
        {account->growth_kb, "that domains may still take"},
        {account->headroom_kb, "of headroom"},
    };
    size_t i, used = 0;

    text[0] = '\0';
    for (i = 0; i < sizeof(taken) / sizeof(taken[0]) && used < len; i++)
        if (taken[i].kb)
            used += (size_t)snprintf(text + used, len - used, ", less %s %s",
                                     MIB(taken[i].kb), taken[i].what);
    return text;
}

static void explain_shortage(const xlmem_host *host,
                             const xlmem_account *account,
                             xlmem_verdict *verdict)
{
    const uint64_t left_kb = verdict->missing_kb;
    char dom0[48], taken[160];
    xlmem_finding *reason;

    reason = xlmem__reason(
        verdict, XLMEM__RULE_XEN_SHORT,
        "the domain needs %s, usable in Xen are %s (free %s%s): "
        "short by %s",
        MIB(verdict->need_kb), MIB(account->usable_kb), MIB(account->free_kb),
        taken_of(taken, sizeof(taken), account), MIB(verdict->short_kb));
    xlmem__prove_kb(reason, "need", verdict->need_kb);
    xlmem__prove_kb(reason, "usable", account->usable_kb);
    XLMEM__PROVE_HOST(reason, "free", host, free_kb);
    if (!left_kb)
        return;
    say_dom0_given(account, verdict, dom0, sizeof(dom0));
    reason = xlmem__reason(verdict, XLMEM__RULE_GIVERS_SHORT,
                           "to come back %s, %s, guests can give %s: %s are "
                           "still missing",
                           MIB(verdict->wait_kb), dom0,
                           MIB(plan_gives_kb(&verdict->outcome, false)),
                           MIB(left_kb));
    xlmem__prove_kb(reason, "to come back", verdict->wait_kb);
    xlmem__prove_kb(reason, "given by dom0",
                    plan_gives_kb(&verdict->outcome, true));
    xlmem__prove_kb(reason, "given by guests",
                    plan_gives_kb(&verdict->outcome, false));
    xlmem__prove_kb(reason, "missing", left_kb);
}

int xlmem_admit(const xlmem_host *host, const xlmem_policy *policy,
                uint64_t need_kb, uint64_t dom0_need_kb,
                xlmem_verdict *verdict)
{
    xlmem__survey survey;
    xlmem_account account;
    bool dom0_ok;
    int rc = xlmem__account_with(host, policy, &account, &survey);

    if (rc)
        return rc;
    xlmem__outcome_start(&verdict->outcome, need_kb, dom0_need_kb);
    verdict->nr_reasons = verdict->nr_reasons_lost = 0;
    dom0_ok = make_plan(host, &account, &survey, &verdict->outcome);
    explain_dom0(host, &account, verdict);
    /* Of a refusal, the side that is short. */
    if (verdict->short_kb && (dom0_ok || verdict->missing_kb)) {
        explain_shortage(host, &account, verdict);
        xlmem__blame(host, &survey.suspects, verdict);
    }
    rc = conclude_outcome(host, &account, dom0_ok, &verdict->outcome);
    xlmem__verdict_end(verdict, verdict->kind);
    return rc;
}

int xlmem_refuse_plan(xlmem_verdict *verdict)
{
    if (!verdict->plan.nr_steps)
        return 0;
    xlmem__reason(verdict, XLMEM__RULE_NO_PLAN,
                  "others could give %s, and are not to be asked",
                  MIB(verdict->short_kb - verdict->wait_kb));
    xlmem__verdict_end(verdict, XLMEM_REFUSE);
    verdict->plan.nr_steps = 0;
    return XLMEM_ERROR_NO_HEADROOM;
}
