/* SPDX-License-Identifier: LGPL-2.1-only */
/* The live view as a pure picture: on screens of any size, of any host. */
#include "test.h"

#include <locale.h>

#include "output/term.h"
#include "output/topview.h"

#define GIB (UINT64_C(1) << 20)
#define WIDTH_MAX 300
#define HEIGHT_MAX 80

/* A screen that takes texts where a real one would, and nowhere else. */
typedef struct page {
    unsigned width, height;
    unsigned y, x;
    char text[HEIGHT_MAX][WIDTH_MAX + 1];
} page;

static void put(void *to, unsigned y, unsigned x, top_style style,
                const char *text)
{
    page *p = to;
    size_t i, columns = term_columns(text);

    (void)style;
    assert_true(y < p->height);
    assert_true(x + columns <= p->width);
    assert_true(y > p->y || (y == p->y && x >= p->x));
    for (i = 0; text[i]; i++)
        assert_true((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
    p->y = y;
    p->x = x + (unsigned)columns;
    memcpy(&p->text[y][x], text, strlen(text));
}

static page *draw_on(top_view *view, unsigned width, unsigned height,
                     bool utf8)
{
    static page p;
    const top_canvas canvas = {
        .width = width, .height = height, .utf8 = utf8, .put = put, .to = &p};
    unsigned y;

    p.width = width;
    p.height = height;
    p.y = p.x = 0;
    for (y = 0; y < HEIGHT_MAX; y++) {
        memset(p.text[y], ' ', WIDTH_MAX);
        p.text[y][WIDTH_MAX] = '\0';
    }
    top_draw(view, &canvas);
    return &p;
}

static page *draw(top_view *view, unsigned width, unsigned height)
{
    return draw_on(view, width, height, false);
}

static void add_dom(xlmem_host *host, uint64_t domid, uint64_t has_kb,
                    const char *name)
{
    xlmem_dom *doms = realloc(host->doms, (host->nr_doms + 1) * sizeof(*doms));
    xlmem_dom *dom;

    assert_non_null(doms);
    host->doms = doms;
    dom = &doms[host->nr_doms++];
    *dom = (xlmem_dom){.domid = domid, .name = name ? strdup(name) : NULL};
    XLMEM_SET(dom, tot_kb, has_kb);
}

static void make_host(xlmem_host *host)
{
    xlmem_dom *dom;

    xlmem_host_init(host);
    XLMEM_SET(host, total_kb, 8 * GIB);
    XLMEM_SET(host, free_kb, GIB);
    add_dom(host, 0, 2 * GIB, "Domain-0");
    add_dom(host, 3, 2 * GIB, "web");
    dom = &host->doms[1];
    XLMEM_SET(dom, target_kb, 3 * GIB);
    XLMEM_SET(dom, dynamic_min_kb, GIB);
    XLMEM_SET(dom, dynamic_max_kb, 4 * GIB);
    XLMEM_SET(dom, static_max_kb, 8 * GIB);
    XLMEM_SET(&host->dom0, balloon_target_kb, 2 * GIB);
}

static top_view make_view(const xlmem_host *host, const top_events *events)
{
    top_view view = {.host = host,
                     .title = "12:00:00",
                     .rows = top_rows(host, NULL),
                     .nr = host->nr_doms,
                     .events = events};

    assert_non_null(view.rows);
    return view;
}

/* 22 cells stand for 4 GiB: 2 GiB end in the twelfth, the floor is in the
 * sixth, the target in the seventeenth, what it needs in the last. */
static void a_bar_shows_floor_size_target_and_ceiling(void **state)
{
    xlmem_host host;
    top_view view;
    page *p;

    (void)state;
    make_host(&host);
    view = make_view(&host, NULL);
    view.rows[1].known |= XLMEM_FACT_BIT(&view.rows[1], demand_kb);
    view.rows[1].demand_kb = 4 * GIB - 1;
    p = draw(&view, 79, 10);
    assert_non_null(strstr(p->text[4], "    3 web "));
    assert_non_null(strstr(p->text[4], "[#####|######....>....d]"));
    assert_non_null(strstr(p->text[4], "2048.0    3072.0 +1024.0"));
    assert_non_null(strstr(p->text[0], "total 8192.0   free 1024.0"));
    free(view.rows);
    xlmem_host_dispose(&host);
}

static void one_scale_makes_bars_comparable(void **state)
{
    xlmem_host host;
    top_view view;
    page *p;

    (void)state;
    make_host(&host);
    add_dom(&host, 4, GIB / 2, "small");
    view = make_view(&host, NULL);
    p = draw(&view, 79, 10);
    assert_non_null(strstr(p->text[5], "[######################]"));
    view.one_scale = true;
    p = draw(&view, 79, 10);
    assert_non_null(strstr(p->text[5], "[###                   ]"));
    free(view.rows);
    xlmem_host_dispose(&host);
}

static void names_of_guests_are_text_and_cut(void **state)
{
    xlmem_host host;
    top_view view;
    page *p;

    (void)state;
    make_host(&host);
    add_dom(&host, 7, GIB, "\033[2Jevil\nname that is far too long for it");
    view = make_view(&host, NULL);
    p = draw(&view, 79, 10);
    assert_non_null(strstr(p->text[5], "    7 \\x1b[2Jevil\\nnam "));
    free(view.rows);
    xlmem_host_dispose(&host);
}

/* What put() asserts of each text is the test. */
/* A character of two columns is not cut, and none runs into the bar: eight of
 * a name fit, and the ninth does not. */
static void names_are_cut_by_columns(void **state)
{
    static const char wide[] = "網網網網網網網網網";
    xlmem_host host;
    top_view view;
    size_t at;

    (void)state;
    if (!setlocale(LC_ALL, "C.UTF-8"))
        skip();
    at = term_cut(wide, 16);
    assert_int_equal(at, 8 * 3);
    assert_int_equal(term_cut(wide, 15), 7 * 3);
    assert_int_equal(term_cut("abc", 2), 2);
    assert_int_equal(term_cut("abc", 9), 3);
    make_host(&host);
    add_dom(&host, 7, GIB, wide);
    view = make_view(&host, NULL);
    (void)draw_on(&view, 79, 10, true);
    free(view.rows);
    xlmem_host_dispose(&host);
    setlocale(LC_ALL, "C");
}

/* What does not fit its column is in a larger unit. */
static void large_sizes_keep_their_column(void **state)
{
    xlmem_host host;
    top_view view;
    page *p;

    (void)state;
    make_host(&host);
    add_dom(&host, 7, 9999999 * UINT64_C(1024), "large");
    add_dom(&host, 8, 10000000 * UINT64_C(1024), "larger");
    add_dom(&host, 9, UINT64_MAX >> 10, "largest");
    view = make_view(&host, NULL);
    p = draw(&view, 79, 10);
    assert_non_null(strstr(p->text[5], " 9999999.0 "));
    assert_non_null(strstr(p->text[6], "     9765G "));
    assert_non_null(strstr(p->text[7], " 16777215T "));
    free(view.rows);
    xlmem_host_dispose(&host);
}

static void any_size_of_screen_is_drawn_within(void **state)
{
    xlmem_host host;
    top_events events = {.nr = 0};
    top_view view;
    unsigned n;

    (void)state;
    test_seed();
    make_host(&host);
    for (n = 1; n < 60; n++) {
        top_event(&events, "12:00:00", "event %u %s", n, "of some length");
        add_dom(&host, 100 + n, test_magnitude(), n % 3 ? "domain" : NULL);
        XLMEM_SET(&host.doms[host.nr_doms - 1], target_kb, test_magnitude());
        XLMEM_SET(&host.doms[host.nr_doms - 1], static_max_kb,
                  test_magnitude());
        XLMEM_SET(&host.doms[host.nr_doms - 1], dynamic_min_kb,
                  test_magnitude());
    }
    view = make_view(&host, &events);
    for (n = 0; n < 4000; n++) {
        view.order = (top_order)test_between(0, NR_TOP_ORDERS - 1);
        view.one_scale = test_between(0, 1);
        view.events = test_between(0, 1) ? &events : NULL;
        view.first = test_between(0, view.nr);
        top_sort(view.rows, view.nr, view.order);
        (void)draw(&view, (unsigned)test_between(0, WIDTH_MAX),
                   (unsigned)test_between(0, HEIGHT_MAX));
    }
    free(view.rows);
    xlmem_host_dispose(&host);
}

static void rows_are_sorted(void **state)
{
    static const uint64_t wanted[NR_TOP_ORDERS][4] = {
        [TOP_BY_ID] = {0, 3, 4, 5},
        [TOP_BY_NAME] = {0, 5, 3, 4},
        [TOP_BY_HAS] = {4, 0, 3, 5},
        [TOP_BY_MISSING] = {3, 0, 4, 5},
    };
    xlmem_host host;
    top_view view;
    unsigned order, i;

    (void)state;
    make_host(&host);
    add_dom(&host, 4, 3 * GIB, "zoo");
    add_dom(&host, 5, GIB, "ant");
    view = make_view(&host, NULL);
    for (order = 0; order < NR_TOP_ORDERS; order++) {
        top_sort(view.rows, view.nr, (top_order)order);
        for (i = 0; i < 4; i++)
            assert_int_equal(view.rows[i].domid, wanted[order][i]);
    }
    free(view.rows);
    xlmem_host_dispose(&host);
}

static const char *event(const top_events *events, size_t n)
{
    assert_true(n < events->nr);
    return events->text[n % TOP_EVENTS];
}

static void what_changed_is_told(void **state)
{
    xlmem_host before, now;
    top_events events = {.nr = 0};

    (void)state;
    make_host(&before);
    make_host(&now);
    top_events_between(&events, "-", &before, &now);
    assert_int_equal(events.nr, 0);
    before.doms[1].domid = 2;
    now.doms[0].target_kb = 2 * GIB;
    top_events_between(&events, "-", &before, &now);
    assert_int_equal(events.nr, 2);
    assert_string_equal(event(&events, 0), "-  2 (web) has gone");
    assert_string_equal(event(&events, 1), "-  3 (web) came");
    before.doms[1].domid = 3;
    now.doms[1].target_kb = 2 * GIB;
    now.doms[1].paused = 1;
    top_events_between(&events, "-", &before, &now);
    assert_string_equal(event(&events, 2), "-  3 (web) is paused");
    assert_string_equal(event(&events, 3),
                        "-  3 (web): target 3072.0 -> 2048.0 MiB");
    assert_int_equal(events.nr, 4);
    xlmem_host_dispose(&before);
    xlmem_host_dispose(&now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_shows_floor_size_target_and_ceiling),
        cmocka_unit_test(one_scale_makes_bars_comparable),
        cmocka_unit_test(names_of_guests_are_text_and_cut),
        cmocka_unit_test(names_are_cut_by_columns),
        cmocka_unit_test(large_sizes_keep_their_column),
        cmocka_unit_test(any_size_of_screen_is_drawn_within),
        cmocka_unit_test(rows_are_sorted),
        cmocka_unit_test(what_changed_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
