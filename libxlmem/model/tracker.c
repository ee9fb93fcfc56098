/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How long somebody may stand still stands in private/pace.h.
 *
 * The first two kinds and the dying are promises, and one that is not kept
 * must not make a create wait, and then fail, for memory that somebody else
 * could give.  Half-built is a fear: nobody builds that domain any more, if
 * nobody does.  Who is stuck is judged, and set aside in the books of whoever
 * tracks him: what he holds stays held, nothing comes from him, nothing is
 * asked of him, and nothing is kept for him.  Once he moves he counts again.
 */
#include "model/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "model/account.h"
#include "model/checked.h"
#include "model/promised.h"
#include "private/pace.h"

void xlmem__tracker_init(xlmem__tracker *tracker, int64_t wait_ms)
{
    *tracker = (xlmem__tracker){
        .dying_ms = wait_ms < XLMEM_STUCK_MS ? wait_ms : XLMEM_STUCK_MS};
}

void xlmem__tracker_dispose(xlmem__tracker *tracker)
{
    free(tracker->list);
    *tracker = (xlmem__tracker){.nr = 0};
}

/* ------------------------------------------------------------ tracks --- */

/* Where that of a domain and kind is, or would be. */
static size_t place_of(const xlmem__tracker *tracker, uint64_t domid,
                       xlmem__track_kind kind)
{
    size_t low = 0, high = tracker->nr;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const xlmem__sight *at = &tracker->list[mid].last;

        if (at->domid < domid || (at->domid == domid && at->kind < kind))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static xlmem__track *find_track(const xlmem__tracker *tracker, uint64_t domid,
                                xlmem__track_kind kind)
{
    const size_t at = place_of(tracker, domid, kind);
    const xlmem__sight *last;

    if (at == tracker->nr)
        return NULL;
    last = &tracker->list[at].last;
    return last->domid == domid && last->kind == kind ? &tracker->list[at]
                                                      : NULL;
}

static bool make_track_room(xlmem__tracker *tracker)
{
    size_t room = tracker->room ? 2 * tracker->room : 16;
    xlmem__track *grown;

    if (tracker->nr < tracker->room)
        return true;
    grown = realloc(tracker->list, room * sizeof(*grown));
    if (!grown)
        return false;
    tracker->list = grown;
    tracker->room = room;
    return true;
}

static xlmem__track *add_track(xlmem__tracker *tracker, int64_t now_ms,
                               const xlmem__sight *sight)
{
    const size_t at = place_of(tracker, sight->domid, sight->kind);
    xlmem__track *track;

    if (!make_track_room(tracker))
        return NULL;
    track = &tracker->list[at];
    memmove(track + 1, track, (tracker->nr - at) * sizeof(*track));
    tracker->nr++;
    *track = (xlmem__track){.last = *sight,
                            .best_kb = sight->has_kb,
                            .moved = now_ms,
                            .asked = now_ms};
    return track;
}

static bool comes_down(xlmem__track_kind kind)
{
    return kind == XLMEM__GIVES || kind == XLMEM__DYING;
}

static bool is_further(const xlmem__track *track, uint64_t has_kb)
{
    return comes_down(track->last.kind) ? has_kb < track->best_kb
                                        : has_kb > track->best_kb;
}

static void judge_track(xlmem__tracker *tracker, xlmem__track *track,
                        int64_t now_ms)
{
    const int64_t ms =
        track->last.kind == XLMEM__DYING ? tracker->dying_ms : XLMEM_STUCK_MS;
    const bool was = track->judged;

    track->judged = now_ms - track->moved >= ms;
    if (track->judged && !was)
        tracker->nr_judged++;
}

const xlmem__track *xlmem__tracker_see(xlmem__tracker *tracker, int64_t now_ms,
                                       const xlmem__sight *sight)
{
    xlmem__track *track = find_track(tracker, sight->domid, sight->kind);

    if (!track)
        track = add_track(tracker, now_ms, sight);
    if (!track)
        return NULL;
    if (sight->asked_kb != track->last.asked_kb)
        track->asked = now_ms;
    track->last = *sight;
    if (is_further(track, sight->has_kb)) {
        track->best_kb = sight->has_kb;
        track->moved = now_ms;
    }
    judge_track(tracker, track, now_ms);
    return track;
}

void xlmem__tracker_forget(xlmem__tracker *tracker, uint64_t domid)
{
    const size_t first = place_of(tracker, domid, XLMEM__GIVES);
    size_t end = first;

    while (end < tracker->nr && tracker->list[end].last.domid == domid)
        end++;
    if (end == first)
        return;
    memmove(&tracker->list[first], &tracker->list[end],
            (tracker->nr - end) * sizeof(tracker->list[0]));
    tracker->nr -= end - first;
}

void xlmem__tracker_keep(xlmem__tracker *tracker, const xlmem_host *host)
{
    size_t i, kept = 0;

    for (i = 0; i < tracker->nr; i++)
        if (xlmem_host_find_dom(host, tracker->list[i].last.domid))
            tracker->list[kept++] = tracker->list[i];
    tracker->nr = kept;
}

/* ------------------------------------------------------------- paces --- */

static bool is_balloon(xlmem__track_kind kind)
{
    return kind == XLMEM__GIVES || kind == XLMEM__TAKES;
}

xlmem__pace xlmem__track_pace(const xlmem__track *track, int64_t now_ms)
{
    const int64_t still_ms = now_ms - track->moved;
    const int64_t asked_ms = now_ms - track->asked;
    const bool balloon = is_balloon(track->last.kind);

    if (balloon && track->last.has_kb == track->last.asked_kb)
        return XLMEM__FOLLOWS;
    if (balloon && still_ms >= XLMEM_GAVE_UP_MS &&
        asked_ms >= XLMEM_GAVE_UP_MS)
        return XLMEM__GAVE_UP;
    if (track->judged)
        return XLMEM__STUCK;
    return still_ms < XLMEM_SLOW_MS || asked_ms < XLMEM_SLOW_MS
               ? XLMEM__FOLLOWS
               : XLMEM__SLOW;
}

/* ------------------------------------------------------------- hosts --- */

/* false: nothing is expected of it. */
static bool expect(const xlmem__promised *promised, const xlmem_dom *dom,
                   xlmem__sight *sight_r)
{
    const xlmem_host *host = promised->host;

    *sight_r = (xlmem__sight){.domid = dom->domid, .has_kb = dom->tot_kb};
    if (xlmem__is_unbuilt(dom) && !xlmem__promised_has(promised, dom)) {
        sight_r->kind = XLMEM__UNBUILT;
        sight_r->asked_kb = dom->maxmem_kb;
        return true;
    }
    if (dom->dying) {
        sight_r->kind = XLMEM__DYING;
        sight_r->has_kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);
    } else {
        sight_r->kind = XLMEM__GIVES;
        sight_r->asked_kb =
            dom->domid ? dom->target_kb : host->dom0.balloon_target_kb;
    }
    return xlmem__coming_kb(host, dom) != 0;
}

