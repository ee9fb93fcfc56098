/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Events that are alike, counted.  Of each kind the worst few are kept apart,
 * by an order in which no two are equal that are not alike, and the others
 * together: which those are does not depend on what came first.  (Once one is
 * among the others, all kept are worse than it and stay so.)
 */
#include <stdlib.h>
#include <string.h>

#include "codec/vitals/log_parts.h"
#include "model/checked.h"

/* ------------------------------------------------------------- order --- */

/* Who waits matters: without these no domain starts or ends. */
static uint64_t rank_of_task(const char *who)
{
    static const char *const vital[] = {"xenwatch", "xenbus", "xenstored",
                                        "oxenstored", "xen-balloon"};
    size_t i;

    for (i = 0; i < sizeof(vital) / sizeof(vital[0]); i++)
        if (!strcmp(who, vital[i]))
            return 2;
    return !strncmp(who, "vif", 3) || !strncmp(who, "xl", 2) ||
           strstr(who, ".xvd") != NULL;
}

/* What makes a difference between events of a kind, worst highest. */
static uint64_t rank_event(const xlmem_log_event *event)
{
    const uint64_t order =
        XLMEM_KNOWS(event, order) ? xlmem__min(event->order + 1, 0xff) : 0;

    switch (event->kind) {
    case XLMEM_LOG_ALLOC_FAILED:
        return (uint64_t)!event->quiet << 16 |
               (uint64_t)(event->atomic && event->network) << 15 |
               (uint64_t)event->atomic << 14 | (uint64_t)event->network << 13 |
               order;
    case XLMEM_LOG_OOM:
        return (uint64_t)!event->manual << 16 |
               (uint64_t)(event->bound == XLMEM_BOUND_NONE) << 15 |
               (uint64_t)event->bound << 8 | order;
    case XLMEM_LOG_HUNG_TASK:
        return rank_of_task(event->who);
    case XLMEM_LOG_SWIOTLB:
        return event->bytes;
    case XLMEM_LOG_ALLOC_STALL:
    case XLMEM_LOG_NO_EXTENT:
        return order;
    case XLMEM_LOG_BALLOON_HOTPLUG:
    case XLMEM_LOG_PAGING_POOL:
        return event->error;
    default:
        return 0;
    }
}

/* Kinds whose events differ by who it was. */
static bool differ_by_who(xlmem_log_kind kind)
{
    return kind == XLMEM_LOG_HUNG_TASK || kind == XLMEM_LOG_SWIOTLB ||
           kind == XLMEM_LOG_BACKEND_NOMEM || kind == XLMEM_LOG_BUILD_NOMEM ||
           kind == XLMEM_LOG_CLAIM_FAILED || kind == XLMEM_LOG_FREE_FAILED;
}

/* > 0: @a is worse; 0: they are alike. */
static int compare_events(const xlmem_log_event *a, uint64_t rank_a,
                          const xlmem_log_event *b, uint64_t rank_b)
{
    if (rank_a != rank_b)
        return rank_a > rank_b ? 1 : -1;
    if (a->domid != b->domid)
        return a->domid < b->domid ? 1 : -1;
    return differ_by_who(a->kind) ? strcmp(b->who, a->who) : 0;
}

/* ------------------------------------------------------------- times --- */

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* The time of an event on whichever clock it has, in ms. */
static bool time_of(const xlmem_log_event *event, uint64_t *ms_r)
{
    if (XLMEM_KNOWS(event, last_ms))
        *ms_r = event->last_ms;
    else if (XLMEM_KNOWS(event, last_s))
        *ms_r = xlmem__mul_sat(event->last_s, 1000);
    else
        return false;
    return true;
}

static void note_burst(xlmem__log_slot *slot, const xlmem_log_event *event)
{
    xlmem_log_event *to = &slot->event;
    uint64_t at;

    if (!time_of(event, &at))
        return;
    if (slot->nr_at == 2) {
        const uint64_t three = apart(at, slot->at_ms[1]);

        if (!XLMEM_KNOWS(to, burst_ms) || three < to->burst_ms)
            XLMEM_SET(to, burst_ms, three);
    }
    slot->at_ms[1] = slot->at_ms[0];
    slot->at_ms[0] = at;
    if (slot->nr_at < 2)
        slot->nr_at++;
}

