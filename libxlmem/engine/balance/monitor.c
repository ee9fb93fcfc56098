/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The monitor's clock and its events.
 *
 *     events --> marks in the cache --> refresh --> a pass is wanted
 *                                                      |
 *     100 ms, so that what comes together is one pass  |
 *     GAP_MS or more after the last pass began         v
 *                                                     pass
 *     what moves, what was promised, what fades:  ---->^
 *     at a time that the last pass said
 *
 * An event that changes nothing that a pass goes by makes none.  Whatever
 * comes, one comes GAP_MS after the one before at the earliest, and twice as
 * long after one that moved nothing, up to GAP_MOST_MS: a storm that changes
 * nothing costs a pass in GAP_MOST_MS.  After one that failed, but for a lock
 * that somebody held, none comes before its time to be tried again: each says
 * why it failed.
 */
#include "engine/balance/monitor.h"

#include <stdlib.h>

#include "engine/facts/snapshot.h"
#include "model/checked.h"

#define TOGETHER_MS 100
#define GAP_MS 200
#define GAP_MOST_MS 1600

/* Events that are taken in one dispatch: a few ms. */
#define EVENTS_MOST 16384

/* After something has failed, and again. */
#define RETRY_LEAST_MS 500
#define RETRY_MOST_MS 30000

/* How much another demand has to be for a pass. */
#define DEMAND_CHANGE_KB (4 * XLMEM__MIB_KB)

/* ---------------------------------------------------------- life --- */

static bool can_monitor(const xlmem_backend *backend)
{
    return xlmem__can_guard(backend) && backend->set_target_kb &&
           backend->events_open && backend->events_close &&
           backend->event_next && backend->watch && backend->node_read &&
           backend->node_write && backend->node_remove;
}

static void take_policy(xlmem_monitor *m, const xlmem_policy *policy)
{
    m->policy = *policy;
    xlmem__gentle_init(&m->gentle);
    m->gentle.step_kb = policy->balance_step_kb;
    m->gentle.minute_kb = policy->balance_rate_kb;
    m->cache.expires_ms = (int64_t)policy->report_expiry_ms;
}

int xlmem_monitor_open(xlmem_ctx *ctx, const xlmem_policy *policy,
                       xlmem_monitor **monitor_r)
{
    xlmem_monitor *m;

    if (!can_monitor(ctx->backend)) {
        xlmem__log(ctx, XLMEM__ERR, "this host cannot be balanced: %s",
                   ctx->backend ? ctx->backend->name : "none was opened");
        return XLMEM_ERROR_UNSUPPORTED;
    }
    m = calloc(1, sizeof(*m));
    if (!m)
        return XLMEM_ERROR_NOMEM;
    *m = (xlmem_monitor){
        .ctx = ctx, .fd = -1, .gap_ms = GAP_MS, .again_ms = INT64_MAX};
    if (xlmem__cache_init(&m->cache, 0)) {
        free(m);
        return XLMEM_ERROR_NOMEM;
    }
    take_policy(m, policy);
    xlmem__tracker_init(&m->promises, INT32_MAX);
    m->promises.forgives = true;
    xlmem__tracker_init(&m->balloons, INT32_MAX);
    *monitor_r = m;
    return 0;
}

void xlmem_monitor_close(xlmem_monitor *m)
{
    if (!m)
        return;
    m->ctx->backend->events_close(m->ctx->backend_user);
    xlmem__moves_end(m->ctx, m->intent);
    xlmem__tracker_dispose(&m->promises);
    xlmem__tracker_dispose(&m->balloons);
    xlmem__cache_dispose(&m->cache);
    free(m->parties);
    free(m->shares);
    free(m->room.cups);
    free(m->room.followers);
    free(m);
}

/* ------------------------------------------------------------ events --- */

static void want_pass(xlmem_monitor *m, int64_t now_ms)
{
    if (!m->wanted)
        m->wanted_ms = now_ms;
    m->wanted = true;
}

static int64_t longer_retry(int64_t after_ms)
{
    return xlmem__back_off_ms(after_ms, RETRY_LEAST_MS, RETRY_MOST_MS);
}

