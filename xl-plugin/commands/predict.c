/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard predict: what a dom0_mem= line would yield. */
#include <stdlib.h>

#include "input/session.h"
#include "output/finding.h"
#include "output/prediction.h"

static int report_prediction(const cmd_run *run, const char *line,
                             const xlmem_host *host, const xlmem_prediction *p,
                             const xlmem_lint_report *lint)
{
    const finding_list items = {lint->items, lint->nr, lint->nr_lost};
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    out_text(o, "xen_arg", "", line);
    prediction_of_none(o, host);
    prediction_put(o, p);
    prediction_warn(o, p, lint);
    finding_put_rows(o, "items",
                     lint->nr ? "What lint finds in the line" : NULL, &items,
                     &finding_of_line);
    return session_close_out(o, EXIT_DONE);
}

/* Why a line does not do, as lint knows it: findings of @least and above. */
static void explain_line(const xlmem_lint_report *lint, xlmem_severity least)
{
    size_t i;

    for (i = 0; i < lint->nr; i++)
        if (lint->items[i].severity >= least)
            cmd_message("%s", lint->items[i].text);
}

static int refuse_line(const char *line, const xlmem_lint_report *lint, int rc)
{
    switch (rc) {
    case XLMEM_ERROR_PARSE:
        cmd_message("Xen would reject '%s'", line);
        explain_line(lint, XLMEM_SEV_ERROR);
        break;
    case XLMEM_ERROR_INFEASIBLE:
        cmd_message(
            "dom0 could not boot with '%s' on this host; what it needs "
            "is told by 'xl-memguard size'",
            line);
        explain_line(lint, XLMEM_SEV_WARNING);
        break;
    default:
        cmd_message("%s", prediction_refusal(rc));
        break;
    }
    return cmd_failed(rc);
}

static int predict_line(const cmd_run *run, const xlmem_host *host,
                        const char *line)
{
    xlmem_lint_report *lint = calloc(1, sizeof(*lint));
    xlmem_prediction p;
    int rc = lint ? xlmem_lint(host, line, lint) : XLMEM_ERROR_NOMEM;
    int status;

    if (rc) {
        cmd_message("%s", xlmem_strerror(rc));
        free(lint);
        return cmd_failed(rc);
    }
    rc = xlmem_predict(host, line, &p);
    status = rc ? refuse_line(line, lint, rc)
                : report_prediction(run, line, host, &p, lint);
    free(lint);
    return status;
}

int cmd_predict(const cmd_run *run)
{
    xlmem_host host;
    int status, rc;
    char *line = session_line(run, &status);

    if (!line)
        return status;
    xlmem_host_init(&host);
    rc = session_snapshot_any(run, XLMEM_WANT_TYPES, &host);
    status = rc ? cmd_failed(rc) : predict_line(run, &host, line);
    xlmem_host_dispose(&host);
    free(line);
    return status;
}
