/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of rules, and how findings are made of it. */
#include "bad_host.h"

#include "engine/guard/guard.h"
#include "engine/guard/say.h"
#include "model/advice.h"
#include "model/finding.h"
#include "model/lint_files.h"
#include "private/dom0.h"

/* ---------------------------------------------------------- the table --- */

static void ids_are_unique_and_well_formed(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < XLMEM__NR_RULES; i++) {
        const char *id = xlmem__rules[i].id;

        assert_true(*id);
        assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0-"),
                         strlen(id));
        assert_true(*xlmem__rules[i].about);
        assert_true(xlmem__rules[i].views & ~XLMEM__FIGURES);
        for (j = 0; j < i; j++)
            assert_string_not_equal(id, xlmem__rules[j].id);
    }
}

/* Who judges hosts has a view that somebody asks for, and the other way
 * round. */
static void who_judges_is_asked(void **state)
{
    const unsigned asked = XLMEM_VIEW_STATUS | XLMEM_VIEW_ENABLE;
    size_t i, nr = 0;

    (void)state;
    for (i = 0; i < XLMEM__NR_RULES; i++) {
        assert_int_equal(xlmem__rules[i].judge != NULL,
                         (xlmem__rules[i].views & asked) != 0);
        nr += xlmem__rules[i].judge != NULL;
    }
    assert_true(nr <= XLMEM_UNJUDGED_MAX);
}

static const struct {
    xlmem__rule_id specific, general;
} pairs[] = {
#define PAIR(specific, general)                                               \
    {XLMEM__RULE_##specific, XLMEM__RULE_##general},
    XLMEM__SWALLOWS(PAIR)
#undef PAIR
};

static bool gives_way(xlmem__rule_id from, xlmem__rule_id to, size_t depth)
{
    size_t i;

    assert_true(depth <= ARRAY_SIZE(pairs));
    for (i = 0; i < ARRAY_SIZE(pairs); i++)
        if (pairs[i].general == from &&
            (pairs[i].specific == to ||
             gives_way(pairs[i].specific, to, depth + 1)))
            return true;
    return false;
}

static void nobody_gives_way_to_himself(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < XLMEM__NR_RULES; i++)
        assert_false(gives_way((xlmem__rule_id)i, (xlmem__rule_id)i, 0));
}

static void severities_have_names(void **state)
{
    (void)state;
    assert_string_equal(xlmem_severity_name(XLMEM_SEV_NOTE), "note");
    assert_string_equal(xlmem_severity_name(XLMEM_SEV_WARNING), "warning");
    assert_string_equal(xlmem_severity_name(XLMEM_SEV_ERROR), "error");
    assert_string_equal(xlmem_severity_name(XLMEM_SEV_CRITICAL), "critical");
}

/* --------------------------------------------------- one is made --- */

typedef struct list {
    xlmem_finding list[3];
    size_t nr, lost;
} list;

static xlmem__sink sink_of(list *l)
{
    return (xlmem__sink){
        .list = l->list, .room = 3, .nr = &l->nr, .lost = &l->lost};
}

static void a_full_list_loses_the_least_severe_and_counts(void **state)
{
    list l = {.nr = 0};
    xlmem__sink sink = sink_of(&l);

    (void)state;
    assert_non_null(xlmem__find(sink, XLMEM__RULE_KIB, XLMEM_SEV_NOTE));
    assert_non_null(xlmem__find(sink, XLMEM__RULE_EMPTY, XLMEM_SEV_ERROR));
    assert_non_null(xlmem__find(sink, XLMEM__RULE_NO_MAX, XLMEM_SEV_WARNING));
    assert_int_equal(l.lost, 0);
    assert_null(xlmem__find(sink, XLMEM__RULE_KIB, XLMEM_SEV_NOTE));
    assert_non_null(
        xlmem__find(sink, XLMEM__RULE_TOO_SMALL, XLMEM_SEV_WARNING));
    assert_int_equal(l.nr, 3);
    assert_int_equal(l.lost, 2);
    assert_string_equal(l.list[0].id, "empty");
    assert_string_equal(l.list[1].id, "no-max");
    assert_string_equal(l.list[2].id, "too-small");
}