static void disconnect(xlmem_monitor *m, int64_t now_ms)
{
    m->ctx->backend->events_close(m->ctx->backend_user);
    m->connected = false;
    m->fd = -1;
    m->retry_after = longer_retry(m->retry_after);
    m->retry_ms = now_ms + m->retry_after;
    xlmem__cache_lost(&m->cache);
}

static int connect_again(xlmem_monitor *m, int64_t now_ms)
{
    char err[XLMEM__ERR_MAX] = "";
    int rc;

    if (m->connected || now_ms < m->retry_ms)
        return 0;
    if (m->cache.is_deaf)
        xlmem__cache_lost(&m->cache);
    m->cache.is_deaf = false;
    rc = m->ctx->backend->events_open(m->ctx->backend_user, &m->fd, err,
                                      sizeof(err));
    if (rc) {
        if (m->said != rc)
            xlmem__log(m->ctx, XLMEM__ERR, "no events come: %s",
                       xlmem__why(err, rc));
        m->said = rc;
        disconnect(m, now_ms);
        return rc;
    }
    if (err[0])
        xlmem__log(m->ctx, XLMEM__WARN, "%s", err);
    m->connected = m->look = true;
    m->retry_after = 0;
    want_pass(m, now_ms);
    return 0;
}

static void take_event(xlmem_monitor *m, int64_t now_ms,
                       const xlmem_event *event)
{
    m->nr_events++;
    switch (event->kind) {
    case XLMEM_EVENT_INTRODUCED:
    case XLMEM_EVENT_RELEASED:
        m->look = true;
        want_pass(m, now_ms);
        break;
    case XLMEM_EVENT_LOW_MEMORY:
    case XLMEM_EVENT_PRESSURE:
        want_pass(m, now_ms);
        break;
    case XLMEM_EVENT_NODE:
        xlmem__cache_event(&m->cache, m->ctx, now_ms, event);
        break;
    case XLMEM_EVENT_LOST:
        break;
    }
}

static int take_events(xlmem_monitor *m, int64_t now_ms)
{
    xlmem_event event;
    int i, r = 1;

    for (i = 0; m->connected && i < EVENTS_MOST && r > 0; i++) {
        r = m->ctx->backend->event_next(m->ctx->backend_user, &event);
        if (r > 0 && event.kind != XLMEM_EVENT_LOST)
            take_event(m, now_ms, &event);
        else if (r)
            r = XLMEM_ERROR_XENSTORE;
    }
    /* More may lie in the backend, and its descriptor be quiet. */
    m->events_left = r > 0;
    if (r >= 0)
        return 0;
    xlmem__log(m->ctx, XLMEM__WARN,
               "xenstore is gone: it is tried again, and all is read anew");
    disconnect(m, now_ms);
    return r;
}

/* --------------------------------------------------------- refreshing --- */

/* Events come, or all is read each time. */
static bool may_read(const xlmem_monitor *m)
{
    return m->connected || m->cache.is_deaf;
}

/* Who is there. */
static int look_around(xlmem_monitor *m, int64_t now_ms)
{
    xlmem_host host;
    int rc;

    if (!m->look)
        return 0;
    xlmem_host_init(&host);
    rc = xlmem__snapshot_books(m->ctx, NULL, &host);
    if (!rc && may_read(m))
        rc = xlmem__cache_sync(&m->cache, m->ctx, now_ms, &host);
    if (!rc) {
        xlmem__tracker_keep(&m->balloons, &host);
        m->look = false;
    }
    xlmem_host_dispose(&host);
    return rc;
}

static bool is_far(uint64_t a_kb, uint64_t b_kb)
{
    return xlmem__sub0(a_kb, b_kb) >= DEMAND_CHANGE_KB ||
           xlmem__sub0(b_kb, a_kb) >= DEMAND_CHANGE_KB;
}

