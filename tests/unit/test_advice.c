/* SPDX-License-Identifier: LGPL-2.1-only */
/* A decision in words; advice, carried out. */
#include "sample_host.h"

#include "model/advice.h"

static xlmem_verdict admit(const sample *s, uint64_t need_kb,
                           uint64_t dom0_need_kb)
{
    xlmem_verdict verdict;

    assert_int_not_equal(
        xlmem_admit(&s->host, &s->policy, need_kb, dom0_need_kb, &verdict),
        XLMEM_ERROR_UNKNOWN);
    return verdict;
}

static const char *line_of(const xlmem_verdict *verdict)
{
    static char line[XLMEM_LINE_MAX];

    return xlmem_verdict_line(verdict, "web\x1b", line, sizeof(line));
}

static void a_verdict_is_one_line(void **state)
{
    xlmem_verdict verdict;
    char small[8];
    sample s;

    (void)state;
    sample_init(&s, GIB);
    verdict = admit(&s, 512 * MIB, MIB);
    assert_string_equal(line_of(&verdict),
                        "web\\x1b fits (needs 512.0 MiB, 952.0 MiB usable)");
    /* dom0 can give 960 MiB, less its own side. */
    verdict = admit(&s, GIB, MIB);
    assert_string_equal(
        line_of(&verdict),
        "web\\x1b fits after others have given memory: 72.0 MiB "
        "short in Xen (needs 1024.0 MiB, 952.0 MiB usable, "
        "others can give 72.0 MiB)");
    verdict = admit(&s, 3 * GIB, MIB);
    assert_string_equal(
        line_of(&verdict),
        "web\\x1b does not fit: 1161.0 MiB short in Xen (needs "
        "3072.0 MiB, 952.0 MiB usable, others can give "
        "959.0 MiB)");
    verdict = admit(&s, MIB, GIB);
    assert_string_equal(
        line_of(&verdict),
        "web\\x1b does not fit: dom0 is short by 64.0 MiB for its "
        "side of it (needs 1024.0 MiB, can spare 960.0 MiB)");
    verdict = admit(&s, 3 * GIB, GIB);
    assert_string_equal(
        line_of(&verdict),
        "web\\x1b does not fit: 2120.0 MiB short in Xen (needs "
        "3072.0 MiB, 952.0 MiB usable); and dom0 is short by "
        "64.0 MiB for its side of it (needs 1024.0 MiB, can "
        "spare 960.0 MiB)");
    xlmem_verdict_line(&verdict, NULL, small, sizeof(small));
    assert_string_equal(small, "it does");
}

/* "3072122 kB too little" of 3072117: the rest was owed before. */
static void what_was_promised_before_is_told_apart(void **state)
{
    xlmem_verdict verdict;
    sample s;

    (void)state;
    sample_init(&s, 72 * MIB - 4);
    s.policy.dom0_floor_kb = 2 * GIB;
    verdict = admit(&s, GIB, 0);
    assert_string_equal(
        line_of(&verdict),
        "web\\x1b does not fit: 1024.0 MiB short in Xen (needs "
        "1024.0 MiB, 0.0 MiB usable, <0.1 MiB promised beyond "
        "what is there)");
    verdict = admit(&s, MIB, 0);
    verdict.missing_kb = 0;
    assert_non_null(strstr(line_of(&verdict), "are not asked for"));
    verdict.reasons[0].id = "late";
    assert_non_null(strstr(line_of(&verdict), "in time"));
}

static void what_is_coming_is_waited_for(void **state)
{
    xlmem_verdict verdict;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 5, GIB);
    XLMEM_SET(dom, dying, 1);
    verdict = admit(&s, GIB, 0);
    assert_string_equal(line_of(&verdict),
                        "web\\x1b fits if what is to come back comes: "
                        "72.0 MiB short in Xen (needs 1024.0 MiB, 952.0 MiB "
                        "usable, others can give 72.0 MiB)");
}

static void a_size_is_in_mib(void **state)
{
    char buf[32];

    (void)state;
    assert_string_equal(xlmem_format_mib(buf, sizeof(buf), 0), "0.0 MiB");
    assert_string_equal(xlmem_format_mib(buf, sizeof(buf), 51), "<0.1 MiB");
    assert_string_equal(xlmem_format_mib(buf, sizeof(buf), 52), "0.1 MiB");
    assert_string_equal(xlmem_format_mib(buf, sizeof(buf), 2047), "2.0 MiB");
    assert_string_equal(xlmem_format_mib(buf, sizeof(buf), UINT64_MAX),
                        "18014398509481984.0 MiB");
}