static void what_does_not_fit_is_counted(void **state)
{
    list l = {.nr = 0};
    char text[XLMEM_FINDING_ROOM + 1];
    xlmem_finding *f;
    size_t i;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[XLMEM_FINDING_ROOM - 1] = '\0';
    /* Exactly all of the room. */
    f = xlmem__found(sink_of(&l), XLMEM__RULE_KIB, "%s", text);
    assert_int_equal(f->nr_cut, 0);
    assert_string_equal(f->text, text);
    xlmem__remedy(f, "help");
    assert_int_equal(f->nr_cut, 1);
    assert_int_equal(f->nr_remedies, 0);
    /* One character more. */
    text[XLMEM_FINDING_ROOM - 1] = 'x';
    text[XLMEM_FINDING_ROOM] = '\0';
    f = xlmem__found(sink_of(&l), XLMEM__RULE_KIB, "%s", text);
    assert_int_equal(f->nr_cut, 1);
    assert_int_equal(strlen(f->text), XLMEM_FINDING_ROOM - 1);
    assert_string_equal(f->text + XLMEM_FINDING_ROOM - 4, "...");
    xlmem__about(f, 1, "%s", text);
    assert_int_equal(f->nr_cut, 2);
    for (i = 0; i <= XLMEM_EVIDENCE_MAX; i++)
        xlmem__prove_kb(f, "something", i);
    assert_int_equal(f->nr_evidence, XLMEM_EVIDENCE_MAX);
    assert_int_equal(f->nr_cut, 3);
}

static void remedies_stand_behind_the_sentence(void **state)
{
    list l = {.nr = 0};
    char line[XLMEM_FINDING_ROOM], small[12];
    xlmem_finding *f =
        xlmem__found(sink_of(&l), XLMEM__RULE_KIB, "it is %s", "broken");

    (void)state;
    assert_string_equal(xlmem_finding_line(f, line, sizeof(line)),
                        "it is broken");
    xlmem__remedy(f, "mend %d", 1);
    xlmem__remedy(f, "mend %d", 2);
    assert_string_equal(xlmem_finding_line(f, line, sizeof(line)),
                        "it is broken: mend 1; mend 2");
    assert_string_equal(xlmem_finding_line(f, small, sizeof(small)),
                        "it is broke");
    assert_string_equal(xlmem_finding_remedy(f, 0), "mend 1");
    assert_string_equal(xlmem_finding_remedy(f, 1), "mend 2");
    assert_null(xlmem_finding_remedy(f, 2));
}

static void evidence_is_a_number_with_its_place(void **state)
{
    const xlmem_evidence kb = {
        "MemAvailable", 912092, XLMEM_UNIT_KB, {"proc/meminfo", 3}};
    const xlmem_evidence count = {"monitors", 2, XLMEM_UNIT_COUNT, {NULL, 0}};
    const xlmem_evidence load = {
        "load", 612000, XLMEM_UNIT_LOAD, {"proc/loadavg", 1}};
    const xlmem_evidence little = {"load", 500, XLMEM_UNIT_LOAD, {NULL, 0}};
    const xlmem_evidence share = {
        "free pages in smaller ones", 9840, XLMEM_UNIT_SHARE, {NULL, 0}};
    char text[96];

    (void)state;
    assert_string_equal(xlmem_evidence_text(&kb, text, sizeof(text)),
                        "MemAvailable: 912092 kB");
    assert_string_equal(xlmem_evidence_text(&count, text, sizeof(text)),
                        "monitors: 2");
    assert_string_equal(xlmem_evidence_text(&load, text, sizeof(text)),
                        "load: 61.20");
    assert_string_equal(xlmem_evidence_text(&share, text, sizeof(text)),
                        "free pages in smaller ones: 98.40 %");
    assert_string_equal(xlmem_evidence_text(&little, text, sizeof(text)),
                        "load: 0.05");
}