/* What it will be without another word is looked at in its time. */
static bool is_other_demand(xlmem_monitor *m, const xlmem__kept *kept,
                            int64_t now_ms)
{
    const xlmem__party *party = &kept->party;
    const xlmem__demand *demand = &kept->demand;
    const int64_t next_ms = xlmem__demand_next_ms(demand, now_ms);
    bool known;
    const uint64_t kb =
        xlmem__demand_kb(demand, now_ms, party->target_kb, &known);

    if (next_ms >= 0 && next_ms < m->again_ms)
        m->again_ms = next_ms;
    return known != party->demand_known || is_far(kb, party->demand_kb) ||
           (known &&
            is_far(xlmem__demand_need_kb(demand, now_ms, party->target_kb),
                   party->need_kb));
}

/* Of these Xen sends no event: who speaks runs. */
static bool may_have_begun(const xlmem__kept *kept)
{
    return kept->part == XLMEM_PART_PAUSED ||
           kept->part == XLMEM_PART_BUILDING;
}

/* Whether what a domain has said makes another demand than the last pass went
 * by.  Of one that moves it is taken in a pass, where what it has is known; of
 * one that takes no part it is kept. */
static bool demand_matters(xlmem_monitor *m, xlmem__kept *kept, int64_t now_ms)
{
    const bool apart = kept->party.apart != XLMEM__TAKES_PART;

    if (!kept->heard)
        return false;
    if (!kept->seen || (!apart && !kept->rests) || may_have_begun(kept))
        return true;
    xlmem__kept_hear(kept, now_ms, kept->party.has_kb);
    return !apart && is_other_demand(m, kept, now_ms);
}

static int refresh_facts(xlmem_monitor *m, int64_t now_ms)
{
    bool changed = false;
    size_t i;
    int rc = look_around(m, now_ms);

    if (!rc && may_read(m))
        rc = xlmem__cache_refresh(&m->cache, m->ctx, now_ms, &changed);
    for (i = 0; i < m->cache.nr; i++)
        if (demand_matters(m, &m->cache.list[i], now_ms))
            changed = true;
    if (changed || xlmem__dom0_runs_low(m, now_ms))
        want_pass(m, now_ms);
    return rc;
}

/* ------------------------------------------------------------ passes --- */

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whoever has just opened it has the first pass from the first dispatch. */
static int64_t due_ms(const xlmem_monitor *m)
{
    int64_t due = m->again_ms, event_ms = m->wanted_ms;

    if (due != INT64_MAX && m->pass_ms)
        due = later_of(due, m->pass_ms + later_of(GAP_MS, m->fail_after));
    if (m->wanted && m->pass_ms)
        event_ms = later_of(event_ms + TOGETHER_MS,
                            m->pass_ms + later_of(m->gap_ms, m->fail_after));
    return m->wanted && event_ms < due ? event_ms : due;
}

static int64_t longer_gap(int64_t gap_ms)
{
    return gap_ms < GAP_MOST_MS ? 2 * gap_ms : GAP_MOST_MS;
}

static int pass(xlmem_monitor *m, int64_t now_ms, bool dry, xlmem_plan *plan_r)
{
    const uint64_t moves = m->nr_moves;
    int rc;

    m->pass_ms = now_ms;
    rc = xlmem__monitor_pass(m, now_ms, dry, plan_r);
    /* What has changed until now is seen, or will be when it is made again. */
    m->wanted = m->look;
    m->fail_after =
        rc && rc != XLMEM_ERROR_BUSY ? longer_retry(m->fail_after) : 0;
    if (rc)
        m->again_ms = now_ms + later_of(GAP_MS, m->fail_after);
    else
        m->gap_ms = m->nr_moves > moves ? GAP_MS : longer_gap(m->gap_ms);
    return rc;
}

static int pass_if_due(xlmem_monitor *m, int64_t now_ms)
{
    if (!m->connected || now_ms < due_ms(m))
        return 0;
    if (m->policy.mode == XLMEM_MODE_OFF) {
        m->wanted = false;
        m->again_ms = INT64_MAX;
        return 0;
    }
    return pass(m, now_ms, false, NULL);
}

