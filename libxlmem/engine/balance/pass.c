/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A pass.
 *
 *     lock    read the ledger, then the host; pay what plans of guards owe
 *             facts from the cache -> parties -> the rule -> a plan
 *             read anew what xenstore says of those that the plan moves;
 *             where that is not what the plan goes by: once more
 *             write the moves down, set the targets
 *     unlock
 *
 * Nothing is carried from one pass to the next but what limits and patience go
 * by: a monitor that was killed in a pass leaves targets, and in the ledger
 * what they were set for, and the next one goes on from there.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "engine/balance/pass.h"
#include "engine/facts/documents.h"
#include "engine/facts/snapshot.h"
#include "model/account.h"
#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"

/* A plan is made anew so often because a node is not what the cache says. */
#define PLANS_MOST 4

/* Whose target or nodes could not be set is left alone, twice as long each
 * time: xenstored may be busy, or libxl's record of the domain be lost. */
#define REFUSED_LEAST_MS 1000
#define REFUSED_MOST_MS 600000

/* ----------------------------------------------------------- the books --- */

/* What is owed is given back before anything is moved: dom0's first. */
static int read_books(xlmem__pass *p)
{
    xlmem_ctx *ctx = p->m->ctx;
    int rc = xlmem__books_read(ctx, NULL, NULL, &p->books);

    if (rc || p->dry || !xlmem__has_debts(&p->books.entries))
        return rc;
    rc = xlmem__debts_pay(ctx, &p->m->policy);
    if (rc)
        return rc;
    xlmem__books_dispose(&p->books);
    return xlmem__books_read(ctx, NULL, NULL, &p->books);
}

/* What was taken for one that ends is owed from then on, and its end may come
 * without an event: at its time, or with its owner's death. */
static int64_t end_ms(const xlmem__pass *p, const xlmem__listed *listed)
{
    return xlmem__listed_by_hand(listed) ? (int64_t)listed->entry.until_ms
                                         : p->now_ms + XLMEM__RESERVED_LOOK_MS;
}

static void note_step(xlmem__pass *p, const xlmem__listed *listed,
                      const xlmem_step *step)
{
    if (listed->counts && xlmem__step_is_leaving(step)) {
        xlmem__at_latest(p, end_ms(p, listed));
        xlmem_domids_add(&p->leaving, step->domid);
    }
    if (!xlmem__step_is_owed(step))
        return;
    if (!listed->counts) {
        xlmem_domids_add(&p->owed, step->domid);
        return;
    }
    xlmem__at_latest(p, end_ms(p, listed));
    if (!listed->entry.granted)
        xlmem_domids_add(&p->asked, step->domid);
}

static void note_plans(xlmem__pass *p)
{
    const xlmem__entries *entries = &p->books.entries;
    size_t i, j;

    memset(&p->asked, 0, sizeof(p->asked));
    memset(&p->owed, 0, sizeof(p->owed));
    memset(&p->leaving, 0, sizeof(p->leaving));
    for (i = 0; i < entries->nr; i++)
        for (j = 0; j < entries->list[i].entry.plan.nr_steps; j++)
            note_step(p, &entries->list[i],
                      &entries->list[i].entry.plan.steps[j]);
}

/* dom0's pressure is no part of the books of a guard. */
static void read_pressure(xlmem__pass *p)
{
    xlmem__where where = {.line = 0};
    char *buf;
    size_t len;

    if (xlmem__read_document(p->m->ctx, "proc/pressure/memory", &buf, &len))
        return;
    if (xlmem__parse_psi(buf, len, &p->books.host, &where))
        xlmem__warn_of(p->m->ctx, "proc/pressure/memory", &where);
    else if (xlmem__parse_stall(buf, len, &p->stall))
        p->stall.at_ms = p->now_ms;
    free(buf);
}

static bool read_balloon(xlmem__pass *p, const char *path, uint64_t *kb_r)
{
    xlmem__str text;
    char *buf;
    size_t len;
    bool ok;

    if (xlmem__read_document(p->m->ctx, path, &buf, &len))
        return false;
    text = xlmem__trim((xlmem__str){buf, len});
    if (text.len && text.p[text.len - 1] == '\n')
        text.len--;
    ok = !xlmem__number_all(text, 10, kb_r);
    free(buf);
    return ok;
}

/* Nor is what lies in its balloon: how far it can grow. */
static void read_reach(xlmem__pass *p)
{
    xlmem_dom0 *dom0 = &p->books.host.dom0;
    uint64_t low_kb, high_kb;

    if (!read_balloon(p, XLMEM__BALLOON_FILE("info/low_kb"), &low_kb) ||
        !read_balloon(p, XLMEM__BALLOON_FILE("info/high_kb"), &high_kb))
        return;
    XLMEM_SET(dom0, balloon_low_kb, low_kb);
    XLMEM_SET(dom0, balloon_high_kb, high_kb);
}

