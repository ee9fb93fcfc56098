/* SPDX-License-Identifier: LGPL-2.1-only */
/* All documents of a host that are read beside the guard's
 * (engine/facts/documents.h): by a whole snapshot, and by a capture, which
 * copies them. */
#ifndef XLMEM_TEXT_FILES_H
#define XLMEM_TEXT_FILES_H

#include "codec/capture/pieces.h"
#include "engine/facts/documents.h"

/* What a document is to a whole snapshot or a capture. */
enum {
    /* What read_xen of a backend says better; not read where it did. */
    XLMEM__TEXT_XEN = 1,
    /* The ring: beside read_xen read only when that gave no memory map. */
    XLMEM__TEXT_MAP = 2,
};

typedef struct xlmem__text_file {
    const char *path;
    xlmem__parser *parse; /* NULL: for people who read the capture */
    unsigned flags;
    /* It grows with the number of domUs: read in pieces, by this in place of
     * parse, and only by who wants (XLMEM_WANT_*) what it gives. */
    const xlmem__pieces *pieces;
    uint32_t gives;
} xlmem__text_file;

/* Weakest first, and all of them weaker than the guard's. */
extern const xlmem__text_file xlmem__text_files[];
extern const size_t xlmem__nr_text_files;

/* The balloon's numbers beside the two of the guard. */
extern const xlmem__number_file xlmem__more_numbers[];
extern const size_t xlmem__nr_more_numbers;

/* The snapshot itself, as JSON, in a capture that we wrote. */
#define XLMEM__HOST_FILE "xlmem/host.json"
#define XLMEM__FIRMWARE_DIR "sys/firmware/memmap"
#define XLMEM__GRUB_FILE "etc/default/grub"
#define XLMEM__GRUB_DIR "etc/default/grub.d"

/*
 * A document through a parser of pieces, whose facts become the host's.
 * What a parser found wrong is in @where and not logged; where @where says
 * nothing, the document could not be read, as xlmem__read_document says.
 */
int xlmem__parse_document(xlmem_ctx *ctx, const char *path,
                          const xlmem__pieces *pieces, xlmem_host *host,
                          xlmem__where *where);

/* The firmware's map as dom0 sees it, where no better one is known: a hundred
 * files for a weak answer. */
int xlmem__take_firmware_map(xlmem_ctx *ctx, xlmem_host *host);

/* What the next boot's Xen command line is, from GRUB's defaults. */
int xlmem__take_grub(xlmem_ctx *ctx, xlmem_host *host);

/* Whether grub-mkconfig reads a file of this name in XLMEM__GRUB_DIR. */
bool xlmem__is_grub_part(const char *name);

#endif /* XLMEM_TEXT_FILES_H */
