/* SPDX-License-Identifier: LGPL-2.1-only */
/* The rules over facts: what the table calls by name. */
#ifndef XLMEM_MODEL_JUDGE_H
#define XLMEM_MODEL_JUDGE_H

#include "model/rule_book.h"

#define XLMEM__NO_JUDGE(name, id, severity, views, about)
#define XLMEM__JUDGE(name, id, severity, views, needs, judge, about, text,    \
                     remedies, risk)                                          \
    xlmem__judge_fn xlmem__judge_##judge;
XLMEM__RULES(XLMEM__NO_JUDGE, XLMEM__JUDGE)
#undef XLMEM__NO_JUDGE
#undef XLMEM__JUDGE

#endif /* XLMEM_MODEL_JUDGE_H */
