/* SPDX-License-Identifier: LGPL-2.1-only */
/* The log reader: what its files share. */
#ifndef XLMEM_VITALS_LOG_PARTS_H
#define XLMEM_VITALS_LOG_PARTS_H

#include "codec/vitals/log.h"
#include "codec/vitals/match.h"

/* One line that is looked at. */
typedef struct xlmem__log_line {
    xlmem__str text; /* without prefixes */
    xlmem__stamp stamp;
    size_t nr;
} xlmem__log_line;

/* ------------------------------------------------------------ events --- */

/* Events that are alike, while they are counted. */
typedef struct xlmem__log_slot {
    xlmem_log_event event; /* kind NONE: free */
    uint64_t rank;         /* by which the worst are kept */
    uint64_t at_ms[2];     /* of the last and the one before */
    size_t nr_at;
} xlmem__log_slot;

/* Those of a kind, of this boot or of those before.  The last slot is for
 * those that have no other. */
typedef struct xlmem__log_slots {
    xlmem__log_slot list[XLMEM_LOG_ALIKE_MAX + 1];
    size_t last; /* where the event is that was counted last */
} xlmem__log_slots;

/* By kind and `earlier`. */
typedef struct xlmem__log_books {
    xlmem__log_slots of[XLMEM_NR_LOG_KINDS][2];
    uint64_t suppressed;
} xlmem__log_books;

/* Count an event of which the first line is @line; kind and fields are in
 * @event. */
void xlmem__log_count(xlmem__log_books *books, const xlmem_log_event *event);
/* So many lines of this kind (NONE: of any) were kept back. */
void xlmem__log_suppress(xlmem__log_books *books, xlmem_log_kind kind,
                         uint64_t nr);
/* Another boot begins: what has been counted was before it. */
void xlmem__log_reboot(xlmem__log_books *books);
/* Drop what was not before this boot. */
void xlmem__log_drop_present(xlmem__log_books *books);
int xlmem__log_give(const xlmem__log_books *books, xlmem_vitals *vitals);

/* ------------------------------------------------------------- dumps --- */

/* An event whose further lines follow: a trace, what the kernel prints of its
 * memory, whom it killed. */
typedef struct xlmem__log_open {
    bool is_open;
    bool traced;    /* the caller is known */
    bool confirmed; /* something says that the host itself was short */
    bool killed;    /* "Killed process" has been seen */
    size_t until;   /* the line behind the last that may be its */
    xlmem_log_event event;
    xlmem_log_dump dump;
    xlmem_vitals_zone *zone; /* of dump: whose figures came last */
} xlmem__log_open;

/* Take what a line says of memory.  false: nothing. */
bool xlmem__log_figures(xlmem__log_open *open, const char *file,
                        const xlmem__log_line *line);
/* Take a frame of a trace. */
void xlmem__log_frame(xlmem__log_open *open, xlmem__str text);

/* ------------------------------------------------------------ reader --- */

struct xlmem__log_reader {
    xlmem__log_of of;
    xlmem__match *match;
    char *kept; /* of a line whose end has not come; LINE_MAX bytes */
    size_t len;
    bool cut; /* the line was longer: the rest of it is passed over */
    size_t nr;
    uint64_t record_s;  /* of the record of an export; 0: none */
    uint64_t record_ms; /* UINT64_MAX: none */
    uint64_t last_ms;   /* highest time of this boot so far */
    uint64_t seen_s;    /* latest by the calendar */
    bool seen_zoned;
    bool marked;   /* the journal has said that a boot begins */
    char last[80]; /* the beginning of the last line: its time */
    size_t last_len;
    xlmem__log_books books;
    xlmem__log_open open;
    /* A kill whose victim is not named yet: another processor's failure came
     * between its lines, and has `open`. */
    xlmem__log_open held;
    xlmem_log_dump *dump; /* the one that is to be kept; NULL: none */
    xlmem_log_kind dump_of;
    int dump_rank;
    xlmem_vitals_state state; /* hash tables, thresholds */
    bool no_memory;           /* for a dump that was to be kept */
};

/* An event begins with a line: its times, place and text. */
xlmem_log_event xlmem__log_event_of(const xlmem__log_reader *log,
                                    xlmem_log_kind kind,
                                    const xlmem__log_line *line);
/* It has more lines: those up to so many behind this are its. */
void xlmem__log_open_event(xlmem__log_reader *log,
                           const xlmem_log_event *event, size_t nr_lines);
void xlmem__log_close_event(xlmem__log_reader *log);
/* The kill whose lines may follow; NULL: there is none. */
xlmem__log_open *xlmem__log_open_oom(xlmem__log_reader *log);
void xlmem__log_begin_boot(xlmem__log_reader *log);

/* A row of the table takes a line in which its word stands.  false: it is not
 * what it looked like. */
typedef bool xlmem__log_take(xlmem__log_reader *log,
                             const xlmem__log_line *line);

typedef struct xlmem__log_pattern {
    const char *word;    /* without which a line is not looked at */
    unsigned places;     /* XLMEM__LOG_*: who prints it */
    xlmem_log_kind kind; /* NONE: no event of its own */
    const char *rule;    /* the finding that it leads to; NULL: none alone */
    const char *since;   /* who prints it, in which releases */
    xlmem__log_take *take;
} xlmem__log_pattern;

extern const xlmem__log_pattern xlmem__log_table[];
extern const size_t xlmem__nr_log_table;

/* ----------------------------------------------------- pieces of text --- */

/* Where @word stands in @text; NULL: nowhere. */
const char *xlmem__spot(xlmem__str text, const char *word);
/* What is behind @word; false: it is not there. */
bool xlmem__past(xlmem__str text, const char *word, xlmem__str *rest_r);
/* The number behind @word. */
bool xlmem__number_past(xlmem__str text, const char *word, uint64_t *nr_r);
/* A safe copy, cut to @room with its NUL. */
void xlmem__quote_into(char *to, size_t room, xlmem__str untrusted);

#endif /* XLMEM_VITALS_LOG_PARTS_H */
