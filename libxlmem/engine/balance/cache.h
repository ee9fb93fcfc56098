/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What xenstore says of each domain, kept by watches: a pass over a thousand
 * domains asks it for nothing.
 *
 *     sync      which domains there are; the new ones are watched
 *     event     what may have changed is marked
 *     refresh   what is marked is read
 *     enter     the facts, into the host of a pass
 *
 * What is marked is read, however often it was marked, and nothing is done by
 * an event alone.  A connection that was lost marks everything.
 *
 * Of one domain 1 KiB is kept.
 */
#ifndef XLMEM_ENGINE_CACHE_H
#define XLMEM_ENGINE_CACHE_H

#include <string.h>

#include "engine/ctx.h"
#include "engine/guard/whose.h"
#include "model/demand.h"
#include "model/report.h"
#include "model/balance.h"
#include "private/monitor.h"

/* One domain. */
typedef struct xlmem__kept {
    /* xenstore's word */
    uint64_t known;
    uint64_t target_kb, static_max_kb;
    uint64_t dynamic_min_kb, dynamic_max_kb;
    uint64_t weight;
    uint64_t uncooperative; /* 0 or 1 */
    uint64_t pin_kb;
    uint64_t domid; /* always known */
    char uuid[37];  /* of Xen: who has its number next has another */
    xlmem__signed_target signed_target;

    /* its own word, and what is made of it */
    xlmem_report report;
    xlmem__demand demand;
    bool heard;     /* it has said something that demand has not seen */
    int64_t ask_ms; /* when that is read without an event; 0: not */
    bool asked;     /* it is: only what is new has been said since */

    /* watching */
    uint32_t marked;    /* nodes that are to be read, by their places */
    int64_t settles_ms; /* but not before this */
    bool watched, watched_data;
    unsigned nr_first; /* events to come that only say that it is watched */
    int64_t window_ms; /* since when its events are counted */
    unsigned nr_events;
    int64_t deaf_until_ms; /* it floods; 0: it is listened to */
    int64_t deaf_ms;       /* for so long the last time */

    /* what the last pass found and did */
    xlmem__party party; /* and what the rule goes by from pass to pass */
    xlmem_part part;
    bool seen;             /* there was a pass with it */
    uint64_t tot_kb;       /* what Xen counted of it then */
    bool rests;            /* its balloon had done what it was asked for */
    bool proven;           /* it has followed a target, if only by a little */
    int64_t moved_ms;      /* 0: never */
    int64_t refused_ms;    /* when its target or nodes could not be set, */
    int64_t refused_after; /* and how long it is left alone; 0: it could */
} xlmem__kept;

/* Whether it is among those that are there. */
static inline bool xlmem__kept_is_in(const xlmem__kept *kept,
                                     const xlmem_host *there)
{
    const xlmem_dom *dom = xlmem_host_find_dom(there, kept->domid);

    return dom && !strcmp(dom->uuid, kept->uuid);
}

/* How long to wait the next time: twice as long as the last, 0 for none,
 * within bounds. */
static inline int64_t xlmem__back_off_ms(int64_t last_ms, int64_t least_ms,
                                         int64_t most_ms)
{
    const int64_t next_ms = last_ms ? last_ms * 2 : least_ms;

    return next_ms < most_ms ? next_ms : most_ms;
}

/* A batch of nodes that are read at once. */
#define XLMEM__CACHE_BATCH 32

typedef struct xlmem__cache {
    size_t nr, room;
    xlmem__kept *list; /* ascending domid */
    int64_t expires_ms;
    bool is_deaf; /* no events come: what is not read now is not known */
    struct xlmem__batch *batch; /* room for one */
} xlmem__cache;

/* @expires_ms: of a report.  0, XLMEM_ERROR_NOMEM. */
int xlmem__cache_init(xlmem__cache *cache, int64_t expires_ms);
void xlmem__cache_dispose(xlmem__cache *cache);

xlmem__kept *xlmem__cache_find(const xlmem__cache *cache, uint64_t domid);

/*
 * Those that are gone go, those that are new are watched and marked.
 * @host: its list of domains.
 * Returns 0; XLMEM_ERROR_NOMEM, or what a watch returned: it is tried again
 * the next time.
 */
int xlmem__cache_sync(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                      const xlmem_host *host);

/* Something has happened. */
void xlmem__cache_event(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                        const xlmem_event *event);

/* No watch is set any more, and anything may have happened. */
void xlmem__cache_lost(xlmem__cache *cache);

/*
 * Read what is marked and has settled; listen again to whom has been quiet;
 * ask whom nothing has been heard of.
 * @changed_r: set where something has changed that a pass goes by; else left.
 * Returns 0, or why xenstore cannot be read: what was not stays marked.
 */
int xlmem__cache_refresh(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                         bool *changed_r);

/* What it says of a domain may not be so any more. */
void xlmem__cache_doubt(xlmem__cache *cache, uint64_t domid);

/* Read at once what xenstore says of one.  As above. */
int xlmem__cache_make_sure(xlmem__cache *cache, xlmem_ctx *ctx,
                           xlmem__kept *kept, bool *changed_r);

/* The same of those that a plan moves. */
int xlmem__cache_reread(xlmem__cache *cache, xlmem_ctx *ctx,
                        const xlmem_plan *plan, bool *changed_r);

/* When there is something to refresh; INT64_MAX: nothing. */
int64_t xlmem__cache_due_ms(const xlmem__cache *cache);

/* Facts of all domains that are there, into @host. */
void xlmem__cache_enter(const xlmem__cache *cache, xlmem_host *host);

/* Take what a domain has said, now that @has_kb of it is known. */
void xlmem__kept_hear(xlmem__kept *kept, int64_t now_ms, uint64_t has_kb);

#endif /* XLMEM_ENGINE_CACHE_H */
