/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/balance/cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/balance/nodes.h"
#include "model/checked.h"
#include "model/units.h"

/*
 * A guest agent writes a dozen nodes at a boot and each minute
 * (xe-guest-utilities 7.20), and a library of it all that it knows at once,
 * some hundred.  Who writes more than this in such a time is not listened to
 * for a while, which doubles each time; what it said last counts until it
 * expires.
 */
#define FLOOD_EVENTS 512
#define FLOOD_WINDOW_MS 10000
#define DEAF_LEAST_MS 60000
#define DEAF_MOST_MS 3600000

/* Nodes that belong together are written one after the other. */
#define SETTLE_MS 200

/*
 * A report that is about to expire is read once more, and that of who is
 * silent each time that it would have: an event may have been lost.  All of
 * whom that is due within so long are asked at once: a thousand wake nobody
 * more often.
 */
#define ASK_TOGETHER_MS 300000

/* Bytes must fit 64 bits. */
#define KB_END (UINT64_C(1) << 54)

/* --------------------------------------------------------- the domains --- */

/* One batch, and whose each is. */
struct xlmem__batch {
    size_t nr;
    xlmem_node nodes[XLMEM__CACHE_BATCH];
    char paths[XLMEM__CACHE_BATCH][XLMEM__DOM_PATH_MAX];
    xlmem__kept *of[XLMEM__CACHE_BATCH];
    size_t place[XLMEM__CACHE_BATCH];
    char bufs[XLMEM__CACHE_BATCH][XLMEM__REPORT_TEXT_MAX + 1];
};
typedef struct xlmem__batch batch;

int xlmem__cache_init(xlmem__cache *cache, int64_t expires_ms)
{
    *cache = (xlmem__cache){.expires_ms = expires_ms};
    cache->batch = malloc(sizeof(*cache->batch));
    return cache->batch ? 0 : XLMEM_ERROR_NOMEM;
}

void xlmem__cache_dispose(xlmem__cache *cache)
{
    free(cache->list);
    free(cache->batch);
    *cache = (xlmem__cache){.nr = 0};
}

