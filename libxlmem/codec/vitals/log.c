/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/vitals/log.h"

#include <stdlib.h>
#include <string.h>

#include "codec/vitals/log_parts.h"
#include "codec/vitals/parse.h"
#include "model/checked.h"

/* Of a longer line the rest is passed over: the kernel's are at most 1024
 * (LOG_LINE_MAX, kernel/printk/printk.c), a journal's could be anything. */
#define LINE_BYTES 4096

/* Times of one boot can be out of order by the time that a processor takes to
 * print; what falls back further is another boot's. */
#define SAME_BOOT_MS 60000

static const char *table_word(size_t i)
{
    return xlmem__log_table[i].word;
}

xlmem__log_reader *xlmem__log_begin(const xlmem__log_of *of)
{
    xlmem__log_reader *log = calloc(1, sizeof(*log));

    if (!log)
        return NULL;
    log->of = *of;
    log->record_ms = UINT64_MAX;
    log->match = xlmem__match_new(table_word, xlmem__nr_log_table);
    log->kept = malloc(LINE_BYTES);
    if (log->match && log->kept)
        return log;
    xlmem__log_dispose(log);
    return NULL;
}

void xlmem__log_dispose(xlmem__log_reader *log)
{
    if (!log)
        return;
    free(log->match);
    free(log->kept);
    free(log->dump);
    free(log);
}

/* ------------------------------------------------------------- events --- */

xlmem_log_event xlmem__log_event_of(const xlmem__log_reader *log,
                                    xlmem_log_kind kind,
                                    const xlmem__log_line *line)
{
    const xlmem__stamp *stamp = &line->stamp;
    const uint32_t nr = line->nr < UINT32_MAX ? (uint32_t)line->nr : 0;
    xlmem_log_event event = {.kind = kind};

    XLMEM_SET(&event, count, 1);
    if (stamp->has_ms) {
        XLMEM_SET(&event, first_ms, stamp->ms);
        XLMEM_SET(&event, last_ms, stamp->ms);
    }
    if (stamp->has_s) {
        XLMEM_SET(&event, first_s, stamp->s);
        XLMEM_SET(&event, last_s, stamp->s);
    }
    event.earlier = log->of.earlier;
    event.source = (xlmem_source){log->of.file, nr};
    event.first_line = nr;
    xlmem__quote_into(event.text, sizeof(event.text), line->text);
    if (log->of.name[0])
        xlmem__quote_into(event.who, sizeof(event.who),
                          (xlmem__str){log->of.name, strlen(log->of.name)});
    return event;
}

/* Which dump is kept: see xlmem_vitals.dump. */
static int dump_rank(const xlmem_log_event *event)
{
    if (event->kind == XLMEM_LOG_OOM)
        return event->earlier ? 3 : 4;
    return event->kind == XLMEM_LOG_ALLOC_FAILED ? 2 : 1;
}

static void keep_dump(xlmem__log_reader *log, const xlmem__log_open *open)
{
    const int rank = dump_rank(&open->event);

    if ((!open->dump.known && !open->dump.nr_zones) || rank < log->dump_rank ||
        open->event.kind == XLMEM_LOG_OOM_CGROUP)
        return;
    if (!log->dump)
        log->dump = malloc(sizeof(*log->dump));
    if (!log->dump) {
        log->no_memory = true;
        return;
    }
    *log->dump = open->dump;
    log->dump_of = open->event.kind;
    log->dump_rank = rank;
}

/* A kill of which nothing tells the reason was the host's, if the kernel
 * looked at all of it. */
static void settle_bound(xlmem__log_open *open)
{
    xlmem_log_event *event = &open->event;

    if (event->kind == XLMEM_LOG_OOM && event->bound == XLMEM_BOUND_UNKNOWN &&
        (open->confirmed || open->dump.known || open->dump.nr_zones))
        event->bound = XLMEM_BOUND_NONE;
}

static void close_one(xlmem__log_reader *log, xlmem__log_open *open)
{
    if (!open->is_open)
        return;
    settle_bound(open);
    keep_dump(log, open);
    if (open->event.kind != XLMEM_LOG_NONE)
        xlmem__log_count(&log->books, &open->event);
    open->is_open = false;
}

