/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/doctor_page.h"

#include <string.h>

#include "output/diagnosis.h"
#include "output/page.h"
#include "private/advice.h"

/* ------------------------------------------------------- the verdict --- */

/* What the whole page is coloured by. */
static const char *verdict_class(const doctor_page *page)
{
    const xlmem_findings *found = page->found;

    switch (diagnosis_verdict_of(found)) {
    case DIAGNOSIS_ILL:
        return found->list[0].severity >= XLMEM_SEV_CRITICAL ? "critical"
                                                             : "warning";
    case DIAGNOSIS_UNKNOWN:
        return "unknown";
    case DIAGNOSIS_HEALTHY:
        break;
    }
    return "healthy";
}

static void page_words(FILE *file, const char *before, const char *text)
{
    fputs(before, file);
    page_text(file, text);
}

/* Which machine, and when. */
static void put_machine(const doctor_page *page, FILE *file)
{
    const xlmem_host *host = page->scene->host;
    char size[32];

    fputs("<p>", file);
    page_text(file, page->written ? page->written : "A recorded host");
    if (host->xen_version)
        page_words(file, " &middot; Xen ", host->xen_version);
    else if (host->no_xen)
        fputs(" &middot; no Xen", file);
    if (host->dom0.kernel_release)
        page_words(file, " &middot; Linux ", host->dom0.kernel_release);
    if (XLMEM_KNOWS(host, total_kb))
        page_words(file, " &middot; ",
                   xlmem_format_mib(size, sizeof(size), host->total_kb));
    if (host->nr_doms)
        fprintf(file, " &middot; %zu domain%s", host->nr_doms,
                host->nr_doms == 1 ? "" : "s");
    fputs("</p>\n", file);
}

static void page_verdict(const doctor_page *page, FILE *file)
{
    char line[DIAGNOSIS_LINE_MAX];

    fprintf(file, "<header class=\"%s\">\n", verdict_class(page));
    page_element(file, "h1", NULL, diagnosis_line(line, page->found, true));
    put_machine(page, file);
    fputs("</header>\n", file);
}

/* ---------------------------------------------------------- findings --- */

static void put_evidence_rows(const xlmem_finding *finding, FILE *file)
{
    char text[96], from[160];
    size_t i;

    if (!finding->nr_evidence)
        return;
    fputs("<table>\n", file);
    for (i = 0; i < finding->nr_evidence; i++) {
        const xlmem_evidence *evidence = &finding->evidence[i];
        const xlmem_source *at = &evidence->source;

        if (at->file && at->line)
            snprintf(from, sizeof(from), "%s:%u", at->file, at->line);
        else
            snprintf(from, sizeof(from), "%s", at->file ? at->file : "");
        fputs("<tr>", file);
        page_element(file, "td", NULL,
                     xlmem_evidence_text(evidence, text, sizeof(text)));
        page_element(file, "td", "from number", from);
        fputs("</tr>\n", file);
    }
    fputs("</table>\n", file);
}

static void put_command(FILE *file, const char *label, const char *command)
{
    fputs("<div>", file);
    page_element(file, "span", "label", label);
    page_element(file, "pre", NULL, command);
    fputs("</div>\n", file);
}

static void put_remedies(const xlmem_finding *finding, FILE *file)
{
    char command[96];
    size_t i;

    for (i = 0; i < finding->nr_remedies; i++)
        put_command(file, i ? "Then" : "Remedy",
                    xlmem_finding_remedy(finding, i));
    if (finding->fixable)
        put_command(file, "Can be done now; -N shows what it would do",
                    diagnosis_fix(command, sizeof(command), finding));
    if (finding->risk && finding->nr_remedies) {
        fputs("<p class=\"soft\">When it hurts: ", file);
        page_text(file, finding->risk);
        fputs(".</p>\n", file);
    }
}