#define EARLIEST(to, from, f)                                                 \
    do {                                                                      \
        if (XLMEM_KNOWS(from, f) &&                                           \
            (!XLMEM_KNOWS(to, f) || (from)->f < (to)->f))                     \
            XLMEM_SET(to, f, (from)->f);                                      \
    } while (0)
#define LATEST(to, from, f)                                                   \
    do {                                                                      \
        if (XLMEM_KNOWS(from, f) &&                                           \
            (!XLMEM_KNOWS(to, f) || (from)->f > (to)->f))                     \
            XLMEM_SET(to, f, (from)->f);                                      \
    } while (0)

/* Whether @event is to be told of rather than @kept: the later one, and of one
 * time the one whose text sorts last. */
static bool tells_more(const xlmem_log_event *event,
                       const xlmem_log_event *kept)
{
    uint64_t a, b;

    if (time_of(event, &a) && time_of(kept, &b) && a != b)
        return a > b;
    if (!time_of(event, &a) && !time_of(kept, &b))
        return true;
    return strcmp(event->text, kept->text) >= 0;
}

/* Add @event, which may stand for several, to those of a slot. */
static void merge_event(xlmem_log_event *to, const xlmem_log_event *event)
{
    const xlmem_log_event was = *to;

    if (tells_more(event, to)) {
        *to = *event;
        to->count = was.count;
        to->suppressed = was.suppressed;
        to->others = was.others;
        to->first_line = was.first_line;
        to->known |= was.known & (XLMEM_FACT_BIT(to, count) |
                                  XLMEM_FACT_BIT(to, suppressed));
        LATEST(to, &was, last_ms);
        LATEST(to, &was, last_s);
        EARLIEST(to, &was, burst_ms);
    }
    if (event->source.file != was.source.file)
        to->first_line = 0;
    EARLIEST(to, &was, first_ms);
    EARLIEST(to, &was, first_s);
    EARLIEST(to, &was, age_s);
    EARLIEST(to, event, first_ms);
    EARLIEST(to, event, first_s);
    EARLIEST(to, event, age_s);
    EARLIEST(to, event, burst_ms);
    LATEST(to, event, last_ms);
    LATEST(to, event, last_s);
    XLMEM_SET(to, count, xlmem__add_sat(was.count, event->count));
    if (XLMEM_KNOWS(event, suppressed))
        XLMEM_SET(to, suppressed,
                  xlmem__add_sat(was.suppressed, event->suppressed));
}

/* ------------------------------------------------------------- slots --- */

static void put_into(xlmem__log_slot *slot, const xlmem_log_event *event,
                     uint64_t rank)
{
    const bool others = slot->event.others;

    if (slot->event.kind == XLMEM_LOG_NONE) {
        *slot = (xlmem__log_slot){.event = *event, .rank = rank};
        slot->event.others = others;
    } else {
        merge_event(&slot->event, event);
    }
}

/* What is driven out joins the others; its times stay those of its kind. */
static void drive_out(xlmem__log_slots *slots, const xlmem__log_slot *out)
{
    xlmem__log_slot *rest = &slots->list[XLMEM_LOG_ALIKE_MAX];

    put_into(rest, &out->event, out->rank);
    rest->event.others = true;
}

static xlmem__log_slot *place_event(xlmem__log_slots *slots,
                                    const xlmem_log_event *event,
                                    uint64_t rank)
{
    xlmem__log_slot *least = NULL;
    size_t i;

    for (i = 0; i < XLMEM_LOG_ALIKE_MAX; i++) {
        xlmem__log_slot *slot = &slots->list[i];

        if (slot->event.kind == XLMEM_LOG_NONE)
            return slot;
        if (!compare_events(event, rank, &slot->event, slot->rank))
            return slot;
        if (!least || compare_events(&least->event, least->rank, &slot->event,
                                     slot->rank) > 0)
            least = slot;
    }
    if (compare_events(event, rank, &least->event, least->rank) < 0)
        return &slots->list[XLMEM_LOG_ALIKE_MAX];
    drive_out(slots, least);
    *least = (xlmem__log_slot){.rank = 0};
    return least;
}

