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
 */
#include <stdarg.h>
#include <stdio.h>

#include "model/blame.h"
#include "model/checked.h"
#include "model/reason.h"
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

void xlmem__reason_v(xlmem_reason *reasons, size_t *nr, const char *code,
                     const char *fmt, va_list ap)
{
    xlmem_reason *to;

    if (*nr == XLMEM_REASONS_MAX)
        return;
    to = &reasons[(*nr)++];
    to->code = code;
    vsnprintf(to->text, sizeof(to->text), fmt, ap);
}

void xlmem__reason(xlmem_verdict *verdict, const char *code, const char *fmt,
                   ...)
{
    va_list ap;

    va_start(ap, fmt);
    xlmem__reason_v(verdict->reasons, &verdict->nr_reasons, code, fmt, ap);
    va_end(ap);
}

#define KB(n) ((unsigned long long)(n))

/* Ask one domain for as much of *left_kb as it can give.  In whole pages: a
 * balloon rounds, and what it was asked for is recognised by its number. */
static void ask(xlmem_verdict *verdict, uint64_t domid, uint64_t target_kb,
                uint64_t give_kb, uint64_t *left_kb)
{
    uint64_t take = xlmem__min(give_kb / XLMEM__PAGE_KB * XLMEM__PAGE_KB,
                               xlmem__round_up(*left_kb, XLMEM__PAGE_KB));

    if (!take || verdict->nr_steps == XLMEM_STEPS_MAX)
        return;
    verdict->steps[verdict->nr_steps++] =
        (xlmem_step){domid, target_kb, target_kb - take};
    *left_kb -= xlmem__min(take, *left_kb);
}

/* The givers among the guests, the largest first; the smallest falls out. */
typedef struct givers {
    size_t nr;
    const xlmem_dom *dom[XLMEM_STEPS_MAX];
    uint64_t give_kb[XLMEM_STEPS_MAX];
} givers;

static void givers_add(givers *list, const xlmem_dom *dom, uint64_t give_kb)
{
    size_t i = list->nr;

    if (i == XLMEM_STEPS_MAX && list->give_kb[i - 1] >= give_kb)
        return;
    if (i == XLMEM_STEPS_MAX)
        i--;
    else
        list->nr++;
    for (; i && list->give_kb[i - 1] < give_kb; i--) {
        list->dom[i] = list->dom[i - 1];
        list->give_kb[i] = list->give_kb[i - 1];
    }
    list->dom[i] = dom;
    list->give_kb[i] = give_kb;
}

static void ask_guests(const xlmem_host *host, xlmem_verdict *verdict,
                       uint64_t *left_kb)
{
    givers list = {.nr = 0};
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        uint64_t give_kb = xlmem_domain_give_kb(&host->doms[i]);

        if (give_kb)
            givers_add(&list, &host->doms[i], give_kb);
    }
    for (i = 0; i < list.nr; i++)
        ask(verdict, list.dom[i]->domid, list.dom[i]->target_kb,
            list.give_kb[i], left_kb);
}

/* dom0 may give what is left of A after its own side of this create. */
static void ask_dom0(const xlmem_host *host, const xlmem_account *account,
                     xlmem_verdict *verdict, uint64_t *left_kb)
{
    uint64_t spare;

    if (!XLMEM_KNOWS(account, dom0_give_kb))
        return;
    spare = xlmem__sub0(account->dom0_absorb_kb, verdict->dom0_need_kb);
    ask(verdict, 0, host->dom0.balloon_target_kb,
        xlmem__min(account->dom0_give_kb, spare), left_kb);
}

/* dom0's own side.  Unknown is not a reason to refuse; it is said. */
static bool dom0_bears(const xlmem_account *account, xlmem_verdict *verdict)
{
    if (!XLMEM_KNOWS(account, dom0_absorb_kb)) {
        xlmem__reason(
            verdict, "dom0-unknown",
            "dom0's MemAvailable is not known: its side was not checked");
        return true;
    }
    verdict->dom0_known = true;
    verdict->dom0_spare_kb = account->dom0_absorb_kb;
    if (verdict->dom0_need_kb <= account->dom0_absorb_kb)
        return true;
    xlmem__reason(
        verdict, "dom0-short",
        "dom0 needs %llu kB for its side of this domain and can spare "
        "%llu kB: short by %llu kB",
        KB(verdict->dom0_need_kb), KB(account->dom0_absorb_kb),
        KB(verdict->dom0_need_kb - account->dom0_absorb_kb));
    return false;
}

static void explain_shortage(const xlmem_account *account,
                             xlmem_verdict *verdict, uint64_t left_kb)
{
    xlmem__reason(
        verdict, "xen-short",
        "the domain needs %llu kB, usable in Xen are %llu kB (free %llu, "
        "less claims %llu, reserved %llu, growth %llu, headroom %llu): "
        "short by %llu kB",
        KB(verdict->need_kb), KB(account->usable_kb), KB(account->free_kb),
        KB(account->outstanding_kb), KB(account->ledger_kb),
        KB(account->growth_kb), KB(account->headroom_kb),
        KB(verdict->short_kb));
    if (!left_kb)
        return;
    xlmem__reason(
        verdict, "givers-short",
        "coming back %llu kB, dom0 can give %llu kB, guests can give "
        "%llu kB: %llu kB are still missing",
        KB(account->coming_kb), KB(account->dom0_give_kb),
        KB(account->guests_give_kb), KB(left_kb));
}

static int decide(const xlmem_account *account, xlmem_verdict *verdict,
                  bool dom0_ok, uint64_t left_kb)
{
    if (!dom0_ok || left_kb) {
        verdict->kind = XLMEM_REFUSE;
        verdict->nr_steps = 0;
        return left_kb > account->headroom_kb ? XLMEM_ERROR_INFEASIBLE
                                              : XLMEM_ERROR_NO_HEADROOM;
    }
    verdict->kind = verdict->short_kb ? XLMEM_ADMIT_AFTER_PLAN : XLMEM_ADMIT;
    return 0;
}

int xlmem_admit(const xlmem_host *host, const xlmem_policy *policy,
                uint64_t need_kb, uint64_t dom0_need_kb,
                xlmem_verdict *verdict_r)
{
    xlmem_account account;
    uint64_t left;
    bool dom0_ok;
    int rc = xlmem_account_of(host, policy, &account);

    if (rc)
        return rc;
    *verdict_r = (xlmem_verdict){.need_kb = need_kb,
                                 .dom0_need_kb = dom0_need_kb,
                                 .usable_kb = account.usable_kb};
    verdict_r->short_kb = xlmem__sub0(
        xlmem__add_sat(need_kb, account.deficit_kb), account.usable_kb);
    dom0_ok = dom0_bears(&account, verdict_r);
    verdict_r->wait_kb = xlmem__min(account.coming_kb, verdict_r->short_kb);
    left = verdict_r->short_kb - verdict_r->wait_kb;
    if (left) {
        ask_dom0(host, &account, verdict_r, &left);
        ask_guests(host, verdict_r, &left);
    }
    verdict_r->missing_kb = left;
    if (verdict_r->short_kb) {
        explain_shortage(&account, verdict_r, left);
        xlmem__blame(host, verdict_r);
    }
    return decide(&account, verdict_r, dom0_ok, left);
}