static void who_says_less_gives_way_where_both_are_about_one(void **state)
{
    list l = {.nr = 0};
    xlmem_finding *f;

    (void)state;
    f = xlmem__find(sink_of(&l), XLMEM__RULE_GROWTH, XLMEM_SEV_WARNING);
    xlmem__about(f, 7, "web (id 7)");
    f = xlmem__find(sink_of(&l), XLMEM__RULE_HALF_BUILT, XLMEM_SEV_WARNING);
    xlmem__about(f, 8, "web (id 8)");
    xlmem__swallow(l.list, l.nr);
    assert_null(l.list[0].swallowed_by);
    xlmem__about(&l.list[1], 7, "web (id 7)");
    xlmem__swallow(l.list, l.nr);
    assert_string_equal(l.list[0].swallowed_by, "half-built");
    assert_null(l.list[1].swallowed_by);
}

/* ------------------------------------------- every rule has a case --- */

static bool seen[XLMEM__NR_RULES];

/* Each text is whole, each template has had its evidence. */
static void see(const xlmem_finding *found, size_t nr)
{
    size_t i, j;

    for (i = 0; i < nr; i++) {
        for (j = 0; xlmem__rules[j].id != found[i].id; j++)
            assert_true(j + 1 < XLMEM__NR_RULES);
        seen[j] = true;
        assert_int_equal(found[i].nr_cut, 0);
        assert_true(*found[i].text);
        assert_null(strpbrk(found[i].text, "{}"));
        for (j = 0; j < found[i].nr_remedies; j++)
            assert_null(strpbrk(xlmem_finding_remedy(&found[i], j), "{}?"));
    }
}

static void lint(const char *line, uint64_t total_kb, const char *linuxes)
{
    static xlmem_lint_report report;
    char kernel[64];
    xlmem_host host;

    xlmem_host_init(&host);
    if (total_kb)
        XLMEM_SET(&host, total_kb, total_kb);
    snprintf(kernel, sizeof(kernel), "%s", linuxes ? linuxes : "");
    host.dom0.kernel_cmdline = linuxes ? kernel : NULL;
    assert_int_equal(xlmem_lint(&host, line, &report), 0);
    see(report.items, report.nr);
}

static void see_lines(void)
{
    static const char *const lines[] = {
        "dom0_mem=2G,max=2G",
        "dom0_mem=2G max:2G",
        "dom0_mem=2GB",
        "dom0_mem=1.5G,max:1.5G",
        "dom0_mem=100%",
        "dom0_mem=\"2G,max:2G\"",
        "dom0_mem=lots",
        "dom0_mem=",
        "dom0-mem=2G,max:2G",
        "no-dom0_mem",
        "quiet -- dom0_mem=2G",
        "dom0_mem=17179869186G,max:2G",
        "dom0_mem=2048",
        "dom0_mem=0512M,max:0512M",
        "dom0_mem=2G,max:0",
        "dom0_mem=min:4G,max:2G,2G",
        "dom0_mem=4G,max:2G",
        "dom0_mem=1G,min:2G,max:4G",
        "dom0_mem=1G dom0_mem=2G",
        "dom0_mem=-16G,max:4G",
        "",
        "dom0_mem=2G",
        "dom0_mem=64M,max:64M",
        "dom0_mem=16G,max:16G",
        "dom0_mem=2G,max:64G",
        "dom0_mem=2G,max:2G mem=4G",
        "dom0_mem=50%,max:8G",
        "dom0_mem=2097152,max:2097152",
        "dom0_mem=2G,max:2G,",
        "dom0_mem=2G dom0_mem=max:2G",
        "dom0_mem=max:2G",
        "dom0_mem=2G,max:4G",
        "dom0_mem=-1G+10%,max:10%",
        "dom0_mem=-5%,max:4G",
    };
    char longest[200] = "dom0_mem=2G,max:2G,";
    size_t i;

    for (i = 0; i < ARRAY_SIZE(lines); i++)
        lint(lines[i], 8 * GIB, NULL);
    lint("", 0, "dom0_mem=2G");
    memset(longest + strlen(longest), '0', 150);
    lint(longest, 0, NULL);
    memset(longest, 'x', 150);
    lint(longest, 0, NULL);
}

