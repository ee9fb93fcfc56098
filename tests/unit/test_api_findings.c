/* SPDX-License-Identifier: LGPL-2.1-only */
/* Findings by the public header, with what is exported alone. */
#include "recorded_host.h"
#include "sample_host.h"

#include "xlmem.h"

static sample s;
static xlmem_answer *answer;

static int set_up(void **state)
{
    (void)state;
    sample_init(&s, 4 * GIB);
    return xlmem_answer_alloc(&answer);
}

static int tear_down(void **state)
{
    (void)state;
    xlmem_answer_free(answer);
    return 0;
}

/* All of a finding, as a monitor sees it. */
static void a_finding_has_parts(void **state)
{
    const xlmem_finding *finding;
    xlmem_unit unit = XLMEM_UNIT_COUNT;
    uint64_t value = 0, line = 1;
    xlmem_dom *dom;

    (void)state;
    dom = add_dom(&s, 7, GIB);
    XLMEM_SET(dom, maxmem_kb, 4 * GIB);
    assert_int_equal(xlmem_host_judge(&s.host, &s.policy, answer), 0);
    finding = xlmem_answer_finding(answer, 0);
    assert_non_null(finding);
    assert_null(xlmem_answer_finding(answer, 1));
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_ID),
                        "growth");
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_SENTENCE),
                        finding->text);
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_SUBJECT),
                        "a domain (id 7)");
    assert_non_null(xlmem_finding_text(finding, XLMEM_FINDING_RISK));
    assert_null(xlmem_finding_text(finding, XLMEM_FINDING_SWALLOWED_BY));
    assert_null(xlmem_finding_text(finding, (xlmem_finding_part)99));
    assert_int_equal(xlmem_finding_severity(finding), XLMEM_SEV_WARNING);
    assert_string_equal(xlmem_finding_remedy(finding, 0),
                        "xl mem-max 7 1024m");
    assert_null(xlmem_finding_remedy(finding, 1));
    assert_string_equal(xlmem_finding_evidence(finding, 0, &value, &unit),
                        "may take");
    assert_int_equal(value, 3 * GIB);
    assert_int_equal(unit, XLMEM_UNIT_KB);
    assert_null(xlmem_finding_source(finding, 0, &line));
    assert_int_equal(line, 0);
    assert_null(xlmem_finding_evidence(finding, 99, &value, &unit));
    assert_null(xlmem_finding_source(finding, 99, &line));
}

/* A host of which nothing is known is one of which nothing is found. */
static void of_an_unknown_host_nothing_is_found(void **state)
{
    static const xlmem_host nothing;

    (void)state;
    assert_int_equal(xlmem_host_judge(&nothing, &s.policy, answer), 0);
    assert_null(xlmem_answer_finding(answer, 0));
}

/* Down to the line of the file. */
static void evidence_says_where_it_was_read(void **state)
{
    xlmem_host *host = read_recorded("qemu-16g");
    const xlmem_finding *finding;
    xlmem_request *request;
    const char *what, *file = NULL;
    uint64_t value = 0, line = 0;
    xlmem_unit unit;
    size_t n;

    (void)state;
    assert_int_equal(xlmem_request_alloc(&request), 0);
    assert_int_equal(
        xlmem_request_set(request, XLMEM_REQUEST_NEED_KB, 1024 * GIB), 0);
    assert_int_equal(xlmem_host_admit(host, &s.policy, request, answer),
                     XLMEM_ERROR_INFEASIBLE);
    finding = xlmem_answer_finding(answer, 0);
    assert_non_null(finding);
    for (n = 0; (what = xlmem_finding_evidence(finding, n, &value, &unit));
         n++)
        if (!strcmp(what, "free"))
            file = xlmem_finding_source(finding, n, &line);
    assert_non_null(file);
    assert_string_equal(file, "xl/info");
    assert_int_equal(line, 13);
    xlmem_request_free(request);
    xlmem_host_free(host);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

TEST_GROUP(api_findings)
{
    const struct CMUnitTest tests[] = {
        TEST(a_finding_has_parts),
        TEST(of_an_unknown_host_nothing_is_found),
        TEST(evidence_says_where_it_was_read),
    };

    return test_run(tests, NULL, NULL);
}