static void count_into(xlmem__log_slots *slots, const xlmem_log_event *event)
{
    const uint64_t rank = rank_event(event);
    xlmem__log_slot *slot = place_event(slots, event, rank);

    put_into(slot, event, rank);
    slots->last = (size_t)(slot - slots->list);
    slot->event.others = slots->last == XLMEM_LOG_ALIKE_MAX;
    if (event->count == 1)
        note_burst(slot, event);
}

void xlmem__log_count(xlmem__log_books *books, const xlmem_log_event *event)
{
    count_into(&books->of[event->kind][event->earlier], event);
}

/* Said of the one that was counted last, or of nobody. */
void xlmem__log_suppress(xlmem__log_books *books, xlmem_log_kind kind,
                         uint64_t nr)
{
    xlmem__log_slots *slots = &books->of[kind][0];
    xlmem_log_event *event = &slots->list[slots->last].event;

    if (kind == XLMEM_LOG_NONE || event->kind == XLMEM_LOG_NONE)
        books->suppressed = xlmem__add_sat(books->suppressed, nr);
    else
        XLMEM_SET(event, suppressed, xlmem__add_sat(event->suppressed, nr));
}

void xlmem__log_drop_present(xlmem__log_books *books)
{
    size_t kind;

    for (kind = 0; kind < XLMEM_NR_LOG_KINDS; kind++)
        memset(&books->of[kind][0], 0, sizeof(books->of[kind][0]));
}

void xlmem__log_reboot(xlmem__log_books *books)
{
    size_t kind, i;

    for (kind = 0; kind < XLMEM_NR_LOG_KINDS; kind++)
        for (i = 0; i <= XLMEM_LOG_ALIKE_MAX; i++) {
            xlmem_log_event *event = &books->of[kind][0].list[i].event;

            if (event->kind == XLMEM_LOG_NONE)
                continue;
            event->earlier = true;
            count_into(&books->of[kind][1], event);
        }
    xlmem__log_drop_present(books);
}

static size_t count_slots(const xlmem__log_books *books)
{
    size_t kind, when, i, nr = 0;

    for (kind = 0; kind < XLMEM_NR_LOG_KINDS; kind++)
        for (when = 0; when < 2; when++)
            for (i = 0; i <= XLMEM_LOG_ALIKE_MAX; i++)
                nr +=
                    books->of[kind][when].list[i].event.kind != XLMEM_LOG_NONE;
    return nr;
}

int xlmem__log_give(const xlmem__log_books *books, xlmem_vitals *vitals)
{
    const size_t nr = count_slots(books);
    xlmem_log_event *grown;
    size_t kind, when, i;

    vitals->suppressed = xlmem__add_sat(vitals->suppressed, books->suppressed);
    if (!nr)
        return 0;
    grown = realloc(vitals->events, (vitals->nr_events + nr) * sizeof(*grown));
    if (!grown)
        return XLMEM_ERROR_NOMEM;
    vitals->events = grown;
    for (kind = 0; kind < XLMEM_NR_LOG_KINDS; kind++)
        for (when = 0; when < 2; when++)
            for (i = 0; i <= XLMEM_LOG_ALIKE_MAX; i++) {
                const xlmem_log_event *event =
                    &books->of[kind][when].list[i].event;

                if (event->kind != XLMEM_LOG_NONE)
                    grown[vitals->nr_events++] = *event;
            }
    return 0;
}

/* By kind, this boot's first, the worst first, and the others behind them. */
static int by_place(const void *one, const void *other)
{
    const xlmem_log_event *a = one, *b = other;
    int order;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->earlier != b->earlier)
        return a->earlier ? 1 : -1;
    if (a->others != b->others)
        return a->others ? 1 : -1;
    order = compare_events(b, rank_event(b), a, rank_event(a));
    return order ? order : strcmp(a->text, b->text);
}

void xlmem__log_sort(xlmem_vitals *vitals)
{
    if (vitals->nr_events)
        qsort(vitals->events, vitals->nr_events, sizeof(*vitals->events),
              by_place);
}
