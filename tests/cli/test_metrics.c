/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of metrics, its writers, and what they are made of. */
#include "test.h"

#include <ctype.h>

#include "../unit/random_host.h"
#include "metrics/metrics.h"
#include "metrics/places.h"
#include "private/printable.h"

#define NR_HOSTS 2000
#define DAY_MS 86400000

/* ---------------------------------------------------------- the table --- */

static bool ends_in(const char *text, const char *tail)
{
    const size_t len = strlen(text), tail_len = strlen(tail);

    return len >= tail_len && !strcmp(text + len - tail_len, tail);
}

/* What both forms ask of a name, and OpenMetrics of types and units. */
static void rows_are_well_formed(void **state)
{
    const metric *row, *other;
    size_t i;

    (void)state;
    for (row = metrics_table; row->family.name; row++) {
        const metric_family *f = &row->family;
        char unit[64];

        assert_int_equal(strspn(f->name, "abcdefghijklmnopqrstuvwxyz0_"),
                         strlen(f->name));
        assert_memory_equal(f->name, "xlmem_", 6);
        assert_int_equal(f->type == METRIC_COUNTER,
                         ends_in(f->name, "_total"));
        assert_int_equal(f->type == METRIC_INFO, ends_in(f->name, "_info"));
        assert_false(f->type == METRIC_INFO && f->unit);
        snprintf(unit, sizeof(unit), "_%s%s", f->unit ? f->unit : "",
                 f->type == METRIC_COUNTER ? "_total" : "");
        assert_true(!f->unit || ends_in(f->name, unit));
        assert_true(f->unit || !strstr(f->name, "_bytes"));
        assert_true(isupper((unsigned char)f->help[0]));
        assert_true(ends_in(f->help, "."));
        assert_null(strpbrk(f->help, "\\\n\""));
        assert_non_null(row->put);
        for (i = 0; f->labels[i]; i++)
            assert_int_equal(
                strspn(f->labels[i], "abcdefghijklmnopqrstuvwxyz"),
                strlen(f->labels[i]));
        for (other = metrics_table; other != row; other++)
            assert_string_not_equal(f->name, other->family.name);
    }
}

/* --------------------------------------------------------- the writers --- */

static char *write_value(exposition_format format, const metric_family *f,
                         metric_value value, const char *const *labels)
{
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);
    exposition e;

    assert_non_null(file);
    exposition_begin(&e, file, format);
    exposition_family(&e, f);
    exposition_put(&e, value, labels);
    exposition_end(&e);
    fclose(file);
    return text;
}

static void writes(exposition_format format, const metric_family *f,
                   metric_value value, const char *const *labels,
                   const char *expected)
{
    char *text = write_value(format, f, value, labels);

    assert_string_equal(text, expected);
    free(text);
}

static void forms_are_as_specified(void **state)
{
    static const metric_family counter = {
        "x_seconds_total", METRIC_COUNTER, "seconds", {"a"}, "What."};
    static const metric_family info = {
        "x_info", METRIC_INFO, NULL, {"a", "b"}, "What."};
    static const metric_family gauge = {
        "x_bytes", METRIC_GAUGE, "bytes", {NULL}, "What."};
    const metric_value s = {.whole = 12, .millionths = 340};
    const metric_value one = {.whole = 1};
    const metric_value less = {.negative = true, .whole = UINT64_MAX};

    (void)state;
    writes(EXPOSITION_PROMETHEUS, &counter, s, LABELS("b"),
           "# HELP x_seconds_total What.\n# TYPE x_seconds_total counter\n"
           "x_seconds_total{a=\"b\"} 12.000340\n");
    writes(EXPOSITION_OPENMETRICS, &counter, s, LABELS("b"),
           "# TYPE x_seconds counter\n# UNIT x_seconds seconds\n"
           "# HELP x_seconds What.\n"
           "x_seconds_total{a=\"b\"} 12.000340\n# EOF\n");
    writes(EXPOSITION_PROMETHEUS, &info, one, LABELS("1", ""),
           "# HELP x_info What.\n# TYPE x_info gauge\n"
           "x_info{a=\"1\",b=\"\"} 1\n");
    writes(EXPOSITION_OPENMETRICS, &info, one, LABELS("1", ""),
           "# TYPE x info\n# HELP x What.\nx_info{a=\"1\",b=\"\"} 1\n"
           "# EOF\n");
    writes(EXPOSITION_PROMETHEUS, &gauge, less, NULL,
           "# HELP x_bytes What.\n# TYPE x_bytes gauge\n"
           "x_bytes -18446744073709551615\n");
}

