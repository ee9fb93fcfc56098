/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which remedies a host's findings have.  Decided again before each is carried
 * out, so that none is by what another has changed meanwhile.
 */
#include "model/doctor/remedy.h"

#include <stdio.h>
#include <string.h>

#include "model/units.h"

typedef struct remedy_row {
    xlmem_remedy_kind kind;
    const char *name, *id;
    xlmem__decide_fn *decide;
    xlmem__measure_fn *measure;
    const char *what;
    xlmem_unit unit;
    bool less;
    uint64_t least;
} remedy_row;

static const remedy_row rows[] = {
#define ROW(kind, name, id, decide, measure, what, unit, less, least, about)  \
    {XLMEM_REMEDY_##kind,                                                     \
     name,                                                                    \
     id,                                                                      \
     xlmem__decide_##decide,                                                  \
     xlmem__measure_##measure,                                                \
     what,                                                                    \
     XLMEM_UNIT_##unit,                                                       \
     less,                                                                    \
     least},
    XLMEM__REMEDIES(ROW)
#undef ROW
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

_Static_assert(XLMEM_REMEDIES_MAX >= 2 * XLMEM_FINDINGS_MAX + 64,
               "each finding has two rows at most");

void xlmem__does(xlmem_remedy *remedy, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(remedy->does, sizeof(remedy->does), fmt, ap);
    va_end(ap);
}

void xlmem__refuse(xlmem_remedy *remedy, const char *fmt, ...)
{
    va_list ap;

    if (remedy->refusal[0])
        return;
    va_start(ap, fmt);
    vsnprintf(remedy->refusal, sizeof(remedy->refusal), fmt, ap);
    va_end(ap);
}

/* ------------------------------------------------------ what is asked --- */

/* Its subject is a node; a domain of that number is another matter. */
static bool is_of_node(const xlmem_finding *finding)
{
    return finding->id == xlmem__doctor_rules[XLMEM__DOCTOR_FRAGMENTED].id;
}

static bool is_subject(const xlmem_scene *scene, const xlmem_finding *finding,
                       const char *text)
{
    const xlmem_dom *dom =
        xlmem_host_find_dom(scene->host, finding->subject_id);
    uint64_t number;

    if (!xlmem__number_all((xlmem__str){text, strlen(text)}, 10, &number))
        return number == finding->subject_id;
    return !is_of_node(finding) && dom && dom->name &&
           !strcmp(dom->name, text);
}

/* "ID", "ID:DOMAIN" or "ID:NODE" */
static bool asks_for(const xlmem_scene *scene, const char *asked,
                     const xlmem_finding *finding, bool *named_r)
{
    const size_t len = strcspn(asked, ":");

    if (strlen(finding->id) != len || strncmp(asked, finding->id, len) != 0)
        return false;
    *named_r = asked[len] == ':';
    return !*named_r || is_subject(scene, finding, asked + len + 1);
}

static bool is_called_for(const xlmem_scene *scene,
                          const xlmem_remedy_scope *scope,
                          const xlmem_finding *finding, bool *named_r)
{
    bool named, asked = !scope->nr;
    size_t i;

    *named_r = false;
    for (i = 0; i < scope->nr; i++)
        if (asks_for(scene, scope->asked[i], finding, &named)) {
            asked = true;
            *named_r |= named;
        }
    return asked;
}

/* ------------------------------------------------------------ the plan --- */

static xlmem_remedy *add_remedy(xlmem_remedies *remedies, const char *id)
{
    xlmem_remedy *remedy;

    if (remedies->nr == XLMEM_REMEDIES_MAX) {
        remedies->nr_lost++;
        return NULL;
    }
    remedy = &remedies->list[remedies->nr++];
    *remedy = (xlmem_remedy){.id = id};
    return remedy;
}

static void decide(const remedy_row *row, const xlmem__case *c,
                   xlmem_remedy *remedy)
{
    remedy->id = row->id;
    remedy->kind = row->kind;
    remedy->name = row->name;
    remedy->what = row->what;
    remedy->unit = row->unit;
    remedy->less = row->less;
    remedy->least = row->least;
    remedy->everywhere =
        row->kind == XLMEM_REMEDY_COMPACT || row->kind == XLMEM_REMEDY_DROP;
    remedy->at = c->finding->subject_id;
    snprintf(remedy->subject, sizeof(remedy->subject), "%s",
             c->finding->subject);
    row->decide(c, remedy);
    if (!row->measure(c->scene, remedy, &remedy->before))
        xlmem__refuse(remedy, "what it is judged by is not known");
}

/* dom0 is grown once, whatever says that it is too small. */
static bool is_planned(const xlmem_remedies *remedies, const remedy_row *row)
{
    size_t i;

    if (row->kind != XLMEM_REMEDY_GROW)
        return false;
    for (i = 0; i < remedies->nr; i++)
        if (remedies->list[i].kind == row->kind)
            return true;
    return false;
}

static void plan_row(const remedy_row *row, xlmem__case *c,
                     const xlmem_remedy_scope *scope, xlmem_remedies *remedies)
{
    xlmem_remedy *remedy;
    size_t i;

    for (i = 0; i < c->findings->nr; i++) {
        c->finding = &c->findings->list[i];
        c->asked = scope->nr != 0;
        if (strcmp(c->finding->id, row->id) != 0 ||
            c->finding->severity <= XLMEM_SEV_NOTE ||
            c->finding->swallowed_by || is_planned(remedies, row) ||
            !is_called_for(c->scene, scope, c->finding, &c->named))
            continue;
        remedy = add_remedy(remedies, row->id);
        if (remedy)
            decide(row, c, remedy);
    }
}

static const char *known_id(const char *asked)
{
    const size_t len = strcspn(asked, ":");
    const char *id;
    size_t i;

    for (i = 0; (id = xlmem__doctor_id_at(i)) != NULL; i++)
        if (strlen(id) == len && !strncmp(id, asked, len))
            return id;
    return NULL;
}

static bool has_remedy(const char *id)
{
    size_t i;

    for (i = 0; i < NR_ROWS; i++)
        if (!strcmp(rows[i].id, id))
            return true;
    return false;
}

static const char *why_none(const xlmem__case *c, const char *asked)
{
    const char *why = "it was not found";
    bool named;
    size_t i;

    for (i = 0; i < c->findings->nr; i++) {
        const xlmem_finding *finding = &c->findings->list[i];

        if (!asks_for(c->scene, asked, finding, &named))
            continue;
        if (!has_remedy(finding->id))
            return "there is no remedy that the command can carry out";
        why = "nothing is done about a note";
        if (finding->severity > XLMEM_SEV_NOTE)
            return NULL;
    }
    return why;
}

/* Of each that was asked for it is said why nothing is done. */
static void answer_asked(const xlmem__case *c, const xlmem_remedy_scope *scope,
                         xlmem_remedies *remedies)
{
    xlmem_remedy *remedy;
    size_t i;

    for (i = 0; i < scope->nr; i++) {
        const char *why = why_none(c, scope->asked[i]);
        const char *id = known_id(scope->asked[i]);

        remedy = why && id ? add_remedy(remedies, id) : NULL;
        if (remedy)
            xlmem__refuse(remedy, "%s", why);
    }
}

void xlmem__remedies_plan(const xlmem_scene *scene,
                          const xlmem_findings *findings,
                          const xlmem_remedy_scope *scope,
                          xlmem_remedies *remedies_r)
{
    xlmem__case c = {
        .scene = scene, .findings = findings, .past = scope->past};
    size_t i;

    remedies_r->nr = remedies_r->nr_lost = 0;
    for (i = 0; i < NR_ROWS; i++)
        plan_row(&rows[i], &c, scope, remedies_r);
    answer_asked(&c, scope, remedies_r);
}

bool xlmem__remedy_measure(const xlmem_scene *scene,
                           const xlmem_remedy *remedy, uint64_t *value_r)
{
    size_t i;

    for (i = 0; i < NR_ROWS; i++)
        if (rows[i].kind == remedy->kind)
            return rows[i].measure(scene, remedy, value_r);
    return false;
}

const char *xlmem__remedy_id_at(size_t n)
{
    size_t i;

    for (i = 0; i < NR_ROWS; i++)
        if ((!i || strcmp(rows[i].id, rows[i - 1].id) != 0) && !n--)
            return rows[i].id;
    return NULL;
}

static bool is_fixable(xlmem__case *c)
{
    xlmem_remedy remedy;
    size_t i;

    for (i = 0; i < NR_ROWS; i++) {
        if (strcmp(rows[i].id, c->finding->id) != 0)
            continue;
        remedy = (xlmem_remedy){.id = rows[i].id};
        decide(&rows[i], c, &remedy);
        if (!remedy.refusal[0])
            return true;
    }
    return false;
}

void xlmem__mark_fixable(const xlmem_scene *scene, xlmem_findings *findings)
{
    xlmem__case c = {
        .scene = scene, .findings = findings, .named = true, .asked = true};
    size_t i;

    for (i = 0; i < findings->nr; i++) {
        c.finding = &findings->list[i];
        /* A recorded host stays as it is. */
        findings->list[i].fixable = scene->live &&
                                    c.finding->severity > XLMEM_SEV_NOTE &&
                                    !c.finding->swallowed_by && is_fixable(&c);
    }
}
