/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What libxc unpacks of a kernel's file to build a domU from it.
 *
 * The file's beginning says where in it the packed part lies; the packed
 * part's first and last bytes say what it becomes.
 */
#ifndef XLMEM_CODEC_KERNEL_IMAGE_H
#define XLMEM_CODEC_KERNEL_IMAGE_H

#include "codec/text.h"

/* So much of the beginning of a file, or all of a shorter one. */
#define XLMEM__IMAGE_HEAD_BYTES 1024
/* So much of the beginning of the packed part, or all of a shorter one. */
#define XLMEM__IMAGE_MAGIC_BYTES 64
/* And its end, whole. */
#define XLMEM__IMAGE_SIZE_BYTES 4

typedef struct xlmem__image {
    uint64_t at, len; /* the packed part, within the file; len 0: none */
} xlmem__image;

/* @bytes: of the whole file. */
void xlmem__image_find(xlmem__str untrusted_head, uint64_t bytes,
                       xlmem__image *image_r);

/*
 * What unpacking takes out of dom0's memory, its decoder's own included.
 * @untrusted_magic, @untrusted_size: the packed part's first and last bytes.
 * Returns false where libxc would not unpack it.
 */
bool xlmem__image_unpacked_kb(
    xlmem__str untrusted_magic,
    const char untrusted_size[XLMEM__IMAGE_SIZE_BYTES], uint64_t *kb_r);

#endif /* XLMEM_CODEC_KERNEL_IMAGE_H */
