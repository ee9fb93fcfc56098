/* SPDX-License-Identifier: LGPL-2.1-only */
/* The public header's numbers, and that its answers are those of the structs
 * inside.  Links what is exported and nothing else. */
#include "recorded_host.h"
#include "sample_host.h"

#include "api/request_parts.h"
#include "private/advice.h"
#include "private/guard.h"
#include "xlmem.h"

/* No enumeration of the header goes beyond. */
#define NUMBERS 512

static sample s;
static xlmem_answer *answer;
static xlmem_request *request;

static int set_up(void **state)
{
    (void)state;
    sample_init(&s, 4 * GIB);
    return xlmem_answer_alloc(&answer) || xlmem_request_alloc(&request);
}

static int tear_down(void **state)
{
    (void)state;
    xlmem_answer_free(answer);
    xlmem_request_free(request);
    return 0;
}

/* All quantities of a struct known, each with a value of its own. */
static void fill(void *facts, size_t size, uint64_t first)
{
    uint64_t *words = facts;
    size_t i;

    words[0] = ~UINT64_C(0);
    for (i = 1; i < size / sizeof(*words); i++)
        words[i] = first + i;
}

/* What was seen of @values before; now it has @value. */
static void see_once(uint64_t *values, size_t *nr, uint64_t value)
{
    size_t i;

    for (i = 0; i < *nr; i++)
        assert_int_not_equal(values[i], value);
    values[(*nr)++] = value;
}

/* ------------------------------------------------------------- numbers --- */

static void each_fact_of_a_host_has_one_place(void **state)
{
    uint64_t values[NUMBERS], value;
    xlmem_host host;
    size_t nr = 0;
    int n;

    (void)state;
    xlmem_host_init(&host);
    for (n = -1; n < NUMBERS; n++) {
        value = 4711;
        assert_false(xlmem_host_get(&host, (xlmem_host_fact)n, &value));
        assert_int_equal(value, 4711);
    }
    fill(&host, offsetof(xlmem_host, xen_version), 1000);
    fill(&host.dom0, offsetof(xlmem_dom0, type), 2000);
    host.dom0.type = XLMEM_DOM_PVH;
    for (n = -1; n < NUMBERS; n++)
        if (xlmem_host_get(&host, (xlmem_host_fact)n, &value))
            see_once(values, &nr, value);
    assert_int_equal(nr, 37);
    assert_true(xlmem_host_get(&host, XLMEM_HOST_FREE_KB, &value));
    assert_int_equal(value, host.free_kb);
    assert_true(
        xlmem_host_get(&host, XLMEM_HOST_DOM0_MEM_AVAILABLE_KB, &value));
    assert_int_equal(value, host.dom0.mem_available_kb);
}

static void each_fact_of_a_domain_has_one_place(void **state)
{
    uint64_t values[NUMBERS], value = 4711;
    xlmem_dom dom = {.known = 0};
    size_t nr = 0;
    int n;

    (void)state;
    for (n = -1; n < NUMBERS; n++)
        assert_false(xlmem_dom_get(&dom, (xlmem_dom_fact)n, &value));
    assert_int_equal(value, 4711);
    assert_null(xlmem_dom_text(&dom, XLMEM_DOMAIN_UUID));
    assert_null(xlmem_dom_text(&dom, XLMEM_DOMAIN_NAME));
    fill(&dom, offsetof(xlmem_dom, name), 1000);
    dom.type = XLMEM_DOM_HVM;
    strcpy(dom.uuid, "u");
    dom.name = dom.uuid;
    for (n = -1; n < NUMBERS; n++)
        if (xlmem_dom_get(&dom, (xlmem_dom_fact)n, &value))
            see_once(values, &nr, value);
    assert_int_equal(nr, 15);
    assert_string_equal(xlmem_dom_text(&dom, XLMEM_DOMAIN_UUID), "u");
    assert_string_equal(xlmem_dom_text(&dom, XLMEM_DOMAIN_NAME), "u");
    assert_null(xlmem_dom_text(&dom, (xlmem_dom_label)99));
}

