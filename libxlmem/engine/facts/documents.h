/* SPDX-License-Identifier: LGPL-2.1-only */
/* The documents of a host: one table, read by the snapshot and written by the
 * capture; and how one is read through the backend. */
#ifndef XLMEM_DOCUMENTS_H
#define XLMEM_DOCUMENTS_H

#include "codec/capture/pieces.h"
#include "engine/ctx.h"

/* What a document is to a snapshot or a capture. */
enum {
    /* What read_xen of a backend says better; not read where it did. */
    XLMEM__DOC_XEN = 1,
    /* The ring: beside read_xen read only when that gave no memory map. */
    XLMEM__DOC_MAP = 2,
    /* What the guard's decision needs of dom0. */
    XLMEM__DOC_BOOKS = 4,
    /* What it needs beside where dom0's floor has to be guessed. */
    XLMEM__DOC_FLOOR = 8,
};

typedef struct xlmem__document {
    const char *path;
    xlmem__parser *parse; /* NULL: for people who read the capture */
    unsigned flags;
    /* It grows with the number of domUs: read in pieces, by this in place of
     * parse, and only by who wants (XLMEM_WANT_*) what it gives. */
    const xlmem__pieces *pieces;
    uint32_t gives;
} xlmem__document;

/* Weakest first: of two documents that say the same, the later one counts. */
extern const xlmem__document xlmem__documents[];
extern const size_t xlmem__nr_documents;

/* One number in a file of its own: the balloon of dom0. */
typedef struct xlmem__number_file {
    const char *path;
    size_t offset; /* in xlmem_dom0 */
} xlmem__number_file;

extern const xlmem__number_file xlmem__number_files[];
extern const size_t xlmem__nr_number_files;
/* The first ones are all that the guard's decision needs. */
#define XLMEM__NR_BOOKS_NUMBERS 2

/* The snapshot itself, as JSON, in a capture that we wrote. */
#define XLMEM__HOST_FILE "xlmem/host.json"
#define XLMEM__FIRMWARE_DIR "sys/firmware/memmap"
#define XLMEM__GRUB_FILE "etc/default/grub"
#define XLMEM__GRUB_DIR "etc/default/grub.d"

/*
 * A document or a directory's names through the backend.  What is not there
 * is XLMEM_ERROR_NOTFOUND and not logged; anything else that goes wrong is.
 */
int xlmem__read_document(xlmem_ctx *ctx, const char *path, char **buf_r,
                         size_t *len_r);
/*
 * A document through a parser of pieces, whose facts become the host's.
 * What a parser found wrong is in @where and not logged; where @where says
 * nothing, the document could not be read, as above.
 */
int xlmem__parse_document(xlmem_ctx *ctx, const char *path,
                          const xlmem__pieces *pieces, xlmem_host *host,
                          xlmem__where *where);
int xlmem__list_documents(xlmem_ctx *ctx, const char *path, char ***names_r,
                          size_t *nr_r);
void xlmem__free_list(char **names, size_t nr);

/* Log what a parser found wrong: file, line, what. */
void xlmem__complain_of(xlmem_ctx *ctx, const char *path,
                        const xlmem__where *where);
/* The same, of a document that is done without. */
void xlmem__warn_of(xlmem_ctx *ctx, const char *path,
                    const xlmem__where *where);

/*
 * What becomes of a snapshot for people when a document cannot be read, which
 * has been logged: it goes on without what stands in it, as if it were not
 * there.  @rc: why not.  Returns 0, XLMEM_ERROR_NOMEM.
 */
int xlmem__go_without(int rc);

#endif /* XLMEM_DOCUMENTS_H */
