/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The live view as one picture: a host's memory, a line with a bar for each
 * domain, and what happened last.
 *
 *      id name               0 .. what it may have      has  target  what
 *       3 web1             [####|#####>.....d........]  512.0   640.0 +128.0
 *
 * A pure function of what is shown and of the size of the screen; it is drawn
 * on whatever takes texts at places: a terminal or a file.
 */
#ifndef XL_MEMGUARD_TOPVIEW_H
#define XL_MEMGUARD_TOPVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "private/all.h"

typedef enum top_style {
    TOP_PLAIN,
    TOP_HEAD, /* titles */
    TOP_GOOD,
    TOP_BAD,
    TOP_DIM,
} top_style;

/* What is drawn on.  @put: texts of one line that are fit for a terminal,
 * from left to right and top to bottom. */
typedef struct top_canvas {
    unsigned width, height;
    bool utf8;
    void (*put)(void *to, unsigned y, unsigned x, top_style style,
                const char *text);
    void *to;
} top_canvas;

typedef enum top_order {
    TOP_BY_ID,
    TOP_BY_NAME,
    TOP_BY_HAS,
    TOP_BY_MISSING, /* demand or target above what it has, the most first */
    NR_TOP_ORDERS
} top_order;

/* One domain. */
typedef struct top_row {
    uint64_t known;
    uint64_t domid;
    uint64_t has_kb, target_kb, floor_kb, demand_kb, ceiling_kb;
    const char *name;  /* as the host has it: escaped when drawn; NULL */
    const char *state; /* "paused", ..., static; NULL: it runs */
} top_row;

#define TOP_EVENTS 64
#define TOP_EVENT_MAX 120

/* The last events, the oldest overwritten. */
typedef struct top_events {
    size_t nr; /* ever */
    char text[TOP_EVENTS][TOP_EVENT_MAX];
} top_events;

typedef struct top_view {
    const xlmem_host *host;
    const xlmem_account *account; /* NULL: not known */
    const char *title;            /* at the right of the first line */
    const char *notice;           /* in place of the help line; NULL */
    top_row *rows;                /* all of them, in the order drawn */
    size_t nr;
    size_t first; /* the row that is drawn first */
    top_order order;
    bool one_scale;           /* all bars end at the largest ceiling */
    const top_events *events; /* NULL: no lines for them */
} top_view;

/*
 * top_rows: a row for each domain of a host, by id.
 * Returns malloc'd; NULL without memory.
 */
top_row *top_rows(const xlmem_host *host, const xlmem_account *account);

void top_sort(top_row *rows, size_t nr, top_order order);

/* How many rows a screen of this height shows at once. */
size_t top_rows_on(unsigned height, bool has_events);

/* The least height that shows @nr rows and no event. */
unsigned top_height(size_t nr);

void top_draw(const top_view *view, const top_canvas *canvas);

/*
 * top_events_between: what has changed from one look to the next: domains that
 * came or went, targets that somebody has set, headroom.
 * @clock: "12:34:56", stands before each.
 */
void top_events_between(top_events *events, const char *clock,
                        const xlmem_host *before, const xlmem_host *now);

void top_event(top_events *events, const char *clock, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* XL_MEMGUARD_TOPVIEW_H */
