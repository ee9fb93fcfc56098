/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is found of a host, and of how it is guarded. */
#include "bad_host.h"

static void judge(bad_host *b, xlmem_view view)
{
    xlmem_judge(&b->scene, view, &b->found);
    assert_int_equal(b->found.nr_lost, 0);
}

static const xlmem_finding *find(const bad_host *b, const char *id)
{
    size_t i;

    for (i = 0; i < b->found.nr; i++)
        if (!strcmp(b->found.list[i].id, id))
            return &b->found.list[i];
    return NULL;
}

static void a_healthy_host_has_none(void **state)
{
    static bad_host b;

    (void)state;
    memset(&b, 0, sizeof(b));
    sample_init(&b.s, 4 * GIB);
    add_dom(&b.s, 7, GIB);
    bad_scene(&b);
    assert_int_equal(xlmem_account_of(&b.s.host, &b.s.policy, &b.account), 0);
    b.report.nr = 0;
    b.s.policy.switched_off = false;
    b.s.policy.xen_headroom_kb = 0;
    b.guarded[0].guarded = b.guarded[2].guarded = true;
    b.guarded[1].restart = false;
    b.scene.ledger_fault = NULL;
    b.scene.autoballoon = false;
    b.scene.daemon_runs = true;
    assert_int_equal(xlmem_account_of(&b.s.host, &b.s.policy, &b.account), 0);
    judge(&b, XLMEM_VIEW_STATUS);
    assert_int_equal(b.found.nr, 0);
    judge(&b, XLMEM_VIEW_ENABLE);
    assert_int_equal(b.found.nr, 0);
}

static void the_most_severe_come_first(void **state)
{
    static bad_host b;
    size_t i;

    (void)state;
    bad_init(&b);
    judge(&b, XLMEM_VIEW_STATUS);
    assert_string_equal(b.found.list[0].id, "setting-too-large");
    for (i = 1; i < b.found.nr; i++)
        assert_true(b.found.list[i].severity <= b.found.list[i - 1].severity);
}

/* A host of 64 GiB of which dom0 has 2. */
static void a_size_that_is_too_large_says_what_it_does(void **state)
{
    static bad_host b;
    const xlmem_finding *f;

    (void)state;
    memset(&b, 0, sizeof(b));
    sample_init(&b.s, 4 * GIB);
    bad_scene(&b);
    b.s.policy.xen_headroom_kb = 0;
    b.s.policy.dom0_floor_kb = 65 * GIB;
    XLMEM_SET(&b.s.host.dom0, mem_total_kb, 2 * GIB);
    b.s.policy.dom0_reserve_kb = 2 * GIB;
    assert_int_equal(xlmem_account_of(&b.s.host, &b.s.policy, &b.account), 0);
    judge(&b, XLMEM_VIEW_STATUS);
    f = find(&b, "setting-too-large");
    assert_non_null(f);
    assert_int_equal(f->severity, XLMEM_SEV_WARNING);
    assert_string_equal(f->subject, "dom0_floor");
    assert_non_null(strstr(f->text, "dom0 gives nothing to any create"));
    assert_null(strstr(f->text, "refused"));
    b.s.policy.dom0_reserve_kb++;
    judge(&b, XLMEM_VIEW_STATUS);
    f = find(&b, "setting-too-large");
    assert_int_equal(f->severity, XLMEM_SEV_CRITICAL);
    assert_string_equal(f->subject, "dom0_reserve");
    assert_non_null(strstr(f->text, "more than dom0 has"));
    assert_non_null(strstr(f->text, "every create is refused"));
}

static void a_half_built_domain_is_not_told_to_grow(void **state)
{
    static bad_host b;
    size_t i;

    (void)state;
    bad_init(&b);
    judge(&b, XLMEM_VIEW_STATUS);
    assert_int_equal(b.found.nr_swallowed, 1);
    for (i = 0; i < b.found.nr; i++)
        assert_int_equal(b.found.list[i].swallowed_by != NULL,
                         !strcmp(b.found.list[i].id, "growth") &&
                             b.found.list[i].subject_id == 2);
}

