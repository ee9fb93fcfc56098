/* SPDX-License-Identifier: LGPL-2.1-only */
/* xlmem_predict and xlmem_size for who has taken the lines apart already. */
#ifndef XLMEM_PREDICT_H
#define XLMEM_PREDICT_H

#include "model/kernel.h"
#include "model/xenown.h"

/* dom0 as Xen boots it. */
xlmem__boot xlmem__boot_of(const xlmem_host *host, const xlmem__xenown *own);

/* @line: as it is booted with (xlmem__xen_line_to_boot); without a warning. */
int xlmem__forecast(const xlmem_host *host, const xlmem__booted *booted,
                    const xlmem__xen_line *line, xlmem_forecast *forecast_r);
int xlmem__predict(const xlmem_host *host, const xlmem__booted *booted,
                   const xlmem__xen_line *line,
                   xlmem_prediction *prediction_r);

/* The same for an option dom0_mem= that is written here, beside all else that
 * was booted with. */
int xlmem__forecast_with(const xlmem_host *host, const xlmem__booted *booted,
                         const char *dom0_mem, xlmem_forecast *forecast_r);

/* Without what it would yield, and what others would say (peers). */
int xlmem__sizes_of(const xlmem_host *host, const xlmem__booted *booted,
                    xlmem_sizes *sizes_r);

#endif /* XLMEM_PREDICT_H */
