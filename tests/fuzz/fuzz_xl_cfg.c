/* SPDX-License-Identifier: LGPL-2.1-only */
/* Configuration files of domains: what is taken from them is bounded. */
#include "fuzz.h"

#include "xlmem.h"

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
    return 0;
}