/* -------------------------------------------------------------- advice --- */

/* All lines of advice, joined by newlines. */
static const char *advice_for(const sample *s, const xlmem_question *question)
{
    static char text[8 * XLMEM_LINE_MAX];
    char line[XLMEM_LINE_MAX];
    xlmem_advice advice;
    size_t n, used = 0;

    assert_int_equal(xlmem_advise(&s->host, &s->policy, question, &advice), 0);
    text[0] = '\0';
    for (n = 0; xlmem_advice_line(&advice, &s->host, n, line, sizeof(line));
         n++)
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", line);
    return text;
}

static const char *advise(const sample *s, uint64_t need_kb,
                          uint64_t dom0_need_kb)
{
    const xlmem_question question = {need_kb, dom0_need_kb, NULL, false};

    return advice_for(s, &question);
}

static void name(xlmem_dom *dom, const char *text)
{
    dom->name = (char *)(uintptr_t)text;
}

/* dom0 at its floor; what can be had are domUs. */
static void sample_of_three(sample *s, uint64_t free_kb)
{
    sample_init(s, free_kb);
    s->policy.dom0_floor_kb = 2 * GIB;
    name(add_dom(s, 1, GIB), "small");
    name(add_dom(s, 2, 4 * GIB), "large");
    name(add_dom(s, 3, 2 * GIB), "mid\x1b");
}

static void the_fewest_and_least_are_shut_down(void **state)
{
    sample s;

    (void)state;
    sample_of_three(&s, 72 * MIB + 3 * MIB);
    assert_string_equal(advise(&s, GIB, 0),
                        "Shut down small (1025.0 MiB): xl shutdown -w 1\n");
    assert_string_equal(advise(&s, GIB + 8 * MIB, 0),
                        "Shut down mid\\x1b (2049.0 MiB): xl shutdown -w 3\n");
    assert_string_equal(advise(&s, 5 * GIB, 0),
                        "Shut down small (1025.0 MiB) and large (4097.0 MiB): "
                        "xl shutdown -w 1 && xl shutdown -w 2\n");
    assert_string_equal(
        advise(&s, 7 * GIB, 0),
        "Shut down large (4097.0 MiB), mid\\x1b (2049.0 MiB) and "
        "small (1025.0 MiB): xl shutdown -w 2 && xl shutdown -w 3 "
        "&& xl shutdown -w 1\n");
    assert_string_equal(advise(&s, 8 * GIB, 0), "");
    name(&s.doms[1], NULL);
    assert_string_equal(advise(&s, GIB, 0),
                        "Shut down domain 1 (1025.0 MiB): xl shutdown -w 1\n");
}

static void a_domain_larger_than_the_host_is_told_its_bounds(void **state)
{
    xlmem_need_request pv = {.type = XLMEM_DOM_PV};
    xlmem_question question = {64 * GIB, 0, &pv, false};
    sample s;

    (void)state;
    XLMEM_SET(&pv, vcpus, 1);
    sample_of_three(&s, 72 * MIB + 3 * MIB);
    assert_string_equal(advice_for(&s, &question),
                        "It is larger than this host: with all other domUs "
                        "gone it could have at most memory=7170\n");
    question.need_kb = 2 * GIB;
    XLMEM_SET(&s.host, free_kb, 72 * MIB + 3 * MIB + GIB);
    assert_string_equal(advice_for(&s, &question),
                        "Shut down small (1025.0 MiB): xl shutdown -w 1\n"
                        "Make it smaller: memory=1023 would start now\n");
}

