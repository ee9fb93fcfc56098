/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The reader of logs takes anything, as each kind of log, and gives the same
 * wherever the pieces end.  Nothing that it gives is unbounded or unsafe.
 */
#include "fuzz.h"

#include "codec/vitals/log.h"

static void check_safe(const char *text, size_t room)
{
    FUZZ_CHECK(memchr(text, '\0', room));
    for (; *text; text++)
        FUZZ_CHECK(*text >= 0x20 && *text < 0x7f);
}

static void check_event(const xlmem_log_event *event)
{
    FUZZ_CHECK(event->kind > XLMEM_LOG_NONE &&
               event->kind < XLMEM_NR_LOG_KINDS);
    FUZZ_CHECK(XLMEM_KNOWS(event, count) && event->count);
    FUZZ_CHECK(XLMEM_KNOWS(event, first_ms) == XLMEM_KNOWS(event, last_ms));
    FUZZ_CHECK(XLMEM_KNOWS(event, first_s) == XLMEM_KNOWS(event, last_s));
    FUZZ_CHECK(event->first_ms <= event->last_ms);
    FUZZ_CHECK(event->first_s <= event->last_s);
    check_safe(event->who, sizeof(event->who));
    check_safe(event->victim, sizeof(event->victim));
    check_safe(event->caller, sizeof(event->caller));
    check_safe(event->helper, sizeof(event->helper));
    check_safe(event->text, sizeof(event->text));
}

static void check_dump(const xlmem_log_dump *dump)
{
    size_t i;

    if (!dump)
        return;
    FUZZ_CHECK(dump->known || dump->nr_zones);
    FUZZ_CHECK(dump->nr_zones <= XLMEM_DUMP_ZONES_MAX);
    for (i = 0; i < dump->nr_zones; i++) {
        check_safe(dump->zones[i].name, sizeof(dump->zones[i].name));
        FUZZ_CHECK(dump->zones[i].nr_orders <= XLMEM_NR_ORDERS);
        FUZZ_CHECK(dump->zones[i].nr_protection <= XLMEM_PROTECTION_MAX);
    }
}

static int read_as(const xlmem__log_of *of, xlmem__str text, size_t size,
                   xlmem_vitals *vitals)
{
    xlmem__log_reader *log = xlmem__log_begin(of);
    int rc;

    FUZZ_CHECK(log);
    xlmem_vitals_init(vitals);
    while (text.len) {
        /* A copy of its own, so that reading beyond it is seen. */
        const size_t len = text.len < size ? text.len : size;
        char *piece = malloc(len);

        FUZZ_CHECK(piece);
        memcpy(piece, text.p, len);
        xlmem__log_feed(log, (xlmem__str){piece, len});
        free(piece);
        text.p += len;
        text.len -= len;
    }
    rc = xlmem__log_end(log, vitals);
    xlmem__log_dispose(log);
    xlmem__log_sort(vitals);
    FUZZ_CHECK(!rc || rc == XLMEM_ERROR_PARSE);
    return rc;
}

/* Structs have holes: their members are compared. */
static void check_same_event(const xlmem_log_event *a,
                             const xlmem_log_event *b)
{
    FUZZ_CHECK(!memcmp(a, b, offsetof(xlmem_log_event, kind)));
    FUZZ_CHECK(a->kind == b->kind && a->bound == b->bound);
    FUZZ_CHECK(a->source.line == b->source.line);
    FUZZ_CHECK(!strcmp(a->who, b->who) && !strcmp(a->text, b->text));
    FUZZ_CHECK(!strcmp(a->caller, b->caller) && !strcmp(a->victim, b->victim));
}

static void check_same(const xlmem_vitals *a, const xlmem_vitals *b)
{
    size_t i;

    FUZZ_CHECK(a->nr_events == b->nr_events);
    for (i = 0; i < a->nr_events; i++)
        check_same_event(&a->events[i], &b->events[i]);
    FUZZ_CHECK(!a->dump == !b->dump);
    FUZZ_CHECK(!a->dump ||
               (!memcmp(a->dump, b->dump, offsetof(xlmem_log_dump, source)) &&
                a->dump->nr_zones == b->dump->nr_zones));
    FUZZ_CHECK(a->suppressed == b->suppressed);
    FUZZ_CHECK(
        !memcmp(&a->state, &b->state, offsetof(xlmem_vitals_state, source)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned places[] = {XLMEM__LOG_KERNEL, XLMEM__LOG_RING,
                                      XLMEM__LOG_KERNEL | XLMEM__LOG_STORE,
                                      XLMEM__LOG_TOOLS | XLMEM__LOG_STORE};
    const xlmem__str text = {(const char *)data, size};
    size_t i, k;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const xlmem__log_of of = {.file = "log",
                                  .places = places[i],
                                  .name = "xl-a.log",
                                  .now_s = 1795728313,
                                  .uptime_ms = i ? UINT64_MAX : 100000};
        xlmem_vitals vitals, again;
        int rc = read_as(&of, text, SIZE_MAX, &vitals);

        for (k = 0; k < vitals.nr_events; k++)
            check_event(&vitals.events[k]);
        FUZZ_CHECK(vitals.nr_events <=
                   2 * XLMEM_NR_LOG_KINDS * (XLMEM_LOG_ALIKE_MAX + 1));
        check_dump(vitals.dump);
        FUZZ_CHECK(read_as(&of, text, 1 + size % 13, &again) == rc);
        check_same(&vitals, &again);
        xlmem_vitals_dispose(&vitals);
        xlmem_vitals_dispose(&again);
    }
    return 0;
}
