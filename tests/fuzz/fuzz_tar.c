/* SPDX-License-Identifier: LGPL-2.1-only */
/* Archives: every name stays inside, no more is asked for than is there. */
#include "fuzz.h"

#include "../unit/tar_memory.h"

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
    tar_memory memory = {buf, buf + size};
    xlmem__tar tar = {tar_memory_read, &memory, 0};
    xlmem__where where = {.line = 0};
    xlmem__tar_file file;
    bool more = true;

    while (!xlmem__tar_next(&tar, &file, &more, &where) && more) {
        char first;

        check_name(file.name);
        FUZZ_CHECK(tar.left >= file.size_bytes);
        FUZZ_CHECK(tar.left - file.size_bytes < XLMEM__TAR_BLOCK);
        if (file.size_bytes && xlmem__tar_read(&tar, &first, 1))
            break;
    }
    FUZZ_CHECK(memory.p <= memory.end);
    return 0;
}