static void each_fact_of_a_reservation_has_one_place(void **state)
{
    uint64_t values[NUMBERS], value;
    xlmem_reservation res = {.known = 0};
    size_t nr = 0;
    int n;

    (void)state;
    assert_false(
        xlmem_reservation_get(&res, XLMEM_RESERVATION_NEED_KB, &value));
    assert_null(xlmem_reservation_text(&res, XLMEM_RESERVATION_ID));
    fill(&res, offsetof(xlmem_reservation, uuid), 1000);
    strcpy(res.uuid, "u");
    strcpy(res.id, "1-1");
    for (n = -1; n < NUMBERS; n++)
        if (xlmem_reservation_get(&res, (xlmem_reservation_fact)n, &value))
            see_once(values, &nr, value);
    assert_int_equal(nr, 5);
    assert_string_equal(xlmem_reservation_text(&res, XLMEM_RESERVATION_UUID),
                        "u");
    assert_string_equal(xlmem_reservation_text(&res, XLMEM_RESERVATION_ID),
                        "1-1");
}

/* What is set can be got, and nothing else has changed. */
static void a_request_says_what_was_set(void **state)
{
    uint64_t value;
    int n, m, nr = 0;

    (void)state;
    for (n = -1; n < NUMBERS; n++) {
        xlmem_request *one = NULL;
        int rc, others = 0;

        assert_int_equal(xlmem_request_alloc(&one), 0);
        rc = xlmem_request_set(one, (xlmem_request_fact)n, 1);
        assert_true(!rc || rc == XLMEM_ERROR_INVAL);
        nr += !rc;
        for (m = -1; m < NUMBERS; m++)
            if (xlmem_request_get(one, (xlmem_request_fact)m, &value) && value)
                others++;
        assert_int_equal(others, !rc);
        xlmem_request_free(one);
    }
    assert_int_equal(nr, 25);
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_TYPE, 4),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_BINDS, 2),
                     XLMEM_ERROR_RANGE);
}

static void a_policy_says_what_was_set(void **state)
{
    xlmem_policy *policy = NULL;
    uint64_t value = 0;

    (void)state;
    assert_int_equal(xlmem_policy_alloc(&policy), 0);
    assert_true(xlmem_policy_get(policy, XLMEM_POLICY_MODE, &value));
    assert_int_equal(value, XLMEM_MODE_WARN);
    /* As computed, until somebody says a figure; and again after 0. */
    assert_false(
        xlmem_policy_get(policy, XLMEM_POLICY_XEN_HEADROOM_KB, &value));
    assert_int_equal(
        xlmem_policy_set(policy, XLMEM_POLICY_XEN_HEADROOM_KB, 42), 0);
    assert_true(
        xlmem_policy_get(policy, XLMEM_POLICY_XEN_HEADROOM_KB, &value));
    assert_int_equal(value, 42);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_XEN_HEADROOM_KB, 0),
                     0);
    assert_false(
        xlmem_policy_get(policy, XLMEM_POLICY_XEN_HEADROOM_KB, &value));
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_MODE, 3),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_SWITCHED_OFF, 1),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_policy_set(policy, (xlmem_policy_key)99, 1),
                     XLMEM_ERROR_INVAL);
    assert_int_equal(
        xlmem_policy_set(policy, XLMEM_POLICY_MODE, XLMEM_MODE_ENFORCE), 0);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_REFUSE_ON_ERROR, 1),
                     0);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_WAIT_MS, 7), 0);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_BALANCE, 1), 0);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_BALANCE, 2),
                     XLMEM_ERROR_RANGE);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_BALANCE_STEP_KB, 8),
                     0);
    assert_int_equal(xlmem_policy_set(policy, XLMEM_POLICY_BALANCE_RATE_KB, 0),
                     0);
    assert_int_equal(
        xlmem_policy_set(policy, XLMEM_POLICY_REPORT_EXPIRY_MS, 9), 0);
    assert_true(xlmem_policy_get(policy, XLMEM_POLICY_BALANCE, &value));
    assert_int_equal(value, 1);
    assert_true(
        xlmem_policy_get(policy, XLMEM_POLICY_BALANCE_STEP_KB, &value));
    assert_int_equal(value, 8);
    assert_false(
        xlmem_policy_get(policy, XLMEM_POLICY_BALANCE_RATE_KB, &value));
    assert_true(
        xlmem_policy_get(policy, XLMEM_POLICY_REPORT_EXPIRY_MS, &value));
    assert_int_equal(value, 9);
    assert_int_equal(policy->mode, XLMEM_MODE_ENFORCE);
    assert_true(policy->refuse_on_error);
    assert_int_equal(policy->wait_ms, 7);
    xlmem_policy_free(policy);
}

