/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard predict: what a dom0_mem= line would yield. */
#include <stdlib.h>

#include "output/prediction.h"
#include "input/session.h"

static int report(const cmd_run *run, const char *line,
                  const xlmem_prediction *p)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    out_text(o, "xen_arg", "", line);
    prediction_put(o, p);
    prediction_warn(o, p);
    return session_close_out(o, EXIT_DONE);
}

/* Why a line does not do, as lint knows it: findings of @least and above. */
static void explain(const xlmem_host *host, const char *line,
                    xlmem_severity least)
{
    xlmem_lint_report *report = calloc(1, sizeof(*report));
    size_t i;

    if (!report || xlmem_lint(line, host, report))
        goto out;
    for (i = 0; i < report->nr; i++)
        if (report->items[i].severity >= least)
            cmd_message("%s", report->items[i].text);
out:
    free(report);
}

static int refuse(const xlmem_host *host, const char *line, int rc)
{
    switch (rc) {
    case XLMEM_ERROR_UNKNOWN:
        cmd_message("how much memory this host has is not known; a memory map "
                    "or 'xl info' is needed");
        break;
    case XLMEM_ERROR_PARSE:
        cmd_message("Xen would reject '%s'", line);
        explain(host, line, XLMEM_SEV_ERROR);
        break;
    case XLMEM_ERROR_INFEASIBLE:
        cmd_message(
            "dom0 could not boot with '%s' on this host; what it needs "
            "is told by 'xl-memguard size'",
            line);
        explain(host, line, XLMEM_SEV_WARNING);
        break;
    case XLMEM_ERROR_UNSUPPORTED:
        cmd_message("%s", PREDICTION_ARM);
        break;
    default:
        cmd_message("%s", xlmem_strerror(rc));
        break;
    }
    return xlmem_exit_status(rc);
}

int cmd_predict(const cmd_run *run)
{
    xlmem_prediction p;
    xlmem_host host;
    int status, rc;
    char *line = session_line(run, &status);

    if (!line)
        return status;
    xlmem_host_init(&host);
    rc = session_snapshot(run, &host);
    if (rc) {
        status = xlmem_exit_status(rc);
        goto out;
    }
    rc = xlmem_predict(&host, line, &p);
    status = rc ? refuse(&host, line, rc) : report(run, line, &p);
out:
    xlmem_host_dispose(&host);
    free(line);
    return status;
}
