/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The largest domU that would fit: the decision asked again and again, for
 * twice as much memory until the answer is no, then half-way between.  What a
 * domU needs only grows with its memory, and so does what it is short of.  The
 * books are made once: no domU that is only asked about changes them.
 */
#include "model/admit.h"
#include "model/checked.h"
#include "model/units.h"

/* No machine has as much: bytes must fit 64 bits. */
#define NO_SUCH_MIB (UINT64_C(1) << 44)

typedef struct search {
    const xlmem_host *host;
    xlmem_account account;
    xlmem__survey survey;
    xlmem_need_request request;
    xlmem_verdict_kind worst; /* that counts as a yes */
} search;

static bool largest_fits(search *s, uint64_t mib)
{
    xlmem_outcome outcome;
    xlmem_need need;

    if (mib >= NO_SUCH_MIB)
        return false;
    XLMEM_SET(&s->request, memory_kb, mib * XLMEM__MIB_KB);
    if (xlmem_need_of(s->host, &s->request, &need))
        return false;
    xlmem__outcome_start(&outcome, need.need_kb, need.dom0_need_kb);
    return !xlmem__admit_by(s->host, &s->account, &s->survey, &outcome) &&
           outcome.kind <= s->worst;
}

/* @yes: what is known to fit; 0 nothing. */
static uint64_t largest(search *s, uint64_t yes)
{
    uint64_t no = yes + 1;

    while (largest_fits(s, no)) {
        yes = no;
        no *= 2;
    }
    while (no - yes > 1) {
        uint64_t half = yes + (no - yes) / 2;

        if (largest_fits(s, half))
            yes = half;
        else
            no = half;
    }
    return yes;
}

/* A request that is no domU's fits nowhere, and is not for want of memory. */
static int check_search(const search *s)
{
    xlmem_need_request request = s->request;
    xlmem_need need;

    XLMEM_SET(&request, memory_kb, XLMEM__MIB_KB);
    return xlmem_need_of(s->host, &request, &need);
}

int xlmem_largest(const xlmem_host *host, const xlmem_policy *policy,
                  const xlmem_need_request *like,
                  xlmem_largest_domu *largest_r)
{
    xlmem_largest_domu found = {.now_kb = 0};
    search s;
    int rc = xlmem__account_with(host, policy, &s.account, &s.survey);

    s.host = host;
    s.request = *like;
    s.worst = XLMEM_ADMIT;
    if (!rc)
        rc = check_search(&s);
    if (rc)
        return rc;
    found.now_kb = largest(&s, 0);
    s.worst = XLMEM_ADMIT_AFTER_PLAN;
    found.after_plan_kb = largest(&s, found.now_kb) * XLMEM__MIB_KB;
    found.now_kb *= XLMEM__MIB_KB;
    *largest_r = found;
    return 0;
}