int xlmem_monitor_dispatch(xlmem_monitor *m)
{
    const int64_t now_ms = xlmem__clock_ms(m->ctx);
    int rc, r;

    rc = connect_again(m, now_ms);
    r = take_events(m, now_ms);
    rc = rc ? rc : r;
    r = refresh_facts(m, now_ms);
    rc = rc ? rc : r;
    m->refresh_ms = 0;
    if (!r) {
        r = pass_if_due(m, now_ms);
        rc = rc ? rc : r;
    } else {
        m->fail_after = longer_retry(m->fail_after);
        m->again_ms = m->refresh_ms = now_ms + m->fail_after;
        m->pass_ms = now_ms;
    }
    m->nr_failures += rc != 0;
    m->said = rc;
    return rc;
}

/* For a pass at once nobody has to say where to look: all is read.  Events are
 * left to whoever balances for longer, and Xen's interrupt, which has one
 * listener on a host. */
static void look_at_all(xlmem_monitor *m)
{
    m->cache.is_deaf = m->look = true;
    xlmem__cache_lost(&m->cache);
}

int xlmem_monitor_now(xlmem_monitor *m, bool dry, xlmem_plan *plan_r)
{
    const int64_t now_ms = xlmem__clock_ms(m->ctx);
    int rc = 0;

    if (m->connected)
        rc = take_events(m, now_ms);
    else
        look_at_all(m);
    if (!rc)
        rc = refresh_facts(m, now_ms);
    if (!rc)
        rc = pass(m, now_ms, dry, plan_r);
    return rc;
}

void xlmem_monitor_set_policy(xlmem_monitor *m, const xlmem_policy *policy)
{
    size_t i;

    take_policy(m, policy);
    for (i = 0; i < m->cache.nr; i++)
        m->cache.list[i].demand.expires_ms = m->cache.expires_ms;
    want_pass(m, xlmem__clock_ms(m->ctx));
}

int xlmem_monitor_fd(const xlmem_monitor *m)
{
    return m->fd;
}

int64_t xlmem_monitor_deadline_ms(const xlmem_monitor *m)
{
    int64_t due = m->retry_ms, marked_ms;

    if (m->connected && m->events_left)
        return 0;
    if (m->connected) {
        due = due_ms(m);
        marked_ms = later_of(xlmem__cache_due_ms(&m->cache), m->refresh_ms);
        due = marked_ms < due ? marked_ms : due;
    }
    return due == INT64_MAX ? -1 : due;
}

/* ------------------------------------------------------ what it knows --- */

static uint64_t count_parts(const xlmem_monitor *m, xlmem_part first,
                            xlmem_part last)
{
    uint64_t nr = 0;
    size_t i;

    for (i = 0; i < m->cache.nr; i++)
        nr += m->cache.list[i].part >= first && m->cache.list[i].part <= last;
    return nr;
}

static bool monitor_number(const xlmem_monitor *m, xlmem_monitor_fact fact,
                           uint64_t *value)
{
    switch (fact) {
    case XLMEM_MONITOR_NR_DOMAINS:
        *value = m->cache.nr;
        return true;
    case XLMEM_MONITOR_NR_PARTIES:
        *value = count_parts(m, XLMEM_PART_TAKEN, XLMEM_PART_UNPROVEN);
        return true;
    case XLMEM_MONITOR_NR_PINNED:
        *value = count_parts(m, XLMEM_PART_PINNED, XLMEM_PART_PINNED);
        return true;
    case XLMEM_MONITOR_USABLE_KB:
        *value = m->account.usable_kb;
        return m->has_account;
    case XLMEM_MONITOR_DEFICIT_KB:
        *value = m->account.deficit_kb;
        return m->has_account;
    case XLMEM_MONITOR_CONNECTED:
        *value = m->connected;
        return true;
    case XLMEM_MONITOR_NR_EVENTS:
        *value = m->nr_events;
        return true;
    case XLMEM_MONITOR_NR_PASSES:
        *value = m->nr_passes;
        return true;
    case XLMEM_MONITOR_NR_MOVES:
        *value = m->nr_moves;
        return true;
    case XLMEM_MONITOR_MOVED_KB:
        *value = m->moved_kb;
        return true;
    case XLMEM_MONITOR_NR_FAILURES:
        *value = m->nr_failures;
        return true;
    }
    return false;
}

