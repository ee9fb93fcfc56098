/* SPDX-License-Identifier: LGPL-2.1-only */
/* A table of rules, and the loop over it. */
#ifndef XLMEM_MODEL_RULE_BOOK_H
#define XLMEM_MODEL_RULE_BOOK_H

#include "model/finding.h"

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
/* And that it told of a part; nothing where it left nothing open. */
void xlmem__judged_some(xlmem__sink sink, const xlmem__rule *rule);

/* Empty a list, for findings that come in by the sink. */
xlmem__sink xlmem__findings_begin(xlmem_findings *findings);

#endif /* XLMEM_MODEL_RULE_BOOK_H */