/* What no running domain misses comes first. */
static void leftovers_go_before_domus(void **state)
{
    xlmem_reservation *res;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_of_three(&s, 72 * MIB + 3 * MIB + 2 * GIB);
    dom = add_dom(&s, 7, MIB);
    XLMEM_SET(dom, maxmem_kb, 2 * GIB + 4 * MIB);
    XLMEM_SET(dom, paused, 1);
    XLMEM_SET(dom, vcpus, 0);
    assert_true(xlmem_dom_is_unbuilt(&s.host, dom));
    assert_string_equal(
        advise(&s, GIB, 0),
        "Remove what looks half-built, if nobody is building it "
        "(restore, migration, MEMGUARD=off): domain 7 "
        "(2052.0 MiB): xl destroy 7\n"
        "Shut down mid\\x1b (2049.0 MiB): xl shutdown -w 3\n"
        "Start it all the same, MEMGUARD=off xl create ...: "
        "Xen can hold it, and has 1099.0 MiB left then, where "
        "72.0 MiB and what others were promised should "
        "stay\n");
    /* It runs: its maximum was raised. */
    XLMEM_SET(dom, paused, 0);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom));
    assert_string_equal(advise(&s, 2 * GIB - MIB, 0),
                        "Lower how far it may grow: domain 7 (2050.0 MiB): "
                        "xl mem-max 7 1m\n"
                        "Shut down domain 7 (2052.0 MiB): xl shutdown -w 7\n"
                        "Start it all the same, MEMGUARD=off xl create ...: "
                        "Xen can hold it, and has 76.0 MiB left then, where "
                        "72.0 MiB and what others were promised should "
                        "stay\n");
    s.host.nr_doms--;
    res = add_reservation(&s, 2 * GIB);
    XLMEM_SET(res, left_ms, 1000);
    strcpy(res->id, "4711-0");
    assert_string_equal(advise(&s, 2 * GIB, 0),
                        "End the reservation 4711-0 (2049.0 MiB): xl memguard "
                        "release 4711-0\n"
                        "Shut down mid\\x1b (2049.0 MiB): xl shutdown -w 3\n"
                        "Start it all the same, MEMGUARD=off xl create ...: "
                        "Xen can hold it, and has 75.0 MiB left then, where "
                        "72.0 MiB and what others were promised should "
                        "stay\n");
    /* That of a create that goes on is not ours to end. */
    res->known &= ~XLMEM_FACT_BIT(res, left_ms);
    assert_null(strstr(advise(&s, 2 * GIB, 0), "release"));
}

/* An HVM domU's target is without the video RAM that it holds: a maximum of
 * its target would be below what it has. */
static void a_ceiling_is_not_lowered_below_what_is_held(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_of_three(&s, 72 * MIB + 3 * MIB + 2 * GIB);
    dom = add_dom(&s, 7, GIB + 16 * MIB);
    dom->type = XLMEM_DOM_HVM;
    XLMEM_SET(dom, target_kb, GIB);
    XLMEM_SET(dom, maxmem_kb, 3 * GIB);
    assert_non_null(
        strstr(advise(&s, 2 * GIB - 64 * MIB, 0), "xl mem-max 7 1040m\n"));
}

static void who_is_half_built_is_not_under_construction(void **state)
{
    xlmem_reservation *res;
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_init(&s, GIB);
    dom = add_dom(&s, 7, MIB);
    XLMEM_SET(dom, maxmem_kb, 2 * GIB);
    XLMEM_SET(dom, paused, 1);
    dom->known &= ~XLMEM_FACT_BIT(dom, vcpus);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom)); /* may be whole */
    XLMEM_SET(dom, vcpus, 1);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom));
    XLMEM_SET(dom, vcpus, 0);
    assert_true(xlmem_dom_is_unbuilt(&s.host, dom));
    assert_int_equal(xlmem_dom_growth_kb(dom), 2 * GIB - MIB);
    XLMEM_SET(dom, outstanding_kb, GIB);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom));
    assert_int_equal(xlmem_dom_growth_kb(dom), GIB - MIB);
    XLMEM_SET(dom, outstanding_kb, 0);
    res = add_reservation(&s, GIB);
    XLMEM_SET(res, domid, 7);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom));
    XLMEM_SET(res, domid, 8);
    assert_true(xlmem_dom_is_unbuilt(&s.host, dom));
    /* Lacking little is lacking: all who ask are told the same. */
    XLMEM_SET(dom, tot_kb, 2 * GIB - 8 * MIB);
    assert_true(xlmem_dom_is_unbuilt(&s.host, dom));
    /* Created paused, and complete. */
    XLMEM_SET(dom, tot_kb, 2 * GIB - MIB);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom));
    XLMEM_SET(dom, tot_kb, MIB);
    XLMEM_SET(dom, dying, 1);
    assert_false(xlmem_dom_is_unbuilt(&s.host, dom));
    assert_int_equal(xlmem_dom_growth_kb(dom), 0);
    assert_int_equal(xlmem_dom_growth_kb(&s.doms[0]), 0);
}

