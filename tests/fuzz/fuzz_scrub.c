/* SPDX-License-Identifier: LGPL-2.1-only */
/* Scrubbing: the copy is safe for a terminal, and once is enough. */
#include "fuzz.h"

#include "codec/capture/scrub.h"
#include "private/printable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t once_len, twice_len, i, len;
    char *once, *twice;

    FUZZ_CHECK(!xlmem__scrub((const char *)data, size, &once, &once_len));
    for (i = 0; i < once_len; i += len) {
        unsigned code = 0;

        len = xlmem_utf8_char(once + i, &code);
        FUZZ_CHECK(len && (!xlmem_is_invisible(code) || code == '\n' ||
                           code == '\t'));
    }
    FUZZ_CHECK(!xlmem__scrub(once, once_len, &twice, &twice_len));
    FUZZ_CHECK(!strcmp(once, twice));
    free(once);
    free(twice);
    FUZZ_CHECK(
        !xlmem__scrub_xenstore((const char *)data, size, &once, &once_len));
    free(once);
    return 0;
}
