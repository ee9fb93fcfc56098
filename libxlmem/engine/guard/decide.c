/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One decision: the quick answer from the books; where that leaves something
 * short, the same once more with what guests could give.
 */
#include "engine/guard/guard.h"

#include "model/account.h"
#include "model/admit.h"

/* Whether it would do without what is refused or asked of others now, if those
 * were set aside that look half-built and have not been judged yet. */
static bool is_undecided(const xlmem_policy *policy,
                         const xlmem__tracker *tracker, xlmem__books *books,
                         const xlmem_verdict *verdict)
{
    xlmem_outcome other;

    if (verdict->kind != XLMEM_REFUSE && !verdict->plan.nr_steps)
        return false;
    if (!xlmem__tracker_suspect(tracker, &books->host))
        return false;
    if (xlmem__outcome_of(&books->host, policy, verdict->need_kb,
                          verdict->dom0_need_kb, &other))
        return false;
    return verdict->kind == XLMEM_REFUSE || other.short_kb < verdict->short_kb;
}

/* Who has not given yet what he was asked for is asked for no more.  Where the
 * daemon moves memory that is so most of the time, of a guest that follows. */
static bool is_arriving(const xlmem__books *books,
                        const xlmem_verdict *verdict)
{
    return verdict->missing_kb &&
           verdict->missing_kb <= xlmem__give_later_kb(&books->host) &&
           (!verdict->dom0_known ||
            verdict->dom0_need_kb <= verdict->dom0_spare_kb);
}

int xlmem__decide(xlmem_ctx *ctx, const xlmem_policy *policy,
                  xlmem__tracker *tracker, xlmem__books *books,
                  xlmem_verdict *verdict)
{
    const uint64_t need_kb = verdict->need_kb;
    const uint64_t dom0_need_kb = verdict->dom0_need_kb;
    int rc = xlmem_admit(&books->host, policy, need_kb, dom0_need_kb, verdict);

    tracker->undecided = tracker->arriving = false;
    if (rc == XLMEM_ERROR_UNKNOWN || !verdict->short_kb)
        return rc;
    rc = xlmem__books_ask_guests(ctx, books);
    if (rc)
        return rc;
    xlmem__tracker_see_host(tracker, xlmem__clock_ms(ctx), &books->host);
    rc = xlmem_admit(&books->host, policy, need_kb, dom0_need_kb, verdict);
    tracker->arriving =
        rc == XLMEM_ERROR_NO_HEADROOM && is_arriving(books, verdict);
    tracker->undecided = is_undecided(policy, tracker, books, verdict);
    return rc;
}
