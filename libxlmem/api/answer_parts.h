/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_API_ANSWER_PARTS_H
#define XLMEM_API_ANSWER_PARTS_H

#include "private/advice.h"
#include "private/all.h"

typedef enum xlmem__answer_kind {
    XLMEM__ANSWER_NOTHING,
    XLMEM__ANSWER_VERDICT,
    XLMEM__ANSWER_NEED,
    XLMEM__ANSWER_ACCOUNT,
    XLMEM__ANSWER_SIZE,
    XLMEM__ANSWER_PREDICTION,
    XLMEM__ANSWER_LINT,
    XLMEM__ANSWER_FINDINGS,
} xlmem__answer_kind;

/* What was answered last, in the struct of whoever did. */
struct xlmem_answer {
    xlmem__answer_kind kind;
    union {
        xlmem_verdict verdict;
        xlmem_need need;
        xlmem_account account;
        xlmem_recommendation size;
        xlmem_prediction prediction;
        xlmem_lint_report lint;
        xlmem_findings findings;
    } is;
    char line[XLMEM_LINE_MAX]; /* of a verdict */
};

/* Its verdict is the answer.  @name: the domain's; NULL: none. */
void xlmem__answer_verdict(xlmem_answer *answer, const char *name);

#endif /* XLMEM_API_ANSWER_PARTS_H */
