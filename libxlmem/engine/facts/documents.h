/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The documents that the guard's questions need, and how one is read through
 * the backend.  All others are in the captures' table
 * (engine/capture/text_files.h).
 */
#ifndef XLMEM_DOCUMENTS_H
#define XLMEM_DOCUMENTS_H

#include "codec/text.h"
#include "engine/ctx.h"

/* What a document is to a decision of the guard. */
enum {
    /* It needs this of dom0. */
    XLMEM__DOC_BOOKS = 1,
    /* And this where dom0's floor has to be guessed. */
    XLMEM__DOC_FLOOR = 2,
    XLMEM__DOC_ALL = XLMEM__DOC_BOOKS | XLMEM__DOC_FLOOR,
};

typedef struct xlmem__document {
    const char *path;
    xlmem__parser *parse;
    unsigned flags;
} xlmem__document;

/* Weakest first: of two documents that say the same, the later one counts. */
extern const xlmem__document xlmem__documents[];
extern const size_t xlmem__nr_documents;

/* One number in a file of its own: the balloon of dom0. */
typedef struct xlmem__number_file {
    const char *path;
    size_t offset; /* in xlmem_dom0 */
} xlmem__number_file;

/* Attributes of drivers/xen/xen-balloon.c, Linux 3.0 to 6.12. */
#define XLMEM__BALLOON_FILE(name)                                             \
    "sys/devices/system/xen_memory/xen_memory0/" name

extern const xlmem__number_file xlmem__number_files[];
extern const size_t xlmem__nr_number_files;

/*
 * A document or a directory's names through the backend.  What is not there
 * is XLMEM_ERROR_NOTFOUND and not logged; anything else that goes wrong is.
 */
int xlmem__read_document(xlmem_ctx *ctx, const char *path, char **buf_r,
                         size_t *len_r);
int xlmem__list_documents(xlmem_ctx *ctx, const char *path, char ***names_r,
                          size_t *nr_r);
void xlmem__free_list(char **names, size_t nr);

/*
 * Log that a document of at most @max_bytes could not be read.  @rc: why not;
 * 0: it could.  Returns @rc, XLMEM_ERROR_NOTFOUND also for a backend that has
 * no documents.
 */
int xlmem__say_unread(xlmem_ctx *ctx, const char *path, uint64_t max_bytes,
                      int rc);

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
