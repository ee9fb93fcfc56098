/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/topview.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/out.h"
#include "output/term.h"
#include "private/printable.h"

/*
 * Lines:   0, 1   the host's memory, dom0's
 *          2      titles of the columns
 *          3..    the domains
 *          then   the last events, on a screen that has room for them
 *          last   keys
 */
#define TOP_LINES 3
#define FEW_LINES 16 /* on a smaller screen no event is shown */
#define LINE_MAX_BYTES 512

/* Columns, and how many characters each has. */
#define ID_AT 0
#define ID_COLUMNS 5
#define NAME_AT 6
#define NAME_COLUMNS 16
#define BAR_AT 23
#define NUMBER_COLUMNS 9
#define STATE_COLUMNS 11
#define RIGHT_COLUMNS (2 * (NUMBER_COLUMNS + 1) + 1 + STATE_COLUMNS)
#define BAR_MIN 10
#define BAR_MAX 120

#define LEGEND "# has | floor d demand > < target"

/* --------------------------------------------------------------- rows --- */

static const char *call_what(const xlmem_dom *dom)
{
    if (dom->dying)
        return "dying";
    if (dom->shutdown)
        return "shut down";
    if (dom->paused)
        return "paused";
    return NULL;
}

#define COPY(row, to, from, f)                                                \
    do {                                                                      \
        if (XLMEM_KNOWS(from, f))                                             \
            XLMEM_SET(row, to, (from)->f);                                    \
    } while (0)

static void make_row(top_row *row, const xlmem_dom *dom)
{
    *row = (top_row){
        .domid = dom->domid, .name = dom->name, .state = call_what(dom)};
    COPY(row, has_kb, dom, tot_kb);
    COPY(row, target_kb, dom, target_kb);
    COPY(row, floor_kb, dom, dynamic_min_kb);
    COPY(row, demand_kb, dom, demand_kb);
    if (xlmem_dom_ceiling_kb(dom))
        XLMEM_SET(row, ceiling_kb, xlmem_dom_ceiling_kb(dom));
    COPY(row, ceiling_kb, dom, dynamic_max_kb);
}

/* dom0's own words count: its target is what its balloon says. */
static void make_dom0_row(top_row *row, const xlmem_host *host,
                          const xlmem_account *account)
{
    COPY(row, target_kb, &host->dom0, balloon_target_kb);
    if (account)
        COPY(row, floor_kb, account, dom0_floor_kb);
    if (XLMEM_KNOWS(row, ceiling_kb) && XLMEM_KNOWS(host, total_kb) &&
        row->ceiling_kb > host->total_kb)
        row->ceiling_kb = host->total_kb;
}

