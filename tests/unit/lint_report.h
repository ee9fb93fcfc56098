/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the tests of lint share: a host of a size, a finding by its code. */
#ifndef XLMEM_TEST_LINT_REPORT_H
#define XLMEM_TEST_LINT_REPORT_H

#include "test.h"

#include "model/lint.h"

#define GIB(n) (UINT64_C(n) << 20)

static inline void host_of(xlmem_host *host, uint64_t total_kb)
{
    xlmem_host_init(host);
    if (total_kb)
        XLMEM_SET(host, total_kb, total_kb);
}

static inline const xlmem_finding *find(const xlmem_lint_report *report,
                                        const char *code)
{
    size_t i;

    for (i = 0; i < report->nr; i++)
        if (!strcmp(report->items[i].id, code))
            return &report->items[i];
    return NULL;
}

#endif /* XLMEM_TEST_LINT_REPORT_H */
