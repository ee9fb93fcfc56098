/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard top: who has the memory, as it moves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "input/policy.h"
#include "input/session.h"
#include "output/term.h"
#include "output/topscreen.h"
#include "private/guard.h"

/* Between two looks, unless said. */
#define INTERVAL_S 2
#define INTERVAL_MAX_S 3600

/* A host is looked at again and again. */
typedef struct watching {
    const cmd_run *run;
    xlmem_ctx *ctx;
    xlmem_policy policy;
    xlmem_host host;
    xlmem_account account;
    bool has_account;
    top_row *rows; /* owned */
    top_events events;
    char clock[16];
    char title[48];
    char notice[TOP_EVENT_MAX]; /* why the last look failed; "" */
    size_t first;
    top_order order;
    bool one_scale;
    bool looked; /* once at least */
} watching;

static void set_clock(watching *w)
{
    time_t now = time(NULL);
    struct tm tm;

    if (!localtime_r(&now, &tm) ||
        !strftime(w->clock, sizeof(w->clock), "%H:%M:%S", &tm))
        *w->clock = '\0';
    snprintf(w->title, sizeof(w->title), "%s",
             session_is_live(w->run) ? w->clock : "recorded");
}

/* A message would tear the picture. */
static void keep_message(void *user, int level, const char *text)
{
    watching *w = user;

    if (level >= 2)
        snprintf(w->notice, sizeof(w->notice), "%s", text);
}

/* What was seen last stays where a look fails. */
static int take_look(watching *w)
{
    xlmem_host host;
    top_row *rows;
    int rc;

    xlmem_host_init(&host);
    set_clock(w);
    *w->notice = '\0';
    rc = xlmem_snapshot(w->ctx, &host);
    if (rc) {
        if (!*w->notice)
            keep_message(w, 3, xlmem_strerror(rc));
        goto out;
    }
    w->has_account = !xlmem_account_of(&host, &w->policy, &w->account);
    rows = top_rows(&host, w->has_account ? &w->account : NULL);
    if (!rows) {
        rc = XLMEM_ERROR_NOMEM;
        goto out;
    }
    if (w->looked)
        top_events_between(&w->events, w->clock, &w->host, &host);
    free(w->rows);
    w->rows = rows;
    xlmem_host_dispose(&w->host);
    w->host = host;
    w->looked = true;
    top_sort(w->rows, w->host.nr_doms, w->order);
    return 0;

out:
    xlmem_host_dispose(&host);
    return rc;
}

static void draw_top(const watching *w, const top_canvas *canvas,
                     const top_events *events)
{
    const top_view view = {
        .host = &w->host,
        .account = w->has_account ? &w->account : NULL,
        .title = w->title,
        .notice = *w->notice ? w->notice : NULL,
        .rows = w->rows,
        .nr = w->host.nr_doms,
        .first = w->first,
        .order = w->order,
        .one_scale = w->one_scale,
        .events = events,
    };

    top_draw(&view, canvas);
}

/* ------------------------------------------------------------- a file --- */

/* Texts come from left to right and from top to bottom. */
typedef struct print_head {
    FILE *file;
    unsigned y, x;
} print_head;

static void print_at(void *to, unsigned y, unsigned x, top_style style,
                     const char *text)
{
    print_head *p = to;

    (void)style;
    for (; p->y < y; p->y++, p->x = 0)
        putc('\n', p->file);
    for (; p->x < x; p->x++)
        putc(' ', p->file);
    fputs(text, p->file);
    p->x += (unsigned)term_columns(text);
}

/* One picture with all domains. */
static int print_once(watching *w)
{
    print_head p = {.file = stdout};
    const top_canvas canvas = {
        .width = term_width(stdout),
        .height = top_height(w->host.nr_doms),
        .utf8 = term_is_utf8(),
        .put = print_at,
        .to = &p,
    };

    draw_top(w, &canvas, NULL);
    putc('\n', stdout);
    return EXIT_DONE;
}

/* ------------------------------------------------------------ programs --- */

