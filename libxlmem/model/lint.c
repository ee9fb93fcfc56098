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

#include <stdio.h>
#include <string.h>

#include "model/checked.h"
#include "model/predict.h"
#include "model/xenown.h"

/* A rule of thumb for examples, where nothing usable was written and too
 * little of the host is known to size its dom0: an eighth, from 1 to 8 GiB. */
#define EXAMPLE_SHARE 8
#define EXAMPLE_MIN_KB XLMEM__GIB_KB
#define EXAMPLE_MAX_KB (8 * XLMEM__GIB_KB)
#define EXAMPLE_UNKNOWN_KB (2 * XLMEM__GIB_KB)

/* ----------------------------------------------- what to write instead --- */

void xlmem__lint_amount(const xlmem__amount *amount, char *buf, size_t len)
{
    /* No T: libvirt does not know it. */
    static const char units[] = "BKMG";
    uint64_t n = amount->bytes;
    char size[40] = "", percent[40] = "";
    int unit = 0;

    while (n && n % 1024 == 0 && unit < 3) {
        n /= 1024;
        unit++;
    }
    if (n || !amount->percent)
        snprintf(size, sizeof(size), "%llu%c", (unsigned long long)n,
                 units[unit]);
    if (amount->percent)
        snprintf(percent, sizeof(percent), "%s%llu%%", n ? "+" : "",
                 (unsigned long long)amount->percent);
    snprintf(buf, len, "%s%s%s", amount->minus ? "-" : "", size, percent);
}

static xlmem__amount amount_of_kb(uint64_t kb)
{
    return (xlmem__amount){.set = true, .bytes = kb * 1024};
}

/* What to propose where nothing usable was written; not set where the host
 * has no room for any size. */
static xlmem__amount proposal(xlmem__lint *lint)
{
    uint64_t kb = lint->host_kb / EXAMPLE_SHARE;
    xlmem_sizes sizes;
    int rc = xlmem__sizes_of(lint->host, lint->booted, &sizes);

    if (!rc) {
        lint->fix_source = ", which xl memguard size explains";
        return amount_of_kb(sizes.dom0_mem_kb);
    }
    if (rc == XLMEM_ERROR_INFEASIBLE) {
        lint->fix_source = ", though no SIZE leaves this host room for domUs "
                           "(xl memguard size)";
        return (xlmem__amount){.set = false};
    }
    lint->fix_source = ", for example: xl memguard size computes it";
    if (!lint->host_kb)
        return amount_of_kb(EXAMPLE_UNKNOWN_KB);
    kb = xlmem__max(EXAMPLE_MIN_KB, xlmem__min(kb, EXAMPLE_MAX_KB));
    /* Where that is everything, a half. */
    if (kb > lint->host_kb / 2)
        kb = lint->host_kb / 2;
    return amount_of_kb(kb / XLMEM__MIB_KB * XLMEM__MIB_KB);
}

static bool absolute(const xlmem__amount *a)
{
    return a->set && !a->relative;
}

/* No advice to write what dom0 could not boot with. */
static bool boots(const xlmem__lint *lint, const xlmem__amount *a)
{
    xlmem_forecast forecast;
    char text[40], arg[112];
    int rc;

    if (!lint->host_kb)
        return true;
    xlmem__lint_amount(a, text, sizeof(text));
    snprintf(arg, sizeof(arg), "dom0_mem=%s,max:%s", text, text);
    rc = xlmem__forecast_with(lint->host, lint->booted, arg, &forecast);
    return rc != XLMEM_ERROR_INFEASIBLE;
}

static bool usable(const xlmem__lint *lint, const xlmem__amount *a)
{
    uint64_t kb = a->bytes / 1024;

    if (!a->set)
        return false;
    if (a->relative)
        return !(a->minus && lint->host_kb && kb >= lint->host_kb);
    return kb >= XLMEM__DOM0_FLOOR_KB &&
           (!lint->host_kb || kb < lint->host_kb / 16 * 15) && boots(lint, a);
}

static void word_fix(xlmem__lint *lint)
{
    xlmem__amount size = lint->meant.part[XLMEM__SIZE];
    xlmem__amount min = lint->meant.part[XLMEM__MIN];
    xlmem__amount max = lint->meant.part[XLMEM__MAX];
    char text[40], limit[40];

    lint->fix_source = "";
    if (!usable(lint, &max))
        max.set = false;
    if (!size.set)
        size = max;
    if (absolute(&size) && absolute(&min) && min.bytes > size.bytes)
        size = min;
    if (!usable(lint, &size))
        size = max.set ? max : proposal(lint);
    if (!size.set) {
        snprintf(lint->fix, sizeof(lint->fix), "dom0_mem=SIZE,max:SIZE");
        return;
    }
    if (!max.set)
        max = size;
    if (absolute(&size) && absolute(&max) && size.bytes > max.bytes)
        size = max;
    xlmem__lint_amount(&size, text, sizeof(text));
    xlmem__lint_amount(&max, limit, sizeof(limit));
    snprintf(lint->fix, sizeof(lint->fix), "dom0_mem=%s,max:%s", text, limit);
}

/* "dom0 gets 2 GiB and has no maximum" */
static void word_outcome(xlmem__lint *lint)
{
    bool vague = xlmem__dom0mem_is_relative(&lint->line->dom0mem);
    char gets[48] = "a share of the host's memory", size[32], limit[48] = "";
    uint64_t nr = lint->nr_pages, max = lint->max_pages;

    vague = vague && nr != max;
    if (vague)
        nr -= nr % (XLMEM__MIB_KB / XLMEM__PAGE_KB);
    if (lint->host_kb || !vague)
        snprintf(
            gets, sizeof(gets), "%s%s", vague ? "about " : "",
            xlmem_format_size_kb(size, sizeof(size), nr * XLMEM__PAGE_KB));
    else if (!lint->line->dom0mem.size.relative &&
             !lint->line->dom0mem.max.set)
        snprintf(gets, sizeof(gets), "all memory but 128 MiB");
    if (max == UINT64_MAX)
        snprintf(limit, sizeof(limit), " and has no maximum");
    else if ((max != nr || vague) && !lint->line->dom0mem.max.relative)
        snprintf(
            limit, sizeof(limit), ", at most %s",
            xlmem_format_size_kb(size, sizeof(size), max * XLMEM__PAGE_KB));
    snprintf(lint->outcome, sizeof(lint->outcome), "dom0 gets %s%s", gets,
             limit);
}

/* ----------------------------------------------------------- the steps --- */

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

int xlmem_lint(const xlmem_host *host, const char *text,
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
    report_r->nr = 0;
    report_r->nr_lost = 0;
    lint.to = (xlmem__sink){.list = report_r->items,
                            .room = XLMEM_LINT_MAX,
                            .nr = &report_r->nr,
                            .lost = &report_r->nr_lost,
                            .cure = lint.fix,
                            .said = &lint.said};
    xlmem__lint_learn(&lint);
    if (!lint.arm) {
        word_fix(&lint);
        word_outcome(&lint);
        xlmem__lint_words(&lint);
        xlmem__lint_sum(&lint);
    } else {
        xlmem__lint_arm(&lint);
    }
    /* A full report has lost the least severe: the first one tells whether
     * there is more than notes. */
    report_r->ok =
        !report_r->nr || report_r->items[0].severity == XLMEM_SEV_NOTE;
    return 0;
}
