/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A configuration may be anything: a policy comes out that has its own text,
 * what is said is safe to print, and a line of its own that is good, behind
 * whatever stands there, counts.
 */
#include "fuzz.h"

#include "../unit/same.h"

static void check_report(const xlmem_policy_report *report)
{
    size_t i;

    for (i = 0; i < report->nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++) {
        const xlmem_policy_problem *p = &report->problems[i];
        const char *c;

        FUZZ_CHECK(memchr(p->text, '\0', sizeof(p->text)));
        FUZZ_CHECK(p->text[0]);
        for (c = p->text; *c; c++)
            FUZZ_CHECK(*c >= 0x20 && *c < 0x7f);
    }
}

static xlmem_policy parse(const char *text, size_t len,
                          const xlmem_policy *last, bool as_mode,
                          xlmem_policy_report *report)
{
    xlmem_policy policy;
    xlmem__conf conf;

    xlmem__conf_start(&conf, last, report);
    if (as_mode)
        xlmem__mode_text(&conf, "mode", text, len);
    else
        xlmem__conf_text(&conf, "conf", text, len);
    xlmem__conf_end(&conf, &policy);
    check_report(report);
    FUZZ_CHECK(policy.nr_problems == report->nr);
    FUZZ_CHECK(policy.mode <= XLMEM_MODE_ENFORCE);
    FUZZ_CHECK(policy.wait_ms <= 86400000 && policy.wait_ms % 1000 == 0);
    return policy;
}

/* What is in force is kept as a text. */
static void check_text(const xlmem_policy *policy)
{
    char text[XLMEM__POLICY_TEXT_MAX];
    xlmem_policy_report report;
    xlmem_policy again;

    xlmem__conf_format(policy, text);
    again = parse(text, strlen(text), NULL, false, &report);
    FUZZ_CHECK(!report.nr);
    again.mode_from = policy->mode_from;
    again.nr_problems = policy->nr_problems;
    FUZZ_CHECK(is_same_policy(&again, policy));
}

/* Nothing in a text can keep a line of another key from counting. */
static void check_next_line(const char *data, size_t size,
                            const xlmem_policy *policy)
{
    static const char line[] = "\nreboot_wait = 4711\n";
    char *text = malloc(size + sizeof(line));
    xlmem_policy_report report;
    xlmem_policy with;

    FUZZ_CHECK(text);
    if (size)
        memcpy(text, data, size);
    memcpy(text + size, line, sizeof(line));
    with = parse(text, size + sizeof(line) - 1, NULL, false, &report);
    FUZZ_CHECK(with.reboot_wait_ms == 4711000);
    FUZZ_CHECK(with.mode == policy->mode && with.wait_ms == policy->wait_ms);
    FUZZ_CHECK(with.dom0_floor_kb == policy->dom0_floor_kb);
    FUZZ_CHECK(with.xen_headroom_kb == policy->xen_headroom_kb);
    FUZZ_CHECK(with.dom0_reserve_kb == policy->dom0_reserve_kb);
    FUZZ_CHECK(with.refuse_on_error == policy->refuse_on_error);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const bool is_text = !size || !memchr(text, '\0', size);
    xlmem_policy_report report;
    xlmem_policy policy, last;

    policy = parse(text, size, NULL, false, &report);
    check_text(&policy);
    if (is_text && size < XLMEM__CONF_MAX_BYTES / 2)
        check_next_line(text, size, &policy);
    /* A key with a value that is bad is as it was. */
    last = policy;
    last.mode = XLMEM_MODE_ENFORCE;
    policy = parse(text, size, &last, true, &report);
    FUZZ_CHECK(report.nr <= 1);
    FUZZ_CHECK(!report.nr || policy.mode == XLMEM_MODE_ENFORCE);
    return 0;
}