/* A balloon that was judged stays so when its target has been put back: one
 * create is not to ask it again and again.  A daemon, which would keep that
 * until it ends, forgives: model/party.c says when it asks again.  Anything
 * else that is at rest is not tracked. */
static bool is_kept(const xlmem__tracker *tracker, const xlmem__track *track,
                    const xlmem__promised *promised)
{
    const xlmem_dom *dom =
        xlmem_host_find_dom(promised->host, track->last.domid);
    xlmem__sight sight;

    if (dom && expect(promised, dom, &sight))
        return sight.kind == track->last.kind;
    return dom && track->judged && track->last.kind == XLMEM__GIVES &&
           !tracker->forgives;
}

static void forget_promised(xlmem__tracker *tracker,
                            const xlmem__promised *promised)
{
    size_t i, kept = 0;

    for (i = 0; i < tracker->nr; i++)
        if (is_kept(tracker, &tracker->list[i], promised))
            tracker->list[kept++] = tracker->list[i];
    tracker->nr = kept;
}

void xlmem__tracker_see_host(xlmem__tracker *tracker, int64_t now_ms,
                             xlmem_host *host)
{
    xlmem__promised promised;
    const xlmem__track *track;
    xlmem__sight sight;
    size_t i;

    /* Of one that is set aside nothing is coming, as if it were at rest. */
    for (i = 0; i < host->nr_doms; i++)
        host->doms[i].set_aside = false;
    xlmem__promised_of(host, &promised);
    forget_promised(tracker, &promised);
    for (i = 0; i < host->nr_doms; i++) {
        if (!expect(&promised, &host->doms[i], &sight) &&
            !find_track(tracker, sight.domid, sight.kind))
            continue;
        track = xlmem__tracker_see(tracker, now_ms, &sight);
        if (track && track->judged)
            host->doms[i].set_aside = true;
    }
}

bool xlmem__tracker_suspect(const xlmem__tracker *tracker, xlmem_host *host)
{
    const xlmem__track *track;
    bool any = false;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        track = find_track(tracker, host->doms[i].domid, XLMEM__UNBUILT);
        if (track && !track->judged)
            host->doms[i].set_aside = any = true;
    }
    return any;
}
