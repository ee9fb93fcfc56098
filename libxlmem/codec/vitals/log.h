/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Logs into events.  A log is fed in pieces and never kept: what is in memory
 * of it is a line, and what has been found.
 *
 *     pieces -> lines -> words of the table? (match.h)
 *                          |no            |yes
 *                     next line    prefixes off (stamp.h)
 *                                         |
 *                           the row's function takes the fields
 *                                         |
 *              an event, or the head or a part of a dump (log_dump.c)
 *                                         |
 *                   counted with those that are alike (log_events.c)
 *
 * A log proves what it says and nothing by what it does not say.  A guest can
 * write to Xen's ring ("(d7) ..."), and any process to syslog: only the lines
 * of who prints a message are looked at (log_table.c).
 */
#ifndef XLMEM_VITALS_LOG_H
#define XLMEM_VITALS_LOG_H

#include "codec/vitals/stamp.h"
#include "private/all.h"

/* What a log is; one bit each. */
typedef enum xlmem__log_place {
    XLMEM__LOG_KERNEL = 1, /* dmesg, its part of syslog or the journal */
    XLMEM__LOG_RING = 2,   /* Xen's */
    XLMEM__LOG_STORE = 4,  /* what xenstored says in syslog */
    XLMEM__LOG_TOOLS = 8,  /* a file of var/log/xen */
} xlmem__log_place;

typedef struct xlmem__log_of {
    const char *file;   /* as captures have it; static */
    unsigned places;    /* XLMEM__LOG_* that are in it */
    bool earlier;       /* all of it is from before this boot */
    bool but_last;      /* the last boot in it is this one: left out */
    const char *name;   /* of one among many: "xl-web.log"; "" else */
    uint64_t now_s;     /* seconds since 1970; 0: not known */
    uint64_t uptime_ms; /* UINT64_MAX: not known */
} xlmem__log_of;

/*
 * oxenstored writes a log of its own beside the toolstack's, and begins anew
 * behind 13215 lines, which a guest may bring about in a minute: the former
 * one counts (tools/ocaml/xenstored/logging.ml, Xen 4.14 to 4.20).  What
 * guests write is in another.
 */
bool xlmem__is_store_log(const char *name);

typedef struct xlmem__log_reader xlmem__log_reader;

/* NULL: no memory. */
xlmem__log_reader *xlmem__log_begin(const xlmem__log_of *of);
void xlmem__log_feed(xlmem__log_reader *log, xlmem__str piece);
/* What was found becomes @vitals'.  Returns 0; XLMEM_ERROR_PARSE: there was
 * not one line; XLMEM_ERROR_NOMEM. */
int xlmem__log_end(xlmem__log_reader *log, xlmem_vitals *vitals);
/* NULL is fine. */
void xlmem__log_dispose(xlmem__log_reader *log);

/* When all logs have been read: events in their order. */
void xlmem__log_sort(xlmem_vitals *vitals);

#endif /* XLMEM_VITALS_LOG_H */