/* What a line does not show of its files. */
static void see_files(void)
{
    const xlmem__file_line line = {"etc/default/grub", 3, {"dom0_mem=1G", 11}};
    const xlmem__boot_uses uses = {
        .in_both = true,
        .nr_dead = 1,
        .dead = {line},
        .nr_linux = 1,
        .linuxes = {line},
        .nr_masked = 1,
        .masked = {line},
        .nr_unread = 1,
        .unread = {line},
        .applied = "dom0_mem=2G,max:2G",
        .undone = line,
        .leaves = "dom0_mem=9G",
    };
    const xlmem__boot_uses shell = {.applied = "dom0_mem=2G", .undone = line};
    const xlmem__boot_uses odd = {.applied = "dom0_mem=2G",
                                  .undone = line,
                                  .why = "it is read-only: take that away"};
    const xlmem__boot_uses none = {.in_both = false};
    xlmem_finding found[8];
    size_t nr = 0, lost = 0;
    const xlmem__sink to = {
        .list = found, .room = 8, .nr = &nr, .lost = &lost};

    xlmem__lint_files(&none, to);
    assert_int_equal(nr, 0);
    xlmem__lint_files(&uses, to);
    assert_int_equal(nr, 6);
    assert_int_equal(found[0].severity, XLMEM_SEV_ERROR);
    assert_non_null(strstr(found[0].text, "line 3 of etc/default/grub leaves "
                                          "dom0_mem=9G in place of"));
    assert_non_null(
        strstr(found[1].text, "line 3 of etc/default/grub, says sh: "));
    assert_int_equal(found[5].severity, XLMEM_SEV_NOTE);
    see(found, nr);
    nr = 0;
    xlmem__lint_files(&shell, to);
    assert_int_equal(nr, 1);
    assert_non_null(strstr(found[0].text, "only a shell can tell"));
    assert_non_null(strstr(found[0].text, ". Rename the file"));
    nr = 0;
    xlmem__lint_files(&odd, to);
    assert_int_equal(nr, 1);
    assert_non_null(strstr(found[0].text, "dom0_mem=2G: it is read-only"));
    assert_null(strstr(found[0].text, "Rename"));
}

static void predict(const xlmem_host *host, const char *line)
{
    static xlmem_prediction p;

    assert_int_equal(xlmem_predict(host, line, &p), 0);
    see(p.warnings, p.nr_warnings);
}

static void see_boots(void)
{
    xlmem_host host;

    xlmem_host_init(&host);
    XLMEM_SET(&host, total_kb, 16 * GIB);
    XLMEM_SET(&host.dom0, mem_total_kb, GIB);
    predict(&host, "dom0_mem=2G,lots");
    predict(&host, "dom0_mem=16G,max:16G");
    predict(&host, "dom0_mem=512M,max:8G");
    host.dom0.known = 0;
    XLMEM_SET(&host.dom0, linux_major, 6);
    XLMEM_SET(&host.dom0, linux_minor, 12);
    predict(&host, "dom0=pvh dom0_mem=2G,max:2G");
}

static void see_advice(const sample *s, uint64_t need_kb)
{
    const xlmem_question question = {need_kb, 0, NULL, false};
    static xlmem_findings findings;
    xlmem_advice advice;

    assert_int_equal(xlmem_advise(&s->host, &s->policy, &question, &advice),
                     0);
    xlmem__advice_findings(&advice, &s->host, &findings);
    see(findings.list, findings.nr);
}

static void ask(const sample *s, uint64_t need_kb, uint64_t dom0_need_kb)
{
    xlmem_verdict verdict;
    int rc = sample_ask(s, need_kb, dom0_need_kb, &verdict);

    assert_true(!rc || xlmem_is_refusal(rc));
    see(verdict.reasons, verdict.nr_reasons);
    xlmem__say_late(1000, &verdict);
    xlmem_refuse_plan(&verdict);
    see(verdict.reasons, verdict.nr_reasons);
}

static void see_verdicts(void)
{
    xlmem_reservation *res;
    xlmem_dom *dom;
    sample s;

    sample_init(&s, GIB);
    ask(&s, GIB, 0);
    dom = add_dom(&s, 1, GIB);
    XLMEM_SET(dom, dying, 1);
    dom->set_aside = true;
    add_dom(&s, 2, GIB)->set_aside = true;
    dom = add_dom(&s, 3, GIB);
    XLMEM_SET(dom, maxmem_kb, 40 * GIB);
    dom = add_dom(&s, 4, GIB);
    XLMEM_SET(dom, dying, 1);
    ask(&s, 32 * GIB, 0);
    see_advice(&s, 2 * GIB);
    ask(&s, 3 * GIB, 0);
    ask(&s, GIB / 2, 8 * GIB);
    s.host.dom0.known &= ~XLMEM_FACT_BIT(&s.host.dom0, mem_available_kb);
    ask(&s, GIB / 2, GIB);
    /* dom0 has it when a builder is done. */
    sample_init(&s, 4 * GIB);
    res = add_reservation(&s, 64 * MIB);
    XLMEM_SET(res, dom0_need_kb, 900 * MIB);
    XLMEM_SET(res, dom0_build_kb, 900 * MIB);
    ask(&s, 64 * MIB, 512 * MIB);
}