static void a_short_dom0_is_helped(void **state)
{
    sample s;

    (void)state;
    sample_of_three(&s, GIB);
    XLMEM_SET(&s.host.dom0, balloon_current_kb, 2 * GIB);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 2 * GIB);
    XLMEM_SET(&s.host.dom0, balloon_high_kb, 0);
    XLMEM_SET(&s.host.dom0, mem_available_kb, 100 * MIB);
    /* 36 MiB to spare. */
    assert_string_equal(advise(&s, MIB, 40 * MIB),
                        "Give dom0 4.0 MiB more: xl memguard dom0 2052M\n"
                        "Start it all the same, MEMGUARD=off xl create ...: "
                        "Xen can hold it, and has 1023.0 MiB left then, where "
                        "72.0 MiB and what others were promised should "
                        "stay\n");
    s.doms[3].type = XLMEM_DOM_HVM;
    assert_string_equal(advise(&s, MIB, 101 * MIB),
                        "Give dom0 65.0 MiB more: xl memguard dom0 2113M\n");
    assert_non_null(
        strstr(advise(&s, MIB, 47 * MIB),
               "Shut down mid\\x1b (2049.0 MiB): xl shutdown -w 3\n"));
    /* And Xen has nothing for dom0: a domU leaves it. */
    XLMEM_SET(&s.host, free_kb, 76 * MIB);
    s.doms[3].type = XLMEM_DOM_PVH;
    assert_string_equal(
        advise(&s, MIB, 101 * MIB),
        "Shut down small (1025.0 MiB); then give dom0 65.0 MiB "
        "more: xl shutdown -w 1 && xl memguard dom0 2113M\n");
}

/* In mode warn nobody has others give: each is named. */
static void givers_are_named_where_nobody_asks_them(void **state)
{
    xlmem_question question = {GIB, 0, NULL, true};
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_of_three(&s, 72 * MIB + 3 * MIB);
    s.policy.dom0_floor_kb = GIB + 512 * MIB;
    dom = &s.doms[2];
    XLMEM_SET(dom, dynamic_min_kb, GIB);
    assert_string_equal(advice_for(&s, &question),
                        "Have dom0 give 512.0 MiB; then shrink large (512.0 "
                        "MiB): xl mem-set 0 1572864k && xl mem-set 2 "
                        "3670016k\n");
    question.no_plan = false;
    assert_string_equal(advice_for(&s, &question), "");
    question.no_plan = true;
    question.need_kb = 5 * GIB;
    assert_string_equal(
        advice_for(&s, &question),
        "Shut down mid\\x1b (2049.0 MiB); then have dom0 give "
        "512.0 MiB; then shrink large (2559.0 MiB): xl "
        "shutdown -w 3 && xl mem-set 0 1572864k && xl mem-set 2 "
        "1573888k\n");
}

static void what_comes_by_itself_is_enough(void **state)
{
    xlmem_dom *dom;
    sample s;

    (void)state;
    sample_of_three(&s, 72 * MIB + 3 * MIB);
    dom = add_dom(&s, 5, GIB);
    XLMEM_SET(dom, dying, 1);
    assert_string_equal(advise(&s, GIB, 0),
                        "Wait: 1024.0 MiB of what is missing are to come "
                        "back: MEMGUARD_WAIT=SECONDS xl create ...\n");
}

static void a_line_is_cut_and_each_action_has_a_name(void **state)
{
    static const char *const names[] = {"release",  "destroy", "cap",
                                        "shutdown", "target",  "grow"};
    const xlmem_question question = {GIB, 0, NULL, false};
    xlmem_advice advice;
    char line[8];
    sample s;
    unsigned i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(names); i++)
        assert_string_equal(xlmem_action_name((xlmem_action_kind)i), names[i]);
    sample_of_three(&s, 72 * MIB + 3 * MIB);
    assert_int_equal(xlmem_advise(&s.host, &s.policy, &question, &advice), 0);
    assert_true(xlmem_advice_line(&advice, &s.host, 0, line, sizeof(line)));
    assert_string_equal(line, "Shut do");
    assert_false(xlmem_advice_line(&advice, &s.host, 1, line, sizeof(line)));
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, free_kb);
    assert_int_equal(xlmem_advise(&s.host, &s.policy, &question, &advice),
                     XLMEM_ERROR_UNKNOWN);
}