void xlmem__log_close_event(xlmem__log_reader *log)
{
    close_one(log, &log->held);
    close_one(log, &log->open);
}

static bool is_oom(const xlmem__log_open *open)
{
    return open->is_open && (open->event.kind == XLMEM_LOG_OOM ||
                             open->event.kind == XLMEM_LOG_OOM_CGROUP);
}

static bool waits_for_victim(const xlmem__log_open *open)
{
    return is_oom(open) && !XLMEM_KNOWS(&open->event, victim_pid);
}

xlmem__log_open *xlmem__log_open_oom(xlmem__log_reader *log)
{
    if (is_oom(&log->open))
        return &log->open;
    return is_oom(&log->held) ? &log->held : NULL;
}

/* Two processors print at a time: the victim of the one comes behind the
 * trace of the other. */
static void hold_event(xlmem__log_reader *log)
{
    close_one(log, &log->held);
    log->held = log->open;
    log->held.zone = NULL; /* it was one of the other's */
    log->open.is_open = false;
}

void xlmem__log_open_event(xlmem__log_reader *log,
                           const xlmem_log_event *event, size_t nr_lines)
{
    xlmem__log_open *open = &log->open;

    if (event->kind != XLMEM_LOG_ALLOC_FAILED)
        xlmem__log_close_event(log);
    else if (waits_for_victim(open))
        hold_event(log);
    else
        close_one(log, open);
    memset(open, 0, sizeof(*open));
    open->is_open = true;
    open->event = *event;
    open->until = log->nr + nr_lines;
}

void xlmem__log_begin_boot(xlmem__log_reader *log)
{
    xlmem__log_close_event(log);
    xlmem__log_reboot(&log->books);
    if (log->dump_rank == 4)
        log->dump_rank = 3;
    log->last_ms = 0;
    log->state = (xlmem_vitals_state){.known = 0};
}

/* -------------------------------------------------------------- lines --- */

bool xlmem__is_store_log(const char *name)
{
    return !strcmp(name, "xenstored.log") || !strcmp(name, "xenstored.log.1");
}

/* Who may have written it: a message of the kernel's has no other's name. */
static unsigned places_of(const xlmem__log_reader *log,
                          const xlmem__stamp *stamp)
{
    const unsigned places = log->of.places;

    if (stamp->xen)
        return places & XLMEM__LOG_RING;
    /* The ring has dom0's words, and guests', as well. */
    if (places == XLMEM__LOG_RING)
        return 0;
    if (!stamp->ident.len && stamp->program)
        return 0;
    if (!stamp->ident.len)
        return xlmem__is_store_log(log->of.name)
                   ? places & XLMEM__LOG_STORE
                   : places & ~(unsigned)XLMEM__LOG_STORE;
    if (xlmem__str_is(stamp->ident, "kernel"))
        return stamp->program ? 0 : places & XLMEM__LOG_KERNEL;
    if (xlmem__str_starts(stamp->ident, "xenstored") ||
        xlmem__str_starts(stamp->ident, "oxenstored") ||
        xlmem__str_starts(stamp->ident, "XENSTORED"))
        return places & XLMEM__LOG_STORE;
    return 0;
}

static void note_time(xlmem__log_reader *log, const xlmem__stamp *stamp)
{
    if (stamp->has_ms) {
        if (stamp->ms + SAME_BOOT_MS < log->last_ms)
            xlmem__log_begin_boot(log);
        if (stamp->ms > log->last_ms)
            log->last_ms = stamp->ms;
    }
    if (stamp->has_s && stamp->s > log->seen_s) {
        log->seen_s = stamp->s;
        log->seen_zoned = stamp->zoned;
    }
}