static void labels_are_escaped(void **state)
{
    static const struct {
        const char *text, *escaped;
    } cases[] = {
        {"", ""},
        {"web 1", "web 1"},
        {"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
        {"\x1b[31m", "\\\\x1b[31m"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"caf\xe9", "caf\\\\xe9"},
        {"\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80"}, /* half a surrogate */
        {"\xe2\x80\xae", "\\\\u{202e}"},           /* right to left */
        {"\xf4\x8f\xbf\xbf", "\\\\u{10ffff}"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        char *text = exposition_label(cases[i].text);

        assert_string_equal(text, cases[i].escaped);
        free(text);
    }
}

/* ----------------------------------------------------- hosts at random --- */

/* One in which what a host's parts are is known, and mostly adds up. */
static void likely_host(xlmem_host *host)
{
    uint64_t taken_kb = 0;
    size_t i;

    random_host(host);
    for (i = 0; i < host->nr_doms; i++) {
        xlmem_dom *dom = &host->doms[i];

        dom->domid = i;
        XLMEM_SET(dom, tot_kb, test_random() % 4194304);
        XLMEM_SET(dom, maxmem_kb, dom->tot_kb + test_random() % 2048);
        FORGET(dom, paging_kb);
        if (test_random() % 4)
            XLMEM_SET(dom, paging_kb, test_random() % 8192);
        taken_kb += dom->tot_kb + dom->paging_kb;
    }
    for (i = 0; i < host->nr_reservations; i++)
        XLMEM_SET(&host->reservations[i], need_kb, test_random() % 65536);
    XLMEM_SET(&host->dom0, balloon_target_kb, test_random() % 4194304);
    XLMEM_SET(host, domains_listed, 1);
    XLMEM_SET(host, free_kb, test_random() % 4194304);
    XLMEM_SET(host, outstanding_kb, test_random() % 65536);
    XLMEM_SET(host, total_kb,
              taken_kb + host->free_kb + test_random() % 131072);
}

static bool check_places(const xlmem_host *host)
{
    xlmem_account account;
    xlmem_policy policy;
    metrics_places places;
    int64_t sum = 0, usable_kb;
    size_t i;

    xlmem_policy_init(&policy);
    if (xlmem_account_of(host, &policy, &account) ||
        !metrics_places_of(host, &account, &places))
        return false;
    for (i = 0; i < NR_PLACES; i++) {
        sum += places.kb[i];
        assert_true(i == PLACE_USABLE_OR_SHORT || places.kb[i] >= 0);
    }
    assert_true(sum >= 0 && (uint64_t)sum == host->total_kb);
    assert_true(metrics_usable_kb(&account, &usable_kb));
    assert_true(usable_kb == places.kb[PLACE_USABLE_OR_SHORT]);
    return true;
}

static void places_add_up(void **state)
{
    size_t i, nr = 0, nr_short = 0;

    (void)state;
    test_seed();
    for (i = 0; i < NR_HOSTS; i++) {
        xlmem_host host;

        random_host(&host);
        check_places(&host);
        xlmem_host_dispose(&host);
        likely_host(&host);
        nr += check_places(&host);
        nr_short += host.free_kb < 72 * 1024;
        xlmem_host_dispose(&host);
    }
    assert_true(nr > NR_HOSTS / 4);
    assert_true(nr_short > 0);
}

static void set_text(char **to, const char *text)
{
    free(*to);
    *to = text ? strdup(text) : NULL;
}

/* What has no memory has no place, and headroom that is eaten shows. */
static void what_is_eaten_is_negative(void **state)
{
    xlmem_host host;
    xlmem_account account;
    xlmem_policy policy;
    int64_t kb;

    (void)state;
    xlmem_host_init(&host);
    xlmem_policy_init(&policy);
    XLMEM_SET(&host, domains_listed, 1);
    XLMEM_SET(&host, free_kb, 1024);
    assert_false(metrics_usable_kb(NULL, &kb));
    assert_int_equal(xlmem_account_of(&host, &policy, &account), 0);
    assert_false(metrics_usable_kb(&account, &kb)); /* claims: not known */
    XLMEM_SET(&host, outstanding_kb, 0);
    assert_int_equal(xlmem_account_of(&host, &policy, &account), 0);
    assert_true(metrics_usable_kb(&account, &kb));
    assert_true(kb == 1024 - 72 * 1024);
    xlmem_host_dispose(&host);
}

/* -------------------------------------------------------------- series --- */

#define SERIES_MAX 12

static char *write_scene(const xlmem_host *host, const balloon_state *balloons,
                         const bool *named)
{
    xlmem_policy policy;
    xlmem_vitals vitals;
    xlmem_findings *found = calloc(1, sizeof(*found));
    const xlmem_fragmentation fragmentation[XLMEM_NR_ORDERS] = {{0}};
    metrics_scene scene = {.host = host,
                           .policy = &policy,
                           .vitals = &vitals,
                           .found = found,
                           .fragmentation = fragmentation,
                           .balloons = balloons,
                           .named = named,
                           .domains = true};
    char *text = NULL;
    size_t len;
    FILE *file = open_memstream(&text, &len);

    xlmem_policy_init(&policy);
    xlmem_vitals_init(&vitals);
    metrics_write(&scene, EXPOSITION_PROMETHEUS, file);
    fclose(file);
    free(found);
    return text;
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The series of a text, sorted: no two are alike, and all is UTF-8. */
static size_t check_series(char *text)
{
    static char *lines[65536];
    char *line, *save = NULL;
    size_t i, nr = 0;

    for (i = 0; text[i];) {
        unsigned code = 0;
        const size_t used = xlmem_utf8_char(text + i, &code);

        assert_true(used > 0);
        assert_true(code == '\n' || !xlmem_is_invisible(code));
        i += used;
    }
    for (line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        if (*line != '#') {
            *strrchr(line, ' ') = '\0';
            lines[nr++] = line;
        }
    qsort(lines, nr, sizeof(*lines), compare_lines);
    for (i = 1; i < nr; i++)
        assert_string_not_equal(lines[i - 1], lines[i]);
    return nr;
}

static void no_series_is_there_twice(void **state)
{
    static const char *const names[] = {"web", "web",  "a\xff", "a\\xff",
                                        "\"",  "a\nb", NULL,    "(id 3)"};
    size_t i, k;

    (void)state;
    test_seed();
    for (i = 0; i < NR_HOSTS / 10; i++) {
        balloon_sights none = {.nr = 0}, after;
        balloon_state *balloons;
        xlmem_host host;
        bool *named;
        char *text;

        likely_host(&host);
        for (k = 0; k < host.nr_doms; k++) {
            set_text(&host.doms[k].name,
                     names[test_random() % ARRAY_SIZE(names)]);
            strcpy(host.doms[k].uuid, test_random() & 1 ? "" : "u");
        }
        assert_int_equal(metrics_named(&host, &named), 0);
        assert_int_equal(balloons_see(&host, &none, DAY_MS, &balloons, &after),
                         0);
        text = write_scene(&host, balloons, named);
        assert_true(check_series(text) <= 64 + host.nr_doms * SERIES_MAX);
        free(text);
        free(named);
        free(balloons);
        free(after.list);
        xlmem_host_dispose(&host);
    }
}

/* One that dies has no series, so that who follows it has. */
static void the_youngest_has_the_name(void **state)
{
    xlmem_dom doms[4] = {{0}};
    xlmem_host host = {.nr_doms = 4, .doms = doms};
    char web[] = "web";
    bool *named;
    size_t i;

    (void)state;
    for (i = 0; i < 4; i++) {
        doms[i].domid = i + 1;
        doms[i].name = web;
        strcpy(doms[i].uuid, "u");
    }
    XLMEM_SET(&doms[3], dying, 1);
    assert_int_equal(metrics_named(&host, &named), 0);
    assert_false(named[0] || named[1] || named[3]);
    assert_true(named[2]);
    free(named);
}

/* ------------------------------------------------------------ balloons --- */

typedef struct balloon_case {
    uint64_t tot_kb, target_kb;
    int64_t at_ms;
    balloon_state is;
} balloon_case;

static void balloons_are_judged_over_time(void **state)
{
    static const balloon_case cases[] = {
        {4096000, 4096000, 0, BALLOON_FOLLOWING},
        {4096000, 2048000, 1000, BALLOON_UNKNOWN}, /* only just asked */
        {4000000, 2048000, 61000, BALLOON_FOLLOWING},
        {4000000, 2048000, 61500, BALLOON_UNKNOWN},
        {4000000, 2048000, 62500, BALLOON_SLOW},
        {4000004, 2048000, 67000, BALLOON_STUCK}, /* not nearer */
        {4000000, 2048000, 121000, BALLOON_GAVE_UP},
        {4000000, 3000000, 181000, BALLOON_UNKNOWN}, /* another target */
        {3000512, 3000000, 182000, BALLOON_FOLLOWING},
        {2000000, 3000000, 183000, BALLOON_UNKNOWN}, /* it is to grow */
        {2000000, 3000000, 243000, BALLOON_GAVE_UP},
        {2500000, 3000000, 303000, BALLOON_FOLLOWING},
        {2500000, 3000000, 302000, BALLOON_UNKNOWN}, /* time runs back */
    };
    balloon_sights before = {.nr = 0};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        xlmem_dom dom = {.domid = 7};
        const xlmem_host host = {.nr_doms = 1, .doms = &dom};
        balloon_sights after;
        balloon_state *states;

        XLMEM_SET(&dom, tot_kb, cases[i].tot_kb);
        XLMEM_SET(&dom, target_kb, cases[i].target_kb);
        assert_int_equal(
            balloons_see(&host, &before, cases[i].at_ms, &states, &after), 0);
        assert_int_equal(states[0], cases[i].is);
        free(states);
        free(before.list);
        before = after;
    }
    free(before.list);
}

/* Who gives a page at each reading never arrives: that is told, but for the
 * reading at which he has come a MiB. */
static void who_creeps_gives_up(void **state)
{
    balloon_sights before = {.nr = 0};
    unsigned i, nr_following = 0, nr_gave_up = 0;

    (void)state;
    for (i = 0; i < 600; i++) {
        xlmem_dom dom = {.domid = 7};
        const xlmem_host host = {.nr_doms = 1, .doms = &dom};
        balloon_sights after;
        balloon_state *states;

        XLMEM_SET(&dom, tot_kb, 4096000 - 4 * i);
        XLMEM_SET(&dom, target_kb, 2048000);
        assert_int_equal(
            balloons_see(&host, &before, 60000 * i, &states, &after), 0);
        nr_following += states[0] == BALLOON_FOLLOWING;
        nr_gave_up += states[0] == BALLOON_GAVE_UP;
        free(states);
        free(before.list);
        before = after;
    }
    free(before.list);
    assert_int_equal(nr_following, 2);
    assert_int_equal(nr_gave_up, 600 - 1 - 2);
}

/* HVM holds video RAM above its target; a ceiling that was raised by hand
 * does not make of one that keeps its memory one that has given it. */
static void ceilings_tell_who_is_behind(void **state)
{
    xlmem_dom doms[3] = {{.domid = 1}, {.domid = 2}, {.domid = 3}};
    const xlmem_host host = {.nr_doms = 3, .doms = doms};
    const balloon_sights before = {.nr = 0};
    balloon_sights after;
    balloon_state *states;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        XLMEM_SET(&doms[i], target_kb, 1 << 20);
        XLMEM_SET(&doms[i], tot_kb, (1 << 20) + 16384);
        XLMEM_SET(&doms[i], maxmem_kb, (1 << 20) + 17408);
    }
    XLMEM_SET(&doms[1], tot_kb, (1 << 20) + 20480);
    XLMEM_SET(&doms[2], tot_kb, 1 << 21);
    XLMEM_SET(&doms[2], maxmem_kb, 1 << 22);
    assert_int_equal(balloons_see(&host, &before, 0, &states, &after), 0);
    assert_int_equal(states[0], BALLOON_FOLLOWING);
    assert_int_equal(states[1], BALLOON_UNKNOWN);
    assert_int_equal(states[2], BALLOON_UNKNOWN);
    assert_int_equal(after.nr, 2);
    free(states);
    free(after.list);
}

static void who_has_no_balloon_says_so(void **state)
{
    xlmem_dom doms[3] = {{.domid = 1}, {.domid = 2}, {.domid = 3}};
    const xlmem_host host = {.nr_doms = 3, .doms = doms};
    const balloon_sights before = {.nr = 0};
    balloon_sights after;
    balloon_state *states;

    (void)state;
    XLMEM_SET(&doms[0], uncooperative, 1);
    XLMEM_SET(&doms[1], tot_kb, 1);
    XLMEM_SET(&doms[2], tot_kb, 1 << 20);
    XLMEM_SET(&doms[2], target_kb, 1 << 22);
    XLMEM_SET(&doms[2], paused, 1);
    assert_int_equal(balloons_see(&host, &before, 0, &states, &after), 0);
    assert_int_equal(states[0], BALLOON_NONE);
    assert_int_equal(states[1], BALLOON_UNKNOWN);
    assert_int_equal(states[2], BALLOON_UNKNOWN);
    assert_int_equal(after.nr, 0);
    free(states);
    free(after.list);
}

static size_t read_sights(const char *text, balloon_sights *sights_r)
{
    FILE *file = fmemopen((char *)(uintptr_t)text, strlen(text), "r");

    assert_non_null(file);
    balloons_read(file, sights_r);
    fclose(file);
    return sights_r->nr;
}

static void sights_are_kept(void **state)
{
    static const char *const bad[] = {
        "1 2 3\n",
        "1 2 3 4",
        "1 2 3 4 5\n",
        "1 2 3 -4\n",
        "x\n",
        "2 2 3 4\n1 2 3 4\n",
        "1 2 3 4\n1 2 3 4\n",
        "1 2 3 1000000000000000000\n",
        " 1 2 3 4\n",
    };
    const char good[] = "1 2 3 4\n7 999999999999999999 0 0\n8 1 1 1\n";
    balloon_sights sights;
    char *text = NULL;
    size_t i, len;
    FILE *file;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(read_sights(bad[i], &sights), 0);
    assert_int_equal(read_sights(good, &sights), 3);
    file = open_memstream(&text, &len);
    balloons_write(&sights, file);
    fclose(file);
    assert_string_equal(text, good);
    free(text);
    free(sights.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(forms_are_as_specified),
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(places_add_up),
        cmocka_unit_test(what_is_eaten_is_negative),
        cmocka_unit_test(no_series_is_there_twice),
        cmocka_unit_test(the_youngest_has_the_name),
        cmocka_unit_test(balloons_are_judged_over_time),
        cmocka_unit_test(who_creeps_gives_up),
        cmocka_unit_test(ceilings_tell_who_is_behind),
        cmocka_unit_test(who_has_no_balloon_says_so),
        cmocka_unit_test(sights_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
