/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The loop over a table of rules.  A rule is called when all that it needs is
 * known; otherwise it is listed with the files that are missing.
 */
#include "model/rule_book.h"

#include <string.h>

static void add_file(xlmem_unjudged *unjudged, const char *file)
{
    size_t i;

    for (i = 0; i < unjudged->nr_files; i++)
        if (!strcmp(unjudged->files[i], file))
            return;
    if (unjudged->nr_files < XLMEM_UNJUDGED_FILES_MAX)
        unjudged->files[unjudged->nr_files++] = file;
}

static xlmem_unjudged *add_unjudged(xlmem_findings *findings, const char *id)
{
    xlmem_unjudged *unjudged = &findings->unjudged[findings->nr_unjudged++];

    *unjudged = (xlmem_unjudged){.id = id};
    return unjudged;
}

/* Without @missing nothing can be said by the rule. */
static void pass_over(const xlmem__book *book, xlmem_findings *findings,
                      const xlmem__rule *rule, unsigned missing)
{
    xlmem_unjudged *unjudged = add_unjudged(findings, rule->id);
    size_t fact, i;

    for (fact = 0; fact < book->nr_facts; fact++) {
        if (!(missing >> fact & 1))
            continue;
        unjudged->again |= !book->files[fact][0];
        for (i = 0; i < 2; i++)
            if (book->files[fact][i])
                add_file(unjudged, book->files[fact][i]);
    }
}

static xlmem_unjudged *find_unjudged(xlmem_findings *findings, const char *id)
{
    size_t i;

    for (i = 0; i < findings->nr_unjudged; i++)
        if (!strcmp(findings->unjudged[i].id, id))
            return &findings->unjudged[i];
    return NULL;
}

void xlmem__leave_open(xlmem__sink sink, const xlmem__rule *rule,
                       const char *file)
{
    xlmem_unjudged *unjudged = find_unjudged(sink.findings, rule->id);

    if (!unjudged)
        unjudged = add_unjudged(sink.findings, rule->id);
    if (file)
        add_file(unjudged, file);
    else
        unjudged->again = true;
}

void xlmem__judged_some(xlmem__sink sink, const xlmem__rule *rule)
{
    xlmem_unjudged *unjudged = find_unjudged(sink.findings, rule->id);

    if (unjudged)
        unjudged->partly = true;
}

xlmem__sink xlmem__findings_begin(xlmem_findings *findings)
{
    findings->nr = 0;
    findings->nr_lost = 0;
    findings->nr_swallowed = 0;
    findings->nr_rules = 0;
    findings->nr_unjudged = 0;
    return (xlmem__sink){.list = findings->list,
                         .room = XLMEM_FINDINGS_MAX,
                         .nr = &findings->nr,
                         .lost = &findings->nr_lost,
                         .findings = findings};
}

void xlmem__judge_book(const xlmem__book *book, const xlmem_scene *scene,
                       xlmem_view view, unsigned known,
                       xlmem_findings *findings_r)
{
    const xlmem__sink sink = xlmem__findings_begin(findings_r);
    size_t i;

    for (i = 0; i < book->nr_rules; i++) {
        const xlmem__rule *rule = &book->rules[i];

        if (!rule->judge || !(rule->views & (unsigned)view))
            continue;
        findings_r->nr_rules++;
        if (rule->needs & ~known)
            pass_over(book, findings_r, rule, rule->needs & ~known);
        else
            rule->judge(scene, sink);
    }
}

void xlmem__count_swallowed(xlmem_findings *findings)
{
    size_t i;

    for (i = 0; i < findings->nr; i++)
        findings->nr_swallowed += findings->list[i].swallowed_by != NULL;
}