static int report_rows(const watching *w)
{
    out *o = session_out(w->run);
    size_t i;

    if (!o)
        return EXIT_FAILED;
    OUT_FACT(o, "total_kb", NULL, OUT_KB, &w->host, total_kb);
    OUT_FACT(o, "free_kb", NULL, OUT_KB, &w->host, free_kb);
    OUT_IF(o, "usable_kb", NULL, OUT_KB, w->account.usable_kb, w->has_account);
    out_list(o, "domains", NULL);
    for (i = 0; i < w->host.nr_doms; i++) {
        const top_row *row = &w->rows[i];

        out_row(o);
        OUT_NUM(o, "domid", NULL, OUT_COUNT, row->domid);
        out_text(o, "name", NULL, row->name);
        OUT_FACT(o, "has_kb", NULL, OUT_KB, row, has_kb);
        OUT_FACT(o, "target_kb", NULL, OUT_KB, row, target_kb);
        OUT_FACT(o, "floor_kb", NULL, OUT_KB, row, floor_kb);
        OUT_FACT(o, "demand_kb", NULL, OUT_KB, row, demand_kb);
        OUT_FACT(o, "ceiling_kb", NULL, OUT_KB, row, ceiling_kb);
        out_text(o, "state", NULL, row->state);
        out_row_end(o);
    }
    out_end(o);
    return session_close_out(o, EXIT_DONE);
}

/* ------------------------------------------------------------ a person --- */

static void scroll_to(watching *w, size_t first, size_t page)
{
    const size_t last = w->host.nr_doms > page ? w->host.nr_doms - page : 0;

    w->first = first < last ? first : last;
}

static void act_on_key(watching *w, top_key key, size_t page)
{
    const size_t up = key == TOP_KEY_PAGE_UP ? page : 1;
    const size_t down = key == TOP_KEY_PAGE_DOWN ? page : 1;

    switch (key) {
    case TOP_KEY_UP:
    case TOP_KEY_PAGE_UP:
        scroll_to(w, w->first > up ? w->first - up : 0, page);
        break;
    case TOP_KEY_DOWN:
    case TOP_KEY_PAGE_DOWN:
        scroll_to(w, w->first + down, page);
        break;
    case TOP_KEY_HOME:
        w->first = 0;
        break;
    case TOP_KEY_END:
        scroll_to(w, w->host.nr_doms, page);
        break;
    case TOP_KEY_ORDER:
        w->order = (w->order + 1) % NR_TOP_ORDERS;
        top_sort(w->rows, w->host.nr_doms, w->order);
        break;
    case TOP_KEY_SCALE:
        w->one_scale = !w->one_scale;
        break;
    default:
        break;
    }
}

/* Until q: a key is answered at once, the host is looked at in its time. */
static void watch_host(watching *w, int64_t interval_ms)
{
    int64_t next = clock_ms() + interval_ms;
    top_canvas canvas;
    top_key key;

    do {
        int64_t left = next - clock_ms();
        size_t page;

        topscreen_canvas(&canvas);
        page = top_rows_on(canvas.height, true);
        scroll_to(w, w->first, page);
        topscreen_clear();
        draw_top(w, &canvas, &w->events);
        topscreen_show();
        key = topscreen_key((int)(left > 0 ? left : 0));
        act_on_key(w, key, page);
        if (clock_ms() >= next) {
            (void)take_look(w); /* the notice says why it failed */
            next = clock_ms() + interval_ms;
        }
    } while (key != TOP_KEY_QUIT);
}

static int show_top(watching *w, int64_t interval_ms)
{
    if (w->run->global[GLOBAL_JSON] || w->run->global[GLOBAL_KEY_VALUE])
        return report_rows(w);
    if (w->run->value[TOP_ONCE] || !topscreen_open())
        return print_once(w);
    xlmem_ctx_set_log(w->ctx, keep_message, w);
    watch_host(w, interval_ms);
    topscreen_close();
    return EXIT_DONE;
}

static int open_host(watching *w)
{
    xlmem_policy_report report;
    bool configured;
    int rc = session_open(w->run, &w->ctx);

    if (rc)
        return rc;
    rc = policy_look(w->run, w->ctx, &w->policy, &configured, &report);
    if (rc)
        return rc;
    rc = take_look(w);
    if (rc)
        cmd_message("%s", *w->notice ? w->notice : xlmem_strerror(rc));
    return rc;
}

int cmd_top(const cmd_run *run)
{
    watching *w = calloc(1, sizeof(*w));
    uint64_t interval_s = INTERVAL_S;
    int status = EXIT_DONE, rc;

    if (run->value[TOP_INTERVAL])
        status = cmd_get_count(run, TOP_INTERVAL, INTERVAL_MAX_S, &interval_s);
    if (!status && !interval_s)
        status = cmd_usage(run->spec, "--interval: at least 1 second");
    if (!status && !w)
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
    if (status || !w) {
        free(w);
        return status ? status : EXIT_FAILED;
    }
    w->run = run;
    xlmem_policy_init(&w->policy);
    xlmem_host_init(&w->host);
    rc = open_host(w);
    status = rc ? cmd_failed(rc) : show_top(w, (int64_t)interval_s * 1000);
    xlmem_ctx_free(w->ctx);
    xlmem_host_dispose(&w->host);
    free(w->rows);
    free(w);
    return status;
}