static size_t kept_place(const xlmem__cache *cache, uint64_t domid)
{
    size_t low = 0, high = cache->nr;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (cache->list[mid].domid < domid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

xlmem__kept *xlmem__cache_find(const xlmem__cache *cache, uint64_t domid)
{
    const size_t at = kept_place(cache, domid);

    return at < cache->nr && cache->list[at].domid == domid ? &cache->list[at]
                                                            : NULL;
}

static void unwatch_folder(xlmem_ctx *ctx, uint64_t domid, const char *folder)
{
    char path[XLMEM__DOM_PATH_MAX];

    xlmem__dom_path(domid, folder, path);
    ctx->backend->watch(ctx->backend_user, path, false);
}

static int watch_folder(const xlmem__cache *cache, xlmem_ctx *ctx,
                        xlmem__kept *kept, const char *folder, bool *watched)
{
    char path[XLMEM__DOM_PATH_MAX];
    int rc;

    *watched = *watched || cache->is_deaf;
    if (*watched)
        return 0;
    xlmem__dom_path(kept->domid, folder, path);
    rc = ctx->backend->watch(ctx->backend_user, path, true);
    *watched = !rc;
    kept->nr_first += !rc;
    return rc;
}

/* What was said at @now_ms: before it expires, if that is not too often. */
static int64_t when_to_ask(int64_t now_ms, int64_t expires_ms)
{
    const int64_t at_ms =
        now_ms + expires_ms - (now_ms + expires_ms) % ASK_TOGETHER_MS;

    return at_ms > now_ms ? at_ms : at_ms + ASK_TOGETHER_MS;
}

/* Only who may take part is listened to, dom0 speaks for itself. */
static int listen_to(const xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                     xlmem__kept *kept)
{
    bool was = kept->watched_data;
    int rc;

    if (!kept->domid || !XLMEM_KNOWS(kept, dynamic_min_kb) ||
        kept->deaf_until_ms)
        return 0;
    rc = watch_folder(cache, ctx, kept, "data", &kept->watched_data);
    if (!rc && !was) {
        kept->marked |= xlmem__all_nodes(true);
        kept->asked = false;
        kept->ask_ms = when_to_ask(now_ms, kept->demand.expires_ms);
    }
    return rc;
}

static void start_keeping(const xlmem__cache *cache, const xlmem_dom *dom,
                          xlmem__kept *kept)
{
    *kept = (xlmem__kept){.domid = dom->domid,
                          .part = XLMEM_PART_UNKNOWN,
                          .marked = xlmem__all_nodes(false)};
    memcpy(kept->uuid, dom->uuid, sizeof(kept->uuid));
    xlmem__report_init(&kept->report);
    xlmem__demand_init(&kept->demand, cache->expires_ms);
}

static void stop_watching(xlmem_ctx *ctx, const xlmem__kept *kept)
{
    if (kept->watched)
        unwatch_folder(ctx, kept->domid, "memory");
    if (kept->watched_data)
        unwatch_folder(ctx, kept->domid, "data");
}

static int make_kept_room(xlmem__cache *cache, size_t nr)
{
    xlmem__kept *grown;

    if (nr <= cache->room)
        return 0;
    grown = realloc(cache->list, nr * sizeof(*grown));
    if (!grown)
        return XLMEM_ERROR_NOMEM;
    cache->list = grown;
    cache->room = nr;
    return 0;
}

static void drop_gone(xlmem__cache *cache, xlmem_ctx *ctx,
                      const xlmem_host *host)
{
    size_t i, kept = 0;

    for (i = 0; i < cache->nr; i++) {
        if (xlmem__kept_is_in(&cache->list[i], host))
            cache->list[kept++] = cache->list[i];
        else
            stop_watching(ctx, &cache->list[i]);
    }
    cache->nr = kept;
}

/* Both lists are in ascending order. */
static int add_new(xlmem__cache *cache, const xlmem_host *host)
{
    size_t i, at = cache->nr;
    int rc = make_kept_room(cache, host->nr_doms);

    if (rc || cache->nr >= host->nr_doms)
        return rc;
    cache->nr = host->nr_doms;
    for (i = host->nr_doms; i--;) {
        const xlmem_dom *dom = &host->doms[i];

        if (at && cache->list[at - 1].domid == dom->domid)
            cache->list[i] = cache->list[--at];
        else
            start_keeping(cache, dom, &cache->list[i]);
    }
    return 0;
}

int xlmem__cache_sync(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                      const xlmem_host *host)
{
    size_t i;
    int rc;

    drop_gone(cache, ctx, host);
    rc = add_new(cache, host);
    for (i = 0; i < cache->nr && !rc; i++) {
        xlmem__kept *kept = &cache->list[i];

        rc = watch_folder(cache, ctx, kept, "memory", &kept->watched);
        if (!rc)
            rc = listen_to(cache, ctx, now_ms, kept);
    }
    return rc;
}

void xlmem__cache_lost(xlmem__cache *cache)
{
    size_t i;

    for (i = 0; i < cache->nr; i++) {
        xlmem__kept *kept = &cache->list[i];

        kept->watched = kept->watched_data = kept->asked = false;
        kept->ask_ms = 0;
        kept->nr_first = 0;
        kept->marked |= xlmem__all_nodes(XLMEM_KNOWS(kept, dynamic_min_kb));
    }
}

/* -------------------------------------------------------------- events --- */

/* @path: of an event of a domain.  What is behind the domain's own folder;
 * NULL: nothing. */
static const char *name_in(const char *path, uint64_t domid)
{
    char folder[XLMEM__DOM_PATH_MAX];
    size_t len;

    xlmem__dom_path(domid, "", folder);
    len = strlen(folder);
    return strncmp(path, folder, len) ? NULL : path + len;
}

static void stop_listening(xlmem_ctx *ctx, xlmem__kept *kept, int64_t now_ms)
{
    kept->deaf_ms =
        xlmem__back_off_ms(kept->deaf_ms, DEAF_LEAST_MS, DEAF_MOST_MS);
    kept->deaf_until_ms = now_ms + kept->deaf_ms;
    kept->marked &= xlmem__all_nodes(false);
    if (kept->watched_data)
        unwatch_folder(ctx, kept->domid, "data");
    kept->watched_data = false;
    kept->ask_ms = 0;
    xlmem__log(ctx, XLMEM__WARN,
               "domain %" PRIu64 " writes more than %d nodes in %d s: it is "
               "not listened to for %" PRId64 " s",
               kept->domid, FLOOD_EVENTS, FLOOD_WINDOW_MS / 1000,
               kept->deaf_ms / 1000);
}

static void count_event(xlmem_ctx *ctx, xlmem__kept *kept, int64_t now_ms)
{
    if (now_ms - kept->window_ms >= FLOOD_WINDOW_MS) {
        if (kept->nr_events < FLOOD_EVENTS / 4 &&
            now_ms - kept->window_ms < 2 * DEAF_MOST_MS)
            kept->deaf_ms /= 2;
        kept->window_ms = now_ms;
        kept->nr_events = 0;
    }
    if (++kept->nr_events > FLOOD_EVENTS && !kept->deaf_until_ms)
        stop_listening(ctx, kept, now_ms);
}

/* The first event of a watch comes when it is set, before anything is read. */
static bool is_first(xlmem__kept *kept, const char *name)
{
    if (!kept->nr_first || (strcmp(name, "memory") && strcmp(name, "data")))
        return false;
    kept->nr_first--;
    return true;
}

void xlmem__cache_event(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                        const xlmem_event *event)
{
    xlmem__kept *kept = event->kind == XLMEM_EVENT_NODE
                            ? xlmem__cache_find(cache, event->domid)
                            : NULL;
    const char *name =
        kept ? name_in(event->untrusted_path, kept->domid) : NULL;
    uint32_t marks;

    if (!kept)
        return;
    if (!name || xlmem__node_is_data(name) || !strcmp(name, "memory/meminfo"))
        count_event(ctx, kept, now_ms);
    if (!name || is_first(kept, name) ||
        (xlmem__node_is_data(name) && kept->deaf_until_ms))
        return;
    marks = xlmem__nodes_touched(name);
    if (!kept->watched_data)
        marks &= xlmem__all_nodes(false);
    if (marks & ~xlmem__all_nodes(false))
        kept->asked = false;
    if (marks && !kept->marked)
        kept->settles_ms =
            marks & ~xlmem__all_nodes(false) ? now_ms + SETTLE_MS : now_ms;
    kept->marked |= marks;
}

/* ------------------------------------------------------------- reading --- */

static uint64_t *kept_word(xlmem__kept *kept, size_t offset)
{
    return (uint64_t *)(void *)((char *)kept + offset);
}

/* Unknown is a value, too. */
static bool take_number(xlmem__kept *kept, size_t offset, xlmem__str value)
{
    const uint64_t bit = XLMEM_FACT_BIT_AT(offset);
    const bool knew = kept->known & bit;
    const uint64_t had = *kept_word(kept, offset);
    uint64_t number = 0;
    bool ok =
        value.p && !xlmem__number_all(value, 10, &number) && number < KB_END;

    kept->known = ok ? kept->known | bit : kept->known & ~bit;
    *kept_word(kept, offset) = ok ? number : 0;
    return knew != ok || (ok && had != number);
}

static bool take_signed(xlmem__kept *kept, xlmem__str value)
{
    const xlmem__signed_target had = kept->signed_target;

    kept->signed_target = value.p ? xlmem__signed_parse(value)
                                  : (xlmem__signed_target){.known = false};
    return had.known != kept->signed_target.known ||
           had.to_kb != kept->signed_target.to_kb ||
           had.from_kb != kept->signed_target.from_kb;
}

/* What it was asked for and had said before is nothing that it says now. */
static void take_report(xlmem__kept *kept, const char *name, xlmem__str value)
{
    const xlmem_report had = kept->report;

    if (xlmem__report_node(&kept->report, name, value.p, value.len) &&
        !(kept->asked && xlmem__report_same(&had, &kept->report)))
        kept->heard = true;
}

/* Whether a pass would go by it: of a report its demand tells that; and one
 * that waited for a node to be read was left out. */
static bool take_value(xlmem__kept *kept, size_t place, xlmem__str value)
{
    const size_t offset = xlmem__node_offset(place);
    const bool was_unknown = kept->part == XLMEM_PART_UNKNOWN;

    if (offset == XLMEM__NODE_IS_REPORT) {
        take_report(kept, xlmem__node_name(place), value);
        return false;
    }
    return (offset ? take_number(kept, offset, value)
                   : take_signed(kept, value)) ||
           was_unknown;
}

static int read_batch(xlmem_ctx *ctx, batch *b)
{
    const xlmem_backend *backend = ctx->backend;
    size_t i;
    int rc = 0;

    if (backend->nodes_read)
        return backend->nodes_read(ctx->backend_user, b->nodes, b->nr);
    for (i = 0; i < b->nr && !rc; i++) {
        xlmem_node *node = &b->nodes[i];

        node->rc = backend->node_read(ctx->backend_user, node->path, node->buf,
                                      node->room, &node->len);
        if (node->rc != XLMEM_ERROR_NOTFOUND && node->rc != XLMEM_ERROR_RANGE)
            rc = node->rc;
    }
    return rc;
}

/* Longer than it may be is more than it may be, and says nothing. */
static xlmem__str answer_of(const xlmem_node *node)
{
    if (node->rc == XLMEM_ERROR_RANGE)
        return (xlmem__str){node->buf, node->room};
    return node->rc ? (xlmem__str){NULL, 0}
                    : (xlmem__str){node->buf, node->len};
}

static int flush_batch(xlmem_ctx *ctx, batch *b, bool *changed)
{
    size_t i;
    int rc = b->nr ? read_batch(ctx, b) : 0;

    for (i = 0; i < b->nr && !rc; i++) {
        b->of[i]->marked &= ~xlmem__node_bit(b->place[i]);
        if (take_value(b->of[i], b->place[i], answer_of(&b->nodes[i])))
            *changed = true;
    }
    b->nr = 0;
    return rc;
}

static int read_marked(batch *b, xlmem_ctx *ctx, xlmem__kept *kept,
                       bool *changed)
{
    const uint32_t marks = kept->marked;
    size_t i;
    int rc = 0;

    for (i = 0; xlmem__node_name(i) && !rc; i++) {
        const size_t at = b->nr;

        if (!(marks & xlmem__node_bit(i)))
            continue;
        xlmem__dom_path(kept->domid, xlmem__node_name(i), b->paths[at]);
        b->nodes[at] = (xlmem_node){.path = b->paths[at],
                                    .buf = b->bufs[at],
                                    .room = sizeof(b->bufs[at])};
        b->of[at] = kept;
        b->place[at] = i;
        if (++b->nr == XLMEM__CACHE_BATCH)
            rc = flush_batch(ctx, b, changed);
    }
    return rc;
}

/* Listen again to whom has had its time. */
static void forgive(xlmem__kept *kept, int64_t now_ms)
{
    if (!kept->deaf_until_ms || now_ms < kept->deaf_until_ms)
        return;
    kept->deaf_until_ms = 0;
    kept->window_ms = now_ms;
    kept->nr_events = 0;
}

static void ask_if_due(xlmem__kept *kept, int64_t now_ms)
{
    if (!kept->ask_ms || now_ms < kept->ask_ms)
        return;
    kept->ask_ms = when_to_ask(now_ms, kept->demand.expires_ms);
    if (kept->marked & ~xlmem__all_nodes(false))
        return;
    kept->asked = true;
    kept->marked |= xlmem__all_nodes(true) & ~xlmem__all_nodes(false);
    kept->settles_ms = now_ms;
}

static int refresh_marked(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                          bool *changed)
{
    size_t i;
    int rc = 0;

    cache->batch->nr = 0;
    for (i = 0; i < cache->nr && !rc; i++)
        if (cache->list[i].marked && cache->list[i].settles_ms <= now_ms)
            rc = read_marked(cache->batch, ctx, &cache->list[i], changed);
    return rc ? rc : flush_batch(ctx, cache->batch, changed);
}

/* Whom reading has shown to be a party is listened to, and read. */
int xlmem__cache_refresh(xlmem__cache *cache, xlmem_ctx *ctx, int64_t now_ms,
                         bool *changed_r)
{
    bool more = false;
    size_t i;
    int rc = refresh_marked(cache, ctx, now_ms, changed_r);

    for (i = 0; i < cache->nr && !rc; i++) {
        xlmem__kept *kept = &cache->list[i];

        forgive(kept, now_ms);
        ask_if_due(kept, now_ms);
        rc = listen_to(cache, ctx, now_ms, kept);
        more = more || kept->marked;
    }
    return rc || !more ? rc : refresh_marked(cache, ctx, now_ms, changed_r);
}

void xlmem__cache_doubt(xlmem__cache *cache, uint64_t domid)
{
    xlmem__kept *kept = xlmem__cache_find(cache, domid);

    if (!kept)
        return;
    kept->marked |= xlmem__all_nodes(false);
    kept->settles_ms = 0;
}

static int reread_one(batch *b, xlmem_ctx *ctx, xlmem__kept *kept,
                      bool *changed_r)
{
    const uint32_t had = kept->marked;
    int rc;

    kept->marked |= xlmem__all_nodes(false);
    rc = read_marked(b, ctx, kept, changed_r);
    kept->marked |= had & ~xlmem__all_nodes(false);
    return rc;
}

int xlmem__cache_make_sure(xlmem__cache *cache, xlmem_ctx *ctx,
                           xlmem__kept *kept, bool *changed_r)
{
    int rc;

    cache->batch->nr = 0;
    rc = reread_one(cache->batch, ctx, kept, changed_r);
    return rc ? rc : flush_batch(ctx, cache->batch, changed_r);
}

int xlmem__cache_reread(xlmem__cache *cache, xlmem_ctx *ctx,
                        const xlmem_plan *plan, bool *changed_r)
{
    size_t i;
    int rc = 0;

    cache->batch->nr = 0;
    for (i = 0; i < plan->nr_steps && !rc; i++) {
        xlmem__kept *kept = xlmem__cache_find(cache, plan->steps[i].domid);

        if (kept)
            rc = reread_one(cache->batch, ctx, kept, changed_r);
    }
    return rc ? rc : flush_batch(ctx, cache->batch, changed_r);
}

int64_t xlmem__cache_due_ms(const xlmem__cache *cache)
{
    int64_t due = INT64_MAX;
    size_t i;

    for (i = 0; i < cache->nr; i++) {
        const xlmem__kept *kept = &cache->list[i];

        if (kept->marked && kept->settles_ms < due)
            due = kept->settles_ms;
        if (kept->deaf_until_ms && kept->deaf_until_ms < due)
            due = kept->deaf_until_ms;
        if (kept->ask_ms && kept->ask_ms < due)
            due = kept->ask_ms;
    }
    return due;
}

/* ----------------------------------------------------------- to a host --- */

void xlmem__cache_enter(const xlmem__cache *cache, xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        xlmem_dom *dom = &host->doms[i];
        const xlmem__kept *kept = xlmem__cache_find(cache, dom->domid);

        if (!kept)
            continue;
        if (XLMEM_KNOWS(kept, target_kb))
            XLMEM_SET(dom, target_kb, kept->target_kb);
        if (XLMEM_KNOWS(kept, static_max_kb))
            XLMEM_SET(dom, static_max_kb, kept->static_max_kb);
        if (XLMEM_KNOWS(kept, dynamic_min_kb))
            XLMEM_SET(dom, dynamic_min_kb, kept->dynamic_min_kb);
        if (XLMEM_KNOWS(kept, dynamic_max_kb))
            XLMEM_SET(dom, dynamic_max_kb, kept->dynamic_max_kb);
    }
}

void xlmem__kept_hear(xlmem__kept *kept, int64_t now_ms, uint64_t has_kb)
{
    xlmem_report report = kept->report;

    if (!kept->heard)
        return;
    kept->heard = false;
    if (kept->ask_ms)
        kept->ask_ms = when_to_ask(now_ms, kept->demand.expires_ms);
    xlmem__demand_total(&kept->demand, &report, has_kb);
    xlmem__report_bound(&report, has_kb);
    xlmem__demand_see(&kept->demand, now_ms, &report);
}
