/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * When a finding is said, and when it is said to be over: with hysteresis, so
 * that what comes and goes is two lines in the log and not two a minute.
 *
 *     up    for a minute each look found it worse than what was said: the
 *           least of them is said
 *     down  for ten minutes each look found it less: the worst of them is said
 *
 * A look that could not judge it says nothing, neither way.  Where looks were
 * left out - a remedy was at work, the mode was off, the host slept - what has
 * been in between is not known, and both times begin anew.
 */
#include "daemon/news.h"

#include <string.h>

#define MINUTE_MS 60000

/* As long as a finding has to stand before something is done about it
 * (model/doctor/attend.c). */
#define UP_MS MINUTE_MS
/* Chosen: as long as a remedy rests.  What comes back sooner was not gone. */
#define DOWN_MS (10 * MINUTE_MS)
/* Two looks, and one that came late. */
#define GAP_MS (2 * MINUTE_MS)

static bool is_of_item(const xlmem_finding *finding, const news_item *item)
{
    return !strcmp(finding->id, item->id) &&
           !strcmp(finding->subject, item->subject);
}

static bool is_news(const xlmem_finding *finding)
{
    return finding->severity > XLMEM_SEV_NOTE && !finding->swallowed_by;
}

static const xlmem_finding *find_news(const xlmem_findings *found,
                                      const news_item *item)
{
    size_t i;

    for (i = 0; i < found->nr; i++)
        if (is_news(&found->list[i]) && is_of_item(&found->list[i], item))
            return &found->list[i];
    return NULL;
}

static bool was_judged(const xlmem_findings *found, const char *id)
{
    size_t i;

    for (i = 0; i < found->nr_unjudged; i++)
        if (!strcmp(found->unjudged[i].id, id))
            return false;
    return true;
}

static bool is_followed(const news *n, const xlmem_finding *finding)
{
    size_t i;

    for (i = 0; i < n->nr; i++)
        if (is_of_item(finding, &n->list[i]))
            return true;
    return false;
}

/* What is found for the first time; without room it is said later. */
static void follow_new(news *n, const xlmem_findings *found)
{
    size_t i;

    for (i = 0; i < found->nr && n->nr < NEWS_ROOM; i++) {
        const xlmem_finding *finding = &found->list[i];
        news_item *item = &n->list[n->nr];

        if (!is_news(finding) || is_followed(n, finding))
            continue;
        *item = (news_item){.id = finding->id};
        memcpy(item->subject, finding->subject, sizeof(item->subject));
        n->nr++;
    }
}

/* Towards @level, of which the one nearest to what was said counts. */
static void head_for(news_item *item, xlmem_severity level, int64_t now_ms)
{
    const bool up = level > item->said;

    if (level == item->said) {
        item->next = item->said;
        return;
    }
    if (item->next == item->said || (item->next > item->said) != up) {
        item->next = level;
        item->since_ms = now_ms;
    } else if (up ? level < item->next : level > item->next) {
        item->next = level;
    }
}

static bool has_stood(const news_item *item, int64_t now_ms)
{
    const int64_t least_ms = item->next > item->said ? UP_MS : DOWN_MS;

    return item->next != item->said && now_ms - item->since_ms >= least_ms;
}

/* What has stood was so from its first look on, and not since it is said. */
static void turn_item(news_item *item, const xlmem_finding *finding,
                      news_change *change_r)
{
    *change_r = (news_change){
        .id = item->id,
        .was = item->said,
        .is = item->next,
        .lasted_ms =
            item->said > XLMEM_SEV_NOTE && item->since_ms > item->said_ms
                ? (uint64_t)(item->since_ms - item->said_ms)
                : 0,
        .finding = finding,
    };
    memcpy(change_r->subject, item->subject, sizeof(change_r->subject));
    item->said = item->next;
    item->said_ms = item->since_ms;
}

/* Of what is neither said nor about to be there is nothing to remember. */
static void forget_past(news *n)
{
    size_t i;

    for (i = n->nr; i-- > 0;)
        if (n->list[i].said == XLMEM_SEV_NOTE &&
            n->list[i].next == XLMEM_SEV_NOTE)
            n->list[i] = n->list[--n->nr];
}

static void count_anew(news *n, int64_t now_ms)
{
    size_t i;

    for (i = 0; i < n->nr; i++)
        n->list[i].since_ms = now_ms;
}

size_t news_look(news *n, const xlmem_findings *found, int64_t now_ms,
                 news_change *changes_r)
{
    const xlmem_finding *finding;
    size_t i, nr = 0;

    if (now_ms - n->looked_ms > GAP_MS)
        count_anew(n, now_ms);
    n->looked_ms = now_ms;
    follow_new(n, found);
    for (i = 0; i < n->nr; i++) {
        finding = find_news(found, &n->list[i]);
        if (!finding && !was_judged(found, n->list[i].id))
            continue;
        head_for(&n->list[i], finding ? finding->severity : XLMEM_SEV_NOTE,
                 now_ms);
        if (has_stood(&n->list[i], now_ms))
            turn_item(&n->list[i], finding, &changes_r[nr++]);
    }
    forget_past(n);
    return nr;
}