/* What the public header gives: the words, and the commands apart. */
static void advice_is_findings_too(void **state)
{
    const xlmem_question question = {4 * GIB, 0, NULL, true};
    static xlmem_findings findings;
    char line[XLMEM_LINE_MAX], whole[XLMEM_LINE_MAX];
    xlmem_advice advice;
    sample s;
    size_t i;

    (void)state;
    sample_of_three(&s, 72 * MIB + 3 * MIB);
    assert_int_equal(xlmem_advise(&s.host, &s.policy, &question, &advice), 0);
    XLMEM_SET(&advice, wait_kb, GIB);
    xlmem__advice_findings(&advice, &s.host, &findings);
    assert_true(findings.nr > 1);
    for (i = 0; i < findings.nr; i++) {
        assert_true(
            xlmem_advice_line(&advice, &s.host, i, line, sizeof(line)));
        assert_string_equal(findings.list[i].id, "advice");
        xlmem_finding_line(&findings.list[i], whole, sizeof(whole));
        assert_string_equal(whole, line);
    }
    assert_false(xlmem_advice_line(&advice, &s.host, i, line, sizeof(line)));
    /* Those that stand on one line are apart from their command as well. */
    advice = (xlmem_advice){.largest_kb = 512 * MIB, .override_kb = MIB};
    XLMEM_SET(&advice, largest_kb, 512 * MIB);
    XLMEM_SET(&advice, override_kb, MIB);
    xlmem__advice_findings(&advice, &s.host, &findings);
    assert_int_equal(findings.nr, 2);
    assert_string_equal(xlmem_finding_remedy(&findings.list[0], 0),
                        "memory=512");
    assert_string_equal(xlmem_finding_remedy(&findings.list[1], 0),
                        "MEMGUARD=off xl create ...");
    assert_null(strstr(findings.list[1].text, "MEMGUARD"));
}

/* Half a command is none: rather the words are cut. */
static void commands_are_whole(void **state)
{
    static xlmem_findings findings;
    xlmem_advice advice = {.nr_cures = 1};
    char line[XLMEM_LINE_MAX];
    sample s;
    size_t i;

    (void)state;
    sample_init(&s, GIB);
    for (i = 0; i < XLMEM_ACTIONS_MAX; i++)
        advice.cures[0].actions[i] =
            (xlmem_action){.kind = XLMEM_ACTION_SHUTDOWN,
                           .domid = 32000 + i,
                           .gives_kb = GIB};
    advice.cures[0].nr = XLMEM_ACTIONS_MAX;
    xlmem__advice_findings(&advice, &s.host, &findings);
    assert_true(xlmem_advice_line(&advice, &s.host, 0, line, sizeof(line)));
    assert_int_equal(findings.list[0].nr_cut, 1);
    assert_non_null(strstr(findings.list[0].text, "..."));
    assert_string_equal(xlmem_finding_remedy(&findings.list[0], 0),
                        strstr(line, "xl shutdown"));
}

TEST_GROUP(advice)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_is_one_line),
        cmocka_unit_test(what_was_promised_before_is_told_apart),
        cmocka_unit_test(what_is_coming_is_waited_for),
        cmocka_unit_test(a_size_is_in_mib),
        cmocka_unit_test(the_fewest_and_least_are_shut_down),
        cmocka_unit_test(a_domain_larger_than_the_host_is_told_its_bounds),
        cmocka_unit_test(leftovers_go_before_domus),
        cmocka_unit_test(a_ceiling_is_not_lowered_below_what_is_held),
        cmocka_unit_test(who_is_half_built_is_not_under_construction),
        cmocka_unit_test(a_short_dom0_is_helped),
        cmocka_unit_test(givers_are_named_where_nobody_asks_them),
        cmocka_unit_test(what_comes_by_itself_is_enough),
        cmocka_unit_test(a_line_is_cut_and_each_action_has_a_name),
        cmocka_unit_test(advice_is_findings_too),
        cmocka_unit_test(commands_are_whole),
    };

    return test_run(tests, NULL, NULL);
}