top_row *top_rows(const xlmem_host *host, const xlmem_account *account)
{
    top_row *rows = calloc(host->nr_doms + 1, sizeof(*rows));
    size_t i;

    for (i = 0; rows && i < host->nr_doms; i++) {
        make_row(&rows[i], &host->doms[i]);
        if (!host->doms[i].domid)
            make_dom0_row(&rows[i], host, account);
    }
    return rows;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_id(const void *a, const void *b)
{
    return compare(((const top_row *)a)->domid, ((const top_row *)b)->domid);
}

static int by_name(const void *a, const void *b)
{
    const char *name_a = ((const top_row *)a)->name;
    const char *name_b = ((const top_row *)b)->name;
    int order = strcmp(name_a ? name_a : "", name_b ? name_b : "");

    return order ? order : by_id(a, b);
}

static int by_has(const void *a, const void *b)
{
    int order =
        compare(((const top_row *)b)->has_kb, ((const top_row *)a)->has_kb);

    return order ? order : by_id(a, b);
}

static uint64_t row_missing_kb(const top_row *row)
{
    uint64_t wants =
        XLMEM_KNOWS(row, demand_kb) ? row->demand_kb : row->target_kb;

    return wants > row->has_kb ? wants - row->has_kb : 0;
}

static int by_missing(const void *a, const void *b)
{
    int order = compare(row_missing_kb(b), row_missing_kb(a));

    return order ? order : by_id(a, b);
}

static const struct order {
    const char *name;
    int (*compare)(const void *a, const void *b);
} orders[NR_TOP_ORDERS] = {
    [TOP_BY_ID] = {"id", by_id},
    [TOP_BY_NAME] = {"name", by_name},
    [TOP_BY_HAS] = {"size", by_has},
    [TOP_BY_MISSING] = {"what is missing", by_missing},
};

void top_sort(top_row *rows, size_t nr, top_order order)
{
    qsort(rows, nr, sizeof(*rows), orders[order].compare);
}

/* -------------------------------------------------------------- lines --- */

static unsigned event_lines(unsigned height, bool has_events)
{
    return !has_events || height < FEW_LINES ? 0 : height / 6;
}

unsigned top_height(size_t nr)
{
    return (unsigned)nr + TOP_LINES + 1;
}

size_t top_rows_on(unsigned height, bool has_events)
{
    unsigned others = TOP_LINES + event_lines(height, has_events) + 1;

    return height > others ? height - others : 0;
}

/* One text, cut where the screen ends. */
static void put_cut(const top_canvas *c, unsigned y, unsigned x,
                    top_style style, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static void put_cut(const top_canvas *c, unsigned y, unsigned x,
                    top_style style, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (y >= c->height || x >= c->width || !*text)
        return;
    text[term_cut(text, c->width - x)] = '\0';
    c->put(c->to, y, x, style, text);
}

/* In MiB, or in whole GiB and so on where that is too long. */
static const char *number(char buf[OUT_SIZE_MAX], bool known, uint64_t kb)
{
    char text[OUT_SIZE_MAX] = "-";
    const char *unit = "GTPE";

    if (known)
        out_bare_mib(text, kb);
    for (kb >>= 20; strlen(text) > NUMBER_COLUMNS; kb >>= 10)
        snprintf(text, sizeof(text), "%llu%c", (unsigned long long)kb,
                 *unit++);
    snprintf(buf, OUT_SIZE_MAX, "%*s", NUMBER_COLUMNS, text);
    return buf;
}

#define NUMBER(s, f) number((char[OUT_SIZE_MAX]){0}, XLMEM_KNOWS(s, f), (s)->f)
#define MIB(kb) out_bare_mib((char[OUT_SIZE_MAX]){0}, kb)

/* One fact of the first lines: "usable 210.0".  Returns where it ends. */
static unsigned put_amount(const top_canvas *c, unsigned y, unsigned x,
                           const char *label, uint64_t kb)
{
    char text[48];

    snprintf(text, sizeof(text), "%s %s", label, MIB(kb));
    put_cut(c, y, x, TOP_PLAIN, "%s", text);
    return x + (unsigned)strlen(text) + 3;
}

static void draw_host(const top_view *view, const top_canvas *c)
{
    const xlmem_account *a = view->account;
    unsigned x = 6, title = (unsigned)term_columns(view->title);

    put_cut(c, 0, 0, TOP_HEAD, "MiB");
    if (XLMEM_KNOWS(view->host, total_kb))
        x = put_amount(c, 0, x, "total", view->host->total_kb);
    if (XLMEM_KNOWS(view->host, free_kb))
        x = put_amount(c, 0, x, "free", view->host->free_kb);
    if (a && a->deficit_kb) {
        put_cut(c, 0, x, TOP_BAD, "promised too much: %s", MIB(a->deficit_kb));
        return;
    }
    if (a) {
        x = put_amount(c, 0, x, "usable", a->usable_kb);
        if (a->ledger_kb)
            x = put_amount(c, 0, x, "reserved", a->ledger_kb);
    }
    if (x + title < c->width)
        put_cut(c, 0, c->width - title, TOP_DIM, "%s", view->title);
}

/* "12.5", of 1/10 000. */
static const char *percent(char buf[32], uint64_t bp)
{
    const uint64_t tenths = (bp + 5) / 10;

    snprintf(buf, 32, "%llu.%llu", (unsigned long long)(tenths / 10),
             (unsigned long long)(tenths % 10));
    return buf;
}

static void draw_dom0(const top_view *view, const top_canvas *c)
{
    const xlmem_dom0 *dom0 = &view->host->dom0;
    bool available = XLMEM_KNOWS(dom0, mem_available_kb);
    size_t domus = view->nr ? view->nr - 1 : 0;
    unsigned x = 6;
    char buf[32];

    put_cut(c, 1, 0, TOP_HEAD, "dom0");
    if (available)
        x = put_amount(c, 1, x, "available", dom0->mem_available_kb);
    if (XLMEM_KNOWS(dom0, mem_total_kb))
        x = put_amount(c, 1, x, available ? "of" : "MemTotal",
                       dom0->mem_total_kb);
    if (XLMEM_KNOWS(dom0, psi_some10_bp)) {
        put_cut(c, 1, x, dom0->psi_some10_bp ? TOP_BAD : TOP_PLAIN,
                "pressure %s %%", percent(buf, dom0->psi_some10_bp));
        x += 18;
    }
    if (XLMEM_KNOWS(view->host, domains_listed))
        put_cut(c, 1, x, TOP_PLAIN, "%zu domU%s", domus,
                domus == 1 ? "" : "s");
    else
        put_cut(c, 1, x, TOP_PLAIN, "the domains are not known");
}

/* ---------------------------------------------------------------- bars --- */

static unsigned bar_cells(const top_canvas *c)
{
    unsigned others = BAR_AT + RIGHT_COLUMNS + 2;
    unsigned cells = c->width > others ? c->width - others : 0;

    if (cells < BAR_MIN)
        return 0;
    return cells > BAR_MAX ? BAR_MAX : cells;
}

static uint64_t end_of(const top_row *row)
{
    uint64_t end = XLMEM_KNOWS(row, ceiling_kb) ? row->ceiling_kb : 0;

    if (row->has_kb > end)
        end = row->has_kb;
    return row->target_kb > end ? row->target_kb : end;
}

static uint64_t largest_end(const top_view *view)
{
    uint64_t largest = 0;
    size_t i;

    for (i = 0; i < view->nr; i++)
        if (end_of(&view->rows[i]) > largest)
            largest = end_of(&view->rows[i]);
    return largest;
}

/* The cell that an amount falls into, without overflow. */
static unsigned cell_of(uint64_t kb, uint64_t end, unsigned cells)
{
    unsigned cell;

    if (kb >= end)
        return cells - 1;
    cell = (unsigned)(end > UINT64_MAX / BAR_MAX ? kb / (end / cells)
                                                 : kb * cells / end);
    return cell < cells ? cell : cells - 1;
}

static void mark_cell(char *bar, unsigned cells, uint64_t end, uint64_t kb,
                      char sign)
{
    bar[cell_of(kb, end, cells)] = sign;
}

static void draw_bar(const top_row *row, uint64_t end, unsigned cells,
                     char *bar)
{
    unsigned has = cell_of(row->has_kb, end, cells);
    unsigned may = XLMEM_KNOWS(row, ceiling_kb)
                       ? cell_of(row->ceiling_kb, end, cells)
                       : has;

    memset(bar, ' ', cells);
    memset(bar, '.', may + 1);
    memset(bar, '#', row->has_kb ? has + 1 : 0);
    if (XLMEM_KNOWS(row, floor_kb))
        mark_cell(bar, cells, end, row->floor_kb, '|');
    if (XLMEM_KNOWS(row, demand_kb))
        mark_cell(bar, cells, end, row->demand_kb, 'd');
    if (XLMEM_KNOWS(row, target_kb) &&
        cell_of(row->target_kb, end, cells) != has)
        mark_cell(bar, cells, end, row->target_kb,
                  row->target_kb > row->has_kb ? '>' : '<');
    bar[cells] = '\0';
}

/* What it does: its state, or how far it is from its target. */
static void call_state(const top_row *row, char *buf, size_t len)
{
    bool known = XLMEM_KNOWS(row, target_kb) && XLMEM_KNOWS(row, has_kb);

    if (row->state)
        snprintf(buf, len, "%s", row->state);
    else if (known && row->target_kb > row->has_kb + 1024)
        snprintf(buf, len, "+%s", MIB(row->target_kb - row->has_kb));
    else if (known && row->has_kb > row->target_kb + 1024)
        snprintf(buf, len, "-%s", MIB(row->has_kb - row->target_kb));
    else
        *buf = '\0';
}

static void draw_name(const top_canvas *c, unsigned y, const top_row *row)
{
    char name[4 * NAME_COLUMNS + XLMEM_ESCAPE_MAX + 1];

    if (!row->name)
        return;
    xlmem_escape(name, sizeof(name), row->name,
                 c->utf8 ? XLMEM_ESCAPE_BACKSLASH : XLMEM_ESCAPE_NON_ASCII);
    name[term_cut(name, NAME_COLUMNS)] = '\0';
    put_cut(c, y, NAME_AT, TOP_PLAIN, "%s", name);
}

static top_style style_of(const top_row *row)
{
    if (row->state)
        return TOP_DIM;
    if (XLMEM_KNOWS(row, floor_kb) && row->has_kb < row->floor_kb)
        return TOP_BAD;
    return row_missing_kb(row) > 1024 ? TOP_BAD : TOP_GOOD;
}

static void draw_row(const top_canvas *c, unsigned y, const top_row *row,
                     uint64_t end)
{
    unsigned cells = bar_cells(c);
    unsigned x = BAR_AT + (cells ? cells + 2 : 0);
    char bar[BAR_MAX + 1], state[24];

    put_cut(c, y, ID_AT, TOP_PLAIN, "%*llu", ID_COLUMNS,
            (unsigned long long)row->domid);
    draw_name(c, y, row);
    if (cells && end && XLMEM_KNOWS(row, has_kb)) {
        draw_bar(row, end, cells, bar);
        put_cut(c, y, BAR_AT, style_of(row), "[%s]", bar);
    }
    put_cut(c, y, x + 1, TOP_PLAIN, "%s", NUMBER(row, has_kb));
    put_cut(c, y, x + NUMBER_COLUMNS + 2, TOP_PLAIN, "%s",
            NUMBER(row, target_kb));
    call_state(row, state, sizeof(state));
    put_cut(c, y, x + 2 * (NUMBER_COLUMNS + 1) + 1, TOP_PLAIN, "%.*s",
            STATE_COLUMNS, state);
}

static void draw_titles(const top_view *view, const top_canvas *c)
{
    unsigned cells = bar_cells(c);
    unsigned x = BAR_AT + (cells ? cells + 2 : 0);

    put_cut(c, 2, ID_AT, TOP_HEAD, "%*s", ID_COLUMNS, "id");
    put_cut(c, 2, NAME_AT, TOP_HEAD, "name");
    if (cells)
        put_cut(c, 2, BAR_AT, TOP_HEAD, "%s",
                view->one_scale ? "0 .. largest" : "0 .. may have");
    put_cut(c, 2, x + 1, TOP_HEAD, "%*s", NUMBER_COLUMNS, "has");
    put_cut(c, 2, x + NUMBER_COLUMNS + 2, TOP_HEAD, "%*s", NUMBER_COLUMNS,
            "target");
    put_cut(c, 2, x + 2 * (NUMBER_COLUMNS + 1) + 1, TOP_HEAD, "state");
}

static void draw_rows(const top_view *view, const top_canvas *c)
{
    const uint64_t largest = view->one_scale ? largest_end(view) : 0;
    const size_t room = top_rows_on(c->height, view->events);
    size_t i;

    for (i = 0; i < room && view->first + i < view->nr; i++) {
        const top_row *row = &view->rows[view->first + i];

        draw_row(c, TOP_LINES + (unsigned)i, row,
                 view->one_scale ? largest : end_of(row));
    }
}

static void draw_events(const top_view *view, const top_canvas *c)
{
    const unsigned lines = event_lines(c->height, view->events);
    const unsigned from =
        TOP_LINES + (unsigned)top_rows_on(c->height, view->events);
    const top_events *events = view->events;
    unsigned i;

    for (i = 0; i < lines && events; i++) {
        size_t back = lines - i; /* 1: the last one */

        if (events->nr >= back)
            put_cut(c, from + i, 0, TOP_DIM, "%s",
                    events->text[(events->nr - back) % TOP_EVENTS]);
    }
}

static void draw_keys(const top_view *view, const top_canvas *c)
{
    const size_t shown = top_rows_on(c->height, view->events);
    const size_t last = view->first + shown;

    if (c->height <= TOP_LINES)
        return;
    if (view->notice)
        put_cut(c, c->height - 1, 0, TOP_BAD, "%s", view->notice);
    else if (view->events)
        put_cut(c, c->height - 1, 0, TOP_HEAD,
                LEGEND "   %zu-%zu of %zu by %s: s sort, b bars, q quit",
                view->nr ? view->first + 1 : 0,
                last < view->nr ? last : view->nr, view->nr,
                orders[view->order].name);
    else
        put_cut(c, c->height - 1, 0, TOP_HEAD, LEGEND);
}

void top_draw(const top_view *view, const top_canvas *canvas)
{
    draw_host(view, canvas);
    draw_dom0(view, canvas);
    draw_titles(view, canvas);
    draw_rows(view, canvas);
    draw_events(view, canvas);
    draw_keys(view, canvas);
}
