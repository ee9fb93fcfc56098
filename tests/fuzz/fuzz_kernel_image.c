/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any file as a kernel: what is packed lies within it, and what it becomes is
 * no more than libxc would unpack, twice where a decoder has a copy. */
#include "fuzz.h"

#include "codec/kernel_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *file = (const char *)data;
    xlmem__str head = {file, size};
    xlmem__str magic = {file, 0};
    xlmem__image image;
    uint64_t kb = 4711;

    if (head.len > XLMEM__IMAGE_HEAD_BYTES)
        head.len = XLMEM__IMAGE_HEAD_BYTES;
    xlmem__image_find(head, size, &image);
    if (!image.len)
        return 0;
    FUZZ_CHECK(image.len > XLMEM__IMAGE_SIZE_BYTES);
    FUZZ_CHECK(image.at <= size && image.len <= size - image.at);
    magic.p = file + image.at;
    magic.len = image.len;
    if (magic.len > XLMEM__IMAGE_MAGIC_BYTES)
        magic.len = XLMEM__IMAGE_MAGIC_BYTES;
    if (xlmem__image_unpacked_kb(
            magic, file + image.at + image.len - XLMEM__IMAGE_SIZE_BYTES, &kb))
        FUZZ_CHECK(kb <= 2 << 20);
    else
        FUZZ_CHECK(kb == 4711);
    return 0;
}
