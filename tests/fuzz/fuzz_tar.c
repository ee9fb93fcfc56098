/* SPDX-License-Identifier: LGPL-2.1-only */
/* Archives: every name stays inside, all data lies in the buffer. */
#include "fuzz.h"

#include "codec/capture/tar.h"

static void check_name(const char *name)
{
    size_t len;

    while (*name) {
        len = strcspn(name, "/");
        FUZZ_CHECK(len && strncmp(name, ".", len) && strncmp(name, "..", len));
        name += len + (name[len] == '/');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *buf = (const char *)data;
    xlmem__tar tar = {buf, buf + size};
    xlmem__where where = {.line = 0};
    xlmem__tar_file file;
    bool more = true;

    while (!xlmem__tar_next(&tar, &file, &more, &where) && more) {
        check_name(file.name);
        FUZZ_CHECK(file.data.p >= buf && tar.p <= tar.end);
        FUZZ_CHECK(file.data.len <= (size_t)(tar.p - file.data.p));
    }
    return 0;
}