/* ------------------------------------------------------------ deciding --- */

/* Make @list of @nr elements of its type, or leave it as it is. */
#define ENLARGE(list, nr)                                                     \
    ({                                                                        \
        void *larger_ = realloc(list, (nr) * sizeof(*(list)));                \
        (list) = larger_ ? larger_ : (list);                                  \
        larger_ != NULL;                                                      \
    })

static int make_party_room(xlmem_monitor *m)
{
    const size_t nr = m->cache.nr + 1;

    if (nr <= m->party_room)
        return 0;
    if (!ENLARGE(m->parties, nr) || !ENLARGE(m->shares, nr) ||
        !ENLARGE(m->room.cups, nr) || !ENLARGE(m->room.followers, nr))
        return XLMEM_ERROR_NOMEM;
    m->party_room = nr;
    return 0;
}

/* Somebody came or went since the cache was put in step. */
static bool is_in_step(const xlmem__pass *p)
{
    const xlmem_host *host = &p->books.host;
    const xlmem__cache *cache = &p->m->cache;
    size_t i;

    if (host->nr_doms != cache->nr)
        return false;
    for (i = 0; i < cache->nr; i++)
        if (!xlmem__kept_is_in(&cache->list[i], host))
            return false;
    return true;
}

static int do_books(xlmem__pass *p)
{
    xlmem_monitor *m = p->m;
    int rc;

    xlmem__cache_enter(&m->cache, &p->books.host);
    xlmem__tracker_see_host(&m->promises, p->now_ms, &p->books.host);
    rc = xlmem_account_of(&p->books.host, &m->policy, &m->account);
    m->has_account = !rc;
    return rc;
}

/* What others have been asked for and will give is not missing. */
static void fill_purse(xlmem__pass *p)
{
    const xlmem_account *account = &p->m->account;

    p->purse = (xlmem__purse){
        .usable_kb =
            xlmem__sub0(account->usable_kb,
                        xlmem__may_return_kb(&p->books.host, &p->later)),
        .deficit_kb = xlmem__sub0(account->deficit_kb, p->coming_kb)};
}

/* The parties as the rule left them, back to their domains. */
static void keep_parties(xlmem__pass *p)
{
    size_t i;

    for (i = 0; i < p->m->cache.nr; i++) {
        xlmem__kept *kept = &p->m->cache.list[i];

        kept->party = p->m->parties[i];
        if (kept->party.still == XLMEM__LEFT_OUT)
            kept->part = kept->party.pace == XLMEM__GAVE_UP
                             ? XLMEM_PART_GAVE_UP
                             : XLMEM_PART_STUCK;
    }
}

/* Also one that nobody counts on any more, because it has stood still. */
static bool any_holds_too_much(const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (dom->dying || !XLMEM_KNOWS(dom, target_kb) ||
            dom->tot_kb > dom->target_kb)
            return true;
    }
    return false;
}

/* Free memory is read behind the domains: what a balloon has given in between
 * is free, and is not what it still holds. */
static int look_again_at_givers(xlmem__pass *p)
{
    if (p->later.nr_doms || !any_holds_too_much(&p->books.host))
        return 0;
    return xlmem__snapshot_books(p->m->ctx, NULL, &p->later);
}

static int decide_once(xlmem__pass *p)
{
    xlmem_monitor *m = p->m;
    xlmem__round round = {.purse = &p->purse,
                          .gentle = &m->gentle,
                          .now_ms = p->now_ms,
                          .shares = m->shares,
                          .room = &m->room,
                          .lack = &m->lack,
                          .plan_r = &p->plan};
    size_t i;
    int rc = do_books(p);

    if (!rc)
        rc = look_again_at_givers(p);
    if (rc)
        return rc;
    p->coming_kb = 0;
    xlmem__promised_of(&p->books.host, &p->promised);
    for (i = 0; i < m->cache.nr; i++) {
        xlmem__kept *kept = &m->cache.list[i];

        xlmem__party_of(p, kept,
                        xlmem_host_find_dom(&p->books.host, kept->domid));
        m->parties[i] = kept->party;
    }
    fill_purse(p);
    p->plenty = xlmem__balance(m->parties, m->cache.nr, &round);
    keep_parties(p);
    if (round.again_ms_r >= 0)
        xlmem__at_latest(p, round.again_ms_r);
    return 0;
}

/* -------------------------------------------------------- carrying out --- */

/* A plan by facts that are still true: what it goes by is read anew of those
 * that it moves, since an administrator may have set their targets while no
 * event of that has come yet. */
