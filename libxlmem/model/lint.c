/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is wrong with dom0_mem= on a Xen command line.  Three steps: guess what
 * was meant (the fix every message ends with), look at the words, look at what
 * they add up to.  What Xen does is never guessed: model/dom0mem.c knows.
 */
#include "model/lint.h"

#include <stdio.h>
#include <string.h>

#include "model/predict_line.h"
#include "model/xenown.h"
#include "model/xenown_opts.h"

static uint64_t host_kb(const xlmem_host *host)
{
    if (!host)
        return 0;
    if (XLMEM_KNOWS(host, total_kb))
        return host->total_kb;
    return xlmem_map_usable_kb(&host->map);
}

/* "2G,max:2G" alone: no option of Xen begins like that. */
static bool is_bare_value(const char *line)
{
    xlmem__str rest = xlmem__xen_part(line);

    return xlmem__str_starts(rest, "min:") ||
           xlmem__str_starts(rest, "max:") ||
           (rest.len && rest.p[0] >= '0' && rest.p[0] <= '9') ||
           (rest.len > 1 && rest.p[0] == '-' && rest.p[1] >= '0' &&
            rest.p[1] <= '9');
}

/* The same sum as a prediction's: what Xen keeps of the host's memory is not
 * there for dom0. */
static void look_at_host(xlmem__lint *lint)
{
    static const xlmem_host nothing = {.known = 0};
    const xlmem_host *host = lint->host ? lint->host : &nothing;
    char line[XLMEM__LINE_MAX];
    xlmem__xenown own;
    xlmem__xen_opts opts;

    lint->host_kb = host_kb(lint->host);
    lint->avail_pages = XLMEM__LINT_PLENTY;
    if (lint->host_kb)
        lint->avail_pages = lint->host_kb / XLMEM__PAGE_KB;
    if (xlmem__predict_line(host, lint->line, line))
        line[0] = '\0';
    if (lint->host_kb && !xlmem__xenown_of(host, line, &own))
        lint->avail_pages = own.avail_pages;
    xlmem__xen_opts_of(line, host, lint->host_kb, &opts);
    lint->pvh = opts.pvh;
    lint->arm = host->arm;
}

int xlmem_lint(const char *line, const xlmem_host *host,
               xlmem_lint_report *report_r)
{
    xlmem__lint lint = {.line = line, .host = host, .report = report_r};
    char option[256];

    if (!line || !report_r)
        return XLMEM_ERROR_INVAL;
    memset(report_r, 0, sizeof(*report_r));
    report_r->ok = true;
    if (is_bare_value(line) && strlen(line) < sizeof(option) - 16) {
        snprintf(option, sizeof(option), "dom0_mem=%s",
                 xlmem__xen_part(line).p);
        lint.line = option;
    }
    look_at_host(&lint);
    xlmem__dom0mem_parse(lint.line, &lint.spec);
    xlmem__lint_guess(&lint);
    xlmem__lint_words(&lint);
    if (lint.arm)
        xlmem__lint_arm_sum(&lint);
    else
        xlmem__lint_sum(&lint);
    return 0;
}