static void what_is_not_known_is_not_judged_and_says_of_what(void **state)
{
    static bad_host b;
    size_t i;

    (void)state;
    bad_init(&b);
    b.scene.account = NULL;
    b.scene.autoballoon_known = false;
    judge(&b, XLMEM_VIEW_STATUS);
    assert_null(find(&b, "promised-twice"));
    assert_null(find(&b, "autoballoon"));
    assert_non_null(find(&b, "dying-holds"));
    assert_true(xlmem_finding_is(b.found.list, b.found.nr, "growth"));
    assert_false(xlmem_finding_is(b.found.list, b.found.nr, "growt"));
    for (i = 0; i < b.found.nr_unjudged; i++)
        if (!strcmp(b.found.unjudged[i].id, "promised-twice")) {
            assert_int_equal(b.found.unjudged[i].nr_files, 2);
            assert_string_equal(b.found.unjudged[i].files[0], "xl/info");
            assert_string_equal(b.found.unjudged[i].files[1], "xl/list");
            return;
        }
    fail_msg("promised-twice is not among what was not judged");
}

/* A target written by hand: no domU has to go for it. */
static void dom0s_own_target_is_what_to_lower(void **state)
{
    static bad_host b;
    const xlmem_finding *f;
    xlmem_dom *dom;

    (void)state;
    memset(&b, 0, sizeof(b));
    sample_init(&b.s, 4 * GIB);
    bad_scene(&b);
    b.s.policy.xen_headroom_kb = 0;
    XLMEM_SET(&b.s.host.dom0, balloon_target_kb, 64 * GIB);
    assert_int_equal(xlmem_account_of(&b.s.host, &b.s.policy, &b.account), 0);
    judge(&b, XLMEM_VIEW_STATUS);
    f = find(&b, "promised-twice");
    assert_non_null(f);
    assert_non_null(strstr(f->text, "dom0's own target, 65536.0 MiB"));
    assert_null(strstr(f->text, "Shut a domU down"));
    assert_string_equal(xlmem_finding_remedy(f, 0), "xl memguard dom0 2048M");
    /* Somebody else has been promised more. */
    dom = add_dom(&b.s, 7, GIB);
    XLMEM_SET(dom, maxmem_kb, 128 * GIB);
    assert_int_equal(xlmem_account_of(&b.s.host, &b.s.policy, &b.account), 0);
    judge(&b, XLMEM_VIEW_STATUS);
    f = find(&b, "promised-twice");
    assert_non_null(f);
    assert_non_null(strstr(f->text, "Shut a domU down"));
}

static void numbers_have_the_file_and_line_they_were_read_at(void **state)
{
    static xlmem_sources sources;
    static bad_host b;
    const size_t bit =
        offsetof(xlmem_dom0, balloon_target_kb) / sizeof(uint64_t) - 1;
    const xlmem_finding *f;

    (void)state;
    bad_init(&b);
    sources.of_dom0[bit] = (xlmem_source){"xen_memory0/target_kb", 1};
    sources.doms = "xl/list";
    b.s.host.sources = &sources;
    judge(&b, XLMEM_VIEW_STATUS);
    f = find(&b, "dom0-below-floor");
    assert_non_null(f);
    assert_string_equal(f->evidence[0].source.file, "xen_memory0/target_kb");
    assert_int_equal(f->evidence[0].source.line, 1);
    assert_int_equal(f->evidence[0].value, 2 * GIB);
    assert_null(f->evidence[1].source.file);
    assert_string_equal(xlmem_finding_remedy(f, 0), "xl memguard dom0 3072M");
    f = find(&b, "dying-holds");
    assert_string_equal(f->evidence[0].source.file, "xl/list");
}

static void a_slip_is_in_the_file_that_has_it(void **state)
{
    static const struct {
        const char *name, *source;
    } files[] = {{"/etc/xen/memguard.conf", "etc/xen/memguard.conf"},
                 {"/etc/xen/memguard.mode", "etc/xen/memguard.mode"},
                 {"new.conf", NULL}};
    static bad_host b;
    size_t i;

    (void)state;
    bad_init(&b);
    for (i = 0; i < ARRAY_SIZE(files); i++) {
        const xlmem_finding *f;

        b.report.problems[0].file = files[i].name;
        judge(&b, XLMEM_VIEW_STATUS);
        f = find(&b, "conf-problem");
        assert_non_null(f);
        assert_string_equal(f->subject, files[i].name);
        assert_int_equal(f->evidence[0].source.line, 3);
        if (files[i].source)
            assert_string_equal(f->evidence[0].source.file, files[i].source);
        else
            assert_null(f->evidence[0].source.file);
    }
}

