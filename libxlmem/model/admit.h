/* SPDX-License-Identifier: LGPL-2.1-only */
/* The decision apart from its books, for whoever decides on one host again and
 * again. */
#ifndef XLMEM_ADMIT_H
#define XLMEM_ADMIT_H

#include "model/account.h"
#include "model/finding.h"

/* One of which nothing is decided yet. */
void xlmem__outcome_start(xlmem_outcome *outcome, uint64_t need_kb,
                          uint64_t dom0_need_kb);

/* Add a reason, behind the others.  NULL: it is one too many, and counted. */
xlmem_finding *xlmem__reason(xlmem_verdict *verdict, xlmem__rule_id id,
                             const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* How severe its reasons are goes by what it comes to. */
void xlmem__verdict_end(xlmem_verdict *verdict, xlmem_verdict_kind kind);

/*
 * As xlmem_admit, by an account and a survey of @host, and without a reason.
 * Looks at no list of the host's.
 * @outcome: started; answered.
 */
int xlmem__admit_by(const xlmem_host *host, const xlmem_account *account,
                    const xlmem__survey *survey, xlmem_outcome *outcome);

/* xlmem_admit without the reasons. */
int xlmem__outcome_of(const xlmem_host *host, const xlmem_policy *policy,
                      uint64_t need_kb, uint64_t dom0_need_kb,
                      xlmem_outcome *outcome_r);

#endif /* XLMEM_ADMIT_H */