static int decide_for_sure(xlmem__pass *p)
{
    int i, rc = 0;

    for (i = 0; i < PLANS_MOST && !rc; i++) {
        p->stale = false;
        rc = decide_once(p);
        p->observed = true;
        if (!rc && p->plan.nr_steps)
            rc = xlmem__cache_reread(&p->m->cache, p->m->ctx, &p->plan,
                                     &p->stale);
        if (!rc && !p->stale)
            return 0;
    }
    p->plan.nr_steps = 0;
    xlmem__at_latest(p, p->now_ms);
    return rc;
}

static void note_move(xlmem__pass *p, const xlmem_step *step)
{
    xlmem_monitor *m = p->m;
    xlmem__kept *kept = xlmem__cache_find(&m->cache, step->domid);

    if (!kept || step->action != XLMEM_STEP_TARGET)
        return;
    if (kept->domid)
        XLMEM_SET(kept, target_kb, step->to_kb);
    kept->signed_target = (xlmem__signed_target){
        true, step->to_kb, kept->domid ? step->to_kb : step->from_kb};
    kept->party.target_kb = step->to_kb;
    kept->moved_ms = p->now_ms;
    kept->refused_after = 0;
    xlmem__balance_done(&kept->party, p->now_ms, step);
    m->nr_moves++;
    m->moved_kb += xlmem__max(step->from_kb, step->to_kb) -
                   xlmem__min(step->from_kb, step->to_kb);
}

void xlmem__pass_refuse(xlmem__pass *p, xlmem__kept *kept)
{
    kept->refused_ms = p->now_ms;
    kept->refused_after = xlmem__back_off_ms(
        kept->refused_after, REFUSED_LEAST_MS, REFUSED_MOST_MS);
    xlmem__at_latest(p, p->now_ms + kept->refused_after);
}

/* One that cannot be moved is no reason to try all the time, nor to say so;
 * it may be signed, or even set. */
static void note_refusal(xlmem__pass *p, uint64_t domid)
{
    xlmem_monitor *m = p->m;
    xlmem__kept *kept = xlmem__cache_find(&m->cache, domid);

    xlmem__cache_doubt(&m->cache, domid);
    if (kept)
        xlmem__pass_refuse(p, kept);
}

static int move_targets(xlmem__pass *p)
{
    xlmem_monitor *m = p->m;
    int rcs[XLMEM_STEPS_MAX];
    size_t i;
    int rc;

    if (!p->plan.nr_steps || p->dry)
        return 0;
    rc =
        xlmem__plan_move(m->ctx, &p->books.entries, &m->intent, &p->plan, rcs);
    for (i = 0; i < p->plan.nr_steps; i++)
        if (rcs[i])
            note_refusal(p, p->plan.steps[i].domid);
        else
            note_move(p, &p->plan.steps[i]);
    xlmem__at_latest(p, p->now_ms + m->gentle.look_ms);
    return rc;
}

/* Others may give, or take what they were promised, without an event. */
static void look_at_others(xlmem__pass *p)
{
    const xlmem_account *account = &p->m->account;

    if (account->coming_kb)
        xlmem__at_latest(p, p->now_ms + p->m->gentle.look_ms);
    if (p->books.host.nr_reservations && (p->plenty == XLMEM__FIRST_SCARCE ||
                                          p->plenty == XLMEM__OTHERS_SCARCE ||
                                          p->plenty == XLMEM__BELOW_FLOORS))
        xlmem__at_latest(p, p->now_ms + XLMEM__RESERVED_LOOK_MS);
}

static int pass_locked(xlmem__pass *p)
{
    int rc = read_books(p);

    if (rc)
        return rc;
    if (!is_in_step(p)) {
        p->m->look = true;
        xlmem__at_latest(p, p->now_ms);
    }
    note_plans(p);
    read_pressure(p);
    read_reach(p);
    rc = make_party_room(p->m);
    if (!rc)
        rc = decide_for_sure(p);
    if (!rc)
        rc = move_targets(p);
    if (!rc)
        look_at_others(p);
    return rc;
}

int xlmem__monitor_pass(xlmem_monitor *m, int64_t now_ms, bool dry,
                        xlmem_plan *plan_r)
{
    xlmem__pass *p;
    int rc = xlmem__guard_lock_briefly(m->ctx);

    if (rc)
        return rc;
    p = calloc(1, sizeof(*p));
    if (p) {
        *p = (xlmem__pass){.m = m, .now_ms = now_ms, .dry = dry};
        p->again_ms = INT64_MAX;
        xlmem_host_init(&p->later);
        rc = pass_locked(p);
        xlmem__books_dispose(&p->books);
        xlmem_host_dispose(&p->later);
        m->again_ms = p->again_ms;
        if (!rc && plan_r)
            *plan_r = p->plan;
    }
    xlmem__guard_unlock(m->ctx);
    rc = p ? rc : XLMEM_ERROR_NOMEM;
    free(p);
    m->nr_passes += !rc;
    return rc;
}
