/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The doctor's view: which facts there are, and each rule whose facts are.
 * A rule looks at values, and never asks whether what it needs is there: a
 * file that is missing adds no finding.
 */
#include "model/doctor/doctor.h"

#include <string.h>

#include "model/doctor/remedy.h"

#define NEEDS(fact) XLMEM__DOCTOR_NEEDS_##fact

const xlmem__rule xlmem__doctor_rules[] = {
#define ROW(name, id, severity, needs, judge, about, text, remedies, risk,    \
            means, check, example)                                            \
    {id,                                                                      \
     XLMEM_SEV_##severity,                                                    \
     XLMEM_VIEW_DOCTOR,                                                       \
     about,                                                                   \
     needs,                                                                   \
     xlmem__doctor_##judge,                                                   \
     text,                                                                    \
     remedies,                                                                \
     risk},
    XLMEM__DOCTOR_RULES(ROW)
#undef ROW
};

_Static_assert(XLMEM__NR_DOCTOR_RULES <= XLMEM_UNJUDGED_MAX,
               "each rule may go unjudged");
_Static_assert(XLMEM__NR_DOCTOR_FACTS < 32, "each fact has a bit");

xlmem_finding *xlmem__doctor_find(xlmem__sink sink, xlmem__doctor_id id,
                                  xlmem_severity severity)
{
    return xlmem__find_by(sink, &xlmem__doctor_rules[id], severity);
}

void xlmem__doctor_tell(xlmem_finding *finding, xlmem__doctor_id id)
{
    xlmem__tell_by(finding, &xlmem__doctor_rules[id]);
}

void xlmem__doctor_cure(xlmem_finding *finding, xlmem__doctor_id id)
{
    xlmem__tell_remedies(finding, &xlmem__doctor_rules[id]);
}

void xlmem__doctor_leave_open(xlmem__sink sink, xlmem__doctor_id id,
                              const char *file)
{
    xlmem__leave_open(sink, &xlmem__doctor_rules[id], file);
}

void xlmem__doctor_judged_some(xlmem__sink sink, xlmem__doctor_id id)
{
    xlmem__judged_some(sink, &xlmem__doctor_rules[id]);
}

void xlmem__prove_count(xlmem_finding *finding, const char *what, uint64_t nr)
{
    xlmem__prove(finding, what, nr, XLMEM_UNIT_COUNT, (xlmem_source){NULL, 0});
}

const char *xlmem__doctor_id_at(size_t n)
{
    return n < XLMEM__NR_DOCTOR_RULES ? xlmem__doctor_rules[n].id : NULL;
}

bool xlmem__knows_targets(const xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (XLMEM_KNOWS(&host->doms[i], target_kb) ||
            XLMEM_KNOWS(&host->doms[i], static_max_kb))
            return true;
    return false;
}

bool xlmem__has_xen(const xlmem_scene *scene)
{
    const xlmem_host *host = scene->host;

    return scene->store_silent || XLMEM_KNOWS(host, total_kb) ||
           host->nr_doms || host->xen_cmdline || host->xen_version ||
           XLMEM_KNOWS(&host->dom0, balloon_target_kb);
}

#define DAY_S (UINT64_C(24) * 3600)

bool xlmem__is_old(const xlmem_log_event *event)
{
    return event->earlier ||
           (XLMEM_KNOWS(event, age_s) && event->age_s > DAY_S);
}

xlmem_severity xlmem__aged(xlmem_severity severity,
                           const xlmem_log_event *event)
{
    if (!xlmem__is_old(event))
        return severity;
    return severity == XLMEM_SEV_CRITICAL ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE;
}

/* ------------------------------------------------------------ the view --- */

static const char *const doctor_files[XLMEM__NR_DOCTOR_FACTS][2] = {
#define FILES(name, there, file, other) {file, other},
    XLMEM__DOCTOR_FACTS(FILES)
#undef FILES
};

static unsigned doctor_facts(const xlmem_scene *s)
{
    const xlmem_vitals *v = s->vitals;
    unsigned known = 0;

#define THERE(name, there, file, other) known |= (there) ? NEEDS(name) : 0U;
    XLMEM__DOCTOR_FACTS(THERE)
#undef THERE
    return known;
}

static const struct {
    uint16_t specific, general;
} doctor_pairs[] = {
#define PAIR(specific, general)                                               \
    {XLMEM__DOCTOR_##specific, XLMEM__DOCTOR_##general},
    XLMEM__DOCTOR_SWALLOWS(PAIR)
#undef PAIR
};

static void give_way(xlmem_findings *found, const char *specific,
                     const char *general)
{
    size_t i;

    if (!xlmem_finding_is(found->list, found->nr, specific))
        return;
    for (i = 0; i < found->nr; i++)
        if (found->list[i].id == general)
            found->list[i].swallowed_by = specific;
}

void xlmem__doctor(const xlmem_scene *scene, xlmem_findings *findings_r)
{
    const xlmem__book book = {xlmem__doctor_rules, XLMEM__NR_DOCTOR_RULES,
                              doctor_files, XLMEM__NR_DOCTOR_FACTS};
    size_t i;

    xlmem__judge_book(&book, scene, XLMEM_VIEW_DOCTOR, doctor_facts(scene),
                      findings_r);
    for (i = 0; i < sizeof(doctor_pairs) / sizeof(doctor_pairs[0]); i++)
        give_way(findings_r, xlmem__doctor_rules[doctor_pairs[i].specific].id,
                 xlmem__doctor_rules[doctor_pairs[i].general].id);
    xlmem__count_swallowed(findings_r);
    xlmem__mark_fixable(scene, findings_r);
}
