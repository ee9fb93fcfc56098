/* SPDX-License-Identifier: LGPL-2.1-only */
/* What lint has to say, most severe first, and in which words. */
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
static xlmem_lint_item *make_item_room(xlmem_lint_report *report,
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
    xlmem_lint_item *item = make_item_room(lint->report, rule->severity);
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
