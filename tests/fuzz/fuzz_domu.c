/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domU's configuration as libxl's JSON, or in an image of `xl save`: what is
 * accepted is whole; what is not leaves the output alone and
 * says why. */
#include "fuzz.h"

#include "private/all.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem_domu domu, before;
    char err[128] = "";
    int rc;

    memset(&domu, 0x5a, sizeof(domu));
    memcpy(&before, &domu, sizeof(domu));
    if (size && data[0] == 'X')
        rc = xlmem_domu_from_save((const char *)data, size, &domu, err,
                                  sizeof(err));
    else
        rc = xlmem_domu_from_json((const char *)data, size, &domu, err,
                                  sizeof(err));
    FUZZ_CHECK(!rc == !err[0]);
    if (rc) {
        FUZZ_CHECK(!memcmp(&domu, &before, sizeof(domu)));
        return 0;
    }
    FUZZ_CHECK(memchr(domu.name, 0, sizeof(domu.name)));
    FUZZ_CHECK(!domu.uuid[0] || strlen(domu.uuid) == 36);
    FUZZ_CHECK(domu.request.type != XLMEM_DOM_UNKNOWN);
    FUZZ_CHECK(XLMEM_KNOWS(&domu.request, memory_kb));
    return 0;
}
