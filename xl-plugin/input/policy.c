/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input/given.h"
#include "input/session.h"
#include "private/guard.h"

const char *policy_path(const cmd_run *run)
{
    return run->global[GLOBAL_CONFIG] ? run->global[GLOBAL_CONFIG]
                                      : "/" XLMEM_POLICY_FILE;
}

const char *policy_mode_from(const cmd_run *run, const xlmem_policy *policy)
{
    switch (policy->mode_from) {
    case XLMEM_MODE_FROM_DEFAULT:
        return "default: no file says it";
    case XLMEM_MODE_FROM_CONF:
        break;
    case XLMEM_MODE_FROM_FILE:
        return "/" XLMEM_MODE_FILE;
    case XLMEM_MODE_FROM_LAST:
        return "/" XLMEM_LAST_POLICY_FILE ": as it was before";
    case XLMEM_MODE_FROM_SWITCH:
        return "/" XLMEM_OFF_FILE;
    }
    return policy_path(run);
}

/* It is this machine's, whatever host is looked at. */
static int load_given(const cmd_run *run, xlmem_ctx *ctx,
                      xlmem_policy *policy_r, xlmem_policy_report *report_r)
{
    char *text;
    size_t len;
    int rc;

    rc = given_read(policy_path(run), CONF_MAX_BYTES, &text, &len);
    if (rc) {
        cmd_message("%s: %s", policy_path(run), given_why(rc));
        return XLMEM_ERROR_IO;
    }
    rc = xlmem_policy_from_conf(ctx, policy_path(run), text, len, policy_r,
                                report_r);
    free(text);
    return rc;
}

int policy_look(const cmd_run *run, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r, xlmem_policy_report *report_r)
{
    int rc;

    report_r->nr = 0;
    xlmem_policy_init(policy_r);
    if (run->global[GLOBAL_CONFIG])
        rc = load_given(run, ctx, policy_r, report_r);
    else if (session_is_live(run))
        rc = xlmem_policy_find(NULL, policy_r, report_r);
    else
        rc = xlmem_policy_load(ctx, policy_r, report_r);
    if (found_r)
        *found_r = rc != XLMEM_ERROR_NOTFOUND;
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

int policy_load(const cmd_run *run, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r)
{
    xlmem_policy_report report;
    char text[XLMEM_PROBLEM_LINE_MAX];
    int rc = policy_look(run, ctx, policy_r, found_r, &report);
    size_t i;

    for (i = 0; i < report.nr && i < XLMEM_POLICY_PROBLEMS_MAX; i++)
        cmd_message(
            "%s", xlmem_problem_line(&report.problems[i], text, sizeof(text)));
    return rc;
}
