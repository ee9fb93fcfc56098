/* SPDX-License-Identifier: LGPL-2.1-only */
/* The decision apart from its books, for whoever decides on one host again and
 * again. */
#ifndef XLMEM_ADMIT_H
#define XLMEM_ADMIT_H

#include "model/account.h"

/*
 * As xlmem_admit, by an account and a survey of @host; a shortage in Xen is
 * not explained, and nobody is blamed.  Looks at no list of the host's.
 * @verdict: need_kb and dom0_need_kb asked; answered.
 */
int xlmem__admit_by(const xlmem_host *host, const xlmem_account *account,
                    const xlmem__survey *survey, xlmem_verdict *verdict);

#endif /* XLMEM_ADMIT_H */
