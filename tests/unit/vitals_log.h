/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the tests of the log reader share. */
#ifndef XLMEM_TEST_VITALS_LOG_H
#define XLMEM_TEST_VITALS_LOG_H

#include "test.h"

#include "codec/vitals/log_parts.h"

__attribute__((unused)) static const xlmem__log_of kernels = {
    .file = "dmesg",
    .places = XLMEM__LOG_KERNEL,
    .name = "",
    .uptime_ms = UINT64_MAX};
__attribute__((unused)) static const xlmem__log_of ring = {
    .file = "xl/dmesg",
    .places = XLMEM__LOG_RING,
    .name = "",
    .uptime_ms = UINT64_MAX};

/* In pieces of @size, on top of @vitals. */
static inline void read_pieces(const xlmem__log_of *of, const char *text,
                               size_t size, xlmem_vitals *vitals)
{
    xlmem__log_reader *log = xlmem__log_begin(of);
    size_t left = strlen(text);

    assert_non_null(log);
    while (left) {
        const size_t len = left < size ? left : size;

        xlmem__log_feed(log, (xlmem__str){text, len});
        text += len;
        left -= len;
    }
    assert_int_equal(xlmem__log_end(log, vitals), 0);
    xlmem__log_dispose(log);
    xlmem__log_sort(vitals);
}

static inline void read_log(const xlmem__log_of *of, const char *text,
                            xlmem_vitals *vitals)
{
    xlmem_vitals_init(vitals);
    read_pieces(of, text, SIZE_MAX, vitals);
}

/* NULL: there is none of that kind. */
static inline const xlmem_log_event *first_event(const xlmem_vitals *vitals,
                                                 xlmem_log_kind kind)
{
    size_t i;

    for (i = 0; i < vitals->nr_events; i++)
        if (vitals->events[i].kind == kind)
            return &vitals->events[i];
    return NULL;
}

static inline const xlmem_log_event *only_event(const xlmem_vitals *vitals)
{
    assert_int_equal(vitals->nr_events, 1);
    return &vitals->events[0];
}

/* Structs have holes: their members are compared. */
static inline void same_events(const xlmem_log_event *a,
                               const xlmem_log_event *b)
{
    assert_memory_equal(a, b, offsetof(xlmem_log_event, kind));
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->bound, b->bound);
    assert_int_equal(a->source.line, b->source.line);
    assert_string_equal(a->who, b->who);
    assert_string_equal(a->victim, b->victim);
    assert_string_equal(a->caller, b->caller);
    assert_string_equal(a->text, b->text);
}

static inline void same_dumps(const xlmem_log_dump *a, const xlmem_log_dump *b)
{
    size_t i;

    assert_memory_equal(a, b, offsetof(xlmem_log_dump, source));
    assert_int_equal(a->nr_zones, b->nr_zones);
    for (i = 0; i < a->nr_zones; i++) {
        assert_memory_equal(&a->zones[i], &b->zones[i],
                            offsetof(xlmem_vitals_zone, name));
        assert_memory_equal(a->zones[i].free_blocks, b->zones[i].free_blocks,
                            sizeof(a->zones[i].free_blocks));
    }
}

#endif /* XLMEM_TEST_VITALS_LOG_H */