/* What `enable` is about to write is no reason not to write it. */
static void the_file_that_is_replaced_stands_in_nobodys_way(void **state)
{
    static bad_host b;

    (void)state;
    bad_init(&b);
    b.report.problems[0].file = "/" XLMEM_MODE_FILE;
    judge(&b, XLMEM_VIEW_ENABLE);
    assert_int_equal(find(&b, "conf-problem")->severity, XLMEM_SEV_WARNING);
    b.scene.sets_mode = true;
    judge(&b, XLMEM_VIEW_ENABLE);
    assert_int_equal(find(&b, "conf-problem")->severity, XLMEM_SEV_NOTE);
}

/* More than are kept are counted, however many domains there are. */
/* What keeps a domain out of balancing, each with what ends it; and of who did
 * not opt in, or is as it should be, nothing. */
static void who_takes_no_part_in_balancing_is_named(void **state)
{
    static bad_host b;
    const xlmem_finding *finding;
    char line[XLMEM_FINDING_ROOM];
    xlmem_dom *dom;

    (void)state;
    memset(&b, 0, sizeof(b));
    sample_init(&b.s, 4 * GIB);
    dom = add_dom(&b.s, 7, GIB);
    XLMEM_SET(dom, uncooperative, 1);
    XLMEM_SET(dom, floods, 0);
    bad_scene(&b);
    b.scene.daemon_runs = true;
    assert_int_equal(xlmem_account_of(&b.s.host, &b.s.policy, &b.account), 0);
    judge(&b, XLMEM_VIEW_STATUS);
    assert_null(find(&b, "pinned"));
    assert_null(find(&b, "floods"));
    assert_null(find(&b, "uncooperative"));
    assert_null(find(&b, "nobody-balances"));
    dom = &b.s.host.doms[b.s.host.nr_doms - 1];
    XLMEM_SET(dom, dynamic_min_kb, GIB / 2);
    XLMEM_SET(dom, floods, 1);
    XLMEM_SET(dom, pin_kb, GIB);
    b.scene.daemon_runs = false;
    judge(&b, XLMEM_VIEW_STATUS);
    finding = find(&b, "pinned");
    assert_non_null(finding);
    assert_int_equal(finding->severity, XLMEM_SEV_NOTE);
    assert_non_null(strstr(xlmem_finding_line(finding, line, sizeof(line)),
                           "is kept at 1024.0 MiB"));
    assert_non_null(strstr(line, "xl memguard set 7 auto"));
    assert_non_null(find(&b, "floods"));
    finding = find(&b, "uncooperative");
    assert_non_null(finding);
    assert_non_null(strstr(xlmem_finding_line(finding, line, sizeof(line)),
                           "xenstore-rm /local/domain/7/memory/"
                           "uncooperative"));
    assert_non_null(find(&b, "nobody-balances"));
    judge(&b, XLMEM_VIEW_ENABLE);
    assert_null(find(&b, "pinned"));
}

static void findings_of_many_domains_are_counted(void **state)
{
    static xlmem_dom doms[1000];
    static bad_host b;
    size_t i;

    (void)state;
    bad_init(&b);
    for (i = 0; i < ARRAY_SIZE(doms); i++) {
        XLMEM_SET(&doms[i], domid, i + 1);
        XLMEM_SET(&doms[i], dying, 1);
        XLMEM_SET(&doms[i], tot_kb, 4);
    }
    b.s.host.doms = doms;
    b.s.host.nr_doms = ARRAY_SIZE(doms);
    xlmem_judge(&b.scene, XLMEM_VIEW_STATUS, &b.found);
    assert_int_equal(b.found.nr, XLMEM_FINDINGS_MAX);
    assert_true(b.found.nr + b.found.nr_lost > ARRAY_SIZE(doms));
    assert_string_equal(b.found.list[0].id, "setting-too-large");
}

TEST_GROUP(judge)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_host_has_none),
        cmocka_unit_test(the_most_severe_come_first),
        cmocka_unit_test(a_size_that_is_too_large_says_what_it_does),
        cmocka_unit_test(a_half_built_domain_is_not_told_to_grow),
        cmocka_unit_test(what_is_not_known_is_not_judged_and_says_of_what),
        cmocka_unit_test(dom0s_own_target_is_what_to_lower),
        cmocka_unit_test(numbers_have_the_file_and_line_they_were_read_at),
        cmocka_unit_test(a_slip_is_in_the_file_that_has_it),
        cmocka_unit_test(the_file_that_is_replaced_stands_in_nobodys_way),
        cmocka_unit_test(who_takes_no_part_in_balancing_is_named),
        cmocka_unit_test(findings_of_many_domains_are_counted),
    };

    return test_run(tests, NULL, NULL);
}