static void texts_of_a_request_are_looked_at(void **state)
{
    (void)state;
    assert_int_equal(
        xlmem_request_set_text(request, XLMEM_REQUEST_UUID, "none"),
        XLMEM_ERROR_PARSE);
    assert_int_equal(
        xlmem_request_set_text(request, XLMEM_REQUEST_UUID,
                               "ABCDEF01-2345-6789-aBcD-Ef0123456789"),
        0);
    assert_string_equal(request->domu.uuid,
                        "abcdef01-2345-6789-abcd-ef0123456789");
    assert_int_equal(
        xlmem_request_set_text(request, (xlmem_request_label)99, "x"),
        XLMEM_ERROR_INVAL);
    assert_int_equal(
        xlmem_request_set_text(request, XLMEM_REQUEST_NAME, "a\033[2Jb"), 0);
    assert_int_equal(
        xlmem_request_set(request, XLMEM_REQUEST_NEED_KB, 64 * GIB), 0);
    assert_int_not_equal(xlmem_host_admit(&s.host, &s.policy, request, answer),
                         0);
    assert_null(strchr(xlmem_answer_text(answer), '\033'));
}

/* ------------------------------------------------------------- answers --- */

static uint64_t figure(xlmem_figure number)
{
    uint64_t value = 4711;

    assert_true(xlmem_answer_get(answer, number, &value));
    return value;
}

static int nr_figures(void)
{
    uint64_t value;
    int n, nr = 0;

    for (n = -1; n < NUMBERS; n++)
        nr += xlmem_answer_get(answer, (xlmem_figure)n, &value);
    return nr;
}

static void an_answer_says_nothing_before_it_is_one(void **state)
{
    uint64_t kb;

    (void)state;
    assert_int_equal(nr_figures(), 0);
    assert_null(xlmem_answer_text(answer));
    assert_null(xlmem_answer_finding(answer, 0));
    assert_null(xlmem_answer_term(answer, XLMEM_SIDE_XEN, 0, &kb, NULL));
    assert_false(xlmem_answer_step(answer, 0, &kb, &kb, &kb));
}

static void the_books_are_the_books(void **state)
{
    xlmem_account account;

    (void)state;
    assert_int_equal(xlmem_account_of(&s.host, &s.policy, &account), 0);
    assert_int_equal(xlmem_host_account(&s.host, &s.policy, answer), 0);
    assert_int_equal(figure(XLMEM_FIGURE_USABLE_KB), account.usable_kb);
    assert_int_equal(figure(XLMEM_FIGURE_HEADROOM_KB), account.headroom_kb);
    assert_int_equal(figure(XLMEM_FIGURE_DOM0_FLOOR_KB),
                     account.dom0_floor_kb);
    s.host.known = 0;
    assert_int_equal(xlmem_host_account(&s.host, &s.policy, answer),
                     XLMEM_ERROR_UNKNOWN);
    /* As it was. */
    assert_int_equal(figure(XLMEM_FIGURE_USABLE_KB), account.usable_kb);
}

static void ask_for(uint64_t memory_kb)
{
    assert_int_equal(
        xlmem_request_set(request, XLMEM_REQUEST_TYPE, XLMEM_DOM_PVH), 0);
    assert_int_equal(
        xlmem_request_set(request, XLMEM_REQUEST_MEMORY_KB, memory_kb), 0);
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_VCPUS, 2), 0);
}

