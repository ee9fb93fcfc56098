/* SPDX-License-Identifier: LGPL-2.1-only */
/* Configuration files of domains: what is taken from them is bounded. */
#include "fuzz.h"

#include "private/all.h"

/* What is said of a list is whole, and the same whoever reads the file. */
static void check_list(const char *cfg, size_t len, const xlmem_domu *domu)
{
    const xlmem_opt_in *opt_in = &domu->opt_in;
    xlmem_domu again = *domu;

    memset(&again.opt_in, 0x5a, sizeof(again.opt_in));
    FUZZ_CHECK(!xlmem_domu_opt_in_cfg(&again, cfg, len, NULL, 0));
    FUZZ_CHECK(!memcmp(opt_in, &again.opt_in, sizeof(*opt_in)));
    if (XLMEM_KNOWS(opt_in, dynamic_min_kb))
        FUZZ_CHECK(opt_in->dynamic_min_kb >= 1024 &&
                   opt_in->dynamic_min_kb <= domu->request.memory_kb);
    if (XLMEM_KNOWS(opt_in, dynamic_max_kb))
        FUZZ_CHECK(opt_in->dynamic_max_kb >= 1024 &&
                   opt_in->dynamic_max_kb >= opt_in->dynamic_min_kb);
    if (XLMEM_KNOWS(opt_in, weight))
        FUZZ_CHECK(opt_in->weight && opt_in->weight <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem_domu domu;
    char err[160] = "";
    size_t i;
    int rc =
        xlmem_domu_from_cfg((const char *)data, size, &domu, err, sizeof(err));

    FUZZ_CHECK(!rc == !err[0]);
    for (i = 0; err[i]; i++)
        FUZZ_CHECK(err[i] >= ' ' && err[i] <= '~');
    if (rc)
        return 0;
    FUZZ_CHECK(domu.request.memory_kb && domu.request.memory_kb >> 54 == 0);
    FUZZ_CHECK(domu.request.vbds <= size && domu.request.vifs <= size);
    check_list((const char *)data, size, &domu);
    return 0;
}
