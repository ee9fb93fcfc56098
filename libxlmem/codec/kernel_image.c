/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * As libxc of 4.14 to 4.20 does it (xg_dom_core.c, xg_dom_bzimageloader.c; the
 * same code in tools/libxc before 4.15):
 *
 *   a gzip file      is unpacked as a whole
 *   a bzImage        its payload is (Linux, Documentation/arch/x86/boot.rst),
 *                    by whichever of seven packers made it
 *   anything else    is used as it lies in the page cache, an ELF file too
 *
 * How large it becomes is in the last four bytes of what is packed, little
 * endian: gzip writes it there itself, and Linux's build appends it to the
 * others' output (size_append, scripts/Makefile.lib).
 */
#include "codec/kernel_image.h"

#include <string.h>

#include "model/checked.h"

/* The setup header of a bzImage. */
#define SETUP_SECTS_AT 0x1f1
#define HEADER_AT 0x202
#define VERSION_AT 0x206
#define PAYLOAD_OFFSET_AT 0x248
#define PAYLOAD_LENGTH_AT 0x24c
#define HEADER_END 0x250
#define VERSION_PAYLOAD 0x208 /* has the two above */
#define SECTOR_BYTES 512

/* XC_DOM_DECOMPRESS_MAX of xenguest.h. */
#define UNPACKED_MAX_BYTES (UINT64_C(1) << 30)

/* bzip2's decoder at -9 (bzip2(1): 100 kB and 4 times 900 kB). */
#define BZIP2_KB 3700
/* What an xz or lzma whose header is not understood may have: xz -9. */
#define DICTIONARY_MAX_KB (64 * XLMEM__MIB_KB)

static uint32_t byte_at(const char *p, size_t at)
{
    return (unsigned char)p[at];
}

static uint32_t u32_at(const char *p, size_t at)
{
    return byte_at(p, at) | byte_at(p, at + 1) << 8 |
           byte_at(p, at + 2) << 16 | byte_at(p, at + 3) << 24;
}

#define BEGINS_WITH(s, magic)                                                 \
    ((s).len >= sizeof(magic) - 1 && !memcmp((s).p, magic, sizeof(magic) - 1))

#define GZIP "\037\213"

static bool is_bzimage(xlmem__str untrusted_head)
{
    return untrusted_head.len >= HEADER_END &&
           !memcmp(untrusted_head.p + HEADER_AT, "HdrS", 4) &&
           (byte_at(untrusted_head.p, VERSION_AT) |
            byte_at(untrusted_head.p, VERSION_AT + 1) << 8) >= VERSION_PAYLOAD;
}

void xlmem__image_find(xlmem__str untrusted_head, uint64_t bytes,
                       xlmem__image *image_r)
{
    uint64_t at, len;

    *image_r = (xlmem__image){0, 0};
    if (BEGINS_WITH(untrusted_head, GZIP)) {
        image_r->len = bytes;
    } else if (is_bzimage(untrusted_head)) {
        at = (byte_at(untrusted_head.p, SETUP_SECTS_AT) + UINT64_C(1)) *
                 SECTOR_BYTES +
             u32_at(untrusted_head.p, PAYLOAD_OFFSET_AT);
        len = u32_at(untrusted_head.p, PAYLOAD_LENGTH_AT);
        if (at < bytes && len <= bytes - at)
            *image_r = (xlmem__image){at, len};
    }
    if (image_r->len <= XLMEM__IMAGE_SIZE_BYTES)
        *image_r = (xlmem__image){0, 0};
}

/*
 * The dictionary of the .xz format's first block, in kB: stream header of 12
 * bytes; block header: its size, flags (two low bits: filters less one; 0xc0:
 * sizes are given), then per filter its id, the size of its properties, and
 * these.  Of LZMA2, the last, one byte: 2 or 3 times a power of two.
 */
#define XZ_BLOCK_AT 12
#define XZ_LZMA2 0x21

static bool xz_dictionary_kb(xlmem__str untrusted, uint64_t *kb_r)
{
    size_t at = XZ_BLOCK_AT + 2, filters;

    if (untrusted.len < at || byte_at(untrusted.p, at - 1) & 0xc0)
        return false;
    for (filters = (byte_at(untrusted.p, at - 1) & 3) + 1; filters;
         filters--) {
        uint32_t id, bits;

        if (untrusted.len < at + 3)
            return false;
        id = byte_at(untrusted.p, at);
        bits = byte_at(untrusted.p, at + 2);
        if (id == XZ_LZMA2 && byte_at(untrusted.p, at + 1) == 1 && bits < 40) {
            *kb_r = ((UINT64_C(2) | (bits & 1)) << (bits / 2 + 11)) / 1024;
            return true;
        }
        at += 2 + byte_at(untrusted.p, at + 1);
    }
    return false;
}

/* What the decoder has beside its output, of which it holds no more than there
 * is. */
static uint64_t decoder_kb(xlmem__str untrusted_magic, uint64_t unpacked_kb)
{
    uint64_t kb = DICTIONARY_MAX_KB;

    if (BEGINS_WITH(untrusted_magic, "\3757zXZ"))
        return xlmem__min(
            xz_dictionary_kb(untrusted_magic, &kb) ? kb : DICTIONARY_MAX_KB,
            unpacked_kb);
    if (BEGINS_WITH(untrusted_magic, "\135\0") && untrusted_magic.len >= 5)
        return xlmem__min(xlmem__div_up(u32_at(untrusted_magic.p, 1), 1024),
                          unpacked_kb);
    return BEGINS_WITH(untrusted_magic, "BZh") ? BZIP2_KB : 0;
}

static bool is_packed(xlmem__str untrusted_magic)
{
    return BEGINS_WITH(untrusted_magic, GZIP) ||
           BEGINS_WITH(untrusted_magic, "BZh") ||
           BEGINS_WITH(untrusted_magic, "\3757zXZ") ||
           BEGINS_WITH(untrusted_magic, "\x28\xb5\x2f\xfd") ||
           BEGINS_WITH(untrusted_magic, "\135\0") ||
           BEGINS_WITH(untrusted_magic, "\x89LZO") ||
           BEGINS_WITH(untrusted_magic, "\x02\x21");
}

bool xlmem__image_unpacked_kb(
    xlmem__str untrusted_magic,
    const char untrusted_size[XLMEM__IMAGE_SIZE_BYTES], uint64_t *kb_r)
{
    const uint64_t bytes = u32_at(untrusted_size, 0);
    uint64_t kb;

    if (!is_packed(untrusted_magic) || bytes > UNPACKED_MAX_BYTES)
        return false;
    kb = xlmem__div_up(bytes, 1024);
    *kb_r = kb + decoder_kb(untrusted_magic, kb);
    return true;
}