bool xlmem_monitor_get(const xlmem_monitor *m, xlmem_monitor_fact fact,
                       uint64_t *value_r)
{
    uint64_t value;

    if (!monitor_number(m, fact, &value))
        return false;
    *value_r = value;
    return true;
}

bool xlmem_monitor_dom(const xlmem_monitor *m, size_t n, uint64_t *domid_r)
{
    if (n >= m->cache.nr)
        return false;
    *domid_r = m->cache.list[n].domid;
    return true;
}

static bool dom_number(const xlmem__kept *kept, xlmem_monitor_dom_fact fact,
                       uint64_t *value)
{
    const xlmem__party *party = &kept->party;

    switch (fact) {
    case XLMEM_MONITOR_DOM_PART:
        *value = kept->part;
        return true;
    case XLMEM_MONITOR_DOM_FLOOR_KB:
        *value = party->floor_kb;
        return kept->seen;
    case XLMEM_MONITOR_DOM_DEMAND_KB:
        *value = party->demand_kb;
        return kept->seen && party->demand_known;
    case XLMEM_MONITOR_DOM_TARGET_KB:
        *value = party->target_kb;
        return kept->seen && (!kept->domid || XLMEM_KNOWS(kept, target_kb));
    case XLMEM_MONITOR_DOM_HAS_KB:
        *value = party->has_kb;
        return kept->seen;
    case XLMEM_MONITOR_DOM_CEILING_KB:
        *value = party->ceiling_kb;
        return kept->seen;
    case XLMEM_MONITOR_DOM_WEIGHT:
        *value = party->weight;
        return kept->seen;
    case XLMEM_MONITOR_DOM_PIN_KB:
        *value = kept->pin_kb;
        return XLMEM_KNOWS(kept, pin_kb);
    case XLMEM_MONITOR_DOM_MOVED_MS:
        *value = (uint64_t)kept->moved_ms;
        return kept->moved_ms != 0;
    case XLMEM_MONITOR_DOM_FLOODS:
        *value = kept->deaf_until_ms != 0;
        return true;
    case XLMEM_MONITOR_DOM_SHARE_KB:
        *value = party->share_kb;
        return kept->seen && party->apart == XLMEM__TAKES_PART;
    }
    return false;
}

bool xlmem_monitor_dom_get(const xlmem_monitor *m, uint64_t domid,
                           xlmem_monitor_dom_fact fact, uint64_t *value_r)
{
    const xlmem__kept *kept = xlmem__cache_find(&m->cache, domid);
    uint64_t value;

    if (!kept || !dom_number(kept, fact, &value))
        return false;
    *value_r = value;
    return true;
}

const char *xlmem_monitor_dom_why(const xlmem_monitor *m, uint64_t domid)
{
    const xlmem__kept *kept = xlmem__cache_find(&m->cache, domid);

    return kept ? xlmem__still_text(kept->party.still) : NULL;
}

const char *xlmem_part_text(xlmem_part part)
{
    switch (part) {
    case XLMEM_PART_TAKEN:
        return "it takes part";
    case XLMEM_PART_UNPROVEN:
        return "it has not been seen to follow a target yet";
    case XLMEM_PART_NO_RANGE:
        return "it has not opted in: set DOM min=SIZE does that";
    case XLMEM_PART_UNKNOWN:
        return "what has to be known of it is not";
    case XLMEM_PART_BUILDING:
        return "it is being built";
    case XLMEM_PART_PAUSED:
        return "it is paused";
    case XLMEM_PART_ENDING:
        return "it is being saved or migrated, shutting down or gone";
    case XLMEM_PART_PINNED:
        return "its target was set by hand: set DOM auto ends that";
    case XLMEM_PART_ASKED:
        return "a create has asked it for memory";
    case XLMEM_PART_STUCK:
        return "its balloon does not move";
    case XLMEM_PART_GAVE_UP:
        return "its balloon has given up";
    case XLMEM_PART_UNWILLING:
        return "it says that it is uncooperative";
    case XLMEM_PART_REFUSED:
        return "its target or nodes could not be set: it is tried again";
    }
    return "it is not known";
}
