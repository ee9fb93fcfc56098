/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/diagnosis.h"

#include <string.h>

#include "output/finding.h"

/* Findings that people are told of, of one severity. */
static size_t count_told(const xlmem_findings *found, xlmem_severity severity)
{
    size_t i, nr = 0;

    for (i = 0; i < found->nr; i++)
        nr += found->list[i].severity == severity &&
              !found->list[i].swallowed_by;
    return nr;
}

diagnosis_verdict diagnosis_verdict_of(const xlmem_findings *found)
{
    size_t i;

    for (i = 0; i < found->nr; i++)
        if (found->list[i].severity > XLMEM_SEV_NOTE)
            return DIAGNOSIS_ILL;
    return found->nr || found->nr_unjudged < found->nr_rules
               ? DIAGNOSIS_HEALTHY
               : DIAGNOSIS_UNKNOWN;
}

/* "2 critical, 1 warning" */
static void say_counts(char *buf, size_t len, const xlmem_findings *found)
{
    const size_t critical = count_told(found, XLMEM_SEV_CRITICAL);
    const size_t warnings = count_told(found, XLMEM_SEV_WARNING);
    size_t used = 0;

    buf[0] = '\0';
    if (critical)
        used = (size_t)snprintf(buf, len, "%zu critical", critical);
    if (warnings)
        snprintf(buf + used, len - used, "%s%zu warning%s", used ? ", " : "",
                 warnings, warnings == 1 ? "" : "s");
}

static void say_notes(char *buf, size_t len, const xlmem_findings *found,
                      bool all)
{
    const size_t notes = count_told(found, XLMEM_SEV_NOTE);

    buf[0] = '\0';
    if (notes)
        snprintf(buf, len, "%zu note%s%s", notes, notes == 1 ? "" : "s",
                 all ? "" : " (-v shows)");
}

/* Why there is no verdict. */
static const char *say_no_verdict(const xlmem_findings *found)
{
    size_t i;

    for (i = 0; i < found->nr_unjudged; i++)
        if (found->unjudged[i].partly)
            return "No verdict: a part could not be judged; nothing was "
                   "found in the rest";
    return "Too little is known for a verdict";
}

const char *diagnosis_line(char buf[DIAGNOSIS_LINE_MAX],
                           const xlmem_findings *found, bool all)
{
    char counts[64], notes[48];
    const char *first = counts;

    say_counts(counts, sizeof(counts), found);
    say_notes(notes, sizeof(notes), found, all);
    if (!*counts)
        first = diagnosis_verdict_of(found) == DIAGNOSIS_UNKNOWN
                    ? say_no_verdict(found)
                    : "Healthy";
    snprintf(buf, DIAGNOSIS_LINE_MAX, "%s%s%s.", first,
             *notes ? (*counts ? ", " : "; ") : "", notes);
    return buf;
}

/* Where a number was read. */
static void say_evidence(out *o, const xlmem_evidence *evidence)
{
    const xlmem_source *at = &evidence->source;
    char text[96];

    xlmem_evidence_text(evidence, text, sizeof(text));
    if (!at->file)
        out_say(o, "    %s", text);
    else if (at->line)
        out_say(o, "    %s:%u: %s", at->file, at->line, text);
    else
        out_say(o, "    %s: %s", at->file, text);
}

const char *diagnosis_fix(char *buf, size_t len, const xlmem_finding *finding)
{
    if (finding->subject_id)
        snprintf(buf, len, "xl memguard doctor --fix %s:%llu", finding->id,
                 (unsigned long long)finding->subject_id);
    else
        snprintf(buf, len, "xl memguard doctor --fix %s", finding->id);
    return buf;
}

static void say_fix(out *o, const xlmem_finding *finding)
{
    char command[96];

    if (!finding->fixable)
        return;
    out_say(o, "  --fix can do it now; -N shows what it would do:");
    out_say_copied(o, diagnosis_fix(command, sizeof(command), finding));
}

static void say_finding(out *o, const xlmem_finding *finding, bool all)
{
    size_t i;

    out_say(o, "%s", "");
    out_say(o, "%s: %s%s%s", xlmem_severity_name(finding->severity),
            finding->id, *finding->subject ? ", " : "", finding->subject);
    out_say(o, "  %s", finding->text);
    for (i = 0; all && i < finding->nr_evidence; i++)
        say_evidence(o, &finding->evidence[i]);
    for (i = 0; i < finding->nr_remedies; i++) {
        out_say(o, "  %s", i ? "Then:" : "Remedy:");
        out_say_copied(o, xlmem_finding_remedy(finding, i));
    }
    say_fix(o, finding);
    if (finding->risk && finding->nr_remedies)
        out_say(o, "  When it hurts: %s.", finding->risk);
}

void diagnosis_lacks(char *buf, size_t len, const xlmem_unjudged *unjudged)
{
    size_t i, used = 0;

    buf[0] = '\0';
    for (i = 0; i < unjudged->nr_files && used < len; i++)
        used += (size_t)snprintf(buf + used, len - used, "%s%s",
                                 used ? ", " : "", unjudged->files[i]);
    if (unjudged->again && used < len)
        snprintf(buf + used, len - used, "%sa second reading (--watch)",
                 used ? ", " : "");
}

/* Rules that lack the same are told together. */
static void say_unjudged(out *o, const xlmem_findings *found)
{
    char files[256], others[256], ids[640];
    size_t i, j, used;

    if (found->nr_unjudged) {
        out_say(o, "%s", "");
        out_say(o, "Not judged, for want of");
    }
    for (i = 0; i < found->nr_unjudged; i++) {
        diagnosis_lacks(files, sizeof(files), &found->unjudged[i]);
        for (j = 0; j < i; j++) {
            diagnosis_lacks(others, sizeof(others), &found->unjudged[j]);
            if (!strcmp(files, others))
                break;
        }
        if (j < i)
            continue;
        for (used = 0; j < found->nr_unjudged && used < sizeof(ids); j++) {
            diagnosis_lacks(others, sizeof(others), &found->unjudged[j]);
            if (!strcmp(files, others))
                used +=
                    (size_t)snprintf(ids + used, sizeof(ids) - used, "%s%s",
                                     used ? ", " : "", found->unjudged[j].id);
        }
        out_say(o, "  %s: %s", files, ids);
    }
}

void diagnosis_put(out *o, const xlmem_findings *found, bool all)
{
    const diagnosis_verdict verdict = diagnosis_verdict_of(found);
    const xlmem_severity least = all ? XLMEM_SEV_NOTE : XLMEM_SEV_WARNING;
    const finding_list list = {found->list, found->nr, found->nr_lost};
    char line[DIAGNOSIS_LINE_MAX];
    size_t i;

    OUT_IF(o, "healthy", NULL, OUT_BOOL, verdict == DIAGNOSIS_HEALTHY,
           verdict != DIAGNOSIS_UNKNOWN);
    out_text(o, "line", "", diagnosis_line(line, found, all));
    for (i = 0; i < found->nr; i++)
        if (found->list[i].severity >= least && !found->list[i].swallowed_by)
            say_finding(o, &found->list[i], all);
    if (all || verdict == DIAGNOSIS_UNKNOWN)
        say_unjudged(o, found);
    finding_put_whole(o, "findings", &list);
    finding_put_lost(o, "findings", found->nr_lost);
    finding_put_unjudged(o, found);
}