static void put_finding(const xlmem_finding *finding, FILE *file)
{
    const char *severity = xlmem_severity_name(finding->severity);

    fprintf(file, "<article class=\"%s\">\n<h3>", severity);
    page_element(file, "span", "tag", severity);
    page_text(file, finding->id);
    if (*finding->subject) {
        fputs(" <span class=\"of\">of ", file);
        page_text(file, finding->subject);
        fputs("</span>", file);
    }
    fputs("</h3>\n", file);
    page_element(file, "p", NULL, finding->text);
    put_evidence_rows(finding, file);
    put_remedies(finding, file);
    fputs("</article>\n", file);
}

static bool is_on_page(const xlmem_finding *finding, bool notes)
{
    return !finding->swallowed_by &&
           (finding->severity <= XLMEM_SEV_NOTE) == notes;
}

static void put_findings_of(const xlmem_findings *found, bool notes,
                            FILE *file)
{
    bool any = false;
    size_t i;

    for (i = 0; i < found->nr; i++) {
        if (!is_on_page(&found->list[i], notes))
            continue;
        if (!any)
            page_section(file, "findings",
                         notes ? "Worth knowing; nothing fails"
                               : "What is wrong");
        any = true;
        put_finding(&found->list[i], file);
    }
    if (!notes && found->nr_lost)
        fprintf(file, "<p class=\"soft\">%zu more are not shown.</p>\n",
                found->nr_lost);
    if (any)
        page_section_end(file);
}

/* -------------------------------------------------------- not judged --- */

/* Whether an earlier one lacks the same: they are told together. */
static bool lacks_alike(const xlmem_findings *found, size_t nr,
                        const char *lacks)
{
    char others[256];
    size_t i;

    for (i = 0; i < nr; i++) {
        diagnosis_lacks(others, sizeof(others), &found->unjudged[i]);
        if (!strcmp(lacks, others))
            return true;
    }
    return false;
}

static void put_lacking(const xlmem_findings *found, size_t i,
                        const char *lacks, FILE *file)
{
    char others[256];
    const char *comma = "";

    fputs("<tr>", file);
    page_element(file, "td", "from", lacks);
    fputs("<td>", file);
    for (; i < found->nr_unjudged; i++) {
        diagnosis_lacks(others, sizeof(others), &found->unjudged[i]);
        if (strcmp(lacks, others) != 0)
            continue;
        page_words(file, comma, found->unjudged[i].id);
        comma = ", ";
    }
    fputs("</td></tr>\n", file);
}

static void put_not_judged(const xlmem_findings *found, FILE *file)
{
    char lacks[256];
    size_t i;

    if (!found->nr_unjudged)
        return;
    page_section(file, "unjudged", "Not judged");
    fputs("<div class=\"card\">\n<table>\n<thead><tr><th>for want of</th>"
          "<th>nobody can tell</th></tr></thead>\n<tbody>\n",
          file);
    for (i = 0; i < found->nr_unjudged; i++) {
        diagnosis_lacks(lacks, sizeof(lacks), &found->unjudged[i]);
        if (!lacks_alike(found, i, lacks))
            put_lacking(found, i, lacks, file);
    }
    fputs("</tbody></table>\n</div>\n", file);
    page_section_end(file);
}

int doctor_page_write(const doctor_page *page, FILE *file)
{
    int rc;

    page_begin(file, "Memory of a host: what the doctor found");
    page_verdict(page, file);
    put_findings_of(page->found, false, file);
    rc = doctor_page_map(page->scene->host, file);
    if (rc)
        return rc;
    doctor_page_domains(page->scene->host, file);
    doctor_page_zones(page->scene->vitals, file);
    doctor_page_memory(page->scene->vitals, file);
    put_findings_of(page->found, true, file);
    put_not_judged(page->found, file);
    fputs("<footer>Written by xl-memguard doctor. What each finding means, "
          "how to check it by hand and when a cure hurts: "
          "memguard-findings(7).</footer>\n",
          file);
    page_end(file);
    return 0;
}
