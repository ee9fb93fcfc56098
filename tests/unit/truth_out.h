/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a test compares, for tests/xen/plot: lines of what, group, measured
 * and predicted kB, appended to the file that XLMEM_TRUTH_OUT names. */
#ifndef XLMEM_TRUTH_OUT_H
#define XLMEM_TRUTH_OUT_H

#include "test.h"

static inline void truth_out(const char *what, const char *suite,
                             const char *kind, uint64_t measured_kb,
                             uint64_t predicted_kb)
{
    const char *path = getenv("XLMEM_TRUTH_OUT");
    FILE *f = path ? fopen(path, "a") : NULL;

    if (!f)
        return;
    fprintf(f, "%s\t%s %s\t%llu\t%llu\n", what, suite, kind,
            (unsigned long long)measured_kb, (unsigned long long)predicted_kb);
    fclose(f);
}

#endif /* XLMEM_TRUTH_OUT_H */
