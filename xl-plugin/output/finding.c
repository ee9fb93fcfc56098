/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/finding.h"

#include <inttypes.h>
#include <stdio.h>

const finding_columns finding_of_line = {"severity", "code", "what", true};
const finding_columns finding_of_answer = {NULL, "reason", "", false};

static const char *unit_name(xlmem_unit unit)
{
    switch (unit) {
    case XLMEM_UNIT_KB:
        return "kB";
    case XLMEM_UNIT_MS:
        return "ms";
    case XLMEM_UNIT_LOAD:
    case XLMEM_UNIT_SHARE:
        return "1/10000";
    case XLMEM_UNIT_COUNT:
        break;
    }
    return NULL;
}

static void put_evidence(out *o, const xlmem_evidence *evidence)
{
    char text[96];

    out_row(o);
    out_text(o, "file", NULL, evidence->source.file);
    OUT_IF(o, "line", NULL, OUT_COUNT, evidence->source.line,
           evidence->source.line != 0);
    out_text(o, "text", NULL,
             xlmem_evidence_text(evidence, text, sizeof(text)));
    OUT_NUM(o, "value", NULL, OUT_COUNT, evidence->value);
    out_text(o, "unit", NULL, unit_name(evidence->unit));
    out_row_end(o);
}

/* What only programs see; behind all columns of a row. */
static void put_rest(out *o, const xlmem_finding *finding)
{
    size_t i;

    out_text(o, "subject", NULL,
             finding->subject[0] ? finding->subject : NULL);
    out_text(o, "risk", NULL, finding->risk);
    out_bool(o, "fixable", NULL, finding->fixable);
    out_text(o, "swallowed_by", NULL, finding->swallowed_by);
    OUT_NUM(o, "cut", NULL, OUT_COUNT, finding->nr_cut);
    out_list(o, "evidence", NULL);
    for (i = 0; i < finding->nr_evidence; i++)
        put_evidence(o, &finding->evidence[i]);
    out_end(o);
    out_list(o, "remedy", NULL);
    for (i = 0; i < finding->nr_remedies; i++)
        out_item(o, xlmem_finding_remedy(finding, i));
    out_end(o);
}

void finding_put_row(out *o, const xlmem_finding *finding,
                     const finding_columns *columns, const char *of,
                     const char *of_head)
{
    out_row(o);
    if (columns->has_of)
        out_text(o, "of", of_head, of);
    out_text(o, "severity", columns->severity,
             xlmem_severity_name(finding->severity));
    out_text(o, "code", columns->code, finding->id);
    out_text(o, "text", columns->text, finding->text);
    put_rest(o, finding);
    out_row_end(o);
}

void finding_put_lost(out *o, const char *key, size_t nr_lost)
{
    char name[32];

    snprintf(name, sizeof(name), "%s_lost", key);
    OUT_NUM(o, name, NULL, OUT_COUNT, nr_lost);
    if (nr_lost)
        out_say(o, "%zu more are not shown.", nr_lost);
}

void finding_put_rows(out *o, const char *key, const char *title,
                      const finding_list *findings,
                      const finding_columns *columns)
{
    size_t i;

    out_list(o, key, title);
    for (i = 0; i < findings->nr; i++)
        finding_put_row(o, &findings->list[i], columns, NULL, NULL);
    out_end(o);
    finding_put_lost(o, key, findings->nr_lost);
}

void finding_put_whole(out *o, const char *key, const finding_list *findings)
{
    size_t i;

    out_list(o, key, NULL);
    for (i = 0; i < findings->nr; i++) {
        const xlmem_finding *finding = &findings->list[i];

        out_row(o);
        out_text(o, "id", NULL, finding->id);
        out_text(o, "severity", NULL, xlmem_severity_name(finding->severity));
        out_text(o, "text", NULL, finding->text);
        put_rest(o, finding);
        out_row_end(o);
    }
    out_end(o);
}

void finding_put_lines(out *o, const char *key, const char *title,
                       const finding_list *findings, xlmem_severity least)
{
    char line[XLMEM_FINDING_ROOM];
    size_t i;

    out_list(o, key, title);
    for (i = 0; i < findings->nr; i++)
        if (findings->list[i].severity >= least &&
            !findings->list[i].swallowed_by)
            out_item(
                o, xlmem_finding_line(&findings->list[i], line, sizeof(line)));
    out_end(o);
    finding_put_whole(o, "details", findings);
    finding_put_lost(o, key, findings->nr_lost);
}

void finding_put_unjudged(out *o, const xlmem_findings *findings)
{
    size_t i, j;

    out_list(o, "not_judged", NULL);
    for (i = 0; i < findings->nr_unjudged; i++) {
        const xlmem_unjudged *unjudged = &findings->unjudged[i];

        out_row(o);
        out_text(o, "id", NULL, unjudged->id);
        out_list(o, "files", NULL);
        for (j = 0; j < unjudged->nr_files; j++)
            out_item(o, unjudged->files[j]);
        out_end(o);
        out_bool(o, "again", NULL, unjudged->again);
        out_row_end(o);
    }
    out_end(o);
}