static void a_need_is_the_sum_of_its_terms(void **state)
{
    uint64_t kb, sum = 0, value;
    const char *source;
    size_t n;

    (void)state;
    ask_for(GIB);
    assert_int_equal(xlmem_host_need(&s.host, request, answer), 0);
    for (n = 0; xlmem_answer_term(answer, XLMEM_SIDE_XEN, n, &kb, &source);
         n++) {
        assert_true(source[0] != '\0');
        sum += kb;
    }
    assert_true(n > 1);
    assert_int_equal(figure(XLMEM_FIGURE_NEED_KB), sum);
    for (n = 0, sum = 0;
         xlmem_answer_term(answer, XLMEM_SIDE_DOM0, n, &kb, NULL); n++)
        sum += kb;
    assert_int_equal(figure(XLMEM_FIGURE_DOM0_NEED_KB), sum);
    /* The request has it from here on. */
    assert_true(xlmem_request_get(request, XLMEM_REQUEST_NEED_KB, &value));
    assert_int_equal(value, figure(XLMEM_FIGURE_NEED_KB));
    /* Without a host the dearest, and without an answer the same. */
    assert_int_equal(xlmem_host_need(NULL, request, NULL), 0);
    assert_true(xlmem_request_get(request, XLMEM_REQUEST_NEED_KB, &value));
    assert_true(value >= figure(XLMEM_FIGURE_NEED_KB));
}

/* Its need is found where it was not said. */
static void a_verdict_is_the_verdict(void **state)
{
    xlmem_verdict verdict;
    uint64_t kb = 0, from, to, domid;

    (void)state;
    ask_for(4 * GIB);
    assert_int_equal(xlmem_host_admit(&s.host, &s.policy, request, answer), 0);
    assert_int_equal(figure(XLMEM_FIGURE_VERDICT), XLMEM_ADMIT_AFTER_PLAN);
    assert_int_equal(xlmem_host_need(&s.host, request, NULL), 0);
    xlmem_request_get(request, XLMEM_REQUEST_NEED_KB, &kb);
    assert_int_equal(figure(XLMEM_FIGURE_NEED_KB), kb);
    xlmem_request_get(request, XLMEM_REQUEST_DOM0_NEED_KB, &from);
    assert_int_equal(xlmem_admit(&s.host, &s.policy, kb, from, &verdict), 0);
    assert_int_equal(figure(XLMEM_FIGURE_SHORT_KB), verdict.short_kb);
    assert_int_equal(figure(XLMEM_FIGURE_DOM0_SPARE_KB),
                     verdict.dom0_spare_kb);
    assert_true(xlmem_answer_step(answer, 0, &domid, &from, &to));
    assert_int_equal(domid, 0);
    assert_int_equal(from, verdict.plan.steps[0].from_kb);
    assert_int_equal(to, verdict.plan.steps[0].to_kb);
    assert_false(
        xlmem_answer_step(answer, verdict.plan.nr_steps, &domid, &from, &to));
}

/* The same where nobody is to be asked. */
static void without_a_plan_it_is_refused(void **state)
{
    uint64_t from, to, domid;

    (void)state;
    ask_for(4 * GIB);
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_NO_PLAN, 1), 0);
    assert_int_equal(xlmem_host_admit(&s.host, &s.policy, request, answer),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(figure(XLMEM_FIGURE_VERDICT), XLMEM_REFUSE);
    assert_false(xlmem_answer_step(answer, 0, &domid, &from, &to));
}

/* What dom0 can bear is not known: nor is that figure. */
static void what_a_verdict_does_not_know_is_not_known(void **state)
{
    uint64_t value;

    (void)state;
    s.host.dom0.known = 0;
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_NEED_KB, GIB),
                     0);
    assert_int_equal(xlmem_host_admit(&s.host, &s.policy, request, answer), 0);
    assert_false(xlmem_answer_get(answer, XLMEM_FIGURE_DOM0_SPARE_KB, &value));
    assert_int_equal(figure(XLMEM_FIGURE_VERDICT), XLMEM_ADMIT);
}

/* As any finding, and what is to be done apart. */
static void advice_is_findings(void **state)
{
    const xlmem_finding *finding;
    size_t n;

    (void)state;
    add_dom(&s, 3, 6 * GIB);
    ask_for(6 * GIB);
    assert_true(xlmem_is_refusal(
        xlmem_host_admit(&s.host, &s.policy, request, answer)));
    assert_non_null(xlmem_answer_finding(answer, 0));
    assert_int_equal(xlmem_host_advise(&s.host, &s.policy, request, answer),
                     0);
    for (n = 0; (finding = xlmem_answer_finding(answer, n)); n++) {
        assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_ID),
                            "advice");
        assert_int_equal(xlmem_finding_severity(finding), XLMEM_SEV_NOTE);
    }
    finding = xlmem_answer_finding(answer, 0);
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_SENTENCE),
                        "Shut down domain 3 (6145.0 MiB)");
    assert_string_equal(xlmem_finding_remedy(finding, 0), "xl shutdown -w 3");
    assert_true(n > 0);
    assert_int_equal(nr_figures(), 0);
}