static void take_line(xlmem__log_reader *log, xlmem__str text,
                      const xlmem__match_set *words)
{
    xlmem__log_line line = {.text = text, .nr = log->nr};
    unsigned places;
    size_t i;

    xlmem__stamp_take(&line.text, log->of.now_s, &line.stamp);
    if (log->record_ms != UINT64_MAX && !line.stamp.has_ms) {
        line.stamp.has_ms = true;
        line.stamp.ms = log->record_ms;
    }
    if (log->record_s && !line.stamp.has_s) {
        line.stamp.has_s = line.stamp.zoned = true;
        line.stamp.s = log->record_s;
    }
    places = places_of(log, &line.stamp);
    if (!places)
        return;
    note_time(log, &line.stamp);
    for (i = 0; i < xlmem__nr_log_table; i++)
        if (xlmem__match_has(words, i) &&
            (xlmem__log_table[i].places & places) &&
            xlmem__log_table[i].take(log, &line))
            break;
}

/* Fields of `journalctl -o export` that stand before a message. */
static bool take_field(xlmem__log_reader *log, xlmem__str text)
{
    uint64_t usec;

    if (!text.len) {
        log->record_s = 0;
        log->record_ms = UINT64_MAX;
        return true;
    }
    if (text.p[0] != '_')
        return false;
    if (xlmem__skip(&text, "__REALTIME_TIMESTAMP=") &&
        !xlmem__number_all(text, 10, &usec))
        log->record_s = usec / 1000000;
    else if (xlmem__skip(&text, "__MONOTONIC_TIMESTAMP=") &&
             !xlmem__number_all(text, 10, &usec))
        log->record_ms = usec / 1000;
    return true;
}

static void take_frame(xlmem__log_reader *log, xlmem__str text)
{
    xlmem__stamp stamp;

    xlmem__stamp_take(&text, 0, &stamp);
    xlmem__log_frame(&log->open, text);
}

static void look_at_line(xlmem__log_reader *log, xlmem__str raw)
{
    xlmem__match_set words;
    xlmem__str text;

    log->nr++;
    text = xlmem__line_of(raw, log->nr);
    if (take_field(log, text))
        return;
    if (log->held.is_open && log->nr >= log->held.until)
        close_one(log, &log->held);
    if (log->open.is_open && log->nr >= log->open.until)
        close_one(log, &log->open);
    if (xlmem__match_in(log->match, text, &words))
        take_line(log, text, &words);
    if (log->open.is_open && log->nr < log->open.until &&
        memchr(text.p, '+', text.len))
        take_frame(log, text);
}

static void keep_last(xlmem__log_reader *log, xlmem__str line)
{
    log->last_len =
        line.len < sizeof(log->last) ? line.len : sizeof(log->last);
    memcpy(log->last, line.p, log->last_len);
}

static void keep_rest(xlmem__log_reader *log, xlmem__str part)
{
    const size_t room = LINE_BYTES - log->len;

    if (part.len > room) {
        log->cut = true;
        part.len = room;
    }
    if (part.len)
        memcpy(log->kept + log->len, part.p, part.len);
    log->len += part.len;
}

static void look_at_kept(xlmem__log_reader *log)
{
    const xlmem__str line = {log->kept, log->len};

    look_at_line(log, line);
    keep_last(log, line);
    log->len = 0;
    log->cut = false;
}

void xlmem__log_feed(xlmem__log_reader *log, xlmem__str piece)
{
    xlmem__str last = {NULL, 0};

    while (piece.len) {
        const char *nl = memchr(piece.p, '\n', piece.len);
        xlmem__str line = piece;

        if (!nl) {
            keep_rest(log, piece);
            break;
        }
        line.len = (size_t)(nl - piece.p);
        piece.p += line.len + 1;
        piece.len -= line.len + 1;
        if (log->len || log->cut) {
            keep_rest(log, line);
            look_at_kept(log);
            continue;
        }
        if (line.len > LINE_BYTES)
            line.len = LINE_BYTES;
        look_at_line(log, line);
        if (line.len)
            last = line;
    }
    if (last.p)
        keep_last(log, last);
}

/* ---------------------------------------------------------------- end --- */

/* Offsets from Greenwich go to UTC+14: by so much a calendar's time may be in
 * the future. */
