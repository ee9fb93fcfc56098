/* SPDX-License-Identifier: LGPL-2.1-only */
/* A process chooses its name, and nothing else of its line. */
#include "fuzz.h"

#include "private/all.h"

#include "codec/capture/proc_stat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem__proc_stat stat;
    const char *c;

    if (!xlmem__proc_stat_parse((xlmem__str){(const char *)data, size}, &stat))
        return 0;
    FUZZ_CHECK(memchr(stat.comm, '\0', sizeof(stat.comm)));
    for (c = stat.comm; *c; c++)
        FUZZ_CHECK(*c >= 0x20 && *c < 0x7f);
    FUZZ_CHECK(stat.state != ' ');
    return 0;
}
