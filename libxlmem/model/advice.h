/* SPDX-License-Identifier: LGPL-2.1-only */
/* Advice as findings, for whoever gets all answers as such. */
#ifndef XLMEM_MODEL_ADVICE_H
#define XLMEM_MODEL_ADVICE_H

#include "private/advice.h"

/* The lines of xlmem_advice_line, best first: each a note with its commands as
 * the remedy.  @findings_r: replaced. */
void xlmem__advice_findings(const xlmem_advice *advice, const xlmem_host *host,
                            xlmem_findings *findings_r);

#endif /* XLMEM_MODEL_ADVICE_H */