static void move(const sample *s, uint64_t kb)
{
    xlmem_dom0_request request = {.known = 0};
    xlmem_dom0_move m = {.known = 0};

    XLMEM_SET(&request, size_kb, kb);
    xlmem_dom0_plan(&s->host, &s->policy, &request, &m);
    see(m.reasons, m.nr_reasons);
}

static void see_moves(void)
{
    sample s;

    sample_init(&s, 4 * GIB);
    s.policy.dom0_reserve_kb = 64 * MIB;
    XLMEM_SET(&s.host.dom0, balloon_current_kb, 2 * GIB);
    move(&s, 512 * MIB);
    move(&s, 3 * GIB);
    XLMEM_SET(&s.host.dom0, hotplug_unpopulated, 0);
    XLMEM_SET(&s.host.dom0, mem_available_kb, 65 * MIB);
    move(&s, 5 * GIB);
}

static void judge(bad_host *b, xlmem_view view)
{
    xlmem_judge(&b->scene, view, &b->found);
    see(b->found.list, b->found.nr);
    assert_int_equal(b->found.nr_lost, 0);
}

static void see_hosts(void)
{
    static bad_host b;

    bad_init(&b);
    judge(&b, XLMEM_VIEW_STATUS);
    assert_int_equal(b.found.nr_unjudged, 0);
    judge(&b, XLMEM_VIEW_ENABLE);
    b.scene.configured = false;
    b.scene.nr_guarded = 0;
    judge(&b, XLMEM_VIEW_STATUS);
    b.s.host.dom0.known = 0;
    judge(&b, XLMEM_VIEW_ENABLE);
    b.scene.account = NULL;
    judge(&b, XLMEM_VIEW_ENABLE);
}

static void see_doubts(void)
{
    static xlmem_findings found;
    xlmem_verdict verdict = {.kind = XLMEM_ADMIT_AFTER_PLAN,
                             .wait_kb = MIB,
                             .plan = {.nr_steps = 1}};

    verdict.plan.steps[0].domid = 7;
    xlmem_doubts(&verdict, true, false, &found);
    assert_int_equal(found.nr, 2);
    see(found.list, found.nr);
    /* Waited for, nothing is open but what has still to come. */
    verdict.wait_kb = 0;
    xlmem_doubts(&verdict, true, true, &found);
    assert_int_equal(found.nr, 0);
    verdict.kind = XLMEM_REFUSE;
    xlmem_doubts(&verdict, true, false, &found);
    assert_int_equal(found.nr, 0);
}

static void every_rule_has_a_case(void **state)
{
    size_t i;
    bool all = true;

    (void)state;
    see_lines();
    see_files();
    see_boots();
    see_verdicts();
    see_moves();
    see_hosts();
    see_doubts();
    for (i = 0; i < XLMEM__NR_RULES; i++) {
        if (!seen[i])
            print_message("no case: %s\n", xlmem__rules[i].id);
        all = all && seen[i];
    }
    assert_true(all);
}

TEST_GROUP(finding)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_unique_and_well_formed),
        cmocka_unit_test(who_judges_is_asked),
        cmocka_unit_test(nobody_gives_way_to_himself),
        cmocka_unit_test(severities_have_names),
        cmocka_unit_test(a_full_list_loses_the_least_severe_and_counts),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(remedies_stand_behind_the_sentence),
        cmocka_unit_test(evidence_is_a_number_with_its_place),
        cmocka_unit_test(who_says_less_gives_way_where_both_are_about_one),
        cmocka_unit_test(every_rule_has_a_case),
    };

    return test_run(tests, NULL, NULL);
}
