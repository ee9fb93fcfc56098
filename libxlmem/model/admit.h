/* SPDX-License-Identifier: LGPL-2.1-only */
/* The decision apart from its books, for whoever decides on one host again and
 * again. */
#ifndef XLMEM_ADMIT_H
#define XLMEM_ADMIT_H

#include "model/account.h"
#include "model/finding.h"

/* A verdict that nothing is decided of yet. */
void xlmem__verdict_start(xlmem_verdict *verdict, uint64_t need_kb,
                          uint64_t dom0_need_kb);

/* Add a reason, behind the others.  NULL: it is one too many, and counted. */
xlmem_finding *xlmem__reason(xlmem_verdict *verdict, xlmem__rule_id id,
                             const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* How severe its reasons are goes by what it comes to. */
void xlmem__verdict_end(xlmem_verdict *verdict, xlmem_verdict_kind kind);

/*
 * As xlmem_admit, by an account and a survey of @host; a shortage in Xen is
 * not explained, and nobody is blamed.  Looks at no list of the host's.
 * @verdict: started; answered.
 */
int xlmem__admit_by(const xlmem_host *host, const xlmem_account *account,
                    const xlmem__survey *survey, xlmem_verdict *verdict);

#endif /* XLMEM_ADMIT_H */