#define ZONE_S (UINT64_C(14) * 3600)

/* So old is an event of this boot at least; false: nobody knows. */
static bool age_of(const xlmem__log_reader *log, const xlmem_log_event *event,
                   uint64_t *age_r)
{
    const uint64_t now_ms =
        log->of.uptime_ms != UINT64_MAX ? log->of.uptime_ms : log->last_ms;

    if (XLMEM_KNOWS(event, last_ms) && !event->earlier) {
        *age_r = xlmem__sub0(now_ms, event->last_ms) / 1000;
        return true;
    }
    if (event->earlier && log->of.uptime_ms != UINT64_MAX) {
        *age_r = log->of.uptime_ms / 1000;
        return true;
    }
    if (!XLMEM_KNOWS(event, last_s))
        return false;
    if (log->of.now_s && log->of.now_s > log->seen_s)
        *age_r =
            xlmem__sub0(log->of.now_s, xlmem__add_sat(event->last_s, ZONE_S));
    else
        *age_r = xlmem__sub0(log->seen_s, event->last_s);
    return true;
}

static void set_ages(xlmem__log_reader *log)
{
    size_t kind, when, i;

    for (kind = 0; kind < XLMEM_NR_LOG_KINDS; kind++)
        for (when = 0; when < 2; when++)
            for (i = 0; i <= XLMEM_LOG_ALIKE_MAX; i++) {
                xlmem_log_event *event =
                    &log->books.of[kind][when].list[i].event;
                uint64_t age;

                if (event->kind != XLMEM_LOG_NONE && age_of(log, event, &age))
                    XLMEM_SET(event, age_s, age);
            }
}

static int rank_of_given(const xlmem_vitals *vitals)
{
    const xlmem_log_event event = {.kind = vitals->dump_of,
                                   .earlier = vitals->dump_earlier};

    return vitals->dump ? dump_rank(&event) : 0;
}

static void give_dump(xlmem__log_reader *log, xlmem_vitals *vitals)
{
    if (!log->dump || rank_of_given(vitals) >= log->dump_rank)
        return;
    free(vitals->dump);
    vitals->dump = log->dump;
    vitals->dump_of = log->dump_of;
    vitals->dump_earlier = log->dump_rank == 3;
    log->dump = NULL;
}

static void give_state(const xlmem__log_reader *log, xlmem_vitals *vitals)
{
    /* known, and then a number for each of its bits. */
    const uint64_t *from = (const uint64_t *)(const void *)&log->state;
    xlmem__group group = XLMEM__GROUP(&vitals->state, log->of.file);
    size_t i;

    for (i = 0; i < XLMEM_NR_STATE_FACTS; i++)
        if (from[0] >> i & 1)
            xlmem__group_take(&group, (i + 1) * sizeof(uint64_t), from[i + 1],
                              log->state.source[i].line);
}

/* The time of the last line, of which nothing else was of interest.  Seconds
 * since the boot may be a program's own words. */
static void note_last_line(xlmem__log_reader *log)
{
    xlmem__str line = {log->last, log->last_len};
    xlmem__stamp stamp;

    xlmem__stamp_take(&line, log->of.now_s, &stamp);
    if (!places_of(log, &stamp))
        stamp.has_ms = false;
    note_time(log, &stamp);
}

int xlmem__log_end(xlmem__log_reader *log, xlmem_vitals *vitals)
{
    int rc;

    if (log->len)
        look_at_kept(log);
    xlmem__log_close_event(log);
    if (log->no_memory)
        return XLMEM_ERROR_NOMEM;
    if (!log->nr)
        return XLMEM_ERROR_PARSE;
    note_last_line(log);
    if (log->of.but_last) {
        xlmem__log_drop_present(&log->books);
        if (log->dump_rank == 4)
            log->dump_rank = 0;
    }
    set_ages(log);
    rc = xlmem__log_give(&log->books, vitals);
    if (!rc && log->dump_rank)
        give_dump(log, vitals);
    if (!rc && !log->of.earlier && !log->of.but_last)
        give_state(log, vitals);
    return rc;
}
