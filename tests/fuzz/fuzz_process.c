/* SPDX-License-Identifier: LGPL-2.1-only */
/* Processes in the ledger and its line: what is read is what was written. */
#include "fuzz.h"

#include "sys/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[128], again[XLMEM__PROCESS_TEXT_MAX];
    xlmem__process process, same;

    if (size >= sizeof(text))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (!xlmem__process_parse(text, &process))
        return 0;
    FUZZ_CHECK(process.pid > 0);
    xlmem__process_write(&process, again);
    FUZZ_CHECK(xlmem__process_parse(again, &same));
    FUZZ_CHECK(process.pid == same.pid && process.start == same.start &&
               process.space == same.space);
    return 0;
}
