/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is wrong with dom0_mem= on a Xen command line.  Three steps: guess what
 * was meant (the fix every message ends with), look at the words, look at what
 * they add up to.  What Xen does is never guessed: model/dom0mem.c knows.
 */
#include "model/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/checked.h"

#define QUOTE_MAX 32

static const xlmem__lint_rule rules[] = {
#define RULE(id, code, severity, about) {code, XLMEM_SEV_##severity, about},
    XLMEM__LINT_RULES(RULE)
#undef RULE
};

const xlmem__lint_rule *xlmem__lint_rules(void)
{
    return rules;
}

const char *xlmem_severity_name(xlmem_severity severity)
{
    switch (severity) {
    case XLMEM_SEV_NOTE:
        return "note";
    case XLMEM_SEV_WARNING:
        return "warning";
    case XLMEM_SEV_ERROR:
        return "error";
    }
    return "?";
}

xlmem__quoted xlmem__lint_quote(xlmem__str text)
{
    xlmem__quoted quoted = {""};
    size_t i, len = xlmem__min(text.len, QUOTE_MAX);

    for (i = 0; i < len; i++) {
        bool fit = text.p[i] >= ' ' && text.p[i] <= '~';

        quoted.text[i] = text.p[i];
        if (!fit)
            quoted.text[i] = '?';
    }
    if (text.len > len)
        strcpy(quoted.text + len, "...");
    return quoted;
}

/* Make room for an item behind those that are as severe; the least severe
 * falls out of a full report.  NULL: this one would. */
static xlmem_lint_item *make_room(xlmem_lint_report *report,
                                  xlmem_severity severity)
{
    size_t i = report->nr;

    while (i && report->items[i - 1].severity < severity)
        i--;
    if (i == XLMEM_LINT_MAX)
        return NULL;
    if (report->nr < XLMEM_LINT_MAX)
        report->nr++;
    memmove(&report->items[i + 1], &report->items[i],
            (report->nr - i - 1) * sizeof(report->items[0]));
    return &report->items[i];
}

void xlmem__lint_say(xlmem__lint *lint, xlmem__lint_id id, const char *format,
                     ...)
{
    const xlmem__lint_rule *rule = &rules[id];
    xlmem_lint_item *item = make_room(lint->report, rule->severity);
    va_list args;

    lint->said |= UINT64_C(1) << id;
    if (rule->severity != XLMEM_SEV_NOTE)
        lint->report->ok = false;
    if (!item)
        return;
    item->code = rule->code;
    item->severity = rule->severity;
    va_start(args, format);
    vsnprintf(item->text, sizeof(item->text), format, args);
    va_end(args);
}

bool xlmem__lint_said(const xlmem__lint *lint, xlmem__lint_id id)
{
    return lint->said >> id & 1;
}

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
    lint.host_kb = host_kb(host);
    xlmem__dom0mem_parse(lint.line, &lint.spec);
    xlmem__lint_guess(&lint);
    xlmem__lint_words(&lint);
    xlmem__lint_sum(&lint);
    return 0;
}
