/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is wrong with dom0_mem= on a Xen command line, in steps:
 *
 *   the lines     given, booted, dom0's kernel's: each taken apart once
 *   the host      what the line yields there
 *   learn         what was meant by its words
 *   fix           what to write instead: every message ends with it
 *   words, sum    what is wrong with single words, and with their sum
 *
 * What Xen does is never guessed: model/dom0mem.c knows.
 */
#include "model/lint.h"

#include <string.h>

#include "model/xenown.h"

/* The same sum as a prediction's: what Xen keeps of the host's memory is not
 * there for dom0. */
static int look_at_host(xlmem__lint *lint)
{
    xlmem__xen_line line;
    xlmem__xenown own;
    int rc = xlmem__xen_line_to_boot(&lint->booted->line, lint->line, &line);

    if (rc)
        return rc;
    if (xlmem__xenown_of(lint->host, &lint->booted->line, &line, &own))
        xlmem__dom0mem_apply(&line.dom0mem,
                             own.total_pages ? own.total_pages
                                             : XLMEM__LINT_PLENTY,
                             &own.nr_pages, &own.max_pages);
    lint->host_kb = own.total_pages * XLMEM__PAGE_KB;
    lint->nr_pages = own.nr_pages;
    lint->max_pages = own.max_pages;
    lint->pvh = own.setup.pvh;
    lint->arm = lint->host->arm;
    return 0;
}

int xlmem_lint(const char *text, const xlmem_host *host,
               xlmem_lint_report *report_r)
{
    static const xlmem_host nothing = {.known = 0};
    xlmem__xen_line line, linuxes;
    xlmem__booted booted;
    xlmem__lint lint = {
        .line = &line,
        .linuxes = &linuxes,
        .booted = &booted,
        .host = host ? host : &nothing,
        .report = report_r,
    };
    int rc;

    if (!text || !report_r)
        return XLMEM_ERROR_INVAL;
    rc = xlmem__xen_line_given(lint.host, text, &line);
    if (rc)
        return rc;
    /* Where people put dom0_mem= as well; NULL and too long a line: nothing.
     * Linux has other rules for words: none that matters has a blank. */
    (void)xlmem__xen_line_of(NULL, lint.host->dom0.kernel_cmdline, &linuxes);
    xlmem__booted_of(lint.host, &booted);
    rc = look_at_host(&lint);
    if (rc)
        return rc;
    memset(report_r, 0, sizeof(*report_r));
    report_r->ok = true;
    xlmem__lint_learn(&lint);
    if (lint.arm)
        xlmem__lint_arm_fix(&lint);
    else
        xlmem__lint_fix(&lint);
    xlmem__lint_words(&lint);
    if (lint.arm)
        xlmem__lint_arm_sum(&lint);
    else
        xlmem__lint_sum(&lint);
    return 0;
}
