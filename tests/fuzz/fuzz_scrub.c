/* SPDX-License-Identifier: LGPL-2.1-only */
/* Scrubbing: the copy is safe for a terminal, and once is enough. */
#include "fuzz.h"

#include "codec/capture/scrub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t once_len, twice_len, i;
    char *once, *twice;

    FUZZ_CHECK(!xlmem__scrub((const char *)data, size, &once, &once_len));
    for (i = 0; i < once_len; i++)
        FUZZ_CHECK((once[i] >= ' ' && once[i] <= '~') || once[i] == '\n' ||
                   once[i] == '\t');
    FUZZ_CHECK(!xlmem__scrub(once, once_len, &twice, &twice_len));
    FUZZ_CHECK(!strcmp(once, twice));
    free(once);
    free(twice);
    FUZZ_CHECK(
        !xlmem__scrub_xenstore((const char *)data, size, &once, &once_len));
    free(once);
    return 0;
}
