/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * When the daemon carries a remedy out by itself.
 *
 *     its finding stands for a minute -> due -> begun -> rests
 *               ^                                          |
 *               '------------- still there, or again <-----'
 *
 * A rest is at least what the remedy itself asks for, so that what is due is
 * not refused for coming too soon.  It doubles each time that nothing got
 * better, to a day: what does not help is not done all night.  Being refused
 * costs nothing, and is tried again after a rest of one length.
 *
 * One thing at a time, and after it what it was about has to stand for another
 * minute before anything else is done about it.
 */
#include "model/doctor/remedy.h"

#include <string.h>

/* Free lists come and go with each guest that starts: what one look sees may
 * be over at the next. */
#define STANDS_MS XLMEM__MINUTE_MS
#define REST_MOST_MS (24 * 60 * XLMEM__MINUTE_MS)

/* In the order in which they are tried. */
static const struct attend_row {
    xlmem_remedy_kind kind;
    const char *id;
    uint64_t rest_ms;
    bool rests_first; /* nothing tells what a daemon before this one did */
    bool after_first; /* only where the first row rests, or is not allowed */
} attend_rows[] = {
    {XLMEM_REMEDY_COMPACT, "fragmented", XLMEM__COMPACT_AGAIN_MS, false,
     false},
    {XLMEM_REMEDY_DROP, "fragmented", XLMEM__DROP_AGAIN_MS, false, true},
    {XLMEM_REMEDY_ONLINE, "hotplug-offline", XLMEM__COMPACT_AGAIN_MS, true,
     false},
};
_Static_assert(sizeof(attend_rows) / sizeof(attend_rows[0]) == XLMEM_ATTEND_NR,
               "a row of each");

static bool row_is_named(const xlmem_attend *attend, size_t row)
{
    return attend->allowed & XLMEM_REMEDY_BIT(attend_rows[row].kind);
}

/* Of a clock that was ahead it is not known how long ago it is. */
static uint64_t passed_ms(int64_t then_ms, int64_t now_ms)
{
    return now_ms > then_ms ? (uint64_t)now_ms - (uint64_t)then_ms : 0;
}

static bool rests(const xlmem_attend_one *one, int64_t now_ms)
{
    return one->begun && passed_ms(one->begun_ms, now_ms) < one->rest_ms;
}

static bool is_warned_of(const xlmem_findings *findings, const char *id)
{
    size_t i;

    for (i = 0; i < findings->nr; i++)
        if (findings->list[i].severity > XLMEM_SEV_NOTE &&
            !findings->list[i].swallowed_by &&
            !strcmp(findings->list[i].id, id))
            return true;
    return false;
}

static void attend_start(xlmem_attend *attend, int64_t now_ms)
{
    size_t i;

    attend->started = true;
    for (i = 0; i < XLMEM_ATTEND_NR; i++)
        attend->list[i] = (xlmem_attend_one){
            .begun = attend_rows[i].rests_first,
            .begun_ms = now_ms,
            .rest_ms = attend_rows[i].rest_ms,
        };
}

static void see(xlmem_attend_one *one, bool found, int64_t now_ms)
{
    if (found && !one->found)
        one->since_ms = now_ms;
    one->found = found;
}

static bool row_is_due(const xlmem_attend *attend, size_t row, int64_t now_ms)
{
    const xlmem_attend_one *one = &attend->list[row];

    return one->found && passed_ms(one->since_ms, now_ms) >= STANDS_MS &&
           !rests(one, now_ms) &&
           (!attend_rows[row].after_first || !row_is_named(attend, 0) ||
            rests(&attend->list[0], now_ms));
}

/* What it is about has to be seen anew, by others as well. */
static void row_begin(xlmem_attend *attend, size_t row, int64_t now_ms)
{
    size_t i;

    attend->list[row].begun = true;
    attend->list[row].begun_ms = now_ms;
    for (i = 0; i < XLMEM_ATTEND_NR; i++)
        if (!strcmp(attend_rows[i].id, attend_rows[row].id))
            attend->list[i].found = false;
}

xlmem_remedy_kind xlmem__attend_look(xlmem_attend *attend,
                                     const xlmem_findings *findings,
                                     int64_t now_ms)
{
    size_t i;

    if (!attend->started)
        attend_start(attend, now_ms);
    for (i = 0; i < XLMEM_ATTEND_NR; i++)
        see(&attend->list[i],
            row_is_named(attend, i) &&
                is_warned_of(findings, attend_rows[i].id),
            now_ms);
    for (i = 0; i < XLMEM_ATTEND_NR; i++)
        if (row_is_due(attend, i, now_ms)) {
            row_begin(attend, i, now_ms);
            return attend_rows[i].kind;
        }
    return XLMEM_REMEDY_NONE;
}

void xlmem__attend_done(xlmem_attend *attend, xlmem_remedy_kind kind,
                        xlmem_attend_result result)
{
    xlmem_attend_one *one;
    size_t i;

    for (i = 0; i < XLMEM_ATTEND_NR && attend_rows[i].kind != kind; i++)
        ;
    if (i == XLMEM_ATTEND_NR)
        return;
    one = &attend->list[i];
    if (result == XLMEM_ATTEND_NO_BETTER || result == XLMEM_ATTEND_FAILED)
        one->rest_ms = xlmem__min(2 * one->rest_ms, REST_MOST_MS);
    else
        one->rest_ms = attend_rows[i].rest_ms;
}