static void a_line_is_linted(void **state)
{
    const xlmem_finding *finding;

    (void)state;
    assert_int_equal(xlmem_host_lint(NULL, "dom0_mem=2G", answer), 0);
    assert_int_equal(figure(XLMEM_FIGURE_OK), 0);
    finding = xlmem_answer_finding(answer, 0);
    assert_non_null(finding);
    assert_string_equal(xlmem_finding_text(finding, XLMEM_FINDING_ID),
                        "no-max");
    assert_int_equal(xlmem_finding_severity(finding), XLMEM_SEV_WARNING);
    assert_int_equal(xlmem_host_lint(NULL, NULL, answer), XLMEM_ERROR_INVAL);
    assert_int_equal(xlmem_host_lint(NULL, "dom0_mem=2G,max:2G", answer), 0);
    assert_int_equal(figure(XLMEM_FIGURE_OK), 1);
}

/* ----------------------------------------------- a host from its files --- */

static void a_recorded_host_is_read(void **state)
{
    xlmem_host *host = read_recorded("zfs-64g");
    uint64_t value, end, start, last = 0, domid;
    const xlmem_dom *dom;
    uint32_t type;
    size_t n;

    (void)state;
    assert_true(xlmem_host_get(host, XLMEM_HOST_RAM_KB, &value));
    assert_true(value > 60 * GIB);
    assert_true(xlmem_host_get(host, XLMEM_HOST_MAP_SOURCE, &value));
    assert_non_null(xlmem_host_text(host, XLMEM_HOST_XEN_VERSION));
    for (n = 0; xlmem_host_range(host, n, &start, &end, &type); n++) {
        assert_true(start >= last && end > start);
        last = end;
    }
    assert_true(n > 3);
    for (n = 0; (dom = xlmem_host_dom(host, n)); n++) {
        assert_true(xlmem_dom_get(dom, XLMEM_DOMAIN_ID, &domid));
        assert_ptr_equal(xlmem_host_find_dom(host, domid), dom);
    }
    assert_true(n > 1);
    assert_null(xlmem_host_reservation(host, 0));
    xlmem_host_free(host);
    xlmem_host_free(NULL);
}

static void dom0_is_sized_and_its_boot_foretold(void **state)
{
    xlmem_host *host = read_recorded("zfs-64g");
    uint64_t x_kb, kb, boot_kb, value;
    char arg[64];

    (void)state;
    assert_int_equal(xlmem_host_size(host, NULL, answer), 0);
    x_kb = figure(XLMEM_FIGURE_DOM0_MEM_KB);
    boot_kb = figure(XLMEM_FIGURE_BOOT_KB);
    assert_int_equal(boot_kb, x_kb);
    assert_non_null(xlmem_answer_term(answer, XLMEM_SIDE_DOM0, 0, &kb, NULL));
    snprintf(arg, sizeof(arg), "%s", xlmem_answer_text(answer));
    value = figure(XLMEM_FIGURE_MEMTOTAL_KB);
    assert_int_equal(xlmem_host_predict(host, arg, answer), 0);
    assert_int_equal(figure(XLMEM_FIGURE_MEMTOTAL_KB), value);
    assert_int_equal(figure(XLMEM_FIGURE_BOOT_KB), x_kb);
    assert_null(xlmem_answer_text(answer));
    /* More domUs, more of dom0. */
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_DOMUS, 200), 0);
    assert_int_equal(xlmem_host_size(host, request, answer), 0);
    assert_true(figure(XLMEM_FIGURE_DOM0_MEM_KB) > x_kb);
    xlmem_host_free(host);
}

/* As libxl 4.17 writes it, cut to what is read. */
static const char json[] =
    "{\"c_info\": {\"type\": \"pvh\", \"name\": \"two\","
    " \"uuid\": \"c7c564ea-fc0c-46b4-8af2-9b987ed92a45\"},"
    " \"b_info\": {\"max_vcpus\": 3, \"max_memkb\": 524288,"
    " \"target_memkb\": 262144}}";

