/* SPDX-License-Identifier: LGPL-2.1-only */
#include "private/all.h"

#include <stdio.h>

#define U(n) ((unsigned long long)(n))

static int contradict(char *err, size_t err_len, const char *what, uint64_t kb,
                      const char *limit, uint64_t limit_kb)
{
    snprintf(err, err_len, "%s, %llu kB, is more than %s, %llu kB", what,
             U(kb), limit, U(limit_kb));
    return XLMEM_ERROR_RANGE;
}

int xlmem_range_check(const xlmem_dom *dom, const xlmem_opt_in *range,
                      char *err, size_t err_len)
{
    const bool sets_max = XLMEM_KNOWS(range, dynamic_max_kb);
    const bool has_max = sets_max || XLMEM_KNOWS(dom, dynamic_max_kb);
    const bool has_min =
        XLMEM_KNOWS(range, dynamic_min_kb) || XLMEM_KNOWS(dom, dynamic_min_kb);
    uint64_t min_kb = XLMEM_KNOWS(range, dynamic_min_kb)
                          ? range->dynamic_min_kb
                          : dom->dynamic_min_kb;
    uint64_t max_kb = sets_max ? range->dynamic_max_kb : dom->dynamic_max_kb;

    if (!dom->domid) {
        snprintf(err, err_len,
                 "dom0's least size is dom0_floor in memguard.conf, its "
                 "largest what it was booted with");
        return XLMEM_ERROR_INVAL;
    }
    if (has_min && has_max && min_kb > max_kb)
        return contradict(err, err_len, "min", min_kb, "max", max_kb);
    if (!XLMEM_KNOWS(dom, static_max_kb))
        return 0;
    if (sets_max && max_kb > dom->static_max_kb)
        return contradict(err, err_len, "max", max_kb,
                          "its static maximum (maxmem)", dom->static_max_kb);
    if (has_min && min_kb > dom->static_max_kb)
        return contradict(err, err_len, "min", min_kb,
                          "its static maximum (maxmem)", dom->static_max_kb);
    return 0;
}
