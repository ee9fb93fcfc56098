/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rules over facts: what the table calls by name. */
#ifndef XLMEM_MODEL_JUDGE_H
#define XLMEM_MODEL_JUDGE_H

#include "model/finding.h"

#define XLMEM__NO_JUDGE(name, id, severity, views, about)
#define XLMEM__JUDGE(name, id, severity, views, needs, judge, about, text,    \
                     remedies, risk)                                          \
    xlmem__judge_fn xlmem__judge_##judge;
XLMEM__RULES(XLMEM__NO_JUDGE, XLMEM__JUDGE)
#undef XLMEM__NO_JUDGE
#undef XLMEM__JUDGE

/* A table of rules, and what it is read with. */
typedef struct xlmem__book {
    const xlmem__rule *rules;
    size_t nr_rules;
    const char *const (*files)[2]; /* of each fact, by its bit */
    size_t nr_facts;
} xlmem__book;

/*
 * Call each rule of a view whose facts are known, and list the others.
 * @known: the facts that there are.
 */
void xlmem__judge_book(const xlmem__book *book, const xlmem_scene *scene,
                       xlmem_view view, unsigned known,
                       xlmem_findings *findings_r);

/* How many of a list say the same as another. */
void xlmem__count_swallowed(xlmem_findings *findings);

/* A rule found that it cannot tell without @file. */
void xlmem__leave_open(xlmem__sink sink, const xlmem__rule *rule,
                       const char *file);

#endif /* XLMEM_MODEL_JUDGE_H */