static void a_configuration_is_a_request(void **state)
{
    static const char cfg[] = "name = \"one\"\nmemory = 256\n";
    char err[128] = "";
    uint64_t value;

    (void)state;
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_WAIT_MS, 7), 0);
    assert_int_equal(xlmem_request_set(request, XLMEM_REQUEST_NEED_KB, 7), 0);
    assert_int_equal(
        xlmem_request_from_json(request, json, strlen(json), err, sizeof(err)),
        0);
    assert_true(xlmem_request_get(request, XLMEM_REQUEST_MEMORY_KB, &value));
    assert_int_equal(value, 262144);
    assert_true(xlmem_request_get(request, XLMEM_REQUEST_WAIT_MS, &value));
    assert_false(xlmem_request_get(request, XLMEM_REQUEST_NEED_KB, &value));
    assert_int_equal(
        xlmem_request_from_json(request, "{", 1, err, sizeof(err)),
        XLMEM_ERROR_PARSE);
    assert_true(err[0] != '\0');
    assert_true(xlmem_request_get(request, XLMEM_REQUEST_VCPUS, &value));
    assert_int_equal(value, 3);
    assert_int_equal(xlmem_request_from_cfg(request, NULL, cfg, strlen(cfg),
                                            err, sizeof(err)),
                     0);
    assert_true(xlmem_request_get(request, XLMEM_REQUEST_MEMORY_KB, &value));
    assert_int_equal(value, 256 * MIB);
}

static int told;

static void note(void *user, int level, const char *text)
{
    (void)user;
    assert_int_equal(level, 3);
    assert_non_null(strstr(text, "memguard.conf: line 2: "));
    told++;
}

static void a_policy_is_read_and_what_is_wrong_told(void **state)
{
    char root[] = "/tmp/xlmem-api-XXXXXX", command[600];
    xlmem_policy *policy = NULL;
    uint64_t value = 0;

    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(xlmem_policy_alloc(&policy), 0);
    assert_int_equal(xlmem_policy_read(root, policy, NULL, NULL),
                     XLMEM_ERROR_NOTFOUND);
    snprintf(command, sizeof(command),
             "mkdir -p %s/etc/xen && printf 'mode = enforce\\nwait = x\\n' "
             ">%s/etc/xen/memguard.conf",
             root, root);
    assert_int_equal(system(command), 0);
    told = 0;
    assert_int_equal(xlmem_policy_read(root, policy, note, NULL), 0);
    assert_int_equal(told, 1);
    assert_true(xlmem_policy_get(policy, XLMEM_POLICY_MODE, &value));
    assert_int_equal(value, XLMEM_MODE_ENFORCE);
    assert_true(xlmem_policy_get(policy, XLMEM_POLICY_NR_PROBLEMS, &value));
    assert_int_equal(value, 1);
    snprintf(command, sizeof(command), "rm -r %s", root);
    assert_int_equal(system(command), 0);
    xlmem_policy_free(policy);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

TEST_GROUP(api)
{
    const struct CMUnitTest tests[] = {
        TEST(each_fact_of_a_host_has_one_place),
        TEST(each_fact_of_a_domain_has_one_place),
        TEST(each_fact_of_a_reservation_has_one_place),
        TEST(a_request_says_what_was_set),
        TEST(a_policy_says_what_was_set),
        TEST(texts_of_a_request_are_looked_at),
        TEST(an_answer_says_nothing_before_it_is_one),
        TEST(the_books_are_the_books),
        TEST(a_need_is_the_sum_of_its_terms),
        TEST(a_verdict_is_the_verdict),
        TEST(without_a_plan_it_is_refused),
        TEST(what_a_verdict_does_not_know_is_not_known),
        TEST(advice_is_findings),
        TEST(a_line_is_linted),
        TEST(a_recorded_host_is_read),
        TEST(dom0_is_sized_and_its_boot_foretold),
        TEST(a_configuration_is_a_request),
        TEST(a_policy_is_read_and_what_is_wrong_told),
    };

    return test_run(tests, NULL, NULL);
}
