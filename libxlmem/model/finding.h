/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of rules, and how a finding is made. */
#ifndef XLMEM_MODEL_FINDING_H
#define XLMEM_MODEL_FINDING_H

#include <stdarg.h>

#include "model/finding_rules.h"
#include "model/units.h"
#include "private/all.h"

/* A set of rules. */
typedef struct xlmem__rule_set {
    uint64_t bits[(XLMEM__NR_RULES + 63) / 64];
} xlmem__rule_set;

/* Where findings go: a list of so much room, its length, and how many more
 * there were. */
typedef struct xlmem__sink {
    xlmem_finding *list;
    size_t room;
    size_t *nr, *lost;
    bool flat; /* all are warnings, and stay in the order they are added in */
    const char *cure; /* where a sentence says to write this, it is a remedy;
                         NULL: none */
    xlmem__rule_set *said; /* kept up to date, and nothing is added that one of
                              them says better; NULL: not looked at */
    xlmem_findings *findings; /* whose list it is, and where is written what
                                 could not be judged; NULL: nowhere */
} xlmem__sink;

/* A rule over facts adds what it finds. */
typedef void xlmem__judge_fn(const xlmem_scene *scene, xlmem__sink sink);

typedef struct xlmem__rule {
    const char *id; /* stable */
    xlmem_severity severity;
    unsigned views;    /* XLMEM_VIEW_*, XLMEM__FIGURES */
    const char *about; /* what it means, a clause */
    /* Of a rule over facts. */
    unsigned needs;              /* XLMEM__NEEDS_* */
    xlmem__judge_fn *judge;      /* NULL: a decision finds it on its way */
    const char *text, *remedies; /* templates, see xlmem__tell */
    const char *risk;
} xlmem__rule;

/* By xlmem__rule_id. */
extern const xlmem__rule xlmem__rules[XLMEM__NR_RULES];

static inline void xlmem__rule_add(xlmem__rule_set *set, xlmem__rule_id id)
{
    set->bits[id / 64] |= UINT64_C(1) << id % 64;
}

static inline bool xlmem__rule_in(const xlmem__rule_set *set,
                                  xlmem__rule_id id)
{
    return set->bits[id / 64] >> id % 64 & 1;
}

/*
 * Add a finding behind those that are as severe: most severe first.  In a full
 * list the least severe makes room and is counted.  NULL: it is this one.
 * Valid until the next one is added.
 */
xlmem_finding *xlmem__find(xlmem__sink sink, xlmem__rule_id id,
                           xlmem_severity severity);

/* The same by a rule of another table. */
xlmem_finding *xlmem__find_by(xlmem__sink sink, const xlmem__rule *rule,
                              xlmem_severity severity);

/* The same as severe as the table says (or the sink), with its sentence; or
 * nothing, where the sink has something that says it better. */
xlmem_finding *xlmem__found_v(xlmem__sink sink, xlmem__rule_id id,
                              const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
xlmem_finding *xlmem__found(xlmem__sink sink, xlmem__rule_id id,
                            const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Text of others, fit to be shown: printable, at most 32 characters. */
typedef struct xlmem__quoted {
    char text[40];
} xlmem__quoted;

xlmem__quoted xlmem__quote(xlmem__str text);

/* The rest, of a finding or (but for the first) of NULL.  What does not fit is
 * counted. */
void xlmem__say_v(xlmem_finding *finding, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
void xlmem__say(xlmem_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void xlmem__remedy(xlmem_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void xlmem__about(xlmem_finding *finding, uint64_t id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void xlmem__prove(xlmem_finding *finding, const char *what, uint64_t value,
                  xlmem_unit unit, xlmem_source source);

/* A quantity of kB that nobody read: it was computed. */
void xlmem__prove_kb(xlmem_finding *finding, const char *what, uint64_t kb);

/* One of the host's, or of its dom0's, with where it was read. */
xlmem_source xlmem__source_of(const xlmem_host *host, size_t offset);
xlmem_source xlmem__source_of_dom0(const xlmem_host *host, size_t offset);
xlmem_source xlmem__source_of_doms(const xlmem_host *host);
#define XLMEM__PROVE_HOST(finding, what, host, f)                             \
    xlmem__prove(finding, what, (host)->f, XLMEM_UNIT_KB,                     \
                 xlmem__source_of(host, offsetof(xlmem_host, f)))
#define XLMEM__PROVE_DOM0(finding, what, host, f)                             \
    xlmem__prove(finding, what, (host)->dom0.f, XLMEM_UNIT_KB,                \
                 xlmem__source_of_dom0(host, offsetof(xlmem_dom0, f)))

/*
 * Write sentence and remedies as the table has them, from the evidence, so
 * that the two cannot differ.  In a template stand
 *
 *     {s}    the subject
 *     {i}    its number
 *     {1}    the first piece of evidence, as people read it: "4095.5 MiB"
 *     {1m}   the same in whole MiB, rounded up, without unit
 *
 * and remedies are separated by newlines.
 */
void xlmem__tell(xlmem_finding *finding, xlmem__rule_id id);
void xlmem__tell_by(xlmem_finding *finding, const xlmem__rule *rule);

/* The remedies alone, behind a sentence that the rule wrote. */
void xlmem__tell_remedies(xlmem_finding *finding, const xlmem__rule *rule);

/* Whether the verdict's own line says it in figures. */
bool xlmem__says_figures(const xlmem_finding *finding);

/* Of findings of one view: who gives way to whom; with the same subject, or
 * where the one that gives way is about the host as a whole. */
void xlmem__swallow(xlmem_finding *list, size_t nr);

/* A size for people, in MiB to the nearest tenth: xlmem__mib_of(kb).text. */
typedef struct xlmem__mib {
    char text[32];
} xlmem__mib;

xlmem__mib xlmem__mib_of(uint64_t kb);

#endif /* XLMEM_MODEL_FINDING_H */
