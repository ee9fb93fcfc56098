/* SPDX-License-Identifier: LGPL-2.1-only */
/* xlmem_predict and xlmem_size for who has taken the lines apart already. */
#ifndef XLMEM_PREDICT_H
#define XLMEM_PREDICT_H

#include "model/kernel.h"
#include "model/xenown.h"

/* dom0 as Xen boots it. */
xlmem__boot xlmem__boot_of(const xlmem_host *host, const xlmem__xenown *own);

/* @line: as it is booted with (xlmem__xen_line_to_boot). */
int xlmem__predict(const xlmem_host *host, const xlmem__booted *booted,
                   const xlmem__xen_line *line,
                   xlmem_prediction *prediction_r);

/* Without what others would say (peers). */
int xlmem__size(const xlmem_host *host, const xlmem__booted *booted,
                const xlmem_size_request *request,
                xlmem_recommendation *recommendation_r);

#endif /* XLMEM_PREDICT_H */
